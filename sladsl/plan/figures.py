"""What is worked out from rows: aggregates, formulas over them, conditions on figures.

Which rows are listed, and what they exclude, stands here too: windows are made of aggregates.
"""

from __future__ import annotations

from typing import TypeAlias

from sladsl.plan.expressions import Fraction2, Pause, RowExpr
from sladsl.plan.sources import Existing
from sladsl.records import Record

__all__ = [
    "WINDOW",
    "Aggregate",
    "AggregateRef",
    "Allowance",
    "BaselineRef",
    "Condition",
    "EachAggregate",
    "ExclusionPlan",
    "FigureAll",
    "FigureAny",
    "FigureCompare",
    "FigureNot",
    "FigurePresent",
    "Formula",
    "GroupField",
    "Listing",
    "Negate",
    "Number",
    "Operate",
    "OutageAggregate",
    "Rounded",
    "RowAggregate",
    "WindowAggregate",
    "WindowsPlan",
    "pause_of",
]

#: What the start and the end of a listed window are called: no field is.
WINDOW = ("start of the window", "end of the window")


class GroupField(Record):
    """A field that figures are grouped by; `values` are all groups of an enum or bool."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


class Listing(Record):
    """Rows of a stream that are kept one by one: those that satisfy `where` (None: all).

    `fields` are what is kept of each, in the order of their names. Listed are rows of all time,
    since the term limits what is promised, not what is known.

    `ahead`: of spans those too that are announced by as-of, and begin or end only after it. That
    they are announced is said by another time of theirs.

    With `windows` listed are those windows of the rows in the term that satisfy its condition, by
    what the rows have in `fields`; `WINDOW` are what their start and end are called.

    `value` is worked out for each row that is listed, exactly.
    """

    stream: str
    where: RowExpr | None
    fields: tuple[str, ...]
    ahead: bool = False
    windows: WindowsPlan | None = None
    value: RowExpr | None = None

    @property
    def asks(self) -> tuple[RowExpr, ...]:
        """What is asked of each row."""
        return tuple(part for part in (self.where, self.value) if part is not None)


class Allowance(Record):
    """How much an exclusion may leave out in a period: a time (ns), or a number of spans."""

    of: str  # "time" or "number"
    limit: int
    per: str


class ExclusionPlan(Record):
    """Spans of time that are left out: from `start` to `end` of the listed rows.

    `match` says which groups a row is about: pairs of a field of the groups and one of the row,
    which has to be equal; where the row's is missing, it is about all. None: about all groups.
    What is taken isn't measured, unless it counts `as_up`. `unsettled` are spans of which it can't
    be said yet whether they are left out, since something is missing that is asked for.
    `announced` are the same spans, and those that are still to come. With `outside` it is the
    time that no span covers that is left out. Of a service (`existing`) that is the time in which
    what it is about doesn't exist; nothing of what it isn't about, or not told apart by all of its
    fields. Spans may be windows, of which each is one by itself. Of an `excuse`
    (its name is then that of breaches, `excuse_of`) they are the times by which another party was
    late, and one without a field of `match` is about nothing.
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
    excuse: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of groups and rows that say what is taken of them."""
        of = () if self.existing is None else self.existing.of
        return tuple(dict.fromkeys((*(ours for ours, _ in self.match), *(f.name for f in of))))

    @property
    def windows(self) -> WindowsPlan | None:
        """The windows that are left out, if it is made of them."""
        return None if self.rows is None else self.rows.windows


def pause_of(exclusion: ExclusionPlan) -> Pause:
    """What excuses, of the exclusion of its time."""
    left, right = exclusion.match[0] if exclusion.match else ("", "")
    return Pause(exclusion.name, left, right, excuse=True)


class WindowsPlan(Record):
    """Windows of `length` ns, those for which `where` holds of figures of their rows.

    What `where` numbers are the aggregates in `inner`.
    """

    length: int
    where: Condition
    inner: tuple[RowAggregate, ...]


class RowAggregate(Record):
    """An aggregate over rows. `quantile` is that of a percentile, as a fraction of one.

    Rows that lie in what `excluding` takes don't exist for it.
    """

    function: str  # count share sum mean min max quantile
    stream: str
    where: RowExpr | None = None
    good: RowExpr | None = None
    value: RowExpr | None = None
    quantile: Fraction2 | None = None
    linear: bool = False
    #: integer units of the value in one (SCALE); the result is divided by it
    scale: int = 1
    excluding: tuple[ExclusionPlan, ...] = ()


class OutageAggregate(Record):
    """An aggregate of an outage: `time` is the share of time outside it.

    With `of` that is a share of so much time (ns) for each group, however much was measured.
    What `excluding` takes is no time of an outage, nor measured (unless it counts as up).
    """

    function: str  # time count sum mean min max quantile
    outage: str
    quantile: Fraction2 | None = None
    linear: bool = False
    excluding: tuple[ExclusionPlan, ...] = ()
    of: int | None = None


class WindowAggregate(Record):
    """An aggregate over windows of one length: of a figure, or (share) of a condition.

    With `calendar` of those that begin in its open time.
    Windows that lie wholly in what `excluding` takes are left out.
    """

    function: str  # mean min max share
    length: int
    value: Formula | None = None
    good: Condition | None = None
    empty: Fraction2 | None = None
    calendar: str | None = None
    excluding: tuple[ExclusionPlan, ...] = ()


class EachAggregate(Record):
    """The mean, the least or the greatest of a figure over the groups by some more fields.

    Groups without a figure are left out. `among`: the values of a field that the terms know, where
    other terms know more; groups of others are left out, too.
    """

    function: str  # mean min max
    each: tuple[GroupField, ...]
    value: Formula
    among: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def excluding(self) -> tuple[ExclusionPlan, ...]:
        """Nothing of its own: what the figure is made of says what is left out."""
        return ()


class AggregateRef(Record):
    """The result of the plan's aggregate with this index."""

    index: int


class Number(Record):
    """A constant of a formula, in base units (seconds, currency units, of one)."""

    value: Fraction2


class BaselineRef(Record):
    """The figure of a baseline, in base units; without a value where it has no data."""

    name: str


class Negate(Record):
    """The negative of a figure."""

    operand: Formula


class Operate(Record):
    """Figures joined by + - * / from left to right."""

    operands: tuple[Formula, ...]
    operators: tuple[str, ...]


class Rounded(Record):
    """A figure as a multiple of `to`; half up, half down, up and down are by size."""

    operand: Formula
    mode: str  # half even, half up, half down, up, down
    to: Fraction2


Formula: TypeAlias = AggregateRef | Number | Negate | Operate | Rounded | BaselineRef


class FigureCompare(Record):
    """A comparison of two figures of a window."""

    operator: str
    left: Formula
    right: Formula


class FigurePresent(Record):
    """Whether there is a figure: a window, or a period, isn't without data for it."""

    operand: Formula


class FigureAll(Record):
    """`and` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureAny(Record):
    """`or` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureNot(Record):
    """`not` of a condition on figures."""

    operand: Condition


Condition: TypeAlias = FigureCompare | FigurePresent | FigureAll | FigureAny | FigureNot
Aggregate: TypeAlias = RowAggregate | OutageAggregate | WindowAggregate | EachAggregate
