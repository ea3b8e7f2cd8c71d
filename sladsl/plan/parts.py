"""What expressions, conditions and formulas of a plan are made of."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from sladsl.plan import model as p

__all__ = [
    "ARITHMETIC",
    "aggregates_in",
    "columns_in",
    "elapsed_in",
    "excuses_in",
    "expressions_of",
    "finer",
    "fractional",
    "operands",
    "pauses_in",
    "relations_in",
    "single",
    "walk",
    "whole",
]

#: What joins two figures.
ARITHMETIC: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def operands(expr: p.RowExpr) -> tuple[p.RowExpr, ...]:
    """The expressions that an expression is directly made of."""
    match expr:
        case p.Arith(left=left, right=right) | p.Compare(left=left, right=right):
            return left, right
        case p.Quotient(left=left, right=right):
            return left, right
        case p.AllOf(operands=parts) | p.AnyOf(operands=parts) | p.Coalesce(operands=parts):
            return parts
        case p.Opposite(operand=part) | p.Present(operand=part):
            return (part,)
        case p.IsIn(operand=part, values=values):
            return part, *values
        case p.Elapsed(start=start, end=end, calendar=calendar):
            return start, end, calendar
        case p.Choose(subject=subject, arms=arms, otherwise=otherwise):
            rest = () if otherwise is None else (otherwise,)
            return subject, *(arm for _, arm in arms), *rest
        case p.Related(where=where, value=value, ours=ours):
            return ours, *(part for part in (where, value) if part is not None)
        case p.Col() | p.Const() | p.TextConst() | p.CalendarRef() | p.Baseline():
            return ()


def fractional(expr: p.RowExpr) -> bool:
    """Whether the value of an expression may be a fraction, or wider than 64 bits."""
    match expr:
        case p.Related(function=function):
            return function in ("sum", "mean")
        case p.Quotient() | p.Baseline():
            return True
        case p.Arith() | p.Coalesce() | p.Choose():
            return any(map(fractional, operands(expr)))
        case _:
            return False


def whole(expr: p.RowExpr) -> tuple[p.RowExpr, int] | None:
    """A value as whole parts of one constant number, if it is divided by nothing but constants."""
    match expr:
        case p.Quotient(left=left, right=p.Const(value=below), right_scale=scale) if below > 0:
            found = whole(left)
            if found is None:
                return None
            above, parts = found
            if expr.left_scale != 1:
                above = p.Arith("*", above, p.Const(expr.left_scale, "int"), expr.kind)
            return above, parts * below * scale
        case p.Arith(operator=operator, left=left, right=right) if fractional(expr):
            a, b = whole(left), whole(right)
            if a is None or b is None:
                return None
            if operator == "*":
                return expr.but(left=a[0], right=b[0]), a[1] * b[1]
            made = p.Arith(
                operator, a[0], b[0], expr.kind, expr.left_scale * b[1], expr.right_scale * a[1]
            )
            return made, a[1] * b[1]
        case _:
            return None if fractional(expr) else (expr, 1)


def walk(expr: p.RowExpr | None) -> Iterator[p.RowExpr]:
    """An expression and all that it is made of, from the outside in; nothing of None."""
    if expr is not None:
        yield expr
        for part in operands(expr):
            yield from walk(part)


def elapsed_in(expr: p.RowExpr | None) -> tuple[p.Elapsed, ...]:
    """The clocks that an expression asks."""
    return tuple(part for part in walk(expr) if isinstance(part, p.Elapsed))


def pauses_in(expr: p.RowExpr | None) -> tuple[p.Pause, ...]:
    """The spans of streams that stop the clocks of an expression."""
    return tuple(pause for pause in _stops(expr) if not pause.excuse)


def excuses_in(expr: p.RowExpr | None) -> tuple[p.Pause, ...]:
    """What excuses, and so stops the clocks of an expression."""
    return tuple(pause for pause in _stops(expr) if pause.excuse)


def _stops(expr: p.RowExpr | None) -> Iterator[p.Pause]:
    return (pause for elapsed in elapsed_in(expr) for pause in elapsed.pauses)


def columns_in(expr: p.RowExpr | None) -> set[str]:
    """The columns that an expression reads, the keys of its pauses among them."""
    match expr:
        case None:
            return set()
        case p.Col(name=name) | p.Related(ours=p.Col(name=name)):
            return {name}  # the rest of what relates is of other rows
        case p.Elapsed(pauses=pauses):
            found = {pause.left for pause in pauses if pause.left}
        case _:
            found = set()
    return found.union(*(columns_in(part) for part in operands(expr)))


def relations_in(expr: p.RowExpr | None) -> tuple[p.Related, ...]:
    """The figures of other rows that an expression asks for."""
    return tuple(part for part in walk(expr) if isinstance(part, p.Related))


def expressions_of(aggregate: p.RowAggregate) -> tuple[p.RowExpr, ...]:
    """The conditions and the value of an aggregate over rows."""
    parts = (aggregate.where, aggregate.good, aggregate.value)
    return tuple(part for part in parts if part is not None)


def aggregates_in(formula: p.Formula | p.Condition) -> tuple[int, ...]:
    """The plan's aggregates that a formula or condition names, in order, each once."""
    return tuple(dict.fromkeys(_indices(formula)))


def finer(
    groups: tuple[p.GroupField, ...], each: tuple[p.GroupField, ...]
) -> tuple[p.GroupField, ...]:
    """The fields of the groups that a figure over each of some more fields is taken over."""
    return tuple(dict.fromkeys((*groups, *each)))


def single(formula: p.Formula) -> p.AggregateRef | None:
    """The aggregate that a figure is, rounded or not; None where it is made of others."""
    while isinstance(formula, p.Rounded):
        formula = formula.operand
    return formula if isinstance(formula, p.AggregateRef) else None


def worked_out(
    formula: p.Formula, figures: Mapping[str, Fraction | None] = MappingProxyType({})
) -> Fraction | None:
    """A formula of numbers and baselines; None where one isn't known, or a divisor is zero."""
    match formula:
        case p.Number(value=value):
            return Fraction(*value)
        case p.BaselineRef(name=name):
            return figures.get(name)
        case p.Negate(operand=operand):
            found = worked_out(operand, figures)
            return None if found is None else -found
        case p.Operate(operands=(first, *rest), operators=operators):
            found = worked_out(first, figures)
            for word, operand in zip(operators, rest, strict=True):
                other = worked_out(operand, figures)
                if found is None or other is None or (word == "/" and other == 0):
                    return None
                found = ARITHMETIC[word](found, other)
            return found
        case _:
            return None


def _indices(formula: p.Formula | p.Condition) -> Iterator[int]:
    match formula:
        case p.AggregateRef(index=index):
            yield index
        case p.Number() | p.BaselineRef():
            return
        case p.Negate(operand=operand) | p.Rounded(operand=operand):
            yield from _indices(operand)
        case p.FigurePresent(operand=operand):
            yield from _indices(operand)
        case p.FigureNot(operand=part):
            yield from _indices(part)
        case p.Operate(operands=parts):
            for one in parts:
                yield from _indices(one)
        case p.FigureCompare(left=left, right=right):
            yield from _indices(left)
            yield from _indices(right)
        case p.FigureAll(operands=some) | p.FigureAny(operands=some):
            for each in some:
                yield from _indices(each)
