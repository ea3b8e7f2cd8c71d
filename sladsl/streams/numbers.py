"""Numbers into a kind's integer unit, exactly: from digits, integers, decimals and floats.

A value is `digits / 10**decimals` of a unit that holds `factor` integer units. From text,
integers and decimals the result must be whole, else the cell is `FINER` than the unit.

A binary float stands for the shortest decimal that reads back as the same float (what
`repr` prints, in the float's own width); that decimal, times the unit, is rounded half to
even to the field's integer unit. For a field of kind `int` a float must be whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.streams.buffers import Strings
from sladsl.streams.faults import LARGEST, Converted, Fault

__all__ = ["from_floats", "from_pairs", "from_texts", "number_of", "scaled"]

#: a longer cell isn't looked at
LONGEST = 80
_FAST = 18
_NUMBER = re.compile(
    r"(?P<before>[A-Z]{3}(?= ?[-+.\d]))? ?"
    r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE](?P<exp>[-+]?\d{1,3}))?"
    r" ?(?P<after>[A-Za-zµ%]*)",
    re.ASCII,
)

Ints = NDArray[np.int64]
Units = Callable[[str | None], "int | Fault"]


def scaled(digits: Ints, decimals: Ints, factor: int, rounding: bool = False) -> Converted:
    """`digits * factor / 10**decimals` as int64, decimals in 0..18 for each value.

    What isn't whole is `FINER`, or with `rounding` rounded half to even; what int64 can't
    hold is `LARGE`, and with it -2**63, whose opposite int64 can't hold.
    """
    values = np.zeros(len(digits), np.int64)
    fault = np.zeros(len(digits), np.int8)
    if factor == 1 and not decimals.any():
        fault[digits < -LARGEST] = Fault.LARGE
        return Converted(digits.astype(np.int64), fault == 0, fault)
    for places in np.flatnonzero(np.bincount(decimals, minlength=1)).tolist():
        which = decimals == places
        part = Fraction(factor, 10**places)
        if part.numerator > LARGEST:
            fault[which] = Fault.LARGE
            continue
        some = digits[which]
        whole, rest = np.divmod(some, part.denominator)
        if rounding and part.denominator > 1:
            whole, inexact = _rounded(some, part)
            fault[which] = np.where(inexact, Fault.LARGE, Fault.NONE)
            values[which] = whole
            continue
        large = (whole > LARGEST // part.numerator) | (whole < -(LARGEST // part.numerator))
        values[which] = np.where(large | (rest != 0), 0, whole) * part.numerator
        fault[which] = np.where(large, Fault.LARGE, np.where(rest != 0, Fault.FINER, Fault.NONE))
    return Converted(values, fault == 0, fault)


def _rounded(digits: Ints, part: Fraction) -> tuple[Ints, NDArray[np.bool_]]:
    """`digits * part` rounded half to even, and which are beyond int64."""
    whole, rest = np.divmod(digits, part.denominator)
    n, d = part.numerator, part.denominator
    large = (whole > LARGEST // n - 1) | (whole < 1 - LARGEST // n)
    if d <= LARGEST // n // 4:
        more, left = np.divmod(rest * n, d)
        up = (2 * left > d) | ((2 * left == d) & ((whole * n + more) % 2 == 1))
        return np.where(large, 0, np.where(large, 0, whole) * n + more + up), large
    exact = [round(int(v) * part) for v in digits.tolist()]
    big = np.array([abs(v) > LARGEST for v in exact], np.bool_)
    return np.array([0 if abs(v) > LARGEST else v for v in exact], np.int64), big


def from_texts(strings: Strings, rows: Ints, factor: int | None, units: Units) -> Converted:
    """The numbers in the texts of these rows. `factor` is that of bare numbers, None: refused.

    Plain digits with a point are read by columns of bytes; all else (units, exponents,
    blanks, more than 18 characters) one distinct text at a time, by `number_of`.
    """
    digits, decimals, plain = _plain(strings, rows)
    if factor is None:
        plain[:] = False
        found = Converted(digits, plain.copy(), np.zeros(len(rows), np.int8))
    else:
        found = scaled(digits, decimals, factor)
    seen: dict[str, tuple[int, int]] = {}
    for at in np.flatnonzero(~plain).tolist():
        text = strings.text(int(rows[at]))
        if text not in seen:
            seen[text] = number_of(text, units)
        found.values[at], found.fault[at] = seen[text]
        found.valid[at] = found.fault[at] == 0
    return found


def _plain(strings: Strings, rows: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Digits and decimals of each text, and which of them are plain: `-12.50`, 18 bytes at most."""
    lengths = strings.lengths[rows]
    width = int(min(_FAST, lengths.max())) if len(rows) else 0
    matrix = strings.matrix(rows, width)
    value = np.zeros(len(rows), np.int64)
    decimals = np.zeros(len(rows), np.int64)
    count = np.zeros(len(rows), np.int64)
    after = np.zeros(len(rows), np.bool_)
    plain = lengths <= _FAST
    negative = np.zeros(len(rows), np.bool_)
    for j in range(width):
        byte = matrix[j]
        inside = lengths > j
        digit = byte - np.uint8(48)
        is_digit = (digit < 10) & inside
        value = np.where(is_digit, value * 10 + digit, value)
        count += is_digit
        if after.any():
            decimals += is_digit & after
        other = inside & ~is_digit
        if other.any():
            point = other & (byte == 46) & ~after
            if j == 0:
                negative = other & (byte == 45)
                point |= negative | (other & (byte == 43))
            plain &= ~other | point
            after |= other & (byte == 46)
    return np.where(negative, -value, value), decimals, plain & (count > 0)


