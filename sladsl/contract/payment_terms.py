"""Claims that aren't needed, what is paid back or instead, and charges by the piece."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.agreement import in_currency
from sladsl.contract.expressions import condition, present, type_of
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind
from sladsl.contract.scope import Scope
from sladsl.diagnostics import Label
from sladsl.syntax import nodes as n

__all__ = ["check_charge", "check_terms"]


def check_terms(s: Scope, node: n.Obligation) -> None:
    """Check `returned if`, `instead of` and `without claim`."""
    if node.claim is not None and node.without_claim is not None:
        s.error(
            "SLA417", "`claim`, and `without claim`", node.without_claim.span,
            "is it paid without being claimed?", help="keep one of the two",
            also=(Label(node.claim.span, "the claim"),),
        )  # fmt: skip
    if node.returned is not None:
        if node.returned.count.value < 1:
            s.error(
                "SLA465", f"{node.returned.count.text} is no count of {node.returned.unit}s",
                node.returned.span, help="count at least one",
            )  # fmt: skip
        if all(payment.direction == "bonus" for payment in node.payments):
            s.error(
                "SLA421", "nothing is paid that could be returned", node.returned.span,
                help="add a `credit` or a `penalty`, or leave `returned` out",
            )  # fmt: skip
    if node.instead and not node.payments:
        s.error(
            "SLA421", "nothing is paid instead", node.instead[0].span,
            help="add the `credit` that stands in for the other, or leave `instead of` out",
        )  # fmt: skip
    s.repeated(node.instead, "the obligation")
    for name in node.instead:
        if s.find("obligation", name, s.here.obligations):
            _instead(s, node, name, s.here.obligations[name.text])


def _instead(s: Scope, node: n.Obligation, name: n.Name, other: n.Obligation) -> None:
    if node.owes is not None and other.owes is not None and node.owes != other.owes:
        s.error(
            "SLA422", f"`{name.text}` is owed by `{other.owes.debtor.text}`, this by"
            f" `{node.owes.debtor.text}`", name.span, "what one pays can't replace what the other"
            " does", help="name an obligation of the same party",
        )  # fmt: skip
    path, left = [node.name.text], [name.text]
    while left:
        step = left.pop()
        if step == node.name.text:
            shown = " -> ".join(f"`{part}`" for part in [*path, step])
            s.error(
                "SLA204", f"an obligation that is paid instead of itself: {shown}", name.span,
                help="let one of them be paid by itself",
            )  # fmt: skip
            return
        if step not in path and step in s.here.obligations:
            path.append(step)
            left += [i.text for i in s.here.obligations[step].instead]


def check_charge(s: Scope, node: n.Charge) -> None:
    """Check `charge each AMOUNT for STREAM where ...`: an amount for each row."""
    if not s.find("stream", node.stream, s.here.streams):
        return
    view = View(node.stream.text, s.fields[node.stream.text], measures=False)
    if node.where is not None:
        condition(s, node.where, view)
        view = view.but(present=present(node.where))
    found = type_of(s, node.amount, view)
    if found is not None and found.kind is not Kind.MONEY:
        s.error(
            "SLA411", f"a charge is money, and this is {kinds.describe(found)}", node.amount.span,
            help="write it like `95.00 EUR`, or name a field that is money",
        )  # fmt: skip
    elif found is not None:
        in_currency(s, found.unit, node.amount)
        if found.optional:
            s.error(
                "SLA424", "a charge that may be missing", node.amount.span,
                "what does a row without it cost?",
                help="write `(price ?? 0.00 EUR)`, or choose rows with `where price is present`",
            )  # fmt: skip
