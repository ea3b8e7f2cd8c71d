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
        self.fee = plan.fee
        if plan.fee is not None:
            start, end = plan.term
            table = cutting(plan, plan.fee.per, start, horizon if end is None else end)
            self._spans = list(zip(table.starts.tolist(), table.ends.tolist(), strict=True))

    def over(self, start: int, end: int) -> Fraction:
        """What accrues over [start, end): whole for each fee period that lies within it.

        Of a fee period that lies only partly within, the share of its exact time.
        """
        if self.fee is None:
            return Fraction(0)
        shares = Fraction(0)
        for first, last in self._spans:
            common = min(end, last) - max(start, first)
            if common > 0:
                shares += Fraction(common, last - first)
        return Fraction(*self.fee.amount) * shares

    def of_length(self, count: Fraction, unit: str) -> Fraction:
        """The fee of a number of weeks, months, quarters or years."""
        if self.fee is None:
            return Fraction(0)
        per = self.fee.per
        share = Fraction(1) if per == unit else Fraction(p.MONTHS[unit], p.MONTHS[per])
        return Fraction(*self.fee.amount) * count * share
