"""Values, conditions and measures."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.literals import Length, Moment, Name, Quantity, Text

__all__ = [
    "Aggregate", "Arithmetic", "Arm", "Call", "Coalesce", "Compare", "Each", "Expr", "Logic",
    "Match", "Member", "Minus", "Not", "On", "Pausing", "Presence", "Ref", "Related", "Windows",
]  # fmt: skip


class Ref(Node):
    """A name in an expression, perhaps qualified: `up`, `plan.uptime_target`."""

    name: str
    member: str | None = None

    @property
    def text(self) -> str:
        """As it is written."""
        return self.name if self.member is None else f"{self.name}.{self.member}"


class Minus(Node):
    """The negative of a value."""

    operand: Expr


class Arithmetic(Node):
    """Operands joined by `+`/`-` or by `*`/`/`, from left to right."""

    operands: tuple[Expr, ...]
    operators: tuple[str, ...]


class Coalesce(Node):
    """`a ?? b`: the first that is present."""

    operands: tuple[Expr, ...]


class Compare(Node):
    """A comparison: `== != < <= > >=`."""

    operator: str
    left: Expr
    right: Expr


class Member(Node):
    """`a in (x, y)`."""

    operand: Expr
    values: tuple[Expr, ...]


class Presence(Node):
    """`a is present`, `a is missing`."""

    operand: Expr
    word: Name


class Logic(Node):
    """Conditions joined by `and` or by `or`."""

    operator: str
    operands: tuple[Expr, ...]


class Not(Node):
    """The opposite of a condition."""

    operand: Expr


class Arm(Node):
    """One arm of a `match`; `key` None is `otherwise`."""

    key: Name | Text | Quantity | None
    value: Expr


class Match(Node):
    """`match subject { key: value, otherwise: value }`."""

    subject: Ref
    arms: tuple[Arm, ...]


class On(Node):
    """`on left == right`: how rows of two streams belong together."""

    left: Name
    right: Name


class Pausing(Node):
    """`pausing: stream on key == key`."""

    stream: Name
    on: On | None


class Call(Node):
    """`elapsed(from, to, in: calendar, pausing: stream on a == b)`."""

    function: Name
    arguments: tuple[Expr, ...]
    calendar: Expr | None
    pauses: tuple[Pausing, ...]


class Aggregate(Node):
    """`p95 of latency in requests where ... with ...`.

    `subject` is what is aggregated: a value of rows (then `stream` names them), the stream
    itself, `time` (then `outside` names the outage, and `of` a length that the time is a
    share of instead of what was measured), or a metric (then `over` says what of).
    """

    function: Name
    subject: Expr
    stream: Name | None = None
    outside: Name | None = None
    over: Windows | Each | None = None
    where: Expr | None = None
    good: Expr | None = None
    of: Length | None = None


class Related(Node):
    """`(count of touches where ... on lead == id)`: of the rows that belong to the row at hand.

    `on` names a field of those rows, then one of the row at hand.
    """

    function: Name
    subject: Expr
    stream: Name | None
    where: Expr | None
    on: On


class Windows(Node):
    """`windows of 5min in office, empty as 0%`; with `share of windows`, the subject itself."""

    length: Quantity
    calendar: Name | None = None
    empty: Quantity | None = None


class Each(Node):
    """`over each zone`."""

    names: tuple[Name, ...]


Expr: TypeAlias = (
    Quantity
    | Text
    | Moment
    | Ref
    | Minus
    | Arithmetic
    | Coalesce
    | Compare
    | Member
    | Presence
    | Logic
    | Not
    | Match
    | Call
    | Aggregate
    | Related
)
