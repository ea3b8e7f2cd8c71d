"""Figures of outages by group and period, and what shares of time can still come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import Periods
from sladsl.folds.course import Course
from sladsl.folds.firsts import GROWING
from sladsl.folds.model import Cell, GroupSeen, OutageRun, Time
from sladsl.folds.outage_counts import added_up
from sladsl.folds.outages import NO_NOTICE, OutageState, Runs, Segments, by_period, cut_by_period
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
    from sladsl.folds.outage_weights import Weights
    from sladsl.folds.outage_windows import WindowOutage

__all__ = ["OutageView"]


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
        weights = self._weights(segments)
        of_time = plan.function == "time"
        measured, taken = self._measured(segments, weights if of_time else None)
        if of_time:
            found = self._times(runs, measured, plan.of, weights)
        else:
            found = self._lengths(plan, runs, measured, weights)
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

    def _weights(self, segments: Segments) -> Weights | None:
        """What the time of stretches weighs; None: as much as it is long."""
        plan = self.state.plan.weight
        if plan is None:
            return None
        from sladsl.folds.outage_weights import Weights

        assert segments.weight is not None
        return Weights(plan, segments.group, segments.start, segments.end, segments.weight)

    def _key(self, groups: Ints, index: Ints) -> Ints:
        keys: Ints = self.to[groups] * len(self.periods) + index
        return keys

    def _measured(
        self, segments: Segments, weights: Weights | None
    ) -> tuple[dict[int, Time], dict[int, dict[int, int]]]:
        """The time that was measured in each cell, and what of it each exclusion took (ns).

        By how many there were it is weighed, too; what exclusions took isn't.
        """
        stretches = segments.group, segments.start, segments.end
        taken: dict[int, dict[int, int]] = {}
        if weights is None or weights.plan.part:
            which, index, length = by_period(*stretches, self.periods)
            measured: dict[int, Time] = {**_sums(self._key(segments.group[which], index), length)}
        else:
            measured = self._weighed(
                weights, segments.group, cut_by_period(*stretches, self.periods)
            )
            if self.cut is not None:
                overlaps = self.cut.overlaps(*stretches)
                which, index, start, end, by = overlaps.cut_by_period(self.periods)
                off = self.cut.unmeasured[by]
                pieces = which[off], index[off], start[off], end[off]
                for key, time in self._weighed(weights, segments.group, pieces).items():
                    measured[key] -= time
        if self.cut is not None:
            overlaps = self.cut.overlaps(*stretches)
            which, index, length, by = overlaps.by_period(self.periods)
            keys = self._key(segments.group[which], index)
            for number in np.unique(by).tolist():
                own = by == number
                for key, time in _sums(keys[own], length[own]).items():
                    taken.setdefault(key, {})[number] = time
                    plain = weights is None or weights.plan.part
                    if plain and not self.cut.plans[number].as_up:
                        measured[key] -= time
        return measured, taken

    def _weighed(
        self, weights: Weights, group: Ints, pieces: tuple[Ints, Ints, Ints, Ints]
    ) -> dict[int, Time]:
        """What pieces of stretches (which, in which period, from when, to when) weigh, by cell."""
        which, index, start, end = pieces
        group = group[which]
        return weights.sums(self._key(group, index), weights.over(group, start, end))

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

    def _times(
        self, runs: Runs, measured: dict[int, Time], of: int | None, weights: Weights | None
    ) -> dict[int, Cell]:
        seen: dict[int, list[OutageRun]] = {}
        failing: dict[int, Time] = {}
        lasted = runs.take(runs.lasted)
        which, index, _ = by_period(lasted.group, lasted.start, lasted.end, self.periods)
        keys = self._key(lasted.group[which], index)
        counting = self._counting(lasted)
        gone = self._gone(lasted)
        weighed = None if weights is None else self._weighed_runs(lasted, weights)
        for run, period, key in zip(which.tolist(), index.tolist(), keys.tolist(), strict=True):
            taken = gone.get((run, period), {})
            counted = counting.get((run, period), 0) - sum(taken.values())
            one = self._run(lasted, run, counted, taken)
            if weighed is not None:
                one = one.but(counted=weighed.get((run, period), 0))
            failing[key] = failing.get(key, 0) + one.counted
            seen.setdefault(key, []).append(one)
        unsure = runs.take(runs.open & ~runs.lasted)
        which, index, _ = by_period(unsure.group, unsure.since, unsure.end, self.periods)
        maybe = set(self._key(unsure.group[which], index).tolist())
        which, index, _ = by_period(runs.group, runs.since, runs.end, self.periods)
        certain = np.minimum(runs.end, runs.start + self.state.plan.lasting)[which]
        decided = _latest(self._key(runs.group[which], index), certain)
        samples = self._samples()
        reach = self._reach(of)
        whole = weights is None  # else what failed may be fractions of what was counted
        found = {}
        for key in measured.keys() | reach.keys():
            total, failed = measured.get(key, 0), failing.get(key, 0)
            low, high = reach.get(key, (None, None))
            outages = tuple(seen.get(key, ()))
            up, all_time = self._up(key, total, failed, of)
            found[key] = Cell(
                Fraction(up, all_time) if total and all_time else None,
                up, all_time, counted=whole and bool(total), rows=samples.get(key, 0),
                measured=total, failing=failed, open=any(o.open for o in outages),
                unsure=key in maybe, decided=decided.get(key, 0), low=low, high=high,
                outages=outages, course=self._asked(key, of) if self._limited else None,
            )  # fmt: skip
        return found

    def _asked(self, key: int, of: int | None) -> Callable[[], Course]:
        """The course of a cell, worked out once it is asked for."""
        return cache(partial(self._course, key, of))

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
        weights = self._weights(segments)
        failing: list[tuple[int, int, int, Time]] = []
        for run in np.flatnonzero((runs.group == own) & runs.lasted & (runs.end > start)).tolist():
            since, to = int(runs.since[run]), int(runs.end[run])
            counts = Intervals.of([since], [to]).clip(start, end).difference(taken)
            certain = int(runs.start[run]) + self.state.plan.lasting
            for low, high in _pairs(counts):
                if weights is None:
                    failing.append((low, high, certain, 1))
                else:
                    pieces = weights.pieces(own, low, high)
                    failing += [(a, b, certain, part) for a, b, part in pieces]
        missing = known.difference(measured)
        return Course(
            start, end, tuple(failing), tuple(_pairs(missing)), tuple(_pairs(unmeasured)), of
        )

    def _up(self, key: int, measured: Time, failing: Time, of: int | None) -> tuple[Time, Time]:
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

    def _weighed_runs(self, runs: Runs, weights: Weights) -> dict[tuple[int, int], Time]:
        """What runs weigh from when they count, without what exclusions take; by run and period."""
        count = len(self.periods)
        ends = np.maximum(runs.end, runs.since)
        rounding = self.state.plan.rounding
        if rounding is not None:
            from sladsl.folds.outage_rounded import parts_weigh

            gone = None if self.cut is None else self.cut.overlaps(runs.group, runs.since, ends)
            return parts_weigh(weights, rounding, runs, gone, self.periods)
        which, index, start, end = cut_by_period(runs.group, runs.since, ends, self.periods)
        found = weights.sums(which * count + index, weights.over(runs.group[which], start, end))
        if self.cut is not None:
            overlaps = self.cut.overlaps(runs.group, runs.since, ends)
            which, index, start, end, _ = overlaps.cut_by_period(self.periods)
            taken = weights.over(runs.group[which], start, end)
            for key, time in weights.sums(which * count + index, taken).items():
                found[key] -= time
        return {divmod(key, count): time for key, time in found.items()}

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
        if number < 0 or not self._limited or isinstance(self.state, OutageAtOnce):
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

    @property
    def _limited(self) -> bool:
        """Whether it can be said what the share of an open period can still come to."""
        if not self.alone or not self.settled:
            return False
        if self.state.plan.at_once:
            return False  # other instances may come, or speak again
        weight = self.state.plan.weight
        if weight is not None and not weight.part:
            return False  # there may be any number of them
        # many short ones, each rounded, may come to more than one long
        return self.state.plan.rounding is None

    def _shares(
        self, segments: Segments, number: int, of: int | None, *, noticed: bool
    ) -> dict[int, Fraction]:
        """The share of time outside, of one period, by cell."""
        runs = self._runs(segments, noticed=noticed)
        lasted = runs.take(runs.lasted)
        weights = self._weights(segments)
        sums = []
        for part, since in ((segments, segments.start), (lasted, lasted.since)):
            stretches = part.group, since, part.end
            weighed = None if part is segments else weights
            total = self._sums_of(
                number, part.group, cut_by_period(*stretches, self.periods), weighed
            )
            if self.sure is not None:
                overlaps = self.sure.overlaps(*stretches)
                *pieces, by = overlaps.cut_by_period(self.periods)
                here = self.sure.unmeasured[by] if part is segments else np.ones(len(by), np.bool_)
                which, index, start, end = (column[here] for column in pieces)
                taken = self._sums_of(number, part.group, (which, index, start, end), weighed)
                total = {key: time - taken.get(key, 0) for key, time in total.items()}
            sums.append(total)
        measured, failing = sums
        return {
            key: Fraction(*self._up(key, total, failing.get(key, 0), of))
            for key, total in measured.items()
            if total
        }

    def _sums_of(
        self, number: int, group: Ints, pieces: tuple[Ints, Ints, Ints, Ints],
        weights: Weights | None,
    ) -> dict[int, Time]:  # fmt: skip
        """What pieces of stretches in one period come to, by cell."""
        which, index, start, end = (column[pieces[1] == number] for column in pieces)
        if weights is not None:
            return self._weighed(weights, group, (which, index, start, end))
        return {**_sums(self._key(group[which], index), end - start)}

    # ---- numbers and lengths of outages ----

    def _lengths(
        self, plan: p.OutageAggregate, runs: Runs, measured: dict[int, Time],
        weights: Weights | None,
    ) -> dict[int, Cell]:  # fmt: skip
        """Count, sum, mean, extremes and percentiles of the outages that began in a period."""
        index = self.periods.index(runs.start)
        gone = self._gone_whole(runs)
        seen: dict[int, list[OutageRun]] = {}
        failing: dict[int, Time] = {}  # how long they were, also where they are weighted
        unsure: set[int] = set()
        decided: dict[int, int] = {}
        for run in np.flatnonzero(index >= 0).tolist():
            key = int(self.to[runs.group[run]]) * len(self.periods) + int(index[run])
            if not runs.lasted[run]:
                if runs.open[run]:
                    unsure.add(key)
                decided[key] = max(decided.get(key, 0), int(runs.end[run]))
                continue
            taken = gone.get(run, {})
            length = max(int(runs.end[run] - runs.since[run]), 0) - sum(taken.values())
            one = self._run(runs, run, length, taken)
            if weights is not None:
                one = self._weighed_whole(one, runs, run, weights)
            if one.counts:
                failing[key] = failing.get(key, 0) + (
                    length if weights is not None else one.counted
                )
            seen.setdefault(key, []).append(one)
            if one.open and not one.counts:
                unsure.add(key)  # it counts once it goes on beyond what is excluded, or is noticed
            sure = one.end
            if plan.function == "count" and one.counts and not taken:
                sure = max(one.start + self.state.plan.lasting, int(runs.since[run]))
            decided[key] = max(decided.get(key, 0), sure)
        samples = self._samples()
        # of many at once, one that speaks again may say that they didn't all fail
        growing = plan.function in GROWING and not self.state.plan.at_once
        found = {}
        for key, total in measured.items():
            outages = seen.get(key, [])
            counting = [r for r in outages if r.counts]
            lengths = sorted(r.counted for r in counting)
            value = _of_lengths(plan, lengths) if total else None
            low = value if growing and self.settled else None
            if low is not None and plan.function != "count" and self._rounds_weights:
                least = [r.weighed(self.as_of) for r in counting if r.weighed is not None]
                low = _of_lengths(plan, least)
            found[key] = Cell(
                value, low=low, rows=samples.get(key, 0), measured=total,
                failing=failing.get(key, 0), outages=tuple(outages), unsure=key in unsure,
                open=any(r.open for r in counting), decided=decided.get(key, 0),
            )  # fmt: skip
        return found

    @property
    def _rounds_weights(self) -> bool:
        """Whether what an open outage weighs, rounded as if it were over, may become less."""
        plan = self.state.plan
        return plan.weight is not None and plan.rounding is not None

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

    def _weighed_whole(self, one: OutageRun, runs: Runs, run: int, weights: Weights) -> OutageRun:
        """A run by what it weighs as a whole, without what exclusions take."""
        group, since = int(runs.group[run]), int(runs.since[run])
        end = max(int(runs.end[run]), since)
        taken = None
        if self.cut is not None:
            row = slice(run, run + 1)
            taken = self.cut.overlaps(runs.group[row], runs.since[row], np.array([end], np.int64))
        if self.state.plan.rounding is not None:
            from sladsl.folds.outage_rounded import whole

            counted, weighed = whole(
                weights, self.state.plan.rounding, group, (since, end), taken, open=one.open
            )
            return one.but(counted=counted, weighed=weighed)
        counted = weights.lost(group, since, end)
        if taken is not None:
            groups = np.full(len(taken.start), group, np.int64)
            counted -= weights.exact(sum(weights.over(groups, taken.start, taken.end).tolist()))

        lost = partial(weights.lost, group, since)
        return one.but(counted=counted, weighed=lambda at: lost(at) if at < end else counted)

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


def _of_lengths(plan: p.OutageAggregate, lengths: list[Time]) -> Fraction | None:
    second = 10**9
    match plan.function:
        case "count":
            return Fraction(len(lengths))
        case "sum":
            return Fraction(sum(lengths)) / second
        case _ if not lengths:
            return None
        case "mean":
            return Fraction(sum(lengths)) / (second * len(lengths))
        case "min":
            return Fraction(lengths[0]) / second
        case "max":
            return Fraction(lengths[-1]) / second
        case _:
            assert plan.quantile is not None
            values = np.array(lengths, np.int64)
            return quantile(values, Fraction(*plan.quantile), plan.linear) / second


def _latest(keys: Ints, times: Ints) -> dict[int, int]:
    """The latest of the times (ns) of each cell."""
    cells, which = np.unique(keys, return_inverse=True)
    found = np.zeros(len(cells), np.int64)
    np.maximum.at(found, which, times)
    return dict(zip(cells.tolist(), found.tolist(), strict=True))


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
