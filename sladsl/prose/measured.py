"""What is measured, in words: streams, calendars, outages, exclusions, measures."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from sladsl.contract.kinds import describe
from sladsl.contract.model import Contract, FieldInfo, Kind
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items, Paragraph, Table, free
from sladsl.syntax import nodes as n

__all__ = ["baseline", "calendar", "exclusion", "outage", "service", "stream"]


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
    return f"{w.titled(node.name, node.doc)}{what}."


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
            case n.ClosedHolidays(regions=regions):
                where = w.either(w.quoted(region.value) for region in regions)
                parts.append(f"closed on the public holidays of {where}")
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


def exclusion(say: Wording, node: n.Exclusion) -> list[Block]:
    """Time that is left out, and how much of it."""
    items = []
    if node.spans is not None:
        rows = f"{w.name(node.spans.stream)}{say.where(node.spans.where)}"
        items.append(f"The time that rows of {rows} cover is left out.")
    if node.for_all is not None:
        items.append("It is left out for all groups.")
    elif node.on is not None:
        left, right = w.name(node.on.left), w.name(node.on.right)
        items.append(f"It is left out for the groups whose {left} is the row's {right}.")
    else:
        items.append(
            "It is left out for the groups whose fields of the same name match; a row without"
            " a value there is for all groups (default)."
        )
    if node.allowance is not None:
        limit = w.figure(node.allowance.limit)
        per = w.a_period(node.allowance.per.text)
        items.append(
            f"At most {limit} in {per}, used up in the order of start; the excess is ordinary time."
            " Time that another exclusion covers doesn't use it up."
        )
    return [Heading(3, w.titled(node.name, node.doc)), Items(tuple(items))]


def outage(say: Wording, name: str) -> list[Block]:
    """An outage: what fails, for how long, counted from when."""
    node = say.contract.outages[name].node
    items = []
    each = f", for each {w.names(node.each)} by itself" if node.each else ""
    for rows, word in ((node.samples, "samples"), (node.spans, "stretches")):
        if rows is not None:
            where = say.where(rows.where)
            items.append(f"It lasts while {word} of {w.name(rows.stream)}{where} hold{each}.")
    if node.windows is not None:
        where = say.condition(node.windows.where)
        items.append(
            f"It lasts over windows of {w.duration(node.windows.length)} in which {where}{each}."
        )
    if node.samples is not None:
        items.append(_holding(say, node))
    if node.lasting is not None:
        items.append(
            f"It counts if it lasts at least {w.duration(node.lasting)}, from its onset and as a"
            " whole, before anything is left out; then all of it counts."
        )
    else:
        items.append("It counts however short it is (default).")
    counted = node.counted
    if counted is None or counted.since.text == "onset":
        default = " (default)" if counted is None else ""
        items.append(f"It is counted from its onset, the first instant of failure{default}.")
    else:
        event = w.name(counted.since.name)
        at = "" if counted.since.member is None else f" (its time {w.name(counted.since.member)})"
        items.append(
            f"It is counted from the first row of {event}{at}{say.where(counted.where)} within it;"
            " without such a row it doesn't count."
        )
    if node.missing is not None:
        means = {
            "down": "goes on with an outage and is measured as failed",
            "up": "ends an outage and is measured as working",
            "excluded": "ends an outage and isn't measured",
        }.get(node.missing.text, "")
        items.append(f"Missing data counts as {node.missing.text}: such time {means}.")
    items.append(
        "Time is cut at the edges of periods; number and length belong to the period of onset."
    )
    return [Heading(3, w.titled(node.name, node.doc)), Items(tuple(items))]


def _holding(say: Wording, node: n.Outage) -> str:
    said = "The state of a sample holds until the next one of its group"
    if node.holds is not None:
        if node.holds.at_most is None:
            return f"{said}."
        return f"{said}, for at most {w.duration(node.holds.at_most)}."
    stream = say.contract.streams[say.contract.outages[node.name.text].stream].node
    if isinstance(stream, n.Stream) and stream.expected is not None:
        longest = _seconds(stream.expected.value * Fraction(3, 2))
        return f"{said}, for at most {longest} (default: 1.5 times what is expected)."
    return f"{said}."


def _seconds(value: Fraction) -> str:
    for size, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if (value / size).denominator == 1:
            return f"{value / size}{unit}"
    return f"{value * 1000}ms"


def baseline(say: Wording, node: n.Baseline) -> str:
    """A figure of an earlier time."""
    if node.through is not None:
        end = f"through {w.moment(node.through)}, that day included"
    else:
        end = f"up to {w.moment(node.to)}, not included" if node.to else ""
    value = say.value(node.value)
    doc = "" if node.doc is None else f" ({free(node.doc.value)})"
    return f"{w.name(node.name)}{doc}, a baseline: {value}, from {w.moment(node.start)} {end}."
