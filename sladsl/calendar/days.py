"""Days on which a calendar is open, counted on the local clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.clocks import Always, BusinessClock
from sladsl.calendar.names import DAY, LATEST
from sladsl.calendar.zones import Times, Zone

__all__ = ["clock_days", "opening_days"]

_MOST = 40_000  # days that are looked at beyond the last instant


def opening_day(clock: BusinessClock, since: int, count: int, zone: Zone) -> int:
    """The same for one instant."""
    return int(opening_days(clock, np.array([since], dtype=np.int64), count, zone)[0])


def opening_days(clock: BusinessClock, utc: Times, count: int, zone: Zone) -> Times:
    """The same local time on the `count`-th day after, of those on which the calendar is open.

    `LATEST` where that many don't come in the next century.
    """
    utc = np.asarray(utc, dtype=np.int64)
    days, rest = np.divmod(zone.to_local(utc), DAY)
    days, there = _days_after(clock, days, count, zone)
    found = np.full(len(utc), LATEST, np.int64)
    if bool(there.any()):
        found[there] = zone.to_utc(days[there] * DAY + rest[there], "earlier")[0]
    return found


def clock_days(clock: BusinessClock, utc: Times, count: int, zone: Zone, of_day: int) -> Times:
    """A time of day (ns) on the `count`-th day after, of those on which the calendar is open.

    That is when the clock first reaches it. `LATEST` as above.
    """
    days = np.asarray(utc, dtype=np.int64)
    days, there = _days_after(clock, zone.to_local(days) // DAY, count, zone)
    found = np.full(len(days), LATEST, np.int64)
    if bool(there.any()):
        found[there] = zone.edges(days[there] * DAY + of_day, "earlier")
    return found


def _days_after(
    clock: BusinessClock, days: Times, count: int, zone: Zone
) -> tuple[Times, NDArray[np.bool_]]:
    """The days (since 1970), and of which of them there is one."""
    if not len(days):
        return days, np.zeros(0, np.bool_)
    if isinstance(clock.spec, Always):
        found = days + count
        return found, found < LATEST // DAY - 1
    first, last = int(days.min()), int(days.max())
    ahead = max(2 * count, 16)
    while True:
        upto = min(last + ahead, LATEST // DAY - 400)
        open_days = _open(clock, first, upto, zone)
        at = np.searchsorted(open_days, days, side="right") + count - 1
        if upto == LATEST // DAY - 400 or ahead > _MOST or int(at.max()) < len(open_days):
            break
        ahead *= 4
    there = at < len(open_days)
    found = np.zeros(len(days), np.int64)
    found[there] = open_days[at[there]]
    return found, there


def _open(clock: BusinessClock, first: int, last: int, zone: Zone) -> Times:
    """The days of [first, last] with some open time."""
    days = np.arange(first, last + 2, dtype=np.int64)
    edges = zone.edges(days * DAY, "earlier")
    return days[:-1][clock.elapsed(edges[:-1], edges[1:]) > 0]
