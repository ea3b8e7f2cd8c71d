"""Rows as they stand at as-of: computed fields, one row for each key, derived streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.expressions import Rows, Spans
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch, Column

__all__ = [
    "Clash",
    "Keyed",
    "Refusal",
    "as_known",
    "computed",
    "concatenate",
    "derive",
    "nothing",
    "one_by_key",
    "spans_of",
    "within",
]

FOREVER = np.iinfo(np.int64).max


class Clash(Record):
    """Two rows of one key that contradict each other: their positions."""

    file: int
    row: int
    other_file: int
    other_row: int


class Keyed(Record):
    """One row for each key; how many repeated another; those that contradict each other."""

    batch: Batch
    duplicates: int
    clashes: tuple[Clash, ...]


class Refusal(Record):
    """Rows that can't be used for what a computed field came to: their positions."""

    field: str
    files: Ints
    rows: Ints


def as_known(plan: p.StreamPlan, batch: Batch, rows: Rows, as_of_given: bool) -> Batch:
    """The rows of a batch at as-of.

    Rows after as-of, and those recorded after it, don't exist; a time after it is "not
    yet", that is, missing. (Without a given as-of, it is the newest event, and `recorded`
    says nothing of what is known by then.)
    """
    exists = np.ones(batch.length, np.bool_)
    for name in (plan.event, plan.recorded if as_of_given else None):
        if name is not None:
            known_by = batch.columns[name]
            exists &= ~known_by.present() | (known_by.values <= rows.as_of)
    if not bool(exists.all()):
        batch = batch.take(np.flatnonzero(exists))
    columns = dict(batch.columns)
    for field in plan.fields:
        column = columns.get(field.name)
        if column is None or field.kind != "time" or field.name in (plan.event, plan.recorded):
            continue
        later = column.values > rows.as_of
        if bool(later.any()):
            columns[field.name] = Column(
                np.where(later, 0, column.values), column.present() & ~later
            )
    return batch.with_columns(columns)


def computed(plan: p.StreamPlan, batch: Batch, rows: Rows) -> tuple[Batch, tuple[Refusal, ...]]:
    """The rows with computed fields, and those that can't be used.

    A computed duration below zero can't be used, unless the field counts it as zero.
    """
    known = batch.with_columns(dict(batch.columns))
    refused: list[Refusal] = []
    for field in plan.fields:
        if field.computed is None:
            continue
        value = rows.value(field.computed, known)
        values = value.values
        if field.kind == "duration":
            below = (values < 0) if value.valid is None else (values < 0) & value.valid
            if field.negative_as_zero:
                values = np.maximum(values, 0)
            elif bool(below.any()):
                refused.append(
                    Refusal(field.name, known.file[below].astype(np.int64), known.row[below])
                )
                known = known.take(np.flatnonzero(~below))
                value = rows.value(field.computed, known)
                values = value.values
        known.columns[field.name] = Column(values, value.valid)
    return known, tuple(refused)


def concatenate(batches: Sequence[Batch]) -> Batch:
    """All rows as one batch."""
    if len(batches) == 1:
        return batches[0]
    columns = {}
    for name in batches[0].columns if batches else ():
        parts = [b.columns[name] for b in batches]
        values = np.concatenate([part.values for part in parts])
        some = any(part.valid is not None for part in parts)
        valid = np.concatenate([part.present() for part in parts]) if some else None
        columns[name] = Column(values, valid)
    if not batches:
        return Batch(0)
    file = np.concatenate([b.file for b in batches])
    row = np.concatenate([b.row for b in batches])
    return Batch(len(row), columns, file, row)


