"""Text in columns of a terminal: cut, padded, aligned, coloured."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from sladsl.diagnostics import columns
from sladsl.records import Record

__all__ = [
    "BOLD",
    "DIM",
    "GREEN",
    "RED",
    "YELLOW",
    "Paint",
    "cut",
    "folded",
    "listed",
    "pad",
    "table",
]

BOLD, DIM, RED, GREEN, YELLOW = "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m"
_RESET = "\x1b[0m"
_MORE = "..."


class Paint(Record):
    """Colours, where they are asked for."""

    color: bool

    def __call__(self, text: str, tone: str) -> str:
        """The text in a tone; nothing is added to blanks."""
        return f"{tone}{text}{_RESET}" if self.color and text.strip() else text


def cut(text: str, width: int) -> str:
    """The text, or as much of its start as fits before `...`."""
    if columns(text) <= width:
        return text
    room, kept = width - len(_MORE), 0
    for character in text:
        room -= columns(character)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + _MORE


def folded(text: str, width: int) -> list[str]:
    """The text in lines, at its blanks; what follows the first is indented two further."""
    indent = " " * (len(text) - len(text.lstrip()))
    lines = wrap(text.lstrip(), width, initial_indent=indent, subsequent_indent=f"{indent}  ")
    return [cut(line, width) for line in lines]


def pad(text: str, width: int, right: bool = False) -> str:
    """The text cut or filled up to a width."""
    text = cut(text, width)
    blanks = " " * (width - columns(text))
    return blanks + text if right else text + blanks


def table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[list[str]]:
    """The cells of each row padded to the widest of their column, those of `right` on the left."""
    widths = [max(map(columns, cells)) for cells in zip(*rows, strict=True)]
    return [[pad(row[at], width, at in right) for at, width in enumerate(widths)] for row in rows]


def listed(items: Sequence[str], width: int, weights: Sequence[int] = ()) -> str:
    """Items joined by commas, as many as fit, and how many (by weight) there are besides."""
    weights = weights or [1] * len(items)
    left = sum(weights)
    best, text = "", ""
    for item, weight in zip(items, weights, strict=True):
        text = f"{text}, {item}" if text else item
        left -= weight
        shown = f"{text} and {left} more" if left else text
        if columns(shown) <= width:
            best = shown
        elif columns(text) > width:
            break
    return best or (cut(items[0], width) if items else "")
