"""What is due, with every step that led to it."""

from __future__ import annotations

from fractions import Fraction

from sladsl.records import Record
from sladsl.verdicts.model import Period

__all__ = ["SERVICE", "CreditLine", "Statement", "Step"]

#: What is no money: calendar units of service, and what they are called.
SERVICE = {"day": "days of service", "month": "months of service"}


class Step(Record):
    """One step of a statement: `amount` is exact, in units of the currency.

    `step` is tier, excuse, claim, once, at most, cap, paid only above, rounding; of claims that
    claim nothing held, unused. `detail` says it in words. On a net it is a direction, or net.
    """

    step: str
    detail: str
    amount: Fraction
    obligation: str = ""
    requirement: int = 0
    group: tuple[tuple[str, str], ...] = ()
    period: str = ""


class CreditLine(Record):
    """What one verdict comes to after all steps, rounded; `tier` in the policy's words.

    `claimed` is None where nothing needs to be claimed; `waiting` is what still can be claimed,
    as it is before limits and rounding, `until` (ns) how long.
    """

    obligation: str
    requirement: int
    period: str
    group: tuple[tuple[str, str], ...]
    tier: str
    amount: Fraction
    claimed: bool | None = None
    until: int | None = None
    waiting: Fraction = Fraction(0)


class Statement(Record):
    """What one party owes another for one period, in one direction.

    A `net` is what remains of all directions between two parties in a period, and the `total`
    the same for all periods; they have no lines of their own. `currency` is what it is counted
    in: a currency, or one of `SERVICE`, which is added to the end of the term.
    """

    period: Period
    direction: str  # credits, penalties, bonuses, charges, returns, fees; net, total
    payer: str
    payee: str
    currency: str
    steps: tuple[Step, ...]
    lines: tuple[CreditLine, ...]
    payable: Fraction
    minor: int  # decimals of the rounding unit
