"""From verdicts to money, with every step on the statement.

Order of steps: tier, worst of a `once`, the obligation's `at most`, caps (shorter periods
first, earlier statements first), `paid only above`, rounding. Lines stay exact until each
statement's total is rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from sladsl.credits.fees import Fees, cutting
from sladsl.credits.model import CreditLine, Statement, Step
from sladsl.credits.rounding import in_proportion, shared
from sladsl.credits.tiers import applying
from sladsl.folds.formulas import figure
from sladsl.folds.model import Cell, Folded, GrainKey, grain_of
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import Judged

__all__ = ["settle"]

_TOTALS = {"credit": "credits", "bonus": "bonuses", "penalty": "penalties"}
_YEAR = 366 * 86400 * 10**9
_LENGTHS = {kind: i for i, kind in enumerate(("hour", "day", "week", "month", "quarter", "year"))}


class _Line:
    """A verdict's amount on its way through the steps."""

    __slots__ = ("amount", "judged", "payment", "tier")

    def __init__(self, judged: Judged, payment: p.PaymentPlan, tier: str, amount: Fraction) -> None:
        self.judged = judged
        self.payment = payment
        self.tier = tier
        self.amount = amount


class _Draft:
    """A statement on its way."""

    def __init__(self, period: Period, direction: str, payer: str, payee: str) -> None:
        self.period = period
        self.direction = direction
        self.payer = payer
        self.payee = payee
        self.lines: list[_Line] = []
        self.steps: list[Step] = []

    @property
    def total(self) -> Fraction:
        return sum((line.amount for line in self.lines), Fraction(0))

    def reduce(self, lines: list[_Line], limit: Fraction, step: str, detail: str) -> None:
        """Bring some lines down to a limit, in proportion, and say so."""
        before = sum((line.amount for line in lines), Fraction(0))
        for line, amount in zip(
            lines, in_proportion(limit, [line.amount for line in lines]), strict=True
        ):
            line.amount = amount
        if lines:
            obligation = lines[0].payment.obligation if step != "cap" else ""
            self.steps.append(Step(step, detail, min(before, limit), obligation))


def settle(
    plan: p.Plan, judged: Iterable[Judged], folded: Mapping[GrainKey, Folded], as_of: int
) -> tuple[Statement, ...]:
    """The statements of a run, by period, direction and parties."""
    if not plan.payments:
        return ()
    return _Settlement(plan, tuple(judged), folded, as_of).statements()


