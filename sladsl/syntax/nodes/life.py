"""The life of an agreement: renewal, review, remedies, amendments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sladsl.syntax.node import Node
from sladsl.syntax.nodes.expressions import Expr
from sladsl.syntax.nodes.literals import Length, Moment, Name, Quantity, Text

if TYPE_CHECKING:
    from sladsl.syntax.nodes.policy import Declaration

__all__ = [
    "Amendment", "Based", "Import", "Remedy", "RemedyWhen", "Remove", "Renews", "RenewsUnless",
    "RenewsWhen", "Review",
]  # fmt: skip


class Based(Node):
    """`based on "corporate.sla"`: another agreement's declarations, where this has none."""

    path: Text


class Import(Node):
    """`import "library/service_desk"`: the declarations of a library, as if they stood here."""

    path: Text


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
    """When a right arises: by the months in which an obligation was breached, or a metric's.

    `subject` is an obligation, or a metric where it is compared (`operator`, `limit`). `how`:
    `of` (`in 3 of 6 months`: `count` of `of`), `row` (`in 3 months in a row`: `of`), `times`
    (`3 times in 3 months`: `count` breaches in `of`), `whole` (`in 3 months`: the metric over
    all of `of`). `same`: the groups that must be the same ones.
    """

    subject: Name
    operator: str | None
    limit: Expr | None
    how: str
    count: Quantity | None
    of: Quantity
    unit: str
    same: tuple[Name, ...] = ()


class Remedy(Node):
    """A right that repeated failure gives: by any one of `when`."""

    name: Name
    doc: Text | None
    party: Name | None = None
    act: Name | None = None
    when: tuple[RemedyWhen, ...] = ()
    within: Length | None = None


class Remove(Node):
    """`remove obligation fast`, `remove cap credits per month`."""

    sort: str
    name: Name
    per: Name | None


class Amendment(Node):
    """Declarations that replace or add to those of the same name from a date on."""

    name: Name
    doc: Text | None
    signed: Moment
    start: Moment
    declarations: tuple[Declaration, ...]
    removed: tuple[Remove, ...] = ()
