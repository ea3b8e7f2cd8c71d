"""Days on which a calendar is open, counted on the local clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.clocks import Always, BusinessClock
from sladsl.calendar.names import DAY, LATEST
from sladsl.calendar.periods import shifted
from sladsl.calendar.zones import Times, Zone

__all__ = ["clock_days", "opening_days", "units_after"]

_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}  # in days
_MOST = 40_000  # days that are looked at beyond the last instant


def unit_after(clock: BusinessClock, since: int, count: int, unit: str, zone: Zone) -> int:
    """The same for one instant."""
    return int(units_after(clock, np.array([since], dtype=np.int64), count, unit, zone)[0])


def units_after(clock: BusinessClock, utc: Times, count: int, unit: str, zone: Zone) -> Times:
    """Instants so many calendar units (`day`, `week`, ...) later; `LATEST` where that is too far.

    Days of a calendar are those on which it is open. Longer units are those of the year; what ends
    on a day on which the calendar isn't open does on the next on which it is, at the same time.
    """
    utc = np.asarray(utc, dtype=np.int64)
    if not isinstance(clock.spec, Always) and unit == "day":
        return opening_days(clock, utc, count, zone)
    found = np.full(len(utc), LATEST, np.int64)
    near = utc < LATEST - (count + 1) * _LONGEST[unit] * DAY
    if not bool(near.any()):
        return found
    found[near] = shifted(utc[near], count, f"{unit}s", zone)
    if isinstance(clock.spec, Always):
        return found
    days, rest = np.divmod(zone.to_local(found[near]), DAY)
    found[near] = _at(_days_after(clock, days - 1, 1, zone), rest, zone)
    return found


def opening_days(clock: BusinessClock, utc: Times, count: int, zone: Zone) -> Times:
    """The same local time on the `count`-th day after, of those on which the calendar is open.

    `LATEST` where that many don't come in the next century.
    """
    utc = np.asarray(utc, dtype=np.int64)
    days, rest = np.divmod(zone.to_local(utc), DAY)
    return _at(_days_after(clock, days, count, zone), rest, zone)


def _at(found: tuple[Times, NDArray[np.bool_]], rest: Times, zone: Zone) -> Times:
    """The instants of a local time on some days; `LATEST` where there is none."""
    days, there = found
    utc = np.full(len(days), LATEST, np.int64)
    if bool(there.any()):
        utc[there] = zone.to_utc(days[there] * DAY + rest[there], "earlier")[0]
    return utc


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
