"""Figures that there may be no data for, so that it makes sense to ask whether they are missing."""

from __future__ import annotations

from sladsl.contract.model import RefKind
from sladsl.contract.scope import Scope
from sladsl.syntax import nodes as n

__all__ = ["without_data"]


def without_data(s: Scope, node: n.Expr) -> bool:
    """Whether a formula over metrics may have no figure: not so of counts and sums of rows."""
    match node:
        case n.Ref(name=name):
            found = s.refs.get(id(node))
            metric = found is not None and found.kind is RefKind.METRIC
            return metric and without_data(s, s.here.metrics[name].value)
        case n.Minus(operand=operand):
            return without_data(s, operand)
        case n.Arithmetic(operands=operands, operators=operators):
            divisors = (by for sign, by in zip(operators, operands[1:], strict=True) if sign == "/")
            return any(without_data(s, operand) for operand in operands) or any(
                not isinstance(by, n.Quantity) for by in divisors
            )
        case n.Aggregate():
            return node.function.text not in ("count", "sum") or bool(_outages(s, node))
        case _:
            return False


def _outages(s: Scope, node: n.Aggregate) -> list[str]:
    """The outages that are counted or summed up."""
    names = [node.stream.text] if node.stream is not None else []
    names += [node.subject.text] if isinstance(node.subject, n.Ref) else []
    return [name for name in names if name in s.here.outages]
