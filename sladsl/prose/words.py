"""Names, figures, lengths and lists in words."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from sladsl.prose.document import free
from sladsl.syntax import nodes as n

__all__ = [
    "COMPARED", "MONTHS", "WEEKDAYS", "a_period", "days_open", "duration", "either", "everything",
    "figure", "length", "moment", "name", "names", "ordinal", "quoted", "sentence", "stretch",
    "titled",
]  # fmt: skip

WEEKDAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
    "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May",
    "jun": "June", "jul": "July", "aug": "August", "sep": "September", "oct": "October",
    "nov": "November", "dec": "December",
}  # fmt: skip
COMPARED = {
    "==": "exactly", "!=": "other than", "<": "below", "<=": "at most", ">": "above",
    ">=": "at least",
}  # fmt: skip


def name(node: n.Name | str) -> str:
    """A name as the policy has it."""
    return f"`{node if isinstance(node, str) else node.text}`"


def everything(parts: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    found = list(parts)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else found[0]


def either(parts: Iterable[str]) -> str:
    """`a, b or c`."""
    return everything(parts, "or")


def names(nodes: Iterable[n.Name]) -> str:
    """`a, b and c`, of names."""
    return everything(map(name, nodes))


def quoted(text: str) -> str:
    """A text in quotes."""
    return f'"{free(text)}"'


def titled(node: n.Name, doc: n.Text | None) -> str:
    """A name, and what its declaration says of it."""
    return name(node) if doc is None else f"{name(node)}: {free(doc.value)}"


def sentence(text: str) -> str:
    """The same text with a full stop, unless it ends like a sentence."""
    return text if text.rstrip("\x03").endswith((".", "!", "?")) else f"{text}."


def figure(node: n.Quantity) -> str:
    """A figure as it was written; a length says what it comes to."""
    if node.kind == "duration":
        return duration(node)
    if node.kind == "money":
        amount = node.text.removesuffix(node.unit).strip()
        return f"{amount} {node.unit}"
    return node.text


def duration(node: n.Quantity) -> str:
    """An exact length of time; days are spelt out as hours."""
    return _with_hours(node.text, node.value)


def _with_hours(text: str, seconds: Fraction) -> str:
    if "d" not in text:
        return text
    hours = seconds / 3600
    return f"{text} ({_decimal(hours)} hours)"


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return str(float(value)) if value.denominator in (2, 4, 5, 10) else str(value)


def length(node: n.Length) -> str:
    """A stretch of time: elapsed, or by the calendar."""
    if node.unit == "s":
        return _with_hours(node.text, node.count)
    return f"{node.count} calendar {node.unit}{'' if node.count == 1 else 's'}"


def days_open(node: n.Length, calendar: n.Name | None) -> str | None:
    """Days on which a calendar opens; None of what isn't days of a calendar."""
    if calendar is None or node.unit != "day":
        return None
    return f"{node.count} day{'' if node.count == 1 else 's'} on which {name(calendar)} opens"


def ordinal(number: str) -> str:
    """`95th`, `99.9th`, `1st`."""
    teen = number[-2:] in ("11", "12", "13")
    end = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return f"{number}{'th' if teen or '.' in number else end}"


def moment(node: n.Moment) -> str:
    """A date, or a date with a time."""
    return node.text.replace("T", " ")


def stretch(node: n.Baseline | n.Existing) -> str:
    """`from 2026-01-01 through 2026-03-31, that day included`."""
    end = ", without an end"
    if node.through is not None:
        end = f" through {moment(node.through)}, that day included"
    elif node.to is not None:
        end = f" up to {moment(node.to)}, not included"
    return f"from {moment(node.start)}{end}"


def a_period(word: str) -> str:
    """`each calendar month`."""
    return "the whole term" if word == "term" else f"each calendar {word}"