def number_of(text: str, units: Units) -> tuple[int, int]:
    """One number with or without its unit, as (value, fault). `units` gives a unit's factor."""
    text = text.strip()
    if len(text) > LONGEST:
        return 0, Fault.LONG
    found = _NUMBER.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        return 0, Fault.NOT_FINITE if text.lower().lstrip("+-") in _INFINITE else Fault.NOT_A
    factor = units(found["before"] or found["after"] or None)
    if isinstance(factor, Fault):
        return 0, factor
    exponent = int(found["exp"] or 0)
    return _whole(Fraction(Decimal(found["number"])) * Fraction(10) ** exponent * factor)


_INFINITE = ("nan", "inf", "infinity")


def _whole(exact: Fraction) -> tuple[int, int]:
    if abs(exact) > LARGEST:
        return 0, Fault.LARGE
    return (exact.numerator, Fault.NONE) if exact.denominator == 1 else (0, Fault.FINER)


def from_pairs(low: Ints, high: Ints, scale: int, factor: int) -> Converted:
    """Decimals of 128 bits, as their low and high halves, with `scale` decimals."""
    small = (high == low >> 63) & (0 <= scale <= _FAST)
    digits = np.where(small, low, 0)
    found = scaled(digits, np.full(len(low), scale if 0 <= scale <= _FAST else 0), factor)
    for at in np.flatnonzero(~small).tolist():
        unscaled = (int(high[at]) << 64) + (int(low[at]) & (2**64 - 1))
        exact = Fraction(unscaled * factor) / Fraction(10) ** scale
        found.values[at], found.fault[at] = _whole(exact)
    return found


def from_floats(values: NDArray[Any], factor: int, whole: bool = False) -> Converted:
    """Binary floats by the rule above; `whole` (kind `int`) takes no fraction."""
    wide = values.astype(np.float64)
    finite = np.isfinite(wide)
    digits = np.zeros(len(wide), np.int64)
    decimals = np.zeros(len(wide), np.int64)
    left = finite.copy()
    with np.errstate(all="ignore"):
        for places in range(10 if values.dtype == np.float64 else 1):
            power = 10.0**places
            near = np.rint(wide * power)
            hit = left & (np.abs(near) < (1e15 if places else 2.0**53)) & (near / power == wide)
            digits[hit] = near[hit].astype(np.int64)
            decimals[hit] = places
            left &= ~hit
            if not left.any():
                break
    found = scaled(digits, decimals, factor, rounding=True)
    for at in np.flatnonzero(left).tolist():
        found.values[at], found.fault[at] = _shortest(values[at], factor)
    if whole:
        found.fault[finite & (np.floor(wide) != wide)] = Fault.NOT_WHOLE
    found.fault[~finite] = Fault.NOT_FINITE
    found.valid = found.fault == 0
    return found


def _shortest(value: Any, factor: int) -> tuple[int, int]:
    exact = round(Fraction(Decimal(str(value))) * factor)
    return (0, Fault.LARGE) if abs(exact) > LARGEST else (exact, Fault.NONE)
