"""Metrics and baselines: what their aggregates read, and what they give."""

from __future__ import annotations

import re

from sladsl.calendar.names import divides
from sladsl.contract import kinds
from sladsl.contract.expressions import (
    combine,
    condition,
    mismatch,
    negate,
    present,
    type_of,
)
from sladsl.contract.functions import AggregateRow, aggregate_named, calendar_name
from sladsl.contract.groups import group_fields
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind, MetricInfo, RefKind, Resolved, Type
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Reads, Scope, listed
from sladsl.diagnostics import Label, nearest
from sladsl.syntax import nodes as n

__all__ = [
    "check_length_of_windows",
    "check_measures",
    "figure_of",
    "named",
    "row_stream",
    "whose_reads",
]


def check_measures(s: Scope) -> None:
    """Give every metric and baseline its type."""
    for name in (*s.here.metrics, *s.here.baselines):
        _measure_named(s, name)
    for baseline in s.here.baselines.values():
        if baseline.pinned is not None:
            _pinned(s, baseline, baseline.pinned)


def _pinned(s: Scope, node: n.Baseline, pinned: n.Pinned) -> None:
    """A pinned figure is one of the baseline's kind, with a digest of what it came from."""
    due, found = s.baselines.get(node.name.text), figure_of(s, pinned.figure)
    if due is not None and found is not None and not kinds.comparable(due, found):
        mismatch(s, n.Ref(node.name.text, span=pinned.figure.span), due, pinned.figure, found)
    if re.fullmatch(r"sha256:[0-9a-f]{64}", pinned.digest.value) is None:
        s.error(
            "SLA330", "not the digest of a baseline's inputs", pinned.digest.span,
            help='write it as it is shown: "sha256:" and 64 digits of 0-9 and a-f',
        )  # fmt: skip


def named(s: Scope, ref: n.Ref) -> Type | None:
    """The type of the metric or baseline that a name in an expression stands for."""
    if ref.name in s.pending:
        circle = [*s.pending[s.pending.index(ref.name) :], ref.name]
        shown = " -> ".join(f"`{name}`" for name in circle)
        nodes = [s.here.metrics.get(name) or s.here.baselines[name] for name in circle[:-1]]
        others = tuple(Label(node.name.span, "part of it") for node in nodes[1:])
        s.error(
            "SLA204", f"a metric that refers to itself: {shown}", nodes[0].name.span,
            "the circle begins here", help="a measure must end at rows", also=others,
        )  # fmt: skip
        return None
    return _measure_named(s, ref.name)


def _measure_named(s: Scope, name: str) -> Type | None:
    if name in s.metrics:
        info = s.metrics[name]
        return info.type if info else None
    if name in s.baselines and name not in s.here.metrics:
        return s.baselines[name]
    node = s.here.metrics.get(name) or s.here.baselines[name]
    reads = Reads()
    s.pending.append(name)
    found = _measure(s, node.value, reads)
    s.pending.pop()
    if found is not None and found.kind not in kinds.ORDERED:
        s.error(
            "SLA316", f"`{name}` is {kinds.describe(found)}, which can't be measured",
            node.value.span, help="a metric is a share, a count, an amount, a time or a length",
        )  # fmt: skip
        found = None
    if found is not None:
        found = found.but(optional=False)
    if isinstance(node, n.Metric) and node.rounding is not None:
        _rounded(s, node.rounding, found)
    s.reads[name] = reads
    if isinstance(node, n.Metric):
        info = None
        if found is not None:
            info = MetricInfo(name, node, found, tuple(reads.streams), tuple(reads.outages))
        s.metrics[name] = info
    else:
        s.baselines[name] = found
    return found


def _rounded(s: Scope, node: n.Rounding, found: Type | None) -> None:
    """A figure is rounded to a step of its own kind."""
    step = kinds.literal(node.to)
    if node.to.value <= 0:
        s.error(
            "SLA459", "a figure is rounded to a step above zero", node.to.span,
            help="`rounded half up to 0.1%`",
        )  # fmt: skip
    elif found is not None and kinds.join(found, step) is None:
        s.error(
            "SLA301", f"{kinds.describe(found)} is rounded to {kinds.describe(step)}",
            node.to.span, help="the step is of the figure's own kind",
        )  # fmt: skip


def _measure(s: Scope, node: n.Expr, reads: Reads) -> Type | None:
    """The type of a formula over aggregates; what it reads goes into `reads`."""
    match node:
        case n.Aggregate():
            found = _aggregate(s, node, reads)
        case n.Arithmetic():
            found = combine(s, node, [_measure(s, operand, reads) for operand in node.operands])
        case n.Minus():
            found = negate(s, node, _measure(s, node.operand, reads))
        case _:
            found = _formula(s, node, reads)
    if found is not None:
        s.types.setdefault(id(node), found)
    return found


def _formula(s: Scope, node: n.Expr, reads: Reads) -> Type | None:
    """The type of an expression over metrics; what these read goes into `reads`."""
    found = type_of(s, node, View())
    whose_reads(s, node, reads)
    return found


