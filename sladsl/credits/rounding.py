"""Sharing a rounded total to lines by the largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["in_proportion", "shared"]


def shared(total: Fraction, exact: Sequence[Fraction], unit: Fraction) -> list[Fraction]:
    """Parts in multiples of `unit` that add up to `total`, nearest to the exact ones.

    Each part is rounded down, and what is left goes, one unit each, to the largest
    remainders; ties go to the earlier part.
    """
    parts = [(amount // unit) * unit for amount in exact]
    left = int((total - sum(parts, Fraction(0))) / unit)
    order = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for turn in range(abs(left)):
        at = order[turn % len(order)] if left > 0 else order[-1 - turn % len(order)]
        parts[at] += unit if left > 0 else -unit
    return parts


def in_proportion(limit: Fraction, exact: Sequence[Fraction]) -> list[Fraction]:
    """The parts, all reduced in proportion where they come to more than the limit."""
    total = sum(exact, Fraction(0))
    if total <= limit:
        return list(exact)
    return [amount * limit / total for amount in exact]
