"""Deadlines: what has to be done, by when, counted from what; and whose duty anything is."""

from __future__ import annotations

from sladsl.plan.expressions import Pause
from sladsl.plan.figures import ExclusionPlan, GroupField, Listing
from sladsl.plan.periods import PeriodRule
from sladsl.records import Record

__all__ = ["ANCHORS", "DeadlinePlan", "DueBy", "Lapse", "ObligationPlan", "Recurring"]

#: What a deadline runs from: a time of the row that answers, a time of another stream's rows, the
#: breach of an obligation, the end of a period; or it comes again by itself.
ANCHORS = ("row", "rows", "breach", "period", "every")


class ObligationPlan(Record):
    """An obligation that is shown, and who has to do with it.

    `roles` are pairs of a word (responsible, accountable, consulted, informed, measured: by
    whom, reported: by whom) and parties; `records` is the party whose records decide.
    """

    name: str
    title: str
    debtor: str
    creditor: str
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    records: str | None = None


class Lapse(Record):
    """How long something may take: `count` ns of a calendar's open time, or calendar units.

    `unit` is `ns`, `day`, `week`, `month`, `quarter` or `year`; the clock of `ns` is the
    calendar's, and days in a calendar are those on which it is open.
    """

    count: int
    unit: str = "ns"
    calendar: str = "always"


class DueBy(Record):
    """A time of day (`second` of it), so many days after the one in which something starts.

    Days are those of `zone`; of a calendar that isn't `always`, those of them on which it opens.
    """

    count: int
    second: int
    zone: str
    calendar: str = "always"


class Recurring(Record):
    """A time of day (`second` of it), on every day or weekday (0 is Monday)."""

    every: str  # day, week
    second: int
    weekday: int | None = None


class DeadlinePlan(Record):
    """What has to be done in time, judged for each instance.

    `rows` are those that answer, `done` the field that says when. `triggers` start it at their
    field `starts` (anchor `rows`; of `row` it is one of the answering row's own); `of` is the
    obligation whose breach starts it, `periods` the kinds of periods whose end does. `match` are
    pairs of a field of the trigger and one of the answer, which have to be equal where both are
    known. `key` are the trigger's fields that say which one it is. `text` is how the policy says
    it. It is for what starts in [since, until) (ns; None: without a limit). `excuses` stop its
    clock where it would be late without them; their left side is a field of the trigger. Time
    that `excluding` takes is none of its clock; what they match are fields of the trigger, too.
    `groups` are what a breach is about, of the fields that excuses and exclusions speak of.
    """

    obligation: str
    number: int  # within the obligation, from 1
    title: str
    debtor: str
    creditor: str
    text: str
    rows: Listing
    done: str
    anchor: str
    at: str
    triggers: Listing | None = None
    starts: str = ""
    of: str = ""
    periods: tuple[PeriodRule, ...] = ()
    match: tuple[tuple[str, str], ...] = ()
    key: tuple[str, ...] = ()
    within: Lapse | None = None
    by: DueBy | None = None
    every: Recurring | None = None
    since: int | None = None
    until: int | None = None
    terms: str = ""
    excuses: tuple[Pause, ...] = ()
    excluding: tuple[ExclusionPlan, ...] = ()
    groups: tuple[GroupField, ...] = ()
