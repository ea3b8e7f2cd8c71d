"""Levels of agreements: corporate, customer, service; the more specific one governs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sladsl.contract.scope import identity
from sladsl.diagnostics import Diagnostic, Label, Refused, Severity
from sladsl.source import Source
from sladsl.syntax import nodes as n
from sladsl.syntax.parse import parse

__all__ = ["Read", "level_of", "with_levels"]

#: The text of a file that another one names. Raises `Refused`.
Read: TypeAlias = Callable[[Source, str], Source]

Taken: TypeAlias = tuple[n.Policy | None, tuple[Diagnostic, ...]]


def with_levels(policy: n.Policy, read: Read, above: tuple[Source, ...] = ()) -> Taken:
    """The policy with the declarations of what it is based on, where it has none of the same name.

    Tests are left where they stand. None where what it is based on can't be taken. `above` are
    the texts that are based on this one.
    """
    based = next((d for d in policy.declarations if isinstance(d, n.Based)), None)
    if based is None:
        return policy, ()
    try:
        source = read(policy.source, based.path.value)
    except Refused as refused:
        why = refused.diagnostics[0].message
        return None, (_refused(based, f"it can't be taken: {why}"),)
    below = (*above, policy.source)
    if any(source.path == other.path for other in below):
        return None, (_refused(based, "it is based on this agreement in turn"),)
    found, findings = parse(source)
    if found is None:
        return None, findings
    taken, more = with_levels(found, read, below)
    if taken is None:
        return None, (*findings, *more)
    for node in taken.declarations:
        if isinstance(node, n.Amendment):
            return None, (_refused(based, "it has amendments of its own", node),)
    own = {identity(d) for d in policy.declarations}
    kept = [d for d in taken.declarations if (key := identity(d)) is not None and key not in own]
    first = [d for d in policy.declarations if isinstance(d, n.Language | n.Based)]
    rest = [d for d in policy.declarations if not isinstance(d, n.Language | n.Based)]
    merged = n.Policy(
        (*first, *kept, *rest), policy.comments, (source, *taken.levels), source=policy.source
    )
    return merged, tuple(f for f in (*findings, *more) if f.severity is not Severity.ERROR)


def _refused(based: n.Based, why: str, node: n.Node | None = None) -> Diagnostic:
    also = () if node is None else (Label(node.span, "which would change more than one agreement"),)
    return Diagnostic(
        "SLA158",
        f'an agreement can\'t be based on "{based.path.value}"',
        Label(based.path.span, why),
        also,
        help="name a file in the policy's folder, or in one below it",
    )


def level_of(policy: n.Policy, node: n.Node) -> Source | None:
    """The text that a declaration comes from; None: the agreement's own."""
    return None if node.span.source is policy.source else node.span.source
