"""Findings about values: numbers and their units, dates, times of day, texts."""

from __future__ import annotations

import re

from sladsl.diagnostics import Diagnostic
from sladsl.syntax.trouble import Trouble
from sladsl.syntax.vocabulary import UNITS
from sladsl.syntax.words import Word, quoted

__all__ = ["date_form", "missing_text", "missing_unit", "time_form", "unknown_unit"]

_DURATIONS = {
    "ns": "nanosecond nanoseconds nsec",
    "us": "microsecond microseconds usec \u00b5s \u03bcs",
    "ms": "millisecond milliseconds msec msecs millis",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "",
}
_DAYS = {
    "day": "days", "days": "days", "w": "weeks", "wk": "weeks", "week": "weeks",
    "weeks": "weeks", "mo": "months", "month": "months", "months": "months", "y": "years",
    "yr": "years", "yrs": "years", "year": "years", "years": "years", "quarter": "quarters",
    "quarters": "quarters",
}  # fmt: skip
_SIZES = {unit.lower(): unit for unit in ("B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB")}
_SIZES |= {"bytes": "B", "byte": "B"}
_COINS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_CODES = {*_COINS.values(), "CHF", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "INR", "CNY"}
_TO_UNIT = {word: unit for unit, words in _DURATIONS.items() for word in (unit, *words.split())}
_TYPES = frozenset(["text", "time", "int", "number", "bool", "duration", "money", "size", "one"])
_KINDS = ("PERCENT", "DURATION", "MONEY", "SIZE")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_UNITS_HELP = (
    "units are `ns us ms s min h d` for durations, `%`, `B kB MB GB TB KiB MiB GiB TiB` for"
    " sizes, and three capitals such as `EUR` for money"
)


def _plain(number: str) -> str:
    """A number with its marks put right: `1,000.00` and `1.000,00` as `1000.00`."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})*,\d{1,2}", number):
        return number.replace(".", "").replace(",", ".")
    return number.replace(",", "")


def _written(number: str, unit: str) -> str:
    """How a number with this unit is written, or nothing where the unit isn't known."""
    number, low = _plain(number), unit.lower()
    if unit == "m":
        return f"`{number}min` or `{number} months`"
    if unit == "%" or low in ("percent", "pct"):
        return f"`{number}%`"
    if unit in _TO_UNIT or (low in _TO_UNIT and unit not in ("M", "D", "H", "S")):
        return f"`{number}{_TO_UNIT.get(unit) or _TO_UNIT[low]}`"
    if low in _DAYS:
        days = f" (by the calendar) or `{number}d` (of 24 hours each)" if "day" in low else ""
        return f"`{number} {_DAYS[low]}`{days}"
    if low in _SIZES:
        return f"`{number} {_SIZES[low]}`"
    if unit in _COINS or re.fullmatch(r"[A-Za-z]{3}", unit):
        return f"`{number} {_COINS.get(unit) or unit.upper()}`"
    return ""


def _unit_after(t: Trouble, number: Word) -> Word | None:
    """A unit that stands apart from its number."""
    index = t.words.index(number) + 1
    after = t.words[index] if index < len(t.words) else None
    if after is None or (after.kind not in ("name", "strange") and after.text != "%"):
        return None
    known = after.text in _COINS or after.text == "%" or bool(_written("1", after.text))
    money = len(after.text) == 3 and after.text.lower() not in _TO_UNIT
    return None if not known or (money and after.text.upper() not in _CODES) else after


def unknown_unit(t: Trouble) -> Diagnostic | None:
    """A number whose unit isn't known, or isn't written as it should be."""
    word, message, number, unit = t.here, "", "", ""
    place: Word | tuple[int, int] | None = None
    if word.kind == "coin":
        number, unit = word.text[1:].strip(), word.text[0]
        message, place = f"{quoted(word.text)}: money is written with its currency's code", word
    elif word.kind in ("number", "date"):
        number = _NUMBER.match(word.text).group()  # type: ignore[union-attr]
        unit = word.text[len(number) :]
        after = _unit_after(t, word)
        if unit and "," not in number:
            if word.start == t.at and "BAD_QUANTITY" not in _terminal(t, word):
                return None
            message, place = f"unknown unit `{unit[:40]}`", (word.start + len(number), word.end)
        elif "," in number and _comma_number(number):
            unit, end = (after.text, after.end) if after else (unit, word.end)
            message, place = f"{quoted(number)}: a number has no commas", (word.start, end)
        elif after and word.start == t.at:
            unit = after.text
            message, place = _apart(after), (word.start, after.end)
    else:
        before = t.word(-1)
        after = _unit_after(t, before) if before.kind == "number" else None
        if after is word and before.text.replace(".", "").isdigit():
            number, unit = before.text, after.text
            message, place = _apart(after), (before.start, after.end)
    if not message or place is None:
        return None
    written = _written(number, unit)
    start, end = (place.start, place.end) if isinstance(place, Word) else place
    if written == f"`{t.text[start:end]}`":
        return None  # it is written as it should be: something else is wrong
    if not written and unit:
        return t.finding("SLA114", message, place, "not a unit", _UNITS_HELP)
    return t.finding("SLA114", message, place, "", f"write {written or f'`{_plain(number)}`'}")


