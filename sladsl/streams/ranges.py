"""A plain file of text cut into ranges of bytes that are whole rows each."""

from __future__ import annotations

import os
from threading import Lock

from sladsl.streams.files import Readable

__all__ = ["Limited", "Ranges"]

_STEP = 1 << 20
#: where no row ends within so many bytes, the range goes on to the end of the file
_FAR = 2 << 20


class Limited:
    """The bytes of a stream from one offset to another."""

    def __init__(self, stream: Readable, start: int, end: int) -> None:
        self._stream = stream
        self._left = end - start
        stream.seek(start)  # type: ignore[attr-defined]

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        size = self._left if size < 0 else min(size, self._left)
        block = self._stream.read(size) if size else b""
        self._left -= len(block)
        return block


class Ranges:
    """The ranges of one file, about `size` bytes each; any thread may ask for any of them.

    A range ends behind a line feed. A line feed ends a row only outside of quotes; so where
    `quotes` mean something, the range in which the file's first quote stands goes on to the
    end of the file, and those behind it are empty.
    """

    def __init__(self, path: str, size: int, quotes: bool) -> None:
        self._path = path
        self._size = size
        self._length = os.path.getsize(path)
        self._quotes = quotes
        self._edges = {0: 0}
        self._looked = 0
        self._quote: int | None = None
        self._lock = Lock()
        self.count = max(1, self._length // size)

    def span(self, number: int, body: int) -> tuple[int, int]:
        """Start and end of a range; `body` is where the rows begin, behind the header."""
        with self._lock, open(self._path, "rb", buffering=0) as file:
            start = max(self._edge(file.fileno(), number), body)
            end = max(self._edge(file.fileno(), number + 1), start)
            if self._quotes:
                self._look(file.fileno(), max(self._looked, body), end)
                if self._quote is not None and self._quote < start:
                    return start, start
                if self._quote is not None and self._quote < end:
                    return start, self._length
            return start, end

    def _edge(self, file: int, number: int) -> int:
        """Where the first row begins at or behind `number` times the size."""
        if number >= self.count:
            return self._length
        found = self._edges.get(number)
        if found is None:
            at = number * self._size - 1
            limit = at + _FAR
            found = self._length
            while at < limit:
                block = os.pread(file, 1 << 16, at)
                hit = block.find(b"\n")
                if hit >= 0:
                    found = at + hit + 1
                if hit >= 0 or not block:
                    break
                at += len(block)
            self._edges[number] = found
        return found

    def _look(self, file: int, at: int, end: int) -> None:
        """Looks for the first quote up to `end`."""
        while self._quote is None and at < end:
            block = os.pread(file, min(_STEP, end - at), at)
            if not block:
                break
            hit = block.find(b'"')
            if hit >= 0:
                self._quote = at + hit
            at += len(block)
        self._looked = max(self._looked, at)
