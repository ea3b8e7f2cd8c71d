"""What an amount of the policy comes to, for a verdict or for a stretch of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from sladsl.credits.fees import Fees
from sladsl.credits.words import decimal
from sladsl.folds.formulas import figure
from sladsl.folds.model import Cell, Folded, GrainKey, grain_of
from sladsl.plan import model as p
from sladsl.verdicts.result import Judged

__all__ = ["Amounts"]


class Amounts:
    """The amounts of one run, exact, in units of the currency."""

    def __init__(self, plan: p.Plan, folded: Mapping[GrainKey, Folded], horizon: int) -> None:
        self.fees = Fees(plan, horizon)
        self._folded = folded

    def due(self, amount: p.Amount, judged: Judged) -> Fraction:
        """An amount for one verdict."""
        if amount.formula is None:
            period = judged.verdict.period
            return self.limit(amount, period.start, period.end)
        found = figure(amount.formula, self._cells(judged))
        return Fraction(*amount.value) * (found or Fraction(0))

    def limit(self, amount: p.Amount, start: int, end: int) -> Fraction:
        """An amount for the time [start, end)."""
        value = Fraction(*amount.value)
        if amount.of == "fee":
            return value * self.fees.over(start, end)
        if amount.of == "fee_length":
            return self.fees.of_length(value, amount.unit, start)
        return value

    def words(self, tier: p.TierPlan, judged: Judged) -> str:
        """A tier as the policy says it, with what its part is of."""
        amount = tier.amount
        if amount.of in ("fixed", "fee_length") or not amount.value[0]:
            return tier.text
        base = self.due(amount, judged) / Fraction(*amount.value)
        return f"{tier.text} (of {decimal(base)})"

    def _cells(self, judged: Judged) -> Callable[[int], Cell]:
        assert isinstance(judged.requirement, p.Requirement)  # check: a deadline has no metric
        folded = self._folded[grain_of(judged.requirement)]

        def cell(aggregate: int) -> Cell:
            where = (judged.codes, judged.index)
            return folded.cells[aggregate].get(where, folded.blank[aggregate])

        return cell
