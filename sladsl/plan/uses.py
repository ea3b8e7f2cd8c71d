"""What a plan uses: the streams of a formula, the fields of a stream, and what as-of decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sladsl.plan import model as p
from sladsl.plan.parts import (
    aggregates_in,
    columns_in,
    elapsed_in,
    expressions_of,
    pauses_in,
    relations_in,
)
from sladsl.records import remembered

__all__ = [
    "amounts",
    "as_of_matters",
    "claims_of",
    "declared",
    "excuses",
    "figures",
    "grains",
    "inside",
    "late_streams",
    "leaves",
    "listings",
    "listings_of",
    "measured",
    "named",
    "parts_of",
    "relations",
    "row_expressions",
    "sources",
    "streams_at_any_time",
    "streams_in",
    "wanted_fields",
    "weights_in",
    "windows_in",
]


@remembered
def sources(plan: p.Plan) -> tuple[p.StreamPlan | p.DerivedPlan, ...]:
    """The streams that are read, then the derived ones in the order of their making."""
    return (*plan.streams, *plan.derived)


def streams_at_any_time(plan: p.Plan) -> tuple[p.StreamPlan, ...]:
    """The streams that are read, whatever is signed by as-of, and for baselines too."""
    found = {s.name: s for b in plan.baselines for s in b.plan.streams}
    found |= {s.name: s for e in plan.earlier for s in e.plan.streams}
    found |= {s.name: s for s in plan.streams}
    return tuple(found[name] for name in sorted(found))


@remembered
def named(plan: p.Plan, stream: str) -> p.StreamPlan | p.DerivedPlan:
    """The plan of a stream, read or derived."""
    return next(source for source in sources(plan) if source.name == stream)


@remembered
def streams_in(plan: p.Plan, formula: p.Formula | p.Condition) -> tuple[str, ...]:
    """The streams that a formula is worked out from, each once."""
    found: dict[str, None] = {}
    for index in aggregates_in(formula):
        match plan.aggregates[index]:
            case p.RowAggregate(stream=stream):
                found[stream] = None
            case p.OutageAggregate(outage=outage):
                found[next(o.stream for o in plan.outages if o.name == outage)] = None
            case p.WindowAggregate() as windows:
                found |= dict.fromkeys(streams_in(plan, inside(windows)))
            case p.EachAggregate(value=value):
                found |= dict.fromkeys(streams_in(plan, value))
    return tuple(found)


def inside(windows: p.WindowAggregate) -> p.Formula | p.Condition:
    """The figure or the condition of one window."""
    part = windows.value if windows.good is None else windows.good
    assert part is not None
    return part


@remembered
def figures(plan: p.Plan) -> tuple[tuple[p.Grain, p.Formula | p.Condition], ...]:
    """All that is worked out, and by what: figures, when they apply, what money is a part of."""
    return (*_figured(plan), *_priced(plan))


def _figured(plan: p.Plan) -> Iterator[tuple[p.Grain, p.Formula | p.Condition]]:
    """The figures of requirements, and of when they apply."""
    for requirement in measured(plan):
        grain = p.Grain(requirement.period, requirement.groups, requirement)
        yield grain, requirement.formula
        if requirement.applies is not None:
            yield grain, requirement.applies.condition
        if requirement.excused is not None:
            yield grain, requirement.excused


def _priced(plan: p.Plan) -> Iterator[tuple[p.Grain, p.Formula]]:
    """What money is a part of: by what is judged, the month of a deadline, a cap's period."""
    for payment in plan.payments:
        grains = [
            p.Grain(one.period, one.groups)
            for one in plan.requirements
            if one.obligation == payment.obligation
        ]
        if any(deadline.obligation == payment.obligation for deadline in plan.deadlines):
            grains.append(p.Grain("month", ()))
        for grain in grains:
            for amount in parts_of(payment):
                yield from _worked_out_by(grain, amount)
    for cap in plan.caps:
        for amount in leaves(cap.amount):
            yield from _worked_out_by(p.Grain(cap.per, ()), amount)


def _worked_out_by(grain: p.Grain, amount: p.Amount) -> Iterator[tuple[p.Grain, p.Formula]]:
    if amount.formula is not None and aggregates_in(amount.formula):
        yield grain.of(amount), amount.formula


@remembered
def grains(plan: p.Plan) -> tuple[p.Grain, ...]:
    """What is worked out by: each sort of period and groups once."""
    found = (p.Grain(grain.period, grain.groups) for grain, _ in figures(plan))
    return tuple(dict.fromkeys(found))


@remembered
def measured(plan: p.Plan) -> tuple[p.Requirement, ...]:
    """What is worked out by period and group: what is promised, and what rights depend on."""
    parts = (when.measure for remedy in plan.remedies for when in remedy.when)
    return (*plan.requirements, *dict.fromkeys(part for part in parts if part is not None))