def whose_reads(s: Scope, node: n.Expr, reads: Reads) -> Reads:
    """What the metrics that a typed expression names read, added to `reads`."""
    for name in _metrics_in(s, node):
        reads.take(s.reads.get(name, Reads()))
    return reads


def _metrics_in(s: Scope, node: object) -> list[str]:
    """The metrics that an expression names."""
    match node:
        case n.Ref():
            found = s.refs.get(id(node))
            return [found.name] if found is not None and found.kind is RefKind.METRIC else []
        case n.Minus() | n.Not() | n.Presence() | n.Member():
            return _metrics_in(s, node.operand)
        case n.Compare():
            return [*_metrics_in(s, node.left), *_metrics_in(s, node.right)]
        case n.Arithmetic() | n.Logic() | n.Coalesce():
            return [name for operand in node.operands for name in _metrics_in(s, operand)]
        case n.Match():
            return [name for arm in node.arms for name in _metrics_in(s, arm.value)]
        case _:
            return []


def figure_of(s: Scope, node: n.Expr) -> Type | None:
    """The type of a figure that a test expects."""
    return type_of(s, node, View(measures=False))


# ---- aggregates ----------------------------------------------------------------------------


def _aggregate(s: Scope, node: n.Aggregate, reads: Reads) -> Type | None:
    row = aggregate_named(s, node.function)
    if isinstance(node.over, n.Windows):
        return _over_windows(s, node, node.over, row, reads)
    if isinstance(node.over, n.Each):
        return _over_each(s, node, node.over, row, reads)
    if node.outside is not None:
        return _time_outside(s, node, node.outside, reads)
    if row is None:
        return None
    if node.function.text in ("share", "count"):
        return _of_stream(s, node, reads)
    return _of_values(s, node, row, reads)


def _misuse(s: Scope, node: n.Expr | n.Name, message: str, help: str) -> None:
    s.error("SLA317", message, node.span, help=help)


def _unfiltered(s: Scope, node: n.Aggregate, what: str) -> None:
    """Refuse `where` and `with` where nothing is chosen by them."""
    if node.where is not None:
        _misuse(s, node.where, f"{what} takes no `where`", "choose rows where they are read")
    if node.good is not None:
        _misuse(s, node.good, f"{what} takes no `with`", "`with` belongs to `share of`")


def _time_outside(s: Scope, node: n.Aggregate, outside: n.Name, reads: Reads) -> Type | None:
    _unfiltered(s, node, "`share of time outside`")
    subject = node.subject
    if node.function.text != "share" or not isinstance(subject, n.Ref) or subject.text != "time":
        s.error(
            "SLA317", "only `share of time` has `outside`", node.span,
            help=f"write `share of time outside {outside.text}`",
        )  # fmt: skip
        return None
    s.refs.setdefault(id(subject), Resolved(RefKind.TIME, "time"))
    if not s.find("outage", outside, s.here.outages):
        return None
    if node.of is not None:
        _fixed(s, node.of)
    reads.outages[outside.text] = None
    return kinds.PERCENT


def _fixed(s: Scope, of: n.Length) -> None:
    """The length that failing time is held against is one and the same for every period."""
    positive(s, of, "a share")
    if of.unit not in ("s", "day", "week"):
        _misuse(s, n.Name(of.unit, span=of.span), f"{of.unit}s differ in length",
                "give a number of days (of 24 hours each), or leave it out")  # fmt: skip


def _of_stream(s: Scope, node: n.Aggregate, reads: Reads) -> Type | None:
    """`share of tickets with ...`, `count of tickets`, `count of down`."""
    function, subject = node.function.text, node.subject
    if node.stream is not None:
        _misuse(s, node.stream, f"`{function}` is of rows, without `in`", "write it without `in`")
        return None
    if not isinstance(subject, n.Ref) or subject.member is not None:
        _misuse(s, subject, f"`{function}` is of rows", f"name a stream: `{function} of ...`")
        return None
    if function == "count" and subject.name in s.here.outages:
        s.refs.setdefault(id(subject), Resolved(RefKind.OUTAGE, subject.name))
        reads.outages[subject.name] = None
        _unfiltered(s, node, "a count of outages")
        return kinds.INT
    if subject.name == "time" and subject.name not in s.here.streams:
        _misuse(s, node, "`share of time` says outside of what", "add `outside` and an outage")
        return None
    s.refs.setdefault(id(subject), Resolved(RefKind.STREAM, subject.name))
    known = dict.fromkeys([*s.here.streams, *(s.here.outages if function == "count" else ())])
    if not s.find("stream", n.Name(subject.name, span=subject.span), known):
        return None
    reads.streams[subject.name] = None
    fields = s.fields[subject.name]
    if function == "share" and node.good is None:
        _misuse(s, node, "a share says of what kind the counted rows are", "add `with CONDITION`")
    if function == "count" and node.good is not None:
        _misuse(s, node.good, "a count takes no `with`", "filter with `where`")
        return kinds.INT
    _filters(s, node, View(subject.name, fields))
    return kinds.PERCENT if function == "share" else kinds.INT


