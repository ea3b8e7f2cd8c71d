"""Measures by name."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.frame import Rounding
from sladsl.syntax.nodes.literals import Moment, Name, Text

__all__ = ["Baseline", "Metric", "Pinned"]


class Metric(Node):
    """A measure by name, perhaps rounded before anything is compared with it."""

    name: Name
    doc: Text | None
    value: Expr
    rounding: Rounding | None = None


class Pinned(Node):
    """`pinned at 7 "sha256:..."`: a figure, and the digest of the inputs that it came from."""

    figure: Expr
    digest: Text


class Baseline(Node):
    """A measure of a stretch of the past, as a constant."""

    name: Name
    doc: Text | None
    value: Expr
    start: Moment
    through: Moment | None
    to: Moment | None
    pinned: Pinned | None = None
