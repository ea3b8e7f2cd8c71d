"""Caps and limits of payments, held against the amounts that they limit."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from sladsl.contract.scope import Scope
from sladsl.contract.targets import MONTHS, Case, amount, evaluate
from sladsl.syntax import nodes as n

__all__ = ["TOTALS", "above_nothing", "amounts_of", "check_cap", "check_limit"]

#: What a cap can be on, and the payments that it adds up.
TOTALS = {"credits": "credit", "penalties": "penalty", "bonuses": "bonus", "charges": "charge"}


def amounts_of(payout: n.Payout) -> list[n.Amount]:
    """Every amount that a payout can come to."""
    match payout:
        case n.Tiers():
            return [tier.amount for tier in payout.tiers]
        case n.PayoutMatch() | n.Greatest():
            return [a for arm in payout.arms for a in amounts_of(arm.payout)]
        case n.ForEvery():
            return [payout.amount]
        case _:
            return [payout]


def above_nothing(s: Scope, node: n.Amount | n.Expr) -> None:
    """Check that an amount isn't below zero under any plan: the other party is owed it then."""
    for plan in s.here.plans or [""]:
        value = evaluate(s, node, Case(plan, {}, "")) if isinstance(node, n.Expr) else None
        if value is not None and value < 0:
            s.error(
                "SLA423", "an amount below zero", node.span,
                f"in the plan `{plan}`" if isinstance(node, n.Ref) else "",
                help="write it above zero, and let the other party owe it",
            )  # fmt: skip
            return


def check_cap(s: Scope, cap: n.Cap) -> None:
    """Warn of a cap below the smallest amount that it caps."""
    direction = TOTALS.get(cap.what.text)
    found: list[tuple[n.Amount, str]] = []
    for node in s.here.obligations.values():
        judged = [r for r in node.requires if isinstance(r, n.Require)]
        for payment in node.payments:
            if payment.direction == direction:
                found += [(a, _period(judged)) for a in amounts_of(payment.payout)]
    if direction == "charge":
        priced = [c.amount for c in s.here.charges.values() if isinstance(c.amount, n.Quantity)]
        found = [(a, "") for a in priced] if len(priced) == len(s.here.charges) else []
    _compare(s, (cap.at, cap.per.text), found, f"no {direction} is ever paid in full")


def check_limit(s: Scope, node: n.Payment, judged: list[n.Require]) -> None:
    """Warn of a payment's own limit below every amount of it."""
    per = _period(judged)
    if node.limit is not None:
        found = [(a, per) for a in amounts_of(node.payout)]
        _compare(s, (node.limit, per), found, f"no {node.direction} is ever paid in full")


def _period(judged: list[n.Require]) -> str:
    """The length of the periods that are judged, where they have one length."""
    words = {r.per.text if isinstance(r.per, n.Name) else "" for r in judged}
    return words.pop() if len(words) == 1 else ""


def _compare(
    s: Scope, limit: tuple[n.Amount, str], amounts: Iterable[tuple[n.Amount, str]], note: str
) -> None:
    for plan in s.here.plans or [""]:
        case = Case(plan, {}, "")
        most = _size(s, *limit, case)
        found = [_size(s, *each, case) for each in amounts]
        same = [size[1] for size in found if size and most and size[0] == most[0]]
        if most is not None and same and len(same) == len(found) and most[1] < min(same):
            s.warn(
                "SLA413", "a cap below the smallest amount that it caps", limit[0].span, note,
                help="raise the cap, or leave it out",
            )  # fmt: skip
            return


def _size(
    s: Scope, node: n.Amount, per: str, case: Case
) -> tuple[tuple[str, ...], Fraction] | None:
    """An amount as money where the fee is known, else as a part of what a period of it is."""
    found = amount(s, node, case)
    if found is None or found[0][0] in ("money", "service"):
        return found
    (sort, *_, of), value = found
    span = per if sort == "share" else found[0][1]
    fee = s.here.agreement.fee if s.here.agreement is not None else None
    if of == "fee" and fee is not None:
        price = evaluate(s, fee.amount, case)
        times = _times(span, fee.per.text)
        if price is not None and times is not None:
            return ("money", s.currency), value * price * times
    return (sort, of, span), value


def _times(span: str, per: str) -> Fraction | None:
    """How often the fee of a period is paid in a span; None where that differs."""
    if span == per:
        return Fraction(1)
    if span in MONTHS and per in MONTHS:
        return Fraction(MONTHS[span], MONTHS[per])
    return None
