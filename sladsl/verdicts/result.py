"""Everything that one evaluation found out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sladsl.plan.model import DeadlinePlan, Lapse, ObligationPlan, Plan, Requirement
from sladsl.plan.uses import late_streams
from sladsl.records import Record
from sladsl.verdicts.model import Figure, Verdict

__all__ = ["BaselineSeen", "InputSeen", "Judged", "Judgement", "LateSeen", "late_seen"]


class Judged(Record):
    """A verdict, and where its figures lie: what the money is worked out from.

    `codes` is the group, `index` the number of the period in the requirement's grain; of a
    deadline's instances `codes` is empty and `index` their number. `part` is how much of the target
    was due, where it is prorated.
    """

    verdict: Verdict
    requirement: Requirement | DeadlinePlan
    codes: tuple[int, ...]
    index: int
    part: Fraction = Fraction(1)


class LateSeen(Record):
    """What became of rows that were recorded late; `accepted` is for how long they count.

    By stream, how many were left out; None: it doesn't say when its rows were recorded.
    """

    accepted: Lapse
    streams: tuple[tuple[str, int | None], ...]


def late_seen(plan: Plan, left_out: Mapping[str, int]) -> LateSeen | None:
    """What a run found of late rows; None where they count whenever they come."""
    if plan.late is None:
        return None
    streams = late_streams(plan)
    told = ((name, left_out.get(name, 0) if streams[name] else None) for name in sorted(streams))
    return LateSeen(plan.late, tuple(told))


class BaselineSeen(Record):
    """A figure of an earlier time [start, end): what `rows` came to, with their digest.

    Where it is `pinned`, that is what counts; `differs` says whether the rows give something else.
    """

    name: str
    title: str
    start: int
    end: int
    figure: Figure | None
    rows: int
    digest: str
    pinned: Figure | None
    pinned_digest: str
    at: str

    @property
    def differs(self) -> bool:
        """Whether the rows aren't those that the pinned figure came from, or give another one."""
        if self.pinned is None:
            return False
        same = self.figure is not None and self.figure.value == self.pinned.value
        return not same or self.digest != self.pinned_digest


class InputSeen(Record):
    """Rows of a stream: read = used + outside + rejected. `duplicates` are among the used."""

    stream: str
    rows: int
    used: int
    outside: int
    rejected: int
    duplicates: int
    digest: str
    #: reason, count and the first place of rejected rows
    rejects: tuple[tuple[str, int, str], ...] = ()


class Judgement(Record):
    """The verdicts of one run, sorted by declaration, period and group.

    `as_of` is the moment of knowledge (ns); `as_of_given` whether the caller named it.
    """

    agreement: str
    policy_digest: str
    zone: str
    as_of: int
    as_of_given: bool
    inputs: tuple[InputSeen, ...]
    verdicts: tuple[Verdict, ...]
    #: whose duty each of the obligations is
    obligations: tuple[ObligationPlan, ...] = ()
    late: LateSeen | None = None
    baselines: tuple[BaselineSeen, ...] = ()
