"""A text as lexemes that know their place: which clause and which block they are in.

Lexemes carry a layout (line breaks and columns) that the formatter changes; what they say it
never changes. Where clauses begin and end is taken from the parse tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sladsl.syntax.parse_tree import Token, Tree

__all__ = ["Block", "Item", "Lexeme", "Structure", "structure"]

_SPACE = re.compile(r"[ \t\r\n]+")
_LEXEME = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<text>"(?:[^"\\\n]|\\["\\])*")
      | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[+-]\d\d:\d\d)?)?
          /\d+(?:d|w|mo|q|y)(?!\w)
        |\d{4}-\d\d-\d\dT\d\d
          (?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?:Z|[+-]\d\d:\d\d)?(?![\w:])
        |\d{4}-(?:\d\d-\d\d|\d\d)(?![\w-])|\d{4}-(?:W\d\d|Q[1-4])(?!\w)
        |\d\d:\d\d(?::\d\d)?(?![\w:]))
      | (?P<unit>\d+(?:\.\d+)?[ ]?(?:[A-Z]{3}|k?B|[MGT]B|[KMGT]iB)(?!\w))
      | (?P<number>(?:\d+(?:\.\d+)?[^\W\d]*)+%?)
      | (?P<word>p\d{1,2}\.\d+(?!\w)|[^\W\d]\w*)
      | (?P<mark>\.\.|\?\?|[=!<>]=|.)""",
    re.VERBOSE,
)
_UNIT = re.compile(r"(?<=\d) ?(?=[A-Za-z])")
_TAB = 8

#: Nothing before these, nothing after those.
_TIGHT_BEFORE = frozenset({",", ":", ")", ".", "..", "?"})
_TIGHT_AFTER = frozenset({"(", ".", ".."})


@dataclass(slots=True, eq=False)
class Lexeme:
    """A token or a comment, with its place in the layout.

    `breaks` counts the line breaks before it (2: a blank line), `gap` the spaces before it
    on its line, `column` where it starts; `spaces` is the gap that it has by rule.
    """

    text: str
    kind: str  # comment, text, moment, unit, number, word, mark
    start: int
    breaks: int
    gap: int
    column: int
    index: int = 0
    spaces: int = 1
    #: The innermost clause that it is a part of; None between the clauses of `block`.
    item: Item | None = None
    block: Block | None = None
    #: Marks for the gap by rule: `call` on `(`, `prefix` on a sign, `range` between hours.
    role: str = ""
    starts: Item | None = None
    opens: Block | None = None
    closes: Block | None = None
    was: int = 0  # its column before the round, while lines are moved and gaps closed
    fresh: bool = False  # its line was begun by the formatter: its indent is no one's choice

    @property
    def end(self) -> int:
        """The column after its last character."""
        return self.column + len(self.text)

    @property
    def comment(self) -> bool:
        """Whether it is a comment."""
        return self.kind == "comment"

    def break_line(self) -> None:
        """Begin a line here."""
        if not self.breaks:
            self.breaks, self.fresh = 1, True

    def join(self) -> None:
        """Stand on the line of the lexeme before."""
        if self.breaks:
            self.breaks, self.gap = 0, self.spaces


@dataclass(slots=True, eq=False)
class Item:
    """A declaration, a clause, a binding, a tier or an arm: what blocks are made of."""

    rule: str
    block: Block
    first: Lexeme
    last: Lexeme


@dataclass(slots=True, eq=False)
class Block:
    """What stands in braces; the whole file is one without them."""

    rule: str
    open: Lexeme | None = None
    close: Lexeme | None = None
    items: list[Item] = field(default_factory=list)
    indent: int = 0


@dataclass(slots=True)
class Structure:
    """All lexemes in order, with the blocks and clauses that they form."""

    lexemes: list[Lexeme]
    blocks: list[Block]  # the file first; an outer block before those in it

    def number(self) -> None:
        """Number the lexemes anew, and give each its gap by rule."""
        for index, lexeme in enumerate(self.lexemes):
            lexeme.index = index
        _set_spaces(self.lexemes)

    def items(self) -> Iterator[Item]:
        """The items of all blocks."""
        for block in self.blocks:
            yield from block.items


def structure(text: str, tree: Tree) -> Structure:
    """The lexemes of a text that has this tree."""
    places = _read(text)
    innermost: dict[int, Tree] = {}  # by the place where it ends, with a brace
    stack = [tree]
    while stack:
        node = stack.pop()
        if node.start >= 0:
            _mark(node, places)
            if text[node.end - 1] == "}":
                innermost[node.end] = node
        stack.extend(child for child in node.children if isinstance(child, Tree))
    return _nest(places, tree, innermost)


