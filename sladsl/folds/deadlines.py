"""Instances of deadlines: what started each, when it was due, when it was done, how late.

Times are ns since the epoch; lengths are ns on the deadline's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sladsl.calendar.clocks import BusinessClock, holiday_gaps
from sladsl.calendar.days import clock_days, units_after
from sladsl.calendar.intervals import Intervals
from sladsl.calendar.labels import instant_labels
from sladsl.calendar.names import DAY, LATEST, SECOND
from sladsl.calendar.pauses import paused
from sladsl.calendar.zones import Zone
from sladsl.diagnostics import Refused
from sladsl.folds import findings
from sladsl.folds.answers import first_after
from sladsl.folds.conditions import Mask
from sladsl.folds.excluded_clocks import LeftOuts, later, put_off, took, without
from sladsl.folds.exclusions import Excluder, Taken
from sladsl.folds.listings import Listed
from sladsl.folds.pauses import Spans
from sladsl.folds.table import Ints
from sladsl.folds.told import About, told
from sladsl.plan import model as p
from sladsl.records import Record

__all__ = ["Context", "Instances", "Occasion", "from_rows", "instances"]

NEVER = np.iinfo(np.int64).max


class Context(Record):
    """What instances are worked out by: the term, the zone, the clocks, and what is known."""

    term: tuple[int, int | None]
    zone: Zone
    clocks: Mapping[str, BusinessClock]
    as_of: int
    listed: Mapping[p.Listing, Listed]
    #: by which spans excuses stop clocks
    pauses: Mapping[str, Spans] = MappingProxyType({})
    #: what exclusions take
    excluder: Excluder | None = None

    def holds(self, times: Ints) -> Mask:
        """Whether instants lie in the term."""
        return _between(times, *self.term)


def _between(times: Ints, start: int | None, end: int | None) -> Mask:
    inside: Mask = np.ones(len(times), np.bool_)
    if start is not None:
        inside &= times >= start
    if end is not None:
        inside &= times < end
    return inside


class Occasion(Record):
    """A breach, or the end of a period, that starts a deadline: when, and what it is about."""

    time: int
    about: About


class Instances(Record):
    """n instances of one deadline, by due time.

    `since` is what each runs from, `due` the earliest instant at which its time is up, `last`
    the latest at which it is still on time (they differ where the clock stands still). `done`
    is meant where `answered`; `late` is by how much it was late, or is so far: 0 for what is on
    time. `over` says that it
    can no longer be on time; `excused` that it was late, but not with what excuses taken off,
    `excusable` that it isn't done, and may still be. `unsure` says that it
    is late unless what isn't decided yet is excluded, or excuses it. `row` is the trigger among the
    listed ones (-1: none). `excluded` is for how long each exclusion stopped the clock of each
    until it was done, or as-of; of what is due by a time of day, from then on.
    """

    since: Ints
    due: Ints
    last: Ints
    done: Ints
    late: Ints
    answered: Mask
    over: Mask
    excused: Mask
    excusable: Mask
    unsure: Mask
    row: Ints
    about: tuple[About, ...]
    labels: tuple[str, ...]
    excluded: tuple[LeftOuts, ...]

    def rows(
        self,
    ) -> Iterable[tuple[int, int, int, int | None, int, bool, bool, bool, About, str, LeftOuts]]:
        """Since, due, last, done, late, over, covered, unsure, about, label and excluded of each.

        Covered is what is excused, or may be.
        """
        done = [d if a else None for d, a in zip(self.done.tolist(), self.answered, strict=True)]
        return zip(
            self.since.tolist(), self.due.tolist(), self.last.tolist(), done, self.late.tolist(),
            self.over.tolist(), (self.excused | self.excusable).tolist(), self.unsure.tolist(),
            self.about, self.labels, self.excluded, strict=True,
        )  # fmt: skip


class _Run(Record):
    """Instances before it is known which were done: what each runs from and is about."""

    since: Ints
    about: tuple[About, ...]
    row: Ints


def instances(
    plan: p.DeadlinePlan, context: Context, occasions: Sequence[Occasion] = ()
) -> Instances:
    """The instances of a deadline; `occasions` are what starts it where no rows do."""
    match plan.anchor:
        case "row" | "rows":
            return from_rows(plan, context)
        case "every":
            return _recurring(plan, context)
        case _:
            return _from_occasions(plan, context, occasions)


def from_rows(plan: p.DeadlinePlan, context: Context) -> Instances:
    """Instances that rows start: each one in the term."""
    triggers = context.listed[plan.rows if plan.triggers is None else plan.triggers]
    since, known = triggers.values(plan.starts)
    chosen = np.flatnonzero(known & context.holds(since) & _between(since, plan.since, plan.until))
    since = since[chosen]
    answers = context.listed[plan.rows]
    if plan.anchor == "row":
        done, answered = answers.values(plan.done)
        done, answered = done[chosen], answered[chosen]
    else:
        times, present = answers.values(plan.done)
        ours = [_chosen(triggers.values(field), chosen) for field, _ in plan.match]
        theirs = [_chosen(answers.values(field), present) for _, field in plan.match]
        done = first_after(since, ours, times[present], theirs)
        answered = done < NEVER
    run = _Run(since, _named(triggers, plan.key, chosen), chosen)
    return _timed(plan, context, run, done, answered)


def _from_occasions(
    plan: p.DeadlinePlan, context: Context, occasions: Sequence[Occasion]
) -> Instances:
    """Instances that breaches or ends of periods start."""
    since = np.array([occasion.time for occasion in occasions], dtype=np.int64)
    answers = context.listed[plan.rows]
    times, present = answers.values(plan.done)
    ours, theirs = [], []
    for name, field in plan.match:
        codes: dict[str | None, int] = {}
        own = [codes.setdefault(dict(o.about).get(name), len(codes)) for o in occasions]
        other = [codes.setdefault(text, len(codes)) for text in answers.texts(field)]
        nothing = codes.get(None, -1)
        ours.append(_coded(own, nothing))
        theirs.append(_chosen(_coded(other, nothing), present))
    done = first_after(since, ours, times[present], theirs)
    about = tuple(occasion.about for occasion in occasions)
    run = _Run(since, about, np.full(len(since), -1, np.int64))
    return _timed(plan, context, run, done, done < NEVER)


def _coded(codes: Sequence[int], nothing: int) -> tuple[Ints, Mask]:
    values = np.array(codes, dtype=np.int64)
    return values, values != nothing


def _chosen(column: tuple[Ints, Mask], rows: Ints | Mask) -> tuple[Ints, Mask]:
    values, present = column
    return values[rows], present[rows]


def _named(listed: Listed, key: Sequence[str], rows: Ints) -> tuple[About, ...]:
    """What the triggers of some rows are called by."""
    if not key:
        return ((),) * len(rows)
    columns = [listed.texts(field) for field in key]
    return tuple(
        tuple((n, t) for n, c in zip(key, columns, strict=True) if (t := c[row]) is not None)
        for row in rows.tolist()
    )


# ---- by when -----------------------------------------------------------------------------------


class _Timing(NamedTuple):
    """By when n instances are due, the last instant in time, how far past that they are or were.

    `past` is ns of the deadline's clock by the time that each was done, or as-of; `covered` says
    that it would not be past its time with what excuses taken off, `unsure` that it may
    not be, since windows, or what excuses, aren't decided yet. `gone` is for how long exclusions
    stopped the clock.
    """

    due: Ints
    last: Ints
    past: Ints
    covered: Mask
    unsure: Mask
    gone: Sequence[LeftOuts]


def _timed(
    plan: p.DeadlinePlan, context: Context, run: _Run, done: Ints, answered: Mask
) -> Instances:
    """By when each was due, whether it was on time, and how late it was."""
    until = np.where(answered, done, context.as_of)
    due, last, past = (np.zeros(len(until), np.int64) for _ in range(3))
    gone: list[LeftOuts] = [()] * len(until)
    masks = np.zeros_like(due, np.bool_), np.zeros_like(due, np.bool_)
    found = _Timing(due, last, past, *masks, gone)
    for rows, taken in _taken(plan, context, run):
        about = tuple(run.about[i] for i in rows.tolist()) if plan.groups else ()
        own = _Run(run.since[rows], about, run.row[rows])
        part = _timing(plan, context, own, until[rows], taken)
        for whole, values in zip(found[:-1], part[:-1], strict=True):
            whole[rows] = values
        for place, own_gone in zip(rows.tolist(), part.gone, strict=True):
            gone[place] = own_gone
    by = plan.within or plan.by
    assert by is not None
    calendar = by.calendar
    _known_holidays(calendar, context.clocks[calendar], run.since, found.due)
    return _in_order(context.zone, run, found, until, done, answered)


def _timing(
    plan: p.DeadlinePlan, context: Context, run: _Run, until: Ints, taken: Taken | None
) -> _Timing:
    """The same for instances of whose clocks the same is taken."""
    due, last, past, clock = _by_when(plan, context, run.since, until, taken)
    over, unsure = until > last, np.zeros(len(until), np.bool_)
    undecided = _undecided(plan, context)
    if taken is not None and len(undecided):
        whole = taken.whole().union(undecided)
        more = Taken(whole.starts, whole.ends, np.zeros(len(whole), np.int64))
        unsure = over & (until <= _by_when(plan, context, run.since, until, more)[1])
    covered = _covered(plan, context, run, until, past, over, clock)
    unsure |= over & ~covered & (until > _waiting(plan, context))
    gone = _gone(plan, context, run.since, until, taken)
    return _Timing(due, last, past, covered, unsure, gone)


def _waiting(plan: p.DeadlinePlan, context: Context) -> int:
    """From when on others may have been late who excuse it, which isn't decided yet."""
    spans = (context.pauses[pause.stream] for pause in plan.excuses)
    return min((s.waiting for s in spans if s.waiting is not None), default=NEVER)


