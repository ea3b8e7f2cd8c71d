"""Lines and statements while they are worked out."""

from __future__ import annotations

from fractions import Fraction

from sladsl.credits.model import CreditLine, Step
from sladsl.credits.rounding import in_proportion
from sladsl.plan import model as p
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import Judged

__all__ = ["Draft", "Line"]


class Line:
    """An amount on its way through the steps, exact, in units of the currency.

    It is for a verdict by a payment, or for what is charged by the piece (neither). `claimed` is
    None where nothing needs to be claimed; `waiting` is what still can be claimed, `until` (ns)
    how long.
    """

    __slots__ = (
        "amount", "claimed", "group", "judged", "obligation", "payment", "period", "requirement",
        "tier", "until", "waiting",
    )  # fmt: skip

    def __init__(self, obligation: str, period: Period, tier: str, amount: Fraction) -> None:
        self.obligation = obligation
        self.requirement = 0
        self.period = period
        self.group: tuple[tuple[str, str], ...] = ()
        self.tier = tier
        self.amount = amount
        self.judged: Judged | None = None
        self.payment: p.PaymentPlan | None = None
        self.claimed: bool | None = None
        self.until: int | None = None
        self.waiting = Fraction(0)

    @staticmethod
    def of(judged: Judged, payment: p.PaymentPlan, tier: str, amount: Fraction) -> Line:
        """What a payment comes to for a verdict."""
        verdict = judged.verdict
        line = Line(verdict.obligation, verdict.period, tier, amount)
        line.requirement, line.group = verdict.requirement, verdict.group
        line.judged, line.payment = judged, payment
        return line

    @property
    def excused(self) -> bool:
        """Whether the verdict is excused, so that nothing is due."""
        return self.judged is not None and self.judged.verdict.word is Word.EXCUSED

    def step(self, step: str, detail: str) -> Step:
        """A step of this line alone, with the amount that it leaves."""
        return Step(
            step, detail, self.amount, self.obligation, self.requirement, self.group,
            self.period.label,
        )  # fmt: skip

    def rounded(self, amount: Fraction) -> CreditLine:
        """The line as it is paid."""
        return CreditLine(
            self.obligation, self.requirement, self.period.label, self.group, self.tier, amount,
            self.claimed, self.until, self.waiting,
        )  # fmt: skip


class Draft:
    """A statement on its way."""

    def __init__(
        self, period: Period, direction: str, payer: str, payee: str, currency: str
    ) -> None:
        self.period = period
        self.direction = direction
        self.payer = payer
        self.payee = payee
        self.currency = currency
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
            obligation = lines[0].obligation if step != "cap" else ""
            self.steps.append(Step(step, detail, min(before, limit), obligation))
