"""What is due, with every step that led to it."""

from __future__ import annotations

from fractions import Fraction

from sladsl.records import Record
from sladsl.verdicts.model import Period

__all__ = ["CreditLine", "Statement", "Step"]


class Step(Record):
    """One step of a statement: `amount` is exact, in units of the currency.

    `step` is tier, worst, at most, cap, paid only above, rounding. `detail` says it in words.
    """

    step: str
    detail: str
    amount: Fraction
    obligation: str = ""
    requirement: int = 0
    group: tuple[tuple[str, str], ...] = ()
    period: str = ""


class CreditLine(Record):
    """What one verdict comes to after all steps, rounded; `tier` in the policy's words."""

    obligation: str
    requirement: int
    period: str
    group: tuple[tuple[str, str], ...]
    tier: str
    amount: Fraction


class Statement(Record):
    """What one party owes another for one period, in one direction."""

    period: Period
    direction: str  # credits, penalties, bonuses
    payer: str
    payee: str
    currency: str
    steps: tuple[Step, ...]
    lines: tuple[CreditLine, ...]
    payable: Fraction
    minor: int  # decimals of the rounding unit
