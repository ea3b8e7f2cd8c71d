"""Streams of measurements, their fields, and what is derived from them."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.literals import Name, Quantity, Text

__all__ = [
    "Derived", "Enum", "Field", "LastOf", "OneOf", "SpanFields", "SpansOf", "Stream",
    "TypeName",
]  # fmt: skip


class TypeName(Node):
    """`duration in ms`, `text`, or the name of an enum."""

    name: Name
    unit: Name | None


class OneOf(Node):
    """`one of standard, infrequent`."""

    values: tuple[Name, ...]


class Field(Node):
    """A field of a stream; with `value` it is computed from others."""

    name: Name
    type: TypeName | OneOf
    optional: bool
    negative_as_zero: bool
    value: Expr | None


class SpanFields(Node):
    """`span from starts to ends`."""

    start: Name
    end: Name


class Stream(Node):
    """A stream of measurements, events or spans."""

    name: Name
    doc: Text | None
    event: Name | None = None
    spans: SpanFields | None = None
    key: tuple[Name, ...] = ()
    sequence: Name | None = None
    recorded: Name | None = None
    expected: Quantity | None = None
    timezone: Text | None = None
    ambiguous: Name | None = None
    fields: tuple[Field, ...] = ()


class LastOf(Node):
    """`last of events by number, placed at opened`."""

    stream: Name
    by: Name
    placed: Name | None


class SpansOf(Node):
    """`spans of events by number where ...`."""

    stream: Name
    by: Name
    where: Expr | None


class Derived(Node):
    """A stream made from another."""

    name: Name
    doc: Text | None
    how: LastOf | SpansOf


class Enum(Node):
    """Names that a field can hold."""

    name: Name
    values: tuple[Name, ...]
