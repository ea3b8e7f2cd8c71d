"""Obligations: what is promised, by when, and what excuses."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import (
    calendar_length,
    first,
    first_name,
    keyword,
    quantity_first,
    singular,
)

__all__ = ["RULES"]


_ROLES = ("responsible", "accountable", "consulted", "informed", "measured", "reported")
_DIRECTIONS = ("credit", "bonus", "penalty")


def _obligation(b: Builder, t: Node) -> n.Obligation:
    name, doc, *clauses = t.children
    words = "owes applies excluding excluded_time returned instead claim without_claim paid_only"
    single = {word: word for word in words.split()}
    return n.Obligation(
        b.name(name), b.text(doc), **b.clauses(clauses, single),
        roles=tuple(sorted(b.all_of(clauses, "role"), key=lambda r: _ROLES.index(r.word))),
        requires=b.all_of(clauses, "require", "require_within", "require_every", "require_by"),
        excused=b.all_of(clauses, "excused"),
        payments=tuple(
            sorted(b.all_of(clauses, "payment"), key=lambda p: _DIRECTIONS.index(p.direction))
        ),
        span=b.span(t),
    )  # fmt: skip


def _owes(b: Builder, t: Node) -> n.Owes:
    return n.Owes(b.name(t.children[0]), b.name(t.children[1]), span=b.span(t))


def _role(b: Builder, t: Node) -> n.Role:
    word, names = t.children
    return n.Role(str(word.children[0]), b.build(names), span=b.span(t))


def _require(b: Builder, t: Node) -> n.Require:
    metric, operator, target, per, amended, prorated, each = t.children
    return n.Require(
        b.name(metric), str(operator), b.build(target), b.maybe(per), b.maybe(each) or (),
        None if amended is None else n.Name(" ".join(amended.children), span=b.span(amended)),
        prorated is not None, span=b.span(t),
    )  # fmt: skip


def _require_within(b: Builder, t: Node) -> n.RequireWithin:
    event, where, within, calendar, of, trigger, on = t.children
    return n.RequireWithin(
        b.build(event), b.maybe(where), b.build(within), b.name_or_none(calendar),
        b.build(of), b.maybe(trigger), b.maybe(on), span=b.span(t),
    )  # fmt: skip


def _require_by(b: Builder, t: Node) -> n.RequireBy:
    event, where, clock, due, calendar, trigger, on = t.children
    return n.RequireBy(
        b.build(event), b.maybe(where), _clock(b, clock), b.build(due), b.name_or_none(calendar),
        b.maybe(trigger), b.maybe(on), span=b.span(t),
    )  # fmt: skip


def _due_day(b: Builder, t: Node) -> n.DueDay:
    count, word, after = t.children
    workdays = str(word.children[0]).startswith("work")
    return n.DueDay(b.whole(count), workdays, b.build(after), span=b.span(t))


def _require_every(b: Builder, t: Node) -> n.RequireEvery:
    event, where, every, weekday, clock = t.children
    return n.RequireEvery(
        b.build(event), b.maybe(where), b.build(every), b.name_or_none(weekday),
        _clock(b, clock), span=b.span(t),
    )  # fmt: skip


def _clock(b: Builder, token: Node) -> str:
    """A time of day at which something is due."""
    hour, minute, *second = map(int, str(token).split(":"))
    if hour > 23 or max(minute, *second, 0) > 59:
        b.refuse(
            "SLA106", f"`{token}` isn't a time of day", b.span(token),
            help="times of day run from 00:00 to 23:59:59; midnight is 00:00 of the day after",
        )  # fmt: skip
    return str(token)


def _anchor(b: Builder, t: Node) -> n.Anchor:
    first, rest = t.children
    of = b.name(rest.children[0]) if rest is not None and rest.data == "anchor_of" else None
    member = b.name(rest.children[0]) if rest is not None and of is None else None
    return n.Anchor(b.name(first), of, member, span=b.span(t))


def _excused(b: Builder, t: Node) -> n.Excused:
    party, obligation, rows = t.children
    on = None if rows is None or rows.data == "for_all" else b.build(rows)
    return n.Excused(
        b.name(party), b.name(obligation), on, rows is not None and on is None, span=b.span(t)
    )


def _claim(b: Builder, t: Node) -> n.Claim:
    if len(t.children) == 1:
        return _claim_by_end(b, t.children[0])
    within, calendar, of, trigger, stream, where = t.children
    return n.Claim(
        b.build(within), b.name_or_none(calendar), b.build(of), b.name(stream),
        b.maybe(where), trigger=b.maybe(trigger), span=b.span(t),
    )  # fmt: skip


def _claim_by_end(b: Builder, t: Node) -> n.Claim:
    count, unit, anchor, trigger, stream, where = t.children
    of: n.Anchor = b.build(anchor)
    if of.name.text == "period" and of.of is None and of.member is None:
        of = n.Anchor(n.Name("end", span=of.span), of.name, None, span=of.span)
    return n.Claim(
        calendar_length(b, count, unit), None, of, b.name(stream), b.maybe(where), True,
        b.maybe(trigger), span=b.span(t),
    )  # fmt: skip


def _returned(b: Builder, t: Node) -> n.Returned:
    count, unit = t.children
    return n.Returned(b.whole(count), singular(unit), span=b.span(t))


def _rolling(b: Builder, t: Node) -> n.Rolling:
    count, unit, every, step = t.children
    return n.Rolling(
        calendar_length(b, count, unit), calendar_length(b, every, step), span=b.span(t)
    )


def _trailing(b: Builder, t: Node) -> n.Trailing:
    count, unit, event, where = t.children
    length = calendar_length(b, count, unit)
    return n.Trailing(length, b.build(event), b.maybe(where), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "obligation": _obligation, "owes": _owes, "role": _role, "require": _require,
    "require_within": _require_within, "require_every": _require_every, "anchor": _anchor,
    "require_by": _require_by, "due_day": _due_day, "rolling": _rolling, "trailing": _trailing,
    "applies": first, "excluding": first, "excluded_time": first_name, "excused": _excused,
    "returned": _returned, "instead": first, "claim": _claim,
    "without_claim": keyword("without claim"), "paid_only": quantity_first,
}  # fmt: skip
