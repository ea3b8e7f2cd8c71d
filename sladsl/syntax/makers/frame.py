"""The agreement, its plans and services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import first, first_name, keyword, rounding, singular

__all__ = ["RULES"]


def _agreement(b: Builder, t: Node) -> n.Agreement:
    name, doc, *clauses = t.children
    found = b.clauses(clauses, _AGREEMENT)
    return n.Agreement(b.name(name), b.text(doc), **found, span=b.span(t))


_AGREEMENT = {rule: rule for rule in (
    "provider", "customer", "internal", "term", "renews", "timezone", "currency", "fee",
    "rounding", "review", "records", "late", "week_starts", "month_starts", "year_starts",
    "percentile",
)} | {"chosen_plan": "plan"}  # fmt: skip


def _party(b: Builder, t: Node) -> n.Party:
    return n.Party(b.name(t.children[0]), b.text(t.children[1]), span=b.span(t))


def _stretch(cls: type[n.Term] | type[n.Existing]) -> Callable[[Builder, Node], Any]:
    """`from TIME`, and perhaps `through DATE` or `to TIME`, as a node of a class."""

    def build(b: Builder, t: Node) -> Any:
        start, end = t.children
        through = to = None
        if end is not None:
            moment = end.children[0]
            if end.data == "through":
                through = b.moment(moment)
            else:
                to = b.build(moment)
        return cls(b.build(start), through, to, span=b.span(t))

    return build


def _renews(b: Builder, t: Node) -> n.Renews:
    length, when, unless = t.children
    return n.Renews(b.build(length), b.maybe(when), b.maybe(unless), span=b.span(t))


def _renews_when(b: Builder, t: Node) -> n.RenewsWhen:
    name, met, of, unit = t.children
    return n.RenewsWhen(b.name(name), b.whole(met), b.whole(of), singular(unit), span=b.span(t))


def _renews_unless(b: Builder, t: Node) -> n.RenewsUnless:
    stream, where, notice = t.children
    return n.RenewsUnless(b.name(stream), b.maybe(where), b.build(notice), span=b.span(t))


def _fee(b: Builder, t: Node) -> n.Fee:
    amount, per, prorated = t.children
    return n.Fee(b.build(amount), b.build(per), prorated is not None, span=b.span(t))


def _review(b: Builder, t: Node) -> n.Review:
    return n.Review(b.build(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _plan(b: Builder, t: Node) -> n.Plan:
    name, doc, *bindings = t.children
    return n.Plan(b.name(name), b.text(doc), tuple(b.build(c) for c in bindings), span=b.span(t))


def _binding(b: Builder, t: Node) -> n.Binding:
    return n.Binding(b.name(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _service(b: Builder, t: Node) -> n.Service:
    name, doc, *clauses = t.children
    of = b.all_of(clauses, "service_of")
    found = b.clauses(clauses, {"existing": "existing", "members": "members", "rest": "rest"})
    return n.Service(b.name(name), b.text(doc), of, **found, span=b.span(t))


def _service_of(b: Builder, t: Node) -> n.ServiceOf:
    values = tuple(b.build(c) for c in t.children[1:])
    return n.ServiceOf(b.name(t.children[0]), values, span=b.span(t))


def _members(b: Builder, t: Node) -> n.MembersOf:
    return n.MembersOf(b.name(t.children[0]), b.build(t.children[1]), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "language": lambda b, t: n.Language(b.quantity(t.children[0]), span=b.span(t)),
    "plan": _plan, "binding": _binding,
    "agreement": _agreement, "provider": _party, "customer": _party,
    "internal": keyword("internal"), "chosen_plan": first_name, "term": _stretch(n.Term),
    "renews": _renews, "renews_when": _renews_when, "renews_unless": _renews_unless,
    "currency": first_name, "fee": _fee, "rounding": rounding, "review": _review,
    "records": first_name, "late": first, "week_starts": first_name,
    "month_starts": lambda b, t: b.whole(t.children[0]), "year_starts": first_name,
    "percentile": first_name, "service": _service, "service_of": _service_of,
    "existing": _stretch(n.Existing), "members": _members, "rest": first_name,
}  # fmt: skip
