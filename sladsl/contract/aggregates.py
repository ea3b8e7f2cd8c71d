"""Aggregates: of rows, of outages, and of the time outside of them."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.expressions import condition, present, type_of
from sladsl.contract.functions import AggregateRow
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind, RefKind, Resolved, Type
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Reads, Scope
from sladsl.contract.weights import weighs_length, weighs_time
from sladsl.syntax import nodes as n

__all__ = ["given", "misuse", "of_stream", "of_values", "time_outside", "unfiltered"]


def misuse(s: Scope, node: n.Expr | n.Name, message: str, help: str) -> None:
    """Refuse what an aggregate can't be of, or can't take."""
    s.error("SLA317", message, node.span, help=help)


def unfiltered(s: Scope, node: n.Aggregate, what: str) -> None:
    """Refuse `where` and `with` where nothing is chosen by them."""
    if node.where is not None:
        misuse(s, node.where, f"{what} takes no `where`", "choose rows where they are read")
    if node.good is not None:
        misuse(s, node.good, f"{what} takes no `with`", "`with` belongs to `share of`")


def time_outside(s: Scope, node: n.Aggregate, outside: n.Name, reads: Reads) -> Type | None:
    """`share of time outside down`."""
    unfiltered(s, node, "`share of time outside`")
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
    weighs_time(s, s.here.outages[outside.text], node.of, node.span)
    return kinds.PERCENT


def _fixed(s: Scope, of: n.Length) -> None:
    """The length that failing time is held against is one and the same for every period."""
    positive(s, of, "a share")
    if of.unit not in ("s", "day", "week"):
        misuse(s, n.Name(of.unit, span=of.span), f"{of.unit}s differ in length",
                "give a number of days (of 24 hours each), or leave it out")  # fmt: skip


def of_stream(s: Scope, node: n.Aggregate, reads: Reads) -> Type | None:
    """`share of tickets with ...`, `count of tickets`, `count of down`."""
    function, subject = node.function.text, node.subject
    if node.stream is not None:
        misuse(s, node.stream, f"`{function}` is of rows, without `in`", "write it without `in`")
        return None
    if not isinstance(subject, n.Ref) or subject.member is not None:
        misuse(s, subject, f"`{function}` is of rows", f"name a stream: `{function} of ...`")
        return None
    if function == "count" and subject.name in s.here.outages:
        s.refs.setdefault(id(subject), Resolved(RefKind.OUTAGE, subject.name))
        reads.outages[subject.name] = None
        unfiltered(s, node, "a count of outages")
        return kinds.INT
    if subject.name == "time" and subject.name not in s.here.streams:
        misuse(s, node, "`share of time` says outside of what", "add `outside` and an outage")
        return None
    s.refs.setdefault(id(subject), Resolved(RefKind.STREAM, subject.name))
    known = dict.fromkeys([*s.here.streams, *(s.here.outages if function == "count" else ())])
    if not s.find("stream", n.Name(subject.name, span=subject.span), known):
        return None
    reads.streams[subject.name] = None
    fields = s.fields[subject.name]
    if function == "share" and node.good is None:
        misuse(s, node, "a share says of what kind the counted rows are", "add `with CONDITION`")
    if function == "count" and node.good is not None:
        misuse(s, node.good, "a count takes no `with`", "filter with `where`")
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


def of_values(s: Scope, node: n.Aggregate, row: AggregateRow, reads: Reads) -> Type | None:
    """`p95 of latency in requests where ...`, `mean of duration in down`."""
    function = node.function.text
    if node.stream is None:
        misuse(s, node, f"`{function}` says which rows it is of", "add `in` and a stream")
        return None
    source = node.stream.text
    if source in s.here.outages:
        unfiltered(s, node, "a measure of outages")
        reads.outages[source] = None
        weighs_length(s, s.here.outages[source], function, node.span)
        if not isinstance(node.subject, n.Ref) or node.subject.text != "duration":
            misuse(s, node.subject, "an outage has a `duration`", f"`{function} of duration in`")
            return None
        s.refs.setdefault(id(node.subject), Resolved(RefKind.DURATION, "duration", source))
        s.types.setdefault(id(node.subject), kinds.DURATION)
        return kinds.DURATION
    if not s.find("stream", node.stream, dict.fromkeys([*s.here.streams, *s.here.outages])):
        return None
    reads.streams[source] = None
    if node.good is not None:
        misuse(s, node.good, f"`{function}` takes no `with`", "filter with `where`")
    view = _filters(s, replace_good(node), View(source, s.fields[source]))
    found = type_of(s, node.subject, view)
    return given(s, node, row, found)


def replace_good(node: n.Aggregate) -> n.Aggregate:
    """The aggregate without a `with` that has been refused."""
    return node if node.good is None else node.but(good=None)


def given(s: Scope, node: n.Aggregate, row: AggregateRow, found: Type | None) -> Type | None:
    """What an aggregate gives of values of a kind that it takes."""
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
