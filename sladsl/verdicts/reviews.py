"""Reviews: when they are due, and what the time since the one before says of each promise.

A promise was never at risk if it was met in every period of that time and used up at most half of
what it allows: of a target that is an upper limit, half of it; of a share that has to be at least
so large, half of what is left to the whole; of any other lower limit it was half as much again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction

from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Figure, Verdict, Word
from sladsl.verdicts.result import Judged
from sladsl.verdicts.rights import end_of

__all__ = ["Review", "Reviewed", "Standing", "reviews"]

_MOST = 1000  # reviews of a term: every day of some years


class Standing(StrEnum):
    """How a promise did between two reviews."""

    MISSED = "missed"
    NEVER_AT_RISK = "never at risk"
    MET = "met"
    UNDECIDED = "undecided"


class Reviewed(Record):
    """A promise over the time since the review before.

    `periods` that were over, in how many it was breached; its worst and best figure; `baseline` is
    what it came to over all of that time, where that follows from the periods: of shares their
    counts together, of counts and sums the mean of a period.
    """

    verdict: Verdict
    standing: Standing
    periods: int
    breached: int
    worst: Figure | None
    best: Figure | None
    baseline: Figure | None


class Review(Record):
    """A review: when it is due (ns), over which time it looks, and whether it was due by as-of."""

    due: int
    since: int
    by: tuple[str, ...]
    is_due: bool
    promises: tuple[Reviewed, ...]


def reviews(plan: p.Plan, judged: Iterable[Judged], as_of: int) -> tuple[Review, ...]:
    """The reviews that were due by as-of, and the next one."""
    if plan.review is None:
        return ()
    start, end = plan.term
    verdicts = [one.verdict for one in judged]
    found: list[Review] = []
    since = start
    every = plan.review.every
    for number in range(1, _MOST + 1):
        due = end_of(start, every.but(count=every.count * number), plan.zone)
        if end is not None and due > end:
            break
        is_due = due <= as_of
        own = [v for v in verdicts if since < v.period.end <= due] if is_due else []
        found.append(Review(due, since, plan.review.by, is_due, tuple(_reviewed(own))))
        if not is_due:
            break
        since = due
    return tuple(found)


def _reviewed(verdicts: Iterable[Verdict]) -> list[Reviewed]:
    promises: dict[tuple[str, int], list[Verdict]] = {}
    for verdict in verdicts:
        promises.setdefault((verdict.obligation, verdict.requirement), []).append(verdict)
    return [_one(members) for members in promises.values()]


def _one(members: Sequence[Verdict]) -> Reviewed:
    words = [verdict.word for verdict in members]
    breached = words.count(Word.BREACHED)
    if breached:
        standing = Standing.MISSED
    elif any(word in (Word.PENDING, Word.NO_DATA) for word in words):
        standing = Standing.UNDECIDED
    elif all(word is Word.MET and far(v) for word, v in zip(words, members, strict=True)):
        standing = Standing.NEVER_AT_RISK
    else:
        standing = Standing.MET
    figures = sorted((v.value for v in members if v.value is not None), key=lambda f: f.value)
    first = members[0]
    worst = best = None
    if figures:
        worst, best = figures[0], figures[-1]
        if first.operator in ("<=", "<"):
            worst, best = best, worst
    return Reviewed(
        first, standing, len(members), breached, worst, best, _baseline(figures)
    )  # fmt: skip


def far(verdict: Verdict) -> bool:
    """Whether a figure stays far from its target: at most half of what is allowed is used up."""
    if verdict.value is None:
        return False
    value, target = verdict.value.value, verdict.target.value
    if verdict.operator in ("<=", "<"):
        return value * 2 <= target
    if verdict.operator not in (">=", ">"):
        return False
    if verdict.target.kind in ("percent", "ratio") and target < 1:
        return (1 - value) * 2 <= 1 - target
    return value * 2 >= target * 3


def _baseline(figures: Sequence[Figure]) -> Figure | None:
    """What a promise came to over all periods together."""
    if not figures:
        return None
    one = figures[0]
    if all(figure.counted for figure in figures):
        return one.but(
            numerator=sum(figure.numerator for figure in figures),
            denominator=sum(figure.denominator for figure in figures),
        )
    if one.kind in ("int", "money", "size"):
        mean = sum((figure.value for figure in figures), Fraction(0)) / len(figures)
        return one.but(numerator=mean.numerator, denominator=mean.denominator)
    return None
