"""Figures as text: exact ones lose nothing, shown ones stay on their side of the target."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sladsl.calendar.zones import Zone
from sladsl.reports.figures import amount, exact, money, seconds, shown
from sladsl.reports.times import clock, iso
from sladsl.verdicts.model import Figure

KINDS = ("percent", "ratio", "duration", "money", "size", "count", "number")
S = 10**9

EXACT = [
    (Figure(2587200 * S, 2588400 * S, "percent", counted=True, time=True), "2587200/2588400"),
    (Figure(1500 * 10**6, 2 * S, "percent", counted=True, time=True), "1500/2000"),
    (Figure(1500, 2 * S, "percent", counted=True, time=True), "1500/2000000000"),
    (Figure(0, 3600 * S, "percent", counted=True, time=True), "0/3600"),
    (Figure(2000, 4000, "percent", counted=True), "2000/4000"),
    (Figure(9999, 10000, "percent"), "9999/10000"),
    (Figure(2, 2, "percent"), "1"),
    (Figure(6, 4, "ratio"), "3/2"),
    (Figure(33915, 1, "duration"), "33915s"),
    (Figure(4865, 10000, "duration"), "0.4865s"),
    (Figure(13356, 3061, "duration"), "13356/3061s"),
    (Figure(1, S, "duration"), "0.000000001s"),
    (Figure(-3, 2, "duration"), "-1.5s"),
    (Figure(30, 1, "duration"), "30s"),
    (Figure(12, 1, "count"), "12"),
    (Figure(250, 2, "money", "EUR"), "125"),
    (Figure(1, 8, "money", "EUR"), "0.125"),
    (Figure(1, 3, "money", "EUR"), "1/3"),
    (Figure(4200000, 1, "size"), "4200000B"),
    (Figure(7, 2, "size"), "7/2B"),
]

SHOWN = [
    (Figure(2587200, 2588400, "percent"), ">= 9999/10000", "99.9536%"),
    (Figure(999, 1000, "percent"), "", "99.9%"),
    (Figure(1, 1, "percent"), "", "100%"),
    (Figure(0, 1, "percent"), "", "0%"),
    (Figure(99999999, 10**8, "percent"), "", "99.999999%"),
    (Figure(1, 10**8, "percent"), "", "0.000001%"),
    (Figure(9989999999, 10**10, "percent"), ">= 999/1000", "99.89999999%"),
    (Figure(9990000001, 10**10, "percent"), ">= 999/1000", "99.90000001%"),
    (Figure(33915, 1, "duration"), "", "9 h 25 min 15 s"),
    (Figure(292 * 3600, 1, "duration"), "", "12 d 4 h"),
    (Figure(30 * 86400, 1, "duration"), "<= 2592000", "30 d"),
    (Figure(30 * 86400 + 1, 1, "duration"), "<= 2592000", "30 d 1 s"),
    (Figure(30 * 86400 * 10**9 + 1, 10**9, "duration"), "<= 2592000", "30 d 0.000000001 s"),
    (Figure(4865, 10**4, "duration"), "", "486.5 ms"),
    (Figure(43, 8, "duration"), "", "5.375 s"),
    (Figure(13356, 3061, "duration"), "<= 20", "4.363 s"),
    (Figure(-90, 1, "duration"), "", "-1 min 30 s"),
    (Figure(0, 1, "duration"), "", "0 s"),
    (Figure(25, 10**9, "duration"), "", "25 ns"),
    (Figure(1234, 1, "count"), "<= 1234", "1234"),
    (Figure(4200000, 1, "size"), "", "4.2 MB"),
    (Figure(999, 1, "size"), "", "999 B"),
    (Figure(125, 1, "money", "EUR"), "", "125.00 EUR"),
    (Figure(999, 1000, "money", "EUR"), "< 1", "0.999 EUR"),
    (Figure(1, 3, "ratio"), "<= 1/3", "0.3333"),
]


@pytest.mark.parametrize(("figure", "text"), EXACT)
def test_exact(figure, text):
    assert exact(figure) == text


@pytest.mark.parametrize(("figure", "target", "text"), SHOWN)
def test_shown(figure, target, text):
    operator, _, value = target.partition(" ")
    assert shown(figure, (operator, Fraction(value)) if target else None) == text


UNITS = {
    "%": Fraction(1, 100), "": Fraction(1), "EUR": Fraction(1), "B": Fraction(1),
    "kB": Fraction(10**3), "MB": Fraction(10**6), "GB": Fraction(10**9), "TB": Fraction(10**12),
    "d": Fraction(86400), "h": Fraction(3600), "min": Fraction(60), "s": Fraction(1),
    "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6), "ns": Fraction(1, 10**9),
}  # fmt: skip


def read(text: str) -> Fraction:
    """What a shown figure says."""
    parts = re.findall(r"([\d.]+) ?([A-Za-z%]*)", text)
    assert re.sub(r"[\d.]+ ?[A-Za-z%]*", "", text).strip() in ("", "-"), text
    value = sum((Fraction(number) * UNITS[unit] for number, unit in parts), Fraction(0))
    return -value if text.startswith("-") else value


def side(value: Fraction, mark: Fraction) -> int:
    return (value > mark) - (value < mark)


TERMINATING = st.builds(
    Fraction, st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 100, 10**4, 10**9])
)
ANY = st.one_of(TERMINATING, st.fractions(), st.fractions(min_value=0, max_value=1))
CLOSE = st.builds(Fraction, st.integers(-3, 3), st.integers(1, 10**15))


@given(st.sampled_from(KINDS), ANY, CLOSE, st.booleans())
@example("duration", Fraction(86400), Fraction(-1, 10**9), True)
@example("percent", Fraction(9999, 10000), Fraction(1, 10**12), True)
def test_shown_never_crosses_its_target(kind, target, off, near):
    value = target + off if near else off * 10**12
    text = shown(figure_of(kind, value), (">=", target))
    if value == target and not terminates(value):
        assert text == shown(figure_of(kind, target), (">=", target))
    else:
        assert side(read(text), target) == side(value, target)
    assert (read(text) == 0) == (value == 0)


@given(st.sampled_from(KINDS), ANY)
def test_shown_is_near(kind, value):
    assume(value != 0)
    away = abs(read(shown(figure_of(kind, value))) / value - 1)
    assert away <= Fraction(1, 1000) or abs(read(shown(figure_of(kind, value))) - value) <= 1


@given(st.sampled_from(KINDS), TERMINATING)
def test_a_target_is_shown_as_it_is(kind, target):
    assert read(shown(figure_of(kind, target), (">=", target))) == target


@given(st.sampled_from(KINDS), st.fractions())
def test_exact_loses_nothing(kind, value):
    text = exact(figure_of(kind, value))
    assert Fraction(text.rstrip("sB")) == value


@given(st.integers(0, 10**20), st.integers(1, 10**20))
def test_a_share_is_told_as_counted(above, below):
    assert exact(Figure(above, below, "percent", counted=True)) == f"{above}/{below}"
    text = exact(Figure(above * S, below * S, "percent", counted=True, time=True))
    assert text == f"{above}/{below}"


def test_more_digits_than_python_writes():
    above, below = 7**9000, 3**9000
    text = exact(Figure(above, below, "ratio"))
    left, right = text.split("/")
    assert (int(left[:50]), len(left)) == (above // 10 ** (len(left) - 50), 7606)
    assert (int(right[-50:]), right[0] != "0") == (below % 10**50, True)


def figure_of(kind: str, value: Fraction) -> Figure:
    return Figure(value.numerator, value.denominator, kind, "EUR" if kind == "money" else "")


def terminates(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def test_money():
    assert money(Fraction(125), 2) == "125.00"
    assert money(Fraction(125)) == "125"
    assert money(Fraction(1, 8), 2) == "0.125"
    assert money(Fraction(1, 3), 2) == "1/3"
    assert amount(Fraction(125), "EUR") == "125.00 EUR"
    assert amount(Fraction(1, 3), "EUR") == "0.3333 EUR"
    assert amount(Fraction(-5, 2), "JPY", 0) == "-2.5 JPY"
    assert seconds(1200 * S) == "1200s"
    assert seconds(1) == "0.000000001s"


@given(
    st.integers(-9_214_560_000 * S, 9_214_646_400 * S - 1),
    st.sampled_from(["UTC", "Europe/Amsterdam", "America/Denver", "Australia/Lord_Howe"]),
)
def test_times_agree_with_the_calendar(instant, zone):
    assert iso(instant, zone) == Zone(zone).iso(instant)


def test_times_for_people():
    assert clock(0, "Europe/Amsterdam") == "1970-01-01 01:00"
    assert clock(61 * S, "UTC") == "1970-01-01 00:01:01"
    assert clock(S // 2, "UTC") == "1970-01-01 00:00:00.5"
    assert iso(1, "UTC") == "1970-01-01T00:00:00.000000001+00:00"
