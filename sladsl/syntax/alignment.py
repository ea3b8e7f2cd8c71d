"""Gaps that line something up with a neighbouring line are kept; all others are closed."""

from __future__ import annotations

from sladsl.syntax.lexemes import Block, Item, Lexeme

__all__ = ["collapse", "lines"]


def lines(lexemes: list[Lexeme]) -> list[list[Lexeme]]:
    """The lexemes, line by line."""
    found: list[list[Lexeme]] = []
    for lexeme in lexemes:
        if lexeme.breaks or not found:
            found.append([lexeme])
        else:
            found[-1].append(lexeme)
    return found


def collapse(lexemes: list[Lexeme]) -> bool:
    """Close the gaps that line nothing up, from left to right. Whether there were any."""
    rows = lines(lexemes)
    around = _neighbours(rows, False)
    notes = _neighbours(rows, True)
    closed = False
    for number, row in enumerate(rows):
        shift = 0
        for index in range(1, len(row)):
            lexeme = row[index]
            lexeme.column -= shift
            excess = lexeme.gap - lexeme.spaces
            if excess > 0:
                others = notes[number] if lexeme.comment else around[number]
                if not any(_lined_up(row, index, other) for other in others):
                    lexeme.gap = lexeme.spaces
                    lexeme.column -= excess
                    shift += excess
        closed = closed or shift > 0
    return closed


def _neighbours(rows: list[list[Lexeme]], notes: bool) -> list[list[list[Lexeme]]]:
    """For each line those above and below that are of the same block or clause.

    With `notes` only lines with a comment behind them count.
    """
    around: list[list[list[Lexeme]]] = [[] for _ in rows]
    latest: dict[int, int] = {}
    for number, row in enumerate(rows):
        kin = _kin(row[0])
        if kin is None or (notes and not row[-1].comment):
            continue
        above = latest.get(id(kin))
        if above is not None:
            around[number].append(rows[above])
            around[above].append(row)
        latest[id(kin)] = number
    return around


def _kin(first: Lexeme) -> Block | Item | None:
    """What lines that begin like this one have in common: a block, or the clause they go on."""
    if first.starts is not None:
        return first.block
    return None if first.closes is not None else first.item


def _lined_up(row: list[Lexeme], index: int, other: list[Lexeme]) -> bool:
    lexeme = row[index]
    right = lexeme.kind in ("number", "unit")
    for place in range(1, len(other)):
        against = other[place]
        if against.column > lexeme.end:
            break
        if (
            against.column == lexeme.column
            or (right and against.kind in ("number", "unit") and against.end == lexeme.end)
        ) and _alike(row, index, other, place):
            return True
    return False


def _alike(row: list[Lexeme], index: int, other: list[Lexeme], place: int) -> bool:
    """Whether two lexemes can mean to stand one below the other: by chance many do."""
    lexeme, against = row[index], other[place]
    if lexeme.comment or against.comment:
        return lexeme.comment and against.comment
    before = row[index - 1]
    return (
        index == place
        or lexeme.text == against.text
        or against.gap > against.spaces
        or (before.kind == "mark" and before.text == other[place - 1].text)
    )
