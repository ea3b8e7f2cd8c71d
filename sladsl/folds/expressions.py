"""Conditions and values of rows, evaluated for whole batches in exact integers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.pauses import paused
from sladsl.folds.conditions import Mask, Truth
from sladsl.plan import model as p
from sladsl.records import Record, fields
from sladsl.streams.model import Batch, Vocabulary

__all__ = ["Overflow", "Rows", "Spans", "Value", "columns_of"]

Ints: TypeAlias = NDArray[Any]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


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


@dataclass(slots=True)
class Rows:
    """What expressions need beside the row: texts' codes, clocks, pauses, as-of (ns)."""

    vocabulary: Vocabulary
    as_of: int
    clocks: Mapping[str, BusinessClock]
    pauses: dict[str, Spans] = field(default_factory=dict)

    # ---- conditions ----

    def holds(self, expr: p.RowExpr | None, batch: Batch) -> Mask | None:
        """Rows for which a condition is true; None where there is no condition."""
        if expr is None:
            return None
        return self.truth(expr, batch, running=False).holds()

    def truth(self, expr: p.RowExpr, batch: Batch, *, running: bool) -> Truth:
        """The outcomes of a condition; `running` lets clocks without an end be undecided."""
        match expr:
            case p.AllOf(operands=operands):
                parts = (self.truth(o, batch, running=running) for o in operands)
                return reduce(Truth.also, parts)
            case p.AnyOf(operands=operands):
                parts = (self.truth(o, batch, running=running) for o in operands)
                return reduce(Truth.either, parts)
            case p.Opposite(operand=operand):
                return self.truth(operand, batch, running=running).opposite()
            case p.Present(operand=operand):
                value = self.value(operand, batch)
                present = np.ones(batch.length, np.bool_) if value.valid is None else value.valid
                return Truth.of(present)
            case p.IsIn(operand=operand, values=constants):
                value = self.value(operand, batch)
                codes = np.array([self._constant(c) for c in constants], np.int64)
                return Truth.of(np.isin(value.values, codes), value.valid)
            case p.Compare():
                return self._compare(expr, batch, running)
            case _:
                value = self.value(expr, batch)
                return Truth.of(value.values.astype(np.bool_), value.valid)

    def _compare(self, expr: p.Compare, batch: Batch, running: bool) -> Truth:
        left = self.value(expr.left, batch, running=running)
        right = self.value(expr.right, batch, running=running)
        a = _scaled(left.values, expr.left_scale)
        b = _scaled(right.values, expr.right_scale)
        outcome = Truth.of(_COMPARE[expr.operator](a, b), _both(left.valid, right.valid))
        if left.growing is not None:
            outcome = _undecided(outcome, expr.operator, a, b, left.growing)
        if right.growing is not None:
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            operator = mirrored.get(expr.operator, expr.operator)
            outcome = _undecided(outcome, operator, b, a, right.growing)
        return outcome

    # ---- values ----

    def value(self, expr: p.RowExpr, batch: Batch, *, running: bool = False) -> Value:
        """The value of an expression for each row, in the unit of its kind."""
        match expr:
            case p.Col(name=name):
                column = batch.columns[name]
                return Value(column.values, column.valid)
            case p.Const() | p.TextConst():
                return Value(np.full(batch.length, self._constant(expr), np.int64))
            case p.Arith():
                return self._arithmetic(expr, batch)
            case p.Coalesce(operands=operands):
                return self._coalesce([self.value(o, batch) for o in operands])
            case p.Choose():
                return self._choose(expr, batch)
            case p.Elapsed():
                return self._elapsed(expr, batch, running)
            case p.CalendarRef():
                raise TypeError("a calendar is not a value")
            case _:
                truth = self.truth(expr, batch, running=False)
                return Value(truth.holds(), ~truth.missing)

    def _constant(self, constant: p.Const | p.TextConst) -> int:
        if isinstance(constant, p.TextConst):
            return self.vocabulary.codes.get(constant.text, -1)
        return constant.value

    def _arithmetic(self, expr: p.Arith, batch: Batch) -> Value:
        left, right = self.value(expr.left, batch), self.value(expr.right, batch)
        a, b = _scaled(left.values, expr.left_scale), _scaled(right.values, expr.right_scale)
        valid = _both(left.valid, right.valid)
        a, b = a.astype(np.int64), b.astype(np.int64)
        if expr.operator == "*":
            return Value(_product(a, b, valid), valid)
        result = a + b if expr.operator == "+" else a - b
        other = b if expr.operator == "+" else ~b
        wrapped = ((a ^ result) & (other ^ result)) < 0
        if bool((wrapped if valid is None else wrapped & valid).any()):
            raise Overflow("a sum of two fields of a row doesn't fit 64 bits")
        return Value(result, valid)

    def _coalesce(self, operands: list[Value]) -> Value:
        result = operands[0]
        for other in operands[1:]:
            if result.valid is None:
                break
            values = np.where(result.valid, result.values, other.values)
            valid = None if other.valid is None else result.valid | other.valid
            result = Value(values, valid)
        return result

    def _choose(self, expr: p.Choose, batch: Batch) -> Value:
        subject = batch.columns[expr.subject.name]
        values = np.zeros(batch.length, np.int64)
        valid = np.zeros(batch.length, np.bool_)
        for mask, arm in self.arms(expr, batch):
            value = self.value(arm, batch)
            values = np.where(mask, value.values, values)
            valid |= mask if value.valid is None else mask & value.valid
        if subject.valid is not None:
            valid &= subject.valid
        return Value(values, None if bool(valid.all()) else valid)

    def arms(self, expr: p.Choose, batch: Batch) -> list[tuple[Mask, p.RowExpr]]:
        """Which rows take which arm of a `match`."""
        column = batch.columns[expr.subject.name].values
        left = np.ones(batch.length, np.bool_)
        found = []
        for key, arm in expr.arms:
            code = self.vocabulary.codes.get(key, -1) if isinstance(key, str) else key
            mask = column == code
            left &= ~mask
            found.append((mask, arm))
        if expr.otherwise is not None:
            found.append((left, expr.otherwise))
        return found

    # ---- clocks ----

    def _elapsed(self, expr: p.Elapsed, batch: Batch, running: bool) -> Value:
        start, end = self.value(expr.start, batch), self.value(expr.end, batch)
        growing: Mask | None = None
        ends, valid = end.values, _both(start.valid, end.valid)
        if running and end.valid is not None and not bool(end.valid.all()):
            growing = ~end.valid if start.valid is None else ~end.valid & start.valid
            ends = np.where(growing, np.maximum(self.as_of, start.values), ends)
            valid = start.valid
        result = np.zeros(batch.length, np.int64)
        calendar = expr.calendar
        if isinstance(calendar, p.Choose):  # without its subject there is no clock
            known = batch.columns[calendar.subject.name].valid
            valid = _both(valid, known)
            growing = growing if growing is None or known is None else growing & known
        choices = (
            self.arms(calendar, batch)
            if isinstance(calendar, p.Choose)
            else [(np.ones(batch.length, np.bool_), calendar)]
        )
        for mask, choice in choices:
            assert isinstance(choice, p.CalendarRef)
            rows = np.flatnonzero(mask if valid is None else mask & valid)
            if len(rows):
                result[rows] = self._measured(expr, choice.name, batch, rows, start.values, ends)
        return Value(result, valid, growing)

    def _measured(
        self, expr: p.Elapsed, calendar: str, batch: Batch, rows: Ints, starts: Ints, ends: Ints
    ) -> Ints:
        a, b = starts[rows].astype(np.int64), ends[rows].astype(np.int64)
        clock = self.clocks[calendar]
        result = clock.elapsed(a, b)
        if len(expr.pauses) == 1:
            result = result - self._paused(expr.pauses[0], batch, rows, a, b, clock)
        elif expr.pauses:
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
    column = batch.columns[name]
    known = None if column.valid is None else column.valid[rows]
    return column.values[rows].astype(np.int64), known


