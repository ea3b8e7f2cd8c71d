"""Builders of judgements for the tests of reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fractions import Fraction

from sladsl.credits.model import CreditLine, Statement, Step
from sladsl.verdicts.model import Evidence, Figure, Period, Verdict, Word
from sladsl.verdicts.result import InputSeen, Judgement

SECOND = 10**9
HOUR = 3600 * SECOND
DIGEST = "sha256:" + "0123456789abcdef" * 4


def at(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * SECOND


def months(first: str, count: int) -> list[Period]:
    year, month = map(int, first.split("-"))
    numbers = range(12 * year + month - 1, 12 * year + month + count)
    names = [f"{n // 12}-{n % 12 + 1:02d}" for n in numbers]
    starts = [at(f"{name}-01") for name in names]
    return [Period(*p) for p in zip(names[:-1], starts[:-1], starts[1:], strict=True)]


def share(above: int, below: int, time: bool = False) -> Figure:
    scale = SECOND if time else 1
    return Figure(above * scale, below * scale, "percent", counted=True, time=time)


def percent(text: str) -> Figure:
    found = Fraction(text) / 100
    return Figure(found.numerator, found.denominator, "percent")


def duration(text: str) -> Figure:
    found = Fraction(text)
    return Figure(found.numerator, found.denominator, "duration")


def count(number: int) -> Figure:
    return Figure(number, 1, "count")


def word_of(value: Figure, operator: str, target: Figure) -> Word:
    a, b = value.value, target.value
    good = {">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}[operator]
    return Word.MET if good else Word.BREACHED


def verdict(
    obligation: str,
    period: Period,
    value: Figure | None,
    operator: str,
    target: Figure,
    *,
    metric: str = "availability",
    requirement: int = 1,
    group: dict[str, str] | None = None,
    title: str = "",
    word: Word | None = None,
    parties: tuple[str, str] = ("acme", "globex"),
    evidence: Evidence | None = None,
    **rest: object,
) -> Verdict:
    if word is None:
        word = Word.NO_DATA if value is None else word_of(value, operator, target)
    made = Verdict(
        obligation,
        requirement,
        title,
        metric,
        *parties,
        period,
        tuple((group or {}).items()),
        word,
        word is not Word.PENDING,
        value,
        None,
        None,
        operator,
        target,
        evidence or Evidence(100, "made-up.sla:10:3"),
    )
    return made.but(**rest)


def each(
    periods: Iterable[Period], groups: Iterable[dict[str, str]], make: Callable[..., Verdict]
) -> list[Verdict]:
    groups = list(groups)
    return [make(period, group) for period in periods for group in groups]


def judgement(
    agreement: str, verdicts: list[Verdict], *inputs: InputSeen, **rest: object
) -> Judgement:
    made = Judgement(agreement, DIGEST, "UTC", at("2017-03-01"), False, inputs, tuple(verdicts))
    return made.but(**rest)


def statements_of(
    verdicts: Iterable[Verdict], amounts: dict[str, int], cap: int | None = None
) -> tuple[Statement, ...]:
    """A statement for each month with breaches of the obligations in `amounts`."""
    by_period: dict[Period, list[Verdict]] = {}
    for one in verdicts:
        if one.word is Word.BREACHED and one.obligation in amounts:
            by_period.setdefault(one.period, []).append(one)
    made = []
    for period, members in by_period.items():
        steps = [
            Step(
                "tier",
                f"below {one.operator} {one.metric}",
                Fraction(amounts[one.obligation]),
                one.obligation,
                one.requirement,
                one.group,
                period.label,
            )
            for one in members
        ]
        whole = sum((step.amount for step in steps), Fraction(0))
        paid = min(whole, Fraction(cap)) if cap is not None else whole
        if paid < whole:
            steps.append(Step("cap", f"{cap} per month", paid))
        steps.append(Step("rounding", "half even to 0.01 EUR", paid))
        lines = tuple(
            CreditLine(
                s.obligation,
                s.requirement,
                period.label,
                s.group,
                s.detail,
                s.amount * paid / whole,
            )
            for s in steps
            if s.step == "tier"
        )
        payer, payee = members[0].debtor, members[0].creditor
        made.append(Statement(period, "credits", payer, payee, "EUR", tuple(steps), lines, paid, 2))
    return tuple(made)
