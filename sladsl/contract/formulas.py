"""What expressions over metrics are, and what the metrics in them read."""

from __future__ import annotations

from sladsl.contract.expressions import condition, type_of
from sladsl.contract.lookup import View
from sladsl.contract.model import RefKind, Type
from sladsl.contract.scope import Reads, Scope
from sladsl.syntax import nodes as n

__all__ = ["formula", "on_figures", "whose_reads"]

_FIGURES = (RefKind.METRIC, RefKind.BASELINE, RefKind.PARAMETER)


def formula(s: Scope, node: n.Expr, reads: Reads) -> Type | None:
    """The type of an expression over metrics; what these read goes into `reads`."""
    found = type_of(s, node, View())
    whose_reads(s, node, reads)
    return found


def on_figures(s: Scope, node: n.Expr, reads: Reads) -> Type | None:
    """The type of a condition on metrics; what these read goes into `reads`."""
    found = condition(s, node, View())
    whose_reads(s, node, reads)
    other = None if found is None else _no_figure(s, node)
    if other is None:
        return found
    s.error(
        "SLA325", "a condition on figures asks for something else", other.span,
        "no metric, baseline or number, nor made of them by `+ - * /`",
        help="compare metrics, ask whether they are `in (...)`, `missing` or `present`",
    )  # fmt: skip
    return None


def _no_figure(s: Scope, node: n.Expr) -> n.Expr | None:
    """What a condition on figures compares, or is, that is no figure."""
    match node:
        case n.Logic(operands=operands):
            found = (_no_figure(s, operand) for operand in operands)
            return next((one for one in found if one is not None), None)
        case n.Not(operand=operand):
            return _no_figure(s, operand)
        case n.Compare(left=left, right=right):
            sides = [left, right]
        case n.Member(operand=operand, values=values):
            sides = [operand, *values]
        case n.Presence(operand=operand):
            sides = [operand]
        case _:
            return node
    return next((side for side in sides if not _is_figure(s, side)), None)


def _is_figure(s: Scope, node: n.Expr) -> bool:
    match node:
        case n.Quantity():
            return True
        case n.Ref():
            found = s.refs.get(id(node))
            return found is not None and found.kind in _FIGURES
        case n.Minus(operand=operand):
            return _is_figure(s, operand)
        case n.Arithmetic(operands=operands):
            return all(_is_figure(s, operand) for operand in operands)
        case _:
            return False


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
