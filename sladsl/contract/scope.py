"""What is known while an agreement is checked, in one state of its amendments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from sladsl.contract.currencies import CURRENCIES
from sladsl.contract.model import (
    FieldInfo,
    MetricInfo,
    OutageInfo,
    Resolved,
    StreamInfo,
    Type,
)
from sladsl.diagnostics import Diagnostic, Label, Severity, nearest
from sladsl.records import Record
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = [
    "AnyField", "Declarations", "Declared", "Desk", "Reads", "Scope", "after", "by_date",
    "declared", "identity", "listed", "removed", "signings", "states", "written",
]  # fmt: skip

_NONE: Mapping[str, Any] = {}


class Declared(Record):
    """The declarations in force, by sort and name; of two of one name the first."""

    agreement: n.Agreement | None = None
    plans: Mapping[str, n.Plan] = _NONE
    services: Mapping[str, n.Service] = _NONE
    streams: Mapping[str, n.Stream | n.Derived] = _NONE
    enums: Mapping[str, n.Enum] = _NONE
    calendars: Mapping[str, n.Calendar] = _NONE
    exclusions: Mapping[str, n.Exclusion] = _NONE
    outages: Mapping[str, n.Outage] = _NONE
    metrics: Mapping[str, n.Metric] = _NONE
    baselines: Mapping[str, n.Baseline] = _NONE
    obligations: Mapping[str, n.Obligation] = _NONE
    remedies: Mapping[str, n.Remedy] = _NONE
    charges: Mapping[str, n.Charge] = _NONE
    caps: tuple[n.Cap, ...] = ()
    tests: tuple[n.Test, ...] = ()


#: Declarations with a name of their own, and the table that each goes into.
TABLES: dict[type, str] = {
    n.Plan: "plans", n.Service: "services", n.Stream: "streams", n.Derived: "streams",
    n.Enum: "enums", n.Calendar: "calendars", n.Exclusion: "exclusions", n.Outage: "outages",
    n.Metric: "metrics", n.Baseline: "baselines", n.Obligation: "obligations",
    n.Remedy: "remedies", n.Charge: "charges",
}  # fmt: skip


def declared(declarations: Iterable[n.Declaration]) -> Declared:
    """The tables of a list of declarations."""
    tables: dict[str, dict[str, n.Declaration]] = {name: {} for name in TABLES.values()}
    agreement: n.Agreement | None = None
    caps: list[n.Cap] = []
    tests: list[n.Test] = []
    for node in declarations:
        match node:
            case n.Agreement():
                agreement = agreement or node
            case n.Cap():
                caps.append(node)
            case n.Test():
                tests.append(node)
            case n.Language() | n.Based() | n.Import() | n.Amendment():
                pass
            case _:
                tables[TABLES[type(node)]].setdefault(node.name.text, node)
    return Declared(agreement, caps=tuple(caps), tests=tuple(tests), **tables)  # type: ignore[arg-type]


def identity(node: n.Declaration) -> tuple[str, ...] | None:
    """What makes a declaration replace another in an amendment; None: it can't stand in one."""
    match node:
        case n.Agreement():
            return ("agreement",)
        case n.Cap():
            return ("cap", node.what.text, node.per.text)
        case n.Language() | n.Based() | n.Import() | n.Amendment() | n.Test():
            return None
        case _:
            return (TABLES[type(node)], node.name.text)


#: The table of what a `remove` takes out, by its word.
_SORTS = {
    "plan": "plans", "service": "services", "stream": "streams", "enum": "enums",
    "calendar": "calendars", "exclusion": "exclusions", "outage": "outages",
    "metric": "metrics", "baseline": "baselines", "obligation": "obligations",
    "charge": "charges", "remedy": "remedies",
}  # fmt: skip


def removed(node: n.Remove) -> tuple[str, ...]:
    """The identity of what an amendment removes."""
    if node.per is not None:
        return ("cap", node.name.text, node.per.text)
    return (_SORTS[node.sort], node.name.text)


Declarations: TypeAlias = tuple[n.Declaration, ...]


def states(policy: n.Policy) -> Iterator[tuple[n.Amendment | None, Declarations]]:
    """The agreement as written, then as it stands after each amendment, by date."""
    current = written(policy)
    yield None, current
    for amendment in by_date(policy):
        current = after(current, amendment)
        yield amendment, current


def written(policy: n.Policy) -> Declarations:
    """The declarations of an agreement before any amendment."""
    return tuple(d for d in policy.declarations if not isinstance(d, n.Amendment))


def by_date(policy: n.Policy) -> tuple[n.Amendment, ...]:
    """The amendments in the order in which they come into force."""
    found = (d for d in policy.declarations if isinstance(d, n.Amendment))
    return tuple(sorted(found, key=lambda a: a.start.text))


def signings(policy: n.Policy) -> tuple[tuple[n.Moment | None, tuple[n.Amendment, ...]], ...]:
    """Which amendments are known from when on: none, then with each date of a signature more.

    The amendments are in the order in which they come into force.
    """
    amendments = by_date(policy)
    dates = {a.signed.text: a.signed for a in amendments}
    known = [
        (date, tuple(a for a in amendments if a.signed.text <= text))
        for text, date in sorted(dates.items())
    ]
    return (None, ()), *known


def after(current: Declarations, amendment: n.Amendment) -> Declarations:
    """The declarations of an agreement once an amendment is in force."""
    new: dict[tuple[str, ...], n.Declaration] = {
        key: d for d in amendment.declarations if (key := identity(d)) is not None
    }
    gone = {removed(node) for node in amendment.removed}
    kept: list[n.Declaration] = []
    for d in current:
        key = identity(d)
        if key not in gone:
            kept.append(d if key is None else new.pop(key, d))
    return (*kept, *new.values())


