"""One plan for the whole life of an agreement, from the plans of its terms one after the other.

What stays the same is one record; what an amendment changes is another, and each says for which
time it is. What is known by a name (a calendar, a derived stream, an outage, an exclusion, a
baseline) gets a second name where it changes: `down@a1`. Streams are read once, for all terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sladsl.plan import model as p
from sladsl.plan.baselines import replaced
from sladsl.records import Record, fields

__all__ = ["Terms", "joined"]

T = TypeVar("T", bound=Record)


class Terms(Record):
    """The plan of the terms that hold from `since` (ns; None: from the start) on.

    `name` is the amendment that they come from; "" is the agreement as first written.
    """

    since: int | None
    name: str
    plan: p.Plan


#: What of a plan is known by its name, in an order in which each comes after what it names.
_NAMED = ("baselines", "calendars", "streams", "derived", "exclusions", "outages")

#: Fields that hold names (one, or several), by the table of what they name. A `name` is that of
#: the record itself.
_NAMES = {
    ("Baseline", "name"): "baselines",
    ("BaselineRef", "name"): "baselines",
    ("BaselinePlan", "name"): "baselines",
    ("CalendarPlan", "name"): "calendars",
    ("CalendarPlan", "operands"): "calendars",
    ("CalendarRef", "name"): "calendars",
    ("WindowAggregate", "calendar"): "calendars",
    ("DerivedPlan", "name"): "streams",
    ("DerivedPlan", "base"): "streams",
    ("DueBy", "calendar"): "calendars",
    ("Lapse", "calendar"): "calendars",
    ("Listing", "stream"): "streams",
    ("OutagePlan", "stream"): "streams",
    ("Pause", "stream"): "streams",
    ("Related", "stream"): "streams",
    ("RowAggregate", "stream"): "streams",
    ("OutagePlan", "name"): "outages",
    ("OutageAggregate", "outage"): "outages",
    ("ExclusionPlan", "name"): "exclusions",
}

#: What says for which time a record holds, and where it is written: no part of what it says.
_ASIDE = ("at", "since", "until", "terms")


def joined(states: Sequence[Terms]) -> p.Plan:
    """The plan of all of these terms, which follow each other. Streams have to fit each other."""
    first, *others = states
    life = _Life(first.plan)
    for state in others:
        life.take(state)
    return life.plan()


class _Life:
    def __init__(self, first: p.Plan) -> None:
        self.found: dict[str, Any] = {name: getattr(first, name) for name in fields(first)}
        self.named: dict[str, dict[str, Any]] = {
            table: {one.name: one for one in self.found[table]} for table in _NAMED
        }
        self.exclusions: dict[p.ExclusionPlan, None] = dict.fromkeys(first.exclusions)
        self.aggregates: list[p.Aggregate] = list(first.aggregates)
        self.order = list(_obligations(first))

    def take(self, state: Terms) -> None:
        """Take in the terms that follow."""
        tables = ("baselines", "calendars", "streams", "outages", "exclusions")
        names: dict[str, dict[str, str]] = {table: {} for table in tables}
        numbers = _Numbers(self.aggregates, names)
        for table in _NAMED:
            for one in getattr(state.plan, table):
                self._name(table, one, state, numbers)
        for index, aggregate in enumerate(state.plan.aggregates):
            numbers.take(index, aggregate)
        self.order += [x for x in _obligations(state.plan) if x not in self.order]
        for name in fields(state.plan):
            value = getattr(state.plan, name)
            if name in (*_NAMED, "aggregates"):
                continue
            if isinstance(value, tuple) and any(isinstance(x, Record) for x in value):
                value = tuple(numbers.mapped(x) for x in value)
            if _of_time(self.found[name]) or _of_time(value):
                self.found[name] = _followed(self.found[name], value, state)
            elif name in ("renewal", "review"):  # what is agreed at the end
                self.found[name] = numbers.mapped(value)
            elif name == "left_out":
                self.found[name] = tuple(dict.fromkeys((*self.found[name], *value)))
            elif name == "term":
                self.found[name] = self.found[name][0], value[1]
            elif name in ("obligations", "services"):  # by the last terms
                known = {one.name: one for one in (*self.found[name], *value)}
                for one in self.found[name]:  # what is left out may be asked for earlier only
                    if name == "services" and known[one.name].outside is None:
                        known[one.name] = one
                self.found[name] = tuple(known.values())
            elif isinstance(value, tuple) and any(isinstance(x, Record) for x in value):
                self.found[name] = tuple(dict.fromkeys((*self.found[name], *value)))

    def _name(self, table: str, one: Any, state: Terms, numbers: _Numbers) -> None:
        """Take in something that is known by its name, by another one where it isn't the same."""
        mapped, tables = numbers.mapped(one), self.named[table]
        if table == "streams":
            known = tables.get(one.name)
            tables[one.name] = mapped if known is None else _fitted(known, mapped)
            return
        # a derived stream that is the same may have got fields that its base got
        for name in (one.name, *(n for n in tables if n.partition("@")[0] == one.name)):
            known = tables.get(name)
            if known is None:
                continue
            if table == "exclusions":  # one for each sort of groups, all of one declaration
                same = known.at == mapped.at
            else:
                same = _same(known, mapped.but(name=name))
            if same:
                found = name
                break
        else:
            found = one.name if one.name not in tables else f"{one.name}@{state.name}"
            known = None
        numbers.names["streams" if table == "derived" else table][one.name] = found
        mapped = mapped.but(name=found)
        if table == "exclusions":  # there is one for each sort of groups that it is left out of
            self.exclusions[mapped] = None
        if table == "derived" and known is not None:
            mapped = known.but(fields=_all_fields(known.fields, mapped.fields))
        tables[found] = mapped

    def plan(self) -> p.Plan:
        """All of it."""
        order = {name: number for number, name in enumerate(self.order)}
        found = dict(self.found)
        found["aggregates"] = tuple(self.aggregates)
        for table in _NAMED:
            found[table] = tuple(self.named[table].values())
        found["exclusions"] = tuple(self.exclusions)
        for table in ("calendars", "streams", "outages"):
            found[table] = tuple(sorted(found[table], key=lambda one: one.name))
        for name, values in found.items():
            if _of_time(values) and hasattr(values[0], "obligation"):
                found[name] = tuple(
                    sorted(values, key=lambda x: (order[x.obligation], getattr(x, "number", 0)))
                )
        found["requirements"] = _cut(found["requirements"])
        found["deadlines"] = tuple(
            d.but(periods=_ending(d, found["requirements"])) if d.periods else d
            for d in found["deadlines"]
        )
        return p.Plan(**found)


