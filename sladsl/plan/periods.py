"""What a promise is judged for: periods of the calendar, and others."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.plan.figures import Listing
from sladsl.records import Record

__all__ = ["Cut", "PeriodRule", "Rolling", "Trailing"]


class Rolling(Record):
    """Periods of `length` units, of which one ends every so many (`every`) `step`s.

    Units and steps are day, week, month, quarter, year, on the agreement's calendar.
    """

    length: int
    unit: str
    every: int
    step: str


class Trailing(Record):
    """The `length` units before each of some rows, up to its time in a field (not included)."""

    length: int
    unit: str
    rows: Listing
    field: str


class Cut(Record):
    """The periods of a kind (`per`), cut in two at instants (ns) at which the terms change."""

    per: str
    at: tuple[int, ...]


#: What a promise is judged for: hour, day, week, month, quarter, year, term; what overlaps, what is
#: cut.
PeriodRule: TypeAlias = str | Rolling | Trailing | Cut
