"""Names: declared once, not reserved, of one script; plans, parties and services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sladsl.contract import kinds
from sladsl.contract.expressions import type_of
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind, RefKind, Resolved, Type
from sladsl.contract.scope import TABLES, Scope, identity
from sladsl.diagnostics import Label
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["check_names", "check_plans", "sort_of"]

_EXPRESSIONS = frozenset(
    {"true", "false", "time", "duration", "windows", "fee", "plan", "service", "lateness"}
)

#: Names that mean something where a declaration of that sort would be named.
RESERVED: dict[str, frozenset[str]] = {
    "streams": frozenset({"time", "windows", "onset", "end", "breach", "period", "plan"}),
    "outages": frozenset({"time", "windows"}),
    "metrics": _EXPRESSIONS,
    "baselines": _EXPRESSIONS,
    "calendars": frozenset({"always", "true", "false"}),
    "obligations": frozenset({"credits", "penalties", "bonuses", "charges", "returns"}),
    "enums": frozenset(
        {"time", "text", "bool", "int", "number", "percent", "duration", "money", "size"}
    ),
    "field": frozenset({"true", "false"}),
    "value": frozenset({"true", "false", "otherwise"}),
}

#: Tables whose names share one space: one name can't be both.
_SHARED = {"outages": "streams", "baselines": "metrics"}
_SORTS = {"Based": "base", "Derived": "stream", "Baseline": "baseline", "Outage": "outage"}


def sort_of(node: n.Declaration) -> str:
    """The word for a declaration."""
    name = type(node).__name__
    return _SORTS.get(name, name.lower())


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def check_names(s: Scope, declarations: Iterable[n.Declaration]) -> None:
    """Check the names of a list of declarations, of a file or of an amendment."""
    first: dict[tuple[str, ...], tuple[str, Span]] = {}
    for node in declarations:
        key, name, span = _key(node)
        if key in first:
            sort, where = first[key]
            s.error(
                "SLA202", f"`{name}` is declared twice", span, "the second time",
                help=_mended(node),
                also=(Label(where, f"the first time, as {_a(sort)}"),),
            )  # fmt: skip
        first.setdefault(key, (sort_of(node), span))
        for table, word in _words(node):
            if word.text in RESERVED.get(table, ()):
                s.error(
                    "SLA203", f"the name `{word.text}` is reserved", word.span,
                    "it has a meaning of its own there", help="choose another name",
                )  # fmt: skip
            _script(s, word)


def _mended(node: n.Declaration) -> str:
    """What to do about the second of two."""
    if isinstance(node, n.Charge):
        return "give each of the charges a name of its own: `charge repairs each ...`"
    single = isinstance(node, n.Agreement | n.Language | n.Based | n.Import | n.Cap | n.Test)
    return "keep one of the two" if single else "rename one of them"


def _key(node: n.Declaration) -> tuple[tuple[str, ...], str, Span]:
    """What may stand once, how it is called, and where."""
    match node:
        case n.Test():
            return ("test", node.title.value), node.title.value, node.title.span
        case n.Cap():
            return identity(node) or (), f"cap {node.what.text} per {node.per.text}", node.span
        case n.Language():
            return ("language",), "language", node.span
        case n.Based():
            return ("based",), "based on", node.span
        case n.Import():
            return ("import", node.path.value), f'import "{node.path.value}"', node.path.span
        case n.Charge(label=None):
            name = node.stream.text
            return ("charges", name), f"charge for {name}", node.span
        case n.Agreement():
            return ("agreement",), "agreement", node.name.span
        case n.Amendment():
            return ("amendment", node.name.text), node.name.text, node.name.span
        case _:
            table = TABLES[type(node)]
            return (_SHARED.get(table, table), node.name.text), node.name.text, node.name.span


def _words(node: n.Declaration) -> Iterator[tuple[str, n.Name]]:
    """The names that a declaration gives, and the table of reserved names for each."""
    match node:
        case n.Test() | n.Cap() | n.Language() | n.Based() | n.Import():
            return
        case n.Charge(label=None):
            return
        case n.Agreement():
            yield from (("party", p.name) for p in (node.provider, node.customer) if p)
        case n.Stream():
            for field in node.fields:
                yield "field", field.name
                if isinstance(field.type, n.OneOf):
                    yield from (("value", value) for value in field.type.values)
        case n.Enum():
            yield from (("value", value) for value in node.values)
        case n.Plan():
            yield from (("parameter", binding.name) for binding in node.bindings)
        case _:
            pass
    yield TABLES.get(type(node), ""), node.name


def _script(s: Scope, name: n.Name) -> None:
    """Warn of letters of different scripts in one name, which can look like another name."""
    if name.text.isascii():
        return
    import unicodedata  # only for names beyond ASCII

    scripts = {unicodedata.name(c, "?").split()[0] for c in name.text if c.isalpha()}
    if len(scripts) > 1:
        words = " and ".join(sorted(script.title() for script in scripts))
        s.warn(
            "SLA206", f"the name `{name.text}` mixes scripts", name.span, f"letters of {words}",
            help="names that look the same can differ: keep to one script",
        )  # fmt: skip


# ---- plans ---------------------------------------------------------------------------------


def check_plans(s: Scope) -> None:
    """Give every parameter its type: defined by each plan, of one kind in all."""
    defined: dict[str, tuple[n.Binding, n.Plan]] = {}
    for plan in s.here.plans.values():
        s.repeated([binding.name for binding in plan.bindings], "the parameter")
        for binding in plan.bindings:
            name, found = binding.name.text, _parameter(s, binding.value)
            if name not in defined:
                defined[name] = (binding, plan)
                s.parameters[name] = found
                continue
            other = s.parameters[name]
            if found is None or other is None:
                continue
            joined = kinds.join(other, found)
            if joined is None:
                first = defined[name][0].value.span
                s.error(
                    "SLA208", f"the parameter `{name}` is of different kinds", binding.value.span,
                    f"{kinds.describe(found)} in the plan `{plan.name.text}`",
                    help="give it the same kind in every plan",
                    also=(Label(first, f"and {kinds.describe(other)} here"),),
                )  # fmt: skip
            else:
                s.parameters[name] = joined
    for name, (binding, _) in defined.items():
        for plan in s.here.plans.values():
            if all(other.name.text != name for other in plan.bindings):
                s.error(
                    "SLA208", f"the plan `{plan.name.text}` doesn't define `{name}`",
                    plan.name.span, help=f"add `{name} = ...`",
                    also=(Label(binding.name.span, "another plan does, here"),),
                )  # fmt: skip


def _parameter(s: Scope, value: n.Expr) -> Type | None:
    """The type of a value in a plan; a word is a calendar, a bool, or a value of an enum."""
    if not isinstance(value, n.Ref):
        return type_of(s, value, View(measures=False))
    name, found = value.name, None
    owners = [type for type in s.enums.values() if name in type.values]
    if name == "always" or name in s.here.calendars:
        kind = RefKind.ALWAYS if name == "always" else RefKind.CALENDAR
        s.refs.setdefault(id(value), Resolved(kind, name))
        found = kinds.CALENDAR
    elif name in ("true", "false"):
        s.refs.setdefault(id(value), Resolved(RefKind.BOOL, name))
        found = kinds.BOOL
    elif owners:
        s.refs.setdefault(id(value), Resolved(RefKind.VALUE, name, owners[0].unit))
        found = Type(Kind.ENUM, owners[0].unit, owners[0].values)
    else:
        known = [v for type in s.enums.values() for v in type.values]
        known += [*s.here.calendars, "always", "true", "false"]
        s.unknown("value", name, value.span, known, "neither a calendar nor a value of an enum")
        return None
    s.types.setdefault(id(value), found)
    return found
