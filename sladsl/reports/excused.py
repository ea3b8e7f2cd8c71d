"""The block of a text report on what was excused: the figure without and with the excuse."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, Paint, cut, table
from sladsl.reports.tally import Promise
from sladsl.reports.wording import Names, group_of, label_of, more, value
from sladsl.verdicts.model import Verdict, Word

__all__ = ["excused", "taken_off"]

_GAP = "  "
_MOST = 6


def excused(found: Sequence[Promise], named: Names, width: int, paint: Paint) -> list[str]:
    """The verdicts that were excused, and by what."""
    verdicts = [verdict for promise in found for verdict in promise.of(Word.EXCUSED)]
    if not verdicts:
        return []
    rows = [("EXCUSED", "", "", "as it was", "with the excuse")]
    for one in verdicts[:_MOST]:
        rows.append((f"  {named(one)}", group_of(one), label_of(one), value(one), taken_off(one)))
    head, *lines = (cut(_GAP.join(filter(None, cells)).rstrip(), width) for cells in table(rows))
    over = len(verdicts) - _MOST
    left = [f"  {more(over, 'verdict')}"] if over > 0 else []
    return ["", paint(head, BOLD), *lines, *left]


def taken_off(verdict: Verdict) -> str:
    """What a breach comes to without that of the other party: `95%, but for give_information`."""
    excuse = verdict.evidence.excuse
    if excuse is None:
        return ""
    names = ", ".join(map(printable, excuse.obligations))
    figure = str(excuse.word) if excuse.value is None else value(verdict, excuse.value)
    return f"{figure}, but for {names}"
