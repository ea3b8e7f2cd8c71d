"""Rows of a file with a JSON object on each line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from threading import Lock
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
from sladsl.streams.ranges import Limited, Ranges
from sladsl.streams.reader import Reader

__all__ = ["JsonReader", "json_parts"]

BLOCK = 1 << 20
_TYPES: dict[type, Any] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
_EXPECTED: dict[int, type] = {
    pa.lib.Type_STRING: str,
    pa.lib.Type_INT64: int,
    pa.lib.Type_BOOL: bool,
}


class _Layout:
    """What the parts of one file of JSON lines share."""

    def __init__(self) -> None:
        self.ranges: Ranges | None = None
        self.lock = Lock()
        #: by part: the columns that some line has, and the first line that isn't blank
        self.seen: dict[int, set[str]] = {}
        self.first: dict[int, bytes] = {}
        self.parts = 1


class _Decoders:
    """Makes objects of lines: of values of any types, or, once seen, only of the same types.

    `kinds` says of each column which type all values of the last lines have (None: any).
    Floats are never expected: whole numbers would become floats among them.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._names = {column: f"c{n}" for n, column in enumerate(columns)}
        self._getters = {column: attrgetter(name) for column, name in self._names.items()}
        self._any_kinds: dict[str, type | None] = dict.fromkeys(columns)
        self.any = self._decoder(self._any_kinds)
        self.kinds = self._any_kinds
        self._typed: Any = None
        self._typed_kinds = self._any_kinds
        self._patience = 3

    def _decoder(self, kinds: Mapping[str, type | None]) -> Any:
        fields: list[Any] = [
            (self._names[c], Any, msgspec.UNSET) for c, kind in kinds.items() if kind is None
        ]
        fields += [(self._names[c], kind) for c, kind in kinds.items() if kind is not None]
        names = {name: column for column, name in self._names.items()}
        row = msgspec.defstruct("Row", fields, rename=names, gc=False, kw_only=True)
        return msgspec.json.Decoder(row)

    def getter(self, column: str) -> Callable[[Any], Any]:
        """What takes a column's value out of an object."""
        return self._getters[column]

    def lines(self, block: bytes, count: int) -> list[Any] | None:
        """The objects of a block of `count` lines; None where a line isn't one."""
        if self._typed is not None and self._patience:
            try:
                found: list[Any] = self._typed.decode_lines(block)
                if len(found) == count:
                    self.kinds = self._typed_kinds
                    return found
            except (ValueError, RecursionError):
                self._patience -= 1
        self.kinds = self._any_kinds
        try:
            found = self.any.decode_lines(block)
        except (ValueError, RecursionError):
            return None
        return found if len(found) == count else None

    def learn(self, parts: Mapping[str, list[Part]]) -> None:
        """Expects the types that were just seen, if none were expected yet."""
        if self._typed is not None:
            return
        kinds: dict[str, type | None] = {}
        for column, some in parts.items():
            array = some[0].array
            whole = len(some) == 1 and array is not None and not array.null_count
            kinds[column] = _EXPECTED.get(array.type.id) if whole else None
        if any(kind is not None for kind in kinds.values()):
            self._typed, self._typed_kinds = self._decoder(kinds), kinds


