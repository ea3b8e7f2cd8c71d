"""A forgiving reading of a text as words, for findings: it never fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sladsl.records import Record

__all__ = ["Word", "lex", "quoted"]

#: Single and typographic quotes.
_QUOTES = "'`\u2018-\u201f\u00ab\u00bb\u2039\u203a"

_WORD = re.compile(
    r"""[ \t\r\n]+ | \#[^\n]*
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
    | (?P<unclosed>"[^\n]*)
    | (?P<quote>[QUOTES][^\n"QUOTES]*["QUOTES]?)
    | (?P<date>\d{1,4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,4}(?:T[\w:.+-]*)?(?![\w]))
    | (?P<clock>\d{1,2}:\d{1,2}(?::\d\d)?(?![\w:]))
    | (?P<coin>[€$£¥][ ]?\d[\d.,]*)
    | (?P<amount>\d+(?:\.\d+)?[ ]?(?:[A-Z]{3}|[kMGT]B|[KMGT]iB|B)(?!\w))
    | (?P<number>\d+(?:[.,]\d+)*(?:%|[^\W\d]\w*)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<mark>===|!==|:=|<>|=<|>=|<=|=>|==|!=|&&|\|\||\?\?|\.\.|//|/\*|\*/|--|->
        |[-+*/=<>!&|?.,:;(){}\[\]])
    | (?P<strange>.)
    """.replace("QUOTES", _QUOTES),
    re.VERBOSE | re.DOTALL,
)


class Word(Record):
    """A word or mark of a text. `kind` is a group of the pattern above, or `end`."""

    kind: str
    text: str
    start: int
    end: int


def lex(text: str, start: int, end: int) -> Iterator[Word]:
    """The words between two offsets, without blanks and comments."""
    for found in _WORD.finditer(text, start, end):
        kind = found.lastgroup
        if kind is not None:
            yield Word("date" if kind == "sep" else kind, found.group(), *found.span())


def quoted(text: str) -> str:
    """A user's words in backticks, cut where they are long."""
    line, *more = text.split("\n", 1)
    return f"`{line[:40]}...`" if more or len(line) > 43 else f"`{line}`"
