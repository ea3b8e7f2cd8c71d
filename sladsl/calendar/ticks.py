"""Functions of time in few pieces, looked up for whole columns.

Over each piece, between two edges, such a function is constant or runs along with the time:
the number of a period, the open time of a calendar so far. A binary search for each time is
slow, so time is cut into ticks of 2**k units, each with a cell that says what holds over all
of it. Ticks with an edge inside are marked; the times in them, which are few, are searched.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sladsl.calendar.zones import Times

__all__ = ["Pieces", "in_units"]

#: Ascending edges; for each piece (one more) what it starts from, and whether it runs (0 or 1).
_Arm: TypeAlias = tuple[Times, Times, Times]

_MARK = np.iinfo(np.int64).min
_WORTH = 16_384  # times that were asked for before a table of ticks is made
_BLOCK = 16_384  # times that are looked up at once, so that they stay in the cache
_TICKS_BY_EDGE = 128
_MOST_CELLS = 1 << 19
_FEWEST_TICKS = 1 << 12


class Pieces:
    """One or more functions ("arms") of int64 times; a row names its arm by number.

    An arm is (n edges above -2**63, n + 1 offsets, n + 1 runs): from the i-th edge on, the
    function is `offsets[i + 1] + runs[i + 1] * time`, before the first one `offsets[0] + ...`.
    """

    __slots__ = ("_arms", "_asked", "_table")

    def __init__(self, *arms: tuple[ArrayLike, ArrayLike, ArrayLike]) -> None:
        self._arms: tuple[_Arm, ...] = tuple(
            (
                np.asarray(edges, dtype=np.int64),
                np.asarray(offsets, dtype=np.int64),
                np.asarray(runs, dtype=np.int64),
            )
            for edges, offsets, runs in arms
        )
        self._asked = 0
        self._table: _Ticks | None = None

    def at(self, times: Times, arm: NDArray[np.intp] | None = None) -> Times:
        """The function at n times; `arm` holds the number of each one's arm (None: the first)."""
        if self._table is None:
            self._asked += len(times)
            if self._asked < _WORTH:
                return self._searched(times, arm)
            self._table = _Ticks(self._arms)
        ticks = self._table
        if not ticks.usable:
            return self._searched(times, arm)
        found = np.empty(len(times), np.int64)
        spare = np.empty(min(len(times), _BLOCK), np.int64)
        for start in range(0, len(times), _BLOCK):
            part = slice(start, start + _BLOCK)
            own = None if arm is None else arm[part]
            left = ticks.look_up(times[part], own, found[part], spare)
            if len(left):
                left += start
                own = None if arm is None else arm[left]
                found[left] = self._searched(times[left], own)
        return found

    def _searched(self, times: Times, arm: NDArray[np.intp] | None) -> Times:
        if arm is None or len(self._arms) == 1:
            return _value(self._arms[0], times)
        found = np.empty(len(times), np.int64)
        for number, each in enumerate(self._arms):
            rows = np.flatnonzero(arm == number)
            found[rows] = _value(each, times[rows])
        return found


def _value(arm: _Arm, times: Times) -> Times:
    edges, offsets, runs = arm
    piece = np.searchsorted(edges, times, side="right")
    found: Times = offsets[piece] + runs[piece] * times
    return found


class _Ticks:
    """Cells of ticks from before the first edge to after the last; of each, one for each arm.

    A cell holds twice the offset, plus one if the piece runs; or `_MARK`.
    """

    __slots__ = ("_arms", "_cells", "_count", "_first", "_flat", "_shift", "usable")

    def __init__(self, arms: tuple[_Arm, ...]) -> None:
        self._arms = len(arms)
        edged = [edges for edges, _, _ in arms if len(edges)]
        self.usable = bool(edged)
        if not edged:
            return
        lo, hi = min(int(e[0]) for e in edged), max(int(e[-1]) for e in edged)
        most = max(len(e) for e in edged)
        wanted = max(_FEWEST_TICKS, min(most * _TICKS_BY_EDGE, _MOST_CELLS // len(arms)))
        # At least 2, so that differences of ticks fit 64 bits.
        self._shift = shift = max(2, ((hi - lo) // wanted).bit_length())
        self._first = (lo >> shift) - 1
        self._count = (-(-hi >> shift)) + 2 - self._first
        half = 1 << 62
        for _, offsets, _ in arms:
            self.usable &= -half < int(offsets.min()) and int(offsets.max()) < half
        self.usable &= 4 * most <= self._count
        if not self.usable:
            return
        self._flat = not any(bool(runs.any()) for _, _, runs in arms)
        self._cells = np.stack([self._row(arm) for arm in arms], axis=1).ravel()

    def _row(self, arm: _Arm) -> Times:
        edges, offsets, runs = arm
        within = (edges >> self._shift) - self._first
        upto = -(-edges >> self._shift) - self._first
        pieces = np.cumsum(np.bincount(upto, minlength=self._count))
        cells = (offsets if self._flat else 2 * offsets + runs)[pieces]
        cells[within[within != upto]] = _MARK
        return cells

    def look_up(
        self, times: Times, arm: NDArray[np.intp] | None, out: Times, spare: Times
    ) -> NDArray[np.intp]:
        """Fill `out`; the places of the times that have to be searched for."""
        ticks = np.right_shift(times, self._shift, out=spare[: len(times)])
        ticks -= self._first
        if arm is not None and self._arms > 1:
            if int(ticks.view(np.uint64).max(initial=0)) >= self._count:
                np.clip(ticks, 0, self._count - 1, out=ticks)
            ticks *= self._arms
            ticks += arm
        np.take(self._cells, ticks, out=out, mode="clip")
        marked = np.flatnonzero(out == _MARK)
        if not self._flat:
            running = np.bitwise_and(out, 1, out=ticks)
            running *= times
            out >>= 1
            out += running
        return marked


def in_units(edges: Times, factor: int) -> Times:
    """The first time in units of `factor` ns that isn't before each instant."""
    return edges if factor == 1 else -(-edges // factor)