def _gone(
    plan: p.DeadlinePlan, context: Context, since: Ints, until: Ints, taken: Taken | None
) -> Sequence[LeftOuts]:
    """For how long exclusions stopped the clocks, from when they would have mattered."""
    calendar = "always"
    if plan.within is not None:
        calendar = plan.within.calendar
    elif plan.by is not None:
        since = _by_the_clock(plan.by, plan.anchor, since, context)
    return took(plan.excluding, taken, context.clocks[calendar], since, until)


def _undecided(plan: p.DeadlinePlan, context: Context) -> Intervals:
    """The time of which it isn't known yet whether it is excluded."""
    if not any(e.windows is not None for e in plan.excluding):
        return Intervals.none()
    assert context.excluder is not None
    return context.excluder.undecided(plan.excluding)


def _by_when(
    plan: p.DeadlinePlan, context: Context, since: Ints, until: Ints, taken: Taken | None
) -> tuple[Ints, Ints, Ints, BusinessClock]:
    """By when each is due, the last instants in time, how far past that they are, and the clock."""
    lapse = plan.within
    if lapse is None:
        assert plan.by is not None
        due = last = put_off(_by_the_clock(plan.by, plan.anchor, since, context), taken)
        clock = without(context.clocks["always"], taken)  # a calendar only says which day it is
        past = np.where(until > due, np.maximum(clock.elapsed(due, until), 1), 0)
    elif lapse.unit == "ns":
        clock = without(context.clocks[lapse.calendar], taken)
        due = np.minimum(clock.due(since, lapse.count), LATEST)
        last = np.minimum(clock.last(since, lapse.count), LATEST)
        past = clock.elapsed(since, until) - lapse.count
    else:
        clock = context.clocks[lapse.calendar]
        due, last, clock = later(_after(lapse, since, context, clock), since, clock, taken)
        past = np.where(until > last, np.maximum(clock.elapsed(due, until), 1), 0)
    return due, last, past, clock


