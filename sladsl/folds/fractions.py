"""What sums up fractions by cell, exactly: sums and means by denominator, extremes, percentiles.

A block's rows with one value are taken in together. Sums are kept as one integer for each
denominator, and only added up at the end; a percentile keeps how often each value occurs.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import floor
from typing import TypeAlias

import numpy as np

from sladsl.folds.block import Cells
from sladsl.folds.conditions import Mask
from sladsl.folds.ratios import Ratio

__all__ = ["FractionState"]

#: How often each value occurs, as a numerator and a denominator without a common factor.
_Values: TypeAlias = dict[tuple[int, int], int]


class FractionState:
    """The fractions of one aggregate by cell: sums by denominator, an extreme, or all values."""

    __slots__ = ("_sums", "_values", "function")

    def __init__(self, function: str) -> None:
        self.function = function
        self._sums: dict[int, dict[int, int]] = {}  # by cell and denominator
        self._values: dict[int, _Values] = {}

    def fold(self, cells: Cells, found: Ratio, some: Mask | None) -> None:
        """Take in the values of the rows that `some` picks (None: all)."""
        which = slice(None) if some is None else np.flatnonzero(some)
        above, below = found.above[which], found.below[which]
        common = np.gcd(above, below)
        pairs = zip((above // common).tolist(), (below // common).tolist(), strict=True)
        if cells.code is None:
            self._take(int(cells.keys[0]), Counter(pairs))
            return
        by_code: dict[int, Counter[tuple[int, int]]] = {}
        for code, pair in zip(cells.code[which].tolist(), pairs, strict=True):
            by_code.setdefault(code, Counter())[pair] += 1
        keys = cells.keys.tolist()
        for code, values in by_code.items():
            self._take(keys[code], values)

    def _take(self, key: int, values: _Values) -> None:
        """Take values into a cell."""
        if self.function in ("sum", "mean"):
            sums = self._sums.setdefault(key, {})
            for (above, below), count in values.items():
                sums[below] = sums.get(below, 0) + above * count
            return
        own = self._values.setdefault(key, {})
        for pair, count in values.items():
            own[pair] = own.get(pair, 0) + count
        if own and self.function in ("min", "max"):
            best = (min if self.function == "min" else max)(own, key=lambda pair: Fraction(*pair))
            self._values[key] = {best: own[best]}

    def merge(self, other: FractionState) -> None:
        """Take in what other rows came to."""
        for key, values in other._values.items():
            self._take(key, values)
        for key, sums in other._sums.items():
            own = self._sums.setdefault(key, {})
            for below, above in sums.items():
                own[below] = own.get(below, 0) + above

    def figure(self, key: int, count: int, share: Fraction | None, linear: bool) -> Fraction | None:
        """What the values of a cell, so many, come to; None where there are none."""
        if self.function in ("sum", "mean"):
            parts = self._sums.get(key, {}).items()
            whole = sum((Fraction(above, below) for below, above in parts), Fraction(0))
            if self.function == "sum":
                return whole
            return whole / count if count else None
        values = sorted((Fraction(*pair), n) for pair, n in self._values.get(key, {}).items())
        if not values:
            return None
        if share is None:
            return values[0][0]
        if not linear:
            return _ranked(values, max(-(-count * share.numerator // share.denominator), 1))
        place = 1 + (count - 1) * share
        low = _ranked(values, floor(place))
        return low + (_ranked(values, min(floor(place) + 1, count)) - low) * (place - floor(place))


def _ranked(values: list[tuple[Fraction, int]], rank: int) -> Fraction:
    """The value of a rank, from 1, of values in order and how often each occurs."""
    for value, count in values:
        rank -= count
        if rank <= 0:
            return value
    raise AssertionError("a rank beyond the last")
