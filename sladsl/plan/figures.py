"""What is worked out from rows: aggregates, formulas over them, conditions on figures."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.plan.expressions import Fraction2, RowExpr
from sladsl.plan.sources import ExclusionPlan
from sladsl.records import Record

__all__ = [
    "Aggregate",
    "AggregateRef",
    "BaselineRef",
    "Condition",
    "EachAggregate",
    "FigureAll",
    "FigureAny",
    "FigureCompare",
    "FigureNot",
    "Formula",
    "GroupField",
    "Negate",
    "Number",
    "Operate",
    "OutageAggregate",
    "Rounded",
    "RowAggregate",
    "WindowAggregate",
]


class GroupField(Record):
    """A field that figures are grouped by; `values` are all groups of an enum or bool."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


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

    Groups without a figure are left out.
    """

    function: str  # mean min max
    each: tuple[GroupField, ...]
    value: Formula

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


class FigureAll(Record):
    """`and` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureAny(Record):
    """`or` of conditions on figures."""

    operands: tuple[Condition, ...]


class FigureNot(Record):
    """`not` of a condition on figures."""

    operand: Condition


Condition: TypeAlias = FigureCompare | FigureAll | FigureAny | FigureNot
Aggregate: TypeAlias = RowAggregate | OutageAggregate | WindowAggregate | EachAggregate
