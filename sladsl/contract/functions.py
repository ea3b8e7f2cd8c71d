"""Functions of a row, calendars and pauses, and the table of aggregates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from sladsl.contract import kinds
from sladsl.contract.matches import match
from sladsl.contract.model import FieldInfo, Kind, RefKind, Resolved, Type
from sladsl.contract.scope import Scope
from sladsl.diagnostics import nearest
from sladsl.records import Record
from sladsl.syntax import nodes as n

__all__ = [
    "AGGREGATES",
    "AggregateRow",
    "aggregate_named",
    "calendar",
    "calendar_name",
    "call",
    "on",
]

# ---- aggregates ----------------------------------------------------------------------------

_AMOUNTS = frozenset({Kind.INT, Kind.NUMBER, Kind.DURATION, Kind.MONEY, Kind.SIZE})
_LEVELS = _AMOUNTS | {Kind.PERCENT, Kind.RATIO}


class AggregateRow(Record):
    """An aggregate: the kinds of value it takes, what it gives, and where it may stand.

    `gives` is `same` (the value's type), `mean` (the same, but no longer a whole number),
    or a type of its own. `windows`: it may stand over windows.
    """

    takes: frozenset[Kind]
    gives: Literal["same", "mean"] | Type
    windows: bool = False


AGGREGATES: dict[str, AggregateRow] = {
    "share": AggregateRow(frozenset(), kinds.PERCENT),
    "count": AggregateRow(frozenset(), kinds.INT),
    "sum": AggregateRow(_AMOUNTS, "same"),
    "mean": AggregateRow(_LEVELS, "mean", windows=True),
    "min": AggregateRow(_LEVELS, "same", windows=True),
    "max": AggregateRow(_LEVELS, "same", windows=True),
    "median": AggregateRow(_LEVELS, "same"),
    "pNN": AggregateRow(_LEVELS, "same"),
}

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)$")


def aggregate_named(s: Scope, name: n.Name) -> AggregateRow | None:
    """The aggregate of a name; an unknown one is reported."""
    if name.text in AGGREGATES and name.text != "pNN":
        return AGGREGATES[name.text]
    if found := _PERCENTILE.match(name.text):
        if found[1].strip("0.") == "":
            s.error(
                "SLA318", f"`{name.text}` isn't a percentile", name.span,
                "its number must lie above 0 and below 100", help="p50, p95, p99.9",
            )  # fmt: skip
            return None
        return AGGREGATES["pNN"]
    if re.fullmatch(r"p\d+(\.\d+)?", name.text):
        s.error(
            "SLA318", f"`{name.text}` isn't a percentile", name.span,
            "its number must lie above 0 and below 100", help="p50, p95, p99.9",
        )  # fmt: skip
        return None
    words = [word for word in AGGREGATES if word != "pNN"]
    help = nearest(name.text, words) or f"known: {', '.join(words)}, and percentiles such as p95"
    s.error("SLA313", f"unknown function `{name.text}`", name.span, help=help)
    return None


# ---- functions of a row --------------------------------------------------------------------


def call(
    s: Scope,
    node: n.Call,
    arguments: list[Type | None],
    fields: Mapping[str, FieldInfo | None],
) -> Type | None:
    """The type of a call, of which there is one: `elapsed`."""
    if node.function.text != "elapsed":
        name = node.function
        help = nearest(name.text, ["elapsed"]) or "known: elapsed"
        s.error("SLA313", f"unknown function `{name.text}`", name.span, help=help)
        return None
    if node.calendar is not None:
        calendar(s, node.calendar, fields)
    for pause in node.pauses:
        _pausing(s, pause, fields)
    if len(arguments) != 2:
        s.error(
            "SLA314", f"`elapsed` takes two times, and is given {len(arguments)}", node.span,
            help="write `elapsed(from, to)`, perhaps with `in:` and `pausing:`",
        )  # fmt: skip
        return None
    fine = True
    for argument, found in zip(node.arguments, arguments, strict=True):
        if found is not None and found.kind is not Kind.TIME:
            s.error(
                "SLA314", "`elapsed` runs from a time to a time", argument.span,
                f"this is {kinds.describe(found)}", help="name a field of the kind `time`",
            )  # fmt: skip
            fine = False
    if not fine or any(found is None for found in arguments):
        return None
    optional = any(found is not None and found.optional for found in arguments)
    return Type(Kind.DURATION, optional=optional)


def calendar(s: Scope, node: n.Expr, fields: Mapping[str, FieldInfo | None]) -> Type | None:
    """A calendar where `in:` stands: a name, or a `match` of names."""
    found: Type | None = None
    match node:
        case n.Ref(member=None):
            if node.name == "always" or node.name in s.here.calendars:
                kind = RefKind.ALWAYS if node.name == "always" else RefKind.CALENDAR
                s.refs.setdefault(id(node), Resolved(kind, node.name))
                found = kinds.CALENDAR
            else:
                known = [*s.here.calendars, "always"]
                s.unknown("calendar", node.name, node.span, known, "not declared as a calendar")
        case n.Ref(name="plan") if node.member in s.parameters:
            found = s.parameters[node.member]
            s.refs.setdefault(id(node), Resolved(RefKind.PARAMETER, node.member or "", "plan"))
            if found is not None and found.kind is not Kind.CALENDAR:
                _not_calendar(s, node)
                found = None
        case n.Match():
            info = fields.get(node.subject.name)
            if node.subject.name not in fields or node.subject.member is not None:
                note = "a `match` is on a field of the row"
                s.unknown("field", node.subject.text, node.subject.span, fields, note)
            elif info is not None:
                s.refs.setdefault(
                    id(node.subject), Resolved(RefKind.FIELD, info.name, _owner(s, info))
                )
                s.types.setdefault(id(node.subject), info.type)
            arms = [calendar(s, arm.value, fields) for arm in node.arms]
            found = match(s, node, info.type if info else None, arms)
        case _:
            _not_calendar(s, node)
    if found is not None:
        s.types.setdefault(id(node), found)
    return found


def _owner(s: Scope, info: FieldInfo) -> str:
    return next((name for name, fields in s.fields.items() if fields.get(info.name) is info), "")


def _not_calendar(s: Scope, node: n.Expr) -> None:
    s.error(
        "SLA315", "a calendar is due here", node.span,
        help="name a calendar, `always`, or choose one by `match`",
    )  # fmt: skip


def calendar_name(s: Scope, name: n.Name | None) -> None:
    """A calendar that a clause names with `in`."""
    if name is not None and name.text != "always" and name.text not in s.here.calendars:
        known = [*s.here.calendars, "always"]
        s.unknown("calendar", name.text, name.span, known, "not declared as a calendar")


def _pausing(s: Scope, node: n.Pausing, fields: Mapping[str, FieldInfo | None]) -> None:
    name = node.stream
    if not s.find("stream", name, s.here.streams):
        return
    info = s.streams.get(name.text)
    if info is None:
        return
    if info.spans is None:
        s.error(
            "SLA262", f"`{name.text}` is a stream of events, where spans are due", name.span,
            help="a pause has a start and an end: declare `span from ... to ...`",
        )  # fmt: skip
        return
    if node.on is None:
        s.error(
            "SLA263", f"nothing says which rows `{name.text}` pauses", node.span,
            help=f"add `on field == field`: the row's on the left, that of `{name.text}` right",
        )  # fmt: skip
        return
    on(s, node.on, [fields], "the row", [s.fields[name.text]], f"`{name.text}`")


def on(
    s: Scope,
    node: n.On,
    left: Sequence[Mapping[str, FieldInfo | None]],
    left_of: str,
    right: Sequence[Mapping[str, FieldInfo | None]],
    right_of: str,
) -> None:
    """Check `on left == right` between two sorts of rows."""
    sides = []
    for name, tables, owner in ((node.left, left, left_of), (node.right, right, right_of)):
        holding = [table for table in tables if name.text in table]
        if not holding:
            known = [field for table in tables for field in table]
            s.unknown("field", name.text, name.span, known, f"not a field of {owner}")
            return
        sides.append(next((t[name.text] for t in holding if t[name.text] is not None), None))
    a, b = sides
    if a is not None and b is not None and not kinds.comparable(a.type, b.type):
        s.error(
            "SLA264", f"`{a.name}` and `{b.name}` are of different kinds", node.span,
            f"{kinds.describe(a.type)} and {kinds.describe(b.type)} are never equal",
            help="match fields of one kind",
        )  # fmt: skip
