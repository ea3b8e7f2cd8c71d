"""Findings about what a user wrote, as data, and their rendering as text.

A diagnostic is a value: passes over a user's text return diagnostics beside their result
and raise nothing. `Refused` carries diagnostics to the command line where a request can't
be carried out at all (a file that can't be read, a clause that can't be evaluated yet).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sladsl.records import Record
from sladsl.source import Place, Span

__all__ = [
    "Diagnostic",
    "Label",
    "Refused",
    "Severity",
    "columns",
    "nearest",
    "printable",
    "render",
    "to_dict",
]


class Severity(StrEnum):
    """How much a finding weighs: an error stops what was asked for."""

    ERROR = "error"
    WARNING = "warning"


class Label(Record):
    """A place and the words that stand beside it."""

    where: Span | Place
    text: str = ""


class Diagnostic(Record):
    """One finding. `message`, labels and `help` are lower case without a full stop."""

    code: str
    message: str
    label: Label
    related: tuple[Label, ...] = ()
    help: str = ""
    severity: Severity = Severity.ERROR


class Refused(Exception):
    """The request can't be carried out; exit status 2."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


def nearest(word: str, known: Iterable[str]) -> str:
    """The sentence `did you mean ...?` for the nearest known name, or nothing."""
    from difflib import get_close_matches  # only where something is wrong

    names = sorted(set(known))
    found = get_close_matches(word, names, 1, 0.6)
    if not found:
        folded = {name.casefold(): name for name in names}
        found = [folded[n] for n in get_close_matches(word.casefold(), folded, 1, 0.6)]
    return f"did you mean `{found[0]}`?" if found else ""


# ---- rendering ---------------------------------------------------------------------------------

_RED, _YELLOW, _BLUE, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[0m"
_TAB = "    "
_CUT = "..."


def printable(text: str) -> str:
    """The same text with everything that could steer a terminal shown as an escape.

    That is control, format (bidirectional and invisible) and separator characters, and lone
    surrogates. Letters of every script stay as they are.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\u3000":
        return character
    kind = _category(character)
    if kind == "Zs":
        return " "
    if kind in ("Cn", "Co"):  # unassigned or private: harmless, perhaps newer than our tables
        return character
    code = ord(character)
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def columns(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _category(character: str) -> str:
    from unicodedata import category  # only for texts beyond ASCII

    return category(character)


def _columns(character: str) -> int:
    from unicodedata import east_asian_width

    if _category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def render(diagnostic: Diagnostic, *, color: bool = False, width: int = 100) -> str:
    """A finding as text for people: where, the line it is about, what to do. No line end."""
    paint = _Paint(color)
    labels = (diagnostic.label, *diagnostic.related)
    numbers = [_first_line(label.where) for label in labels]
    indent = " " * max(len(str(number)) for number in numbers)
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    tone = _RED if diagnostic.severity is Severity.ERROR else _YELLOW
    rows = [f"{paint(head, tone)}: {printable(diagnostic.message)}"]
    for label in labels:
        main = label is diagnostic.label
        if not main:
            rows.append(paint(f"{indent} |", _BLUE))
        mark = ("^", tone) if main else ("-", _BLUE)
        rows.extend(_snippet(label, mark, indent, paint, width))
    if diagnostic.help:
        rows.append(f"{paint(f'{indent} =', _BLUE)} help: {printable(diagnostic.help)}")
    return "\n".join(rows)


def _first_line(where: Span | Place) -> int:
    if isinstance(where, Place):
        return where.line or 1
    return where.source.position(where.start)[0]


def _snippet(
    label: Label, mark: tuple[str, str], indent: str, paint: _Paint, width: int
) -> list[str]:
    """The place of a label, its line and the marks under it."""
    where, text = label.where, printable(label.text)
    rows = [f"{paint(f'{indent}-->', _BLUE)} {printable(where.place)}"]
    bar = paint(f"{indent} |", _BLUE)
    if isinstance(where, Place):
        return [*rows, f"{bar} {text}"] if text else rows
    number, column = where.source.position(where.start)
    line = where.source.line(number)
    start = min(column - 1, len(line))
    end = min(max(start + where.end - where.start, start), len(line))
    shown, before, marked = _window(line, start, end, max(width - len(indent) - 3, 20))
    marks = paint(mark[0] * max(marked, 1), mark[1])
    gutter = paint(f"{number:>{len(indent)}} |", _BLUE)
    rows += [bar, f"{gutter} {shown}".rstrip(), f"{bar} {' ' * before}{marks} {text}".rstrip()]
    return rows


def _window(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """What is shown of a line: its text, the columns before the marks, the columns marked."""

    def shown(character: str) -> str:
        return _TAB if character == "\t" else _shown(character)

    near = [shown(c) for c in line[max(start - room, 0) : start]]
    here = [shown(c) for c in line[start : min(end, start + room)]]
    after = [shown(c) for c in line[end : end + room]]
    cut_left, cut_right = start > room, end > start + room or len(line) > end + room
    sizes = [sum(map(columns, part)) for part in (near, here, after)]
    if sum(sizes) > room:
        space = room - 2 * len(_CUT)
        kept, sizes[1] = _take(here, space)
        cut_right = cut_right or len(kept) < len(here)
        here, rest = kept, space - sizes[1]
        lead = rest - min(sizes[2], rest // 2) if not cut_right else rest // 2
        tail, sizes[0] = _take(near[::-1], lead)
        cut_left = cut_left or len(tail) < len(near)
        near = tail[::-1]
        follow, sizes[2] = _take(after if len(kept) == len(here) else [], rest - sizes[0])
        cut_right = cut_right or len(follow) < len(after)
        after = follow
    left = _CUT if cut_left else ""
    text = left + "".join(near + here + after) + (_CUT if cut_right else "")
    return text, len(left) + sizes[0], sizes[1]


def _take(parts: list[str], room: int) -> tuple[list[str], int]:
    """As many parts from the start as fit, and the columns they take."""
    used = 0
    for count, part in enumerate(parts):
        size = columns(part)
        if used + size > room:
            return parts[:count], used
        used += size
    return parts, used


class _Paint:
    """Colours, where they are asked for."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, tone: str) -> str:
        return f"{tone}{text}{_RESET}" if self.color else text


# ---- as data -----------------------------------------------------------------------------------


def to_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """A finding as plain values, for JSON. Lines and columns count from 1, ends are exclusive."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_label_dict(diagnostic.label),
        "related": [_label_dict(label) for label in diagnostic.related],
        "help": diagnostic.help,
    }


def _label_dict(label: Label) -> dict[str, Any]:
    where = label.where
    if isinstance(where, Place):
        line, column, end_line, end_column = where.line, where.column, None, None
        path = where.path
    else:
        path = where.source.path
        line, column = where.source.position(where.start)
        end_line, end_column = where.source.position(where.end)
    return {
        "file": path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "label": label.text,
    }
