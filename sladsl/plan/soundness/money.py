"""Fees, payments and caps."""

from __future__ import annotations

from fractions import Fraction

from sladsl.plan import model as p
from sladsl.plan.parts import columns_in
from sladsl.plan.soundness.figures import Figures, covered
from sladsl.plan.soundness.ground import (
    COMPARE,
    LARGEST,
    LENGTHS,
    PERIODS,
    above,
    among,
    ratio,
    within,
    wrong,
)
from sladsl.plan.uses import leaves, named, parts_of

__all__ = ["Money"]

METRIC = ("metric", "metric_length", "during")
SORTS = ("fixed", "fee", "fee_length", "computed", "service", *METRIC)
DIRECTIONS = ("credit", "bonus", "penalty")
TOTALS = ("credits", "bonuses", "penalties", "charges")
ANCHORS = ("end", "onset", "breach", "row")
MOST_UNITS = 100_000
UNITS = ("day", "week", "month", "quarter", "year")


class Money:
    """The payments of a plan, whose figures are sound."""

    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.figures = Figures(plan)

    def prove(self) -> None:
        """All of them are sound."""
        plan = self.plan
        if (plan.payments or plan.charges) and plan.currency is None:
            wrong("money without a currency", plan.agreement)
        for fee in plan.fees:
            ratio("a fee", fee.amount)
            among("the period of a fee", fee.per, LENGTHS)
        for payment in plan.payments:
            self._payment(payment)
        for charge in plan.charges:
            self._charge(charge)
        for cap in plan.caps:
            among("a cap", cap.what, TOTALS)
            among("the period of a cap", cap.per, LENGTHS)
            self._limit(cap.amount)

    def _payment(self, payment: p.PaymentPlan) -> None:
        among("a payment", payment.direction, DIRECTIONS)
        among("a payment", payment.occurrence, ("once", "each"))
        own = [r for r in self.plan.requirements if r.obligation == payment.obligation]
        own = [r for r in own if _meet(r, payment)]
        if payment.metric is not None:
            own = [r for r in own if r.metric == payment.metric]
        due = [d for d in self.plan.deadlines if d.obligation == payment.obligation]
        due = [] if payment.metric is not None else due
        if not own and not due:
            wrong("a payment for", payment.obligation)
        if not payment.schedules or (payment.field is None and len(payment.schedules) != 1):
            wrong("a payment without amounts", payment.obligation)
        for requirement in own:
            if payment.field is not None:
                keys = [value for value, _ in payment.schedules]
                covered(payment.field, requirement, keys, "" in keys or None)
            for amount in parts_of(payment):
                if amount.formula is not None:
                    groups = () if amount.pooled else requirement.groups
                    self.figures.formula(amount.formula, groups)
        for _, tiers in payment.schedules:
            for tier in tiers:
                for operator, limit in tier.bounds:
                    among("an operator", operator, COMPARE)
                    ratio("a tier", limit)
                groups = own[0].groups if own else ()
                self._amount(tier.amount, groups)
        if payment.limit is not None:
            self._limit(payment.limit)
        paid = [tier.amount for _, tiers in payment.schedules for tier in tiers]
        paid += [] if payment.limit is None else [payment.limit]
        if any(p.served(each) != payment.paid_in for each in paid):
            wrong("money and service in a payment", payment.obligation)
        if payment.paid_only_above is not None:
            ratio("an amount", payment.paid_only_above)
        if payment.claim is not None:
            self._claim(payment.claim)
        if payment.steps is not None:
            above("a step", payment.steps.step)
        if payment.returned is not None:
            within("for how long a promise is kept", payment.returned[0], 1, MOST_UNITS)
            among("for how long a promise is kept", payment.returned[1], UNITS)
        if payment.obligation in payment.instead:
            wrong("a payment instead of itself", payment.obligation)

    def _claim(self, claim: p.ClaimPlan) -> None:
        among("what a claim runs from", claim.anchor, ANCHORS)
        lapse = claim.within
        among("a length", lapse.unit, ("ns", *UNITS))
        within("a length", lapse.count, 0, LARGEST if lapse.unit == "ns" else MOST_UNITS)
        among("a calendar", lapse.calendar, {"always", *(c.name for c in self.plan.calendars)})
        if lapse.calendar != "always" or claim.by_end:
            among("a length", lapse.unit, UNITS if claim.by_end else ("ns", "day"))
        if (claim.anchor == "row") != (claim.starts is not None):
            wrong("what a claim runs from", claim.anchor)
        if claim.of:
            among("what a claim runs from", claim.anchor, ("breach",))
            judged = {r.obligation for r in self.plan.requirements}
            judged |= {d.obligation for d in self.plan.deadlines}
            among("what a claim runs from", claim.of, judged)
        self._names(claim)
        if claim.starts is not None:
            self._names(claim.starts)
            among("a field that a claim runs from", claim.starts.time, claim.starts.rows.fields)
            source = named(self.plan, claim.starts.rows.stream)
            times = {f.name for f in source.fields if f.kind == "time"}
            among("a field that a claim runs from", claim.starts.time, times)

    def _names(self, rows: p.ClaimPlan | p.Starts) -> None:
        """Periods and groups are named by fields that are listed."""
        fields = {f.name: f for f in named(self.plan, rows.rows.stream).fields}
        for name in (*rows.groups, *((rows.period,) if rows.period else ())):
            among("a field of a claim", name, rows.rows.fields)
        if rows.period is not None:
            among("the kind of a period", rows.period_kind, ("text", "time"))
            among("the kind of a period", rows.period_kind, (fields[rows.period].kind,))

    def _limit(self, amount: p.Amount) -> None:
        """The most that a total comes to: of all groups together."""
        if not all(one.pooled for one in leaves(amount) if one.formula is not None):
            wrong("a limit by groups", amount.text)
        self._amount(amount, ())

    def _amount(self, amount: p.Amount, groups: tuple[p.GroupField, ...]) -> None:
        ratio("an amount", amount.value)
        among("an amount", amount.of, SORTS)
        if (amount.of in METRIC) != (amount.formula is not None):
            wrong("an amount", amount.text)
        if amount.formula is not None:
            self.figures.formula(amount.formula, groups)
        if amount.of == "during":
            self._during(amount.formula)
        if amount.before:
            among("an amount of another period", amount.of, ("fee", "metric"))
            among("the period before", amount.before, PERIODS)
        fees = self.plan.fees
        if amount.of in ("fee", "fee_length", "during") and not fees:
            wrong("an amount without a fee", amount.text)
        if amount.of in ("fee_length", "metric_length"):
            among("a length of time", amount.unit, UNITS)
            least = int(amount.of == "metric_length")
            within("a length of time", int(Fraction(*amount.value)), least, MOST_UNITS)
        if amount.of == "service":
            among("what service is counted in", amount.unit, ("day", "month"))
            within("a length of service", int(Fraction(*amount.value)), 0, MOST_UNITS)
        if any(p.served(operand) for operand in amount.operands):
            wrong("a sum of money and service", amount.text)
        self._operands(amount)
        for operand in amount.operands:
            self._amount(operand, groups)

    def _operands(self, amount: p.Amount) -> None:
        if (amount.of == "computed") != bool(amount.operands):
            wrong("an amount", amount.text)
        if len(amount.operators) != max(len(amount.operands) - 1, 0):
            wrong("an amount", amount.text)
        for word in amount.operators:
            among("an operator", word, ("+", "-", "*", "/"))

    def _during(self, formula: p.Formula | None) -> None:
        """What is paid during an outage is known by the time outside it."""
        found = None
        if isinstance(formula, p.AggregateRef):
            found = self.plan.aggregates[formula.index]
        if not isinstance(found, p.OutageAggregate) or found.function != "time":
            wrong("what is paid during an outage", type(found).__name__)

    def _charge(self, charge: p.ChargePlan) -> None:
        if (charge.amount is None) == (charge.rows.value is None):
            wrong("the amount of a charge", charge.name)
        if charge.amount is not None:
            ratio("a charge", charge.amount)
        if charge.rows.value is not None:
            among("the kind of a charge", getattr(charge.rows.value, "kind", ""), ("money",))
            for name in columns_in(charge.rows.value):
                among("the field of a charge", name, charge.rows.fields)


def _meet(one: p.Requirement, other: p.PaymentPlan) -> bool:
    """Whether there is a time for which both are."""
    after = one.until is None or other.since is None or other.since < one.until
    return after and (other.until is None or one.since is None or one.since < other.until)
