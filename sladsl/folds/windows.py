"""Aggregates over windows: of a figure of each window, or the share that satisfies a condition.

Each window is a cell of the inner aggregates' tables; at the end the windows of a group are
taken together by the period in which they start. The mean of ratios is an exact fraction,
kept as sums by denominator until the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.calendar.rolling import Schedule
from sladsl.folds.aggregates import RowState, alike, fold_together
from sladsl.folds.block import Block
from sladsl.folds.conditions import Mask
from sladsl.folds.formulas import aggregates_of, condition, figure
from sladsl.folds.grains import Grain
from sladsl.folds.model import Cell, LeftOut
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.parts import fractional

if TYPE_CHECKING:  # a run without exclusions doesn't wait for them
    from sladsl.folds.exclusions import Excluder

__all__ = ["WindowState"]

_NOTHING = Cell(None)


class WindowState:
    """The state of one aggregate over windows (`grain`) for one set of groups.

    `open` says which of the windows count (None: all). `reach` is from when on rows are looked at,
    and the term [start, end), ns: windows are made of rows before `end`, and missing since `start`.
    """

    __slots__ = ("grain", "inner", "open", "plan", "reach")

    def __init__(
        self,
        plan: p.WindowAggregate,
        grain: Grain,
        inner: dict[int, RowState],
        open: Mask | None,
        reach: tuple[int, int, int],
    ) -> None:
        self.plan = plan
        self.grain = grain
        self.inner = inner
        self.open = open
        self.reach = reach

    @property
    def streams(self) -> frozenset[str]:
        """The streams whose rows it is made of."""
        return frozenset(state.plan.stream for state in self.inner.values())

    def fold(self, stream: str, block: Block) -> None:
        """Take in the rows of a block of a stream."""
        states = [state for state in self.inner.values() if state.plan.stream == stream]
        if states:
            fold_together(states, block, self.grain)

    def apart(self) -> WindowState:
        """An empty state of the same kind."""
        inner = {i: state.apart() for i, state in self.inner.items()}
        return WindowState(self.plan, self.grain, inner, self.open, self.reach)

    def missed(self) -> bool:
        """Whether values were let go that are asked for."""
        return any(state.missed() for state in self.inner.values())

    def again(self) -> WindowState:
        """A state for what was let go, for the same rows once more."""
        inner = {i: state.again() for i, state in self.inner.items() if state.missed()}
        return WindowState(self.plan, self.grain, inner, self.open, self.reach)

    def refine(self, other: WindowState) -> None:
        """Take in what `again` came to."""
        for index, state in other.inner.items():
            self.inner[index].refine(state)

    def merge(self, other: WindowState) -> None:
        """Take in the state of other rows."""
        for index, state in self.inner.items():
            state.merge(other.inner[index])

    def cells(
        self, periods: Periods, until: int, since: dict[int, int], excluder: Excluder | None
    ) -> dict[int, Cell]:
        """The figure by group * number of periods + period.

        `until` is how far missing data may count (ns).

        `since` is from when each group exists. The period in which it appears is judged
        whole: its windows before the first row are empty ones.
        """
        windows = self.grain.periods
        period_of = periods.index(np.maximum(windows.starts, self.reach[0]))
        if self.open is not None:
            period_of = np.where(self.open, period_of, -1)
        ranked = self.plan.function in ("min", "max")
        totals: dict[int, _Total] = defaultdict(lambda: _Total(ranked=ranked))
        begun_by = (windows.starts < until) & (
            np.maximum(windows.starts, self.reach[0]) >= self.reach[1]
        )
        for cell, begun, parts, times in self._alike(period_of, len(periods), begun_by):
            undecided = sum(part.undecided for part in parts.values())
            totals[cell].add(self._window(parts), undecided, begun, times)
        if self.plan.empty is not None:
            self._empties(totals, periods, period_of, begun_by, since, excluder)
        found = {cell: total.cell(self.plan.function) for cell, total in totals.items()}
        for cell, excluded in self._excluded(period_of, len(periods)).items():
            found[cell] = found.get(cell, _NOTHING).but(excluded=excluded)
        return found

    def running(self, schedule: Schedule, as_of: int, *, whole: bool) -> frozenset[int]:
        """The numbers of the periods that are over at as-of, and a window in them isn't.

        One is in the period in which it begins (`whole`), or in each that it has a part in.
        """
        place = int(self.grain.periods.index(np.array([as_of], np.int64))[0])
        if place < 0 or (self.open is not None and not self.open[place]):
            return frozenset()
        begins = max(int(self.grain.periods.starts[place]), self.reach[0])
        if as_of >= min(int(self.grain.periods.ends[place]), self.reach[2]):
            return frozenset()
        some = (schedule.ends > begins) & (schedule.ends <= as_of)
        if whole:
            some &= schedule.starts <= begins
        return frozenset(np.flatnonzero(some).tolist())

    def over(self, schedule: Schedule, *, whole: bool) -> tuple[int, ...]:
        """When the last window in each period is over (ns): at its end, or later."""
        windows, ends = self.grain.periods, schedule.ends
        place = windows.index(ends)
        begins = np.maximum(windows.starts[place], self.reach[0])
        closes = np.minimum(windows.ends[place], self.reach[2])
        runs = (place >= 0) & (begins < ends) & (ends < closes)
        if self.open is not None:
            runs &= self.open[place]
        if whole:
            runs &= schedule.starts <= begins
        found: list[int] = np.where(runs, closes, ends).tolist()
        return tuple(found)

    def outcomes(self) -> tuple[Ints, Ints, Ints]:
        """The windows that rows fell into (group * number of windows + window), ascending.

        And whether each satisfies the condition (1 or 0; -1: that can't be said), and how many
        rows of it aren't decided yet.
        """
        assert self.plan.good is not None
        tables = {index: state.figures(left=True) for index, state in self.inner.items()}
        every = np.concatenate([table[0] for table in tables.values()])
        keys = np.unique(every, return_index=True)[0]
        columns = []
        for own, which, _ in tables.values():
            at = np.minimum(np.searchsorted(own, keys), max(len(own) - 1, 0))
            known = own[at] == keys if len(own) else np.zeros(len(keys), np.bool_)
            columns.append(np.where(known, which[at] if len(own) else 0, -1))
        number, first = alike(columns)
        outcomes, undecided = [], []
        for row in zip(*(column[first].tolist() for column in columns), strict=True):
            parts = {
                index: table[2][part] if part >= 0 else _NOTHING
                for (index, table), part in zip(tables.items(), row, strict=True)
            }
            met = condition(self.plan.good, parts.__getitem__)
            outcomes.append(-1 if met is None else int(met))
            undecided.append(sum(part.undecided for part in parts.values()))
        return keys, np.array(outcomes, np.int64)[number], np.array(undecided, np.int64)[number]

    def _excluded(self, period_of: Ints, count: int) -> dict[int, tuple[LeftOut, ...]]:
        """The cells of whose windows exclusions took rows."""
        sums: dict[int, dict[tuple[str, str], int]] = {}
        for state in self.inner.values():
            for key, parts in state.excluded().items():
                group, window = divmod(key, len(self.grain.periods))
                period = int(period_of[window])
                if period >= 0:
                    own = sums.setdefault(group * count + period, defaultdict(int))
                    for part in parts:
                        own[part.by, part.at] += part.rows
        return {
            cell: tuple(LeftOut(by, at, rows=rows) for (by, at), rows in own.items())
            for cell, own in sums.items()
        }

    def _alike(
        self, period_of: Ints, count: int, begun_by: Mask
    ) -> Iterator[tuple[int, bool, dict[int, Cell], int]]:
        """The windows that rows fell into: cell, begun or not, inner figures, how many alike.

        Most windows come to one of a few figures, which need working out only once.
        """
        tables = {index: state.figures(left=True) for index, state in self.inner.items()}
        # with the index, since `np.unique` alone imports `numpy.ma`
        every = np.concatenate([table[0] for table in tables.values()])
        keys = np.unique(every, return_index=True)[0]
        group, window = np.divmod(keys, len(self.grain.periods))
        period = period_of[window]
        inside = period >= 0
        keys, window = keys[inside], window[inside]
        columns: list[Ints] = [
            group[inside] * count + period[inside],
            begun_by[window].astype(np.int64),
        ]
        for own, which, _ in tables.values():
            at = np.searchsorted(own, keys)
            at[at == len(own)] = 0
            known = own[at] == keys if len(own) else np.zeros(len(keys), np.bool_)
            columns.append(np.where(known, which[at] if len(own) else 0, -1))
        number, first = alike(columns)
        times = np.bincount(number, minlength=len(first)).tolist()
        rows = zip(*(column[first].tolist() for column in columns), strict=True)
        for (cell, begun, *parts), many in zip(rows, times, strict=True):
            inner = {
                index: table[2][part] if part >= 0 else _NOTHING
                for (index, table), part in zip(tables.items(), parts, strict=True)
            }
            yield cell, bool(begun), inner, many

    def _window(self, parts: dict[int, Cell]) -> Fraction | bool | None:
        if self.plan.good is not None:
            return condition(self.plan.good, parts.__getitem__)
        assert self.plan.value is not None
        return figure(self.plan.value, parts.__getitem__)

    def _empties(
        self, totals: dict[int, _Total], periods: Periods, period_of: Ints,
        begun_by: Mask, since: dict[int, int], excluder: Excluder | None,
    ) -> None:  # fmt: skip
        """Count the windows without a figure that could be missing.

        Those that lie wholly in what is excluded, and have no rows, are left out.
        """
        assert self.plan.empty is not None
        windows = self.grain.periods
        worth = Fraction(*self.plan.empty)
        begun = begun_by & (period_of >= 0)
        counts = np.bincount(period_of[begun], minlength=len(periods)).tolist()
        kept = np.concatenate([state.figures(left=True)[0] for state in self.inner.values()])
        for group, first in since.items():
            out = self._wholly(group, begun, excluder)
            out = out[~np.isin(out + group * len(windows), kept)]
            gone = np.bincount(period_of[out], minlength=len(periods)).tolist()
            for period, count in enumerate(counts):
                if count and periods.ends[period] > first:
                    total = totals[group * len(periods) + period]
                    total.add_many(worth, count - gone[period] - total.begun)

    def _wholly(self, group: int, begun: Mask, excluder: Excluder | None) -> Ints:
        """The windows of a group that lie wholly, as far as the term goes, in excluded time."""
        none = np.zeros(0, np.int64)
        if not self.plan.excluding:
            return none
        assert excluder is not None
        excluding = excluder.of(self.plan.excluding)
        groups, windows = self.grain.groups, self.grain.periods
        own = dict(zip([f.name for f in groups.fields], groups.codes[group], strict=True))
        out = excluding.of(tuple(own.get(name) for name in excluding.fields)).whole()
        if not len(out):
            return none
        starts = np.maximum(windows.starts, self.reach[0])
        ends = np.minimum(windows.ends, self.reach[2])
        place = np.searchsorted(out.starts, starts, side="right") - 1
        wholly = begun & (place >= 0) & (ends <= out.ends[place])
        return np.flatnonzero(wholly)


class _Total:
    """Windows of one cell, taken together. `ranked`: the least and the most are asked for."""

    def __init__(self, *, ranked: bool = False) -> None:
        self.by_denominator: dict[int, int] = defaultdict(int)
        self.count = 0
        self.begun = 0  # of those with a figure
        self.good = 0
        self.undecided = 0
        self.ranked = ranked
        self.least: Fraction | None = None
        self.most: Fraction | None = None

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
    plan: p.WindowAggregate, aggregates: tuple[p.Aggregate, ...], *, once: bool
) -> dict[int, RowState]:
    """Fresh states for the aggregates that a window's figure is made of."""
    part = plan.good if plan.good is not None else plan.value
    assert part is not None
    found = {}
    for index in sorted(aggregates_of(part)):
        aggregate = aggregates[index]
        assert isinstance(aggregate, p.RowAggregate)
        limits = () if plan.good is None else limits_of(plan.good, index, aggregate)
        found[index] = RowState(aggregate, once=once, limits=limits)
    return found


def limits_of(expr: p.Condition, index: int, aggregate: p.RowAggregate) -> tuple[Fraction, ...]:
    """The figures that a percentile is compared with, if that is all that is made of it."""
    found: set[Fraction] = set()
    if aggregate.function != "quantile" or aggregate.linear:
        return ()
    if aggregate.value is not None and fractional(aggregate.value):
        return ()
    return tuple(sorted(found)) if _compared(expr, index, found) else ()


def _compared(expr: p.Condition, index: int, found: set[Fraction]) -> bool:
    """Collect what an aggregate is compared with; whether it occurs nowhere else."""
    match expr:
        case p.FigureNot(operand=operand):
            return _compared(operand, index, found)
        case p.FigureAll(operands=operands) | p.FigureAny(operands=operands):
            return all(_compared(o, index, found) for o in operands)
        case p.FigurePresent(operand=formula):  # how it compares says whether it is there
            return formula == p.AggregateRef(index) or index not in aggregates_of(formula)
        case p.FigureCompare(left=left, right=right):
            for one, other in ((left, right), (right, left)):
                if one == p.AggregateRef(index) and isinstance(other, p.Number):
                    found.add(Fraction(*other.value))
                    return True
            return index not in aggregates_of(left) | aggregates_of(right)
