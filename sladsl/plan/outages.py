"""Outages: from typed syntax to what fails, for how long, and from when it counts."""

from __future__ import annotations

from sladsl.contract.model import Contract, Kind, OutageInfo, StreamInfo
from sladsl.contract.same_named import same_named
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.rows import Rows
from sladsl.plan.services import fields_of
from sladsl.syntax import nodes as n

__all__ = ["outage_plan"]


def outage_plan(contract: Contract, measures: Measures, name: str) -> p.OutagePlan:
    """The plan of one outage. Raises `NotYet`."""
    info = contract.outages[name]
    node = info.node
    rows = measures.rows
    found = node.samples or node.spans
    stream = contract.streams[info.stream]
    instances = {*info.each, *(part.field.text for part in node.at_once)}
    measures.exclusions.services.outside(fields_of(contract, info.stream, instances))
    expected = hold = None
    if node.samples is not None:
        expected, hold = _holding(node, stream)
    elif node.windows is not None:
        hold = 0  # a window holds as long as it lasts
    where = None if found is None else found.where
    return p.OutagePlan(
        name=name,
        stream=info.stream,
        each=info.each,
        failing=None if where is None else rows.lower(where),
        hold=hold,
        expected=expected,
        lasting=0 if node.lasting is None else _ns(node.lasting),
        missing="excluded" if node.missing is None else node.missing.text,
        notices=_notices(contract, rows, info),
        ends=None if node.spans is None or stream.spans is None else stream.spans[1],
        windows=None if node.windows is None else measures.windows(node.windows),
        at_once=tuple(_at_once(part) for part in node.at_once),
        down_outside=measures.exclusions.down_outside(info),
        rounding=None if node.rounding is None else (node.rounding.mode, _ns(node.rounding.to)),
        weight=None if node.weighted is None else _weight(node.weighted, stream),
    )


def _weight(node: n.Weighted, stream: StreamInfo) -> p.WeightPlan:
    field = stream.fields[node.field.text]
    assert field is not None
    kind = field.type.kind
    return p.WeightPlan(
        node.field.text, p.SCALE[kind], part=kind is Kind.PERCENT, adds=node.overlaps == "add up"
    )


def _at_once(node: n.AtOnce) -> p.AtOncePlan:
    least = node.at_least
    return p.AtOncePlan(node.field.text, None if least is None else int(least.value))


def _holding(node: n.Outage, stream: StreamInfo) -> tuple[int | None, int | None]:
    """How often samples are expected, and how long one holds at most (ns)."""
    expected = None
    if isinstance(stream.node, n.Stream) and stream.node.expected is not None:
        expected = _ns(stream.node.expected)
    if node.holds is None:
        return expected, None if expected is None else expected * 3 // 2
    return expected, None if node.holds.at_most is None else _ns(node.holds.at_most)


def _notices(contract: Contract, rows: Rows, info: OutageInfo) -> p.NoticesPlan | None:
    """`counted from notices.sent where ...`; None: from the onset."""
    counted = info.node.counted
    if counted is None or counted.since.text == "onset":
        return None
    stream = contract.streams[counted.since.name]
    at = counted.since.member or stream.event
    match = same_named(info.each, contract.streams[info.stream].fields, stream.fields)
    where = None if counted.where is None else rows.lower(counted.where)
    rows.streams.add(stream.name)
    return p.NoticesPlan(
        rows=p.Listing(stream.name, where, tuple(sorted({at, *match.values()}))),
        at=at,
        match=tuple(sorted(match.items())),
        grace=0 if counted.grace is None else _ns(counted.grace),
    )


def _ns(length: n.Quantity) -> int:
    return int(length.value * 10**9)
