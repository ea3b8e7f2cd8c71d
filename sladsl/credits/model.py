"""What is due, with every step that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sladsl.verdicts.model import Period

__all__ = ["CreditLine", "Statement", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
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


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What one verdict comes to after all steps, rounded; `tier` in the policy's words."""

    obligation: str
    requirement: int
    period: str
    group: tuple[tuple[str, str], ...]
    tier: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Statement:
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
