"""The plan of an agreement with amendments: for each part of the term by the terms of that part.

Which amendments are in force depends on when they were signed, and so on what is known: the plan
carries, beside that of all of them, those of the times before they were signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sladsl.contract.model import Contract, Kind
from sladsl.contract.scope import signings
from sladsl.diagnostics import Diagnostic
from sladsl.plan import model as p
from sladsl.plan.changes import changes
from sladsl.plan.duties import rights_of
from sladsl.plan.instants import instant
from sladsl.plan.lives import Terms, joined
from sladsl.plan.narrow import narrowed, obligations
from sladsl.syntax import nodes as n

__all__ = ["Lower", "amended_plan"]

Enums: TypeAlias = Mapping[str, tuple[str, ...]]

#: Makes the plan of one state of the terms, for some obligations (None: all).
Lower: TypeAlias = Callable[
    [Contract, tuple[str, ...] | None, Enums, Mapping[str, tuple[str, ...]]],
    tuple[p.Plan | None, tuple[Diagnostic, ...]],
]


def amended_plan(
    contract: Contract, chosen: tuple[str, ...], lower: Lower
) -> tuple[p.Plan | None, tuple[Diagnostic, ...]]:
    """The plan for some obligations (none named: all), or what can't be evaluated."""
    refused = changes(contract)
    if refused:
        return None, refused
    whole, findings = _whole(contract, (), lower)
    if chosen and whole is not None:
        return narrowed(whole, chosen), ()
    if chosen:  # others can't be evaluated yet, which is beside the question
        whole, findings = _whole(contract, chosen, lower)
    return whole, findings


def _whole(
    contract: Contract, chosen: tuple[str, ...], lower: Lower
) -> tuple[p.Plan | None, tuple[Diagnostic, ...]]:
    zone, enums = contract.agreement.zone, _enums(contract.stages.values())
    rights = rights_of(contract.stages.values())
    plans: dict[tuple[str, ...], p.Plan] = {}
    findings: dict[Diagnostic, None] = {}
    for names, state in contract.stages.items():
        wanted = tuple(name for name in chosen if name in state.obligations)
        plan, refused = lower(state, wanted if chosen else None, enums, rights)
        findings |= dict.fromkeys(refused)
        if plan is not None:
            plans[names] = plan
    if findings:
        return None, tuple(findings)
    known = signings(contract.policy)
    made = []
    for _, amendments in known:
        terms = [Terms(None, "", plans[()])]
        for number, amendment in enumerate(amendments, 1):
            names = tuple(a.name.text for a in amendments[:number])
            terms.append(Terms(instant(amendment.start, zone), names[-1], plans[names]))
        life = joined(terms).but(amendments=tuple(_amendment(a, zone) for a in amendments))
        made.append(narrowed(life, obligations(life)))  # which numbers its parts in order
    earlier = [
        p.Earlier(instant(date, zone), plan)
        for (date, _), plan in zip(known[1:], made, strict=False)
        if date is not None
    ]
    return made[-1].but(earlier=tuple(earlier)), ()


def _amendment(node: n.Amendment, zone: str) -> p.AmendmentPlan:
    """An amendment; its signature counts from the start of its day."""
    return p.AmendmentPlan(
        name=node.name.text,
        title=node.doc.value if node.doc else "",
        signed=instant(node.signed, zone),
        since=instant(node.start, zone),
        at=node.name.span.place,
    )


def _enums(states: Iterable[Contract]) -> dict[str, tuple[str, ...]]:
    """The values of each enum in all of the terms: those of the first ones, then what is new."""
    found: dict[str, dict[str, None]] = {}
    for state in states:
        for stream in state.streams.values():
            for field in stream.fields.values():
                if field.type.kind is Kind.ENUM:
                    found.setdefault(field.type.unit, {}).update(dict.fromkeys(field.type.values))
    return {name: tuple(values) for name, values in found.items()}
