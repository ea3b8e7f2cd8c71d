"""Elapsed time of rows, on their calendars and less their pauses, alone or against limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.names import LATEST
from sladsl.folds.arithmetic import MOST, Ints, Overflow, Value
from sladsl.folds.choices import arm_of_each, arms_of
from sladsl.folds.conditions import Mask, Truth, both
from sladsl.folds.pauses import paused_time
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch, Column

if TYPE_CHECKING:
    from sladsl.folds.expressions import Rows

__all__ = ["Limits", "elapsed", "elapsed_against"]


class Limits(Record):
    """Constants that rows are compared with; which one (None: the first); which rows have one."""

    constants: tuple[int, ...]
    which: Ints | None = None
    valid: Mask | None = None


def elapsed_against(
    rows: Rows, expr: p.Elapsed, operator: str, limit: p.RowExpr, scale: int,
    batch: Batch, running: bool,
) -> Truth | None:  # fmt: skip
    """Whether elapsed time is within limits, without working out how long it is.

    None where that can't be said of this comparison.
    """
    if operator in ("==", "!=") or not isinstance(expr.calendar, p.CalendarRef):
        return None
    limits = rows.limits(limit, scale, batch)
    if limits is None:
        return None
    wanted = operator in ("<", "<=")
    less = 1 if operator in ("<", ">=") else 0  # below a limit is at most one less
    most = tuple(constant - less for constant in limits.constants)
    if min(most) < 0 or max(most) > MOST:
        return None
    a, b, factor = _instants(rows, expr, batch)
    if a.valid is not None and not bool(a.valid.all()):
        return None  # without a start there is no clock
    if b.valid is not None and int(b.raw.max(initial=0)) * factor > LATEST:
        return None  # what is said to be missing may be anything
    known = both(a.valid, limits.valid)
    clock = rows.clocks[expr.calendar.name]
    try:
        within = clock.within(a.raw, b.raw, most, limits.which, factor)
    except ValueError as error:
        raise Overflow(str(error)) from None
    valid = both(known, b.valid)
    if expr.pauses:  # what is paused only makes it shorter
        over = np.flatnonzero(~within if valid is None else ~within & valid)
        if len(over):
            length = _lengths(rows, expr, batch, over, a.values[over], b.values[over])
            within[over] = length <= _picked(most, limits.which, over)
    sure = within if wanted else ~within
    if valid is not None:
        sure &= valid
    if not running or b.valid is None:
        return Truth(sure)
    still = np.flatnonzero(~b.valid if known is None else ~b.valid & known)
    if not len(still):
        return Truth(sure)
    starts = a.values[still]
    length = _lengths(rows, expr, batch, still, starts, np.maximum(starts, rows.as_of))
    past = length > _picked(most, limits.which, still)
    maybe = sure.copy()
    if wanted:
        maybe[still] = ~past
    else:
        sure[still], maybe[still] = past, True
    return Truth(sure, maybe)


def _instants(rows: Rows, expr: p.Elapsed, batch: Batch) -> tuple[Column, Column, int]:
    """The start and the end of a clock in one unit, and how many ns that is."""
    a, b = (
        batch.columns[e.name]
        if isinstance(e, p.Col)
        else Column((value := rows.value(e, batch)).values, value.valid)
        for e in (expr.start, expr.end)
    )
    if (a.factor or 1) == (b.factor or 1):
        return a, b, a.factor or 1
    return Column(a.values, a.valid), Column(b.values, b.valid), 1


def elapsed(rows: Rows, expr: p.Elapsed, batch: Batch, running: bool) -> Value:
    """Time that has passed for each row (ns); `running`: up to now for a clock without an end."""
    start, end = rows.value(expr.start, batch), rows.value(expr.end, batch)
    growing: Mask | None = None
    starts, ends, valid = start.values, end.values, both(start.valid, end.valid)
    if running and end.valid is not None and not bool(end.valid.all()):
        growing = ~end.valid if start.valid is None else ~end.valid & start.valid
        ends = np.where(growing, np.maximum(rows.as_of, starts), ends)
        valid = start.valid
    calendar = expr.calendar
    if isinstance(calendar, p.CalendarRef):
        whole = valid is None or bool(valid.all())
        if valid is not None and not whole and not expr.pauses and bool(valid.any()):
            one = starts[int(valid.argmax())]  # no time passes for rows without an instant
            starts, ends = np.where(valid, starts, one), np.where(valid, ends, one)
            whole = True
        if whole:
            return Value(_lengths(rows, expr, batch, None, starts, ends), valid, growing)
        choices: tuple[p.RowExpr, ...] = (calendar,)
        which = None
    else:
        choices, which, known = _calendars(rows, calendar, batch)  # no subject, no clock
        valid = both(valid, known)
        growing = growing if growing is None or known is None else growing & known
    result = np.zeros(batch.length, np.int64)
    for number, choice in enumerate(choices):
        assert isinstance(choice, p.CalendarRef)
        mine = np.ones(batch.length, np.bool_) if which is None else which == number
        here = np.flatnonzero(mine if valid is None else mine & valid)
        if len(here):
            one = p.Elapsed(expr.start, expr.end, choice, expr.pauses)
            result[here] = _lengths(rows, one, batch, here, starts[here], ends[here])
    return Value(result, valid, growing)


def _calendars(
    rows: Rows, calendar: p.RowExpr, batch: Batch
) -> tuple[tuple[p.RowExpr, ...], Ints, Mask | None]:
    """The calendars that a choice comes to, or one within it; which; which rows have one."""
    if isinstance(calendar, p.CalendarRef):
        return (calendar,), np.zeros(batch.length, np.int64), None
    assert isinstance(calendar, p.Choose)
    which, known = arm_of_each(calendar, batch, rows.vocabulary)
    found: list[p.RowExpr] = []
    chosen = np.zeros(batch.length, np.int64)
    for number, arm in enumerate(arms_of(calendar)):
        mine = which == number
        inner, within, there = _calendars(rows, arm, batch)
        chosen[mine] = within[mine] + len(found)
        found += inner
        if there is not None:
            known = ~mine | there if known is None else known & (~mine | there)
    return tuple(found), chosen, known


def _lengths(
    rows: Rows, expr: p.Elapsed, batch: Batch, which: Ints | None, a: Ints, b: Ints
) -> Ints:
    """Elapsed time of some rows (None: of all) from a to b, less their pauses."""
    assert isinstance(expr.calendar, p.CalendarRef)
    a, b = a.astype(np.int64, copy=False), b.astype(np.int64, copy=False)
    if len(a) and max(int(a.max()), int(b.max())) - min(int(a.min()), int(b.min())) > MOST:
        raise Overflow("the time between two instants of a row doesn't fit 64 bits")
    clock = rows.clocks[expr.calendar.name]
    try:
        result = clock.elapsed(a, b)
    except ValueError as error:
        raise Overflow(str(error)) from None
    if expr.pauses:
        which = np.arange(batch.length) if which is None else which
        result = result - paused_time(expr.pauses, rows.pauses, batch, which, a, b, clock)
    return result


def _picked(constants: tuple[int, ...], which: Ints | None, rows: Ints) -> Ints | int:
    if which is None:
        return constants[0]
    picked: Ints = np.array(constants, np.int64)[which[rows]]
    return picked
