"""What outages weigh that are weighted, and whose lengths are rounded.

What rounding adds to a length weighs like its last instant; what it drops is dropped from the end.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import Periods
from sladsl.folds.model import Time
from sladsl.folds.outage_exclusions import Overlaps
from sladsl.folds.outage_weights import Weights
from sladsl.folds.outages import Runs, cut_by_period
from sladsl.folds.rounding import rounded

__all__ = ["parts_weigh", "whole"]


def weighs(
    weights: Weights, rounding: tuple[str, int], group: int, counts: Intervals, *, over: bool = True
) -> Time:
    """What time of an outage weighs (ns), its length rounded.

    Not `over`: the least that it weighs at the end, however long it goes on. What rounding adds
    may then weigh nothing.
    """
    lengths = counts.ends - counts.starts
    length = int(lengths.sum())
    mode, step = rounding
    much = int(rounded(Fraction(length), mode, Fraction(step)))
    before = np.cumsum(lengths) - lengths
    ends = counts.starts + np.clip(much - before, 0, lengths)
    groups = np.full(len(counts), group, np.int64)
    total = sum(weights.over(groups, counts.starts, ends).tolist())
    if over and much > length:
        end = counts.ends[-1:]
        total += (much - length) * int(weights.over(groups[-1:], end - 1, end)[0])
    return weights.exact(total)


def whole(
    weights: Weights,
    rounding: tuple[str, int],
    group: int,
    length: tuple[int, int],
    taken: Overlaps | None,
    *,
    open: bool,
) -> tuple[Time, Callable[[int], Time]]:
    """What a whole outage weighs; and what at least, by what is known at an instant.

    `length` is from when it counts to its end (ns), less what is taken. At its end it isn't plain
    yet that it is over.
    """
    start, end = length
    counts = Intervals.of([start], [end])
    if taken is not None:
        counts = counts.difference(Intervals.of(taken.start, taken.end))

    def weighed(time: int) -> Time:
        over = not open and time > end
        return weighs(weights, rounding, group, counts.clip(start, time), over=over)

    return weighs(weights, rounding, group, counts), weighed


def parts_weigh(
    weights: Weights,
    rounding: tuple[str, int],
    runs: Runs,
    taken: Overlaps | None,
    periods: Periods,
) -> dict[tuple[int, int], Time]:
    """What runs weigh from when they count, without what is taken; by run and period."""
    ends = np.maximum(runs.end, runs.since)
    gone: dict[tuple[int, int], list[tuple[int, int]]] = {}
    if taken is not None:
        for run, period, low, high in zip(
            *(column.tolist() for column in taken.cut_by_period(periods)[:4]), strict=True
        ):
            gone.setdefault((run, period), []).append((low, high))
    found = {}
    parts = cut_by_period(runs.group, runs.since, ends, periods)
    for run, period, low, high in zip(*(column.tolist() for column in parts), strict=True):
        off = np.array(gone.get((run, period), []), np.int64).reshape(-1, 2)
        counts = Intervals.of([low], [high]).difference(Intervals.of(off[:, 0], off[:, 1]))
        found[run, period] = weighs(weights, rounding, int(runs.group[run]), counts)
    return found
