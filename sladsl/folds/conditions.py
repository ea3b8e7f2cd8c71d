"""Truth of conditions over many rows, where values may be missing and clocks still run.

A comparison with a missing value is neither true nor false, and so is its negation; at the
end that counts as false. A comparison of a clock that still runs may become true or false:
it is undecided. So each row keeps which of the three outcomes are still possible.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.records import Record

__all__ = ["Mask", "Truth"]

Mask: TypeAlias = NDArray[np.bool_]


class Truth(Record):
    """For n rows: can the condition be true, be false, be missing? (n bools each)."""

    true: Mask
    false: Mask
    missing: Mask

    @staticmethod
    def of(values: Mask, valid: Mask | None = None) -> Truth:
        """Decided outcomes; rows that aren't valid are missing."""
        if valid is None:
            return Truth(values, ~values, np.zeros(len(values), np.bool_))
        return Truth(values & valid, ~values & valid, ~valid)

    def also(self, other: Truth) -> Truth:
        """`and`."""
        return Truth(
            self.true & other.true,
            self.false | other.false,
            (self.missing & (other.true | other.missing))
            | (other.missing & (self.true | self.missing)),
        )

    def either(self, other: Truth) -> Truth:
        """`or`."""
        return self.opposite().also(other.opposite()).opposite()

    def opposite(self) -> Truth:
        """`not`."""
        return Truth(self.false, self.true, self.missing)

    def holds(self) -> Mask:
        """Rows for which the condition is true, whatever comes."""
        return self.true & ~self.false & ~self.missing

    def open(self) -> Mask:
        """Rows for which it can still come out both ways."""
        return self.true & (self.false | self.missing)
