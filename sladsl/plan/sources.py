"""What rows come from: streams, derived streams, calendars, and the outages in samples."""

from __future__ import annotations

from sladsl.plan.expressions import RowExpr
from sladsl.records import Record

__all__ = ["CalendarPlan", "DerivedPlan", "FieldPlan", "OutagePlan", "StreamPlan"]


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


class OutagePlan(Record):
    """Runs of a failing condition in the samples of a stream, each group by itself.

    `hold` is how long a sample holds at most (ns; None: until the next sample);
    `expected` the interval that a sample without a successor may hold for.
    """

    name: str
    stream: str
    each: tuple[str, ...]
    failing: RowExpr | None
    hold: int | None
    expected: int | None
    lasting: int
    missing: str  # up, down, excluded
