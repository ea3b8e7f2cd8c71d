"""Payments and caps: what is paid of what, how often, and by which figure."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.agreement import in_currency, money_metric
from sladsl.contract.excuses import metric_of
from sladsl.contract.lookup import View, lookup
from sladsl.contract.matches import keys
from sladsl.contract.model import Kind, RefKind, Resolved, Type
from sladsl.contract.obligations import figure_type, group_view
from sladsl.contract.outages import group_fields
from sladsl.contract.scope import Scope, listed
from sladsl.contract.services import by_service
from sladsl.contract.targets import Case, amount
from sladsl.contract.tiers import check_schedule
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["check_money"]

#: What a cap can be on, and the payments that it adds up.
TOTALS = {"credits": "credit", "penalties": "penalty", "bonuses": "bonus", "charges": "charge"}


def check_money(s: Scope) -> None:
    """Check every payment of every obligation, and the caps."""
    for node in s.here.obligations.values():
        for payment in node.payments:
            _payment(s, node, payment)
        if node.paid_only is not None:
            in_currency(s, node.paid_only.unit, node.paid_only)
    for cap in s.here.caps:
        if cap.what.text not in TOTALS:
            help = nearest(cap.what.text, TOTALS) or f"one of {', '.join(TOTALS)}"
            s.error("SLA412", f"no cap on `{cap.what.text}`", cap.what.span, help=help)
        _amount(s, cap.at, [])
        _warn_low(s, cap)


def _payment(s: Scope, owner: n.Obligation, node: n.Payment) -> None:
    judged = [r for r in owner.requires if isinstance(r, n.Require)]
    if node.on is not None:
        known = dict.fromkeys(r.metric.text for r in judged)
        if node.on.text not in known:
            help = nearest(node.on.text, known) or (f"one of {', '.join(known)}" if known else "")
            s.error(
                "SLA405", f"`{owner.name.text}` doesn't require `{node.on.text}`", node.on.span,
                help=help or "a deadline has no figure: leave `on` out",
            )  # fmt: skip
            judged = []
        else:
            judged = [r for r in judged if r.metric.text == node.on.text]
    _occurrence(s, owner, node, judged)
    _payout(s, owner, node, judged)
    if node.limit is not None:
        _amount(s, node.limit, judged)


def _occurrence(s: Scope, owner: n.Obligation, node: n.Payment, judged: list[n.Require]) -> None:
    """How often is paid must be written where there can be several reasons to."""
    if node.occurrence is not None:
        return
    deadlines = [r for r in owner.requires if not isinstance(r, n.Require)]
    reason = ""
    if any(r.each for r in judged):
        reason = "several groups can be breached in a period"
    elif len(judged) > 1 or (node.on is None and len(owner.requires) > 1):
        reason = "several requirements can be breached in a period"
    elif deadlines and node.on is None:
        reason = "a deadline can be missed several times in a period"
    if reason:
        s.error(
            "SLA404", f"is the {node.direction} paid once, or for each?", node.span, reason,
            help=f"write `{node.direction} once` (the worst counts) or `{node.direction} each`",
        )  # fmt: skip


def _payout(s: Scope, owner: n.Obligation, node: n.Payment, judged: list[n.Require]) -> None:
    payout = node.payout
    tables: list[n.Tiers] = []
    match payout:
        case n.Tiers():
            tables = [payout]
        case n.PayoutMatch():
            if not _by_group(s, payout, judged):
                return
            tables = [arm.payout for arm in payout.arms if isinstance(arm.payout, n.Tiers)]
            for arm in payout.arms:
                if not isinstance(arm.payout, n.Tiers):
                    _amount(s, arm.payout, judged)
        case _:
            _amount(s, payout, judged)
    if tables and _one_figure(s, owner, node, judged):
        for table in tables:
            _tiers(s, node, table, judged)
        for require in judged:
            check_schedule(s, node, require)


def _one_figure(s: Scope, owner: n.Obligation, node: n.Payment, judged: list[n.Require]) -> bool:
    """Whether a table has one figure to be read at."""
    metrics = list(dict.fromkeys(r.metric.text for r in judged))
    if len(metrics) > 1:
        s.error(
            "SLA405", f"which figure are these tiers of: {listed(metrics)}?", node.payout.span,
            f"`{owner.name.text}` requires all of them",
            help=f"write `{node.direction} {node.occurrence or 'once'} on {metrics[0]} {{ ... }}`",
        )  # fmt: skip
        return False
    if not metrics and node.on is None and owner.requires:
        s.error(
            "SLA414", "tiers of no figure", node.payout.span,
            f"`{owner.name.text}` requires a deadline, which is kept or missed",
            help="write a single amount",
        )  # fmt: skip
    return bool(metrics)


def _by_group(s: Scope, payout: n.PayoutMatch, judged: list[n.Require]) -> bool:
    """Whether a `match` is on a group of every requirement that it is for."""
    subject = payout.subject
    for require in judged:
        view = group_view(s, require.each, metric_of(s, require))
        if subject.text not in view.fields:
            known = [name.text for name in require.each]
            note = "not in `for each` of the requirement"
            s.unknown("group", subject.text, subject.span, known, note)
            return False
        info = view.fields[subject.text]
        arms = [(arm.key, arm.span) for arm in payout.arms]
        keys(s, subject.text, info.type if info else None, arms, payout.span)
    return True


def _tiers(s: Scope, node: n.Payment, table: n.Tiers, judged: list[n.Require]) -> None:
    if not table.tiers:
        s.error(
            "SLA414", f"a {node.direction} without tiers", table.span,
            help="write one: `below 99.9%: 10% of fee`",
        )  # fmt: skip
    for require in judged[:1]:
        info = metric_of(s, require)
        view = group_view(s, require.each, info)
        for tier in table.tiers:
            for bound in tier.bounds:
                figure_type(s, bound.limit, info, view)
    for tier in table.tiers:
        _amount(s, tier.amount, judged)


# ---- amounts -------------------------------------------------------------------------------


def _amount(s: Scope, node: n.Amount, judged: list[n.Require]) -> None:
    """An amount: money, a part of the fee, or a part of a metric of the same groups."""
    match node:
        case n.Quantity():
            if node.kind == "money":
                in_currency(s, node.unit, node)
                s.types.setdefault(id(node), kinds.literal(node))
        case n.ShareOf() | n.LengthOf():
            _base(s, node.of, judged)
        case n.Ref():
            _base(s, node, judged)


def _base(s: Scope, ref: n.Ref, judged: list[n.Require]) -> None:
    if ref.text == "fee":
        frame = s.here.agreement
        s.refs.setdefault(id(ref), Resolved(RefKind.FEE, "fee"))
        s.types.setdefault(id(ref), Type(Kind.MONEY, s.currency))
        if frame is not None and frame.fee is None and s.first("SLA401"):
            s.error(
                "SLA401", "the agreement has no fee", ref.span, "a part of what?",
                help="add `fee 1200.00 EUR per month` to the agreement",
            )  # fmt: skip
        return
    if ref.member is not None:
        found = lookup(s, ref, View(measures=False))
        if found is not None and found.kind is not Kind.MONEY:
            s.error(
                "SLA411", f"`{ref.text}` is {kinds.describe(found)}, where money is due", ref.span,
                help="name `fee`, or a parameter that is money",
            )  # fmt: skip
        elif found is not None:
            s.types.setdefault(id(ref), found)
            in_currency(s, found.unit, ref)
        return
    info = money_metric(s, ref)
    if info is None:
        return
    s.refs.setdefault(id(ref), Resolved(RefKind.METRIC, info.name))
    s.types.setdefault(id(ref), info.type)
    if in_currency(s, info.type.unit, ref):
        for require in judged:
            each = by_service(s, require.each, info)
            group_fields(s, each, dict.fromkeys(info.streams), f"`{info.name}`")


def _warn_low(s: Scope, cap: n.Cap) -> None:
    """Warn of a cap below the smallest amount that it caps."""
    case = Case(next(iter(s.here.plans), ""), {}, "")
    limit = amount(s, cap.at, case)
    direction = TOTALS.get(cap.what.text)
    if limit is None:
        return
    found = []
    for node in s.here.obligations.values():
        for payment in node.payments:
            if payment.direction == direction:
                found += [amount(s, a, case) for a in _amounts(payment.payout)]
    same = [value[1] for value in found if value is not None and value[0] == limit[0]]
    if same and len(same) == len(found) and limit[1] < min(same):
        s.warn(
            "SLA413", "a cap below the smallest amount that it caps", cap.at.span,
            f"no {direction} is ever paid in full", help="raise the cap, or leave it out",
        )  # fmt: skip


def _amounts(payout: n.Tiers | n.PayoutMatch | n.Amount) -> list[n.Amount]:
    match payout:
        case n.Tiers():
            return [tier.amount for tier in payout.tiers]
        case n.PayoutMatch():
            return [a for arm in payout.arms for a in _amounts(arm.payout)]
        case _:
            return [payout]
