"""How a share of time came about within a period: what it could still come to at each instant."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from sladsl.records import Record

#: A length of time in ns; of an outage that is weighted, exactly.
Time: TypeAlias = int | Fraction

__all__ = ["Course", "Time"]


class Course(Record):
    """The time of one group in a period [start, end), ns.

    `failing` are stretches [from, to) that count as outage, from when it is certain that they do
    (an outage that has to last for some time isn't one before), and the part that is affected.
    `missing` wasn't measured, and `excluded` is left out: both are known as they pass, since nobody
    is to report a breach that only follows from what was excluded later. `of` is the fixed time
    that the share is of.
    """

    start: int
    end: int
    failing: tuple[tuple[int, int, int, Time], ...]
    missing: tuple[tuple[int, int], ...]
    excluded: tuple[tuple[int, int], ...]
    of: int | None

    def best(self, time: int) -> Fraction | None:
        """The share, if nothing fails or is missing from an instant on; None: of no time."""
        failed = sum(
            (min(to, time) - since) * weight
            for since, to, certain, weight in self.failing
            if certain <= time and since < time
        )
        if self.of is not None:
            return Fraction(max(self.of - failed, 0), self.of)
        measured = self.end - self.start - self._unknown(time)
        return Fraction(measured - failed, measured) if measured > 0 else None

    def least(self, time: int) -> Fraction | None:
        """The share, if all fails from an instant on; None: of no time, or the period is over.

        What fails at that instant then lasts long enough.
        """
        if time >= self.end:
            return None
        failed = sum(
            (min(to, time) - since) * weight
            for since, to, _, weight in self.failing
            if since < time
        )
        if self.of is not None:
            return Fraction(max(self.of - failed - (self.end - time), 0), self.of)
        unknown = self._unknown(time)
        measured = self.end - self.start - unknown
        up = time - self.start - unknown - failed
        return Fraction(max(up, 0), measured) if measured > 0 else None

    def _unknown(self, time: int) -> int:
        """The time up to an instant that isn't measured, or is left out (ns)."""
        gone = (*self.missing, *self.excluded)
        return sum(min(to, time) - since for since, to in gone if since < time)