class _Settlement:
    def __init__(
        self,
        plan: p.Plan,
        judged: tuple[Judged, ...],
        folded: Mapping[GrainKey, Folded],
        as_of: int,
    ) -> None:
        self.plan = plan
        self.judged = judged
        self.folded = folded
        self.as_of = as_of
        end = plan.term[1]
        self.horizon = as_of + 2 * _YEAR if end is None else end
        self.fees = Fees(plan, self.horizon)
        self.months = cutting(plan, "month", plan.term[0], self.horizon)
        self.drafts: dict[tuple[int, int, str, str, str], _Draft] = {}

    def statements(self) -> tuple[Statement, ...]:
        """All steps, in order."""
        for payment in self.plan.payments:
            self._tiers(payment)
        drafts = [self.drafts[key] for key in sorted(self.drafts) if self.drafts[key].lines]
        for draft in drafts:
            for payment in self.plan.payments:
                self._within_obligation(draft, payment)
        caps = sorted(self.plan.caps, key=lambda c: _LENGTHS.get(c.per, len(_LENGTHS)))
        for cap in caps:
            self._cap(cap, drafts)
        for draft in drafts:
            self._paid_only_above(draft)
        return tuple(self._rounded(draft) for draft in drafts)

    # ---- tiers ----

    def _tiers(self, payment: p.PaymentPlan) -> None:
        for judged in self.judged:
            verdict = judged.verdict
            if verdict.obligation != payment.obligation or verdict.word is not Word.BREACHED:
                continue
            if payment.metric not in (None, verdict.metric):
                continue
            if not p.in_force(payment, verdict.period.start):
                continue
            if verdict.value is None or verdict.period.end > self.as_of:
                continue  # the figure that decides what is due isn't known yet
            tier = applying(_schedule(payment, dict(verdict.group)), verdict.value.value)
            draft = self._draft(judged, payment)
            if tier is None:
                continue
            amount = self._amount(tier.amount, judged)
            draft.lines.append(_Line(judged, payment, tier.text, amount))
            draft.steps.append(
                Step(
                    "tier", self._words(tier, judged), amount, verdict.obligation,
                    verdict.requirement, verdict.group, verdict.period.label,
                )
            )  # fmt: skip

    def _words(self, tier: p.TierPlan, judged: Judged) -> str:
        amount = tier.amount
        if amount.of == "fixed":
            return tier.text
        base = (
            self._amount(amount, judged) / Fraction(*amount.value)
            if amount.value[0] and amount.of != "fee_length"
            else None
        )
        return tier.text if base is None else f"{tier.text} (of {decimal(base)})"

    def _draft(self, judged: Judged, payment: p.PaymentPlan) -> _Draft:
        """The statement that a period's amounts are on: its month, or its own period."""
        own = self._statement_period(judged)
        direction = _TOTALS[payment.direction]
        key = (own.start, own.end, direction, payment.payer, payment.payee)
        if key not in self.drafts:
            self.drafts[key] = _Draft(own, direction, payment.payer, payment.payee)
        return self.drafts[key]

    def _statement_period(self, judged: Judged) -> Period:
        period, time = judged.verdict.period, judged.verdict.period.start
        if isinstance(judged.requirement, p.DeadlinePlan):
            time = period.end  # an instance belongs to the month in which it is due
        elif isinstance(judged.requirement.period, p.Rolling):
            time = period.end - 1
        elif judged.requirement.period in ("quarter", "year", "term"):
            return period
        number = _at(self.months.starts.tolist(), time)
        start, end = int(self.months.starts[number]), int(self.months.ends[number])
        return Period(self.months.labels[number], start, end)

    # ---- amounts ----

    def _amount(self, amount: p.Amount, judged: Judged) -> Fraction:
        """An amount for one verdict, in units of the currency."""
        value = Fraction(*amount.value)
        period = judged.verdict.period
        match amount.of:
            case "fixed":
                return value
            case "fee":
                return value * self.fees.over(period.start, period.end)
            case "fee_length":
                return self.fees.of_length(value, amount.unit, period.start)
            case _:
                assert amount.formula is not None
                found = figure(amount.formula, self._cells(judged))
                return value * (found or Fraction(0))

    def _cells(self, judged: Judged) -> Callable[[int], Cell]:
        assert isinstance(judged.requirement, p.Requirement)  # check: a deadline has no metric
        folded = self.folded[grain_of(judged.requirement)]

        def cell(aggregate: int) -> Cell:
            where = (judged.codes, judged.index)
            return folded.cells[aggregate].get(where, folded.blank[aggregate])

        return cell

    def _limit(self, amount: p.Amount, start: int, end: int) -> Fraction:
        value = Fraction(*amount.value)
        if amount.of == "fee":
            return value * self.fees.over(start, end)
        if amount.of == "fee_length":
            return self.fees.of_length(value, amount.unit, start)
        return value

    # ---- the obligation's own limits ----

    def _within_obligation(self, draft: _Draft, payment: p.PaymentPlan) -> None:
        by_period: dict[tuple[int, int], list[_Line]] = {}
        for line in draft.lines:
            if line.payment is payment:
                period = line.judged.verdict.period
                by_period.setdefault((period.start, period.end), []).append(line)
        for (start, end), lines in by_period.items():
            if payment.occurrence == "once" and len(lines) > 1:
                self._worst(draft, lines)
            if payment.limit is not None:
                limit = self._limit(payment.limit, start, end)
                if sum((line.amount for line in lines), Fraction(0)) > limit:
                    detail = f"at most {payment.limit.text}"
                    draft.reduce(lines, limit, "at most", detail)

    def _worst(self, draft: _Draft, lines: list[_Line]) -> None:
        """`once`: only the largest of the amounts is due; ties go to the first."""
        kept = max(lines, key=lambda line: line.amount)
        for line in lines:
            if line is not kept:
                line.amount = Fraction(0)
        verdict = kept.judged.verdict
        detail = f"once: the largest of {len(lines)}"
        draft.steps.append(
            Step(
                "once", detail, kept.amount, verdict.obligation, verdict.requirement,
                verdict.group, verdict.period.label,
            )
        )  # fmt: skip

    def _paid_only_above(self, draft: _Draft) -> None:
        """An obligation's total on a statement that isn't above its threshold isn't paid."""
        thresholds = {
            line.payment.obligation: line.payment.paid_only_above
            for line in draft.lines
            if line.payment.paid_only_above is not None
        }
        for obligation, pair in thresholds.items():
            threshold = Fraction(*pair)
            lines = [line for line in draft.lines if line.payment.obligation == obligation]
            if sum((line.amount for line in lines), Fraction(0)) > threshold:
                continue
            for line in lines:
                line.amount = Fraction(0)
            detail = f"paid only above {decimal(threshold)} {self.plan.currency}"
            draft.steps.append(Step("paid only above", detail, Fraction(0), obligation))

    # ---- caps ----

    def _cap(self, cap: p.CapPlan, drafts: list[_Draft]) -> None:
        """Earlier statements first: what is settled is never reduced again."""
        table = cutting(self.plan, cap.per, self.plan.term[0], self.horizon)
        starts, ends = table.starts.tolist(), table.ends.tolist()
        used: dict[tuple[int, str, str], Fraction] = {}
        for draft in sorted(drafts, key=lambda d: (d.period.end, d.period.start)):
            if draft.direction != cap.what or not draft.lines:
                continue
            number = _at(starts, draft.period.end - 1)
            if not p.in_force(cap, starts[number]):
                continue
            key = (number, draft.payer, draft.payee)
            limit = self._limit(cap.amount, starts[number], ends[number])
            left = max(limit - used.get(key, Fraction(0)), Fraction(0))
            if draft.total > left:
                detail = f"{cap.amount.text} per {cap.per}: {decimal(limit)}"
                if left != limit:
                    detail += f", of which {decimal(left)} is left"
                draft.reduce(draft.lines, left, "cap", detail)
            used[key] = used.get(key, Fraction(0)) + draft.total

    # ---- rounding ----

    def _rounded(self, draft: _Draft) -> Statement:
        unit = Fraction(*self.plan.rounding_to)
        exact = draft.total
        payable = rounded(exact, self.plan.rounding, unit)
        currency = self.plan.currency or ""
        if draft.lines:
            detail = f"{self.plan.rounding} to {decimal(unit)} {currency}"
            draft.steps.append(Step("rounding", detail, payable))
        parts = shared(payable, [line.amount for line in draft.lines], unit)
        lines = tuple(
            CreditLine(
                line.judged.verdict.obligation, line.judged.verdict.requirement,
                line.judged.verdict.period.label, line.judged.verdict.group, line.tier, amount,
            )
            for line, amount in zip(draft.lines, parts, strict=True)
        )  # fmt: skip
        return Statement(
            draft.period, draft.direction, draft.payer, draft.payee, currency,
            tuple(draft.steps), lines, payable, decimals(unit),
        )  # fmt: skip


def _schedule(payment: p.PaymentPlan, group: dict[str, str]) -> tuple[p.TierPlan, ...]:
    found: tuple[p.TierPlan, ...] = ()
    for key, tiers in payment.schedules:
        if payment.field is not None and key == group.get(payment.field):
            return tiers
        if key == "":
            found = tiers
    return found


def _at(starts: list[int], time: int) -> int:
    """The number of the period that holds a time (the first, where it lies before all)."""
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        if starts[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return max(low - 1, 0)


def decimals(unit: Fraction) -> int:
    """How many decimals a rounding unit has."""
    count = 0
    while unit.denominator != 1:
        unit *= 10
        count += 1
    return count


def decimal(amount: Fraction) -> str:
    """An amount in digits; one that doesn't end is shown as a fraction."""
    rest = amount.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{amount.numerator}/{amount.denominator}"
    places = decimals(amount)
    digits = str(abs(amount.numerator) * 10**places // amount.denominator).rjust(places + 1, "0")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return ("-" if amount < 0 else "") + text
