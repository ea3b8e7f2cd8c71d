"""Aggregates, formulas and requirements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from sladsl.calendar.names import EARLIEST, LATEST, divides
from sladsl.plan import model as p
from sladsl.plan.parts import aggregates_in, finer
from sladsl.plan.soundness.ground import (
    COMPARE,
    GROUPED,
    LARGEST,
    MOST_UNITS,
    PERIODS,
    ROUNDING,
    UNITS,
    among,
    once,
    ratio,
    within,
    wrong,
)
from sladsl.plan.uses import inside, listings, measured, sources, streams_in, windows_in

__all__ = ["Figures", "covered"]

_OVER_ROWS = ("count", "share", "sum", "mean", "min", "max", "quantile")
_OF_OUTAGES = ("time", "count", "sum", "mean", "min", "max", "quantile")
_OVER_WINDOWS = ("mean", "min", "max", "share")


class Figures:
    """The aggregates and requirements of a plan, whose streams are sound."""

    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.outages = {o.name: o for o in plan.outages}
        self.sources = {s.name: s for s in sources(plan)}
        self.baselines = {baseline.name for baseline in plan.baselines}

    def prove(self) -> None:
        """All of them are sound."""
        for index, aggregate in enumerate(self.plan.aggregates):
            match aggregate:
                case p.RowAggregate():
                    self._over_rows(aggregate)
                case p.OutageAggregate():
                    among("an aggregate of outages", aggregate.function, _OF_OUTAGES)
                    among("an outage", aggregate.outage, self.outages)
                    self._quantile(aggregate.function, aggregate.quantile)
                    if aggregate.of is not None:
                        within("what a share of time is of", aggregate.of, 1, LARGEST)
                        among("a share of a length", aggregate.function, ("time",))
                case p.WindowAggregate():
                    self._over_windows(index, aggregate)
                case p.EachAggregate():
                    self._over_each(index, aggregate)
        for _, windows in windows_in(self.plan.outages, listings(self.plan)):
            self._windows(windows)
        for requirement in measured(self.plan):
            self._requirement(requirement)

    def _windows(self, windows: p.WindowsPlan) -> None:
        """The windows of an outage or an exclusion."""
        if not divides(windows.length) or not windows.inner:
            wrong("windows", windows.length)
        for index in aggregates_in(windows.where):
            within("an aggregate's number", index, 0, len(windows.inner) - 1)
        _literals(windows.where, self.baselines)
        for aggregate in windows.inner:
            self._over_rows(aggregate)
            if aggregate.excluding:
                wrong("an exclusion from windows", aggregate.excluding[0].name)

    def _over_rows(self, aggregate: p.RowAggregate) -> None:
        function = aggregate.function
        among("an aggregate", function, _OVER_ROWS)
        among("a stream", aggregate.stream, self.sources)
        within("a scale", aggregate.scale, 1, LARGEST)
        if (function == "share") != (aggregate.good is not None):
            wrong("an aggregate without its condition", function)
        if (function in ("count", "share")) == (aggregate.value is not None):
            wrong("an aggregate without its value", function)
        kind = getattr(aggregate.value, "kind", "int")
        among("the kind of a figure", kind, p.SCALE)
        self._quantile(function, aggregate.quantile)

    def _quantile(self, function: str, share: p.Fraction2 | None) -> None:
        if (function == "quantile") != (share is not None):
            wrong("a percentile", function)
        if share is not None and not 0 <= share[0] <= share[1] != 0:
            wrong("a percentile", f"{share[0]}/{share[1]}")

    def _over_windows(self, index: int, aggregate: p.WindowAggregate) -> None:
        among("an aggregate of windows", aggregate.function, _OVER_WINDOWS)
        if not divides(aggregate.length):
            wrong("the length of a window", aggregate.length)
        if aggregate.calendar is not None:
            among("a calendar", aggregate.calendar, {c.name for c in self.plan.calendars})
        if (aggregate.function == "share") != (aggregate.good is not None) or (
            (aggregate.good is None) == (aggregate.value is None)
        ):
            wrong("an aggregate of windows", aggregate.function)
        if aggregate.empty is not None:
            ratio("what an empty window counts for", aggregate.empty)
            if aggregate.good is not None:
                wrong("an aggregate of windows", aggregate.function)
        parts = aggregates_in(inside(aggregate))
        if not parts:
            wrong("a window without a measure", aggregate.function)
        for part in parts:
            within("an aggregate's number", part, 0, index - 1)
            if not isinstance(self.plan.aggregates[part], p.RowAggregate):
                wrong("an aggregate of windows", part)
        _literals(inside(aggregate), self.baselines)

    def _over_each(self, index: int, aggregate: p.EachAggregate) -> None:
        among("an aggregate over groups", aggregate.function, ("mean", "min", "max"))
        once("a group", (g.name for g in aggregate.each))
        for group in aggregate.each:
            among("the kind of a group", group.kind, GROUPED)
        for name, _ in aggregate.among:
            among("a group", name, {group.name for group in aggregate.each})
        parts = aggregates_in(aggregate.value)
        if not parts or not aggregate.each:
            wrong("groups without a measure", aggregate.function)
        for part in parts:
            within("an aggregate's number", part, 0, index - 1)
        self.formula(aggregate.value, aggregate.each)

    def formula(self, formula: p.Formula | p.Condition, groups: tuple[p.GroupField, ...]) -> None:
        """A formula whose streams have the fields that it is grouped by."""
        for index in aggregates_in(formula):
            within("an aggregate's number", index, 0, len(self.plan.aggregates) - 1)
        _literals(formula, self.baselines)
        for stream in streams_in(self.plan, formula):
            fields = {f.name: f for f in self.sources[stream].fields}
            for group in groups:
                found = fields.get(group.name)
                if found is None or found.kind != group.kind:
                    wrong(f"a group of {stream}", group.name)
                known = ("false", "true") if found.kind == "bool" else found.values
                if group.values != known:
                    wrong("the values of a group", group.name)
        for index in aggregates_in(formula):
            aggregate = self.plan.aggregates[index]
            if isinstance(aggregate, p.OutageAggregate):
                each = self.outages[aggregate.outage].each
                for group in groups:
                    if group.name in each or group.name != "service":
                        among("a group of an outage", group.name, each)
                    for service in self.plan.services if group.name == "service" else ():
                        for name in dict(service.of).keys() - {"service"}:
                            among("a group of an outage", name, each)
            elif isinstance(aggregate, p.EachAggregate):
                self.formula(aggregate.value, finer(groups, aggregate.each))

    def _requirement(self, r: p.Requirement) -> None:
        _period(r.period)
        if isinstance(r.period, p.Trailing):
            among("a stream", r.period.rows.stream, self.sources)
            among("a field of listed rows", r.period.field, r.period.rows.fields)
            fields = {f.name: f.kind for f in self.sources[r.period.rows.stream].fields}
            if fields.get(r.period.field) != "time":
                wrong("what a period ends at", r.period.field)
        if r.prorated and isinstance(r.period, p.Rolling | p.Trailing):
            wrong("a rolling period that is prorated", r.metric)
        for index in aggregates_in(r.formula) if r.prorated else ():
            aggregate = self.plan.aggregates[index]
            if isinstance(aggregate, p.WindowAggregate | p.EachAggregate):
                wrong("a figure that is prorated", r.metric)
            among("a figure that is prorated", aggregate.function, ("count", "sum"))
        among("an operator", r.operator, COMPARE)
        once("a group", (g.name for g in r.groups))
        for group in r.groups:
            among("the kind of a group", group.kind, GROUPED)
        if not aggregates_in(r.formula):
            wrong("a requirement without a measure", r.metric)
        self.formula(r.formula, r.groups)
        if r.applies is not None:
            if not aggregates_in(r.applies.condition):
                wrong("a condition without a measure", r.metric)
            self.formula(r.applies.condition, r.groups)
        if r.excused is not None:
            self.formula(r.excused, r.groups)
        if bool(r.excuses) != (r.excused is not None):
            wrong("what excuses", r.obligation)
        for keys, figure in r.target.arms:
            if len(keys) != len(r.target.fields):
                wrong("the fields of a target", keys)
            if aggregates_in(figure):
                wrong("a target that is measured", r.metric)
            _literals(figure, self.baselines)
        _covered(r, r.target.fields, [keys for keys, _ in r.target.arms])


def _period(rule: p.PeriodRule) -> None:
    if isinstance(rule, str):
        among("a period", rule, PERIODS)
        return
    if isinstance(rule, p.Cut):
        among("a period", rule.per, PERIODS)
        if not rule.at or list(rule.at) != sorted(set(rule.at)):
            wrong("where periods are cut", rule.at)
        for time in rule.at:
            within("where periods are cut", time, EARLIEST, LATEST)
        return
    if isinstance(rule, p.Trailing):
        among("a unit of a period", rule.unit, UNITS)
        within("a length of a period", rule.length, 1, MOST_UNITS)
        return
    for count, unit in ((rule.length, rule.unit), (rule.every, rule.step)):
        among("a unit of a period", unit, UNITS)
        within("a length of a period", count, 1, MOST_UNITS)


def _covered(
    requirement: p.Requirement, fields: Sequence[str], arms: Sequence[tuple[str | None, ...]]
) -> None:
    """Every group has an arm of a target."""
    if not arms:
        wrong("a requirement without a target", requirement.metric)
    if not fields:
        return
    keys = list(dict.fromkeys(arm[0] for arm in arms))
    named = [key for key in keys if key is not None]
    covered(fields[0], requirement, named, True if None in keys else None)
    rest = tuple(arm[1:] for arm in arms if arm[0] is None)
    if rest:
        _covered(requirement, fields[1:], rest)
    for key in named:
        _covered(requirement, fields[1:], [arm[1:] for arm in arms if arm[0] in (key, None)])


def covered(field: str, requirement: p.Requirement, keys: Collection[str], default: object) -> None:
    """Every value of a group's field is one of the keys, unless there is a default."""
    found = {group.name: group for group in requirement.groups}.get(field)
    if found is None:
        wrong("a field that isn't grouped by", field)
    values = dict(requirement.among).get(field, found.values)
    if default is None and (not values or set(values) - set(keys)):
        wrong("a match that leaves values out", field)


