"""Rows of Parquet files, Arrow IPC files and Arrow IPC streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from sladsl.diagnostics import Refused
from sladsl.streams.columns import Part, Rows, locate
from sladsl.streams.files import BROKEN, DataFile, Opener, Prefixed, arrow_file, damaged
from sladsl.streams.findings import UNREADABLE, finding
from sladsl.streams.model import Kind
from sladsl.streams.plan import FieldPlan

__all__ = ["ArrowReader", "ParquetReader"]

_ROWS = 65536
_MAGIC = b"ARROW1"


class _Columnar(ABC):
    """What Parquet and Arrow have in common: rows are numbered, and have no lines."""

    def __init__(self, file: DataFile, opener: Opener) -> None:
        self._file = file
        self._opener = opener

    def line(self, number: int) -> None:
        """Rows of these files have no line."""
        return

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        position = 0
        for batch, wanted in self._guarded(plans):
            for start in range(0, batch.num_rows, _ROWS):
                part = batch.slice(start, _ROWS)
                numbers = np.arange(position, position + part.num_rows, dtype=np.int64)
                position += part.num_rows
                columns = {
                    name: [Part(part.column(part.schema.get_field_index(name)))] for name in wanted
                }
                yield Rows(numbers, columns)

    def _guarded(self, plans: Sequence[FieldPlan]) -> Iterator[tuple[Any, list[str]]]:
        try:
            batches, wanted = self._opened(plans)
            for batch in batches:
                for name in wanted:
                    batch.column(batch.schema.get_field_index(name)).validate(full=True)
                yield batch, wanted
        except Refused:
            raise
        except BROKEN as error:
            raise damaged(self._file, error) from None

    @abstractmethod
    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        """The batches of the file, and the columns wanted of them."""


class ParquetReader(_Columnar):
    """Reads the wanted columns of a Parquet file, one row group's pages at a time."""

    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        import pyarrow.parquet as pq

        if self._file.packing or self._file.path == "<stdin>":
            message = "Parquet can't be read from a packed file or standard input"
            help = "unpack it, or give the file by its path: Parquet packs its columns itself"
            raise Refused(finding(UNREADABLE, message, self._file.place, help=help))
        raw = self._opener()
        schema = pq.read_schema(raw)
        wanted = list(locate(plans, schema.names, self._file.place))
        coded = (Kind.TEXT, Kind.ENUM, Kind.BOOL)
        texts = {p.columns[0] for p in plans if p.spec.kind in coded and len(p.columns) == 1}
        encoded = [n for n in wanted if n in texts and pa.types.is_string(schema.field(n).type)]
        parquet = pq.ParquetFile(
            self._opener(), read_dictionary=encoded, pre_buffer=False, buffer_size=1 << 20
        )
        return parquet.iter_batches(_ROWS, columns=wanted or schema.names[:1]), wanted


class ArrowReader(_Columnar):
    """Reads an Arrow IPC file or stream, packed or not, batch by batch."""

    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        stream = self._opener()
        head = stream.read(8)
        is_file = head[:6] == _MAGIC
        if is_file and not self._file.packing and self._file.path != "<stdin>":
            return self._by_footer(plans)
        rest = stream if is_file else Prefixed(head, stream)
        reader = pa.ipc.open_stream(arrow_file(rest))
        wanted = list(locate(plans, reader.schema.names, self._file.place))
        return iter(reader), wanted

    def _by_footer(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        schema = pa.ipc.open_file(pa.OSFile(self._file.path)).schema
        found = locate(plans, schema.names, self._file.place)
        options = pa.ipc.IpcReadOptions(included_fields=sorted(found.values()))
        reader = pa.ipc.open_file(pa.OSFile(self._file.path), options=options)
        return (reader.get_batch(n) for n in range(reader.num_record_batches)), list(found)
