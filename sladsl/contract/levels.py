"""Levels of agreements: corporate, customer, service; the more specific one governs."""

from __future__ import annotations

from sladsl.contract.imports import Read, Taken, with_imports
from sladsl.contract.libraries import unknown_language
from sladsl.contract.scope import identity
from sladsl.diagnostics import Diagnostic, Label, Refused, Severity
from sladsl.source import Source
from sladsl.syntax import nodes as n
from sladsl.syntax.parse import parse

__all__ = ["level_of", "with_levels"]


def with_levels(policy: n.Policy, read: Read, above: tuple[Source, ...] = ()) -> Taken:
    """The policy with what it imports, and what it is based on where it has none of the same name.

    Tests are left where they stand. None where what it is based on can't be taken. `above` are
    the texts that are based on this one.
    """
    based = next((d for d in policy.declarations if isinstance(d, n.Based)), None)
    whole, noted = with_imports(policy, read)
    if whole is None or based is None:
        return whole, noted
    policy = whole
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
    unknown = unknown_language(found)
    if unknown is not None:
        return None, (unknown,)
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
    own_libraries = {library.path for library in policy.libraries}
    more_libraries = [one for one in taken.libraries if one.path not in own_libraries]
    merged = policy.but(
        declarations=(*first, *kept, *rest),
        levels=(source, *taken.levels),
        libraries=(*policy.libraries, *more_libraries),
    )
    noted = (*noted, *findings, *more)
    return merged, tuple(f for f in noted if f.severity is not Severity.ERROR)


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
