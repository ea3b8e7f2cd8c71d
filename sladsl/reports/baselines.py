"""Figures of earlier times that others are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, YELLOW, Paint, cut
from sladsl.reports.figures import exact, shown
from sladsl.reports.times import clock, iso
from sladsl.verdicts.model import Figure
from sladsl.verdicts.result import BaselineSeen

__all__ = ["baseline_json", "baseline_lines"]


def baseline_lines(found: Sequence[BaselineSeen], zone: str, width: int, paint: Paint) -> list[str]:
    """What each baseline comes to, of which rows; whether a pinned one still does."""
    if not found:
        return []
    lines = ["", paint("BASELINES", BOLD)]
    for one in found:
        stretch = f"{clock(one.start, zone)} to {clock(one.end, zone)}"
        figure = one.pinned or one.figure
        said = "no data" if figure is None else shown(figure)
        pinned = ", pinned" if one.pinned is not None else ""
        lines.append(
            cut(f"  {printable(one.name)}: {said}{pinned}, {one.rows} rows of {stretch}", width)
        )
        lines.append(cut(f"    {one.digest}", width))
        if one.differs:
            now = "no data" if one.figure is None else shown(one.figure)
            text = f"    these rows aren't those that it was pinned for: they give {now}"
            lines.append(paint(cut(text, width), YELLOW))
    return lines


def baseline_json(one: BaselineSeen, zone: str) -> dict[str, Any]:
    """The same for programs."""
    pinned = None
    if one.pinned is not None:
        pinned = {
            "value": _figure(one.pinned),
            "digest": one.pinned_digest,
            "differs": one.differs,
        }
    return {
        "baseline": one.name,
        "start": iso(one.start, zone),
        "end": iso(one.end, zone),
        "value": None if one.figure is None else _figure(one.figure),
        "rows": one.rows,
        "digest": one.digest,
        "pinned": pinned,
        "at": one.at,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    unit = figure.unit if figure.kind == "money" and figure.unit else figure.kind
    return {"exact": exact(figure), "shown": shown(figure), "unit": unit}
