"""What an amount of the policy comes to, for a verdict or for a stretch of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import add, mul, sub

from sladsl.credits.fees import Fees, cutting
from sladsl.credits.words import decimal
from sladsl.folds.formulas import aggregates_of, figure
from sladsl.folds.model import Cell, Folded, GrainKey
from sladsl.plan import model as p
from sladsl.plan.uses import leaves
from sladsl.records import Record
from sladsl.verdicts.model import Period
from sladsl.verdicts.result import Judged

__all__ = ["Amounts"]

_SIGNS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {"+": add, "-": sub, "*": mul}
_LEAVES = ("fee", "metric", "metric_length", "during")


class _Over(Record):
    """What an amount is for: a period by a rule, and where it is judged, its number and group."""

    period: Period
    rule: p.PeriodRule
    groups: tuple[p.GroupField, ...] = ()
    codes: tuple[int, ...] = ()
    index: int | None = None

    @property
    def asked(self) -> int:
        """When something `in month before` has to be over (ns): by the row that it is before."""
        trails = isinstance(self.rule, p.Trailing)
        return self.period.end if trails else self.period.start

    @staticmethod
    def of(judged: Judged, period: Period) -> _Over:
        """For a verdict; of a deadline's for the month in which it is due."""
        if isinstance(judged.requirement, p.DeadlinePlan):
            return _Over(period, "month")
        rule, groups = judged.requirement.period, judged.requirement.groups
        return _Over(period, rule, groups, judged.codes, judged.index)


class Amounts:
    """The amounts of one run, exact, in units of the currency."""

    def __init__(
        self,
        plan: p.Plan,
        folded: Mapping[GrainKey, Folded],
        horizon: int,
        as_of: int,
    ) -> None:
        self.plan = plan
        self.fees = Fees(plan, horizon)
        self._folded = folded
        self._horizon = horizon
        self._as_of = as_of

    def due(
        self, payment: p.PaymentPlan, tier: p.TierPlan, judged: Judged, over: Period
    ) -> tuple[Fraction, str]:
        """What a tier comes to for one verdict, over the time at hand; how it is worked out."""
        about = _Over.of(judged, over)
        amount = self._of(tier.amount, about) or Fraction(0)
        detail = tier.text + self._parts(tier.amount, about)
        if payment.steps is None:
            return amount, detail
        count = self._steps(payment.steps, judged)
        return amount * count, f"{detail}: {count} x {decimal(amount)}"

    def limit(
        self, amount: p.Amount, rule: p.PeriodRule, start: int, end: int
    ) -> tuple[Fraction, str]:
        """The most that is due for the time [start, end), a period by a rule, in words too."""
        over = _Over(Period("", start, end), rule)
        found = max(self._of(amount, over) or Fraction(0), Fraction(0))
        parts = self._parts(amount, over) if any(x.formula for x in leaves(amount)) else ""
        open_ = " so far" if parts and end > self._as_of else ""
        return found, f"{amount.text}{parts}{open_}"

    # ---- what they are worked out from ----

    def _of(self, amount: p.Amount, over: _Over) -> Fraction | None:
        """An amount, or a part of one; None where there is no figure to work it out from."""
        value = Fraction(*amount.value)
        match amount.of:
            case "fixed" | "service":
                return value
            case "fee":
                return value * self._fee(amount.before, over)
            case "fee_length":
                return self.fees.of_length(value, amount.unit, over.period.start)
            case "computed":
                return self._computed(amount, over)
        assert amount.formula is not None
        cells = self._cells(amount, over)
        if cells is None:
            return None
        if amount.of == "during":
            return value * self._during(amount.formula, cells, over.period)
        found = figure(amount.formula, cells)
        if found is None or amount.of == "metric_length":
            return found
        return value * found

    def _fee(self, before: str, over: _Over) -> Fraction:
        if not before:
            return self.fees.over(over.period.start, over.period.end)
        start = self.plan.term[0]
        if over.asked <= start:
            return Fraction(0)  # no period came before
        table = cutting(self.plan, before, start, self._horizon)
        spans = zip(table.starts.tolist(), table.ends.tolist(), strict=True)
        ended = [span for span in spans if span[1] <= over.asked]
        return self.fees.over(*ended[-1]) if ended else Fraction(0)

    def _computed(self, amount: p.Amount, over: _Over) -> Fraction | None:
        """Operands joined from left to right; None where one is missing, or divides by zero."""
        values = [self._of(operand, over) for operand in amount.operands]
        result = values[0]
        for operator, value in zip(amount.operators, values[1:], strict=True):
            if result is None or value is None or (operator == "/" and value == 0):
                return None
            result = result / value if operator == "/" else _SIGNS[operator](result, value)
        return result

    def _during(self, formula: p.Formula, cells: Callable[[int], Cell], period: Period) -> Fraction:
        """What accrued while an outage lasted: of each, by the part of it that counts."""
        assert isinstance(formula, p.AggregateRef)
        total = Fraction(0)
        for run in cells(formula.index).outages:
            start, end = max(run.start, period.start), min(run.end, period.end)
            if start < end:
                total += self.fees.over(start, end) * Fraction(run.counted, end - start)
        return total

    def _cells(self, amount: p.Amount, over: _Over) -> Callable[[int], Cell] | None:
        """The figures that an amount is a part of; None where there is no such period."""
        assert amount.formula is not None
        if not aggregates_of(amount.formula):
            return self._none
        grain = p.Grain(over.rule, over.groups).of(amount)
        folded = self._folded[grain.period, grain.groups]
        index = self._number(folded, amount, over)
        if index is None:
            return None
        where = (over.codes if grain.groups else (), index)

        def cell(aggregate: int) -> Cell:
            return folded.cells[aggregate].get(where, folded.blank[aggregate])

        return cell

    def _none(self, aggregate: int) -> Cell:
        raise AssertionError(aggregate)

    def _number(self, folded: Folded, amount: p.Amount, over: _Over) -> int | None:
        """Which period of a grain it is: the judged one, or the last that was over by then."""
        start, end = over.period.start, over.period.end
        if amount.before or amount.of == "metric_length":
            upto = over.asked if amount.before else min(end, self._as_of)
            ended = [i for i, x in enumerate(folded.ends) if x <= upto]
            return ended[-1] if ended else None
        if over.index is not None:
            return over.index
        spans = zip(folded.starts, folded.ends, strict=True)
        return next((i for i, span in enumerate(spans) if span == (start, end)), None)

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

    def _parts(self, amount: p.Amount, over: _Over) -> str:
        """What a part is of, or what a formula is worked out from."""
        if amount.of in _LEAVES and amount.value[0] and amount.of != "metric_length":
            whole = self._of(amount.but(value=(1, 1)), over)
            return f" (of {decimal(whole or Fraction(0))})"
        said = []
        for leaf in dict.fromkeys(leaf for leaf in leaves(amount) if leaf.of in _LEAVES):
            found = self._of(leaf, over)
            said.append(f"{leaf.text} = {'no data' if found is None else decimal(found)}")
        return f" ({', '.join(said)})" if said else ""
