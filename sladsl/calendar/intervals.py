"""Sets of time as sorted, disjoint, half-open intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sladsl.calendar.zones import Times
from sladsl.records import Record

_Mask = NDArray[np.bool_]


class Intervals(Record):
    """A set of time, n intervals [starts, ends): sorted, none empty, none touching another.

    Make one with `Intervals.of`; sums of lengths hold for sets of up to 292 years in all.
    """

    starts: Times
    ends: Times

    @staticmethod
    def of(starts: ArrayLike, ends: ArrayLike) -> Intervals:
        """The union of n intervals in any order; those that end before they start are empty."""
        starts, ends = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
        some = starts < ends
        if not some.all():
            starts, ends = starts[some], ends[some]
        if not len(starts):
            return _NONE
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], np.maximum.accumulate(ends[order])
        fresh = starts[1:] > ends[:-1]
        return Intervals(
            starts[np.concatenate(([True], fresh))], ends[np.concatenate((fresh, [True]))]
        )

    @staticmethod
    def none() -> Intervals:
        """The empty set."""
        return _NONE

    def __len__(self) -> int:
        return len(self.starts)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Intervals)
            and np.array_equal(self.starts, other.starts)
            and np.array_equal(self.ends, other.ends)
        )

    __hash__ = None  # type: ignore[assignment]

    def union(self, other: Intervals) -> Intervals:
        """What lies in either set."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return Intervals.of(
            np.concatenate((self.starts, other.starts)), np.concatenate((self.ends, other.ends))
        )

    def intersection(self, other: Intervals) -> Intervals:
        """What lies in both sets."""
        if not len(self) or not len(other):
            return _NONE
        return self._combined(other, np.logical_and)

    def difference(self, other: Intervals) -> Intervals:
        """What lies in this set and not in the other."""
        if not len(self) or not len(other):
            return self
        return self._combined(other, np.greater)

    def clip(self, lo: int, hi: int) -> Intervals:
        """What lies in [lo, hi)."""
        first = int(np.searchsorted(self.ends, lo, side="right"))
        last = max(first, int(np.searchsorted(self.starts, hi, side="left")))
        starts = np.maximum(self.starts[first:last], lo)
        ends = np.minimum(self.ends[first:last], hi)
        some = starts < ends
        return Intervals(starts[some], ends[some])

    def holds(self, times: Times) -> NDArray[np.bool_]:
        """For each of n instants, whether it lies in the set."""
        at_or_before = np.searchsorted(self.starts, times, side="right")
        held: NDArray[np.bool_] = at_or_before > np.searchsorted(self.ends, times, side="right")
        return held

    def total(self) -> int:
        """Nanoseconds in the set."""
        return int((self.ends - self.starts).sum())

    def measure(self, times: Times) -> Times:
        """B(t): for each of n instants, how many nanoseconds of the set lie before it."""
        times = np.asarray(times, dtype=np.int64)
        if not len(self.starts):
            return np.zeros(times.shape, dtype=np.int64)
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(self.ends - self.starts)))
        begun = np.searchsorted(self.starts, times, side="right")
        unread = np.maximum(self.ends[begun - 1], times) - times
        return before[begun] - np.where(begun > 0, unread, 0)

    def _combined(self, other: Intervals, rule: Callable[[_Mask, _Mask], _Mask]) -> Intervals:
        """The stretches between the edges of both sets that the rule keeps."""
        edges = np.sort(np.concatenate((self.starts, self.ends, other.starts, other.ends)))
        kept = rule(self.holds(edges), other.holds(edges))[:-1]
        return Intervals.of(edges[:-1][kept], edges[1:][kept])


_NONE = Intervals(np.zeros(0, np.int64), np.zeros(0, np.int64))
