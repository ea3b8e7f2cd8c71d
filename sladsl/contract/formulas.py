"""What expressions over metrics are, and what the metrics in them read."""

from __future__ import annotations

from sladsl.contract.expressions import type_of
from sladsl.contract.lookup import View
from sladsl.contract.model import RefKind, Type
from sladsl.contract.scope import Reads, Scope
from sladsl.syntax import nodes as n

__all__ = ["formula", "whose_reads"]


def formula(s: Scope, node: n.Expr, reads: Reads) -> Type | None:
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
