"""Small shapes that many rules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.parse_tree import Token

__all__ = ["RULES"]


def literal(b: Builder, t: Node) -> n.Quantity:
    """A literal with its unit."""
    return b.quantity(t.children[0])


def singular(t: Node) -> str:
    """A calendar unit, in the singular."""
    return str(t.children[0]).removesuffix("s")


def calendar_length(b: Builder, count: Token, unit: Node) -> n.Length:
    """A count of calendar units."""
    whole = b.whole(count)
    text = f"{count} {unit.children[0]}"
    return n.Length(whole.value, singular(unit), text, span=whole.span.to(b.span(unit)))


def first_name(b: Builder, t: Node) -> n.Name:
    """A clause that is a name."""
    return b.name(t.children[0])


def keyword(word: str) -> Callable[[Builder, Node], n.Name]:
    """A clause of nothing but keywords."""

    def build(b: Builder, t: Node) -> n.Name:
        return n.Name(word, span=b.span(t))

    return build


def names(b: Builder, t: Node) -> tuple[n.Name, ...]:
    """A list of names."""
    return b.names(t.children)


def first(b: Builder, t: Node) -> Any:
    """What a clause wraps."""
    return b.build(t.children[0])


def quantity_first(b: Builder, t: Node) -> n.Quantity:
    """A clause that is a quantity."""
    return b.quantity(t.children[0])


def rows(b: Builder, t: Node) -> n.RowsOf:
    """`samples of S where ...`, `spans of S where ...`."""
    return n.RowsOf(b.name(t.children[0]), b.maybe(t.children[1]), span=b.span(t))


def rounding(b: Builder, t: Node) -> n.Rounding:
    """`half even to 0.01 EUR`, `up to 1min`."""
    mode, to = t.children
    amount = b.quantity(to) if isinstance(to, Token) else b.build(to)
    return n.Rounding(" ".join(mode.children), amount, span=b.span(t))


def matched(b: Builder, t: Node) -> n.On | None:
    """`on a == b`."""
    return b.on(t.children[0], t.children[2])


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "length": lambda b, t: b.length(t), "where": first,
    "names": names, "number": literal, "percent": literal, "duration": literal, "money": literal,
    "size": literal,
    "text": lambda b, t: b.text(t.children[0]),
    "date": lambda b, t: b.moment(t.children[0]),
    "datetime": lambda b, t: b.moment(t.children[0]),
    "period_word": lambda b, t: b.name(t.children[0]),
    "timezone": lambda b, t: b.text(t.children[0]),
}  # fmt: skip
