"""Obligations and deadlines."""

from __future__ import annotations

from sladsl.plan import model as p
from sladsl.plan.soundness.ground import (
    GROUPED,
    LARGEST,
    PERIODS,
    among,
    once,
    within,
    wrong,
    zone,
)
from sladsl.plan.soundness.sources import Sources

__all__ = ["Deadlines"]

_ROLES = ("responsible", "accountable", "consulted", "informed", "measured", "reported")
_UNITS = ("ns", "day", "week", "month", "quarter", "year")


class Deadlines:
    """The deadlines of a plan, whose streams are sound."""

    def __init__(self, plan: p.Plan, sources: Sources) -> None:
        self.plan = plan
        self.sources = sources

    def prove(self) -> None:
        """All of them are sound, and what is shown is required."""
        required = {
            *((r.obligation, r.number) for r in self.plan.requirements),
            *((d.obligation, d.number) for d in self.plan.deadlines),
        }
        names = {obligation for obligation, _ in required}
        once("an obligation", (o.name for o in self.plan.obligations))
        for obligation in self.plan.obligations:
            among("an obligation", obligation.name, names)
            for word, _ in obligation.roles:
                among("a role", word, _ROLES)
        for deadline in self.plan.deadlines:
            self._deadline(deadline, names)
        self._circles()

    def _deadline(self, d: p.DeadlinePlan, names: set[str]) -> None:
        among("what a deadline runs from", d.anchor, p.ANCHORS)
        self._listing(d.rows)
        self._time(d.rows, d.done)
        due = [way for way in (d.within, d.by, d.every) if way is not None]
        if len(due) != 1 or (d.anchor == "every") != (d.every is not None):
            wrong("by when something is due", d.obligation)
        if (d.anchor == "rows") != (d.triggers is not None):
            wrong("what starts a deadline", d.obligation)
        if d.triggers is not None:
            self._listing(d.triggers)
        if d.anchor in ("row", "rows"):
            triggers = d.rows if d.triggers is None else d.triggers
            self._time(triggers, d.starts)
            for name in d.key:
                self._naming(triggers, name)
            for ours, theirs in d.match:
                if self._naming(triggers, ours) != self._naming(d.rows, theirs):
                    wrong("a field that has to be equal", ours)
        else:
            for _, theirs in d.match:
                self._naming(d.rows, theirs)
        if d.anchor == "breach":
            among("an obligation", d.of, names)
        elif d.of:
            wrong("an obligation whose breach is meant", d.of)
        judged = [r.period for r in self.plan.requirements if r.obligation == d.obligation]
        for kind in d.periods:
            if isinstance(kind, str):
                among("a period", kind, PERIODS)
            if kind not in judged:
                wrong("a period that ends", kind)
        once("a group of a breach", (group.name for group in d.groups))
        for group in d.groups:
            among("the kind of a group", group.kind, GROUPED)
            if d.anchor != "breach":
                wrong("the groups of a breach", d.anchor)
        for pause in d.excuses:
            self.excuse(d, pause)
        if d.within is not None:
            self._lapse(d.within)
        if d.by is not None:
            self._due_by(d.by)
        if d.every is not None:
            self._recurring(d.every)

    def excuse(self, d: p.DeadlinePlan, pause: p.Pause) -> None:
        """What excuses a deadline speaks of fields of its triggers, or of what was breached."""
        rows = d.rows if d.triggers is None else d.triggers
        if not pause.left:
            self.sources.excused("", pause)
        elif d.anchor in ("row", "rows"):
            self.sources.excuse(rows.stream, pause)
            among("a field that is listed", pause.left, rows.fields)
        else:
            kinds = {group.name: group.kind for group in d.groups}
            among("a group of a breach", pause.left, kinds)
            self.sources.excused(kinds[pause.left], pause)

    def _lapse(self, lapse: p.Lapse) -> None:
        among("a unit of time", lapse.unit, _UNITS)
        within("a length of time", lapse.count, 1, LARGEST if lapse.unit == "ns" else 100_000)
        among("a calendar", lapse.calendar, self.sources.calendars)

    def _due_by(self, due: p.DueBy) -> None:
        within("a number of days", due.count, int(due.calendar != "always"), 100_000)
        within("a time of day", due.second, 0, 86399)
        among("a calendar", due.calendar, self.sources.calendars)
        zone(due.zone)

    def _recurring(self, every: p.Recurring) -> None:
        among("how often something is due", every.every, ("day", "week"))
        within("a time of day", every.second, 0, 86399)
        if (every.every == "week") != (every.weekday is not None):
            wrong("a weekday", every.weekday)
        within("a weekday", every.weekday or 0, 0, 6)

    def _listing(self, rows: p.Listing) -> None:
        for name in rows.fields:
            self.sources.field(rows.stream, name)
        self.sources.condition(rows.stream, rows.where)

    def _time(self, rows: p.Listing, name: str) -> None:
        among("a field that is listed", name, rows.fields)
        self.sources.field(rows.stream, name, "time")

    def _naming(self, rows: p.Listing, name: str) -> str:
        """The kind of a field that says what a row is about."""
        among("a field that is listed", name, rows.fields)
        kind = self.sources.field(rows.stream, name).kind
        among("the kind of a key", kind, GROUPED)
        return kind

    def _circles(self) -> None:
        """No deadline runs from a breach that waits for itself."""
        after: dict[str, set[str]] = {}
        for d in self.plan.deadlines:
            if d.of:
                after.setdefault(d.obligation, set()).add(d.of)
            for pause in d.excuses:
                after.setdefault(d.obligation, set()).add(p.excused_by(pause.stream))
        while after:
            free = [name for name, of in after.items() if not of & after.keys()]
            if not free:
                wrong("a deadline that waits for itself", min(after))
            for name in free:
                del after[name]
