"""Deadlines: what is due, by when, counted from what."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr, On, Ref
from sladsl.syntax.nodes.literals import Length, Name, Quantity

__all__ = ["Anchor", "DueDay", "RequireBy", "RequireEvery", "RequireWithin"]


class Anchor(Node):
    """`end of period`, `breach of uptime`, `waiting.asked`: what a deadline runs from."""

    name: Name
    of: Name | None
    member: Name | None


class RequireWithin(Node):
    """`require notices where ... within 24h of breach of uptime`.

    `trigger` chooses among the rows that the deadline runs from; `on` says which row answers
    which, the trigger's field on the left.
    """

    event: Ref
    where: Expr | None
    within: Length
    calendar: Name | None
    of: Anchor
    trigger: Expr | None = None
    on: On | None = None


class DueDay(Node):
    """`1 workday after tickets.opened`: that many days, or days on which the calendar opens."""

    count: Quantity
    workdays: bool
    after: Anchor


class RequireBy(Node):
    """`require visits.arrived by 17:00 on 1 workday after tickets.opened in office`."""

    event: Ref
    where: Expr | None
    clock: str
    due: DueDay
    calendar: Name | None
    trigger: Expr | None = None
    on: On | None = None


class RequireEvery(Node):
    """`require reports where ... every week by mon 09:00`."""

    event: Ref
    where: Expr | None
    every: Name
    weekday: Name | None
    clock: str
