"""What the checker asks, held to what the libraries say; without NumPy."""

import subprocess
import sys
from importlib import import_module

import pytest

from sladsl.calendar import names
from sladsl.calendar.names import DAY, HOUR, MINUTE, SECOND


def test_known_holidays_are_those_of_the_library():
    registry = import_module("holidays.registry").COUNTRIES
    for module, (entity, *codes) in registry.items():
        cls = getattr(import_module(f"holidays.countries.{module}"), entity)
        short = {code for code in codes if len(code) <= 3}
        assert all(names.known_holidays(code) for code in short)
        assert {f"{codes[0]}-{part}" for part in cls.subdivisions} == {
            f"{codes[0]}-{part}" for part in names._parts(codes[0])
        }


@pytest.mark.parametrize("region", ["US", "DE", "US-CA", "DE-BY", "UK", "GB-SCT", "USA"])
def test_known(region):
    assert names.known_holidays(region)


@pytest.mark.parametrize(
    "region", ["", "-", "de", "DE-", "DE-XX", "XX", "DE-BY-", "NL-BY", "holidays", "../x", "D\0"]
)
def test_unknown(region):
    assert not names.known_holidays(region)


def test_near():
    assert names.near_holidays("DE-BX")
    assert "DE-BY" in names.near_holidays("DE-BYE")
    assert names.near_holidays("DE-by") == ("DE-BY", *names.near_holidays("DE-by")[1:])
    assert names.near_holidays("germany") == ("DE",)
    assert names.near_holidays("New Zealand") == ("NZ",)
    assert names.near_holidays("new_zealand") == ("NZ",)
    assert names.near_holidays("QQ-1") == ()
    assert "US" in names.near_holidays("us")
    assert names.near_holidays("") == ()
    assert names.near_zones("europe/amsterdam")[0] == "Europe/Amsterdam"
    assert "Europe/Amsterdam" in names.near_zones("Europe/Amsterdm")
    assert names.near_zones("qqqqqqqqq") == ()


def test_divides():
    assert all(names.divides(n) for n in (1, SECOND, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY))
    assert not any(names.divides(n) for n in (0, -HOUR, 7 * MINUTE, 5 * HOUR, 2 * DAY))


def test_the_checker_needs_neither_numpy_nor_the_libraries():
    code = (
        "import sys\n"
        "from sladsl.calendar.names import *\n"
        "assert known_zone('Europe/Amsterdam') and not known_zone('localtime')\n"
        "assert known_holidays('US-CA') and not known_holidays('US-XX')\n"
        "print(sorted({'numpy', 'holidays', 'zoneinfo', 'dateutil'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
