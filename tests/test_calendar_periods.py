"""Periods, windows and calendar arithmetic against dates of plain Python."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sladsl.calendar.names import DAY, HOUR, MINUTE, SECOND
from sladsl.calendar.periods import (
    PeriodKind,
    PeriodRules,
    TooManyPeriods,
    periods,
    shift,
    shifted,
    windows,
)
from sladsl.calendar.zones import Zone

ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
)
AMSTERDAM = Zone("Europe/Amsterdam")
LORD_HOWE = Zone("Australia/Lord_Howe")
APIA = Zone("Pacific/Apia")

zones = st.sampled_from(ZONES).map(Zone)
starts = st.integers(1_262_304_000, 1_900_000_000)  # 2010..2030
days = st.integers(1, 120)
rules = st.builds(PeriodRules, st.integers(0, 6), st.integers(1, 28), st.integers(1, 12))
dated = st.sampled_from([k for k in PeriodKind if k not in (PeriodKind.HOUR, PeriodKind.TERM)])


def at(zone, *when):
    return zone.instant(datetime(*when))


def cover(found, start, end):
    """Contiguous, none empty, from start to end; labels unique."""
    assert found.starts.dtype == found.ends.dtype == np.int64
    assert (found.starts < found.ends).all()
    assert (found.starts[1:] == found.ends[:-1]).all()
    assert found.starts[0] <= start < found.ends[0]
    assert found.starts[-1] < end <= found.ends[-1]
    assert len(found.labels) == len(set(found.labels)) == len(found)


def label(kind, day, rule):
    """The label of the period that holds a local date, by the book."""
    if kind is PeriodKind.DAY:
        return day.isoformat()
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=(day.weekday() - rule.week_starts) % 7)
        year, week, _ = first.isocalendar()
        return f"{first}/7d" if rule.week_starts else f"{year}-W{week:02d}"
    year, month = day.year, day.month
    if day.day < rule.month_day:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    if kind is PeriodKind.MONTH:
        return f"{year}-{month:02d}"
    if month < rule.year_month:
        year -= 1
    quarter = (month - rule.year_month) % 12 // 3 + 1
    return f"{year}-Q{quarter}" if kind is PeriodKind.QUARTER else str(year)


@given(dated, zones, starts, days, rules)
@example(PeriodKind.DAY, APIA, 1_325_000_000, 5, PeriodRules())
@example(PeriodKind.WEEK, APIA, 1_325_000_000, 25, PeriodRules(week_starts=4))
@example(PeriodKind.DAY, Zone("America/Havana"), 1_761_500_000, 12, PeriodRules())
def test_every_instant_is_in_the_period_of_its_date(kind, zone, start, length, rule):
    start = start * SECOND + 7
    end = start + length * DAY + 5
    found = periods(kind, start, end, zone, rule)
    cover(found, start, end)
    assert found.starts[0] == start
    assert found.ends[-1] == end
    instants = np.arange(start, end, 97 * MINUTE + 11 * SECOND)
    labels = [found.labels[i] for i in found.index(instants)]
    assert labels == [label(kind, zone.local(t).date(), rule) for t in instants.tolist()]
    for edge in found.starts[1:].tolist():
        assert label(kind, zone.local(edge - 1).date(), rule) != label(
            kind, zone.local(edge).date(), rule
        )


@settings(max_examples=40, deadline=None)
@given(zones, starts, st.integers(1, 40))
@example(LORD_HOWE, 1_775_000_000, 5)
@example(LORD_HOWE, 1_791_000_000, 5)
def test_every_instant_is_in_the_hour_of_its_clock(zone, start, length):
    start = start * SECOND + 7
    end = start + length * DAY
    found = periods(PeriodKind.HOUR, start, end, zone)
    cover(found, start, end)
    assert (found.ends - found.starts <= HOUR).all()
    instants = np.arange(start, end, 13 * MINUTE)
    for instant, number in zip(instants.tolist(), found.index(instants).tolist(), strict=True):
        assert found.labels[number][:13] == zone.local(instant).isoformat()[:13]


@given(zones, starts, st.integers(1, 30), st.sampled_from([1, 5, 15, 30, 60, 120, 360, 1440]))
def test_windows(zone, start, length, minutes):
    start = start * SECOND
    end = start + length * HOUR
    found = windows(minutes * MINUTE, start, end, zone)
    cover(found, start, end)
    for lo, hi, text in zip(found.starts.tolist(), found.ends.tolist(), found.labels, strict=True):
        clock = zone.local(lo)
        since = clock.hour * 60 + clock.minute
        change = zone.offset(np.array([lo - 1, lo]))
        assert since % minutes == 0 or change[0] != change[1]
        if minutes <= 30 or (minutes == 60 and zone != LORD_HOWE):
            assert hi - lo == minutes * MINUTE
        assert text[:10] == clock.date().isoformat()
    if minutes == 1440:
        day = periods(PeriodKind.DAY, int(found.starts[0]), int(found.ends[-1]), zone)
        assert day.starts.tolist() == found.starts.tolist()


@given(zones, starts, days, st.sampled_from(list(PeriodKind)), rules)
def test_index_is_where_the_instant_lies(zone, start, length, kind, rule):
    start = start * SECOND
    end = start + length * DAY // 3
    found = periods(kind, start, end, zone, rule)
    edges = np.concatenate((found.starts, found.ends))
    times = np.concatenate((edges, edges - 1, edges + 1, [np.iinfo(np.int64).min, 0, 2**63 - 1]))
    expected = [
        next(
            (
                i
                for i, (a, b) in enumerate(zip(found.starts, found.ends, strict=True))
                if a <= t < b
            ),
            -1,
        )
        for t in times[:: max(1, len(times) // 50)]
    ]
    assert found.index(times)[:: max(1, len(times) // 50)].tolist() == expected


def test_days_of_change_are_as_long_as_they_are():
    term = at(AMSTERDAM, 2026, 1, 1), at(AMSTERDAM, 2027, 1, 1)
    found = periods(PeriodKind.DAY, *term, AMSTERDAM)
    lengths = dict(zip(found.labels, ((found.ends - found.starts) // HOUR).tolist(), strict=True))
    assert len(lengths) == 365
    assert {day: n for day, n in lengths.items() if n != 24} == {
        "2026-03-29": 23,
        "2026-10-25": 25,
    }


def test_the_hour_that_occurs_twice_is_two_periods():
    found = periods(
        PeriodKind.HOUR, at(AMSTERDAM, 2026, 10, 25, 1), at(AMSTERDAM, 2026, 10, 25, 4), AMSTERDAM
    )
    assert found.labels == (
        "2026-10-25T01",
        "2026-10-25T02+02:00",
        "2026-10-25T02+01:00",
        "2026-10-25T03",
    )
    assert set((found.ends - found.starts).tolist()) == {HOUR}


def test_half_an_hour_of_change_cuts_the_hour():
    night = at(LORD_HOWE, 2026, 4, 5, 0), at(LORD_HOWE, 2026, 4, 5, 3)
    found = periods(PeriodKind.HOUR, *night, LORD_HOWE)
    assert found.labels == (
        "2026-04-05T00",
        "2026-04-05T01+11:00",
        "2026-04-05T01+10:30",
        "2026-04-05T02",
    )
    assert ((found.ends - found.starts) // MINUTE).tolist() == [60, 60, 30, 60]
    halves = windows(30 * MINUTE, *night, LORD_HOWE)
    assert set((halves.ends - halves.starts).tolist()) == {30 * MINUTE}
    assert halves.labels[2:5] == (
        "2026-04-05T01:00",
        "2026-04-05T01:30+11:00",
        "2026-04-05T01:30+10:30",
    )


def test_a_long_window_follows_the_local_day():
    for day, hours in (((2026, 3, 29), [5, 6, 6, 6]), ((2026, 10, 25), [7, 6, 6, 6])):
        start = at(AMSTERDAM, *day)
        found = windows(6 * HOUR, start, start + 20 * HOUR, AMSTERDAM)
        assert ((found.ends - found.starts) // HOUR).tolist() == hours


def test_windows_are_whole_and_those_that_meet_the_span():
    start = at(AMSTERDAM, 2026, 3, 9, 14, 3)
    found = windows(5 * MINUTE, start, start + 5 * MINUTE, AMSTERDAM)
    assert found.labels == ("2026-03-09T14:00", "2026-03-09T14:05")
    assert found.starts[0] == start - 3 * MINUTE
    assert windows(1500 * SECOND // 1000, start, start + 1, AMSTERDAM).labels == (
        "2026-03-09T14:03:00.000000000",
    )
    assert windows(10 * SECOND, start, start + 1, AMSTERDAM).labels == ("2026-03-09T14:03:00",)
    with pytest.raises(ValueError, match="divide"):
        windows(7 * MINUTE, start, start + HOUR, AMSTERDAM)


def test_apia_has_no_30_december_2011():
    found = periods(PeriodKind.DAY, at(APIA, 2011, 12, 28), at(APIA, 2012, 1, 2), APIA)
    assert found.labels == ("2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01")
    assert set((found.ends - found.starts).tolist()) == {DAY}


def test_labels():
    term = at(AMSTERDAM, 2026, 3, 10), at(AMSTERDAM, 2026, 3, 12)

    def first(kind, **rule):
        return periods(kind, *term, AMSTERDAM, PeriodRules(**rule)).labels[0]

    assert first(PeriodKind.WEEK) == "2026-W11"
    assert first(PeriodKind.WEEK, week_starts=6) == "2026-03-08/7d"
    assert first(PeriodKind.MONTH) == "2026-03"
    assert first(PeriodKind.MONTH, month_day=15) == "2026-02"
    assert first(PeriodKind.QUARTER) == "2026-Q1"
    assert first(PeriodKind.QUARTER, year_month=4) == "2025-Q4"
    assert first(PeriodKind.YEAR) == "2026"
    assert first(PeriodKind.YEAR, year_month=4) == "2025"
    assert first(PeriodKind.TERM) == "term"


def test_spans_that_are_empty_or_too_long():
    for kind in PeriodKind:
        none = periods(kind, DAY, DAY, AMSTERDAM)
        assert (len(none), none.labels) == (0, ())
        assert none.index(np.array([DAY])).tolist() == [-1]
    assert len(windows(HOUR, DAY, DAY, AMSTERDAM)) == 0
    assert len(windows(HOUR, DAY + 7, DAY + 7, AMSTERDAM)) == 0
    with pytest.raises(TooManyPeriods) as caught:
        windows(1, 0, 365 * DAY, AMSTERDAM)
    assert caught.value.count >= 365 * DAY
    with pytest.raises(TooManyPeriods):
        periods(PeriodKind.HOUR, 0, 200 * 365 * DAY, AMSTERDAM)
    with pytest.raises(ValueError, match="supported"):
        periods(PeriodKind.DAY, 0, 2**63 - 1, AMSTERDAM)
    with pytest.raises(ValueError, match="no such"):
        PeriodRules(month_day=31)


def test_the_longest_terms():
    for zone in map(Zone, ("America/Havana", "Pacific/Apia")):
        bounds = at(zone, 1679, 1, 4), at(zone, 2260, 12, 28)
        for kind in (k for k in PeriodKind if k is not PeriodKind.HOUR):
            cover(periods(kind, *bounds, zone, PeriodRules(6, 28, 12)), *bounds)


@given(zones, starts, st.integers(-40, 40), st.sampled_from(["days", "weeks", "months", "years"]))
def test_shift_keeps_the_local_time(zone, start, count, unit):
    assume(count)
    start = start * SECOND + 123
    local = zone.local(start)
    if unit in ("days", "weeks"):
        aim = local + timedelta(days=count * (7 if unit == "weeks" else 1))
    else:
        months = local.year * 12 + local.month - 1 + count * (12 if unit == "years" else 1)
        year, month = divmod(months, 12)
        last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        aim = local.replace(year=year, month=month + 1, day=min(local.day, last))
    assert shift(start, count, unit, zone) == zone.instant(aim) + 123


def test_shift_at_the_edges():
    def moved(count, unit, *when):
        return AMSTERDAM.iso(shift(at(AMSTERDAM, *when), count, unit, AMSTERDAM))

    assert moved(1, "months", 2026, 1, 31) == "2026-02-28T00:00:00+01:00"
    assert moved(1, "months", 2028, 1, 31) == "2028-02-29T00:00:00+01:00"
    assert moved(-1, "quarters", 2026, 5, 31) == "2026-02-28T00:00:00+01:00"
    assert moved(1, "years", 2028, 2, 29) == "2029-02-28T00:00:00+01:00"
    assert moved(1, "days", 2026, 3, 28, 2, 30) == "2026-03-29T03:30:00+02:00"
    assert moved(1, "days", 2026, 10, 24, 2, 30) == "2026-10-25T02:30:00+02:00"
    later = AMSTERDAM.instant(datetime(2026, 10, 25, 2, 30), "later")
    assert shift(later, 0, "days", AMSTERDAM) == later
    column = np.array([at(AMSTERDAM, 2026, 1, 31), at(AMSTERDAM, 2026, 1, 1)])
    assert shifted(column, 1, "weeks", AMSTERDAM).tolist() == (column + 7 * DAY).tolist()
    assert shifted(column[:0], 1, "weeks", AMSTERDAM).tolist() == []
    with pytest.raises(ValueError, match="unit"):
        moved(1, "hours", 2026, 1, 1)
    with pytest.raises(ValueError, match="supported"):
        moved(10_000, "years", 2026, 1, 1)


def test_a_window_that_starts_at_the_last_nanosecond_is_there() -> None:
    """Counting windows in doubles would lose it: 300 days and a nanosecond are 17 digits."""
    last = 1_830_124_800 * SECOND
    found = windows(120 * SECOND, last - 300 * DAY, last + 1, Zone("Europe/Amsterdam"))
    assert int(found.starts[-1]) == last
    assert found.index(np.array([last])).tolist() == [len(found) - 1]
