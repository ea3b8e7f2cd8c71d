"""Rows of a CSV file: in Arrow's types where they mean the same as ours, else as texts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from sladsl.diagnostics import Refused
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.columns import Bad, Part, Rows, locate
from sladsl.streams.csv_bytes import BLOCK, Feed, filled, lines_of, row_end, too_long
from sladsl.streams.csv_layout import Layout
from sladsl.streams.csv_types import Guess
from sladsl.streams.files import BROKEN, DataFile, Opener, damaged
from sladsl.streams.findings import finding
from sladsl.streams.plan import FieldPlan
from sladsl.streams.ranges import Limited, Ranges
from sladsl.streams.reader import Reader

__all__ = ["CsvReader", "csv_parts"]

#: bytes read at once: few at first, since types are tried on them
_FIRST = 1 << 16
_NEXT = 2 << 20
#: rows handed on at once
_ROWS = 65536


class CsvReader(Reader):
    """Reads one CSV file, or a range of it, in blocks; one row at a time is never looked at."""

    def __init__(
        self, file: DataFile, opener: Opener, layout: Layout, part: int | None = None
    ) -> None:
        super().__init__(file, opener)
        self._layout = layout
        self._delimiter = layout.delimiter
        self._part = part
        self._bad: list[Bad] = []
        self._block = b""
        self._names: list[str] = []

    def line(self, number: int) -> int | None:
        """The physical line, from 1, on which a data row begins; None where it can't be told."""
        return self._layout.line(number)

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        layout = self._layout
        try:
            names, feed = self._fed()
        except BROKEN as error:
            raise damaged(self.file, error) from None
        if not names:
            help = "a stream without rows has a header all the same: is the file cut short?"
            where = Place(self.file.path, 1)
            raise Refused(finding(f.NO_COLUMN, "the file has no header", where, help=help))
        if feed is None:
            return
        place = Place(self.file.path, layout.header_lines)
        wanted = locate(plans, names, place, self._hint(names))
        self._names = [str(n) for n in range(len(names))]
        guess = Guess(plans, wanted, self._names)
        try:
            for block in self._blocks(feed):
                yield from self._of_block(block, guess, wanted)
        except BROKEN as error:
            raise self._broken(error) from None

    def _fed(self) -> tuple[list[str], Feed | None]:
        """The columns' names and the bytes of the part's rows."""
        layout = self._layout
        if self._part is None:
            stream = self.opener()
            names = layout.header(stream)
            rest, layout.rest = layout.rest, b""
            return names, Feed(rest, stream)
        with layout.lock:
            found = layout.names
            if found is None:
                found = layout.header(self.opener())
                self.opener.close()
                layout.rest = b""
        if not found:
            return [], None
        assert layout.ranges is not None
        start, end = layout.ranges.span(self._part, layout.body)
        if self._part:
            self.start, self.known = start, False
        if start == end and self._part:
            return found, None
        return found, Feed(b"", Limited(self.opener(), start, end))

    def _hint(self, names: list[str]) -> str:
        if len(names) == 1:
            for mark, shown in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")):
                if mark in names[0]:
                    return f'is the delimiter `{shown}`? say `delimiter = "{shown}"`'
        return ""

    def _of_block(self, block: bytes, guess: Guess, wanted: dict[str, int]) -> Iterator[Rows]:
        """The rows of one block, at most 65,536 at once."""
        self._bad = []
        quoted = b'"' in block
        batch, guessed = self._typed(block, quoted, guess)
        bad = self._bad
        count = (0 if batch is None else batch.num_rows) + len(bad)
        self._note(block, quoted, count)
        numbers = self._numbers(count, bad)
        texts: list[Any] = []
        first, length = self.start + self.covered, count - len(bad)
        self.covered += count
        if batch is None or not length:
            if bad:
                yield Rows(0, first, {name: [] for name in wanted}, bad)
            return

        def columns_of(found: Any, at: int) -> dict[str, list[Part]]:
            part = found if length <= _ROWS else found.slice(at, _ROWS)
            names = part.schema.names
            return {n: [Part(part.column(names.index(str(i))))] for n, i in wanted.items()}

        def as_texts(at: int) -> dict[str, list[Part]]:
            if not texts:
                self._bad = []
                texts.append(self._parsed(block, quoted, guess.texts()))
            return columns_of(texts[0], at)

        for at in range(0, length, _ROWS):
            size = min(_ROWS, length - at)
            some = None if numbers is None else numbers[at : at + size]
            begin = first + at if some is None else int(some[0])
            last = begin + size if some is None else int(some[-1]) + 1
            # bad rows go with the good ones behind them, those at the end with the last
            inside = [b for b in bad if b.number < last or at + size == length]
            bad = bad[len(inside) :]
            yield Rows(
                size,
                begin,
                columns_of(batch, at),
                inside,
                some,
                guessed,
                partial(as_texts, at) if guessed else None,
            )

    def _numbers(self, count: int, bad: list[Bad]) -> NDArray[np.int64] | None:
        """The numbers of a block's good rows, None where there are no bad ones between them."""
        if not bad:
            return None
        first = self.start + self.covered
        numbers: NDArray[np.int64] = np.arange(first, first + count, dtype=np.int64)
        return np.delete(numbers, [b.number - first for b in bad])

    def _note(self, block: bytes, quoted: bool, count: int) -> None:
        """Notes where lines and rows may part: quotes, blank lines, single carriage returns."""
        layout = self._layout
        if layout.uneven:
            return
        if quoted:
            layout.uneven = True
            return
        raw = np.frombuffer(block, np.uint8)
        lines = int(np.count_nonzero(raw == 10)) + (not block.endswith(b"\n"))
        returns = b"\r" in block and block.count(b"\r") != block.count(b"\r\n")
        layout.uneven = returns or lines != count

    def _typed(self, block: bytes, quoted: bool, guess: Guess) -> tuple[Any, frozenset[str]]:
        """The rows of a block in guessed types, and which columns have such."""
        while True:
            convert, guessed = guess.options(block)
            try:
                return self._parsed(block, quoted, convert), guessed
            except pa.ArrowInvalid as error:
                if not guess.wrong(str(error)):
                    raise
                self._bad = []

    def _parsed(self, block: bytes, quoted: bool, convert: Any) -> Any:
        """The rows of a block of whole rows; None where there are only empty lines."""
        try:
            reader = pa_csv.open_csv(  # `read_csv` would start a thread for each block
                pa.BufferReader(block),
                read_options=pa_csv.ReadOptions(
                    use_threads=False, block_size=len(block) + 1, column_names=self._names
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=quoted,
                    invalid_row_handler=self._invalid,
                ),
                convert_options=convert,
            )
            table = reader.read_all()
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return None
            raise
        found = table.to_batches()
        if len(found) > 1:
            found = table.combine_chunks().to_batches()
        return found[0] if found else None

    def _invalid(self, row: Any) -> str:
        reason = f"the row doesn't have the {row.expected_columns} columns of the header"
        number = self.start + self.covered + row.number - 1
        self._bad.append(Bad(number, reason, f"{row.actual_columns}: {row.text}"))
        return "skip"

    def _blocks(self, feed: Feed) -> Iterator[bytes]:
        """The bytes after the header, cut where a row ends.

        Arrow is given bytes, not a file: its threads would read a file of Python's in the
        background, and could still be waiting for Python when the program ends.
        """
        left = b""
        size = _FIRST
        while True:
            more = filled(feed, size)
            block = left + more if left else more
            if not more:
                if block:
                    yield block
                return
            size = _NEXT
            end = row_end(block, self._delimiter)
            if (not end and len(block) > BLOCK) or too_long(block):
                raise pa.ArrowInvalid("a row straddling two blocks")
            if end:
                yield block[:end]
            left = block[end:]

    def _broken(self, error: BaseException) -> Refused:
        text = str(error)
        if "straddling" in text:
            message = f"a row of `{self.file.path}` is over 1 MB"
            help = "is a quote left open?"
            return Refused(finding(f.TOO_LONG, message, self.file.place, help=help))
        if isinstance(error, UnicodeDecodeError) or "UTF8" in text:
            return Refused(f.not_utf8(self.file.path, self._first_not_utf8()))
        return damaged(self.file, error)

    def _first_not_utf8(self) -> int | None:
        if not os.path.isfile(self.file.path):
            return None
        try:
            for number, line in enumerate(lines_of(self.opener()), 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        except (Refused, OSError, EOFError, ValueError):
            pass
        return None


def csv_parts(file: DataFile, opener: Opener, delimiter: str, size: int | None) -> list[CsvReader]:
    """A CSV file in ranges of about `size` bytes; one that is packed, or no file, is one part."""
    layout = Layout(file, delimiter)
    if size is None or file.packing or not os.path.isfile(file.path):
        return [CsvReader(file, opener, layout)]
    try:
        layout.ranges = Ranges(file.path, size, quotes=True)
    except OSError as error:
        raise damaged(file, error) from None
    if layout.ranges.count == 1:
        return [CsvReader(file, opener, layout)]
    return [CsvReader(file, Opener(file), layout, part) for part in range(layout.ranges.count)]
