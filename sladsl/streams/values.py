"""Columns as they are in a file into columns of the stream's kinds; `convert` is the verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sladsl.streams.buffers import Strings, bits, codes_of, integers, present
from sladsl.streams.faults import LARGEST, Converted, Fault
from sladsl.streams.model import Kind, Vocabulary
from sladsl.streams.plan import FieldPlan

__all__ = ["NoZone", "WrongColumn", "convert", "distinct", "encoded", "nothing", "texts_of"]

_BOOLS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "0"), 0),
}
_DTYPES: dict[Kind, Any] = {Kind.BOOL: np.bool_, Kind.ENUM: np.int32, Kind.TEXT: np.int32}
_TICKS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_INTEGER_TYPES = {f"{u}int{n}": f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)}


class WrongColumn(Exception):
    """A column whose type the field's kind can't be read from."""


class NoZone(Exception):
    """A column of local times where no zone is named."""


def nothing(plan: FieldPlan, length: int) -> Converted:
    """A column in which every value is missing."""
    values = np.zeros(length, _DTYPES.get(plan.spec.kind, np.int64))
    found = Converted(values, np.zeros(length, np.bool_), np.zeros(length, np.int8))
    return _finished(found, plan)


def convert(array: Any, plan: FieldPlan, vocabulary: Vocabulary) -> Converted:
    """An Arrow array as the field's column, with what is wrong in it.

    A missing required value and a negative duration are faults. Raises `WrongColumn`,
    `NoZone`.
    """
    return _finished(_converted(array, plan, vocabulary), plan)


def _finished(found: Converted, plan: FieldPlan) -> Converted:
    found = found.settle()
    if plan.spec.kind is Kind.DURATION and len(found.values) and found.values.min() < 0:
        negative = found.values < 0
        found.values = np.where(negative, 0, found.values)
        if not plan.spec.negative_as_zero:
            found.fault[negative] = Fault.NEGATIVE
    if not plan.spec.optional:
        found.fault[~found.valid & (found.fault == 0)] = Fault.MISSING
    return found.settle()


def _converted(array: Any, plan: FieldPlan, vocabulary: Vocabulary) -> Converted:
    kind = array.type
    if pa.types.is_dictionary(kind):
        codes_of(array.indices, len(array.dictionary))
        if len(array.dictionary) > len(array):
            return _converted(array.cast(kind.value_type), plan, vocabulary)
        inner = _converted(array.dictionary, plan, vocabulary)
        return _taken(inner, array.indices, plan)
    if pa.types.is_null(kind):
        values = np.zeros(len(array), _DTYPES.get(plan.spec.kind, np.int64))
        return Converted(values, np.zeros(len(array), np.bool_), np.zeros(len(array), np.int8))
    if _is_text(kind):
        return _from_texts(array, plan, vocabulary)
    if plan.spec.kind in (Kind.TEXT, Kind.ENUM) or plan.mapped:
        nameable = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
        if not nameable and not (plan.mapped and pa.types.is_floating(kind)):
            raise WrongColumn(str(kind))
        return _from_texts(texts_of(array), plan, vocabulary)
    found = _typed(array, plan)
    here = present(array)
    if plan.missing:
        here = here & ~_marked(array, plan)
    found.fault = np.where(here, found.fault, Fault.NONE).astype(np.int8)
    found.valid = here
    return found


def _is_text(kind: Any) -> bool:
    t = pa.types
    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def texts_of(array: Any) -> Any:
    """The values of an array as texts. Raises `WrongColumn` for nested and binary types."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        codes_of(array.indices, len(array.dictionary))
        return texts_of(array.cast(kind.value_type))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise WrongColumn(str(kind))
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise WrongColumn(str(kind)) from None


def _taken(inner: Converted, indices: Any, plan: FieldPlan) -> Converted:
    here = present(indices)
    if not len(inner.values):
        values = np.zeros(len(indices), inner.values.dtype)
        return Converted(values, np.zeros(len(indices), np.bool_), np.zeros(len(indices), np.int8))
    found = inner.take(np.where(here, integers(indices, str(indices.type)), 0))
    found.valid = found.valid & here
    found.fault = np.where(here, found.fault, Fault.NONE).astype(np.int8)
    return found


def _marked(array: Any, plan: FieldPlan) -> NDArray[np.bool_]:
    """Which typed values one of the source's marks for missing values stands for."""
    if pa.types.is_floating(array.type):
        values = _floats(array)
        marks = np.array([m for m in map(_float, plan.missing) if m is not None], np.float64)
        found = np.isin(values.astype(np.float64), marks)
        return found | np.isnan(values) if np.isnan(marks).any() else found
    try:
        texts = texts_of(array)
    except WrongColumn:
        return np.zeros(len(array), np.bool_)
    return _among(texts, plan.missing)