def amounts(payment: p.PaymentPlan) -> tuple[p.Formula, ...]:
    """The formulas of the amounts that a payment names."""
    return tuple(one.formula for one in parts_of(payment) if one.formula is not None)


def parts_of(payment: p.PaymentPlan) -> Iterator[p.Amount]:
    """What the amounts of a payment are worked out from."""
    for _, tiers in payment.schedules:
        for tier in tiers:
            yield from leaves(tier.amount)
    if payment.limit is not None:
        yield from leaves(payment.limit)


def leaves(amount: p.Amount) -> Iterator[p.Amount]:
    """An amount and all that it is worked out from."""
    yield amount
    for operand in amount.operands:
        yield from leaves(operand)


@remembered
def listings(plan: p.Plan) -> tuple[p.Listing, ...]:
    """The rows that are listed, each listing once."""
    found = [*plan.shown]
    found += [
        rows
        for e in plan.exclusions
        for rows in (e.rows, e.unsettled, e.announced)
        if rows is not None
    ]
    found += [rows for pay in plan.payments for rows in claims_of(pay)]
    found += [outage.notices.rows for outage in plan.outages if outage.notices is not None]
    found += [rows for deadline in plan.deadlines for rows in listings_of(deadline)]
    if plan.renewal is not None and plan.renewal.notices is not None:
        found.append(plan.renewal.notices)
    found += [charge.rows for charge in plan.charges]
    found += [r.period.rows for r in measured(plan) if isinstance(r.period, p.Trailing)]
    return tuple(dict.fromkeys(found))


@remembered
def excuses(plan: p.Plan) -> tuple[p.Pause, ...]:
    """What excuses in a plan, each once."""
    found = [pause for requirement in plan.requirements for pause in requirement.excuses]
    found += [pause for deadline in plan.deadlines for pause in deadline.excuses]
    return tuple(dict.fromkeys(found))


def claims_of(payment: p.PaymentPlan) -> tuple[p.Listing, ...]:
    """The rows by which something is claimed, and those that open the time for it."""
    claim = payment.claim
    if claim is None:
        return ()
    return (claim.rows,) if claim.starts is None else (claim.rows, claim.starts.rows)


def listings_of(deadline: p.DeadlinePlan) -> tuple[p.Listing, ...]:
    """The rows that answer a deadline, and those that start it."""
    rows = (deadline.rows, deadline.triggers)
    return tuple(listing for listing in rows if listing is not None)


def late_streams(plan: p.Plan) -> dict[str, bool]:
    """The streams that figures are read from, and whether they tell late rows from others.

    None where rows are never too late. Agreed causes, notices and claims count whenever they are
    recorded, unless they say when that is.
    """
    if plan.late is None:
        return {}
    found: dict[str, bool] = {}
    for _, formula in figures(plan):
        for name in streams_in(plan, formula):
            source = named(plan, name)
            while isinstance(source, p.DerivedPlan):
                source = named(plan, source.base)
            found[source.name] = source.recorded is not None
    for stream in plan.streams:
        if stream.recorded is not None:
            found[stream.name] = True
    return found


# ---- which fields are used, and what depends on as-of ------------------------------------------


@remembered
def wanted_fields(plan: p.Plan, stream: str) -> tuple[str, ...]:
    """The fields of a stream that decide anything, in the order of declaration.

    Those that computed fields are made from are among them, and so is every computed field
    itself: a row whose computed duration is negative can't be used. A stream with a key has
    all its fields, since two rows of one key have to agree in all of them.
    """
    source = named(plan, stream)
    names = [f.name for f in source.fields]
    if isinstance(source, p.StreamPlan) and source.key:
        return tuple(names)
    found = _used(plan, source)
    computed = {f.name: f.computed for f in source.fields if f.computed is not None}
    todo = found | computed.keys()
    found = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo |= columns_in(computed.get(name))
    return tuple(name for name in names if name in found)


def _used(plan: p.Plan, source: p.StreamPlan | p.DerivedPlan) -> set[str]:
    """The fields of a stream that something names."""
    known = {f.name for f in source.fields}
    found = {source.event}
    if source.sequence is not None and isinstance(source, p.StreamPlan):
        found.add(source.sequence)
    if isinstance(source, p.StreamPlan):
        found |= set(source.span or ())
        found |= {name for name in (source.recorded,) if name is not None}
    elif source.how == "spans":
        found |= known  # the key, the start and the end: nothing else is kept
    for expr in row_expressions(plan, source.name):
        found |= columns_in(expr)
    for _, pause in _pausing(plan, source.name):
        found.add(pause.right)
    for outage in plan.outages:
        if outage.stream == source.name:
            found |= set(outage.instances)
            found |= set() if outage.weight is None else {outage.weight.field}
    for aggregate in plan.aggregates:
        if isinstance(aggregate, p.RowAggregate) and aggregate.stream == source.name:
            found |= {ours for e in aggregate.excluding for ours in e.fields}
    for grain, formula in figures(plan):
        if source.name in streams_in(plan, formula):
            found |= {group.name for group in grain.groups} & known
    for aggregate in plan.aggregates:
        match aggregate:
            case p.EachAggregate(each=each, value=value) if source.name in streams_in(plan, value):
                found |= {group.name for group in each}
    for listing in listings(plan):
        if listing.stream == source.name:
            found |= set(listing.fields)
    for derived in plan.derived:
        if derived.base == source.name:
            found |= {derived.by, source.event}
            found |= {name for name in (derived.sequence,) if name is not None}
            if derived.how == "last":
                found |= set(wanted_fields(plan, derived.name))
    return found


