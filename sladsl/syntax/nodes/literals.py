"""Names, quantities, moments and lengths, as they were written."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sladsl.syntax.node import Node, aside

__all__ = ["Length", "Moment", "Name", "Quantity", "Text", "as_date"]


class Name(Node):
    """A name, where it stands."""

    text: str


class Quantity(Node):
    """A number with its unit, exact.

    `kind` is `number` (1), `percent` (of one: 99.9 % is 999/1000), `duration` (seconds),
    `money` (of `unit`, a currency code) or `size` (bytes). `text` is how it was written.
    """

    kind: str
    value: Fraction
    unit: str = ""
    text: str = aside(default="")


class Text(Node):
    """A quoted text."""

    value: str


class Moment(Node):
    """A date (midnight in the agreement's zone) or a date with a time, as written.

    `text` is ISO 8601: `2026-02-10`, `2026-02-10T12:00`, with an offset or without.
    """

    text: str
    is_date: bool


class Length(Node):
    """A stretch of time: exact seconds, or a count of calendar units (`days`, `months`, ...)."""

    count: Fraction
    unit: str  # "s" or one of day, week, month, quarter, year
    text: str = aside(default="")


def as_date(moment: Moment) -> date:
    """The calendar date of a moment, as it is written."""
    return date.fromisoformat(moment.text[:10])
