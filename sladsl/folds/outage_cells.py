"""Figures of outages by group and period, and what shares of time can still come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import Periods
from sladsl.folds.course import Course
from sladsl.folds.model import Cell, GroupSeen, OutageRun
from sladsl.folds.outage_counts import added_up
from sladsl.folds.outages import NO_NOTICE, OutageState, Runs, Segments, by_period
from sladsl.folds.quantiles import quantile
from sladsl.folds.rounding import rounded
from sladsl.folds.table import Ints, halves, whole
from sladsl.plan import model as p

if TYPE_CHECKING:
    from sladsl.folds.existing import Rest
    from sladsl.folds.notices import Notices
    from sladsl.folds.outage_at_once import OutageAtOnce
    from sladsl.folds.outage_exclusions import Cut
    from sladsl.folds.outage_spans import SpanOutageState
    from sladsl.folds.outage_windows import WindowOutage

__all__ = ["OutageView"]

_GROWING = frozenset({"count", "sum", "max"})  # of outages: only ever more


@dataclass(slots=True)
class OutageView:
    """One outage, judged at one grain.

    `to` maps its groups to those of the grain, `since` says from when each exists, `until`
    how far missing data may count (ns); `alone`: each of its groups is judged by itself; `cut`
    is what exclusions take, `sure` as far as they go on for sure, `settled` whether that is all
    of what has been, `notices` what runs count from, `existing` its groups, `rest` when those exist
    of which services say it.
    Cells are numbered group * number of periods + period.
    """

    state: OutageState | SpanOutageState | WindowOutage | OutageAtOnce
    periods: Periods
    to: Ints
    as_of: int
    since: Mapping[int, int]
    until: int
    term_start: int
    term_end: int
    alone: bool
    cut: Cut | None = None
    sure: Cut | None = None
    settled: bool = True
    notices: Notices | None = None
    existing: Mapping[int, GroupSeen] = field(default_factory=dict)
    rest: Rest | None = None

    def cells(self, plan: p.OutageAggregate) -> dict[int, Cell]:
        """The figure of each cell in which time was measured."""
        segments = self._segments()
        runs = self._runs(segments)
        measured, taken = self._measured(segments)
        if plan.function == "time":
            found = self._times(runs, measured, plan.of)
        else:
            found = self._lengths(plan, runs, measured)
        for key, rows in self._undecided().items():
            if key in found:
                found[key] = found[key].but(undecided=rows)
        for key, times in taken.items():
            assert self.cut is not None
            found[key] = found[key].but(excluded=self.cut.left_out(times))
        return found

    def _segments(self) -> Segments:
        """What is known of each group while it exists."""
        found = self.state.segments(self.as_of, self.since, self.until)
        return self._cut(found, min(self.as_of, self.term_end))

    def _cut(self, segments: Segments, upto: int) -> Segments:
        if self.rest is None:
            return segments
        return self.rest.cut(segments, self.term_start, upto)

    def _key(self, groups: Ints, index: Ints) -> Ints:
        keys: Ints = self.to[groups] * len(self.periods) + index
        return keys

    def _measured(self, segments: Segments) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
        """The time that was measured in each cell, and what of it each exclusion took (ns)."""
        stretches = segments.group, segments.start, segments.end
        which, index, length = by_period(*stretches, self.periods)
        measured = _sums(self._key(segments.group[which], index), length)
        taken: dict[int, dict[int, int]] = {}
        if self.cut is not None:
            overlaps = self.cut.overlaps(*stretches)
            which, index, length, by = overlaps.by_period(self.periods)
            keys = self._key(segments.group[which], index)
            for number in np.unique(by).tolist():
                own = by == number
                for key, time in _sums(keys[own], length[own]).items():
                    taken.setdefault(key, {})[number] = time
                    if not self.cut.plans[number].as_up:
                        measured[key] -= time
        return measured, taken

    def _runs(self, segments: Segments, *, noticed: bool = False) -> Runs:
        """The runs of failure; `noticed`: as if of all at as-of notice were given."""
        runs = self.state.runs(segments, self.as_of)
        if self.rest is not None:
            runs = self.rest.closed(runs, self.as_of, min(self.as_of, self.term_end))
        if self.notices is None:
            return runs
        another = self.as_of if noticed else None
        since = self.notices.since(runs.group, runs.start, runs.end, runs.open, another)
        return runs._replace(since=since)

    # ---- the share of time ----

    def _times(self, runs: Runs, measured: dict[int, int], of: int | None) -> dict[int, Cell]:
        seen: dict[int, list[OutageRun]] = {}
        failing: dict[int, int] = {}
        lasted = runs.take(runs.lasted)
        which, index, _ = by_period(lasted.group, lasted.start, lasted.end, self.periods)
        keys = self._key(lasted.group[which], index)
        counting = self._counting(lasted)
        gone = self._gone(lasted)
        for run, period, key in zip(which.tolist(), index.tolist(), keys.tolist(), strict=True):
            taken = gone.get((run, period), {})
            counted = counting.get((run, period), 0) - sum(taken.values())
            one = self._run(lasted, run, counted, taken)
            failing[key] = failing.get(key, 0) + one.counted
            seen.setdefault(key, []).append(one)
        unsure = runs.take(runs.open & ~runs.lasted)
        which, index, _ = by_period(unsure.group, unsure.since, unsure.end, self.periods)
        maybe = set(self._key(unsure.group[which], index).tolist())
        samples = self._samples()
        reach = self._reach(of)
        found = {}
        for key in measured.keys() | reach.keys():
            total, failed = measured.get(key, 0), failing.get(key, 0)
            low, high = reach.get(key, (None, None))
            outages = tuple(seen.get(key, ()))
            up, all_time = self._up(key, total, failed, of)
            found[key] = Cell(
                Fraction(up, all_time) if total and all_time else None,
                up, all_time, counted=bool(total), rows=samples.get(key, 0),
                measured=total, failing=failed, open=any(o.open for o in outages),
                unsure=key in maybe, low=low, high=high, outages=outages,
                course=partial(self._course, key, of) if self.alone else None,
            )  # fmt: skip
        return found

    def _course(self, key: int, of: int | None) -> Course:
        """How the share of a cell came about; of a group that is judged by itself."""
        group, period = divmod(key, len(self.periods))
        own = int(np.flatnonzero(self.to == group)[0])
        start, end = int(self.periods.starts[period]), int(self.periods.ends[period])
        segments = self._segments()
        runs = self._runs(segments)
        mine = np.flatnonzero((segments.group == own) & (segments.end > start))
        measured = Intervals.of(segments.start[mine], segments.end[mine]).clip(start, end)
        known = Intervals.of([start], [min(end, max(self.as_of, start))])
        unmeasured = taken = Intervals.none()
        if self.cut is not None:
            groups = np.full(len(measured), own, np.int64)
            overlaps = self.cut.overlaps(groups, measured.starts, measured.ends)
            off = self.cut.unmeasured[overlaps.by]
            taken = Intervals.of(overlaps.start, overlaps.end)
            unmeasured = Intervals.of(overlaps.start[off], overlaps.end[off])
        failing = []
        for run in np.flatnonzero((runs.group == own) & runs.lasted & (runs.end > start)).tolist():
            since, to = int(runs.since[run]), int(runs.end[run])
            counts = Intervals.of([since], [to]).clip(start, end).difference(taken)
            certain = int(runs.start[run]) + self.state.plan.lasting
            failing += [(low, high, certain) for low, high in _pairs(counts)]
        missing = known.difference(measured)
        return Course(
            start, end, tuple(failing), tuple(_pairs(missing)), tuple(_pairs(unmeasured)), of
        )

    def _up(self, key: int, measured: int, failing: int, of: int | None) -> tuple[int, int]:
        """The time that didn't fail, and the time that it is a share of."""
        if of is None:  # lengths that are rounded up may come to more than was measured
            return max(measured - failing, 0), measured
        if self.alone:
            return max(of - failing, 0), of
        group, period = divmod(key, len(self.periods))
        start, end = int(self.periods.starts[period]), int(self.periods.ends[period])
        count = sum(
            int(self.to[g]) == group and seen.there(start, end, self.as_of)
            for g, seen in self.existing.items()
        )
        return max(of * count - failing, 0), of * count

    def _counting(self, runs: Runs) -> dict[tuple[int, int], int]:
        """How long runs count (ns), by run and period, before exclusions."""
        parts = by_period(runs.group, runs.since, runs.end, self.periods)
        return {
            (run, period): length
            for run, period, length in zip(*(part.tolist() for part in parts), strict=True)
        }

    def _gone(self, runs: Runs) -> dict[tuple[int, int], dict[int, int]]:
        """What each exclusion took (ns) of runs, by run and period."""
        found: dict[tuple[int, int], dict[int, int]] = {}
        if self.cut is not None:
            # notice may come only when a run is over
            ends = np.maximum(runs.end, runs.since)
            overlaps = self.cut.overlaps(runs.group, runs.since, ends)
            for run, period, length, by in zip(
                *(column.tolist() for column in overlaps.by_period(self.periods)), strict=True
            ):
                own = found.setdefault((run, period), {})
                own[by] = own.get(by, 0) + length
        return found

    def _undecided(self) -> dict[int, int]:
        """How many rows of windows aren't decided, in each cell."""
        if self.state.plan.windows is None:
            return {}
        from sladsl.folds.outage_at_once import OutageAtOnce
        from sladsl.folds.outage_windows import WindowOutage

        assert isinstance(self.state, WindowOutage | OutageAtOnce)
        group, index, rows = self.state.undecided(self.periods)
        keys, counts = added_up(self._key(group, index), rows)
        return dict(zip(keys.tolist(), counts.tolist(), strict=True))

    def _samples(self) -> dict[int, int]:
        """How many samples lie in each cell."""
        group, index, rows = self.state.counted(self.periods)
        if self.rest is not None:  # a group that a service never lets exist has none
            there = np.isin(group, np.array(sorted(self.existing), np.int64))
            group, index, rows = group[there], index[there], rows[there]
        keys, counts = added_up(self._key(group, index), rows)
        return dict(zip(keys.tolist(), counts.tolist(), strict=True))

    def _reach(self, of: int | None) -> dict[int, tuple[Fraction, Fraction]]:
        """The least and the most that the share of the open period can still come to.

        Silence, or samples from as-of on that are all good or all bad: whatever comes lies
        between these. Only where a group is judged by itself; else another may be pooled in.
        """
        from sladsl.folds.outage_at_once import OutageAtOnce

        number = int(self.periods.index(np.array([self.as_of], np.int64))[0])
        if number < 0 or not self.alone or not self.settled:
            return {}
        if self.state.plan.at_once or isinstance(self.state, OutageAtOnce):
            return {}  # other instances may come, or speak again
        if self.state.plan.rounding is not None:  # many short ones may come to more than one long
            return {}
        end = int(self.periods.ends[number])
        since = self.since
        beyond = end + self.state.plan.lasting
        last = min(end, self.term_end)
        ways = [self._cut(self.state.segments(end, since, last), last)]
        for failing in (False, True):
            more = self.state.continued(self.as_of, since, self.until, failing, beyond)
            ways.append(self._cut(more, last))
        found: dict[int, tuple[Fraction, Fraction]] = {}
        for segments, noticed in product(ways, (False, True)):
            if noticed and self.notices is None:
                continue
            for key, share in self._shares(segments, number, of, noticed=noticed).items():
                low, high = found.get(key, (share, share))
                found[key] = min(low, share), max(high, share)
        return found

    def _shares(
        self, segments: Segments, number: int, of: int | None, *, noticed: bool
    ) -> dict[int, Fraction]:
        """The share of time outside, of one period, by cell."""
        runs = self._runs(segments, noticed=noticed)
        lasted = runs.take(runs.lasted)
        sums = []
        for part, since in ((segments, segments.start), (lasted, lasted.since)):
            stretches = part.group, since, part.end
            which, index, length = by_period(*stretches, self.periods)
            here = index == number
            total = _sums(self._key(part.group[which[here]], index[here]), length[here])
            if self.sure is not None:
                which, index, length, by = self.sure.overlaps(*stretches).by_period(self.periods)
                here = index == number
                if part is segments:
                    here &= self.sure.unmeasured[by]
                taken = _sums(self._key(part.group[which[here]], index[here]), length[here])
                total = {key: time - taken.get(key, 0) for key, time in total.items()}
            sums.append(total)
        measured, failing = sums
        return {
            key: Fraction(*self._up(key, total, failing.get(key, 0), of))
            for key, total in measured.items()
            if total
        }

    # ---- numbers and lengths of outages ----

    def _lengths(
        self, plan: p.OutageAggregate, runs: Runs, measured: dict[int, int]
    ) -> dict[int, Cell]:
        """Count, sum, mean, extremes and percentiles of the outages that began in a period."""
        index = self.periods.index(runs.start)
        gone = self._gone_whole(runs)
        seen: dict[int, list[OutageRun]] = {}
        unsure: set[int] = set()
        for run in np.flatnonzero(index >= 0).tolist():
            key = int(self.to[runs.group[run]]) * len(self.periods) + int(index[run])
            if not runs.lasted[run]:
                if runs.open[run]:
                    unsure.add(key)
                continue
            taken = gone.get(run, {})
            length = max(int(runs.end[run] - runs.since[run]), 0) - sum(taken.values())
            seen.setdefault(key, []).append(self._run(runs, run, length, taken))
            if runs.open[run] and not seen[key][-1].counts:
                unsure.add(key)  # it counts once it goes on beyond what is excluded, or is noticed
        samples = self._samples()
        # of many at once, one that speaks again may say that they didn't all fail
        growing = plan.function in _GROWING and not self.state.plan.at_once
        found = {}
        for key, total in measured.items():
            outages = seen.get(key, [])
            counting = [r for r in outages if r.counts]
            lengths = sorted(r.counted for r in counting)
            value = _of_lengths(plan, lengths) if total else None
            low = value if growing and self.settled else None
            found[key] = Cell(
                value, low=low, rows=samples.get(key, 0), measured=total, failing=sum(lengths),
                outages=tuple(outages), open=any(r.open for r in counting), unsure=key in unsure,
            )  # fmt: skip
        return found

    def _gone_whole(self, runs: Runs) -> dict[int, dict[int, int]]:
        """What each exclusion took (ns) of whole runs; 0 of one of no length, if it did."""
        found: dict[int, dict[int, int]] = {}
        if self.cut is not None:
            # notice may come only when a run is over
            ends = np.maximum(runs.end, runs.since)
            overlaps = self.cut.overlaps(runs.group, runs.since, ends)
            for run, start, end, by in zip(*(c.tolist() for c in overlaps), strict=True):
                own = found.setdefault(run, {})
                own[by] = own.get(by, 0) + end - start
        return found

    def _run(self, runs: Runs, run: int, counted: int, taken: dict[int, int]) -> OutageRun:
        codes = self.state.groups.codes[int(runs.group[run])]
        wholly = False
        if self.cut is not None and not counted:
            at = int(runs.group[run]), int(runs.since[run])
            wholly = bool(taken) or self.cut.holds(*at)
        rounding = self.state.plan.rounding
        if rounding is not None:
            mode, step = rounding
            counted = int(rounded(Fraction(counted), mode, Fraction(step)))
        return OutageRun(
            self.state.groups.texts(codes), int(runs.start[run]), int(runs.end[run]), counted,
            bool(runs.open[run]), bool(runs.no_data[run]),
            () if self.cut is None else self.cut.left_out(taken), wholly,
            None if runs.since[run] == NO_NOTICE else int(runs.since[run]),
        )  # fmt: skip


