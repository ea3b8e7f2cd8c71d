"""The periods that promises are judged for, by the agreement's rules."""

from __future__ import annotations

from sladsl.calendar.periods import PeriodKind, PeriodRules, cut, periods, shift
from sladsl.calendar.rolling import Schedule, rolling
from sladsl.calendar.zones import Zone
from sladsl.plan import model as p

__all__ = ["before_term", "longest", "schedule"]

_DAY = 86400 * 10**9
_DAYS = {"day": 2, "week": 8, "month": 32, "quarter": 93, "year": 367}  # at most


def schedule(plan: p.Plan, rule: p.PeriodRule, start: int, end: int) -> Schedule:
    """The periods of a rule within [start, end), ns."""
    zone = Zone(plan.zone)
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    if isinstance(rule, p.Rolling):
        length, every = (rule.length, f"{rule.unit}s"), (rule.every, rule.step)
        return rolling(length, every, start, end, zone, rules)
    if isinstance(rule, p.Trailing):
        raise TypeError("trailing periods are those of rows")
    if isinstance(rule, p.Cut):
        return Schedule.of(cut(periods(PeriodKind(rule.per), start, end, zone, rules), rule.at))
    return Schedule.of(periods(PeriodKind(rule), start, end, zone, rules))


def longest(rule: p.PeriodRule) -> int:
    """No rolling period is longer (ns); 0 for those that an open term is looked far enough at."""
    return rule.length * _DAYS[rule.unit] * _DAY if isinstance(rule, p.Rolling) else 0


def before_term(plan: p.Plan, rule: p.Trailing) -> int:
    """From when on rows are looked at for trailing periods (ns): their length before the term."""
    start = plan.term[0]
    return min(start, shift(start, -rule.length, f"{rule.unit}s", Zone(plan.zone)))
