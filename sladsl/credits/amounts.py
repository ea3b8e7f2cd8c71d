"""What an amount of the policy comes to, for a verdict or for a stretch of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import add, mul, sub

from sladsl.credits.fees import Fees, cutting
from sladsl.credits.words import decimal
from sladsl.folds.formulas import figure
from sladsl.folds.model import Cell, Folded, GrainKey, grain_of
from sladsl.plan import model as p
from sladsl.verdicts.model import Period
from sladsl.verdicts.result import Judged

__all__ = ["Amounts"]

_SIGNS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {"+": add, "-": sub, "*": mul}
_LEAVES = ("fee", "metric", "during")


class Amounts:
    """The amounts of one run, exact, in units of the currency."""

    def __init__(
        self,
        plan: p.Plan,
        folded: Mapping[GrainKey, Folded],
        horizon: int,
    ) -> None:
        self.plan = plan
        self.fees = Fees(plan, horizon)
        self._folded = folded
        self._horizon = horizon

    def due(
        self, payment: p.PaymentPlan, tier: p.TierPlan, judged: Judged, over: Period
    ) -> tuple[Fraction, str]:
        """What a tier comes to for one verdict, over the time at hand; how it is worked out."""
        amount = self._of(tier.amount, judged, over) or Fraction(0)
        detail = tier.text + self._parts(tier.amount, judged, over)
        if payment.steps is None:
            return amount, detail
        count = self._steps(payment.steps, judged)
        return amount * count, f"{detail}: {count} x {decimal(amount)}"

    def limit(self, amount: p.Amount, start: int, end: int) -> Fraction:
        """An amount for the time [start, end)."""
        return self._of(amount, None, Period("", start, end)) or Fraction(0)

    # ---- what they are worked out from ----

    def _of(self, amount: p.Amount, judged: Judged | None, over: Period) -> Fraction | None:
        """An amount, or a part of one; None where there is no figure to work it out from."""
        value = Fraction(*amount.value)
        match amount.of:
            case "fixed" | "service":
                return value
            case "fee":
                return value * self._fee(amount.before, over)
            case "fee_length":
                return self.fees.of_length(value, amount.unit, over.start)
            case "computed":
                return self._computed(amount, judged, over)
        assert judged is not None
        assert amount.formula is not None
        if amount.of == "during":
            return value * self._during(amount.formula, judged)
        found = figure(amount.formula, self._cells(judged))
        return None if found is None else value * found

    def _fee(self, before: str, over: Period) -> Fraction:
        if not before:
            return self.fees.over(over.start, over.end)
        start = self.plan.term[0]
        if over.start <= start:
            return Fraction(0)  # no period came before
        table = cutting(self.plan, before, start, self._horizon)
        spans = zip(table.starts.tolist(), table.ends.tolist(), strict=True)
        ended = [span for span in spans if span[1] <= over.start]
        return self.fees.over(*ended[-1]) if ended else Fraction(0)

    def _computed(self, amount: p.Amount, judged: Judged | None, over: Period) -> Fraction | None:
        """Operands joined from left to right; None where one is missing, or divides by zero."""
        values = [self._of(operand, judged, over) for operand in amount.operands]
        result = values[0]
        for operator, value in zip(amount.operators, values[1:], strict=True):
            if result is None or value is None or (operator == "/" and value == 0):
                return None
            result = result / value if operator == "/" else _SIGNS[operator](result, value)
        return result

    def _during(self, formula: p.Formula, judged: Judged) -> Fraction:
        """What accrued while an outage lasted: of each, by the part of it that counts."""
        assert isinstance(formula, p.AggregateRef)
        period, total = judged.verdict.period, Fraction(0)
        for run in self._cells(judged)(formula.index).outages:
            start, end = max(run.start, period.start), min(run.end, period.end)
            if start < end:
                total += self.fees.over(start, end) * Fraction(run.counted, end - start)
        return total

    def _cells(self, judged: Judged) -> Callable[[int], Cell]:
        assert isinstance(judged.requirement, p.Requirement)  # check: a deadline has no metric
        folded = self._folded[grain_of(judged.requirement)]

        def cell(aggregate: int) -> Cell:
            where = (judged.codes, judged.index)
            return folded.cells[aggregate].get(where, folded.blank[aggregate])

        return cell

    # ---- steps ----

    def _steps(self, steps: p.Steps, judged: Judged) -> int:
        """How many steps the figure, or the time that it is late, has."""
        value, instance = judged.verdict.value, judged.verdict.instance
        if value is None:  # what isn't done is late by the time so far
            assert instance is not None
            found = Fraction(instance.so_far, 10**9)
        else:
            found = value.value
        count = found / Fraction(*steps.step)
        return max(-(-count // 1) if steps.begun else count // 1, 0)

    # ---- words ----

    def _parts(self, amount: p.Amount, judged: Judged, over: Period) -> str:
        """What a part is of, or what a formula is worked out from."""
        if amount.of in _LEAVES and amount.value[0]:
            whole = self._of(amount.but(value=(1, 1)), judged, over)
            return f" (of {decimal(whole or Fraction(0))})"
        leaves = dict.fromkeys(leaf for leaf in _walk(amount) if leaf.of in _LEAVES)
        said = []
        for leaf in leaves:
            found = self._of(leaf, judged, over)
            said.append(f"{leaf.text} = {'no data' if found is None else decimal(found)}")
        return f" ({', '.join(said)})" if said else ""


def _walk(amount: p.Amount) -> list[p.Amount]:
    return [amount, *(part for operand in amount.operands for part in _walk(operand))]
