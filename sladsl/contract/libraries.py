"""What makes a file a library: declarations alone, for agreements that import it."""

from __future__ import annotations

from sladsl.contract.scope import identity
from sladsl.diagnostics import Diagnostic, Label
from sladsl.syntax import nodes as n

__all__ = ["foreign", "is_library", "unknown_language"]

#: The version of the language that is read.
LANGUAGE = 1


def is_library(policy: n.Policy) -> bool:
    """Whether a file is declarations alone."""
    says = any(not isinstance(d, n.Language) for d in policy.declarations)
    return (says or bool(policy.imports)) and not any(map(foreign, policy.declarations))


def foreign(node: n.Declaration) -> str:
    """What a declaration is called that no library holds; empty for others."""
    if isinstance(node, n.Based):
        return "`based on`"
    if isinstance(node, n.Agreement) or (identity(node) is None and not _head(node)):
        return type(node).__name__.lower()
    return ""


def _head(node: n.Declaration) -> bool:
    return isinstance(node, n.Language | n.Import)


def unknown_language(policy: n.Policy) -> Diagnostic | None:
    """The finding that a file is in a version of the language that isn't known."""
    for node in policy.declarations:
        if isinstance(node, n.Language) and node.version.value != LANGUAGE:
            return Diagnostic(
                "SLA211",
                f"language {node.version.text} isn't known",
                Label(node.version.span),
                help=f"this version of sladsl reads `language {LANGUAGE}`",
            )
    return None
