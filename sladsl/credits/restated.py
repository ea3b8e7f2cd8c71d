"""Restatements: what an amendment for time that had passed makes of what was judged before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from sladsl.credits.model import Statement
from sladsl.plan.model import AmendmentPlan
from sladsl.records import Record
from sladsl.verdicts.model import Period, Verdict

__all__ = ["Outcome", "Payable", "Restated", "Restatement", "changes", "restated"]

_PART = re.compile(r"/\d+$")  # `2026-04/1`: a part of a period

#: Verdicts and statements of one evaluation.
Outcome: TypeAlias = tuple[Sequence[Verdict], Sequence[Statement]]

Total: TypeAlias = tuple[str, str, str]
"""Direction, who pays, who is paid."""


class Restated(Record):
    """One promise, period and group: the verdict before and now (None: it wasn't judged)."""

    before: Verdict | None
    now: Verdict | None


class Payable(Record):
    """A statement's total before and now, in units of its currency."""

    period: Period
    direction: str
    payer: str
    payee: str
    currency: str
    minor: int
    before: Fraction
    now: Fraction


class Restatement(Record):
    """What amendments that were signed at `signed` (ns) change of the time before it.

    Only what they change is listed: periods that were over by then, and what is due for them.
    `periods` is how many verdicts of such periods there were and are, changed or not.
    """

    amendments: tuple[AmendmentPlan, ...]
    signed: int
    verdicts: tuple[Restated, ...]
    statements: tuple[Payable, ...]
    looked_at: int


def restated(
    amendments: tuple[AmendmentPlan, ...], signed: int, before: Outcome, now: Outcome
) -> Restatement:
    """What was judged of periods, and due, that were over when these amendments were signed."""
    since = min(one.since for one in amendments)

    def passed(period: Period) -> bool:
        return since < period.end <= signed

    return Restatement(amendments, signed, *changes(before, now, passed))


def changes(
    before: Outcome, now: Outcome, passed: Callable[[Period], bool]
) -> tuple[tuple[Restated, ...], tuple[Payable, ...], int]:
    """Verdicts and totals of some periods that differ, and how many verdicts were looked at."""
    old, new = _known(before[0]), _known(now[0])
    pairs = [Restated(old.get(key), new.get(key)) for key in dict.fromkeys((*old, *new))]
    pairs = [x for x in pairs if any(v is not None and passed(v.period) for v in (x.before, x.now))]
    changed = tuple(pair for pair in pairs if _said(pair.before) != _said(pair.now))
    return changed, tuple(_payable(before[1], now[1], passed)), len(pairs)


def _known(verdicts: Sequence[Verdict]) -> dict[object, Verdict]:
    """Verdicts by what they are about."""
    found = {_about(v): v for v in verdicts if v.instance is None}
    timed: dict[object, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.instance is not None:
            timed.setdefault(_about(verdict), []).append(verdict)
    for about, own in timed.items():
        for number, verdict in enumerate(sorted(own, key=_order)):
            found[about, number] = verdict
    return found


def _order(verdict: Verdict) -> tuple[str, int, int]:
    """Tells instances apart that start at once and are about the same."""
    instance = verdict.instance
    assert instance is not None
    late = -1 if instance.late is None else instance.late
    return str(verdict.word), late, instance.due


def _about(verdict: Verdict) -> object:
    """Which promise, period and group; of a deadline what started it, whenever it is due."""
    period = verdict.period
    about = verdict.obligation, verdict.requirement, verdict.group
    if verdict.instance is not None:  # its label hangs on which others there are, as does a period
        known = tuple(x for x in verdict.instance.about if x[0] != "period")
        return *about, known, verdict.instance.since
    # parts of a period are counted, and so called otherwise where there are more of them
    return *about, _PART.sub("", period.label), period.start, period.end


def _said(verdict: Verdict | None) -> object:
    """What a verdict says; by whose terms is no part of it."""
    if verdict is None:
        return None
    figure = None if verdict.value is None else verdict.value.value
    return verdict.word, figure, verdict.operator, verdict.target.value


def _payable(
    before: Sequence[Statement], now: Sequence[Statement], passed: Callable[[Period], bool]
) -> list[Payable]:
    totals: dict[object, Payable] = {}
    for statements, is_now in ((before, False), (now, True)):
        for one in statements:
            if not passed(one.period) or one.direction == "net":
                continue  # what is netted follows from the others
            key = one.period, one.direction, one.payer, one.payee, one.currency
            zero = Fraction(0)
            found = totals.get(key) or Payable(*key, one.minor, zero, zero)
            if is_now:
                totals[key] = found.but(now=found.now + one.payable)
            else:
                totals[key] = found.but(before=found.before + one.payable)
    changed = [total for total in totals.values() if total.before != total.now]
    return sorted(changed, key=lambda total: (total.period.start, total.period.end))