def _among(texts: Any, marks: frozenset[str]) -> NDArray[np.bool_]:
    if len(texts) == 0:
        return np.zeros(0, np.bool_)
    import pyarrow.compute as pc  # it takes longer to import than a small file to read

    return _bits(pc.is_in(texts, value_set=pa.array(sorted(marks), texts.type)))


def _bits(array: Any) -> NDArray[np.bool_]:
    return bits(array.buffers()[1], array.offset, len(array))


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _floats(array: Any) -> NDArray[Any]:
    width = {"halffloat": np.float16, "float": np.float32, "double": np.float64}
    return integers(array, width[str(array.type)])


def _typed(array: Any, plan: FieldPlan) -> Converted:
    """An array of a type of its own, that isn't text; nulls are left to the caller."""
    from sladsl.streams import numbers

    kind, to = array.type, plan.spec.kind
    if to is Kind.TIME:
        return _time(array, plan)
    if to is Kind.BOOL:
        return _bool(array)
    if pa.types.is_duration(kind) and to is Kind.DURATION:
        counts = np.where(present(array), integers(array, np.int64), 0)
        return numbers.scaled(counts, np.zeros(len(array), np.int64), _TICKS[kind.unit])
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not number:
        raise WrongColumn(str(kind))
    factor = plan.units(None)
    if isinstance(factor, Fault):
        faults = np.full(len(array), factor, np.int8)
        return Converted(np.zeros(len(array), np.int64), faults == 0, faults)
    here = present(array)
    if pa.types.is_floating(kind):
        values = np.where(here, _floats(array), 0).astype(_floats(array).dtype)
        return numbers.from_floats(values, factor, plan.spec.kind is Kind.INT)
    if pa.types.is_decimal(kind):
        return _decimal(array, factor)
    counts, large = _counts(array)
    found = numbers.scaled(counts, np.zeros(len(array), np.int64), factor)
    found.fault[large] = Fault.LARGE
    return found


