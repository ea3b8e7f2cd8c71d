"""Streams and enums: fields with their kinds and units, and streams made from others."""

from __future__ import annotations

from sladsl.calendar.names import known_zone, near_zones
from sladsl.contract import kinds
from sladsl.contract.currencies import CURRENCIES
from sladsl.contract.expressions import condition, given, mismatch
from sladsl.contract.lookup import View
from sladsl.contract.model import FieldInfo, Kind, StreamInfo, Type
from sladsl.contract.scope import AnyField, Scope
from sladsl.diagnostics import Label, nearest
from sladsl.syntax import nodes as n

__all__ = ["check_enums", "check_streams", "zone"]

_SIMPLE = {
    "time": kinds.TIME, "text": kinds.TEXT, "bool": kinds.BOOL, "int": kinds.INT,
    "number": kinds.NUMBER, "percent": kinds.PERCENT, "duration": kinds.DURATION,
    "money": Type(Kind.MONEY), "size": kinds.SIZE,
}  # fmt: skip


def zone(s: Scope, text: n.Text | None) -> None:
    """A zone that a clause names."""
    if text is None or known_zone(text.value):
        return
    near = near_zones(text.value)
    help = f'did you mean "{near[0]}"?' if near else 'such as "Europe/Amsterdam", or "UTC"'
    s.error("SLA450", f'unknown time zone "{text.value}"', text.span, help=help)


def check_enums(s: Scope) -> None:
    """Give every enum its type."""
    for name, node in s.here.enums.items():
        s.repeated(node.values, "the value")
        s.enums[name] = Type(Kind.ENUM, name, tuple(dict.fromkeys(v.text for v in node.values)))


def check_streams(s: Scope) -> None:
    """Give every stream its fields; derived ones after those that they are made from."""
    for name, node in s.here.streams.items():
        if isinstance(node, n.Stream):
            s.fields[name] = _fields(s, node)
            s.streams[name] = _stream(s, node)
    for name, node in s.here.streams.items():
        if isinstance(node, n.Stream):
            _computed(s, node)
        else:
            _derive(s, name, [])
    for derived in s.here.streams.values():
        if isinstance(derived, n.Derived) and isinstance(derived.how, n.SpansOf):
            base = derived.how.stream.text
            if derived.how.where is not None and base in s.here.streams:
                view = View(base, s.fields.get(base, {}), related=False)  # else: in a circle
                condition(s, derived.how.where, view)


# ---- fields --------------------------------------------------------------------------------


def _fields(s: Scope, node: n.Stream) -> dict[str, FieldInfo | None]:
    fields: dict[str, FieldInfo | None] = {}
    first: dict[str, n.Field] = {}
    for field in node.fields:
        name = field.name.text
        if name in fields:
            s.error(
                "SLA202", f"the field `{name}` is declared twice", field.name.span,
                "the second time", help="rename one of them",
                also=(Label(first[name].name.span, "the first time"),),
            )  # fmt: skip
            continue
        first[name] = field
        type, unit = _field_type(s, node, field)
        if type is None:
            fields[name] = None
            continue
        if field.negative_as_zero and type.kind is not Kind.DURATION:
            s.error(
                "SLA254", "only a duration can be negative and count as zero", field.span,
                f"this is {kinds.describe(type)}", help="leave `negative counts as zero` out",
            )  # fmt: skip
        type = type.but(optional=field.optional)
        fields[name] = FieldInfo(name, type, unit, field.value, field, field.negative_as_zero)
    return fields


def _field_type(s: Scope, node: n.Stream, field: n.Field) -> tuple[Type | None, str | None]:
    """The type of a field, and the unit of its column's bare numbers."""
    if isinstance(field.type, n.OneOf):
        s.repeated(field.type.values, "the value")
        values = tuple(dict.fromkeys(v.text for v in field.type.values))
        return Type(Kind.ENUM, f"{node.name.text}.{field.name.text}", values), None
    name, unit = field.type.name, field.type.unit
    if name.text in s.enums and name.text not in _SIMPLE:
        if unit is not None:
            _no_unit(s, name, unit)
        return s.enums[name.text], None
    if name.text not in _SIMPLE:
        known = [*_SIMPLE, *s.enums]
        help = nearest(name.text, known) or f"known: {', '.join(known)}, or `one of a, b`"
        note = "neither a kind nor an enum"
        s.error("SLA253", f"unknown kind `{name.text}`", name.span, note, help=help)
        return None, None
    type = _SIMPLE[name.text]
    if type.kind is Kind.MONEY:
        return _money_field(s, field, name, unit)
    if type.kind not in kinds.UNITS:
        if unit is not None:
            _no_unit(s, name, unit)
        return type, None
    units = kinds.UNITS[type.kind]
    if unit is None and field.value is None:
        s.error(
            "SLA255", f"the field `{field.name.text}` says no unit", name.span,
            "what does a bare number in its column mean?",
            help=f"write `{field.name.text} {name.text} in {units[2 if units[0] == 'ns' else 0]}`",
        )  # fmt: skip
    elif unit is not None and unit.text not in units:
        help = nearest(unit.text, units) or f"one of {', '.join(units)}"
        s.error("SLA254", f"`{unit.text}` is no unit of {name.text}", unit.span, help=help)
        return type, None
    return type, unit.text if unit is not None else None


