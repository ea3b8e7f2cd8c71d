"""The figures of shared/data/reference.json, for all months, priorities and sites, anew.

Plain Python and integers, by the conventions of shared/data/README.md; nothing of `sladsl`. The
figures lie under the paths they have in reference.json; None stands for what is not defined
(a share of nothing, a percentile of nothing).
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

Figures: TypeAlias = dict[tuple[str, ...], int | None]

PRIORITIES = ("P1", "P2", "P3", "P4")
ZONES = ("UTC", "America/Denver")


def rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def nearest_rank(values: Iterable[int], percent: int) -> int | None:
    """The smallest value that at least so many percent of the values do not exceed."""
    found = sorted(values)
    return found[(len(found) * percent + 99) // 100 - 1] if found else None


def share(good: int, of: int) -> tuple[int | None, int | None]:
    return (good, of) if of else (None, None)


def months(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    number = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(n // 12, n % 12 + 1) for n in number]


def label(month: tuple[int, int]) -> str:
    return f"{month[0]}-{month[1]:02}"


# ---- incidents: minutes as they stand, without a zone ----

INCIDENT_MONTHS = months((2016, 2), (2017, 2))
_PAUSED = {
    "Awaiting User Info",
    "Awaiting Vendor",
    "Awaiting Evidence",
    "Awaiting Problem",
}
_ELAPSED = {"P1": 4 * 60, "P2": 8 * 60, "P3": 24 * 60, "P4": 120 * 60}
_OFFICE = {"P1": 4 * 60, "P2": 8 * 60, "P3": 16 * 60, "P4": 40 * 60}


class Incident:
    """One incident: what its last event says, and the minutes of its clocks."""

    def __init__(self, events: list[tuple[int, int, int, list[str]]], at: dict[str, int]) -> None:
        events.sort()
        last = events[-1][3]
        self.opened = minute(last[at["opened_at"]])
        resolved = last[at["resolved_at"]]
        self.resolved = None if resolved == "?" else minute(resolved)
        self.month = label(month_of(last[at["opened_at"]]))
        self.priority = "P" + last[at["priority"]]
        self.flagged = last[at["made_sla"]] == "true"
        self.reopened = int(last[at["reopen_count"]]) > 0
        if self.resolved is not None:
            self.elapsed = self.resolved - self.opened
            self.net = self.elapsed - sum(
                max(0, min(then[0], self.resolved) - max(now[0], self.opened))
                for now, then in pairwise(events)
                if now[3][at["ident_state"]] in _PAUSED
            )
            self.office = office(self.resolved) - office(self.opened)


_minutes: dict[str, int] = {}


def month_of(text: str) -> tuple[int, int]:
    _, month, year = text.split(" ", maxsplit=1)[0].split("/")
    return int(year), int(month)


def minute(text: str) -> int:
    """`d/m/Y H:M` in minutes since the first day there is, a Monday."""
    if text not in _minutes:
        day, clock = text.split(" ")
        d, m, y = map(int, day.split("/"))
        hour, past = map(int, clock.split(":"))
        _minutes[text] = (date(y, m, d).toordinal() - 1) * 1440 + hour * 60 + past
    return _minutes[text]


def office(at: int) -> int:
    """Office minutes (Monday to Friday, 9 to 17) from the first Monday until then."""
    days, past = divmod(at, 1440)
    weeks, weekday = divmod(days, 7)
    today = min(max(past - 9 * 60, 0), 8 * 60) if weekday < 5 else 0
    return (weeks * 5 + min(weekday, 5)) * 8 * 60 + today


def read_incidents(path: Path) -> tuple[int, list[Incident]]:
    """The number of events, and the incidents."""
    events = rows(path)
    header = next(events)
    at = {name: header.index(name) for name in header}
    by_number: dict[str, list[tuple[int, int, int, list[str]]]] = {}
    number = 0
    for row in events:
        time, changes = minute(row[at["sys_updated_at"]]), int(row[at["sys_mod_count"]])
        by_number.setdefault(row[at["number"]], []).append((time, changes, number, row))
        number += 1
    return number, [Incident(events, at) for events in by_number.values()]


def incidents(events: int, found: list[Incident]) -> Figures:
    figures: Figures = {
        ("incidents", "events"): events,
        ("incidents", "incidents"): len(found),
        ("incidents", "unresolved_timestamp"): sum(one.resolved is None for one in found),
    }
    for month in (*map(label, INCIDENT_MONTHS), "ALL"):
        for priority in PRIORITIES:
            some = [i for i in found if i.priority == priority and month in (i.month, "ALL")]
            for path, figure in _cell(priority, some).items():
                figures["incidents", f"{month}/{priority}", *path] = figure
    return figures


def _cell(priority: str, found: list[Incident]) -> Figures:
    done = [one for one in found if one.resolved is not None]
    figures: Figures = {
        ("opened",): len(found),
        ("resolved",): len(done),
        ("sum_elapsed_min",): sum(one.elapsed for one in done),
        ("sum_paused_net_min",): sum(one.net for one in done),
        ("sum_business_min",): sum(one.office for one in done),
        ("p95_elapsed_nearest_rank_min",): nearest_rank((one.elapsed for one in done), 95),
        ("median_low_min",): nearest_rank((one.elapsed for one in done), 50),
        ("reopened",): sum(one.reopened for one in found),
    }
    shares = {
        "recorded_made_sla_flag": share(sum(one.flagged for one in found), len(found)),
        "within_elapsed": share(sum(i.elapsed <= _ELAPSED[priority] for i in done), len(done)),
        "within_elapsed_less_pauses": share(
            sum(i.net <= _ELAPSED[priority] for i in done), len(done)
        ),
        "within_business_hours": share(sum(i.office <= _OFFICE[priority] for i in done), len(done)),
    }
    for name, (met, of) in shares.items():
        figures[name, "met"], figures[name, "of"] = met, of
    return figures


# ---- probes: seconds since the epoch ----

PROBE_MONTHS = months((2026, 5), (2026, 8))
_RENAMED = {
    "⛰️🚪 Alpine Login Node SSH (TCP Reachability)": "Alpine Login Node SSH (TCP Reachability)",
    "📈 CURC XDMoD Alpine Utilization Threshold": "CURC XDMoD Alpine Utilization Threshold",
}
Probe: TypeAlias = tuple[int, bool, int]
"""When, whether up, and the latency in ms."""


def read_probes(path: Path) -> dict[str, list[Probe]]:
    """The probes of each site, in order of time."""
    probes = rows(path)
    header = next(probes)
    at, site, status, latency = map(header.index, ("at", "site", "status", "response_ms"))
    found: dict[str, list[Probe]] = {}
    for row in probes:
        second = int(datetime.fromisoformat(row[at]).timestamp())
        name = _RENAMED.get(row[site], row[site])
        probe = second, row[status] in ("up", "degraded"), int(row[latency])
        found.setdefault(name, []).append(probe)
    return {name: sorted(found[name]) for name in sorted(found)}


def edges(zone: str) -> list[int]:
    """Where the months of the agreement begin in a zone, and where the last of them ends."""
    begun = [*PROBE_MONTHS, (2026, 9)]
    return [int(datetime(y, m, 1, tzinfo=ZoneInfo(zone)).timestamp()) for y, m in begun]


def islands(probes: list[Probe]) -> list[tuple[int, int, bool]]:
    """Maximal runs of down: onset, end, and whether the run is still open."""
    found: list[tuple[int, int, bool]] = []
    onset = None
    for at, up, _ in probes:
        if onset is None and not up:
            onset = at
        elif onset is not None and up:
            found.append((onset, at, False))
            onset = None
    if onset is not None:
        found.append((onset, probes[-1][0], True))
    return found


def observed(probes: list[Probe], at_most: int | None, start: int, end: int) -> tuple[int, int]:
    """Seconds up and seconds observed within a period, where a probe holds for so long."""
    ups = seen = 0
    for (at, up, _), (then, _, _) in pairwise(probes):
        until = then if at_most is None else min(then, at + at_most)
        held = max(0, min(until, end) - max(at, start))
        seen += held
        ups += held if up else 0
    return ups, seen


def sites_by_month(by_site: dict[str, list[Probe]], zone: str) -> Iterator[tuple[str, str]]:
    """The sites, each from the month of its first probe."""
    for site, probes in by_site.items():
        first = bisect_right(edges(zone), probes[0][0]) - 1
        for month in PROBE_MONTHS[first:]:
            yield site, label(month)


def probes(by_site: dict[str, list[Probe]]) -> Figures:
    figures: Figures = {}
    for site, found in by_site.items():
        runs = [(end - start, still) for start, end, still in islands(found)]
        lengths = [length for length, _ in runs]
        long = [length for length in lengths if length >= 600]
        figures["probes", site, "probes"] = len(found)
        about: dict[str, int | None] = {
            "count": len(runs),
            "open": sum(still for _, still in runs),
            "total_s": sum(lengths),
            "max_s": max(lengths, default=None),
            "count_ge_600s": len(long),
            "total_ge_600s": sum(long),
            "count_lt_3600s": sum(length < 3600 for length in lengths),
        }
        if len(found) == 1:  # never observed: nothing can be said of its outages
            about = {name: 0 if name == "open" else None for name in about}
        for name, figure in about.items():
            figures["probes", site, "islands", name] = figure
    for zone in ZONES:
        cuts = edges(zone)
        spans = {label(m): cuts[i : i + 2] for i, m in enumerate(PROBE_MONTHS)}
        for site, month in sites_by_month(by_site, zone):
            start, end = spans[month]
            for hold, at_most in (("HOLD", None), ("GAP2H", 7200)):
                ups, seen = observed(by_site[site], at_most, start, end)
                at = ("probes", site, f"uptime/{zone}/{hold}", month)
                figures[(*at, "up_s")], figures[(*at, "observed_s")] = share(ups, seen)
            if zone == "UTC":
                inside = [ms for at, up, ms in by_site[site] if up and start <= at < end]
                for name, figure in _latencies(inside).items():
                    figures["probes", site, "latency_ms_up_utc", month, name] = figure
    return figures


def _latencies(found: list[int]) -> dict[str, int | None]:
    return {
        "n": len(found),
        "sum": sum(found),
        "p50_nr": nearest_rank(found, 50),
        "p95_nr": nearest_rank(found, 95),
        "p99_nr": nearest_rank(found, 99),
        "le_1000": sum(ms <= 1000 for ms in found) if found else None,
    }


# ---- calls ----

CALL_MONTHS = months((2021, 1), (2021, 12))
Call: TypeAlias = tuple[int, str, int]
"""When it began (seconds since the epoch), its month, and how long it waited in seconds."""


def read_calls(path: Path) -> list[Call]:
    calls = rows(path)
    header = next(calls)
    day, clock, wait = map(header.index, ("date", "call_started", "wait_length"))
    found = []
    for row in calls:
        time, half = row[clock].split(" ")
        hour, minute, second = map(int, time.split(":"))
        hour = hour % 12 + (12 if half == "PM" else 0)
        y, m, d = map(int, row[day].split("-"))
        begun = datetime(y, m, d, hour, minute, second, tzinfo=UTC)
        found.append((int(begun.timestamp()), label((y, m)), int(row[wait])))
    return found


def calls(found: list[Call]) -> Figures:
    figures: Figures = {}
    for month in map(label, CALL_MONTHS):
        waits = [wait for _, at, wait in found if at == month]
        halves: dict[int, list[int]] = {}
        for begun, at, wait in found:
            if at == month:
                halves.setdefault(begun // 1800, []).append(wait)
        good = [
            half for half in halves.values() if 100 * sum(w <= 20 for w in half) >= 80 * len(half)
        ]
        about: dict[str, int | None] = {
            "calls": len(waits),
            "sum_wait": sum(waits),
            "le60": sum(wait <= 60 for wait in waits),
            "le20": sum(wait <= 20 for wait in waits),
            "p95_wait_nr": nearest_rank(waits, 95),
            "max_wait": max(waits, default=None),
            "half_hours": len(halves),
            "half_hours_ge80_le20": len(good),
        }
        for name, figure in about.items():
            figures["calls", month, name] = figure
    return figures


# ---- money, in cents ----


def payable(lines: list[Fraction], cap: Fraction | None) -> tuple[int, list[int]]:
    """What is due of some lines (in cents), and each line's share of it.

    A cap is shared in proportion; the total is rounded half even to the cent, and shared to
    the lines by largest remainder, ties to the earlier line.
    """
    total = sum(lines, Fraction(0))
    if cap is not None and total > cap:
        lines = [line * cap / total for line in lines]
        total = cap
    due = round(total)  # half even
    parts = [line.numerator // line.denominator for line in lines]
    by_remainder = sorted(range(len(lines)), key=lambda i: (parts[i] - lines[i], i))
    for i in by_remainder[: due - sum(parts)]:
        parts[i] += 1
    return due, parts