def _counts(array: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Integers of any width as int64, and which of them are beyond it."""
    values = np.where(present(array), integers(array, str(array.type)), 0)
    large = np.zeros(len(array), np.bool_)
    if values.dtype == np.uint64:
        large = values > LARGEST
    return np.where(large, 0, values).astype(np.int64), large


def _decimal(array: Any, factor: int) -> Converted:
    from sladsl.streams import numbers

    kind = array.type
    if kind.bit_width > 128:
        out = [
            numbers.number_of(format(v, "f"), lambda _: factor) if v is not None else (0, 0)
            for v in array.to_pylist()
        ]
        values = np.array([v for v, _ in out], np.int64)
        fault = np.array([c for _, c in out], np.int8)
        return Converted(values, fault == 0, fault)
    if kind.bit_width < 128:
        array = array.cast(pa.decimal128(kind.precision, kind.scale))
    raw = np.frombuffer(array.buffers()[1], np.int64) if len(array) else np.zeros(0, np.int64)
    pairs = raw[2 * array.offset : 2 * (array.offset + len(array))]
    here = present(array)
    low, high = np.where(here, pairs[0::2], 0), np.where(here, pairs[1::2], 0)
    return numbers.from_pairs(low, high, kind.scale, factor)


def _bool(array: Any) -> Converted:
    kind = array.type
    if pa.types.is_boolean(kind):
        values = _bits(array) if len(array) else np.zeros(0, np.bool_)
        return Converted(values, np.ones(len(array), np.bool_), np.zeros(len(array), np.int8))
    if not pa.types.is_integer(kind):
        raise WrongColumn(str(kind))
    counts, _ = _counts(array)
    fault = np.where((counts == 0) | (counts == 1), Fault.NONE, Fault.NOT_A).astype(np.int8)
    return Converted(counts == 1, fault == 0, fault)


def _time(array: Any, plan: FieldPlan) -> Converted:
    from sladsl.streams import numbers, times

    kind = array.type
    if pa.types.is_integer(kind) and plan.epoch is not None:
        counts, large = _counts(array)
        found = times.from_counts(counts, plan.epoch)
        found.fault[large] = Fault.YEARS
        return found
    if pa.types.is_floating(kind) and plan.epoch is not None:
        values = np.where(present(array), _floats(array), 0).astype(_floats(array).dtype)
        found = numbers.from_floats(values, plan.epoch)
        outside = (found.fault == 0) & (times.from_counts(found.values, 1).fault != 0)
        found.fault[outside | (found.fault == Fault.LARGE)] = Fault.YEARS
        return found
    if pa.types.is_timestamp(kind):
        counts = np.where(present(array), integers(array, np.int64), 0)
        found = times.from_counts(counts, _TICKS[kind.unit])
        local = kind.tz is None
    elif pa.types.is_date(kind):
        width = np.int32 if pa.types.is_date32(kind) else np.int64
        counts = np.where(present(array), integers(array, width), 0).astype(np.int64)
        found = times.from_counts(counts, 86400 * 10**9 if width is np.int32 else 10**6)
        local = True
    else:
        raise WrongColumn(str(kind))
    if not local:
        return found
    if plan.zone is None:
        raise NoZone
    found.fault[~present(array)] = Fault.MISSING  # keeps what stands at nulls from the zone
    return times.from_local(found, plan.zone, plan.ambiguous)


def _from_texts(array: Any, plan: FieldPlan, vocabulary: Vocabulary) -> Converted:
    if plan.mapped or plan.spec.kind in _DTYPES:
        coded = encoded(array)
        return _taken(distinct(coded.dictionary, plan, vocabulary), coded.indices, plan)
    return _parsed(array, plan)


def encoded(texts: Any) -> Any:
    """`texts.dictionary_encode()`, without its import of `pyarrow.compute`, where that can be.

    The import takes as long as all of pyarrow besides, longer than most files take to be read.
    """
    try:
        from pyarrow._compute import call_function
    except ImportError:
        return texts.dictionary_encode()
    return call_function("dictionary_encode", [texts])


def distinct(array: Any, plan: FieldPlan, vocabulary: Vocabulary) -> Converted:
    """The conversion of distinct texts, one at a time, by the map of values where there is one."""
    mapped: list[str | None] = []
    fault = np.zeros(len(array), np.int8)
    named = plan.spec.kind is Kind.TEXT
    for at, text in enumerate(array.to_pylist()):
        bare = text if named else text.strip()
        to = plan.mapped.get(text, plan.mapped.get(bare))
        if to is None and (bare == "" or bare in plan.missing or text in plan.missing):
            mapped.append(None)
        elif to is None and plan.mapped and plan.otherwise != "as it is":
            fault[at] = Fault.UNMAPPED if plan.otherwise == "refuse" else Fault.NONE
            mapped.append(None)
        else:
            mapped.append(bare if to is None else to)
    if plan.spec.kind not in _DTYPES:
        found = _parsed(pa.array(mapped, pa.string()), plan)
    else:
        found = _named(mapped, plan, vocabulary)
    found.fault = np.where(fault != 0, fault, found.fault).astype(np.int8)
    return found


def _named(mapped: list[str | None], plan: FieldPlan, vocabulary: Vocabulary) -> Converted:
    """Texts, values of an enum, truth."""
    find: Callable[[str], int | None]
    kind = plan.spec.kind
    if kind is Kind.TEXT:
        find = vocabulary.code
    elif kind is Kind.ENUM:
        find = plan.indices.get
    else:
        find = _bool_of
    codes = [0 if text is None else find(text) for text in mapped]
    unknown = Fault.NOT_A if kind is Kind.BOOL else Fault.UNKNOWN
    fault = np.array([unknown if c is None else Fault.NONE for c in codes], np.int8)
    values = np.array([c or 0 for c in codes], _DTYPES[kind])
    return Converted(values, np.array([t is not None for t in mapped], np.bool_), fault)


def _bool_of(text: str) -> int | None:
    return _BOOLS.get(text.casefold())


def _parsed(array: Any, plan: FieldPlan) -> Converted:
    """Numbers and times from texts."""
    from sladsl.streams import numbers, times

    strings = Strings.of(array)
    there = ~strings.null & (strings.lengths > 0)
    if plan.missing:
        there &= ~_among(array, plan.missing)
    rows = np.flatnonzero(there)
    if plan.spec.kind is not Kind.TIME:
        part = numbers.from_texts(strings, rows, plan.factor, plan.units)
    elif plan.epoch is not None:
        part = numbers.from_texts(strings, rows, plan.epoch, _bare(plan.epoch))
        outside = (part.fault == 0) & (times.from_counts(part.values, 1).fault != 0)
        part.fault[outside | (part.fault == Fault.LARGE)] = Fault.YEARS
    else:
        part = times.from_texts(strings, rows, plan.pattern, plan.zone, plan.ambiguous)
    values = np.zeros(len(array), np.int64)
    fault = np.zeros(len(array), np.int8)
    values[rows], fault[rows] = part.values, part.fault
    for at in np.flatnonzero(fault).tolist():
        bare = strings.text(at).strip()
        if bare == "" or bare in plan.missing:
            fault[at], there[at] = 0, False
    return Converted(values, there, fault)


def _bare(factor: int) -> Callable[[str | None], int | Fault]:
    return lambda unit: factor if unit is None else Fault.NOT_A
