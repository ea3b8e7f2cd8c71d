"""Claims: what has to be claimed, within which window, and what was claimed.

A window opens at its anchor and shuts when its length has passed, the last instant within. A
claim that names a period is about that period whenever it is made before the window shuts; one
that names none is about every window that is open, or else about the periods that are running.
What is claimed before its window opens is held until then. Where rows, or breaches of another
obligation, open windows, there may be none yet, or never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.days import unit_after
from sladsl.calendar.names import LATEST
from sladsl.calendar.zones import Zone
from sladsl.credits.fees import cutting
from sladsl.credits.lines import Draft, Line
from sladsl.credits.model import Step
from sladsl.credits.words import moment
from sladsl.folds.listings import Listed
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Period, Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["Claims", "Row", "window"]

_PART = re.compile(r"/\d+$")
_BEYOND = 400 * 86400 * 10**9


class Window(Record):
    """The time in which may be claimed (ns): from `opens` to `shuts`, both within.

    `due` is what is shown: the first instant at which the length has passed, which on the clock
    of a calendar is earlier than the last within. `LATEST`: not within the supported years.
    """

    opens: int
    due: int
    shuts: int


class Opening(Record):
    """The windows of a line, by when they open, and whether one may still come where none is."""

    windows: tuple[Window, ...]
    awaited: bool

    def holds(self, time: int) -> bool:
        """Whether an instant lies in one of them."""
        return any(window.opens <= time <= window.shuts for window in self.windows)

    def early(self, time: int) -> bool:
        """Whether one opens after an instant, or may still come where there is none."""
        return not self.windows or time < self.windows[-1].opens

    def taken_by(self, time: int) -> Window:
        """The window in which a claim of an instant counts: it lies in it, or waits for it."""
        own = (window for window in self.windows if window.opens <= time <= window.shuts)
        later = (window for window in self.windows if time < window.opens)
        return max(own, key=lambda window: window.due, default=None) or next(later)


class Row(Record):
    """A claim: when it was made (ns), its place, and which period and group it names."""

    time: int
    place: tuple[int, int]
    label: str | None
    within: int | None
    groups: tuple[tuple[str, str], ...]

    def order(self) -> tuple[int, str, int, tuple[tuple[str, str], ...]]:
        """By time and then by what it says, so that the order of the rows decides nothing."""
        return self.time, self.label or "", self.within or 0, self.groups

    @property
    def named(self) -> bool:
        """Whether it says which period it is about."""
        return self.label is not None or self.within is not None

    def about(self, verdict: Verdict, statement: str) -> bool:
        """Whether a verdict is of the group and the period that it names."""
        return _agree(self.groups, verdict.group) and self.of_period(verdict, statement)

    def of_period(self, verdict: Verdict, statement: str) -> bool:
        """Whether a verdict is of the period that it names, by itself or by its statement."""
        period = verdict.period
        if self.label is not None:
            labels = period.label, statement
            # a period that an amendment cuts in parts is named by itself, or by one of them
            return self.label in (*labels, *(_PART.sub("", label) for label in labels))
        return self.within is None or period.start <= self.within < period.end


def window(
    plan: p.Plan, claim: p.ClaimPlan, opens: int, clocks: Mapping[str, BusinessClock]
) -> Window:
    """The window of a claim that opens at an instant."""
    lapse = claim.within
    clock = clocks[lapse.calendar]
    if claim.by_end:
        return _by_end(plan, lapse, opens - (claim.anchor == "end"), opens, clock)
    if lapse.unit != "ns":
        due = last = unit_after(clock, opens, lapse.count, lapse.unit, Zone(plan.zone))
    else:
        due, last = clock.moment(opens, lapse.count), clock.last_moment(opens, lapse.count)
    return Window(opens, min(due, LATEST), min(last, LATEST))


def _by_end(plan: p.Plan, lapse: p.Lapse, since: int, opens: int, clock: BusinessClock) -> Window:
    """Until the end of so many calendar months (weeks, ...) after that of an instant."""
    last = unit_after(clock, since, lapse.count, lapse.unit, Zone(plan.zone))
    if last > LATEST - _BEYOND:
        return Window(opens, LATEST, LATEST)
    table = cutting(plan, lapse.unit, last - _BEYOND, last + _BEYOND)
    end = next(end for end in table.ends.tolist() if end > last)
    return Window(opens, end, end - 1)


class Claims:
    """The claims of one run."""

    def __init__(
        self,
        plan: p.Plan,
        listed: Mapping[p.Listing, Listed],
        clocks: Mapping[str, BusinessClock],
        as_of: int,
        judged: Iterable[Judged],
        month: Callable[[int], Period],
    ) -> None:
        self.plan = plan
        self.zone = Zone(plan.zone)
        self.listed = listed
        self.clocks = clocks
        self.as_of = as_of
        self.judged = tuple(judged)
        self._month = month  # that holds an instant
        self._started: dict[p.Starts, list[Row]] = {}

    def settle(
        self, claim: p.ClaimPlan, lines: Sequence[tuple[Draft, Line]]
    ) -> tuple[Sequence[Row], Sequence[Row]]:
        """Leave on the lines of one clause what was claimed; the claims used, and the others."""
        opening = {id(x): self._opening(claim, _verdict(x), d.period.label) for d, x in lines}
        taken: dict[int, Row] = {}
        used: list[Row] = []
        unused: list[Row] = []
        for row in self._rows(claim):
            about = [x for d, x in lines if row.about(_verdict(x), d.period.label)]
            about = [x for x in about if opening[id(x)].windows or opening[id(x)].awaited]
            found = [x for x in about if opening[id(x)].holds(row.time)]
            early = [x for x in about if opening[id(x)].early(row.time)]
            if row.named:
                found += early
            elif not found:
                found = [x for x in early if _verdict(x).period.start <= row.time]
            for line in found:
                taken.setdefault(id(line), row)
            (used if found else unused).append(row)
        for draft, line in lines:
            self._line(claim, draft, line, opening[id(line)], taken.get(id(line)))
        return used, unused

    def _line(
        self, claim: p.ClaimPlan, draft: Draft, line: Line, opening: Opening, row: Row | None
    ) -> None:
        windows = opening.windows
        if not windows:
            self._unopened(claim, draft, line, row, awaited=opening.awaited)
            return
        line.claimed = row is not None
        if row is not None:
            one = opening.taken_by(row.time)
            detail = f"{claim.rows.stream} of {moment(row.time, self.zone)}"
            if row.time < one.opens:
                detail += f", held until {moment(one.opens, self.zone)}"
            detail += f", window until {moment(one.due, self.zone)}"
            draft.steps.append(line.step("claim", detail))
            return
        until = max(window.due for window in windows)
        shown = moment(until, self.zone)
        if self.as_of <= max(window.shuts for window in windows):
            line.until = until
            line.waiting = line.amount
            detail = f"claimable until {shown}"
        else:
            detail = f"not claimed in time, window until {shown}"
        line.amount = Fraction(0)
        draft.steps.append(line.step("claim", detail))

    def _unopened(
        self, claim: p.ClaimPlan, draft: Draft, line: Line, row: Row | None, *, awaited: bool
    ) -> None:
        """A line that nothing has opened a window for."""
        line.claimed = False
        starts = claim.starts
        what = f"{starts.rows.stream}.{starts.time}" if starts else f"breach of {claim.of}"
        detail = f"not claimable: no window was opened by {what}"
        if awaited:
            detail = f"claimable from {what} on, which isn't there yet"
            if row is not None:
                made = f"{claim.rows.stream} of {moment(row.time, self.zone)}"
                detail = f"{made}, held until {what}, which isn't there yet"
        line.amount = Fraction(0)
        draft.steps.append(line.step("claim", detail))

    def note(self, row: Row, claim: p.ClaimPlan, *, held: bool) -> Step:
        """What is said of a claim that claims nothing yet, or nothing at all."""
        made = f"{claim.rows.stream} of {moment(row.time, self.zone)}"
        named = [] if row.label is None else [row.label]
        if row.within is not None:
            named.append(moment(row.within, self.zone))
        named += [value for _, value in row.groups]
        made += f" for {', '.join(named)}" if named else ""
        why = "is held: its window isn't open yet"
        if not held:
            why = "claims nothing so far: no window was open for it"
        return Step("held" if held else "unused", f"{made} {why}", Fraction(0))

    # ---- windows ----

    def _opening(self, claim: p.ClaimPlan, verdict: Verdict, statement: str) -> Opening:
        """The windows in which what a verdict is worth can be claimed."""
        anchors: Iterable[int] = [verdict.period.end]
        awaited = False
        if claim.starts is not None:
            rows = self._starts(claim.starts)
            anchors = (row.time for row in rows if self._starts_for(row, verdict, statement))
            awaited = claim.starts.period is not None or self._span(verdict)[1] > self.as_of
        elif claim.of:
            others = list(self._breaches(claim.of, verdict))
            anchors = (one.breached_at for one in others if one.breached_at is not None)
            pending = any(one.word is Word.PENDING for one in others)
            awaited = pending or self._span(verdict)[1] > self.as_of
        elif claim.anchor == "breach" and verdict.breached_at is not None:
            anchors = [verdict.breached_at]
        elif claim.anchor == "onset" and verdict.evidence.outages:
            anchors = (outage.start for outage in verdict.evidence.outages)
        found = (window(self.plan, claim, time, self.clocks) for time in sorted(set(anchors)))
        return Opening(tuple(found), awaited)

    def _span(self, verdict: Verdict) -> tuple[int, int]:
        """The time in which lies what belongs to a verdict.

        Of a deadline it ends with the month in which it is due.
        """
        start, end = verdict.period.start, verdict.period.end
        if verdict.instance is None:
            return start, end
        month = self._month(end)
        return min(start, month.start), max(end, month.end)

    def _starts_for(self, row: Row, verdict: Verdict, statement: str) -> bool:
        """Whether a row opens a window for a verdict: of the period that it names or lies in."""
        if not _agree(row.groups, _about(verdict)):
            return False
        if row.named:
            return row.of_period(verdict, statement)
        start, end = self._span(verdict)
        return start <= row.time < end

    def _breaches(self, obligation: str, verdict: Verdict) -> Iterator[Verdict]:
        """What is said of another obligation, of periods that end in that of a verdict."""
        start, end = self._span(verdict)
        for judged in self.judged:
            one = judged.verdict
            last = one.period.end - (one.instance is None)
            same = one.obligation == obligation and _agree(_about(one), _about(verdict))
            if same and start <= last < end and one.word in (Word.BREACHED, Word.PENDING):
                yield one

    def _starts(self, starts: p.Starts) -> list[Row]:
        """The rows that open windows, at their times."""
        if starts not in self._started:
            self._started[starts] = self._named(
                starts, self.listed[starts.rows].numbers(starts.time)
            )
        return self._started[starts]

    def _rows(self, claim: p.ClaimPlan) -> list[Row]:
        return self._named(claim, self.listed[claim.rows].times.tolist())

    def _named(self, rows: p.ClaimPlan | p.Starts, at: Sequence[int | None]) -> list[Row]:
        """Listed rows, by their times and by what they name; those without a time are left out."""
        listed = self.listed[rows.rows]
        count = listed.length
        labels: Sequence[str | None] = [None] * count
        times: Sequence[int | None] = [None] * count
        if rows.period is not None:
            if rows.period_kind == "time":
                times = listed.numbers(rows.period)
            else:
                labels = listed.texts(rows.period)
        groups = {name: listed.texts(name) for name in rows.groups}
        found = [
            Row(
                time, listed.place(i), labels[i], times[i],
                tuple(
                    (name, value)
                    for name, texts in groups.items()
                    if (value := texts[i]) is not None
                ),
            )
            for i, time in enumerate(at)
            if time is not None
        ]  # fmt: skip
        return sorted(found, key=Row.order)


def _about(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """What a verdict is about: a group, or what the instance of a deadline is called by."""
    return verdict.group if verdict.instance is None else verdict.instance.about


def _agree(one: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> bool:
    """Whether nothing that both say differs."""
    known = dict(other)
    return all(known.get(name, value) == value for name, value in one)


def _verdict(line: Line) -> Verdict:
    assert line.judged is not None
    return line.judged.verdict
