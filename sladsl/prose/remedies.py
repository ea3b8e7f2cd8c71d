"""Rights that repeated failure gives, in words."""

from __future__ import annotations

from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items, Paragraph
from sladsl.syntax import nodes as n

__all__ = ["remedy"]


def remedy(say: Wording, node: n.Remedy) -> list[Block]:
    """A right: whose, when it arises, and how long it may be used."""
    lead = (
        ""
        if node.party is None or node.act is None
        else f"{w.name(node.party)} may {node.act.text}"
    )
    reasons = [_when(say, when) for when in node.when]
    notes = []
    if node.within is not None:
        notes.append(
            f"The right may be used within {w.length(node.within)} of the end of the period that"
            " gave it; then it lapses, until a later period gives it anew."
        )
    else:
        notes.append("It may be used at any time from then on (default: no time is named).")
    if any(when.operator is None for when in node.when):
        notes.append(
            "A calendar period counts once if any group was breached in it; one that is excused,"
            " without data or pending isn't bad."
        )
    notes.append("It is a right and no payment: nothing happens unless it is used.")
    heading = Heading(3, w.titled(node.name, node.doc))
    if len(reasons) == 1:
        return [heading, Paragraph(f"{lead} when {reasons[0]}."), Items(tuple(notes))]
    return [
        heading, Paragraph(f"{lead} when any one of these is so:"),
        Items(tuple(f"{reason}." for reason in reasons)), Paragraph("Of this right:"),
        Items(tuple(notes)),
    ]  # fmt: skip


def _when(say: Wording, node: n.RemedyWhen) -> str:
    same = f", for the same {w.names(node.same)} each time" if node.same else ""
    if node.operator is None:
        return f"{w.name(node.subject)} was breached {_breaches(node)}{same}"
    assert node.limit is not None
    outages = say.contract.metrics[node.subject.text].outages
    grouped = any(say.contract.outages[name].node.each for name in outages)
    whole = ", all groups together," if grouped and not node.same else ""
    limit = f"{w.name(node.subject)}{whole} was {w.COMPARED[node.operator]} {say.value(node.limit)}"
    many = _units(node)
    match node.how:
        case "whole":
            over = f"over {many} together" if node.of.value != 1 else f"over {many}"
            return f"{limit} {over}{same}"
        case _:
            return f"{limit} {_breaches(node)}{same}"


def _units(node: n.RemedyWhen) -> str:
    return f"{node.of.text} calendar {node.unit}{'' if node.of.value == 1 else 's'}"


def _breaches(node: n.RemedyWhen) -> str:
    many = _units(node)
    following = "" if node.of.value == 1 else " that follow each other"
    match node.how:
        case "row":
            return f"in each of {many}{following}"
        case "times":
            times = "" if node.count is None else node.count.text
            plural = "" if node.count is not None and node.count.value == 1 else "s"
            return (
                f"{times} time{plural} in {many}{following} (every breach counts, by requirement,"
                " period and group)"
            )
        case _:
            return f"in {'' if node.count is None else node.count.text} of {many}{following}"
