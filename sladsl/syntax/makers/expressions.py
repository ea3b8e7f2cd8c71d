"""Conditions and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from sladsl.source import Span
from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules

__all__ = ["RULES"]


#: The keys of an arm for several fields (`otherwise` alone: only None), and the arm.
_Row: TypeAlias = tuple[tuple[n.Name | n.Text | n.Quantity | None, ...], n.Arm]


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
        return cls(_key(b, t.children[0]), b.build(t.children[1]), span=b.span(t))

    return build


def _key(b: Builder, key: Node) -> n.Name | n.Text | n.Quantity | None:
    built: Any = b.build(key) if key.data != "otherwise" else None
    if isinstance(built, n.Ref):
        return n.Name(built.name, span=built.span)
    return cast("n.Text | n.Quantity | None", built)


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
    subjects = [c for c in t.children if c is not None and c.data == "ref"]
    arms = [c for c in t.children if c is not None and c.data == "arm"]
    rows = []
    for child in arms:
        *given, value = child.children
        keys = tuple(_key(b, key) for key in given)
        if len(keys) == len(subjects):
            rows.append((keys, n.Arm(keys[-1], b.build(value), span=b.span(child))))
        elif keys == (None,):
            rows.append((keys, n.Arm(None, b.build(value), span=b.span(child))))
        else:
            due = " and ".join(b.span(subject).text for subject in subjects)
            b.refuse(
                "SLA135",
                f"{len(keys)} value{'s' * (len(keys) > 1)} for `{due}`",
                b.span(child),
                help="an arm has one for each of them, joined by `and`, or is `otherwise`",
            )
    return _nested(tuple(b.build(subject) for subject in subjects), rows, b.span(t))


def _nested(subjects: tuple[n.Ref, ...], rows: Sequence[_Row], span: Span) -> n.Match:
    """A `match` on several fields, as a `match` on the first with others in its arms.

    An arm that is `otherwise` alone holds for all that the arms don't name.
    """
    if len(subjects) == 1:
        return n.Match(subjects[0], tuple(arm for _, arm in rows), span=span)
    rest = [row for row in rows if row[0] == (None,)]
    groups: dict[str, tuple[n.Name | n.Text | n.Quantity | None, list[_Row]]] = {}
    for keys, arm in rows:
        if keys != (None,):
            word = "otherwise" if keys[0] is None else keys[0].span.text
            groups.setdefault(word, (keys[0], []))[1].append((keys[1:], arm))
    arms = []
    for first, inner in groups.values():
        more = [] if any(keys == (None,) for keys, _ in inner) else rest
        nested = _nested(subjects[1:], [*inner, *more], span)
        arms.append(n.Arm(first, nested, span=inner[0][1].span))
    if "otherwise" not in groups:
        arms += [arm for _, arm in rest]
    return n.Match(subjects[0], tuple(arms), span=span)


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
