"""What is paid, in words: amounts, tables of tiers, claims, caps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import assert_never

from sladsl.contract.model import RefKind
from sladsl.prose import words as w
from sladsl.prose.conditions import SIGNS, Wording, opposite
from sladsl.prose.deadlines import anchored
from sladsl.prose.document import Block, Items, Paragraph, Table, free
from sladsl.syntax import nodes as n

__all__ = ["amount", "cap", "charge", "claim", "payments"]

_VERBS = {"credit": "credits", "bonus": "pays as a bonus", "penalty": "pays as a penalty"}
_SIGNS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
}
_OTHER = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def amount(say: Wording, node: n.Amount) -> str:
    """An amount of money."""
    match node:
        case n.Quantity():
            return w.figure(node)
        case n.ShareOf(share=share, of=of):
            return f"{w.figure(share)} of {_base(say, of)}"
        case n.PartOf(share=share, of=of):
            return f"({amount(say, share)}) of {_base(say, of)}"
        case n.Computed(operands=operands, operators=operators):
            said = _operand(say, operands[0])
            for operator, operand in zip(operators, operands[1:], strict=True):
                said += f" {SIGNS[operator]} {_operand(say, operand)}"
            return said
        case n.LengthOf(length=length, of=n.Ref() as of) if _is_metric(say, of):
            return (
                f"what {_base(say, of)} comes to over the last {w.length(length)} that were over"
                " as the period ended"
            )
        case n.LengthOf(length=length, of=of):
            return f"{w.length(length)} of {_base(say, of)}"
        case n.Ref() | n.Timed():
            return _base(say, node)
        case _:
            assert_never(node)


def _operand(say: Wording, node: n.Amount) -> str:
    said = amount(say, node)
    return f"({said})" if isinstance(node, n.Computed) else said


def _is_metric(say: Wording, node: n.Ref) -> bool:
    found = say.contract.refs.get(id(node))
    return found is not None and found.kind is RefKind.METRIC


def _base(say: Wording, node: n.Base) -> str:
    if isinstance(node, n.Ref):
        return say.value(node)
    said = say.value(node.ref)
    if node.before is not None:
        return f"{said} for the calendar {node.before.text} before the period that is judged"
    assert node.during is not None
    return f"what {said} comes to for the time of {w.name(node.during)} alone"


def payments(say: Wording, node: n.Obligation) -> list[Block]:
    """Every payment of an obligation, its claim, and what is too small to be paid."""
    said: list[Block] = []
    for payment in node.payments:
        said += _payment(say, node, payment)
    notes = []
    notes += _returned_or_instead(node)
    if node.claim is not None:
        notes.append(claim(say, node.claim))
        if any(payment.direction == "bonus" for payment in node.payments):
            notes.append("A bonus needs no claim.")
    elif node.without_claim is not None:
        notes.append(f"It is paid {node.without_claim.text} (agreed).")
    elif node.payments:
        notes.append("No claim is needed (the agreement asks for none).")
    if node.paid_only is not None:
        least = w.figure(node.paid_only)
        notes.append(f"What comes to {least} or less on a statement isn't paid.")
    return [*said, Items(tuple(notes))] if notes else said


def _returned_or_instead(node: n.Obligation) -> list[str]:
    """What gives money back, and what it stands in for."""
    notes = []
    if node.returned is not None:
        many = f"{node.returned.count.text} calendar {node.returned.unit}"
        many += "" if node.returned.count.value == 1 else "s"
        notes.append(
            f"It is paid back if the promise is kept for {many} in a row after the period that"
            " was breached."
        )
    if node.instead:
        notes.append(
            f"It is paid instead of what {w.names(node.instead)} would pay for the same period:"
            " where this pays, that doesn't."
        )
    return notes


def _payment(say: Wording, owner: n.Obligation, node: n.Payment) -> list[Block]:
    on = "" if node.on is None else f" on {w.name(node.on)}"
    debtor = w.name(owner.owes.debtor) if owner.owes else "the debtor"
    creditor = w.name(owner.owes.creditor) if owner.owes else "the creditor"
    payer, payee = (creditor, debtor) if node.direction == "bonus" else (debtor, creditor)
    lead = f"{node.direction.capitalize()}{on}: {payer} {_VERBS[node.direction]} to {payee}"
    limit = ""
    if node.limit is not None:
        limit = f" This is at most {amount(say, node.limit)} for {_period(owner)}."
    often = f"{_often(node, owner)}{limit}"
    if node.also_when_met:
        often += " It is paid also where the promise was kept."
    judged = {r.metric.text for r in owner.requires if isinstance(r, n.Require)}
    figure = w.name(node.on or judged.pop()) if node.on or len(judged) == 1 else "the figure"
    match node.payout:
        case n.Tiers():
            text = f"{lead} what the table says; its rows don't add up. {often}"
            return [Paragraph(text), *_table(say, node, node.payout, figure)]
        case n.PayoutMatch(subject=subject, arms=arms):
            text = f"{lead} what holds for its {w.name(subject)}; rows don't add up. {often}"
            said: list[Block] = [Paragraph(text)]
            for arm in arms:
                if isinstance(arm.payout, n.Tiers):
                    said += [
                        Paragraph(f"For {w.name(subject)} {opposite(arm.key)}:"),
                        *_table(say, node, arm.payout, figure),
                    ]
                else:
                    each = amount(say, arm.payout)
                    said.append(Paragraph(f"For {w.name(subject)} {opposite(arm.key)}: {each}."))
            return said
        case n.Greatest(arms=parts):
            if node.occurrence == "each":
                often = f"Each: for every period and group with a breach.{limit}"
            text = f"{lead} the greatest of these; rows don't add up. {often}"
            return _greatest(say, owner, node, parts, text)
        case n.ForEvery():
            return [Paragraph(f"{lead} {_for_every(say, node.payout)}. {often}")]
        case _:
            return [Paragraph(f"{lead} {amount(say, node.payout)}. {often}")]


def _greatest(
    say: Wording, owner: n.Obligation, node: n.Payment, arms: tuple[n.GreatestArm, ...], text: str
) -> list[Block]:
    said: list[Block] = [Paragraph(text)]
    for arm in arms:
        one = node.but(on=arm.on, payout=arm.payout, limit=None, also_when_met=False)
        _, *rest = _payment(say, owner, one)
        lead = f"On {w.name(arm.on)}:"
        if isinstance(arm.payout, n.Tiers | n.PayoutMatch):
            said += [Paragraph(lead), *rest]
        else:
            said.append(Paragraph(f"{lead} {amount(say, arm.payout)}."))
    return said


def _for_every(say: Wording, node: n.ForEvery) -> str:
    whole = "begun" if node.begun else "completed"
    of = "lateness" if node.of.text == "lateness" else w.name(node.of)
    return f"{amount(say, node.amount)} for every {w.figure(node.step)} {whole} of {of}"


def _period(owner: n.Obligation) -> str:
    """What a payment is limited for, and paid once in."""
    due = "the calendar month in which it is due"
    if all(isinstance(require, n.Require) for require in owner.requires):
        return "each period that is judged"
    if any(isinstance(require, n.Require) for require in owner.requires):
        return f"each period that is judged (of what has a due time: {due})"
    return "each calendar month, of what is due in it"


def _often(node: n.Payment, owner: n.Obligation) -> str:
    """How often is paid: what was due is an instance for each time, a figure for each period."""
    figures = any(isinstance(require, n.Require) for require in owner.requires)
    due = not all(isinstance(require, n.Require) for require in owner.requires)
    if node.occurrence == "once":
        of = "its groups and requirements" if figures else "the instances and requirements"
        return f"Once: for {_period(owner)}, only the largest amount of {of}."
    bonus = node.direction == "bonus"
    reason = "promise that is kept" if bonus else "breach"
    if node.occurrence is None:
        return f"For each period with a {reason}, of which there is at most one."
    each = [f"for every {reason}, by requirement, period and group"] if figures else []
    each += [f"every time that it is {'on time' if bonus else 'late or missed'}"] if due else []
    return f"Each: {', and '.join(each)}."


def _table(say: Wording, node: n.Payment, table: n.Tiers, figure: str) -> list[Block]:
    """Tiers, from the promise on; of nested ones each row says where the next begins."""
    head = (f"where {figure} is", node.direction)
    ranges = _nested(say, table)
    if ranges is not None:
        return [Table(head, tuple(ranges))]
    rows = tuple((_bounds(say, tier.bounds), amount(say, tier.amount)) for tier in table.tiers)
    inner = Paragraph("Of rows that hold for one figure only the innermost applies.")
    several = sum(len(tier.bounds) == 1 for tier in table.tiers) > 1
    return [Table(head, rows), inner] if several else [Table(head, rows)]


def _bounds(say: Wording, bounds: tuple[n.Bound, ...]) -> str:
    return " and ".join(f"{w.COMPARED[b.operator]} {say.value(b.limit)}" for b in bounds)


def _nested(say: Wording, table: n.Tiers) -> list[tuple[str, str]] | None:
    """Tiers with one edge each, all open to one side, as ranges; None: they aren't."""
    known: list[tuple[Fraction, bool, n.Tier]] = []
    for tier in table.tiers:
        edge = _edge(say, tier.bounds[0].limit) if len(tier.bounds) == 1 else None
        if edge is None or tier.bounds[0].operator[0] != table.tiers[0].bounds[0].operator[0]:
            return None
        known.append((edge, "=" in tier.bounds[0].operator, tier))
    falling = table.tiers[0].bounds[0].operator[0] == "<"
    known.sort(key=lambda row: (row[0], row[1] is falling), reverse=falling)
    rows = []
    for at, (_, _, tier) in enumerate(known):
        bound = tier.bounds[0]
        said = f"{w.COMPARED[bound.operator]} {say.value(bound.limit)}"
        if at + 1 < len(known):
            inner = known[at + 1][2].bounds[0]
            said += f" and {w.COMPARED[_OTHER[inner.operator]]} {say.value(inner.limit)}"
        rows.append((said, amount(say, tier.amount)))
    return rows


