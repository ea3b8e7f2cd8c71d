"""A checklist for people: a line for each clause, what it needs and who answers for it below."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.analysis.checklist import Clause
from sladsl.credits.life import Life
from sladsl.diagnostics import columns, printable
from sladsl.pipeline import Evaluation
from sladsl.reports.columns import BOLD, DIM, GREEN, RED, YELLOW, Paint, cut, folded, pad
from sladsl.reports.life import life_lines
from sladsl.reports.times import clock
from sladsl.verdicts.model import Word

__all__ = ["render_checklist"]

_TONES = {Word.BREACHED: RED, Word.MET: GREEN, Word.EXCUSED: GREEN}


def render_checklist(
    clauses: Sequence[Clause], done: Evaluation, *, width: int, color: bool
) -> str:
    """What there is to look at, with a final line end."""
    paint = Paint(color)
    judgement = done.judgement
    zone = judgement.zone
    kept = sum(c.standing in (Word.MET, Word.EXCUSED) for c in clauses)
    missed = sum(c.standing is Word.BREACHED for c in clauses)
    rest = len(clauses) - kept - missed
    lines = [
        paint(
            cut(
                f"{printable(judgement.agreement)}: {len(clauses)} clauses, {kept} kept,"
                f" {missed} missed, {rest} undecided",
                width,
            ),
            BOLD,
        ),
        f"as of {clock(judgement.as_of, zone)} {printable(zone)}",
    ]
    label = max((columns(_name(c)) for c in clauses), default=0)
    for clause in clauses:
        word = clause.standing or "nothing judged"
        mark = paint(pad(f"[{word}]", 16), _TONES.get(clause.standing or Word.PENDING, YELLOW))
        latest = f", {printable(clause.latest)}" if clause.latest else ""
        text = f"{pad(_name(clause), min(label, width // 3))}  {printable(clause.text)}{latest}"
        first, *more = folded(text, width - 17)
        lines += ["", f"{mark} {first}", *(f"{' ' * 17}{line}" for line in more)]
        for said in _below(clause, zone):
            lines += [paint(line, DIM) for line in folded(f"    {said}", width)]
    lines += life_lines(done.life or Life(), zone, width, paint)
    return "\n".join(lines) + "\n"


def _name(clause: Clause) -> str:
    return f"{printable(clause.obligation)} {clause.number}"


def _below(clause: Clause, zone: str) -> list[str]:
    """Verdicts so far, what it is judged by, and who answers for it."""
    counts = [f"{count} {word}" for word, count in clause.counts if count]
    debtor, creditor = printable(clause.debtor), printable(clause.creditor)
    who = [f"{debtor} owes {creditor}"]
    words = {"measured": "measured by", "reported": "reported by"}
    for word, names in clause.roles:
        who.append(f"{words.get(word, word)} {', '.join(map(printable, names))}")
    if clause.records:
        who.append(f"records of {printable(clause.records)} decide")
    needs = []
    for need in clause.needs:
        newest = "no rows" if need.newest is None else f"newest {clock(need.newest, zone)}"
        needs.append(f"{printable(need.stream)} ({newest})")
    found = ["; ".join(who), f"needs {', '.join(needs) or 'nothing'}"]
    return [f"so far {', '.join(counts)}", *found] if counts else found
