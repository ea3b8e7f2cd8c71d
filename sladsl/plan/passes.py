"""What one pass over each stream has to do, as data: read from a plan, with no language in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sladsl.plan import model as p
from sladsl.plan.parts import pauses_in, relations_in
from sladsl.plan.tallies import Tally, Threshold, tallies
from sladsl.plan.uses import (
    as_of_matters,
    declared,
    listings,
    named,
    relations,
    row_expressions,
    sources,
    wanted_fields,
    windows_in,
)
from sladsl.records import Record, remembered

__all__ = ["Pass", "Tally", "Threshold", "as_of_matters", "passes", "wanted_fields"]


class Pass(Record):
    """One pass over the rows of a stream, for all obligations that use it.

    `after` are the streams that must be known before: the base of a derived stream, those whose
    spans pause a clock, and those of which rows belong to a row. `tests` are the distinct
    conditions on a row. `whole`: its rows are kept (by key, or sorted) and not only counted.
    `beforehand`: others wait for them.

    A stream has two passes where its own clocks are paused by what is made from it, or its own
    rows belong to a row: a first one that counts nothing, and that which counts, when the spans
    (the figures) are known.
    """

    stream: str
    after: tuple[str, ...]
    wanted: tuple[str, ...]
    tests: tuple[p.RowExpr, ...]
    tallies: tuple[Tally, ...]
    outages: tuple[str, ...]
    whole: bool
    beforehand: bool
    as_of_matters: bool


@remembered
def passes(plan: p.Plan) -> tuple[Pass, ...]:
    """The passes of a plan: each stream after those that it depends on."""
    after = {source.name: _after(plan, source) for source in sources(plan)}
    needed = {name for names in after.values() for name in names}
    found: list[Pass] = []
    early: set[str] = set()
    for name, first in _ordered(after):
        source = named(plan, name)
        kept = () if first else tallies(plan, name)
        tests = () if first else _tests(plan, name, kept)
        if name not in early:
            tests = tuple(dict.fromkeys((*_derivations(plan, name), *tests)))
        found.append(
            Pass(
                stream=name,
                after=() if first else after[name],
                wanted=wanted_fields(plan, name),
                tests=tests,
                tallies=kept,
                outages=() if first else tuple(o.name for o in plan.outages if o.stream == name),
                whole=isinstance(source, p.DerivedPlan) or bool(source.key) or name in needed,
                beforehand=name in needed - early,
                as_of_matters=as_of_matters(plan, name),
            )
        )
        early |= {name} if first else set()
    return tuple(found)


def _after(plan: p.Plan, source: p.StreamPlan | p.DerivedPlan) -> tuple[str, ...]:
    """The streams that one needs to be known: its base, what pauses its clocks, what relates."""
    found: dict[str, None] = {}
    if isinstance(source, p.DerivedPlan):
        found[source.base] = None
    for expr in (*row_expressions(plan, source.name), *declared(source)):
        found |= dict.fromkeys(pause.stream for pause in pauses_in(expr))
    found.pop(source.name, None)
    for expr in row_expressions(plan, source.name):
        found |= dict.fromkeys(related.stream for related in relations_in(expr))
    return tuple(found)


def _ordered(after: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, bool]]:
    """Each stream after those that it needs, else as they stand.

    True: only its rows, for what is made from it, since it waits for that itself.
    """
    left = dict(after)
    waiting = set(left)
    while left:
        ready = [name for name, names in left.items() if not waiting & set(names)]
        if not ready:
            wanted = {base for name in left for base in left[name]}
            first = next(name for name in left if name in waiting & wanted)
            waiting.discard(first)
            yield first, True
        for name in ready:
            del left[name]
            waiting.discard(name)
            yield name, False


def _derivations(plan: p.Plan, stream: str) -> tuple[p.RowExpr, ...]:
    """The conditions on the rows that other streams are made from."""
    made = (derived.where for derived in plan.derived if derived.base == stream)
    return tuple(where for where in made if where is not None)


def _tests(plan: p.Plan, stream: str, tallies: Iterable[Tally]) -> tuple[p.RowExpr, ...]:
    """The distinct conditions that a stream's rows are looked at with."""
    found: dict[p.RowExpr, None] = {}
    for related in relations(plan):
        if related.stream == stream and related.where is not None:
            found[related.where] = None
    for aggregate in plan.aggregates:
        if isinstance(aggregate, p.RowAggregate) and aggregate.stream == stream:
            conditions = (aggregate.where, aggregate.good)
            found |= dict.fromkeys(c for c in conditions if c is not None)
    for outage in plan.outages:
        if outage.stream == stream and outage.failing is not None:
            found[outage.failing] = None
    for name, windows in windows_in(plan.outages, listings(plan)):
        if name == stream:
            for inner in windows.inner:
                conditions = (inner.where, inner.good)
                found |= dict.fromkeys(c for c in conditions if c is not None)
    for tally in tallies:
        found |= dict.fromkeys(threshold.test for threshold in tally.thresholds)
    return tuple(found)
