"""From verdicts to money, with every step on the statement.

Order of steps: tier, excuse, claim, largest of a `once`, the obligation's `at most`, caps
(shorter periods first, earlier statements first), `paid only above`, rounding, net. Lines stay
exact until each statement's total is rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from sladsl.calendar.clocks import BusinessClock
from sladsl.credits.amounts import Amounts
from sladsl.credits.claims import Claims, Row
from sladsl.credits.fees import cutting
from sladsl.credits.lines import Draft, Line
from sladsl.credits.model import CreditLine, Statement, Step
from sladsl.credits.netting import netted
from sladsl.credits.rounding import shared
from sladsl.credits.tiers import applying
from sladsl.credits.words import decimal, decimals
from sladsl.folds.listings import Listed
from sladsl.folds.model import Folded, GrainKey
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import Judged

__all__ = ["settle"]

_TOTALS = {"credit": "credits", "bonus": "bonuses", "penalty": "penalties"}
_YEAR = 366 * 86400 * 10**9
_LENGTHS = {kind: i for i, kind in enumerate(("hour", "day", "week", "month", "quarter", "year"))}
_PAID_FOR = {
    "credit": (Word.BREACHED, Word.EXCUSED),
    "penalty": (Word.BREACHED, Word.EXCUSED),
    "bonus": (Word.MET,),
}


def settle(
    plan: p.Plan,
    judged: Iterable[Judged],
    folded: Mapping[GrainKey, Folded],
    as_of: int,
    listed: Mapping[p.Listing, Listed],
    clocks: Mapping[str, BusinessClock],
) -> tuple[Statement, ...]:
    """The statements of a run, by period, direction and parties, each period's net after them."""
    if not plan.payments:
        return ()
    claims = Claims(plan, listed, clocks, as_of)
    return _Settlement(plan, tuple(judged), folded, as_of, claims).statements()