def _both(a: Mask | None, b: Mask | None) -> Mask | None:
    if a is None:
        return b
    return a if b is None else a & b


def _scaled(values: Ints, factor: int) -> Ints:
    if factor == 1:
        return values
    values = values.astype(np.int64)
    return _product(values, np.full(len(values), factor, np.int64), None)


def _product(a: Ints, b: Ints, valid: Mask | None) -> Ints:
    if len(a) and int(np.abs(a).max()) * int(np.abs(b).max()) >= 2**63:
        exact = a.astype(object) * b.astype(object)
        large = np.array([not -(2**63) <= x < 2**63 for x in exact], np.bool_)
        if bool((large if valid is None else large & valid).any()):
            raise Overflow("a product of two fields of a row doesn't fit 64 bits")
        return np.where(large, 0, exact).astype(np.int64)
    return a * b


def _undecided(outcome: Truth, operator: str, so_far: Ints, limit: Ints, growing: Mask) -> Truth:
    """Where `so_far` still grows, what a comparison with a limit may yet come to."""
    match operator:
        case "<=" | "==":
            past = so_far > limit
        case "<":
            past = so_far >= limit
        case ">":
            past = so_far > limit
        case ">=":
            past = so_far >= limit
        case _:
            past = so_far > limit
    ends_true = operator in (">", ">=", "!=")
    sure = growing & past
    unsure = growing & ~past & ~outcome.missing
    true = np.where(sure, ends_true, outcome.true) | unsure
    false = np.where(sure, not ends_true, outcome.false) | unsure
    return Truth(true.astype(np.bool_), false.astype(np.bool_), outcome.missing)
