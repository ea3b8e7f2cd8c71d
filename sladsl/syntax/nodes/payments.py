"""What is paid, its limits, and how it is claimed."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.deadlines import Anchor
from sladsl.syntax.nodes.expressions import Expr, Ref
from sladsl.syntax.nodes.literals import Length, Name, Quantity, Text

__all__ = [
    "Amount", "Bound", "Cap", "Claim", "LengthOf", "Payment", "PayoutArm", "PayoutMatch",
    "ShareOf", "Tier", "Tiers",
]  # fmt: skip


class ShareOf(Node):
    """`10% of fee`."""

    share: Quantity
    of: Ref


class LengthOf(Node):
    """`3 months of fee`."""

    length: Length
    of: Ref


Amount: TypeAlias = ShareOf | LengthOf | Quantity | Ref


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


class Payment(Node):
    """`credit once { ... }, at most 8% of fee`; `direction` is credit, bonus or penalty."""

    direction: str
    occurrence: str | None
    on: Name | None
    payout: Tiers | PayoutMatch | Amount
    limit: Amount | None


class Claim(Node):
    """`claim within 30 days of end of period by notices where ...`."""

    within: Length
    calendar: Name | None
    of: Anchor
    stream: Name
    where: Expr | None


class Cap(Node):
    """`cap credits at 50% of fee per month`."""

    what: Name
    at: Amount
    per: Name
