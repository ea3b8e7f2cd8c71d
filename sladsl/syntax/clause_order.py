"""The order in which the clauses of a declaration are written, and imports before them all."""

from __future__ import annotations

from itertools import takewhile

from sladsl.syntax.lexemes import Block, Item, Lexeme, Structure

__all__ = ["CLAUSE_ORDER", "sort_clauses"]

#: By rule of the declaration: its clauses, by their rule or their first word. Clauses of one
#: rank keep the order in which they stand.
CLAUSE_ORDER: dict[str, tuple[tuple[str, ...], ...]] = {
    "agreement": (
        ("provider",), ("customer",), ("internal",), ("chosen_plan",), ("term",), ("renews",),
        ("timezone",), ("currency",), ("fee",), ("rounding",), ("review",), ("records",),
        ("late",), ("week_starts",), ("month_starts",), ("year_starts",), ("percentile",),
    ),
    "stream": (
        ("event", "span"), ("key",), ("sequence",), ("recorded",), ("expected",),
        ("timezone",), ("ambiguous",), ("field",),
    ),
    "outage": (
        ("for_each",), ("samples", "spans", "windows"), ("holds",), ("at_once",),
        ("measured",), ("lasting",), ("rounded_length",), ("counted",), ("weighted",),
        ("missing_data",),
    ),
    "exclusion": (
        ("spans", "windows"), ("for_all",), ("matched",), ("allowance",), ("excluded_time",),
    ),
    "service": (("service_of",), ("existing", "members"), ("rest",)),
    "calendar": (
        ("timezone",), ("open",),
        ("closed_holidays", "closed_together", "closed_dates", "closed_span"),
    ),
    "obligation": (
        ("owes",), ("responsible",), ("accountable",), ("consulted",), ("informed",),
        ("measured",), ("reported",),
        ("require", "require_within", "require_every", "require_by"), ("applies",),
        ("excluding",), ("excluded_time",), ("excused",), ("credit",), ("bonus",), ("penalty",),
        ("returned",), ("instead",), ("claim", "without_claim"), ("paid_only",),
    ),
    "remedy": (("may",), ("remedy_when",), ("remedy_within",)),
    "test": (("chosen_plan",), ("as_of",), ("given", "expect")),
}  # fmt: skip

_RANKS = {
    rule: {word: rank for rank, words in enumerate(order) for word in words}
    for rule, order in CLAUSE_ORDER.items()
}


def sort_clauses(made: Structure) -> None:
    """Put the imports first, and the clauses of every block in order, with their comments."""
    for block in made.blocks:
        if block.rule == "start":
            _sort_imports(made.lexemes, block)
        ranks = _RANKS.get(block.rule)
        if ranks is not None and block.items:
            _sort(made.lexemes, block, ranks)
    made.number()


def _sort(lexemes: list[Lexeme], block: Block, ranks: dict[str, int]) -> None:
    ranked: list[tuple[int, Item]] = []
    rank = 0
    for item in block.items:
        rank = _rank(item, ranks, rank)  # a clause without a rank stays behind its neighbour
        ranked.append((rank, item))
    ordered = [item for _, item in sorted(ranked, key=lambda pair: pair[0])]
    if ordered == block.items:
        return
    assert block.open is not None
    assert block.close is not None
    start, end = block.open.index + 1, block.close.index
    while lexemes[start].comment and not lexemes[start].breaks:
        start += 1  # a comment behind the brace is the block's
    _reorder(lexemes, block, ordered, start, end)


#: What may stand before the imports of a file.
_HEAD = ("language", "based")


def _sort_imports(lexemes: list[Lexeme], file: Block) -> None:
    """Put the imports of a file behind `language` and `based on`, where those stand first."""
    head = list(takewhile(lambda item: item.rule in (*_HEAD, "import"), file.items))
    first = [item for item in head if item.rule != "import"]
    imports = [item for item in file.items if item.rule == "import"]
    rest = [item for item in file.items[len(head) :] if item.rule != "import"]
    ordered = [*first, *imports, *rest]
    if ordered == file.items:
        return
    start = 0
    for lexeme in takewhile(lambda lexeme: lexeme.comment, lexemes):
        if lexemes[lexeme.index + 1].breaks > 1:
            start = lexeme.index + 1  # comments that end with a blank line are the file's
    first_was = lexemes[start]
    _reorder(lexemes, file, ordered, start, len(lexemes))
    lexemes[start].breaks = max(lexemes[start].breaks, first_was.breaks)


def _reorder(
    lexemes: list[Lexeme], block: Block, ordered: list[Item], start: int, end: int
) -> None:
    """Put the items of a block, which are the lexemes from start to end, in another order."""
    one_line = not any(lexeme.breaks for lexeme in lexemes[start:end])
    pieces: dict[int, list[Lexeme]] = {}
    before: dict[int, Item | None] = {}
    at, previous = start, None
    for item in block.items:
        stop = item.last.index + 1
        while stop < end and lexemes[stop].comment and not lexemes[stop].breaks:
            stop += 1
        pieces[id(item)] = lexemes[at:stop]
        before[id(item)] = previous
        at, previous = stop, item
    result: list[Lexeme] = []
    previous = None
    for item in ordered:
        piece = pieces[id(item)]
        if not one_line and before[id(item)] is not previous:
            piece[0].break_line()
        result += piece
        previous = item
    lexemes[start:end] = result + lexemes[at:end]
    block.items = ordered


def _rank(item: Item, ranks: dict[str, int], default: int) -> int:
    rank = ranks.get(item.rule)
    return ranks.get(item.first.text, default) if rank is None else rank