def _cut(requirements: tuple[p.Requirement, ...]) -> tuple[p.Requirement, ...]:
    """The requirements, their periods cut where terms end that say so."""
    cuts: dict[tuple[str, int], dict[int, None]] = {}
    for one in requirements:
        if one.split and one.until is not None and isinstance(one.period, str):
            cuts.setdefault((one.obligation, one.number), {})[one.until] = None
    found = []
    for one in requirements:
        at = cuts.get((one.obligation, one.number))
        if at is not None and isinstance(one.period, str):
            found.append(one.but(period=p.Cut(one.period, tuple(sorted(at)))))
        else:
            found.append(one)
    return tuple(found)


def _ending(
    deadline: p.DeadlinePlan, requirements: Iterable[p.Requirement]
) -> tuple[p.PeriodRule, ...]:
    """The periods whose end starts a deadline, cut as its obligation's are."""
    found: dict[p.PeriodRule, None] = {}
    for one in requirements:
        kind = one.period.per if isinstance(one.period, p.Cut) else one.period
        if one.obligation == deadline.obligation and kind in deadline.periods:
            found[one.period] = None
    return tuple(found)


def _obligations(plan: p.Plan) -> dict[str, None]:
    """The obligations of a plan: those that are shown, then those that are judged for them."""
    found = dict.fromkeys(obligation.name for obligation in plan.obligations)
    found |= dict.fromkeys(requirement.obligation for requirement in plan.requirements)
    return found | dict.fromkeys(deadline.obligation for deadline in plan.deadlines)


