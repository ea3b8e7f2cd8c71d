"""Truth of conditions over many rows, where values may be missing and clocks still run.

A comparison with a missing value is neither true nor false, and so is its negation; at the
end that counts as false. A comparison of a clock that still runs may become true or false:
it is undecided. For a row, then, a condition is sure to be true, or can be true, or neither.

`not` needs no third mask: it is carried inwards, to comparisons, whose opposites are
comparisons too. What is missing is true in neither of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COMPARE",
    "MIRRORED",
    "OPPOSITE",
    "Mask",
    "Truth",
    "both",
    "compared",
    "is_one_of",
    "undecided",
]

Mask: TypeAlias = NDArray[np.bool_]

COMPARE: dict[str, np.ufunc] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_FEW = 8  # constants that are compared one by one


class Truth:
    """For n rows: is the condition sure to be true; can it be true (None: the same rows)?

    The masks may be columns of the batch itself: nobody writes into them.
    """

    __slots__ = ("maybe", "sure")

    def __init__(self, sure: Mask, maybe: Mask | None = None) -> None:
        self.sure = sure
        self.maybe = maybe

    @staticmethod
    def of(values: Mask, valid: Mask | None = None) -> Truth:
        """Decided outcomes; rows that aren't valid are missing, and so not true."""
        return Truth(values if valid is None else values & valid)

    def also(self, other: Truth) -> Truth:
        """`and`."""
        if self.maybe is None and other.maybe is None:
            return Truth(self.sure & other.sure)
        return Truth(self.sure & other.sure, self.possible() & other.possible())

    def either(self, other: Truth) -> Truth:
        """`or`."""
        if self.maybe is None and other.maybe is None:
            return Truth(self.sure | other.sure)
        return Truth(self.sure | other.sure, self.possible() | other.possible())

    def possible(self) -> Mask:
        """Rows for which the condition can be true."""
        return self.sure if self.maybe is None else self.maybe

    def holds(self) -> Mask:
        """Rows for which the condition is true, whatever comes."""
        return self.sure

    def open(self) -> Mask:
        """Rows for which it can still come out both ways."""
        return self.possible() & ~self.sure

    def undecided(self) -> Mask | None:
        """The same; None where there is no such row."""
        if self.maybe is None:
            return None
        found = self.open()
        return found if bool(found.any()) else None


def compared(raw: NDArray[Any], operator: str, constant: int, factor: int = 1) -> Mask:
    """Compare n integers, or bools, of `factor` units each with a constant, exactly.

    The constant is divided, so that the column keeps its width and nothing can overflow.
    """
    whole, rest = divmod(constant, factor)
    if operator in ("==", "!="):
        wanted = operator == "=="
        if rest:
            return np.full(len(raw), not wanted)
        if raw.dtype == np.bool_:
            if whole not in (0, 1):
                return np.full(len(raw), not wanted)
            return raw if bool(whole) == wanted else ~raw
    elif rest and operator in ("<", ">="):
        whole += 1
    found: Mask = COMPARE[operator](_numbers(raw), whole)
    return found


def is_one_of(raw: NDArray[Any], constants: Sequence[int], factor: int = 1) -> Mask:
    """Whether each of n integers of `factor` units is one of some constants."""
    wanted = sorted({c // factor for c in constants if c % factor == 0})
    if raw.dtype != np.bool_:
        kind = np.iinfo(raw.dtype)
        wanted = [c for c in wanted if kind.min <= c <= kind.max]
    if not wanted:
        return np.zeros(len(raw), np.bool_)
    if len(wanted) > _FEW:
        return np.isin(_numbers(raw), np.array(wanted, raw.dtype))
    found = compared(raw, "==", wanted[0])
    for constant in wanted[1:]:
        found = found | compared(raw, "==", constant)
    return found


def _numbers(raw: NDArray[Any]) -> NDArray[Any]:
    return raw.view(np.uint8) if raw.dtype == np.bool_ else raw


def both(a: Mask | None, b: Mask | None) -> Mask | None:
    """Rows that are in both masks, each of which may stand for all rows (None)."""
    if a is None:
        return b
    return a if b is None else a & b


def undecided(
    operator: str, a: NDArray[Any], b: NDArray[Any], a_grows: Mask | None, b_grows: Mask | None,
    mask: Mask, valid: Mask | None,
) -> Truth:  # fmt: skip
    """A comparison where one side, or both, are lengths that still grow."""
    sure, maybe = mask, mask
    if a_grows is not None:
        sure, maybe = _may_come(operator, a, b, a_grows, sure, maybe)
    if b_grows is not None:
        sure, maybe = _may_come(MIRRORED[operator], b, a, b_grows, sure, maybe)
    if a_grows is not None and b_grows is not None:
        both = a_grows & b_grows
        sure, maybe = sure & ~both, maybe | both
    if valid is not None:
        sure, maybe = sure & valid, maybe & valid
    return Truth(sure, maybe)


def _may_come(
    operator: str, so_far: NDArray[Any], limit: NDArray[Any], growing: Mask, sure: Mask, maybe: Mask
) -> tuple[Mask, Mask]:
    """Where `so_far` still grows, what a comparison with a limit may yet come to."""
    past = so_far >= limit if operator in ("<", ">=") else so_far > limit
    if operator in (">", ">=", "!="):
        return np.where(growing, past, sure), maybe | growing
    return sure & ~growing, np.where(growing, ~past, maybe)