def _taken(
    plan: p.DeadlinePlan, context: Context, run: _Run
) -> Iterator[tuple[Ints, Taken | None]]:
    """The numbers of the instances, those together of whose clocks exclusions take the same."""
    every = np.arange(len(run.since), dtype=np.int64)
    if not plan.excluding:
        yield every, None
        return
    assert context.excluder is not None
    excluding = context.excluder.of(plan.excluding)
    if not excluding.fields:
        yield every, excluding.of(())
        return
    fields = [told(plan, context.listed, run.row, run.about, f) for f in excluding.fields]
    yield from excluding.groups(fields, every)


def _covered(
    plan: p.DeadlinePlan, context: Context, run: _Run, until: Ints, past: Ints, over: Mask,
    clock: BusinessClock,
) -> Mask:  # fmt: skip
    """Which instances would be in time but for what others did late (ns of the clock)."""
    covered = np.zeros(len(until), np.bool_)
    rows = np.flatnonzero(over)
    if plan.excuses and len(rows):
        covered[rows] = past[rows] - _excusing(plan, context, run, rows, until[rows], clock) <= 0
    return covered


def _excusing(
    plan: p.DeadlinePlan, context: Context, run: _Run, rows: Ints, until: Ints,
    clock: BusinessClock,
) -> Ints:  # fmt: skip
    """How much of the time of some instances others are to answer for (ns of the clock)."""
    since, row = run.since[rows], run.row[rows]
    about = [run.about[i] for i in rows.tolist()] if plan.groups else []
    numbers, starts, ends = [], [], []
    for pause in plan.excuses:
        spans = context.pauses[pause.stream]
        keys, known = told(plan, context.listed, row, about, pause.left)
        here = spans.present[pause.right]
        theirs = spans.keys[pause.right][here]
        order = np.argsort(theirs, kind="stable")
        first = np.searchsorted(theirs[order], keys, side="left")
        count = np.searchsorted(theirs[order], keys, side="right") - first
        count = np.where(known, count, 0)
        piece = np.repeat(np.arange(len(row)), count)
        offset = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
        which = order[first[piece] + offset]
        numbers.append(piece)
        starts.append(spans.starts[here][which])
        ends.append(spans.ends[here][which])
    own = np.arange(len(row), dtype=np.int64)
    return paused(
        own, since, until, np.concatenate(numbers), np.concatenate(starts),
        np.concatenate(ends), clock,
    )  # fmt: skip


