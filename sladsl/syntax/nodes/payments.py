"""What is paid, its limits, and how it is claimed."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.deadlines import Anchor
from sladsl.syntax.nodes.expressions import Expr, Ref
from sladsl.syntax.nodes.literals import Length, Name, Quantity, Text

__all__ = [
    "Amount", "Base", "Bound", "Cap", "Charge", "Claim", "Computed", "ForEvery", "Greatest",
    "GreatestArm", "LengthOf", "PartOf", "Payment", "Payout", "PayoutArm", "PayoutMatch",
    "Returned", "ShareOf", "Tier", "Tiers", "Timed",
]  # fmt: skip


class Timed(Node):
    """`fee in month before`, `fee during down`: over another time than the judged period.

    `before` is the period that ended last when the judged one began, `during` an outage.
    """

    ref: Ref
    before: Name | None
    during: Name | None

    @property
    def text(self) -> str:
        """As it is written."""
        if self.before is not None:
            return f"{self.ref.text} in {self.before.text} before"
        assert self.during is not None
        return f"{self.ref.text} during {self.during.text}"


Base: TypeAlias = Ref | Timed


class ShareOf(Node):
    """`10% of fee`."""

    share: Quantity
    of: Base


class PartOf(Node):
    """`(100% - availability) of fee`: the share is worked out."""

    share: Amount
    of: Base


class LengthOf(Node):
    """`3 months of fee`, `3 days of service`."""

    length: Length
    of: Base


class Computed(Node):
    """`10 * fee during down`: joined by `+`/`-` or by `*`/`/`, from left to right."""

    operands: tuple[Amount, ...]
    operators: tuple[str, ...]


Amount: TypeAlias = ShareOf | PartOf | LengthOf | Computed | Quantity | Base


class Bound(Node):
    """`below 99.0%`, `at most 99.9%`, `above`, `at least`: the operator is `< <= > >=`."""

    operator: str
    limit: Expr


class Tier(Node):
    """What is due when the figure lies within the bounds."""

    bounds: tuple[Bound, ...]
    amount: Amount


class Tiers(Node):
    """A schedule."""

    tiers: tuple[Tier, ...]


class PayoutArm(Node):
    """One arm of a schedule by group."""

    key: Name | Text | Quantity | None
    payout: Tiers | Amount


class PayoutMatch(Node):
    """`match class { standard: {...}, infrequent: {...} }`."""

    subject: Name
    arms: tuple[PayoutArm, ...]


class GreatestArm(Node):
    """`on availability { ... }`: what one metric comes to."""

    on: Name
    payout: Tiers | PayoutMatch | Amount


class Greatest(Node):
    """`greatest of { on availability { ... }  on speed { ... } }`."""

    arms: tuple[GreatestArm, ...]


class ForEvery(Node):
    """`1 day of fee for every 1h begun of lateness`; without `begun` only whole steps count."""

    amount: Amount
    step: Quantity
    begun: bool
    of: Name


Payout: TypeAlias = Tiers | PayoutMatch | Greatest | ForEvery | Amount


class Payment(Node):
    """`credit once { ... }, at most 8% of fee`; `direction` is credit, bonus or penalty."""

    direction: str
    occurrence: str | None
    on: Name | None
    payout: Payout
    limit: Amount | None
    also_when_met: bool = False


class Returned(Node):
    """`returned if met for 3 months`: credits are paid back after as many good ones in a row."""

    count: Quantity
    unit: str


class Claim(Node):
    """`claim within 30 days of end of period by notices where ...`.

    `by_end`: `claim by end of 2 months after period by ...`, the end of the second calendar
    month after the one that the anchor lies in.
    """

    within: Length
    calendar: Name | None
    of: Anchor
    stream: Name
    where: Expr | None
    by_end: bool = False
    trigger: Expr | None = None  # from which rows of its anchor's stream it runs


class Charge(Node):
    """`charge each 95.00 EUR for tickets where kind == break_fix`: an amount for each row."""

    label: Name | None
    doc: Text | None
    amount: Expr
    stream: Name
    where: Expr | None

    @property
    def name(self) -> Name:
        """What an amendment replaces it by: its own name, or that of its stream."""
        return self.label or self.stream


class Cap(Node):
    """`cap credits at 50% of fee per month`."""

    what: Name
    at: Amount
    per: Name