def _filters(s: Scope, node: n.Aggregate, view: View) -> View:
    """Check `where` and `with`; the view that holds after `where`."""
    if node.where is not None:
        condition(s, node.where, view)
        view = view.but(present=view.present | present(node.where))
    if node.good is not None:
        condition(s, node.good, view)
    return view


def _of_values(s: Scope, node: n.Aggregate, row: AggregateRow, reads: Reads) -> Type | None:
    """`p95 of latency in requests where ...`, `mean of duration in down`."""
    function = node.function.text
    if node.stream is None:
        _misuse(s, node, f"`{function}` says which rows it is of", "add `in` and a stream")
        return None
    source = node.stream.text
    if source in s.here.outages:
        _unfiltered(s, node, "a measure of outages")
        reads.outages[source] = None
        if not isinstance(node.subject, n.Ref) or node.subject.text != "duration":
            _misuse(s, node.subject, "an outage has a `duration`", f"`{function} of duration in`")
            return None
        s.refs.setdefault(id(node.subject), Resolved(RefKind.DURATION, "duration", source))
        s.types.setdefault(id(node.subject), kinds.DURATION)
        return kinds.DURATION
    if not s.find("stream", node.stream, dict.fromkeys([*s.here.streams, *s.here.outages])):
        return None
    reads.streams[source] = None
    if node.good is not None:
        _misuse(s, node.good, f"`{function}` takes no `with`", "filter with `where`")
    view = _filters(s, replace_good(node), View(source, s.fields[source]))
    found = type_of(s, node.subject, view)
    return _given(s, node, row, found)


def replace_good(node: n.Aggregate) -> n.Aggregate:
    """The aggregate without a `with` that has been refused."""
    return node if node.good is None else node.but(good=None)


def _given(s: Scope, node: n.Aggregate, row: AggregateRow, found: Type | None) -> Type | None:
    if found is None:
        return None
    if found.kind not in row.takes:
        s.error(
            "SLA316", f"no `{node.function.text}` of {kinds.describe(found)}", node.subject.span,
            help="it takes " + _accepted(row),
        )  # fmt: skip
        return None
    if isinstance(row.gives, Type):
        return row.gives
    if row.gives == "mean" and found.kind is Kind.INT:
        return kinds.NUMBER
    return found.but(optional=False)


def _accepted(row: AggregateRow) -> str:
    percentages = ", money and percentages" if Kind.PERCENT in row.takes else " and money"
    return f"numbers, durations, sizes{percentages}"


# ---- windows and groups --------------------------------------------------------------------


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


def _over_windows(
    s: Scope, node: n.Aggregate, over: n.Windows, row: AggregateRow | None, reads: Reads
) -> Type | None:
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
        _misuse(s, node, "of windows there is only a share, with a condition",
                "write `share of windows of 5min with METRIC >= ...`")  # fmt: skip
        return None
    if node.where is not None:
        _misuse(s, node.where, "`share of windows` takes no `where`", "filter in the metric")
    found = condition(s, node.good, View())
    whose_reads(s, node.good, inner)
    if found is not None and row_stream(s, node.good, inner) is None:
        return None
    return kinds.PERCENT


def _of_metric_windows(
    s: Scope, node: n.Aggregate, over: n.Windows, row: AggregateRow | None, inner: Reads
) -> Type | None:
    _unfiltered(s, node, "a measure over windows")
    if row is not None and not row.windows:
        help = nearest(node.function.text, ["mean", "min", "max"]) or "mean, min or max"
        _misuse(s, node.function, f"no `{node.function.text}` over windows", help)
        row = None
    found = _formula(s, node.subject, inner)
    if found is not None and row_stream(s, node.subject, inner) is None:
        return None
    if over.empty is not None and found is not None:
        empty = type_of(s, over.empty, View())
        if empty is not None and kinds.join(found, empty) is None:
            s.error(
                "SLA301", f"an empty window counts as {kinds.describe(empty)}", over.empty.span,
                f"the others give {kinds.describe(found)}", help="both must be of one kind",
            )  # fmt: skip
    return None if row is None else _given(s, node, row, found)


def _over_each(
    s: Scope, node: n.Aggregate, over: n.Each, row: AggregateRow | None, reads: Reads
) -> Type | None:
    _unfiltered(s, node, "a measure over groups")
    if row is not None and not row.windows:
        help = nearest(node.function.text, ["mean", "min", "max"]) or "mean, min or max"
        _misuse(s, node.function, f"no `{node.function.text}` over groups", help)
        row = None
    s.repeated(over.names, "the field")
    inner = Reads()
    found = _formula(s, node.subject, inner)
    for name in over.names:
        for outage in inner.outages:
            each = [e.text for e in s.here.outages[outage].each]
            if name.text not in each:
                note = f"not a group of the outage `{outage}`"
                s.unknown("group", name.text, name.span, each, note)
    group_fields(s, over.names, inner.streams, "the measure")
    reads.take(inner)
    reads.windows = True
    return None if row is None else _given(s, node, row, found)
