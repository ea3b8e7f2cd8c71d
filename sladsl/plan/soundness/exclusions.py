"""What is listed for outages and exclusions: which groups it is about, what it may leave out."""

from __future__ import annotations

from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.plan import model as p
from sladsl.plan.soundness.ground import GROUPED, LARGEST, PERIODS, among, within, wrong
from sladsl.plan.soundness.sources import Sources
from sladsl.plan.uses import listings, streams_in

__all__ = ["prove_exclusions"]


def prove_exclusions(plan: p.Plan, sources: Sources) -> None:
    """The exclusions of a plan, and what aggregates leave out, are sound."""
    for exclusion in plan.exclusions:
        _spans(plan, sources, exclusion)
    known = set(plan.exclusions)
    windows = [rows for rows in listings(plan) if rows.windows is not None]
    if set(windows) - {exclusion.rows for exclusion in plan.exclusions}:
        wrong("listed windows", windows[0].stream)
    for index, aggregate in enumerate(plan.aggregates):
        if not aggregate.excluding:
            continue
        streams = streams_in(plan, p.AggregateRef(index))
        for exclusion in aggregate.excluding:
            if exclusion not in known:
                wrong("an exclusion", exclusion.name)
            for stream in streams:
                if exclusion.excuse:
                    sources.excuse(stream, p.pause_of(exclusion))
                elif exclusion.rows is not None:
                    _matched(sources, stream, exclusion.rows, exclusion.match)
                if exclusion.existing is not None:
                    _of(sources, stream, exclusion.existing)
    for service in plan.services:
        if service.outside is not None and service.outside not in known:
            wrong("the time of a service", service.name)
    for deadline in plan.deadlines:
        rows = deadline.rows if deadline.triggers is None else deadline.triggers
        for exclusion in deadline.excluding:
            if exclusion not in known:
                wrong("an exclusion", exclusion.name)
            if exclusion.rows is None:
                wrong("an exclusion for a deadline", exclusion.name)
            if deadline.anchor in ("row", "rows"):
                _matched(sources, rows.stream, exclusion.rows, exclusion.match)
                for ours, _ in exclusion.match:
                    among("a field that is listed", ours, rows.fields)
                continue
            kinds = {group.name: group.kind for group in deadline.groups}
            for ours, theirs in exclusion.match:
                among("a group of a breach", ours, kinds)
                sources.field(exclusion.rows.stream, theirs, kinds[ours])
                among("a field that is listed", theirs, exclusion.rows.fields)
    for outage in plan.outages:
        if outage.down_outside is not None:
            down = outage.down_outside
            if down not in known or down.rows is None:
                wrong("what an outage is measured during", outage.name)
            _matched(sources, outage.stream, down.rows, down.match)
            for ours, _ in down.match:
                among("a group of an outage", ours, outage.each)
        if outage.notices is not None:
            _notices(sources, outage, outage.notices)


def _notices(sources: Sources, outage: p.OutagePlan, notices: p.NoticesPlan) -> None:
    sources.field(notices.rows.stream, notices.at, "time")
    _listed(sources, notices.rows, {notices.at})
    _matched(sources, outage.stream, notices.rows, notices.match)
    for ours, _ in notices.match:
        among("a group of an outage", ours, outage.each)
    within("a grace", notices.grace, 0, LARGEST)


def _matched(
    sources: Sources, stream: str, rows: p.Listing, match: tuple[tuple[str, str], ...]
) -> None:
    """The rows of a listing are about those of a stream that are equal to them in some fields."""
    for ours, theirs in match:
        kind = sources.field(stream, ours, *GROUPED).kind
        sources.field(rows.stream, theirs, kind)
        among("a field that is listed", theirs, rows.fields)


def _listed(sources: Sources, rows: p.Listing, wanted: set[str]) -> None:
    sources.condition(rows.stream, rows.where)
    for name in rows.fields:
        sources.field(rows.stream, name)
    for name in wanted:
        among("a field that is listed", name, rows.fields)


def _of(sources: Sources, stream: str, existing: p.Existing) -> None:
    """What a service is of are values of fields of a stream."""
    for each in existing.of:
        field = sources.field(stream, each.name, *GROUPED)
        if field.kind != each.kind or (each.kind == "enum" and field.values != each.known):
            wrong("a field of a service", each.name)


def _existing(exclusion: p.ExclusionPlan, existing: p.Existing) -> None:
    if not exclusion.outside or (exclusion.rows is None) == (existing.span is None):
        wrong("the time of a service", exclusion.name)
    if existing.span is not None:
        start, end = existing.span
        within("the time of a service", start, EARLIEST, LATEST)
        within("the time of a service", LATEST if end is None else end, start + 1, LATEST)
    for each in existing.of:
        for value in each.values:
            if each.kind == "int" and not value.removeprefix("-").isdecimal():
                wrong("a number", value)


def _spans(plan: p.Plan, sources: Sources, exclusion: p.ExclusionPlan) -> None:
    if exclusion.existing is not None:
        _existing(exclusion, exclusion.existing)
    if exclusion.allowance is not None:
        among("an allowance", exclusion.allowance.of, ("time", "number"))
        within("an allowance", exclusion.allowance.limit, 1, LARGEST)
        among("the period of an allowance", exclusion.allowance.per, PERIODS)
    if exclusion.rows is None:
        if (exclusion.existing is None) != exclusion.excuse:
            wrong("an exclusion", exclusion.name)
        if exclusion.excuse and (exclusion.as_up or exclusion.outside or exclusion.allowance):
            wrong("the time of an excuse", exclusion.name)
        return
    stream = exclusion.rows.stream
    if exclusion.rows.windows is not None:
        _windows(sources, exclusion, exclusion.rows, exclusion.rows.windows)
        return
    among("a stream of spans", stream, sources.spans)
    spans = {s.name: s.span for s in plan.streams if s.span is not None}
    if spans.get(stream, ("starts", "ends")) != (exclusion.start, exclusion.end):
        wrong("the span of an exclusion", f"{exclusion.start} to {exclusion.end}")
    _listed(sources, exclusion.rows, {exclusion.start, exclusion.end})
    for rows in (exclusion.unsettled, exclusion.announced):
        if rows is not None:
            among("the rows of an exclusion", rows.stream, (stream,))
            _listed(sources, rows, set())
    if exclusion.announced is not None:
        among("a stream that is read", stream, spans)
        _listed(sources, exclusion.announced, set(exclusion.rows.fields))


def _windows(
    sources: Sources, exclusion: p.ExclusionPlan, rows: p.Listing, windows: p.WindowsPlan
) -> None:
    if (exclusion.start, exclusion.end) != p.WINDOW or exclusion.outside or rows.ahead:
        wrong("the windows of an exclusion", exclusion.name)
    if rows.where is not None or exclusion.unsettled or exclusion.announced:
        wrong("the windows of an exclusion", exclusion.name)
    for name in rows.fields:
        sources.field(rows.stream, name, *GROUPED)
    sources.windows(rows.stream, windows)
