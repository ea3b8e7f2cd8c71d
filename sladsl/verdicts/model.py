"""Verdicts with the evidence they rest on."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from sladsl.folds.course import Time
from sladsl.records import Record

__all__ = [
    "Evidence",
    "Excluded",
    "Excuse",
    "Figure",
    "Instance",
    "OutageSeen",
    "Period",
    "State",
    "Verdict",
    "Word",
]


class Word(StrEnum):
    """What can be said of a promise, a period and a group."""

    MET = "met"
    BREACHED = "breached"
    EXCUSED = "excused"
    NO_DATA = "no data"
    PENDING = "pending"


class Figure(Record):
    """An exact figure: a fraction in the base unit of its kind.

    Base units: `percent` and `ratio` of one, `duration` seconds, `money` units of the
    currency (`unit`), `size` bytes, `count` and `number` one. A share keeps numerator and
    denominator as they were counted (`counted`); for a share of time both are nanoseconds
    (`time`).
    """

    numerator: int
    denominator: int
    kind: str
    unit: str = ""
    counted: bool = False
    time: bool = False

    @property
    def value(self) -> Fraction:
        """The figure as a number."""
        return Fraction(self.numerator, self.denominator)


class Period(Record):
    """A half-open stretch of time [start, end), ns, with its label."""

    label: str
    start: int
    end: int


class Excluded(Record):
    """What one exclusion (declared `at`) took of a figure: time (ns), or a number of rows."""

    by: str
    at: str
    time: int = 0
    rows: int = 0


class OutageSeen(Record):
    """One outage: its onset and end (ns), what of it counts (weighed, if it is weighted), if open.

    `no_data` marks a run made of nothing but missing data. `excluded` is what of it counts for
    nothing; where that is all of it, `counted` is 0, and it isn't one of those that are counted.
    It counts from `since` on, its onset or a notice; None: nobody gave notice, so it doesn't.
    """

    group: tuple[tuple[str, str], ...]
    start: int
    end: int
    counted: Time
    open: bool = False
    no_data: bool = False
    excluded: tuple[Excluded, ...] = ()
    since: int | None = None


class Evidence(Record):
    """What a verdict rests on. Times in ns; `rows` are those counted; `at` is the clause."""

    rows: int
    at: str
    measured: Time | None = None
    failing: Time | None = None
    undecided: int = 0
    outages: tuple[OutageSeen, ...] = ()
    method: str = ""
    #: the amendment by whose terms was judged; "" is the agreement as it was first written
    terms: str = ""
    excluded: tuple[Excluded, ...] = ()
    excuse: Excuse | None = None


class Excuse(Record):
    """What a breach comes to where the other party's breach of obligations is taken off."""

    obligations: tuple[str, ...]
    word: Word
    value: Figure | None


class State(StrEnum):
    """What became of one instance of a deadline."""

    ON_TIME = "on time"
    LATE = "late"
    MISSED = "missed"
    PENDING = "pending"


class Instance(Record):
    """One instance of a deadline: since when it ran, when it was due, when it was done (ns).

    `late` is by how much, on the deadline's clock (ns; 0: on time; None: not done), `so_far` the
    same by as-of for what isn't done. `about` says which one it is: the trigger's key, or the
    period and the group of a breach. `last` is the last instant in time, later than `due` where the
    clock stands still then.
    """

    state: State
    since: int
    due: int
    done: int | None
    late: int | None
    about: tuple[tuple[str, str], ...] = ()
    so_far: int = 0
    last: int = 0


class Verdict(Record):
    """One promise, one period, one group.

    `group` is in the order of `for each`. `final` is false while rows that may still come
    can change it. `reason` says why there is no data, or what is awaited. `breached_at` is the
    earliest instant (ns) from which nothing that may still come can keep the promise. Of a
    deadline each `instance` has a verdict, whose period ends when it was due; the figure is by
    how much it was late.
    """

    obligation: str
    requirement: int
    title: str
    metric: str
    debtor: str
    creditor: str
    period: Period
    group: tuple[tuple[str, str], ...]
    word: Word
    final: bool
    value: Figure | None
    best: Figure | None
    worst: Figure | None
    operator: str
    target: Figure
    evidence: Evidence
    reason: str = ""
    breached_at: int | None = None
    instance: Instance | None = None
