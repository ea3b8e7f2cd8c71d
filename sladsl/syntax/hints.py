"""What a syntax error says: what stands there, what was expected, what to do."""

from __future__ import annotations

from typing import Any

from lark import Token
from lark.exceptions import UnexpectedInput

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Source, Span

__all__ = ["explain_unexpected"]


def explain_unexpected(
    source: Source, text: str, error: UnexpectedInput, parser: Any
) -> tuple[Diagnostic, int]:
    """The finding for an error of the parser, and the offset whose declaration to set aside."""
    at = min(error.pos_in_stream if error.pos_in_stream is not None else len(text), len(text))
    token = getattr(error, "token", None)
    end = token.end_pos if isinstance(token, Token) and token.end_pos else at + 1
    if token is not None and token.type == "$END":
        at = end = len(text.rstrip())
    return Diagnostic("SLA100", "syntax error", Label(Span(source, at, end))), at
