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
        prices = None if charge.amount is not None else rows.worked_out()
        found: dict[Period, tuple[int, int, Fraction]] = {}
        for number, time in enumerate(rows.times.tolist()):
            inside = start <= time and (end is None or time < end)
            if not inside or not p.in_force(charge, time):
                continue
            price = Fraction(*charge.amount or (0, 1)) if prices is None else prices[number]
            count, without, total = found.get(month(time), (0, 0, Fraction(0)))
            lacks = price is None
            found[month(time)] = count + (not lacks), without + lacks, total + (price or 0)
        for period, (count, without, total) in sorted(found.items(), key=lambda x: x[0].start):
            if period.end <= as_of:
                yield charge, Line(charge.name, period, _words(charge, count, without), total)


def _words(charge: p.ChargePlan, count: int, without: int) -> str:
    """How many rows were charged for, and how many have no amount, since a divisor is zero."""
    if charge.amount is not None:
        return f"{count} x {decimal(Fraction(*charge.amount))}: {charge.text}"
    more = f" ({without} more without an amount: a division by zero)" if without else ""
    return f"{count} of {charge.text}{more}"
