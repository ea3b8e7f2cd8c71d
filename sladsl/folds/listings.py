"""Rows that are kept one by one: spans that exclude, notices, claims, what starts a deadline.

They are few beside what is measured, and known before anything is folded.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.derive import concatenate
from sladsl.folds.expressions import Rows
from sladsl.folds.ratios import ratio
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column

__all__ = ["ListState", "Listed"]


class Listed:
    """n listed rows, by their own time, then position (rank of the file, number of the row).

    Fields can be asked for as Python values or as arrays; times and durations in ns.
    """

    __slots__ = ("_batch", "_fields", "_rows", "length", "plan", "times", "vocabulary")

    def __init__(
        self,
        plan: p.Listing,
        source: p.StreamPlan | p.DerivedPlan,
        batch: Batch | None,
        rows: Rows,
    ) -> None:
        self.plan = plan
        self.vocabulary = rows.vocabulary
        self._rows = rows
        self._fields = {field.name: field for field in source.fields}
        if batch is not None:
            event = batch.columns[source.event]
            if event.valid is not None:  # a derived row that has no place yet
                batch = batch.take(np.flatnonzero(event.valid))
            times = batch.columns[source.event].values
            order = np.lexsort((batch.row, batch.file, times))
            batch = batch.take(order)
            self.times: Ints = batch.columns[source.event].values
        else:
            self.times = np.zeros(0, np.int64)
        self._batch = batch
        self.length = len(self.times)

    def field(self, name: str) -> p.FieldPlan:
        """What a field holds."""
        return self._fields[name]

    def place(self, row: int) -> tuple[int, int]:
        """The rank of a row's file, and the row's number in it."""
        assert self._batch is not None
        return int(self._batch.file[row]), int(self._batch.row[row])

    def values(self, field: str) -> tuple[Ints, Mask]:
        """A field's values in its kind's unit (codes, of enums and texts), and which there are."""
        if self._batch is None:
            return np.zeros(0, np.int64), np.zeros(0, np.bool_)
        column = self._batch.columns[field]
        return column.values, column.present()

    def numbers(self, field: str) -> tuple[int | None, ...]:
        """A field's values in its kind's unit; times are ns."""
        values, present = self.values(field)
        return tuple(
            int(value) if there else None
            for value, there in zip(values.tolist(), present.tolist(), strict=True)
        )

    def worked_out(self) -> tuple[Fraction | None, ...]:
        """What is worked out for each row, in base units; None where something is missing."""
        if self._batch is None:
            return ()
        assert self.plan.value is not None
        found = ratio(self._rows, self.plan.value, self._batch)
        scale = p.SCALE[getattr(self.plan.value, "kind", "int")]
        present = np.ones(self.length, np.bool_) if found.valid is None else found.valid
        rows = zip(found.above.tolist(), found.below.tolist(), present.tolist(), strict=True)
        return tuple(Fraction(a, b * scale) if there else None for a, b, there in rows)

    def texts(self, field: str) -> tuple[str | None, ...]:
        """A field's values as a group's are written."""
        plan = self._fields[field]
        numbers = self.numbers(field)
        if plan.kind == "bool":
            return tuple(None if v is None else ("true" if v else "false") for v in numbers)
        if plan.kind == "enum":
            return tuple(None if v is None else plan.values[v] for v in numbers)
        if plan.kind == "text":
            known = self.vocabulary.texts
            return tuple(None if v is None else known[v] for v in numbers)
        return tuple(None if v is None else str(v) for v in numbers)


class ListState:
    """The rows of one listing so far, in any order."""

    __slots__ = ("_batches", "_rows", "plan", "source")

    def __init__(self, plan: p.Listing, source: p.StreamPlan | p.DerivedPlan, rows: Rows) -> None:
        self.plan = plan
        self.source = source
        self._rows = rows
        self._batches: list[Batch] = []

    def fold(self, batch: Batch) -> None:
        """Take in rows of the stream, as they are known at as-of."""
        which = self._rows.where(self.plan.where, batch)
        if which is not None:
            batch = batch.take(np.flatnonzero(which))
        if batch.length:
            names = {self.source.event, *self.plan.fields}
            columns = {name: _own(batch.columns[name]) for name in sorted(names)}
            self._batches.append(batch.with_columns(columns))

    def merge(self, other: ListState) -> None:
        """Take in other rows of the stream."""
        self._batches += other._batches

    def finish(self) -> Listed:
        """All rows, in order."""
        batch = concatenate(self._batches) if self._batches else None
        return Listed(self.plan, self.source, batch, self._rows)


def _own(column: Column) -> Column:
    """A copy: of what a batch holds, the reader may make other use."""
    valid = None if column.valid is None else column.valid.copy()
    return Column(column.raw.copy(), valid, column.factor)
