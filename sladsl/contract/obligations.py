"""Obligations: who owes, which figure, for which groups, by when, and what excuses."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract import kinds
from sladsl.contract.deadlines import check_claim, due_by, due_every, due_within
from sladsl.contract.excused import excuse
from sladsl.contract.excuses import excluding, excuse_circles, metric_of
from sladsl.contract.expressions import mismatch, nought, type_of
from sladsl.contract.formulas import on_figures
from sladsl.contract.groups import group_fields
from sladsl.contract.lookup import View
from sladsl.contract.model import FieldInfo, Kind, MetricInfo, Type
from sladsl.contract.outages import moment_of
from sladsl.contract.schedules import clipped, positive
from sladsl.contract.scope import Reads, Scope
from sladsl.contract.services import by_service
from sladsl.contract.targets import Case, evaluate
from sladsl.diagnostics import Label, nearest
from sladsl.syntax import nodes as n

__all__ = ["check_obligations", "figure_type", "group_view"]


def check_obligations(s: Scope) -> None:
    """Check every obligation; then excuses that go round in a circle."""
    for node in s.here.obligations.values():
        _owes(s, node)
        for role in node.roles:
            s.repeated(role.parties, "the party")
            for party in role.parties:
                s.party(party)
        if not node.requires:
            s.error(
                "SLA210", f"the obligation `{node.name.text}` requires nothing", node.name.span,
                help="add `require METRIC >= ... per month`",
            )  # fmt: skip
        for require in node.requires:
            match require:
                case n.Require():
                    _require(s, require)
                case n.RequireWithin():
                    due_within(s, node, require)
                case n.RequireEvery():
                    due_every(s, require)
                case n.RequireBy():
                    due_by(s, node, require)
                case _:
                    assert_never(require)
        excluding(s, node)
        for excused in node.excused:
            excuse(s, node, excused)
        if node.applies is not None:
            _applies(s, node, node.applies)
        if node.claim is not None:
            check_claim(s, node, node.claim)
    excuse_circles(s)


def _owes(s: Scope, node: n.Obligation) -> None:
    if node.owes is None:
        parties = [*s.parties, "a", "b"]
        s.error(
            "SLA210", f"the obligation `{node.name.text}` doesn't say who owes it",
            node.name.span, help=f"add `{parties[0]} owes {parties[1]}`",
        )  # fmt: skip
        return
    debtor, creditor = node.owes.debtor, node.owes.creditor
    known = s.party(debtor) and s.party(creditor)
    if known and debtor.text == creditor.text:
        what = f"`{debtor.text}` owes something to itself"
        s.error("SLA209", what, node.owes.span, help="name the other party")


# ---- require METRIC ------------------------------------------------------------------------


def group_view(s: Scope, each: tuple[n.Name, ...], info: MetricInfo | None) -> View:
    """The view of a target: a `match` on the group's fields."""
    fields: dict[str, FieldInfo | None] = {}
    owner = ""
    if info is not None:
        sources = [*info.streams, *(s.outages[o].stream for o in info.outages if o in s.outages)]
        for name in each:
            for stream in sources:
                if name.text in s.fields.get(stream, {}):
                    fields.setdefault(name.text, s.fields[stream][name.text])
                    owner = owner or stream
    for name in each:
        fields.setdefault(name.text, None)
    return View(owner, fields, grouped=True)


def figure_type(s: Scope, node: n.Expr, info: MetricInfo | None, view: View) -> Type | None:
    """The type of a target or of a tier's edge, which must be that of the metric."""
    found = type_of(s, node, view)
    if found is not None:
        _divided(s, node)
    if found is None or info is None:
        return found
    if kinds.comparable(info.type, found):
        return found
    values = [arm.value for arm in node.arms] if isinstance(node, n.Match) else [node]
    for value in values:
        other = s.types.get(id(value), found)
        if not kinds.comparable(info.type, other):
            figure = n.Ref(info.name, span=value.span)
            mismatch(s, figure, info.type, value, other)
    return None


