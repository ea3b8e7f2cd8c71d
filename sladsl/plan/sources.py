"""What rows come from: streams, calendars."""

from __future__ import annotations

from sladsl.plan.expressions import RowExpr
from sladsl.records import Record

__all__ = [
    "CalendarPlan",
    "DerivedPlan",
    "Existing",
    "FieldPlan",
    "ServiceField",
    "StreamPlan",
]


class FieldPlan(Record):
    """A field; with `computed` it is made from others, else it is read."""

    name: str
    kind: str
    optional: bool = False
    values: tuple[str, ...] = ()
    unit: str | None = None
    negative_as_zero: bool = False
    computed: RowExpr | None = None


class StreamPlan(Record):
    """A stream that is read."""

    name: str
    fields: tuple[FieldPlan, ...]
    event: str
    span: tuple[str, str] | None = None
    key: tuple[str, ...] = ()
    sequence: str | None = None
    recorded: str | None = None
    timezone: str | None = None
    ambiguous: str | None = None
    expected: int | None = None


class DerivedPlan(Record):
    """A stream made from another: the last row by key, or the spans of a state by key."""

    name: str
    how: str  # "last" or "spans"
    base: str
    by: str
    event: str
    sequence: str | None
    fields: tuple[FieldPlan, ...]
    where: RowExpr | None = None


class CalendarPlan(Record):
    """Open hours: `open` holds (weekdays, start, end in minutes); or a combination.

    `holidays` are sets of regions, all of which must have the day off; `closed_dates` are
    ISO dates; `closed_spans` ns. `combine` holds operator and operands, from left to right.
    """

    name: str
    zone: str
    open: tuple[tuple[tuple[int, ...], int, int], ...] = ()
    holidays: tuple[tuple[str, ...], ...] = ()
    closed_dates: tuple[str, ...] = ()
    closed_spans: tuple[tuple[int, int], ...] = ()
    operands: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()


class ServiceField(Record):
    """A field that a service is `of`: the values of it, of all that are `known` (enums, bools)."""

    name: str
    kind: str
    known: tuple[str, ...]
    values: tuple[str, ...]


class Existing(Record):
    """What a service is `of`, and from when to when there is it ([start, end) ns; None: for ever).

    Without such a `span`, members exist while listed rows say so.
    """

    of: tuple[ServiceField, ...]
    span: tuple[int, int | None] | None = None
