"""What a syntax error says: what stands there, what was expected, what to do.

Each rule looks for one thing that goes wrong and knows what to say about it; the first that
finds its own speaks. Where none does, the parser's expectations are put into words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lark.exceptions import UnexpectedInput

from sladsl.diagnostics import Diagnostic
from sladsl.source import Source
from sladsl.syntax import hints_blocks as blocks
from sladsl.syntax import hints_marks as marks
from sladsl.syntax import hints_values as values
from sladsl.syntax import hints_words as words
from sladsl.syntax.trouble import Trouble
from sladsl.syntax.words import quoted

__all__ = ["RULES", "explain_unexpected"]

#: What people add that the language does without.
_FILLERS = frozenset(
    [",", ":", "the", "a", "an", "is", "are", "be", "must", "shall", "should", "will", "that"]
)

#: In this order: what can be told from the characters alone, then values, blocks, words.
RULES: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    marks.comment,
    marks.unclosed_text,
    marks.escape,
    marks.quotes,
    marks.semicolon,
    values.date_form,
    values.time_form,
    values.unknown_unit,
    marks.operator,
    words.is_not,
    marks.strange,
    values.missing_text,
    blocks.too_many,
    blocks.unclosed,
    words.expression_in_require,
    words.filtered_operand,
    values.missing_unit,
    words.reserved_word,
    words.misspelt,
    blocks.wrong_block,
    blocks.unknown_declaration,
    words.too_late,
    words.missing_word,
    words.wrong_order,
    words.no_clause,
)


def explain_unexpected(
    source: Source, start: int, end: int, error: UnexpectedInput, parser: Any
) -> Diagnostic:
    """The finding for an error of the parser in the declaration at [start, end)."""
    trouble = Trouble(source, start, end, error, parser)
    for rule in RULES:
        finding = rule(trouble)
        if finding is not None:
            return finding
    return _general(trouble)


def _general(t: Trouble) -> Diagnostic:
    """Whatever no rule knows: what stands there, and what could have stood there."""
    word, state = t.here, t.state
    expected = f"expected {t.vocabulary.expected(state.accepts, state.block)}"
    if word.kind == "end":
        message = "the declaration breaks off"
        if state.clause:
            message = f"`{state.clause}` breaks off"
        last = t.word(-1)
        place = (last.end - 1, last.end) if last.kind != "end" else (t.at, t.at)
        return t.finding("SLA100", message, place, f"{expected} after this", words.example(t))
    within = (
        f" in `{state.clause}`" if state.clause else f" in `{state.block}`" if state.block else ""
    )
    place = (max(word.start, t.at), word.end) if word.kind != "string" else (word.start, word.end)
    message = f"{quoted(t.text[place[0] : place[1]])} isn't expected here{within}"
    help = words.example(t)
    if word.text in _FILLERS and t.reads_beyond(t.reach(word.start, word.end, "")):
        help = "remove it"
    return t.finding("SLA100", message, place, expected, help)
