"""Restatements: what an amendment for time that had passed makes of what was judged before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
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
    """What was judged of periods that were over when these amendments were signed."""
    since = min(one.since for one in amendments)

    def passed(period: Period) -> bool:
        return since < period.end <= signed

    return Restatement(amendments, signed, *changes(before, now, passed))


def changes(
    before: Outcome, now: Outcome, passed: Callable[[Period], bool]
) -> tuple[tuple[Restated, ...], tuple[Payable, ...], int]:
    """Verdicts and totals of some periods that differ, and how many verdicts were looked at."""
    old = {_about(v): v for v in before[0] if passed(v.period)}
    new = {_about(v): v for v in now[0] if passed(v.period)}
    pairs = [Restated(old.get(key), new.get(key)) for key in _keys(old, new)]
    changed = tuple(pair for pair in pairs if _said(pair.before) != _said(pair.now))
    return changed, tuple(_payable(before[1], now[1], passed)), len(pairs)


def _keys(old: Iterable[object], new: Iterable[object]) -> list[object]:
    return list(dict.fromkeys((*old, *new)))


def _about(verdict: Verdict) -> object:
    period = verdict.period
    about = verdict.obligation, verdict.requirement, verdict.group
    # parts of a period are counted, and so called otherwise where there are more of them
    label = period.label if verdict.instance is not None else _PART.sub("", period.label)
    return *about, label, period.start, period.end


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
