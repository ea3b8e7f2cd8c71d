"""The block of a text report on deadlines: how many were in time, and which were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest

from sladsl.diagnostics import columns, printable
from sladsl.plan.deadlines import ObligationPlan
from sladsl.reports.columns import BOLD, DIM, RED, Paint, cut, pad, table
from sladsl.reports.figures import amount
from sladsl.reports.tally import Due, Key, Promise, key, shortfall
from sladsl.reports.times import clock
from sladsl.reports.wording import Names, lasting, more
from sladsl.verdicts.model import State, Verdict, Word

__all__ = ["Deadlines"]

_GAP = "  "
_LEAST = 3  # late ones of each requirement that are listed, if there is room for more or not
_MOST = 12
_STATES = (State.ON_TIME, State.LATE, State.MISSED, State.PENDING)


class Deadlines:
    """A line of counts for each requirement, and below it the worst of what was late."""

    def __init__(
        self,
        named: Names,
        zone: str,
        duties: Sequence[ObligationPlan],
        due: dict[Key, Due],
        width: int,
        paint: Paint,
    ) -> None:
        self.named, self.zone, self.due = named, zone, due
        self.duties = {duty.name: duty for duty in duties}
        self.width, self.paint = width, paint

    def lines(self, found: Sequence[Promise]) -> list[str]:
        """The block; nothing where no deadline was judged."""
        if not found:
            return []
        excused = any(promise.of(Word.EXCUSED) for promise in found)
        head = ["DEADLINES", *_STATES, *(["excused"] * excused), "worst"]
        rows = [head, *(self._counts(promise, excused) for promise in found)]
        aligned = table(rows, frozenset(range(1, len(head) - 1)))
        title, *counts = (cut(_GAP.join(cells).rstrip(), self.width) for cells in aligned)
        broken = [promise for promise in found if promise.of(Word.BREACHED)]
        room = max(_MOST // max(len(broken), 1), _LEAST)
        lines = ["", self.paint(title, RED if broken else BOLD)]
        for promise, line in zip(found, counts, strict=True):
            lines.append(line)
            lines.append(self.paint(cut(f"    {self._promise(promise)}", self.width), DIM))
            lines += self._late(promise, room)
        return lines

    def _counts(self, promise: Promise, excused: bool) -> list[str]:
        """On time, late, missed and pending; the worst of them."""
        tally = Counter(
            verdict.instance.state
            for verdict in promise.verdicts
            if verdict.instance is not None and verdict.word is not Word.EXCUSED
        )
        cells = [f"  {self.named(promise.first)}", *(str(tally[state]) for state in _STATES)]
        if excused:
            cells.append(str(len(promise.of(Word.EXCUSED))))
        broken = promise.of(Word.BREACHED)
        cells.append(self._lateness(max(broken, key=shortfall)) if broken else "")
        return cells

    def _promise(self, promise: Promise) -> str:
        """What was promised, and whose duty it is."""
        first = promise.first
        said = [printable(first.metric)]
        duty = self.duties.get(first.obligation)
        for word, parties in () if duty is None else duty.roles:
            if word in ("responsible", "accountable"):
                said.append(f"{word}: {', '.join(map(printable, parties))}")
        if len(said) == 1:
            said.append(f"owed by {printable(first.debtor)}")
        return "; ".join(said)

    def _late(self, promise: Promise, room: int) -> list[str]:
        """The worst of what was late or missed."""
        broken = promise.of(Word.BREACHED)
        few = len(broken) if len(broken) <= room else room - 1
        shown = nlargest(few, broken, key=shortfall)
        rows = [self._instance(verdict) for verdict in shown]
        if not rows:
            return []
        fixed = table([row[1:] for row in rows])
        widest = max(columns(row[0]) for row in rows)
        left = max(self.width - sum(columns(cell) + len(_GAP) for cell in fixed[0]), 12)
        lines = []
        for row, cells in zip(rows, fixed, strict=True):
            line = _GAP.join([pad(row[0], min(widest, left)), *cells])
            lines.append(cut(line.rstrip(), self.width))
        if over := len(broken) - len(shown):
            lines.append(f"      {more(over, 'instance')} not in time")
        return lines

    def _instance(self, verdict: Verdict) -> list[str]:
        assert verdict.instance is not None
        about = ", ".join(printable(text) for _, text in verdict.instance.about)
        done = verdict.instance.done
        owed = self.due.get(key(verdict))
        return [
            f"      {about}" if about else "     ",
            f"due {clock(verdict.instance.due, self.zone)}",
            "not done" if done is None else f"done {clock(done, self.zone)}",
            self._lateness(verdict),
            "" if owed is None else amount(owed.amount, owed.currency, owed.minor),
        ]

    def _lateness(self, verdict: Verdict) -> str:
        assert verdict.instance is not None
        if verdict.instance.late is None:
            return str(State.MISSED)
        return f"{lasting(verdict.instance.late)} late"
