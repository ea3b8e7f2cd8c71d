"""Clauses that `check` understands and `eval` doesn't yet: each refused with its place.

The list is data, so that a test can show it and see it shrink.
"""

from __future__ import annotations

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


def unsupported(contract: Contract) -> list[Diagnostic]:
    """Findings for the clauses that nothing can be evaluated with."""
    policy = contract.policy
    based = [d for d in policy.declarations if isinstance(d, n.Based) and not policy.levels]
    imports = () if policy.libraries else policy.imports
    return [
        refuse(what, node.span)
        for what, nodes in (("`based on`", based), ("`import`", imports))
        for node in nodes
    ]
