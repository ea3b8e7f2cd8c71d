"""A text under examination, and places in it."""

from __future__ import annotations

from bisect import bisect_right

from sladsl.records import Record, aside

__all__ = ["Place", "Source", "Span"]


class Source(Record):
    """A named text. `path` is shown to people; offsets count characters from 0."""

    path: str
    text: str
    _starts: tuple[int, ...] = aside(default=())

    def __init__(self, path: str, text: str) -> None:
        starts = [0]
        at = text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        super().__init__(path, text, tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both counted from 1."""
        line = bisect_right(self._starts, min(max(offset, 0), len(self.text)))
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    @property
    def lines(self) -> int:
        """How many lines the text has."""
        return len(self._starts)


class Span(Record):
    """The characters [start, end) of a source."""

    source: Source
    start: int
    end: int

    @property
    def place(self) -> str:
        """`path:line:column`, as compilers print it."""
        line, column = self.source.position(self.start)
        return f"{self.source.path}:{line}:{column}"

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of the other."""
        return Span(self.source, self.start, other.end)

    def begins_in(self, other: Span) -> bool:
        """Whether it begins within another one, of the same text."""
        return self.source is other.source and other.start <= self.start < other.end


class Place(Record):
    """A place in a file that isn't held as text: measurements, configuration.

    `line` and `column` count from 1; `line` is None where the whole file is meant.
    """

    path: str
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """`path[:line[:column]]`."""
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(parts)
