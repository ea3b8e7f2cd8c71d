"""The frame of an agreement: parties, term, fee, plans, services."""

from __future__ import annotations

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.life import Renews, Review
from sladsl.syntax.nodes.literals import Length, Moment, Name, Quantity, Text

__all__ = [
    "Agreement", "Binding", "Existing", "Fee", "Language", "MembersOf", "Party", "Plan", "Rounding",
    "Service", "ServiceOf", "Term",
]  # fmt: skip


class Language(Node):
    """`language 1`."""

    version: Quantity


class Binding(Node):
    """`name = value` in a plan or a test's row."""

    name: Name
    value: Expr


class Plan(Node):
    """A plan's parameters."""

    name: Name
    doc: Text | None
    bindings: tuple[Binding, ...]


class Party(Node):
    """A party: its short name and its title."""

    name: Name
    title: Text | None


class Term(Node):
    """The term: `through` includes that day, `to` doesn't; neither: open."""

    start: Moment
    through: Moment | None
    to: Moment | None


class Fee(Node):
    """What is paid for a period."""

    amount: Expr
    per: Name
    prorated: bool = False


class Rounding(Node):
    """How money, a figure or a length is rounded, and to what."""

    mode: str
    to: Quantity


class Agreement(Node):
    """The frame of an agreement."""

    name: Name
    doc: Text | None
    provider: Party | None = None
    customer: Party | None = None
    internal: Name | None = None
    plan: Name | None = None
    term: Term | None = None
    renews: Renews | None = None
    timezone: Text | None = None
    currency: Name | None = None
    fee: Fee | None = None
    rounding: Rounding | None = None
    review: Review | None = None
    records: Name | None = None
    late: Length | None = None
    week_starts: Name | None = None
    month_starts: Quantity | None = None
    year_starts: Name | None = None
    percentile: Name | None = None


class ServiceOf(Node):
    """`of target "web", "shop"`."""

    field: Name
    values: tuple[Expr, ...]


class Existing(Node):
    """`from 2026-03-01 through 2026-08-31`, `to TIME`; neither: until the term's end."""

    start: Moment
    through: Moment | None
    to: Moment | None


class MembersOf(Node):
    """`members of fleet by machine`: spans of a stream say from when to when there is each."""

    stream: Name
    by: tuple[Name, ...]


class Service(Node):
    """A service, the rows that are about it, and from when to when there is it."""

    name: Name
    doc: Text | None
    of: tuple[ServiceOf, ...]
    existing: Existing | None = None
    members: MembersOf | None = None
    rest: Name | None = None
