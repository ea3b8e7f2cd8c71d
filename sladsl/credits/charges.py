"""Charges by the piece: an amount for each listed row, by month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from sladsl.credits.lines import Line
from sladsl.credits.words import decimal
from sladsl.folds.listings import Listed
from sladsl.plan import model as p
from sladsl.verdicts.model import Period

__all__ = ["charged"]

_MONEY = p.SCALE["money"]


def charged(
    plan: p.Plan,
    listed: Mapping[p.Listing, Listed],
    month: Callable[[int], Period],
    as_of: int,
) -> Iterator[tuple[p.ChargePlan, Line]]:
    """The charges of each month that is over, for the rows of the term."""
    start, end = plan.term
    for charge in plan.charges:
        rows = listed[charge.rows]
        prices = rows.numbers(charge.field) if charge.field else ()
        found: dict[Period, tuple[int, Fraction]] = {}
        for number, time in enumerate(rows.times.tolist()):
            inside = start <= time and (end is None or time < end)
            if not inside or not p.in_force(charge, time):
                continue
            price = Fraction(*charge.amount)
            if charge.field:
                price += Fraction(prices[number] or 0, _MONEY) * Fraction(*charge.factor)
            count, total = found.get(month(time), (0, Fraction(0)))
            found[month(time)] = count + 1, total + price
        for period, (count, total) in sorted(found.items(), key=lambda x: x[0].start):
            if period.end <= as_of:
                yield charge, Line(charge.name, period, _words(charge, count), total)


def _words(charge: p.ChargePlan, count: int) -> str:
    if charge.field:
        return f"{count} of {charge.text}"
    return f"{count} x {decimal(Fraction(*charge.amount))}: {charge.text}"
