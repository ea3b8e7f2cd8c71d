"""Rows that are given: what replaces what, and that values arrive as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sladsl.source import Place
from sladsl.streams.accounting import Accounting
from sladsl.streams.given import Series, source_of
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read, units

PLACE = Place("case.sla", 1, 1)
SPEC = StreamSpec(
    "checks",
    (FieldSpec("seen", Kind.TIME), FieldSpec("site", Kind.TEXT), FieldSpec("value", Kind.INT)),
)


def rows(
    spec: StreamSpec, key: tuple[str, ...], series: list[Series]
) -> list[dict[str, int | str | None]]:
    """The rows as a run sees them, texts and enums as texts."""
    vocabulary, accounting = Vocabulary(), Accounting(spec.name)
    kinds = {field.name: field for field in spec.fields}
    found = []
    source = source_of(spec, "seen", key, series, PLACE)
    for batch in read(source, spec, vocabulary, accounting):
        columns = {name: (c.values.tolist(), c.valid) for name, c in batch.columns.items()}
        for at in range(batch.length):
            row: dict[str, int | str | None] = {}
            for name, (values, valid) in columns.items():
                value = None if valid is not None and not valid[at] else values[at]
                if value is not None and kinds[name].kind is Kind.TEXT:
                    value = vocabulary.texts[value]
                elif value is not None and kinds[name].kind is Kind.ENUM:
                    value = kinds[name].values[value]
                row[name] = value
            found.append(row)
    assert accounting.rejected == 0
    assert accounting.rows == len(found)
    return found


def plainly(key: tuple[str, ...], series: list[Series]) -> list[dict[str, int | str | None]]:
    """The same one row at a time."""
    found: list[tuple[int, dict[str, int | str | None]]] = []
    for number, one in enumerate(series):
        times = [one.start] if one.every is None else range(one.start, one.stop, one.every)
        for time in times:
            row = {"seen": time, **one.values}
            if key:
                same = [row[field] for field in key]
                found = [
                    (n, r) for n, r in found if n == number or [r[f] for f in key] != same
                ]  # fmt: skip
            found.append((number, row))
    return [row for _, row in found]


SERIES = st.builds(
    lambda start, length, every, site, value: Series(
        start, start + length, every, {"site": site, "value": value}
    ),
    st.integers(0, 20),
    st.integers(1, 20),
    st.one_of(st.none(), st.integers(1, 5)),
    st.sampled_from(["web", "mail"]),
    st.integers(-3, 3),
)


@given(
    st.lists(SERIES, max_size=6),
    st.sampled_from([(), ("seen",), ("seen", "site"), ("site", "seen"), ("seen", "value")]),
)
def test_a_later_row_takes_the_place_of_earlier_ones_with_its_key(
    series: list[Series], key: tuple[str, ...]
) -> None:
    assert rows(SPEC, key, series) == plainly(key, series)


def test_a_key_without_time_is_given_once() -> None:
    series = [Series(1, values={"site": site, "value": n}) for n, site in enumerate("aba")]
    assert [row["value"] for row in rows(SPEC, ("site",), series)] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "unit", "value"),
    [
        (Kind.TIME, None, 1_700_000_000_123_456_789),
        (Kind.BOOL, None, 1),
        (Kind.INT, None, -(2**53) - 1),
        (Kind.NUMBER, None, -1_500_001),
        (Kind.NUMBER, None, 2**62),
        (Kind.PERCENT, None, 333_333_333),
        (Kind.DURATION, "min", 90_000_000_001),
        (Kind.SIZE, "MiB", 301_000_001),
        (Kind.MONEY, "EUR", -10_500_001),
        (Kind.ENUM, None, "blue"),
        (Kind.TEXT, None, "Ünder the wire"),
    ],
)
def test_every_kind_arrives_as_it_is(kind: Kind, unit: str | None, value: int | str) -> None:
    field = FieldSpec("it", kind, optional=True, values=("red", "blue"), unit=unit)
    spec = StreamSpec("checks", (FieldSpec("seen", Kind.TIME), field))
    found = rows(spec, (), [Series(0, values={"it": value}), Series(1)])
    assert [row["it"] for row in found] == [value, None]


def test_no_rows() -> None:
    assert rows(SPEC, ("seen",), []) == []
    assert rows(SPEC, (), [Series(5, 5, 1, {"site": "web", "value": 1})]) == []
    assert Series(5, 5, 1).last == 5
    assert Series(5, 6, 1 << 70).times().tolist() == [5]


def test_rows_can_be_read_again() -> None:
    source = source_of(SPEC, "seen", (), [Series(0, 9, 1, {"site": "a", "value": 1})], PLACE)
    (unit,) = units(source, SPEC, Vocabulary(), Accounting(SPEC.name))
    assert unit.again
    assert [sum(batch.length for batch in unit.batches()) for _ in range(2)] == [9, 9]
