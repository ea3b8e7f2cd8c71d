"""From text to syntax tree, with every finding that one reading can give."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from lark import TextSlice, Token, Tree
from lark.exceptions import UnexpectedInput

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Source, Span
from sladsl.syntax.automaton import soften
from sladsl.syntax.hints import explain_unexpected
from sladsl.syntax.layout import declarations
from sladsl.syntax.nodes import Policy
from sladsl.syntax.tables import load
from sladsl.syntax.tree import MAX_NESTING, TooDeep
from sladsl.syntax.tree import builder as builder_of

__all__ = ["MAX_SOURCE", "parse", "parse_tree"]

MAX_SOURCE = 1_000_000  # characters
MAX_FINDINGS = 20

#: Control and bidirectional characters, which make a text read otherwise than it looks.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    "|\r(?!\n)|[\ud800-\udfff\u2028\u2029]"
)


def parse(source: Source) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    """The policy in a text, or None with at least one error that says why not."""
    refused = _screen(source)
    if refused:
        return None, refused
    tree, comments, findings = parse_tree(source)
    if tree is None:
        return None, findings
    builder = builder_of(source)
    try:
        policy = builder.policy(tree, comments)
    except TooDeep as deep:
        finding = Diagnostic(
            "SLA103",
            f"nested more than {MAX_NESTING} levels deep",
            Label(deep.span),
            help="name a part of it as a metric of its own",
        )
        return None, (finding,)
    if builder.diagnostics:
        return None, tuple(builder.diagnostics)
    return policy, ()


def _screen(source: Source) -> tuple[Diagnostic, ...]:
    """Texts that aren't read at all: too long, or with characters that hide what they say."""
    if len(source.text) > MAX_SOURCE:
        whole = Label(Span(source, 0, 0))
        help = "split the agreement"
        return (Diagnostic("SLA101", "a policy of more than 1 MB", whole, help=help),)
    return tuple(
        Diagnostic(
            "SLA102",
            f"a control or bidirectional character (U+{ord(found.group()):04X})",
            Label(Span(source, found.start(), found.end()), "what follows may read otherwise"),
            help="remove it",
        )
        for found, _ in zip(FORBIDDEN.finditer(source.text), range(MAX_FINDINGS), strict=False)
    )


@cache
def _parser() -> tuple[Any, list[Token]]:
    comments: list[Token] = []

    def keep(token: Token) -> Token:
        comments.append(token)
        return token

    return soften(load({"COMMENT": keep})), comments


def parse_tree(
    source: Source,
) -> tuple[Tree[Token] | None, tuple[Token, ...], tuple[Diagnostic, ...]]:
    """Lark's tree of a text and its comments, or None and the errors.

    After an error every declaration is read by itself, so that one that is broken doesn't
    hide the next.
    """
    parser, comments = _parser()
    comments.clear()
    text = source.text
    try:
        return parser.parse(text), tuple(comments), ()
    except UnexpectedInput as error:
        whole = error
    broken = islice(_broken(parser, text, declarations(text), whole), MAX_FINDINGS)
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
