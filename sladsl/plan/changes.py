"""What an amendment can't change while the term runs: how time is cut, and how rows are read."""

from __future__ import annotations

from collections.abc import Iterator

from sladsl.contract.model import Contract, FieldInfo, StreamInfo
from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["changes"]

#: Of the frame: what is the same for the whole term, and how it is called.
_FRAME = {
    "zone": ("timezone", "the time zone"),
    "currency": ("currency", "the currency"),
    "week_starts": ("week_starts", "when weeks begin"),
    "month_starts": ("month_starts", "when months begin"),
    "year_starts": ("year_starts", "when years begin"),
    "rounding": ("rounding", "the rounding"),
    "rounding_to": ("rounding", "the rounding"),
}

#: Of a stream: what its rows are read by.
_STREAM = {
    "event": "the time of its rows",
    "spans": "its spans",
    "key": "its key",
}
_CLAUSES = {
    "sequence": "its sequence",
    "recorded": "when its rows are recorded",
    "timezone": "its time zone",
    "ambiguous": "what a local time that occurs twice means",
}


def changes(contract: Contract) -> tuple[Diagnostic, ...]:
    """Findings for what differs between the states of the terms, and can't."""
    found: dict[Diagnostic, None] = {}
    streams: dict[str, StreamInfo] = {}
    for state in contract.stages.values():
        found |= dict.fromkeys(_frame(contract, state))
        found |= dict.fromkeys(_services(contract, state))
        for name, info in state.streams.items():
            if isinstance(info.node, n.Stream):
                first = streams.setdefault(name, info)
                if first is not info:
                    found |= dict.fromkeys(_stream(first, info))
                    streams[name] = first.but(fields={**info.fields, **first.fields})
    return tuple(found)


def _frame(first: Contract, state: Contract) -> Iterator[Diagnostic]:
    one, other = first.agreement, state.agreement
    for name, (clause, what) in _FRAME.items():
        if getattr(one, name) != getattr(other, name):
            yield _refused(what, _where(other.node, clause), _where(one.node, clause))
    if one.node.late != other.node.late:
        where = _where(other.node, "late"), _where(one.node, "late")
        yield _refused("for how long late data is accepted", *where)
    ours, theirs = one.node.term, other.node.term
    if ours is not None and theirs is not None and ours.start.text != theirs.start.text:
        yield _refused("when the term begins", theirs.start.span, ours.start.span)


def _services(first: Contract, state: Contract) -> Iterator[Diagnostic]:
    """The groups that a service names exist over the whole term."""
    for name, service in state.services.items():
        if first.services.get(name) != service:
            known = first.services.get(name)
            where = first.agreement.node.name.span if known is None else known.span
            yield _refused(f"the service `{name}`", service.name.span, where)


def _where(node: n.Agreement, clause: str) -> Span:
    found = getattr(node, clause)
    return found.span if isinstance(found, n.Node) else node.name.span


def _stream(first: StreamInfo, info: StreamInfo) -> Iterator[Diagnostic]:
    one, other = first.node, info.node
    assert isinstance(other, n.Stream)
    if not isinstance(one, n.Stream):
        return
    for name, what in _STREAM.items():
        if getattr(first, name) != getattr(info, name):
            yield _refused(f"of `{info.name}` {what}", other.name.span, one.name.span)
    for name, what in _CLAUSES.items():
        if getattr(one, name) != getattr(other, name):
            yield _refused(f"of `{info.name}` {what}", other.name.span, one.name.span)
    for field in info.fields.values():
        known = first.fields.get(field.name)
        if known is not None and _read(known) != _read(field):
            assert field.node is not None
            assert known.node is not None
            what = f"how `{info.name}.{field.name}` is read"
            yield _refused(what, field.node.span, known.node.span)


def _read(field: FieldInfo) -> tuple[object, ...]:
    """What decides how a field is read; its values and whether it may be missing may change."""
    type_ = field.type
    return type_.kind, type_.unit, field.unit, field.computed, field.negative_as_zero


def _refused(what: str, where: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "SLA608",
        f"an amendment changes {what}",
        Label(where, "which holds for the whole term"),
        (Label(first, "as it was first agreed"),),
        help="give what changes a name of its own, or write an agreement for the time from then on",
    )
