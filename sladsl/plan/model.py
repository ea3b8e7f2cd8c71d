"""What to compute: a policy with no language left in it.

Every constant is an integer in the unit of its kind (`sladsl.streams.model`) or an exact
fraction as a pair of integers; names of enum values are indices; places in the policy are
ready-made texts. A plan is a tree of records, which `sladsl.plan.json` writes and reads.
"""

from __future__ import annotations

from sladsl.plan.deadlines import (
    ANCHORS,
    DeadlinePlan,
    DueBy,
    Lapse,
    ObligationPlan,
    Recurring,
)
from sladsl.plan.expressions import (
    SCALE,
    AllOf,
    AnyOf,
    Arith,
    Baseline,
    CalendarRef,
    Choose,
    Coalesce,
    Col,
    Compare,
    Const,
    Elapsed,
    Fraction2,
    IsIn,
    Opposite,
    Pause,
    Present,
    Quotient,
    Related,
    RowExpr,
    TextConst,
    excuse_of,
    excused_by,
)
from sladsl.plan.failing import AtOncePlan, NoticesPlan, OutagePlan, WeightPlan
from sladsl.plan.figures import (
    WINDOW,
    Aggregate,
    AggregateRef,
    Allowance,
    BaselineRef,
    Condition,
    EachAggregate,
    ExclusionPlan,
    FigureAll,
    FigureAny,
    FigureCompare,
    FigureNot,
    FigurePresent,
    Formula,
    GroupField,
    Listing,
    Negate,
    Number,
    Operate,
    OutageAggregate,
    Rounded,
    RowAggregate,
    WindowAggregate,
    WindowsPlan,
    pause_of,
)
from sladsl.plan.life import AmendmentPlan, RemedyPlan, RenewalPlan, ReviewPlan, RightWhen
from sladsl.plan.sources import (
    CalendarPlan,
    DerivedPlan,
    Existing,
    FieldPlan,
    ServiceField,
    StreamPlan,
)
from sladsl.plan.terms import (
    MONTHS,
    Amount,
    Applies,
    CapPlan,
    ChargePlan,
    ClaimPlan,
    Cut,
    FeePlan,
    Grain,
    PaymentPlan,
    PeriodRule,
    Requirement,
    Rolling,
    ServicePlan,
    Starts,
    Steps,
    Target,
    TierPlan,
    Trailing,
    in_force,
    served,
)
from sladsl.records import Record

__all__ = [
    "ANCHORS",
    "MONTHS",
    "SCALE",
    "WINDOW",
    "Aggregate",
    "AggregateRef",
    "AllOf",
    "Allowance",
    "AmendmentPlan",
    "Amount",
    "AnyOf",
    "Applies",
    "Arith",
    "AtOncePlan",
    "Baseline",
    "BaselinePlan",
    "BaselineRef",
    "CalendarPlan",
    "CalendarRef",
    "CapPlan",
    "ChargePlan",
    "Choose",
    "ClaimPlan",
    "Coalesce",
    "Col",
    "Compare",
    "Condition",
    "Const",
    "Cut",
    "DeadlinePlan",
    "DerivedPlan",
    "DueBy",
    "EachAggregate",
    "Earlier",
    "Elapsed",
    "ExclusionPlan",
    "Existing",
    "FeePlan",
    "FieldPlan",
    "FigureAll",
    "FigureAny",
    "FigureCompare",
    "FigureNot",
    "FigurePresent",
    "Formula",
    "Fraction2",
    "Grain",
    "GroupField",
    "IsIn",
    "Lapse",
    "Listing",
    "Negate",
    "NoticesPlan",
    "Number",
    "ObligationPlan",
    "Operate",
    "Opposite",
    "OutageAggregate",
    "OutagePlan",
    "Pause",
    "PaymentPlan",
    "PeriodRule",
    "Plan",
    "Present",
    "Quotient",
    "Recurring",
    "Related",
    "RemedyPlan",
    "RenewalPlan",
    "Requirement",
    "ReviewPlan",
    "RightWhen",
    "Rolling",
    "Rounded",
    "RowAggregate",
    "RowExpr",
    "ServiceField",
    "ServicePlan",
    "Starts",
    "Steps",
    "StreamPlan",
    "Target",
    "TextConst",
    "TierPlan",
    "Trailing",
    "WeightPlan",
    "WindowAggregate",
    "WindowsPlan",
    "agreed_at",
    "excuse_of",
    "excused_by",
    "in_force",
    "pause_of",
    "served",
]


class Plan(Record):
    """Everything that a run needs beside the measurements."""

    agreement: str
    digest: str
    zone: str
    term: tuple[int, int | None]
    currency: str | None
    week_starts: int
    month_starts: int
    year_starts: int
    rounding: str
    rounding_to: Fraction2
    streams: tuple[StreamPlan, ...]
    derived: tuple[DerivedPlan, ...]
    calendars: tuple[CalendarPlan, ...]
    outages: tuple[OutagePlan, ...]
    aggregates: tuple[Aggregate, ...]
    requirements: tuple[Requirement, ...]
    payments: tuple[PaymentPlan, ...]
    #: what accrues, by the terms of each part of the term
    fees: tuple[FeePlan, ...]
    caps: tuple[CapPlan, ...]
    exclusions: tuple[ExclusionPlan, ...] = ()
    services: tuple[ServicePlan, ...] = ()
    #: rows that are listed to be shown, and nothing else
    shown: tuple[Listing, ...] = ()
    #: what has to be done in time; numbered with the requirements of its obligation
    deadlines: tuple[DeadlinePlan, ...] = ()
    #: the obligations that are shown; what others require is worked out for their sake
    obligations: tuple[ObligationPlan, ...] = ()
    #: rights that failure gives
    remedies: tuple[RemedyPlan, ...] = ()
    renewal: RenewalPlan | None = None
    review: ReviewPlan | None = None
    #: those that are signed, in the order in which they come into force
    amendments: tuple[AmendmentPlan, ...] = ()
    #: the agreement as it stood before amendments were signed, by the time of their signatures
    earlier: tuple[Earlier, ...] = ()
    #: how long after its end a period accepts rows; None: for ever
    late: Lapse | None = None
    #: what is paid by the piece
    charges: tuple[ChargePlan, ...] = ()
    #: figures of earlier times that rows, figures and targets are compared with
    baselines: tuple[BaselinePlan, ...] = ()
    #: what these obligations alone don't decide: `remedy leave`, `renewal`, `charge parts`
    left_out: tuple[str, ...] = ()


class BaselinePlan(Record):
    """A figure of an earlier time: what its `plan`, whose term is that time, comes to.

    `pinned` is what was agreed that it is, in base units; `digest` that of the rows it came from.
    """

    name: str
    title: str
    plan: Plan
    at: str
    pinned: Fraction2 | None = None
    digest: str = ""


class Earlier(Record):
    """What is agreed as long as it is before an instant (ns), at which more was signed."""

    before: int
    plan: Plan


def agreed_at(plan: Plan, as_of: int) -> Plan:
    """The plan of what is signed by a moment of knowledge (ns)."""
    return next((e.plan for e in plan.earlier if as_of < e.before), plan)
