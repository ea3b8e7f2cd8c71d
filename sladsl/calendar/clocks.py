"""Calendars of open time, and the business clock B(t) that runs while they are open."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Literal, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.names import DAY, EARLIEST, LATEST, MINUTE
from sladsl.calendar.ticks import Pieces, in_units
from sladsl.calendar.zones import Times, Zone
from sladsl.records import Record

NEVER_DUE = int(np.iinfo(np.int64).max)
"""What `due` says where the open time up to the year 2261 doesn't suffice."""

_EPOCH = date(1970, 1, 1).toordinal()
_YEAR = 366 * DAY


class OpenRule(Record):
    """Open on some days of the week (0 is Monday), from one minute of the local day to another."""

    days: frozenset[int]
    start_minute: int
    end_minute: int
    """Up to 1440, the day's end."""


class CalendarSpec(Record):
    """Hours that are open in a zone, but for dates, spans of instants (ns) and holidays.

    Each entry of `holidays` is one or more regions that must all have the day off.
    """

    name: str
    zone: str
    open: tuple[OpenRule, ...]
    closed_dates: tuple[date, ...] = ()
    closed_spans: tuple[tuple[int, int], ...] = ()
    holidays: tuple[tuple[str, ...], ...] = ()


class Always(Record):
    """Open at any time."""


class Combined(Record):
    """Two calendars: open in both, in either, or in the left without the right."""

    op: Literal["and", "or", "without"]
    left: Spec
    right: Spec


class Excepting(Record):
    """A calendar without some spans of instants (ns)."""

    of: Spec
    starts: tuple[int, ...]
    ends: tuple[int, ...]


Spec: TypeAlias = CalendarSpec | Always | Combined | Excepting


