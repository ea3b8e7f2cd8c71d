"""The deadlines of a plan: what starts each, what answers it, by when it is due."""

from __future__ import annotations

from collections.abc import Iterator

from sladsl.diagnostics import printable
from sladsl.plan import model as p
from sladsl.reports.plan_words import Words, per, span

__all__ = ["due"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def due(plan: p.Plan) -> Iterator[str]:
    """What each deadline is made of."""
    for deadline in plan.deadlines:
        yield f"  {printable(deadline.obligation)} {deadline.number}: {printable(deadline.text)}"
        yield f"    answered by {_rows(plan, deadline.rows)}, at {deadline.done}"
        yield f"    {_start(plan, deadline)}"
        if deadline.match:
            same = ", ".join(a if a == b else f"{a} == {b}" for a, b in deadline.match)
            yield f"    the answer to a trigger has the same {same}, where both are known"


def _rows(plan: p.Plan, rows: p.Listing) -> str:
    if rows.where is None:
        return rows.stream
    return f"{rows.stream} where {Words(plan, rows.stream).condition(rows.where)}"


def _start(plan: p.Plan, deadline: p.DeadlinePlan) -> str:
    """By when, counted from what."""
    if deadline.every is not None:
        every = deadline.every
        day = "" if every.weekday is None else f"{_DAYS[every.weekday]} "
        return f"due every {every.every} by {day}{_clock(every.second)}"
    match deadline.anchor:
        case "row":
            since = f"{deadline.starts} of the same row"
        case "rows":
            assert deadline.triggers is not None
            since = f"{deadline.starts} of {_rows(plan, deadline.triggers)}"
        case "breach":
            since = f"the breach of {printable(deadline.of)}, by period and group"
        case _:
            since = f"the end of each {' and '.join(map(per, deadline.periods))}"
    if deadline.by is not None:
        by = deadline.by
        days = "day" if by.calendar == "always" else f"day on which {by.calendar} opens"
        return f"due by {_clock(by.second)}, {by.count} x 1 {days} ({by.zone}) after {since}"
    assert deadline.within is not None
    lapse = deadline.within
    length = span(lapse.count) if lapse.unit == "ns" else f"{lapse.count} x 1 {lapse.unit}"
    inside = "" if lapse.calendar == "always" else f" in {lapse.calendar}"
    return f"due within {length}{inside} of {since}"


def _clock(second: int) -> str:
    """The time of day."""
    hours, rest = divmod(second, 3600)
    return f"{hours:02d}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")
