"""Windows that are kept one by one: those of which rows, read beforehand, satisfy a condition."""

from __future__ import annotations

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import windows
from sladsl.calendar.zones import Zone
from sladsl.folds.block import Block
from sladsl.folds.expressions import Rows
from sladsl.folds.grains import Grain, Groups
from sladsl.folds.listings import Listed
from sladsl.folds.table import Ints
from sladsl.folds.windows import WindowState, inner_states
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column, Vocabulary

__all__ = ["ListedWindows", "WindowsListState", "groups_of"]


class ListedWindows(Listed):
    """n listed windows; `undecided` is the time of those that may still be listed, or not."""

    __slots__ = ("undecided",)

    undecided: Intervals


def groups_of(
    listing: p.Listing, source: p.StreamPlan | p.DerivedPlan, vocabulary: Vocabulary, most: int
) -> Groups:
    """The groups that windows are made for: the same in all parts of the rows."""
    known = {field.name: field for field in source.fields}
    fields = []
    for name in listing.fields:
        kind = known[name].kind
        values = ("false", "true") if kind == "bool" else known[name].values
        fields.append(p.GroupField(name, kind, values))
    return Groups(tuple(fields), vocabulary, most)


class WindowsListState:
    """The windows of one listing so far, of the rows in the term [start, end), ns."""

    __slots__ = ("_rows", "_state", "_term", "plan", "source")

    def __init__(
        self,
        listing: p.Listing,
        source: p.StreamPlan | p.DerivedPlan,
        rows: Rows,
        groups: Groups,
        term: tuple[int, int],
        zone: str,
    ) -> None:
        assert listing.windows is not None
        self.plan = listing
        self.source = source
        self._rows = rows
        self._term = term
        made = listing.windows
        start, end = term
        table = windows(made.length, start, max(min(end, rows.as_of + 1), start + 1), Zone(zone))
        share = p.WindowAggregate("share", made.length, good=made.where)
        inner = inner_states(share, made.inner, once=True)
        self._state = WindowState(share, Grain(groups, table), inner, None, (start, *term))

    def fold(self, batch: Batch) -> None:
        """Take in rows of the stream, as they are known at as-of."""
        event = batch.columns[self.source.event]
        if event.valid is not None:  # a derived row that has no place yet
            batch = batch.take(np.flatnonzero(event.valid))
        if not batch.length:
            return
        block = Block(batch, self.source.event, self._rows)
        start, end = self._term
        if block.low < start or block.high >= end:
            inside = np.flatnonzero((block.times >= start) & (block.times < end))
            if not len(inside):
                return
            block = Block(batch.take(inside), self.source.event, self._rows)
        self._state.fold(self.source.name, block)

    def merge(self, other: WindowsListState) -> None:
        """Take in other rows of the stream."""
        self._state.merge(other._state)

    def finish(self) -> Listed:
        """All windows that satisfy the condition, in order."""
        keys, outcome, undecided = self._state.outcomes()
        table, groups = self._state.grain.periods, self._state.grain.groups
        group, window = np.divmod(keys, max(len(table), 1))
        starts = np.maximum(table.starts, self._term[0])
        ends = np.minimum(table.ends, self._term[1])
        chosen = outcome == 1
        which, own = window[chosen], group[chosen]
        codes = np.array(groups.codes, np.int64).reshape(len(groups.codes), len(groups.fields))
        columns = {field.name: Column(codes[own, at]) for at, field in enumerate(groups.fields)}
        columns |= {
            self.source.event: Column(starts[which]),
            p.WINDOW[0]: Column(starts[which]),
            p.WINDOW[1]: Column(ends[which]),
        }
        found = ListedWindows(self.plan, self.source, Batch(len(which), columns), self._rows)
        waiting = window[undecided > 0]
        found.undecided = Intervals.of(starts[waiting], ends[waiting]).union(
            self._running(starts, ends)
        )
        return found

    def _running(self, starts: Ints, ends: Ints) -> Intervals:
        """The window that isn't over at as-of: of any group."""
        as_of = self._rows.as_of
        some = (starts <= as_of) & (as_of < ends)
        return Intervals.of(starts[some], ends[some])
