"""Time for which the clocks of rows stand still, by the spans of other streams."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.pauses import paused
from sladsl.folds.arithmetic import Ints
from sladsl.folds.conditions import Mask
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch

__all__ = ["Spans", "paused_time"]


class Spans(Record):
    """The spans of a stream, by the codes of each field: what pauses a clock.

    `ends` of spans without an end are the largest integer; of those of an excuse, as-of: there
    `over` says which have an end, `waiting` is the earliest start of one that there may be.
    """

    keys: Mapping[str, Ints]
    present: Mapping[str, Mask]
    starts: Ints
    ends: Ints
    over: Mask | None = None
    waiting: int | None = None


def paused_time(
    pauses: tuple[p.Pause, ...], spans_of: Mapping[str, Spans], batch: Batch, rows: Ints,
    a: Ints, b: Ints, clock: BusinessClock,
) -> Ints:  # fmt: skip
    """How long a clock stood still from a to b, for those rows of a batch."""
    if len(pauses) > 1:
        return _paused_by_any(pauses, spans_of, batch, rows, a, b, clock)
    (pause,) = pauses
    spans = spans_of[pause.stream]
    keys, known = _keys(batch, pause.left, rows)
    here = spans.present[pause.right]
    found: Ints = paused(
        keys, a, b, spans.keys[pause.right][here].astype(np.int64),
        spans.starts[here], spans.ends[here], clock,
    )  # fmt: skip
    return found if known is None else np.where(known, found, 0)


def _paused_by_any(
    pauses: tuple[p.Pause, ...], spans_of: Mapping[str, Spans], batch: Batch, rows: Ints,
    a: Ints, b: Ints, clock: BusinessClock,
) -> Ints:  # fmt: skip
    """Several streams of pauses: their union, taken for each row by its own number."""
    numbers, starts, ends = [], [], []
    for pause in pauses:
        spans = spans_of[pause.stream]
        keys, known = _keys(batch, pause.left, rows)
        here = spans.present[pause.right]
        span_keys = spans.keys[pause.right][here]
        order = np.argsort(span_keys, kind="stable")
        span_keys = span_keys[order]
        first = np.searchsorted(span_keys, keys, side="left")
        count = np.searchsorted(span_keys, keys, side="right") - first
        if known is not None:
            count = np.where(known, count, 0)
        which = np.repeat(first, count) + _within(count)
        numbers.append(np.repeat(np.arange(len(rows)), count))
        starts.append(spans.starts[here][order][which])
        ends.append(spans.ends[here][order][which])
    own = np.arange(len(rows), dtype=np.int64)
    found: Ints = paused(
        own, a, b, np.concatenate(numbers), np.concatenate(starts), np.concatenate(ends), clock
    )
    return found


def _keys(batch: Batch, name: str, rows: Ints) -> tuple[Ints, Mask | None]:
    if not name:  # what excuses all rows
        return np.zeros(len(rows), np.int64), None
    column = batch.columns[name]
    known = None if column.valid is None else column.valid[rows]
    return column.values[rows].astype(np.int64), known


def _within(count: Ints) -> Ints:
    """0, 1, ... for each run of the given lengths."""
    before: Ints = np.repeat(np.cumsum(count) - count, count)
    numbers: Ints = np.arange(len(before)) - before
    return numbers
