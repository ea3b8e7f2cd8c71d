"""What one party owes the other, in words."""

from __future__ import annotations

from typing import assert_never

from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.deadlines import anchored
from sladsl.prose.document import Block, Heading, Items, Paragraph
from sladsl.prose.money import payments
from sladsl.syntax import nodes as n

__all__ = ["duty", "remedy"]


def duty(say: Wording, node: n.Obligation) -> list[Block]:
    """An obligation: who owes it, what is promised, what excuses it, what is paid."""
    owes = node.owes
    lead = "" if owes is None else f"{w.name(owes.debtor)} owes {w.name(owes.creditor)} that:"
    items = [_require(say, require) for require in node.requires]
    notes = []
    if node.excluding:
        notes.append(
            f"Left out is the time of {w.names(node.excluding)} (see Exclusions). It leaves both"
            " what failed and what is measured, which shrinks what is measured; rows in it don't"
            " count."
        )
    elif say.contract.exclusions and any(isinstance(r, n.Require) for r in node.requires):
        notes.append("Nothing is left out: no exclusion is named (default).")
    notes += [_excused(e) for e in node.excused]
    notes += [f"{role.word.capitalize()}: {w.names(role.parties)}." for role in node.roles]
    said: list[Block] = [
        Heading(3, w.titled(node.name, node.doc)),
        Paragraph(lead),
        Items((*items,)),
    ]
    if notes:
        said += [Paragraph("Of this duty:"), Items(tuple(notes))]
    return said + payments(say, node)


def _require(say: Wording, node: n.Require | n.RequireWithin | n.RequireEvery) -> str:
    match node:
        case n.Require():
            return _figure(say, node)
        case n.RequireWithin():
            calendar = ""
            if node.calendar is not None:
                calendar = f", in open time of {w.name(node.calendar)},"
            return (
                f"{_event(say, node.event, node.where)} follows within"
                f" {w.length(node.within)}{calendar} of {anchored(node.of)}; exactly then is in"
                " time."
            )
        case n.RequireEvery():
            day = "" if node.weekday is None else f"{w.WEEKDAYS[node.weekday.text]} "
            return (
                f"{_event(say, node.event, node.where)} comes by {day}{node.clock} of every"
                f" {node.every.text}; one after the last due time and at or before this one is on"
                " time, and none serves two."
            )
        case _:
            assert_never(node)


def _event(say: Wording, event: n.Ref, where: n.Expr | None) -> str:
    at = "" if event.member is None else f" (by its time {w.name(event.member)})"
    return f"a row of {w.name(event.name)}{at}{say.where(where)}"


def _figure(say: Wording, node: n.Require) -> str:
    match node.per:
        case None:
            per = ""
        case n.Name():
            per = f" in {w.a_period(node.per.text)}"
        case n.Rolling(length=length, every=every):
            per = f" over {w.length(length)}, looked at anew every {w.length(every)}"
        case _:
            assert_never(node.per)
    each = f", for each {w.names(node.each)} by itself" if node.each else ""
    target = f"{w.COMPARED[node.operator]} {say.value(node.target)}"
    return f"{w.name(node.metric)} is {target}{per}{each}."


def _excused(node: n.Excused) -> str:
    lead = f"Excused while {w.name(node.party)} breaches {w.name(node.obligation)}"
    if node.on is None:
        covers = "the time of that breach is taken off"
    else:
        left, right = w.name(node.on.left), w.name(node.on.right)
        lead += f" on the same matter (its {right} is the {left} of the row)"
        covers = "the time from due to done of that breach is taken off that row's time"
    return (
        f"{lead}: {covers}. It is excused only where it is breached with that time and kept"
        " without it; nothing else is excused."
    )


def remedy(node: n.Remedy) -> list[Block]:
    """A right that repeated failure gives."""
    said = (
        ""
        if node.party is None or node.act is None
        else f"{w.name(node.party)} may {node.act.text}"
    )
    when = node.when
    if when is not None:
        said += f" when {w.name(when.obligation)} was breached in {when.breached.text} of"
        if when.of.value == 1:
            said += f" {when.of.text} calendar {when.unit}"
        else:
            said += f" {when.of.text} calendar {when.unit}s that follow each other"
    if node.within is not None:
        said += f"; the right may be used within {w.length(node.within)}"
    rule = (
        "A calendar period counts once if any group was breached in it; one that is excused,"
        " without data or pending isn't bad."
    )
    return [Heading(3, w.titled(node.name, node.doc)), Paragraph(f"{said}. {rule}")]
