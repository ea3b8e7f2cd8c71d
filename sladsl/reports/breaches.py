"""The block of a text report on what was breached: where, when, how badly, at what cost."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.diagnostics import columns, printable
from sladsl.reports.columns import BOLD, DIM, RED, Paint, cut, pad, table
from sladsl.reports.excused import taken_off
from sladsl.reports.figures import amount
from sladsl.reports.tally import Promise, Row
from sladsl.reports.times import clock
from sladsl.reports.wording import (
    Names,
    group_of,
    joined,
    label_of,
    lasting,
    more,
    promised,
    rest_of,
    target_of,
    value,
)
from sladsl.verdicts.model import Word

__all__ = ["Breaches", "costliest"]

_GAP = "  "
_ENDLESS = 10**9
_NARROW = 36  # less for groups and periods together: periods are left out


def costliest(found: Sequence[Promise]) -> list[Promise]:
    """The breached ones: what costs most first, else in order of declaration."""
    broken = [promise for promise in found if promise.rows]
    return sorted(broken, key=lambda promise: promise.cost, reverse=True)


class Breaches:
    """A head for each requirement, a row for each group, and a line on what is left."""

    def __init__(self, named: Names, zone: str, width: int, paint: Paint) -> None:
        self.named, self.zone = named, zone
        self.width, self.paint = width, paint

    def lines(self, found: Sequence[Promise], room: int) -> list[str]:
        """The block, in about so many lines."""
        broken = costliest(found)
        if not broken:
            return []
        room -= 2  # a blank line and the heading
        kept = broken if 3 * len(broken) <= room else broken[: max((room - 1) // 3, 1)]
        left = broken[len(kept) :]
        shares = _shares([len(promise.rows) for promise in kept], room - 2 * len(kept) - bool(left))
        picked = list(zip(kept, shares, strict=True))
        rows = [(promise, row) for promise, share in picked for row in promise.rows[:share]]
        notes = [self._note(row) for _, row in rows]
        whole = not left and all(share == len(promise.rows) for promise, share in picked)
        detailed = whole and 2 * len(kept) + len(rows) + sum(map(bool, notes)) <= room
        head, *aligned = self._align(rows)
        lines, at = ["", self.paint(head, RED)], 0
        for promise, share in picked:
            lines.append(self._title(promise))
            for number in range(at, at + share):
                lines.append(aligned[number])
                if detailed and notes[number]:
                    lines.append(self.paint(cut(f"      {notes[number]}", self.width), DIM))
            at += share
            lines.extend(self._rest(promise, share))
        if left:
            times = sum(len(promise.of(Word.BREACHED)) for promise in left)
            line = f"  {more(len(left), 'requirement')}, {times} breached"
            lines.append(cut(line, self.width))
        return lines

    def _title(self, promise: Promise) -> str:
        """`uptime: availability >= 99.9% per month for each site (The site answers)`."""
        label = cut(f"  {self.named(promise.first)}", self.width - 4)
        text = cut(f": {promised(promise)}", self.width - columns(label))
        title = printable(promise.first.title)
        room = self.width - columns(label + text) - len(" ()")
        aside = f" ({cut(title, room)})" if title and room >= min(columns(title), 16) else ""
        return self.paint(label, BOLD) + text + self.paint(aside, DIM)

    def _rest(self, promise: Promise, share: int) -> list[str]:
        """How much more was breached, and what became of the others."""
        said = []
        if over := promise.rows[share:]:
            times = sum(len(row.breached) for row in over)
            said.append(f"... and {len(over)} more with {times} breached")
        if rest := rest_of(promise):
            said.append(rest)
        return [cut(f"    {'; '.join(said)}", self.width)] if said else []

    def _align(self, rows: Sequence[tuple[Promise, Row]]) -> list[str]:
        """The heading and all rows in columns; groups and periods share what the others leave."""
        fixed = [("breached", "worst", "due" if any(r.due for _, r in rows) else "")]
        fixed += [self._cells(promise, row) for promise, row in rows]
        aligned = table(fixed, frozenset({0, 2}))
        taken = sum(columns(cell) + len(_GAP) for cell in aligned[0] if cell)
        room = self.width - taken - len(_GAP)
        groups = [f"    {group_of(row.worst) or 'all'}" for _, row in rows]
        wide = max(len("BREACHED"), *map(columns, groups))
        when = max(len("when"), *(columns(joined(row.runs, _ENDLESS)) for _, row in rows))
        if room < _NARROW:
            group, when = min(wide, max(room + len(_GAP), len("BREACHED"))), 0
        else:
            group = min(wide, room - min(when, max(room // 3, 18)))
            when = min(when, room - group)
        left = ["BREACHED", *groups]
        middle = ["when", *(joined(row.runs, when) for _, row in rows)]
        lines = []
        for first, periods, (part, worst, due) in zip(left, middle, aligned, strict=True):
            cells = [pad(first, group), part, *([pad(periods, when)] if when else []), worst, due]
            lines.append(cut(_GAP.join(cells).rstrip(), self.width))
        return lines

    def _cells(self, promise: Promise, row: Row) -> tuple[str, str, str]:
        """How many of how many, the worst figure, what is due."""
        worst = value(row.worst)
        if len(promise.targets) > 1:
            worst += f" ({row.worst.operator} {target_of(row.worst)})"
        if len(row.breached) > 1:
            worst += f" in {label_of(row.worst)}"
        due = " + ".join(amount(w.amount, w.currency, w.minor) for w in row.due)
        return f"{len(row.breached)} of {row.decided}", worst, due

    def _note(self, row: Row) -> str:
        """What the worst figure of a row rests on."""
        evidence, figure = row.worst.evidence, row.worst.value
        said = []
        counted = [
            outage
            for outage in evidence.outages
            if outage.counted or (outage.since is not None and not outage.excluded)
        ]
        if counted:
            longest = max(counted, key=lambda outage: outage.counted)
            times = len(counted)
            much = "1 outage" if times == 1 else f"{times} outages, the longest"
            start, end = clock(longest.start, self.zone), clock(longest.end, self.zone)
            end = end[11:] if start[:10] == end[:10] else end
            until = "still open" if longest.open else f"to {end}"
            missing = " (no data)" if longest.no_data else ""
            said.append(f"{much} from {start} {until}{missing}")
        if evidence.failing is not None and evidence.measured is not None:
            failing, measured = lasting(evidence.failing), lasting(evidence.measured)
            said.append(f"{failing} failing of {measured} measured")
        elif figure is not None and figure.counted and not figure.time:
            said.append(f"{figure.numerator} of {figure.denominator}")
        if evidence.excuse is not None:
            said.append(f"with the excuse {taken_off(row.worst)}")
        for part in evidence.excluded:
            much = lasting(part.time) if part.time else f"{part.rows} rows"
            said.append(f"{much} left out by {printable(part.by)}")
        if not said:
            return ""
        return (f"{label_of(row.worst)}: " if len(row.breached) > 1 else "") + "; ".join(said)


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """How many rows each may show: at least one, evenly, what is left over to the first ones."""
    shares = [1] * len(sizes)
    room -= len(sizes)
    while room > 0:
        wanting = [at for at, size in enumerate(sizes) if shares[at] < size][:room]
        if not wanting:
            break
        for at in wanting:
            shares[at] += 1
        room -= len(wanting)
    return shares
