"""Credits, bonuses, penalties and caps."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.expressions import arm
from sladsl.syntax.makers.shapes import first, singular

__all__ = ["RULES"]


def _payment(b: Builder, t: Node) -> n.Payment:
    direction, occurrence, on, payout, limit = t.children
    return n.Payment(
        str(direction.children[0]),
        None if occurrence is None else str(occurrence.children[0]),
        b.name_or_none(on), b.build(payout), b.maybe(limit), span=b.span(t),
    )  # fmt: skip


def _tiers(b: Builder, t: Node) -> n.Tiers:
    return n.Tiers(b.all_of(t.children, "tier"), span=b.span(t))


def _tier(b: Builder, t: Node) -> n.Tier:
    first, second, amount = t.children
    bounds = tuple(b.build(bound) for bound in (first, second) if bound is not None)
    return n.Tier(bounds, b.build(amount), span=b.span(t))


def _bound(b: Builder, t: Node) -> n.Bound:
    operator = {"below": "<", "above": ">", "most": "<=", "least": ">="}
    word = str(t.children[0].children[0])
    return n.Bound(operator[word], b.build(t.children[1]), span=b.span(t))


def _payout_match(b: Builder, t: Node) -> n.PayoutMatch:
    arms = b.all_of((c for c in t.children[1:] if c is not None), "payout_arm")
    return n.PayoutMatch(b.name(t.children[0]), arms, span=b.span(t))


def _share_of(b: Builder, t: Node) -> n.ShareOf:
    return n.ShareOf(b.quantity(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _length_of(b: Builder, t: Node) -> n.LengthOf:
    count, unit, of = t.children
    whole = b.whole(count)
    length = n.Length(
        whole.value, singular(unit), f"{count} {unit.children[0]}", span=whole.span.to(b.span(unit))
    )
    return n.LengthOf(length, b.build(of), span=b.span(t))


def _cap(b: Builder, t: Node) -> n.Cap:
    what, at, per = t.children
    return n.Cap(b.name(what), b.build(at), b.build(per), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "payment": _payment, "payment_limit": first,
    "tiers": _tiers, "tier": _tier, "bound": _bound, "payout_match": _payout_match,
    "payout_arm": arm(n.PayoutArm), "share_of": _share_of, "length_of": _length_of, "cap": _cap,
}  # fmt: skip