def _divided(s: Scope, node: n.Expr) -> None:
    """What is divided by in a target isn't zero, in any plan."""
    match node:
        case n.Match():
            for arm in node.arms:
                _divided(s, arm.value)
        case n.Minus():
            _divided(s, node.operand)
        case n.Arithmetic():
            for operator, operand in zip(("", *node.operators), node.operands, strict=True):
                _divided(s, operand)
                plans = (Case(plan, {}, "") for plan in (*s.here.plans, ""))
                if operator == "/" and any(evaluate(s, operand, plan) == 0 for plan in plans):
                    nought(s, operand)
        case _:
            return


def _require(s: Scope, node: n.Require) -> None:
    name = node.metric
    info = metric_of(s, node)
    if name.text not in s.here.metrics:
        _no_metric(s, name)
    elif info is not None and not info.streams and not info.outages:
        s.error(
            "SLA316", f"`{name.text}` measures nothing", name.span,
            "it is the same for all periods",
            help="name a metric that reads a stream or an outage",
        )  # fmt: skip
    if node.operator in ("==", "!="):
        s.error(
            "SLA461", f"a promise of exactly a figure: `{node.operator}`", node.span,
            "a target is a limit", help="write `>=`, `<=`, `>` or `<`",
        )  # fmt: skip
    _per(s, node)
    if info is not None:
        _groups(s, node, info)
    else:
        s.repeated(node.each, "the field")
    figure_type(s, node.target, info, group_view(s, node.each, info))
    _in_reach(s, node, info)
    if node.prorated:
        _prorated(s, node, info)
    elif info is not None and isinstance(node.per, n.Name):
        promised = info.type.kind in (Kind.INT, Kind.MONEY)
        if promised and (which := clipped(s, node.per.text)):
            what = f"the {which} {node.per.text} is cut short by the term"
            s.warn(
                "SLA458", what, node.span, "the whole promise holds for the part",
                help="add `prorated`, or let the term run over whole periods",
            )  # fmt: skip


def _in_reach(s: Scope, node: n.Require, info: MetricInfo | None) -> None:
    """Warn of a share that would have to be above 100 %, or below 0 %."""
    measure = None if info is None else info.node.value
    if not isinstance(measure, n.Aggregate) or measure.function.text != "share":
        return
    for plan in s.here.plans or [""]:
        figure = evaluate(s, node.target, Case(plan, {}, ""))
        if figure is None:
            continue
        never = {">=": figure > 1, ">": figure >= 1, "<=": figure < 0, "<": figure <= 0}
        if never.get(node.operator):
            s.warn(
                "SLA473", f"`{node.metric.text}` can't keep this promise", node.target.span,
                "a share is from 0% to 100%", help="write a share that can be reached",
            )  # fmt: skip
            return


def _prorated(s: Scope, node: n.Require, info: MetricInfo | None) -> None:
    """A part of a period has a part of the target only where figures add up."""
    if not isinstance(node.per, n.Name | None):
        s.error(
            "SLA467", "a rolling period is never cut short", node.span, "nothing to prorate",
            help="leave `prorated` out",
        )  # fmt: skip
    elif info is not None and not _adds_up(s, info.node.value):
        s.error(
            "SLA467", f"`{info.name}` isn't less in a shorter period", node.span,
            "only counts and sums are", help="leave `prorated` out",
        )  # fmt: skip


def _adds_up(s: Scope, node: n.Expr) -> bool:
    """Whether a measure of a whole is the sum of those of its parts."""
    match node:
        case n.Aggregate(function=function, over=over):
            return function.text in ("count", "sum") and over is None
        case n.Minus(operand=operand):
            return _adds_up(s, operand)
        case n.Arithmetic(operands=operands, operators=operators):
            if set(operators) <= {"+", "-"}:
                return all(_adds_up(s, operand) for operand in operands)
            scaled = [o for o in operands if not isinstance(o, n.Quantity)]
            divided = "/" not in operators or scaled == [operands[0]]
            return len(scaled) == 1 and divided and _adds_up(s, scaled[0])
        case n.Ref(name=name, member=None) if name in s.here.metrics:
            return _adds_up(s, s.here.metrics[name].value)
        case _:
            return False


