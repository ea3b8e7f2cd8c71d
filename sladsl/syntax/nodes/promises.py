"""Obligations: what is promised, for which periods, by when."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.deadlines import RequireEvery, RequireWithin
from sladsl.syntax.nodes.expressions import Expr, On
from sladsl.syntax.nodes.literals import Length, Name, Quantity, Text
from sladsl.syntax.nodes.payments import Claim, Payment

__all__ = ["Excused", "Obligation", "Owes", "Require", "Role", "Rolling"]


class Owes(Node):
    """`acme owes globex`."""

    debtor: Name
    creditor: Name


class Role(Node):
    """Who is responsible, accountable, consulted, informed."""

    word: str
    parties: tuple[Name, ...]


class Rolling(Node):
    """`30 days every 1 day`."""

    length: Length
    every: Length


class Require(Node):
    """`require availability >= 99.9% per month for each target`."""

    metric: Name
    operator: str
    target: Expr
    per: Name | Rolling | None
    each: tuple[Name, ...]


class Excused(Node):
    """`excused while business breaches give_information on id == ticket`."""

    party: Name
    obligation: Name
    on: On | None


class Obligation(Node):
    """What one party owes another."""

    name: Name
    doc: Text | None
    owes: Owes | None = None
    roles: tuple[Role, ...] = ()
    requires: tuple[Require | RequireWithin | RequireEvery, ...] = ()
    excluding: tuple[Name, ...] = ()
    excused: tuple[Excused, ...] = ()
    payments: tuple[Payment, ...] = ()
    claim: Claim | None = None
    paid_only: Quantity | None = None
