"""Columns of fields as views of Arrow's buffers, where nothing in them can be wrong.

What isn't certain to be sound is left to `values.convert`, which finds out what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sladsl.calendar.names import DAY, EARLIEST, LATEST
from sladsl.streams.buffers import BeyondDictionary, bits, codes_of
from sladsl.streams.faults import LARGEST, Fault
from sladsl.streams.model import Column, Kind, Vocabulary
from sladsl.streams.plan import FieldPlan
from sladsl.streams.time_formats import ISO
from sladsl.streams.values import distinct, encoded

__all__ = ["View", "limits", "no_marks"]

_LIB: Any = pa.lib
_INTEGERS: dict[int, Any] = {
    _LIB.Type_INT8: np.int8,
    _LIB.Type_INT16: np.int16,
    _LIB.Type_INT32: np.int32,
    _LIB.Type_INT64: np.int64,
    _LIB.Type_UINT8: np.uint8,
    _LIB.Type_UINT16: np.uint16,
    _LIB.Type_UINT32: np.uint32,
    _LIB.Type_UINT64: np.uint64,
}
#: the least and greatest of the integers that are no wider than 32 bits
_WIDTHS = {
    kind: (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    for kind, dtype in _INTEGERS.items()
    if np.dtype(dtype).itemsize < 8
}
#: so many texts are worth the import of Arrow's functions
_MANY = 4096
_TICKS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_CODED = (Kind.TEXT, Kind.ENUM, Kind.BOOL)
_NUMBERS = (Kind.INT, Kind.NUMBER, Kind.PERCENT, Kind.DURATION, Kind.MONEY, Kind.SIZE)

Seen = tuple[Column, tuple[int, int] | None]
Mask = NDArray[np.bool_]


def limits(kind: Kind, factor: int) -> tuple[int, int]:
    """Counts of `factor` units of a kind that are sound from the first to the second, inclusive.

    Times of the first and last day are looked at one by one: offsets move them in or out.
    """
    if kind is Kind.TIME:
        return -(-(EARLIEST + 2 * DAY) // factor), (LATEST - 2 * DAY) // factor
    return (0 if kind is Kind.DURATION else -(LARGEST // factor)), LARGEST // factor


def no_marks(plan: FieldPlan, kind: int) -> bool:
    """Whether no value of an Arrow type can be one of the source's marks for missing values."""
    marks = plan.missing
    if not marks:
        return True
    if kind == _LIB.Type_BOOL:
        return not marks & {"true", "false"}
    return not any(c.isdigit() for mark in marks for c in mark)


