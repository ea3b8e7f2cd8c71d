"""Conditions and values of rows, evaluated for whole batches in exact integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.clocks import BusinessClock
from sladsl.folds.arithmetic import (
    Ints,
    Overflow,
    Value,
    added,
    factor_of,
    fitting,
    product,
    scaled,
)
from sladsl.folds.choices import arm_of_each, arms_of
from sladsl.folds.conditions import (
    COMPARE,
    MIRRORED,
    OPPOSITE,
    Mask,
    Truth,
    both,
    compared,
    is_one_of,
    undecided,
)
from sladsl.folds.elapsed import Limits, elapsed, elapsed_against
from sladsl.folds.pauses import Spans
from sladsl.folds.ratios import against, ratio, whole
from sladsl.plan import model as p
from sladsl.plan.parts import fractional
from sladsl.records import Record, fields
from sladsl.streams.model import Batch, Vocabulary

if TYPE_CHECKING:
    from sladsl.folds.exclusions import Excluder
    from sladsl.folds.listings import Listed
    from sladsl.folds.related import Related

__all__ = ["Rows", "columns_of"]


class Rows:
    """What rows are looked at with: texts' codes, clocks, pauses, exclusions, as-of (ns).

    Masks and values that are returned may be columns of the batch: don't write into them.
    """

    __slots__ = ("as_of", "clocks", "excluder", "listed", "pauses", "related", "vocabulary")

    def __init__(
        self,
        vocabulary: Vocabulary,
        as_of: int,
        clocks: Mapping[str, BusinessClock],
        pauses: dict[str, Spans] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.as_of = as_of
        self.clocks = clocks
        self.pauses = {} if pauses is None else pauses
        self.excluder: Excluder | None = None
        self.listed: Mapping[p.Listing, Listed] = {}
        #: figures of other rows, for each row that they belong to
        self.related: dict[p.Related, Related] = {}

    # ---- conditions ----

    def where(self, expr: p.RowExpr | None, batch: Batch) -> Mask | None:
        """Rows for which a condition is true; None where there is no condition."""
        if expr is None:
            return None
        return self._truth(expr, batch, running=False, wanted=True).sure

    holds = where

    def bits(self, expr: p.RowExpr, batch: Batch, *, running: bool) -> tuple[Mask, Mask | None]:
        """Rows for which a condition is true, and those undecided; None if there are none."""
        truth = self._truth(expr, batch, running=running, wanted=True)
        return truth.sure, truth.undecided()

    def truth(self, expr: p.RowExpr, batch: Batch, *, running: bool) -> Truth:
        """The outcomes of a condition; `running` lets clocks without an end be undecided."""
        return self._truth(expr, batch, running=running, wanted=True)

    def _truth(self, expr: p.RowExpr, batch: Batch, *, running: bool, wanted: bool) -> Truth:
        """The truth of a condition or (not `wanted`) of its opposite."""
        match expr:
            case p.AllOf(operands=operands) | p.AnyOf(operands=operands):
                every = isinstance(expr, p.AllOf) == wanted
                found = self._truth(operands[0], batch, running=running, wanted=wanted)
                for operand in operands[1:]:
                    other = self._truth(operand, batch, running=running, wanted=wanted)
                    found = found.also(other) if every else found.either(other)
                return found
            case p.Opposite(operand=operand):
                return self._truth(operand, batch, running=running, wanted=not wanted)
            case p.Present(operand=operand):
                valid = self._valid(operand, batch)
                if valid is None:
                    return Truth(np.full(batch.length, wanted))
                return Truth(valid if wanted else ~valid)
            case p.IsIn(operand=operand, values=constants):
                numbers = [self._constant(c) for c in constants]
                if isinstance(operand, p.Col):
                    column = batch.columns[operand.name]
                    found_in = is_one_of(column.raw, numbers, column.factor or 1)
                    return Truth.of(found_in if wanted else ~found_in, column.valid)
                value = self.value(operand, batch)
                found_in = is_one_of(value.values, numbers)
                return Truth.of(found_in if wanted else ~found_in, value.valid)
            case p.Compare():
                operator = expr.operator if wanted else OPPOSITE[expr.operator]
                return self._compare(expr, operator, batch, running)
            case _:
                value = self.value(expr, batch)
                values = value.values.astype(np.bool_, copy=False)
                return Truth.of(values if wanted else ~values, value.valid)

    def _whole(self, expr: p.RowExpr, batch: Batch) -> Value:
        """A fraction where a clock, say, takes none: it has to be whole in its unit."""
        found = ratio(self, expr, batch)
        values, exact = whole(found)
        if not bool(exact.all()):
            raise Overflow("a quotient isn't a whole number in its finest unit")
        return Value(values, found.valid)

    def _valid(self, expr: p.RowExpr, batch: Batch) -> Mask | None:
        if fractional(expr):
            return ratio(self, expr, batch).valid
        if isinstance(expr, p.Col):
            return batch.columns[expr.name].valid
        return self.value(expr, batch).valid

    def _compare(self, expr: p.Compare, operator: str, batch: Batch, running: bool) -> Truth:
        left, left_scale = expr.left, expr.left_scale
        right, right_scale = expr.right, expr.right_scale
        if fractional(left) or fractional(right):
            one = ratio(self, left, batch, running=running)
            two = ratio(self, right, batch, running=running)
            return against(one, two, operator, left_scale, right_scale)
        if isinstance(left, p.Const | p.TextConst) or (
            isinstance(right, p.Elapsed) and not isinstance(left, p.Elapsed)
        ):
            left, left_scale, right, right_scale = right, right_scale, left, left_scale
            operator = MIRRORED[operator]
        if isinstance(left, p.Col) and isinstance(right, p.Const | p.TextConst):
            column = batch.columns[left.name]
            factor = factor_of(column, left_scale)
            limit = self._scaled_constant(right, right_scale, batch)
            return Truth.of(compared(column.raw, operator, limit, factor), column.valid)
        if isinstance(left, p.Elapsed) and left_scale == 1:
            timed = elapsed_against(self, left, operator, right, right_scale, batch, running)
            if timed is not None:
                return timed
        a = self.value(left, batch, running=running)
        b = self.value(right, batch, running=running)
        valid = both(a.valid, b.valid)
        some, other = scaled(a.values, left_scale), scaled(b.values, right_scale)
        mask = COMPARE[operator](some, other)
        if a.growing is None and b.growing is None:
            return Truth.of(mask, valid)
        return undecided(operator, some, other, a.growing, b.growing, mask, valid)

    def limits(self, expr: p.RowExpr, scale: int, batch: Batch) -> Limits | None:
        """What is compared with, if it is a constant, or a `match` between constants."""
        if isinstance(expr, p.Const | p.TextConst):
            return Limits((self._scaled_constant(expr, scale, batch),))
        if not isinstance(expr, p.Choose):
            return None
        constants = [
            self._scaled_constant(arm, scale, batch)
            for arm in arms_of(expr)
            if isinstance(arm, p.Const)
        ]
        if len(constants) < len(arms_of(expr)):
            return None
        return Limits(tuple(constants), *arm_of_each(expr, batch, self.vocabulary))

    def _scaled_constant(self, constant: p.Const | p.TextConst, scale: int, batch: Batch) -> int:
        """A constant in another unit; one that is compared as it is may be of any size."""
        number = self._constant(constant)
        return number if scale == 1 else fitting(number * scale, batch)

    # ---- values ----

    def value(self, expr: p.RowExpr, batch: Batch, *, running: bool = False) -> Value:
        """The value of an expression for each row, in the unit of its kind."""
        if fractional(expr):
            return self._whole(expr, batch)
        match expr:
            case p.Col(name=name):
                column = batch.columns[name]
                return Value(column.values, column.valid)
            case p.TextConst(text=text):
                return Value(np.full(batch.length, self.vocabulary.code(text), np.int64))
            case p.Const():
                return Value(np.full(batch.length, fitting(self._constant(expr), batch), np.int64))
            case p.Arith():
                return self._arithmetic(expr, batch)
            case p.Coalesce(operands=operands):
                return self._coalesce(operands, batch)
            case p.Choose():
                return self._choose(expr, batch)
            case p.Elapsed():
                return elapsed(self, expr, batch, running)
            case p.Related():
                return self.related[expr].values(batch)
            case p.CalendarRef():
                raise TypeError("a calendar is not a value")
            case _:
                true = self._truth(expr, batch, running=False, wanted=True).sure
                known = true | self._truth(expr, batch, running=False, wanted=False).sure
                return Value(true, None if bool(known.all()) else known)

    def _constant(self, constant: p.Const | p.TextConst) -> int:
        if isinstance(constant, p.TextConst):
            return self.vocabulary.codes.get(constant.text, -1)
        return constant.value

    def _arithmetic(self, expr: p.Arith, batch: Batch) -> Value:
        a, a_valid = self._operand(expr.left, expr.left_scale, batch)
        b, b_valid = self._operand(expr.right, expr.right_scale, batch)
        valid = both(a_valid, b_valid)
        if isinstance(a, int) and isinstance(b, int):
            a = np.full(batch.length, a, np.int64)
        if expr.operator == "*":
            return Value(product(a, b, valid), valid)
        return Value(added(a, b, expr.operator == "+", valid), valid)

    def _operand(self, expr: p.RowExpr, scale: int, batch: Batch) -> tuple[Ints | int, Mask | None]:
        """One side of a sum or product, int64 in the joint unit; a constant stays one integer."""
        if isinstance(expr, p.Const | p.TextConst):
            return fitting(self._constant(expr) * scale, batch), None
        value = self.value(expr, batch)
        return scaled(value.values, scale).astype(np.int64, copy=False), value.valid

    def _coalesce(self, operands: tuple[p.RowExpr, ...], batch: Batch) -> Value:
        result = self.value(operands[0], batch)
        for operand in operands[1:]:
            if result.valid is None:
                break
            if isinstance(operand, p.Const | p.TextConst):
                other: Ints | int = fitting(self._constant(operand), batch)
                valid: Mask | None = None
            else:
                value = self.value(operand, batch)
                other = value.values
                valid = None if value.valid is None else result.valid | value.valid
            result = Value(np.where(result.valid, result.values, other), valid)
        return result

    def _choose(self, expr: p.Choose, batch: Batch) -> Value:
        which, valid = arm_of_each(expr, batch, self.vocabulary)
        arms = arms_of(expr)
        if all(isinstance(arm, p.Const) for arm in arms):
            constants = [
                fitting(self._constant(arm), batch) for arm in arms if isinstance(arm, p.Const)
            ]
            return Value(np.array(constants, np.int64)[which], valid)
        values = np.zeros(batch.length, np.int64)
        for number, arm in enumerate(arms):
            mask = which == number
            value = self.value(arm, batch)
            values = np.where(mask, value.values, values)
            if value.valid is not None:
                known = ~mask | value.valid
                valid = known if valid is None else valid & known
        return Value(values, None if valid is None or bool(valid.all()) else valid)


def columns_of(expr: object) -> set[str]:
    """The columns that an expression reads; none of None."""
    if isinstance(expr, p.Col):
        return {expr.name}
    if isinstance(expr, p.Related):
        return {expr.ours.name}  # the rest is of other rows
    found: set[str] = set()
    todo = list(expr) if isinstance(expr, tuple) else []
    if isinstance(expr, Record):
        todo += [getattr(expr, name) for name in fields(expr)]
    for part in todo:
        found |= columns_of(part)
    return found
