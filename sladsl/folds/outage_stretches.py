"""Stretches of samples of one state: what remains of the samples of an outage.

A stretch is a maximal row of successive samples of one group that agree, each of which holds
until the next. What they say is whether they fail; of an outage that is weighted, one number for
that and for what they weigh (`outage_weights`). So many samples become two times, and nothing that
is worked out of them is lost. While rows are read, stretches may be less than maximal: parts that
were read apart are joined only when all are known, since what lies between them may yet come.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.model import OutOfOrder
from sladsl.folds.table import Ints

__all__ = ["Blocks", "Joined", "OutOfOrder", "Says", "Sorted", "Stretches"]

Numbers: TypeAlias = NDArray[Any]  # of groups, in any width of integers
Says: TypeAlias = NDArray[Any]  # what rows say: a mask, or numbers

_ROWS = 1 << 16  # of a block, as a rule: what buffers are made for
_UNITE_AT = 1 << 16  # stretches beyond those already united
_BYTES = 64  # of memory for one stretch, with what uniting needs
_NONE: Ints = np.zeros(0, np.int64)
_SHORT = 1 << 53  # ns: 104 days; times of 1678 and 2262 are further apart, modulo 64 bits
_FEW = 4096  # rows of which it doesn't matter in what order they are


class Stretches(NamedTuple):
    """n stretches: group, time of the first and of the last sample (ns), what they say."""

    group: Ints
    first: Ints
    last: Ints
    said: Says

    def take(self, order: Ints) -> Stretches:
        """Some of the stretches, in some order."""
        return Stretches(self.group[order], self.first[order], self.last[order], self.said[order])


class Sorted(NamedTuple):
    """The rows of a block by group and time.

    `bounds` are where groups begin, and the end; `group` are the groups' numbers. `said` is
    one value where all rows have the same. After each of the rows `far` its group's next
    sample, if any, comes too late. `untidy`: rows of a group weren't in the order of time.
    """

    bounds: Ints
    group: Ints
    time: Ints
    said: Says | bool
    far: Ints
    untidy: bool


class Blocks:
    """Sorts blocks of rows and finds their stretches. Its buffers are made once, and reused."""

    __slots__ = ("_changed", "_gaps", "_hold")

    def __init__(self, hold: int | None) -> None:
        self._hold = hold
        self._gaps = np.empty(0, np.int64)
        self._changed = np.empty(0, np.bool_)

    def _room(self, rows: int) -> None:
        if rows > len(self._gaps):
            self._gaps = np.empty(max(rows, _ROWS), np.int64)
            self._changed = np.empty(max(rows, _ROWS), np.bool_)

    def sort(self, group: Numbers | int, time: Ints, said: Says | bool, groups: int) -> Sorted:
        """The rows by group and time; numbers of groups are below `groups`."""
        rows = len(time)
        self._room(rows)
        if not isinstance(group, int) and int(group[0]) == int(group[-1]):
            one = np.equal(group, group[0], out=self._changed[:rows])
            if bool(one.all()):
                group = int(group[0])
        if not isinstance(said, bool) and said.dtype == np.bool_ and said[0] == said[-1]:
            alike = said.all() if said[0] else not said.any()
            if bool(alike):
                said = bool(said[0])
        if isinstance(group, int):
            bounds, numbers = np.array([0, rows]), np.array([group], np.int64)
        else:
            if groups <= 1 << 16 and group.itemsize > 2:
                # sorting numbers of 16 bits takes two passes over them, whatever their order
                group = group.astype(np.uint8 if groups <= 1 << 8 else np.uint16)
            falls = np.less(group[1:], group[:-1], out=self._changed[: rows - 1])
            if bool(falls.any()):
                order = np.argsort(group, kind="stable")
                group, time = group.take(order), time.take(order)
                said = said if isinstance(said, bool) else said.take(order)
            bounds = self._bounds(group)
            numbers = group[bounds[:-1]].astype(np.int64)
        far, untidy = self._far(time, bounds)
        if untidy:
            within = np.repeat(np.arange(len(numbers)), np.diff(bounds))
            order = np.lexsort((time, within))
            time = time.take(order)
            said = said if isinstance(said, bool) else said.take(order)
            far, _ = self._far(time, bounds)
        return Sorted(bounds, numbers, time, said, far, untidy)

    def whole(self, group: Ints, time: Ints, said: Says) -> Sorted:
        """Rows that are in order."""
        self._room(len(time))
        bounds = self._bounds(group)
        return Sorted(bounds, group[bounds[:-1]], time, said, self._far(time, bounds)[0], False)

    def _bounds(self, group: Numbers) -> Ints:
        changes = np.not_equal(group[1:], group[:-1], out=self._changed[: len(group) - 1])
        at = np.flatnonzero(changes)
        bounds = np.empty(len(at) + 2, np.int64)
        bounds[0], bounds[-1] = 0, len(group)
        np.add(at, 1, out=bounds[1:-1])
        return bounds

    def _far(self, time: Ints, bounds: Ints) -> tuple[Ints, bool]:
        """After which rows the next of the group comes too late, and if any comes before."""
        marks = self._changed[: len(time) - 1]
        hold, falls = self._hold, False
        if hold is None or hold > _SHORT:
            before = np.less(time[1:], time[:-1], out=marks)
            before[bounds[1:-1] - 1] = False
            falls = bool(before.any())
        if hold is None:
            return _NONE, falls
        # Differences read as numbers without a sign are right, however far apart times are, if
        # they are in order. Else they are greater than what is short, as years are limited.
        gaps = np.subtract(time[1:], time[:-1], out=self._gaps[: len(time) - 1])
        np.greater(gaps.view(np.uint64), np.uint64(hold), out=marks)
        marks[bounds[1:-1] - 1] = False
        far = np.flatnonzero(marks)
        if hold <= _SHORT:
            falls = bool((time[far + 1] < time[far]).any())
        return far, falls

    def stretches(self, rows: Sorted) -> Stretches:
        """The stretches of sorted rows, in that order."""
        bounds, numbers, time, said, far, _ = rows
        if isinstance(said, bool) and not len(far):
            last, first = bounds[1:] - 1, bounds[:-1]
            return Stretches(numbers, time[first], time[last], np.full(len(numbers), said))
        self._room(len(time))
        ends = self._changed[: len(time)]  # a stretch ends with this row
        if isinstance(said, bool):
            ends[:] = False
        else:
            np.not_equal(said[1:], said[:-1], out=ends[:-1])
        ends[far] = True
        ends[bounds[1:] - 1] = True
        last = np.flatnonzero(ends)
        first = np.empty_like(last)
        first[0] = 0
        np.add(last[:-1], 1, out=first[1:])
        group = np.repeat(numbers, np.diff(np.searchsorted(first, bounds)))
        state = np.full(len(last), said) if isinstance(said, bool) else said[first]
        return Stretches(group, time[first], time[last], state)


class Joined:
    """Stretches of rows that came in any number of pieces, in any order.

    A piece is what was read in one go. Neighbours of one piece are joined now and then;
    those of different pieces only at the end, or where there are too many. So a piece that
    lies between two others doesn't find its place taken. Raises `OutOfOrder` as soon as it
    sees that stretches which disagree overlap, or that there are more of them than fit.
    """

    __slots__ = ("_count", "_hold", "_most", "_parts", "_piece", "_united")

    def __init__(self, hold: int | None, limit: int) -> None:
        self._hold = hold
        self._most = max(limit // _BYTES, 1)
        self._parts: list[tuple[Stretches, NDArray[np.int32]]] = []
        self._count = 0  # stretches in all parts
        self._united = 0  # of which so many are united, in the first part
        self._piece = 0

    def add(self, found: Stretches, *, follows: bool = True) -> None:
        """Take in stretches; `follows`: their rows came right after the last ones."""
        self._piece += not follows
        self._append(found, np.full(len(found.group), self._piece, np.int32))

    def merge(self, other: Joined) -> None:
        """Take in the stretches of other rows."""
        self._piece += 1
        for found, piece in other._parts:
            self._append(found, piece + np.int32(self._piece))
        self._piece += other._piece + 1

    def _append(self, found: Stretches, piece: NDArray[np.int32]) -> None:
        self._parts.append((found, piece))
        self._count += len(found.group)
        if self._count > 2 * self._united + _UNITE_AT:
            self._unite(every=False)
            if self._count > self._most:
                self._unite(every=True)
            if self._count > self._most:
                raise OutOfOrder(f"more than {self._most:,} stretches of samples")

    def all(self) -> Stretches:
        """The stretches by group and time, of all that there is."""
        if not self._parts:
            none = np.zeros(0, np.int64)
            return Stretches(none, none, none, np.zeros(0, np.bool_))
        return _unite(*self._together(), self._hold, every=True)[0]

    def _together(self) -> tuple[Stretches, NDArray[np.int32]]:
        if len(self._parts) == 1:
            return self._parts[0]
        columns = zip(*(found for found, _ in self._parts), strict=True)
        found = Stretches(*(np.concatenate(column) for column in columns))
        return found, np.concatenate([piece for _, piece in self._parts])

    def _unite(self, *, every: bool) -> None:
        self._parts = [_unite(*self._together(), self._hold, every=every)]
        self._count = self._united = len(self._parts[0][1])


def _unite(
    found: Stretches, piece: NDArray[np.int32], hold: int | None, *, every: bool
) -> tuple[Stretches, NDArray[np.int32]]:
    """Sort stretches and join those that meet, or of which one holds until the next.

    The latter only within a piece, or where `every` is wanted. Raises `OutOfOrder` where
    two meet that disagree.
    """
    order = _order(found)
    if order is not None:
        found, piece = found.take(order), piece[order]
    group, first, last, said = found
    reach = _reach(group, last)
    same = group[1:] == group[:-1]
    meets = same & (first[1:] <= reach[:-1])
    differs = said[1:] != said[:-1]
    # Whatever overlaps is one after the other here, with nothing between that doesn't overlap
    # as well: two that disagree are found even if others lie between them.
    if bool((meets & differs).any()):
        raise OutOfOrder("samples that disagree overlap in time")
    near = same & ~differs
    if hold is not None:
        gap = first[1:] - reach[:-1]  # below zero: doesn't fit 64 bits, or meets
        near &= (gap >= 0) & (gap <= hold)
    if not every:
        near &= piece[1:] == piece[:-1]
    begins = np.ones(len(group), np.bool_)
    begins[1:] = ~(meets | near)
    start = np.flatnonzero(begins)
    end = np.empty_like(start)
    end[:-1], end[-1:] = start[1:] - 1, len(group) - 1
    return Stretches(group[start], first[start], reach[end], said[start]), piece[start]


def _order(found: Stretches) -> Ints | None:
    """How to sort stretches by group and first time; None: they are."""
    group, first, last, _ = found
    if _ascends(group, first, last):
        return None
    order = np.argsort(group, kind="stable")  # pieces mostly come in the order of time
    if _ascends(group[order], first[order], last[order]):
        return order
    return np.lexsort((last, first, group))


def _ascends(group: Ints, first: Ints, last: Ints) -> bool:
    later = first[1:] > first[:-1]
    later |= (first[1:] == first[:-1]) & (last[1:] >= last[:-1])
    later &= group[1:] == group[:-1]
    later |= group[1:] > group[:-1]
    return bool(later.all())


def _reach(group: Ints, last: Ints) -> Ints:
    """The latest time so far, within each group."""
    same = group[1:] == group[:-1]
    if not bool((same & (last[1:] < last[:-1])).any()):
        return last
    # By ranks, which leave room for the group above them.
    ordered = np.sort(last)
    number = np.zeros(len(group), np.int64)
    np.cumsum(~same, out=number[1:])
    ranks = number * len(group) + np.searchsorted(ordered, last)
    reach: Ints = ordered[np.maximum.accumulate(ranks) - number * len(group)]
    return reach


def is_untidy(rows: Sorted, found: Stretches) -> bool:
    """Whether rows are in no order at all, so that stretches would come to as many as rows."""
    return rows.untidy and len(rows.time) > _FEW and 2 * len(found.group) > len(rows.time)