def _edge(say: Wording, node: n.Expr | None) -> Fraction | None:
    match node:
        case n.Quantity(value=value):
            return value
        case n.Ref(name="plan"):
            return _edge(say, say.parameter(node))
        case n.Minus(operand=operand):
            found = _edge(say, operand)
            return None if found is None else -found
        case n.Arithmetic(operands=operands, operators=operators):
            return _joined([_edge(say, o) for o in operands], operators)
        case _:
            return None


def _joined(edges: list[Fraction | None], operators: tuple[str, ...]) -> Fraction | None:
    """What a calculation with edges comes to, from left to right."""
    total, *rest = edges
    for operator, edge in zip(operators, rest, strict=True):
        if total is None or edge is None or (operator == "/" and edge == 0):
            return None
        total = _SIGNS[operator](total, edge)
    return total


def claim(say: Wording, node: n.Claim) -> str:
    """When and by what is claimed."""
    calendar = "" if node.calendar is None else f" in open time of {w.name(node.calendar)}"
    if node.by_end:
        unit = node.within.unit
        last = f"the {unit} of {_opens(say, node)}"
        if node.of.of is not None:
            last = f"the {unit} in which the period that is judged ends"
        return (
            f"It must be claimed by a row of {w.name(node.stream)}{say.where(node.where)}, before"
            f" the end of the {_nth(node.within)} calendar {unit} after {last}; one made before"
            " is held, and without one nothing is payable."
        )
    within = w.days_open(node.within, node.calendar) or f"{w.length(node.within)}{calendar}"
    return (
        f"It must be claimed by a row of {w.name(node.stream)}{say.where(node.where)}, within"
        f" {within} of {_opens(say, node)}; a claim at the last instant is"
        " in time, one made before is held, and without one nothing is payable."
    )


