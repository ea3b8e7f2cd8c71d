"""Times into nanoseconds since 1970 in UTC: whole columns of texts, counts and local times."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.calendar.zones import NEVER, TWICE, Zone
from sladsl.records import Record
from sladsl.streams.buffers import Strings
from sladsl.streams.faults import Converted, Fault
from sladsl.streams.time_formats import ISO, MONTHS

__all__ = ["alike", "from_counts", "from_local", "from_texts"]

SECOND = 10**9
LONGEST = 64

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_BEFORE = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)
_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def from_counts(counts: Ints, unit: int) -> Converted:
    """Instants counted in units of `unit` nanoseconds (or several units a nanosecond: never)."""
    outside = (counts < -(-EARLIEST // unit)) | (counts >= LATEST // unit)
    fault = np.where(outside, Fault.YEARS, Fault.NONE).astype(np.int8)
    return Converted(np.where(outside, 0, counts) * unit, ~outside, fault)


def from_local(local: Converted, zone: Zone | None, ambiguous: str | None) -> Converted:
    """Local times in UTC. Without a zone each is `NO_ZONE`; one that is twice or never, that."""
    if zone is None:
        local.fault[local.fault == 0] = Fault.NO_ZONE
        local.valid = local.fault == 0
        return local
    utc, codes = zone.to_utc(np.where(local.fault == 0, local.values, 0), ambiguous)
    fine = local.fault == 0
    local.fault[fine & (codes == TWICE)] = Fault.TWICE
    local.fault[fine & (codes == NEVER)] = Fault.NEVER
    return _within(utc, local.fault)


def _within(utc: Ints, fault: NDArray[np.int8]) -> Converted:
    fault[(fault == 0) & ((utc < EARLIEST) | (utc >= LATEST))] = Fault.YEARS
    return Converted(utc, fault == 0, fault)


class _Shape(Record):
    """Which bytes of a text are digits, letters or fixed, learned from one text of its shape."""

    text: bytes
    groups: dict[str, tuple[int, int]]

    def like(self, matrix: Bytes) -> NDArray[np.bool_]:
        """Which columns of the matrix (width, rows) have this shape."""
        free = np.zeros(len(self.text), np.int8)
        for name, (start, end) in self.groups.items():
            for at in range(start, end):
                byte = self.text[at : at + 1]
                if name in "pba":
                    free[at] = 2
                elif byte.isdigit():
                    free[at] = 1
        same = np.ones(matrix.shape[1], np.bool_)
        for at, kind in enumerate(free.tolist()):
            row = matrix[at]
            if kind == 1:
                same &= (row - np.uint8(48)) < 10
            elif kind == 2:
                same &= ((row | np.uint8(32)) - np.uint8(97)) < 26
            else:
                same &= row == self.text[at]
        return same


def alike(data: Bytes, length: int) -> tuple[str, bool] | None:
    """Whether texts of `length` bytes each, one behind the other, are ISO times of one shape.

    If so, the unit that holds their fractions (s, ms, us) and whether they have an offset. Only
    their marks are looked at: other bytes in the place of digits are for the conversion to find,
    as are a 30 February and the like.
    """
    first = data[:length].tobytes()
    found = ISO.fullmatch(first)
    if found is None:
        return None
    digits: set[int] = set()
    for name, (start, end) in ((n, found.span(n)) for n in ISO.groupindex):
        if name != "z":
            digits.update(range(start, end))
    matrix = data.reshape(-1, length)
    zone = found["z"]
    for at in range(length):
        if at in digits:
            continue
        column, mark = matrix[:, at], first[at]
        if zone is not None and at >= found.start("z"):
            if mark in b"0123456789":
                continue
            if mark in b"+-":
                if not ((column == 43) | (column == 45)).all():
                    return None
                continue
        if mark not in b"-:. TZ+" or not (column == mark).all():
            return None
    fraction = len(found["f"] or b"")
    if fraction > 6:
        return None
    return "s" if not fraction else "ms" if fraction <= 3 else "us", zone is not None


def from_texts(
    strings: Strings,
    rows: Ints,
    pattern: re.Pattern[bytes],
    zone: Zone | None,
    ambiguous: str | None,
) -> Converted:
    """The times in the texts of these rows, by a pattern of `time_formats`.

    Texts of one shape (the same bytes but for digits and names) are read together, by
    columns of bytes; blanks around a text are dropped.
    """
    out = Converted(
        np.zeros(len(rows), np.int64),
        np.zeros(len(rows), np.bool_),
        np.full(len(rows), Fault.NOT_A, np.int8),
    )
    starts, lengths = _stripped(strings, rows)
    counts = np.bincount(np.minimum(lengths, LONGEST + 1), minlength=1)
    for length in np.flatnonzero(counts[: LONGEST + 1]).tolist():
        which = np.flatnonzero(lengths == length)
        at = starts[which][None, :] + np.arange(length)[:, None]
        matrix = strings.data.take(at, mode="clip") if length else np.zeros((0, 0), np.uint8)
        while length and len(which):
            text = matrix[:, 0].tobytes()
            found = pattern.fullmatch(text)
            if found is None:  # leaves those that match, of which there are few shapes
                texts = (matrix[:, n].tobytes() for n in range(len(which)))
                fits = np.array([pattern.fullmatch(t) is not None for t in texts], np.bool_)
                which, matrix = which[fits], matrix[:, fits]
                continue
            groups = {n: found.span(n) for n in pattern.groupindex if found.span(n)[0] >= 0}
            same = _Shape(text, groups).like(matrix)
            part = _read(matrix[:, same], groups, zone, ambiguous)
            target = which[same]
            out.values[target] = part.values
            out.fault[target] = part.fault
            which, matrix = which[~same], matrix[:, ~same]
    out.valid = out.fault == 0
    return out


def _stripped(strings: Strings, rows: Ints) -> tuple[Ints, Ints]:
    """Where each text starts without blanks around it, and how long it then is."""
    starts = strings.offsets[rows]
    lengths = strings.lengths[rows]
    if len(strings.data):
        for _ in range(LONGEST):
            first = strings.data.take(starts, mode="clip") <= 32
            lead = first & (lengths > 0)
            starts = starts + lead
            lengths = lengths - lead
            last = strings.data.take(starts + lengths - 1, mode="clip") <= 32
            trail = last & (lengths > 0)
            lengths = lengths - trail
            if not (lead.any() or trail.any()):
                break
    return starts, lengths


def _read(
    matrix: Bytes, groups: dict[str, tuple[int, int]], zone: Zone | None, ambiguous: str | None
) -> Converted:
    """The times of texts of one shape, whose groups stand at these columns."""

    def number(name: str, default: int = 0) -> Ints:
        start, end = groups.get(name, (0, 0))
        value = np.full(matrix.shape[1], default if start == end else 0, np.int64)
        for column in matrix[start:end]:
            value = value * 10 + (column - np.uint8(48))
        return value

    year = number("Y")
    if "y" in groups:
        short = number("y")
        year = np.where(short < 69, short + 2000, short + 1900)
    month = _month(matrix, groups["b"]) if "b" in groups else number("m")
    day = number("d")
    hour, wrong = _hour(matrix, groups, number)
    minute, second = number("M"), number("S")
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    named = (month >= 1) & (month <= 12)
    month = np.where(named, month, 1)
    last = _LENGTH[month] + (leap & (month == 2))
    wrong |= ~named | (day < 1) | (day > last) | (hour > 23) | (minute > 59) | (second > 59)
    fault = np.where(wrong, Fault.NOT_A, Fault.NONE).astype(np.int8)
    outside = ((year < 1678) | (year > 2261)) & ~wrong
    fault[outside] = Fault.YEARS
    year = np.where(fault == 0, year, 1970)
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400 - 719162
    days += _BEFORE[month] + (leap & (month > 2) & (fault == 0)) + day - 1
    local = ((days * 24 + hour) * 60 + minute) * 60 + second
    nanos = np.where(fault == 0, local * SECOND, 0)
    if "f" in groups:
        start, end = groups["f"]
        if end - start > 9:
            fault[fault == 0] = Fault.FINER
        else:
            nanos += number("f") * 10 ** (9 - (end - start))
    found = Converted(nanos, fault == 0, fault)
    if "z" not in groups:
        return from_local(found, zone, ambiguous)
    return _offset(matrix, groups["z"], found)


def _hour(
    matrix: Bytes, groups: dict[str, tuple[int, int]], number: Callable[[str], Ints]
) -> tuple[Ints, NDArray[np.bool_]]:
    """The hour of the day, and which texts name none (13 PM)."""
    wrong = np.zeros(matrix.shape[1], np.bool_)
    if "I" not in groups:
        return number("H"), wrong
    clock = number("I")
    start, _ = groups["p"]
    half = matrix[start] | np.uint8(32)
    wrong |= (clock < 1) | (clock > 12)
    wrong |= ((half != ord("a")) & (half != ord("p"))) | (
        (matrix[start + 1] | np.uint8(32)) != ord("m")
    )
    return clock % 12 + np.where(half == ord("p"), 12, 0), wrong


def _month(matrix: Bytes, span: tuple[int, int]) -> Ints:
    """The number of a month's English name, short or long; 0 for another word."""
    start, end = span
    letters = matrix[start:end] | np.uint8(32)
    found = np.zeros(matrix.shape[1], np.int64)
    for number, name in enumerate(MONTHS, 1):
        same = np.ones(matrix.shape[1], np.bool_)
        for row, letter in zip(letters, _LONG[name][: end - start], strict=False):
            same &= row == ord(letter)
        fits = end - start == 3 or end - start == len(_LONG[name])
        found[same & fits] = number
    return found


_LONG = {
    "jan": "january",
    "feb": "february",
    "mar": "march",
    "apr": "april",
    "may": "may",
    "jun": "june",
    "jul": "july",
    "aug": "august",
    "sep": "september",
    "oct": "october",
    "nov": "november",
    "dec": "december",
}


def _offset(matrix: Bytes, span: tuple[int, int], found: Converted) -> Converted:
    """Takes the offset that stands at these columns off; `Z` is none."""
    start, end = span
    if end - start == 1:
        return _within(found.values, found.fault)
    digits = [matrix[at].astype(np.int64) - 48 for at in range(start + 1, end)]
    digits = [d for d in digits if not (len(d) and d[0] == 10)]  # the colon
    hours = digits[0] * 10 + digits[1]
    minutes = digits[2] * 10 + digits[3] if len(digits) > 2 else np.zeros_like(hours)
    wrong = (hours > 23) | (minutes > 59)
    found.fault[wrong & (found.fault == 0)] = Fault.NOT_A
    sign = -1 if len(matrix[start]) and matrix[start][0] == ord("-") else 1
    utc = found.values - sign * (hours * 60 + minutes) * 60 * SECOND
    return _within(utc, found.fault)
