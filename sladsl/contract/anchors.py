"""What deadlines run from."""

from __future__ import annotations

from sladsl.syntax import nodes as n

__all__ = ["anchor_of"]


def anchor_of(require: n.AnyRequire) -> n.Anchor | None:
    """What a deadline runs from; None where nothing starts it."""
    match require:
        case n.RequireWithin():
            return require.of
        case n.RequireBy():
            return require.due.after
        case _:
            return None
