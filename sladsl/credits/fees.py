"""What the fee comes to over a stretch of time."""

from __future__ import annotations

from fractions import Fraction

from sladsl.calendar.periods import PeriodKind, PeriodRules, Periods, periods
from sladsl.calendar.zones import Zone
from sladsl.plan import model as p

__all__ = ["Fees", "cutting"]


def cutting(plan: p.Plan, kind: str, start: int, end: int) -> Periods:
    """The periods of a kind that meet [start, end), by the agreement's rules, cut to it."""
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    return periods(PeriodKind(kind), start, end, Zone(plan.zone), rules)


class Fees:
    """The fee of one agreement, in units of its currency."""

    def __init__(self, plan: p.Plan, horizon: int) -> None:
        start, end = plan.term
        last = horizon if end is None else end
        #: by terms: the fee, and its periods over the whole of the term
        self._parts: list[tuple[p.FeePlan, list[tuple[int, int]]]] = []
        for fee in plan.fees:
            table = cutting(plan, fee.per, start, last)
            spans = list(zip(table.starts.tolist(), table.ends.tolist(), strict=True))
            self._parts.append((fee, spans))

    def over(self, start: int, end: int) -> Fraction:
        """What accrues over [start, end): whole for each fee period that lies within it.

        Of a fee period that lies only partly within, or for a part of which other terms are in
        force, the share of its exact time.
        """
        total = Fraction(0)
        for fee, spans in self._parts:
            since = start if fee.since is None else max(start, fee.since)
            until = end if fee.until is None else min(end, fee.until)
            shares = Fraction(0)
            for first, last in spans:
                common = min(until, last) - max(since, first)
                if common > 0:
                    shares += Fraction(common, last - first)
            total += Fraction(*fee.amount) * shares
        return total

    def of_length(self, count: Fraction, unit: str, at: int) -> Fraction:
        """The fee of a number of weeks, months, quarters or years, by the terms at an instant."""
        for fee, _ in self._parts:
            if p.in_force(fee, at):
                per = fee.per
                share = Fraction(1) if per == unit else Fraction(p.MONTHS[unit], p.MONTHS[per])
                return Fraction(*fee.amount) * count * share
        return Fraction(0)
