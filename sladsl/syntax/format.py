"""The canonical text of a policy: the author's lines, in order and put right.

What comes out says what went in: the result is parsed again and compared before it is
returned, and formatting it once more changes nothing.
"""

from __future__ import annotations

import difflib
from collections import Counter

from sladsl.source import Source
from sladsl.syntax.clause_order import sort_clauses
from sladsl.syntax.lexemes import structure
from sladsl.syntax.nodes import Policy
from sladsl.syntax.page import lay_out
from sladsl.syntax.parse import parse, parse_tree

__all__ = ["Unformattable", "format_policy", "unified_diff"]


class Unformattable(Exception):
    """The text doesn't parse, or its formatted text would say something else (a defect)."""


def format_policy(source: Source) -> str:
    """The canonical text of a source that parses."""
    source = Source(source.path, source.text.replace("\r\n", "\n"))
    policy, findings = parse(source)
    tree, _, _ = parse_tree(source)
    if policy is None or tree is None:
        raise Unformattable(f"{source.path} doesn't parse: {findings[0].message}")
    made = structure(source.text, tree)
    sort_clauses(made)
    text = lay_out(made)
    if text == source.text:
        return text
    again, _ = parse(Source(source.path, text))
    if again is None or policy != again:
        raise Unformattable(f"formatting would change what {source.path} says")
    if _comments(policy) != _comments(again):
        raise Unformattable(f"formatting would lose a comment of {source.path}")
    return text


def _comments(policy: Policy) -> Counter[str]:
    return Counter(comment.rstrip() for comment in policy.comments)


def unified_diff(old: str, new: str, path: str) -> str:
    """What changes between two texts of a file, as `diff -u` prints it; empty if nothing."""
    pieces: list[str] = []
    for line in difflib.unified_diff(_lines(old), _lines(new), path, f"{path} (formatted)"):
        pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only line feeds end them."""
    found = [f"{line}\n" for line in text.split("\n")]
    last = found.pop()[:-1]
    return [*found, last] if last else found
