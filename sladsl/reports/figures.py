"""Figures as text: exactly, for programs; and for people, never on the wrong side of a target."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import TypeAlias

from sladsl.credits.model import SERVICE
from sladsl.verdicts.model import Figure

__all__ = ["amount", "exact", "money", "seconds", "shown"]

Against: TypeAlias = tuple[str, Fraction]
"""An operator and the value of a target."""

_SECOND = 10**9
_STEPS = (_SECOND, 10**6, 10**3)
_CLOCK = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_SHORT = (("ms", Fraction(1, 10**3)), ("us", Fraction(1, 10**6)), ("ns", Fraction(1, 10**9)))
_SIZES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


# ---- for programs ------------------------------------------------------------------------------


def exact(figure: Figure) -> str:
    """A figure without loss, and a share as it was counted: `2587200/2588400`, `0.4865s`, `12`."""
    match figure.kind:
        case "duration":
            return _digits(figure.value) + "s"
        case "money":
            return _digits(figure.value)
        case "size":
            return _ratio(figure.value) + "B"
        case _ if figure.counted:
            above, below = figure.numerator, figure.denominator
            if figure.time:
                unit = next((u for u in _STEPS if above % u == 0 == below % u), 1)
                above, below = above // unit, below // unit
            return f"{_whole(above)}/{_whole(below)}"
        case _:
            return _ratio(figure.value)


def seconds(nanoseconds: int | Fraction) -> str:
    """A length of time in seconds, exactly: `1200s`."""
    return _digits(Fraction(nanoseconds) / _SECOND) + "s"


def money(value: Fraction, minor: int | None = None) -> str:
    """An amount without its currency: with `minor` decimals where that is exact, else as it is."""
    if minor is not None and (value * 10**minor).denominator == 1:
        return _decimal(value, minor)
    return _digits(value)


def _digits(value: Fraction) -> str:
    """Decimal digits, or a reduced fraction where they don't end."""
    places = _places(value)
    return _ratio(value) if places is None else _decimal(value, places)


def _ratio(value: Fraction) -> str:
    """A reduced fraction, or an integer's digits."""
    above, below = value.numerator, value.denominator
    return _whole(above) if below == 1 else f"{_whole(above)}/{_whole(below)}"


def _whole(number: int) -> str:
    """All digits: a mean of many ratios may have more of them than `str` is allowed to write."""
    if number < 0:
        return f"-{_whole(-number)}"
    half = number.bit_length() * 3 // 20
    if half < 2000:
        return str(number)
    high, low = divmod(number, 10**half)
    return f"{_whole(high)}{_whole(low):0>{half}}"


def _places(value: Fraction) -> int | None:
    """How many decimals the number has; None: they don't end."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        places = max(places, times)
    return places if rest == 1 else None


def _decimal(value: Fraction, places: int) -> str:
    """The number rounded half even to so many decimals, all of them written."""
    units = round(value * 10**places)
    whole, part = divmod(abs(units), 10**places)
    sign = "-" if units < 0 else ""
    return f"{sign}{_whole(whole)}" + (f".{_whole(part):0>{places}}" if places else "")


# ---- for people --------------------------------------------------------------------------------


def shown(figure: Figure, target: Against | None = None) -> str:
    """A figure for people, rounded, but never onto or across the target, nought or 100%.

    A figure that equals its target is shown exactly; so is, against itself, the target.
    """
    value = figure.value
    marks = [Fraction(0)]
    if figure.kind == "percent":
        marks.append(Fraction(1))
    if target is not None:
        marks.append(target[1])
    if _places(value) is None:
        marks = [mark for mark in marks if mark != value]
    for text, rounded in _readings(figure):
        if all(_side(rounded, mark) == _side(value, mark) for mark in marks):
            return text
    raise AssertionError("the readings of a figure come ever closer to it")


def amount(value: Fraction, currency: str, minor: int = 2) -> str:
    """Money for people: `125.00 EUR`; a sum that isn't payable as it is keeps two more digits.

    So is service: `3 days of service`.
    """
    if value == 1 and currency in SERVICE.values():
        return f"1 {currency.replace('s of', ' of')}"
    if (value * 10**minor).denominator == 1:
        return f"{_decimal(value, minor)} {currency}"
    return f"{_trimmed(value, minor + 2, minor)} {currency}"


def _side(value: Fraction, mark: Fraction) -> int:
    return (value > mark) - (value < mark)


def _readings(figure: Figure) -> Iterator[tuple[str, Fraction]]:
    """Ever finer texts of a figure, each with the number that it says."""
    value = figure.value
    match figure.kind:
        case "percent":
            return (_reading(value, Fraction(1, 100), "%", places) for places in count(4))
        case "money":
            unit = f" {figure.unit}" if figure.unit else ""
            return (_reading(value, Fraction(1), unit, places, 2) for places in count(2))
        case "size":
            return _sized(value)
        case "duration":
            return _lasting(value)
        case _:
            return (_reading(value, Fraction(1), "", places) for places in count(4))


def _reading(
    value: Fraction, unit: Fraction, name: str, places: int, least: int = 0
) -> tuple[str, Fraction]:
    """The number in a unit with so many decimals, ending noughts left out down to `least`."""
    rounded = Fraction(round(value / unit * 10**places), 10**places)
    return _trimmed(rounded, places, least) + name, rounded * unit


def _trimmed(value: Fraction, places: int, least: int) -> str:
    text = _decimal(value, places)
    if places > least:
        kept = len(text) - places + least
        text = text[:kept] + text[kept:].rstrip("0")
    return text.rstrip(".")


def _sized(value: Fraction) -> Iterator[tuple[str, Fraction]]:
    """Bytes below a thousand, then kB to TB, with three decimals or more."""
    for name, unit in _SIZES:
        if abs(value) >= unit:
            return (_reading(value, Fraction(unit), f" {name}", places) for places in count(3))
    return (_reading(value, Fraction(1), " B", places) for places in count(0))


def _lasting(value: Fraction) -> Iterator[tuple[str, Fraction]]:
    """`486.5 ms`, `5.375 s`, `9 h 25 min 15 s`, `12 d 4 h`."""
    size = abs(value)
    if 0 < size < 1:
        name, unit = next((pair for pair in _SHORT if size >= pair[1]), _SHORT[-1])
        return (_reading(value, unit, f" {name}", places) for places in count(3))
    if size < 60:
        return (_reading(value, Fraction(1), " s", places) for places in count(3))
    return _compound(value)


def _compound(value: Fraction) -> Iterator[tuple[str, Fraction]]:
    """Whole minutes from a day on, else whole seconds; then decimals of a second."""
    if abs(value) >= 86400:
        minutes = Fraction(round(value / 60) * 60)
        yield _clock_text(minutes, 0), minutes
    for places in count(0):
        rounded = Fraction(round(value * 10**places), 10**places)
        yield _clock_text(rounded, places), rounded


def _clock_text(value: Fraction, places: int) -> str:
    parts, rest = [], abs(value)
    for name, unit in _CLOCK[:-1]:
        whole = int(rest // unit)
        rest -= whole * unit
        if whole:
            parts.append(f"{whole} {name}")
    if rest or not parts:
        parts.append(f"{_trimmed(rest, places, 0)} s")
    return ("-" if value < 0 else "") + " ".join(parts)
