"""What is promised by a time, in words: from when on, until when, and which row answers it."""

from __future__ import annotations

from sladsl.contract.answers import shared
from sladsl.contract.model import RefKind
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.records import fields
from sladsl.syntax import nodes as n

__all__ = ["anchored", "deadline"]


def anchored(node: n.Anchor) -> str:
    """What a deadline runs from."""
    if node.member is not None:
        return f"the time {w.name(node.member)} of each row of {w.name(node.name)}"
    if node.of is None:
        return f"the {node.name.text} of the outage"
    if node.of.text == "period":
        return f"the {node.name.text} of the period that is judged"
    return f"each {node.name.text} of {w.name(node.of)}, by period and group"


def deadline(say: Wording, node: n.RequireWithin | n.RequireBy | n.RequireEvery) -> str:
    """What is promised by a time."""
    match node:
        case n.RequireWithin():
            calendar = ""
            if node.calendar is not None:
                calendar = f", in open time of {w.name(node.calendar)},"
            within = w.days_open(node.within, node.calendar) or f"{w.length(node.within)}{calendar}"
            itself = _itself(say, node, node.of)
            if itself is not None:
                done, start = itself
                return f"{done} comes within {within} of its time {start}; {_LAST}"
            return (
                f"{_event(say, node.event, node.where)} follows within {within} of"
                f" {anchored(node.of)}{_matched(say, node, node.of)}; {_LAST}"
            )
        case n.RequireBy():
            due, after = f"by {node.clock} {_due_day(node)}", node.due.after
            itself = _itself(say, node, after)
            if itself is not None:
                done, start = itself
                return f"{done} comes {due} its time {start}; {_LAST}"
            return (
                f"{_event(say, node.event, node.where)} comes {due}"
                f" {anchored(after)}{_matched(say, node, after)}; {_LAST}"
            )
        case n.RequireEvery():
            day = "" if node.weekday is None else f"{w.WEEKDAYS[node.weekday.text]} "
            return (
                f"{_event(say, node.event, node.where)} comes by {day}{node.clock} of every"
                f" {node.every.text}; one after the last due time and at or before this one is on"
                " time, and none serves two."
            )


def _due_day(node: n.RequireBy) -> str:
    count, calendar = node.due.count, node.calendar
    if node.due.workdays:
        in_calendar = "" if calendar is None else f" (a day on which {w.name(calendar)} opens)"
        which = "first" if count.value == 1 else w.ordinal(count.text)
        return f"on the {which} workday{in_calendar} after the day of"
    if count.value == 0:
        return "of the same day as"
    days = "" if count.value == 1 else f"that is {count.text} calendar days "
    return f"of the day {days}after"


_LAST = "exactly then is in time."


def _itself(
    say: Wording, node: n.RequireWithin | n.RequireBy, anchor: n.Anchor
) -> tuple[str, str] | None:
    """What of a row is due, and from which time of its own; None: another row may answer it."""
    if anchor.member is None or anchor.name.text != node.event.name or node.on is not None:
        return None
    done = w.name(node.event.member or say.contract.streams[node.event.name].event)
    rows = f"{w.name(node.event.name)}{_both(say, node.where, node.trigger)}"
    return f"for each row of {rows}, its time {done}", w.name(anchor.member)


def _both(say: Wording, where: n.Expr | None, trigger: n.Expr | None) -> str:
    """What a row is like that starts and answers a deadline itself."""
    if where is None or trigger is None:
        return say.where(where or trigger)
    return f"{say.where(where)}, and{say.where(trigger)}"


def _matched(say: Wording, node: n.RequireWithin | n.RequireBy, anchor: n.Anchor) -> str:
    said = say.where(node.trigger)
    if node.on is not None:
        left, right = w.name(node.on.left), w.name(node.on.right)
        said += f" (its {left} being the {right} of the row that answers it)"
    elif anchor.member is not None:
        streams = say.contract.streams
        pinned = _fields_in(say, node.where)
        names = shared(streams[anchor.name.text], streams[node.event.name], pinned)
        if names:
            fields = w.everything(map(w.name, names))
            said += f" (the row that answers it has the same {fields}; default)"
        else:
            said += " (one row answers all that are open at its time; default)"
    return said


def _fields_in(say: Wording, node: object) -> set[str]:
    """The fields that a condition speaks of."""
    match node:
        case n.Ref(name=name):
            found = say.contract.refs.get(id(node))
            return {name} if found is not None and found.kind is RefKind.FIELD else set()
        case tuple():
            return {name for item in node for name in _fields_in(say, item)}
        case n.Node():
            parts = (getattr(node, field) for field in fields(node) if field != "span")
            return {name for part in parts for name in _fields_in(say, part)}
        case _:
            return set()


def _event(say: Wording, event: n.Ref, where: n.Expr | None) -> str:
    at = "" if event.member is None else f" (by its time {w.name(event.member)})"
    return f"a row of {w.name(event.name)}{at}{say.where(where)}"
