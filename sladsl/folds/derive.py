"""Rows as they stand at as-of: computed fields, one row for each key, derived streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.conditions import Mask
from sladsl.folds.expressions import Rows
from sladsl.folds.pauses import Spans
from sladsl.folds.ratios import ratio, whole
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.parts import fractional
from sladsl.records import Record
from sladsl.streams.model import Batch, Column

__all__ = [
    "Clash",
    "Keyed",
    "Refusal",
    "as_announced",
    "as_known",
    "computed",
    "concatenate",
    "derive",
    "last_of",
    "nothing",
    "one_by_key",
    "spans_of",
    "weighable",
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
    """Rows that can't be used for what a field comes to, and why: their positions."""

    field: str
    files: Ints
    rows: Ints
    why: str = "negative"  # or finer (than its unit), or no weight


def as_known(plan: p.StreamPlan, batch: Batch, rows: Rows, as_of_given: bool) -> Batch:
    """The rows of a batch at as-of.

    Rows after as-of, and those recorded after it, don't exist; a time after it is "not
    yet", that is, missing. (Without a given as-of, it is the newest event, and `recorded`
    says nothing of what is known by then.)
    """
    for name in (plan.event, plan.recorded if as_of_given else None):
        if name is None:
            continue
        if name not in batch.columns and batch.bounds[name][1] > rows.as_of:
            raise KeyError(f"`{name}` is needed to tell which rows exist")
        later = _later(batch, name, rows.as_of)
        if later is not None:
            batch = batch.take(np.flatnonzero(~later))
    unknown: dict[str, Column] = {}
    for field in plan.fields:
        if field.kind != "time" or field.name in (plan.event, plan.recorded):
            continue
        later = _later(batch, field.name, rows.as_of)
        if later is not None:
            column = batch.columns[field.name]
            valid = ~later if column.valid is None else column.valid & ~later
            unknown[field.name] = Column(np.where(later, 0, column.raw), valid, column.factor)
    return batch.with_columns(batch.columns | unknown) if unknown else batch


def as_announced(plan: p.StreamPlan, batch: Batch, rows: Rows, as_of_given: bool) -> Batch:
    """The spans of a batch that are known at as-of, and those announced for later.

    One is announced if some time of it, beside its start and its end, is known by then, and none
    is later. Then its end is known too; other times after as-of are "not yet".
    """
    assert plan.span is not None
    as_of, (_, end) = rows.as_of, plan.span
    exists = np.ones(batch.length, np.bool_)
    some, none_later = np.zeros(batch.length, np.bool_), exists.copy()
    unknown: dict[str, Column] = {}
    for field in plan.fields:
        if field.kind != "time" or field.computed is not None or field.name in plan.span:
            continue
        column = batch.columns.get(field.name)
        if column is None:
            continue
        later = column.present() & (column.values > as_of)
        if field.name == plan.recorded:
            if as_of_given:
                exists &= ~later
                some |= ~later
            continue
        some |= column.present() & ~later
        none_later &= ~later
        unknown[field.name] = Column(
            np.where(later, 0, column.values), column.present() & ~later, None
        )
    announced = some & none_later
    column = batch.columns[end]
    valid = column.present() & (announced | (column.values <= as_of))
    unknown[end] = Column(np.where(valid, column.values, 0), valid, None)
    exists &= announced | (batch.columns[plan.event].values <= as_of)
    return batch.with_columns(batch.columns | unknown).take(np.flatnonzero(exists))


def _later(batch: Batch, name: str, as_of: int) -> Mask | None:
    """The rows whose time lies after as-of; None if there is none."""
    column = batch.columns.get(name)
    if column is None or not batch.length:
        return None
    bounds = batch.bounds.get(name)
    if bounds is not None and bounds[1] <= as_of:
        return None
    most = as_of // (column.factor or 1)
    if column.extent[1] <= most:
        return None
    later: Mask = column.raw > most
    if column.valid is not None:
        later &= column.valid
    return later if bool(later.any()) else None


