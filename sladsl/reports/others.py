"""The blocks of a text report on what was not breached, and on the rows that were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sladsl.diagnostics import columns, printable
from sladsl.reports.columns import BOLD, YELLOW, Paint, cut, pad, table
from sladsl.reports.tally import Promise
from sladsl.reports.wording import Names, group_of, label_of, more, promised, rest_of, value
from sladsl.verdicts.model import Verdict, Word
from sladsl.verdicts.result import InputSeen

__all__ = ["inputs", "no_data", "others", "pending"]

_GAP = "  "
_MOST = {"others": 12, "pending": 6, "no data": 4, "inputs": 6, "rejects": 3}


def others(found: Sequence[Promise], named: Names, width: int, paint: Paint) -> list[str]:
    """One line for each requirement without a breach: how many met, from the worst to the best."""
    kept = [promise for promise in found if not promise.rows]
    if not kept:
        return []
    shown = kept[: _MOST["others"]]
    rest = [rest_of(promise) for promise in shown]
    room = width - max(map(columns, rest)) - len(_GAP)
    labels = [f"  {named(promise.first)}: {promised(promise)}" for promise in shown]
    if max(map(columns, labels)) > room:
        labels = [f"  {named(promise.first)}: {promised(promise, brief=True)}" for promise in shown]
    label = max(min(room, max(map(columns, labels))), width // 2)
    label = min(label, max(map(columns, labels)))
    lines = []
    for left, right in zip(labels, rest, strict=True):
        # A line that is too long in columns stands by itself.
        column = min(label, max(columns(left), width - len(_GAP) - columns(right)))
        lines.append(cut(pad(left, column) + _GAP + right, width))
    over = len(kept) - len(shown)
    return ["", paint("NOT BREACHED", BOLD), *lines, *_left(over, "requirement")]


def pending(found: Sequence[Promise], named: Names, width: int, paint: Paint) -> list[str]:
    """The verdicts that are open, with what they can still come to."""
    verdicts = [verdict for promise in found for verdict in promise.of(Word.PENDING)]
    if not verdicts:
        return []
    rows = [("PENDING", "", "", "so far", "can still end between")]
    for verdict in verdicts[: _MOST["pending"]]:
        rows.append(
            (
                f"  {named(verdict)}",
                group_of(verdict),
                label_of(verdict),
                value(verdict) if verdict.value else "-",
                _reach(verdict),
            )
        )
    aligned = [list(row) for row in rows]
    widest = max(columns(row[1]) for row in rows)
    taken = sum(max(map(columns, cells)) + len(_GAP) for cells in zip(*rows, strict=True))
    for row in aligned:
        row[1] = cut(row[1], max(widest - max(taken - len(_GAP) - width, 0), 12))
    head, *lines = (cut(_joined(cells), width) for cells in table(aligned))
    over = len(verdicts) - _MOST["pending"]
    return ["", paint(head, YELLOW), *lines, *_left(over, "verdict")]


def _joined(cells: Sequence[str]) -> str:
    """The cells of a row; a column that is empty in all of them takes no room."""
    return _GAP.join(cell for cell in cells if cell).rstrip()


def _reach(verdict: Verdict) -> str:
    said = []
    if verdict.worst is not None and verdict.best is not None:
        said.append(f"{value(verdict, verdict.worst)} and {value(verdict, verdict.best)}")
    elif verdict.best is not None:
        said.append(f"{value(verdict, verdict.best)} at best")
    elif verdict.worst is not None:
        said.append(f"{value(verdict, verdict.worst)} at worst")
    if verdict.reason:
        said.append(printable(verdict.reason))
    return "; ".join(said) or "-"


def no_data(found: Sequence[Promise], named: Names, width: int, paint: Paint) -> list[str]:
    """Why there is nothing to judge by, for each requirement."""
    said = [
        f"  {named(promise.first)}: {printable(reason) or 'no reason is known'} ({times} times)"
        for promise in found
        for reason, times in Counter(v.reason for v in promise.of(Word.NO_DATA)).items()
    ]
    if not said:
        return []
    over = len(said) - _MOST["no data"]
    lines = [cut(line.replace("(1 times)", "(once)"), width) for line in said[: _MOST["no data"]]]
    return ["", paint("NO DATA", YELLOW), *lines, *_left(over, "reason")]


def inputs(seen: Sequence[InputSeen], width: int, paint: Paint) -> list[str]:
    """The rows of each stream, accounted for."""
    if not seen:
        return []
    rows = [["ROWS", "read", "used", "outside", "rejected", ""]]
    for one in seen[: _MOST["inputs"]]:
        again = f"{one.duplicates} of the used repeat another" if one.duplicates else ""
        numbers = (one.rows, one.used, one.outside, one.rejected)
        rows.append([cut(f"  {printable(one.stream)}", width // 3), *map(str, numbers), again])
    head, *lines = (
        cut(_GAP.join(cells).rstrip(), width) for cells in table(rows, frozenset({1, 2, 3, 4}))
    )
    lines += _left(len(seen) - _MOST["inputs"], "stream")
    rejects = [
        f"  rejected from {printable(one.stream)}: {count} x {printable(reason)}"
        + (f", first at {printable(first)}" if first else "")
        for one in seen
        for reason, count, first in one.rejects
    ]
    lines += [cut(line, width) for line in rejects[: _MOST["rejects"]]]
    lines += _left(len(rejects) - _MOST["rejects"], "reason")
    return ["", paint(head, BOLD), *lines]


def _left(over: int, noun: str) -> list[str]:
    return [f"  {more(over, noun)}"] if over > 0 else []