class JsonReader(Reader):
    """Reads one file of JSON lines, or a range of it, in blocks; rows are numbered by lines.

    A line that is no JSON object is a bad row.
    """

    def __init__(
        self, file: DataFile, opener: Opener, layout: _Layout, part: int | None = None
    ) -> None:
        super().__init__(file, opener)
        self._layout = layout
        self._part = part
        self._seen: set[str] = set()
        self._first: bytes = b""

    def line(self, number: int) -> int:
        """The line of a row: rows are numbered by it."""
        return number + 1

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        self._seen = set()
        columns = tuple(dict.fromkeys(c for plan in plans for c in plan.columns))
        decoders = _Decoders(columns)
        for block in self._blocks():
            at = self.start + self.covered
            found, numbers, bad, count = self._decoded(decoders, block, at)
            self.covered += count
            parts = {
                column: self._parts(column, list(map(decoders.getter(column), found)), kind)
                for column, kind in decoders.kinds.items()
            }
            if not bad and found:
                decoders.learn(parts)
            given = None if isinstance(numbers, range) else np.array(numbers, np.int64)
            yield Rows(len(found), numbers[0] if len(numbers) else at, parts, bad, given)
        self._check(plans, columns)

    def _opened(self) -> Readable:
        layout = self._layout
        if self._part is None or layout.ranges is None:
            return self.opener()
        start, end = layout.ranges.span(self._part, 0)
        if self._part:
            self.start, self.known = start, False
        return Limited(self.opener(), start, end)

    def _blocks(self) -> Iterator[bytes]:
        """The part in pieces of whole lines."""
        left = b""
        start = not self._part
        stream: Readable | None = None
        while True:
            try:
                stream = self._opened() if stream is None else stream
                block = bytes(stream.read(BLOCK))
            except BROKEN as error:
                raise damaged(self.file, error) from None
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
        self, decoders: _Decoders, block: bytes, at: int
    ) -> tuple[list[Any], Sequence[int], list[Bad], int]:
        """Objects, their row numbers, the bad lines, and how many lines the block has."""
        count = int(np.count_nonzero(np.frombuffer(block, np.uint8) == 10))
        count += not block.endswith(b"\n")
        if not self._first:
            self._first = next((line for line in block.split(b"\n") if line.strip()), b"")
        all_lines = decoders.lines(block, count)
        if all_lines is not None:
            return all_lines, range(at, at + count), [], count
        decoder = decoders.any
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

    def _parts(self, column: str, values: list[Any], kind: type | None) -> list[Part]:
        """A column's values by their type; what is null or absent is in the first part.

        `kind` is the type of all of them, None where it isn't known.
        """
        if kind is not None:
            self._seen.add(column)
            return [Part(_array(values, kind))]
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
        for some in sorted(types, key=lambda t: t.__name__):
            at = [n for n, v in enumerate(values) if type(v) is some]
            found.append(Part(_array([values[n] for n in at], some), np.array(at, np.int64)))
        return found

    def _check(self, plans: Sequence[FieldPlan], columns: tuple[str, ...]) -> None:
        """Refuses mapped columns that no line of the file has, once all of it was read."""
        layout = self._layout
        with layout.lock:
            layout.seen[self._part or 0] = self._seen
            if self._first:
                layout.first[self._part or 0] = self._first
            if len(layout.seen) < layout.parts or not layout.first:
                return
            seen = set().union(*layout.seen.values())
            line = layout.first[min(layout.first)]
        if len(seen) == len(columns):
            return
        try:
            first = msgspec.json.decode(line)
        except (ValueError, RecursionError):
            return
        names = sorted({*first, *seen} if isinstance(first, dict) else seen)
        mapped = [p for p in plans if p.explicit and p.spec.optional]
        locate(mapped, names, Place(self.file.path, 1))

    def _too_long(self, line: int | None = None) -> Refused:
        return Refused(finding(f.TOO_LONG, "a line is over 1 MB", Place(self.file.path, line)))

    def _not_text(self, line: int) -> Refused:
        return Refused(f.not_utf8(self.file.path, line))


def json_parts(file: DataFile, opener: Opener, size: int | None) -> list[JsonReader]:
    """A file of JSON lines in ranges of about `size` bytes; one that is packed is one part."""
    layout = _Layout()
    if size is None or file.packing or not os.path.isfile(file.path):
        return [JsonReader(file, opener, layout)]
    try:
        layout.ranges = Ranges(file.path, size, quotes=False)
    except OSError as error:
        raise damaged(file, error) from None
    layout.parts = layout.ranges.count
    return [JsonReader(file, Opener(file), layout, part) for part in range(layout.parts)]


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