@dataclass(slots=True)
class _Places:
    """The lexemes in order, by where they start, and by where they end."""

    order: list[Lexeme] = field(default_factory=list)
    starts: dict[int, Lexeme] = field(default_factory=dict)
    ends: dict[int, Lexeme] = field(default_factory=dict)


def _read(text: str) -> _Places:
    found = _Places()
    at = breaks = gap = column = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space is not None:
            at = space.end()
            run = space.group()
            breaks = min(run.count("\n"), 2)
            start = 0 if breaks else column
            column = start + len(run.rpartition("\n")[2])
            if "\t" in run:
                column = start
                for c in run.rpartition("\n")[2]:
                    column += _TAB - column % _TAB if c == "\t" else 1
            gap = column - start
            continue
        match = _LEXEME.match(text, at)
        assert match is not None
        kind, word = match.lastgroup or "", match.group()
        if kind == "unit":
            word = _UNIT.sub(" ", word, count=1)
        elif kind == "comment":
            word = word.rstrip()
        lexeme = Lexeme(word, kind, at, breaks, gap, column, len(found.order), was=column)
        found.order.append(lexeme)
        found.starts[at] = lexeme
        at = match.end()
        found.ends[at] = lexeme
        column += len(word)
        breaks = gap = 0
    return found


def _mark(node: Tree, places: _Places) -> None:
    """Note in its lexemes what a node says of the gaps in it."""
    start = node.start
    if node.data in ("minus", "negative"):
        places.starts[start].role = "prefix"
    elif node.data == "call":
        index = places.starts[start].index + 1
        while places.order[index].comment:
            index += 1
        places.order[index].role = "call"
    elif node.data == "hours":
        sign = node.children[1]
        if isinstance(sign, Token) and sign.start in places.starts:
            places.starts[sign.start].role = "range"


def _nest(places: _Places, tree: Tree, innermost: dict[int, Tree]) -> Structure:
    """Blocks and items, set down in the lexemes that belong to them."""
    file = Block("start")
    blocks = [file]
    lexemes = places.order
    _fill(file, tree, -1, places)
    closing = _closing(lexemes)
    inside: list[Block | Item] = [file]
    for lexeme in lexemes:
        if lexeme.closes is not None:
            inside.pop()
        if lexeme.starts is not None:
            inside.append(lexeme.starts)
        within = inside[-1]
        if isinstance(within, Item):
            lexeme.item, lexeme.block = within, within.block
        else:
            lexeme.block = within
        if lexeme.index in closing:
            close = closing[lexeme.index]
            node = innermost[close.start + 1]
            block = Block(node.data, lexeme, close)
            lexeme.opens = close.closes = block
            _fill(block, node, lexeme.start, places)
            blocks.append(block)
            inside.append(block)
        elif isinstance(within, Item) and within.last is lexeme:
            inside.pop()
    made = Structure(lexemes, blocks)
    made.number()
    return made


def _closing(lexemes: list[Lexeme]) -> dict[int, Lexeme]:
    """For the index of each opening brace the closing one."""
    pairs: dict[int, Lexeme] = {}
    opened: list[int] = []
    for lexeme in lexemes:
        if lexeme.text == "{":
            opened.append(lexeme.index)
        elif lexeme.text == "}":
            pairs[opened.pop()] = lexeme
    return pairs


def _fill(block: Block, node: Tree, after: int, places: _Places) -> None:
    """The items of a block: the parts of its node behind the opening brace."""
    for child in node.children:
        if isinstance(child, Tree) and child.start >= 0 and child.start > after:
            first = places.starts[child.start]
            item = Item(child.data, block, first, places.ends[child.end])
            first.starts = item
            block.items.append(item)


def _set_spaces(lexemes: list[Lexeme]) -> None:
    """Give each lexeme the gap that it has by rule behind the one before it."""
    before: Lexeme | None = None
    for lexeme in lexemes:
        lexeme.spaces = 0 if before is None else _spaces(before, lexeme)
        lexeme.gap = max(lexeme.gap, lexeme.spaces) if lexeme.spaces else 0
        before = lexeme


def _spaces(before: Lexeme, lexeme: Lexeme) -> int:
    if lexeme.comment:
        return 2
    if before.opens is not None:
        return 0 if lexeme.closes is before.opens else 1
    if lexeme.starts is not None:
        return 1 if before.text == "," else 2
    if lexeme.text in _TIGHT_BEFORE or before.text in _TIGHT_AFTER:
        return 0
    if lexeme.role in ("call", "range") or before.role in ("prefix", "range"):
        return 0
    return 1
