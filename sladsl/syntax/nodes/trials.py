"""Tests in the language."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.frame import Binding
from sladsl.syntax.nodes.literals import Moment, Name, Quantity, Text
from sladsl.syntax.nodes.payments import LengthOf

__all__ = ["Every", "Expect", "Given", "Test"]


class Every(Node):
    """`every 30s from ... to ...`."""

    every: Quantity
    start: Moment
    end: Moment


class Given(Node):
    """Rows that a test gives."""

    stream: Name
    every: Every | None
    bindings: tuple[Binding, ...]


class Expect(Node):
    """What a test expects: a verdict (perhaps at a figure), money or service, or a right."""

    subject: Name
    group: tuple[Expr, ...]
    period: str | None
    verdict: str | None
    at: Expr | None
    operator: str | None
    amount: Expr | LengthOf | None


class Test(Node):
    """A test in the language, perhaps of another plan than the agreement's own."""

    title: Text
    plan: Name | None
    as_of: Moment | None
    given: tuple[Given, ...]
    expect: tuple[Expect, ...]
