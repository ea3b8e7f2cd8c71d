"""Amounts and instants as the steps of a statement say them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from sladsl.calendar.names import AFTER_ALL, LATEST
from sladsl.calendar.zones import Zone
from sladsl.credits.model import SERVICE
from sladsl.plan import model as p

__all__ = ["currency_of", "decimal", "decimals", "moment", "number_at"]


def decimals(unit: Fraction) -> int:
    """How many decimals a rounding unit has."""
    count = 0
    while unit.denominator != 1:
        unit *= 10
        count += 1
    return count


def decimal(amount: Fraction) -> str:
    """An amount in digits; one that doesn't end is shown as a fraction."""
    rest = amount.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{amount.numerator}/{amount.denominator}"
    places = decimals(amount)
    digits = str(abs(amount.numerator) * 10**places // amount.denominator).rjust(places + 1, "0")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return ("-" if amount < 0 else "") + text


def moment(instant: int, zone: Zone) -> str:
    """An instant (ns) on the zone's clock: `2026-05-01 00:00`, with seconds where it has some."""
    if instant >= LATEST:
        return AFTER_ALL
    seconds, nanos = divmod(instant, 10**9)
    local = zone.local(seconds * 10**9)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    exact = f":{local:%S}{fraction}" if local.second or fraction else ""
    return f"{local:%Y-%m-%d %H:%M}{exact}"


def currency_of(plan: p.Plan, unit: str) -> str:
    """What is counted in a unit of service, or (""): the agreement's currency."""
    return SERVICE[unit] if unit else plan.currency or ""


def number_at(starts: Sequence[int], time: int) -> int:
    """The number of the period that holds a time (the first, where it lies before all)."""
    return max(bisect_right(starts, time) - 1, 0)
