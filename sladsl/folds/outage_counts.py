"""How many samples of each group lie in each period, for several kinds of periods at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.outage_stretches import Sorted
from sladsl.folds.table import Ints

__all__ = ["Counts", "added_up"]

_ONE_BY_ONE = 64  # parts of a block that are cut at edges each by itself
_ADD_UP_AT = 1 << 18


class Counts:
    """Counts by group and slot. Slots lie between the edges of all the periods.

    A slot is numbered by how many edges are at or before it; so each lies in one period of
    every kind, or in none. A cell is numbered group * number of slots + slot.
    """

    __slots__ = ("_cells", "_edges", "_held", "_parts", "_slots")

    def __init__(self, periods: Sequence[Periods]) -> None:
        parts = [edge for each in periods for edge in (each.starts, each.ends)]
        self._edges: Ints = np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
        self._slots = len(self._edges) + 1
        self._parts: list[tuple[Ints, Ints]] = []
        self._held = 0  # cells in all parts
        self._cells = 0  # when they were last added up

    def add(self, rows: Sorted) -> None:
        """Count the rows of a block."""
        if not len(self._edges):
            return
        bounds, group, time = rows.bounds, rows.group, rows.time
        ends = [time[bounds[:-1]].min(), time[bounds[1:] - 1].max()]
        low, high = np.searchsorted(self._edges, ends, side="right").tolist()
        if low == high:
            self._append(group * self._slots + low, np.diff(bounds))
        elif len(group) <= _ONE_BY_ONE:
            for i, number in enumerate(group.tolist()):
                self._add_part(number, time[bounds[i] : bounds[i + 1]])
        else:
            slot = np.searchsorted(self._edges[low:high], time, side="right") + low
            cells = np.repeat(group * self._slots, np.diff(bounds)) + slot
            self._append(*added_up(cells, np.ones(len(cells), np.int64)))

    def _add_part(self, group: int, time: Ints) -> None:
        """Count samples of one group, in the order of time."""
        low, high = np.searchsorted(self._edges, time[[0, -1]], side="right").tolist()
        cuts = np.empty(high - low + 2, np.int64)
        cuts[0], cuts[-1] = 0, len(time)
        cuts[1:-1] = np.searchsorted(time, self._edges[low:high], side="left")
        rows = cuts[1:] - cuts[:-1]
        some = np.flatnonzero(rows)
        self._append(group * self._slots + low + some, rows[some])

    def merge(self, other: Counts) -> None:
        """Add the counts of other rows, by the same periods."""
        for cells, rows in other._parts:
            self._append(cells, rows)

    def _append(self, cells: Ints, rows: Ints) -> None:
        self._parts.append((cells, rows))
        self._held += len(cells)
        if self._held > 2 * self._cells + _ADD_UP_AT:
            self._cells = self._held = len(self._added_up()[0])

    def _added_up(self) -> tuple[Ints, Ints]:
        if len(self._parts) != 1:
            none = np.zeros(0, np.int64)
            cells = np.concatenate([none, *(part[0] for part in self._parts)])
            rows = np.concatenate([none, *(part[1] for part in self._parts)])
            self._parts = [added_up(cells, rows)]
        return self._parts[0]

    def covers(self, periods: Periods) -> bool:
        """Whether the counts can tell those of these periods."""
        edges = np.concatenate((periods.starts, periods.ends))
        return bool(np.isin(edges, self._edges).all())

    def by(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many samples lie there (perhaps in parts)."""
        cells, rows = self._added_up()
        group, slot = np.divmod(cells, self._slots)
        some = np.flatnonzero(slot > 0)
        index = periods.index(self._edges[slot[some] - 1])
        inside = index >= 0
        some = some[inside]
        return group[some], index[inside], rows[some]


def added_up(keys: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The keys, sorted, each once, and the sum of the values of each."""
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    begins = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    start = np.flatnonzero(begins)
    return keys[start], np.add.reduceat(values, start)
