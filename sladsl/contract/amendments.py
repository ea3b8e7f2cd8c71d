"""Amendments: what they hold, from when, and which periods they fall into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from sladsl.contract.names import check_names, sort_of
from sladsl.contract.schedules import begins
from sladsl.contract.scope import TABLES, Scope, identity, removed
from sladsl.diagnostics import Label
from sladsl.records import fields
from sladsl.syntax import nodes as n

__all__ = ["check_amendments", "check_changes"]

#: What of the frame decides where periods lie and how figures come about.
_OF_PERIODS = ("timezone", "week_starts", "month_starts", "year_starts", "percentile")
_MONTHS = {"day": 0, "week": 0, "month": 1, "quarter": 3, "year": 12}


def check_amendments(s: Scope, declarations: Iterable[n.Declaration]) -> None:
    """Check what stands in amendments, and their dates."""
    term = s.here.agreement.term if s.here.agreement else None
    first: dict[str, n.Amendment] = {}
    for node in declarations:
        if not isinstance(node, n.Amendment):
            continue
        check_names(s, node.declarations)
        for inner in node.declarations:
            if identity(inner) is None:
                s.error(
                    "SLA212", f"no {sort_of(inner)} in an amendment", inner.span,
                    help="let it stand by itself, outside the amendment",
                )  # fmt: skip
            elif isinstance(inner, n.Agreement):
                _same_agreement(s, inner)
        _removed_once(s, node)
        if node.start.text in first:
            _overlap(s, first[node.start.text], node)
        first.setdefault(node.start.text, node)
        last = term and (term.through or term.to)
        if term is not None and node.start.text < term.start.text:
            s.error(
                "SLA466", f"the amendment `{node.name.text}` begins before the term",
                node.start.span, help="an amendment changes an agreement that is in force",
                also=(Label(term.start.span, "the term begins here"),),
            )  # fmt: skip
        elif last and node.start.text > last.text:
            s.error(
                "SLA466", f"the amendment `{node.name.text}` begins after the term",
                node.start.span, help="it would never be in force",
                also=(Label(last.span, "the term ends here"),),
            )  # fmt: skip


def _same_agreement(s: Scope, inner: n.Agreement) -> None:
    frame = s.here.agreement
    if frame is not None and frame.name.text != inner.name.text:
        s.error(
            "SLA212", f"an amendment of another agreement, `{inner.name.text}`", inner.name.span,
            help=f"this file's is `{frame.name.text}`",
        )  # fmt: skip


def _overlap(s: Scope, one: n.Amendment, other: n.Amendment) -> None:
    """Of two amendments from one date neither comes first."""
    names = f"`{one.name.text}` and `{other.name.text}`"
    both = _changed(one).keys() & _changed(other).keys()
    note = "and this one changes what the other changes" if both else ""
    s.error(
        "SLA217", f"{names} begin on the same day: which comes first?", other.start.span, note,
        help="make them one amendment, or let one begin on another day",
        also=(Label(one.start.span, f"`{one.name.text}` begins here"),),
    )  # fmt: skip


def _changed(node: n.Amendment) -> dict[tuple[str, ...], n.Declaration | n.Remove]:
    found: dict[tuple[str, ...], n.Declaration | n.Remove] = {}
    for d in node.declarations:
        key = identity(d)
        if key is not None:
            found[key] = d
    return found | {removed(r): r for r in node.removed}


def _removed_once(s: Scope, node: n.Amendment) -> None:
    """What is removed is neither declared nor removed again in the same amendment."""
    seen: dict[tuple[str, ...], n.Declaration | n.Remove] = {
        key: d for d in node.declarations if (key := identity(d)) is not None
    }
    for remove in node.removed:
        other = seen.setdefault(removed(remove), remove)
        if other is not remove:
            twice = isinstance(other, n.Remove)
            verb = "removed twice" if twice else "removed, and declared too"
            s.error(
                "SLA216", f"`{remove.name.text}` is {verb}", remove.span,
                help="leave one out" if twice else "a declaration replaces the older one by itself",
                also=(Label(other.span, "the other"),),
            )  # fmt: skip


# ---- from one state of the terms to the next -------------------------------------------------


def check_changes(scopes: Sequence[tuple[n.Amendment | None, Scope]]) -> None:
    """Check each amendment against the terms that it changes."""
    for (_, before), (amendment, after) in pairwise(scopes):
        assert amendment is not None
        for remove in amendment.removed:
            _was_there(before, remove)
        for name, node in before.here.obligations.items():
            if any(_terms(before, name, p) != _terms(after, name, p) for p in _plans(before)):
                for require in node.requires:
                    if isinstance(require, n.Require):
                        _says_how(before, require, amendment)


def _plans(s: Scope) -> tuple[str | None, ...]:
    """The plans that somebody chooses: the agreement (None), or a test."""
    return None, *dict.fromkeys(test.plan.text for test in s.here.tests if test.plan is not None)


def _was_there(s: Scope, node: n.Remove) -> None:
    key = removed(node)
    if node.per is None:
        known: Mapping[str, object] = getattr(s.here, key[0])
        s.find(node.sort, node.name, known)
    elif key not in {identity(cap) for cap in s.here.caps}:
        s.error(
            "SLA201", f"no cap on `{node.name.text}` per {node.per.text}", node.span,
            "not in force when the amendment begins", help="name a cap that the agreement has",
        )  # fmt: skip


def _says_how(s: Scope, node: n.Require, amendment: n.Amendment) -> None:
    """Ask how a period is judged that the change falls into, where it isn't said."""
    if node.amended is not None or node.per is None or s.here.agreement is None:
        return
    match node.per:
        case n.Name(text=word):
            inside = not begins(s.here.agreement, word, amendment.start)
            if not inside and _MONTHS.get(word, 0) <= 1:
                return
            span = "the term" if word == "term" else f"a {word}"
            parts = " or `split` (each part is judged by its own)"
        case n.Rolling(length=length) | n.Trailing(length=length):
            span, parts = length.text, ""  # it is never cut
    s.error(
        "SLA464", f"which terms hold for {span} in which they change?", node.span,
        help=f"write `per {node.per.span.text} at start` (those at its start hold for all of it)"
        + parts,
        also=(Label(amendment.start.span, f"`{amendment.name.text}` changes them here"),),
    )  # fmt: skip