def _known_holidays(calendar: str, clock: BusinessClock, since: Ints, due: Ints) -> None:
    """Refuse due times in years whose public holidays aren't known. Raises `Refused`."""
    due = due[due < LATEST]
    if len(due) and calendar != "always":
        for region, year in holiday_gaps(clock.spec, int(since.min()), int(due.max()) + 1):
            raise Refused(findings.no_holidays(calendar, region, year))


def _after(lapse: p.Lapse, since: Ints, context: Context, clock: BusinessClock) -> Ints:
    """Calendar units after some instants."""
    return units_after(clock, since, lapse.count, lapse.unit, context.zone)


def _by_the_clock(by: p.DueBy, anchor: str, since: Ints, context: Context) -> Ints:
    """A time of day, so many days after the day of some instants; not before they are.

    The end of a period belongs to the day of the period's last instant.
    """
    found = clock_days(
        context.clocks[by.calendar], since - (anchor == "period"), by.count, Zone(by.zone),
        by.second * SECOND,
    )  # fmt: skip
    return np.maximum(found, since)


def _in_order(
    zone: Zone, run: _Run, timing: _Timing, until: Ints, done: Ints, answered: Mask
) -> Instances:
    """The instances by due time, then what they run from and what they are about."""
    due, last, past, covered, unsure, gone = timing
    over = (until > last) & ~unsure
    covered = covered & over
    past = np.where(over, np.maximum(past, 0), 0)
    shown = np.where(answered, done, NEVER)
    order = np.lexsort((shown, run.since, due))
    same = np.flatnonzero(
        (due[order][1:] == due[order][:-1]) & (run.since[order][1:] == run.since[order][:-1])
    )
    if len(same) and any(run.about):
        keys = due.tolist(), run.since.tolist(), shown.tolist()
        order = np.array(
            sorted(
                range(len(due)), key=lambda i: (keys[0][i], keys[1][i], run.about[i], keys[2][i])
            ),
            dtype=np.int64,
        )
    about = tuple(run.about[i] for i in order.tolist())
    since, due = run.since[order], due[order]
    return Instances(
        since, due, last[order], done[order], past[order], answered[order], over[order],
        (covered & answered)[order], (covered & ~answered)[order], unsure[order],
        run.row[order], about,
        instant_labels(due, zone, about, since), tuple(gone[i] for i in order.tolist()),
    )  # fmt: skip