class View:
    """Views of one field's columns. A view belongs to one thread: it remembers dictionaries."""

    __slots__ = ("_dictionary", "_kind", "_make", "_plan", "_same", "_table", "_valid", "_words")

    def __init__(self, plan: FieldPlan, vocabulary: Vocabulary) -> None:
        self._plan = plan
        self._words = vocabulary
        self._kind: Any = None
        self._make: Callable[[Any], Seen | None] = self._nothing
        self._dictionary: Any = None
        self._table: NDArray[Any] | None = None
        self._valid: Mask | None = None
        self._same = False

    def column(self, array: Any) -> Seen | None:
        """The field's column and its least and greatest value, if they were looked at.

        None where a value may be wrong, or isn't to be had without making it anew.
        """
        kind = array.type
        if kind is not self._kind:
            if self._kind is None or kind != self._kind:
                self._make = self._maker(kind)
            self._kind = kind
        return self._make(array)

    def _nothing(self, _: Any) -> Seen | None:
        return None

    def _maker(self, kind: Any) -> Callable[[Any], Seen | None]:
        plan, number = self._plan, kind.id
        to = plan.spec.kind
        texts = number in (_LIB.Type_STRING, _LIB.Type_LARGE_STRING)
        if number == _LIB.Type_DICTIONARY:
            inner = kind.value_type.id in (_LIB.Type_STRING, _LIB.Type_LARGE_STRING)
            return self._coded if inner and to in _CODED else self._nothing
        if texts and to in _CODED:
            return self._texts
        if texts:
            plain = to is Kind.TIME and plan.epoch is None and plan.pattern is ISO
            return self._iso if plain and not plan.mapped and not plan.missing else self._nothing
        if plan.mapped or not no_marks(plan, number):
            return self._nothing
        if number == _LIB.Type_BOOL and to is Kind.BOOL:
            return self._bools
        if number in _INTEGERS and (to in _NUMBERS or (to is Kind.TIME and plan.epoch)):
            factor = plan.epoch if to is Kind.TIME else plan.units(None)
            if factor is None or isinstance(factor, Fault):
                return self._nothing
            return self._counts(_INTEGERS[number], factor, _WIDTHS.get(number))
        if number == _LIB.Type_DURATION and to is Kind.DURATION:
            return self._counts(np.int64, _TICKS[kind.unit], None)
        if number == _LIB.Type_TIMESTAMP and to is Kind.TIME:
            factor = _TICKS[kind.unit]
            if kind.tz is None:
                return lambda array: self._local(array, factor)
            return self._counts(np.int64, factor, None)
        return self._nothing

    def _raw(self, array: Any, dtype: Any) -> tuple[NDArray[Any], Mask | None] | None:
        """Fixed-width values, 0 where there is none, and which are there (None: all)."""
        length, offset = len(array), array.offset
        found = np.frombuffer(array.buffers()[1], dtype, offset + length)[offset:]
        if array.null_count == 0:
            return found, None
        if not self._plan.spec.optional:
            return None
        valid = bits(array.buffers()[0], offset, length)
        return np.where(valid, found, found.dtype.type(0)), valid

    def _counts(
        self, dtype: Any, factor: int, width: tuple[int, int] | None
    ) -> Callable[[Any], Seen | None]:
        least, most = limits(self._plan.spec.kind, factor)
        # what the width of the integers says already
        above = width is not None and least <= width[0]
        below = width is not None and width[1] <= most
        kept = None if factor == 1 and dtype is np.int64 else factor

        def make(array: Any) -> Seen | None:
            if not len(array):
                return None
            found = self._raw(array, dtype)
            if found is None:
                return None
            raw, valid = found
            column = Column(raw, valid, kept)
            if above and below:
                return column, None
            low = least if above else int(raw.min())
            high = most if below else int(raw.max())
            if low < least or high > most:
                return None
            if above or below or valid is not None:
                return column, None
            return column, (low * factor, high * factor)

        return make

    def _local(self, array: Any, factor: int) -> Seen | None:
        """Local times, where the zone's offset doesn't change around them."""
        zone = self._plan.zone
        if zone is None or not len(array) or array.null_count:
            return None
        found = self._raw(array, np.int64)
        if found is None:
            return None
        raw, _ = found
        low, high = int(raw.min()) * factor, int(raw.max()) * factor
        if low < EARLIEST + 2 * DAY or high >= LATEST - 2 * DAY:
            return None
        _, _, offsets = zone.stretches(low - DAY, high + DAY)
        if len(offsets) != 1 or int(offsets[0]) % factor:
            return None
        offset = int(offsets[0])
        utc = raw if offset == 0 else raw - offset // factor
        kept = None if factor == 1 else factor
        return Column(utc, None, kept), (low - offset, high - offset)

    def _iso(self, array: Any) -> Seen | None:
        """Times in texts of one shape, which Arrow reads as we do."""
        length = len(array)
        if length < _MANY or array.null_count:
            return None
        from pyarrow._compute import CastOptions, call_function

        from sladsl.streams.times import alike

        large = array.type.id == _LIB.Type_LARGE_STRING
        _, where, data = array.buffers()
        dtype = np.int64 if large else np.int32
        offsets = np.frombuffer(where, dtype, array.offset + length + 1)[array.offset :]
        first, last = int(offsets[0]), int(offsets[-1])
        width = (last - first) // length
        if not width or not (np.diff(offsets) == width).all():
            return None
        shape = alike(np.frombuffer(data, np.uint8)[first:last], width)
        if shape is None:
            return None
        unit, zoned = shape
        try:
            kind = pa.timestamp(unit, "UTC" if zoned else None)
            found = call_function("cast", [array], CastOptions(kind))
        except pa.ArrowInvalid:
            return None
        if not zoned:
            return self._local(found, _TICKS[unit])
        return self._counts(np.int64, _TICKS[unit], None)(found)

    def _bools(self, array: Any) -> Seen | None:
        length = len(array)
        if not length:
            return None
        where = array.buffers()
        raw = bits(where[1], array.offset, length)
        if array.null_count == 0:
            return Column(raw), None
        if not self._plan.spec.optional:
            return None
        valid = bits(where[0], array.offset, length)
        return Column(raw & valid, valid), None

    def _texts(self, array: Any) -> Seen | None:
        return self._coded(encoded(array)) if len(array) else None

    def _coded(self, array: Any) -> Seen | None:
        """Codes of a dictionary as the run's, by a table that is made once for a dictionary."""
        dictionary = array.dictionary
        known = self._dictionary
        if known is None or len(known) != len(dictionary) or not dictionary.equals(known):
            if len(dictionary) > len(array) or not len(dictionary):
                return None
            self._learn(dictionary)
        table = self._table
        if table is None or not len(array):
            return None
        indices = array.indices
        found = self._raw(indices, _INTEGERS[indices.type.id])
        if found is None:
            return None
        codes, valid = found
        if self._same:
            raw = codes_of(indices, len(table)).astype(np.int32, copy=False)
        else:  # no sign, so that a code below 0 is beyond the table as well
            codes = codes.view(f"u{codes.dtype.itemsize}")
            try:
                raw = table.take(codes)
            except IndexError:
                raise BeyondDictionary from None
        if valid is not None:
            raw = np.where(valid, raw, raw.dtype.type(0))
        if self._valid is not None:
            here = self._valid.take(codes)
            valid = here if valid is None else here & valid
            raw = np.where(valid, raw, raw.dtype.type(0))
        return Column(raw, valid), None

    def _learn(self, dictionary: Any) -> None:
        found = distinct(dictionary, self._plan, self._words)
        self._dictionary = dictionary
        self._table = self._valid = None
        whole = bool(found.valid.all())
        if found.fault.any() or not (whole or self._plan.spec.optional):
            return  # perhaps no row has it
        self._table = found.values
        self._valid = None if whole else found.valid
        self._same = found.values.dtype == np.int32 and bool(
            (found.values == np.arange(len(found.values))).all()
        )