def listed(names: Iterable[str]) -> str:
    """Names for a message: `` `a`, `b` and `c` ``."""
    shown = [f"`{name}`" for name in names]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


class AnyField(dict[str, FieldInfo | None]):
    """The fields of a stream that couldn't be made out: every name is one, of no type."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> None:
        return None


class Desk:
    """What all states of one policy share: findings, types and what names stand for."""

    def __init__(self) -> None:
        self.findings: dict[tuple[str, str, str, int, int], Diagnostic] = {}
        self.types: dict[int, Type] = {}
        self.refs: dict[int, Resolved] = {}

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return any(d.severity is Severity.ERROR for d in self.findings.values())

    def add(self, finding: Diagnostic) -> None:
        """Keep a finding, once however many states show it."""
        where = finding.label.where
        at = (where.source.path, where.start, where.end) if isinstance(where, Span) else ("", 0, 0)
        self.findings.setdefault((finding.code, finding.message, *at), finding)


class Reads:
    """What a measure reads; `windows`: it is itself over windows or groups."""

    __slots__ = ("outages", "streams", "windows")

    def __init__(
        self,
        streams: dict[str, None] | None = None,
        outages: dict[str, None] | None = None,
        windows: bool = False,
    ) -> None:
        self.streams = {} if streams is None else streams
        self.outages = {} if outages is None else outages
        self.windows = windows

    def take(self, other: Reads) -> None:
        """Add what another measure reads."""
        self.streams |= other.streams
        self.outages |= other.outages
        self.windows = self.windows or other.windows


class Scope:
    """One state of an agreement: its declarations, and what was found out about them."""

    def __init__(
        self,
        desk: Desk,
        here: Declared,
        named: Callable[[Scope, n.Ref], Type | None],
        amendment: n.Amendment | None = None,
    ) -> None:
        self.desk = desk
        self.here = here
        #: the amendment since which the declarations are these
        self.amendment = amendment
        #: the type of a metric or baseline, by `measures`, which stands further right
        self.named = named
        self.types, self.refs = desk.types, desk.refs
        agreement = here.agreement
        code = agreement.currency.text if agreement and agreement.currency else ""
        self.currency = code if code in CURRENCIES else ""
        self._told: set[str] = set()
        self.enums: dict[str, Type] = {}
        self.fields: dict[str, dict[str, FieldInfo | None]] = {}
        self.streams: dict[str, StreamInfo | None] = {}
        self.outages: dict[str, OutageInfo] = {}
        #: the streams of what exclusions are made of
        self.excluded: dict[str, str] = {}
        self.metrics: dict[str, MetricInfo | None] = {}
        self.reads: dict[str, Reads] = {}
        self.baselines: dict[str, Type | None] = {}
        self.parameters: dict[str, Type | None] = {}
        self.pending: list[str] = []

    def error(
        self,
        code: str,
        message: str,
        where: Span,
        note: str = "",
        *,
        help: str = "",
        also: tuple[Label, ...] = (),
    ) -> None:
        """Report an error; of what an amendment changes elsewhere, with that amendment."""
        since = self.amendment
        if since is not None and not where.begins_in(since.span):
            also = (*also, Label(since.name.span, f"since the amendment `{since.name.text}`"))
        self.desk.add(Diagnostic(code, message, Label(where, note), also, help))

    def warn(self, code: str, message: str, where: Span, note: str = "", *, help: str = "") -> None:
        """Report a warning."""
        finding = Diagnostic(code, message, Label(where, note), (), help, Severity.WARNING)
        self.desk.add(finding)

    def first(self, code: str) -> bool:
        """Whether a finding that would be repeated everywhere is still to be told."""
        if code in self._told:
            return False
        self._told.add(code)
        return True

    def unknown(self, sort: str, name: str, where: Span, known: Iterable[str], note: str) -> None:
        """Report a name that nothing bears."""
        choices = tuple(known)
        help = nearest(name, choices)
        if not help and choices:
            more = ", ..." if len(choices) > 6 else ""
            help = f"known: {', '.join(choices[:6])}{more}"
        self.error("SLA201", f"unknown {sort} `{name}`", where, note, help=help)

    def find(self, sort: str, name: n.Name, table: Mapping[str, object]) -> bool:
        """Whether a name is in a table; if not, that is reported."""
        if name.text in table:
            return True
        self.unknown(sort, name.text, name.span, table, "not declared in this agreement")
        return False

    def repeated(self, names: Iterable[n.Name], what: str) -> None:
        """Report names that a list holds twice."""
        seen: dict[str, n.Name] = {}
        for name in names:
            if name.text in seen:
                first = (Label(seen[name.text].span, "the first time"),)
                self.error(
                    "SLA214", f"{what} `{name.text}` is listed twice", name.span,
                    "the second time", help="leave one of them out", also=first,
                )  # fmt: skip
            seen.setdefault(name.text, name)

    @property
    def parties(self) -> dict[str, n.Party]:
        """The parties by name."""
        agreement = self.here.agreement
        both = (agreement.provider, agreement.customer) if agreement else ()
        return {party.name.text: party for party in both if party is not None}

    def party(self, name: n.Name) -> bool:
        """Whether a name is a party's; nothing is said where the agreement names none."""
        known = self.parties
        return len(known) < 2 or self.find("party", name, known)
