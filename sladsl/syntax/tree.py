"""From Lark's parse tree to the syntax tree of `nodes`."""

from __future__ import annotations

from sladsl.source import Source
from sladsl.syntax.makers import (
    expressions,
    frame,
    life,
    measures,
    payments,
    promises,
    schedules,
    shapes,
    streams,
    trials,
)
from sladsl.syntax.makers.builder import MAX_NESTING, Builder, Rules, TooDeep

__all__ = ["MAX_NESTING", "RULES", "Builder", "TooDeep", "builder"]

_PARTS = (
    shapes, expressions, measures, frame, streams, schedules, promises, payments, life,
    trials,
)  # fmt: skip

#: What makes a node of each rule of the grammar.
RULES: Rules = {name: make for part in _PARTS for name, make in part.RULES.items()}


def builder(source: Source) -> Builder:
    """What turns the parse tree of a source into a `Policy`."""
    return Builder(source, RULES)
