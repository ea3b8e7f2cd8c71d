"""The fenced blocks of a Markdown text. Needs the standard library alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = re.compile(r"<!--\s*run:\s*(\S+)\s*-->\s*$")
OPENING = re.compile(r"(`{3,}|~{3,})\s*([^\s`]*)[^`]*$")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: the word after its fence, its text, the line (from 1) of its first row of
    text, and the NAME of a `<!-- run: NAME -->` on the last line with anything on it before."""

    kind: str
    text: str
    line: int
    mark: str | None = None


def fences(markdown: str) -> Iterator[Fence]:
    """Every fenced block, in order. A block that isn't closed is an error."""
    mark: str | None = None
    opened: tuple[str, str, int] | None = None
    rows: list[str] = []
    for number, row in enumerate(markdown.splitlines(), 1):
        if opened is not None:
            fence, kind, line = opened
            closing = row.rstrip()
            if len(closing) >= len(fence) and not closing.strip(fence[0]):
                yield Fence(kind, "".join(f"{r}\n" for r in rows), line, mark)
                opened, mark, rows = None, None, []
            else:
                rows.append(row)
        elif opening := OPENING.match(row):
            opened = (opening[1], opening[2], number + 1)
        elif found := MARK.match(row):
            mark = found[1]
        elif row.strip():
            mark = None
    if opened is not None:
        raise ValueError(f"the block that opens on line {opened[2] - 1} is not closed")
