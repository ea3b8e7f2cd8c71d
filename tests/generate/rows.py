"""Rows for a draft, made up at random, with a liking for edges."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from generate.policies import Draft, FieldShape, StreamShape

__all__ = ["Maker", "Row"]

Row = dict[str, Any]
SECOND = 10**9
UTC = ZoneInfo("UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NUMBERS = {
    "money": [0, 10_000, 2_500_000, 10_000_000, 333_333, -1_000_000],
    "int": [0, 1, 2, 3, -1],
    "number": [0, 1_000_000, 1_500_000, 2_000_000, 1_499_999, -1_000_000],
    "size": [0, 9, 10, 1000, 10**12, 2**62],
    "percent": [0, 500_000_000, 900_000_000, 500_000_001, 10**9],
}
NEAR = [0, 0, -1, 1, SECOND, 1800 * SECOND, 3600 * SECOND, 7200 * SECOND, -3600 * SECOND]
SIZES = [1, 0, 2, 3, 5, 8, 8, 12, 12, 20, 40]


def _ns(day: date, zone: str, hour: int = 0, minute: int = 0) -> int:
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return int((local.astimezone(UTC) - EPOCH).total_seconds()) * SECOND


class Maker:
    """Makes the rows of one draft's streams, and moments at which to look at them."""

    def __init__(self, random: Random, draft: Draft) -> None:
        self.random = random
        self.draft = draft
        self.lengths = [0, 60, 3600, 86400, *draft.lengths]
        days = (draft.end - draft.start).days
        near = sorted({0, 1, 2, 3, days // 2, days - 1, days} | set(range(0, days, 31)))
        dates = [draft.start + timedelta(days=n) for n in near]
        dates += [d.replace(day=1) for d in dates]
        zone = draft.zone
        self.edges = [_ns(day, zone) for day in dates]
        self.edges += [
            _ns(day, zone, h, m)
            for day in dates[:5]
            for h, m in ((1, 30), (2, 0), (2, 30), (9, 0), (17, 0))
        ]
        self.edges += [_ns(draft.start - timedelta(days=1), zone, 12)]
        self.edges += [_ns(draft.end + timedelta(days=1), zone, 12)]
        self.first = _ns(draft.start, zone)
        self.span = _ns(draft.start + timedelta(days=min(days, 4)), zone) - self.first
        self.late = _ns(draft.end + timedelta(days=5), zone)
        #: some data sets have texts that come up one after the other
        self.in_turn = random.random() < 0.3

    def instant(self) -> int:
        """A time about the term: an edge of a period, a change of the clock, a near miss."""
        random = self.random
        if random.random() < 1 / 3:
            return random.choice(self.edges) + random.choice(NEAR)
        return self.first + random.randint(0, self.span // (1800 * SECOND)) * 1800 * SECOND

    def as_of(self, rows: dict[str, list[Row]]) -> int | None:
        """None, among the rows, at an edge, or long after everything."""
        chance = self.random.random()
        if chance < 0.22:
            return None
        if chance < 0.42:
            return self.late
        times = [row[s.event] for s in self.draft.streams for row in rows[s.name]]
        if times and chance < 0.7:
            return self.random.choice(times)
        return self.instant()

    def streams(self, size: int | None = None) -> dict[str, list[Row]]:
        """Rows of every stream, each with a position; `size` for the first, else at random."""
        found = {}
        for shape in self.draft.streams:
            found[shape.name] = self._rows(shape, size or self.random.choice(SIZES))
            size = None
        return found

    def _rows(self, shape: StreamShape, count: int) -> list[Row]:
        random = self.random
        found: list[Row] = []
        known: dict[tuple[Any, ...], list[Row]] = {}
        conflicts = random.random() < 0.1
        for number in range(count):
            row = self._row(shape)
            if shape.unique:
                same = known.setdefault(tuple(row[name] for name in shape.unique), [])
                if same and not conflicts:
                    row = self._agreeing(shape, row, same)
                same.append(row)
            if found and random.random() < 0.1 and not conflicts:
                row = dict(random.choice(found))
            row["#"] = 0, number
            found.append(row)
        return found

    def _agreeing(self, shape: StreamShape, row: Row, same: list[Row]) -> Row:
        """The same contents, but for what is missing in one of them."""
        if shape.recorded is not None:
            again = [r for r in same if r[shape.recorded] == row[shape.recorded]]
            return dict(again[0]) if again else row
        known = {
            f.name: next((r[f.name] for r in same if r[f.name] is not None), row[f.name])
            for f in shape.fields
        }
        for f in shape.fields:
            if f.optional and self.random.random() < 0.25:
                known[f.name] = None
        return known

    def _row(self, shape: StreamShape) -> Row:
        event = self.instant()
        row: Row = {}
        for f in shape.fields:
            if f.name == shape.event:
                row[f.name] = event
            elif f.optional and self.random.random() < (0.4 if f.kind == "time" else 0.25):
                row[f.name] = None
            else:
                row[f.name] = self._value(shape, f, event)
        return row

    def _value(self, shape: StreamShape, f: FieldShape, event: int) -> Any:
        random = self.random
        match f.kind:
            case "time":
                if f.name == "period":  # any time in a period that is named
                    return self.instant()
                if f.name == "opened":  # of an event: placed no later than it happens
                    return event - self._length()
                if f.name == "noted" and random.random() < 0.3:  # perhaps after its period closed
                    return event + random.choice([1, 3, 8, 20, 60]) * 24 * 3600 * SECOND
                if f.name != shape.end and random.random() < 0.03:
                    return self.instant()
                return event + self._length()
            case "duration":
                return self._length()
            case "bool":
                return random.random() < 0.5
            case "enum":
                return random.choice(f.values)
            case "text":
                if self.in_turn:
                    place = min(max((event - self.first) / (self.span + 1), 0), 0.999)
                    return f.values[int(place * len(f.values))]
                return random.choice(f.values)
            case _ if f.values:
                return int(random.choice(f.values))
            case kind:
                return random.choice(NUMBERS[kind])

    def _length(self) -> int:
        seconds = self.random.choice(self.lengths)
        return max(seconds * SECOND + self.random.choice([0, 0, 0, -1, 1, SECOND]), 0)
