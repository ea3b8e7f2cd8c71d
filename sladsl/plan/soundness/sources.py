"""Streams, calendars, outages, and the expressions over rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sladsl.calendar.names import EARLIEST, LATEST, known_holidays
from sladsl.plan import model as p
from sladsl.plan.parts import expressions_of, relations_in
from sladsl.plan.soundness.ground import (
    COMPARE,
    GROUPED,
    KINDS,
    LARGEST,
    ROUNDING,
    among,
    once,
    ratio,
    within,
    wrong,
    zone,
)
from sladsl.plan.uses import listings, sources

__all__ = ["Sources"]


class Sources:
    """The streams of a plan and the expressions over them."""

    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.fields: dict[str, Mapping[str, p.FieldPlan]] = {}
        self.spans: set[str] = set()
        self.calendars = {"always", *(c.name for c in plan.calendars)}

    def prove(self) -> None:
        """All of them, and the aggregates over their rows, are sound."""
        plan = self.plan
        every = sources(plan)
        once("a stream", (s.name for s in every))
        for source in every:
            once("a field", (f.name for f in source.fields))
            self.fields[source.name] = {f.name: f for f in source.fields}
            for field in source.fields:
                among("the kind of a field", field.kind, KINDS)
                if (field.kind == "enum") != bool(field.values):
                    wrong("the values of a field", field.name)
            self.field(source.name, source.event, "time")
        self.spans = {s.name for s in plan.streams if s.span is not None}
        self.spans |= {d.name for d in plan.derived if d.how == "spans"}
        for stream in plan.streams:
            self._stream(stream)
        made = {s.name for s in plan.streams}
        for derived in plan.derived:
            self._derived(derived, made)
            made.add(derived.name)
        self._calendars()
        once("an outage", (o.name for o in plan.outages))
        for outage in plan.outages:
            self._outage(outage)
        for aggregate in plan.aggregates:
            if isinstance(aggregate, p.RowAggregate):
                self._aggregate(aggregate)
        for rows in listings(plan):
            self._listing(rows)

    def _aggregate(self, aggregate: p.RowAggregate) -> None:
        for expr in expressions_of(aggregate):
            self.expr(aggregate.stream, expr)
        for condition in (aggregate.where, aggregate.good):
            self.condition(aggregate.stream, condition)

    def field(self, stream: str, name: str, *kinds: str) -> p.FieldPlan:
        """The field of a stream, which has to be of one of some kinds (none named: any)."""
        if stream not in self.fields:
            wrong("a stream", stream)
        found = self.fields[stream].get(name)
        if found is None or (kinds and found.kind not in kinds):
            wrong(f"a field of {stream}", name)
        return found

    def _listing(self, rows: p.Listing) -> None:
        for name in rows.fields:
            self.field(rows.stream, name)
        if rows.stream not in self.fields:
            wrong("a stream", rows.stream)
        self.condition(rows.stream, rows.where)
        if rows.value is not None:
            self.expr(rows.stream, rows.value)

    def _stream(self, stream: p.StreamPlan) -> None:
        name = stream.name
        if not stream.fields or self.field(name, stream.event).computed is not None:
            wrong("the event of a stream", stream.event)
        if self.field(name, stream.event).optional:
            wrong("the event of a stream", stream.event)
        for time in (*(stream.span or ()), *((stream.recorded,) if stream.recorded else ())):
            self.field(name, time, "time")
        if stream.recorded is not None and self.field(name, stream.recorded).optional:
            wrong("the time of recording", stream.recorded)
        if stream.span is not None and stream.span[0] != stream.event:
            wrong("the start of a span", stream.span[0])
        for key in (*stream.key, *((stream.sequence,) if stream.sequence else ())):
            if self.field(name, key).computed is not None:
                wrong("a key", key)
        if stream.timezone is not None:
            zone(stream.timezone)
        among("an ambiguous time", stream.ambiguous or "earlier", ("earlier", "later"))
        known: set[str] = {f.name for f in stream.fields if f.computed is None}
        for field in stream.fields:
            if field.computed is not None:
                self.expr(name, field.computed, known)
                known.add(field.name)

    def _derived(self, derived: p.DerivedPlan, made: Collection[str]) -> None:
        among("the making of a stream", derived.how, ("last", "spans"))
        among("a base", derived.base, made)
        base = self.fields[derived.base]
        self.field(derived.base, derived.by)
        if derived.sequence is not None:
            self.field(derived.base, derived.sequence)
        self.condition(derived.base, derived.where)
        if relations_in(derived.where):
            wrong("the making of a stream", "by rows that belong to a row")
        if any(f.computed is not None for f in derived.fields):
            wrong("a computed field of", derived.name)
        if derived.how == "last":
            if any(f.name not in base for f in derived.fields):
                wrong("the fields of", derived.name)
        elif {f.name for f in derived.fields} != {derived.by, "starts", "ends"}:
            wrong("the fields of", derived.name)
        elif derived.event != "starts":
            wrong("the event of a stream", derived.event)

    def _calendars(self) -> None:
        once("a calendar", (*(c.name for c in self.plan.calendars), "always"))
        left = {c.name: set(c.operands) for c in self.plan.calendars}
        made = {"always"}
        while left:
            ready = [name for name, operands in left.items() if operands <= made]
            if not ready:
                wrong("an operand of a calendar", min(min(left.values())))
            for name in ready:
                made.add(name)
                del left[name]
        for calendar in self.plan.calendars:
            zone(calendar.zone)
            if len(calendar.operators) != max(len(calendar.operands) - 1, 0):
                wrong("the operators of a calendar", calendar.name)
            for word in calendar.operators:
                among("an operator of a calendar", word, ("and", "or", "without"))
            for days, start, end in calendar.open:
                within("an opening", start, 0, 1440)
                within("a closing", end, start + 1, 1440)
                for day in days:
                    within("a day of the week", day, 0, 6)
            for start, end in calendar.closed_spans:
                within("a closed span", start, EARLIEST, LATEST)
                within("a closed span", end, start, LATEST)
            for text in calendar.closed_dates:
                _date(text)
            for regions in calendar.holidays:
                if not regions or not all(map(known_holidays, regions)):
                    wrong("a region of holidays", ", ".join(regions))

    def _outage(self, outage: p.OutagePlan) -> None:
        among("a stream", outage.stream, self.fields)
        for name in outage.instances:
            self.field(outage.stream, name, *GROUPED)
        once("an instance of an outage", outage.instances)
        for part in outage.at_once:
            if part.at_least is not None:
                within("how many fail at once", part.at_least, 1, LARGEST)
        self.condition(outage.stream, outage.failing)
        among("missing data", outage.missing, ("up", "down", "excluded"))
        least = 0 if outage.windows is not None else 1
        for length in (outage.hold, outage.expected):
            if length is not None:
                within("a length of an outage", length, least, LARGEST)
        within("a length of an outage", outage.lasting, 0, LARGEST)
        if outage.rounding is not None:
            mode, step = outage.rounding
            among("how a length is rounded", mode, ROUNDING)
            within("a step", step, 1, LARGEST)
        if outage.weight is not None:
            self._weight(outage, outage.weight)
        if outage.ends is not None:
            spans = {s.name: s.span for s in self.plan.streams if s.span is not None}
            among("a stream of spans", outage.stream, self.spans)
            if spans.get(outage.stream, ("", "ends"))[1] != outage.ends:
                wrong("the end of a span", outage.ends)
            if outage.windows is not None:
                wrong("an outage of spans and windows", outage.name)
        if outage.windows is not None:
            self.windows(outage.stream, outage.windows)

    def _weight(self, outage: p.OutagePlan, weight: p.WeightPlan) -> None:
        kinds = ("percent",) if weight.part else ("int", "number")
        found = self.field(outage.stream, weight.field, *kinds)
        if found.optional or weight.scale != p.SCALE[found.kind]:
            wrong("a weight", weight.field)
        if outage.windows is not None or outage.at_once:
            wrong("a weight of windows, or of many at once", outage.name)
        if not weight.part and outage.missing != "excluded" and outage.ends is None:
            wrong("how many there are while data is missing", outage.missing)
        if not weight.part and outage.down_outside is not None:
            wrong("how many there are in the rest of the time", outage.name)

    def windows(self, stream: str, windows: p.WindowsPlan) -> None:
        """Windows are made of the rows of one stream."""
        for aggregate in windows.inner:
            among("the rows of a window", aggregate.stream, (stream,))
            self._aggregate(aggregate)

    # ---- expressions ----

    def condition(self, stream: str, expr: p.RowExpr | None) -> None:
        """A condition is true or false."""
        if expr is not None and self.expr(stream, expr) != "bool":
            wrong("a condition", type(expr).__name__)

    def expr(self, stream: str, expr: p.RowExpr, known: Collection[str] | None = None) -> str:
        """The kind of a value, where the expression is sound."""
        match expr:
            case p.Col(name=name, kind=kind):
                if known is not None and name not in known:
                    wrong("a field before it is computed", name)
                return self.field(stream, name, kind).kind
            case p.Const(value=value, kind=kind):
                among("the kind of a constant", kind, KINDS - {"text"})
                within("a constant", value, -(1 << 63), (1 << 63) - 1)
                return kind
            case p.TextConst():
                return "text"
            case p.Baseline(name=name, kind=kind, factor=factor, plus=plus):
                among("a baseline", name, {b.name for b in self.plan.baselines})
                among("the kind of a figure", kind, p.SCALE)
                ratio("a factor", factor)
                ratio("a number", plus)
                return kind
            case p.Arith(operator=operator, left=left, right=right):
                among("an operator", operator, ("+", "-", "*"))
                self._scales(expr.left_scale, expr.right_scale)
                among("the kind of a sum", expr.kind, KINDS - {"text", "enum", "bool"})
                for side in (left, right):
                    self.value(stream, side, known, KINDS - {"text", "enum", "bool"})
                return expr.kind
            case p.Quotient(left=left, right=right, kind=kind):
                for scale in (expr.left_scale, expr.right_scale):
                    within("a scale", scale, 1, LARGEST)
                for side in (left, right):
                    self.value(stream, side, known, p.SCALE)
                among("the kind of a quotient", kind, p.SCALE)
                return kind
            case p.Compare(operator=operator, left=left, right=right):
                among("an operator", operator, COMPARE)
                self._scales(expr.left_scale, expr.right_scale)
                kinds = {self.value(stream, side, known, KINDS) for side in (left, right)}
                if len(kinds) > 1 and not kinds <= {"int", "number", "percent"}:
                    wrong("the sides of a comparison", " and ".join(sorted(kinds)))
                return "bool"
            case p.IsIn(operand=operand, values=values):
                self.value(stream, operand, known, KINDS)
                for constant in values:
                    self.expr(stream, constant, known)
                return "bool"
            case p.Present(operand=operand):
                self.value(stream, operand, known, KINDS)
                return "bool"
            case p.Opposite(operand=operand):
                return self.value(stream, operand, known, {"bool"})
            case p.AllOf(operands=operands) | p.AnyOf(operands=operands):
                if not operands:
                    wrong("a condition", "empty")
                for operand in operands:
                    self.value(stream, operand, known, {"bool"})
                return "bool"
            case p.Coalesce(operands=operands):
                if not operands:
                    wrong("a value", "empty")
                for operand in operands:
                    self.value(stream, operand, known, {expr.kind})
                return expr.kind
            case p.Choose():
                return self._choose(stream, expr, known)
            case p.CalendarRef(name=name):
                among("a calendar", name, self.calendars)
                return "calendar"
            case p.Related():
                return self._related(stream, expr)
            case p.Elapsed(start=start, end=end, calendar=calendar, pauses=pauses):
                for side in (start, end):
                    self.value(stream, side, known, {"time"})
                if not isinstance(calendar, p.CalendarRef | p.Choose):
                    wrong("a calendar", type(calendar).__name__)
                self.value(stream, calendar, known, {"calendar"})
                for pause in pauses:
                    self._pause(stream, pause)
                return "duration"

    def value(
        self, stream: str, expr: p.RowExpr, known: Collection[str] | None, kinds: Collection[str]
    ) -> str:
        """The kind of an expression, which has to be one of some."""
        kind = self.expr(stream, expr, known)
        among("the kind of a value", kind, kinds)
        return kind

    def _choose(self, stream: str, expr: p.Choose, known: Collection[str] | None) -> str:
        self.expr(stream, expr.subject, known)
        parts = [arm for _, arm in expr.arms]
        if expr.otherwise is not None:
            parts.append(expr.otherwise)
        chosen = p.CalendarRef | p.Choose
        if expr.kind == "calendar" and not all(isinstance(c, chosen) for c in parts):
            wrong("a choice of calendars", expr.subject.name)
        for key, arm in expr.arms:
            if isinstance(key, str) != (expr.subject.kind == "text"):
                wrong("a key of a choice", key)
            if isinstance(key, int):
                within("a key of a choice", key, -(1 << 63), (1 << 63) - 1)
            self.value(stream, arm, known, {expr.kind})
        if expr.otherwise is not None:
            self.value(stream, expr.otherwise, known, {expr.kind})
        return expr.kind

    def _related(self, stream: str, related: p.Related) -> str:
        functions = ("count", "sum", "mean", "min", "max")
        among("a function of other rows", related.function, functions)
        theirs = self.expr(related.stream, related.theirs)
        ours = self.expr(stream, related.ours)
        if theirs != ours and not {theirs, ours} <= {"int", "number"}:
            wrong("the fields by which rows belong to a row", f"{theirs} and {ours}")
        self._scales(related.their_scale, related.our_scale)
        own = self.field(stream, related.ours.name, ours).values
        other = self.field(related.stream, related.theirs.name, theirs).values
        if related.numbers and len(related.numbers) != len(other):
            wrong("the values of an enum", related.theirs.name)
        for number in related.numbers:
            within("the number of a value", number, -1, len(own) - 1)
        if related.where is not None:
            self.value(related.stream, related.where, None, {"bool"})
        if (related.value is None) != (related.function == "count"):
            wrong("a function of other rows", related.function)
        kind = "int"
        if related.value is not None:
            kind = self.value(related.stream, related.value, None, p.SCALE)
        if any(relations_in(part) for part in (related.where, related.value)):
            wrong("rows that belong to a row", "within each other")
        among("the kind of a figure", related.kind, (kind,))
        return kind

    def _pause(self, stream: str, pause: p.Pause) -> None:
        if pause.excuse:
            self.excuse(stream, pause)
            return
        among("a stream that pauses", pause.stream, self.spans)
        left = self.field(stream, pause.left, *GROUPED).kind
        self.field(pause.stream, pause.right, left)

    def excuse(self, stream: str, pause: p.Pause) -> None:
        """An excuse is by deadlines, and speaks of fields that rows and these have."""
        self.excused(self.field(stream, pause.left, *GROUPED).kind if pause.left else "", pause)

    def excused(self, kind: str, pause: p.Pause) -> None:
        """The same for what is told apart by values of a kind.

        What is due every day or week, or at a period's end, can only excuse for all.
        """
        own = [d for d in self.plan.deadlines if p.excuse_of(d.obligation) == pause.stream]
        if not own or bool(pause.left) != bool(pause.right):
            wrong("what excuses", pause.stream)
        for deadline in own if pause.left else ():
            rows = deadline.rows if deadline.triggers is None else deadline.triggers
            if deadline.anchor == "breach":
                kinds = {group.name: group.kind for group in deadline.groups}
                if kinds.get(pause.right) != kind:
                    wrong("a group of a breach", pause.right)
                continue
            if deadline.anchor not in ("row", "rows"):
                wrong("what excuses", deadline.anchor)
            among("a field that is listed", pause.right, rows.fields)
            self.field(rows.stream, pause.right, kind)

    def _scales(self, *scales: int) -> None:
        for scale in scales:
            within("a scale", scale, 1, p.SCALE["percent"])


def _date(text: str) -> None:
    try:
        if len(text) == 10 and 1678 <= date.fromisoformat(text).year <= 2261:
            return
    except ValueError:
        pass
    wrong("a date", text)