def _terms(s: Scope, name: str, plan: str | None) -> dict[tuple[str, ...], object]:
    """What decides on an obligation: itself, and all that it names, through and through.

    `plan`: as if this one were chosen; None: the agreement's own.
    """
    found: dict[tuple[str, ...], object] = {}
    waiting = [("obligations", name)]
    frame = s.here.agreement
    if frame is not None:
        for part in _OF_PERIODS:
            found["agreement", part] = getattr(frame, part)
    while waiting:
        key = waiting.pop()
        if key in found:
            continue
        node = getattr(s.here, key[0]).get(key[1])
        found[key] = node.but(doc=None) if hasattr(node, "doc") else node
        for word, member in _named(node):
            if member is not None:
                found["parameter", member] = _parameter(s, member, plan)
                continue
            waiting += [
                (table, word) for table in _USED if word in getattr(s.here, table)
            ]  # fmt: skip
    return found


_USED = tuple(dict.fromkeys(t for t in TABLES.values() if t not in ("plans", "services")))


def _named(node: object) -> Iterator[tuple[str, str | None]]:
    """The names below a node; of `plan.x` the parameter's name beside it."""
    match node:
        case n.Name(text=text):
            yield text, None
        case n.Ref(name=name, member=member):
            yield name, member if name == "plan" else None
        case tuple():
            for item in node:
                yield from _named(item)
        case n.Node():
            for field in fields(node):
                if field != "span":
                    yield from _named(getattr(node, field))
        case _:
            return


def _parameter(s: Scope, name: str, plan: str | None) -> n.Expr | None:
    """What a parameter is in a plan; None: in the one that the agreement chooses."""
    frame = s.here.agreement
    if plan is None and frame is not None and frame.plan is not None:
        plan = frame.plan.text
    found = s.here.plans.get(plan) if plan is not None else None
    bindings = found.bindings if found is not None else ()
    return next((b.value for b in bindings if b.name.text == name), None)