def _no_unit(s: Scope, name: n.Name, unit: n.Name) -> None:
    s.error(
        "SLA254", f"`{name.text}` has no unit", unit.span,
        "only durations, sizes and money do", help=f"leave `in {unit.text}` out",
    )  # fmt: skip


def _money_field(
    s: Scope, field: n.Field, name: n.Name, unit: n.Name | None
) -> tuple[Type | None, str | None]:
    if unit is None:
        frame = s.here.agreement
        if frame is not None and frame.currency is None:
            s.error(
                "SLA402", f"the field `{field.name.text}` is money of no currency", name.span,
                help=f"write `{field.name.text} money in EUR`, or give the agreement a `currency`",
            )  # fmt: skip
        return Type(Kind.MONEY, s.currency), s.currency or None
    if unit.text not in CURRENCIES:
        help = nearest(unit.text, CURRENCIES)
        s.error(
            "SLA402", f"unknown currency `{unit.text}`", unit.span, "not in ISO 4217", help=help
        )
        return None, None
    return Type(Kind.MONEY, unit.text), unit.text


def _computed(s: Scope, node: n.Stream) -> None:
    """Check the fields that are computed from others."""
    fields = s.fields[node.name.text]
    view = View(node.name.text, fields, measures=False)
    for field in node.fields:
        info = fields.get(field.name.text)
        if field.value is None or info is None or info.node is not field:
            continue
        found = given(s, field.value, info.type, view)
        if found is None:
            continue
        if not kinds.comparable(info.type, found) or not _assignable(info.type, found):
            mismatch(s, n.Ref(field.name.text, span=field.name.span), info.type, field.value, found)
        elif found.optional and not field.optional:
            s.error(
                "SLA252", f"the field `{field.name.text}` can be missing", field.value.span,
                "one of the fields that it is computed from is optional",
                help="declare it with `?`, or give another value with `??`",
            )  # fmt: skip
    _circle(s, node, fields)


def _assignable(declared: Type, found: Type) -> bool:
    return not (declared.kind is Kind.INT and found.kind not in (Kind.INT,))


def _names_in(node: object) -> list[str]:
    """The fields that the value of a field names."""
    match node:
        case n.Ref(member=None):
            return [node.name]
        case n.Minus() | n.Not() | n.Presence() | n.Member():
            return _names_in(node.operand)
        case n.Compare():
            return [*_names_in(node.left), *_names_in(node.right)]
        case n.Arithmetic() | n.Logic() | n.Coalesce():
            return [name for operand in node.operands for name in _names_in(operand)]
        case n.Match():
            return [node.subject.name, *(x for arm in node.arms for x in _names_in(arm.value))]
        case n.Call():
            return [name for argument in node.arguments for name in _names_in(argument)]
        case _:
            return []


def _circle(s: Scope, node: n.Stream, fields: dict[str, FieldInfo | None]) -> None:
    """Report fields that are computed from each other in a circle, each circle once."""
    uses = {
        name: [u for u in _names_in(info.computed) if u in fields]
        for name, info in fields.items()
        if info is not None and info.computed is not None
    }
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> None:
        if name in path:
            circle = [*path[path.index(name) :], name]
            first = fields[name]
            assert first is not None
            assert first.node is not None
            shown = " -> ".join(f"`{part}`" for part in circle)
            s.error(
                "SLA204", f"a field that is computed from itself: {shown}",
                first.node.name.span, help="compute it from fields that are read",
            )  # fmt: skip
        elif name not in done and name in uses:
            for used in uses[name]:
                follow(used, [*path, name])
            done.add(name)

    for name in uses:
        follow(name, [])


# ---- the stream itself ---------------------------------------------------------------------


def _part(
    s: Scope, node: n.Stream | n.Derived, fields: dict[str, FieldInfo | None], name: n.Name,
    role: str, allowed: frozenset[Kind] | None, *, optional: bool = False,
) -> bool:  # fmt: skip
    """Whether a clause names a field of the right kind; if not, that is reported."""
    if name.text not in fields:
        owner = node.name if isinstance(node, n.Stream) else node.how.stream
        note = f"not a field of `{owner.text}`"
        s.unknown("field", name.text, name.span, fields, note)
        return False
    info = fields[name.text]
    if info is None:
        return False
    if allowed is not None and info.type.kind not in allowed:
        due = " or ".join(sorted(kind.value for kind in allowed))
        s.error(
            "SLA251", f"{role} must be of the kind {due}", name.span,
            f"`{name.text}` is {kinds.describe(info.type)}", help=f"declare it as `{name.text} "
            f"{min(kind.value for kind in allowed)}`, or name another field",
        )  # fmt: skip
        return False
    if info.type.optional and not optional:
        s.error(
            "SLA252", f"{role} can't be missing", name.span, f"`{name.text}` is declared with `?`",
            help="leave the `?` out, or name another field",
        )  # fmt: skip
        return False
    return True


