"""A block of rows on its way into states, with what several of them need, worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.arithmetic import Value
from sladsl.folds.conditions import Mask
from sladsl.folds.expressions import Rows
from sladsl.folds.ratios import Ratio, ratio
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.parts import fractional
from sladsl.records import Record
from sladsl.streams.model import Batch

if TYPE_CHECKING:
    from sladsl.calendar.periods import Periods
    from sladsl.folds.grains import Groups

__all__ = ["Block", "Cells", "bounds_of"]


def bounds_of(batch: Batch, field: str) -> tuple[int, int]:
    """The least and the greatest value of a field that no row lacks (there are rows).

    Where the field wasn't read, what the file says: it may be wider.
    """
    column = batch.columns.get(field)
    if column is None:
        return batch.bounds[field]
    factor = 1 if column.factor is None else column.factor
    low, high = column.extent
    return low * factor, high * factor


class Cells(Record):
    """The cells of n rows: `keys` are numbers of cells, none twice.

    `code[i]` is the place in `keys` of row i's cell, or None: there is one key for all rows.
    """

    keys: Ints
    code: NDArray[Any] | None

    @staticmethod
    def spread(cells: Ints) -> Cells:
        """From a cell for each row."""
        keys, code = np.unique(cells, return_inverse=True)
        return Cells(keys, code)


class Block:
    """Rows of one stream, placed in time by one of their fields.

    `low` and `high` are bounds of their times (ns, inclusive), which may be known without the
    times themselves.
    """

    __slots__ = ("_groups", "_index", "_kept", "batch", "event", "high", "low", "rows")

    def __init__(self, batch: Batch, event: str, rows: Rows) -> None:
        self.batch = batch
        self.event = event
        self.rows = rows
        self._groups: dict[int, Ints | int] = {}
        self._index: dict[int, Ints | int] = {}
        self._kept: dict[Any, Any] = {}
        self.low, self.high = bounds_of(batch, event)

    @property
    def length(self) -> int:
        """How many rows there are."""
        return self.batch.length

    @property
    def times(self) -> Ints:
        """When each row happened (ns)."""
        return self.batch.columns[self.event].values

    def index(self, periods: Periods) -> Ints | int:
        """The number of each row's period, or one number where it is that of all of them."""
        key = id(periods)
        found = self._index.get(key)
        if found is None:
            one: Ints | int | None = periods.only(self.low, self.high)
            if one is None:
                column = self.batch.columns[self.event]
                one = periods.index(column.raw, column.factor or 1)
            found = self._index[key] = one
        return found

    def groups(self, groups: Groups) -> Ints | int:
        """The number of each row's group, or one number where it is that of all of them."""
        key = id(groups)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = groups.numbered(self.batch)
        return found

    def where(self, expr: p.RowExpr | None) -> Mask | None:
        """The rows for which a condition holds; None: all."""
        if expr is None:
            return None
        key = id(expr), "where"
        if key not in self._kept:
            self._kept[key] = self.rows.holds(expr, self.batch)
        found: Mask = self._kept[key]
        return found

    def bits(self, expr: p.RowExpr) -> tuple[Mask, Mask | None]:
        """The rows for which a condition holds, and those for which it is undecided, if any."""
        key = id(expr), "bits"
        if key not in self._kept:
            self._kept[key] = self.rows.bits(expr, self.batch, running=True)
        found: tuple[Mask, Mask | None] = self._kept[key]
        return found

    def both(self, one: Mask, other: Mask) -> Mask:
        """The rows of two masks, which are kept, so that they are put together once."""
        key = id(one), id(other)
        if key not in self._kept:
            self._kept[key] = one & other
        found: Mask = self._kept[key]
        return found

    def taken(self, plans: tuple[p.ExclusionPlan, ...]) -> tuple[Mask, Ints] | None:
        """The rows that exclusions leave, and for each the number of the one that takes it.

        None: they take none of these rows.
        """
        if not plans:
            return None
        key = id(plans), "taken"
        if key not in self._kept:
            self._kept[key] = self._taken(plans)
        found: tuple[Mask, Ints] | None = self._kept[key]
        return found

    def _taken(self, plans: tuple[p.ExclusionPlan, ...]) -> tuple[Mask, Ints] | None:
        assert self.rows.excluder is not None
        excluding = self.rows.excluder.of(plans)
        if not excluding.touches(self.low, self.high):
            return None
        by = excluding.by_row(self.batch, self.times)
        left = by < 0
        return None if bool(left.all()) else (left, by)

    def valid(self, expr: p.RowExpr) -> Mask | None:
        """The rows for which an expression has a value; None: all."""
        if isinstance(expr, p.Col):
            return self.batch.columns[expr.name].valid
        if fractional(expr):
            return self.ratio(expr).valid
        return self._value(expr).valid

    def ratio(self, expr: p.RowExpr) -> Ratio:
        """The values of an expression that needn't be whole."""
        key = id(expr), "ratio"
        if key not in self._kept:
            self._kept[key] = ratio(self.rows, expr, self.batch)
        found: Ratio = self._kept[key]
        return found

    def raw(self, expr: p.RowExpr) -> tuple[Ints, int]:
        """The values of an expression: integers, and how many units one of them is."""
        if isinstance(expr, p.Col):
            column = self.batch.columns[expr.name]
            if column.factor is not None:
                return column.raw, column.factor
            return column.values.astype(np.int64, copy=False), 1
        return self._value(expr).values.astype(np.int64, copy=False), 1

    def _value(self, expr: p.RowExpr) -> Value:
        key = id(expr), "value"
        if key not in self._kept:
            self._kept[key] = self.rows.value(expr, self.batch)
        found: Value = self._kept[key]
        return found
