"""Obligations: who owes, which figure, for which groups, by when, and what excuses."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract import kinds
from sladsl.contract.excuses import excluding, excuse, excuse_circles, metric_of
from sladsl.contract.expressions import condition, mismatch, type_of
from sladsl.contract.functions import calendar_name
from sladsl.contract.lookup import View
from sladsl.contract.model import FieldInfo, Kind, MetricInfo, Type
from sladsl.contract.outages import group_fields, moment_of, time_field
from sladsl.contract.schedules import WEEKDAYS, clipped, positive, word
from sladsl.contract.scope import Scope
from sladsl.contract.services import by_service
from sladsl.diagnostics import Label, nearest
from sladsl.source import Span
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
                    _within(s, node, require)
                case n.RequireEvery():
                    _every(s, require)
                case _:
                    assert_never(require)
        excluding(s, node)
        for excused in node.excused:
            excuse(s, node, excused)
        if node.claim is not None:
            _claim(s, node, node.claim)
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


def _require(s: Scope, node: n.Require) -> None:
    name = node.metric
    info = metric_of(s, node)
    if name.text not in s.here.metrics:
        _no_metric(s, name)
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
    if info is not None and isinstance(node.per, n.Name):
        promised = info.type.kind in (Kind.INT, Kind.MONEY)
        if promised and (which := clipped(s, node.per.text)):
            what = f"the {which} {node.per.text} is cut short by the term"
            s.warn(
                "SLA458", what, node.span, "the whole promise holds for the part",
                help="targets aren't prorated: let the term run over whole periods",
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
    match node.per:
        case None:
            s.error(
                "SLA460", f"`{node.metric.text}` over which time?", node.span,
                "a requirement is judged for a period", help="add `per month`",
            )  # fmt: skip
        case n.Rolling():
            for length in (node.per.length, node.per.every):
                positive(s, length, "a period")
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


# ---- deadlines -----------------------------------------------------------------------------


def _within(s: Scope, owner: n.Obligation, node: n.RequireWithin) -> None:
    moment_of(s, node.event, node.where)
    if node.event.text == node.event.name:
        _needs_event(s, node.event)
    calendar_name(s, node.calendar)
    positive(s, node.within, "a deadline")
    _anchor(s, node.of, owner, claim=False)


def _needs_event(s: Scope, ref: n.Ref) -> None:
    """A span stream has two times: which is meant must be said."""
    info = s.streams.get(ref.name)
    if info is not None and info.spans is not None:
        s.error(
            "SLA262", f"`{ref.name}` is a stream of spans: which of its times?", ref.span,
            help=f"write `{ref.name}.{info.spans[0]}` or `{ref.name}.{info.spans[1]}`",
        )  # fmt: skip


def _anchor(s: Scope, node: n.Anchor, owner: n.Obligation, *, claim: bool) -> None:
    """What a deadline runs from."""
    known = ["end of period", "breach of OBLIGATION", "STREAM.FIELD"]
    if claim:
        known.append("onset")
    if node.member is not None:
        if s.find("stream", node.name, s.here.streams):
            time_field(s, node.name.text, node.member)
        return
    if node.name.text == "end" and node.of is not None and node.of.text == "period":
        return
    if node.name.text == "breach" and node.of is not None:
        known_one = s.find("obligation", node.of, s.here.obligations)
        if known_one and not claim and node.of.text == owner.name.text:
            s.error(
                "SLA204", f"`{node.of.text}` runs from its own breach", node.span,
                help="name the obligation whose breach is meant",
            )  # fmt: skip
        return
    if node.name.text == "onset" and node.of is None and claim:
        _onset(s, node.span, owner)
        return
    shown = node.name.text + (f" of {node.of.text}" if node.of else "")
    help = nearest(shown, ["end of period", "onset"])
    if not help and node.of is not None:
        help = nearest(node.name.text, ["breach", "end"])
    s.error(
        "SLA463", f"no time runs from `{shown}`", node.span,
        f"one of {', '.join(f'`{k}`' for k in known)} is due here",
        help=help or "a field of a stream is written `tickets.opened`",
    )  # fmt: skip


def _onset(s: Scope, where: Span, owner: n.Obligation) -> None:
    infos = [metric_of(s, r) for r in owner.requires if isinstance(r, n.Require)]
    if not any(info is None or info.outages for info in infos):
        s.error(
            "SLA463", "no time runs from `onset` here", where,
            f"`{owner.name.text}` measures no outage", help="write `of end of period`",
        )  # fmt: skip


def _every(s: Scope, node: n.RequireEvery) -> None:
    moment_of(s, node.event, node.where)
    if node.event.member is None:
        _needs_event(s, node.event)
    word(s, node.weekday, WEEKDAYS, "weekday")
    every = node.every.text
    if every not in ("day", "week"):
        s.error(
            "SLA462", f"a time of day doesn't say when in the {every}", node.every.span,
            help="`every day by 09:00`, `every week by mon 09:00`",
        )  # fmt: skip
    elif (every == "week") != (node.weekday is not None):
        lacks = every == "week"
        what = "on which weekday?" if lacks else "a weekday, though it is due every day"
        help = "write `every week by mon 09:00`" if lacks else "leave it out, or write `every week`"
        where = node.every.span if node.weekday is None else node.weekday.span
        s.error("SLA462", what, where, help=help)


def _claim(s: Scope, owner: n.Obligation, node: n.Claim) -> None:
    positive(s, node.within, "a claim's window")
    calendar_name(s, node.calendar)
    _anchor(s, node.of, owner, claim=True)
    if s.find("stream", node.stream, s.here.streams):
        name = node.stream.text
        if node.where is not None:
            condition(s, node.where, View(name, s.fields[name]))
        info = s.streams.get(name)
        if info is not None and info.spans is not None:
            s.error(
                "SLA262", f"`{name}` is a stream of spans, where events are due",
                node.stream.span, help="a claim is an event: name a stream with `event at`",
            )  # fmt: skip
    if not owner.payments:
        s.warn(
            "SLA416", f"`{owner.name.text}` pays nothing that could be claimed", node.span,
            help="add a `credit`, or leave the claim out",
        )  # fmt: skip
