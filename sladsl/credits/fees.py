"""What the fee comes to over a stretch of time."""

from __future__ import annotations

from fractions import Fraction

from sladsl.calendar.periods import PeriodKind, PeriodRules, Periods, periods, shift
from sladsl.calendar.zones import Zone
from sladsl.plan import model as p

__all__ = ["Fees", "cutting"]

_BEYOND = 400 * 86400 * 10**9


def cutting(plan: p.Plan, kind: str, start: int, end: int) -> Periods:
    """The periods of a kind that meet [start, end), by the agreement's rules, cut to it."""
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    return periods(PeriodKind(kind), start, end, Zone(plan.zone), rules)


class Fees:
    """The fee of one agreement, in units of its currency."""

    def __init__(self, plan: p.Plan, horizon: int) -> None:
        start, end = plan.term
        self._term = start, horizon if end is None else end
        self._zone = Zone(plan.zone)
        #: by terms: the fee, and the periods that it is paid for
        self._parts: list[tuple[p.FeePlan, list[tuple[int, int]]]] = []
        for fee in plan.fees:
            low, high = self._term
            if fee.prorated and fee.per != "term":  # by the whole of a period that the term cuts
                low, high = low - _BEYOND, high + _BEYOND
            table = cutting(plan, fee.per, low, high)
            spans = list(zip(table.starts.tolist(), table.ends.tolist(), strict=True))
            self._parts.append((fee, spans))

    def over(self, start: int, end: int) -> Fraction:
        """What accrues over [start, end): whole for each fee period that lies within it.

        Of a fee period that lies only partly within, or for a part of which other terms are in
        force, the share of its exact time.
        """
        start, end = max(start, self._term[0]), min(end, self._term[1])
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
        """The fee of a number of days, weeks, months, ..., by the terms at an instant.

        Where the fee isn't paid by such units, it is the part of the fee period at that instant
        that so many units from then on are.
        """
        for fee, spans in self._parts:
            if not p.in_force(fee, at):
                continue
            if fee.per == unit:
                return Fraction(*fee.amount) * count
            if {fee.per, unit} <= p.MONTHS.keys():
                share = Fraction(p.MONTHS[unit], p.MONTHS[fee.per])
                return Fraction(*fee.amount) * count * share
            length = shift(at, int(count), f"{unit}s", self._zone) - at
            for first, last in spans:
                if first <= at < last:
                    return Fraction(*fee.amount) * Fraction(length, last - first)
        return Fraction(0)
