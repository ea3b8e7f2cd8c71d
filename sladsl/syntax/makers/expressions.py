"""Conditions and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules

__all__ = ["RULES"]


def _infix(cls: Callable[..., Any]) -> Callable[[Builder, Node], Any]:
    def build(b: Builder, t: Node) -> Any:
        operands = tuple(b.build(c) for c in t.children[::2])
        return cls(operands, tuple(str(o) for o in t.children[1::2]), span=b.span(t))

    return build


def _logic(word: str) -> Callable[[Builder, Node], Any]:
    def build(b: Builder, t: Node) -> Any:
        return n.Logic(word, tuple(b.build(c) for c in t.children), span=b.span(t))

    return build


def _word(b: Builder, t: Node) -> n.Ref:
    name = b.name(t.children[0])
    return n.Ref(name.text, span=name.span)


def _ref(b: Builder, t: Node) -> n.Ref:
    first, member = t.children
    name = b.name(first)
    return n.Ref(name.text, None if member is None else b.name(member).text, span=b.span(t))


def arm(cls: Callable[..., Any]) -> Callable[[Builder, Node], Any]:
    """An arm of a `match`, by the class of its node."""

    def build(b: Builder, t: Node) -> Any:
        key: Any = t.children[0]
        built = b.build(key) if key.data != "otherwise" else None
        if isinstance(built, n.Ref):
            built = n.Name(built.name, span=built.span)
        return cls(built, b.build(t.children[1]), span=b.span(t))

    return build


def _call(b: Builder, t: Node) -> n.Call:
    arguments: list[Any] = []
    calendar = None
    pauses = []
    for child in t.children[1:]:
        if child is None:
            continue
        if child.data == "in_calendar":
            if calendar is not None:
                b.refuse("SLA110", "`in` is given twice", b.span(child), help="keep one")
            calendar = b.build(child.children[0])
        elif child.data == "pausing":
            stream, left, _, right = child.children
            pauses.append(n.Pausing(b.name(stream), b.on(left, right), span=b.span(child)))
        else:
            arguments.append(b.build(child))
    name = b.name(t.children[0])
    return n.Call(name, tuple(arguments), calendar, tuple(pauses), span=b.span(t))


def _compare(b: Builder, t: Node) -> n.Compare:
    left, operator, right = t.children
    return n.Compare(str(operator), b.build(left), b.build(right), span=b.span(t))


def _member(b: Builder, t: Node) -> n.Member:
    operand, *values = t.children
    return n.Member(b.build(operand), tuple(b.build(v) for v in values), span=b.span(t))


def _presence(b: Builder, t: Node) -> n.Presence:
    return n.Presence(b.build(t.children[0]), b.name(t.children[1]), span=b.span(t))


def _match(b: Builder, t: Node) -> n.Match:
    arms = b.all_of((c for c in t.children[1:] if c is not None), "arm")
    return n.Match(b.build(t.children[0]), arms, span=b.span(t))


def _minus(b: Builder, t: Node) -> n.Minus:
    return n.Minus(b.build(t.children[1]), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "word": _word,
    "negative": _minus, "minus": _minus,
    "f_sum": _infix(n.Arithmetic), "f_product": _infix(n.Arithmetic),
    "sum": _infix(n.Arithmetic), "product": _infix(n.Arithmetic),
    "coalesce": lambda b, t: n.Coalesce(tuple(b.build(c) for c in t.children), span=b.span(t)),
    "disjunction": _logic("or"), "conjunction": _logic("and"),
    "not": lambda b, t: n.Not(b.build(t.children[0]), span=b.span(t)),
    "compare": _compare, "member": _member, "presence": _presence,
    "ref": _ref, "call": _call, "match": _match, "arm": arm(n.Arm),
}  # fmt: skip
