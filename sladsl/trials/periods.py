"""The periods that a test names, and when what it asks for is known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sladsl.contract.trials import LABELS
from sladsl.credits.fees import cutting
from sladsl.plan import model as p
from sladsl.verdicts.model import Period

__all__ = ["holding", "named", "within"]

_YEAR = re.compile(r"\d{4}")
_DAY = 86400 * 10**9
#: the years of which periods can be worked out whole
_FIRST, _LAST = 1685, 2250


def named(plan: p.Plan, label: str) -> Period | None:
    """The period of the agreement that has a label; None where there is none."""
    kind = next(kind for kind, (form, _) in LABELS.items() if re.fullmatch(form, label))
    if kind == "term":
        start, end = plan.term
        return None if end is None else Period(label, start, end)
    found = _YEAR.match(label)
    assert found is not None
    year = int(found[0])
    if not _FIRST <= year <= _LAST:
        return None
    middle = (year - 1970) * 31_556_952 * 10**9 + 183 * _DAY
    periods = _around(plan, kind, middle - 600 * _DAY, middle + 600 * _DAY)
    return next((period for period in periods if period.label == label), None)


def holding(plan: p.Plan, kind: str, time: int) -> Period | None:
    """The period of a kind in which an instant (ns) lies."""
    return next(iter(_around(plan, kind, time, time + 1)), None)


def within(plan: p.Plan, kinds: Iterable[str], period: Period) -> bool:
    """Whether a period holds a whole one of some kinds."""
    return any(
        period.start <= part.start and part.end <= period.end
        for kind in kinds
        for part in _around(plan, kind, period.start, period.end)
    )


def _around(plan: p.Plan, kind: str, low: int, high: int) -> Iterable[Period]:
    """The periods of the agreement that meet [low, high), whole but for the term's edges."""
    start, end = plan.term
    if kind == "term":
        if end is not None and low < end and high > start:
            yield Period("term", start, end)
        return
    first = max(start, low - 400 * _DAY)
    last = high + 400 * _DAY if end is None else min(end, high + 400 * _DAY)
    if first >= last:
        return
    table = cutting(plan, kind, first, last)
    edges = zip(table.labels, table.starts.tolist(), table.ends.tolist(), strict=True)
    for label, begin, stop in edges:
        if begin < high and stop > low:
            yield Period(label, begin, stop)
