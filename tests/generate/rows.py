"""Rows for a draft, made up by Hypothesis, with a liking for edges."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from generate.policies import Draft, FieldShape, StreamShape
from hypothesis import strategies as st

__all__ = ["as_ofs", "instants", "streams"]

Row = dict[str, Any]
SECOND = 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))

NUMBERS = {
    "money": [0, 10_000, 2_500_000, 10_000_000, 333_333, -1_000_000],
    "int": [0, 1, 2, 3, -1],
    "size": [0, 9, 10, 1000, 10**12],
    "percent": [0, 500_000_000, 900_000_000, 500_000_001, 10**9],
}


def _ns(day: date, zone: str, hour: int = 0, minute: int = 0) -> int:
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return int((local.astimezone(ZoneInfo("UTC")) - EPOCH).total_seconds()) * SECOND


def instants(draft: Draft) -> st.SearchStrategy[int]:
    """Times about the term: period edges, changes of the clock, and near misses."""
    days = (draft.end - draft.start).days
    near = sorted({0, 1, 2, 3, days // 2, days - 1, days} | set(range(0, days, 31)))
    dates = [draft.start + timedelta(days=n) for n in near]
    dates += [d.replace(day=1) for d in dates]
    edges = [_ns(day, draft.zone) for day in dates]
    noons = [
        _ns(day, draft.zone, h, m)
        for day in dates[:5]
        for h, m in ((1, 30), (2, 0), (2, 30), (9, 0), (17, 0))
    ]
    before = [_ns(draft.start - timedelta(days=1), draft.zone, 12)]
    after = [_ns(draft.end + timedelta(days=1), draft.zone, 12)]
    exact = st.sampled_from(edges + noons + before + after)
    shift = st.sampled_from(
        [0, 0, -1, 1, SECOND, 1800 * SECOND, 3600 * SECOND, 7200 * SECOND, -3600 * SECOND]
    )
    first, last = edges[0], _ns(draft.start + timedelta(days=min(days, 4)), draft.zone)
    minutes = st.integers(0, (last - first) // (1800 * SECOND)).map(
        lambda n: first + n * 1800 * SECOND
    )
    return st.one_of(st.builds(lambda a, b: a + b, exact, shift), minutes, minutes)


def as_ofs(draft: Draft) -> st.SearchStrategy[int | None]:
    """None, an edge, or long after everything."""
    late = _ns(draft.end + timedelta(days=5), draft.zone)
    return st.one_of(st.none(), instants(draft), instants(draft), st.just(late))


@st.composite
def streams(draw: st.DrawFn, draft: Draft) -> dict[str, list[Row]]:
    """Rows of every stream, each with a position."""
    times = instants(draft)
    return {shape.name: _rows(draw, draft, shape, times) for shape in draft.streams}


def _rows(
    draw: st.DrawFn, draft: Draft, shape: StreamShape, times: st.SearchStrategy[int]
) -> list[Row]:
    count = draw(st.sampled_from([1, 0, 2, 3, 5, 8, 8, 12, 12, 20, 40]))
    found: list[Row] = []
    conflicts = draw(st.integers(0, 7)) == 0
    for number in range(count):
        row = _row(draw, draft, shape, times)
        if found and shape.unique:
            same = [
                r for r in found if all(r[name] == row[name] for name in shape.unique)
            ]  # fmt: skip
            if same and not conflicts:
                row = _agreeing(draw, shape, row, same)
        elif found and draw(st.integers(0, 9)) == 0:
            row = dict(draw(st.sampled_from(found)))
        row["#"] = number % 2, number
        found.append(row)
    return found


def _agreeing(draw: st.DrawFn, shape: StreamShape, row: Row, same: list[Row]) -> Row:
    """The same contents, but for what is missing in one of them."""
    if shape.recorded is not None:
        again = [r for r in same if r[shape.recorded] == row[shape.recorded]]
        return dict(again[0]) if again else row
    known = {
        f.name: next((r[f.name] for r in same if r[f.name] is not None), row[f.name])
        for f in shape.fields
    }
    for f in shape.fields:
        if f.optional and draw(st.integers(0, 3)) == 0:
            known[f.name] = None
    return known


def _row(draw: st.DrawFn, draft: Draft, shape: StreamShape, times: st.SearchStrategy[int]) -> Row:
    event = draw(times)
    row: Row = {}
    for f in shape.fields:
        if f.name == shape.event:
            row[f.name] = event
        elif f.optional and draw(st.integers(0, 3)) == 0:
            row[f.name] = None
        else:
            row[f.name] = _value(draw, draft, shape, f, event, times)
    return row


def _value(
    draw: st.DrawFn, draft: Draft, shape: StreamShape, f: FieldShape, event: int,
    times: st.SearchStrategy[int],
) -> Any:  # fmt: skip
    match f.kind:
        case "time":
            if f.name == "opened":  # of an event: placed no later than it happens
                return event - _length(draw, draft)
            if f.name != shape.end and draw(st.integers(0, 30)) == 0:
                return draw(times)
            return event + _length(draw, draft)
        case "duration":
            return _length(draw, draft)
        case "bool":
            return draw(st.booleans())
        case "enum" | "text":
            return draw(st.sampled_from(f.values))
        case kind:
            return draw(st.sampled_from(NUMBERS[kind]))


def _length(draw: st.DrawFn, draft: Draft) -> int:
    seconds = draw(st.sampled_from([0, 60, 3600, 86400, *draft.lengths]))
    return max(seconds * SECOND + draw(st.sampled_from([0, 0, 0, -1, 1, SECOND])), 0)
