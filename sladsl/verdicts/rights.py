"""Rights that failure gives: by which bad months, from when, and for how long.

A period of the calendar is bad once a breach in it is final; one that is excused, has no data or
is pending stays in the window, and isn't bad. The right opens at the end of the period that
completes what it needs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from sladsl.calendar.periods import PeriodKind, PeriodRules, Periods, periods, shift
from sladsl.calendar.zones import Zone
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["RemedySeen", "Right", "end_of", "rights", "units"]

Group: TypeAlias = tuple[tuple[str, str], ...]


class Right(Record):
    """A right that arose: from `since` on, until `until` (ns; None: without an end), inclusive.

    `by` are the labels of the bad periods that gave it; `open` says whether it can be used at
    as-of.
    """

    since: int
    until: int | None
    by: tuple[str, ...]
    group: Group
    open: bool
    text: str


class RemedySeen(Record):
    """A remedy and the rights that it gave. `bad` are the bad periods so far, by the newest."""

    remedy: p.RemedyPlan
    rights: tuple[Right, ...]
    bad: tuple[str, ...]


def rights(
    plan: p.Plan,
    judged: Iterable[Judged],
    measured: Mapping[p.Requirement, Sequence[Verdict]],
    as_of: int,
) -> tuple[RemedySeen, ...]:
    """The remedies, in the order of declaration; `measured` judges figures that nobody owes."""
    verdicts = [one.verdict for one in judged]
    found = []
    for remedy in plan.remedies:
        arisen: list[Right] = []
        bad: dict[str, None] = {}
        for when in remedy.when:
            table = units(plan, when.unit, as_of)
            own = [v for v in verdicts if v.obligation == when.obligation and _bad(v)]
            if when.measure is not None:
                own = [v for v in measured.get(when.measure, ()) if _met(v)]
            case = _Case(plan, remedy, when, table, as_of)
            arisen += case.rights(own)
            bad |= dict.fromkeys(case.labels(own))
        arisen.sort(key=lambda right: (right.since, right.group))
        found.append(RemedySeen(remedy, tuple(arisen), tuple(sorted(bad))))
    return tuple(found)


def units(plan: p.Plan, unit: str, as_of: int) -> Periods:
    """The periods of the calendar over the term, up to the one that as-of lies in."""
    start, end = plan.term
    last = max(as_of, start) + 1
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    over = last + 400 * 86400 * 10**9 if end is None else end
    return periods(PeriodKind(unit), start, over, Zone(plan.zone), rules)


def end_of(time: int, lapse: p.Lapse, zone: str) -> int:
    """The instant so long after another; exact time, or units of the calendar."""
    if lapse.unit == "ns":
        return time + lapse.count
    return shift(time, lapse.count, f"{lapse.unit}s", Zone(zone))


def _bad(verdict: Verdict) -> bool:
    return verdict.word is Word.BREACHED and verdict.final


def _met(verdict: Verdict) -> bool:
    """Whether a figure is such as gives a right: what it is compared with holds."""
    return verdict.word is Word.MET and verdict.final


class _Case(Record):
    plan: p.Plan
    remedy: p.RemedyPlan
    when: p.RightWhen
    table: Periods
    as_of: int

    def number(self, verdict: Verdict) -> int | None:
        """The period of the calendar that a verdict's last instant lies in."""
        period = verdict.period
        last = max(period.end - 1, period.start)
        number = bisect_right(self.table.starts.tolist(), last) - 1
        return number if number >= 0 and last < int(self.table.ends[number]) else None

    def labels(self, bad: Iterable[Verdict]) -> list[str]:
        """The periods that are bad, as far as they are over."""
        numbers = [self.number(verdict) for verdict in bad]
        over = {n for n in numbers if n is not None and self._over(n)}
        return [self.table.labels[n] for n in sorted(over)]

    def _over(self, number: int) -> bool:
        return int(self.table.ends[number]) <= self.as_of

    def rights(self, bad: Iterable[Verdict]) -> list[Right]:
        """The rights that arose, for each group by itself where it says so."""
        groups: dict[Group, list[int]] = {}
        for verdict in bad:
            named = dict(verdict.group)
            group = tuple((name, named[name]) for name in self.when.same if name in named)
            number = self.number(verdict)
            if number is not None and self._over(number):
                groups.setdefault(group, []).append(number)
        return [
            right
            for group, numbers in sorted(groups.items())
            for right in self._of(group, sorted(numbers))
        ]

    def _of(self, group: Group, numbers: Sequence[int]) -> list[Right]:
        """Each bad period that completes what is needed, with those before it."""
        when, found = self.when, []
        for last in dict.fromkeys(numbers):
            if not p.in_force(self.remedy, int(self.table.starts[last])):
                continue
            window = [n for n in numbers if last - when.of < n <= last]
            distinct = list(dict.fromkeys(window))
            match when.how:
                case "times":
                    enough = len(window) >= when.count
                case "row":
                    enough = len(distinct) == when.of
                case "whole":  # its period is that of all of them
                    enough, distinct = True, list(range(max(last - when.of + 1, 0), last + 1))
                case _:
                    enough = len(distinct) >= when.count
            if enough:
                found.append(self._right(group, last, distinct))
        return found

    def _right(self, group: Group, last: int, by: Sequence[int]) -> Right:
        since, until = int(self.table.ends[last]), None
        if self.remedy.within is not None:
            until = end_of(since, self.remedy.within, self.plan.zone)
        return Right(
            since=since,
            until=until,
            by=tuple(self.table.labels[n] for n in by),
            group=group,
            open=since <= self.as_of and (until is None or self.as_of <= until),
            text=self.when.text,
        )
