"""Where a text stopped making sense, and everything that a finding may ask about it."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from functools import cached_property
from typing import Any

from lark import TextSlice, Token, Tree
from lark.exceptions import UnexpectedInput

from sladsl.diagnostics import Diagnostic, Label
from sladsl.records import Record
from sladsl.source import Source, Span
from sladsl.syntax.automaton import acceptable
from sladsl.syntax.vocabulary import Vocabulary
from sladsl.syntax.words import Word, lex

__all__ = ["Block", "State", "Trouble"]

_AHEAD = 400  # characters after the error that a trial reads
_FAR = 20_000  # a longer declaration isn't read again and again


class Block(Record):
    """A brace or parenthesis that is open: where, and the word that it belongs to."""

    owner: str
    mark: str
    at: int


class State(Record):
    """What the parser has read and what it can take next."""

    accepts: frozenset[str]
    blocks: tuple[Block, ...]
    #: The first word of the clause, or of the declaration outside braces, that has begun.
    clause: Token | None

    @property
    def block(self) -> str:
        """What the innermost open brace belongs to, or nothing."""
        return next((b.owner for b in reversed(self.blocks) if b.mark == "{"), "")


class Trouble:
    """An error of the parser in one declaration."""

    def __init__(
        self, source: Source, start: int, end: int, error: UnexpectedInput, parser: Any
    ) -> None:
        text = source.text
        self.source, self.text, self.start, self.end = source, text, start, end
        self.parser = parser
        self.vocabulary = Vocabulary.of(parser)
        at = error.pos_in_stream
        token = getattr(error, "token", None)
        if at is None or (isinstance(token, Token) and token.type == "$END"):
            at = end
        words = list(lex(text, start, min(end, at + 1000)))
        if at >= end:
            at = words[-1].end if words else end
        self.at = at
        words.append(Word("end", "", *((words[-1].end,) * 2 if words else (at, at))))
        self.words = words
        ends = [word.end for word in words]
        self.index = min(bisect_right(ends, at), len(words) - 1)

    @property
    def here(self) -> Word:
        """The word that can't stand where it stands."""
        return self.words[self.index]

    def word(self, offset: int) -> Word:
        """A word before (negative) or after the one in trouble; `end` where there is none."""
        index = self.index + offset
        return self.words[index] if 0 <= index < len(self.words) else Word("end", "", 0, 0)

    @cached_property
    def state(self) -> State:
        """The parser just before the word in trouble."""
        return self.state_at(self.at)

    def state_at(self, offset: int) -> State:
        """The parser after the text up to an offset."""
        offset = max(offset, self.start)
        interactive = self.parser.parse_interactive(TextSlice(self.text, self.start, offset))
        # The last word may read otherwise without what follows it.
        with suppress(UnexpectedInput):
            interactive.exhaust_lexer()
        state = interactive.parser_state
        accepts = acceptable(self.vocabulary.table, state.state_stack)
        return State(accepts, *_outline(state.value_stack))

    @cached_property
    def accepted_words(self) -> frozenset[str]:
        """The keywords and marks that the parser can take here."""
        return self.vocabulary.spelled(self.state.accepts)

    def reach(self, start: int, end: int, instead: str) -> int:
        """How far the declaration can be read with other words at [start, end).

        The result is an offset of the text as it is; -1 where that isn't tried.
        """
        if self.at - self.start > _FAR:
            return -1
        limit = min(self.end, self.here.end + _AHEAD)
        return self.read(self.text[self.start : start] + instead, end, limit)

    def read(self, before: str, start: int, limit: int) -> int:
        """How far the text from an offset can be read after other words."""
        trial = before + self.text[start:limit]
        try:
            self.parser.parse(trial)
        except UnexpectedInput as error:
            token = getattr(error, "token", None)
            if isinstance(token, Token) and token.type == "$END":
                return limit
            at: Any = error.pos_in_stream
            return int(at) - len(before) + start
        return limit

    def mends(self, start: int, end: int, instead: str) -> bool:
        """Whether other words at [start, end) make the text readable beyond the trouble."""
        return self.reach(start, end, instead) >= self.next_start

    def reads_beyond(self, offset: int) -> bool:
        """Whether that is further than the word after the trouble."""
        return offset > self.next_start or (offset == self.next_start == self.end)

    @property
    def next_start(self) -> int:
        """Where the word after the one in trouble begins."""
        after = self.word(1)
        return after.start if after.kind != "end" else self.here.end

    def span(self, start: int, end: int) -> Span:
        """A place in the source."""
        return Span(self.source, start, end)

    def finding(
        self,
        code: str,
        message: str,
        where: Word | tuple[int, int],
        note: str = "",
        help: str = "",
        related: tuple[Label, ...] = (),
    ) -> Diagnostic:
        """A diagnostic with its label on a word."""
        place = (where.start, where.end) if isinstance(where, Word) else where
        return Diagnostic(code, message, Label(self.span(*place), note), related, help)


def _outline(values: list[Any]) -> tuple[tuple[Block, ...], Token | None]:
    """The open braces and parentheses of a parser's stack, and the clause that has begun."""
    blocks: list[Block] = []
    clause: Token | None = None
    outer: list[Token | None] = []  # the clause that each open brace is part of
    fresh = True  # a clause may begin with the next value
    for index, value in enumerate(values):
        if isinstance(value, Token) and value.type in ("LBRACE", "LPAR"):
            before = values[index - 2] if index >= 2 else None
            matching = isinstance(before, Token) and before.type == "MATCH"
            owner = "match" if matching else str(clause or "")
            blocks.append(Block(owner, str(value), value.start_pos or 0))
            outer.append(clause)
            if value.type == "LBRACE":
                fresh, clause = True, None
        elif isinstance(value, Token) and value.type in ("RBRACE", "RPAR"):
            blocks.pop()
            fresh, clause = False, outer.pop()
        elif fresh and not (isinstance(value, Tree) and str(value.data).startswith("__")):
            clause, fresh = _first_token(value), False
    return tuple(blocks), clause


def _first_token(value: Any) -> Token | None:
    while isinstance(value, Tree):
        value = next((child for child in value.children if child is not None), None)
    return value if isinstance(value, Token) else None
