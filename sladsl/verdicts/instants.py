"""When a promise was broken: the earliest instant from which nothing could keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from sladsl.folds.course import Course, Time
from sladsl.folds.model import OutageRun

__all__ = ["GROWING", "broken_by_outages", "broken_by_time"]

#: Figures of outages that only ever grow.
GROWING = frozenset({"count", "sum", "max"})

#: Whether a figure, None where there is none, keeps the promise.
Keeps = Callable[[Fraction | None], bool]


def broken_by_time(course: Course, keeps: Keeps, last: int) -> int:
    """When even service without a failure could no longer keep a share of time; else `last`."""
    return _first(course.start, last, lambda time: keeps(course.best(time)))


def broken_by_outages(
    function: str, outages: Sequence[OutageRun], lasting: int, keeps: Keeps, first: int, last: int
) -> int:
    """When a count, a sum or a maximum of outages, which only grow, became too much.

    An outage counts once it has lasted long enough, and notice of it was given; one that
    exclusions took a part of, when it is over.
    """

    def figure(time: int) -> Fraction:
        lengths = [length for one in outages if (length := _length(one, lasting, time)) is not None]
        if function == "count":
            return Fraction(len(lengths))
        return Fraction(sum(lengths) if function == "sum" else max(lengths, default=0)) / 10**9

    return _first(first, last, lambda time: keeps(figure(time)))


def _length(outage: OutageRun, lasting: int, time: int) -> Time | None:
    """How long an outage counts at an instant (ns); None: it doesn't yet."""
    if outage.since is None or not outage.counts:
        return None
    if time < max(outage.start + lasting, outage.since):
        return None
    if outage.excluded:
        return outage.counted if time >= outage.end else None
    if outage.weighed is not None:
        return outage.weighed(min(outage.end, time))
    return min(outage.end, time) - outage.since


def _first(low: int, high: int, kept: Callable[[int], bool]) -> int:
    """The first instant of [low, high] at which a promise isn't kept; it isn't kept again."""
    while low < high:
        middle = (low + high) // 2
        if kept(middle):
            low = middle + 1
        else:
            high = middle
    return high
