"""Rows of a file with a JSON object on each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from sladsl.diagnostics import Refused
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.columns import Bad, Part, Rows, locate
from sladsl.streams.files import BROKEN, DataFile, Opener, Readable, damaged
from sladsl.streams.findings import finding
from sladsl.streams.plan import FieldPlan

__all__ = ["JsonReader"]

BLOCK = 1 << 20
_TYPES: dict[type, Any] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}


class JsonReader:
    """Reads one file of JSON lines in blocks. A line that is no JSON object is a bad row."""

    def __init__(self, file: DataFile, opener: Opener) -> None:
        self._file = file
        self._opener = opener
        self._seen: set[str] = set()
        self._first: bytes = b""

    def line(self, number: int) -> int:
        """The line of a row: rows are numbered by it."""
        return number + 1

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        columns = tuple(dict.fromkeys(c for plan in plans for c in plan.columns))
        names = {f"c{n}": column for n, column in enumerate(columns)}
        row = msgspec.defstruct(
            "Row", [(n, Any, msgspec.UNSET) for n in names], rename=names, gc=False
        )
        decoder = msgspec.json.Decoder(row)
        at = 0
        for block in self._blocks():
            found, numbers, bad, count = self._decoded(decoder, block, at)
            at += count
            rows = Rows(np.array(numbers, np.int64), {}, bad)
            for n, column in names.items():
                values = [getattr(r, n) for r in found]
                rows.columns[column] = self._parts(column, values)
            yield rows
        self._check(plans, columns)

    def _blocks(self) -> Iterator[bytes]:
        """The file in pieces of whole lines."""
        stream: Readable = self._opener()
        left = b""
        start = True
        while True:
            try:
                block = stream.read(BLOCK)
            except BROKEN as error:
                raise damaged(self._file, error) from None
            if start:
                block, start = block.removeprefix(b"\xef\xbb\xbf"), False
                if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise self._not_text(1)
            if not block:
                break
            cut = block.rfind(b"\n") + 1
            if cut == 0:
                left += block
            else:
                if len(left) + block.find(b"\n") > BLOCK:  # only the first can be that long
                    raise self._too_long()
                yield left + block[:cut]
                left = block[cut:]
            if len(left) > BLOCK:
                raise self._too_long()
        if left:
            yield left

    def _decoded(
        self, decoder: Any, block: bytes, at: int
    ) -> tuple[list[Any], Sequence[int], list[Bad], int]:
        """Objects, their row numbers, the bad lines, and how many lines the block has."""
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        if not self._first:
            self._first = next((line for line in block.split(b"\n") if line.strip()), b"")
        try:
            found = decoder.decode_lines(block)
            if len(found) == count:
                return found, range(at, at + count), [], count
        except (ValueError, RecursionError):
            pass
        lines = block.split(b"\n")
        found, numbers, bad = [], [], []
        for number, line in enumerate(lines[:count], at):
            if len(line) > BLOCK:
                raise self._too_long(number + 1)
            if not line.strip():
                continue
            try:
                found.append(decoder.decode(line))
                numbers.append(number)
            except UnicodeDecodeError:
                raise self._not_text(number + 1) from None
            except (msgspec.MsgspecError, RecursionError, ValueError) as error:
                try:
                    shown = line.decode("utf-8")
                except UnicodeDecodeError:
                    raise self._not_text(number + 1) from None
                reason = "the line isn't a JSON object"
                bad.append(Bad(number, reason, shown if shown else str(error)))
        return found, numbers, bad, count

    def _parts(self, column: str, values: list[Any]) -> list[Part]:
        """A column's values by their type; what is null or absent is in the first part."""
        types = set(map(type, values))
        absent = msgspec.UnsetType in types
        types -= {msgspec.UnsetType, type(None)}
        if absent:
            values = [None if v is msgspec.UNSET else v for v in values]
        if types:
            self._seen.add(column)
        if not types:
            return [Part(pa.nulls(len(values)))]
        if len(types) == 1:
            return [Part(_array(values, next(iter(types))))]
        found = [Part(pa.nulls(len(values)))]
        for kind in sorted(types, key=lambda t: t.__name__):
            at = [n for n, v in enumerate(values) if type(v) is kind]
            found.append(Part(_array([values[n] for n in at], kind), np.array(at, np.int64)))
        return found

    def _check(self, plans: Sequence[FieldPlan], columns: tuple[str, ...]) -> None:
        """Refuses mapped columns that no line has."""
        if not self._first or len(self._seen) == len(columns):
            return
        try:
            first = msgspec.json.decode(self._first)
        except (ValueError, RecursionError):
            return
        names = sorted({*first, *self._seen} if isinstance(first, dict) else self._seen)
        mapped = [p for p in plans if p.explicit and p.spec.optional]
        locate(mapped, names, Place(self._file.path, 1))

    def _too_long(self, line: int | None = None) -> Refused:
        return Refused(finding(f.TOO_LONG, "a line is over 1 MB", Place(self._file.path, line)))

    def _not_text(self, line: int) -> Refused:
        message = "the file is not text in UTF-8"
        return Refused(finding(f.NOT_UTF8, message, Place(self._file.path, line)))


def _array(values: list[Any], kind: type) -> Any:
    """Values of one type (and None) as an Arrow array; None for objects and lists.

    Integers that don't fit become texts of their digits.
    """
    if kind not in _TYPES:
        return None
    try:
        return pa.array(values, _TYPES[kind])
    except (OverflowError, pa.ArrowInvalid):
        return pa.array([None if v is None else str(v)[:100] for v in values], pa.string())
