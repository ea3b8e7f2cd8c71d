"""What to compute: a policy with no language left in it.

Every constant is an integer in the unit of its kind (`sladsl.streams.model`) or an exact
fraction as a pair of integers; names of enum values are indices; places in the policy are
ready-made texts. A plan is a tree of msgspec structs, so it can be written as JSON.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

__all__ = [
    "MONTHS",
    "SCALE",
    "Aggregate",
    "AggregateRef",
    "AllOf",
    "Amount",
    "AnyOf",
    "Arith",
    "CalendarPlan",
    "CalendarRef",
    "CapPlan",
    "Choose",
    "Coalesce",
    "Col",
    "Compare",
    "Condition",
    "Const",
    "DerivedPlan",
    "Elapsed",
    "FeePlan",
    "FieldPlan",
    "FigureAll",
    "FigureAny",
    "FigureCompare",
    "FigureNot",
    "Formula",
    "Fraction2",
    "GroupField",
    "IsIn",
    "Negate",
    "Number",
    "Operate",
    "Opposite",
    "OutageAggregate",
    "OutagePlan",
    "Pause",
    "PaymentPlan",
    "Plan",
    "Present",
    "Requirement",
    "RowAggregate",
    "RowExpr",
    "StreamPlan",
    "Target",
    "TextConst",
    "TierPlan",
    "WindowAggregate",
]  # fmt: skip

#: A fraction: numerator and denominator.
Fraction2: TypeAlias = tuple[int, int]

#: Integer units of a row's value in one base unit (second, currency unit, byte, one, 100 %).
SCALE: dict[str, int] = {
    "duration": 10**9,
    "money": 10**6,
    "size": 1,
    "int": 1,
    "number": 10**6,
    "percent": 10**9,
}


#: Months in the units of time that are made of months.
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class _Node(msgspec.Struct, frozen=True, tag=True):
    """A node of an expression; its JSON names its class."""


# ---- expressions over the columns of a row ---------------------------------------------------


class Col(_Node, frozen=True):
    """A column, by name."""

    name: str
    kind: str


class Const(_Node, frozen=True):
    """A constant in the unit of its kind (an enum's index, 0 or 1 for a bool)."""

    value: int
    kind: str


class TextConst(_Node, frozen=True):
    """A text."""

    text: str
    kind: str = "text"


class Arith(_Node, frozen=True):
    """`left + right`, `left - right`, `left * right`, on integers, refused when it overflows.

    Both sides are multiplied first (`left_scale`, `right_scale`), so that units agree.
    """

    operator: str
    left: RowExpr
    right: RowExpr
    kind: str
    left_scale: int = 1
    right_scale: int = 1


class Coalesce(_Node, frozen=True):
    """The first operand that is present."""

    operands: tuple[RowExpr, ...]
    kind: str


class CalendarRef(_Node, frozen=True):
    """A calendar, by name; `always` is the built-in one."""

    name: str
    kind: str = "calendar"


class Pause(_Node, frozen=True):
    """Spans of `stream` with `right` equal to the row's `left` stop the clock."""

    stream: str
    left: str
    right: str


class Elapsed(_Node, frozen=True):
    """Time from `start` to `end` on a calendar's clock, less the pauses. Duration, ns."""

    start: RowExpr
    end: RowExpr
    calendar: RowExpr
    pauses: tuple[Pause, ...] = ()
    kind: str = "duration"


class Choose(_Node, frozen=True):
    """One of several expressions, by the value of a column."""

    subject: Col
    arms: tuple[tuple[int | str, RowExpr], ...]
    otherwise: RowExpr | None
    kind: str


class Compare(_Node, frozen=True):
    """`== != < <= > >=` between two values of one unit (after scaling)."""

    operator: str
    left: RowExpr
    right: RowExpr
    left_scale: int = 1
    right_scale: int = 1


class IsIn(_Node, frozen=True):
    """Whether a value is one of some constants."""

    operand: RowExpr
    values: tuple[Const | TextConst, ...]


class Present(_Node, frozen=True):
    """Whether a value is present."""

    operand: RowExpr


class AllOf(_Node, frozen=True):
    """`and`."""

    operands: tuple[RowExpr, ...]


class AnyOf(_Node, frozen=True):
    """`or`."""

    operands: tuple[RowExpr, ...]


class Opposite(_Node, frozen=True):
    """`not`."""

    operand: RowExpr


RowExpr: TypeAlias = (
    Col
    | Const
    | TextConst
    | Arith
    | Coalesce
    | CalendarRef
    | Elapsed
    | Choose
    | Compare
    | IsIn
    | Present
    | AllOf
    | AnyOf
    | Opposite
)


# ---- streams -----------------------------------------------------------------------------------


class FieldPlan(msgspec.Struct, frozen=True):
    """A field; with `computed` it is made from others, else it is read."""

    name: str
    kind: str
    optional: bool = False
    values: tuple[str, ...] = ()
    unit: str | None = None
    negative_as_zero: bool = False
    computed: RowExpr | None = None


class StreamPlan(msgspec.Struct, frozen=True):
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


class DerivedPlan(msgspec.Struct, frozen=True):
    """A stream made from another: the last row by key, or the spans of a state by key."""

    name: str
    how: str  # "last" or "spans"
    base: str
    by: str
    event: str
    sequence: str | None
    fields: tuple[FieldPlan, ...]
    where: RowExpr | None = None


class CalendarPlan(msgspec.Struct, frozen=True):
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


class OutagePlan(msgspec.Struct, frozen=True):
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


# ---- measures ------------------------------------------------------------------------------------


class RowAggregate(_Node, frozen=True):
    """An aggregate over rows. `quantile` is that of a percentile, as a fraction of one."""

    function: str  # count share sum mean min max quantile
    stream: str
    where: RowExpr | None = None
    good: RowExpr | None = None
    value: RowExpr | None = None
    quantile: Fraction2 | None = None
    linear: bool = False
    #: integer units of the value in one (SCALE); the result is divided by it
    scale: int = 1


class OutageAggregate(_Node, frozen=True):
    """An aggregate of an outage: `time` is the share of time outside it."""

    function: str  # time count sum mean min max quantile
    outage: str
    quantile: Fraction2 | None = None
    linear: bool = False


class WindowAggregate(_Node, frozen=True):
    """An aggregate over windows of one length: of a figure, or (share) of a condition."""

    function: str  # mean min max share
    length: int
    value: Formula | None = None
    good: Condition | None = None
    empty: Fraction2 | None = None
    calendar: str | None = None


class AggregateRef(_Node, frozen=True):
    """The result of the plan's aggregate with this index."""

    index: int


class Number(_Node, frozen=True):
    """A constant of a formula, in base units (seconds, currency units, of one)."""

    value: Fraction2


class Negate(_Node, frozen=True):
    """The negative of a figure."""

    operand: Formula


class Operate(_Node, frozen=True):
    """Figures joined by + - * / from left to right."""

    operands: tuple[Formula, ...]
    operators: tuple[str, ...]


Formula: TypeAlias = AggregateRef | Number | Negate | Operate


class FigureCompare(_Node, frozen=True):
    """A comparison of two figures of a window."""

    operator: str
    left: Formula
    right: Formula


class FigureAll(_Node, frozen=True):
    """`and` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureAny(_Node, frozen=True):
    """`or` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureNot(_Node, frozen=True):
    """`not` of a condition on figures."""

    operand: Condition


Condition: TypeAlias = FigureCompare | FigureAll | FigureAny | FigureNot
Aggregate: TypeAlias = RowAggregate | OutageAggregate | WindowAggregate


# ---- promises and money -----------------------------------------------------------------------


class GroupField(msgspec.Struct, frozen=True):
    """A field that figures are grouped by; `values` are all groups of an enum or bool."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


class Target(msgspec.Struct, frozen=True):
    """What is promised, in base units: one figure, or one for each value of a group field."""

    default: Fraction2 | None = None
    field: str | None = None
    by_value: tuple[tuple[str, Fraction2], ...] = ()


class Requirement(msgspec.Struct, frozen=True):
    """One promise that is judged for each period and group."""

    obligation: str
    number: int  # within the obligation, from 1
    title: str
    debtor: str
    creditor: str
    metric: str
    formula: Formula
    kind: str
    unit: str
    operator: str
    target: Target
    period: str
    groups: tuple[GroupField, ...]
    at: str


class Amount(msgspec.Struct, frozen=True):
    """An amount: `fixed`, a `share` of the fee or of a metric, or months of the fee.

    `value` is the amount in currency units, the share of one, or the count of `unit`s.
    `text` is how the policy says it.
    """

    of: str  # fixed, fee, metric, fee_length
    value: Fraction2
    text: str
    unit: str = ""
    formula: Formula | None = None


class TierPlan(msgspec.Struct, frozen=True):
    """An amount that is due when the figure lies within bounds (`operator`, limit)."""

    bounds: tuple[tuple[str, Fraction2], ...]
    amount: Amount
    text: str


class PaymentPlan(msgspec.Struct, frozen=True):
    """What one obligation's breach (or, for a bonus, its fulfilment) is worth.

    `schedules` maps a value of `field` to tiers; without a field it holds one entry, "".
    """

    obligation: str
    direction: str  # credit, bonus, penalty
    occurrence: str  # once, each
    metric: str | None  # of the requirements that it is for; None: all
    field: str | None
    schedules: tuple[tuple[str, tuple[TierPlan, ...]], ...]
    limit: Amount | None
    paid_only_above: Fraction2 | None
    payer: str
    payee: str
    at: str


class FeePlan(msgspec.Struct, frozen=True):
    """What is paid for a period."""

    amount: Fraction2
    per: str


class CapPlan(msgspec.Struct, frozen=True):
    """The most that a total can come to in a period."""

    what: str
    amount: Amount
    per: str
    at: str


class Plan(msgspec.Struct, frozen=True):
    """Everything that a run needs beside the measurements."""

    agreement: str
    digest: str
    zone: str
    term: tuple[int, int | None]
    currency: str | None
    week_starts: int
    month_starts: int
    year_starts: int
    rounding: str
    rounding_to: Fraction2
    streams: tuple[StreamPlan, ...]
    derived: tuple[DerivedPlan, ...]
    calendars: tuple[CalendarPlan, ...]
    outages: tuple[OutagePlan, ...]
    aggregates: tuple[Aggregate, ...]
    requirements: tuple[Requirement, ...]
    payments: tuple[PaymentPlan, ...]
    fee: FeePlan | None
    caps: tuple[CapPlan, ...]
