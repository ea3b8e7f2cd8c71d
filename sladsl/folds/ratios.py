"""Values of rows that needn't be whole: exact fractions of any size, compared without dividing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sladsl.folds.arithmetic import LEAST, MOST, Ints, bounds
from sladsl.folds.choices import arm_of_each, arms_of
from sladsl.folds.conditions import COMPARE, Mask, Truth, both, undecided
from sladsl.plan import model as p
from sladsl.plan.parts import operands
from sladsl.records import Record
from sladsl.streams.model import Batch

if TYPE_CHECKING:
    from sladsl.folds.expressions import Rows

__all__ = ["Ratio", "against", "fractional", "ratio"]


class Ratio(Record):
    """n fractions: integers over positive ones; which are present (None: all); which still grow."""

    above: Ints
    below: Ints
    valid: Mask | None = None
    growing: Mask | None = None


def fractional(expr: p.RowExpr) -> bool:
    """Whether the value of an expression may be a fraction, or wider than 64 bits."""
    match expr:
        case p.Related(function=function):
            return function in ("sum", "mean")
        case p.Arith() | p.Coalesce() | p.Choose():
            return any(map(fractional, operands(expr)))
        case _:
            return False


def ratio(rows: Rows, expr: p.RowExpr, batch: Batch, *, running: bool = False) -> Ratio:
    """The value of an expression for each row, in the unit of its kind."""
    match expr:
        case p.Related(function="sum" | "mean"):
            return rows.related[expr].ratios(batch)
        case p.Arith() if fractional(expr):
            return _joined(rows, expr, batch)
        case p.Coalesce(operands=parts) if fractional(expr):
            return _first([ratio(rows, part, batch) for part in parts])
        case p.Choose() if fractional(expr):
            return _chosen(rows, expr, batch)
        case _:
            value = rows.value(expr, batch, running=running)
            whole = value.values.astype(np.int64, copy=False)
            return Ratio(whole, np.ones(batch.length, np.int64), value.valid, value.growing)


def _joined(rows: Rows, expr: p.Arith, batch: Batch) -> Ratio:
    a, b = ratio(rows, expr.left, batch), ratio(rows, expr.right, batch)
    left, right = _times(a.above, expr.left_scale), _times(b.above, expr.right_scale)
    below, valid = _times(a.below, b.below), both(a.valid, b.valid)
    if expr.operator == "*":
        return Ratio(_times(left, right), below, valid)
    left, right = _times(left, b.below), _times(right, a.below)
    return Ratio(_added(left, right, expr.operator == "+"), below, valid)


def _first(parts: Sequence[Ratio]) -> Ratio:
    """The first that is present."""
    found = parts[0]
    for part in parts[1:]:
        if found.valid is None:
            break
        valid = None if part.valid is None else found.valid | part.valid
        above = np.where(found.valid, found.above, part.above)
        found = Ratio(above, np.where(found.valid, found.below, part.below), valid)
    return found


def _chosen(rows: Rows, expr: p.Choose, batch: Batch) -> Ratio:
    which, valid = arm_of_each(expr, batch, rows.vocabulary)
    above, below = np.zeros(batch.length, np.int64), np.ones(batch.length, np.int64)
    for number, arm in enumerate(arms_of(expr)):
        mask, value = which == number, ratio(rows, arm, batch)
        above = np.where(mask, value.above, above)
        below = np.where(mask, value.below, below)
        if value.valid is not None:
            valid = both(valid, ~mask | value.valid)
    return Ratio(above, below, valid)


def against(a: Ratio, b: Ratio, operator: str, a_scale: int, b_scale: int) -> Truth:
    """A comparison, by what both sides come to over one denominator."""
    left = _times(_times(a.above, a_scale), b.below)
    right = _times(_times(b.above, b_scale), a.below)
    valid, mask = both(a.valid, b.valid), COMPARE[operator](left, right)
    if a.growing is None and b.growing is None:
        return Truth.of(mask, valid)
    return undecided(operator, left, right, a.growing, b.growing, mask, valid)


def _times(a: Ints, b: Ints | int) -> Ints:
    """Products of integers of any size: of 64 bits where all of them fit, else Python's."""
    if isinstance(b, int) and b == 1:
        return a
    corners = [x * y for x in bounds(a) for y in bounds(b)]
    fits = min(corners) >= LEAST and max(corners) <= MOST
    found: Ints
    if fits and not (isinstance(b, int) and not LEAST <= b <= MOST):
        found = np.multiply(a, b)
    else:
        found = np.multiply(np.asarray(a, object), np.asarray(b, object))
    return found


def _added(a: Ints, b: Ints, plus: bool) -> Ints:
    """Sums or differences of integers of any size."""
    (a_lo, a_hi), (b_lo, b_hi) = bounds(a), bounds(b)
    lo, hi = (a_lo + b_lo, a_hi + b_hi) if plus else (a_lo - b_hi, a_hi - b_lo)
    if lo < LEAST or hi > MOST:
        a, b = np.asarray(a, object), np.asarray(b, object)
    found: Ints = np.add(a, b) if plus else np.subtract(a, b)
    return found
