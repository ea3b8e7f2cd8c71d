"""The life of an agreement: renewal, review, remedies, amendments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.literals import Length, Moment, Name, Quantity, Text

if TYPE_CHECKING:
    from sladsl.syntax.nodes.policy import Declaration

__all__ = ["Amendment", "Remedy", "RemedyWhen", "Renews", "RenewsUnless", "RenewsWhen", "Review"]


class RenewsWhen(Node):
    """`when uptime met in 10 of 12 months`."""

    obligation: Name
    met: Quantity
    of: Quantity
    unit: str


class RenewsUnless(Node):
    """`unless notices where ... at least 60 days before end`."""

    stream: Name
    where: Expr | None
    notice: Length


class Renews(Node):
    """How the term is renewed."""

    length: Length
    when: RenewsWhen | None
    unless: RenewsUnless | None


class Review(Node):
    """When the terms are reviewed, and by whom."""

    every: Length
    by: tuple[Name, ...]


class RemedyWhen(Node):
    """`when uptime breached in 3 of 6 months`."""

    obligation: Name
    breached: Quantity
    of: Quantity
    unit: str


class Remedy(Node):
    """A right that repeated failure gives."""

    name: Name
    doc: Text | None
    party: Name | None = None
    act: Name | None = None
    when: RemedyWhen | None = None
    within: Length | None = None


class Amendment(Node):
    """Declarations that replace or add to those of the same name from a date on."""

    name: Name
    doc: Text | None
    signed: Moment
    start: Moment
    declarations: tuple[Declaration, ...]
