"""Expressions over the columns of a row: values and conditions, in integers."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.records import Record

__all__ = [
    "SCALE",
    "AllOf",
    "AnyOf",
    "Arith",
    "Baseline",
    "CalendarRef",
    "Choose",
    "Coalesce",
    "Col",
    "Compare",
    "Const",
    "Elapsed",
    "Fraction2",
    "IsIn",
    "Opposite",
    "Pause",
    "Present",
    "Quotient",
    "Related",
    "RowExpr",
    "TextConst",
    "excuse_of",
    "excused_by",
]

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


class Col(Record):
    """A column, by name."""

    name: str
    kind: str


class Const(Record):
    """A constant in the unit of its kind (an enum's index, 0 or 1 for a bool)."""

    value: int
    kind: str


class TextConst(Record):
    """A text."""

    text: str
    kind: str = "text"


class Arith(Record):
    """`left + right`, `left - right`, `left * right`, on integers, refused when it overflows.

    Both sides are multiplied first (`left_scale`, `right_scale`), so that units agree.
    """

    operator: str
    left: RowExpr
    right: RowExpr
    kind: str
    left_scale: int = 1
    right_scale: int = 1


class Quotient(Record):
    """`left / right`, an exact fraction in the unit of `kind`; missing where `right` is 0.

    Both sides are multiplied first, so that the unit is that of the kind.
    """

    left: RowExpr
    right: RowExpr
    kind: str
    left_scale: int = 1
    right_scale: int = 1


class Coalesce(Record):
    """The first operand that is present."""

    operands: tuple[RowExpr, ...]
    kind: str


class CalendarRef(Record):
    """A calendar, by name; `always` is the built-in one."""

    name: str
    kind: str = "calendar"


class Pause(Record):
    """Spans of `stream` with `right` equal to the row's `left` stop the clock.

    Of an `excuse` they are the times by which another party was late: `stream` is then the name
    of its breaches (`excuse_of`), and both fields are empty where they stop the clock of all rows.
    """

    stream: str
    left: str
    right: str
    excuse: bool = False


def excuse_of(obligation: str) -> str:
    """What the breaches of an obligation are called where they pause clocks: no stream's name."""
    return f"breaches of {obligation}"


def excused_by(name: str) -> str:
    """The obligation whose breaches are called by a name."""
    return name.removeprefix("breaches of ")


class Elapsed(Record):
    """Time from `start` to `end` on a calendar's clock, less the pauses. Duration, ns."""

    start: RowExpr
    end: RowExpr
    calendar: RowExpr
    pauses: tuple[Pause, ...] = ()
    kind: str = "duration"


class Choose(Record):
    """One of several expressions, by the value of a column."""

    subject: Col
    arms: tuple[tuple[int | str, RowExpr], ...]
    otherwise: RowExpr | None
    kind: str


class Compare(Record):
    """`== != < <= > >=` between two values of one unit (after scaling)."""

    operator: str
    left: RowExpr
    right: RowExpr
    left_scale: int = 1
    right_scale: int = 1


class IsIn(Record):
    """Whether a value is one of some constants."""

    operand: RowExpr
    values: tuple[Const | TextConst, ...]


class Present(Record):
    """Whether a value is present."""

    operand: RowExpr


class AllOf(Record):
    """`and`."""

    operands: tuple[RowExpr, ...]


class AnyOf(Record):
    """`or`."""

    operands: tuple[RowExpr, ...]


class Baseline(Record):
    """A baseline's figure in base units, times `factor`, plus `plus`; `kind`: what it is beside.

    It is known before rows are, and then a number.
    """

    name: str
    kind: str
    factor: Fraction2 = (1, 1)
    plus: Fraction2 = (0, 1)


class Related(Record):
    """A figure of the rows of `stream` whose `theirs` is the row's `ours`, known at as-of.

    `function`: count, sum, mean, min or max, of `value` over those for which `where` is true. Both
    fields are multiplied first (`their_scale`, `our_scale`), so that units agree. `numbers` are,
    for each value of an enum, that of the row's enum of the same name; -1: it has none. Without
    them both are of one enum.
    """

    function: str
    stream: str
    where: RowExpr | None
    value: RowExpr | None
    theirs: Col
    ours: Col
    kind: str
    their_scale: int = 1
    our_scale: int = 1
    numbers: tuple[int, ...] = ()


class Opposite(Record):
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
    | Baseline
    | Related
    | Quotient
)
