"""What a checker may ask about zones, holidays and lengths; imports no NumPy, reads no clock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EARLIEST = -9_214_560_000 * SECOND
"""1678-01-01T00:00Z, the first instant of the supported range."""
LATEST = 9_214_646_400 * SECOND
"""2262-01-01T00:00Z, the end of the supported range."""
AFTER_ALL = "after 2261"
"""How people are told an instant beyond it, which nothing is said of but that."""

_REGISTRY_ROW = re.compile(r'^    "(\w+)": \(\s*"(\w+)",\s*([^)]*)\),', re.M)
_SUBDIVISIONS = re.compile(r"^    subdivisions\b[^=\n]*= (\(\)|\(\n.*?^    \))", re.M | re.S)


class UnknownZone(KeyError):
    """No such time zone in the zone data."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"unknown time zone `{self.name}`"


def divides(length: int) -> bool:
    """Whether a window of `length` nanoseconds fits a day (or an hour of it) without a rest."""
    return length > 0 and DAY % length == 0


def known_zone(name: str) -> bool:
    """Whether `name` is a zone of the zone data, spelt exactly."""
    return name in _zone_names()


def near_zones(name: str) -> tuple[str, ...]:
    """Up to three zones that are spelt nearly like `name`, the nearest first."""
    return _near(name, _zone_names())


def known_holidays(region: str) -> bool:
    """Whether there are public holidays for `region`: "US", "DE", or with a part, "DE-BY"."""
    country, _, part = region.partition("-")
    if country not in _countries():
        return False
    return region == country or part in _parts(country)


def near_holidays(region: str) -> tuple[str, ...]:
    """Up to three regions that are spelt nearly like `region`, the nearest first."""
    country, _, part = region.partition("-")
    country = country.upper()
    if part and country in _countries():
        return _near(region, (f"{country}-{p}" for p in _parts(country))) or (country,)
    names = {module.replace("_", " "): codes[0] for module, codes in _registry()}
    named = names.get(region.replace("_", " ").lower())
    return (named,) if named else _near(region, _countries())


def zone_info(name: str) -> ZoneInfo:
    """The zone from the `tzdata` package, whatever the machine has; raises `UnknownZone`."""
    if not known_zone(name):
        raise UnknownZone(name)
    return _load_zone(name)


@lru_cache(maxsize=64)
def _load_zone(name: str) -> ZoneInfo:
    from io import BytesIO
    from zoneinfo import ZoneInfo

    return ZoneInfo.from_file(BytesIO(_package_file("tzdata", "zoneinfo", *name.split("/"))), name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    names = _package_file("tzdata", "zones").decode().split()
    return frozenset(names) - {"Factory"}


@lru_cache(maxsize=1)
def _registry() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Module and codes of each country: the library's own table, read without importing it."""
    text = _package_file("holidays", "registry.py").decode()
    text = text[text.index("COUNTRIES") : text.index("FINANCIAL")]
    return tuple(
        (module, tuple(code for code in re.findall(r'"(\w+)"', codes) if len(code) in (2, 3)))
        for module, _, codes in _REGISTRY_ROW.findall(text)
    )


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Module of each country code (two letters, three letters, or an alias such as UK)."""
    return {code: module for module, codes in _registry() for code in codes}


@lru_cache(maxsize=64)
def _parts(country: str) -> frozenset[str]:
    """Codes of the parts of a country, read from its module without importing it."""
    from ast import literal_eval

    text = _package_file("holidays", "countries", f"{_countries()[country]}.py").decode()
    found = _SUBDIVISIONS.search(text)
    return frozenset(literal_eval(found[1])) if found else frozenset()


def _package_file(package: str, *path: str) -> bytes:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package `{package}` is not installed", name=package)
    where = os.path.join(os.path.dirname(spec.origin), *path)
    read = getattr(spec.loader, "get_data")  # noqa: B009  (not in the Loader protocol)
    data: bytes = read(where)
    return data


def _near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    from difflib import get_close_matches

    spelt = {each.lower(): each for each in sorted(known)}
    return tuple(spelt[each] for each in get_close_matches(name.lower(), spelt, 3, 0.6))