class _Settlement:
    def __init__(
        self,
        plan: p.Plan,
        judged: tuple[Judged, ...],
        folded: Mapping[GrainKey, Folded],
        as_of: int,
        claims: Claims,
    ) -> None:
        self.plan = plan
        self.judged = judged
        self.as_of = as_of
        self.claims = claims
        start, end = plan.term
        self.horizon = as_of + 2 * _YEAR if end is None else end
        self.term = Period("term", start, self.horizon)
        self.amounts = Amounts(plan, folded, self.horizon)
        self.months = cutting(plan, "month", start, self.horizon)
        self.drafts: dict[tuple[int, int, str, str, str, str], Draft] = {}

    def statements(self) -> tuple[Statement, ...]:
        """All steps, in order."""
        for payment in self.plan.payments:
            self._tiers(payment)
        self._claims()
        drafts = [d for _, d in sorted(self.drafts.items()) if d.lines or d.steps]
        for draft in drafts:
            for payment in self.plan.payments:
                self._within_obligation(draft, payment)
        caps = sorted(self.plan.caps, key=lambda c: _LENGTHS.get(c.per, len(_LENGTHS)))
        for cap in caps:
            self._cap(cap, drafts)
        for draft in drafts:
            self._paid_only_above(draft)
        return netted([self._rounded(draft) for draft in drafts], self.term)

    # ---- tiers, excuses ----

    def _tiers(self, payment: p.PaymentPlan) -> None:
        for judged in self.judged:
            verdict = judged.verdict
            if verdict.obligation != payment.obligation:
                continue
            if verdict.word not in _PAID_FOR[payment.direction]:
                continue
            if payment.metric not in (None, verdict.metric):
                continue
            if not p.in_force(payment, verdict.period.start):
                continue
            figure = Fraction(0) if verdict.value is None else verdict.value.value
            missing = verdict.value is None and verdict.instance is None
            if missing or verdict.period.end > self.as_of:
                continue  # the figure that decides what is due isn't known yet
            tier = applying(_schedule(payment, dict(verdict.group)), figure)
            draft = self._draft(judged, payment)
            if tier is None:
                continue
            line = Line(judged, payment, tier.text, self.amounts.due(tier.amount, judged))
            draft.lines.append(line)
            draft.steps.append(line.step("tier", self.amounts.words(tier, judged)))
            if verdict.word is Word.EXCUSED:
                line.amount = Fraction(0)
                draft.steps.append(line.step("excuse", verdict.reason or "excused"))

    def _draft(self, judged: Judged, payment: p.PaymentPlan) -> Draft:
        """The statement that a verdict's amounts are on."""
        return self._of(self._period(judged), payment)

    def _of(self, period: Period, payment: p.PaymentPlan) -> Draft:
        direction = _TOTALS[payment.direction]
        about = period.start, period.end, period.label
        key = (*about, direction, payment.payer, payment.payee)
        if key not in self.drafts:
            self.drafts[key] = Draft(period, direction, payment.payer, payment.payee)
        return self.drafts[key]

    def _period(self, judged: Judged) -> Period:
        """What a verdict's statement is for: its month, or a quarter, year or term of its own."""
        period = judged.verdict.period
        if isinstance(judged.requirement, p.DeadlinePlan):
            return self._month(period.end)  # an instance belongs to the month in which it is due
        if isinstance(judged.requirement.period, p.Rolling):
            return self._month(period.end - 1)
        if judged.requirement.period in ("quarter", "year", "term"):
            return period
        return self._month(period.start)

    def _month(self, time: int) -> Period:
        number = _at(self.months.starts.tolist(), time)
        start, end = int(self.months.starts[number]), int(self.months.ends[number])
        return Period(self.months.labels[number], start, end)

    # ---- claims ----

    def _claims(self) -> None:
        """What has to be claimed, by each clause; a claim that no clause uses is noted once."""
        clauses = {pay.claim: pay for pay in reversed(self.plan.payments) if pay.claim is not None}
        used = set()
        left = []
        for claim, payment in reversed(clauses.items()):
            lines = [
                (draft, line)
                for _, draft in sorted(self.drafts.items())
                for line in draft.lines
                if line.payment.claim == claim and line.judged.verdict.word is not Word.EXCUSED
            ]
            found, others = self.claims.settle(claim, lines)
            used |= {(claim.rows, row) for row in found}
            left += [(claim, payment, row) for row in others]
        for claim, payment, row in left:
            if (claim.rows, row) in used:
                continue
            own = (j for j in self.judged if j.verdict.obligation == payment.obligation)
            running = (self._period(j) for j in own if self._runs(j, row))
            period = next(running, None)
            held = period is not None
            draft = self._of(self._month(row.time) if period is None else period, payment)
            draft.steps.append(self.claims.note(row, claim, held=held))
            used.add((claim.rows, row))

    def _runs(self, judged: Judged, row: Row) -> bool:
        """Whether a verdict is of an open period that a claim may still be about."""
        period = judged.verdict.period
        running = row.named or period.start <= row.time
        about = row.about(judged.verdict, self._period(judged).label)
        return period.end > self.as_of and running and about

    # ---- the obligation's own limits ----

    def _within_obligation(self, draft: Draft, payment: p.PaymentPlan) -> None:
        by_period: dict[tuple[int, int], list[Line]] = {}
        for line in draft.lines:
            if line.payment is payment:
                period = line.judged.verdict.period
                by_period.setdefault((period.start, period.end), []).append(line)
        for (start, end), lines in by_period.items():
            if payment.occurrence == "once" and len(lines) > 1:
                self._largest(draft, lines)
            if payment.limit is not None:
                limit = self.amounts.limit(payment.limit, start, end)
                if sum((line.amount for line in lines), Fraction(0)) > limit:
                    detail = f"at most {payment.limit.text}"
                    draft.reduce(lines, limit, "at most", detail)

    def _largest(self, draft: Draft, lines: list[Line]) -> None:
        """`once`: only the largest of the amounts is due; ties go to the first."""
        kept = max(lines, key=lambda line: line.amount)
        for line in lines:
            if line is not kept:
                line.amount = Fraction(0)
        draft.steps.append(kept.step("once", f"once: the largest of {len(lines)}"))

    def _paid_only_above(self, draft: Draft) -> None:
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

    def _cap(self, cap: p.CapPlan, drafts: list[Draft]) -> None:
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
            limit = self.amounts.limit(cap.amount, starts[number], ends[number])
            left = max(limit - used.get(key, Fraction(0)), Fraction(0))
            if draft.total > left:
                detail = f"{cap.amount.text} per {cap.per}: {decimal(limit)}"
                if left != limit:
                    detail += f", of which {decimal(left)} is left"
                draft.reduce(draft.lines, left, "cap", detail)
            used[key] = used.get(key, Fraction(0)) + draft.total

    # ---- rounding ----

    def _rounded(self, draft: Draft) -> Statement:
        unit = Fraction(*self.plan.rounding_to)
        payable = rounded(draft.total, self.plan.rounding, unit)
        currency = self.plan.currency or ""
        if draft.lines:
            detail = f"{self.plan.rounding} to {decimal(unit)} {currency}"
            draft.steps.append(Step("rounding", detail, payable))
        parts = shared(payable, [line.amount for line in draft.lines], unit)
        lines = tuple(
            CreditLine(
                line.judged.verdict.obligation, line.judged.verdict.requirement,
                line.judged.verdict.period.label, line.judged.verdict.group, line.tier, amount,
                line.claimed, line.until, line.waiting,
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
