"""A promise that one outage breaks, or keeps, before its period is over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

__all__ = ["decided_soon"]

_METRIC = re.compile(
    r"metric (\w+) = (share of time outside|count of|sum of duration in) (down\d+)$", re.M
)
_PROMISES = {
    "share of time outside": (">= 100%", "< 100%"),
    "count of": ("<= 0", ">= 1"),
    "sum of duration in": ("<= 0s", "> 0s"),
}


def decided_soon(parts: Sequence[str], obligations: list[str]) -> list[str]:
    """The obligations, in most drafts with one such promise more."""
    text = "\n".join(parts)
    own = Random(f"soon {text}")
    found = list(_METRIC.finditer(text))
    if not found or own.random() < 0.2:
        return obligations
    metric = own.choice(found)
    promise = own.choice(_PROMISES[metric[2]])
    clause = f"require {metric[1]} {promise} per {own.choice(['month', 'quarter', 'term'])}"
    each = re.search(rf"outage {metric[3]} {{\n  (for each [\w, ]+)\n", text)
    if each is not None:
        clause += f"\n    {each[1]}"
    return [*obligations, f"obligation soon {{\n  vendor owes client\n  {clause}\n}}"]
