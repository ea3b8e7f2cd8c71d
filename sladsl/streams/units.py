"""The units in which columns and cells give durations, sizes, shares and money."""

from __future__ import annotations

__all__ = ["factor", "units_of"]

_TABLE: dict[str, dict[str, int]] = {
    "duration": {
        "ns": 1,
        "us": 10**3,
        "µs": 10**3,
        "ms": 10**6,
        "s": 10**9,
        "min": 60 * 10**9,
        "h": 3600 * 10**9,
        "d": 86400 * 10**9,
    },
    "size": {
        "B": 1,
        "kB": 10**3,
        "MB": 10**6,
        "GB": 10**9,
        "TB": 10**12,
        "KiB": 2**10,
        "MiB": 2**20,
        "GiB": 2**30,
        "TiB": 2**40,
    },
    "percent": {"%": 10**7, "1": 10**9},
}


def units_of(kind: str, currency: str | None) -> tuple[str, ...]:
    """The units that a kind's values may be given in. `currency` is a money field's own."""
    if kind == "money":
        return () if currency is None else (currency,)
    return tuple(_TABLE.get(kind, ()))


def factor(kind: str, unit: str | None, currency: str | None = None) -> int | None:
    """How many integer units of the kind (`model.SCALE`) make one `unit`; None: no such unit.

    Without a unit: a share is in percent, a size in bytes, money in the field's currency;
    a duration has no default.
    """
    if kind == "int":
        return 1 if unit is None else None
    if kind == "number":
        return 10**6 if unit is None else None
    if kind == "money":
        return 10**6 if unit is None or unit == currency else None
    default = {"percent": "%", "size": "B"}.get(kind)
    return _TABLE[kind].get(unit or default or "") if kind in _TABLE else None
