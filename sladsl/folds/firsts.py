"""When the first rows of a cell came: the instant at which a count became too much.

A count of rows only grows. Once it has broken a promise nothing can keep it any more; when that
was is the time of the row that was one too many. So of each cell that many times are kept, the
earliest ones. Where that would be a lot, they are kept only when the rows are read once more, of
the cells that may have too many.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction

import numpy as np

from sladsl.folds.block import Cells
from sladsl.folds.conditions import Mask
from sladsl.folds.formulas import Range, aggregates_of, reach
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["GROWING", "HOLDS", "Firsts", "most_of_each"]

HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}

#: Figures of outages that only ever grow.
GROWING = frozenset({"count", "sum", "max"})

_FEW = 1 << 12  # times of a cell that are kept when the rows are read for the first time
_HELD = 1 << 16  # times that are held before those beyond the first ones are let go
_MANY = 1 << 40  # more rows than there are


def most_of_each(
    requirements: Iterable[p.Requirement], aggregates: tuple[p.Aggregate, ...]
) -> dict[tuple[p.Grain, int], tuple[int, int]]:
    """How many rows of a count may break a promise, and how many do, by grain and aggregate.

    That may differ from group to group, and hang on other counts.
    """
    found: dict[tuple[p.Grain, int], tuple[int, int]] = {}
    for requirement in requirements:
        grain = p.Grain(requirement.period, requirement.groups)
        for formula in (requirement.formula, requirement.excused):
            for index in () if formula is None else aggregates_of(formula):
                aggregate = aggregates[index]
                if isinstance(aggregate, p.RowAggregate) and aggregate.function == "count":
                    own = requirement.but(formula=formula)
                    most = _most(own, index, aggregates, max)
                    if most is None:
                        continue
                    alone = len(aggregates_of(own.formula)) == 1
                    least = _most(own, index, aggregates, min) if alone else 1
                    before = found.get((grain, index), (most, most))
                    found[grain, index] = min(least or 0, before[0]), max(most, before[1])
    return found


def _most(
    requirement: p.Requirement, index: int, aggregates: tuple[p.Aggregate, ...],
    of: Callable[[Iterable[int]], int],
) -> int | None:  # fmt: skip
    """How many rows of one count break a promise, whatever else comes; None: no number does.

    `of` chooses among what it takes of each target: the most, or the least.
    """
    found = [_rows(requirement, target, index, aggregates) for target in _targets(requirement)]
    known = [rows for rows in found if rows is not None]
    return of(known) if known else None


def _rows(
    requirement: p.Requirement, target: Fraction, index: int,
    aggregates: tuple[p.Aggregate, ...],
) -> int | None:  # fmt: skip
    """The same of one target."""

    def limits(other: int, rows: int) -> Range:
        aggregate = aggregates[other]
        match aggregate:
            case p.RowAggregate(function="count"):
                return Fraction(rows if other == index else 0), None
            case p.OutageAggregate(function="time"):
                return Fraction(0), Fraction(1)
            case p.OutageAggregate(function=function) if function in GROWING:
                return Fraction(0), None
            case _:
                return None, None

    holds, more_is_better = HOLDS[requirement.operator], requirement.operator in (">=", ">")

    def broken(rows: int) -> bool:
        best = reach(requirement.formula, lambda other: limits(other, rows))[more_is_better]
        return best is not None and not holds(best, target)

    high = 1
    while not broken(high):
        if high >= _MANY:
            return None
        high *= 2
    low = 0
    while low < high:
        middle = (low + high) // 2
        if broken(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _targets(requirement: p.Requirement) -> list[Fraction]:
    """All that may be promised, of any group; less of it where it is prorated."""
    found = [Fraction(*one) for one in requirement.target.known]
    return [*found, Fraction(0)] if requirement.prorated else found


class Firsts:
    """The earliest times (ns) of the rows of each cell: the `most` that break a promise there.

    So many as `least` may break one.

    With `only`, of these cells alone, when the rows are read for the second time. With `once`
    they can't be, so that all are kept when they are read first.
    """

    __slots__ = ("_held", "_kept", "_limit", "_only", "least", "most", "once")

    def __init__(
        self, least: int, most: int, only: Collection[int] | None = None, *, once: bool = False
    ) -> None:
        self.least = least
        self.most = most
        self.once = once
        self._only = None if only is None else np.array(sorted(only), np.int64)
        self._kept: list[tuple[Ints, Ints]] = []  # cells and times
        self._held = 0
        self._limit = _HELD

    @property
    def keeps(self) -> bool:
        """Whether times are kept at all, now."""
        return self.once or self._only is not None or self.most <= _FEW

    def apart(self) -> Firsts:
        """An empty one of the same kind."""
        only = None if self._only is None else self._only.tolist()
        return Firsts(self.least, self.most, only, once=self.once)

    def fold(self, cells: Cells, times: Ints, some: Mask | None) -> None:
        """Take in the times of the rows that `some` picks (None: all)."""
        if not self.keeps:
            return
        keys = cells.keys[0:1].repeat(len(times)) if cells.code is None else cells.keys[cells.code]
        if self._only is not None:
            wanted = np.isin(keys, self._only)
            some = wanted if some is None else some & wanted
        if some is not None:
            keys, times = keys[some], times[some]
        self._keep(keys, times)

    def _keep(self, keys: Ints, times: Ints) -> None:
        if len(keys):
            self._kept.append((keys, times))
            self._held += len(keys)
            if self._held > self._limit:
                self._joined()
                self._limit = max(_HELD, 2 * self._held)

    def _joined(self) -> tuple[Ints, Ints]:
        """The cells, ascending, and of each the earliest times."""
        nothing = np.zeros(0, np.int64)
        keys = np.concatenate([nothing, *(part[0] for part in self._kept)])
        times = np.concatenate([nothing, *(part[1] for part in self._kept)])
        order = np.lexsort((times, keys))
        keys, times = keys[order], times[order]
        first = np.searchsorted(keys, keys)  # where each one's cell begins
        early = np.arange(len(keys)) - first < self.most
        keys, times = keys[early], times[early]
        self._kept, self._held = [(keys, times)], len(keys)
        return keys, times

    def merge(self, other: Firsts) -> None:
        """Take in the times of other rows."""
        for keys, times in other._kept:
            self._keep(keys, times)

    def missed(self, counts: Mapping[int, int]) -> list[int]:
        """The cells that have so many rows that their times are wanted, and weren't kept."""
        if self.keeps:
            return []
        return [key for key, count in counts.items() if count >= self.least]

    def times(self) -> dict[int, tuple[int, ...]]:
        """The earliest times of each cell, ascending."""
        keys, times = self._joined()
        cells, starts = np.unique(keys, return_index=True)
        parts = np.split(times, starts[1:])
        return {
            cell: tuple(part.tolist())
            for cell, part in zip(cells.tolist(), parts, strict=False)  # of no cell: one part
        }
