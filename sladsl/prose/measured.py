"""What is measured, in words: streams, services, calendars, baselines."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract.kinds import describe
from sladsl.contract.model import Contract, FieldInfo, Kind
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items, Paragraph, Table, free
from sladsl.syntax import nodes as n

__all__ = ["baseline", "calendar", "service", "stream"]


def stream(say: Wording, name: str) -> list[Block]:
    """A stream of measurements, written or derived."""
    info = say.contract.streams[name]
    node = info.node
    heading = Heading(3, w.titled(node.name, node.doc))
    if isinstance(node, n.Derived):
        return [heading, Paragraph(_derived(say, node))]
    if info.spans is not None:
        start, end = info.spans
        items = [f"Each row is a stretch of time from {w.name(start)} up to {w.name(end)}."]
    else:
        items = [f"Each row is an event at its {w.name(info.event)}."]
    if node.key:
        items.append(
            f"Rows with the same {w.names(node.key)} are one row if they don't contradict each"
            " other"
            + (
                f"; else the one with the latest {w.name(node.recorded)} stands."
                if node.recorded
                else "; a contradiction is a conflict, which is never chosen from."
            )
        )
    elif node.recorded:
        items.append(f"When a row was recorded is its {w.name(node.recorded)}.")
    if node.sequence:
        items.append(
            f"Of rows at one time the one with the higher {w.name(node.sequence)} is later."
        )
    if node.expected:
        items.append(f"A row is expected every {w.duration(node.expected)}.")
    if node.timezone:
        items.append(f"Times without an offset are in {free(node.timezone.value)}.")
    if node.ambiguous:
        items.append(f"A local time that occurs twice is the {node.ambiguous.text} one.")
    rows = tuple((w.name(f.name), _kind(f), _more(say, f)) for f in info.fields.values())
    return [heading, Items(tuple(items)), Table(("field", "is", "note"), rows)]


def _kind(field: FieldInfo) -> str:
    type = field.type
    if type.kind is Kind.ENUM:
        return f"one of {', '.join(map(w.name, type.values))}"
    unit = f", bare numbers in {field.unit}" if field.unit and type.kind is not Kind.MONEY else ""
    return f"{describe(type)}{unit}"


def _more(say: Wording, field: FieldInfo) -> str:
    notes = []
    if field.type.optional and field.computed is None:
        notes.append("may be missing")
    if field.negative_as_zero:
        notes.append("a negative one counts as zero")
    if field.computed is not None:
        notes.append(f"computed: {say.value(field.computed)}")
    return "; ".join(notes)


def _derived(say: Wording, node: n.Derived) -> str:
    match node.how:
        case n.LastOf(stream=base, by=by, placed=placed):
            at = "its own time" if placed is None else f"its {w.name(placed)}"
            return (
                f"The newest row of {w.name(base)} for each {w.name(by)}, as it was known at the"
                f" moment of knowledge, placed at {at}."
            )
        case n.SpansOf(stream=base, by=by, where=where):
            begins = "each row" if where is None else f"each row{say.where(where)}"
            return (
                f"Stretches of time for each {w.name(by)} of {w.name(base)}: from {begins} up to"
                f" the next row of that {w.name(by)} of any sort; the last one has no end."
            )
        case _:
            assert_never(node.how)


def service(node: n.Service) -> str:
    """A service and its rows."""
    parts = [
        f"{w.name(of.field)} is {w.either(_given(v) for v in of.values)}" for of in node.of
    ]  # fmt: skip
    what = f": rows whose {w.everything(parts)}" if parts else ""
    said = [f"{w.titled(node.name, node.doc)}{what}."]
    if node.existing is not None:
        said.append(f"It exists {w.stretch(node.existing)}.")
    if node.members is not None:
        stream, by = w.name(node.members.stream), w.names(node.members.by)
        said.append(f"Each {by} exists while a row of {stream} covers the time.")
    if node.rest is not None:
        means = {"excluded": "isn't measured", "up": "is measured as working"}
        word = node.rest.text
        said.append(f"The rest of the time counts as {word}: it {means.get(word, '')}.")
    elif node.existing is not None or node.members is not None:
        said.append("The rest of the time isn't measured (default).")
    return " ".join(said)


def _given(value: n.Expr) -> str:
    match value:
        case n.Text():
            return w.quoted(value.value)
        case n.Ref():
            return w.name(value.text)
        case n.Quantity():
            return w.figure(value)
        case _:
            return free(value.span.text)


def calendar(contract: Contract, node: n.Calendar) -> str:
    """When a calendar is open."""
    zone = node.timezone.value if node.timezone else contract.agreement.zone
    said = f"{w.titled(node.name, node.doc)}: "
    if node.operands:
        word = {"or": "or in", "and": "and also in", "without": "but not in"}[node.operators[0]]
        return f"{said}what is open in {f' {word} '.join(map(w.name, node.operands))}."
    opens = [
        f"{w.everything(map(_days, o.days))} {w.everything(map(_hours, o.hours))}"
        for o in node.open
    ]
    parts = [f"open {'; '.join(opens)}" if opens else "never open"]
    for closed in node.closed:
        match closed:
            case n.ClosedDates(dates=dates):
                parts.append(f"closed on {w.everything(map(w.moment, dates))}")
            case n.ClosedHolidays(regions=regions, together=together):
                join = w.everything if together else w.either
                where = join(w.quoted(region.value) for region in regions)
                both = " that fall on one day in all of" if together else " of"
                parts.append(f"closed on the public holidays{both} {where}")
            case n.ClosedSpan(start=start, end=end):
                parts.append(f"closed from {w.moment(start)} to {w.moment(end)}")
            case _:
                assert_never(closed)
    stated = "" if node.timezone else ", the agreement's zone"
    return f"{said}{'; '.join(parts)} (clock of {free(zone)}{stated})."


def _days(node: n.Weekdays) -> str:
    first = w.WEEKDAYS[node.first.text]
    return first if node.last is None else f"{first} to {w.WEEKDAYS[node.last.text]}"


def _hours(node: n.Hours) -> str:
    return " to ".join(f"{t // 60:02d}:{t % 60:02d}" for t in (node.start, node.end))


def baseline(say: Wording, node: n.Baseline) -> str:
    """A figure of an earlier time."""
    value = say.value(node.value)
    doc = "" if node.doc is None else f" ({free(node.doc.value)})"
    said = f"{w.name(node.name)}{doc}, a baseline: {value}, {w.stretch(node)}."
    if node.pinned is not None:
        said += (
            f" It is agreed to be {say.value(node.pinned.figure)}, worked out from inputs with the"
            f" digest {w.quoted(node.pinned.digest.value)}."
        )
    return said
