"""A time zone as tables of integers: local time and UTC for whole columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.names import DAY, EARLIEST, LATEST, SECOND, UnknownZone, zone_info
from sladsl.records import Record

__all__ = ["FINE", "NEVER", "TWICE", "Times", "UnknownZone", "Zone"]

Times: TypeAlias = NDArray[np.int64]
"""Nanoseconds since 1970-01-01T00:00, in UTC unless it says local."""

FINE, TWICE, NEVER = 0, 1, 2
"""What `to_utc` says of each local time: it occurs once, twice, never."""

_EPOCH = datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=UTC)
_YEARS = range(1678, 2262)


class _Table(Record):
    """The changes of offset in [lo, hi), in order; `offsets` has one more than `at`.

    Between the walls of a change lie the local times that it skips or repeats:
    `inner` is the change plus the smaller of the two offsets, `outer` plus the larger.
    """

    lo: int
    hi: int
    at: Times
    offsets: Times
    inner: Times
    outer: Times


_NOTHING = np.zeros(0, dtype=np.int64)
_NOWHERE = _Table(0, 0, _NOTHING, np.zeros(1, dtype=np.int64), _NOTHING, _NOTHING)


class Zone:
    """A time zone of the IANA database, by name; `UnknownZone` if there is none."""

    __slots__ = ("_table", "name")

    def __init__(self, name: str) -> None:
        zone_info(name)
        self.name = name
        self._table = _NOWHERE

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Zone) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[type[Zone], tuple[str]]:
        return Zone, (self.name,)

    def offset(self, utc: Times) -> Times:
        """Nanoseconds east of UTC at each instant; `ValueError` outside the years 1678..2261."""
        utc = np.asarray(utc, dtype=np.int64)
        table = self._covering(utc)
        if not len(table.at):
            return np.full(utc.shape, table.offsets[0])
        return table.offsets[np.searchsorted(table.at, utc, side="right")]

    def to_local(self, utc: Times) -> Times:
        """Local wall-clock time at each instant, as nanoseconds since the local epoch."""
        return utc + self.offset(utc)

    def to_utc(self, local: Times, ambiguous: str | None) -> tuple[Times, NDArray[np.int8]]:
        """The instant of each local time, and FINE, TWICE or NEVER for it.

        With `ambiguous` "earlier" or "later" all are FINE: of two instants that one; for a time
        that never occurs, the offset before or after the gap (Python's fold of 0 or 1).
        """
        if ambiguous not in ("earlier", "later", None):
            raise ValueError(f"ambiguous is `earlier`, `later` or None, not `{ambiguous}`")
        local = np.asarray(local, dtype=np.int64)
        table = self._covering(local)
        if not len(table.at):
            return local - table.offsets[0], np.zeros(local.shape, dtype=np.int8)
        before = table.offsets[np.searchsorted(table.outer, local, side="right")]
        if ambiguous == "earlier":
            return local - before, np.zeros(local.shape, dtype=np.int8)
        after = table.offsets[np.searchsorted(table.inner, local, side="right")]
        if ambiguous == "later":
            return local - after, np.zeros(local.shape, dtype=np.int8)
        code = np.where(before > after, TWICE, np.where(before < after, NEVER, FINE))
        return local - before, code.astype(np.int8)

    def edges(self, local: Times, ambiguous: str) -> Times:
        """The instant at which the clock reaches each local time: a skipped one at the gap's end.

        "earlier" is thereby the first instant at which the clock reads that time or a later one.
        """
        local = np.asarray(local, dtype=np.int64)
        utc, _ = self.to_utc(local, ambiguous)
        table = self._covering(local)
        if len(table.at):
            past_inner = np.searchsorted(table.inner, local, side="right")
            past_outer = np.searchsorted(table.outer, local, side="right")
            skipped = table.offsets[past_outer] < table.offsets[past_inner]
            utc = np.where(skipped, table.at[past_inner - 1], utc)
        return utc

    def stretches(self, lo: int, hi: int) -> tuple[Times, Times, Times]:
        """Starts, ends and offsets of the stretches of [lo, hi) between changes of offset."""
        table = self._covering(np.array([lo, hi], dtype=np.int64))
        first = int(np.searchsorted(table.at, lo, side="right"))
        last = int(np.searchsorted(table.at, hi, side="left"))
        cuts = table.at[first:last]
        edges = np.concatenate(([lo], cuts, [hi])).astype(np.int64)
        return edges[:-1], edges[1:], table.offsets[first : last + 1]

    def instant(self, local: datetime, ambiguous: str = "earlier") -> int:
        """The instant of one naive local time."""
        if local.tzinfo is not None:
            raise ValueError("a naive local time is expected, not one with an offset")
        nanos = (local - _EPOCH) // timedelta(microseconds=1) * 1000
        return int(self.to_utc(np.array([nanos], dtype=np.int64), ambiguous)[0][0])

    def local(self, utc_ns: int) -> datetime:
        """The naive local time at an instant, cut to microseconds."""
        nanos = int(self.to_local(np.array([utc_ns], dtype=np.int64))[0])
        return _EPOCH + timedelta(microseconds=nanos // 1000)

    def iso(self, utc_ns: int) -> str:
        """The instant as ISO 8601 with its offset: `2026-05-01T00:00:00+02:00`."""
        offset = int(self.offset(np.array([utc_ns], dtype=np.int64))[0])
        seconds, fraction = divmod(int(utc_ns) + offset, SECOND)
        text = (_EPOCH + timedelta(seconds=seconds)).isoformat()
        digits = f".{fraction:09d}".rstrip("0") if fraction else ""
        return text + digits + offset_text(offset)

    def _covering(self, times: Times) -> _Table:
        """The table, first extended to all of `times` (UTC or local, a day either way)."""
        table = self._table
        if not times.size:
            return table
        lo, hi = int(times.min()), int(times.max())
        if table.lo <= lo and hi < table.hi:
            return table
        if lo < EARLIEST - DAY or hi > LATEST + DAY:
            raise ValueError("a time outside the supported years 1678..2261")
        first, last = _year(max(lo - 2 * DAY, EARLIEST)), _year(min(hi + 2 * DAY, LATEST - 1))
        if table is not _NOWHERE:
            first = min(first, _year(table.lo + 3 * DAY))
            last = max(last, _year(table.hi - 3 * DAY))
        self._table = table = _table(self.name, first, last)
        return table


def offset_text(offset: int) -> str:
    """An offset in nanoseconds east of UTC as `+02:00`, with seconds if it has some."""
    hours, rest = divmod(abs(offset) // SECOND, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def _year(utc_ns: int) -> int:
    return (_EPOCH + timedelta(seconds=utc_ns // SECOND)).year


@lru_cache(maxsize=1024)
def _table(name: str, first: int, last: int) -> _Table:
    """The table of the years first..last; it answers for times up to a day inside of them."""
    changes = [c for year in range(first, last + 1) for c in _changes(name, year)]
    opening = _offset(name, _seconds(first))
    at = np.array([at for at, _ in changes], dtype=np.int64) * SECOND
    offsets = np.array([opening, *(offset for _, offset in changes)], dtype=np.int64) * SECOND
    before, after = offsets[:-1], offsets[1:]
    # The ends of the supported range stand for all that lies beyond.
    lo = EARLIEST - 2 * DAY if first == _YEARS[0] else _seconds(first) * SECOND + DAY
    hi = LATEST + 2 * DAY if last == _YEARS[-1] else _seconds(last + 1) * SECOND - DAY
    inner, outer = at + np.minimum(before, after), at + np.maximum(before, after)
    return _Table(lo, hi, at, offsets, inner, outer)


@lru_cache(maxsize=8192)
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The changes of offset in one year: (second since the epoch, offset from there in seconds).

    No zone has ever changed twice within a day, so a look at each day's end finds them all.
    """
    if name == "UTC":
        return ()
    found = []
    seen = _offset(name, _seconds(year))
    for day in range(_seconds(year), _seconds(year + 1), 86400):
        now = _offset(name, day + 86400)
        if now != seen:
            before, after = day, day + 86400
            while after - before > 1:
                middle = (before + after) // 2
                if _offset(name, middle) == seen:
                    before = middle
                else:
                    after = middle
            found.append((after, now))
            seen = now
    return tuple(found)


def _offset(name: str, second: int) -> int:
    moment = (_UTC_EPOCH + timedelta(seconds=second)).astimezone(zone_info(name))
    offset = moment.utcoffset()
    assert offset is not None
    return offset.days * 86400 + offset.seconds


def _seconds(year: int) -> int:
    return (datetime(year, 1, 1) - _EPOCH) // timedelta(seconds=1)
