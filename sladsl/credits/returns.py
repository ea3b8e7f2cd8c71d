"""Credits that are paid back when the promise is kept for some time after a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from sladsl.calendar.periods import shift
from sladsl.calendar.zones import Zone
from sladsl.credits.lines import Draft, Line
from sladsl.credits.model import Statement, Step
from sladsl.credits.words import moment
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import Judged

__all__ = ["returned"]


def returned(
    settled: Iterable[tuple[Draft, Statement]],
    judged: Sequence[Judged],
    month: Callable[[int], Period],
    zone: Zone,
    as_of: int,
) -> Iterator[Statement]:
    """What is paid back, by the month in which it is clear that the promise was kept."""
    found: dict[tuple[Period, str, str, str, int], list[Step]] = {}
    for draft, statement in settled:
        counted = statement.currency, statement.minor
        for line, paid in zip(draft.lines, statement.lines, strict=True):
            if paid.amount <= 0 or line.payment is None or line.payment.returned is None:
                continue
            count, unit = line.payment.returned
            until = shift(line.period.end, count, f"{unit}s", zone)
            if until <= as_of and _kept(line, judged, until):
                detail = f"{line.tier}, since it was met until {moment(until, zone)}"
                step = Step(
                    "returned", detail, paid.amount, line.obligation, line.requirement, line.group,
                    line.period.label,
                )  # fmt: skip
                key = month(until - 1), statement.payee, statement.payer, *counted
                found.setdefault(key, []).append(step)
    for about, steps in sorted(found.items(), key=lambda x: x[0][0].start):
        period, payer, payee, currency, minor = about
        total = sum((step.amount for step in steps), Fraction(0))
        yield Statement(period, "returns", payer, payee, currency, tuple(steps), (), total, minor)


def _kept(line: Line, judged: Iterable[Judged], until: int) -> bool:
    """Whether the promise was met without a gap from the end of a line's period on."""
    reached = line.period.end
    about = line.obligation, line.requirement, line.group
    for one in sorted(judged, key=lambda j: j.verdict.period.start):
        verdict, period = one.verdict, one.verdict.period
        if (verdict.obligation, verdict.requirement, verdict.group) != about:
            continue
        if period.start < line.period.end or period.end > until:
            continue
        if verdict.word is not Word.MET:
            return False
        if period.start <= reached:
            reached = max(reached, period.end)
    return reached >= until