@remembered
@remembered
def weights_in(plan: p.Plan, stream: str) -> Mapping[str, int]:
    """The fields of a stream by which outages are weighted, and the most that each may be.

    A row that has another there can't be used. Those of a derived stream are those of its base.
    """
    found: dict[str, int] = {}
    bases = {d.name: d.base for d in plan.derived}
    for outage in plan.outages:
        if outage.weight is not None:
            read = outage.stream
            while read != stream and read in bases:
                read = bases[read]
            if read == stream:
                found[outage.weight.field] = outage.weight.most
    return found


def row_expressions(plan: p.Plan, stream: str) -> tuple[p.RowExpr, ...]:
    """The expressions over a stream's rows, but for its computed fields."""
    return tuple(_over_rows(plan, stream))


def _over_rows(plan: p.Plan, stream: str) -> Iterator[p.RowExpr]:
    yield from _of_its_own(plan, stream)
    for related in relations(plan):
        if related.stream == stream:
            yield related.theirs
            yield from (part for part in (related.where, related.value) if part is not None)


@remembered
def relations(plan: p.Plan) -> tuple[p.Related, ...]:
    """The figures of other rows that rows are looked at with, each once."""
    exprs = (expr for source in sources(plan) for expr in _of_its_own(plan, source.name))
    return tuple(dict.fromkeys(part for expr in exprs for part in relations_in(expr)))


def _of_its_own(plan: p.Plan, stream: str) -> Iterator[p.RowExpr]:
    """The same without what is asked for rows of others."""
    for aggregate in plan.aggregates:
        if isinstance(aggregate, p.RowAggregate) and aggregate.stream == stream:
            yield from expressions_of(aggregate)
    for outage in plan.outages:
        if outage.stream == stream and outage.failing is not None:
            yield outage.failing
    for name, windows in windows_in(plan.outages, listings(plan)):
        if name == stream:
            for inner in windows.inner:
                yield from expressions_of(inner)
    for listing in listings(plan):
        if listing.stream == stream:
            yield from listing.asks
    for derived in plan.derived:
        if derived.base == stream and derived.where is not None:
            yield derived.where


def declared(source: p.StreamPlan | p.DerivedPlan) -> tuple[p.RowExpr, ...]:
    """What the computed fields of a stream are made of."""
    return tuple(f.computed for f in source.fields if f.computed is not None)


def windows_in(
    outages: Iterable[p.OutagePlan], listed: Iterable[p.Listing]
) -> Iterator[tuple[str, p.WindowsPlan]]:
    """The windows that outages are made of, or that are listed, and the streams of their rows."""
    for outage in outages:
        if outage.windows is not None:
            yield outage.stream, outage.windows
    for listing in listed:
        if listing.windows is not None:
            yield listing.stream, listing.windows


def _pausing(plan: p.Plan, stream: str) -> Iterator[tuple[str, p.Pause]]:
    """The streams whose clocks the spans of a stream stop, and how."""
    for source in sources(plan):
        for expr in (*row_expressions(plan, source.name), *declared(source)):
            for pause in pauses_in(expr):
                if pause.stream == stream:
                    yield source.name, pause


def _read_by(plan: p.Plan, aggregate: p.Aggregate) -> tuple[str, ...]:
    return streams_in(plan, p.AggregateRef(plan.aggregates.index(aggregate)))


@remembered
def as_of_matters(plan: p.Plan, stream: str) -> bool:
    """Whether as-of decides more of a stream's rows than which of them exist.

    A clock may still run at as-of, a time after it is "not yet", a row may be recorded
    after it, and a derived row is made from what is known by then. False only where none of
    these can be: then rows may be folded before as-of is known, if none lies after it.
    """
    source = named(plan, stream)
    if isinstance(source, p.DerivedPlan) or source.recorded is not None:
        return True
    if any(relations_in(expr) for expr in row_expressions(plan, stream)):
        return True  # of those that belong to a row, more may be known
    if any(a.excluding and stream in _read_by(plan, a) for a in plan.aggregates):
        return True  # a span without an end lasts until then
    wanted = set(wanted_fields(plan, stream))
    for field in source.fields:
        if field.name not in wanted:
            continue
        if field.computed is None and field.kind == "time" and field.name != source.event:
            return True
        if elapsed_in(field.computed):
            return True
    return any(elapsed_in(expr) for expr in row_expressions(plan, stream))
