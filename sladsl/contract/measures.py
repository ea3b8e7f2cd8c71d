"""Metrics and baselines: what their aggregates read, and what they give."""

from __future__ import annotations

import re

from sladsl.contract import kinds
from sladsl.contract.aggregates import of_stream, of_values, time_outside
from sladsl.contract.expressions import combine, mismatch, negate, type_of
from sladsl.contract.formulas import formula
from sladsl.contract.functions import aggregate_named
from sladsl.contract.lookup import View
from sladsl.contract.model import MetricInfo, Type
from sladsl.contract.scope import Reads, Scope
from sladsl.contract.windows import over_each, over_windows
from sladsl.diagnostics import Label
from sladsl.syntax import nodes as n

__all__ = ["check_measures", "figure_of", "named"]


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
        case n.Moment():
            s.error(
                "SLA316", "a time in a metric", node.span, "it is the same for all periods",
                help="write a length such as `30d`",
            )  # fmt: skip
            return None
        case _:
            found = formula(s, node, reads)
    if found is not None:
        s.types.setdefault(id(node), found)
    return found


def figure_of(s: Scope, node: n.Expr) -> Type | None:
    """The type of a figure that a test expects."""
    return type_of(s, node, View(measures=False))


def _aggregate(s: Scope, node: n.Aggregate, reads: Reads) -> Type | None:
    row = aggregate_named(s, node.function)
    if isinstance(node.over, n.Windows):
        return over_windows(s, node, node.over, row, reads)
    if isinstance(node.over, n.Each):
        return over_each(s, node, node.over, row, reads)
    if node.outside is not None:
        return time_outside(s, node, node.outside, reads)
    if row is None:
        return None
    if node.function.text in ("share", "count"):
        return of_stream(s, node, reads)
    return of_values(s, node, row, reads)
