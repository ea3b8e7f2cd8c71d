"""Zones as tables against zoneinfo, instant by instant."""

import pickle
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sladsl.calendar.names import DAY, EARLIEST, HOUR, LATEST, MINUTE, SECOND, zone_info
from sladsl.calendar.zones import FINE, NEVER, TWICE, UnknownZone, Zone

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
EPOCH = datetime(1970, 1, 1)
MICRO = timedelta(microseconds=1)

zones = st.sampled_from(ZONES)
modern = st.integers(946_684_800, 2_208_988_800)  # 2000..2039
seconds = st.one_of(modern, st.integers(EARLIEST // SECOND, LATEST // SECOND - 1))


def column(*values):
    return np.array(values, dtype=np.int64)


def utc_of(local, name, fold):
    aware = local.replace(tzinfo=zone_info(name), fold=fold).astimezone(UTC)
    return (aware.replace(tzinfo=None) - EPOCH) // MICRO * 1000


@given(zones, st.lists(seconds, min_size=1, max_size=8))
def test_offsets_are_those_of_zoneinfo(name, moments):
    expected = [
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=each))
        .astimezone(zone_info(name))
        .utcoffset()
        // MICRO
        * 1000
        for each in moments
    ]
    utc = column(*moments) * SECOND
    assert Zone(name).offset(utc).tolist() == expected
    assert Zone(name).to_local(utc).tolist() == (utc + expected).tolist()


@given(zones, st.datetimes(datetime(1680, 1, 1), datetime(2259, 1, 1)))
@example("America/New_York", datetime(2026, 3, 8, 2, 30))
@example("America/New_York", datetime(2026, 11, 1, 1, 30))
@example("Pacific/Apia", datetime(2011, 12, 30, 12))
@example("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45))
@example("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15))
def test_local_times_become_utc_as_folds_do(name, local):
    zone = Zone(name)
    nanos = column((local - EPOCH) // MICRO * 1000)
    early, late = utc_of(local, name, 0), utc_of(local, name, 1)
    assert zone.to_utc(nanos, "earlier")[0].tolist() == [early]
    assert zone.to_utc(nanos, "later")[0].tolist() == [late]
    utc, code = zone.to_utc(nanos, None)
    assert code.dtype == np.int8
    assert utc.tolist() == [early]
    assert code.tolist() == [FINE if early == late else TWICE if early < late else NEVER]
    assert zone.instant(local) == early
    assert zone.instant(local, "later") == late
    if code[0] == FINE:
        assert zone.local(early) == local


@given(zones, modern)
def test_every_change_of_offset_is_found_to_the_second(name, moment):
    zone = Zone(name)
    starts, ends, offsets = zone.stretches(moment * SECOND, (moment + 86400 * 400) * SECOND)
    assert (starts[1:] == ends[:-1]).all()
    assert (offsets[1:] != offsets[:-1]).all()
    assert (zone.offset(starts) == offsets).all()
    assert (zone.offset(ends - 1) == offsets).all()
    for at in starts[1:].tolist():
        assert zone.iso(at)[-6:] != zone.iso(at - SECOND)[-6:]


@given(zones, modern)
@example("America/Havana", 1_762_059_600)
def test_an_edge_is_when_the_clock_first_reads_that_time_or_later(name, moment):
    zone = Zone(name)
    local = moment // 900 * 900 * SECOND
    edge = int(zone.edges(column(local), "earlier")[0])
    near = edge + np.arange(-30 * 4, 30 * 4) * 15 * MINUTE
    reached = near[zone.to_local(near) >= local]
    assert reached[0] == edge


def test_a_skipped_edge_moves_to_the_end_of_the_gap():
    zone = Zone("America/New_York")
    gap = zone.instant(datetime(2026, 3, 8, 3))
    local = column((datetime(2026, 3, 8, 2, 20) - EPOCH) // MICRO * 1000)
    assert zone.edges(local, "earlier").tolist() == zone.edges(local, "later").tolist() == [gap]


@pytest.mark.parametrize(
    "name", ["", "../x", "localtime", "/etc/passwd", "Europe", "europe/amsterdam", "a\0b", "Mars"]
)
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(UnknownZone) as caught:
        Zone(name)
    assert caught.value.name == name
    assert isinstance(caught.value, KeyError)


def test_iso():
    zone = Zone("Europe/Amsterdam")
    instant = zone.instant(datetime(2026, 5, 1))
    assert zone.iso(instant) == "2026-05-01T00:00:00+02:00"
    assert zone.iso(instant + 500_000_000) == "2026-05-01T00:00:00.5+02:00"
    assert zone.iso(instant + 1) == "2026-05-01T00:00:00.000000001+02:00"
    assert Zone("UTC").iso(0) == "1970-01-01T00:00:00+00:00"
    assert Zone("UTC").iso(-1) == "1969-12-31T23:59:59.999999999+00:00"
    assert Zone("America/New_York").iso(EARLIEST) == "1677-12-31T19:03:58-04:56:02"


def test_edges_of_the_supported_range():
    for name in ZONES:
        zone = Zone(name)
        bounds = column(EARLIEST, LATEST)
        assert zone.to_utc(zone.to_local(bounds), "earlier")[0].tolist() == bounds.tolist()
        with pytest.raises(ValueError, match="1678"):
            zone.offset(column(np.iinfo(np.int64).max))
        with pytest.raises(ValueError, match="1678"):
            zone.offset(column(EARLIEST - 3 * DAY))
    assert Zone("UTC").offset(column()).tolist() == []


def test_a_table_grows_both_ways_and_keeps_its_answers():
    zone = Zone("Europe/Amsterdam")
    july = zone.instant(datetime(2026, 7, 1))
    assert zone.offset(column(july)).tolist() == [2 * HOUR]
    zone.offset(column(zone.instant(datetime(1901, 1, 1)), zone.instant(datetime(2100, 1, 1))))
    assert zone.offset(column(july)).tolist() == [2 * HOUR]


@pytest.mark.parametrize("years", [range(2257, 2262), range(1683, 1677, -1)])
def test_a_table_grows_to_the_edges(years):
    """Year by year: what is known of one says nothing of the next."""
    zone = Zone("Europe/Amsterdam")
    for year in years:
        for month in (1, 7):
            local = datetime(year, month, 2)
            nanos = (local - EPOCH) // MICRO * 1000
            offset = zone.offset(column(nanos)).tolist()
            assert offset == [nanos - utc_of(local, zone.name, 0)], (year, month)


def test_zones_are_values():
    zone = Zone("Asia/Kathmandu")
    assert pickle.loads(pickle.dumps(zone)) == zone == Zone("Asia/Kathmandu")
    assert len({zone, Zone("Asia/Kathmandu"), Zone("UTC")}) == 2
    with pytest.raises(ValueError, match="naive"):
        zone.instant(datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="ambiguous"):
        Zone("Europe/Amsterdam").to_utc(column(0), "first")
