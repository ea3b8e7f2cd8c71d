"""What late rows would have changed, for people and for programs."""

from __future__ import annotations

from sladsl.analysis.restate import Restate
from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, Paint, cut
from sladsl.reports.json import FORMAT_VERSION, Document
from sladsl.reports.late import late_json, late_lines
from sladsl.reports.life import changed_lines
from sladsl.reports.life_json import changed_json
from sladsl.reports.times import clock, iso

__all__ = ["render_restate", "restate_json"]


def render_restate(found: Restate, *, width: int = 100, color: bool = False) -> str:
    """What differs, with a final line end."""
    judgement = found.done.judgement
    paint = Paint(color)
    title = f"{printable(judgement.agreement)}: what late rows would have changed"
    lines = [
        paint(cut(title, width), BOLD),
        cut(f"as of {clock(judgement.as_of, judgement.zone)} {printable(judgement.zone)}", width),
    ]
    if found.late is None:
        lines += ["", "rows count whenever they are recorded: none is late"]
        return "\n".join(lines) + "\n"
    lines += late_lines(found.late, width)
    if found.verdicts or found.statements:
        lines += ["", *changed_lines(found.verdicts, found.statements, width)]
    else:
        lines += ["", cut(f"nothing changes in {found.looked_at} verdicts", width)]
    return "\n".join(lines) + "\n"


def restate_json(found: Restate) -> Document:
    """The same for programs."""
    judgement = found.done.judgement
    return {
        "format_version": FORMAT_VERSION,
        "policy": {"agreement": judgement.agreement, "digest": judgement.policy_digest},
        "as_of": iso(judgement.as_of, judgement.zone),
        "late": None if found.late is None else late_json(found.late),
        "looked_at": found.looked_at,
        **changed_json(found.verdicts, found.statements, judgement.zone),
    }
