"""How times are written: ISO 8601, strptime formats and counts since 1970, as patterns."""

from __future__ import annotations

import re

__all__ = ["ISO", "MONTHS", "FormatError", "compile_format", "epoch_unit", "has_offset"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: Groups: Y m d H M S f (a fraction of the second) z (an offset); see `compile_format`.
ISO = re.compile(
    rb"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    rb"(?:[Tt ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?"
    rb" ?(?P<z>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)

_SHORT = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y"}
_PATTERNS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "e": r" ?(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[A-Za-z]{2})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "h": r"(?P<b>[A-Za-z]{3})",
    "B": r"(?P<b>[A-Za-z]{3,9})",
    "a": r"(?P<a>[A-Za-z]{3})",
    "A": r"(?P<a>[A-Za-z]{6,9})",
    "z": r"(?P<z>[Zz]|[+-]\d\d(?::?\d\d)?)",
    "%": "%",
}
_EPOCH = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class FormatError(ValueError):
    """A time format that can't be used; the text says why."""


def epoch_unit(form: str) -> int | None:
    """The nanoseconds of one of `epoch s|ms|us|ns`, None for another format."""
    head, _, unit = form.partition(" ")
    if head != "epoch":
        return None
    if unit not in _EPOCH:
        raise FormatError("expected `epoch s`, `epoch ms`, `epoch us` or `epoch ns`")
    return _EPOCH[unit]


def compile_format(form: str) -> re.Pattern[bytes]:
    """A strptime format as a pattern over UTF-8 whose groups are named by directive.

    Numbers may lack their leading zero; a blank stands for one or more blanks. Groups: `Y`
    or `y`, `m` or `b` (English month names), `d`, `H` or `I` with `p`, `M`, `S`, `f`, `z`,
    `a` (a weekday's name, not looked at). Raises `FormatError`.
    """
    for name, long in _SHORT.items():
        form = re.sub(rf"(?<!%)((?:%%)*)%{name}", rf"\g<1>{long}", form)
    parts: list[str] = []
    at = 0
    while at < len(form):
        c = form[at]
        at += 1
        if c != "%":
            parts.append(" +" if c == " " else re.escape(c))
            continue
        directive = form[at : at + 1]
        at += 1
        if directive not in _PATTERNS:
            known = ", ".join(f"%{d}" for d in _PATTERNS)
            raise FormatError(f"`%{directive}` is not understood; expected {known}")
        parts.append(_PATTERNS[directive])
    try:
        found = re.compile("".join(parts).encode())
    except re.error:
        raise FormatError("a directive occurs twice") from None
    return _complete(found)


def _complete(found: re.Pattern[bytes]) -> re.Pattern[bytes]:
    groups = found.groupindex
    for wanted, name in ((("Y", "y"), "year"), (("m", "b"), "month"), (("d",), "day")):
        count = sum(w in groups for w in wanted)
        if count != 1:
            raise FormatError(f"it has no {name}" if not count else f"it has the {name} twice")
    if "H" in groups and "I" in groups:
        raise FormatError("it has the hour twice")
    if ("I" in groups) != ("p" in groups):
        raise FormatError("a 12-hour clock is `%I` with `%p`")
    hour = "H" in groups or "I" in groups
    if ("M" in groups and not hour) or ("S" in groups and "M" not in groups):
        raise FormatError("it has minutes without hours, or seconds without minutes")
    if "f" in groups and "S" not in groups:
        raise FormatError("it has a fraction without seconds")
    return found


def has_offset(form: str | None) -> bool:
    """Whether times in this format say their offset themselves (`epoch` counts in UTC)."""
    return form is not None and (form.startswith("epoch") or "%z" in form)