def one_by_key(plan: p.StreamPlan, batch: Batch) -> Keyed:
    """The same key twice is one row if the contents agree.

    Filling a field that was missing is completion; where the stream declares `recorded`,
    the row recorded later supersedes; else the two contradict each other.
    """
    if not plan.key or not batch.length:
        return Keyed(batch, 0, ())
    columns = [batch.columns[name].values for name in plan.key]
    later: list[Ints] = [batch.row, batch.file.astype(np.int64)]
    if plan.recorded is not None:
        later.append(batch.columns[plan.recorded].values)
    order = np.lexsort((*later, *columns[::-1]))
    same = np.ones(batch.length, np.bool_)
    same[0] = False
    for column in columns:
        ordered = column[order]
        same[1:] &= ordered[1:] == ordered[:-1]
    if not bool(same.any()):
        return Keyed(batch, 0, ())
    for name in plan.key:  # a row without its key is a row of its own
        valid = batch.columns[name].valid
        if valid is not None:
            same &= valid[order]
    first = np.flatnonzero(~same)
    size = np.diff(np.r_[first, batch.length])
    kept = order[first].copy()
    batch = Batch(
        batch.length,
        {k: Column(c.values.copy(), c.valid) for k, c in batch.columns.items()},
        batch.file, batch.row,
    )  # fmt: skip
    clashes: list[Clash] = []
    for at in np.flatnonzero(size > 1).tolist():
        rows = order[first[at] : first[at] + size[at]].tolist()
        if plan.recorded is not None:
            times = batch.columns[plan.recorded].values
            rows = [row for row in rows if times[row] == times[rows[-1]]]
            kept[at] = rows[0]
        clash = _complete(plan, batch, rows)
        if clash is not None:
            clashes.append(clash)
    return Keyed(batch.take(np.sort(kept)), batch.length - len(kept), tuple(clashes))


def _complete(plan: p.StreamPlan, batch: Batch, rows: list[int]) -> Clash | None:
    """Fill the first row's missing fields from the others; a contradiction if two differ."""
    first = rows[0]
    for name, column in batch.columns.items():
        present = [r for r in rows if column.valid is None or column.valid[r]]
        for other in present[1:]:
            if column.values[other] != column.values[present[0]]:
                a, b = present[0], other
                return Clash(
                    int(batch.file[a]), int(batch.row[a]), int(batch.file[b]), int(batch.row[b])
                )
        if present and present[0] != first:
            assert column.valid is not None
            valid = column.valid.copy()
            valid[first] = True
            column.values[first] = column.values[present[0]]
            batch.columns[name] = Column(column.values, valid)
    return None


def derive(
    plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, batch: Batch, rows: Rows
) -> Batch:
    """A derived stream from all rows of its base.

    Events are ordered by event time, then by the declared sequence, then by position.
    """
    if not batch.length:
        return nothing(plan)
    key = batch.columns[plan.by]
    known = np.flatnonzero(key.present())
    batch = batch if len(known) == batch.length else batch.take(known)
    keys, times = batch.columns[plan.by].values, batch.columns[base.event].values
    order_by: list[Ints] = [batch.row, batch.file.astype(np.int64)]
    if plan.sequence is not None:
        order_by.append(batch.columns[plan.sequence].values)
    order = np.lexsort((*order_by, times, keys))
    ordered = batch.take(order)
    keys = keys[order]
    last = np.ones(len(keys), np.bool_)
    last[:-1] = keys[1:] != keys[:-1]
    if plan.how == "last":
        return ordered.take(np.flatnonzero(last))
    return _spans(plan, ordered, times[order], last, rows)


def _spans(plan: p.DerivedPlan, ordered: Batch, times: Ints, last: Mask, rows: Rows) -> Batch:
    ends = np.zeros_like(times)
    ends[:-1] = times[1:]
    holds = rows.holds(plan.where, ordered)
    which = np.arange(ordered.length) if holds is None else np.flatnonzero(holds)
    starts_name, ends_name = "starts", "ends"
    columns = {
        plan.by: Column(ordered.columns[plan.by].values[which]),
        starts_name: Column(times[which]),
        ends_name: Column(np.where(last, 0, ends)[which], ~last[which]),
    }
    return Batch(len(which), columns, ordered.file[which], ordered.row[which])


def nothing(plan: p.StreamPlan | p.DerivedPlan) -> Batch:
    """No rows of a stream."""
    columns = {f.name: Column(np.zeros(0, np.int64)) for f in plan.fields}
    return Batch(0, columns)


def spans_of(batch: Batch, start: str, end: str) -> Spans:
    """The spans of a stream, as what pauses a clock; a span without an end lasts forever."""
    ends = batch.columns[end]
    present = ends.present()
    codes = {name: c.values for name, c in batch.columns.items() if c.values.dtype != np.bool_}
    masks = {name: c.present() for name, c in batch.columns.items()}
    return Spans(codes, masks, batch.columns[start].values, np.where(present, ends.values, FOREVER))


def within(plan: p.StreamPlan, batch: Batch, start: int, end: int) -> Mask:
    """Rows whose event, or any part of whose span, lies in the term."""
    times = batch.columns[plan.event].values
    if plan.span is None:
        inside: Mask = (times >= start) & (times < end)
        return inside
    ends = batch.columns[plan.span[1]]
    partly: Mask = (times < end) & (~ends.present() | (ends.values > start))
    return partly
