"""The syntax tree: a policy as it was written, every node with its place.

`span` is left out of equality, so that `parse(format(p)) == parse(p)` can be asked. The
clauses of a declaration are attributes, so their order doesn't matter either. Quantities
are exact: a fraction in the base unit of their kind.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TypeAlias

from sladsl.records import Record
from sladsl.source import Source
from sladsl.syntax.node import Node, aside

# ---- names and literals ----------------------------------------------------------------------


class Name(Node):
    """A name, where it stands."""

    text: str


class Quantity(Node):
    """A number with its unit, exact.

    `kind` is `number` (1), `percent` (of one: 99.9 % is 999/1000), `duration` (seconds),
    `money` (of `unit`, a currency code) or `size` (bytes). `text` is how it was written.
    """

    kind: str
    value: Fraction
    unit: str = ""
    text: str = aside(default="")


class Text(Node):
    """A quoted text."""

    value: str


class Moment(Node):
    """A date (midnight in the agreement's zone) or a date with a time, as written.

    `text` is ISO 8601: `2026-02-10`, `2026-02-10T12:00`, with an offset or without.
    """

    text: str
    is_date: bool


class Length(Node):
    """A stretch of time: exact seconds, or a count of calendar units (`days`, `months`, ...)."""

    count: Fraction
    unit: str  # "s" or one of day, week, month, quarter, year
    text: str = aside(default="")


# ---- expressions -------------------------------------------------------------------------------


class Ref(Node):
    """A name in an expression, perhaps qualified: `up`, `plan.uptime_target`."""

    name: str
    member: str | None = None

    @property
    def text(self) -> str:
        """As it is written."""
        return self.name if self.member is None else f"{self.name}.{self.member}"


class Minus(Node):
    """The negative of a value."""

    operand: Expr


class Arithmetic(Node):
    """Operands joined by `+`/`-` or by `*`/`/`, from left to right."""

    operands: tuple[Expr, ...]
    operators: tuple[str, ...]


class Coalesce(Node):
    """`a ?? b`: the first that is present."""

    operands: tuple[Expr, ...]


class Compare(Node):
    """A comparison: `== != < <= > >=`."""

    operator: str
    left: Expr
    right: Expr


class Member(Node):
    """`a in (x, y)`."""

    operand: Expr
    values: tuple[Expr, ...]


class Presence(Node):
    """`a is present`, `a is missing`."""

    operand: Expr
    word: Name


class Logic(Node):
    """Conditions joined by `and` or by `or`."""

    operator: str
    operands: tuple[Expr, ...]


class Not(Node):
    """The opposite of a condition."""

    operand: Expr


class Arm(Node):
    """One arm of a `match`; `key` None is `otherwise`."""

    key: Name | Text | Quantity | None
    value: Expr


class Match(Node):
    """`match subject { key: value, otherwise: value }`."""

    subject: Ref
    arms: tuple[Arm, ...]


class On(Node):
    """`on left == right`: how rows of two streams belong together."""

    left: Name
    right: Name


class Pausing(Node):
    """`pausing: stream on key == key`."""

    stream: Name
    on: On | None


class Call(Node):
    """`elapsed(from, to, in: calendar, pausing: stream on a == b)`."""

    function: Name
    arguments: tuple[Expr, ...]
    calendar: Expr | None
    pauses: tuple[Pausing, ...]


class Aggregate(Node):
    """`p95 of latency in requests where ... with ...`.

    `subject` is what is aggregated: a value of rows (then `stream` names them), the stream
    itself, `time` (then `outside` names the outage), or a metric (then `over` says what of).
    """

    function: Name
    subject: Expr
    stream: Name | None = None
    outside: Name | None = None
    over: Windows | Each | None = None
    where: Expr | None = None
    good: Expr | None = None


class Windows(Node):
    """`windows of 5min in office, empty as 0%`; with `share of windows`, the subject itself."""

    length: Quantity
    calendar: Name | None = None
    empty: Quantity | None = None


class Each(Node):
    """`over each zone`."""

    names: tuple[Name, ...]


Expr: TypeAlias = (
    Quantity
    | Text
    | Moment
    | Ref
    | Minus
    | Arithmetic
    | Coalesce
    | Compare
    | Member
    | Presence
    | Logic
    | Not
    | Match
    | Call
    | Aggregate
)


# ---- declarations --------------------------------------------------------------------------------


class Language(Node):
    """`language 1`."""

    version: Quantity


class Binding(Node):
    """`name = value` in a plan or a test's row."""

    name: Name
    value: Expr


class Plan(Node):
    """A plan's parameters."""

    name: Name
    doc: Text | None
    bindings: tuple[Binding, ...]


class Party(Node):
    """A party: its short name and its title."""

    name: Name
    title: Text | None


class Term(Node):
    """The term: `through` includes that day, `to` doesn't; neither: open."""

    start: Moment
    through: Moment | None
    to: Moment | None


class RenewsWhen(Node):
    """`when uptime met in 10 of 12 months`."""

    obligation: Name
    met: Quantity
    of: Quantity
    unit: str


class RenewsUnless(Node):
    """`unless notices where ... at least 60 days before end`."""

    stream: Name
    where: Expr | None
    notice: Length


class Renews(Node):
    """How the term is renewed."""

    length: Length
    when: RenewsWhen | None
    unless: RenewsUnless | None


class Fee(Node):
    """What is paid for a period."""

    amount: Expr
    per: Name


class Rounding(Node):
    """How money is rounded, and to what."""

    mode: str
    to: Quantity


class Review(Node):
    """When the terms are reviewed, and by whom."""

    every: Length
    by: tuple[Name, ...]


class Agreement(Node):
    """The frame of an agreement."""

    name: Name
    doc: Text | None
    provider: Party | None = None
    customer: Party | None = None
    internal: Name | None = None
    plan: Name | None = None
    term: Term | None = None
    renews: Renews | None = None
    timezone: Text | None = None
    currency: Name | None = None
    fee: Fee | None = None
    rounding: Rounding | None = None
    review: Review | None = None
    records: Name | None = None
    late: Length | None = None
    week_starts: Name | None = None
    month_starts: Quantity | None = None
    year_starts: Name | None = None
    percentile: Name | None = None


class ServiceOf(Node):
    """`of target "web", "shop"`."""

    field: Name
    values: tuple[Expr, ...]


class Service(Node):
    """A service and the rows that are about it."""

    name: Name
    doc: Text | None
    of: tuple[ServiceOf, ...]


class TypeName(Node):
    """`duration in ms`, `text`, or the name of an enum."""

    name: Name
    unit: Name | None


class OneOf(Node):
    """`one of standard, infrequent`."""

    values: tuple[Name, ...]


class Field(Node):
    """A field of a stream; with `value` it is computed from others."""

    name: Name
    type: TypeName | OneOf
    optional: bool
    negative_as_zero: bool
    value: Expr | None


class SpanFields(Node):
    """`span from starts to ends`."""

    start: Name
    end: Name


class Stream(Node):
    """A stream of measurements, events or spans."""

    name: Name
    doc: Text | None
    event: Name | None = None
    spans: SpanFields | None = None
    key: tuple[Name, ...] = ()
    sequence: Name | None = None
    recorded: Name | None = None
    expected: Quantity | None = None
    timezone: Text | None = None
    ambiguous: Name | None = None
    fields: tuple[Field, ...] = ()


class LastOf(Node):
    """`last of events by number, placed at opened`."""

    stream: Name
    by: Name
    placed: Name | None


class SpansOf(Node):
    """`spans of events by number where ...`."""

    stream: Name
    by: Name
    where: Expr | None


class Derived(Node):
    """A stream made from another."""

    name: Name
    doc: Text | None
    how: LastOf | SpansOf


class Enum(Node):
    """Names that a field can hold."""

    name: Name
    values: tuple[Name, ...]


class Weekdays(Node):
    """`mon..fri`, or a single day."""

    first: Name
    last: Name | None


class Hours(Node):
    """`09:00-17:00`, in minutes of the day."""

    start: int
    end: int


class Open(Node):
    """On which days, and between which hours."""

    days: tuple[Weekdays, ...]
    hours: tuple[Hours, ...]


class ClosedDates(Node):
    """Closed on these dates."""

    dates: tuple[Moment, ...]


class ClosedHolidays(Node):
    """Closed on the public holidays of each of these regions."""

    regions: tuple[Text, ...]


class ClosedSpan(Node):
    """Closed from one moment to another."""

    start: Moment
    end: Moment


class Calendar(Node):
    """Open hours, or a combination of other calendars (`operands`, joined by `operators`)."""

    name: Name
    doc: Text | None
    timezone: Text | None = None
    open: tuple[Open, ...] = ()
    closed: tuple[ClosedDates | ClosedHolidays | ClosedSpan, ...] = ()
    operands: tuple[Name, ...] = ()
    operators: tuple[str, ...] = ()


class RowsOf(Node):
    """`samples of checks where not up`, `spans of maintenance where ...`."""

    stream: Name
    where: Expr | None


class WindowsWhere(Node):
    """`windows of 1min where error_rate > 10%`."""

    length: Quantity
    where: Expr


class Allowance(Node):
    """`at most 4h per month`."""

    limit: Quantity
    per: Name


class Exclusion(Node):
    """Time that is left out."""

    name: Name
    doc: Text | None
    spans: RowsOf | None = None
    for_all: Name | None = None
    on: On | None = None
    allowance: Allowance | None = None


class Holds(Node):
    """How long a sample's state holds: until the next one, or for at most some time."""

    at_most: Quantity | None


class Counted(Node):
    """`counted from onset`, `counted from notices.sent where ...`."""

    since: Ref
    where: Expr | None


class Outage(Node):
    """Runs of a failing condition."""

    name: Name
    doc: Text | None
    each: tuple[Name, ...] = ()
    samples: RowsOf | None = None
    spans: RowsOf | None = None
    windows: WindowsWhere | None = None
    holds: Holds | None = None
    lasting: Quantity | None = None
    counted: Counted | None = None
    missing: Name | None = None


class Metric(Node):
    """A measure by name."""

    name: Name
    doc: Text | None
    value: Expr


class Baseline(Node):
    """A measure of a stretch of the past, as a constant."""

    name: Name
    doc: Text | None
    value: Expr
    start: Moment
    through: Moment | None
    to: Moment | None


class Owes(Node):
    """`acme owes globex`."""

    debtor: Name
    creditor: Name


class Role(Node):
    """Who is responsible, accountable, consulted, informed."""

    word: str
    parties: tuple[Name, ...]


class Rolling(Node):
    """`30 days every 1 day`."""

    length: Length
    every: Length


class Require(Node):
    """`require availability >= 99.9% per month for each target`."""

    metric: Name
    operator: str
    target: Expr
    per: Name | Rolling | None
    each: tuple[Name, ...]


class Anchor(Node):
    """`end of period`, `breach of uptime`, `waiting.asked`: what a deadline runs from."""

    name: Name
    of: Name | None
    member: Name | None


class RequireWithin(Node):
    """`require notices where ... within 24h of breach of uptime`."""

    event: Ref
    where: Expr | None
    within: Length
    calendar: Name | None
    of: Anchor


class RequireEvery(Node):
    """`require reports where ... every week by mon 09:00`."""

    event: Ref
    where: Expr | None
    every: Name
    weekday: Name | None
    clock: str


class Excused(Node):
    """`excused while business breaches give_information on id == ticket`."""

    party: Name
    obligation: Name
    on: On | None


class ShareOf(Node):
    """`10% of fee`."""

    share: Quantity
    of: Ref


class LengthOf(Node):
    """`3 months of fee`."""

    length: Length
    of: Ref


Amount: TypeAlias = ShareOf | LengthOf | Quantity | Ref


class Bound(Node):
    """`below 99.0%`, `at most 99.9%`, `above`, `at least`: the operator is `< <= > >=`."""

    operator: str
    limit: Expr


class Tier(Node):
    """What is due when the figure lies within the bounds."""

    bounds: tuple[Bound, ...]
    amount: Amount


class Tiers(Node):
    """A schedule."""

    tiers: tuple[Tier, ...]


class PayoutArm(Node):
    """One arm of a schedule by group."""

    key: Name | Text | Quantity | None
    payout: Tiers | Amount


class PayoutMatch(Node):
    """`match class { standard: {...}, infrequent: {...} }`."""

    subject: Name
    arms: tuple[PayoutArm, ...]


class Payment(Node):
    """`credit once { ... }, at most 8% of fee`; `direction` is credit, bonus or penalty."""

    direction: str
    occurrence: str | None
    on: Name | None
    payout: Tiers | PayoutMatch | Amount
    limit: Amount | None


class Claim(Node):
    """`claim within 30 days of end of period by notices where ...`."""

    within: Length
    calendar: Name | None
    of: Anchor
    stream: Name
    where: Expr | None


class Obligation(Node):
    """What one party owes another."""

    name: Name
    doc: Text | None
    owes: Owes | None = None
    roles: tuple[Role, ...] = ()
    requires: tuple[Require | RequireWithin | RequireEvery, ...] = ()
    excluding: tuple[Name, ...] = ()
    excused: tuple[Excused, ...] = ()
    payments: tuple[Payment, ...] = ()
    claim: Claim | None = None
    paid_only: Quantity | None = None


class Cap(Node):
    """`cap credits at 50% of fee per month`."""

    what: Name
    at: Amount
    per: Name


class RemedyWhen(Node):
    """`when uptime breached in 3 of 6 months`."""

    obligation: Name
    breached: Quantity
    of: Quantity
    unit: str


class Remedy(Node):
    """A right that repeated failure gives."""

    name: Name
    doc: Text | None
    party: Name | None = None
    act: Name | None = None
    when: RemedyWhen | None = None
    within: Length | None = None


class Amendment(Node):
    """Declarations that replace or add to those of the same name from a date on."""

    name: Name
    doc: Text | None
    signed: Moment
    start: Moment
    declarations: tuple[Declaration, ...]


class Every(Node):
    """`every 30s from ... to ...`."""

    every: Quantity
    start: Moment
    end: Moment


class Given(Node):
    """Rows that a test gives."""

    stream: Name
    every: Every | None
    bindings: tuple[Binding, ...]


class Expect(Node):
    """What a test expects: a verdict (perhaps at a figure), or an amount."""

    subject: Name
    group: tuple[Expr, ...]
    period: str | None
    verdict: str | None
    at: Expr | None
    operator: str | None
    amount: Expr | None


class Test(Node):
    """A test in the language."""

    title: Text
    as_of: Moment | None
    given: tuple[Given, ...]
    expect: tuple[Expect, ...]


Declaration: TypeAlias = (
    Language
    | Plan
    | Agreement
    | Service
    | Stream
    | Derived
    | Enum
    | Calendar
    | Exclusion
    | Outage
    | Metric
    | Baseline
    | Obligation
    | Cap
    | Remedy
    | Amendment
    | Test
)


class Policy(Record):
    """A file: its declarations in order, and its comments (kept for the formatter)."""

    declarations: tuple[Declaration, ...]
    comments: tuple[str, ...] = aside(default=())
    source: Source = aside(kw_only=True)


def as_date(moment: Moment) -> date:
    """The calendar date of a moment, as it is written."""
    return date.fromisoformat(moment.text[:10])
