"""What rows come from: streams, calendars; which are listed, what they exclude."""

from __future__ import annotations

from sladsl.plan.expressions import RowExpr
from sladsl.records import Record

__all__ = [
    "Allowance",
    "CalendarPlan",
    "DerivedPlan",
    "ExclusionPlan",
    "Existing",
    "FieldPlan",
    "Listing",
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


class Listing(Record):
    """Rows of a stream that are kept one by one: those that satisfy `where` (None: all).

    `fields` are what is kept of each, in the order of their names. Listed are rows of all time,
    since the term limits what is promised, not what is known.

    `ahead`: of spans those too that are announced by as-of, and begin or end only after it. That
    they are announced is said by another time of theirs.
    """

    stream: str
    where: RowExpr | None
    fields: tuple[str, ...]
    ahead: bool = False


class Allowance(Record):
    """How much an exclusion may leave out in a period: a time (ns), or a number of spans."""

    of: str  # "time" or "number"
    limit: int
    per: str


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


class ExclusionPlan(Record):
    """Spans of time that are left out: from `start` to `end` of the listed rows.

    `match` says which groups a row is about: pairs of a field of the groups and one of the row,
    which has to be equal; where the row's is missing, it is about all. None: about all groups.
    What is taken isn't measured, unless it counts `as_up`. `unsettled` are spans of which it can't
    be said yet whether they are left out, since something is missing that is asked for.
    `announced` are the same spans, and those that are still to come. With `outside` it is the
    time that no span covers that is left out. Of a service (`existing`) that is the time in which
    what it is about doesn't exist; nothing of what it isn't about, or not told apart by all of its
    fields.
    """

    name: str
    rows: Listing | None
    start: str
    end: str
    match: tuple[tuple[str, str], ...]
    allowance: Allowance | None
    at: str
    as_up: bool = False
    unsettled: Listing | None = None
    outside: bool = False
    announced: Listing | None = None
    existing: Existing | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of groups and rows that say what is taken of them."""
        of = () if self.existing is None else self.existing.of
        return tuple(dict.fromkeys((*(ours for ours, _ in self.match), *(f.name for f in of))))
