"""Outages from windows: each fails, or doesn't, as the figures of its rows say.

A window without rows, or without a figure to judge by, is missing data. The one that isn't over
at as-of counts so far as it has come, and may still turn out otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.grains import Groups
from sladsl.folds.outages import Runs, Segments, runs_of, with_missing
from sladsl.folds.table import Ints
from sladsl.folds.windows import WindowState
from sladsl.plan import model as p

__all__ = ["WindowOutage"]


class WindowOutage:
    """The windows of one outage."""

    def __init__(self, plan: p.OutagePlan, groups: Groups, windows: WindowState) -> None:
        self.plan = plan
        self.groups = groups
        self._table = windows.grain.periods
        keys, outcome, undecided = windows.outcomes()
        some = outcome >= 0
        self._group, self._window = np.divmod(keys[some], max(len(self._table), 1))
        self._failing = outcome[some] == 1
        self._undecided = undecided[some]
        low, _, end = windows.reach
        self._starts = np.maximum(self._table.starts, low)
        self._ends = np.minimum(self._table.ends, end)

    def onsets(self) -> dict[int, int]:
        """When something is known of each group for the first time (ns)."""
        numbers, first = np.unique(self._group, return_index=True)
        starts = self._starts[self._window[first]]
        return dict(zip(numbers.tolist(), starts.tolist(), strict=True))

    def counted(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many windows begin there (in parts)."""
        index = periods.index(self._starts)[self._window]
        inside = index >= 0
        return self._group[inside], index[inside], np.ones(int(inside.sum()), np.int64)

    def undecided(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many rows there aren't decided (in parts)."""
        index = periods.index(self._starts)[self._window]
        some = (index >= 0) & (self._undecided > 0)
        return self._group[some], index[some], self._undecided[some]

    def _known(self, as_of: int) -> Segments:
        """Stretches of windows that agree; `last` is where they end, also beyond as-of."""
        group, window, failing = self._group, self._window, self._failing
        begins = np.ones(len(group), np.bool_)
        begins[1:] = (
            (group[1:] != group[:-1])
            | (window[1:] != window[:-1] + 1)
            | (failing[1:] != failing[:-1])
        )
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(group))[: len(first)] - 1
        ends = self._ends[window[last]]
        return Segments(
            group[first], self._starts[window[first]], np.minimum(ends, as_of), ends,
            failing[first], np.ones(len(first), np.bool_),
        )  # fmt: skip

    def _filled(self, known: Segments, since: Mapping[int, int], until: int) -> Segments:
        if self.plan.missing == "excluded":
            return known
        return with_missing(known, since, until, down=self.plan.missing == "down")

    def segments(self, as_of: int, since: Mapping[int, int], until: int) -> Segments:
        """What is known of each group, in order; missing time counts from `since` to `until`."""
        return self._filled(self._known(as_of), since, until)

    def continued(
        self, as_of: int, since: Mapping[int, int], until: int, failing: bool, end: int
    ) -> Segments:
        """The same, if every window from the one at as-of on failed, or none did."""
        place = int(np.searchsorted(self._table.starts, as_of, side="right")) - 1
        begun = as_of
        if place >= 0 and as_of < int(self._table.ends[place]):
            begun = int(self._starts[place])
        known = self._known(begun)
        kept = known.start < begun
        known = known.take(kept)
        more = np.array(sorted(since), np.int64)
        whole = np.full(len(more), end)
        joined = Segments(
            np.concatenate((known.group, more)),
            np.concatenate((known.start, np.full(len(more), begun))),
            np.concatenate((known.end, whole)),
            np.concatenate((known.last, whole)),
            np.concatenate((known.failing, np.full(len(more), failing))),
            np.ones(len(known.group) + len(more), np.bool_),
        )
        order = np.lexsort((joined.start, joined.group))
        return self._filled(joined.take(order), since, until)

    def runs(self, segments: Segments, as_of: int) -> Runs:
        """The runs of failure, before anything is cut."""
        return runs_of(self.plan, segments, as_of)
