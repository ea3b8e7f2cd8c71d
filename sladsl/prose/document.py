"""What is said, apart from how it is set: headings, paragraphs, lists, tables."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TypeAlias

from sladsl.diagnostics import printable
from sladsl.records import Record

__all__ = ["Block", "Heading", "Items", "Paragraph", "Table", "free", "markdown", "plain"]


class Heading(Record):
    """A heading; the title of the document has level 1."""

    level: int
    text: str


class Paragraph(Record):
    """A paragraph."""

    text: str


class Items(Record):
    """A list."""

    items: tuple[str, ...]


class Table(Record):
    """A table: its head and its rows, all of one width."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Heading | Paragraph | Items | Table

#: Around text that the authors of a policy were free in. `printable` leaves neither of them in it.
_OPEN, _CLOSE = "\x02", "\x03"
_FREE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
#: What is markup anywhere in a line (with what GitHub makes a link or a mention), or at its start.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&@]|:(?=//)|(?<=www)\.|^[-+]|(?<=^\d)[.)])")


def free(text: str) -> str:
    """Text of the authors' own, to be escaped for where it goes."""
    return f"{_OPEN}{printable(text)}{_CLOSE}"


def plain(blocks: tuple[Block, ...], width: int) -> str:
    """Text for a terminal or a file, in lines of at most `width` characters where words allow."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                line = _bare(text)
                rule = {1: "=", 2: "-"}.get(level)
                lines = _wrapped(line, width, "", "")
                if rule:
                    lines.append(rule * max(len(part) for part in lines))
                parts.append("\n".join(lines))
            case Paragraph(text=text):
                parts.append("\n".join(_wrapped(_bare(text), width, "", "")))
            case Items(items=items):
                lines = [line for i in items for line in _wrapped(_bare(i), width, "- ", "  ")]
                parts.append("\n".join(lines))
            case Table():
                parts.append("\n".join(_columns(block, width)))
    return "\n\n".join(parts) + "\n"


def _bare(text: str) -> str:
    return _FREE.sub(lambda found: found[1], text)


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return wrap(
        text, width, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    ) or [first.rstrip()]  # fmt: skip


def _columns(table: Table, width: int) -> list[str]:
    """A table in columns; the last one is wrapped."""
    rows = [tuple(_bare(cell) for cell in row) for row in (table.head, *table.rows)]
    most = width * 3 // 5
    widths = [min(max(len(row[at]) for row in rows), most) for at in range(len(table.head) - 1)]
    last = max(width - 2 - sum(w + 2 for w in widths), 20)
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [_wrapped(c, w, "", "") for c, w in zip(row, (*widths, last), strict=True)]
        for at in range(max(map(len, cells))):
            line = "  "
            for cell, cell_width in zip(cells, (*widths, 0), strict=True):
                line += (cell[at] if at < len(cell) else "").ljust(cell_width + 2)
            lines.append(line.rstrip())
        if number == 0:
            longest = max(len(row[-1]) for row in rows)
            rules = ["-" * w for w in (*widths, min(longest, last))]
            lines.append("  " + "  ".join(rules))
    return lines


def markdown(blocks: tuple[Block, ...]) -> str:
    """The same words as Markdown."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                parts.append(f"{'#' * level} {_escaped(text)}")
            case Paragraph(text=text):
                parts.append(_escaped(text))
            case Items(items=items):
                parts.append("\n".join(f"- {_escaped(item)}" for item in items))
            case Table(head=head, rows=rows):
                lines = [_row(head), _row(tuple("---" for _ in head)), *map(_row, rows)]
                parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    return _FREE.sub(lambda found: _MARKUP.sub(r"\\\1", found[1]), text)
