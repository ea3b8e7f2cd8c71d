"""Outages: from typed syntax to what fails, for how long, and from when it counts."""

from __future__ import annotations

from collections.abc import Iterator

from sladsl.contract.model import Contract, OutageInfo
from sladsl.plan import model as p
from sladsl.plan.matching import same_named
from sladsl.plan.rows import NotYet, Rows
from sladsl.plan.unsupported import refuse
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["outage_plan"]


def outage_plan(contract: Contract, rows: Rows, name: str) -> p.OutagePlan:
    """The plan of one outage. Raises `NotYet`."""
    info = contract.outages[name]
    node = info.node
    for what, place in _refused(node):
        raise NotYet(refuse(what, place))
    assert node.samples is not None
    stream = contract.streams[info.stream]
    expected = None
    if isinstance(stream.node, n.Stream) and stream.node.expected is not None:
        expected = _ns(stream.node.expected)
    hold = None
    if node.holds is None:
        hold = None if expected is None else expected * 3 // 2
    elif node.holds.at_most is not None:
        hold = _ns(node.holds.at_most)
    where = node.samples.where
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
    )


def _refused(node: n.Outage) -> Iterator[tuple[str, Span]]:
    """The clauses that can't be evaluated yet."""
    for other in (node.spans, node.windows):
        if other is not None:
            yield "an outage that isn't made from samples", other.span
    for clause in node.at_once:
        yield "`at once for`", clause.span
    if node.measured is not None:
        yield "`measured during`", node.measured.span
    if node.rounding is not None:
        yield "the length of an outage, rounded,", node.rounding.span
    if node.weighted is not None:
        yield "`weighted by`", node.weighted.span


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
