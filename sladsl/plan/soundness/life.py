"""Amendments: from when on they are known, what they change, and what was agreed before."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.plan import model as p
from sladsl.plan.soundness.ground import MOST_UNITS, UNITS, among, once, within, wrong

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
            known = groups[field].values
            for value in values if known else ():  # services are known by their names only
                among("a value of a group", value, known)
    for remedy in plan.remedies:
        _remedy(plan, remedy)
    if plan.renewal is not None:
        _renewal(plan, plan.renewal)
    if plan.review is not None:
        _lapse("a review", plan.review.every)
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


def _remedy(plan: p.Plan, remedy: p.RemedyPlan) -> None:
    _time(remedy.since, remedy.until)
    if remedy.within is not None:
        _lapse("the time of a right", remedy.within)
    if not remedy.when:
        wrong("a right that never arises", remedy.name)
    for when in remedy.when:
        among("how a right arises", when.how, ("of", "row", "times", "whole"))
        among("a unit of a right", when.unit, UNITS)
        within("a count of a right", when.of, 1, MOST_UNITS)
        within("a count of a right", when.count, 1, MOST_UNITS)
        if (when.measure is None) != bool(when.obligation):
            wrong("what a right depends on", when.obligation)
        if when.measure is None and when.obligation not in owed(plan):
            wrong("an obligation", when.obligation)


def _renewal(plan: p.Plan, renewal: p.RenewalPlan) -> None:
    _lapse("a renewal", renewal.length)
    if renewal.obligation:
        if renewal.obligation not in owed(plan):
            wrong("an obligation", renewal.obligation)
        among("a unit of a renewal", renewal.unit, UNITS)
        within("a count of a renewal", renewal.of, 1, MOST_UNITS)
        within("a count of a renewal", renewal.met, 1, renewal.of)
    if (renewal.notices is None) != (renewal.notice is None):
        wrong("a notice", "of no time")
    if renewal.notice is not None:
        _lapse("a notice", renewal.notice)


def owed(plan: p.Plan) -> set[str]:
    """The obligations of a plan."""
    return {r.obligation for r in plan.requirements} | {d.obligation for d in plan.deadlines}


def _lapse(what: str, lapse: p.Lapse) -> None:
    among(what, lapse.unit, ("ns", *UNITS))
    most = LATEST - EARLIEST if lapse.unit == "ns" else MOST_UNITS
    within(what, lapse.count, 1, most)
    among("a calendar", lapse.calendar, ("always",))
