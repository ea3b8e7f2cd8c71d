"""What a period can still come to, at each instant of it; and when a promise was broken.

A promise is broken at the first instant from which the best figure that can still be reached
doesn't keep it. Both are worked out by the same rules, so that a breach is final from that instant
on: at any as-of before it isn't.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction

from sladsl.folds.course import Time
from sladsl.folds.firsts import GROWING
from sladsl.folds.formulas import Range
from sladsl.folds.model import Cell, OutageRun
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p

__all__ = ["first", "reachable"]


def reachable(plan: p.Plan, aggregate: p.Aggregate, cell: Cell, time: int) -> Range:
    """The least and the most of an aggregate, by what is known at an instant of its period.

    Rows may still come without limit.
    """
    match aggregate:
        case p.RowAggregate(function="count") if cell.low is not None:
            return Fraction(bisect_right(cell.times, time)), None
        case p.OutageAggregate(function="time") if cell.course is not None:
            course = cell.course()
            return course.least(time), course.best(time)
        case p.OutageAggregate(function=function, outage=name):
            if function in GROWING and cell.low is not None:
                outage = next(one for one in plan.outages if one.name == name)
                return _grown(function, outage, cell.outages, time), None
            return None, None
        case _:
            return None, None


def _grown(function: str, plan: p.OutagePlan, outages: Sequence[OutageRun], time: int) -> Fraction:
    """A count, a sum or a maximum of outages, which only grow.

    An outage counts once it has lasted long enough, and notice of it was given; one that
    exclusions took a part of, when it is over.
    """
    lengths = [length for one in outages if (length := _length(one, plan, time)) is not None]
    if function == "count":
        return Fraction(len(lengths))
    return Fraction(sum(lengths) if function == "sum" else max(lengths, default=0)) / 10**9


def _length(outage: OutageRun, plan: p.OutagePlan, time: int) -> Time | None:
    """How long an outage counts at an instant (ns); None: it doesn't yet."""
    if outage.since is None or not outage.counts:
        return None
    if time < max(outage.start + plan.lasting, outage.since):
        return None
    if outage.excluded and time < outage.end:
        return None
    if outage.weighed is not None:
        return outage.weighed(time)
    if outage.excluded:
        return outage.counted
    length = min(outage.end, time) - outage.since
    if plan.rounding is None:
        return length
    mode, step = plan.rounding
    return int(rounded(Fraction(length), mode, Fraction(step)))


def first(low: int, high: int, kept: Callable[[int], bool]) -> int:
    """The first instant of [low, high] at which a promise isn't kept; it isn't kept again."""
    while low < high:
        middle = (low + high) // 2
        if kept(middle):
            low = middle + 1
        else:
            high = middle
    return high
