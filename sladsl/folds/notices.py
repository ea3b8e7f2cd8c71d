"""From when outages count that are counted from a notice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.grains import Groups
from sladsl.folds.listings import Listed
from sladsl.folds.matching import Matching
from sladsl.folds.outages import NO_NOTICE
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["Notices"]


class Notices:
    """The times (ns) of the notices about each group of an outage, ascending."""

    def __init__(
        self, plan: p.NoticesPlan, listed: Mapping[p.Listing, Listed], groups: Groups
    ) -> None:
        self.plan = plan
        rows = listed[plan.rows]
        values, present = rows.values(plan.at)
        self._times = values.astype(np.int64)
        self._present = present
        self._matching = Matching(rows.length, [rows.values(theirs) for _, theirs in plan.match])
        names = [f.name for f in groups.fields]
        self._places = [names.index(ours) for ours, _ in plan.match]
        self._groups = groups

    def _of(self, group: int) -> Ints:
        codes = self._groups.codes[group]
        about = self._matching.about(tuple(codes[at] for at in self._places))
        rows = np.array(self._matching.rows(about), np.int64)
        times: Ints = np.sort(self._times[rows[self._present[rows]]])
        return times

    def since(
        self, group: Ints, start: Ints, end: Ints, still: Mask, another: int | None = None
    ) -> Ints:
        """For n runs from when each counts (ns): its onset, or its first notice if that is later.

        That notice falls inside the run, or within the grace before it; `NO_NOTICE`: there is none.
        A run that is open `still` lasts beyond what is known of it. `another` is the time of one
        more notice, about every group.
        """
        found = np.full(len(group), NO_NOTICE, np.int64)
        for number in np.unique(group).tolist():
            runs = np.flatnonzero(group == number)
            times = self._of(number)
            if another is not None:
                times = np.sort(np.append(times, another))
            times = np.append(times, NO_NOTICE)
            first = times[np.searchsorted(times, start[runs] - self.plan.grace, side="left")]
            inside = (first < end[runs]) | (still[runs] & (first < NO_NOTICE))
            found[runs[inside]] = np.maximum(first, start[runs])[inside]
        return found
