"""Rolling periods against dates of plain Python, and the tables that they are sorted into."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sladsl.calendar.names import DAY, MINUTE
from sladsl.calendar.periods import PeriodRules, TooManyPeriods
from sladsl.calendar.rolling import rolling, stacked
from sladsl.calendar.zones import Zone

AMSTERDAM = Zone("Europe/Amsterdam")
APIA = Zone("Pacific/Apia")

units = st.sampled_from(["days", "weeks", "months", "quarters", "years"])


def at(zone: Zone, text: str) -> int:
    return zone.instant(datetime.fromisoformat(text))


def test_thirty_days_every_day() -> None:
    found = rolling(
        (30, "days"), (1, "day"), at(AMSTERDAM, "2026-01-01"), at(AMSTERDAM, "2026-04-05"),
        AMSTERDAM,
    )  # fmt: skip
    assert (found.labels[0], found.labels[-1]) == ("2026-01-30/30d", "2026-04-04/30d")
    assert found.starts[0] == at(AMSTERDAM, "2026-01-01")
    assert found.ends[-1] == at(AMSTERDAM, "2026-04-05")
    assert len(found) == 65
    lengths = dict(zip(found.labels, (found.ends - found.starts).tolist(), strict=True))
    assert lengths["2026-03-28/30d"] == 30 * DAY
    assert lengths["2026-03-29/30d"] == 30 * DAY - 60 * MINUTE  # the clock goes forward
    assert len(found.layers) == 30


def test_a_year_every_month_begins_where_the_months_do() -> None:
    rules = PeriodRules(month_day=15)
    start, end = at(AMSTERDAM, "2026-01-16"), at(AMSTERDAM, "2027-04-15")
    found = rolling((12, "months"), (1, "month"), start, end, AMSTERDAM, rules)
    assert found.labels == ("2027-02-14/12mo", "2027-03-14/12mo", "2027-04-14/12mo")
    assert found.starts[0] == at(AMSTERDAM, "2026-02-15")


def test_steps_are_counted_from_the_first_that_fits() -> None:
    start, end = at(AMSTERDAM, "2026-01-01"), at(AMSTERDAM, "2026-02-01")
    found = rolling((7, "days"), (10, "day"), start, end, AMSTERDAM)
    assert found.labels == ("2026-01-07/7d", "2026-01-17/7d", "2026-01-27/7d")
    assert len(found.layers) == 1


def test_the_same_day_of_the_month_or_its_last() -> None:
    start, end = at(AMSTERDAM, "2026-01-01"), at(AMSTERDAM, "2026-04-02")
    found = rolling((1, "months"), (1, "day"), start, end, AMSTERDAM)
    begins = dict(zip(found.labels, found.starts.tolist(), strict=True))
    assert begins["2026-03-27/1mo"] == at(AMSTERDAM, "2026-02-28")
    assert begins["2026-03-30/1mo"] == at(AMSTERDAM, "2026-02-28")
    assert begins["2026-03-31/1mo"] == at(AMSTERDAM, "2026-03-01")


def test_a_day_that_is_skipped_ends_no_period() -> None:
    start, end = at(APIA, "2011-12-20"), at(APIA, "2012-01-05")
    found = rolling((2, "days"), (1, "day"), start, end, APIA)
    assert "2011-12-30/2d" not in found.labels
    one = found.labels.index("2011-12-31/2d")
    assert found.ends[one] - found.starts[one] == DAY


def test_a_term_that_is_too_short_has_none() -> None:
    start, end = at(AMSTERDAM, "2026-01-01"), at(AMSTERDAM, "2026-01-30")
    found = rolling((30, "days"), (1, "day"), start, end, AMSTERDAM)
    assert (len(found), found.layers, found.labels) == (0, (), ())
    assert len(rolling((10**6, "years"), (1, "day"), start, end, AMSTERDAM)) == 0


@given(
    st.integers(1, 40), units, st.integers(1, 12), units, st.integers(0, 400), st.integers(1, 900)
)
def test_every_period_is_in_one_table_and_none_is_cut(
    length: int, unit: str, every: int, step: str, offset: int, days: int
) -> None:
    first = date(2025, 1, 1) + timedelta(days=offset)
    last = first + timedelta(days=days)
    start, end = at(AMSTERDAM, first.isoformat()), at(AMSTERDAM, last.isoformat())
    found = rolling((length, unit), (every, step[:-1]), start, end, AMSTERDAM)
    assert len(set(found.labels)) == len(found)
    assert all(a < b for a, b in pairwise(found.ends.tolist()))
    seen = []
    for layer in found.layers:
        table = layer.periods
        assert (table.starts[0], table.ends[-1]) == (start, end)
        assert table.starts[1:].tolist() == table.ends[:-1].tolist()
        for place, number in enumerate(layer.numbers.tolist()):
            if number >= 0:
                seen.append(number)
                assert table.starts[place] == found.starts[number]
                assert table.ends[place] == found.ends[number]
    assert sorted(seen) == list(range(len(found)))


def test_as_many_tables_as_overlap() -> None:
    ends = np.arange(1, 11) * DAY
    labels = tuple(map(str, ends.tolist()))
    found = stacked(ends - 3 * DAY, ends, labels, (-3 * DAY, 10 * DAY), AMSTERDAM)
    assert [layer.numbers[layer.numbers >= 0].tolist() for layer in found.layers] == [
        [0, 3, 6, 9], [1, 4, 7], [2, 5, 8],
    ]  # fmt: skip


def test_a_million_periods_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sladsl.calendar.rolling.MOST_PERIODS", 1000)
    start, end = at(AMSTERDAM, "2000-01-01"), at(AMSTERDAM, "2003-01-01")
    with pytest.raises(TooManyPeriods):
        rolling((1, "days"), (1, "day"), start, end, AMSTERDAM)
