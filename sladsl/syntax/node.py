"""What every node of the syntax tree is: a record with a place that isn't compared."""

from __future__ import annotations

from typing import Any, Self

from sladsl.records import Record, aside
from sladsl.source import Span

__all__ = ["Node", "aside"]


class Node(Record):
    """A node and its place."""

    span: Span = aside(kw_only=True)

    def __init__(self, *values: Any, span: Span, **named: Any) -> None:
        object.__setattr__(self, "span", span)
        super().__init__(*values, **named)

    def but(self, **changes: Any) -> Self:
        """The same node with some fields changed."""
        return super().but(**{"span": self.span} | changes)
