"""What things are called: requirements, promises, groups, figures, lengths of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from sladsl.diagnostics import columns, printable
from sladsl.reports.columns import listed
from sladsl.reports.figures import shown
from sladsl.reports.tally import Promise, Run, per, spread
from sladsl.verdicts.model import Figure, Verdict, Word

__all__ = [
    "ALL",
    "Names",
    "group_of",
    "joined",
    "label_of",
    "lasting",
    "more",
    "namer",
    "promised",
    "promised_by",
    "rest_of",
    "target_of",
    "value",
]

ALL = "--format json shows all"

Names: TypeAlias = Callable[[Verdict], str]


def namer(found: Sequence[Promise]) -> Names:
    """What a requirement is called: its obligation, with a number where there are several."""
    often: dict[str, int] = {}
    for promise in found:
        often[promise.first.obligation] = often.get(promise.first.obligation, 0) + 1

    def named(verdict: Verdict) -> str:
        number = f" {verdict.requirement}" if often.get(verdict.obligation, 0) > 1 else ""
        return printable(verdict.obligation) + number

    return named


def promised(promise: Promise, brief: bool = False) -> str:
    """`availability >= 99.95% per month for each target`; in brief without the last two."""
    first = promise.first
    if first.instance is not None:
        return printable(first.metric)
    target = target_of(first) if len(promise.targets) == 1 else "its target"
    text = f"{printable(first.metric)} {first.operator} {target}"
    if brief:
        return text
    if period := per(first.period.label):
        text += f" per {period}"
    if first.group:
        text += " for each " + ", ".join(printable(field) for field, _ in first.group)
    return text


def promised_by(verdict: Verdict) -> str:
    """What a verdict's promise was: `availability >= 99.95% per month`."""
    text = f"{printable(verdict.metric)} {verdict.operator} {target_of(verdict)}"
    period = per(verdict.period.label)
    return f"{text} per {period}" if period else text


def target_of(verdict: Verdict) -> str:
    """The target as it was promised."""
    return printable(shown(verdict.target, (verdict.operator, verdict.target.value)))


def value(verdict: Verdict, figure: Figure | None = None) -> str:
    """The figure of a verdict, or another one against its target."""
    figure = figure or verdict.value
    if verdict.instance is not None:
        return (
            f"{lasting(verdict.instance.late)} late"
            if verdict.instance.late
            else (str(verdict.instance.state))
        )
    if figure is None:
        return "no figure"
    return printable(shown(figure, (verdict.operator, verdict.target.value)))


def group_of(verdict: Verdict) -> str:
    """The values of a verdict's group."""
    return ", ".join(printable(text) or '""' for _, text in verdict.group)


def label_of(verdict: Verdict) -> str:
    """The label of a verdict's period; that of a deadline may hold a key from the data."""
    return printable(verdict.period.label)


def more(number: int, noun: str) -> str:
    """`... and 3 more requirements`."""
    return f"... and {number} more {noun}" + ("s" if number != 1 else "")


def lasting(nanoseconds: int | Fraction) -> str:
    """A length of time."""
    length = Fraction(nanoseconds) / 10**9
    return shown(Figure(length.numerator, length.denominator, "duration"))


def joined(runs: Sequence[Run], width: int) -> str:
    """Runs of periods: `2016-03 to 2016-09, 2017-01`; where that is too long, `2016-03 to 09`."""
    runs = [(printable(first), printable(last), times) for first, last, times in runs]
    weights = [times for _, _, times in runs]
    text = ", ".join(first if first == last else f"{first} to {last}" for first, last, _ in runs)
    return text if columns(text) <= width else listed(list(_short(runs)), width, weights)


def _short(runs: Sequence[Run]) -> Iterator[str]:
    """The same, without the year (and month) that stands before."""
    lead = ""
    for first, last, _ in runs:
        parts = []
        for label in dict.fromkeys((first, last)):
            stem, dash, end = label.rpartition("-")
            dated = bool(dash) and end.isdecimal() and stem.replace("-", "").isdecimal()
            parts.append(end if dated and stem == lead else label)
            lead = stem if dated else ""
        yield " to ".join(parts)


def rest_of(promise: Promise) -> str:
    """What a requirement's other verdicts say: `19 met, 50.8% to 69.1%; 1 excused; 2 pending`."""
    said = []
    for word in (Word.MET, Word.EXCUSED, Word.PENDING, Word.NO_DATA):
        if found := promise.of(word):
            figures = _spread(found) if word is Word.MET else ""
            said.append(f"{len(found)} {word}{figures}")
    return "; ".join(said)


def _spread(verdicts: Sequence[Verdict]) -> str:
    ends = spread(verdicts)
    if ends is None:
        return ""
    worst, best = (value(verdict) for verdict in ends)
    return f", {worst}" if worst == best else f", {worst} to {best}"
