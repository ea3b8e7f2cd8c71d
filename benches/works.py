"""The works that are compared: what is read, by which policy, and what each peer must find.

Pure Python, so that the process that starts the peers stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
ZONE = ZoneInfo("Europe/Amsterdam")
AS_OF = "2026-02-01"

LABELS = tuple(f"2025-{month:02}" for month in range(1, 13))
#: the first instant of each month of 2025 and of January 2026, ms since 1970
BOUNDS = tuple(
    int(datetime(2025 + month // 12, month % 12 + 1, 1, tzinfo=ZONE).timestamp()) * 1000
    for month in range(13)
)
#: the same as a CSV file writes them: in this form texts sort as their times do
TEXTS = tuple(
    datetime.fromtimestamp(bound // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for bound in BOUNDS
)
HOUR = 3_600_000  # ms; every month begins on a whole hour of UTC
FAST = 300  # ms, W1
HOLD = 45_000  # ms that a probe holds, W2
LASTING = 300_000  # ms that an outage lasts at least, W2
WITHIN = 4 * HOUR  # business time, W3
CLOSED = (
    "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-29",
    "2025-06-09", "2025-12-24", "2025-12-25", "2025-12-26", "2025-12-31",
)  # fmt: skip

#: verdict, tier and figures by obligation, month and group
Facts = dict[str, list[Any]]


@dataclass(frozen=True)
class Case:
    """A work in one variant. `source` is where the rivals take the rows from."""

    name: str
    title: str
    work: str  # w1, w1_counts, w2, w3
    set: str
    source: str = "parquet"  # parquet, csv, memory
    engine_set: str = ""  # where the engine reads other files than the rivals

    @property
    def policy(self) -> Path:
        """The agreement that says what the rivals' queries say."""
        names = {"w1": "w1_requests", "w2": "w2_probes", "w3": "w3_tickets"}
        return HERE / f"{names.get(self.work, self.work)}.sla"

    @property
    def stream(self) -> str:
        """The stream of the policy."""
        return {"w2": "probes", "w3": "tickets"}.get(self.work, "requests")


CASES = (
    Case("w1", "W1 Parquet, in order", "w1", "requests"),
    Case("w1_counts", "W1 Parquet, in order, counting", "w1_counts", "requests"),
    Case("w1_shuffled", "W1 Parquet, shuffled", "w1", "requests_shuffled"),
    Case("w1_shuffled_counts", "W1 Parquet, shuffled, counting", "w1_counts", "requests_shuffled"),
    Case("w1_memory", "W1 from memory", "w1", "requests", "memory", "requests_arrow"),
    Case(
        "w1_memory_counts", "W1 from memory, counting", "w1_counts", "requests", "memory",
        "requests_arrow",
    ),
    Case("w1_csv", "W1 CSV", "w1", "requests_csv", "csv"),
    Case("w1_csv_counts", "W1 CSV, counting", "w1_counts", "requests_csv", "csv"),
    # the rivals compare times as texts: nothing then says that they are times
    Case("w1_text", "W1 CSV, rivals without times", "w1", "requests_csv", "csv"),
    Case(
        "w1_text_counts", "W1 CSV, rivals without times, counting", "w1_counts", "requests_csv",
        "csv",
    ),
    Case("w2", "W2 Parquet, by target", "w2", "probes"),
    Case("w2_interleaved", "W2 Parquet, interleaved", "w2", "probes_interleaved"),
    Case("w3", "W3 Parquet", "w3", "tickets"),
)  # fmt: skip


# ---- what was found, in one form ----


def from_report(report: dict[str, Any]) -> Facts:
    """The facts in the JSON that `sladsl eval` gives."""
    found: Facts = {}
    for verdict in report["verdicts"]:
        group = "".join(verdict["group"].values())
        key = f"{verdict['obligation']} {verdict['period']['label']} {group}"
        credit = verdict["credit"]
        tier = None if credit is None else credit["tier"].partition(":")[0]
        evidence, value = verdict["evidence"], verdict["value"]
        exact = None if value is None else value["exact"]
        if evidence["measured"] is not None:
            figures = [_ms(evidence["measured"]), _ms(evidence["failing"])]
        elif exact is not None and exact.endswith("s"):
            figures = [_ms(exact), evidence["rows"]]
        else:
            figures = [None if exact is None else str(Fraction(exact)), evidence["rows"]]
        found[key] = [verdict["verdict"], tier, *figures]
    return found


def _ms(text: str) -> int:
    return int(Fraction(text.removesuffix("s")) * 1000)


def from_counts(work: str, counts: Iterable[Sequence[Any]]) -> Facts:
    """The facts that follow from what a rival counted.

    Rows are (month, region, rows, ok, fast, p99 in ms) for W1, without p99 where only counts
    are asked for; (month, target, measured ms, failing ms) for W2; (month, priority, rows,
    in time) for W3. Months count from 0.
    """
    found: Facts = {}
    for month, group, *numbers in counts:
        at = f"{LABELS[int(month)]} {group}"
        ints = [int(number) for number in numbers]
        if work in ("w1", "w1_counts"):
            rows, ok, fast = ints[:3]
            found[f"available {at}"] = _share(ok, rows, 999, 995)
            found[f"responsive {at}"] = _share(fast, rows, 990)
            if work == "w1":
                tail = "met" if ints[3] <= FAST else "breached"
                found[f"tail_end {at}"] = [tail, None, ints[3], rows]
        elif work == "w2":
            measured, failing = ints
            up = _share(measured - failing, measured, 999, 995)
            found[f"reachable {at}"] = [*up[:2], measured, failing]
        else:
            found[f"answered {at}"] = _share(ints[1], ints[0], 620)
    return found


def _share(good: int, of: int, target: int, low: int = 0) -> list[Any]:
    """Verdict, tier, figure and rows of a share; targets in thousandths."""
    if not of:
        return ["no data", None, None, 0]
    if good * 1000 >= target * of:
        return ["met", None, str(Fraction(good, of)), of]
    tier = None
    if low:
        tier = f"below {low / 10}%" if good * 1000 < low * of else f"below {target / 10}%"
    return ["breached", tier, str(Fraction(good, of)), of]


def differences(found: Facts, expected: Facts) -> list[str]:
    """What isn't the same, in words; nothing where all is."""
    wrong = [f"{key}: missing" for key in expected if key not in found]
    wrong += [f"{key}: not expected" for key in found if key not in expected]
    wrong += [
        f"{key}: {found[key]} is not {value}"
        for key, value in expected.items()
        if key in found and found[key] != value
    ]
    return wrong


# ---- tables that the rivals get ready made ----


def office_hours() -> tuple[list[int], list[bool]]:
    """For each hour of UTC from the first bound: business ms before it, and whether it is open.

    All changes of the calendar and of the clock fall on whole hours. Reaches to February 2026.
    """
    before, opened = [], []
    spent = 0
    for hour in range((BOUNDS[-1] - BOUNDS[0]) // HOUR + 31 * 24):
        local = datetime.fromtimestamp(BOUNDS[0] // 1000 + hour * 3600, ZONE)
        day = local.date().isoformat()
        is_open = local.weekday() < 5 and 9 <= local.hour < 17 and day not in CLOSED
        before.append(spent)
        opened.append(is_open)
        spent += HOUR * is_open
    return before, opened


def month_of_hours() -> list[int]:
    """The month of each hour of UTC of the year, from 0."""
    return [
        month
        for month in range(12)
        for _ in range((BOUNDS[month + 1] - BOUNDS[month]) // HOUR)
    ]  # fmt: skip
