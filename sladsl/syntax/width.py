"""Lines that are too long are broken: at clauses, at blocks, at words that begin a part."""

from __future__ import annotations

from itertools import pairwise

from sladsl.syntax.alignment import lines
from sladsl.syntax.lexemes import Block, Lexeme

__all__ = ["WIDTH", "narrow"]

#: Lines aren't broken below this many columns.
WIDTH = 120
INDENT = 2

_WORDS = frozenset(
    {"where", "with", "per", "for", "and", "or", "unless", "when", "within", "by", "in", "on"}
    | {"from", "over", "outside", "while", "every", "==", "!=", "<", "<=", ">", ">="}
)
_SIGNS = frozenset({"+", "-", "*", "/", "??"})


def narrow(lexemes: list[Lexeme]) -> bool:
    """Break every line that is too long. Whether anything changed."""
    changed = False
    for line in lines(lexemes):
        rest: list[Lexeme] | None = line[:-1] if line[-1].comment else line
        while rest and rest[-1].end > WIDTH:
            rest = _narrow(rest)
            changed = changed or rest is not None
    return changed


def _narrow(line: list[Lexeme]) -> list[Lexeme] | None:
    """Break a line in the best way there is: what is left to look at, or None if there is none."""
    first, last = line[0], line[-1]
    if first.item is not None and first.starts is None and first.closes is None:
        if first.column > first.item.first.column + INDENT:
            first.fresh = True  # it stands further in than it must
            return []
    elif first.starts is not None:
        shared = [x for x in line[1:] if x.starts is not None and x.block is first.block]
        if shared:
            for lexeme in shared:
                lexeme.break_line()
            return []
    blocks = [x.opens for x in line if x.opens is not None and _closed_on(line, x.opens)]
    ending = [b for b in blocks if b.close is last or (last.text == "," and b.close is line[-2])]
    if ending and ending[0].rule != "match":
        return _open(ending[0])
    chosen = _best(line)
    if chosen is None:
        return _open(blocks[0]) if blocks else None
    chosen.break_line()
    assert chosen.item is not None
    rest = line[chosen.index - first.index :]
    shift = chosen.column - chosen.item.first.column - INDENT
    for lexeme in rest:
        lexeme.column -= shift
    return rest


def _closed_on(line: list[Lexeme], block: Block) -> bool:
    assert block.close is not None
    return bool(block.items) and block.close.index <= line[-1].index


def _open(block: Block) -> list[Lexeme]:
    """Give every item of a block its line."""
    for item in block.items:
        item.first.break_line()
    return []


def _best(line: list[Lexeme]) -> Lexeme | None:
    """Where a clause is broken: outside of brackets, at a word, and as late as it fits."""
    places: list[tuple[tuple[int, int], Lexeme]] = []
    depth = braces = 0
    for before, lexeme in pairwise(line):
        depth += (before.text in ("(", "{")) - (before.text in (")", "}"))
        braces += (before.text == "{") - (before.text == "}")
        if before.end > WIDTH and places:
            break
        rank = _rank(before, lexeme)
        if rank is not None and braces <= 0 and _gains(lexeme):
            places.append(((depth, rank), lexeme))
    fitting = [(weight, x) for weight, x in places if x.column - x.gap <= WIDTH]
    if fitting:
        least = min(weight for weight, _ in fitting)
        return [x for weight, x in fitting if weight == least][-1]
    return places[0][1] if places else None


def _rank(before: Lexeme, lexeme: Lexeme) -> int | None:
    """How good a break is between these: 0 is best, None isn't possible."""
    if lexeme.starts is not None or lexeme.opens is not None or lexeme.closes is not None:
        return None
    if not lexeme.spaces:
        return None
    if lexeme.text in _WORDS:
        return 0
    if before.text in (",", "="):
        return 1
    return 2 if lexeme.text in _SIGNS and lexeme.role != "prefix" else None


def _gains(lexeme: Lexeme) -> bool:
    item = lexeme.item
    return item is not None and lexeme.column > item.first.column + INDENT
