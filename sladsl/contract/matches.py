"""`match`: its keys fit its subject, leave no value out, and its arms are of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sladsl.contract import kinds
from sladsl.contract.model import Kind, Type
from sladsl.contract.scope import Scope, listed
from sladsl.diagnostics import Label, nearest
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["Key", "keys", "match", "values_of"]

Key = n.Name | n.Text | n.Quantity | None


def values_of(subject: Type) -> tuple[str, ...]:
    """All values of a type, where they can be listed."""
    return ("true", "false") if subject.kind is Kind.BOOL else subject.values


def match(
    s: Scope, node: n.Match, subject: Type | None, arms: Sequence[Type | None]
) -> Type | None:
    """The type of a `match` whose subject and arms have these types."""
    keys(s, node.subject.text, subject, [(a.key, a.span) for a in node.arms], node.span)
    result: Type | None = None
    first: n.Arm | None = None
    for arm, found in zip(node.arms, arms, strict=True):
        if found is None:
            continue
        if result is None or first is None:
            result, first = found, arm
            continue
        joined = kinds.join(result, found)
        if joined is None:
            s.error(
                "SLA321", "the arms of a `match` are of different kinds", arm.value.span,
                f"this is {kinds.describe(found)}", help="all arms must be of one kind",
                also=(Label(first.value.span, f"and this is {kinds.describe(result)}"),),
            )  # fmt: skip
            return None
        result = joined
    return None if any(found is None for found in arms) else result


def keys(
    s: Scope, name: str, subject: Type | None, arms: Iterable[tuple[Key, Span]], where: Span
) -> None:
    """Check the keys of a `match` against the type of its subject."""
    seen: dict[str, Span] = {}
    fine = True
    for key, span in arms:
        word = "otherwise" if key is None else _word(key)
        place = span if key is None else key.span
        if word in seen:
            s.error(
                "SLA319", f"`{word}` has two arms", place, "the second time",
                help="leave one of them out", also=(Label(seen[word], "the first time"),),
            )  # fmt: skip
            continue
        seen[word] = place
        if key is not None and subject is not None:
            fine = _key(s, name, subject, key) and fine
    if subject is None or not fine or "otherwise" in seen:
        return
    if subject.kind not in (Kind.ENUM, Kind.BOOL):
        s.error(
            "SLA320", f"the `match` on `{name}` misses what isn't listed", where,
            f"`{name}` is {kinds.describe(subject)}, of which there is no end",
            help="add an arm `otherwise: ...`",
        )  # fmt: skip
        return
    missing = [value for value in values_of(subject) if value not in seen]
    if missing:
        s.error(
            "SLA320", f"the `match` on `{name}` misses {listed(missing)}", where,
            help="add an arm for each, or `otherwise: ...`",
        )  # fmt: skip


def _word(key: n.Name | n.Text | n.Quantity) -> str:
    match key:
        case n.Name():
            return key.text
        case n.Text():
            return f'"{key.value}"'
        case n.Quantity():
            return str(key.value)


def _key(s: Scope, name: str, subject: Type, key: n.Name | n.Text | n.Quantity) -> bool:
    """Whether a key fits; if not, that is reported."""
    due, help = "", ""
    match subject.kind:
        case Kind.ENUM | Kind.BOOL:
            known = values_of(subject)
            if not isinstance(key, n.Name) or key.text not in known:
                due = f"one of {', '.join(known)}"
                help = nearest(_word(key).strip('"'), known)
        case Kind.TEXT:
            due = "" if isinstance(key, n.Text) else "a text in quotes"
        case Kind.INT:
            whole = isinstance(key, n.Quantity) and key.value.denominator == 1
            due = "" if whole else "a whole number"
        case _:
            s.error(
                "SLA319", f"no `match` on `{name}`, which is {kinds.describe(subject)}", key.span,
                help="a match is on an enum, a bool, a text or a whole number",
            )  # fmt: skip
            return False
    if due:
        what = f"`{_word(key)}` is no value of `{name}`"
        help = help or "leave the arm out, or write a value of it"
        s.error("SLA319", what, key.span, f"{due} is due here", help=help)
    return not due
