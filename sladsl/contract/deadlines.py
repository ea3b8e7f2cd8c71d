"""Deadlines: what is due, what they run from, and how claims are made."""

from __future__ import annotations

from sladsl.contract.excuses import metric_of
from sladsl.contract.expressions import condition
from sladsl.contract.functions import calendar_name, on
from sladsl.contract.lookup import View
from sladsl.contract.outages import moment_of, time_field
from sladsl.contract.schedules import WEEKDAYS, positive, word
from sladsl.contract.scope import Scope
from sladsl.diagnostics import nearest
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["check_claim", "due_by", "due_every", "due_within"]


def due_within(s: Scope, owner: n.Obligation, node: n.RequireWithin) -> None:
    """Check `require notices where ... within 24h of breach of uptime`."""
    moment_of(s, node.event, node.where)
    if node.event.text == node.event.name:
        _needs_event(s, node.event)
    calendar_name(s, node.calendar)
    positive(s, node.within, "a deadline")
    _anchor(s, node.of, owner, claim=False)
    _trigger(s, node, node.of)


def due_by(s: Scope, owner: n.Obligation, node: n.RequireBy) -> None:
    """Check `require visits.arrived by 17:00 on 1 workday after tickets.opened in office`."""
    moment_of(s, node.event, node.where)
    if node.event.text == node.event.name:
        _needs_event(s, node.event)
    calendar_name(s, node.calendar)
    due = node.due
    if due.workdays and node.calendar is None:
        s.error(
            "SLA468", "workdays of which calendar?", due.span,
            help="add `in CALENDAR`: a workday is one on which it opens",
        )  # fmt: skip
    elif node.calendar is not None and not due.workdays:
        s.error(
            "SLA468", "days that a calendar doesn't change", node.calendar.span,
            help="write `workday`, or leave the calendar out",
        )  # fmt: skip
    if due.count.value > 250 * 366:
        s.error(
            "SLA469", "a deadline of more than 250 years", due.count.span,
            help="write a shorter one",
        )  # fmt: skip
    if due.workdays and due.count.value < 1:
        s.error("SLA459", "a deadline of no length", due.count.span, help="at least one workday")
    _anchor(s, due.after, owner, claim=False)
    _trigger(s, node, due.after)


def _trigger(s: Scope, node: n.RequireWithin | n.RequireBy, anchor: n.Anchor) -> None:
    """Check which rows a deadline runs from, and which answer belongs to which."""
    _chosen(s, anchor, node.trigger, node.on)
    stream = anchor.name.text if anchor.member is not None else ""
    theirs = node.event.name
    if node.on is not None and stream in s.fields and theirs in s.fields:
        on(s, node.on, [s.fields[stream]], f"`{stream}`", [s.fields[theirs]], f"`{theirs}`")


def _chosen(s: Scope, anchor: n.Anchor, trigger: n.Expr | None, on: n.On | None = None) -> None:
    """Check which rows of its anchor's stream something runs from."""
    stream = anchor.name.text if anchor.member is not None else ""
    if stream in s.fields:
        if trigger is not None:
            condition(s, trigger, View(stream, s.fields[stream]))
        return
    for part in (trigger, on) if anchor.member is None else ():
        if part is not None:
            s.error(
                "SLA467", "no rows that could be chosen from or matched", part.span,
                f"`{anchor.span.text}` isn't a row",
                help="leave it out, or run from a field such as `tickets.opened`",
            )  # fmt: skip


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


def due_every(s: Scope, node: n.RequireEvery) -> None:
    """Check `require reports where ... every week by mon 09:00`."""
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


def check_claim(s: Scope, owner: n.Obligation, node: n.Claim) -> None:
    """Check by what is claimed, and in which time."""
    positive(s, node.within, "a claim's window")
    if node.by_end and node.of.name.text == "breach":
        s.error(
            "SLA463", "no calendar time runs from a breach", node.of.span,
            help="write `after period` or `after onset`, or `claim within ... of breach of ...`",
        )  # fmt: skip
        return
    calendar_name(s, node.calendar)
    _anchor(s, node.of, owner, claim=True)
    _chosen(s, node.of, node.trigger)
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