def _apart(unit: Word) -> str:
    return f"the unit {quoted(unit.text)} isn't written like this"


def _comma_number(number: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})*,\d{1,2}", number))


def _terminal(t: Trouble, word: Word) -> str:
    """Which terminal a word with digits is, or that its unit isn't known."""
    found = (x.name for x in t.parser.terminals if x.name in (*_KINDS, "DATE", "CLOCK"))
    patterns = {x.name: x.pattern.to_regexp() for x in t.parser.terminals}
    return next((n for n in found if re.fullmatch(patterns[n], word.text)), "BAD_QUANTITY")


def missing_unit(t: Trouble) -> Diagnostic | None:
    """A number where a quantity with a unit is due."""
    word, accepts = t.here, t.state.accepts
    if word.kind == "number" and word.text.replace(".", "").isdigit():
        due = [kind for kind in _KINDS if kind in accepts]
        if "NUMBER" in accepts or not due:
            return None
        example = {"DURATION": "min", "PERCENT": "%", "MONEY": " EUR", "SIZE": " MB"}[due[0]]
    elif t.word(-1).kind == "number" and set(UNITS) <= t.accepted_words:
        word = t.word(-1)
        example = "%" if "PERCENT" in t.state_at(word.start).accepts else " days"
    else:
        return None
    message = f"the number `{word.text[:40]}` has no unit"
    help = f"add a unit, for example `{word.text[:40]}{example}`"
    return t.finding("SLA113", message, word, "a unit is due here", help)


_DATE = re.compile(r"(\d+)([-/.])(\d+)[-/.](\d+)(T.*)?")


def date_form(t: Trouble) -> Diagnostic | None:
    """A date in another form than `2026-01-31`."""
    word = t.here
    if word.kind == "string" and "DATE" in t.state.accepts and "STRING" not in t.state.accepts:
        if _dates(word.text[1:-1]):
            help = f"write `{_dates(word.text[1:-1])[0]}`"
            return t.finding("SLA129", "a date stands without quotes", word, "", help)
        return None
    if word.kind == "clock" and t.word(-1).kind == "date" and word.text[2:3] == ":":
        both = (t.word(-1).start, word.end)
        help = f"write `{t.word(-1).text}T{word.text}`"
        return t.finding("SLA129", "a date and a time stand as one word", both, "", help)
    if word.kind != "date" or not (dates := _dates(word.text)) or dates[0] == word.text:
        return None
    message = f"`{word.text[:40]}` isn't written like a date"
    help = f"the year comes first: write {' or '.join(f'`{d}`' for d in dates)}"
    return t.finding("SLA129", message, word, "expected a form such as `2026-01-31`", help)


def _dates(text: str) -> list[str]:
    """The dates that a text may mean, in the form of the language."""
    found = _DATE.fullmatch(text)
    if not found:
        return []
    first, mark, second, third, _ = found.groups()
    if len(first) == 4:
        options = [(first, second, third)]
    elif len(third) == 4:
        options = [(third, second, first)]
        if mark != ".":
            options.append((third, first, second))
    else:
        return []
    good = [o for o in options if 1 <= int(o[1]) <= 12 and 1 <= int(o[2]) <= 31]
    return list(dict.fromkeys(f"{y}-{int(m):02}-{int(d):02}" for y, m, d in good))


def time_form(t: Trouble) -> Diagnostic | None:
    """A time of day in another form than `09:00`."""
    word = t.here
    note = "expected a form such as `09:00`"
    half = re.fullmatch(r"(\d{1,2})(am|pm)", word.text, re.IGNORECASE)
    if half and 1 <= int(half[1]) <= 12:
        hour = int(half[1]) % 12 + (12 if half[2].lower() == "pm" else 0)
        help = f"the day has 24 hours: write `{hour:02}:00`"
        return t.finding("SLA130", f"`{word.text}` isn't a time of day", word, note, help)
    if word.kind != "clock" or re.fullmatch(r"\d\d:\d\d(:\d\d)?", word.text):
        return None
    hours, minutes, *rest = word.text.split(":")
    fixed = ":".join([f"{int(hours):02}", f"{int(minutes):02}", *rest])
    message = f"`{word.text}` isn't written like a time of day"
    return t.finding("SLA130", message, word, note, f"write `{fixed}`")


def missing_text(t: Trouble) -> Diagnostic | None:
    """Something else where a quoted text is due."""
    if t.state.accepts != {"STRING"}:
        return None
    word = t.here
    if word.text in _TYPES:
        return None  # a field with the name of a clause
    message, help = "a text in quotes is missing", 'a text stands between double quotes: `"..."`'
    end = word.end
    if word.kind == "name":
        while t.text[end : end + 1] in ("/", "-") and t.text[end + 1 : end + 2].isalpha():
            end += 1 + len(re.match(r"\w+", t.text[end + 1 :]).group())  # type: ignore[union-attr]
        meant = t.text[word.start : end]
        if len(meant) <= 40:
            help = f'write it in quotes: `"{meant}"`'
    return t.finding("SLA128", message, (word.start, end), 'expected `"`', help)
