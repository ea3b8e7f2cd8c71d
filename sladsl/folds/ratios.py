"""Values of rows that needn't be whole: exact fractions of any size, compared without dividing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sladsl.folds.arithmetic import LEAST, MOST, Ints, Overflow, bounds
from sladsl.folds.choices import arm_of_each, arms_of
from sladsl.folds.conditions import COMPARE, Mask, Truth, both, undecided
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch

if TYPE_CHECKING:
    from sladsl.folds.expressions import Rows

__all__ = ["Ratio", "against", "ratio", "whole"]


class Ratio(Record):
    """n fractions: integers over positive ones; which are present (None: all); which still grow."""

    above: Ints
    below: Ints
    valid: Mask | None = None
    growing: Mask | None = None


def ratio(rows: Rows, expr: p.RowExpr, batch: Batch, *, running: bool = False) -> Ratio:
    """The value of an expression for each row, in the unit of its kind."""
    match expr:
        case p.Related(function="sum" | "mean"):
            return rows.related[expr].ratios(batch)
        case p.Const(value=number):
            return Ratio(_all(number, batch.length), _all(1, batch.length))
        case p.Quotient():
            return _divided(rows, expr, batch)
        case p.Arith():
            return _joined(rows, expr, batch)
        case p.Coalesce(operands=parts):
            return _first([ratio(rows, part, batch) for part in parts])
        case p.Choose():
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


def _divided(rows: Rows, expr: p.Quotient, batch: Batch) -> Ratio:
    a, b = ratio(rows, expr.left, batch), ratio(rows, expr.right, batch)
    above = _times(_times(a.above, expr.left_scale), b.below)
    below = _times(_times(b.above, expr.right_scale), a.below)
    sign = np.where(below < 0, -1, 1)
    valid, nought = both(a.valid, b.valid), np.asarray(below == 0, np.bool_)
    if bool(nought.any()):
        valid, below = both(valid, ~nought), np.where(nought, 1, below)
    return Ratio(_times(above, sign), _times(below, sign), valid)


def _all(number: int, count: int) -> Ints:
    """One number of any size for all rows."""
    return np.full(count, number, np.int64 if LEAST <= number <= MOST else object)


def whole(found: Ratio) -> tuple[Ints, Mask]:
    """Fractions without what is left over, in 64 bits; and which of them are whole."""
    quotient = np.asarray(found.above // found.below)
    exact = np.asarray(found.above % found.below == 0, np.bool_)
    if quotient.dtype == object:
        fits = np.array([LEAST <= x <= MOST for x in quotient], np.bool_)
        if bool((~fits if found.valid is None else ~fits & found.valid).any()):
            raise Overflow("a product of two fields of a row doesn't fit 64 bits")
        quotient = np.where(fits, quotient, 0).astype(np.int64)
    return quotient, exact if found.valid is None else exact | ~found.valid


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
