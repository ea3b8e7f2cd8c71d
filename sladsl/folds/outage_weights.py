"""What time weighs: by the part that was affected, or by how many there were.

Each stretch of known time has a weight. What a length of time weighs is the sum over its pieces,
exactly: the weights are integers of which `scale` are one, and a sum of them is divided at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from heapq import heappop, heappush
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.model import Time
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["Weights", "coded", "full", "weighed_spans", "weights_of"]

#: Python's integers, which don't overflow.
_Exact: TypeAlias = NDArray[Any]


def full(plan: p.WeightPlan | None) -> int:
    """What failing time weighs of which no row says it: all of it, or (of a number) nothing."""
    return plan.scale if plan is not None and plan.part else 0


def coded(plan: p.WeightPlan, weights: Ints, failing: NDArray[np.bool_] | bool) -> Ints:
    """What samples say, as one number: their weights, and whether they fail.

    The part that a sample which is up speaks of says nothing.
    """
    said = np.where(failing, weights, 0) if plan.part else weights
    found: Ints = 2 * said + failing
    return found


def weights_of(codes: Ints) -> tuple[NDArray[np.bool_], Ints]:
    """Which of some numbers say that they fail, and the weights."""
    return (codes & 1).astype(np.bool_), codes >> 1


def weighed_spans(
    plan: p.WeightPlan, group: Ints, start: Ints, end: Ints, weight: Ints
) -> tuple[Ints, Ints, Ints, _Exact]:
    """What n spans in any order weigh together: the pieces of their unions, of one weight each."""
    found: list[tuple[int, int, int]] = []
    weights: list[int] = []
    for number in np.unique(group).tolist():
        rows = np.flatnonzero((group == number) & (start < end))
        edges = np.unique(np.concatenate((start[rows], end[rows]))).tolist()
        spans = zip(start[rows].tolist(), end[rows].tolist(), weight[rows].tolist(), strict=True)
        running = _sums(edges, spans) if plan.adds else _greatest(edges, spans)
        for low, high, weighs in zip(edges, edges[1:], running, strict=False):
            if weighs is not None:
                found.append((number, low, high))
                weights.append(min(weighs, plan.scale) if plan.part else weighs)
    columns = np.array(found, np.int64).reshape(-1, 3).T
    owner, starts, ends = (column.copy() for column in columns)
    return owner, starts, ends, np.array(weights, object)


def _greatest(edges: list[int], spans: Iterable[tuple[int, int, int]]) -> Iterator[int | None]:
    """The greatest weight of the spans that run from each edge on; None: none does."""
    waiting = sorted(spans, reverse=True)
    running: list[tuple[int, int]] = []
    for edge in edges:
        while waiting and waiting[-1][0] <= edge:
            _, end, weight = waiting.pop()
            heappush(running, (-weight, end))
        while running and running[0][1] <= edge:
            heappop(running)
        yield -running[0][0] if running else None


def _sums(edges: list[int], spans: Iterable[tuple[int, int, int]]) -> Iterator[int | None]:
    """The sum of their weights."""
    changes = dict.fromkeys(edges, (0, 0))
    for start, end, weight in spans:
        for at, sign in ((start, 1), (end, -1)):
            count, total = changes[at]
            changes[at] = count + sign, total + sign * weight
    count = total = 0
    for edge in edges:
        count, total = count + changes[edge][0], total + changes[edge][1]
        yield total if count else None


class Weights:
    """n stretches of known time, by group and start, that don't overlap: [start, end) ns."""

    __slots__ = ("_before", "_end", "_start", "_weight", "group", "plan")

    def __init__(
        self, plan: p.WeightPlan, group: Ints, start: Ints, end: Ints, weight: Ints
    ) -> None:
        self.plan = plan
        self.group = group
        self._start, self._end = start, end
        self._weight: _Exact = weight.astype(object)
        self._before: _Exact = np.zeros(len(group) + 1, object)
        np.cumsum((end.astype(object) - start) * self._weight, out=self._before[1:])

    def over(self, group: Ints, start: Ints, end: Ints) -> _Exact:
        """What m lengths of time weigh, times the scale."""
        found: _Exact = self._until(group, end) - self._until(group, start)
        return found

    def _until(self, group: Ints, time: Ints) -> _Exact:
        found: _Exact = np.zeros(len(group), object)
        for number in np.unique(group).tolist():
            low, high = np.searchsorted(self.group, [number, number + 1])
            rows = np.flatnonzero(group == number)
            at = low + np.searchsorted(self._start[low:high], time[rows], side="right") - 1
            rows, at = rows[at >= low], at[at >= low]
            inside = np.minimum(time[rows], self._end[at]).astype(object) - self._start[at]
            found[rows] = self._before[at] + inside * self._weight[at]
        return found

    def lost(self, group: int, start: int, end: int) -> Time:
        """What one length of time weighs (ns)."""
        one = np.array([group], np.int64), np.array([start], np.int64), np.array([end], np.int64)
        return self.exact(int(self.over(*one)[0]))

    def pieces(self, group: int, start: int, end: int) -> list[tuple[int, int, Time]]:
        """A length of time as stretches of one weight each."""
        low, high = np.searchsorted(self.group, [group, group + 1])
        found = []
        for at in range(int(low), int(high)):
            a, b = max(int(self._start[at]), start), min(int(self._end[at]), end)
            if a < b:
                found.append((a, b, self.exact(int(self._weight[at]))))
        return found

    def exact(self, scaled: int) -> Time:
        """A weighed length."""
        value = Fraction(scaled, self.plan.scale)
        return value.numerator if value.denominator == 1 else value

    def sums(self, keys: Ints, much: _Exact) -> dict[int, Time]:
        """What some weigh together (ns), by key."""
        found: dict[int, int] = {}
        for key, one in zip(keys.tolist(), much.tolist(), strict=True):
            found[key] = found.get(key, 0) + one
        return {key: self.exact(total) for key, total in found.items()}