def _of_lengths(plan: p.OutageAggregate, lengths: list[int]) -> Fraction | None:
    second = 10**9
    match plan.function:
        case "count":
            return Fraction(len(lengths))
        case "sum":
            return Fraction(sum(lengths), second)
        case _ if not lengths:
            return None
        case "mean":
            return Fraction(sum(lengths), second * len(lengths))
        case "min":
            return Fraction(lengths[0], second)
        case "max":
            return Fraction(lengths[-1], second)
        case _:
            assert plan.quantile is not None
            values = np.array(lengths, np.int64)
            return quantile(values, Fraction(*plan.quantile), plan.linear) / second


def _pairs(of: Intervals) -> Iterator[tuple[int, int]]:
    return zip(of.starts.tolist(), of.ends.tolist(), strict=True)


def _sums(keys: Ints, lengths: Ints) -> dict[int, int]:
    """The sum of the lengths (ns) by cell.

    Those of one group and period fit 64 bits, since they don't overlap; but many groups may
    be pooled in a cell. So both halves of a length are added up apart.
    """
    high, low = halves(lengths)
    cells, highs = added_up(keys, high)
    _, lows = added_up(keys, low)
    return {
        cell: whole(a, b)
        for cell, a, b in zip(cells.tolist(), highs.tolist(), lows.tolist(), strict=True)
    }