def weighable(batch: Batch, most: Mapping[str, int]) -> tuple[Batch, tuple[Refusal, ...]]:
    """The rows whose fields can be weights, which are from 0 to the `most`; and the others."""
    refused: list[Refusal] = []
    for name, limit in most.items():
        column = batch.columns.get(name)
        if column is None or not batch.length:
            continue
        wrong = (column.values < 0) | (column.values > limit)
        if column.valid is not None:  # of spans of a state
            wrong &= column.valid
        if bool(wrong.any()):
            refused.append(_refused(name, batch, wrong, "no weight"))
            batch = batch.take(np.flatnonzero(~wrong))
    return batch, tuple(refused)


def computed(
    plan: p.StreamPlan | p.DerivedPlan, batch: Batch, rows: Rows
) -> tuple[Batch, tuple[Refusal, ...]]:
    """The rows with computed fields, and those that can't be used.

    A computed duration below zero can't be used, unless the field counts it as zero; nor can a
    value that isn't a whole number of its field's units.
    """
    if all(field.computed is None for field in plan.fields):
        return batch, ()
    known = batch.with_columns(dict(batch.columns))
    refused: list[Refusal] = []
    for field in plan.fields:
        if field.computed is None:
            continue
        if fractional(field.computed):  # what is left is whole
            found = ratio(rows, field.computed, known)
            _, exact = whole(found)
            if not bool(exact.all()):
                refused.append(_refused(field.name, known, ~exact, "finer"))
                known = known.take(np.flatnonzero(exact))
        value = rows.value(field.computed, known)
        values = value.values
        if field.kind == "duration" and known.length and int(values.min()) < 0:
            below = (values < 0) if value.valid is None else (values < 0) & value.valid
            if field.negative_as_zero:
                values = np.maximum(values, 0)
            elif bool(below.any()):
                refused.append(_refused(field.name, known, below))
                known = known.take(np.flatnonzero(~below))
                value = rows.value(field.computed, known)
                values = value.values
        known.columns[field.name] = Column(values, value.valid)
    return known, tuple(refused)


def _refused(field: str, batch: Batch, which: Mask, why: str = "negative") -> Refusal:
    return Refusal(field, batch.file[which].astype(np.int64), batch.row[which], why)


def concatenate(batches: Sequence[Batch]) -> Batch:
    """All rows as one batch."""
    if len(batches) == 1:
        return batches[0]
    columns = {}
    for name in batches[0].columns if batches else ():
        parts = [b.columns[name] for b in batches]
        alike = len({(part.factor, part.raw.dtype.kind) for part in parts}) == 1
        values = np.concatenate([part.raw if alike else part.values for part in parts])
        some = any(part.valid is not None for part in parts)
        valid = np.concatenate([part.present() for part in parts]) if some else None
        columns[name] = Column(values, valid, parts[0].factor if alike else None)
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
    later: list[NDArray[Any]] = [batch.row, batch.file]
    if plan.recorded is not None:
        later.append(batch.columns[plan.recorded].values)
    order = np.lexsort((*later, *columns[::-1]))
    lone = np.zeros(0, np.int64)  # a row without its key is a row of its own
    for name in plan.key:
        valid = batch.columns[name].valid
        if valid is not None:
            lone = np.append(lone, order[~valid[order]])
            order = order[valid[order]]
    same = _repeats(order, columns)
    if not bool(same.any()):
        return Keyed(batch, 0, ())
    end = np.flatnonzero(np.append(~same[1:], True)) + 1
    if plan.recorded is not None:  # of the rows of a key those count that were recorded last
        same &= _repeats(order, [batch.columns[plan.recorded].values])
    fresh = np.flatnonzero(~same)
    first = fresh[np.searchsorted(fresh, end) - 1]
    kept = order[first]
    differs = same & ~_repeats(order, _contents(batch))
    before = np.concatenate(([0], np.cumsum(differs)))
    clashes: list[Clash] = []
    unlike = np.flatnonzero(before[end] > before[first])
    if len(unlike):
        batch = batch.with_columns(
            {
                k: Column(c.values.copy(), None if c.valid is None else c.valid.copy())
                for k, c in batch.columns.items()
            }
        )
    for at in unlike.tolist():
        clash = _complete(plan, batch, order[first[at] : end[at]].tolist())
        if clash is not None:
            clashes.append(clash)
    clashes.sort(key=lambda c: (c.file, c.row, c.other_file, c.other_row))
    kept = np.sort(np.append(kept, lone))
    return Keyed(batch.take(kept), batch.length - len(kept), tuple(clashes))


