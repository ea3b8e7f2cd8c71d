"""Limits of what is due: the largest of a `once`, `at most`, caps, `paid only above`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from sladsl.credits.amounts import Amounts
from sladsl.credits.fees import cutting
from sladsl.credits.lines import Draft, Line
from sladsl.credits.model import Step
from sladsl.credits.words import currency_of, decimal, number_at
from sladsl.plan import model as p
from sladsl.verdicts.model import Period

__all__ = ["capped", "largest", "paid_only_above", "within_obligation"]

_LENGTHS = {kind: i for i, kind in enumerate(("hour", "day", "week", "month", "quarter", "year"))}


def within_obligation(
    draft: Draft, payment: p.PaymentPlan, amounts: Amounts, over: Callable[[Line], Period]
) -> None:
    """`once`: the largest of a period; then the payment's `at most`."""
    by_period: dict[tuple[int, int], list[Line]] = {}
    for line in draft.lines:
        if line.payment is payment:
            period = over(line)
            by_period.setdefault((period.start, period.end), []).append(line)
    for (start, end), lines in by_period.items():
        if payment.occurrence == "once" and len(lines) > 1:
            largest(draft, lines, "once")
        if payment.limit is not None:
            limit, words = amounts.limit(payment.limit, _rule(lines[0]), start, end)
            if sum((line.amount for line in lines), Fraction(0)) > limit:
                detail = f"at most {words}: {decimal(limit)}"
                draft.reduce(lines, limit, "at most", detail)


def _rule(line: Line) -> p.PeriodRule:
    """By what the period of a line is one; a deadline's is the month in which it is due."""
    judged = line.judged
    if judged is None or isinstance(judged.requirement, p.DeadlinePlan):
        return "month"
    return judged.requirement.period


def largest(draft: Draft, lines: list[Line], step: str) -> None:
    """Only the largest of some amounts is due; ties go to the first."""
    kept = max(lines, key=lambda line: line.amount)
    for line in lines:
        if line is not kept:
            line.amount = Fraction(0)
    draft.steps.append(kept.step(step, f"{step}: the largest of {len(lines)}"))


def paid_only_above(draft: Draft, currency: str) -> None:
    """An obligation's total on a statement that isn't above its threshold isn't paid."""
    thresholds = {
        line.obligation: line.payment.paid_only_above
        for line in draft.lines
        if line.payment is not None and line.payment.paid_only_above is not None
    }
    for obligation, pair in thresholds.items():
        threshold = Fraction(*pair)
        lines = [line for line in draft.lines if line.obligation == obligation]
        if sum((line.amount for line in lines), Fraction(0)) > threshold:
            continue
        for line in lines:
            line.amount = Fraction(0)
        detail = f"paid only above {decimal(threshold)} {currency}"
        draft.steps.append(Step("paid only above", detail, Fraction(0), obligation))


def capped(plan: p.Plan, drafts: Iterable[Draft], amounts: Amounts, horizon: int) -> None:
    """All caps, those of shorter periods first."""
    drafts = sorted(drafts, key=lambda d: (d.period.end, d.period.start))
    for cap in sorted(plan.caps, key=lambda c: _LENGTHS.get(c.per, len(_LENGTHS))):
        _cap(plan, cap, drafts, amounts, horizon)


def _cap(
    plan: p.Plan, cap: p.CapPlan, drafts: Iterable[Draft], amounts: Amounts, horizon: int
) -> None:
    """Earlier statements first: what is settled is never reduced again."""
    table = cutting(plan, cap.per, plan.term[0], horizon)
    starts, ends = table.starts.tolist(), table.ends.tolist()
    used: dict[tuple[int, str, str], Fraction] = {}
    counted = currency_of(plan, p.served(cap.amount))
    for draft in drafts:
        if draft.direction != cap.what or not draft.lines or draft.currency != counted:
            continue
        number = number_at(starts, draft.period.end - 1)
        if not p.in_force(cap, starts[number]):
            continue
        key = (number, draft.payer, draft.payee)
        limit, words = amounts.limit(cap.amount, cap.per, starts[number], ends[number])
        left = max(limit - used.get(key, Fraction(0)), Fraction(0))
        if draft.total > left:
            detail = f"{words} per {cap.per}: {decimal(limit)}"
            if left != limit:
                detail += f", of which {decimal(left)} is left"
            draft.reduce(draft.lines, left, "cap", detail)
        used[key] = used.get(key, Fraction(0)) + draft.total
