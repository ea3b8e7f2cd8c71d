"""Conditions and values of rows, evaluated for whole batches in exact integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.names import LATEST
from sladsl.calendar.pauses import paused
from sladsl.folds.conditions import (
    COMPARE,
    MIRRORED,
    OPPOSITE,
    Mask,
    Truth,
    compared,
    is_one_of,
)
from sladsl.plan import model as p
from sladsl.records import Record, fields
from sladsl.streams.model import Batch, Column, Vocabulary

if TYPE_CHECKING:
    from sladsl.folds.exclusions import Excluder
    from sladsl.folds.listings import Listed

__all__ = ["Overflow", "Rows", "Spans", "Value", "columns_of"]

Ints: TypeAlias = NDArray[Any]

_LEAST, _MOST = -(2**63), 2**63 - 1
_TABLE = 1 << 16  # the widest range of keys of a `match` that is looked up in a table


class Overflow(ArithmeticError):
    """A value of a row doesn't fit 64 bits."""


class Value(Record):
    """n integers; which are present (None: all); which are lengths that still grow."""

    values: Ints
    valid: Mask | None = None
    growing: Mask | None = None


class Spans(Record):
    """The spans of a stream, by the codes of each field: what pauses a clock.

    `ends` of spans without an end are the largest integer.
    """

    keys: Mapping[str, Ints]
    present: Mapping[str, Mask]
    starts: Ints
    ends: Ints


class _Limits(Record):
    """Constants that rows are compared with; which one (None: the first); which rows have one."""

    constants: tuple[int, ...]
    which: Ints | None = None
    valid: Mask | None = None


