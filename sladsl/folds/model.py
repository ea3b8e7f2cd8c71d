"""What folding leaves: for each aggregate and cell a few exact integers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from sladsl.folds.course import Course, Time
from sladsl.plan.model import GroupField, PeriodRule, Requirement
from sladsl.records import Record, aside

__all__ = [
    "Cell",
    "CellKey",
    "Folded",
    "GrainKey",
    "GroupSeen",
    "LeftOut",
    "OutOfOrder",
    "OutageRun",
    "Stretch",
    "Time",
    "grain_of",
]

#: A kind of period and the group fields: what a figure is worked out by.
GrainKey: TypeAlias = tuple[PeriodRule, tuple[GroupField, ...]]

#: [start, end) ns.
Stretch: TypeAlias = tuple[int, int]

#: A group (codes of its fields) and the index of a period.
CellKey: TypeAlias = tuple[tuple[int, ...], int]


class OutOfOrder(Exception):
    """Samples overlap in time what was read before: stretches alone don't tell what is so."""


class LeftOut(Record):
    """What one exclusion (declared `at`) took: time in ns, or a number of rows."""

    by: str
    at: str
    time: int = 0
    rows: int = 0


class OutageRun(Record):
    """A run of the failing condition, ns; `counted` is what of it counts, or weighs, in the period.

    `excluded` is what of it lies in the period too, but was taken by exclusions. It counts from
    `since` on: its onset, or a notice (None: there is none).
    """

    group: tuple[tuple[str, str], ...]
    start: int
    end: int
    counted: Time
    open: bool
    no_data: bool
    excluded: tuple[LeftOut, ...] = ()
    #: all of it was taken, so that it isn't counted
    wholly: bool = False
    since: int | None = None
    #: what it weighs, or (of one that is rounded) will weigh at least, by what is known at an
    #: instant from `since` on; None: it isn't weighted
    weighed: Callable[[int], Time] | None = aside(default=None)

    @property
    def counts(self) -> bool:
        """Whether it is one of those that are counted."""
        return self.since is not None and not self.wholly


class Cell(Record):
    """An aggregate's figure for one group and period.

    `value` None is no data. A share keeps its counts in `numerator` and `denominator`
    (for a share of time: ns, of a weighted outage fractions of them). `undecided` rows may still
    turn out either way.
    """

    value: Fraction | None
    numerator: Time = 0
    denominator: Time = 0
    counted: bool = False
    rows: int = 0
    undecided: int = 0
    measured: Time | None = None
    failing: Time | None = None
    open: bool = False
    #: an outage that hasn't lasted long enough yet may still come to count
    unsure: bool = False
    #: when the last of what counts here was decided, if that was after the period's end (ns)
    decided: int = 0
    #: the least and the most that the figure of an open period can still come to
    low: Fraction | None = None
    high: Fraction | None = None
    outages: tuple[OutageRun, ...] = ()
    excluded: tuple[LeftOut, ...] = ()
    #: of a count, since when its first rows were sure to be counted (ns), where that matters
    times: tuple[int, ...] = ()
    #: how a share of time came about, worked out only where it is asked for
    course: Callable[[], Course] | None = aside(default=None)


class GroupSeen(Record):
    """A group: its codes, names with values, and since when it exists (ns).

    `spans` is when it does, where a service says so.
    """

    codes: tuple[int, ...]
    texts: tuple[tuple[str, str], ...]
    since: int
    spans: tuple[Stretch, ...] | None = None

    def there(self, start: int, end: int, as_of: int) -> bool:
        """Whether it exists at some time of [start, end) ns, as it is known at as-of."""
        if self.spans is None:
            return end > self.since
        return any(low < end and start < high and low <= as_of for low, high in self.spans)

    def joined(self, other: GroupSeen) -> GroupSeen:
        """The same group, as long as either of two says."""
        spans = None
        if self.spans is not None and other.spans is not None:
            spans = tuple(dict.fromkeys((*self.spans, *other.spans)))
        return self.but(since=min(self.since, other.since), spans=spans)


class Folded(Record):
    """Results for one grain: its periods, and by aggregate the cells that rows fell into.

    `blank` is what a cell without rows is worth, by aggregate; `running` are the periods that are
    over while a window that counts there isn't, `over` when the last such window of each period is
    (ns; empty: there are no windows).
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    labels: tuple[str, ...]
    cells: Mapping[int, Mapping[CellKey, Cell]]
    blank: Mapping[int, Cell]
    running: Mapping[int, frozenset[int]]
    over: Mapping[int, tuple[int, ...]]


def grain_of(requirement: Requirement) -> GrainKey:
    """The grain at which a requirement is judged."""
    return requirement.period, requirement.groups
