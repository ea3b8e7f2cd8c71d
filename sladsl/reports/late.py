"""What became of rows that were recorded late."""

from __future__ import annotations

from typing import Any

from sladsl.diagnostics import printable
from sladsl.plan.model import Lapse
from sladsl.reports.columns import cut, listed
from sladsl.reports.wording import lasting
from sladsl.verdicts.result import LateSeen

__all__ = ["lapse_text", "late_json", "late_lines"]


def lapse_text(lapse: Lapse) -> str:
    """`3 days`, `36 h`."""
    if lapse.unit == "ns":
        return lasting(lapse.count)
    return f"{lapse.count} {lapse.unit}{'' if lapse.count == 1 else 's'}"


def late_lines(late: LateSeen | None, width: int) -> list[str]:
    """How many rows were left out, and which streams can't tell."""
    if late is None:
        return []
    told = [f"{printable(name)} {count}" for name, count in late.streams if count is not None]
    silent = [printable(name) for name, count in late.streams if count is None]
    lines = [f"late rows count for {lapse_text(late.accepted)} after their period"]
    if told:
        lines[0] += f"; left out: {listed(told, width - 60)}"
    if silent:
        names = listed(silent, width - 50)
        lines.append(f"all rows count as on time (no `recorded`): {names}")
    return ["", *(cut(line, width) for line in lines)]


def late_json(late: LateSeen) -> dict[str, Any]:
    """The same for programs."""
    return {
        "accepted_for": lapse_text(late.accepted),
        "streams": [{"stream": name, "left_out": count} for name, count in late.streams],
    }
