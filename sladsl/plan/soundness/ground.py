"""What the checks of a plan are made of; each raises `Unsound`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NoReturn

from sladsl.calendar.names import known_zone
from sladsl.plan import model as p

__all__ = [
    "COMPARE",
    "GROUPED",
    "KINDS",
    "LARGEST",
    "LENGTHS",
    "MOST_UNITS",
    "PERIODS",
    "ROUNDING",
    "UNITS",
    "Unsound",
    "above",
    "among",
    "once",
    "ratio",
    "within",
    "wrong",
    "zone",
]

LARGEST = 1 << 62
KINDS = frozenset({*p.SCALE, "time", "text", "bool", "enum"})
GROUPED = frozenset({"text", "enum", "bool", "int"})
COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">="})
LENGTHS = ("day", "week", "month", "quarter", "year", "term")
PERIODS = ("hour", *LENGTHS)
UNITS = ("day", "week", "month", "quarter", "year")
MOST_UNITS = 1_000_000  # of a rolling period: more than there are days that are known
ROUNDING = ("half even", "half up", "half down", "up", "down")


class Unsound(ValueError):
    """What is wrong with a plan."""


def wrong(what: str, said: object) -> NoReturn:
    """Refuse what a plan says."""
    raise Unsound(f"{what} can't be `{str(said)[:40]}`")


def within(what: str, value: int, low: int, high: int) -> None:
    """A number lies within [low, high]."""
    if not low <= value <= high:
        wrong(what, value)


def among(what: str, value: str, known: Collection[str]) -> None:
    """A word is one of those known."""
    if value not in known:
        wrong(what, value)


def once(what: str, names: Iterable[str]) -> None:
    """No name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            wrong(f"{what} declared twice", name)
        seen.add(name)


def ratio(what: str, value: p.Fraction2) -> None:
    """A fraction has a denominator above zero."""
    if value[1] <= 0:
        wrong(what, f"{value[0]}/{value[1]}")


def above(what: str, value: p.Fraction2) -> None:
    """A fraction is above zero."""
    ratio(what, value)
    if value[0] <= 0:
        wrong(what, f"{value[0]}/{value[1]}")


def zone(name: str) -> None:
    """A time zone is known."""
    if not known_zone(name):
        wrong("a time zone", name)
