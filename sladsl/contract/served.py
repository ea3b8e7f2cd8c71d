"""Lengths of service, which are added to the term: they are no money, and stand by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sladsl.contract.limits import TOTALS, amounts_of
from sladsl.contract.scope import Scope
from sladsl.contract.targets import is_service, served
from sladsl.syntax import nodes as n

__all__ = ["check_cap_of_service", "check_service", "unit_of"]

_WORDS = {"": "money", "day": "days of service", "month": "months of service"}


def unit_of(node: n.Amount) -> str:
    """What an amount is counted in: `day` or `month` of service, or "": money."""
    return served(node.length)[1] if isinstance(node, n.LengthOf) and is_service(node) else ""


def _all(payments: Iterable[n.Payment]) -> Iterator[n.Amount]:
    for payment in payments:
        yield from amounts_of(payment.payout)
        if payment.limit is not None:
            yield payment.limit


def check_service(s: Scope, node: n.Obligation) -> None:
    """Refuse what is paid in two ways, of which neither is more, and service that isn't given."""
    units = dict.fromkeys(map(unit_of, _all(node.payments)))
    if not any(units):
        return
    if len(units) > 1:
        first, second, *_ = (_WORDS[unit] for unit in _WORDS if unit in units)
        span = next(p.payout.span for p in node.payments if any(_units(p)))
        s.error(
            "SLA418", f"{first}, and {second}", span, "which of the two is more?",
            help="keep to one, or write an obligation for each",
        )  # fmt: skip
        return
    if node.paid_only is not None:
        s.error(
            "SLA418", "service, and a least amount of money that is paid", node.paid_only.span,
            help="leave `paid only above` out",
        )  # fmt: skip
    frame = s.here.agreement
    if node.owes is None or frame is None or frame.provider is None:
        return
    for payment in node.payments:
        bonus = payment.direction == "bonus"
        payer = node.owes.creditor if bonus else node.owes.debtor
        if payer.text != frame.provider.name.text:
            s.error(
                "SLA418", f"`{payer.text}` gives no service", payment.payout.span,
                f"the provider is `{frame.provider.name.text}`",
                help="write an amount of money",
            )  # fmt: skip


def _units(payment: n.Payment) -> list[str]:
    return list(dict.fromkeys(map(unit_of, _all([payment]))))


def check_cap_of_service(s: Scope, cap: n.Cap) -> None:
    """Warn of a cap in what nothing that it caps is paid in: money, days, months of service."""
    unit, direction = unit_of(cap.at), TOTALS.get(cap.what.text)
    payments = [x for node in s.here.obligations.values() for x in node.payments]
    paid = {unit_of(each) for each in _all(x for x in payments if x.direction == direction)}
    if paid and unit not in paid:
        s.warn(
            "SLA418", f"no {cap.what.text} are in {_WORDS[unit]}", cap.at.span,
            "there is nothing to cap",
            help=f"cap what is paid: {' or '.join(_WORDS[u] for u in _WORDS if u in paid)}",
        )  # fmt: skip
