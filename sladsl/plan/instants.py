"""Moments of a policy as nanoseconds, without NumPy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sladsl.calendar.names import zone_info
from sladsl.syntax.nodes import Baseline, Existing, Moment, Term

__all__ = ["instant", "term_bounds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: Moment, zone: str, *, next_day: bool = False) -> int:
    """Nanoseconds since the epoch; a date is its midnight in the zone (or the next day's).

    A local time that occurs twice is the earlier one; one that never occurs moves forward.
    """
    text = moment.text
    if moment.is_date:
        day = date.fromisoformat(text) + timedelta(days=1 if next_day else 0)
        whole, fraction = datetime(day.year, day.month, day.day), ""
    else:
        clock, _, rest = text.partition(".")
        fraction = rest.rstrip("Z").partition("+")[0].partition("-")[0]
        offset = rest[len(fraction) :] if rest else ""
        whole = datetime.fromisoformat(clock + offset)
    if whole.tzinfo is None:
        whole = whole.replace(tzinfo=zone_info(zone))
    since = whole.astimezone(UTC) - _EPOCH
    seconds = since.days * 86400 + since.seconds
    return seconds * 10**9 + int(fraction.ljust(9, "0") or 0)


def term_bounds(term: Term | Baseline | Existing, zone: str) -> tuple[int, int | None]:
    """The term as [start, end) in nanoseconds; the end of an open one is None."""
    start = instant(term.start, zone)
    if term.through is not None:
        return start, instant(term.through, zone, next_day=True)
    if term.to is not None:
        return start, instant(term.to, zone)
    return start, None
