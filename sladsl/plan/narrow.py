"""A part of a plan: some of its obligations, and only what they need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from sladsl.plan import model as p
from sladsl.plan.baselines import baselines_in
from sladsl.plan.parts import expressions_of, pauses_in, relations_in, walk
from sladsl.plan.uses import amounts, claims_of, declared, listings_of, streams_in, windows_in

__all__ = ["beside", "kept_beside", "left_out", "narrowed", "obligations"]

_Stream = TypeVar("_Stream", p.StreamPlan, p.DerivedPlan)
SERVICE = "service"  # the field of rows that are judged for each service


def obligations(plan: p.Plan) -> tuple[str, ...]:
    """The obligations that a plan shows, in the order of declaration."""
    return tuple(obligation.name for obligation in plan.obligations)


def narrowed(plan: p.Plan, names: Collection[str]) -> p.Plan:
    """The plan that compiling only these obligations gives."""
    chosen = _Aggregates(plan)
    needed = _needed(plan, names)
    requirements: list[p.Requirement] = []
    priced: dict[int, p.PaymentPlan] = {}
    for name in dict.fromkeys(r.obligation for r in plan.requirements):
        if name not in needed:
            continue
        requirements += [
            r.but(
                formula=chosen.formula(r.formula),
                excused=None if r.excused is None else chosen.formula(r.excused),
                applies=chosen.applies(r.applies),
            )
            for r in plan.requirements
            if r.obligation == name
        ]
        for place, payment in enumerate(plan.payments):
            if payment.obligation == name and name in names:
                priced[place] = chosen.payment(payment)
    payments = tuple(
        priced.get(place, payment)
        for place, payment in enumerate(plan.payments)
        if payment.obligation in names
    )
    deadlines = tuple(d for d in plan.deadlines if d.obligation in needed)
    everything = set(obligations(plan)) <= set(names)
    known = {s for n in chosen.numbers for s in streams_in(plan, p.AggregateRef(n))}
    remedies = tuple(
        chosen.remedy(remedy)
        for remedy in plan.remedies
        if everything or _follows(plan, remedy, names, known)
    )
    renewal = plan.renewal
    if renewal is not None and renewal.obligation and renewal.obligation not in names:
        renewal = None
    pieces = plan.charges if everything else ()
    paid = bool(payments or pieces)
    caps = tuple(cap.but(amount=chosen.amount(cap.amount)) for cap in plan.caps if paid)
    outages = tuple(o for o in plan.outages if o.name in chosen.outages)
    used = {e for a in chosen.aggregates for e in a.excluding}
    used |= {o.down_outside for o in outages if o.down_outside is not None}
    used |= {
        e
        for e in plan.exclusions
        if e.existing is not None and any(set(e.fields) <= set(o.instances) for o in outages)
    }
    used |= {e for d in deadlines for e in d.excluding}
    exclusions = tuple(e for e in plan.exclusions if e in used)
    listed = [
        *(e.rows for e in exclusions if e.rows is not None),
        *(rows for payment in payments for rows in claims_of(payment)),
        *(o.notices.rows for o in outages if o.notices is not None),
        *(charge.rows for charge in pieces),
        *(rows for deadline in deadlines for rows in listings_of(deadline)),
        *(r.period.rows for r in requirements if isinstance(r.period, p.Trailing)),
    ]
    if renewal is not None and renewal.notices is not None:
        listed.append(renewal.notices)
    clocks = [pay.claim.within.calendar for pay in payments if pay.claim is not None]
    clocks += [due.calendar for d in deadlines for due in (d.within, d.by) if due is not None]
    streams = _streams(plan, chosen.aggregates, outages, listed)
    standing = {remedy.name for remedy in remedies}
    measures = [w.measure for r in plan.remedies if r.name in standing for w in r.when]
    judged = [r for r in plan.requirements if r.obligation in needed]
    grouped = _by_service(plan, [*judged, *(m for m in measures if m is not None)])
    read = tuple(_without_service(plan, s, grouped) for s in plan.streams if s.name in streams)
    derived = tuple(_without_service(plan, d, grouped) for d in plan.derived if d.name in streams)
    found = plan.but(
        streams=read,
        derived=derived,
        calendars=_calendars(
            plan,
            chosen.aggregates,
            outages,
            listed,
            (*read, *derived),
            clocks,
        ),
        outages=outages,
        aggregates=tuple(chosen.aggregates),
        requirements=tuple(requirements),
        payments=payments,
        fees=plan.fees if paid else (),
        caps=caps,
        exclusions=exclusions,
        services=tuple(
            s.but(
                of=tuple(of for of in s.of if grouped or of[0] != SERVICE),
                outside=s.outside if s.outside in used else None,
            )
            for s in plan.services
            if s.of or s.outside in used
        ),
        remedies=remedies,
        renewal=renewal,
        earlier=tuple(e.but(plan=narrowed(e.plan, names)) for e in plan.earlier),
        charges=pieces,
        baselines=(),
        deadlines=deadlines,
        obligations=tuple(o for o in plan.obligations if o.name in names),
    )
    mentioned = set(baselines_in(found.but(earlier=())))
    for baseline in reversed(plan.baselines):  # each stands after those that it names
        if baseline.name in mentioned:
            mentioned |= set(baselines_in(baseline.plan))
    kept = kept_beside(found)
    gone = tuple(name for name in kept_beside(plan) if name not in kept)
    return found.but(
        baselines=tuple(b for b in plan.baselines if b.name in mentioned),
        left_out=left_out((*plan.left_out, *gone)),
    )


def left_out(names: Iterable[str]) -> tuple[str, ...]:
    """What is left out of a plan: remedies, the renewal, charges, each by name."""
    sorts = ("remedy", "renewal", "charge")
    return tuple(sorted(names, key=lambda name: (sorts.index(name.split()[0]), name)))


def _by_service(plan: p.Plan, judged: Iterable[p.Requirement]) -> set[str]:
    """The streams whose rows some figures group by the services that they are about."""
    return {
        stream
        for r in judged
        if any(g.name == SERVICE for g in r.groups)
        for stream in streams_in(plan, r.formula)
    }


def _without_service(plan: p.Plan, stream: _Stream, grouped: Collection[str]) -> _Stream:
    """A stream without the service that its rows are about, where nobody asks for it."""
    made = any(SERVICE in dict(service.of) for service in plan.services)
    if not made or stream.name in grouped:
        return stream
    fields = (f for f in stream.fields if f.name != SERVICE or not isinstance(f.computed, p.Choose))
    return stream.but(fields=tuple(fields))


def _needed(plan: p.Plan, names: Collection[str]) -> set[str]:
    """Some obligations and those whose breach starts their deadlines or claims, or excuses them."""
    excusing = {p.excuse_of(o): o for o in (d.obligation for d in plan.deadlines)}
    found: set[str] = set()
    todo = list(names)
    claims = [pay.claim for pay in plan.payments if pay.obligation in names]
    todo += [claim.of for claim in claims if claim is not None and claim.of]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [d.of for d in plan.deadlines if d.obligation == name and d.of]
            pauses = [e for r in plan.requirements if r.obligation == name for e in r.excuses]
            pauses += [e for d in plan.deadlines if d.obligation == name for e in d.excuses]
            todo += [excusing[pause.stream] for pause in pauses]
    return found


def _follows(
    plan: p.Plan, remedy: p.RemedyPlan, names: Collection[str], read: Collection[str]
) -> bool:
    """Whether a right follows from these obligations, or from what is read for them."""
    owed = {when.obligation for when in remedy.when if when.measure is None}
    if owed:
        return owed <= set(names)
    measures = [when.measure for when in remedy.when if when.measure is not None]
    return all(set(streams_in(plan, measure.formula)) <= set(read) for measure in measures)


def beside(remedies: Iterable[str], *, renews: bool, charges: Iterable[str]) -> tuple[str, ...]:
    """What an agreement has beside its obligations, by name."""
    found = [f"remedy {name}" for name in remedies]
    found += ["renewal"] if renews else []
    return tuple(dict.fromkeys([*found, *(f"charge {name}" for name in charges)]))


def kept_beside(plan: p.Plan) -> tuple[str, ...]:
    """The same, of what a plan keeps."""
    remedies, charges = ([x.name for x in some] for some in (plan.remedies, plan.charges))
    return beside(remedies, renews=plan.renewal is not None, charges=charges)


class _Aggregates:
    """Numbers the aggregates that are still needed anew, in the order of their first use."""

    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.aggregates: list[p.Aggregate] = []
        self.numbers: dict[int, int] = {}
        self.outages: set[str] = set()

    def remedy(self, remedy: p.RemedyPlan) -> p.RemedyPlan:
        return remedy.but(
            when=tuple(
                when
                if when.measure is None
                else when.but(measure=when.measure.but(formula=self.formula(when.measure.formula)))
                for when in remedy.when
            )
        )

    def payment(self, payment: p.PaymentPlan) -> p.PaymentPlan:
        if not amounts(payment):
            return payment
        schedules = tuple(
            (value, tuple(tier.but(amount=self.amount(tier.amount)) for tier in tiers))
            for value, tiers in payment.schedules
        )
        limit = None if payment.limit is None else self.amount(payment.limit)
        return payment.but(schedules=schedules, limit=limit)

    def amount(self, amount: p.Amount) -> p.Amount:
        formula = None if amount.formula is None else self.formula(amount.formula)
        operands = tuple(self.amount(operand) for operand in amount.operands)
        return amount.but(formula=formula, operands=operands)

    def applies(self, applies: p.Applies | None) -> p.Applies | None:
        """When a promise is judged at all."""
        if applies is None:
            return None
        return applies.but(condition=self._condition(applies.condition))

    def formula(self, formula: p.Formula) -> p.Formula:
        match formula:
            case p.AggregateRef(index=index):
                return p.AggregateRef(self._number(index))
            case p.Number() | p.BaselineRef():
                return formula
            case p.Negate(operand=operand):
                return p.Negate(self.formula(operand))
            case p.Rounded(operand=operand):
                return formula.but(operand=self.formula(operand))
            case p.Operate(operands=operands, operators=operators):
                return p.Operate(tuple(self.formula(o) for o in operands), operators)

    def _condition(self, condition: p.Condition) -> p.Condition:
        match condition:
            case p.FigureCompare(operator=word, left=left, right=right):
                return p.FigureCompare(word, self.formula(left), self.formula(right))
            case p.FigurePresent(operand=figure):
                return p.FigurePresent(self.formula(figure))
            case p.FigureNot(operand=operand):
                return p.FigureNot(self._condition(operand))
            case p.FigureAll(operands=operands):
                return p.FigureAll(tuple(self._condition(o) for o in operands))
            case p.FigureAny(operands=operands):
                return p.FigureAny(tuple(self._condition(o) for o in operands))

    def _number(self, index: int) -> int:
        if index in self.numbers:
            return self.numbers[index]
        aggregate = self.plan.aggregates[index]
        if isinstance(aggregate, p.WindowAggregate):  # what a window is made of comes first
            if aggregate.good is not None:
                aggregate = aggregate.but(good=self._condition(aggregate.good))
            elif aggregate.value is not None:
                aggregate = aggregate.but(value=self.formula(aggregate.value))
        elif isinstance(aggregate, p.EachAggregate):
            aggregate = aggregate.but(value=self.formula(aggregate.value))
        elif isinstance(aggregate, p.OutageAggregate):
            self.outages.add(aggregate.outage)
        self.numbers[index] = len(self.aggregates)
        self.aggregates.append(aggregate)
        return self.numbers[index]


def _streams(
    plan: p.Plan, aggregates: Iterable[p.Aggregate], outages: Iterable[p.OutagePlan],
    listed: Iterable[p.Listing],
) -> set[str]:  # fmt: skip
    """The streams that are needed: what is measured or listed, their bases, what pauses clocks."""
    sources: dict[str, p.StreamPlan | p.DerivedPlan] = {s.name: s for s in plan.streams}
    sources |= {d.name: d for d in plan.derived}
    todo = {o.stream for o in outages} | {rows.stream for rows in listed}
    for expr in _measured(aggregates, outages, listed):
        todo |= {pause.stream for pause in pauses_in(expr)}
        todo |= {related.stream for related in relations_in(expr)}
    todo |= {a.stream for a in aggregates if isinstance(a, p.RowAggregate)}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        source = sources[name]
        if isinstance(source, p.DerivedPlan):
            todo.add(source.base)
        for own in _declared(source):
            todo |= {pause.stream for pause in pauses_in(own)}
    return found


def _measured(
    aggregates: Iterable[p.Aggregate], outages: Iterable[p.OutagePlan], listed: Iterable[p.Listing]
) -> list[p.RowExpr]:
    found = [e for a in aggregates if isinstance(a, p.RowAggregate) for e in expressions_of(a)]
    found += [o.failing for o in outages if o.failing is not None]
    windows = [each for _, each in windows_in(outages, listed)]
    found += [e for each in windows for inner in each.inner for e in expressions_of(inner)]
    return found + [part for rows in listed for part in rows.asks]


def _declared(source: p.StreamPlan | p.DerivedPlan) -> list[p.RowExpr]:
    """The expressions in the declaration of a stream."""
    found = [*declared(source)]
    if isinstance(source, p.DerivedPlan) and source.where is not None:
        found.append(source.where)
    return found


def _calendars(
    plan: p.Plan, aggregates: Sequence[p.Aggregate], outages: Iterable[p.OutagePlan],
    listed: Iterable[p.Listing], sources: Iterable[p.StreamPlan | p.DerivedPlan],
    named: Iterable[str],
) -> tuple[p.CalendarPlan, ...]:  # fmt: skip
    """The calendars that are named, and those that they are combined of."""
    known = {c.name: c for c in plan.calendars}
    exprs = _measured(aggregates, outages, listed) + [e for s in sources for e in _declared(s)]
    todo = {part.name for e in exprs for part in walk(e) if isinstance(part, p.CalendarRef)}
    todo |= set(named)
    windows = [a for a in aggregates if isinstance(a, p.WindowAggregate)]
    todo |= {window.calendar for window in windows if window.calendar is not None}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found.add(name)
            todo |= set(known[name].operands)
    return tuple(known[name] for name in sorted(found))
