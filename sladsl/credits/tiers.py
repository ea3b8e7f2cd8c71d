"""Which tier of a schedule applies."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction

from sladsl.plan import model as p

__all__ = ["applying"]

_HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def applying(tiers: Sequence[p.TierPlan], value: Fraction) -> p.TierPlan | None:
    """The tier for a figure: of nested ones (`below 99.9%`, `below 99.0%`) the innermost.

    A tier with two bounds stands by itself; `check` sees to it that it meets no other.
    """
    found = [
        tier
        for tier in tiers
        if all(_HOLDS[word](value, Fraction(*limit)) for word, limit in tier.bounds)
    ]
    return min(found, key=_width) if found else None


def _width(tier: p.TierPlan) -> tuple[int, Fraction, int]:
    """How far a tier reaches: narrower ones come first."""
    if not tier.bounds:
        return 2, Fraction(0), 0
    if len(tier.bounds) > 1:
        return 0, Fraction(0), 0
    word, limit = tier.bounds[0]
    number = Fraction(*limit)
    return 1, number if word in ("<", "<=") else -number, int(word in ("<=", ">="))
