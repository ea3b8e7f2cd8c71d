"""What fails: outages from samples, from spans, or from windows, and from when they count."""

from __future__ import annotations

from sladsl.plan.expressions import RowExpr
from sladsl.plan.figures import ExclusionPlan, Listing, WindowsPlan
from sladsl.records import Record

__all__ = ["AtOncePlan", "NoticesPlan", "OutagePlan", "WeightPlan"]


class NoticesPlan(Record):
    """Notices, from whose time on (field `at`) an outage counts.

    One counts that falls inside the outage, or at most `grace` (ns) before it. `match` says which
    groups it is about, as that of an exclusion does.
    """

    rows: Listing
    at: str
    match: tuple[tuple[str, str], ...]
    grace: int = 0


class AtOncePlan(Record):
    """How many values of a field must fail at the same time: so many, or (None) all there are.

    One fails while an instance of it does.
    """

    field: str
    at_least: int | None = None


class WeightPlan(Record):
    """What failing time is multiplied by: a field of the rows, in units of which `scale` are one.

    The `part` that was affected (at most one), or else how many there are: by that the time that
    is measured is multiplied, too. Where spans overlap their weights add up (`adds`), or the
    greatest counts.
    """

    field: str
    scale: int
    part: bool
    adds: bool = False

    @property
    def most(self) -> int:
        """The greatest weight that a row may have."""
        return self.scale if self.part else 1 << 61


class OutagePlan(Record):
    """Runs of a failing condition in the samples of a stream, each group by itself.

    Or, with `ends`, the union of the spans of a stream that satisfy it, from their event to that;
    or, with `windows`, those windows that fail.
    `hold` is how long a sample holds at most (ns; None: until the next sample); `expected` the
    interval that a sample without a successor may hold for. With `at_once`, samples are those of
    instances, and a group fails while so many of its instances do. They count from their onset,
    or from one of the `notices`.
    """

    name: str
    stream: str
    each: tuple[str, ...]
    failing: RowExpr | None
    hold: int | None
    expected: int | None
    lasting: int
    missing: str  # up, down, excluded
    notices: NoticesPlan | None = None
    ends: str | None = None
    windows: WindowsPlan | None = None
    #: how the length of each is rounded, or of its part in a period, and to what (ns)
    rounding: tuple[str, int] | None = None
    at_once: tuple[AtOncePlan, ...] = ()
    #: what covers the time outside of which all counts as down
    down_outside: ExclusionPlan | None = None
    weight: WeightPlan | None = None

    @property
    def instances(self) -> tuple[str, ...]:
        """The fields that tell apart what is sampled: those of groups, and what is at once."""
        return (*self.each, *(part.field for part in self.at_once))
