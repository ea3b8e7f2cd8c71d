"""Services: the groups that exist from the start of the term."""

from __future__ import annotations

from collections.abc import Collection

from sladsl.contract.model import Contract
from sladsl.plan import model as p
from sladsl.plan.rows import NotYet
from sladsl.plan.unsupported import refuse
from sladsl.syntax import nodes as n

__all__ = ["refuse_limited", "service_plans"]


def service_plans(contract: Contract) -> tuple[p.ServicePlan, ...]:
    """All services that are `of` something, in the order of their declaration."""
    return tuple(
        p.ServicePlan(
            name,
            tuple((of.field.text, tuple(map(_text, of.values))) for of in node.of),
        )
        for name, node in contract.services.items()
        if node.of
    )


def refuse_limited(contract: Contract, fields: Collection[str]) -> None:
    """Raise `NotYet` where groups by these fields don't exist over the whole term."""
    for node in contract.services.values():
        named = {of.field.text for of in node.of}
        if node.members is not None:
            named |= {by.text for by in node.members.by}
        if not named & set(fields):
            continue
        if node.members is not None:
            raise NotYet(refuse("`members of`", node.members.span))
        if node.existing is not None:
            raise NotYet(refuse("a service that exists for a part of the term", node.existing.span))


def _text(value: n.Expr) -> str:
    """A value as a group shows it."""
    match value:
        case n.Text(value=text):
            return text
        case n.Quantity(value=number):
            return str(number)
        case n.Minus(operand=operand):
            return f"-{_text(operand)}"
        case n.Ref(name=name):
            return name
        case _:
            raise NotYet(refuse("this value of a service", value.span))
