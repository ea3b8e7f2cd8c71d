"""Labels of periods and windows, made for whole columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

from sladsl.calendar.names import AFTER_ALL, LATEST, MINUTE, SECOND
from sladsl.calendar.zones import Times, Zone, offset_text


def hour_labels(nominal: Times, starts: Times, zone: Zone) -> tuple[str, ...]:
    """`2026-03-09T14`; of an hour that occurs twice, `2026-10-25T02+02:00` and `...+01:00`."""
    return _distinct(_clock(nominal, "h"), starts, zone)


def window_labels(nominal: Times, starts: Times, zone: Zone, length: int) -> tuple[str, ...]:
    """`2026-03-09T14:05`, with seconds, or nine digits of them, where the length has some."""
    if length % MINUTE == 0:
        return _distinct(_clock(nominal, "m"), starts, zone)
    texts = _clock(nominal, "ns" if length % SECOND else "s")
    return _distinct(texts, starts, zone)


def date_labels(kind: str, days: Times, week_starts: int, year_month: int) -> tuple[str, ...]:
    """Labels of n periods from the days (since 1970) on which they start by rule.

    `2026-03-09`; `2026-W11`, or `2026-03-08/7d` where weeks don't start on a Monday; `2026-03`
    for the month in which it starts; `2026-Q1` and `2026` for the year in which the fiscal year
    starts.
    """
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    years, month = np.divmod(months - (year_month - 1), 12)
    match kind:
        case "day":
            return tuple(np.datetime_as_string(dates).tolist())
        case "week" if week_starts:
            return tuple(f"{day}/7d" for day in np.datetime_as_string(dates).tolist())
        case "week":
            thursdays = dates + 3
            calendar_years = thursdays.astype("datetime64[Y]")
            weeks = (thursdays - calendar_years.astype("datetime64[D]")).astype(np.int64) // 7 + 1
            pairs = zip(calendar_years.astype(np.int64).tolist(), weeks.tolist(), strict=True)
            return tuple(f"{year + 1970}-W{week:02d}" for year, week in pairs)
        case "month":
            return tuple(np.datetime_as_string(dates, unit="M").tolist())
        case "quarter":
            pairs = zip(years.tolist(), (month // 3 + 1).tolist(), strict=True)
            return tuple(f"{year + 1970}-Q{quarter}" for year, quarter in pairs)
        case "year":
            return tuple(str(year + 1970) for year in years.tolist())
    raise ValueError(f"no label for the kind `{kind}`")


def rolling_labels(days: Times, count: int, unit: str) -> tuple[str, ...]:
    """`2026-03-09/30d`: the last days (since 1970) of periods of one length, and that length."""
    length = f"{count}{_SHORT[unit]}"
    dates: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return tuple(f"{day}/{length}" for day in dates)


def trailing_labels(ends: Times, zone: Zone, count: int, unit: str) -> tuple[str, ...]:
    """`2026-03-09T14:00/365d`: the instants at which periods of one length end, and that length.

    With seconds, or nine digits of them, where one of them has some.
    """
    local = zone.to_local(ends)
    if bool((local % SECOND).any()):
        clock = _clock(local, "ns")
    else:
        clock = _clock(local, "s" if bool((local % MINUTE).any()) else "m")
    texts = _distinct(clock, ends, zone)
    return tuple(f"{text}/{count}{_SHORT[unit]}" for text in texts)


_SHORT = {"days": "d", "weeks": "w", "months": "mo", "quarters": "q", "years": "y"}


def instant_labels(
    due: Times, zone: Zone, about: Sequence[tuple[tuple[str, str], ...]], since: Times
) -> tuple[str, ...]:
    """`2026-03-09T09:00` for each of n instants, with seconds where there are some.

    Where several would be the same: with the offset, if that tells them apart; with what they
    are about; with what they run from; or else numbered.
    """
    texts = _instants(due, zone)
    if len(set(texts)) == len(texts):
        return tuple(texts)
    offsets = [offset_text(offset) for offset in zone.offset(due).tolist()]
    by_text: dict[str, set[str]] = {}
    for text, offset in zip(texts, offsets, strict=True):
        by_text.setdefault(text, set()).add(offset)
    texts = [
        text + offset if len(by_text[text]) > 1 else text
        for text, offset in zip(texts, offsets, strict=True)
    ]
    keys = [" ".join(value for _, value in one) for one in about]
    texts = _further(texts, [f" {key}" if key else "" for key in keys])
    texts = _further(texts, [f" since {text}" for text in _instants(since, zone)])
    counts: Counter[str] = Counter()
    often = Counter(texts)
    for number, text in enumerate(texts):
        counts[text] += 1
        if often[text] > 1:
            texts[number] = f"{text} ({counts[text]})"
    return tuple(texts)


def _further(texts: list[str], more: Sequence[str]) -> list[str]:
    """The texts, those that occur twice with more."""
    often = Counter(texts)
    return [
        text + part if often[text] > 1 else text for text, part in zip(texts, more, strict=True)
    ]


def _instants(utc: Times, zone: Zone) -> list[str]:
    """Local times to the minute, with seconds or parts of them where there are some."""
    local = zone.to_local(utc)
    texts = _clock(local, "m")
    exact = local % SECOND != 0
    for unit, places in (("s", (local % MINUTE != 0) & ~exact), ("ns", exact)):
        some = np.flatnonzero(places)
        found = _clock(local[some], "ns" if unit == "ns" else "s") if len(some) else []
        for place, text in zip(some.tolist(), found, strict=True):
            texts[place] = text.rstrip("0") if unit == "ns" else text
    for place in np.flatnonzero(utc >= LATEST).tolist():
        texts[place] = AFTER_ALL
    return texts


def _clock(local: Times, unit: Literal["h", "m", "s", "ns"]) -> list[str]:
    texts: list[str] = np.datetime_as_string(local.astype("datetime64[ns]"), unit=unit).tolist()
    return texts


def _distinct(texts: list[str], starts: Times, zone: Zone) -> tuple[str, ...]:
    """The same texts, those that occur twice with their offset."""
    if len(set(texts)) == len(texts):
        return tuple(texts)
    often = Counter(texts)
    offsets = zone.offset(starts).tolist()
    return tuple(
        text + offset_text(offset) if often[text] > 1 else text
        for text, offset in zip(texts, offsets, strict=True)
    )
