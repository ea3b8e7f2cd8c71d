"""Deadlines and duties: from typed syntax to triggers, answers and due times."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import TypeAlias

from sladsl.contract.anchors import anchor_of
from sladsl.contract.answers import names_things, shared
from sladsl.contract.model import Contract, FieldInfo, Kind
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.parts import columns_in
from sladsl.syntax import nodes as n

__all__ = ["Duties", "breach_of", "claim_of", "excuses_of", "groups_of", "needed", "rights_of"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_Started: TypeAlias = n.RequireWithin | n.RequireBy
_Deadline: TypeAlias = _Started | n.RequireEvery


def needed(contract: Contract, names: Iterable[str]) -> tuple[str, ...]:
    """Some obligations and those that they depend on, in the order of declaration.

    A claim for a breach of one may run from the breach of another.
    """
    found: set[str] = set()
    todo = list(names)
    claimed = (claim_of(contract.obligations[name]) for name in todo)
    todo += [breach_of(c.of) or "" for c in claimed if c is not None and breach_of(c.of)]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        node = contract.obligations[name]
        todo += [excused.obligation.text for excused in node.excused]
        for require in node.requires:
            anchor = anchor_of(require)
            if anchor is not None and breach_of(anchor) is not None:
                todo.append(breach_of(anchor) or "")
    return tuple(name for name in contract.obligations if name in found)


def breach_of(anchor: n.Anchor) -> str | None:
    """The obligation whose breach an anchor is."""
    return anchor.of.text if anchor.name.text == "breach" and anchor.of is not None else None


def excuses_of(node: n.Obligation) -> tuple[p.Pause, ...]:
    """What excuses an obligation: fields of its rows and of the other party's triggers."""
    found = []
    for excused in node.excused:
        name = p.excuse_of(excused.obligation.text)
        left = "" if excused.on is None else excused.on.left.text
        right = "" if excused.on is None else excused.on.right.text
        found.append(p.Pause(name, left, right, excuse=True))
    return tuple(found)


def rights_of(states: Iterable[Contract]) -> dict[str, tuple[str, ...]]:
    """By obligation, the fields of its triggers by which it excuses others, in any terms."""
    found: dict[str, dict[str, None]] = {}
    for state in states:
        for node in state.obligations.values():
            for excused in node.excused:
                if excused.on is not None:
                    rights = found.setdefault(excused.obligation.text, {})
                    rights[excused.on.right.text] = None
    return {name: tuple(rights) for name, rights in found.items()}


def claim_of(node: n.Obligation) -> n.Claim | None:
    """How what an obligation's breach is worth is claimed; a bonus needs no claim."""
    return node.claim if any(pay.direction != "bonus" for pay in node.payments) else None


def groups_of(contract: Contract, obligation: str) -> tuple[str, ...]:
    """What the breaches of an obligation are about: groups, or what triggers are called by."""
    found: dict[str, None] = {}
    for require in contract.obligations[obligation].requires:
        if isinstance(require, n.Require):
            found |= dict.fromkeys(name.text for name in require.each)
            continue
        anchor = anchor_of(require)
        of = None if anchor is None else breach_of(anchor)
        if of is not None:
            found |= dict.fromkeys(groups_of(contract, of))
        elif anchor is not None and anchor.member is not None:
            source = contract.streams[anchor.name.text]
            found |= dict.fromkeys(x for x in source.key if names_things(source, x))
    return tuple(found)


