"""Claims: what has to be claimed, within which window, and what was claimed.

A window opens at its anchor and shuts when its length has passed, the last instant within. A
claim that names a period is about that period whenever it is made before the window shuts; one
that names none is about every window that is open, or else about the periods that are running.
What is claimed before its window opens is held until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
from sladsl.verdicts.model import Verdict

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
        group = dict(verdict.group)
        if any(group.get(name, value) != value for name, value in self.groups):
            return False
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
    ) -> None:
        self.plan = plan
        self.zone = Zone(plan.zone)
        self.listed = listed
        self.clocks = clocks
        self.as_of = as_of

    def settle(
        self, claim: p.ClaimPlan, lines: Sequence[tuple[Draft, Line]]
    ) -> tuple[Sequence[Row], Sequence[Row]]:
        """Leave on the lines of one clause what was claimed; the claims used, and the others."""
        windows = {id(line): self._windows(claim, line) for _, line in lines}
        taken: dict[int, Row] = {}
        used: list[Row] = []
        unused: list[Row] = []
        for row in self._rows(claim):
            about = [x for d, x in lines if row.about(_verdict(x), d.period.label)]
            found = [x for x in about if _is_open(windows[id(x)], row.time)]
            if row.named:
                found += [x for x in about if row.time < windows[id(x)][0].opens]
            elif not found:
                found = [
                    x
                    for x in about
                    if _verdict(x).period.start <= row.time < windows[id(x)][0].opens
                ]
            for line in found:
                taken.setdefault(id(line), row)
            (used if found else unused).append(row)
        for draft, line in lines:
            self._line(claim, draft, line, windows[id(line)], taken.get(id(line)))
        return used, unused

    def _line(
        self, claim: p.ClaimPlan, draft: Draft, line: Line, windows: list[Window], row: Row | None
    ) -> None:
        until = max(window.due for window in windows)
        shown = moment(until, self.zone)
        line.claimed = row is not None
        if row is not None:
            detail = f"{claim.rows.stream} of {moment(row.time, self.zone)}"
            if row.time < windows[0].opens:
                detail += f", held until {moment(windows[0].opens, self.zone)}"
            draft.steps.append(line.step("claim", f"{detail}, window until {shown}"))
            return
        if self.as_of <= max(window.shuts for window in windows):
            line.until = until
            line.waiting = line.amount
            detail = f"claimable until {shown}"
        else:
            detail = f"not claimed in time, window until {shown}"
        line.amount = Fraction(0)
        draft.steps.append(line.step("claim", detail))

    def note(self, row: Row, claim: p.ClaimPlan, *, held: bool) -> Step:
        """What is said of a claim that claims nothing yet, or nothing at all."""
        made = f"{claim.rows.stream} of {moment(row.time, self.zone)}"
        why = "is held: its window isn't open yet"
        if not held:
            why = "claims nothing so far: no window was open for it"
        return Step("held" if held else "unused", f"{made} {why}", Fraction(0))

    # ---- windows ----

    def _windows(self, claim: p.ClaimPlan, line: Line) -> list[Window]:
        """The windows of a line, by when they open."""
        verdict = _verdict(line)
        anchors = [verdict.period.end]
        if claim.anchor == "breach" and verdict.breached_at is not None:
            anchors = [verdict.breached_at]
        if claim.anchor == "onset" and verdict.evidence.outages:
            anchors = sorted({outage.start for outage in verdict.evidence.outages})
        return [window(self.plan, claim, anchor, self.clocks) for anchor in anchors]

    def _rows(self, claim: p.ClaimPlan) -> list[Row]:
        listed = self.listed[claim.rows]
        count = listed.length
        labels: Sequence[str | None] = [None] * count
        times: Sequence[int | None] = [None] * count
        if claim.period is not None:
            if claim.period_kind == "time":
                times = listed.numbers(claim.period)
            else:
                labels = listed.texts(claim.period)
        groups = {name: listed.texts(name) for name in claim.groups}
        rows = [
            Row(
                int(listed.times[i]), listed.place(i), labels[i], times[i],
                tuple(
                    (name, value)
                    for name, texts in groups.items()
                    if (value := texts[i]) is not None
                ),
            )
            for i in range(count)
        ]  # fmt: skip
        return sorted(rows, key=Row.order)


def _is_open(windows: Iterable[Window], time: int) -> bool:
    return any(window.opens <= time <= window.shuts for window in windows)


def _verdict(line: Line) -> Verdict:
    assert line.judged is not None
    return line.judged.verdict
