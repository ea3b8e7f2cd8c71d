"""Metrics, baselines and their aggregates."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import rounding

__all__ = ["RULES"]


def _function(b: Builder, t: Node) -> n.Name:
    return b.name(t.children[0].children[0])


def _of_rows(b: Builder, t: Node) -> n.Aggregate:
    _, subject, stream = t.children
    return n.Aggregate(_function(b, t), b.build(subject), b.name_or_none(stream), span=b.span(t))


def _of_time(b: Builder, t: Node) -> n.Aggregate:
    _, subject, outage, of = t.children
    return n.Aggregate(
        _function(b, t), b.build(subject), outside=b.name(outage), of=b.maybe(of), span=b.span(t)
    )


def _of_windows(b: Builder, t: Node) -> n.Aggregate:
    _, word, length, calendar = t.children
    over = n.Windows(b.quantity(length), b.name_or_none(calendar), span=b.span(length))
    subject = n.Ref(str(word), span=b.span(word))
    return n.Aggregate(_function(b, t), subject, over=over, span=b.span(t))


def _over_windows(b: Builder, t: Node) -> n.Aggregate:
    _, subject, length, calendar, empty = t.children
    value = None if empty is None else b.build(empty.children[0])
    over = n.Windows(b.quantity(length), b.name_or_none(calendar), value, span=b.span(length))
    return n.Aggregate(_function(b, t), b.build(subject), over=over, span=b.span(t))


def _over_each(b: Builder, t: Node) -> n.Aggregate:
    _, subject, each = t.children
    over = n.Each(b.names(each.children), span=b.span(each))
    return n.Aggregate(_function(b, t), b.build(subject), over=over, span=b.span(t))


def _filtered(b: Builder, t: Node) -> n.Aggregate:
    head: n.Aggregate = b.build(t.children[0])
    where = good = None
    for child in t.children[1:]:
        if child is not None and child.data == "where":
            where = b.build(child.children[0])
        elif child is not None:
            good = b.build(child.children[0])
    return n.Aggregate(
        head.function, head.subject, head.stream, head.outside, head.over, where, good, head.of,
        span=b.span(t),
    )  # fmt: skip


def _of_related(b: Builder, t: Node) -> n.Related:
    _, subject, stream, where, left, _, right = t.children
    on = n.On(b.name(left), b.name(right), span=b.span(left).to(b.span(right)))
    return n.Related(
        _function(b, t), b.build(subject), b.name_or_none(stream), b.maybe(where),
        on, span=b.span(t),
    )  # fmt: skip


def _metric(b: Builder, t: Node) -> n.Metric:
    name, doc, value, rounded = t.children
    return n.Metric(b.name(name), b.text(doc), b.build(value), b.maybe(rounded), span=b.span(t))


def _baseline(b: Builder, t: Node) -> n.Baseline:
    name, doc, value, start, end, pinned = t.children
    moment = end.children[0]
    through = b.moment(moment) if end.data == "through" else None
    to = b.build(moment) if end.data == "until" else None
    return n.Baseline(
        b.name(name), b.text(doc), b.build(value), b.build(start), through, to, b.maybe(pinned),
        span=b.span(t),
    )  # fmt: skip


def _pinned(b: Builder, t: Node) -> n.Pinned:
    figure, digest = t.children
    text = b.text(digest)
    assert text is not None
    return n.Pinned(b.build(figure), text, span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "metric": _metric, "baseline": _baseline, "pinned": _pinned, "filtered": _filtered,
    "of_rows": _of_rows,
    "of_time": _of_time, "of_windows": _of_windows, "over_windows": _over_windows,
    "over_each": _over_each, "rounded": rounding, "of_related": _of_related,
}  # fmt: skip
