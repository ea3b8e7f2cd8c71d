"""Business clocks and pauses against minutes counted one by one."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.calendar.clocks import (
    NEVER_DUE,
    Always,
    CalendarSpec,
    Combined,
    OpenRule,
    clock,
    holiday_gaps,
)
from sladsl.calendar.intervals import Intervals
from sladsl.calendar.names import DAY, EARLIEST, HOUR, LATEST, MINUTE
from sladsl.calendar.pauses import paused
from sladsl.calendar.zones import Zone

AMSTERDAM = Zone("Europe/Amsterdam")
WORKDAYS = frozenset(range(5))
ALL_DAYS = frozenset(range(7))
OFFICE = CalendarSpec("office", "Europe/Amsterdam", (OpenRule(WORKDAYS, 9 * 60, 17 * 60),))
STEP = 15 * MINUTE


def at(*when):
    return AMSTERDAM.instant(datetime(*when))


def column(*values):
    return np.array(values, dtype=np.int64)


def is_open(spec, instant):
    """Whether a calendar is open at an instant; right where no edge is skipped or repeated."""
    match spec:
        case Always():
            return True
        case Combined(op, left, right):
            a, b = is_open(left, instant), is_open(right, instant)
            return {"and": a and b, "or": a or b, "without": a and not b}[op]
    local = Zone(spec.zone).local(instant)
    minute = local.hour * 60 + local.minute
    return (
        any(
            local.weekday() in r.days and r.start_minute <= minute < r.end_minute for r in spec.open
        )
        and local.date() not in spec.closed_dates
        and not any(a <= instant < b for a, b in spec.closed_spans)
    )


quarters = st.integers(0, 96).map(lambda n: n * 15)
rules = st.builds(OpenRule, st.frozensets(st.integers(0, 6)), quarters, quarters)
# Edges at 01:00..03:00 may be skipped or repeated on these dates: their rule has its own tests.
safe = rules.filter(lambda r: not {r.start_minute, r.end_minute} & set(range(60, 181)))
specs = st.builds(
    CalendarSpec,
    st.just("c"),
    st.sampled_from(["Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "UTC"]),
    st.lists(safe, max_size=3).map(tuple),
    st.lists(st.dates(date(2026, 3, 20), date(2026, 4, 5)), max_size=3).map(tuple),
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 900)).map(
            lambda p: (at(2026, 3, 25) + p[0] * STEP, at(2026, 3, 25) + p[1] * STEP)
        ),
        max_size=2,
    ).map(tuple),
)
trees = st.recursive(
    st.one_of(specs, st.just(Always())),
    lambda inner: st.builds(Combined, st.sampled_from(["and", "or", "without"]), inner, inner),
    max_leaves=3,
)
steps = st.lists(st.integers(0, 700), min_size=1, max_size=6)


@settings(max_examples=min(60, settings().max_examples), deadline=None)
@given(trees, steps, steps)
def test_the_clock_runs_while_open(spec, some, others):
    base = at(2026, 3, 26)
    grid = [base + n * STEP for n in range(700)]
    read = np.concatenate(([0], np.cumsum([is_open(spec, t) for t in grid]))) * STEP
    some, others = np.array((some * 6)[:6]), np.array((others * 6)[:6])
    watch = clock(spec, base, base)
    a, b = base + some * STEP, base + others * STEP
    elapsed = watch.elapsed(a, b)
    assert elapsed.tolist() == (read[others] - read[some]).tolist()
    assert (watch.elapsed(b, a) == -elapsed).all()
    assert watch.intervals(base, base + 700 * STEP).total() == read[-1]
    want = np.abs(elapsed)
    due = watch.due(np.minimum(a, b), want)
    assert (due <= np.maximum(a, b)).all()
    assert (watch.elapsed(np.minimum(a, b), due) == want).all()
    shy = want > 0
    assert (watch.elapsed(np.minimum(a, b), due - 1)[shy] == want[shy] - 1).all()
    assert (due[~shy] == np.minimum(a, b)[~shy]).all()


def test_due_in_office_hours():
    watch = clock(OFFICE, at(2026, 3, 1), at(2026, 3, 2))
    friday = at(2026, 3, 6, 16)
    assert watch.due(column(friday), HOUR).tolist() == [at(2026, 3, 6, 17)]
    assert watch.due(column(friday), HOUR + 1).tolist() == [at(2026, 3, 9, 9) + 1]
    assert watch.due(column(friday, friday), column(0, 8 * HOUR)).tolist() == [
        friday,
        at(2026, 3, 9, 16),
    ]
    # Far outside of what it was built for, both ways.
    assert watch.due(column(at(2040, 6, 1, 9)), 8 * HOUR).tolist() == [at(2040, 6, 1, 17)]
    assert watch.elapsed(column(at(1990, 1, 1)), column(at(1990, 1, 8))).tolist() == [40 * HOUR]
    assert watch.due(column(), HOUR).tolist() == []


def test_what_never_comes_due():
    shut = clock(CalendarSpec("shut", "UTC", ()), 0, DAY)
    assert shut.due(column(5, 7), column(1, 0)).tolist() == [NEVER_DUE, 7]
    watch = clock(OFFICE, 0, DAY)
    assert watch.due(column(0), NEVER_DUE).tolist() == [NEVER_DUE]
    assert watch.due(column(0), LATEST // 2).tolist() == [NEVER_DUE]
    with pytest.raises(ValueError, match="1678"):
        watch.elapsed(column(0), column(NEVER_DUE))


def test_a_clock_that_stands_for_years() -> None:
    """The least of open time is waited for, however long."""
    gap = (at(2026, 3, 7), at(2031, 3, 5))
    spec = CalendarSpec("c", "Europe/Amsterdam", OFFICE.open, closed_spans=(gap,))
    friday, opens = at(2026, 3, 6, 17), at(2031, 3, 5, 9)
    for wanted, due in (
        (0, friday), (1, opens + 1), (2, opens + 2), (8 * HOUR, opens + 8 * HOUR),
        (8 * HOUR + 1, opens + 24 * HOUR + 1),
    ):  # fmt: skip
        watch = clock(spec, friday, friday)  # which knows a year ahead
        assert watch.due(column(friday), wanted).tolist() == [due]


def test_nothing_asked_of_a_clock() -> None:
    for spec in (OFFICE, Always()):
        found = clock(spec, 0, DAY).within(column(), column(), (HOUR,))
        assert (found.dtype, found.tolist()) == (np.bool_, [])


def test_the_clock_holds_over_all_supported_years():
    always = clock(Always(), 0, 0)
    assert always.elapsed(column(-5, 7), column(9, 3)).tolist() == [14, -4]
    assert always.due(column(5), 10 * DAY).tolist() == [5 + 10 * DAY]
    assert always.intervals(3, 9) == Intervals.of([3], [9])
    whole = clock(CalendarSpec("all", "UTC", (OpenRule(ALL_DAYS, 0, 1440),)), EARLIEST, LATEST)
    assert len(whole.intervals(EARLIEST, LATEST)) == 1
    assert whole.elapsed(column(EARLIEST, 0), column(0, LATEST)).tolist() == [-EARLIEST, LATEST]
    assert whole.due(column(EARLIEST, EARLIEST), column(1, -EARLIEST)).tolist() == [EARLIEST + 1, 0]
    assert whole.due(column(LATEST - 1), 2).tolist() == [NEVER_DUE]


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        ((2026, 3, 29), 0, 1440, 23),
        ((2026, 10, 25), 0, 1440, 25),
        ((2026, 3, 29), 150, 240, 1),  # starts in the gap: from 03:00
        ((2026, 3, 29), 60, 150, 1),  # ends in the gap: at 03:00
        ((2026, 3, 29), 120, 180, 0),  # lies in the gap
        ((2026, 10, 25), 120, 240, 3),  # starts at the earlier 02:00
        ((2026, 10, 25), 60, 120, 2),  # ends at the later 02:00
    ],
)
def test_edges_on_days_of_change(day, start, end, hours):
    spec = CalendarSpec("c", "Europe/Amsterdam", (OpenRule(frozenset({6}), start, end),))
    watch = clock(spec, 0, 0)
    lo = at(*day)
    assert watch.elapsed(column(lo), column(lo + 25 * HOUR)).tolist() == [hours * HOUR]


def test_a_day_ends_where_the_next_one_starts():
    # In Havana 00:00..01:00 of 2 November 2025 occurs twice, and is all of it Sunday's.
    havana = Zone("America/Havana")
    sunday = havana.instant(datetime(2025, 11, 2))
    spec = CalendarSpec("c", "America/Havana", (OpenRule(frozenset({5}), 0, 1440),))
    opened = clock(spec, sunday, sunday).intervals(sunday - DAY, sunday + DAY)
    assert opened == Intervals.of([sunday - DAY], [sunday])


def test_holidays():
    american = CalendarSpec("us", "America/New_York", OFFICE.open, holidays=(("US",),))
    zone = Zone("America/New_York")
    lo, hi = zone.instant(datetime(2021, 1, 1)), zone.instant(datetime(2022, 1, 1))
    plain = CalendarSpec("us", "America/New_York", OFFICE.open)
    lost = (
        clock(plain, lo, hi).intervals(lo, hi).difference(clock(american, lo, hi).intervals(lo, hi))
    )
    days = [zone.local(t).date() for t in lost.starts.tolist()]
    # 4 July, Juneteenth and Christmas are observed; so is 2022's New Year's Day, in 2021.
    assert {date(2021, 7, 5), date(2021, 6, 18), date(2021, 12, 24), date(2021, 12, 31)} < set(days)
    assert len(days) == 12


def test_holidays_that_all_regions_share():
    def days(*holidays):
        spec = CalendarSpec("d", "Europe/Berlin", (OpenRule(ALL_DAYS, 0, 1440),), holidays=holidays)
        lo, hi = at(2026, 1, 1), at(2027, 1, 1)
        return 365 - round(clock(spec, lo, hi).intervals(lo, hi).total() / DAY)

    alone, bavaria, both = days(("DE",)), days(("DE-BY",)), days(("DE", "DE-BY"))
    assert alone == both < bavaria
    assert days(("DE",), ("DE-BY",)) == bavaria
    assert days(("DE", "US")) < alone


def test_years_without_known_holidays_are_named():
    def spec(*regions):
        return CalendarSpec("c", "UTC", OFFICE.open, holidays=(regions,))

    span = at(2024, 6, 1), at(2038, 1, 1)
    assert holiday_gaps(spec("US", "DE"), *span) == ()
    assert holiday_gaps(Combined("or", spec("IN"), Always()), *span) == (("IN", 2036), ("IN", 2037))
    assert holiday_gaps(spec("DE"), at(1990, 6, 1), at(1992, 1, 1)) == (("DE", 1990),)


def test_pauses_by_hand():
    watch = clock(OFFICE, at(2026, 3, 1), at(2026, 3, 31))
    monday, tuesday = at(2026, 3, 9, 9), at(2026, 3, 10, 9)
    found = paused(
        column(7, 7, 8, 9),
        column(monday, monday + 2 * HOUR, monday, monday),
        column(tuesday, tuesday, tuesday, tuesday),
        column(8, 7, 7, 6, 7),
        column(0, monday + HOUR, monday + 2 * HOUR, 0, monday + 7 * HOUR),
        column(NEVER_DUE, monday + 3 * HOUR, monday + 4 * HOUR, NEVER_DUE, tuesday + 3 * HOUR),
        watch,
    )
    assert (found // HOUR).tolist() == [4, 3, 8, 0]
    none = column()
    assert paused(none, none, none, none, none, none, watch).tolist() == []
    assert paused(column(1), column(0), column(DAY), none, none, none, watch).tolist() == [0]


spans = st.lists(
    st.tuples(st.sampled_from([-(2**62), -1, 0, 1, 2**62]), st.integers(0, 60), st.integers(0, 60)),
    max_size=12,
)


@given(spans, spans, st.booleans())
def test_pauses_are_the_union_of_the_spans_of_a_key(rows, stops, always):
    spec = Always() if always else OFFICE
    base = at(2026, 3, 5)
    hours = range(61)
    working = [is_open(spec, base + n * HOUR) for n in hours]

    def columns(triples):
        keys = column(*(k for k, _, _ in triples))
        return keys, *(base + HOUR * column(*(t[i] for t in triples)) for i in (1, 2))

    found = paused(*columns(rows), *columns(stops), clock(spec, base, base + 3 * DAY))
    for (key, a, b), nanos in zip(rows, found.tolist(), strict=True):
        union = {n for k, lo, hi in stops if k == key for n in range(lo, hi)}
        assert nanos == HOUR * sum(working[n] for n in union if a <= n < b)


def test_a_year_of_days_is_a_year():
    watch = clock(CalendarSpec("c", "Europe/Amsterdam", (OpenRule(ALL_DAYS, 0, 1440),)), 0, 0)
    start = datetime(2026, 1, 1)
    instants = column(*(AMSTERDAM.instant(start + timedelta(days=n)) for n in range(366)))
    assert (watch.elapsed(instants[:-1], instants[1:]) == np.diff(instants)).all()
