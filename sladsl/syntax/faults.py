"""Texts that aren't accepted: read by Lark, whose errors say where and why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from lark import TextSlice, Token
from lark.exceptions import UnexpectedInput

from sladsl.diagnostics import Diagnostic
from sladsl.source import Source
from sladsl.syntax.automaton import soften
from sladsl.syntax.hints import explain_unexpected
from sladsl.syntax.layout import declarations
from sladsl.syntax.parse_tree import Tree, from_lark
from sladsl.syntax.tables import load

__all__ = ["parser_of_lark", "read_by_lark"]


@cache
def parser_of_lark() -> tuple[Any, list[Token]]:
    """Lark's parser, and the list that its comments go to."""
    comments: list[Token] = []

    def keep(token: Token) -> Token:
        comments.append(token)
        return token

    return soften(load({"COMMENT": keep})), comments


def read_by_lark(
    source: Source, limit: int
) -> tuple[Tree | None, tuple[str, ...], tuple[Diagnostic, ...]]:
    """The parse tree of a text and its comments, or None and at most `limit` errors.

    After an error every declaration is read by itself, so that one that is broken doesn't
    hide the next.
    """
    parser, comments = parser_of_lark()
    comments.clear()
    text = source.text
    try:
        return from_lark(parser.parse(text)), tuple(str(c) for c in comments), ()
    except UnexpectedInput as error:
        whole = error
    broken = islice(_broken(parser, text, declarations(text), whole), limit)
    findings = [explain_unexpected(source, *place, error, parser) for place, error in broken]
    if not findings:  # broken only as a whole
        findings.append(explain_unexpected(source, 0, len(text), whole, parser))
    return None, (), tuple(findings)


def _broken(
    parser: Any, text: str, places: list[tuple[int, int]], whole: UnexpectedInput
) -> Iterator[tuple[tuple[int, int], UnexpectedInput]]:
    """The declarations at fault, in their order, given the error of the whole text.

    Those that are sound are read many at a time, so that a long policy takes no longer.
    """

    def fault(group: list[tuple[int, int]]) -> UnexpectedInput | None:
        try:
            parser.parse(TextSlice(text, group[0][0], group[-1][1]))
        except UnexpectedInput as error:
            return error
        return None

    waiting = [places]
    error: UnexpectedInput | None = whole
    while waiting:
        group = waiting.pop()
        if error is not whole or group is not places:
            error = fault(group)
        if error is None:
            continue
        if len(group) == 1:
            yield group[0], error
            continue
        token = getattr(error, "token", None)
        index = bisect_right(group, (error.pos_in_stream, len(text))) - 1
        if token is not None and token.type == "$END":  # the last, or one that isn't closed
            index = len(group) - 1 if fault(group[-1:]) else len(group) // 2
        parts = (group[:index], group[index : index + 1], group[index + 1 :])
        waiting += [part for part in reversed(parts) if part]
