"""From an agreement, in the state in which it is in force at a moment, to plain words."""

from __future__ import annotations

from sladsl.contract.levels import level_of
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items, Paragraph, free
from sladsl.prose.duties import duty
from sladsl.prose.frame import counting, frame, plan
from sladsl.prose.in_force import InForce, called
from sladsl.prose.measured import baseline, calendar, service, stream
from sladsl.prose.money import cap, charge
from sladsl.prose.outages import exclusion, outage
from sladsl.prose.remedies import remedy
from sladsl.records import fields
from sladsl.syntax import nodes as n

__all__ = ["describe"]


def describe(state: InForce) -> tuple[Block, ...]:
    """The agreement as it stood: what was agreed, and every default that was taken."""
    contract = state.contract
    say = Wording(contract)
    node = contract.agreement.node
    said: list[Block] = [Heading(1, w.titled(node.name, node.doc))]
    said.append(Paragraph(f"As it stood at {state.shown} ({free(contract.agreement.zone)})."))
    said += [
        Paragraph(
            f"It is based on the agreement in {w.quoted(d.path.value)}, whose declarations hold"
            " where this one has none of the same name."
        )
        for d in contract.policy.declarations
        if isinstance(d, n.Based)
    ]
    if contract.policy.imports:
        paths = w.everything([w.quoted(node.path.value) for node in contract.policy.imports])
        said.append(Paragraph(f"What is declared in {paths} holds as if it stood here."))
    said += _levels(state)
    said += _amendments(state)
    said += frame(say)
    said += plan(say)
    said += _listed("Services", [service(s) for s in contract.services.values()])
    said += _parts("Duties", [duty(say, o) for o in contract.obligations.values()])
    said += _measures(say)
    said += _parts("Outages", [outage(say, name) for name in contract.outages])
    said += _parts("Exclusions", [exclusion(say, e) for e in contract.exclusions.values()])
    said += _listed("Charges", [charge(say, c) for c in contract.charges.values()])
    said += _listed("Caps", [cap(say, c) for c in contract.caps])
    said += _parts("Remedies", [remedy(say, r) for r in contract.remedies.values()])
    said += _listed("Calendars", [calendar(contract, c) for c in contract.calendars.values()])
    said += _parts("Measurements", [stream(say, name) for name in contract.streams])
    values = [
        f"{w.name(e)}: one of {', '.join(map(w.name, t.values))}."
        for e, t in contract.enums.items()
    ]
    said += _listed("Lists of values", values)
    return (*said, *counting(contract))


def _levels(state: InForce) -> list[Block]:
    """Which declarations come from other files; the others are the agreement's own."""
    policy = state.contract.policy
    items = []
    for source in (*policy.levels, *policy.libraries):
        taken = [called(d) for d in state.declarations if level_of(policy, d) is source]
        replaced = "nothing: all of it is said anew" if source in policy.levels else "nothing"
        what = w.everything(taken) if taken else replaced
        items.append(f"From {w.quoted(source.path)}: {what}.")
    if items:
        items.append("Everything else is the agreement's own.")
    return _listed("Levels" if policy.levels else "Libraries", items)


def _listed(title: str, items: list[str]) -> list[Block]:
    return [Heading(2, title), Items(tuple(items))] if items else []


def _parts(title: str, parts: list[list[Block]]) -> list[Block]:
    return [Heading(2, title), *(block for part in parts for block in part)] if parts else []


def _measures(say: Wording) -> list[Block]:
    contract = say.contract
    items = []
    for info in contract.metrics.values():
        node = info.node
        doc = "" if node.doc is None else f" ({free(node.doc.value)})"
        items.append(f"{w.name(node.name)}{doc}: {say.metric(node)}.")
    items += [baseline(say, node) for node in contract.baselines.values()]
    return _listed("Measures", items)


def _amendments(state: InForce) -> list[Block]:
    """Which amendments there are, since when they are in force, and what each changed."""
    items = []
    for amendment, replaced, added, removed in state.changes:
        parts = [f"it replaced {called(new)}{_differing(old, new)}" for old, new in replaced]
        if added:
            parts.append(f"it added {w.everything(map(called, added))}")
        if removed:
            parts.append(f"it removed {w.everything(map(called, removed))}")
        late = ", and so also for time before it was signed" if _late(amendment) else ""
        items.append(
            f"{w.sentence(w.titled(amendment.name, amendment.doc))} In force from"
            f" {w.moment(amendment.start)}, signed {w.moment(amendment.signed)}{late}:"
            f" {w.everything(parts) if parts else 'it changed nothing'}."
        )
    for amendment in state.later:
        items.append(
            f"{w.sentence(w.titled(amendment.name, amendment.doc))} Not yet in force: it begins on"
            f" {w.moment(amendment.start)} (signed {w.moment(amendment.signed)})."
        )
    return _listed("Amendments", items)


def _differing(old: n.Declaration, new: n.Declaration) -> str:
    """What is no longer as it was, of two declarations of one name."""
    if isinstance(old, n.Plan) and isinstance(new, n.Plan):
        before = {b.name.text: b.value for b in old.bindings}
        changed = [b for b in new.bindings if before.get(b.name.text) != b.value]
        said = [
            f"{w.name(b.name)} {'is new' if was is None else f'was {free(was.span.text)}'}, is"
            f" {free(b.value.span.text)}"
            for b in changed
            for was in (before.get(b.name.text),)
        ]
        return f" ({'; '.join(said)})" if said else ""
    if type(old) is not type(new):
        return ""
    parts = [
        part.replace("_", " ")
        for part in fields(new)
        if part != "span" and getattr(old, part) != getattr(new, part)
    ]
    return f" (changed: {', '.join(parts)})" if parts else " (nothing changed)"


def _late(amendment: n.Amendment) -> bool:
    return amendment.signed.text > amendment.start.text
