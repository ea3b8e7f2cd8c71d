"""Streams, their fields and what is derived from them."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import first, first_name, quantity_first

__all__ = ["RULES"]


def _stream(b: Builder, t: Node) -> n.Stream:
    name, doc, *clauses = t.children
    single = {"event": "event", "span": "spans", "key": "key", "sequence": "sequence"}
    single |= {"recorded": "recorded", "expected": "expected", "timezone": "timezone"}
    found = b.clauses(clauses, single | {"ambiguous": "ambiguous"})
    fields = b.all_of(clauses, "field")
    return n.Stream(b.name(name), b.text(doc), **found, fields=fields, span=b.span(t))


def _span_fields(b: Builder, t: Node) -> n.SpanFields:
    return n.SpanFields(b.name(t.children[0]), b.name(t.children[1]), span=b.span(t))


def _field(b: Builder, t: Node) -> n.Field:
    name, kind, optional, *rest = t.children
    negative, value = rest if len(rest) == 2 else (None, *rest)
    return n.Field(
        b.name(name), b.build(kind), optional is not None, negative is not None,
        b.maybe(value), span=b.span(t),
    )  # fmt: skip


def _type_name(b: Builder, t: Node) -> n.TypeName:
    return n.TypeName(b.name(t.children[0]), b.name_or_none(t.children[1]), span=b.span(t))


def _one_of(b: Builder, t: Node) -> n.OneOf:
    return n.OneOf(b.names(t.children), span=b.span(t))


def _derived(b: Builder, t: Node) -> n.Derived:
    name, doc, how = t.children
    return n.Derived(b.name(name), b.text(doc), b.build(how), span=b.span(t))


def _last_of(b: Builder, t: Node) -> n.LastOf:
    stream, by, placed = t.children
    return n.LastOf(b.name(stream), b.name(by), b.name_or_none(placed), span=b.span(t))


def _spans_of(b: Builder, t: Node) -> n.SpansOf:
    stream, by, where = t.children
    return n.SpansOf(b.name(stream), b.name(by), b.maybe(where), span=b.span(t))


def _enum(b: Builder, t: Node) -> n.Enum:
    return n.Enum(b.name(t.children[0]), b.names(t.children[1:]), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "stream": _stream, "event": first_name, "span": _span_fields, "key": first,
    "sequence": first_name, "recorded": first_name, "expected": quantity_first,
    "ambiguous": first_name, "field": _field, "type_name": _type_name, "one_of": _one_of,
    "derived": _derived, "last_of": _last_of, "spans_of": _spans_of, "enum": _enum,
}  # fmt: skip
