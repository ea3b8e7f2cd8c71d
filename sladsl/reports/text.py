"""Verdicts for people: what was breached and what it costs first, on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sladsl.credits.life import Life
from sladsl.credits.model import Statement
from sladsl.diagnostics import columns, printable
from sladsl.reports.baselines import baseline_lines
from sladsl.reports.breaches import Breaches, costliest
from sladsl.reports.columns import BOLD, GREEN, RED, YELLOW, Paint, cut, listed, pad
from sladsl.reports.deadlines import Deadlines
from sladsl.reports.excused import excused
from sladsl.reports.figures import amount, money
from sladsl.reports.late import late_lines
from sladsl.reports.life import life_lines
from sladsl.reports.others import inputs, no_data, others, pending
from sladsl.reports.tally import (
    DECIDED,
    Claimable,
    Promise,
    Total,
    claimable,
    counts,
    dues,
    promises,
    totals,
)
from sladsl.reports.times import clock
from sladsl.reports.wording import (
    ALL,
    Names,
    group_of,
    joined,
    label_of,
    more,
    namer,
    promised,
    value,
)
from sladsl.verdicts.model import Word
from sladsl.verdicts.result import Judgement

__all__ = ["Outcome", "outcome", "render_gate", "render_text"]

_SCREEN = 45
_GATE = 15
_NARROW = 40
_LEAST = 14  # lines for what was breached, however much else there is


def render_text(
    judgement: Judgement,
    statements: Sequence[Statement],
    life: Life | None = None,
    *,
    width: int = 100,
    color: bool = False,
) -> str:
    """The outcome of an evaluation on about one screen, with a final line end."""
    width = max(width, _NARROW)
    paint = Paint(color)
    owed = dues(statements)
    every = promises(judgement.verdicts, owed)
    named = namer(every)
    found = tuple(promise for promise in every if promise.first.instance is None)
    deadlines = tuple(promise for promise in every if promise.first.instance is not None)
    top = [
        paint(cut(f"{printable(judgement.agreement)}: {_tallied(judgement)}", width), BOLD),
        *_known(judgement, width),
        *(_payable(total, width) for total in totals(statements)),
        *(_claimable(one, judgement.zone, width) for one in claimable(statements)),
    ]
    block = Deadlines(named, judgement.zone, judgement.obligations, owed, width, paint)
    rest = [
        *block.lines(deadlines),
        *others(found, named, width, paint),
        *excused(found, named, width, paint),
        *pending(found, named, width, paint),
        *no_data(found, named, width, paint),
        *life_lines(life or Life(), judgement.zone, width, paint),
        *inputs(judgement.inputs, width, paint),
        *late_lines(judgement.late, width),
        *baseline_lines(judgement.baselines, judgement.zone, width, paint),
    ]
    room = max(_SCREEN - len(top) - len(rest) - 2, _LEAST)
    breaches = Breaches(named, judgement.zone, width, paint)
    lines = [*top, *breaches.lines(found, room), *rest]
    if any(line.lstrip().startswith("... and ") for line in lines):
        lines += ["", cut(ALL, width)]
    return "\n".join(lines) + "\n"


def _tallied(judgement: Judgement) -> str:
    """`3 breached, 41 met, 0 excused, 1 no data, 2 pending`."""
    tally = counts(judgement.verdicts)
    order = (Word.BREACHED, Word.MET, Word.EXCUSED, Word.NO_DATA, Word.PENDING)
    return ", ".join(f"{tally[word]} {word}" for word in order)


def _known(judgement: Judgement, width: int) -> list[str]:
    """The moment of knowledge, where it comes from, and whether all is final at it."""
    source = "as --as-of says" if judgement.as_of_given else "the newest event that was read"
    moment = clock(judgement.as_of, judgement.zone)
    lines = [f"as of {moment} {printable(judgement.zone)}, {source}"]
    closed = [v for v in judgement.verdicts if v.word not in (Word.PENDING, Word.NO_DATA)]
    loose = sum(not verdict.final for verdict in closed)
    if loose:
        lines.append(f"not final yet: {loose} of these, which rows that may still come can change")
    return [cut(line, width) for line in lines]


def _payable(total: Total, width: int) -> str:
    """What one party owes another, and for which periods."""
    parties = f"{printable(total.payer)} to {printable(total.payee)}"
    whole = amount(total.amount, total.currency, total.minor)
    text = f"{total.direction} payable by {parties}: {whole}"
    parts = []
    for run, part in total.parts:
        each = " each" if run[2] > 1 else ""
        parts.append(f"{joined([run], width)} {money(part, total.minor)}{each}")
    if len(parts) == 1:
        run, _ = total.parts[0]
        text += f" for {joined([run], width)}"
    elif parts:
        weights = [times for (_, _, times), _ in total.parts]
        text += f" ({listed(parts, max(width - columns(text) - 3, 20), weights)})"
    return cut(text, width)


def _claimable(one: Claimable, zone: str, width: int) -> str:
    """What one party can still claim of another, before limits and rounding."""
    whole = amount(one.amount, one.currency, one.minor)
    text = f"{one.direction} claimable by {printable(one.payee)}: up to {whole}"
    first, last = clock(one.first, zone), clock(one.last, zone)
    until = first if first == last else f"{first} to {last}"
    return cut(f"{text} for {joined(one.runs, width)} until {until}", width)


# ---- for a pipeline ----------------------------------------------------------------------------


class Outcome(StrEnum):
    """What a gate says."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "not decided"


