"""Outages from samples: what was measured, what failed, and for how long each time.

A sample's state holds until its group's next sample, at most the declared limit. The state
of a fold is the samples themselves, so any cut of the rows merges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.periods import Periods
from sladsl.folds.expressions import Rows
from sladsl.folds.grains import Groups
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch

__all__ = ["Conflict", "OutageState", "Runs", "Segments"]

Mask: TypeAlias = NDArray[np.bool_]


class Conflict(Record):
    """Two samples of one group and time with different states: their positions."""

    file: int
    row: int
    other_file: int
    other_row: int


class Segments(Record):
    """Stretches of known state, by group and start: [start, end) ns, failing or not."""

    group: Ints
    start: Ints
    end: Ints
    failing: Mask
    real: Mask  # False: missing data that counts as a state


class Runs(Record):
    """Maximal runs of failure, by group and start. `lasted`: long enough to count."""

    group: Ints
    start: Ints
    end: Ints
    open: Mask
    no_data: Mask
    lasted: Mask

    def take(self, which: Mask) -> Runs:
        """Some of the runs."""
        return Runs(
            self.group[which], self.start[which], self.end[which],
            self.open[which], self.no_data[which], self.lasted[which],
        )  # fmt: skip


@dataclass(slots=True)
class OutageState:
    """The samples of one outage."""

    plan: p.OutagePlan
    groups: Groups
    _chunks: list[tuple[Ints, Ints, Mask, Ints, Ints]] = field(default_factory=list)

    def fold(self, batch: Batch, times: Ints, rows: Rows) -> None:
        """Take in samples (as-of is already applied)."""
        if not batch.length:
            return
        failing = rows.holds(self.plan.failing, batch)
        state = np.ones(batch.length, np.bool_) if failing is None else failing
        groups = self.groups.of(batch)
        self._chunks.append((groups, times, state, batch.file.astype(np.int64), batch.row))

    def merge(self, other: OutageState) -> None:
        """Take in other samples of the same outage."""
        self._chunks += other._chunks

    def _sorted(self) -> tuple[Ints, Ints, Mask, Ints, Ints]:
        if not self._chunks:
            empty = np.zeros(0, np.int64)
            return empty, empty, np.zeros(0, np.bool_), empty, empty
        group, time, state, file, row = (
            np.concatenate([chunk[i] for chunk in self._chunks]) for i in range(5)
        )
        order = np.lexsort((row, file, time, group))
        return group[order], time[order], state[order], file[order], row[order]

    def conflicts(self) -> list[Conflict]:
        """Samples of one group and time that disagree."""
        group, time, state, file, row = self._sorted()
        same = (group[1:] == group[:-1]) & (time[1:] == time[:-1]) & (state[1:] != state[:-1])
        return [
            Conflict(int(file[i]), int(row[i]), int(file[i + 1]), int(row[i + 1]))
            for i in np.flatnonzero(same).tolist()
        ]

    def segments(self, as_of: int, since: dict[int, int], until: int) -> Segments:
        """What is known of each group, in order.

        Missing time that counts as a state runs from `since` (from when a group exists)
        to `until` (how far missing data may count).
        """
        group, time, failing = self._distinct()
        end = self._ends(group, time, as_of)
        known = Segments(group, time, end, failing, np.ones(len(group), np.bool_))
        return self._filled(known, since, until)

    def continued(
        self, as_of: int, since: dict[int, int], until: int, failing: bool, end: int
    ) -> Segments:
        """The same, if every group's next sample came at as-of and its state held to `end`."""
        group, time, state = self._distinct()
        more = np.array(sorted(since), np.int64)
        group = np.r_[group, more]
        time = np.r_[time, np.full(len(more), as_of, np.int64)]
        state = np.r_[state, np.full(len(more), failing, np.bool_)]
        made = np.zeros(len(group), np.bool_)
        made[len(group) - len(more) :] = True
        order = np.lexsort((made, time, group))
        group, time, state, made = group[order], time[order], state[order], made[order]
        ends = np.where(made, end, self._ends(group, time, as_of))
        known = Segments(group, time, ends, state, np.ones(len(group), np.bool_))
        return self._filled(known, since, until)

    def _distinct(self) -> tuple[Ints, Ints, Mask]:
        """Group, time and state of the samples, those of one group and time once."""
        group, time, failing, *_ = self._sorted()
        keep = np.ones(len(group), np.bool_)
        keep[1:] = (group[1:] != group[:-1]) | (time[1:] != time[:-1])
        return group[keep], time[keep], failing[keep]

    def _filled(self, known: Segments, since: dict[int, int], until: int) -> Segments:
        if self.plan.missing == "excluded":
            return known
        return _with_missing(known, since, until, self.plan.missing == "down")

    def _ends(self, group: Ints, time: Ints, as_of: int) -> Ints:
        """Until when each sample's state holds."""
        if not len(time):
            return time
        last = np.ones(len(time), np.bool_)
        last[:-1] = group[1:] != group[:-1]
        following = np.empty_like(time)
        following[:-1] = time[1:]
        following[-1] = time[-1]
        hold, expected = self.plan.hold, self.plan.expected
        alone = 0
        if expected is not None:
            alone = expected * 3 // 2 if hold is None else hold
        end = np.where(last, np.minimum(time + alone, max(as_of, int(time.max()))), following)
        if hold is not None:
            end = np.minimum(end, time + hold)
        result: Ints = np.maximum(np.minimum(end, as_of), time)
        return result

    def runs(self, segments: Segments, as_of: int) -> Runs:
        """The runs of failure, before anything is cut.

        The last of a group is open, unless what its last sample said has run out by as-of
        and missing time ends a run.
        """
        which = np.flatnonzero(segments.failing)
        group, start, end = segments.group[which], segments.start[which], segments.end[which]
        begins = np.ones(len(which), np.bool_)
        begins[1:] = (
            (which[1:] != which[:-1] + 1) | (group[1:] != group[:-1]) | (start[1:] != end[:-1])
        )
        first = np.flatnonzero(begins)
        last = np.r_[first[1:], len(which)] - 1 if len(which) else first
        is_last = np.zeros(len(segments.group), np.bool_)
        if len(is_last):
            is_last[:-1] = segments.group[1:] != segments.group[:-1]
            is_last[-1] = True
        real = (
            np.add.reduceat(segments.real[which].astype(np.int64), first) if len(first) else first
        )
        begun, ended = start[first], end[last]
        still = is_last[which[last]]
        if self.plan.hold is not None and self.plan.missing != "down":
            out = segments.real[which[last]] & (start[last] + self.plan.hold < as_of)
            still &= ~out
        lasted = ended - begun >= self.plan.lasting
        return Runs(group[first], begun, ended, still, real == 0, lasted)

    def samples(self) -> tuple[Ints, Ints]:
        """Group and time of every sample."""
        group, time, *_ = self._sorted()
        return group, time