# ---- what comes again --------------------------------------------------------------------------


def _recurring(plan: p.DeadlinePlan, context: Context) -> Instances:
    """One instance for each due time in the term whose stretch has begun."""
    assert plan.every is not None
    taken = next(_taken(plan, context, _Run(np.zeros(0, np.int64), (), np.zeros(0, np.int64))))[1]
    dues = _dues(plan.every, context)
    planned = dues[1:]
    if len(dues):  # of several that are put off to one instant there is one
        put, first = np.unique(put_off(planned, taken), return_index=True)
        dues, planned = np.append(dues[:1], put), planned[first]
    before, due = dues[:-1], dues[1:]
    kept = context.holds(due) & _between(before, plan.since, plan.until)
    kept &= before < context.as_of
    before, due, planned = before[kept], due[kept], planned[kept]
    answers = context.listed[plan.rows]
    times, present = answers.values(plan.done)
    times = np.sort(times[present])
    done = np.full(len(due), NEVER, np.int64)
    if len(due):
        # the first row of (before, due] is on time
        first = np.searchsorted(times, before, side="right")
        served = first < np.searchsorted(times, due, side="right")
        done[served] = times[first[served]]
        spare = np.delete(times, first[served])
        _late(done, due, spare)
    answered = done < NEVER
    until = np.where(answered, done, context.as_of)
    clock = without(context.clocks["always"], taken)
    past = np.where(until > due, np.maximum(clock.elapsed(due, until), 1), 0)
    run = _Run(before, ((),) * len(due), np.full(len(due), -1, np.int64))
    covered = _covered(plan, context, run, until, past, until > due, clock)
    unsure = (until > due) & _undecided(plan, context).holds(due)
    unsure |= (until > due) & ~covered & (until > _waiting(plan, context))
    gone = took(plan.excluding, taken, context.clocks["always"], planned, until)
    timing = _Timing(due, due, past, covered, unsure, gone)
    return _in_order(context.zone, run, timing, until, done, answered)


def _late(done: Ints, due: Ints, spare: Ints) -> None:
    """Rows that served nothing in time go to the oldest instance that was missed, one to each."""
    taken = 0
    for number in np.flatnonzero(done == NEVER).tolist():
        at = max(int(np.searchsorted(spare, due[number], side="right")), taken)
        if at == len(spare):
            break
        done[number] = spare[at]
        taken = at + 1


def _dues(every: p.Recurring, context: Context) -> Ints:
    """The due times of the term as far as they matter, and the one before the first."""
    start, end = context.term
    upto = context.as_of if end is None else min(end, context.as_of)
    first, last = (int(context.zone.to_local(np.array([t]))[0]) // DAY for t in (start, upto))
    days = np.arange(first - 9, max(last, first) + 10, dtype=np.int64)
    if every.weekday is not None:
        days = days[(days + 3) % 7 == every.weekday]
    found = context.zone.edges(days * DAY + every.second * SECOND, "earlier")
    return found[max(int(np.searchsorted(found, start, side="left")) - 1, 0) :]
