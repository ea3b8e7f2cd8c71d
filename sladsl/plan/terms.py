"""What figures are held against: groups, targets, requirements, and the money."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from sladsl.plan.deadlines import Lapse
from sladsl.plan.expressions import Fraction2, Pause
from sladsl.plan.figures import Condition, ExclusionPlan, Formula, GroupField, Listing, Number
from sladsl.plan.periods import Cut, PeriodRule, Rolling, Trailing
from sladsl.records import Record

__all__ = [
    "MONTHS",
    "Amount",
    "Applies",
    "CapPlan",
    "ChargePlan",
    "ClaimPlan",
    "Cut",
    "FeePlan",
    "Grain",
    "PaymentPlan",
    "PeriodRule",
    "Requirement",
    "Rolling",
    "ServicePlan",
    "Starts",
    "Steps",
    "Target",
    "TierPlan",
    "Trailing",
    "in_force",
    "served",
]

#: Months in the units of time that are made of months.
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class ServicePlan(Record):
    """A service: values of fields that are groups from the start of the term.

    `of` has the values as texts, as a group shows them. With `outside` they, or the members of the
    service, exist in the rest of time only. What is judged for each service is grouped by a field
    `service`, which each is of, too.
    """

    name: str
    of: tuple[tuple[str, tuple[str, ...]], ...]
    outside: ExclusionPlan | None = None


class Target(Record):
    """What is promised, in base units: one figure, or one for each group that it tells apart.

    Of `arms` the first is meant whose keys, one for each of `fields`, are the group's (None: any
    value). Its figure is made of numbers and baselines; one that is known is a number.
    """

    arms: tuple[tuple[tuple[str | None, ...], Formula], ...]
    fields: tuple[str, ...] = ()

    def of(self, group: Mapping[str, str]) -> Formula:
        """What is promised to a group."""
        own = tuple(group[name] for name in self.fields)
        for keys, figure in self.arms:
            if all(key in (None, value) for key, value in zip(keys, own, strict=True)):
                return figure
        raise ValueError(f"no target for {own}")  # check: a match covers every value

    @property
    def known(self) -> tuple[Fraction2, ...]:
        """The figures that are numbers, each once."""
        found = (figure.value for _, figure in self.arms if isinstance(figure, Number))
        return tuple(dict.fromkeys(found))


class Applies(Record):
    """When a promise is judged at all: a condition on figures, and how the policy says it."""

    condition: Condition
    text: str


class Requirement(Record):
    """One promise that is judged for each period and group.

    It is judged for the periods that start in [since, until) (ns; None: without a limit).
    `terms` is the amendment that it comes from; "" is the agreement as it was first written.
    `among`: the values of a group field that these terms know, where others know more. `split`:
    a period into which a change of these terms falls is judged in two parts, not by its start.
    """

    obligation: str
    number: int  # within the obligation, from 1
    title: str
    debtor: str
    creditor: str
    metric: str
    formula: Formula
    kind: str
    unit: str
    operator: str
    target: Target
    period: PeriodRule
    groups: tuple[GroupField, ...]
    at: str
    since: int | None = None
    until: int | None = None
    terms: str = ""
    among: tuple[tuple[str, tuple[str, ...]], ...] = ()
    split: bool = False
    applies: Applies | None = None
    #: the same figure with what excuses taken off, and what that is
    excused: Formula | None = None
    excuses: tuple[Pause, ...] = ()
    #: the baselines without data that it hangs on
    without: tuple[str, ...] = ()
    #: of a period that is cut short the target, and the edges of tiers, are that part by exact time
    prorated: bool = False


class Amount(Record):
    """An amount, or a part of one that is worked out.

    `value` is the amount in currency units, the share of one, or the count of `unit`s: of the fee,
    or of service, which is no money (`day` or `month`). `formula` is the metric, or the time
    outside the outage during which the fee is paid. `before` names a period: it is the fee or the
    metric of that which ended last when the judged one began. A `metric_length` is the metric over
    the last so many `unit`s that were over as the judged period ended. `pooled`: of all groups
    together, as limits are. What is computed joins `operands` from left to right. `text` is how
    the policy says it.
    """

    of: str  # fixed, fee, fee_length, metric, metric_length, during, computed, service
    value: Fraction2
    text: str
    unit: str = ""
    formula: Formula | None = None
    before: str = ""
    operands: tuple[Amount, ...] = ()
    operators: tuple[str, ...] = ()
    pooled: bool = False


class Steps(Record):
    """For how many times an amount is due: for every `step` of a figure, in its base unit.

    `begun`: a step that has begun counts as a whole one. `lateness` is how late an instance of a
    deadline is; else it is the judged figure.
    """

    step: Fraction2
    begun: bool
    lateness: bool


class TierPlan(Record):
    """An amount that is due when the figure lies within bounds (`operator`, limit)."""

    bounds: tuple[tuple[str, Fraction2], ...]
    amount: Amount
    text: str


class Starts(Record):
    """Rows of which each opens a window for claims, at its `time` (a field).

    It is about the period and the group that it names, as a claim is; one that names no period is
    about that in which its time lies.
    """

    rows: Listing
    time: str
    period: str | None
    period_kind: str
    groups: tuple[str, ...]


class ClaimPlan(Record):
    """How what a breach is worth has to be claimed: by a listed row, within a time of an anchor.

    With `of` the anchor is another obligation's breach, with `starts` rows. A row names a period
    in the field `period` (by `period_kind` a text with the label, or a time within it), and a group
    in the fields `groups`, called as the groups are; it is about all where it has no such field, or
    nothing in it.
    """

    rows: Listing
    anchor: str  # end, onset, breach, row
    within: Lapse
    period: str | None
    period_kind: str
    groups: tuple[str, ...]
    at: str
    #: until the end of the last of so many months (weeks, ...) after that of the anchor
    by_end: bool = False
    of: str = ""
    starts: Starts | None = None


class PaymentPlan(Record):
    """What one obligation's breach (or, for a bonus, its fulfilment) is worth.

    `schedules` maps a value of `field` to tiers; without a field it holds one entry, "".
    It is for the periods that start in [since, until).
    """

    obligation: str
    direction: str  # credit, bonus, penalty
    occurrence: str  # once, each
    metric: str | None  # of the requirements that it is for; None: all
    field: str | None
    schedules: tuple[tuple[str, tuple[TierPlan, ...]], ...]
    limit: Amount | None
    paid_only_above: Fraction2 | None
    payer: str
    payee: str
    at: str
    since: int | None = None
    until: int | None = None
    terms: str = ""
    claim: ClaimPlan | None = None
    also_when_met: bool = False
    steps: Steps | None = None
    #: payments of one name exclude each other: only the greatest of them is due
    greatest: str = ""
    #: obligations whose payments this one stands in for
    instead: tuple[str, ...] = ()
    #: it is paid back if the promise is kept for so many units of the calendar
    returned: tuple[int, str] | None = None

    @property
    def paid_in(self) -> str:
        """What it is counted in: `day`s or `month`s of service, or "": money."""
        amounts = [tier.amount for _, tiers in self.schedules for tier in tiers]
        return served(amounts[0]) if amounts else ""


class ChargePlan(Record):
    """What each listed row costs: an `amount`; None: the value that is listed with it."""

    name: str
    amount: Fraction2 | None
    text: str
    rows: Listing
    payer: str
    payee: str
    at: str
    since: int | None = None
    until: int | None = None
    terms: str = ""


class FeePlan(Record):
    """What is paid for a period, for the time in [since, until).

    `prorated`: of a period that the term cuts short, by its exact time; else it is paid whole.
    """

    amount: Fraction2
    per: str
    since: int | None = None
    until: int | None = None
    prorated: bool = False
    payer: str = ""
    payee: str = ""


class CapPlan(Record):
    """The most that a total can come to in a period, for those that start in [since, until)."""

    what: str
    amount: Amount
    per: str
    at: str
    since: int | None = None
    until: int | None = None
    terms: str = ""


def served(amount: Amount) -> str:
    """The unit of service that an amount counts; "": it is money."""
    return amount.unit if amount.of == "service" else ""


class Grain(Record):
    """What a figure is worked out by: for which periods, for which groups."""

    period: PeriodRule
    groups: tuple[GroupField, ...]
    #: the requirement that it is judged by, if it is one's own figure
    requirement: Requirement | None = None

    def of(self, amount: Amount) -> Grain:
        """The grain of an amount's formula, for what is judged at this one."""
        period, groups = self.period, () if amount.pooled else self.groups
        if amount.before:
            period = amount.before
        elif amount.of == "metric_length":
            period = Rolling(int(Fraction(*amount.value)), amount.unit, 1, amount.unit)
        return Grain(period, groups)


class OfTime(Protocol):
    """What holds in [since, until)."""

    @property
    def since(self) -> int | None: ...

    @property
    def until(self) -> int | None: ...


def in_force(terms: OfTime, time: int) -> bool:
    """Whether these are the terms at an instant: of a period, at its start."""
    after = terms.since is None or terms.since <= time
    return after and (terms.until is None or time < terms.until)
