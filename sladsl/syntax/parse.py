"""From text to syntax tree, with every finding that one reading can give."""

from __future__ import annotations

import re
from functools import cache

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Source, Span
from sladsl.syntax.lalr import Reader
from sladsl.syntax.nodes import Policy
from sladsl.syntax.parse_tree import Tree
from sladsl.syntax.tables import tables
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


def parse_tree(
    source: Source,
) -> tuple[Tree | None, tuple[str, ...], tuple[Diagnostic, ...]]:
    """The parse tree of a text and its comments, or None and the errors."""
    read = _reader().read(source.text)
    if read is not None:
        return read[0], tuple(read[1]), ()
    from sladsl.syntax.faults import read_by_lark  # only where there is something to explain

    return read_by_lark(source, MAX_FINDINGS)


@cache
def _reader() -> Reader:
    return Reader(tables())
