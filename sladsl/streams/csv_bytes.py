"""The bytes of a CSV file: where its rows and lines end."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from sladsl.streams.files import Readable

__all__ = ["BLOCK", "Feed", "filled", "lines_of", "row_end", "too_long"]

#: the longest row
BLOCK = 1 << 20


class Feed:
    """A file's rows after its header, on their way to Arrow.

    Bytes that aren't UTF-8 go no further, whatever column they are in: Arrow would drop a row
    of the wrong width that holds some without calling the handler that counts it.
    """

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._open = False

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
        return block


def row_end(block: bytes, delimiter: str) -> int:
    """Where the last whole row of a block ends, 0 if none does."""
    mark = b"\n" if b"\n" in block else b"\r"
    end = len(block)
    if b'"' not in block:
        return block.rfind(mark) + 1
    field = re.escape(delimiter.encode())
    quoted = re.compile(rb"(?:\A|(?<=[\n\r" + field + rb']))"(?:[^"]++|"")*+("?)')
    regions = [(m.start(), m.end() if m[1] else end) for m in quoted.finditer(block)]
    for low, high in reversed(regions):
        at = block.rfind(mark, 0, end) + 1
        if at > high:
            return at
        end = low
    return block.rfind(mark, 0, end) + 1


def too_long(block: bytes) -> bool:
    """Whether a line of a block is over 1 MB: then no line ends in half a megabyte somewhere."""
    half = BLOCK // 2
    mark = b"\n" if b"\n" in block else b"\r"
    for at in range(0, len(block) - half, half):
        before = block.rfind(mark, 0, at) + 1
        after = block.find(mark, at)
        if (len(block) if after < 0 else after) - before > BLOCK:
            return True
    return False


def filled(stream: Readable, size: int) -> bytes:
    """`size` bytes, or all there are."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(bytes(part))
        size -= len(part)
    return b"".join(parts)


def lines_of(stream: Readable) -> Iterator[bytes]:
    """A file's lines with their ends: LF, CR LF or CR."""
    left = b""
    for block in chain(iter(lambda: stream.read(BLOCK), b""), (b"",)):
        lines = (left + block).splitlines(keepends=True)
        keep = bool(block) and bool(lines)
        left = lines.pop() if keep else b""
        yield from lines
