"""Amounts of money: their kinds, their currency, and what they are a part of."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract import kinds
from sladsl.contract.agreement import in_currency, money_metric
from sladsl.contract.expressions import combine, type_of
from sladsl.contract.groups import group_fields
from sladsl.contract.lookup import View, lookup
from sladsl.contract.model import Kind, RefKind, Resolved, Type
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Scope
from sladsl.contract.services import by_service
from sladsl.contract.targets import is_service
from sladsl.contract.weights import weighs_fee
from sladsl.syntax import nodes as n

__all__ = ["check_amount"]


def check_amount(s: Scope, node: n.Amount, judged: list[n.Require]) -> None:
    """An amount: money, a part of the fee or of a metric of the same groups, or worked out.

    `judged` are the requirements whose periods and groups it is for.
    """
    match node:
        case n.Ref():
            _base(s, node, judged)
        case n.LengthOf(of=of) if is_service(node):
            assert isinstance(of, n.Ref)
            s.refs.setdefault(id(of), Resolved(RefKind.SERVICE, "service"))
        case _:
            found = _value(s, node, judged)
            if found is not None and found.kind is not Kind.MONEY:
                example = "5% of fee" if found.kind is Kind.PERCENT else "250.00 EUR"
                s.error(
                    "SLA411", f"an amount is money, and this is {kinds.describe(found)}",
                    node.span, help=f"write it like `{example}`",
                )  # fmt: skip


def _value(s: Scope, node: n.Amount, judged: list[n.Require]) -> Type | None:
    """The type of an amount or of a part of one; None where it has an error."""
    match node:
        case n.Quantity():
            found = type_of(s, node, View(measures=False))
            if found is not None and found.kind is Kind.MONEY:
                in_currency(s, found.unit, node)
            return found
        case n.Ref():
            return _operand(s, node, judged)
        case n.LengthOf():
            return _length(s, node, judged)
        case n.Timed() | n.ShareOf():
            return _base(s, node if isinstance(node, n.Timed) else node.of, judged)
        case n.PartOf():
            share = _value(s, node.share, judged)
            if share is not None and share.kind not in kinds.SHARES | kinds.PLAIN:
                s.error(
                    "SLA411", f"a part is a share, and this is {kinds.describe(share)}",
                    node.share.span, help="write a share such as `(100% - availability) of fee`",
                )  # fmt: skip
            return _base(s, node.of, judged)
        case n.Computed():
            return combine(s, node, [_value(s, o, judged) for o in node.operands])
        case _:
            assert_never(node)


def _length(s: Scope, node: n.LengthOf, judged: list[n.Require]) -> Type | None:
    """A length of time of the fee, or of a metric, which come to something in any time."""
    of = node.of
    found = _base(s, of, judged)
    if isinstance(of, n.Timed):
        s.error(
            "SLA411", f"`{of.span.text}` is of a time itself", node.span,
            "over which of the two times?",
            help=f"write `{node.length.span.text} of {of.ref.text}`, or leave the length out",
        )  # fmt: skip
        return None
    if of.member is not None:
        s.error(
            "SLA411", f"`{of.text}` is no amount by time", node.span, "it is the same at all times",
            help=f"name `fee` or a metric, or multiply: `3 * {of.text}`",
        )  # fmt: skip
        return None
    if of.text != "fee":
        positive(s, node.length, "what a metric comes to over a time")
    return found


def _operand(s: Scope, ref: n.Ref, judged: list[n.Require]) -> Type | None:
    """A name in a calculation: the fee, a parameter, or a metric of any kind."""
    if ref.text == "fee":
        return _base(s, ref, judged)
    if ref.member is not None or ref.name not in s.here.metrics:
        found = lookup(s, ref, View())
    else:
        info = s.metrics.get(ref.name)
        s.refs.setdefault(id(ref), Resolved(RefKind.METRIC, ref.name))
        found = info.type if info else None
        for require in judged if info else ():
            assert info is not None
            each = by_service(s, require.each, info)
            group_fields(s, each, dict.fromkeys(info.streams), f"`{info.name}`")
    if found is not None:
        s.types.setdefault(id(ref), found)
        if found.kind is Kind.MONEY:
            in_currency(s, found.unit, ref)
    return found


def _base(s: Scope, node: n.Base, judged: list[n.Require]) -> Type | None:
    """What an amount is a part of: the fee, a parameter, or a money metric."""
    ref = node.ref if isinstance(node, n.Timed) else node
    if ref.text == "fee":
        frame = s.here.agreement
        s.refs.setdefault(id(ref), Resolved(RefKind.FEE, "fee"))
        s.types.setdefault(id(ref), Type(Kind.MONEY, s.currency))
        if frame is not None and frame.fee is None and s.first("SLA401"):
            s.error(
                "SLA401", "the agreement has no fee", ref.span, "a part of what?",
                help="add `fee 1200.00 EUR per month` to the agreement",
            )  # fmt: skip
        found: Type | None = Type(Kind.MONEY, s.currency)
    elif ref.text == "service":
        s.error(
            "SLA418", "`service` is counted in days", ref.span, "no part or sum of it is money",
            help="write `3 days of service`, or a part of `fee`",
        )  # fmt: skip
        return None
    elif ref.member is not None:
        found = _parameter(s, ref)
    else:
        found = _metric(s, ref, judged)
    if isinstance(node, n.Timed) and found is not None:
        _timed(s, node, judged)
    return found


def _parameter(s: Scope, ref: n.Ref) -> Type | None:
    found = lookup(s, ref, View(measures=False))
    if found is not None and found.kind is not Kind.MONEY:
        s.error(
            "SLA411", f"`{ref.text}` is {kinds.describe(found)}, where money is due", ref.span,
            help="name `fee`, or a parameter that is money",
        )  # fmt: skip
        return None
    if found is not None:
        s.types.setdefault(id(ref), found)
        in_currency(s, found.unit, ref)
    return found


def _metric(s: Scope, ref: n.Ref, judged: list[n.Require]) -> Type | None:
    info = money_metric(s, ref)
    if info is None:
        return None
    s.refs.setdefault(id(ref), Resolved(RefKind.METRIC, info.name))
    s.types.setdefault(id(ref), info.type)
    if in_currency(s, info.type.unit, ref):
        for require in judged:
            each = by_service(s, require.each, info)
            group_fields(s, each, dict.fromkeys(info.streams), f"`{info.name}`")
    return info.type


def _timed(s: Scope, node: n.Timed, judged: list[n.Require]) -> None:
    """`fee in month before`, `fee during down`: what has such a time."""
    if node.ref.member is not None:
        s.error(
            "SLA411", f"`{node.ref.text}` is the same at all times", node.span,
            help="name `fee` or a metric, or leave the time out",
        )  # fmt: skip
    if node.before is not None and node.before.text == "term":
        s.error("SLA411", "no term comes before the term", node.before.span, help="name a period")
    if node.during is None or not s.find("outage", node.during, s.here.outages):
        return
    if node.ref.text != "fee":
        s.error(
            "SLA411", f"`{node.ref.text}` isn't paid by time", node.span,
            "only the fee accrues during an outage", help="write `fee during OUTAGE`",
        )  # fmt: skip
    weighs_fee(s, s.here.outages[node.during.text], node.during.span)
    grain = {name.text for name in s.here.outages[node.during.text].each}
    for require in judged:
        for name in require.each:
            if name.text not in grain:
                s.error(
                    "SLA272", f"the outage `{node.during.text}` isn't counted for each"
                    f" `{name.text}`", node.during.span, "paid for each of them",
                    help="add the field to the outage's `for each`",
                )  # fmt: skip
