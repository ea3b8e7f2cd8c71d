"""Outages from spans: what failed is said row by row, and all other time was up.

The outages of a group are the union of its spans. One that has no end lasts, as far as is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import Periods
from sladsl.folds.conditions import Mask
from sladsl.folds.grains import Groups
from sladsl.folds.outage_counts import added_up
from sladsl.folds.outage_weights import full, weighed_spans
from sladsl.folds.outages import Conflict, Runs, Segments, with_missing
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.streams.model import Batch

__all__ = ["ENDLESS", "SpanOutageState"]

ENDLESS = 1 << 62  # the end of a span that has none


class SpanOutageState:
    """The spans of one outage, as they come."""

    __slots__ = ("_found", "_parts", "groups", "plan")

    def __init__(self, plan: p.OutagePlan, groups: Groups) -> None:
        self.plan = plan
        self.groups = groups
        self._parts: list[tuple[Ints, Ints, Ints, Ints]] = []
        self._found: Segments | None = None

    def apart(self) -> SpanOutageState:
        """An empty state of the same outage."""
        return SpanOutageState(self.plan, self.groups)

    def take(
        self, batch: Batch, times: Ints, group: NDArray[Any] | int, failing: Mask | None
    ) -> None:
        """Take in rows: when they start (ns), their groups' numbers, and which are outages."""
        assert self.plan.ends is not None
        column = batch.columns[self.plan.ends]
        ends = np.where(column.present(), column.values, ENDLESS).astype(np.int64)
        groups = np.broadcast_to(np.asarray(group, np.int64), (batch.length,))
        which = np.arange(batch.length) if failing is None else np.flatnonzero(failing)
        starts, weights = times[which].astype(np.int64), np.zeros(len(which), np.int64)
        if self.plan.weight is not None:
            weights = batch.columns[self.plan.weight.field].values[which]
        self._parts.append((groups[which], starts, ends[which], weights))
        self._found = None

    def merge(self, other: SpanOutageState) -> None:
        """Take in other rows of the same outage."""
        self._parts += other._parts
        self._found = None

    def conflicts(self) -> tuple[Conflict, ...]:
        """Spans don't contradict each other."""
        return ()

    def _all(self) -> tuple[Ints, Ints, Ints, Ints]:
        none = np.zeros(0, np.int64)
        group, start, end, weight = (
            np.concatenate([none, *(part[n] for part in self._parts)]) for n in range(4)
        )
        return group, start, end, weight

    def counted(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many of the spans begin there."""
        group, start, _, _ = self._all()
        index = periods.index(start)
        inside = index >= 0
        keys = group[inside] * len(periods) + index[inside]
        cells, rows = added_up(keys, np.ones(len(keys), np.int64))
        return cells // len(periods), cells % len(periods), rows

    def unions(self) -> Segments:
        """The union of each group's spans; `last` is where it ends, `ENDLESS` if it has no end.

        Where they are weighted, it is in pieces of one weight each.
        """
        if self._found is None:
            group, start, end, weight = self._all()
            order = np.argsort(group, kind="stable")
            numbers, first = np.unique(group[order], return_index=True)
            sets = [Intervals.of(start[rows], end[rows]) for rows in np.split(order, first[1:])]
            if not len(numbers):
                sets = []
            owner = np.repeat(numbers, [len(each) for each in sets])
            none = np.zeros(0, np.int64)
            starts = np.concatenate([none, *(each.starts for each in sets)])
            ends = np.concatenate([none, *(each.ends for each in sets)])
            yes = np.ones(len(owner), np.bool_)
            self._found = Segments(owner.astype(np.int64), starts, ends, ends, yes, yes)
            if self.plan.weight is not None:
                weighed = weighed_spans(self.plan.weight, group, start, end, weight)
                yes = np.ones(len(weighed[0]), np.bool_)
                owner, starts, ends, weight = weighed
                whole = full(self.plan.weight)
                self._found = Segments(owner, starts, ends, ends, yes, yes, weight, whole)
        return self._found

    # ---- what is known of each group ----

    def segments(self, as_of: int, since: Mapping[int, int], until: int) -> Segments:
        """What is known of each group, in order: it was up from `since` to `until` otherwise."""
        known = self.unions()
        known = known._replace(end=np.minimum(known.end, as_of))
        return _up_between(known, since, until)

    def continued(
        self, as_of: int, since: Mapping[int, int], until: int, failing: bool, end: int
    ) -> Segments:
        """The same, if from as-of to `end` every group failed, or none did."""
        if not failing:
            known = self.unions()
            known = known._replace(end=np.minimum(known.end, as_of))
            return _up_between(known, since, end)
        other = self.apart()
        other._parts = [*self._parts]
        more = np.array(sorted(since), np.int64)
        weights = np.full(len(more), full(self.plan.weight))
        whole = more, np.full(len(more), as_of), np.full(len(more), end), weights
        other._parts.append(whole)
        known = other.unions()
        return _up_between(known._replace(end=np.minimum(known.end, end)), since, end)

    def runs(self, segments: Segments, as_of: int) -> Runs:
        """The outages, before anything is cut."""
        which = np.flatnonzero(segments.failing)
        group, start, end = segments.group[which], segments.start[which], segments.end[which]
        begins = np.ones(len(which), np.bool_)  # other time that counts as down may touch them
        begins[1:] = (group[1:] != group[:-1]) | (start[1:] != end[:-1])
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(which))[: len(first)] - 1
        group, start, end = group[first], start[first], end[last]
        still = segments.last[which[last]] == ENDLESS
        no_data = np.zeros(len(first), np.bool_)
        return Runs(group, start, end, still, no_data, end - start >= self.plan.lasting, start)


def _up_between(known: Segments, since: Mapping[int, int], until: int) -> Segments:
    """Up where no span is, from `since` on: before it nothing is said of what lies between."""
    found = with_missing(known, since, until, down=False)
    begun = min(since.values(), default=0)
    start = np.where(found.real, found.start, np.maximum(found.start, begun))
    some = found.real | (start < found.end)
    return found._replace(start=start).take(some)
