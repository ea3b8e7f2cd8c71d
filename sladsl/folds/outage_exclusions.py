"""What exclusions take of stretches of time: of what was measured, and of outages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.exclusions import Excluding, Taken
from sladsl.folds.grains import Groups
from sladsl.folds.model import LeftOut
from sladsl.folds.outages import cut_by_period
from sladsl.folds.table import Ints

__all__ = ["Cut", "Overlaps"]


class Overlaps(NamedTuple):
    """n parts of stretches that are taken: which stretch, [start, end) ns, by which exclusion."""

    which: Ints
    start: Ints
    end: Ints
    by: Ints

    def by_period(self, periods: Periods) -> tuple[Ints, Ints, Ints, Ints]:
        """Cut at the edges of periods: which stretch, which period, how long, by which."""
        which, index, start, end, by = self.cut_by_period(periods)
        return which, index, end - start, by

    def cut_by_period(self, periods: Periods) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """The same: which stretch, which period, from when, to when (ns), by which."""
        part, index, start, end = cut_by_period(self.which, self.start, self.end, periods)
        return self.which[part], index, start, end, self.by[part]


class Cut:
    """What some exclusions take of the groups of an outage."""

    def __init__(self, excluding: Excluding, groups: Groups) -> None:
        self.plans = excluding.plans
        self.unmeasured = np.array([not each.as_up for each in self.plans])
        names = [f.name for f in groups.fields]
        places = [names.index(name) if name in names else None for name in excluding.fields]
        self._taken: list[Taken] = []
        numbers: dict[int, int] = {}
        which = []
        for codes in groups.codes:
            taken = excluding.of(tuple(None if at is None else codes[at] for at in places))
            if id(taken) not in numbers:
                numbers[id(taken)] = len(self._taken)
                self._taken.append(taken)
            which.append(numbers[id(taken)])
        self._which = np.array(which, np.int64)

    def overlaps(self, group: Ints, start: Ints, end: Ints) -> Overlaps:
        """What is taken of n stretches of some groups, in no order."""
        parts = []
        kind = self._which[group]
        for number, taken in enumerate(self._taken):
            rows = np.flatnonzero(kind == number)
            if not len(taken.starts) or not len(rows):
                continue
            first = np.searchsorted(taken.ends, start[rows], side="right")
            last = np.searchsorted(taken.starts, end[rows], side="left")
            count = np.maximum(last - first, 0)
            piece = np.repeat(np.arange(len(rows)), count)
            offset = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
            at = first[piece] + offset
            which = rows[piece]
            begins = np.maximum(taken.starts[at], start[which])
            parts.append((which, begins, np.minimum(taken.ends[at], end[which]), taken.by[at]))
        if not parts:
            none = np.zeros(0, np.int64)
            return Overlaps(none, none, none, none)
        return Overlaps(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def holds(self, group: int, time: int) -> bool:
        """Whether an instant of a group is taken."""
        taken = self._taken[int(self._which[group])]
        return bool(taken.at(np.array([time], np.int64))[0] >= 0)

    def left_out(self, times: dict[int, int]) -> tuple[LeftOut, ...]:
        """What each exclusion took, by its number (ns)."""
        plans = self.plans
        return tuple(
            LeftOut(plans[n].name, plans[n].at, time=times[n]) for n in sorted(times) if times[n]
        )
