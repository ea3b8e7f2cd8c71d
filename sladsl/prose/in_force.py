"""The state of an agreement at a moment, and its text as one policy."""

from __future__ import annotations

import re
from typing import TypeAlias

from sladsl.contract.levels import level_of
from sladsl.contract.model import Contract
from sladsl.contract.scope import identity, removed
from sladsl.records import Record
from sladsl.source import Source
from sladsl.syntax import nodes as n
from sladsl.syntax.format import format_policy

__all__ = ["InForce", "called", "consolidated", "in_force"]


Change: TypeAlias = tuple[
    n.Amendment,
    tuple[tuple[n.Declaration, n.Declaration], ...],
    tuple[n.Declaration, ...],
    tuple[n.Declaration, ...],
]


class InForce(Record):
    """An agreement as it stood. `shown` is the moment, as it is shown.

    `changes`: the amendments in force, by date, with what each replaced (old and new), added and
    removed; `later`: those that aren't in force yet.
    """

    contract: Contract
    shown: str
    changes: tuple[Change, ...]
    later: tuple[n.Amendment, ...]
    declarations: tuple[n.Declaration, ...]


def in_force(contract: Contract, shown: str, amendments: int) -> InForce:
    """The state after the first `amendments` of an agreement's amendments, by date."""
    current = {key: d for d in contract.policy.declarations if (key := identity(d)) is not None}
    changes = []
    state = contract
    for amendment, after in contract.amended[:amendments]:
        state = after
        replaced, added = [], []
        for declaration in amendment.declarations:
            key = identity(declaration)
            if key is not None:
                if key in current:
                    replaced.append((current[key], declaration))
                else:
                    added.append(declaration)
                current[key] = declaration
        gone = tuple(current.pop(removed(node)) for node in amendment.removed)
        changes.append((amendment, tuple(replaced), tuple(added), gone))
    later = tuple(a for a, _ in contract.amended[amendments:])
    return InForce(state, shown, tuple(changes), later, tuple(current.values()))


def called(node: n.Declaration) -> str:
    """A declaration by its sort and name."""
    if isinstance(node, n.Cap):
        return f"the cap on {node.what.text} by {node.per.text}"
    if isinstance(node, n.Test | n.Language | n.Based | n.Import):
        return type(node).__name__.lower()
    sort = {n.Derived: "stream", n.Metric: "measure"}.get(type(node), type(node).__name__.lower())
    return f"the {sort} `{node.name.text}`"


_COMMENT = re.compile(r"[ \t]*#[^\n]*")


def consolidated(state: InForce) -> str:
    """The state as one policy, formatted: each amendment's declarations are in their places.

    Those of what it is based on, or imports, stand behind its own. Tests are left out: they hold
    for the agreement with all of its amendments.
    """
    policy = state.contract.policy
    own = [d for d in policy.declarations if level_of(policy, d) is None]
    text = policy.source.text
    now = {identity(d): d for d in state.declarations}
    gone = {identity(d) for _, _, _, removed in state.changes for d in removed}
    written = {identity(d) for d in own} - gone  # what comes back stands last
    cuts: list[tuple[int, int, str]] = [
        (_start(text, node.span.start), _after(text, node.span.end), "")
        for node in (policy.imports if policy.libraries else ())
    ]
    for node in own:
        key = identity(node)
        if isinstance(node, n.Test | n.Amendment) or (isinstance(node, n.Based) and policy.levels):
            start = _start(text, node.span.start)
            cuts.append((start, _after(text, node.span.end), ""))
        elif key is not None and (key not in now or key in gone):
            cuts.append((_start(text, node.span.start), _after(text, node.span.end), ""))
        elif key is not None and now[key] is not node:
            cuts.append((node.span.start, node.span.end, _with_comments(text, now[key])))
    for start, end, new in sorted(cuts, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    added = [
        _with_comments(d.span.source.text, d)
        for d in state.declarations
        if identity(d) not in written
    ]
    text = "\n\n".join([text.rstrip(), *added]) + "\n"
    return format_policy(Source(policy.source.path, text))


def _with_comments(text: str, node: n.Declaration) -> str:
    """A declaration's text, with the comments right above it."""
    return text[_start(text, node.span.start) : node.span.end].strip()


def _after(text: str, end: int) -> int:
    """Where a declaration ends, with the comment behind it."""
    found = _COMMENT.match(text, end)
    return found.end() if found else end


def _start(text: str, start: int) -> int:
    """Where a declaration begins, with the comments right above it."""
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        return start
    while line > 0:
        above = text.rfind("\n", 0, line - 1) + 1
        if not text[above:line].lstrip().startswith("#"):
            break
        line = above
    return line
