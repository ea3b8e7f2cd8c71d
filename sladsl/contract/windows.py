"""Figures over windows and over groups: of which rows, and how they are told apart."""

from __future__ import annotations

from sladsl.calendar.names import divides
from sladsl.contract import kinds
from sladsl.contract.aggregates import given, misuse, unfiltered
from sladsl.contract.expressions import type_of
from sladsl.contract.formulas import formula, on_figures
from sladsl.contract.functions import AggregateRow, calendar_name
from sladsl.contract.groups import group_fields
from sladsl.contract.lookup import View
from sladsl.contract.model import RefKind, Resolved, Type
from sladsl.contract.scope import Reads, Scope, listed
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["check_length_of_windows", "over_each", "over_windows", "row_stream"]


def check_length_of_windows(s: Scope, length: n.Quantity) -> None:
    """A window's length divides a day, so that windows fit the local clock."""
    s.types.setdefault(id(length), kinds.DURATION)
    nanoseconds = length.value * 10**9
    if nanoseconds.denominator != 1 or not divides(int(nanoseconds)):
        s.error(
            "SLA457", f"windows of {length.text} don't fill a day", length.span,
            help="a window's length divides an hour or a day: 1min, 5min, 30min, 6h",
        )  # fmt: skip


def row_stream(s: Scope, node: n.Expr, inner: Reads) -> str | None:
    """The one stream whose rows an expression over metrics reads, for windows of it."""
    if inner.outages or inner.windows:
        s.error(
            "SLA323", "windows are of metrics that read rows", node.span,
            "this reads outages, or windows itself", help="use metrics over the rows of a stream",
        )  # fmt: skip
        return None
    if len(inner.streams) > 1:
        s.error(
            "SLA323", f"windows over more than one stream: {listed(inner.streams)}", node.span,
            help="use metrics over the rows of one stream",
        )  # fmt: skip
        return None
    if not inner.streams:
        s.error(
            "SLA323", "windows are of metrics that read rows", node.span, "this reads none",
            help="name a metric over the rows of a stream",
        )  # fmt: skip
        return None
    return next(iter(inner.streams))


def over_windows(
    s: Scope, node: n.Aggregate, over: n.Windows, row: AggregateRow | None, reads: Reads
) -> Type | None:
    """`mean of errors over windows of 5min`, `share of windows of 5min with ...`."""
    check_length_of_windows(s, over.length)
    calendar_name(s, over.calendar)
    inner = Reads()
    if isinstance(node.subject, n.Ref) and node.subject.text == "windows":
        found = _share_of_windows(s, node, inner)
    else:
        found = _of_metric_windows(s, node, over, row, inner)
    reads.take(inner)
    reads.windows = True
    return found


def _share_of_windows(s: Scope, node: n.Aggregate, inner: Reads) -> Type | None:
    s.refs.setdefault(id(node.subject), Resolved(RefKind.WINDOWS, "windows"))
    if node.function.text != "share" or node.good is None:
        misuse(s, node, "of windows there is only a share, with a condition",
                "write `share of windows of 5min with METRIC >= ...`")  # fmt: skip
        return None
    if node.where is not None:
        misuse(s, node.where, "`share of windows` takes no `where`", "filter in the metric")
    found = on_figures(s, node.good, inner)
    if found is not None and row_stream(s, node.good, inner) is None:
        return None
    return kinds.PERCENT


def _summing_up(
    s: Scope, node: n.Aggregate, row: AggregateRow | None, what: str
) -> AggregateRow | None:
    """The aggregate, if there is one of figures over windows or groups."""
    if row is None or row.windows:
        return row
    help = nearest(node.function.text, ["mean", "min", "max"]) or "mean, min or max"
    misuse(s, node.function, f"no `{node.function.text}` over {what}", help)
    return None


def _of_metric_windows(
    s: Scope, node: n.Aggregate, over: n.Windows, row: AggregateRow | None, inner: Reads
) -> Type | None:
    unfiltered(s, node, "a measure over windows")
    row = _summing_up(s, node, row, "windows")
    found = formula(s, node.subject, inner)
    if found is not None and row_stream(s, node.subject, inner) is None:
        return None
    if over.empty is not None and found is not None:
        empty = type_of(s, over.empty, View())
        if empty is not None and kinds.join(found, empty) is None:
            s.error(
                "SLA301", f"an empty window counts as {kinds.describe(empty)}", over.empty.span,
                f"the others give {kinds.describe(found)}", help="both must be of one kind",
            )  # fmt: skip
    return None if row is None else given(s, node, row, found)


def over_each(
    s: Scope, node: n.Aggregate, over: n.Each, row: AggregateRow | None, reads: Reads
) -> Type | None:
    """`min of availability over each region`."""
    unfiltered(s, node, "a measure over groups")
    row = _summing_up(s, node, row, "groups")
    s.repeated(over.names, "the field")
    inner = Reads()
    found = formula(s, node.subject, inner)
    for name in over.names:
        for outage in inner.outages:
            each = [e.text for e in s.here.outages[outage].each]
            if name.text not in each:
                note = f"not a group of the outage `{outage}`"
                s.unknown("group", name.text, name.span, each, note)
    group_fields(s, over.names, inner.streams, "the measure")
    reads.take(inner)
    reads.windows = True
    return None if row is None else given(s, node, row, found)
