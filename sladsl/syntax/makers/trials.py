"""Tests in the language."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import first

__all__ = ["RULES"]


def _test(b: Builder, t: Node) -> n.Test:
    title, *clauses = t.children
    text = b.text(title)
    assert text is not None
    found = b.clauses(clauses, {"chosen_plan": "plan", "as_of": "as_of"})
    return n.Test(
        text, found.get("plan"), found.get("as_of"), b.all_of(clauses, "given"),
        b.all_of(clauses, "expect"), span=b.span(t),
    )  # fmt: skip


def _given(b: Builder, t: Node) -> n.Given:
    stream, every, *bindings = t.children
    return n.Given(
        b.name(stream), b.maybe(every), tuple(b.build(c) for c in bindings), span=b.span(t)
    )


def _every(b: Builder, t: Node) -> n.Every:
    every, start, end = t.children
    return n.Every(b.quantity(every), b.build(start), b.build(end), span=b.span(t))


def _expect(b: Builder, t: Node) -> n.Expect:
    subject, group, label, result = t.children
    values = () if group is None else tuple(b.build(c) for c in group.children)
    verdict = at = operator = amount = None
    if result.data == "outcome":
        verdict = " ".join(result.children[0].children)
        at = b.maybe(result.children[1])
    else:
        operator, amount = str(result.children[0]), b.build(result.children[1])
    period = None if label is None else str(label.children[0])
    return n.Expect(b.name(subject), values, period, verdict, at, operator, amount, span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "test": _test, "as_of": first, "given": _given, "given_every": _every, "expect": _expect,
}  # fmt: skip