class Duties:
    """Lowers the deadlines of one contract."""

    def __init__(
        self, contract: Contract, measures: Measures, rights: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.contract = contract
        self.measures = measures
        self.rows = measures.rows
        self.rights = rights
        #: the kinds of periods that the figures of the obligation at hand are judged for
        self._periods: tuple[p.PeriodRule, ...] = ()

    def obligation(self, node: n.Obligation) -> p.ObligationPlan:
        """Whose duty an obligation is."""
        assert node.owes is not None
        records = self.contract.agreement.node.records
        return p.ObligationPlan(
            name=node.name.text,
            title=node.doc.value if node.doc else "",
            debtor=node.owes.debtor.text,
            creditor=node.owes.creditor.text,
            roles=tuple((r.word, tuple(party.text for party in r.parties)) for r in node.roles),
            records=None if records is None else records.text,
        )

    def deadlines(self, node: n.Obligation, judged: Iterable[p.PeriodRule]) -> list[p.DeadlinePlan]:
        """What has to be done in time for an obligation, whose figures are judged for periods."""
        found = []
        self._periods = tuple(dict.fromkeys(judged))
        for number, require in enumerate(node.requires, 1):
            match require:
                case n.RequireWithin():
                    within = self._lapse(require)
                    found.append(self._started(node, number, require).but(within=within))
                case n.RequireBy():
                    by = self._due_by(require)
                    found.append(self._started(node, number, require).but(by=by))
                case n.RequireEvery():
                    found.append(self._every(node, number, require))
                case n.Require():
                    pass
        return found

    def _right(self, node: n.Obligation, told: Container[str]) -> tuple[str, ...]:
        """The fields of an obligation's triggers by which it excuses others, in some terms."""
        return tuple(name for name in self.rights.get(node.name.text, ()) if name in told)

    def _plan(
        self, node: n.Obligation, number: int, require: _Deadline, anchor: str,
        fields: Iterable[str] = (),
    ) -> p.DeadlinePlan:  # fmt: skip
        assert node.owes is not None
        done = self._done(require.event)
        excluding = self._excluding(node, require)
        if anchor == "row":
            fields = (*fields, *(ours for e in excluding for ours, _ in e.match))
        return p.DeadlinePlan(
            obligation=node.name.text,
            number=number,
            title=node.doc.value if node.doc else "",
            debtor=node.owes.debtor.text,
            creditor=node.owes.creditor.text,
            text=" ".join(require.span.text.split()).removeprefix("require "),
            rows=self._listing(require.event.name, require.where, (done, *fields)),
            done=done,
            anchor=anchor,
            at=require.span.place,
            excuses=excuses_of(node),
            excluding=excluding,
        )

    def _excluding(self, node: n.Obligation, require: _Deadline) -> tuple[p.ExclusionPlan, ...]:
        """What is left out of the clock of what a deadline runs from."""
        anchor = anchor_of(require)
        told: Mapping[str, FieldInfo] = {}
        of = None if anchor is None else breach_of(anchor)
        if of is not None:
            groups = ((name, self._field(of, name)) for name in groups_of(self.contract, of))
            told = {name: field for name, field in groups if field is not None}
        elif anchor is not None and anchor.member is not None:
            told = self.contract.streams[anchor.name.text].fields
        names = frozenset(name.text for name in node.excluding)
        return self.measures.exclusions.of_deadline(names, told)

    def _done(self, event: n.Ref) -> str:
        stream = self.contract.streams[event.name]
        return stream.event if event.member is None else event.member

    def _listing(self, stream: str, where: n.Expr | None, fields: Iterable[str]) -> p.Listing:
        self.measures.streams.add(stream)
        condition = None if where is None else self.rows.lower(where)
        return p.Listing(stream, condition, tuple(sorted(set(fields))))

    # ---- within, by ----

    def _started(self, node: n.Obligation, number: int, require: _Started) -> p.DeadlinePlan:
        """What starts a deadline and what answers it, without by when it is due."""
        anchor, event = anchor_of(require), self.contract.streams[require.event.name]
        assert anchor is not None
        if anchor.member is None:
            of = breach_of(anchor)
            if of is None:
                plan = self._plan(node, number, require, "period")
                return plan.but(periods=self._periods)
            names = groups_of(self.contract, of)
            pinned = self._pinned(require)
            known = tuple(x for x in names if names_things(event, x) and x not in pinned)
            plan = self._plan(node, number, require, "breach", known)
            asked = {*self._right(node, names), *(e.left for e in plan.excuses)}
            asked |= {ours for e in plan.excluding for ours, _ in e.match}
            groups = tuple(self._group(of, name) for name in names if name in asked)
            return plan.but(of=of, match=tuple((x, x) for x in known), groups=groups)
        starts, source = anchor.member.text, self.contract.streams[anchor.name.text]
        key = tuple(name for name in source.key if names_things(source, name))
        lefts = (e.left for e in excuses_of(node) if e.left)
        excusing = (*self._right(node, source.fields), *lefts)
        if source.name == event.name and require.on is None:
            plan = self._plan(node, number, require, "row", (starts, *key, *excusing))
            if require.trigger is not None:  # of the same row: both conditions hold for it
                both = [plan.rows.where, self.rows.lower(require.trigger)]
                parts = tuple(one for one in both if one is not None)
                where = p.AllOf(parts) if len(parts) > 1 else parts[0]
                plan = plan.but(rows=plan.rows.but(where=where))
            return plan.but(starts=starts, key=key)
        if require.on is None:
            names = shared(source, event, self._pinned(require))
            matched = tuple((name, name) for name in names)
        else:
            matched = ((require.on.left.text, require.on.right.text),)
        plan = self._plan(node, number, require, "rows", (theirs for _, theirs in matched))
        excluded = (ours for e in plan.excluding for ours, _ in e.match)
        fields = (starts, *key, *(ours for ours, _ in matched), *excusing, *excluded)
        return plan.but(
            triggers=self._listing(source.name, require.trigger, fields),
            starts=starts,
            match=matched,
            key=key,
        )

    def _lapse(self, require: n.RequireWithin) -> p.Lapse:
        length, calendar = require.within, require.calendar
        name = "always" if calendar is None else calendar.text
        if name != "always":
            self.rows.calendars.add(name)
        if length.unit == "s":
            return p.Lapse(int(length.count * 10**9), "ns", name)
        return p.Lapse(int(length.count), length.unit, name)

    def _due_by(self, require: n.RequireBy) -> p.DueBy:
        """The time of day, and on which day after the start."""
        zone = self.contract.agreement.zone
        due = p.DueBy(int(require.due.count.value), _second(require.clock), zone)
        if require.calendar is None or require.calendar.text == "always":
            return due
        name = require.calendar.text
        self.rows.calendars.add(name)
        zones = set(self._zones(name))
        return due.but(calendar=name, zone=zones.pop() if len(zones) == 1 else zone)

    def _zones(self, calendar: str) -> Iterator[str]:
        """The time zones of a calendar's hours: of its own, or of those that it is made of."""
        if calendar == "always":
            return
        node = self.contract.calendars[calendar]
        if not node.operands:
            own = node.timezone
            yield self.contract.agreement.zone if own is None else own.value
        for operand in node.operands:
            yield from self._zones(operand.text)

    def _group(self, obligation: str, name: str) -> p.GroupField:
        """A field that the breaches of an obligation are about, as a group's."""
        field = self._field(obligation, name)
        assert field is not None  # check: only of such fields something is said
        type_ = field.type
        values = ("false", "true") if type_.kind is Kind.BOOL else self.rows.values(type_)
        return p.GroupField(name, str(type_.kind), values)

    def _field(self, obligation: str, name: str) -> FieldInfo | None:
        """A field that the breaches of an obligation are about; None: services are the groups."""
        todo = [obligation]
        while todo:
            for require in self.contract.obligations[todo.pop()].requires:
                anchor = anchor_of(require)
                if isinstance(require, n.Require):
                    info = self.contract.metrics[require.metric.text]
                    outages = (self.contract.outages[o].stream for o in info.outages)
                    streams = [*info.streams, *outages]
                elif anchor is not None and anchor.member is not None:
                    streams = [anchor.name.text]
                else:
                    streams = []
                    todo += [breach_of(anchor) or ""] if anchor and breach_of(anchor) else []
                for stream in streams:
                    field = self.contract.streams[stream].fields.get(name)
                    if field is not None:
                        return field
        return None

    def _pinned(self, require: _Started) -> set[str]:
        """The fields that the condition on the answer speaks of: they needn't be the trigger's."""
        return columns_in(None if require.where is None else self.rows.lower(require.where))

    # ---- every ----

    def _every(self, node: n.Obligation, number: int, require: n.RequireEvery) -> p.DeadlinePlan:
        weekday = None if require.weekday is None else _WEEKDAYS.index(require.weekday.text)
        every = p.Recurring(require.every.text, _second(require.clock), weekday)
        return self._plan(node, number, require, "every").but(every=every)


def _second(clock: str) -> int:
    """The second of the day that `17:00` or `17:00:30` is."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + sum(seconds)
