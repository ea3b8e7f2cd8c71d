"""What one party owes the other, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sladsl.contract.model import Kind
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.deadlines import deadline
from sladsl.prose.document import Block, Heading, Items, Paragraph
from sladsl.prose.money import payments
from sladsl.syntax import nodes as n

__all__ = ["duty"]


def duty(say: Wording, node: n.Obligation) -> list[Block]:
    """An obligation: who owes it, what is promised, what excuses it, what is paid."""
    owes = node.owes
    lead = "" if owes is None else f"{w.name(owes.debtor)} owes {w.name(owes.creditor)} that:"
    items = [_require(say, require) for require in node.requires]
    notes = []
    if node.applies is not None:
        notes.append(
            f"It applies only to periods and groups in which {say.condition(node.applies)}; the"
            " others are without data: neither kept nor broken."
        )
    notes += _left_out(say, node)
    notes += [_excused(e, node.requires) for e in node.excused]
    if any(isinstance(r, n.Require) for r in node.requires):
        notes += _changes(say, node)
    notes += [f"{_role(role)}: {w.names(role.parties)}." for role in node.roles]
    said: list[Block] = [
        Heading(3, w.titled(node.name, node.doc)),
        Paragraph(lead),
        Items((*items,)),
    ]
    if notes:
        said += [Paragraph("Of this duty:"), Items(tuple(notes))]
    return said + payments(say, node)


def _left_out(say: Wording, node: n.Obligation) -> list[str]:
    """What exclusions mean for figures, and for deadlines."""
    names = w.names(node.excluding) if node.excluding else ""
    figures = [isinstance(r, n.Require) for r in node.requires]
    said = []
    if node.excluding and not all(figures):
        said.append(
            f"The time of {names} (see Exclusions) is none of the time that something may take, nor"
            " of that by which it is late; what is due at a time of day in it is due at its end."
        )
    if not any(figures):
        return said
    if node.excluding and node.excluded_time is not None:
        said.append(
            f"The time of {names} (see Exclusions) counts as {node.excluded_time.text}: it leaves"
            " what failed and is still measured; rows in it don't count."
        )
    elif node.excluding:
        said.append(
            f"Left out is the time of {names} (see Exclusions). It leaves both what failed and what"
            " is measured, which shrinks what is measured; rows in it don't count."
            f"{_outages_left_out(say, node)}"
        )
    elif say.contract.exclusions:
        said.append("Nothing is left out: no exclusion is named (default).")
    return said


def _outages_left_out(say: Wording, node: n.Obligation) -> str:
    """What exclusions mean for outages, where figures are made of some."""
    metrics = (r.metric.text for r in node.requires if isinstance(r, n.Require))
    if not any(say.contract.metrics[name].outages for name in metrics):
        return ""
    return (
        " An outage is as long as it is without that time; one that is wholly left out doesn't"
        " count."
    )


def _role(node: n.Role) -> str:
    word = node.word.capitalize()
    return f"{word} by" if node.word in ("measured", "reported") else word


def _changes(say: Wording, node: n.Obligation) -> list[str]:
    """How a period is judged in which the terms change, where it is said."""
    said = []
    for require in node.requires:
        if isinstance(require, n.Require) and require.amended is not None:
            how = (
                "the terms at its start hold for all of it"
                if require.amended.text == "at start"
                else "each part is judged by its own terms, as if it were a period"
            )
            said.append(f"Where the terms of {w.name(require.metric)} change in a period, {how}.")
    return said


def _require(say: Wording, node: n.AnyRequire) -> str:
    match node:
        case n.Require():
            return _figure(say, node)
        case n.RequireWithin() | n.RequireBy() | n.RequireEvery():
            return deadline(say, node)
        case _:
            assert_never(node)


def _figure(say: Wording, node: n.Require) -> str:
    match node.per:
        case None:
            per = ""
        case n.Name():
            per = f" in {w.a_period(node.per.text)}"
        case n.Rolling(length=length, every=every):
            per = f" over {w.length(length)}, looked at anew every {w.length(every)}"
        case n.Trailing(length=length, event=event, where=where):
            at = "" if event.member is None else f" (its time {w.name(event.member)})"
            per = (
                f" over the {w.length(length)} before each row of {w.name(event.name)}{at}"
                f"{say.where(where)}"
            )
        case _:
            assert_never(node.per)
    each = f", for each {w.names(node.each)} by itself" if node.each else ""
    target = f"{w.COMPARED[node.operator]} {say.value(node.target)}"
    part = ""
    if node.prorated:
        part = " For a period that the term cuts short the target is reduced, by exact time."
    elif isinstance(node.per, n.Name) and _is_amount(say, node.metric):
        part = " The target isn't reduced for a period that the term cuts short."
    return f"{w.name(node.metric)} is {target}{per}{each}.{part}"


def _is_amount(say: Wording, metric: n.Name) -> bool:
    """Whether a figure is a count or an amount of money, which a shorter period has less of."""
    return say.contract.metrics[metric.text].type.kind in (Kind.INT, Kind.MONEY)


def _excused(node: n.Excused, requires: Sequence[n.AnyRequire]) -> str:
    lead = f"Excused while {w.name(node.party)} breaches {w.name(node.obligation)}"
    if node.on is None:
        lead += ", on whatever matter" if node.for_all else ""
        covers = "the time from due to done of that breach is taken off every clock"
        rows = ""
    else:
        left, right = w.name(node.on.left), w.name(node.on.right)
        lead += f" on the same matter (its {right} is the {left} of what is judged)"
        covers = "the time from due to done of that breach is taken off that matter's clock"
        rows = " of that matter"
    if any(isinstance(require, n.Require) for require in requires):
        covers += (
            "; of a figure without a clock that time isn't measured, and its rows"
            f"{rows} don't count"
        )
    return (
        f"{lead}: {covers}. It is excused only where it is breached with that time and kept"
        " without it; nothing else is excused, and what is itself excused excuses nothing."
    )