def _applies(s: Scope, owner: n.Obligation, node: n.Expr) -> None:
    """Check `applies where`: metrics of the same periods and groups."""
    reads = Reads()
    on_figures(s, node, reads)
    for require in owner.requires:
        if not isinstance(require, n.Require):
            s.error(
                "SLA467", "a deadline has no period whose figures could be looked at", node.span,
                help="let deadlines be an obligation of their own",
                also=(Label(require.span, "a deadline"),),
            )  # fmt: skip
            return
        group_fields(s, require.each, reads.streams, "`applies where`")
        for outage in reads.outages:
            grain = {name.text for name in s.here.outages[outage].each}
            for name in require.each:
                if name.text not in grain:
                    what = f"the outage `{outage}` isn't counted for each `{name.text}`"
                    s.error(
                        "SLA272", what, name.span, "`applies where` measures that outage",
                        help="add the field to the outage's `for each`",
                    )  # fmt: skip


def _one_time(s: Scope, ref: n.Ref) -> None:
    """A trailing period ends at one time of a row."""
    info = s.streams.get(ref.name)
    if ref.member is None and info is not None and info.spans is not None:
        s.error(
            "SLA262", f"`{ref.name}` is a stream of spans: which of its times?", ref.span,
            help=f"write `{ref.name}.{info.spans[0]}` or `{ref.name}.{info.spans[1]}`",
        )  # fmt: skip


def _no_metric(s: Scope, name: n.Name) -> None:
    streams = [stream for stream, fields in s.fields.items() if name.text in fields]
    if streams and not nearest(name.text, s.here.metrics):
        s.error(
            "SLA215", f"`{name.text}` is a field, where a metric is due", name.span,
            help=f"name a measure of it: `metric slow = p95 of {name.text} in {streams[0]}`",
        )  # fmt: skip
        return
    for sort, table in (
        ("a baseline", s.here.baselines), ("an outage", s.here.outages),
        ("a stream", s.here.streams),
    ):  # fmt: skip
        if name.text in table:
            help = nearest(name.text, s.here.metrics) or "name a metric of it, and require that"
            what = f"`{name.text}` is the name of {sort}, where a metric is due"
            s.error("SLA215", what, name.span, help=help)
            return
    s.find("metric", name, s.here.metrics)


def _per(s: Scope, node: n.Require) -> None:
    whole = isinstance(node.per, n.Rolling | n.Trailing)
    if whole and node.amended is not None and node.amended.text == "split":
        s.error(
            "SLA471", "such a period can't be judged in parts", node.amended.span,
            "it is promised for that length of time, and a part is shorter",
            help="write `at start`: the terms at its start hold for all of it",
        )  # fmt: skip
    match node.per:
        case None:
            s.error(
                "SLA460", f"`{node.metric.text}` over which time?", node.span,
                "a requirement is judged for a period", help="add `per month`",
            )  # fmt: skip
        case n.Rolling():
            for length in (node.per.length, node.per.every):
                positive(s, length, "a period")
        case n.Trailing():
            positive(s, node.per.length, "a period")
            moment_of(s, node.per.event, node.per.where)
            _one_time(s, node.per.event)
        case n.Name():
            pass
        case _:
            assert_never(node.per)


def _groups(s: Scope, node: n.Require, info: MetricInfo) -> None:
    """Check `for each` against the streams and outages that the metric reads."""
    what = f"`{info.name}`"
    s.repeated(node.each, "the field")
    each = by_service(s, node.each, info)
    group_fields(s, each, dict.fromkeys(info.streams), what)
    for outage in info.outages:
        grain = [name.text for name in s.here.outages[outage].each]
        for name in each:
            if name.text in grain:
                continue
            help = f"its groups: {', '.join(grain)}" if grain else "add `for each` to the outage"
            s.error(
                "SLA272", f"the outage `{outage}` isn't counted for each `{name.text}`",
                name.span, f"{what} measures that outage", help=nearest(name.text, grain) or help,
                also=(Label(s.here.outages[outage].name.span, "the outage"),),
            )  # fmt: skip