def _literals(formula: p.Formula | p.Condition, known: Collection[str]) -> None:
    """The numbers and operators of a formula."""
    for part in _parts(formula):
        match part:
            case p.Number(value=value):
                ratio("a number", value)
            case p.BaselineRef(name=name):
                among("a baseline", name, known)
            case p.Rounded(mode=mode, to=to):
                among("how a figure is rounded", mode, ROUNDING)
                ratio("a step", to)
                if Fraction(*to) <= 0:
                    wrong("a step", f"{to[0]}/{to[1]}")
            case p.Operate(operands=operands, operators=operators):
                if not operands or len(operators) != len(operands) - 1:
                    wrong("a formula", "empty")
                for word in operators:
                    among("an operator", word, ("+", "-", "*", "/"))
            case p.FigureCompare(operator=operator):
                among("an operator", operator, COMPARE)
            case p.FigureAll(operands=some) | p.FigureAny(operands=some):
                if not some:
                    wrong("a condition", "empty")
            case _:
                pass


def _parts(formula: p.Formula | p.Condition) -> Iterator[p.Formula | p.Condition]:
    todo: list[p.Formula | p.Condition] = [formula]
    while todo:
        part = todo.pop()
        yield part
        match part:
            case (
                p.Negate(operand=operand)
                | p.Rounded(operand=operand)
                | p.FigurePresent(operand=operand)
            ):
                todo.append(operand)
            case p.FigureNot(operand=condition):
                todo.append(condition)
            case p.Operate(operands=operands):
                todo += operands
            case p.FigureCompare(left=left, right=right):
                todo += (left, right)
            case p.FigureAll(operands=conditions) | p.FigureAny(operands=conditions):
                todo += conditions
            case _:
                pass
