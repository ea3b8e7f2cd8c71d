"""A policy with a meaning for every name and a type for every expression.

The syntax tree stays as it is; what the checker found out about its nodes is kept beside
it, by the identity of the node (`Contract.types`, `Contract.refs`). A contract holds its
policy, so identities stay true for as long as the contract is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sladsl.records import Record
from sladsl.syntax import nodes as n

__all__ = [
    "AgreementInfo", "Contract", "FieldInfo", "Kind", "MetricInfo", "OutageInfo", "RefKind",
    "Resolved", "StreamInfo", "Type",
]  # fmt: skip


class Kind(StrEnum):
    """What a value is."""

    TIME = "time"
    TEXT = "text"
    BOOL = "bool"
    INT = "int"  # a whole number of a field, or a count
    NUMBER = "number"
    PERCENT = "percent"  # a share of one
    RATIO = "ratio"  # a quotient of two values of one kind: compared with percents and numbers
    DURATION = "duration"
    MONEY = "money"
    SIZE = "size"
    ENUM = "enum"
    CALENDAR = "calendar"


class Type(Record):
    """A kind, with the currency of money or the name and values of an enum."""

    kind: Kind
    unit: str = ""
    values: tuple[str, ...] = ()
    optional: bool = False


class RefKind(StrEnum):
    """What a name in an expression stands for."""

    FIELD = "field"  # of the stream at hand
    VALUE = "value"  # of an enum
    BOOL = "bool"  # true, false
    METRIC = "metric"
    BASELINE = "baseline"
    PARAMETER = "parameter"  # plan.name
    CALENDAR = "calendar"
    ALWAYS = "always"  # the built-in calendar
    STREAM = "stream"  # count of tickets
    OUTAGE = "outage"  # count of down
    DURATION = "duration"  # of an outage: mean of duration in down
    TIME = "time"  # share of time outside down
    WINDOWS = "windows"  # share of windows of 30min
    FEE = "fee"
    SERVICE = "service"  # days of service: added to the term, and no money


class Resolved(Record):
    """What a `Ref` stands for, by kind and name (`owner`: its stream, enum or plan)."""

    kind: RefKind
    name: str
    owner: str = ""


class FieldInfo(Record):
    """A field of a stream. `unit` is the unit that its column's bare numbers have."""

    name: str
    type: Type
    unit: str | None
    computed: n.Expr | None
    node: n.Field | None
    negative_as_zero: bool = False


class StreamInfo(Record):
    """A stream, written or derived.

    `event` is the field of the row's own time (of a span stream: its start). `base` is the
    stream that a derived one is made from.
    """

    name: str
    node: n.Stream | n.Derived
    fields: Mapping[str, FieldInfo]
    event: str
    spans: tuple[str, str] | None = None
    key: tuple[str, ...] = ()
    base: str | None = None


class OutageInfo(Record):
    """An outage, its own grain, and the stream it is read from."""

    name: str
    node: n.Outage
    stream: str
    each: tuple[str, ...]


class MetricInfo(Record):
    """A metric: its type, and what it reads (through other metrics too).

    `streams` are those whose rows it aggregates, `outages` those it measures; what pauses a
    clock, what an outage is read from, and what a baseline reads are not among them.
    """

    name: str
    node: n.Metric
    type: Type
    streams: tuple[str, ...]
    outages: tuple[str, ...]


class AgreementInfo(Record):
    """The frame, with defaults filled in."""

    name: str
    node: n.Agreement
    zone: str
    parties: tuple[str, ...]
    currency: str | None
    #: parameters by plan (`{}` under "" where the file has no plans), before amendments
    plans: Mapping[str, Mapping[str, n.Expr]]
    #: the plan that is chosen
    plan: str | None
    internal: bool
    week_starts: int = 0  # Monday
    month_starts: int = 1
    year_starts: int = 1  # January
    percentile: str = "nearest rank"  # or "linear"
    rounding: str = "half even"
    rounding_to: tuple[int, int] = (1, 100)  # numerator, denominator of a currency unit


class Contract(Record):
    """Everything that later passes ask of a policy that checked clean."""

    policy: n.Policy
    agreement: AgreementInfo
    enums: Mapping[str, Type]
    streams: Mapping[str, StreamInfo]
    calendars: Mapping[str, n.Calendar]
    outages: Mapping[str, OutageInfo]
    exclusions: Mapping[str, n.Exclusion]
    metrics: Mapping[str, MetricInfo]
    baselines: Mapping[str, n.Baseline]
    obligations: Mapping[str, n.Obligation]
    remedies: Mapping[str, n.Remedy]
    services: Mapping[str, n.Service]
    amendments: tuple[n.Amendment, ...]
    caps: tuple[n.Cap, ...]
    tests: tuple[n.Test, ...]
    charges: Mapping[str, n.Charge] = MappingProxyType({})
    types: Mapping[int, Type] = MappingProxyType({})
    refs: Mapping[int, Resolved] = MappingProxyType({})
    #: the agreement as a whole after each amendment, in the order of `amendments`; types
    #: and refs are shared by all of them
    amended: tuple[tuple[n.Amendment, Contract], ...] = ()
    #: every state that the agreement was in at some time, as it was known at some time: by the
    #: names of the amendments, in the order in which they come into force
    stages: Mapping[tuple[str, ...], Contract] = MappingProxyType({})

    def type_of(self, node: n.Expr) -> Type:
        """The type of an expression of this policy."""
        return self.types[id(node)]

    @property
    def all_obligations(self) -> tuple[str, ...]:
        """The names of the obligations, those that amendments add or remove among them."""
        found = dict.fromkeys(self.obligations)
        for _, state in self.amended:
            found |= dict.fromkeys(state.obligations)
        return tuple(found)

    def resolve(self, node: n.Ref) -> Resolved:
        """What a name in an expression of this policy stands for."""
        return self.refs[id(node)]
