"""Line breaks, indentation and columns.

The author's lines and alignment are kept where they are good; everything else is put right.
Each step only changes what it must and changes nothing in a layout that is right, and the
steps are repeated until nothing changes: laying out a layout again leaves it as it is.
"""

from __future__ import annotations

from sladsl.syntax.alignment import collapse, lines
from sladsl.syntax.lexemes import Block, Item, Lexeme, Structure
from sladsl.syntax.width import INDENT, narrow

__all__ = ["lay_out"]

#: A line break within a clause is good behind these, ...
GOOD_AFTER = frozenset({",", "=", ":", "with", "where"})
#: ... and before these.
GOOD_BEFORE = frozenset(
    {"where", "with", "per", "for", "and", "or", "in", "on", "by", "from", "through", "until"}
    | {
        "pinned",
        "unless",
        "when",
        "within",
        "outside",
        "over",
        "while",
        "every",
        "pausing",
        "match",
    }
    | {"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "??"}
)


def lay_out(made: Structure) -> str:
    """The text in its layout. Changes the lexemes' layout to the final one."""
    for _ in range(2 * len(made.lexemes) + 1):  # more breaks than that there can't be
        _break(made)
        while _indent(made) | collapse(made.lexemes):
            pass
        if not narrow(made.lexemes):
            break
    return _text(made.lexemes)


def _text(lexemes: list[Lexeme]) -> str:
    pieces: list[str] = []
    for lexeme in lexemes:
        if lexeme.breaks:
            pieces.append("\n" * lexeme.breaks + " " * lexeme.column)
        else:
            pieces.append(" " * lexeme.gap)
        pieces.append(lexeme.text)
    return "".join([*pieces, "\n"]) if pieces else ""


# ---- line breaks -----------------------------------------------------------------------------


def _break(made: Structure) -> None:
    """Make and mend line breaks by the structure; no width is looked at."""
    before: Lexeme | None = None
    for lexeme in made.lexemes:
        if before is None:
            lexeme.breaks = lexeme.gap = lexeme.column = 0
        elif before.comment:
            lexeme.break_line()
        elif _within(lexeme) and not _may_break(before, lexeme):
            lexeme.join()
        if _within(lexeme) and lexeme.breaks > 1:
            lexeme.breaks = 1
        before = lexeme
    for block in made.blocks:
        for item in block.items if block.rule in ("start", "amendment") else ():
            if item.first.index > 0:
                item.first.break_line()
    broken = _broken(made.lexemes)
    for block in made.blocks:
        _break_block(made.lexemes, block, broken)
    broken = _broken(made.lexemes)
    for block in made.blocks:
        _separate(block, broken)


def _within(lexeme: Lexeme) -> bool:
    """Whether it stands inside a clause, so that a break before it goes on with a line."""
    if lexeme.starts is not None or lexeme.closes is not None:
        return False
    return lexeme.item is not None or not lexeme.comment


def _may_break(before: Lexeme, lexeme: Lexeme) -> bool:
    if lexeme.comment:
        return True
    if not lexeme.spaces or lexeme.opens is not None:
        return False
    if lexeme.text in GOOD_BEFORE and lexeme.role != "prefix":
        return True
    # A word isn't left alone on its line.
    return before.text in GOOD_AFTER and not (before.breaks and before.kind == "word")


def _broken(lexemes: list[Lexeme]) -> list[int]:
    """How many lines begin up to each lexeme, itself included."""
    count, counts = 0, []
    for lexeme in lexemes:
        count += lexeme.breaks > 0
        counts.append(count)
    return counts


def _break_block(lexemes: list[Lexeme], block: Block, broken: list[int]) -> None:
    """A block is on one line, or its braces stand at the end and the beginning of lines."""
    if block.open is None or block.close is None:
        return
    first, last = block.open.index + 1, block.close.index
    if first == last:
        block.close.join()
    elif broken[last] > broken[first - 1]:
        if not lexemes[first].comment:
            lexemes[first].break_line()
        block.close.break_line()
        block.close.breaks = 1
        while lexemes[first].comment and not lexemes[first].breaks:
            first += 1
        lexemes[first].breaks = min(lexemes[first].breaks, 1)


def _separate(block: Block, broken: list[int]) -> None:
    """A clause of several lines shares none of them with another clause."""
    if block.open is None:
        return
    after_long = False
    for item in block.items:
        long = broken[item.last.index] > broken[item.first.index]
        if long or after_long:
            item.first.break_line()
        after_long = long


# ---- indentation -----------------------------------------------------------------------------


def _indent(made: Structure) -> bool:
    """Put every line at its column; the gaps in it stay. Whether anything moved."""
    moved = False
    above: list[Lexeme] = []
    for line in lines(made.lexemes):
        first = line[0]
        column = _start(first, above)
        for lexeme in line:
            if lexeme is not first:
                column += lexeme.gap
            if lexeme.column != column:
                lexeme.column = column
                moved = True
            column += len(lexeme.text)
            if lexeme.opens is not None:
                lexeme.opens.indent = first.column + INDENT
        first.fresh = False
        above = line
    for lexeme in made.lexemes:
        lexeme.was = lexeme.column
    return moved


def _start(first: Lexeme, above: list[Lexeme]) -> int:
    """The column at which a line begins."""
    assert first.block is not None
    if first.closes is not None:
        return first.closes.indent - INDENT
    item = first.item
    if first.starts is not None or item is None:
        return first.block.indent
    return item.first.column + _continuation(first, item, above)


def _continuation(first: Lexeme, item: Item, above: list[Lexeme]) -> int:
    """How far a line stands in from the beginning of its clause.

    The author's choice where it is one or two steps, or lines up with the line above;
    otherwise one step.
    """
    if first.fresh:
        return INDENT
    distance = first.was - item.first.was
    if distance in (INDENT, 2 * INDENT):
        return distance
    for lexeme in above[1:]:
        if lexeme.was == first.was and lexeme.index > item.first.index and not lexeme.comment:
            return lexeme.column - item.first.column
    return INDENT
