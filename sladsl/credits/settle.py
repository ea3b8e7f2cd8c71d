"""From verdicts to money, with every step on the statement.

Order of steps: tier, excuse, claim, largest of a `once`, the payment's `at most`, clauses that
exclude each other, caps (shorter periods first, earlier statements first), `paid only above`,
rounding, what is paid back, net. Lines stay exact until each statement's total is rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.zones import Zone
from sladsl.credits.amounts import Amounts
from sladsl.credits.charges import charged
from sladsl.credits.claims import Claims, Row
from sladsl.credits.exclusive import greatest, instead
from sladsl.credits.fees import cutting
from sladsl.credits.limits import capped, paid_only_above, within_obligation
from sladsl.credits.lines import Draft, Line
from sladsl.credits.model import SERVICE, Statement, Step
from sladsl.credits.netting import netted
from sladsl.credits.returns import returned
from sladsl.credits.rounding import shared
from sladsl.credits.tiers import applying
from sladsl.credits.words import currency_of, decimal, decimals, number_at
from sladsl.folds.listings import Listed
from sladsl.folds.model import Folded, GrainKey
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p
from sladsl.plan.uses import amounts
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import Judged

__all__ = ["settle"]

_TOTALS = {"credit": "credits", "bonus": "bonuses", "penalty": "penalties"}
_YEAR = 366 * 86400 * 10**9


def settle(
    plan: p.Plan,
    judged: Iterable[Judged],
    folded: Mapping[GrainKey, Folded],
    as_of: int,
    listed: Mapping[p.Listing, Listed],
    clocks: Mapping[str, BusinessClock],
    *,
    with_fee: bool = False,
) -> tuple[Statement, ...]:
    """The statements of a run, by period, direction and parties, each period's net after them.

    `with_fee`: the fee of each month that is over is a line of its own.
    """
    if not plan.payments and not plan.charges:
        return ()
    settlement = _Settlement(plan, tuple(judged), folded, as_of, listed, clocks)
    if with_fee:
        settlement.accrue()
    return settlement.statements()


class _Settlement:
    def __init__(
        self,
        plan: p.Plan,
        judged: tuple[Judged, ...],
        folded: Mapping[GrainKey, Folded],
        as_of: int,
        listed: Mapping[p.Listing, Listed],
        clocks: Mapping[str, BusinessClock],
    ) -> None:
        self.plan = plan
        self.judged = judged
        self.as_of = as_of
        self.listed = listed
        self.zone = Zone(plan.zone)
        start, end = plan.term
        self.horizon = as_of + 2 * _YEAR if end is None else end
        self.term = Period("term", start, self.horizon)
        self.amounts = Amounts(plan, folded, self.horizon, as_of)
        self.months = cutting(plan, "month", start, self.horizon)
        self.month_starts: Sequence[int] = self.months.starts.tolist()
        self.claims = Claims(plan, listed, clocks, as_of, self.judged, self._month)
        self.drafts: dict[tuple[int, int, str, str, str, str, str], Draft] = {}

    def statements(self) -> tuple[Statement, ...]:
        """All steps, in order."""
        for payment in self.plan.payments:
            self._tiers(payment)
        self._charges()
        self._claims()
        drafts = [d for _, d in sorted(self.drafts.items()) if d.lines or d.steps]
        for draft in drafts:
            for payment in self.plan.payments:
                within_obligation(draft, payment, self.amounts, self._over)
        for draft in drafts:
            greatest(draft, self._over)
        instead(self.plan, drafts)
        capped(self.plan, drafts, self.amounts, self.horizon)
        for draft in drafts:
            paid_only_above(draft, self.plan.currency or "")
        settled = [(draft, self._rounded(draft)) for draft in drafts]
        back = returned(settled, self.judged, self._month, self.zone, self.as_of)
        found = [*(statement for _, statement in settled), *back]
        found.sort(key=lambda s: (s.period.start, s.period.end, s.period.label))
        return netted(self.plan, found, self.term)

    # ---- tiers, excuses ----

    def _tiers(self, payment: p.PaymentPlan) -> None:
        for judged in self.judged:
            verdict = judged.verdict
            if verdict.obligation != payment.obligation or not _is_paid(payment, verdict.word):
                continue
            if payment.metric not in (None, verdict.metric):
                continue
            if not p.in_force(payment, verdict.period.start):
                continue
            instance = isinstance(judged.requirement, p.DeadlinePlan)
            if payment.steps is not None and payment.steps.lateness != instance:
                continue
            if verdict.period.end > self.as_of or (verdict.value is None and not instance):
                continue  # the figure that decides what is due isn't known yet
            if instance and amounts(payment) and self._at_hand(judged).end > self.as_of:
                continue  # nor is what a metric comes to in the month in which it is due
            figure = Fraction(0) if verdict.value is None else verdict.value.value
            schedule = _schedule(payment, dict(verdict.group))
            tier = applying(schedule, figure / judged.part)  # edges are prorated with the target
            draft = self._of(self._period(judged), payment)
            if tier is None:
                continue
            amount, detail = self.amounts.due(payment, tier, judged, self._at_hand(judged))
            line = Line.of(judged, payment, tier.text, amount)
            draft.lines.append(line)
            draft.steps.append(line.step("tier", detail))
            if amount < 0:  # a formula may come to less than nothing: nobody pays for a breach
                line.amount = Fraction(0)
                draft.steps.append(line.step("at least", "0: an amount below it is nothing"))
            if line.excused:
                line.amount = Fraction(0)
                draft.steps.append(line.step("excuse", verdict.reason or "excused"))

    def _of(self, period: Period, payment: p.PaymentPlan) -> Draft:
        direction = _TOTALS[payment.direction]
        return self._on(period, direction, payment.payer, payment.payee, payment.paid_in)

    def _on(self, period: Period, direction: str, payer: str, payee: str, unit: str = "") -> Draft:
        currency = currency_of(self.plan, unit)
        key = (period.start, period.end, period.label, direction, payer, payee, currency)
        if key not in self.drafts:
            self.drafts[key] = Draft(period, direction, payer, payee, currency)
        return self.drafts[key]

    # ---- periods ----

    def _period(self, judged: Judged) -> Period:
        """What a verdict's statement is for: its month, or a quarter, year or term of its own."""
        period = judged.verdict.period
        if isinstance(judged.requirement, p.DeadlinePlan):
            return self._month(period.end)  # an instance belongs to the month in which it is due
        if isinstance(judged.requirement.period, p.Rolling | p.Trailing):
            return self._month(period.end - 1)
        rule = judged.requirement.period
        if (rule.per if isinstance(rule, p.Cut) else rule) in ("quarter", "year", "term"):
            return period
        return self._month(period.start)

    def _at_hand(self, judged: Judged) -> Period:
        """The time that a fee is of: the judged period, or the month in which something is due."""
        if isinstance(judged.requirement, p.DeadlinePlan):
            return self._month(judged.verdict.period.end)
        return judged.verdict.period

    def _over(self, line: Line) -> Period:
        """The time over which the lines of one obligation are looked at together."""
        return line.period if line.judged is None else self._at_hand(line.judged)

    def _month(self, time: int) -> Period:
        number = number_at(self.month_starts, time)
        start, end = int(self.months.starts[number]), int(self.months.ends[number])
        return Period(self.months.labels[number], start, end)

    # ---- charges, claims ----

    def _charges(self) -> None:
        for charge, line in charged(self.plan, self.listed, self._month, self.as_of):
            draft = self._on(line.period, "charges", charge.payer, charge.payee)
            draft.lines.append(line)
            draft.steps.append(line.step("charge", line.tier))

    def accrue(self) -> None:
        """The fee of each month that is over."""
        for fee in self.plan.fees[:1]:
            for label, start in zip(self.months.labels, self.month_starts, strict=True):
                month = self._month(start)
                if month.end > self.as_of:
                    break
                draft = self._on(month, "fees", fee.payer, fee.payee)
                amount = self.amounts.fees.over(month.start, month.end)
                draft.lines.append(Line("fee", month, f"fee of {label}", amount))
                draft.steps.append(Step("fee", f"fee of {label}", amount))

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
                if line.payment is not None and line.payment.claim == claim and not line.excused
            ]
            found, others = self.claims.settle(claim, lines)
            used |= {(claim.rows, row.place) for row in found}
            left += [(claim, payment, row) for row in others]
        for claim, payment, row in left:
            if (claim.rows, row.place) in used:
                continue
            own = (j for j in self.judged if j.verdict.obligation == payment.obligation)
            running = (self._period(j) for j in own if self._runs(j, row))
            period = next(running, None)
            held = period is not None
            draft = self._of(self._month(row.time) if period is None else period, payment)
            draft.steps.append(self.claims.note(row, claim, held=held))
            used.add((claim.rows, row.place))

    def _runs(self, judged: Judged, row: Row) -> bool:
        """Whether a verdict is of an open period that a claim may still be about."""
        period = judged.verdict.period
        running = row.named or period.start <= row.time
        about = row.about(judged.verdict, self._period(judged).label)
        return period.end > self.as_of and running and about

    # ---- rounding ----

    def _rounded(self, draft: Draft) -> Statement:
        unit, currency = Fraction(*self.plan.rounding_to), draft.currency
        detail = f"{self.plan.rounding} to {decimal(unit)} {currency}"
        if currency in SERVICE.values():
            unit, detail = Fraction(1), f"to whole {currency}"
        payable = rounded(draft.total, self.plan.rounding, unit)
        if draft.lines:
            draft.steps.append(Step("rounding", detail, payable))
        parts = shared(payable, [line.amount for line in draft.lines], unit)
        pairs = zip(draft.lines, parts, strict=True)
        lines = tuple(line.rounded(amount) for line, amount in pairs)
        return Statement(
            draft.period, draft.direction, draft.payer, draft.payee, currency,
            tuple(draft.steps), lines, payable, decimals(unit),
        )  # fmt: skip


def _is_paid(payment: p.PaymentPlan, word: Word) -> bool:
    """Whether a payment is for a verdict; what is excused is named, and comes to nothing."""
    if payment.direction == "bonus":
        return word is Word.MET
    return word in (Word.BREACHED, Word.EXCUSED) or (payment.also_when_met and word is Word.MET)


def _schedule(payment: p.PaymentPlan, group: dict[str, str]) -> tuple[p.TierPlan, ...]:
    found: tuple[p.TierPlan, ...] = ()
    for key, tiers in payment.schedules:
        if payment.field is not None and key == group.get(payment.field):
            return tiers
        if key == "":
            found = tiers
    return found