class _Table(Record):
    """The open time of [lo, hi), and B at the end of each interval."""

    lo: int
    hi: int
    open: Intervals
    at_ends: Times
    reading: Pieces
    """B, as a function of time."""

    @property
    def at_starts(self) -> Times:
        return self.at_ends - (self.open.ends - self.open.starts)

    def latest(self, limit: int, factor: int) -> tuple[Times, Times, Times]:
        """For each t the latest instant at which B is at most B(t) + limit, as a function of t.

        Both in units of `factor` ns, rounded down; `hi` where that would lie beyond.
        """
        starts, ends = self.open.starts, self.open.ends
        edges = np.full(1, self.lo)
        if not len(starts):
            return edges[1:], np.full(1, self.hi // factor), np.zeros(1, np.int64)
        at_starts, at_ends = self.at_starts, self.at_ends
        limit = min(limit, int(at_ends[-1]) - int(at_starts[0]) + 1, NEVER_DUE)
        # It stands while the calendar is closed, runs while it is open, and leaps over the
        # closed time that follows when it has come to the end of an interval.
        leaps = at_ends[at_ends > int(at_starts[0]) + limit] - limit
        inside = np.searchsorted(at_ends, leaps, side="left")
        leaps = starts[inside] + (leaps - at_starts[inside])
        edges = np.sort(np.concatenate((edges, starts, ends, leaps)))
        edges = edges[np.concatenate(([True], edges[1:] != edges[:-1]))]
        aim = np.minimum(self.reading.at(edges), NEVER_DUE - limit) + limit
        inside = np.searchsorted(at_ends, aim, side="right")
        within = inside < len(starts)
        inside = np.minimum(inside, len(starts) - 1)
        found = np.where(within, starts[inside] + (aim - at_starts[inside]), self.hi)
        runs = np.where(within & self.open.holds(edges), 1, 0)
        return in_units(edges[1:], factor), (found - runs * edges) // factor, runs


class BusinessClock:
    """B(t), the open time of a calendar so far; its table grows with what is asked."""

    def __init__(self, spec: Spec, lo: int, hi: int) -> None:
        self.spec = spec
        self._table = _table(spec, lo, hi)
        self._latest: dict[tuple[tuple[int, ...], int], tuple[_Table, Pieces]] = {}

    def intervals(self, lo: int, hi: int) -> Intervals:
        """The open time of [lo, hi)."""
        return self._covering(lo, hi).open.clip(lo, hi)

    def elapsed(self, a: Times, b: Times) -> Times:
        """Open nanoseconds from a to b, for n pairs of instants; negative where b is before a."""
        a, b = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
        if isinstance(self.spec, Always):
            return b - a
        table = self._for(a, b)
        return table.reading.at(b) - table.reading.at(a)

    def within(
        self,
        a: NDArray[Any],
        b: NDArray[Any],
        limits: tuple[int, ...],
        which: NDArray[np.intp] | None = None,
        factor: int = 1,
    ) -> NDArray[np.bool_]:
        """Whether at most `limits[which]` (ns, none below zero) of open time lies from a to b.

        For n pairs of instants in units of `factor` ns; `which` None: the first limit for all.
        It takes one look-up: b is compared with the latest instant that is within.
        """
        a = np.asarray(a, dtype=np.int64)
        found: NDArray[np.bool_]
        if not len(a):
            return np.zeros(0, np.bool_)
        if isinstance(self.spec, Always):
            length = np.array([limit // factor for limit in limits])
            longest: Any = length[0] if which is None else length[which]
            found = b <= np.minimum(a, NEVER_DUE - longest) + longest
            return found
        table = self._covering(
            int(a.min()) * factor, max(int(a.max()), int(b.max())) * factor + factor - 1
        )
        made, latest = self._latest.get((limits, factor), (None, None))
        if made is not table or latest is None:
            latest = Pieces(*(table.latest(limit, factor) for limit in limits))
            self._latest[limits, factor] = table, latest
        found = b <= latest.at(a, which)
        return found

    def due(self, a: Times, d: Times | int) -> Times:
        """The earliest t >= a with B(t) - B(a) >= d, for n instants; NEVER_DUE if none comes."""
        a, d = np.asarray(a, dtype=np.int64), np.asarray(d, dtype=np.int64)
        a, d = np.broadcast_arrays(a, d)
        table, aim, found, reached = self._reach(a, d, "left", d <= 0)
        due = np.full(a.shape, NEVER_DUE, dtype=np.int64)
        at = found[reached]
        due[reached] = table.open.ends[at] - (table.at_ends[at] - aim[reached])
        return np.where(d <= 0, a, due)

    def moment(self, a: int, d: int) -> int:
        """When so much open time has passed since one instant."""
        return int(self.due(np.array([a], dtype=np.int64), d)[0])

    def last_moment(self, a: int, d: int) -> int:
        """Until when no more open time than that has passed since one instant."""
        return int(self.last(np.array([a], dtype=np.int64), d)[0])

    def last(self, a: Times, d: Times | int) -> Times:
        """The latest t with B(t) - B(a) <= d, for n instants; NEVER_DUE if it never ends."""
        a, d = np.asarray(a, dtype=np.int64), np.asarray(d, dtype=np.int64)
        a, d = np.broadcast_arrays(a, d)
        if isinstance(self.spec, Always):
            return self.due(a, d)
        table, aim, found, ended = self._reach(a, d, "right", False)
        last = np.full(a.shape, NEVER_DUE, dtype=np.int64)
        at = found[ended]
        last[ended] = table.open.starts[at] + (aim[ended] - table.at_starts[at])
        return last

    def _reach(
        self, a: Times, d: Times, side: Literal["left", "right"], known: Any
    ) -> tuple[_Table, Times, NDArray[np.intp], NDArray[np.bool_]]:
        """B(a) + d, and the stretch of open time in which the clock reads it; which ever do.

        The table in which they are numbered grows until it holds all but those that are `known`.
        """
        table = self._for(a)
        while True:
            read = table.reading.at(a)
            reachable = d <= NEVER_DUE - np.maximum(read, 0)
            aim = read + np.where(reachable, d, 0)
            found = np.searchsorted(table.at_ends, aim, side=side)
            reached = reachable & (found < len(table.at_ends))
            if table.hi >= LATEST or bool((reached | known | ~reachable).all()):
                return table, aim, found, reached
            table = self._covering(table.lo, min(LATEST, 2 * table.hi - table.lo))

    def between(self, a: int, b: int) -> int:
        """Open nanoseconds from one instant to another."""
        pair = np.array([a, b], dtype=np.int64)
        return int(self.elapsed(pair[:1], pair[1:])[0])

    def _for(self, *times: Times) -> _Table:
        some = [t for t in times if t.size]
        if not some:
            return self._table
        return self._covering(min(int(t.min()) for t in some), max(int(t.max()) for t in some))

    def _covering(self, lo: int, hi: int) -> _Table:
        """The table, first extended to [lo, hi] where it must be."""
        table = self._table
        if table.lo <= lo and hi <= table.hi:
            return table
        self._table = table = _table(self.spec, min(lo, table.lo), max(hi, table.hi))
        return table


def clock(spec: Spec, lo: int, hi: int) -> BusinessClock:
    """The clock of a calendar, ready for instants of [lo, hi]."""
    return BusinessClock(spec, lo, hi)


def _table(spec: Spec, lo: int, hi: int) -> _Table:
    if lo < EARLIEST or hi > LATEST:
        raise ValueError("a time outside the supported years 1678..2261")
    lo, hi = max(lo - _YEAR, EARLIEST), min(hi + _YEAR, LATEST)
    opened = open_time(spec, lo, hi)
    # Counted from 1970 where that is within, B fits 64 bits over all the supported years.
    anchor = int(opened.measure(np.zeros(1, dtype=np.int64))[0])
    at_ends = np.cumsum(opened.ends - opened.starts) - anchor
    # B stands at each end and then, from the next start on, runs along with the time.
    edges = np.stack((opened.starts, opened.ends), axis=1).ravel()
    offsets = np.full(len(edges) + 1, -anchor)
    offsets[2::2] = at_ends
    offsets[1::2] = at_ends - opened.ends
    runs = np.arange(len(offsets)) % 2
    return _Table(lo, hi, opened, at_ends, Pieces((edges, offsets, runs)))


def open_time(spec: Spec, lo: int, hi: int) -> Intervals:
    """The open time of a calendar within [lo, hi)."""
    match spec:
        case Always():
            return Intervals.of((lo,), (hi,))
        case CalendarSpec():
            return _open_hours(spec, lo, hi)
        case Excepting():
            spans = Intervals.of(spec.starts, spec.ends).clip(lo, hi)
            return open_time(spec.of, lo, hi).difference(spans)
        case Combined("and", left, right):
            return open_time(left, lo, hi).intersection(open_time(right, lo, hi))
        case Combined("or", left, right):
            return open_time(left, lo, hi).union(open_time(right, lo, hi))
        case Combined("without", left, right):
            return open_time(left, lo, hi).difference(open_time(right, lo, hi))
        case Combined():
            raise ValueError(f"calendars combine by and, or, without, not by `{spec.op}`")
        case _ as never:
            assert_never(never)


def _open_hours(spec: CalendarSpec, lo: int, hi: int) -> Intervals:
    zone = Zone(spec.zone)
    first, last = lo // DAY - 2, hi // DAY + 2
    days = np.arange(max(first, EARLIEST // DAY), min(last, LATEST // DAY) + 1, dtype=np.int64)
    shut = {day.toordinal() - _EPOCH for day in spec.closed_dates}
    years = _years(int(days[0]), int(days[-1]))
    for regions in spec.holidays:
        for year in years:
            shut |= frozenset.intersection(*(_holidays(region, year)[0] for region in regions))
    days = days[~np.isin(days, np.array(sorted(shut), dtype=np.int64))]
    weekdays = (days + 3) % 7
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for rule in spec.open:
        on = days[np.isin(weekdays, sorted(rule.days))] * DAY
        # The day's end is the next day's start, the first time that the clock reaches it.
        twice = "earlier" if rule.end_minute == 1440 else "later"
        starts.append(zone.edges(on + rule.start_minute * MINUTE, "earlier"))
        ends.append(zone.edges(on + rule.end_minute * MINUTE, twice))
    hours = Intervals.of(np.concatenate(starts), np.concatenate(ends)).clip(lo, hi)
    if not spec.closed_spans:
        return hours
    return hours.difference(Intervals.of(*zip(*spec.closed_spans, strict=True)))


def holiday_gaps(spec: Spec, lo: int, hi: int) -> tuple[tuple[str, int], ...]:
    """The regions and years that a calendar needs within [lo, hi) and has no holidays for."""
    match spec:
        case Combined():
            both = {*holiday_gaps(spec.left, lo, hi), *holiday_gaps(spec.right, lo, hi)}
            return tuple(sorted(both))
        case CalendarSpec():
            regions = {region for each in spec.holidays for region in each}
            first, last = (Zone(spec.zone).local(t).year for t in (lo, hi - 1))
            years = range(first, last + 1)
            return tuple((r, y) for r in sorted(regions) for y in years if not _holidays(r, y)[1])
        case Excepting():
            return holiday_gaps(spec.of, lo, hi)
        case Always():
            return ()
        case _ as never:
            assert_never(never)


def _years(first_day: int, last_day: int) -> range:
    first, last = date.fromordinal(first_day + _EPOCH), date.fromordinal(last_day + _EPOCH)
    return range(first.year, last.year + 1)


@lru_cache(maxsize=16384)
def _holidays(region: str, year: int) -> tuple[frozenset[int], bool]:
    """Public holidays of a region ("US", "DE-BY") in a year, those observed on other days too.

    Days since 1970, and whether the library covers that year.
    """
    import warnings

    from holidays import country_holidays

    country, _, part = region.partition("-")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = country_holidays(country, subdiv=part or None, years=year)
    covered = found.start_year <= year <= found.end_year and not warned
    return frozenset(day.toordinal() - _EPOCH for day in found), covered
