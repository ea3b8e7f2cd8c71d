"""Aggregates over rows: count, share, sum, mean, min, max, percentiles.

Each keeps a table by cell. A share counts what is good, what isn't and what is undecided; a
percentile keeps how often each value occurred, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

__all__ = ["FUNCTIONS", "RowState", "alike", "quantile"]

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
        keys, which, figures = self.figures()
        return {key: figures[n] for key, n in zip(keys.tolist(), which.tolist(), strict=True)}

    def figures(self) -> tuple[Ints, Ints, list[Cell]]:
        """The cells that rows fell into (before `where`), ascending; which figure each has.

        Cells that come to the same have one figure, worked out once.
        """
        (keys,), columns = self.table.compact()
        finish = _FINISH[self.plan.function]
        if self.plan.function == "quantile":
            found = self._quantiles()
            rows = columns["rows"].tolist()
            cells = [
                finish(self.plan, {"rows": n}, found.get(key))
                for key, n in zip(keys.tolist(), rows, strict=True)
            ]
            return keys, np.arange(len(keys)), cells
        which, first = alike(tuple(columns.values()))
        made = [
            finish(self.plan, dict(zip(columns, values, strict=True)), None)
            for values in zip(*(column[first].tolist() for column in columns.values()), strict=True)
        ]
        return keys, which, made

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


def alike(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """For n rows of integers: the number of each among the distinct rows, and one of each."""
    order: Ints = np.lexsort(columns)
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(new) - 1
    return which, order[new]


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
