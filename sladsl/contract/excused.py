"""Excuses: whose breach it is, when that was due, and what of ours it is about."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.contract.functions import on
from sladsl.contract.scope import Scope, listed
from sladsl.contract.told import About, told_apart_by
from sladsl.diagnostics import Label
from sladsl.syntax import nodes as n

__all__ = ["excuse"]


def excuse(s: Scope, owner: n.Obligation, node: n.Excused) -> None:
    """Check an excuse: whose breach it is, and which rows it is about."""
    s.party(node.party)
    if not s.find("obligation", node.obligation, s.here.obligations):
        return
    other = s.here.obligations[node.obligation.text]
    if other.owes is not None and other.owes.debtor.text != node.party.text:
        s.error(
            "SLA470", f"`{other.name.text}` isn't owed by `{node.party.text}`", node.party.span,
            f"`{other.owes.debtor.text}` owes it", help="name the party that owes it",
        )  # fmt: skip
    elif owner.owes is not None and owner.owes.debtor.text == node.party.text:
        s.error(
            "SLA470", f"`{node.party.text}` can't be excused by its own breach", node.party.span,
            help="an excuse is a breach of the other party's",
        )  # fmt: skip
    due = [require for require in other.requires if not isinstance(require, n.Require)]
    if other.requires and not due:
        s.error(
            "SLA472", f"a breach of `{other.name.text}` has no due time that it runs from",
            node.obligation.span, "it is broken for a period, and nothing of it is done late",
            help="be excused by an obligation that has to be done `within` a time, or `by` one",
            also=(Label(other.requires[0].span, "what has to be so over a period"),),
        )  # fmt: skip
        return
    if node.for_all:
        return
    if node.on is None:
        s.error(
            "SLA263", f"nothing says which rows a breach of `{other.name.text}` excuses",
            node.span, help="add `on field == field` (the row's on the left, the breach's right),"
            " or `for all`",
        )  # fmt: skip
        return
    _correlates(s, owner, other, node.on)


def _correlates(s: Scope, owner: n.Obligation, other: n.Obligation, node: n.On) -> None:
    """All that is judged, and all that excuses it, has to have the fields that are matched."""
    due = [require for require in other.requires if not isinstance(require, n.Require)]
    ours, theirs = ([(r, told_apart_by(s, r)) for r in x] for x in (owner.requires, due))
    if not all(about for _, parts in (*ours, *theirs) for about in parts):
        _tells_nothing(s, other, node, ours, theirs)
        return
    sides = [[about for _, parts in side for about in parts] for side in (ours, theirs)]
    if not all(sides):
        return  # what is read has errors of its own
    names = [f"what `{x.name.text}` is about" for x in (owner, other)]
    found = [
        any(name.text in about for about in side)
        for name, side in zip((node.left, node.right), sides, strict=True)
    ]
    on(s, node, sides[0], names[0], sides[1], names[1])
    if all(found):
        _tells_nothing(s, other, node, ours, theirs)


def _tells_nothing(
    s: Scope,
    other: n.Obligation,
    node: n.On,
    ours: Sequence[tuple[n.AnyRequire, Sequence[About]]],
    theirs: Sequence[tuple[n.AnyRequire, Sequence[About]]],
) -> None:
    """Report a requirement that has no such field: nothing says then what belongs together."""
    for name, side in ((node.left, ours), (node.right, theirs)):
        for require, parts in side:
            if all(name.text in about for about in parts):
                continue
            known = dict.fromkeys(field for about in parts for field in about)
            said = f"it is told apart by {listed(list(known))}" if known else "no row starts it"
            s.error(
                "SLA263", f"nothing says which breach of `{other.name.text}` excuses what",
                name.span, f"`{name.text}` is nothing that all of it has",
                help="match by a field that it has, or say `for all`",
                also=(Label(require.span, said),),
            )  # fmt: skip
            return
