"""Outages and exclusions in words."""

from __future__ import annotations

from fractions import Fraction

from sladsl.contract.model import Kind
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items
from sladsl.syntax import nodes as n

__all__ = ["exclusion", "outage"]


def exclusion(say: Wording, node: n.Exclusion) -> list[Block]:
    """Time that is left out, and how much of it."""
    items = []
    if node.spans is not None:
        rows = f"{w.name(node.spans.stream)}{say.where(node.spans.where)}"
        items.append(f"The time that rows of {rows} cover is left out.")
    if node.windows is not None:
        where = say.condition(node.windows.where)
        length = w.duration(node.windows.length)
        items.append(f"The time of windows of {length} in which {where} is left out.")
    if node.for_all is not None:
        items.append("It is left out for all groups.")
    elif node.on is not None:
        left, right = w.name(node.on.left), w.name(node.on.right)
        whose = (
            f"the row's {right}" if node.windows is None else f"the {right} of the windows' rows"
        )
        items.append(f"It is left out for the groups whose {left} is {whose}.")
    elif node.windows is not None:
        items.append("For each group that is judged they are windows of its own rows (default).")
    else:
        items.append(
            "It is left out for the groups whose fields of the same name match; a row without"
            " a value there is for all groups (default)."
        )
    if node.allowance is not None:
        limit = w.figure(node.allowance.limit)
        limit += " of them" if node.allowance.limit.kind == "number" else ""
        per = w.a_period(node.allowance.per.text)
        items.append(
            f"At most {limit} in {per}, used up in the order of start; the excess is ordinary time."
            " Time that another exclusion covers doesn't use it up."
        )
    if node.counts is not None:
        items.append(
            f"Time that is left out counts as {node.counts.text}: it is measured, and as working."
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
    items += [_at_once(part) for part in node.at_once]
    if node.measured is not None:
        items.append(_measured(say, node.measured))
    if node.lasting is not None:
        items.append(
            f"It counts if it lasts at least {w.duration(node.lasting)}, from its onset and as a"
            " whole, before anything is left out; then all of it counts."
        )
    else:
        items.append("It counts however short it is (default).")
    if node.rounding is not None:
        step = w.figure(node.rounding.to)
        items.append(
            f"The length of each is rounded {node.rounding.mode} to {step}, after what is left out;"
            " in a share of time, the part of it that lies in the period."
            + (_ROUNDED_WEIGHTS if node.weighted is not None else "")
        )
    counted = node.counted
    if counted is None or counted.since.text == "onset":
        default = " (default)" if counted is None else ""
        items.append(f"It is counted from its onset, the first instant of failure{default}.")
    else:
        event = w.name(counted.since.name)
        at = "" if counted.since.member is None else f" (its time {w.name(counted.since.member)})"
        within = "within it"
        if counted.grace is not None:
            within += f" or at most {w.duration(counted.grace)} before its onset"
        items.append(
            f"It is counted from the first row of {event}{at}{say.where(counted.where)} {within};"
            " without such a row it doesn't count."
            + (" It is never counted from before its onset." if counted.grace else "")
        )
    if node.each:
        items.append(
            "Where it is judged for fewer groups, or for all together, what failed and what was"
            " measured is added up over them."
        )
    if node.weighted is not None:
        items.append(_weighted(say, name, node.weighted))
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


_ROUNDED_WEIGHTS = (
    " What rounding adds is multiplied as its last instant is; what it drops, it drops from its"
    " end."
)


def _at_once(node: n.AtOnce) -> str:
    field = w.name(node.field)
    if node.at_least is None:
        return f"It lasts only while every {field} that there is fails at once."
    return f"It lasts only while at least {w.figure(node.at_least)} {field} fail at once."


def _weighted(say: Wording, name: str, node: n.Weighted) -> str:
    """What its time is multiplied by, and what of it is."""
    info = say.contract.outages[name]
    field = say.contract.streams[info.stream].fields[node.field.text]
    row = w.name(node.field)
    if field.type.kind is Kind.PERCENT:
        text = (
            f"Its time is multiplied by the row's {row}, the part that was affected; time of which"
            f" no row says how much, by 100%. What is measured counts as it is"
        )
    else:
        text = f"Its time, and the time that is measured, is multiplied by the row's {row}"
    if node.overlaps is not None:
        least = " (100% at most)" if "part" in text else ""
        which = {"add up": f"the sum{least}", "count once": "the greatest"}[node.overlaps]
        text += f"; where stretches overlap, by {which} of theirs"
    return f"{text}. Whether it lasted long enough is asked of its length as it is."


def _measured(say: Wording, node: n.Measured) -> str:
    rows = f"{w.name(node.spans.stream)}{say.where(node.spans.where)}"
    on = ""
    if node.on is not None:
        on = f" whose {w.name(node.on.right)} is its {w.name(node.on.left)}"
    rest = {
        "up": "measured as working", "down": "measured as failed", "excluded": "not measured",
    }.get(node.rest.text, "")  # fmt: skip
    return (
        f"It is measured while rows of {rows}{on} cover the time; the rest counts as"
        f" {node.rest.text}: it is {rest}."
    )


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
