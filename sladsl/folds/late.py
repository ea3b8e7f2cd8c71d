"""Rows that were recorded late, and what the periods come to without them.

A period closes a while after its end. A row that lies in it and was recorded later doesn't change
it. What period a row lies in depends on what it is judged for; so rows are folded once for each
kind of period (and each table of those that overlap), each time without those that are late there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sladsl.calendar.periods import Periods, shifted
from sladsl.calendar.rolling import Layer
from sladsl.folds.conditions import Mask
from sladsl.folds.expressions import Rows
from sladsl.folds.figures import Figures
from sladsl.folds.fold import Folds
from sladsl.folds.model import Folded, GrainKey, GroupSeen
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.streams.model import Batch

__all__ = ["Closing", "View", "Views", "closings", "different"]


class Closing(NamedTuple):
    """Periods of one layer, and when each is closed for rows of a stream (ns, inclusive).

    `numbers` are those that they have among all, -1: none.
    """

    periods: Periods
    closes: Ints
    numbers: Ints

    def in_time(self, source: p.StreamPlan, batch: Batch) -> tuple[Batch, Ints | None]:
        """The rows that aren't late, and the positions of those that are; None: none is."""
        late = self._late(source, batch)
        if late is None:
            return batch, None
        places = (batch.file[late].astype(np.int64) << 40) | batch.row[late]
        return batch.take(np.flatnonzero(~late)), places

    def _late(self, source: p.StreamPlan, batch: Batch) -> Mask | None:
        """The rows that were recorded after their period had been closed; None: none was.

        Rows outside of all periods, and those that don't say when they were recorded, aren't late.
        """
        if source.recorded is None or not batch.length or not len(self.periods):
            return None
        recorded, event = batch.columns[source.recorded], batch.columns[source.event]
        index = self.periods.index(event.raw, event.factor or 1)
        late: Mask = recorded.values > self.closes[index]
        late &= index >= 0
        for column in (recorded, event):
            if column.valid is not None:
                late &= column.valid
        return late if bool(late.any()) else None


def closings(lapse: p.Lapse, layer: Layer) -> Closing:
    """When periods close that accept rows for a while after their end; the rest never does."""
    periods = layer.periods
    if lapse.unit == "ns":
        closes = periods.ends + lapse.count
    else:
        closes = shifted(periods.ends, lapse.count, f"{lapse.unit}s", periods.zone)
    never = np.iinfo(np.int64).max
    return Closing(periods, np.where(layer.numbers < 0, never, closes), layer.numbers)


class View(NamedTuple):
    """What is folded for one kind of period and one table of it, and when its periods close."""

    rule: p.PeriodRule
    folds: Folds
    closing: Closing


class Views:
    """The states of all views, asked for figures like those of one.

    `rows` is what is known of all rows: what starts and answers deadlines is never too late.
    """

    def __init__(self, views: Sequence[View], rows: Rows) -> None:
        self._views = tuple(views)
        self.rows = rows
        self._by_rule: Mapping[p.PeriodRule, list[Figures]] = {
            view.rule: [Figures(v.folds) for v in views if v.rule == view.rule] for view in views
        }
        #: of each of them, the numbers of the periods that it is of
        self._own: Mapping[p.PeriodRule, list[frozenset[int]]] = {
            view.rule: [frozenset(v.closing.numbers.tolist()) for v in views if v.rule == view.rule]
            for view in views
        }

    @property
    def newest(self) -> dict[str, int]:
        """The newest row of each stream, as it is placed, of those that count somewhere."""
        found: dict[str, int] = {}
        for view in self._views:
            for stream, time in view.folds.newest.items():
                found[stream] = max(time, found.get(stream, time))
        return found

    def folded(self, grain: GrainKey) -> Folded:
        """All figures of a grain."""
        parts = [own.folded(grain) for own in self._by_rule[grain[0]]]
        found = parts[0]
        for part in parts[1:]:
            cells = {index: {**own, **part.cells[index]} for index, own in found.cells.items()}
            found = found.but(cells=cells)
        running = {
            index: frozenset().union(
                *(
                    part.running[index] & own
                    for part, own in zip(parts, self._own[grain[0]], strict=True)
                )
            )
            for index in found.running
        }
        return found.but(running=running)

    def existing(self, grain: GrainKey, formula: p.Formula) -> tuple[GroupSeen, ...]:
        """The groups that a requirement is judged for, sorted by their values."""
        parts = [own.existing(grain, formula) for own in self._by_rule[grain[0]]]
        first: dict[tuple[int, ...], GroupSeen] = {}
        for group in (group for part in parts for group in part):
            known = first.get(group.codes)
            first[group.codes] = group if known is None else known.joined(group)
        return self._by_rule[grain[0]][0].in_order(grain[1], first.values())

    def touched(self, formula: p.Formula) -> bool:
        """Whether a row of a measure lies at as-of itself."""
        return any(own.touched(formula) for parts in self._by_rule.values() for own in parts)


def different(parts: Sequence[Ints]) -> int:
    """How many different numbers there are."""
    return len(np.unique(np.concatenate(parts))) if parts else 0