class Rows:
    """What rows are looked at with: texts' codes, clocks, pauses, exclusions, as-of (ns).

    Masks and values that are returned may be columns of the batch: don't write into them.
    """

    __slots__ = ("as_of", "clocks", "excluder", "listed", "pauses", "vocabulary")

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

    def _valid(self, expr: p.RowExpr, batch: Batch) -> Mask | None:
        if isinstance(expr, p.Col):
            return batch.columns[expr.name].valid
        return self.value(expr, batch).valid

    def _compare(self, expr: p.Compare, operator: str, batch: Batch, running: bool) -> Truth:
        left, left_scale = expr.left, expr.left_scale
        right, right_scale = expr.right, expr.right_scale
        if isinstance(left, p.Const | p.TextConst) or (
            isinstance(right, p.Elapsed) and not isinstance(left, p.Elapsed)
        ):
            left, left_scale, right, right_scale = right, right_scale, left, left_scale
            operator = MIRRORED[operator]
        if isinstance(left, p.Col) and isinstance(right, p.Const | p.TextConst):
            column = batch.columns[left.name]
            factor = _factor(column, left_scale)
            limit = self._scaled_constant(right, right_scale, batch)
            return Truth.of(compared(column.raw, operator, limit, factor), column.valid)
        if isinstance(left, p.Elapsed) and left_scale == 1:
            timed = self._timed(left, operator, right, right_scale, batch, running)
            if timed is not None:
                return timed
        a = self.value(left, batch, running=running)
        b = self.value(right, batch, running=running)
        valid = _both(a.valid, b.valid)
        some, other = _scaled(a.values, left_scale), _scaled(b.values, right_scale)
        mask = COMPARE[operator](some, other)
        if a.growing is None and b.growing is None:
            return Truth.of(mask, valid)
        return _undecided(operator, some, other, a.growing, b.growing, mask, valid)

    def _limits(self, expr: p.RowExpr, scale: int, batch: Batch) -> _Limits | None:
        """What is compared with, if it is a constant, or a `match` between constants."""
        if isinstance(expr, p.Const | p.TextConst):
            return _Limits((self._scaled_constant(expr, scale, batch),))
        if not isinstance(expr, p.Choose):
            return None
        constants = [
            self._scaled_constant(arm, scale, batch)
            for arm in _arms(expr)
            if isinstance(arm, p.Const)
        ]
        if len(constants) < len(_arms(expr)):
            return None
        return _Limits(tuple(constants), *self._arm(expr, batch))

    def _scaled_constant(self, constant: p.Const | p.TextConst, scale: int, batch: Batch) -> int:
        """A constant in another unit; one that is compared as it is may be of any size."""
        number = self._constant(constant)
        return number if scale == 1 else _fitting(number * scale, batch)

    # ---- values ----

    def value(self, expr: p.RowExpr, batch: Batch, *, running: bool = False) -> Value:
        """The value of an expression for each row, in the unit of its kind."""
        match expr:
            case p.Col(name=name):
                column = batch.columns[name]
                return Value(column.values, column.valid)
            case p.Const() | p.TextConst():
                return Value(np.full(batch.length, _fitting(self._constant(expr), batch), np.int64))
            case p.Arith():
                return self._arithmetic(expr, batch)
            case p.Coalesce(operands=operands):
                return self._coalesce(operands, batch)
            case p.Choose():
                return self._choose(expr, batch)
            case p.Elapsed():
                return self._elapsed(expr, batch, running)
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
        valid = _both(a_valid, b_valid)
        if isinstance(a, int) and isinstance(b, int):
            a = np.full(batch.length, a, np.int64)
        if expr.operator == "*":
            return Value(_product(a, b, valid), valid)
        return Value(_sum(a, b, expr.operator == "+", valid), valid)

    def _operand(self, expr: p.RowExpr, scale: int, batch: Batch) -> tuple[Ints | int, Mask | None]:
        """One side of a sum or product, int64 in the joint unit; a constant stays one integer."""
        if isinstance(expr, p.Const | p.TextConst):
            return _fitting(self._constant(expr) * scale, batch), None
        value = self.value(expr, batch)
        return _scaled(value.values, scale).astype(np.int64, copy=False), value.valid

    def _coalesce(self, operands: tuple[p.RowExpr, ...], batch: Batch) -> Value:
        result = self.value(operands[0], batch)
        for operand in operands[1:]:
            if result.valid is None:
                break
            if isinstance(operand, p.Const | p.TextConst):
                other: Ints | int = _fitting(self._constant(operand), batch)
                valid: Mask | None = None
            else:
                value = self.value(operand, batch)
                other = value.values
                valid = None if value.valid is None else result.valid | value.valid
            result = Value(np.where(result.valid, result.values, other), valid)
        return result

    def _choose(self, expr: p.Choose, batch: Batch) -> Value:
        which, valid = self._arm(expr, batch)
        arms = _arms(expr)
        if all(isinstance(arm, p.Const) for arm in arms):
            constants = [
                _fitting(self._constant(arm), batch) for arm in arms if isinstance(arm, p.Const)
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

    def _arm(self, expr: p.Choose, batch: Batch) -> tuple[NDArray[np.intp], Mask | None]:
        """The number of each row's arm (0 where it has none), and which rows have one.

        The last number is that of `otherwise`, where there is one.
        """
        column = batch.columns[expr.subject.name]
        numbers: dict[int, int] = {}
        for number, (key, _) in enumerate(expr.arms):
            code = self.vocabulary.codes.get(key, -1) if isinstance(key, str) else key
            if code >= 0 or not isinstance(key, str):  # no row holds a text without a code
                numbers.setdefault(code, number)
        rest = -1 if expr.otherwise is None else len(expr.arms)
        lo, hi = min(numbers, default=0), max(numbers, default=0)
        if numbers and _in_order(numbers) and _between(column, hi):
            return column.raw.astype(np.intp), column.valid
        if hi - lo < _TABLE and lo > _LEAST and hi < _MOST:
            table = np.full(hi - lo + 3, rest, np.intp)
            for code, number in numbers.items():
                table[code - lo + 1] = number
            places = np.clip(column.values.astype(np.int64, copy=False), lo - 1, hi + 1)
            places -= lo - 1
            which = table[places]
        else:
            which = np.full(batch.length, rest, np.intp)
            for code, number in numbers.items():
                which[column.values == code] = number
        valid = column.valid
        if rest < 0:
            found = which >= 0
            if not bool(found.all()):
                which[~found] = 0
                valid = _both(valid, found)
        return which, valid

    # ---- clocks ----

    def _timed(
        self,
        expr: p.Elapsed,
        operator: str,
        limit: p.RowExpr,
        scale: int,
        batch: Batch,
        running: bool,
    ) -> Truth | None:
        """Whether elapsed time is within limits, without working out how long it is.

        None where that can't be said of this comparison.
        """
        if operator in ("==", "!=") or not isinstance(expr.calendar, p.CalendarRef):
            return None
        limits = self._limits(limit, scale, batch)
        if limits is None:
            return None
        wanted = operator in ("<", "<=")
        less = 1 if operator in ("<", ">=") else 0  # below a limit is at most one less
        most = tuple(constant - less for constant in limits.constants)
        if min(most) < 0 or max(most) > _MOST:
            return None
        a, b, factor = self._instants(expr, batch)
        if a.valid is not None and not bool(a.valid.all()):
            return None  # without a start there is no clock
        if b.valid is not None and int(b.raw.max(initial=0)) * factor > LATEST:
            return None  # what is said to be missing may be anything
        known = _both(a.valid, limits.valid)
        clock = self.clocks[expr.calendar.name]
        try:
            within = clock.within(a.raw, b.raw, most, limits.which, factor)
        except ValueError as error:
            raise Overflow(str(error)) from None
        valid = _both(known, b.valid)
        if expr.pauses:  # what is paused only makes it shorter
            rows = np.flatnonzero(~within if valid is None else ~within & valid)
            if len(rows):
                length = self._lengths(expr, batch, rows, a.values[rows], b.values[rows])
                within[rows] = length <= _picked(most, limits.which, rows)
        sure = within if wanted else ~within
        if valid is not None:
            sure &= valid
        if not running or b.valid is None:
            return Truth(sure)
        rows = np.flatnonzero(~b.valid if known is None else ~b.valid & known)
        if not len(rows):
            return Truth(sure)
        starts = a.values[rows]
        length = self._lengths(expr, batch, rows, starts, np.maximum(starts, self.as_of))
        past = length > _picked(most, limits.which, rows)
        maybe = sure.copy()
        if wanted:
            maybe[rows] = ~past
        else:
            sure[rows], maybe[rows] = past, True
        return Truth(sure, maybe)

    def _instants(self, expr: p.Elapsed, batch: Batch) -> tuple[Column, Column, int]:
        """The start and the end of a clock in one unit, and how many ns that is."""
        a, b = (
            batch.columns[e.name]
            if isinstance(e, p.Col)
            else Column((value := self.value(e, batch)).values, value.valid)
            for e in (expr.start, expr.end)
        )
        if (a.factor or 1) == (b.factor or 1):
            return a, b, a.factor or 1
        return Column(a.values, a.valid), Column(b.values, b.valid), 1

    def _elapsed(self, expr: p.Elapsed, batch: Batch, running: bool) -> Value:
        start, end = self.value(expr.start, batch), self.value(expr.end, batch)
        growing: Mask | None = None
        starts, ends, valid = start.values, end.values, _both(start.valid, end.valid)
        if running and end.valid is not None and not bool(end.valid.all()):
            growing = ~end.valid if start.valid is None else ~end.valid & start.valid
            ends = np.where(growing, np.maximum(self.as_of, starts), ends)
            valid = start.valid
        calendar = expr.calendar
        if isinstance(calendar, p.CalendarRef):
            whole = valid is None or bool(valid.all())
            if valid is not None and not whole and not expr.pauses and bool(valid.any()):
                one = starts[int(valid.argmax())]  # no time passes for rows without an instant
                starts, ends = np.where(valid, starts, one), np.where(valid, ends, one)
                whole = True
            if whole:
                return Value(self._lengths(expr, batch, None, starts, ends), valid, growing)
            choices: tuple[p.RowExpr, ...] = (calendar,)
            which = None
        else:
            choices, which, known = self._calendars(calendar, batch)  # no subject, no clock
            valid = _both(valid, known)
            growing = growing if growing is None or known is None else growing & known
        result = np.zeros(batch.length, np.int64)
        for number, choice in enumerate(choices):
            assert isinstance(choice, p.CalendarRef)
            mine = np.ones(batch.length, np.bool_) if which is None else which == number
            rows = np.flatnonzero(mine if valid is None else mine & valid)
            if len(rows):
                one = p.Elapsed(expr.start, expr.end, choice, expr.pauses)
                result[rows] = self._lengths(one, batch, rows, starts[rows], ends[rows])
        return Value(result, valid, growing)

    def _calendars(
        self, calendar: p.RowExpr, batch: Batch
    ) -> tuple[tuple[p.RowExpr, ...], Ints, Mask | None]:
        """The calendars that a choice comes to, or one within it; which; which rows have one."""
        if isinstance(calendar, p.CalendarRef):
            return (calendar,), np.zeros(batch.length, np.int64), None
        assert isinstance(calendar, p.Choose)
        which, known = self._arm(calendar, batch)
        found: list[p.RowExpr] = []
        chosen = np.zeros(batch.length, np.int64)
        for number, arm in enumerate(_arms(calendar)):
            mine = which == number
            inner, within, there = self._calendars(arm, batch)
            chosen[mine] = within[mine] + len(found)
            found += inner
            if there is not None:
                known = ~mine | there if known is None else known & (~mine | there)
        return tuple(found), chosen, known

    def _lengths(self, expr: p.Elapsed, batch: Batch, rows: Ints | None, a: Ints, b: Ints) -> Ints:
        """Elapsed time of some rows (None: of all) from a to b, less their pauses."""
        assert isinstance(expr.calendar, p.CalendarRef)
        a, b = a.astype(np.int64, copy=False), b.astype(np.int64, copy=False)
        if len(a) and max(int(a.max()), int(b.max())) - min(int(a.min()), int(b.min())) > _MOST:
            raise Overflow("the time between two instants of a row doesn't fit 64 bits")
        clock = self.clocks[expr.calendar.name]
        try:
            result = clock.elapsed(a, b)
        except ValueError as error:
            raise Overflow(str(error)) from None
        if expr.pauses and rows is None:
            rows = np.arange(batch.length)
        if len(expr.pauses) == 1:
            assert rows is not None
            result = result - self._paused(expr.pauses[0], batch, rows, a, b, clock)
        elif expr.pauses:
            assert rows is not None
            result = result - self._paused_by_any(expr.pauses, batch, rows, a, b, clock)
        return result

    def _paused(
        self, pause: p.Pause, batch: Batch, rows: Ints, a: Ints, b: Ints, clock: BusinessClock
    ) -> Ints:
        spans = self.pauses[pause.stream]
        keys, known = _keys(batch, pause.left, rows)
        here = spans.present[pause.right]
        found: Ints = paused(
            keys, a, b, spans.keys[pause.right][here].astype(np.int64),
            spans.starts[here], spans.ends[here], clock,
        )  # fmt: skip
        return found if known is None else np.where(known, found, 0)

    def _paused_by_any(
        self, pauses: tuple[p.Pause, ...], batch: Batch, rows: Ints,
        a: Ints, b: Ints, clock: BusinessClock,
    ) -> Ints:  # fmt: skip
        """Several streams of pauses: their union, taken for each row by its own number."""
        numbers, starts, ends = [], [], []
        for pause in pauses:
            spans = self.pauses[pause.stream]
            keys, known = _keys(batch, pause.left, rows)
            here = spans.present[pause.right]
            span_keys = spans.keys[pause.right][here]
            order = np.argsort(span_keys, kind="stable")
            span_keys = span_keys[order]
            first = np.searchsorted(span_keys, keys, side="left")
            count = np.searchsorted(span_keys, keys, side="right") - first
            if known is not None:
                count = np.where(known, count, 0)
            which = np.repeat(first, count) + _within(count)
            numbers.append(np.repeat(np.arange(len(rows)), count))
            starts.append(spans.starts[here][order][which])
            ends.append(spans.ends[here][order][which])
        own = np.arange(len(rows), dtype=np.int64)
        found: Ints = paused(
            own, a, b, np.concatenate(numbers), np.concatenate(starts), np.concatenate(ends), clock
        )
        return found


def columns_of(expr: object) -> set[str]:
    """The columns that an expression reads; none of None."""
    if isinstance(expr, p.Col):
        return {expr.name}
    found: set[str] = set()
    todo = list(expr) if isinstance(expr, tuple) else []
    if isinstance(expr, Record):
        todo += [getattr(expr, name) for name in fields(expr)]
    for part in todo:
        found |= columns_of(part)
    return found


def _within(count: Ints) -> Ints:
    """0, 1, ... for each run of the given lengths."""
    before: Ints = np.repeat(np.cumsum(count) - count, count)
    numbers: Ints = np.arange(len(before)) - before
    return numbers


def _keys(batch: Batch, name: str, rows: Ints) -> tuple[Ints, Mask | None]:
    if not name:  # what excuses all rows
        return np.zeros(len(rows), np.int64), None
    column = batch.columns[name]
    known = None if column.valid is None else column.valid[rows]
    return column.values[rows].astype(np.int64), known


def _both(a: Mask | None, b: Mask | None) -> Mask | None:
    if a is None:
        return b
    return a if b is None else a & b


def _arms(expr: p.Choose) -> tuple[p.RowExpr, ...]:
    """The arms of a `match`, `otherwise` last."""
    arms = tuple(arm for _, arm in expr.arms)
    return arms if expr.otherwise is None else (*arms, expr.otherwise)


def _in_order(numbers: Mapping[int, int]) -> bool:
    """Whether the keys of a `match` are 0, 1, 2, ..."""
    return all(code == number for code, number in numbers.items())


def _between(column: Column, most: int) -> bool:
    """Whether all raw integers are codes from 0 to `most`."""
    raw = column.raw
    if column.factor not in (None, 1) or not len(raw) or raw.dtype == np.bool_:
        return False
    return int(raw.min()) >= 0 and int(raw.max()) <= most


def _picked(constants: tuple[int, ...], which: Ints | None, rows: Ints) -> Ints | int:
    if which is None:
        return constants[0]
    picked: Ints = np.array(constants, np.int64)[which[rows]]
    return picked


def _fitting(number: int, batch: Batch) -> int:
    if _LEAST <= number <= _MOST:
        return number
    if batch.length:
        raise Overflow("a constant in the unit of a field doesn't fit 64 bits")
    return 0


def _factor(column: Column, scale: int) -> int:
    """Units of the comparison in one of a column's raw integers, all of which must fit."""
    factor = column.factor or 1
    raw = column.raw
    if scale == 1 or not len(raw) or raw.dtype == np.bool_:
        return factor * scale
    factor *= scale
    kind = np.iinfo(raw.dtype)
    for lo, hi in ((kind.min, kind.max), (raw.min(), raw.max())):
        if int(lo) * factor >= _LEAST and int(hi) * factor <= _MOST:
            return factor
    raise Overflow(_PRODUCT)


_PRODUCT = "a product of two fields of a row doesn't fit 64 bits"
_SUM = "a sum of two fields of a row doesn't fit 64 bits"


def _scaled(values: Ints, factor: int) -> Ints:
    if factor == 1:
        return values
    return _product(values.astype(np.int64, copy=False), factor, None)


def _bounds(values: Ints | int) -> tuple[int, int]:
    if isinstance(values, int):
        return values, values
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def _product(a: Ints | int, b: Ints | int, valid: Mask | None) -> Ints:
    """The products of int64 numbers, one side an array; 0 where a missing one doesn't fit."""
    corners = [x * y for x in _bounds(a) for y in _bounds(b)]
    product: Ints
    if min(corners) >= _LEAST and max(corners) <= _MOST:
        product = np.multiply(a, b)
        return product
    exact = np.multiply(np.asarray(a, object), np.asarray(b, object))
    large = np.array([not _LEAST <= x <= _MOST for x in exact], np.bool_)
    if bool((large if valid is None else large & valid).any()):
        raise Overflow(_PRODUCT)
    product = np.where(large, 0, exact).astype(np.int64)
    return product


def _sum(a: Ints | int, b: Ints | int, plus: bool, valid: Mask | None) -> Ints:
    """Sums or differences of int64 numbers, one side an array; wrapped where one is missing."""
    (a_lo, a_hi), (b_lo, b_hi) = _bounds(a), _bounds(b)
    lo, hi = (a_lo + b_lo, a_hi + b_hi) if plus else (a_lo - b_hi, a_hi - b_lo)
    result: Ints = np.add(a, b) if plus else np.subtract(a, b)
    if lo < _LEAST or hi > _MOST:
        other = b if plus else ~b
        wrapped = ((a ^ result) & (other ^ result)) < 0
        if bool((wrapped if valid is None else wrapped & valid).any()):
            raise Overflow(_SUM)
    return result


def _undecided(
    operator: str, a: Ints, b: Ints, a_grows: Mask | None, b_grows: Mask | None,
    mask: Mask, valid: Mask | None,
) -> Truth:  # fmt: skip
    """A comparison where one side, or both, are lengths that still grow."""
    sure, maybe = mask, mask
    if a_grows is not None:
        sure, maybe = _may_come(operator, a, b, a_grows, sure, maybe)
    if b_grows is not None:
        sure, maybe = _may_come(MIRRORED[operator], b, a, b_grows, sure, maybe)
    if a_grows is not None and b_grows is not None:
        both = a_grows & b_grows
        sure, maybe = sure & ~both, maybe | both
    if valid is not None:
        sure, maybe = sure & valid, maybe & valid
    return Truth(sure, maybe)


def _may_come(
    operator: str, so_far: Ints, limit: Ints, growing: Mask, sure: Mask, maybe: Mask
) -> tuple[Mask, Mask]:
    """Where `so_far` still grows, what a comparison with a limit may yet come to."""
    past = so_far >= limit if operator in ("<", ">=") else so_far > limit
    if operator in (">", ">=", "!="):
        return np.where(growing, past, sure), maybe | growing
    return sure & ~growing, np.where(growing, ~past, maybe)
