"""The periods that a test names, and when what it asks for is known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sladsl.calendar.periods import shift
from sladsl.calendar.zones import Zone
from sladsl.contract.trials import LABELS, TOTALS, WEEK
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.plan.schedules import longest, schedule
from sladsl.source import Source, Span
from sladsl.syntax.nodes import Moment
from sladsl.verdicts.model import Period

__all__ = [
    "DIRECTIONS",
    "holding",
    "kinds_of",
    "named",
    "within",
]

#: Which payments a total adds up.
DIRECTIONS = {"credits": "credit", "penalties": "penalty", "bonuses": "bonus"}

_YEAR = re.compile(r"\d{4}")
_DAY = 86400 * 10**9
#: the years of which periods can be worked out whole
_FIRST, _LAST = 1685, 2250
_END = (_LAST - 1970) * 31_556_952 * 10**9


def named(plan: p.Plan, label: str) -> Period | None:
    """The period of the agreement that has a label; None where there is none."""
    kind = next(kind for kind, (form, _) in LABELS.items() if re.fullmatch(form, label))
    if kind == "term":
        start, end = plan.term
        return None if end is None else Period(label, start, end)
    rules: list[p.PeriodRule] = [kind]
    if kind == "rolling":  # which one it is isn't said by the label alone
        rules = list(dict.fromkeys(r.period for r in plan.requirements if _rolls(r.period)))
        if plan.week_starts and re.fullmatch(WEEK, label):
            rules.insert(0, "week")
    found = _YEAR.match(label)
    assert found is not None
    year = int(found[0])
    if not _FIRST <= year <= _LAST:
        return None
    ends = instant_of(label, plan.zone)
    if ends is not None:
        length = re.fullmatch(r".*/(\d+)(d|w|mo|q|y)", label)
        assert length is not None
        units = {"d": "days", "w": "weeks", "mo": "months", "q": "quarters", "y": "years"}
        start = shift(ends, -int(length[1]), units[length[2]], Zone(plan.zone))
        return Period(label, start, ends)
    middle = (year - 1970) * 31_556_952 * 10**9 + 183 * _DAY
    low, high = middle - 600 * _DAY, middle + 600 * _DAY
    periods = (period for rule in rules for period in _around(plan, rule, low, high))
    return next((period for period in periods if period.label == label), None)


def instant_of(label: str, zone: str) -> int | None:
    """The instant at which a trailing period ends, by its label; None: it is no such label."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d[^/]*)/.*", label)
    if found is None:
        return None
    text = found[1]
    return instant(Moment(text, False, span=Span(Source("label", text), 0, len(text))), zone)


def _rolls(rule: p.PeriodRule) -> bool:
    return isinstance(rule, p.Rolling | p.Trailing)


def holding(plan: p.Plan, kind: p.PeriodRule, time: int) -> Period | None:
    """The period of a kind in which an instant (ns) lies; of several the first that ends."""
    return next(iter(_around(plan, kind, time, time + 1)), None)


def within(plan: p.Plan, kinds: Iterable[p.PeriodRule], period: Period) -> bool:
    """Whether a period holds a whole one of some kinds."""
    return any(
        period.start <= part.start and part.end <= period.end
        for kind in kinds
        for part in _around(plan, kind, period.start, period.end)
    )


def _around(plan: p.Plan, kind: p.PeriodRule, low: int, high: int) -> Iterable[Period]:
    """The periods of the agreement that meet [low, high), whole but for the term's edges."""
    start, end = plan.term
    if isinstance(kind, p.Trailing):
        return
    if kind == "term":
        if end is not None and low < end and high > start:
            yield Period("term", start, end)
        return
    first = max(start, low - 400 * _DAY)
    last = high + 400 * _DAY if end is None else min(end, high + 400 * _DAY)
    if isinstance(kind, p.Rolling):  # from the term's start: the first one counts
        first = start
        last = min(high + 400 * _DAY + longest(kind), _END) if end is None else end
    if first >= last:
        return
    table = schedule(plan, kind, first, last)
    edges = zip(table.labels, table.starts.tolist(), table.ends.tolist(), strict=True)
    for label, begin, stop in edges:
        if begin < high and stop > low:
            yield Period(label, begin, stop)


def _adds_to(payment: p.PaymentPlan, total: str) -> bool:
    """Whether a payment is a part of a total; `returns` are what is paid back of it."""
    if total == "returns":
        return payment.returned is not None
    return payment.direction == DIRECTIONS.get(total)


def kinds_of(plan: p.Plan, subject: str) -> list[p.PeriodRule]:
    """The kinds of periods that an obligation is judged for, or a total is settled for."""
    paying = {x.obligation for x in plan.payments if _adds_to(x, subject)}
    wanted = paying if subject in TOTALS else {subject}
    return list(dict.fromkeys(r.period for r in plan.requirements if r.obligation in wanted))