def _repeats(order: Ints, columns: Sequence[NDArray[Any]]) -> Mask:
    """For n rows in an order: whether each is like the one before it in some columns."""
    same = np.ones(len(order), np.bool_)
    same[:1] = False
    for column in columns:
        ordered = column[order]
        same[1:] &= ordered[1:] == ordered[:-1]
    return same


def _contents(batch: Batch) -> list[NDArray[Any]]:
    """All that rows say: what is missing holds 0, and is told from it by the masks."""
    masks = [c.valid for c in batch.columns.values() if c.valid is not None]
    return [*(c.raw for c in batch.columns.values()), *masks]


def _complete(plan: p.StreamPlan, batch: Batch, rows: list[int]) -> Clash | None:
    """Fill the first row's missing fields from the others; a contradiction if two differ.

    Writes into the columns of the batch.
    """
    first = rows[0]
    for column in batch.columns.values():
        present = [r for r in rows if column.valid is None or column.valid[r]]
        for other in present[1:]:
            if column.values[other] != column.values[present[0]]:
                a, b = present[0], other
                return Clash(
                    int(batch.file[a]), int(batch.row[a]), int(batch.file[b]), int(batch.row[b])
                )
        if present and present[0] != first:
            assert column.valid is not None
            column.valid[first] = True
            column.values[first] = column.values[present[0]]
    return None


def derive(
    plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, batch: Batch, rows: Rows
) -> Batch:
    """A derived stream from all rows of its base.

    Events are ordered by event time, then by the declared sequence, then by position.
    """
    if plan.how == "last":
        return last_of(plan, base, batch)
    if not batch.length:
        return nothing(plan)
    ordered, last = _by_key(plan, base, batch)
    times = ordered.columns[base.event].values
    ends = np.zeros_like(times)
    ends[:-1] = times[1:]
    holds = rows.where(plan.where, ordered)
    which = np.arange(ordered.length) if holds is None else np.flatnonzero(holds)
    columns = {
        plan.by: Column(ordered.columns[plan.by].values[which]),
        "starts": Column(times[which]),
        "ends": Column(np.where(last, 0, ends)[which], ~last[which]),
    }
    return Batch(len(which), columns, ordered.file[which], ordered.row[which])


def last_of(plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, batch: Batch) -> Batch:
    """The last row of each key, sorted by key."""
    if not batch.length:
        return nothing(plan)
    ordered, last = _by_key(plan, base, batch)
    return ordered.take(np.flatnonzero(last))


def _by_key(
    plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, batch: Batch
) -> tuple[Batch, Mask]:
    """The rows that have a key, those of each key in order; which are the last of theirs."""
    known = batch.columns[plan.by].valid
    if known is not None and not bool(known.all()):
        batch = batch.take(np.flatnonzero(known))
    keys = batch.columns[plan.by].values
    order_by: list[NDArray[Any]] = [batch.row, batch.file]
    if plan.sequence is not None:
        order_by.append(batch.columns[plan.sequence].values)
    order = np.lexsort((*order_by, batch.columns[base.event].values, keys))
    ordered = batch.take(order)
    keys = keys[order]
    return ordered, np.append(keys[1:] != keys[:-1], np.ones(min(len(keys), 1), np.bool_))


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
