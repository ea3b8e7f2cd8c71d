"""Amendments: from when on they are known, what they change, and what was agreed before."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.plan import model as p
from sladsl.plan.soundness.ground import among, once, within, wrong

__all__ = ["prove_life"]

#: What is the same for all of the term, whatever is signed.
_ALWAYS = (
    "agreement", "zone", "currency", "week_starts", "month_starts", "year_starts", "rounding",
    "rounding_to",
)  # fmt: skip


def prove_life(plan: p.Plan) -> None:
    """What says for which time it is, and what was agreed earlier, is sound."""
    once("an amendment", (a.name for a in plan.amendments))
    for amendment in plan.amendments:
        within("a signature", amendment.signed, EARLIEST, LATEST)
        within("the start of an amendment", amendment.since, EARLIEST, LATEST)
    timed: tuple[Iterable[Any], ...] = (plan.requirements, plan.payments, plan.fees, plan.caps)
    for records in timed:
        for one in records:
            _time(one.since, one.until)
    for requirement in plan.requirements:
        groups = {group.name: group for group in requirement.groups}
        once("a field", (field for field, _ in requirement.among))
        for field, values in requirement.among:
            among("a field that is grouped by", field, groups)
            for value in values:
                among("a value of a group", value, groups[field].values)
    for earlier in plan.earlier:
        within("a signature", earlier.before, EARLIEST, LATEST)
        if earlier.plan.earlier:
            wrong("an earlier agreement", "one of several")
        for name in _ALWAYS:
            if getattr(earlier.plan, name) != getattr(plan, name):
                wrong("an earlier agreement", name)
        if earlier.plan.term[0] != plan.term[0]:
            wrong("an earlier agreement", "term")
    for one, other in pairwise(plan.earlier):
        within("a signature", other.before, one.before + 1, LATEST)


def _time(since: int | None, until: int | None) -> None:
    first = EARLIEST if since is None else since
    within("the start of a time", first, EARLIEST, LATEST)
    within("the end of a time", LATEST if until is None else until, first + 1, LATEST)
