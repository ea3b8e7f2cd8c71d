"""What is kept of the rows of a plan while it runs: counters, and what grows with the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sladsl.diagnostics import printable
from sladsl.plan import model as p
from sladsl.plan.passes import Pass, Tally
from sladsl.plan.uses import named, relations
from sladsl.reports.columns import table
from sladsl.reports.plan_size import kept, length_of
from sladsl.reports.plan_words import Words, per, span

__all__ = ["all_kept", "grain"]

_GROUPS = (1, 100, 10_000)


def all_kept(plan: p.Plan, order: Sequence[Pass]) -> Iterator[str]:
    """How large the counters are for so many groups, and what else is kept."""
    head = ["counters, for so many groups of rows", *(f"{n:,}" for n in _GROUPS)]
    rows = [head]
    total = [0] * len(_GROUPS)
    for one in order:
        for tally in one.tallies:
            sizes = [kept(plan, tally).bytes(number) for number in _GROUPS]
            total = [a + (b or 0) for a, b in zip(total, sizes, strict=True)]
            shown = ["-" if size is None else length_of(size) for size in sizes]
            rows.append([f"  {one.stream} {grain(tally)}", *shown])
    if len(rows) > 2:
        rows.append(["  in all", *map(length_of, total)])
    if len(rows) > 1:
        yield from (f"  {'  '.join(cells)}" for cells in table(rows, frozenset({1, 2, 3})))
    yield from (f"  {text}" for text in _growing(plan, order))


#: Bytes that a figure takes: its key, the number of its rows, what they come to.
_BY_KEY = {"count": 16, "min": 24, "max": 24, "sum": 40, "mean": 40}


def _growing(plan: p.Plan, order: Sequence[Pass]) -> Iterator[str]:
    """What grows with the rows themselves."""
    for name in dict.fromkeys(one.stream for one in order):
        own = [one for one in order if one.stream == name]
        source = named(plan, name)
        words = Words(plan, name)
        for value in _values(plan, own):
            yield f"values of {words.condition(value)}: 8 B for each one near the rank of its cell"
        yield from _runs_kept(plan, {outage for one in own for outage in one.outages})
        size = 8 * len(own[0].wanted)
        if isinstance(source, p.DerivedPlan):
            what = f"{name}: a row of {size} B for each {source.by}"
            if source.how == "spans":
                what = f"{name}: a span of {size} B for each event of a {source.by}"
            yield f"{what}, on disk beyond a limit"
        elif source.key:
            keys = ", ".join(source.key)
            yield f"{name}: a row of {size} B for each {keys}, on disk beyond a limit"
        elif any(one.beforehand for one in own) and (
            source.span is not None or name in {d.base for d in plan.derived}
        ):
            yield f"{name}: its rows of {size} B, which others wait for"
        for related in relations(plan):
            if related.stream == name:
                said = Words(plan, name).related(related)
                each = f"{_BY_KEY[related.function]} B for each {printable(related.theirs.name)}"
                yield f"{said}: {each}, on disk beyond a limit"


def _runs_kept(plan: p.Plan, names: Collection[str]) -> Iterator[str]:
    """What is kept for outages."""
    outages = [outage for outage in plan.outages if outage.name in names]
    samples = [o.name for o in outages if o.ends is None and o.windows is None]
    if samples:
        yield f"stretches of one state of {', '.join(samples)}: about 40 B each"
        yield "the samples themselves where they come out of order, on disk beyond a limit"
    if spans := [o.name for o in outages if o.ends is not None]:
        yield f"the spans of {', '.join(spans)}: 24 B each"
    for outage in outages:
        if outage.windows is not None:
            length = span(outage.windows.length)
            yield f"counters of each window of {length} of {outage.name} with rows, by group"


def _values(plan: p.Plan, own: Sequence[Pass]) -> Iterator[p.RowExpr]:
    """The values that the passes over a stream keep for percentiles."""
    found: dict[p.RowExpr, None] = {}
    for tally in (tally for one in own for tally in one.tallies):
        for index in (*tally.valued, *tally.shown):
            aggregate = plan.aggregates[index]
            assert isinstance(aggregate, p.RowAggregate)
            if aggregate.function == "quantile" and aggregate.value is not None:
                found[aggregate.value] = None
    yield from found


def grain(tally: Tally) -> str:
    """`by month for each region`, `by window of 5 min`."""
    kind = f"window of {span(tally.per)}" if isinstance(tally.per, int) else per(tally.per)
    text = f"for the {kind}" if kind == "term" else f"by {kind}"
    if tally.groups:
        text += " for each " + ", ".join(printable(g.name) for g in tally.groups)
    return text
