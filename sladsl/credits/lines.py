"""Lines and statements while they are worked out."""

from __future__ import annotations

from fractions import Fraction

from sladsl.credits.model import Step
from sladsl.credits.rounding import in_proportion
from sladsl.plan import model as p
from sladsl.verdicts.model import Period
from sladsl.verdicts.result import Judged

__all__ = ["Draft", "Line"]


class Line:
    """A verdict's amount on its way through the steps, exact, in units of the currency.

    `claimed` is None where nothing needs to be claimed; `waiting` is what still can be claimed,
    `until` (ns) how long.
    """

    __slots__ = ("amount", "claimed", "judged", "payment", "tier", "until", "waiting")

    def __init__(self, judged: Judged, payment: p.PaymentPlan, tier: str, amount: Fraction) -> None:
        self.judged = judged
        self.payment = payment
        self.tier = tier
        self.amount = amount
        self.claimed: bool | None = None
        self.until: int | None = None
        self.waiting = Fraction(0)

    def step(self, step: str, detail: str) -> Step:
        """A step of this line alone, with the amount that it leaves."""
        verdict = self.judged.verdict
        return Step(
            step, detail, self.amount, verdict.obligation, verdict.requirement, verdict.group,
            verdict.period.label,
        )  # fmt: skip


class Draft:
    """A statement on its way."""

    def __init__(self, period: Period, direction: str, payer: str, payee: str) -> None:
        self.period = period
        self.direction = direction
        self.payer = payer
        self.payee = payee
        self.lines: list[Line] = []
        self.steps: list[Step] = []

    @property
    def total(self) -> Fraction:
        """What all lines come to."""
        return sum((line.amount for line in self.lines), Fraction(0))

    def reduce(self, lines: list[Line], limit: Fraction, step: str, detail: str) -> None:
        """Bring some lines down to a limit, in proportion, and say so."""
        before = sum((line.amount for line in lines), Fraction(0))
        for line, amount in zip(
            lines, in_proportion(limit, [line.amount for line in lines]), strict=True
        ):
            line.amount = amount
        if lines:
            obligation = lines[0].payment.obligation if step != "cap" else ""
            self.steps.append(Step(step, detail, min(before, limit), obligation))