def _with_missing(known: Segments, since: dict[int, int], until: int, down: bool) -> Segments:
    """Fill what isn't known between `since` and `until` with a state."""
    parts_group, parts_start, parts_end = [], [], []
    bounds = np.searchsorted(known.group, np.array([[g, g + 1] for g in sorted(since)] or [[0, 0]]))
    for (low, high), number in zip(bounds.tolist(), sorted(since), strict=False):
        starts = np.r_[since[number], known.end[low:high]]
        ends = np.r_[known.start[low:high], until]
        some = ends > starts
        parts_start.append(starts[some])
        parts_end.append(ends[some])
        parts_group.append(np.full(int(some.sum()), number, np.int64))
    if not parts_group:
        return known
    group = np.concatenate([known.group, *parts_group])
    start = np.concatenate([known.start, *parts_start])
    end = np.concatenate([known.end, *parts_end])
    made = len(group) - len(known.group)
    failing = np.concatenate([known.failing, np.full(made, down)])
    real = np.concatenate([known.real, np.zeros(made, np.bool_)])
    order = np.lexsort((end, start, group))
    return Segments(group[order], start[order], end[order], failing[order], real[order])


def by_period(group: Ints, start: Ints, end: Ints, periods: Periods) -> tuple[Ints, Ints, Ints]:
    """Stretches cut at the edges of periods: which stretch, which period, how long (ns)."""
    if not len(periods) or not len(group):
        empty = np.zeros(0, np.int64)
        return empty, empty, empty
    low, high = int(periods.starts[0]), int(periods.ends[-1])
    which = np.flatnonzero((end > low) & (start < high) & (end > start))
    first = periods.index(np.maximum(start[which], low))
    last = periods.index(np.minimum(end[which], high) - 1)
    count = last - first + 1
    piece = np.repeat(np.arange(len(which)), count)
    offset = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    index = first[piece] + offset
    begins = np.maximum(start[which][piece], periods.starts[index])
    ends = np.minimum(end[which][piece], periods.ends[index])
    return which[piece], index, ends - begins


def outward(groups: Groups, fields: Sequence[str], to: Groups) -> Ints:
    """For each group of an outage, the number of the (coarser) group it is judged in."""
    where = [[f.name for f in groups.fields].index(name) for name in fields]
    return np.array([to.number(tuple(codes[i] for i in where)) for codes in groups.codes], np.int64)
