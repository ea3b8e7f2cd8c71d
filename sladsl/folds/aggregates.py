"""Aggregates over rows: count, share, sum, mean, min, max, percentiles.

Each keeps a table by cell. A share counts what is good, what isn't and what is undecided; a
percentile keeps how often each value occurred, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.expressions import Rows
from sladsl.folds.grains import Grain
from sladsl.folds.model import Cell
from sladsl.folds.table import Ints, Table, halves, whole
from sladsl.plan import model as p
from sladsl.streams.model import Batch

__all__ = ["FUNCTIONS", "RowState", "quantile"]

_SUMS = {"seen": "sum", "rows": "sum"}

#: The columns that each function keeps beside `seen` and `rows`.
FUNCTIONS: dict[str, dict[str, str]] = {
    "count": {"sure": "sum"},
    "share": {"good": "sum", "undecided": "sum"},
    "sum": {"high": "sum", "low": "sum"},
    "mean": {"high": "sum", "low": "sum"},
    "min": {"least": "min"},
    "max": {"most": "max"},
    "quantile": {},
}


@dataclass(slots=True)
class RowState:
    """The state of one aggregate at one grain. `seen` counts rows before `where`.

    `reads` are the fields that decide whether a row is counted: a row that lacks one of
    them may still come to be counted otherwise.
    """

    plan: p.RowAggregate
    reads: frozenset[str] = frozenset()
    table: Table = field(init=False)
    values: Table | None = None

    def __post_init__(self) -> None:
        self.table = Table(_SUMS | FUNCTIONS[self.plan.function])
        if self.plan.function == "quantile":
            self.values = Table({"times": "sum"}, keys=2)

    def fold(self, batch: Batch, grain: Grain, times: Ints, rows: Rows) -> None:
        """Take in the rows of a batch."""
        cells, inside = grain.cells(batch, times)
        if not len(inside):
            return
        part = batch if len(inside) == batch.length else batch.take(inside)
        chosen = rows.holds(self.plan.where, part)
        some: Mask = np.ones(part.length, np.bool_) if chosen is None else chosen
        columns: dict[str, Ints] = {"seen": np.ones(part.length, np.int64)}
        if self.plan.good is not None:
            truth = rows.truth(self.plan.good, part, running=True)
            columns["good"] = (some & truth.holds()).astype(np.int64)
            columns["undecided"] = (some & truth.open()).astype(np.int64)
        if self.plan.value is not None:
            value = rows.value(self.plan.value, part)
            if value.valid is not None:
                some = some & value.valid
            self._values(columns, cells, value.values.astype(np.int64), some)
        columns["rows"] = some.astype(np.int64)
        if self.plan.function == "count":
            sure = some.copy()
            for name in self.reads:
                valid = part.columns[name].valid
                if valid is not None:
                    sure &= valid
            columns["sure"] = sure.astype(np.int64)
        self.table.add((cells,), columns)

    def _values(self, columns: dict[str, Ints], cells: Ints, values: Ints, some: Mask) -> None:
        match self.plan.function:
            case "sum" | "mean":
                columns["high"], columns["low"] = halves(np.where(some, values, 0))
            case "min":
                columns["least"] = np.where(some, values, np.iinfo(np.int64).max)
            case "max":
                columns["most"] = np.where(some, values, np.iinfo(np.int64).min)
            case _:
                assert self.values is not None
                which = np.flatnonzero(some)
                ones = np.ones(len(which), np.int64)
                self.values.add((cells[which], values[which]), {"times": ones})

    def merge(self, other: RowState) -> None:
        """Take in the state of other rows, of the same aggregate at the same grain."""
        self.table.merge(other.table)
        if self.values is not None and other.values is not None:
            self.values.merge(other.values)

    def cells(self) -> dict[int, Cell]:
        """The figure of each cell that rows fell into."""
        (keys,), columns = self.table.compact()
        lists = {name: column.tolist() for name, column in columns.items()}
        finish = _FINISH[self.plan.function]
        quantiles = self._quantiles()
        names = list(lists)
        made: dict[tuple[object, ...], Cell] = {}  # many windows come to the same
        found = {}
        for key, *values in zip(keys.tolist(), *lists.values(), strict=True):
            value = quantiles.get(key)
            same = (*values, value)
            if same not in made:
                row = dict(zip(names, values, strict=True))
                made[same] = finish(self.plan, row, value)
            found[key] = made[same]
        return found

    def seen(self) -> dict[int, int]:
        """How many rows fell into each cell, before `where`."""
        (keys,), columns = self.table.compact()
        return dict(zip(keys.tolist(), columns["seen"].tolist(), strict=True))

    def _quantiles(self) -> dict[int, Fraction]:
        if self.values is None or self.plan.quantile is None:
            return {}
        (cells, values), columns = self.values.compact()
        bounds = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]]) if len(cells) else cells
        ends = np.r_[bounds[1:], len(cells)] if len(cells) else bounds
        found = {}
        for start, end in zip(bounds.tolist(), ends.tolist(), strict=True):
            found[int(cells[start])] = quantile(
                values[start:end], columns["times"][start:end],
                Fraction(*self.plan.quantile), self.plan.linear,
            )  # fmt: skip
        return found


def quantile(values: Ints, times: Ints, share: Fraction, linear: bool) -> Fraction:
    """The quantile of a multiset: ascending distinct values, and how often each occurs.

    Nearest rank: the smallest value that at least `share` of the values do not exceed
    (ISO 16269-4 and common SLA practice). Linear: between the neighbours of rank
    1 + (n - 1) * share (Hyndman and Fan's definition 7).
    """
    upto = np.cumsum(times)
    count = int(upto[-1])

    def at(rank: int) -> int:
        return int(values[np.searchsorted(upto, rank, side="left")])

    if not linear:
        rank = -((-count * share.numerator) // share.denominator)
        return Fraction(at(max(rank, 1)))
    position = (count - 1) * share
    below = position.numerator // position.denominator
    low, high = at(below + 1), at(min(below + 2, count))
    return low + (position - below) * (high - low)


def _count(_: p.RowAggregate, row: dict[str, int], __: Fraction | None) -> Cell:
    return Cell(Fraction(row["rows"]), rows=row["rows"], low=Fraction(row["sure"]))


def _share(_: p.RowAggregate, row: dict[str, int], __: Fraction | None) -> Cell:
    good, count, undecided = row["good"], row["rows"], row["undecided"]
    value = Fraction(good, count) if count else None
    return Cell(value, good, count, counted=True, rows=count, undecided=undecided)


def _sum(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    total = whole(row["high"], row["low"])
    return Cell(Fraction(total, plan.scale), rows=row["rows"])


def _mean(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    total, count = whole(row["high"], row["low"]), row["rows"]
    value = Fraction(total, plan.scale * count) if count else None
    return Cell(value, rows=count)


def _least(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    value = Fraction(row["least"], plan.scale) if row["rows"] else None
    return Cell(value, rows=row["rows"])


def _most(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    value = Fraction(row["most"], plan.scale) if row["rows"] else None
    return Cell(value, rows=row["rows"])


def _quantile(plan: p.RowAggregate, row: dict[str, int], found: Fraction | None) -> Cell:
    value = None if found is None else found / plan.scale
    return Cell(value, rows=row["rows"])


_FINISH: dict[str, Callable[[p.RowAggregate, dict[str, int], Fraction | None], Cell]] = {
    "count": _count,
    "share": _share,
    "sum": _sum,
    "mean": _mean,
    "min": _least,
    "max": _most,
    "quantile": _quantile,
}
