"""Instants as text, in integers: nanoseconds are kept, and NumPy isn't needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sladsl.calendar.names import AFTER_ALL, LATEST, SECOND, zone_info

__all__ = ["clock", "iso"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)  # the edges of periods come again for every group
def iso(instant: int, zone: str) -> str:
    """An instant (ns) as ISO 8601 with the zone's offset: `2026-05-01T00:00:00+02:00`."""
    local, fraction = _local(instant, zone)
    text = local.isoformat(timespec="seconds")
    return f"{text[:19]}{fraction}{text[19:]}"


def clock(instant: int, zone: str) -> str:
    """An instant for people: `2026-05-01 00:00`, to the millisecond where it has some."""
    if instant >= LATEST:
        return AFTER_ALL
    local, fraction = _local(instant - instant % 10**6, zone)
    exact = local.second or fraction
    return f"{local:%Y-%m-%d %H:%M}" + (f":{local:%S}{fraction}" if exact else "")


def _local(instant: int, zone: str) -> tuple[datetime, str]:
    seconds, nanos = divmod(instant, SECOND)
    local = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone_info(zone))
    return local, f".{nanos:09d}".rstrip("0") if nanos else ""
