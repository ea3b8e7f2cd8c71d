"""Rows of Parquet files, Arrow IPC files and Arrow IPC streams."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from sladsl.diagnostics import Refused
from sladsl.streams.columns import Part, Rows, locate
from sladsl.streams.files import BROKEN, DataFile, Opener, Prefixed, arrow_file, damaged
from sladsl.streams.plan import FieldPlan
from sladsl.streams.reader import Reader

__all__ = ["ArrowReader", "Check", "Columnar", "MemoryReader", "arrow_parts"]

#: rows handed on at once: few enough that their columns stay in the processor's caches
ROWS = 1 << 18
_MAGIC = b"ARROW1"
#: more rows than any record batch has
_APART = 1 << 32


class Columnar(Reader):
    """What Parquet and Arrow have in common: rows are numbered, and have no lines."""

    def line(self, number: int) -> None:
        """Rows of these files have no line."""
        return

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        for batch, wanted in self._guarded(plans):
            length = batch.num_rows
            for at in range(0, length, ROWS):
                part = batch if length <= ROWS else batch.slice(at, ROWS)
                columns = {name: [Part(part.column(index))] for name, index in wanted.items()}
                yield Rows(part.num_rows, self.start + self.covered, columns)
                self.covered += part.num_rows

    def _guarded(self, plans: Sequence[FieldPlan]) -> Iterator[tuple[Any, dict[str, int]]]:
        checks: dict[str, Check] = {}
        found: dict[str, int] = {}
        try:
            batches, wanted = self._opened(plans)
            for batch in batches:
                if not found:
                    names = batch.schema.names
                    found = {name: names.index(name) for name in wanted}
                    checks = {name: Check() for name in wanted}
                for name, index in found.items():
                    checks[name].check(batch.column(index))
                yield batch, found
        except Refused:
            raise
        except BROKEN as error:
            raise damaged(self.file, error) from None

    @abstractmethod
    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        """The batches of the part, and the columns wanted of them."""


class Check:
    """Looks whether the arrays of a column are what they say: sizes and UTF-8.

    The codes of a dictionary are looked at where they are used.
    """

    __slots__ = ("_dictionary",)

    def __init__(self) -> None:
        self._dictionary: Any = None

    def check(self, array: Any) -> None:
        """Raises `ArrowInvalid`. A dictionary that was looked at before isn't again."""
        if not pa.types.is_dictionary(array.type):
            array.validate(full=True)
            return
        array.validate()
        known, dictionary = self._dictionary, array.dictionary
        if known is None or len(known) != len(dictionary) or not dictionary.equals(known):
            dictionary.validate(full=True)
            self._dictionary = dictionary


class ArrowReader(Columnar):
    """Reads an Arrow IPC file or stream, packed or not, batch by batch.

    `batches` are those of an IPC file that the part covers (None: all of it).
    """

    def __init__(self, file: DataFile, opener: Opener, batches: range | None = None) -> None:
        super().__init__(file, opener)
        self._batches = batches
        if batches is not None and batches.start > 0:
            self.start, self.known = batches.start * _APART, False

    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        if self._batches is not None:
            return self._by_footer(plans, self._batches)
        stream = self.opener()
        head = stream.read(8)
        is_file = head[:6] == _MAGIC
        if is_file and not self.file.packing and self.file.path != "<stdin>":
            return self._by_footer(plans, None)
        rest = stream if is_file else Prefixed(head, stream)
        reader = pa.ipc.open_stream(arrow_file(rest))
        wanted = list(locate(plans, reader.schema.names, self.file.place))
        return iter(reader), wanted

    def _by_footer(
        self, plans: Sequence[FieldPlan], some: range | None
    ) -> tuple[Iterator[Any], list[str]]:
        schema = pa.ipc.open_file(pa.OSFile(self.file.path)).schema
        found = locate(plans, schema.names, self.file.place)
        options = pa.ipc.IpcReadOptions(included_fields=sorted(found.values()), use_threads=False)
        reader = pa.ipc.open_file(pa.OSFile(self.file.path), options=options)
        numbers = range(reader.num_record_batches) if some is None else some
        return (reader.get_batch(n) for n in numbers), list(found)


def arrow_parts(file: DataFile, opener: Opener, size: int) -> list[ArrowReader]:
    """An IPC file's record batches in parts of about `size` bytes; a stream is one part."""
    if file.packing or file.path == "<stdin>":
        return [ArrowReader(file, opener)]
    try:
        stream = opener()
        is_file = stream.read(6) == _MAGIC
        opener.close()
        if not is_file:
            return [ArrowReader(file, opener)]
        raw = pa.OSFile(file.path)
        count = pa.ipc.open_file(raw).num_record_batches
        parts = max(1, min(count, raw.size() // size))
    except BROKEN as error:
        raise damaged(file, error) from None
    edges = [count * n // parts for n in range(parts + 1)]
    return [ArrowReader(file, opener, range(a, b)) for a, b in pairwise(edges)]


class MemoryReader(Columnar):
    """Reads record batches that somebody holds in memory; the first row has number `start`."""

    def __init__(
        self, file: DataFile, opener: Opener, schema: Any, batches: Sequence[Any], start: int = 0
    ) -> None:
        super().__init__(file, opener)
        self._schema = schema
        self._held = batches
        self.start = start
        self.count = sum(batch.num_rows for batch in batches)

    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        wanted = list(locate(plans, self._schema.names, self.file.place))
        return iter(self._held), wanted
