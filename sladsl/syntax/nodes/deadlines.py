"""Deadlines: what is due, by when, counted from what."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr, Ref
from sladsl.syntax.nodes.literals import Length, Name

__all__ = ["Anchor", "RequireEvery", "RequireWithin"]


class Anchor(Node):
    """`end of period`, `breach of uptime`, `waiting.asked`: what a deadline runs from."""

    name: Name
    of: Name | None
    member: Name | None


class RequireWithin(Node):
    """`require notices where ... within 24h of breach of uptime`."""

    event: Ref
    where: Expr | None
    within: Length
    calendar: Name | None
    of: Anchor


class RequireEvery(Node):
    """`require reports where ... every week by mon 09:00`."""

    event: Ref
    where: Expr | None
    every: Name
    weekday: Name | None
    clock: str
