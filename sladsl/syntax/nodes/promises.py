"""Obligations: what is promised, for which periods, by when."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.deadlines import RequireBy, RequireEvery, RequireWithin
from sladsl.syntax.nodes.expressions import Expr, On, Ref
from sladsl.syntax.nodes.literals import Length, Name, Quantity, Text
from sladsl.syntax.nodes.payments import Claim, Payment, Returned

__all__ = [
    "AnyRequire", "Excused", "Obligation", "Owes", "Period", "Require", "Role", "Rolling",
    "Trailing",
]  # fmt: skip


class Owes(Node):
    """`acme owes globex`."""

    debtor: Name
    creditor: Name


class Role(Node):
    """Who is responsible, accountable, consulted, informed; by whom is measured, reported."""

    word: str
    parties: tuple[Name, ...]


class Rolling(Node):
    """`30 days every 1 day`."""

    length: Length
    every: Length


class Trailing(Node):
    """`365 days before claims.sent where ...`: the time up to each such row."""

    length: Length
    event: Ref
    where: Expr | None


Period: TypeAlias = Name | Rolling | Trailing


class Require(Node):
    """`require availability >= 99.9% per month for each target`.

    `amended` says how a period is judged that a change of the terms falls into: by the terms
    `at start`, or `split` at the change.
    """

    metric: Name
    operator: str
    target: Expr
    per: Period | None
    each: tuple[Name, ...]
    amended: Name | None = None
    prorated: bool = False


AnyRequire: TypeAlias = Require | RequireWithin | RequireEvery | RequireBy


class Excused(Node):
    """`excused while business breaches give_information on id == ticket`, or `for all` rows."""

    party: Name
    obligation: Name
    on: On | None
    for_all: bool = False


class Obligation(Node):
    """What one party owes another."""

    name: Name
    doc: Text | None
    owes: Owes | None = None
    roles: tuple[Role, ...] = ()
    requires: tuple[AnyRequire, ...] = ()
    applies: Expr | None = None
    excluding: tuple[Name, ...] = ()
    excluded_time: Name | None = None  # what it counts as, where it isn't left out
    excused: tuple[Excused, ...] = ()
    payments: tuple[Payment, ...] = ()
    returned: Returned | None = None
    instead: tuple[Name, ...] = ()
    claim: Claim | None = None
    without_claim: Name | None = None
    paid_only: Quantity | None = None
