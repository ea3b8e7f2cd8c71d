"""Tables over ticks against binary search and against plain division."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sladsl.calendar.clocks import Always, CalendarSpec, Combined, OpenRule, clock
from sladsl.calendar.names import DAY, EARLIEST, HOUR, LATEST, MINUTE, SECOND
from sladsl.calendar.periods import PeriodKind, PeriodRules, periods, windows
from sladsl.calendar.ticks import Pieces, in_units
from sladsl.calendar.zones import Zone

MANY = 40_000  # more than are looked up before a table is made
WIDE = st.integers(-(2**63) + 1, 2**63 - 1)
ZONES = ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
FACTORS = st.sampled_from([1, 10**3, 10**6, 10**9])


def often(values):
    """The values over and over, until they are many."""
    return np.resize(np.array(values, np.int64), MANY)


@st.composite
def arms(draw):
    edges = sorted(draw(st.lists(WIDE | st.integers(-50, 50), min_size=0, max_size=6)))
    offsets = draw(st.lists(st.integers(-(2**40), 2**40), min_size=7, max_size=7))
    runs = draw(st.lists(st.integers(0, 1), min_size=7, max_size=7))
    n = len(edges) + 1
    return edges, offsets[:n], runs[:n]


@settings(max_examples=150, deadline=None)
@given(st.lists(arms(), min_size=1, max_size=3), st.data())
def test_pieces(some, data):
    near = [e + d for edges, _, _ in some for e in edges for d in (-1, 0, 1)]
    near = [t for t in near if -(2**62) < t < 2**62]
    times = data.draw(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=5)) + near
    which = data.draw(
        st.lists(st.integers(0, len(some) - 1), min_size=len(times), max_size=len(times))
    )

    def worth(time, arm):
        edges, offsets, runs = some[arm]
        piece = sum(e <= time for e in edges)
        return offsets[piece] + runs[piece] * time

    pieces = Pieces(*some)
    expected = [worth(t, arm) for t, arm in zip(times, which, strict=True)]
    assert pieces.at(np.array(times), np.array(which)).tolist() == expected
    assert pieces.at(often(times), np.resize(which, MANY))[: len(times)].tolist() == expected
    assert pieces.at(np.array(times), np.array(which)).tolist() == expected
    first = [worth(t, 0) for t in times]
    assert Pieces(some[0]).at(often(times)).tolist() == np.resize(first, MANY).tolist()


@given(st.lists(WIDE), FACTORS)
def test_edges_in_other_units(edges, factor):
    found = in_units(np.array(edges, np.int64), factor).tolist()
    assert found == [-(-e // factor) for e in edges]


# ---- periods ----


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([*PeriodKind, 5 * MINUTE, 6 * HOUR]),
    st.sampled_from(ZONES),
    st.integers(1_262_304_000, 1_900_000_000),
    st.integers(1, 900 * 24),
    FACTORS,
    st.data(),
)
@example(PeriodKind.HOUR, "Australia/Lord_Howe", 1_775_000_000, 9000, 10**6, None)
def test_periods_of_many_times_in_any_unit(kind, zone, start, hours, factor, data):
    zone, start = Zone(zone), start * SECOND + 1
    hours = min(hours, 500) if kind == 5 * MINUTE else hours
    if isinstance(kind, PeriodKind):
        found = periods(kind, start, start + hours * HOUR, zone, PeriodRules(6, 5, 3))
    else:
        found = windows(kind, start, start + hours * HOUR, zone)
    edges = [*found.starts.tolist(), *found.ends.tolist()][:: max(1, len(found) // 20)]
    some = [t // factor + d for t in edges for d in (-1, 0, 1)]
    within = st.integers((start - 9 * DAY) // factor, (start + (hours + 99) * HOUR) // factor)
    some += [] if data is None else data.draw(st.lists(within, max_size=20))
    starts, ends = found.starts.tolist(), found.ends.tolist()
    order = np.searchsorted(found.starts, np.array(some) * factor, side="right") - 1
    expected = [
        i if i >= 0 and starts[i] <= t * factor < ends[i] else -1
        for t, i in zip(some, order.tolist(), strict=True)
    ]
    assert found.index(np.array(some), factor).tolist() == expected
    assert found.index(often(some), factor)[: len(some)].tolist() == expected
    assert (
        found.index(often(some), factor)[-len(some) :].tolist()
        == np.resize(expected, MANY).tolist()[-len(some) :]
    )
    for lo, hi in zip(sorted(some), sorted(some)[1:], strict=False):
        of_lo, of_hi = expected[some.index(lo)], expected[some.index(hi)]
        outside = hi * factor < starts[0] or lo * factor >= ends[-1]
        alike = of_lo if of_lo == of_hi and (of_lo >= 0 or outside) else None
        assert found.only(lo * factor, hi * factor) == alike


def test_no_periods():
    found = periods(PeriodKind.DAY, 0, 0, Zone("UTC"))
    assert found.index(np.array([0, 5]), 10**6).tolist() == [-1, -1]
    assert found.only(0, 5) == -1


def test_narrow_times():
    found = periods(PeriodKind.DAY, 0, 9 * DAY, Zone("UTC"))
    assert found.index(np.array([0, 86399, 86400], np.int32), 10**9).tolist() == [0, 0, 1]
    months = periods(PeriodKind.MONTH, 0, 99 * DAY, Zone("UTC"))
    assert months.index(np.array([0, 31, 120], np.int16), DAY).tolist() == [0, 1, -1]


# ---- the business clock ----

WORKDAYS = frozenset(range(5))
SPECS = [
    CalendarSpec(
        "office", "Europe/Amsterdam", (OpenRule(WORKDAYS, 540, 1020),), (date(2026, 3, 30),)
    ),
    CalendarSpec("nights", "America/New_York", (OpenRule(frozenset(range(7)), 90, 150),)),
    Combined(
        "without",
        CalendarSpec("all", "UTC", (OpenRule(frozenset(range(7)), 0, 1440),)),
        CalendarSpec("office", "Europe/Amsterdam", (OpenRule(WORKDAYS, 540, 1020),)),
    ),
    CalendarSpec("never", "UTC", ()),
    CalendarSpec("whole", "UTC", (OpenRule(frozenset(range(7)), 0, 1440),)),
    Always(),
]
CLOCKS = [clock(spec, 0, 0) for spec in SPECS]
BASE = Zone("Europe/Amsterdam").instant(datetime(2026, 3, 29))
near_edges = st.builds(
    lambda quarter, off: BASE + quarter * 15 * MINUTE + off,
    st.integers(-900, 900),
    st.sampled_from([-1, 0, 1, 7 * SECOND]),
)
limits = st.one_of(
    st.integers(0, 100).map(lambda n: n * 15 * MINUTE),
    st.sampled_from([0, 1, 8 * HOUR - 1, 8 * HOUR + 1, 400 * DAY, 2**62, 2**63 - 1]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CLOCKS),
    st.lists(st.tuples(near_edges, near_edges), min_size=1, max_size=12),
    st.lists(limits, min_size=1, max_size=4),
    FACTORS,
    st.booleans(),
    st.data(),
)
def test_within_is_elapsed_up_to_a_limit(watch, pairs, most, factor, many, data):
    a = np.array([a // factor for a, _ in pairs])
    b = np.array([b // factor for _, b in pairs])

    def open_time(start, end):
        if start > end:
            return -open_time(end, start)
        return watch.intervals(start, end).total() if start < end else 0

    lengths = [
        open_time(s, e) for s, e in zip((a * factor).tolist(), (b * factor).tolist(), strict=True)
    ]
    if data.draw(st.booleans()):  # limits that are just met, or just missed
        most = [max(0, n + data.draw(st.sampled_from([-1, 0, 1]))) for n in lengths[: len(most)]]
    which = np.array(
        data.draw(st.lists(st.integers(0, len(most) - 1), min_size=len(a), max_size=len(a)))
    )
    if many:
        a, b, which = (np.resize(each, MANY) for each in (a, b, which))
    some = len(pairs)
    one = watch.within(a, b, (most[0],), None, factor)
    assert one[:some].tolist() == [n <= most[0] for n in lengths]
    by_row = watch.within(a, b, tuple(most), which, factor)
    assert by_row[:some].tolist() == [
        n <= most[w] for n, w in zip(lengths, which.tolist(), strict=False)
    ]
    passed = watch.elapsed(a * factor, b * factor)
    assert passed[:some].tolist() == lengths
    assert passed.tolist() == np.resize(lengths, len(a)).tolist()


@pytest.mark.parametrize("spec", SPECS)
def test_within_over_all_supported_years(spec):
    watch = clock(spec, EARLIEST, LATEST)
    lo, hi = np.full(MANY, EARLIEST), np.full(MANY, LATEST)
    middle = np.zeros(MANY, np.int64)
    for _ in range(2):
        assert watch.within(hi, lo, (0,)).all()
        assert watch.within(lo, lo, (0,)).all()
        closed = isinstance(spec, CalendarSpec) and not spec.open
        assert watch.within(lo, hi, (DAY,)).all() == closed
        assert watch.within(lo, middle, (-EARLIEST,)).all()
        assert watch.within(middle, hi, (2**63 - 1,)).all()


def test_the_clock_grows_with_what_is_asked():
    watch = clock(SPECS[0], BASE, BASE)
    for year in (0, 9, -30, 40):
        a = BASE + year * 365 * DAY + np.arange(MANY) * 5 * MINUTE
        passed = watch.elapsed(a, a + 9 * HOUR)
        open_ = watch.intervals(int(a[0]), int(a[-1]) + DAY)
        assert (passed == open_.measure(a + 9 * HOUR) - open_.measure(a)).all()
        assert (watch.within(a, a + 9 * HOUR, (HOUR,)) == (passed <= HOUR)).all()
        assert (watch.within(a // 10**9, a // 10**9 + 9 * 3600, (HOUR,), None, 10**9)[0]) == (
            watch.elapsed(a[:1] // 10**9 * 10**9, a[:1] // 10**9 * 10**9 + 9 * HOUR)[0] <= HOUR
        )


def test_none_at_all():
    none = np.zeros(0, np.int64)
    assert CLOCKS[0].within(none, none, (HOUR,)).tolist() == []
    assert CLOCKS[0].elapsed(none, none).tolist() == []
