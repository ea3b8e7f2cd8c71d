"""Why a cell, and with it its row, can't be used."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "Converted", "Fault"]

#: the largest value of a column, and with a minus the least
LARGEST = 2**63 - 1


class Fault(IntEnum):
    """What is wrong with a cell; `reason` in `plan.py` puts it into words."""

    NONE = 0
    MISSING = 1
    UNKNOWN = 2
    NOT_A = 3
    FINER = 4
    LARGE = 5
    NO_UNIT = 6
    UNIT = 7
    CURRENCY = 8
    NEGATIVE = 9
    NOT_FINITE = 10
    NOT_WHOLE = 11
    YEARS = 12
    NO_ZONE = 13
    TWICE = 14
    NEVER = 15
    UNMAPPED = 16
    END_FIRST = 17
    LONG = 18


class Converted:
    """A column in its kind's unit. Where `fault` isn't 0 or `valid` is False, the value is 0."""

    __slots__ = ("fault", "valid", "values")

    def __init__(
        self, values: NDArray[Any], valid: NDArray[np.bool_], fault: NDArray[np.int8]
    ) -> None:
        self.values = values
        self.valid = valid
        self.fault = fault

    def settle(self) -> Converted:
        """Makes values that aren't there 0, and faulty ones absent."""
        self.valid = self.valid & (self.fault == 0)
        if not self.valid.all():
            self.values = np.where(self.valid, self.values, np.zeros(1, self.values.dtype))
        return self

    def take(self, at: NDArray[Any]) -> Converted:
        """The cells at these indices."""
        return Converted(self.values[at], self.valid[at], self.fault[at])
