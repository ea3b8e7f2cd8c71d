"""Calendars, exclusions and outages."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr, On, Ref
from sladsl.syntax.nodes.frame import Rounding
from sladsl.syntax.nodes.literals import Moment, Name, Quantity, Text

__all__ = [
    "Allowance", "AtOnce", "Calendar", "ClosedDates", "ClosedHolidays", "ClosedSpan", "Counted",
    "Exclusion", "Holds", "Hours", "Measured", "Open", "Outage", "RowsOf", "Weekdays", "Weighted",
    "WindowsWhere",
]  # fmt: skip


class Weekdays(Node):
    """`mon..fri`, or a single day."""

    first: Name
    last: Name | None


class Hours(Node):
    """`09:00-17:00`, in minutes of the day."""

    start: int
    end: int


class Open(Node):
    """On which days, and between which hours."""

    days: tuple[Weekdays, ...]
    hours: tuple[Hours, ...]


class ClosedDates(Node):
    """Closed on these dates."""

    dates: tuple[Moment, ...]


class ClosedHolidays(Node):
    """Closed on the public holidays of each of these regions.

    `together`: only on days on which all of them have one.
    """

    regions: tuple[Text, ...]
    together: bool = False


class ClosedSpan(Node):
    """Closed from one moment to another."""

    start: Moment
    end: Moment


class Calendar(Node):
    """Open hours, or a combination of other calendars (`operands`, joined by `operators`)."""

    name: Name
    doc: Text | None
    timezone: Text | None = None
    open: tuple[Open, ...] = ()
    closed: tuple[ClosedDates | ClosedHolidays | ClosedSpan, ...] = ()
    operands: tuple[Name, ...] = ()
    operators: tuple[str, ...] = ()


class RowsOf(Node):
    """`samples of checks where not up`, `spans of maintenance where ...`."""

    stream: Name
    where: Expr | None


class WindowsWhere(Node):
    """`windows of 1min where error_rate > 10%`."""

    length: Quantity
    where: Expr


class Allowance(Node):
    """`at most 4h per month`."""

    limit: Quantity
    per: Name


class Exclusion(Node):
    """Time that is left out; with `counts` it is measured as `up`."""

    name: Name
    doc: Text | None
    spans: RowsOf | None = None
    windows: WindowsWhere | None = None
    for_all: Name | None = None
    on: On | None = None
    allowance: Allowance | None = None
    counts: Name | None = None


class Holds(Node):
    """How long a sample's state holds: until the next one, or for at most some time."""

    at_most: Quantity | None


class Counted(Node):
    """`counted from onset`, `counted from notices.sent where ..., at most 15min before onset`."""

    since: Ref
    where: Expr | None
    grace: Quantity | None = None


class AtOnce(Node):
    """`at once for every instance`, `at once for at least 2 zone`."""

    field: Name
    at_least: Quantity | None


class Weighted(Node):
    """`weighted by affected`; of spans, `overlaps`: `add up`, or `count once`."""

    field: Name
    overlaps: str | None = None


class Measured(Node):
    """`measured during spans of clusters where ... on cluster, the rest counts as up`."""

    spans: RowsOf
    on: On | None
    rest: Name


class Outage(Node):
    """Runs of a failing condition."""

    name: Name
    doc: Text | None
    each: tuple[Name, ...] = ()
    samples: RowsOf | None = None
    spans: RowsOf | None = None
    windows: WindowsWhere | None = None
    holds: Holds | None = None
    at_once: tuple[AtOnce, ...] = ()
    measured: Measured | None = None
    lasting: Quantity | None = None
    rounding: Rounding | None = None
    counted: Counted | None = None
    weighted: Weighted | None = None
    missing: Name | None = None
