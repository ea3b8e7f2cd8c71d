"""Obligations and remedies."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import first, quantity_first, singular
from sladsl.syntax.parse_tree import Token

__all__ = ["RULES"]


_ROLES = ("responsible", "accountable", "consulted", "informed")
_DIRECTIONS = ("credit", "bonus", "penalty")


def _obligation(b: Builder, t: Node) -> n.Obligation:
    name, doc, *clauses = t.children
    single = {"owes": "owes", "excluding": "excluding", "claim": "claim", "paid_only": "paid_only"}
    return n.Obligation(
        b.name(name), b.text(doc), **b.clauses(clauses, single),
        roles=tuple(sorted(b.all_of(clauses, "role"), key=lambda r: _ROLES.index(r.word))),
        requires=b.all_of(clauses, "require", "require_within", "require_every"),
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
    metric, operator, target, per, each = t.children
    return n.Require(
        b.name(metric), str(operator), b.build(target), b.maybe(per), b.maybe(each) or (),
        span=b.span(t),
    )  # fmt: skip


def _require_within(b: Builder, t: Node) -> n.RequireWithin:
    event, where, within, calendar, of = t.children
    return n.RequireWithin(
        b.build(event), b.maybe(where), b.build(within), b.name_or_none(calendar),
        b.build(of), span=b.span(t),
    )  # fmt: skip


def _require_every(b: Builder, t: Node) -> n.RequireEvery:
    event, where, every, weekday, clock = t.children
    return n.RequireEvery(
        b.build(event), b.maybe(where), b.build(every), b.name_or_none(weekday),
        str(clock), span=b.span(t),
    )  # fmt: skip


def _anchor(b: Builder, t: Node) -> n.Anchor:
    first, rest = t.children
    of = b.name(rest.children[0]) if rest is not None and rest.data == "anchor_of" else None
    member = b.name(rest.children[0]) if rest is not None and of is None else None
    return n.Anchor(b.name(first), of, member, span=b.span(t))


def _excused(b: Builder, t: Node) -> n.Excused:
    party, obligation, left, _, right = t.children
    on = b.on(left, right)
    return n.Excused(b.name(party), b.name(obligation), on, span=b.span(t))


def _claim(b: Builder, t: Node) -> n.Claim:
    within, calendar, of, stream, where = t.children
    return n.Claim(
        b.build(within), b.name_or_none(calendar), b.build(of), b.name(stream),
        b.maybe(where), span=b.span(t),
    )  # fmt: skip


def _remedy(b: Builder, t: Node) -> n.Remedy:
    name, doc, *clauses = t.children
    single = {"may": "may", "remedy_when": "when", "remedy_within": "within"}
    found = b.clauses(clauses, single)
    party, act = found.pop("may", (None, None))
    return n.Remedy(b.name(name), b.text(doc), party, act, **found, span=b.span(t))


def _may(b: Builder, t: Node) -> tuple[n.Name, n.Name]:
    return b.name(t.children[0]), b.name(t.children[1])


def _remedy_when(b: Builder, t: Node) -> n.RemedyWhen:
    name, breached, of, unit = t.children
    return n.RemedyWhen(
        b.name(name), b.whole(breached), b.whole(of), singular(unit), span=b.span(t)
    )


def _rolling(b: Builder, t: Node) -> n.Rolling:
    first, unit, every, step = t.children

    def length(count: Token, word: Node) -> n.Length:
        whole = b.whole(count)
        text = f"{count} {word.children[0]}"
        return n.Length(whole.value, singular(word), text, span=whole.span.to(b.span(word)))

    return n.Rolling(length(first, unit), length(every, step), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "obligation": _obligation, "owes": _owes, "role": _role, "require": _require,
    "require_within": _require_within, "require_every": _require_every, "anchor": _anchor,
    "rolling": _rolling, "excluding": first, "excused": _excused, "claim": _claim,
    "paid_only": quantity_first,
    "remedy": _remedy, "may": _may, "remedy_when": _remedy_when, "remedy_within": first,
}  # fmt: skip