def _opens(say: Wording, node: n.Claim) -> str:
    """What the time for a claim runs from."""
    if node.of.member is not None:
        rows = f"each row of {w.name(node.of.name)}{say.where(node.trigger)}"
        return (
            f"the time {w.name(node.of.member)} of {rows} that is about the same group and period"
            " (the one that its field `period` names, or else the one in which that time lies;"
            " without such a row nothing can be claimed)"
        )
    if node.of.of is not None and node.of.name.text == "breach":
        return (
            f"each breach of {w.name(node.of.of)} for the same group, in a period that ends within"
            " the one that is judged (without one nothing can be claimed)"
        )
    return anchored(node.of)


def _nth(length: n.Length) -> str:
    return "first" if length.count == 1 else w.ordinal(str(length.count))


def charge(say: Wording, node: n.Charge) -> str:
    """What is paid by the piece, beside or without a fee."""
    doc = "" if node.doc is None else f" ({free(node.doc.value)})"
    name = "" if node.label is None else f"{w.name(node.label)}{doc}: "
    frame = say.contract.agreement.node
    customer = "the customer" if frame.customer is None else w.name(frame.customer.name)
    each = (
        f"{name}{customer} pays {say.value(node.amount)} for each row of {w.name(node.stream)}"
        f"{say.where(node.where)}, in the month of the row."
    )
    return f"{each[0].upper()}{each[1:]}"


def cap(say: Wording, node: n.Cap) -> str:
    """A cap."""
    return (
        f"{node.what.text.capitalize()} together come to at most {amount(say, node.at)} in"
        f" {w.a_period(node.per.text)}."
    )
