"""Remedies, amendments, what an agreement is based on, and what it imports."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import first, singular
from sladsl.syntax.parse_tree import Token

__all__ = ["RULES"]


def _based(b: Builder, t: Node) -> n.Based:
    path = b.text(t.children[0])
    assert path is not None
    return n.Based(path, span=b.span(t))


def _import(b: Builder, t: Node) -> n.Import:
    path = b.text(t.children[0])
    assert path is not None
    return n.Import(path, span=b.span(t))


def _remedy(b: Builder, t: Node) -> n.Remedy:
    name, doc, *clauses = t.children
    found = b.clauses(clauses, {"may": "may", "remedy_within": "within"})
    party, act = found.pop("may", (None, None))
    when = b.all_of(clauses, "remedy_when")
    return n.Remedy(b.name(name), b.text(doc), party, act, when, **found, span=b.span(t))


def _may(b: Builder, t: Node) -> tuple[n.Name, n.Name]:
    return b.name(t.children[0]), b.name(t.children[1])


_HOW = {"k_of_n": "of", "in_a_row": "row", "k_times": "times", "altogether": "whole"}


def _remedy_when(b: Builder, t: Node) -> n.RemedyWhen:
    subject, what, same = t.children
    *compared, window = what.children
    operator = limit = None
    if compared:
        operator, limit = str(compared[0]), b.build(compared[1])
    *count, of, unit = window.children
    return n.RemedyWhen(
        b.name(subject), operator, limit, _HOW[window.data],
        b.whole(count[0]) if count else None, b.whole(of), singular(unit),
        () if same is None else b.build(same.children[0]), span=b.span(t),
    )  # fmt: skip


def _amendment(b: Builder, t: Node) -> n.Amendment:
    name, doc, signed, start, *parts = t.children
    return n.Amendment(
        b.name(name), b.text(doc), b.moment(signed), b.moment(start),
        tuple(b.build(part) for part in parts if part.data != "remove"),
        b.all_of(parts, "remove"), span=b.span(t),
    )  # fmt: skip


def _remove(b: Builder, t: Node) -> n.Remove:
    first, second = t.children
    if isinstance(first, Token):
        return n.Remove("cap", b.name(first), b.build(second), span=b.span(t))
    return n.Remove(str(first.children[0]), b.name(second), None, span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "based": _based, "import": _import,
    "remedy": _remedy, "may": _may, "remedy_when": _remedy_when, "remedy_within": first,
    "amendment": _amendment, "remove": _remove,
}  # fmt: skip
