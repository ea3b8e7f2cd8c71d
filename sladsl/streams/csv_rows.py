"""Rows of a CSV file, as texts."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from sladsl.diagnostics import Refused
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.columns import Bad, Part, Rows, locate
from sladsl.streams.files import BROKEN, DataFile, Opener, Readable, damaged
from sladsl.streams.findings import finding
from sladsl.streams.plan import FieldPlan

__all__ = ["CsvReader"]

#: bytes read at once, and the longest row
BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


class _Feed:
    """A file's rows after its header, on their way to Arrow; notes what moves line numbers.

    Bytes that aren't UTF-8 go no further, whatever column they are in: Arrow would drop a row
    of the wrong width that holds some without calling the handler that counts it.
    """

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest
        self._last = b"\n"
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._open = False
        #: whether a line may differ from a row: quoted line ends, blank lines
        self.uneven = False

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        if self._head:
            size = len(self._head) if size < 0 else size
            block, self._head = self._head[:size], self._head[size:]
        else:
            block = self._rest.read(size)
        if self._open or not block or not block.isascii():
            self._text.decode(block, final=not block)
            self._open = bool(self._text.getstate()[0])
        if block and not self.uneven:
            seam = self._last + block[:1]
            self.uneven = (
                b'"' in block
                or b"\r" in block.replace(b"\r\n", b"\n")
                or b"\n\n" in block.replace(b"\r", b"")
                or seam in (b"\n\n", b"\n\r", b"\r\r")
            )
            self._last = block[-1:]
        return bytes(block)


class CsvReader:
    """Reads one CSV file in blocks; one row at a time is never looked at."""

    def __init__(self, file: DataFile, opener: Opener, delimiter: str) -> None:
        self._file = file
        self._opener = opener
        self._delimiter = delimiter
        self._header_lines = 0
        self._feed: _Feed | None = None
        self._lines: Iterator[tuple[int, int]] | None = None
        self._at = (-1, 0)
        self._bad: deque[Bad] = deque()
        self._count = 0  # rows so far, good and bad
        self._base = 0  # rows before the block at hand

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        stream = self._opener()
        try:
            names, rest = self._header(stream)
        except BROKEN as error:
            raise damaged(self._file, error) from None
        if not names:
            return
        hint = self._hint(names)
        wanted = locate(plans, names, Place(self._file.path, self._header_lines), hint)
        self._feed = _Feed(rest, stream)
        position = 0
        for batch in self._batches(len(names), sorted(set(wanted.values()))):
            rows, position = self._placed(batch.num_rows, position)
            rows.columns = {
                name: [Part(batch.column(batch.schema.get_field_index(str(at))))]
                for name, at in wanted.items()
            }
            yield rows
        if self._bad:
            yield Rows(np.zeros(0, np.int64), {n: [] for n in wanted}, list(self._bad))

    def line(self, number: int) -> int | None:
        """The physical line, from 1, on which a data row begins; None where it can't be told."""
        if self._feed is None or not self._feed.uneven:
            return number + self._header_lines + 1
        if not os.path.isfile(self._file.path):  # a pipe can't be read again
            return None
        if self._lines is None or self._at[0] > number:
            self._lines, self._at = self._scan(), (-1, 0)
        try:
            while self._at[0] < number:
                self._at = next(self._lines)
        except (StopIteration, csv.Error, Refused, OSError, EOFError, ValueError):
            return None
        return self._at[1]

    def _scan(self) -> Iterator[tuple[int, int]]:
        """Number and first line of each data row, by reading the file once more."""
        csv.field_size_limit(BLOCK)
        lines = _lines(self._opener())
        reader = csv.reader(
            (line.decode("utf-8", "replace") for line in lines), delimiter=self._delimiter
        )
        number, before = -2, 0
        for row in reader:
            if row:
                number += 1
                if number >= 0:
                    yield number, before + 1
            before = reader.line_num

    def _header(self, stream: Readable) -> tuple[list[str], bytes]:
        """The columns' names, and the bytes after them that were read as well."""
        head = _filled(stream, BLOCK + len(_BOM))
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise self._not_text(1, "it is UTF-16")
        body = head.removeprefix(_BOM)
        used = 0
        count = 0
        csv.field_size_limit(BLOCK)

        def lines() -> Iterator[str]:
            nonlocal used, count
            for line in body.splitlines(keepends=True):
                used += len(line)
                count += 1
                if b"\0" in line:
                    raise self._not_text(count, "it holds zero bytes")
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise self._not_text(count, str(error.reason)) from None

        names: list[str] = []
        try:
            reader = csv.reader(lines(), delimiter=self._delimiter)
            names = next((row for row in reader if row), [])
        except csv.Error as error:
            if "field larger" not in str(error):
                raise damaged(self._file, error) from None
            used = BLOCK + 1
        if used > BLOCK or (used == len(body) and len(head) > BLOCK):
            raise Refused(finding(f.TOO_LONG, "the header is over 1 MB", Place(self._file.path, 1)))
        self._header_lines = count
        return [name.strip() for name in names], body[used:]

    def _hint(self, names: list[str]) -> str:
        if len(names) == 1:
            for mark, shown in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")):
                if mark in names[0]:
                    return f'is the delimiter `{shown}`? say `delimiter = "{shown}"`'
        return ""

    def _not_text(self, line: int, why: str) -> Refused:
        message = "the file is not text in UTF-8"
        return Refused(finding(f.NOT_UTF8, message, Place(self._file.path, line), why))

    def _batches(self, width: int, wanted: list[int]) -> Iterator[Any]:
        names = [str(n) for n in range(width)]
        some = [str(n) for n in wanted] or names[:1]
        convert = pa_csv.ConvertOptions(
            column_types={n: pa.string() for n in names},
            include_columns=some,
            strings_can_be_null=False,
        )
        try:
            for block in self._blocks():
                self._base = self._count
                before = len(self._bad)
                table = self._table(block, names, convert)
                if table is None:
                    continue
                self._count += table.num_rows + len(self._bad) - before
                yield from table.combine_chunks().to_batches()
        except BROKEN as error:
            raise self._broken(error) from None

    def _table(self, block: bytes, names: list[str], convert: Any) -> Any:
        """The rows of a block of whole rows; None where there are only empty lines."""
        try:
            return pa_csv.read_csv(
                pa.BufferReader(block),
                read_options=pa_csv.ReadOptions(
                    use_threads=False, block_size=len(block) + 1, column_names=names
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=b'"' in block,
                    invalid_row_handler=self._invalid,
                ),
                convert_options=convert,
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return None
            raise

    def _blocks(self) -> Iterator[bytes]:
        """The bytes after the header, cut where a row ends.

        Arrow is given bytes, not a file: its threads would read a file of Python's in the
        background, and could still be waiting for Python when the program ends.
        """
        assert self._feed is not None
        left = b""
        while True:
            more = _filled(self._feed, BLOCK)
            block = left + more
            if not more:
                if block:
                    yield block
                return
            end = self._row_end(block)
            if not end and len(block) > BLOCK:
                raise pa.ArrowInvalid("a row straddling two blocks")
            if end:
                yield block[:end]
            left = block[end:]

    def _row_end(self, block: bytes) -> int:
        """Where the last whole row of a block ends, 0 if none does."""
        mark = b"\n" if b"\n" in block else b"\r"
        end = len(block)
        if b'"' not in block:
            return block.rfind(mark) + 1
        field = re.escape(self._delimiter.encode())
        quoted = re.compile(rb"(?:\A|(?<=[\n\r" + field + rb']))"(?:[^"]++|"")*+("?)')
        regions = [(m.start(), m.end() if m[1] else end) for m in quoted.finditer(block)]
        for low, high in reversed(regions):
            at = block.rfind(mark, 0, end) + 1
            if at > high:
                return at
            end = low
        return block.rfind(mark, 0, end) + 1

    def _broken(self, error: BaseException) -> Refused:
        text = str(error)
        if "straddling" in text:
            message = f"a row of `{self._file.path}` is over 1 MB"
            help = "is a quote left open?"
            return Refused(finding(f.TOO_LONG, message, self._file.place, help=help))
        if isinstance(error, UnicodeDecodeError) or "UTF8" in text:
            line = self._first_not_utf8()
            message = "the file is not text in UTF-8"
            return Refused(finding(f.NOT_UTF8, message, Place(self._file.path, line)))
        return damaged(self._file, error)

    def _first_not_utf8(self) -> int | None:
        if not os.path.isfile(self._file.path):
            return None
        try:
            for number, line in enumerate(_lines(self._opener()), 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        except (Refused, OSError, EOFError, ValueError):
            pass
        return None

    def _invalid(self, row: Any) -> str:
        reason = f"the row doesn't have the {row.expected_columns} columns of the header"
        number = self._base + row.number - 1
        self._bad.append(Bad(number, reason, f"{row.actual_columns}: {row.text}"))
        return "skip"

    def _placed(self, length: int, position: int) -> tuple[Rows, int]:
        """Numbers for `length` good rows from `position` on, past the bad ones between them."""
        end = position + length
        bad: list[Bad] = []
        while self._bad and self._bad[0].number < end:
            bad.append(self._bad.popleft())
            end += 1
        numbers: NDArray[np.int64] = np.arange(position, end, dtype=np.int64)
        if bad:
            numbers = np.delete(numbers, [b.number - position for b in bad])
        return Rows(numbers, {}, bad), end


def _filled(stream: Readable, size: int) -> bytes:
    """`size` bytes, or all there are."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _lines(stream: Readable) -> Iterator[bytes]:
    """A file's lines with their ends: LF, CR LF or CR."""
    left = b""
    for block in chain(iter(lambda: stream.read(BLOCK), b""), (b"",)):
        lines = (left + block).splitlines(keepends=True)
        keep = bool(block) and bool(lines)
        left = lines.pop() if keep else b""
        yield from lines