_TIMES = frozenset({Kind.TIME})
_ORDERS = frozenset({Kind.INT, Kind.TIME})


def _stream(s: Scope, node: n.Stream) -> StreamInfo | None:
    fields = s.fields[node.name.text]
    zone(s, node.timezone)
    if node.ambiguous is not None and node.ambiguous.text not in ("earlier", "later"):
        help = nearest(node.ambiguous.text, ["earlier", "later"]) or "`earlier` or `later`"
        what = f"`ambiguous {node.ambiguous.text}` means nothing"
        s.error("SLA452", what, node.ambiguous.span, help=help)
    if node.expected is not None and node.expected.value <= 0:
        what = "rows can't be expected every zero seconds"
        s.error("SLA459", what, node.expected.span, help="a length of time above zero")
    s.repeated(node.key, "the field")
    for name in node.key:
        _part(s, node, fields, name, "a key", None)
    if node.sequence is not None:
        _part(s, node, fields, node.sequence, "a sequence", _ORDERS)
    if node.recorded is not None:
        _part(s, node, fields, node.recorded, "the time of recording", _TIMES)
    if (node.event is None) == (node.spans is None):
        two = "both `event at` and `span from ... to`" if node.event else "no time of its rows"
        s.error(
            "SLA250", f"the stream `{node.name.text}` has {two}", node.name.span,
            "when does a row happen?", help="give one: `event at FIELD` or `span from A to B`",
        )  # fmt: skip
        return None
    key = tuple(name.text for name in node.key)
    known = {name: info for name, info in fields.items() if info is not None}
    if node.event is not None:
        if not _part(s, node, fields, node.event, "the time of an event", _TIMES):
            return None
        return StreamInfo(node.name.text, node, known, node.event.text, None, key)
    assert node.spans is not None
    start, end = node.spans.start, node.spans.end
    fine = _part(s, node, fields, start, "the start of a span", _TIMES)
    if not _part(s, node, fields, end, "the end of a span", _TIMES, optional=True) or not fine:
        return None
    if start.text == end.text:
        what = f"a span from `{start.text}` to itself"
        s.error("SLA214", what, end.span, help="name two fields")
        return None
    return StreamInfo(node.name.text, node, known, start.text, (start.text, end.text), key)


def _derive(s: Scope, name: str, path: list[str]) -> None:
    """Give a derived stream its fields."""
    node = s.here.streams[name]
    if name in s.fields or not isinstance(node, n.Derived):
        return
    if name in path:
        circle = " -> ".join(f"`{part}`" for part in [*path[path.index(name) :], name])
        what = f"a stream that is made from itself: {circle}"
        s.error("SLA204", what, node.name.span, help="make it from a stream that is read")
        s.fields[name], s.streams[name] = AnyField(), None
        return
    how = node.how
    known = s.find("stream", how.stream, s.here.streams)
    if known:
        _derive(s, how.stream.text, [*path, name])
    if name in s.fields:
        return
    s.fields[name], s.streams[name] = AnyField(), None
    base = s.streams.get(how.stream.text)
    if known and base is not None:
        _made(s, node, base)
    elif known:
        s.fields[name] = dict(s.fields.get(how.stream.text, {}))


def _made(s: Scope, node: n.Derived, base: StreamInfo) -> None:
    name, how = node.name.text, node.how
    fields = s.fields[base.name]
    if base.spans is not None:
        s.error(
            "SLA262", f"`{base.name}` is a stream of spans, where events are due", how.stream.span,
            help="name a stream that has `event at`",
        )  # fmt: skip
        return
    made = StreamInfo(name, node, {}, base.event, None, (how.by.text,), base.name)
    fine = _part(s, node, fields, how.by, "what the rows are grouped by", None)
    if isinstance(how, n.LastOf):
        if how.placed is not None and _part(
            s, node, fields, how.placed, "the time of a row", _TIMES
        ):
            made = made.but(event=how.placed.text)
        s.fields[name] = dict(fields)
    else:
        own: dict[str, FieldInfo | None] = {how.by.text: fields.get(how.by.text)}
        own["starts"] = FieldInfo("starts", kinds.TIME, None, None, None)
        own["ends"] = FieldInfo("ends", Type(Kind.TIME, optional=True), None, None, None)
        s.fields[name] = own
        made = made.but(event="starts", spans=("starts", "ends"))
    if fine:
        known = {key: info for key, info in s.fields[name].items() if info is not None}
        s.streams[name] = made.but(fields=known)
