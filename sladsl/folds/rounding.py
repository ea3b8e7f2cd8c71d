"""A figure, or an amount of money, as a multiple of a step."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["rounded"]


def rounded(amount: Fraction, mode: str, unit: Fraction) -> Fraction:
    """The amount as a multiple of `unit`; modes: half even, half up, half down, up, down.

    `half up` and `half down` are by size (away from zero, towards zero), as `up` and `down`.
    """
    sign = -1 if amount < 0 else 1
    whole, rest = divmod(abs(amount), unit)
    twice = 2 * rest
    match mode:
        case "half even":
            more = twice > unit or (twice == unit and whole % 2 == 1)
        case "half up":
            more = twice >= unit
        case "half down":
            more = twice > unit
        case "up":
            more = rest > 0
        case _:
            more = False
    return sign * (whole + more) * unit
