"""Exclusions: their spans, which groups each is about, and what it may leave out."""

from __future__ import annotations

from sladsl.plan import model as p
from sladsl.plan.soundness.ground import GROUPED, LARGEST, PERIODS, among, within, wrong
from sladsl.plan.soundness.sources import Sources
from sladsl.plan.uses import streams_in

__all__ = ["prove_exclusions"]


def prove_exclusions(plan: p.Plan, sources: Sources) -> None:
    """The exclusions of a plan, and what aggregates leave out, are sound."""
    for exclusion in plan.exclusions:
        _spans(plan, sources, exclusion)
    known = set(plan.exclusions)
    for index, aggregate in enumerate(plan.aggregates):
        if not aggregate.excluding:
            continue
        streams = streams_in(plan, p.AggregateRef(index))
        for exclusion in aggregate.excluding:
            if exclusion not in known:
                wrong("an exclusion", exclusion.name)
            for stream in streams:
                for ours, theirs in exclusion.match:
                    kind = sources.field(stream, ours, *GROUPED).kind
                    sources.field(exclusion.rows.stream, theirs, kind)


def _spans(plan: p.Plan, sources: Sources, exclusion: p.ExclusionPlan) -> None:
    stream, listing = exclusion.rows.stream, exclusion.rows
    among("a stream of spans", stream, sources.spans)
    spans = {s.name: s.span for s in plan.streams if s.span is not None}
    if spans.get(stream, ("starts", "ends")) != (exclusion.start, exclusion.end):
        wrong("the span of an exclusion", f"{exclusion.start} to {exclusion.end}")
    sources.condition(stream, listing.where)
    for name in listing.fields:
        sources.field(stream, name)
    wanted = {exclusion.start, exclusion.end, *(theirs for _, theirs in exclusion.match)}
    if wanted - set(listing.fields):
        wrong("the fields of an exclusion", ", ".join(listing.fields))
    if exclusion.allowance is not None:
        among("an allowance", exclusion.allowance.of, ("time", "number"))
        within("an allowance", exclusion.allowance.limit, 1, LARGEST)
        among("the period of an allowance", exclusion.allowance.per, PERIODS)
