"""Columns of exact integers, each of which fits 64 bits: values of rows, sums, products."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.conditions import Mask
from sladsl.records import Record
from sladsl.streams.model import Batch, Column

__all__ = [
    "LEAST", "MOST", "Ints", "Overflow", "Value", "added", "bounds", "factor_of", "fitting",
    "product", "scaled",
]  # fmt: skip

Ints: TypeAlias = NDArray[Any]

LEAST, MOST = -(2**63), 2**63 - 1

_PRODUCT = "a product of two fields of a row doesn't fit 64 bits"
_SUM = "a sum of two fields of a row doesn't fit 64 bits"


class Overflow(ArithmeticError):
    """A value of a row doesn't fit 64 bits."""


class Value(Record):
    """n integers; which are present (None: all); which are lengths that still grow."""

    values: Ints
    valid: Mask | None = None
    growing: Mask | None = None


def fitting(number: int, batch: Batch) -> int:
    """A constant that rows of a batch are reckoned with; 0 where there are none."""
    if LEAST <= number <= MOST:
        return number
    if batch.length:
        raise Overflow("a constant in the unit of a field doesn't fit 64 bits")
    return 0


def factor_of(column: Column, scale: int) -> int:
    """Units of the comparison in one of a column's raw integers, all of which must fit."""
    factor = column.factor or 1
    raw = column.raw
    if scale == 1 or not len(raw) or raw.dtype == np.bool_:
        return factor * scale
    factor *= scale
    kind = np.iinfo(raw.dtype)
    for lo, hi in ((kind.min, kind.max), (raw.min(), raw.max())):
        if int(lo) * factor >= LEAST and int(hi) * factor <= MOST:
            return factor
    raise Overflow(_PRODUCT)


def scaled(values: Ints, factor: int) -> Ints:
    """The same numbers in a unit of which `factor` make one of theirs."""
    if factor == 1:
        return values
    return product(values.astype(np.int64, copy=False), factor, None)


def bounds(values: Ints | int) -> tuple[int, int]:
    """The least and the greatest of some numbers, 0 where there are none."""
    if isinstance(values, int):
        return values, values
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def product(a: Ints | int, b: Ints | int, valid: Mask | None) -> Ints:
    """The products of int64 numbers, one side an array; 0 where a missing one doesn't fit."""
    corners = [x * y for x in bounds(a) for y in bounds(b)]
    product: Ints
    if min(corners) >= LEAST and max(corners) <= MOST:
        product = np.multiply(a, b)
        return product
    exact = np.multiply(np.asarray(a, object), np.asarray(b, object))
    large = np.array([not LEAST <= x <= MOST for x in exact], np.bool_)
    if bool((large if valid is None else large & valid).any()):
        raise Overflow(_PRODUCT)
    product = np.where(large, 0, exact).astype(np.int64)
    return product


def added(a: Ints | int, b: Ints | int, plus: bool, valid: Mask | None) -> Ints:
    """Sums or differences of int64 numbers, one side an array; wrapped where one is missing."""
    (a_lo, a_hi), (b_lo, b_hi) = bounds(a), bounds(b)
    lo, hi = (a_lo + b_lo, a_hi + b_hi) if plus else (a_lo - b_hi, a_hi - b_lo)
    result: Ints = np.add(a, b) if plus else np.subtract(a, b)
    if lo < LEAST or hi > MOST:
        other = b if plus else ~b
        wrapped = ((a ^ result) & (other ^ result)) < 0
        if bool((wrapped if valid is None else wrapped & valid).any()):
            raise Overflow(_SUM)
    return result
