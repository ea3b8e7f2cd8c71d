"""What the parts of one CSV file share: its header, and where its lines are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from threading import Lock

from sladsl.diagnostics import Refused
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.csv_bytes import BLOCK, filled, lines_of
from sladsl.streams.files import DataFile, Opener, Readable, damaged
from sladsl.streams.findings import finding
from sladsl.streams.ranges import Ranges

__all__ = ["Layout"]

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)?")


class Layout:
    """What the parts of one CSV file share: its header, where its lines are, its ranges."""

    def __init__(self, file: DataFile, delimiter: str) -> None:
        self.file = file
        self.delimiter = delimiter
        self.names: list[str] | None = None
        self.header_lines = 0
        self.body = 0
        self.rest = b""
        self.ranges: Ranges | None = None
        self.lock = Lock()
        #: whether a line may differ from a row: quoted line ends, blank lines
        self.uneven = False
        self._lines: Iterator[tuple[int, int]] | None = None
        self._at = (-1, 0)

    def header(self, stream: Readable) -> list[str]:
        """The columns' names; keeps the bytes after them that were read as well."""
        self.header_lines = 0
        head = filled(stream, BLOCK + len(_BOM))
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise self._not_text(1, "it is UTF-16")
        body = head.removeprefix(_BOM)
        names, used = self._names(body)
        if used > BLOCK or (used == len(body) and len(head) > BLOCK):
            place = Place(self.file.path, 1)
            raise Refused(finding(f.TOO_LONG, "the header is over 1 MB", place))
        self.names = [name.strip() for name in names]
        self.body = len(head) - len(body) + used
        self.rest = body[used:]
        return self.names

    def _names(self, body: bytes) -> tuple[list[str], int]:
        """The cells of the first row that isn't empty, and where it ends."""
        used = 0

        def lines() -> Iterator[str]:
            nonlocal used
            while used < len(body):
                found = _LINE.match(body, used)
                assert found is not None
                line = found[0]
                used = found.end()
                self.header_lines += 1
                if b"\0" in line:
                    raise self._not_text(self.header_lines, "it holds zero bytes")
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise self._not_text(self.header_lines, str(error.reason)) from None

        for line in lines():
            bare = line.rstrip("\r\n")
            if bare and '"' not in bare and len(bare) <= BLOCK:
                return bare.split(self.delimiter), used
            if bare:
                break
        else:
            return [], used
        import csv

        csv.field_size_limit(BLOCK)
        used = self.header_lines = 0
        try:
            reader = csv.reader(lines(), delimiter=self.delimiter)
            return next((row for row in reader if row), []), used
        except csv.Error as error:
            if "field larger" not in str(error):
                raise damaged(self.file, error) from None
            return [], BLOCK + 1

    def _not_text(self, line: int, why: str) -> Refused:
        return Refused(f.not_utf8(self.file.path, line, why))

    def line(self, number: int) -> int | None:
        """The physical line, from 1, on which a data row begins; None where it can't be told."""
        if not self.uneven:
            return number + self.header_lines + 1
        if not os.path.isfile(self.file.path):  # a pipe can't be read again
            return None
        import csv

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
        import csv

        csv.field_size_limit(BLOCK)
        lines = lines_of(Opener(self.file)())
        reader = csv.reader(
            (line.decode("utf-8", "replace") for line in lines), delimiter=self.delimiter
        )
        number, before = -2, 0
        for row in reader:
            if row:
                number += 1
                if number >= 0:
                    yield number, before + 1
            before = reader.line_num
