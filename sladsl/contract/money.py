"""Payments, charges and caps: how often is paid, by which figure, and at most what."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.agreement import in_currency
from sladsl.contract.amounts import check_amount
from sladsl.contract.excuses import metric_of
from sladsl.contract.limits import TOTALS, above_nothing, amounts_of, check_cap, check_limit
from sladsl.contract.matches import keys
from sladsl.contract.model import RefKind
from sladsl.contract.obligations import figure_type, group_view
from sladsl.contract.payment_terms import check_charge, check_terms
from sladsl.contract.scope import Scope, listed
from sladsl.contract.served import check_cap_of_service, check_service
from sladsl.contract.tiers import check_schedule
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["check_money"]


def check_money(s: Scope) -> None:
    """Check every payment of every obligation, and the caps."""
    if s.here.agreement is not None and s.here.agreement.fee is not None:
        above_nothing(s, s.here.agreement.fee.amount)
    for node in s.here.obligations.values():
        for payment in node.payments:
            _payment(s, node, payment)
        if node.paid_only is not None:
            in_currency(s, node.paid_only.unit, node.paid_only)
        check_terms(s, node)
        check_service(s, node)
    for charge in s.here.charges.values():
        check_charge(s, charge)
        above_nothing(s, charge.amount)
    for cap in s.here.caps:
        if cap.what.text not in TOTALS:
            help = nearest(cap.what.text, TOTALS) or f"one of {', '.join(TOTALS)}"
            s.error("SLA412", f"no cap on `{cap.what.text}`", cap.what.span, help=help)
        check_amount(s, cap.at, [])
        above_nothing(s, cap.at)
        check_cap(s, cap)
        check_cap_of_service(s, cap)


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
    for amount in amounts_of(node.payout):
        above_nothing(s, amount)
    if node.limit is not None:
        check_amount(s, node.limit, [])
        above_nothing(s, node.limit)
        check_limit(s, node, judged)
    if node.also_when_met and node.direction == "bonus":
        s.error(
            "SLA420", "a bonus is for a promise that was kept", node.span,
            "it is paid when met anyway", help="leave `also when met` out",
        )  # fmt: skip


def _occurrence(s: Scope, owner: n.Obligation, node: n.Payment, judged: list[n.Require]) -> None:
    """How often is paid must be written where there can be several reasons to."""
    if node.occurrence is not None:
        return
    deadlines = [r for r in owner.requires if not isinstance(r, n.Require)]
    reason = ""
    if any(r.each for r in judged):
        reason = "several groups can be breached in a period"
    elif isinstance(node.payout, n.Greatest):
        return  # of several requirements the greatest
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
                    check_amount(s, arm.payout, judged)
        case n.Greatest():
            _greatest(s, owner, node, payout)
        case n.ForEvery():
            check_amount(s, payout.amount, judged)
            _for_every(s, owner, payout, judged)
        case _:
            check_amount(s, payout, judged)
    if tables and _one_figure(s, owner, node, judged):
        for table in tables:
            _tiers(s, node, table, judged)
        for require in judged:
            check_schedule(s, node, require)


def _greatest(s: Scope, owner: n.Obligation, node: n.Payment, payout: n.Greatest) -> None:
    """Check each of the payouts of which the greatest is paid, as one of its own."""
    if node.on is not None:
        s.error(
            "SLA405", "`greatest of` says itself what is `on` which metric", node.on.span,
            help="leave this `on` out",
        )  # fmt: skip
    if not payout.arms:
        s.error(
            "SLA414", f"a {node.direction} without amounts", payout.span,
            help="write some: `on availability { below 99.9%: 10% of fee }`",
        )  # fmt: skip
    s.repeated([arm.on for arm in payout.arms], "the metric")
    for arm in payout.arms:
        occurrence = node.occurrence or "once"
        one = node.but(on=arm.on, payout=arm.payout, limit=None, occurrence=occurrence)
        _payment(s, owner, one)


def _for_every(s: Scope, owner: n.Obligation, node: n.ForEvery, judged: list[n.Require]) -> None:
    """Check what is paid for every step of lateness, or of a metric that is required."""
    if node.step.value <= 0:
        s.error("SLA459", "a step of no length", node.step.span, help="a step above zero")
    step = kinds.literal(node.step)
    if node.of.text == "lateness":
        due = kinds.DURATION
        if all(isinstance(r, n.Require) for r in owner.requires):
            s.error(
                "SLA419", f"`{owner.name.text}` has no deadline to be late for", node.of.span,
                help="name a metric that it requires",
            )  # fmt: skip
            return
    else:
        known = ["lateness", *dict.fromkeys(r.metric.text for r in judged)]
        info = s.metrics.get(node.of.text)
        if node.of.text not in known:
            s.unknown("metric", node.of.text, node.of.span, known, "not required here")
            return
        if info is None:
            return
        due = info.type
    if not kinds.comparable(due, step):
        s.error(
            "SLA419", f"steps of {kinds.describe(step)}, where `{node.of.text}` is"
            f" {kinds.describe(due)}", node.step.span, help="both must be of one kind",
        )  # fmt: skip


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


def _edge(s: Scope, node: n.Expr) -> None:
    """An edge of a tier is one figure, so that tiers can be held against each other."""
    match node:
        case n.Arithmetic(operands=operands):
            for operand in operands:
                _edge(s, operand)
        case n.Minus(operand=operand):
            _edge(s, operand)
        case n.Match():
            s.error(
                "SLA425", "an edge of a tier that is chosen by a group", node.span,
                help="choose the table: `match F { A: { below 95%: ... }, B: { below 90%: ... } }`",
            )  # fmt: skip
        case n.Ref():
            found = s.refs.get(id(node))
            if found is not None and found.kind is RefKind.BASELINE:
                s.error(
                    "SLA425", "an edge of a tier that isn't known beforehand", node.span,
                    "nothing can say whether tiers leave a gap, or a kept promise is paid for",
                    help="write a figure, or pay by `for every STEP of METRIC`",
                )  # fmt: skip
        case _:
            return


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
                _edge(s, bound.limit)
    for tier in table.tiers:
        check_amount(s, tier.amount, judged)