_TONES = {Outcome.PASSED: GREEN, Outcome.FAILED: RED, Outcome.UNDECIDED: YELLOW}


def outcome(judgement: Judgement) -> Outcome:
    """What follows from the verdicts where nothing else is asked for."""
    tally = counts(judgement.verdicts)
    if tally[Word.BREACHED]:
        return Outcome.FAILED
    decided = not tally[Word.PENDING] and not tally[Word.NO_DATA]
    return Outcome.PASSED if decided else Outcome.UNDECIDED


def render_gate(
    judgement: Judgement,
    statements: Sequence[Statement],
    *,
    result: Outcome | None = None,
    note: str = "",
    width: int = 100,
    color: bool = False,
) -> str:
    """The same in 15 lines at most, the first of which is the result.

    `result` is what the caller's options make of the verdicts, `note` its reason.
    """
    width, paint = max(width, _NARROW), Paint(color)
    result = result or outcome(judgement)
    found = promises(judgement.verdicts, dues(statements))
    named = namer(found)
    head = f"{result.upper()}  {printable(judgement.agreement)}: {_tallied(judgement)}"
    lines = [paint(cut(head, width), _TONES[result])]
    if note:
        lines.append(cut(printable(note), width))
    lines += _known(judgement, width)
    owed = totals(statements)
    lines += [_payable(total, width) for total in owed[:2]]
    if len(owed) > 2:
        lines.append(cut(f"{more(len(owed) - 2, 'sum')}; {ALL}", width))
    broken, undecided = costliest(found), _undecided(found, named, width)
    room = _GATE - len(lines) - len(undecided)
    shown = broken if len(broken) <= room else broken[: room - 1]
    lines += _brief(shown, named, width)
    if len(broken) > len(shown):
        left = more(len(broken) - len(shown), "requirement")
        lines.append(cut(f"{left} breached; {ALL}", width))
    return "\n".join([*lines, *undecided]) + "\n"


def _brief(broken: Sequence[Promise], named: Names, width: int) -> list[str]:
    """The breached requirements, one line each: how often, the worst, what is due."""
    labels = [f"  {named(p.first)}: {promised(p, brief=True)}" for p in broken]
    column = min(max(map(columns, labels), default=0), width * 2 // 5)
    lines = []
    for label, promise in zip(labels, broken, strict=True):
        worst = promise.rows[0].worst
        times = sum(len(row.breached) for row in promise.rows)
        decided = sum(len(promise.of(word)) for word in DECIDED)
        where = ", ".join(filter(None, [label_of(worst), group_of(worst)]))
        lead = pad(label, max(column, min(columns(label), width // 2)))
        text = f"{lead}  {times} of {decided} breached, worst {value(worst)} in {where}"
        owed = [amount(w.amount, w.currency, w.minor) for w in promise.due if w.amount]
        cost = f"; {' + '.join(owed)}" if owed else ""
        lines.append(cut(cut(text, max(width - len(cost), width // 2)) + cost, width))
    return lines


def _undecided(found: Sequence[Promise], named: Names, width: int) -> list[str]:
    """Which requirements have verdicts that are open or rest on nothing."""
    said = []
    for word in (Word.PENDING, Word.NO_DATA):
        names = [f"{named(p.first)} ({len(p.of(word))})" for p in found if p.of(word)]
        if names:
            said.append(f"{word}: {listed(names, max(width // 2 - 12, 20))}")
    return [cut("; ".join(said), width)] if said else []
