"""Periods and windows of a term on the local clock, and calendar arithmetic on it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.labels import date_labels, hour_labels, window_labels
from sladsl.calendar.names import DAY, EARLIEST, HOUR, LATEST, divides
from sladsl.calendar.ticks import Pieces, in_units
from sladsl.calendar.zones import Times, Zone
from sladsl.records import Record

MOST_PERIODS = 1_000_000


class TooManyPeriods(ValueError):
    """More than a million periods in one term."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} periods, of which {MOST_PERIODS} at most are possible")
        self.count = count


class PeriodKind(StrEnum):
    """What a period is of."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TERM = "term"


class PeriodRules(Record):
    """Where weeks, months and years start; quarters and years start on the month's day too.

    `week_starts` is a day of the week (0 is Monday), `month_day` one of the month, 1..28;
    `year_month` is a month of the year, 1..12, from which quarters are counted as well.
    """

    week_starts: int
    month_day: int
    year_month: int

    def __init__(self, week_starts: int = 0, month_day: int = 1, year_month: int = 1) -> None:
        super().__init__(week_starts, month_day, year_month)
        whole = 0 <= week_starts <= 6 and 1 <= month_day <= 28
        if not whole or not 1 <= year_month <= 12:
            raise ValueError(f"no such start of weeks, months or years: {self}")


class Periods:
    """n half-open periods [starts, ends), ascending, each ending where the next one starts.

    `nominal` is the local time (ns) at which each one starts by rule, even if it is cut;
    `kind` is what they are, or the length in nanoseconds of windows. Nobody changes them.
    """

    def __init__(
        self,
        starts: Times,
        ends: Times,
        nominal: Times,
        zone: Zone,
        kind: PeriodKind | int,
        rules: PeriodRules | None = None,
    ) -> None:
        self.starts = starts
        self.ends = ends
        self.nominal = nominal
        self.zone = zone
        self.kind = kind
        self.rules = rules or PeriodRules()

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """One label for each period, no two alike."""
        match self.kind:
            case PeriodKind.TERM:
                return ("term",) * len(self)
            case PeriodKind.HOUR:
                return hour_labels(self.nominal, self.starts, self.zone)
            case PeriodKind():
                rules = self.rules
                return date_labels(
                    self.kind.value, self.nominal // DAY, rules.week_starts, rules.year_month
                )
            case length:
                return window_labels(self.nominal, self.starts, self.zone, length)

    def index(self, times: NDArray[Any], factor: int = 1) -> Times:
        """For each of m instants, in units of `factor` ns, its period's number; -1 outside."""
        times = np.asarray(times, dtype=np.int64)
        if not len(self):
            return np.full(times.shape, -1, dtype=np.int64)
        if self._even:
            return self._divided(times, factor)
        pieces = self._pieces.get(factor)
        if pieces is None:
            edges = in_units(np.append(self.starts, self.ends[-1]), factor)
            numbers = np.arange(-1, len(edges))
            numbers[-1] = -1
            pieces = self._pieces[factor] = Pieces((edges, numbers, np.zeros_like(numbers)))
        return pieces.at(times)

    def only(self, lo: int, hi: int) -> int | None:
        """The one period that holds all instants of [lo, hi] (ns); -1 if all lie outside.

        None where they don't lie in one.
        """
        if not len(self) or hi < self.starts[0] or lo >= self.ends[-1]:
            return -1
        if lo < self.starts[0]:
            return None
        number = int(np.searchsorted(self.starts, lo, side="right")) - 1
        return number if hi < self.ends[number] else None

    def _divided(self, times: Times, factor: int) -> Times:
        origin, length = int(self.ends[0]) - self._even, self._even
        if origin % factor or length % factor:
            times, factor = times * factor, 1
        first, last = in_units(np.array([self.starts[0], self.ends[-1]]), factor)
        found = (times - origin // factor) // (length // factor)
        found[(times < first) | (times >= last)] = -1
        return found

    @cached_property
    def _pieces(self) -> dict[int, Pieces]:
        return {}

    @cached_property
    def _even(self) -> int:
        """The length of every period, the first and the last perhaps cut; else 0."""
        lengths = self.ends - self.starts
        longest = int(lengths.max())
        return longest if bool((lengths[1:-1] == longest).all()) else 0


class _Parts(Periods):
    """Periods of which some are cut in parts, which have the number of the part in their label."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        whole = super().labels
        found: list[str] = []
        number = 0
        for at, label in enumerate(whole):
            number = number + 1 if at and label == whole[at - 1] else 1
            several = number > 1 or (at + 1 < len(whole) and whole[at + 1] == label)
            found.append(f"{label}/{number}" if several else label)
        return tuple(found)


def cut(table: Periods, at: Sequence[int]) -> Periods:
    """The same periods, cut at some instants (ns) that lie within one: `2026-04/1`, `2026-04/2`."""
    if not len(table):
        return table
    edges = np.append(table.starts, table.ends[-1])
    inside = np.array([t for t in at if edges[0] < t < edges[-1]], dtype=np.int64)
    edges = np.unique(np.concatenate((edges, inside)))
    whole = np.searchsorted(table.starts, edges[:-1], side="right") - 1
    return _Parts(
        edges[:-1], edges[1:], table.nominal[whole], table.zone, table.kind, table.rules
    )  # fmt: skip


def periods(
    kind: PeriodKind, start: int, end: int, zone: Zone, rules: PeriodRules | None = None
) -> Periods:
    """All periods of a kind that meet the term [start, end), cut to it.

    Days and longer ones start when the local clock first reaches their date; one that is
    skipped altogether (Apia's 30 December 2011) isn't there. An hour lasts from one instant at
    which the clock is on the hour to the next, 60 minutes, also when its local time occurs
    twice; where the clock changes by part of an hour (Lord Howe), the hour is cut at the change.
    """
    rules = rules or PeriodRules()
    _check_span(start, end)
    if start >= end:
        none = np.zeros(0, dtype=np.int64)
        return Periods(none, none, none, zone, kind, rules)
    if kind is PeriodKind.TERM:
        edges, nominal = np.array([start, end]), zone.to_local(np.array([start, end]))
    elif kind is PeriodKind.HOUR:
        edges, nominal = _clock_grid(HOUR, start, end, zone)
    else:
        first, last = zone.to_local(np.array([start - 2 * DAY, end + 2 * DAY])) // DAY
        nominal = first_days(kind, int(first), int(last), rules) * DAY
        edges, nominal = _reached(nominal, start, end, zone)
    starts, ends = np.maximum(edges[:-1], start), np.minimum(edges[1:], end)
    return Periods(starts, ends, nominal[:-1], zone, kind, rules)


def lengths(
    kind: PeriodKind, spans: Sequence[tuple[int, int]], zone: Zone, rules: PeriodRules
) -> list[int]:
    """How long (ns) the whole period is that each of some spans is, or is a part of."""
    if kind is PeriodKind.TERM or not spans:
        return [end - start for start, end in spans]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    beyond = 2 * DAY if kind is PeriodKind.HOUR else 400 * DAY
    first, last = max(first - beyond, EARLIEST), min(last + beyond, LATEST)
    table = periods(kind, first, last, zone, rules)
    numbers = table.index(np.array([start for start, _ in spans]))
    return [int(length) for length in (table.ends - table.starts)[numbers]]


def windows(length: int, start: int, end: int, zone: Zone) -> Periods:
    """All windows of `length` ns that meet [start, end), whole, aligned to the local clock.

    One of an hour or less lasts its length (cut where the clock changes by a part of it); a
    longer one ends when the clock first reaches the next multiple of the length.
    """
    if not divides(length):
        raise ValueError(f"a window of {length} ns doesn't divide an hour or a day")
    _check_span(start, end)
    if start >= end:
        none = np.zeros(0, dtype=np.int64)
        return Periods(none, none, none, zone, length)
    if length <= HOUR:
        edges, nominal = _clock_grid(length, start, end, zone)
    else:
        first, last = zone.to_local(np.array([start - 2 * DAY, end + 2 * DAY])) // length
        if last - first > MOST_PERIODS:
            raise TooManyPeriods(int(last - first))
        nominal = np.arange(first, last + 1, dtype=np.int64) * length
        edges, nominal = _reached(nominal, start, end, zone)
    return Periods(edges[:-1], edges[1:], nominal[:-1], zone, length)


def shift(utc_ns: int, count: int, unit: str, zone: Zone) -> int:
    """One instant moved on the local calendar, as `shifted` does for columns."""
    return int(shifted(np.array([utc_ns], dtype=np.int64), count, unit, zone)[0])


def shifted(utc: Times, count: int, unit: str, zone: Zone) -> Times:
    """Instants moved by `count` days, weeks, months, quarters or years of the local calendar.

    The same local time, on the month's last day where the month is shorter. A time that doesn't
    occur moves forward by the gap, one that occurs twice is the earlier.
    """
    utc = np.asarray(utc, dtype=np.int64)
    if unit not in _UNITS:
        raise ValueError(f"`{unit}` is no unit of the calendar")
    if count == 0:
        return utc
    days, clock = np.divmod(zone.to_local(utc), DAY)
    days = moved(days, count, unit)
    if days.size and not -106_000 < int(days.min()) <= int(days.max()) < 107_000:
        raise ValueError("a time outside the supported years 1678..2261")
    return zone.to_utc(days * DAY + clock, "earlier")[0]


def moved(days: Times, count: int, unit: str) -> Times:
    """Dates (days since 1970) moved by units: the same day, or the last of a shorter month."""
    per, monthly = _UNITS[unit]
    if not monthly:
        return days + count * per
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = dates - months.astype("datetime64[D]")
    target = months + np.timedelta64(count * per, "M")
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    dates = np.minimum(target.astype("datetime64[D]") + day, last)
    found: Times = dates.astype(np.int64)
    return found


_UNITS = {
    "days": (1, False),
    "weeks": (7, False),
    "months": (1, True),
    "quarters": (3, True),
    "years": (12, True),
}
"""How many days or (if so) months there are in each unit."""


def _check_span(start: int, end: int) -> None:
    if start < EARLIEST + 366 * DAY or end > LATEST - 366 * DAY:
        raise ValueError("a term outside the supported years 1679..2260")


def first_days(kind: PeriodKind, first: int, last: int, rules: PeriodRules) -> Times:
    """Days since 1970 on which periods start by rule, from `first` or before to after `last`."""
    if kind is PeriodKind.DAY:
        return np.arange(first, last + 2, dtype=np.int64)
    if kind is PeriodKind.WEEK:
        weekday = (first + 3 - rules.week_starts) % 7
        return np.arange(first - weekday, last + 8, 7, dtype=np.int64)
    step = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}[kind]
    bounds = np.array([first, last]) - (rules.month_day - 1)
    low, high = bounds.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    low -= (low - (rules.year_month - 1)) % step
    months = np.arange(low, high + step + 1, step, dtype=np.int64)
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days + (rules.month_day - 1)


def _reached(nominal: Times, start: int, end: int, zone: Zone) -> tuple[Times, Times]:
    """When the clock first reaches each local time, for the stretches that meet [start, end)."""
    edges = zone.edges(nominal, "earlier")
    kept = np.concatenate((edges[:-1] < edges[1:], [True]))
    edges, nominal = edges[kept], nominal[kept]
    return _meeting(edges, nominal, start, end)


def _clock_grid(length: int, start: int, end: int, zone: Zone) -> tuple[Times, Times]:
    """The instants at which the local clock reads a multiple of `length` (an hour or less)."""
    starts, ends, offsets = zone.stretches(start - length, end + length)
    # A change of offset by multiples of the length leaves the grid as it is.
    phases = offsets % length
    fresh = np.concatenate(([True], phases[1:] != phases[:-1]))
    starts, phases = starts[fresh], phases[fresh]
    ends = np.append(starts[1:], ends[-1])
    count = (end - start) // length + len(starts)
    if count > MOST_PERIODS:
        raise TooManyPeriods(int(count))
    parts: list[Times] = []
    for lo, hi, phase in zip(starts.tolist(), ends.tolist(), phases.tolist(), strict=True):
        first = lo + -(lo + phase) % length
        if parts and first != lo:
            parts.append(np.array([lo], dtype=np.int64))
        # not `arange` with a step: it works out in doubles how many there are
        parts.append(first + length * np.arange(-((first - hi) // length), dtype=np.int64))
    edges = np.concatenate(parts)
    return _meeting(edges, zone.to_local(edges) // length * length, start, end)


def _meeting(edges: Times, nominal: Times, start: int, end: int) -> tuple[Times, Times]:
    """The edges from the last one at or before `start` to the first one at or after `end`."""
    first = int(np.searchsorted(edges, start, side="right")) - 1
    last = int(np.searchsorted(edges, end, side="left"))
    return edges[first : last + 1], nominal[first : last + 1]