class _Numbers:
    """Names and numbers of one state, as those of the whole."""

    def __init__(self, aggregates: list[p.Aggregate], names: Mapping[str, dict[str, str]]) -> None:
        self.aggregates = aggregates
        self.names = names
        self.numbers: dict[int, int] = {}

    def take(self, index: int, aggregate: p.Aggregate) -> None:
        """Number an aggregate; those that it is made of have their numbers."""
        mapped = self.mapped(aggregate)
        if mapped not in self.aggregates:
            self.aggregates.append(mapped)
        self.numbers[index] = self.aggregates.index(mapped)

    def mapped(self, value: Any) -> Any:
        """A part of a plan, with the names and numbers of the whole."""
        if isinstance(value, tuple):
            return tuple([self.mapped(part) for part in value])
        if isinstance(value, p.AggregateRef):
            return p.AggregateRef(self.numbers[value.index])
        if isinstance(value, p.WindowsPlan):  # what its condition numbers is its own
            where = replaced(value.where, self._baseline)
            return value.but(inner=self.mapped(value.inner), where=where)
        if isinstance(value, p.BaselinePlan):  # a plan of its own, but for those that it names
            name = self._renamed(value.name, "baselines")
            return value.but(name=name, plan=replaced(value.plan, self._baseline))
        if not isinstance(value, Record):
            return value
        kind = type(value)
        parts = {}
        for field in fields(kind):
            part = getattr(value, field)
            table = _NAMES.get((kind.__name__, field))
            parts[field] = self.mapped(part) if table is None else self._renamed(part, table)
        return kind(**parts)

    def _baseline(self, part: Any) -> Any:
        return self.mapped(part) if isinstance(part, p.Baseline | p.BaselineRef) else None

    def _renamed(self, part: Any, table: str) -> Any:
        if isinstance(part, tuple):
            return tuple([self._renamed(one, table) for one in part])
        return self.names[table].get(part, part)


# ---- what holds for a time -----------------------------------------------------------------------


def _of_time(values: Any) -> bool:
    """Whether these are records that say for which time they are."""
    return isinstance(values, tuple) and bool(values) and hasattr(values[0], "until")


def _followed(before: Iterable[Any], after: Iterable[Any], state: Terms) -> tuple[Any, ...]:
    """The records of all terms so far, and those that follow them."""
    left = list(after)
    found = []
    for one in before:
        if one.until is None:
            same = next((x for x in left if _plain(x) == _plain(one)), None)
            if same is not None:
                left.remove(same)
                found.append(one)
            else:
                found.append(one.but(until=state.since))
        else:
            found.append(one)
    for one in left:
        named = {"terms": state.name} if "terms" in fields(one) else {}
        found.append(one.but(since=state.since, **named))
    return tuple(found)


def _plain(one: Any) -> Any:
    """What a part of a plan says, wherever it is written and for whichever time."""
    if isinstance(one, tuple):
        return tuple([_plain(part) for part in one])
    if not isinstance(one, Record):
        return one
    return type(one), *(_plain(getattr(one, x)) for x in fields(one) if x not in _ASIDE)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, p.DerivedPlan):
        known = {f.name: f for f in one.fields}
        fits = all(known.get(f.name, f).but(optional=f.optional) == f for f in other.fields)
        return fits and one.but(fields=()) == other.but(fields=())
    same: bool = _plain(one) == _plain(other)
    return same


# ---- streams -------------------------------------------------------------------------------------


def _fitted(one: p.StreamPlan, other: p.StreamPlan) -> p.StreamPlan:
    """A stream as all terms read it."""
    return one.but(fields=_all_fields(one.fields, other.fields))


def _all_fields(
    one: tuple[p.FieldPlan, ...], other: tuple[p.FieldPlan, ...]
) -> tuple[p.FieldPlan, ...]:
    """The fields of both; one that only some terms know may be missing from a row."""
    ours, theirs = {f.name: f for f in one}, {f.name: f for f in other}
    found = []
    for name in (*ours, *(name for name in theirs if name not in ours)):
        field = ours.get(name) or theirs[name]
        both = name in ours and name in theirs
        loose = field.optional or not both or theirs[name].optional
        found.append(field.but(optional=loose and field.computed is None))
    return tuple(found)
