"""Formulas over the cells of aggregates, in fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from sladsl.folds.model import Cell
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p
from sladsl.plan.parts import ARITHMETIC, aggregates_in
from sladsl.records import remembered

__all__ = ["Range", "aggregates_of", "condition", "figure", "reach"]

#: The least and the most that a figure can still come to; None: there is no limit.
Range: TypeAlias = tuple[Fraction | None, Fraction | None]

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@remembered
def aggregates_of(formula: p.Formula | p.Condition) -> frozenset[int]:
    """The aggregates that a formula or condition is made of."""
    return frozenset(aggregates_in(formula))


def figure(formula: p.Formula, cell: Callable[[int], Cell]) -> Fraction | None:
    """The figure, or None where a part has no data or a divisor is zero."""
    match formula:
        case p.AggregateRef(index=index):
            return cell(index).value
        case p.Number(value=value):
            return Fraction(*value)
        case p.BaselineRef():
            return None
        case p.Negate(operand=operand):
            value_ = figure(operand, cell)
            return None if value_ is None else -value_
        case p.Rounded(operand=operand, mode=mode, to=to):
            exact = figure(operand, cell)
            return None if exact is None else rounded(exact, mode, Fraction(*to))
        case p.Operate(operands=operands, operators=operators):
            result = figure(operands[0], cell)
            for word, operand in zip(operators, operands[1:], strict=True):
                right = figure(operand, cell)
                if result is None or right is None or (word == "/" and right == 0):
                    return None
                result = ARITHMETIC[word](result, right)
            return result


def reach(formula: p.Formula, limits: Callable[[int], Range]) -> Range:
    """What a figure can still come to, where its aggregates can come to what `limits` says."""
    match formula:
        case p.AggregateRef(index=index):
            return limits(index)
        case p.Number(value=value):
            return Fraction(*value), Fraction(*value)
        case p.BaselineRef():
            return None, None
        case p.Negate(operand=operand):
            return _times(reach(operand, limits), Fraction(-1))
        case p.Rounded(operand=operand, mode=mode, to=to):
            step = Fraction(*to)
            low, high = reach(operand, limits)
            return (
                None if low is None else rounded(low, mode, step),
                None if high is None else rounded(high, mode, step),
            )
        case p.Operate(operands=operands, operators=operators):
            result = reach(operands[0], limits)
            for word, operand in zip(operators, operands[1:], strict=True):
                result = _joined(word, result, reach(operand, limits))
            return result


def _joined(word: str, a: Range, b: Range) -> Range:
    """Products and quotients are limited only where one side is a fixed number."""
    if word == "-":
        return _joined("+", a, _times(b, Fraction(-1)))
    if word == "+":
        low, high = (None if x is None or y is None else x + y for x, y in zip(a, b, strict=True))
        return low, high
    for one, other in ((b, a), (a, b)):
        fixed = one[0] if one[0] == one[1] else None
        if fixed is not None and (word == "*" or (one is b and fixed)):
            return _times(other, fixed if word == "*" else 1 / fixed)
    return None, None


def _times(one: Range, factor: Fraction) -> Range:
    low, high = (None if x is None else x * factor for x in one)
    return (low, high) if factor >= 0 else (high, low)


def condition(expr: p.Condition, cell: Callable[[int], Cell]) -> bool | None:
    """Whether figures satisfy a condition; None where what is compared has no data."""
    match expr:
        case p.FigureCompare(operator=word, left=left, right=right):
            a, b = figure(left, cell), figure(right, cell)
            return None if a is None or b is None else _COMPARE[word](a, b)
        case p.FigurePresent(operand=formula):
            return figure(formula, cell) is not None
        case p.FigureNot(operand=operand):
            value = condition(operand, cell)
            return None if value is None else not value
        case p.FigureAll(operands=operands):
            return _all([condition(o, cell) for o in operands])
        case p.FigureAny(operands=operands):
            values = [condition(o, cell) for o in operands]
            result = _all([None if v is None else not v for v in values])
            return None if result is None else not result


def _all(values: list[bool | None]) -> bool | None:
    if any(v is False for v in values):
        return False
    return None if any(v is None for v in values) else True
