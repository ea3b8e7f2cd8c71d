"""Exact quantiles of many values in little memory.

The value of a rank is all that is wanted, so only those values are kept that lie near it: once
many are held, each large cell gets a bracket around its rank, and what lies outside is counted
and let go. The counts say exactly which rank among the kept values is meant. Where a bracket turns
out to miss the rank (the data drifted), the rows are read once more, with a bracket from a sample
of all of them: the figure is always exact, never estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.block import Cells
from sladsl.folds.conditions import Mask
from sladsl.folds.table import Ints

__all__ = ["Brackets", "QuantileState", "at_most", "quantile"]

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_HELD = 1 << 16  # values that are held without a bracket before some are made
_WORTH = 1 << 12  # values of a cell that are worth a bracket
_MANY = 32  # values of a cell that needn't be sorted to find one of them
_SAMPLED = 256  # one value of so many, once there are brackets

#: By cell the least and the largest value that is kept.
Brackets: TypeAlias = Mapping[int, tuple[int, int]]


class QuantileState:
    """The values of one percentile by cell.

    With `only`, values of other cells and outside of these brackets are not kept: the second
    time that the rows are read. With `once` they can't be: every value is kept.
    """

    __slots__ = (
        "_brackets", "_far", "_fresh", "_held", "_kept", "_limit", "_only", "_sample",
        "once", "refined", "share", "up",
    )  # fmt: skip

    def __init__(
        self, share: Fraction, only: Brackets | None = None, *, once: bool = False
    ) -> None:
        self.share = share
        self.once = once
        #: whether it is the values above the brackets that are counted, or those below: the fewer
        self.up = share >= Fraction(1, 2)
        #: what the rows came to when they were read again
        self.refined: QuantileState | None = None
        self._only = only is not None
        self._brackets: dict[int, tuple[int, int]] = dict(only or {})
        self._far: dict[int, int] = {}  # values beyond the bracket, by cell
        self._kept: list[tuple[Ints, Ints]] = []  # cells and values within brackets
        self._fresh: list[tuple[Ints, Ints]] = []  # those of cells that have none yet
        self._sample: list[tuple[Ints, Ints]] = []
        self._held = 0
        self._limit = _MOST if once else _HELD

    def fold(self, cells: Cells, raw: NDArray[Any], factor: int, some: Mask | None) -> None:
        """Take in values (`raw` times `factor`) of the rows that `some` picks (None: all)."""
        keys = cells.keys
        if not any(key in self._brackets for key in keys.tolist()):
            if self._only:
                return
            which = None if some is None else np.flatnonzero(some)
            self._hold(*_picked(cells, raw, factor, which))
            return
        lows, highs = self._bounds(keys)
        if not self._only:
            which = np.arange(0, len(raw), _SAMPLED)
            if some is not None:
                which = which[some[which]]
            self._sample.append(_picked(cells, raw, factor, which))
        if self.up:
            near = raw >= _at_least(int(lows.min()), factor, raw.dtype)
        else:
            near = raw <= _at_most(int(highs.max()), factor, raw.dtype)
        if some is not None:
            near &= some
        which = np.flatnonzero(near)
        values = raw[which].astype(np.int64)
        if factor != 1:
            values *= np.int64(factor)
        place = None if cells.code is None else cells.code[which]
        self._divide(keys, lows, highs, place, values)

    def _bounds(self, keys: Ints) -> tuple[Ints, Ints]:
        """The brackets of some cells."""
        free = (_MOST, _LEAST) if self._only else (_LEAST, _MOST)
        found = [self._brackets.get(key, free) for key in keys.tolist()]
        return np.array([b[0] for b in found]), np.array([b[1] for b in found])

    def _divide(
        self, keys: Ints, lows: Ints, highs: Ints, place: Ints | None, values: Ints
    ) -> None:
        """Keep the values within the brackets of `keys`, count those beyond.

        `place` says at which of the keys each value is (None: at the only one).
        """
        low, high = (lows[0], highs[0]) if place is None else (lows[place], highs[place])
        beyond = values > high if self.up else values < low
        inside = ~beyond
        inside &= values >= low if self.up else values <= high
        if place is None:
            counts = [int(np.count_nonzero(beyond))]
            cells = np.full(len(values), keys[0], np.int64)
        else:
            counts = np.bincount(place[beyond], minlength=len(keys)).tolist()
            cells = keys[place]
        for key, count in zip(keys.tolist(), counts, strict=True):
            if count:
                self._far[key] = self._far.get(key, 0) + count
        free = (lows == _LEAST) & (highs == _MOST)
        if not self._only and bool(free.any()):
            loose = np.ones(len(values), np.bool_) if place is None else free[place]
            self._hold(cells[loose], values[loose])
            inside &= ~loose
        if bool(inside.any()):
            self._kept.append((cells[inside], values[inside]))

    def _hold(self, cells: Ints, values: Ints) -> None:
        """Hold values of cells that have no bracket yet."""
        if len(values):
            self._fresh.append((cells, values))
            self._held += len(values)
            if self._held > self._limit:
                self._narrow()

    def _narrow(self) -> None:
        """Make brackets for the cells that hold many values, and let go of the others."""
        cells, values = _joined(self._fresh)
        cells, values = _by_cell(cells, values)
        starts, ends = _stretches(cells)
        large = np.flatnonzero(ends - starts >= _WORTH)
        small = np.ones(len(cells), np.bool_)
        for start, end in zip(starts[large].tolist(), ends[large].tolist(), strict=True):
            own = values[start:end]
            key = int(cells[start])
            low, high = self._brackets[key] = _bracket(own, self.share)
            far = int(np.count_nonzero(own > high if self.up else own < low))
            self._far[key] = self._far.get(key, 0) + far
            sample = own[::_SAMPLED]
            self._sample.append((np.full(len(sample), key), sample))
            own = own[(own >= low) & (own <= high)]
            self._kept.append((np.full(len(own), key), own))
            small[start:end] = False
        self._fresh = [(cells[small], values[small])]
        self._held = len(self._fresh[0][0])
        self._limit = max(_HELD, 2 * self._held)

    def merge(self, other: QuantileState) -> None:
        """Take in the values of other rows: the narrower of two brackets holds."""
        for key, (low, high) in other._brackets.items():
            mine = self._brackets.get(key, (low, high))
            self._brackets[key] = max(low, mine[0]), min(high, mine[1])
        for key, count in other._far.items():
            self._far[key] = self._far.get(key, 0) + count
        self._sample += other._sample
        parts = [*self._kept, *self._fresh, *other._kept, *other._fresh]
        self._kept, self._fresh, self._held = [], [], 0
        for cells, values in parts:
            if self._brackets:
                keys, place = np.unique(cells, return_inverse=True)
                self._divide(keys, *self._bounds(keys), place, values)
            else:
                self._hold(cells, values)

    def values(self, rows: Mapping[int, int], linear: bool) -> tuple[dict[int, Fraction], Brackets]:
        """The quantile of each cell, `rows` being how many values it has.

        Also brackets for the cells whose value was let go: the rows have to be read again.
        """
        cells, values = _joined([*self._kept, *self._fresh])
        if len(cells) < _MANY * len(rows):
            order = np.lexsort((values, cells))
            cells, values = cells[order], values[order]
        elif len(cells):
            cells, values = _by_cell(cells, values)
        starts, ends = _stretches(cells)
        own = {int(cells[s]): (s, e) for s, e in zip(starts.tolist(), ends.tolist(), strict=True)}
        found: dict[int, Fraction] = {}
        missed: dict[int, tuple[int, int]] = {}
        for key, count in rows.items():
            if not count:
                continue
            start, end = own.get(key, (0, 0))
            far = self._far.get(key, 0)
            below = count - (end - start) - far if self.up else far
            wanted = _quantile(values[start:end], below, count, self.share, linear)
            if wanted is None:
                missed[key] = self._better(key)
            else:
                found[key] = wanted
        if missed and self.refined is not None:
            again, missed_again = self.refined.values({k: rows[k] for k in missed}, linear)
            return found | again, missed_again
        return found, missed

    def _better(self, key: int) -> tuple[int, int]:
        """A bracket from the sample of all values of a cell; the second time, everything."""
        cells, values = _joined(self._sample)
        values = values[cells == key]
        if self._only or len(values) < _WORTH // 16:
            return _LEAST, _MOST
        return _bracket(values, self.share)


def _picked(cells: Cells, raw: NDArray[Any], factor: int, which: Ints | None) -> tuple[Ints, Ints]:
    """Cells and values of some rows (None: of all)."""
    part = raw if which is None else raw[which]
    values = part.astype(np.int64) if factor == 1 else part.astype(np.int64) * np.int64(factor)
    if cells.code is None:
        return np.full(len(part), cells.keys[0], np.int64), values
    return cells.keys.take(cells.code if which is None else cells.code[which]), values


def at_most(raw: NDArray[Any], limit: int) -> Mask:
    """Which of some integers are no more than a limit, which may be beyond their type."""
    info = np.iinfo(raw.dtype)
    if limit < info.min:
        return np.zeros(len(raw), np.bool_)
    found: Mask = raw <= min(limit, int(info.max))
    return found


def _at_least(limit: int, factor: int, dtype: Any) -> int:
    """The least number of a type that is worth `limit` or more."""
    info = np.iinfo(dtype)
    return min(max(-(-limit // factor), int(info.min)), int(info.max))


def _at_most(limit: int, factor: int, dtype: Any) -> int:
    """The largest number of a type that is worth `limit` or less."""
    info = np.iinfo(dtype)
    return min(max(limit // factor, int(info.min)), int(info.max))


def _joined(parts: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _by_cell(cells: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The values sorted by cell; small numbers are sorted digit by digit, which is faster."""
    low = int(cells.min())
    near = int(cells.max()) - low < 1 << 16
    order = np.argsort((cells - low).astype(np.uint16) if near else cells, kind="stable")
    return cells[order], values[order]


