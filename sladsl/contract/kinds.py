"""The arithmetic of kinds: what may be added, multiplied, compared, and what comes out."""

from __future__ import annotations

from sladsl.contract.model import Kind, Type
from sladsl.syntax import nodes as n

__all__ = [
    "BOOL", "CALENDAR", "DURATION", "INT", "NUMBER", "ORDERED", "PERCENT", "PLAIN", "RATIO",
    "TEXT", "TIME", "UNITS", "add", "comparable", "describe", "divide", "join", "literal",
    "multiply", "of_literal_kind",
]  # fmt: skip

TIME, TEXT, BOOL, INT = Type(Kind.TIME), Type(Kind.TEXT), Type(Kind.BOOL), Type(Kind.INT)
NUMBER, PERCENT, RATIO = Type(Kind.NUMBER), Type(Kind.PERCENT), Type(Kind.RATIO)
DURATION, SIZE, CALENDAR = Type(Kind.DURATION), Type(Kind.SIZE), Type(Kind.CALENDAR)

PLAIN = frozenset({Kind.INT, Kind.NUMBER})
#: Kinds whose values have a bare number and a unit.
UNITED = frozenset({Kind.PERCENT, Kind.DURATION, Kind.MONEY, Kind.SIZE})
NUMERIC = PLAIN | UNITED | {Kind.RATIO}
SHARES = frozenset({Kind.PERCENT, Kind.RATIO})
#: Kinds of which one value can be more than another.
ORDERED = NUMERIC | {Kind.TIME}

#: The units that a column's bare numbers may have.
UNITS: dict[Kind, tuple[str, ...]] = {
    Kind.DURATION: ("ns", "us", "ms", "s", "min", "h", "d"),
    Kind.SIZE: ("B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"),
}

_WORDS = {
    Kind.TIME: "a time",
    Kind.TEXT: "a text",
    Kind.BOOL: "a condition (true or false)",
    Kind.INT: "a whole number",
    Kind.NUMBER: "a number",
    Kind.PERCENT: "a percentage",
    Kind.RATIO: "a ratio",
    Kind.DURATION: "a duration",
    Kind.MONEY: "money",
    Kind.SIZE: "a size",
    Kind.ENUM: "one of",
    Kind.CALENDAR: "a calendar",
}

_LITERALS = {
    "number": NUMBER,
    "percent": PERCENT,
    "duration": DURATION,
    "size": SIZE,
}


def describe(type: Type) -> str:
    """A type in words, for a message: `money in EUR`, `a duration`."""
    words = _WORDS[type.kind]
    if type.kind is Kind.MONEY and type.unit:
        return f"{words} in {type.unit}"
    if type.kind is Kind.ENUM:
        shown = ", ".join(type.values[:4]) + (", ..." if len(type.values) > 4 else "")
        return f"{words} {shown}"
    return words


def literal(quantity: n.Quantity) -> Type:
    """The type of a literal."""
    if quantity.kind == "money":
        return Type(Kind.MONEY, quantity.unit)
    if quantity.kind == "number" and quantity.value.denominator == 1:
        return INT
    return _LITERALS[quantity.kind]


def of_literal_kind(kind: Kind) -> str:
    """How a literal of a kind looks, for a help line."""
    return {
        Kind.PERCENT: "99.9%",
        Kind.DURATION: "300ms, 5min or 2h",
        Kind.MONEY: "250.00 EUR",
        Kind.SIZE: "20MB",
    }.get(kind, "")


def _clear(type: Type, other: Type) -> Type:
    """`type` as a result: missing if one of the operands can be."""
    optional = type.optional or other.optional
    return Type(type.kind, type.unit, type.values, optional)


def same_currency(a: Type, b: Type) -> bool:
    """Whether money of the two types can be joined (an unknown currency joins any)."""
    return a.unit == b.unit or not a.unit or not b.unit


def join(a: Type, b: Type) -> Type | None:
    """The type of a value that is one of two: arms of a match, sides of `??`, of a sum."""
    if a.kind is b.kind:
        if a.kind is Kind.MONEY and not same_currency(a, b):
            return None
        if a.kind is Kind.ENUM and a.values != b.values:
            return None
        return _clear(a, b)
    if a.kind in PLAIN and b.kind in PLAIN:
        return _clear(NUMBER, _clear(a, b))
    if a.kind in SHARES and b.kind in SHARES:
        return _clear(PERCENT, _clear(a, b))
    if Kind.RATIO in (a.kind, b.kind) and (a.kind in PLAIN or b.kind in PLAIN):
        return _clear(RATIO, _clear(a, b))
    return None


def add(operator: str, a: Type, b: Type) -> Type | None:
    """The type of a sum or a difference, or None where there is none."""
    both = _clear(a, b)
    if a.kind is Kind.TIME and b.kind is Kind.TIME:
        return _clear(DURATION, both) if operator == "-" else None
    if a.kind is Kind.TIME and b.kind is Kind.DURATION:
        return _clear(TIME, both)
    if a.kind is Kind.DURATION and b.kind is Kind.TIME and operator == "+":
        return _clear(TIME, both)
    if a.kind not in NUMERIC or b.kind not in NUMERIC:
        return None
    return join(a, b)


def multiply(a: Type, b: Type) -> Type | None:
    """The type of a product: one side at most has a unit."""
    if a.kind not in NUMERIC or b.kind not in NUMERIC:
        return None
    if a.kind in PLAIN and b.kind in PLAIN:
        return join(a, b)
    if b.kind in PLAIN or b.kind in SHARES:
        return _clear(NUMBER if a.kind in PLAIN else a, b)
    if a.kind in PLAIN or a.kind in SHARES:
        return _clear(b, a)
    return None


def divide(a: Type, b: Type) -> Type | None:
    """The type of a quotient: of two values of a kind a ratio, else that of what is divided."""
    if a.kind not in NUMERIC or b.kind not in NUMERIC:
        return None
    if a.kind is b.kind or (a.kind in PLAIN and b.kind in PLAIN):
        if a.kind is Kind.MONEY and not same_currency(a, b):
            return None
        return _clear(RATIO, _clear(a, b))
    if b.kind in PLAIN or b.kind in SHARES:
        return _clear(NUMBER if a.kind in PLAIN else a, b)
    return None


def comparable(a: Type, b: Type) -> bool:
    """Whether values of the two types can be equal."""
    if a.kind is Kind.ENUM and b.kind is Kind.ENUM:
        return not set(a.values).isdisjoint(b.values)
    return a.kind is not Kind.CALENDAR and join(a, b) is not None
