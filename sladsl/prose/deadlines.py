"""What deadlines run from, in words."""

from __future__ import annotations

from sladsl.prose import words as w
from sladsl.syntax import nodes as n

__all__ = ["anchored"]


def anchored(node: n.Anchor) -> str:
    """What a deadline runs from."""
    if node.member is not None:
        return f"the time {w.name(node.member)} of each row of {w.name(node.name)}"
    if node.of is None:
        return f"the {node.name.text} of the outage"
    if node.of.text == "period":
        return f"the {node.name.text} of the period that is judged"
    return f"each {node.name.text} of {w.name(node.of)}, by period and group"
