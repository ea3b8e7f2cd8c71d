"""Credits, bonuses, penalties, charges and caps; amounts of money."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.expressions import arm
from sladsl.syntax.makers.shapes import calendar_length, first
from sladsl.syntax.parse_tree import Token

__all__ = ["RULES"]


def _payment(b: Builder, t: Node) -> n.Payment:
    direction, occurrence, on, payout, limit, also = t.children
    return n.Payment(
        str(direction.children[0]),
        None if occurrence is None else str(occurrence.children[0]),
        b.name_or_none(on), b.build(payout), b.maybe(limit), also is not None, span=b.span(t),
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


def _greatest(b: Builder, t: Node) -> n.Greatest:
    return n.Greatest(b.all_of(t.children, "greatest_arm"), span=b.span(t))


def _greatest_arm(b: Builder, t: Node) -> n.GreatestArm:
    return n.GreatestArm(b.name(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _for_every(b: Builder, t: Node) -> n.ForEvery:
    amount, step, begun, of = t.children
    return n.ForEvery(b.build(amount), b.build(step), begun is not None, b.name(of), span=b.span(t))


# ---- amounts -------------------------------------------------------------------------------


def _timed(b: Builder, t: Node) -> n.Timed:
    ref, when = t.children
    if isinstance(when, Token):
        return n.Timed(b.build(ref), None, b.name(when), span=b.span(t))
    return n.Timed(b.build(ref), b.build(when), None, span=b.span(t))


def _computed(b: Builder, t: Node) -> n.Computed:
    operands = tuple(b.build(c) for c in t.children[::2])
    return n.Computed(operands, tuple(str(o) for o in t.children[1::2]), span=b.span(t))


def _part_of(b: Builder, t: Node) -> n.PartOf:
    return n.PartOf(b.build(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _share_of(b: Builder, t: Node) -> n.ShareOf:
    return n.ShareOf(b.quantity(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _length_of(b: Builder, t: Node) -> n.LengthOf:
    count, unit, of = t.children
    return n.LengthOf(calendar_length(b, count, unit), b.build(of), span=b.span(t))


# ---- totals --------------------------------------------------------------------------------


def _charge(b: Builder, t: Node) -> n.Charge:
    name, doc, amount, stream, where = t.children
    return n.Charge(
        b.name_or_none(name), b.text(doc), b.build(amount), b.name(stream), b.maybe(where),
        span=b.span(t),
    )  # fmt: skip


def _cap(b: Builder, t: Node) -> n.Cap:
    what, at, per = t.children
    return n.Cap(b.name(what), b.build(at), b.build(per), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "payment": _payment, "payment_limit": first,
    "tiers": _tiers, "tier": _tier, "bound": _bound, "payout_match": _payout_match,
    "payout_arm": arm(n.PayoutArm), "greatest": _greatest, "greatest_arm": _greatest_arm,
    "for_every": _for_every,
    "a_sum": _computed, "a_product": _computed, "part_sum": _computed, "part_product": _computed,
    "timed": _timed, "share_of": _share_of,
    "part_of": _part_of, "length_of": _length_of,
    "charge": _charge, "cap": _cap,
}  # fmt: skip
