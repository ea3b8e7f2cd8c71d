"""The machinery that makes nodes from parse trees: places, names, literals, clauses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, time
from fractions import Fraction
from typing import Any, TypeAlias

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Source, Span
from sladsl.syntax import nodes as n
from sladsl.syntax.parse_tree import Token

__all__ = ["MAX_DIGITS", "MAX_NESTING", "Builder", "Node", "Rules", "TooDeep"]

#: A parse tree; its children are trees, tokens, or None where an optional part is absent.
Node: TypeAlias = Any

MAX_NESTING = 100
MAX_DIGITS = 40

_DIGITS = re.compile(r"[0-9.]+")
_SECONDS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class Builder:
    """Turns one parse tree into a `Policy`; findings gather in `diagnostics`."""

    def __init__(self, source: Source, rules: Rules) -> None:
        self.source = source
        self.rules = rules
        self.diagnostics: list[Diagnostic] = []
        self._depth = 0

    def policy(self, tree: Node, comments: Iterable[str]) -> n.Policy:
        """The tree of a whole file."""
        nodes = [self.build(child) for child in tree.children]
        imports = tuple(node for node in nodes if isinstance(node, n.Import))
        declarations = tuple(node for node in nodes if not isinstance(node, n.Import))
        return n.Policy(declarations, imports, tuple(comments), source=self.source)

    # ---- the machinery ----

    def build(self, item: Any) -> Any:
        """The node of a tree."""
        self._depth += 1
        try:
            if self._depth > MAX_NESTING:
                raise TooDeep(self.span(item))
            return self.rules[item.data](self, item)
        finally:
            self._depth -= 1

    def maybe(self, item: Any) -> Any:
        """The node of an optional tree."""
        return None if item is None else self.build(item)

    def span(self, item: Any) -> Span:
        """Where a tree or token stands."""
        if isinstance(item, Token):
            return Span(self.source, item.start, item.end)
        return Span(self.source, max(item.start, 0), max(item.end, 0))

    def refuse(self, code: str, message: str, where: Span, note: str = "", help: str = "") -> None:
        """Note a finding."""
        self.diagnostics.append(Diagnostic(code, message, Label(where, note), help=help))

    def clauses(self, items: Iterable[Node], single: dict[str, str]) -> dict[str, Any]:
        """Clauses that may stand once, by the attribute that they fill.

        `single` maps a rule to its attribute; what it doesn't name is left to the caller.
        """
        found: dict[str, Any] = {}
        where: dict[str, Span] = {}
        for item in items:
            attribute = single.get(item.data)
            if attribute is None:
                continue
            if attribute in found:
                word = self.span(item).text.split()[0]
                self.diagnostics.append(
                    Diagnostic(
                        "SLA110",
                        f"`{word}` is given twice",
                        Label(self.span(item), "the second time"),
                        (Label(where[attribute], "the first time"),),
                        "keep one of the two",
                    )
                )
                continue
            where[attribute] = self.span(item)
            found[attribute] = self.build(item)
        return found

    def all_of(self, items: Iterable[Node], *rules: str) -> tuple[Any, ...]:
        """The nodes of those trees that are of some rules, in their order."""
        return tuple(self.build(item) for item in items if item.data in rules)

    # ---- names and literals ----

    def name(self, token: Token) -> n.Name:
        """A name; letters must be composed (NFC), so that equal names look equal."""
        span = self.span(token)
        if token.isascii():
            return n.Name(str(token), span=span)
        import unicodedata  # only for names beyond ASCII

        if not unicodedata.is_normalized("NFC", token):
            self.refuse(
                "SLA104",
                f"the name `{token}` isn't in composed form (Unicode NFC)",
                span,
                help=f"write `{unicodedata.normalize('NFC', token)}`",
            )
        return n.Name(str(token), span=span)

    def name_or_none(self, token: Token | None) -> n.Name | None:
        """An optional name."""
        return None if token is None else self.name(token)

    def _number(self, text: str, span: Span) -> Fraction:
        if len(text.replace(".", "")) > MAX_DIGITS:
            self.refuse(
                "SLA105", "a number of more than 40 digits", span, help="write fewer digits"
            )
            return Fraction(0)
        return Fraction(text)

    def text(self, token: Token | None) -> n.Text | None:
        """An optional quoted text."""
        if token is None:
            return None
        value = token[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        return n.Text(value, span=self.span(token))

    def quantity(self, token: Token) -> n.Quantity:
        """A literal with its unit, in the base unit of its kind."""
        span = self.span(token)
        text = str(token)
        kind, unit = token.type, ""
        if kind == "NUMBER":
            value = self._number(text, span)
        elif kind == "PERCENT":
            value = self._number(text[:-1], span) / 100
        elif kind == "DURATION":
            value = self._duration(text, span)
        else:
            digits = _DIGITS.match(text).group()  # type: ignore[union-attr]
            unit = text[len(digits) :].strip()
            value = self._number(digits, span)
            if kind == "SIZE":
                value, unit = value * _BYTES[unit], ""
        return n.Quantity(kind.lower(), value, unit, text, span=span)

    def _duration(self, text: str, span: Span) -> Fraction:
        total, digits, unit = Fraction(0), "", ""
        for c in [*text, "0"]:
            if unit and not c.isalpha():
                total += self._number(digits, span) * _SECONDS[unit]
                digits, unit = "", ""
            if c.isalpha():
                unit += c
            else:
                digits += c
        return total

    def moment(self, token: Token) -> n.Moment:
        """A date or a date with a time; one that there isn't is noted."""
        span = self.span(token)
        text = str(token)
        try:
            day = date.fromisoformat(text[:10])
            if len(text) > 10:
                time.fromisoformat(text[11:16])
            problem = "" if 1678 <= day.year <= 2261 else "a year outside 1678 to 2261"
        except ValueError:
            problem = "there is no such date or time"
        if problem:
            self.refuse("SLA106", f"`{text}`: {problem}", span, help="times are local, 24 hours")
            text = "2000-01-01"
        return n.Moment(text, token.type == "DATE", span=span)

    def length(self, tree: Node) -> n.Length:
        """A duration, or a count of calendar units."""
        span = self.span(tree)
        first = tree.children[0]
        if len(tree.children) == 1:
            return n.Length(self._duration(str(first), span), "s", str(first), span=span)
        unit = str(tree.children[1].children[0]).removesuffix("s")
        return n.Length(self.whole(first).value, unit, span.text, span=span)

    def whole(self, token: Token) -> n.Quantity:
        """A whole number; another is noted."""
        quantity = self.quantity(token)
        if quantity.value.denominator != 1:
            self.refuse(
                "SLA107", f"`{token}` must be a whole number", quantity.span, help="write a count"
            )
        return quantity

    def on(self, left: Token | None, right: Token | None) -> n.On | None:
        """An optional `on left == right`."""
        if left is None or right is None:
            return None
        a, b = self.name(left), self.name(right)
        return n.On(a, b, span=a.span.to(b.span))

    def names(self, tokens: Iterable[Token]) -> tuple[n.Name, ...]:
        """Names in their order."""
        return tuple(self.name(t) for t in tokens)


class TooDeep(Exception):
    """A policy nested deeper than the limit."""

    def __init__(self, span: Span) -> None:
        super().__init__("nested too deep")
        self.span = span


#: What makes a node, by the rule of the grammar.
Rules: TypeAlias = dict[str, Callable[[Builder, Node], Any]]
