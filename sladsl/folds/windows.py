"""Aggregates over windows: of a figure of each window, or the share that satisfies a condition.

Each window is a cell of the inner aggregates' tables; at the end the windows of a group are
taken together by the period in which they start. The mean of ratios is an exact fraction,
kept as sums by denominator until the end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.aggregates import RowState
from sladsl.folds.expressions import Rows
from sladsl.folds.formulas import aggregates_of, condition, figure
from sladsl.folds.grains import Grain
from sladsl.folds.model import Cell
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.streams.model import Batch

__all__ = ["WindowState"]

_NOTHING = Cell(None)


@dataclass(slots=True)
class WindowState:
    """The state of one aggregate over windows for one set of groups."""

    plan: p.WindowAggregate
    grain: Grain  # windows, not periods
    inner: dict[int, RowState] = field(default_factory=dict)

    def fold(self, stream: str, batch: Batch, times: Ints, rows: Rows) -> None:
        """Take in the rows of a batch of a stream."""
        for state in self.inner.values():
            if state.plan.stream == stream:
                state.fold(batch, self.grain, times, rows)

    def merge(self, other: WindowState) -> None:
        """Take in the state of other rows."""
        for index, state in self.inner.items():
            state.merge(other.inner[index])

    def cells(self, periods: Periods, until: int, since: dict[int, int]) -> dict[int, Cell]:
        """The figure by group * number of periods + period.

        `until` is how far missing data may count (ns).

        `since` is from when each group exists. The period in which it appears is judged
        whole: its windows before the first row are empty ones.
        """
        windows = self.grain.periods
        found = {index: state.cells() for index, state in self.inner.items()}
        seen = sorted({key for state in self.inner.values() for key in state.seen()})
        begins = np.maximum(windows.starts, periods.starts[0]) if len(periods) else windows.starts
        period_of = periods.index(begins).tolist()
        ranked = self.plan.function in ("min", "max")
        totals: dict[int, _Total] = defaultdict(lambda: _Total(ranked=ranked))
        alike = self._alike(seen, found, period_of, len(periods), until)
        for (cell, begun, key), times in alike.items():
            value, undecided = self._window(key, found), self._undecided(key, found)
            totals[cell].add(value, undecided, begun, times)
        if self.plan.empty is not None:
            self._empties(totals, periods, np.array(period_of, np.int64), until, since)
        return {cell: total.cell(self.plan.function) for cell, total in totals.items()}

    def _alike(
        self,
        seen: list[int],
        found: dict[int, dict[int, Cell]],
        period_of: list[int],
        count: int,
        until: int,
    ) -> dict[tuple[int, bool, int], int]:
        """How many windows of a cell are alike: by cell, begun or not, and one for all of them.

        Most windows come to one of a few figures, and equal cells of an aggregate are one.
        """
        windows = len(self.grain.periods)
        begun_of = (self.grain.periods.starts < until).tolist()
        tables = list(found.values())
        first: dict[tuple[int, ...], int] = {}
        counts: dict[tuple[int, bool, int], int] = {}
        for key in seen:
            group, window = divmod(key, windows)
            period = period_of[window]
            if period >= 0:
                same = first.setdefault(tuple([id(t.get(key, _NOTHING)) for t in tables]), key)
                what = (group * count + period, begun_of[window], same)
                counts[what] = counts.get(what, 0) + 1
        return counts

    def _window(self, key: int, found: dict[int, dict[int, Cell]]) -> Fraction | bool | None:
        def cell(index: int) -> Cell:
            return found[index].get(key, _NOTHING)

        if self.plan.good is not None:
            return condition(self.plan.good, cell)
        assert self.plan.value is not None
        return figure(self.plan.value, cell)

    def _undecided(self, key: int, found: dict[int, dict[int, Cell]]) -> int:
        return sum(cells[key].undecided for cells in found.values() if key in cells)

    def _empties(
        self, totals: dict[int, _Total], periods: Periods, period_of: Ints,
        until: int, since: dict[int, int],
    ) -> None:  # fmt: skip
        """Count the windows without a figure that had begun by `until`."""
        assert self.plan.empty is not None
        windows = self.grain.periods
        worth = Fraction(*self.plan.empty)
        begun = (windows.starts < until) & (period_of >= 0)
        counts = np.bincount(period_of[begun], minlength=len(periods)).tolist()
        for group, first in since.items():
            for period, count in enumerate(counts):
                if count and periods.ends[period] > first:
                    total = totals[group * len(periods) + period]
                    total.add_many(worth, count - total.begun)


@dataclass(slots=True)
class _Total:
    """Windows of one cell, taken together."""

    by_denominator: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    count: int = 0
    begun: int = 0  # of those with a figure
    good: int = 0
    undecided: int = 0
    ranked: bool = False  # whether the least and the most are asked for
    least: Fraction | None = None
    most: Fraction | None = None

    def add(self, value: Fraction | bool | None, undecided: int, begun: bool, times: int) -> None:
        self.undecided += undecided * times
        if value is None:
            return
        self.begun += begun * times
        if isinstance(value, bool):
            self.count += times
            self.good += value * times
        else:
            self.add_many(value, times)

    def add_many(self, value: Fraction, times: int) -> None:
        if not times:
            return
        self.count += times
        self.by_denominator[value.denominator] += value.numerator * times
        if self.ranked:
            self.least = value if self.least is None else min(self.least, value)
            self.most = value if self.most is None else max(self.most, value)

    def cell(self, function: str) -> Cell:
        if function == "share":
            value = Fraction(self.good, self.count) if self.count else None
            return Cell(
                value, self.good, self.count, counted=True, rows=self.count,
                undecided=self.undecided,
            )  # fmt: skip
        if not self.count:
            return Cell(None, undecided=self.undecided)
        if function == "mean":
            value = _sum_of(sorted(self.by_denominator.items())) / self.count
        else:
            value = self.least if function == "min" else self.most
        return Cell(value, rows=self.count, undecided=self.undecided)


def _sum_of(parts: list[tuple[int, int]]) -> Fraction:
    """The sum of numerators by denominator, halved so that the numbers stay short."""
    if len(parts) == 1:
        return Fraction(parts[0][1], parts[0][0])
    middle = len(parts) // 2
    return _sum_of(parts[:middle]) + _sum_of(parts[middle:])


def inner_states(
    plan: p.WindowAggregate, aggregates: tuple[p.Aggregate, ...]
) -> dict[int, RowState]:
    """Fresh states for the aggregates that a window's figure is made of."""
    part = plan.good if plan.good is not None else plan.value
    assert part is not None
    found = {}
    for index in sorted(aggregates_of(part)):
        aggregate = aggregates[index]
        assert isinstance(aggregate, p.RowAggregate)
        found[index] = RowState(aggregate)
    return found
