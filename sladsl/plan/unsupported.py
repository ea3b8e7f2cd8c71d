"""Clauses that `check` understands and `eval` doesn't yet: each refused with its place.

The list is data, so that a test can show it and see it shrink.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sladsl.contract.model import Contract
from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["refuse", "unsupported"]


def refuse(what: str, where: Span) -> Diagnostic:
    """The finding that a clause can't be evaluated yet."""
    return Diagnostic(
        "SLA600",
        f"{what} can't be evaluated yet",
        Label(where, "understood and checked, but not evaluated by this version"),
        help="narrow the evaluation to other obligations with `--obligation`, or leave it out",
    )


def unsupported(contract: Contract, obligations: Iterable[str]) -> list[Diagnostic]:
    """Findings for the clauses that the chosen obligations can't be evaluated with."""
    found = [
        refuse("`based on`", node.span)
        for node in contract.policy.declarations
        if isinstance(node, n.Based) and not contract.policy.levels
    ]
    for name in obligations:
        found += _obligation(contract.obligations[name])
    return found


def _obligation(node: n.Obligation) -> Iterator[Diagnostic]:
    for require in node.requires:
        if not isinstance(require, n.Require):
            continue
        if isinstance(require.per, n.Rolling | n.Trailing) and _is_split(require):
            yield refuse("a period of this sort that is `split`", require.span)


def _is_split(node: n.Require) -> bool:
    return node.amended is not None and node.amended.text == "split"