def _stretches(cells: Ints) -> tuple[Ints, Ints]:
    """Where the values of each cell start and end, in sorted cells."""
    if not len(cells):
        return cells, cells
    starts = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
    return starts, np.r_[starts[1:], len(cells)]


def _bracket(values: Ints, share: Fraction) -> tuple[int, int]:
    """A bracket around the rank: six standard deviations of it, and room for drift."""
    count = len(values)
    rank = int(count * share)
    spread = isqrt(int(count * share * (1 - share))) + 1
    margin = 6 * spread + int(count * min(min(share, 1 - share) / 2, Fraction(1, 50)))
    low, high = max(rank - margin, 0), min(rank + margin, count - 1)
    ordered = np.partition(values, (low, high))
    lowest = int(ordered[low]) if low else _LEAST
    return lowest, (int(ordered[high]) if high < count - 1 else _MOST)


def _quantile(kept: Ints, below: int, count: int, share: Fraction, linear: bool) -> Fraction | None:
    """The quantile of `count` values of which `below` are less than all of `kept`, or None."""
    if linear:
        position = (count - 1) * share
        under = position.numerator // position.denominator
        first, second, weight = under, min(under + 1, count - 1), position - under
    else:
        rank = max(-((-count * share.numerator) // share.denominator), 1)
        first, second, weight = rank - 1, rank - 1, Fraction(0)
    low, high = first - below, second - below
    if low < 0 or high >= len(kept):
        return None
    if len(kept) > _MANY:
        kept = np.partition(kept, (low, high))
    elif len(kept) > 1:
        kept = np.sort(kept)
    found = int(kept[low])
    return found + weight * (int(kept[high]) - found)


def quantile(values: Ints, share: Fraction, linear: bool) -> Fraction:
    """The quantile of some values, at least one.

    Nearest rank: the smallest value that at least `share` of the values do not exceed
    (ISO 16269-4 and common SLA practice). Linear: between the neighbours of rank
    1 + (n - 1) * share (Hyndman and Fan's definition 7).
    """
    found = _quantile(values, 0, len(values), share, linear)
    assert found is not None
    return found
