"""Rows that are given rather than read: single ones, and series that differ in their time alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams.model import FieldSpec, Kind, StreamSpec
from sladsl.streams.sources import FieldSource, SourceSpec

__all__ = ["Series", "source_of"]

#: A value in the integer unit of its kind, a text, or the text of an enum's value.
Value: TypeAlias = int | str

#: Decimals of the kinds that Arrow's whole numbers and lengths of time don't hold as they are.
_DECIMALS = {Kind.NUMBER: 6, Kind.MONEY: 6, Kind.PERCENT: 9}
#: What a whole number of such a column is a number of.
_UNITS = {Kind.PERCENT: "1", Kind.SIZE: "B"}


class Series(Record):
    """Rows at `start`, `start + every`, ... before `stop` (ns), alike but for that time.

    Without `every` there is one row, which is at `start`. `values` are the other fields' that
    are present.
    """

    start: int
    stop: int = 0
    every: int | None = None
    values: Mapping[str, Value] = {}

    @property
    def count(self) -> int:
        """How many rows there are."""
        if self.every is None:
            return 1
        return max(0, -((self.start - self.stop) // self.every))

    @property
    def last(self) -> int:
        """The time of the last row (of the first, where there is none)."""
        return self.start + (self.every or 0) * max(0, self.count - 1)

    def times(self) -> NDArray[np.int64]:
        """The times of the rows."""
        count = self.count
        step = self.every if self.every is not None and count > 1 else 0  # else it may be any
        return self.start + step * np.arange(count, dtype=np.int64)


def source_of(
    stream: StreamSpec, event: str, key: Sequence[str], series: Sequence[Series], place: Place
) -> SourceSpec:
    """The rows of some series as a source of a stream.

    A row replaces those of earlier series that agree with it in all fields of `key`; without
    a key none is replaced. Rows that can't be used are reported at `place`.
    """
    times = [one.times() for one in series]
    if key:
        times = _remaining(event, key, series, times)
    counts = np.array([len(part) for part in times], np.int64)
    columns = [
        _times(np.concatenate([np.zeros(0, np.int64), *times]))
        if field.name == event
        else _column(field, [one.values.get(field.name) for one in series], counts)
        for field in stream.fields
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=[f.name for f in stream.fields])
    units = {f.name: unit for f in stream.fields if (unit := _UNITS.get(f.kind)) is not None}
    return SourceSpec(
        stream.name,
        place.place,
        format="arrow",
        fields={name: FieldSource((name,), unit=unit) for name, unit in units.items()},
        place=place,
        held=(batch,),
    )


def _remaining(
    event: str, key: Sequence[str], series: Sequence[Series], times: Sequence[NDArray[np.int64]]
) -> list[NDArray[np.int64]]:
    """The times of each series that no later one replaces."""
    alike: dict[tuple[Value | None, ...], list[int]] = {}
    for number, one in enumerate(series):
        rest = tuple(one.values.get(field) for field in key if field != event)
        alike.setdefault(rest, []).append(number)
    kept = list(times)
    for numbers in alike.values():
        if len(numbers) == 1:
            continue
        if event not in key:
            for number in numbers[:-1]:
                kept[number] = times[number][:0]
            continue
        parts = [times[number] for number in numbers]
        joined = np.concatenate(parts)
        order = np.argsort(joined, kind="stable")  # of equal times the later series comes last
        ordered = joined[order]
        stays = np.ones(len(joined), np.bool_)
        stays[order[:-1]] = ordered[:-1] != ordered[1:]
        cuts = np.cumsum([len(part) for part in parts])[:-1]
        halves = zip(np.split(joined, cuts), np.split(stays, cuts), strict=True)
        for number, (part, stay) in zip(numbers, halves, strict=True):
            kept[number] = part[stay]
    return kept


def _times(times: NDArray[np.int64]) -> Any:
    return pa.array(times).view(pa.timestamp("ns", tz="UTC"))


def _column(field: FieldSpec, values: Sequence[Value | None], counts: NDArray[np.int64]) -> Any:
    """The column of a field from the value in each series."""
    absent = np.repeat(np.array([value is None for value in values], np.bool_), counts)
    if field.kind in (Kind.TEXT, Kind.ENUM):
        texts = sorted({value for value in values if isinstance(value, str)})
        codes = {text: code for code, text in enumerate(texts)}
        indices = np.array([codes.get(str(value), 0) for value in values], np.int32)
        coded = pa.array(np.repeat(indices, counts), mask=absent)
        return pa.DictionaryArray.from_arrays(coded, pa.array(texts, pa.string()))
    numbers = np.repeat(np.array([int(value or 0) for value in values], np.int64), counts)
    if field.kind is Kind.BOOL:
        return pa.array(numbers != 0, mask=absent)
    column = pa.array(numbers, mask=absent)
    match field.kind:
        case Kind.TIME:
            return column.view(pa.timestamp("ns", tz="UTC"))
        case Kind.DURATION:
            return column.view(pa.duration("ns"))
        case Kind.INT | Kind.SIZE:
            return column
        case kind:
            halves = np.stack((numbers, numbers >> 63), axis=1)
            data = pa.py_buffer(np.ascontiguousarray(halves))
            type_ = pa.decimal128(38, _DECIMALS[kind])
            return pa.Array.from_buffers(type_, len(numbers), [column.buffers()[0], data])
