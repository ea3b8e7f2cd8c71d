"""The end of the second work for all rivals: from events to measured and failing time by month.

An event is a row that begins a run: the first of its target, or one whose state or whose
distance to the row before differs. There are few, so that this costs next to nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from works import BOUNDS, HOLD, LASTING

Numbers = np.ndarray[Any, Any]


def uptime(
    target: Numbers, time: Numbers, ok: Numbers, before: Numbers, last: dict[Any, int]
) -> list[tuple[int, Any, int, int]]:
    """Measured and failing ms by month and target.

    `target`, `time` (ms), `ok` and `before` (ms of the row before, of the same target; any
    number for the first) are of the events, sorted by target and time; `last` is the newest
    row of each target.
    """
    first = np.ones(len(target), np.bool_)
    first[1:] = target[1:] != target[:-1]
    # A run ends where the next begins, or where its last row has run out.
    end = np.empty_like(time)
    end[:-1] = np.minimum(time[1:], before[1:] + HOLD)
    closing = np.flatnonzero(np.append(first[1:], True))
    end[closing] = [last[name] + HOLD for name in target[closing].tolist()]
    failing = ~ok.astype(np.bool_) & (end - time >= LASTING)
    bounds = np.array(BOUNDS)
    names, number = np.unique(target, return_inverse=True)
    found = []
    for month in range(12):
        length = np.minimum(end, bounds[month + 1]) - np.maximum(time, bounds[month])
        length = np.maximum(length, 0)
        measured = np.bincount(number, length, len(names)).astype(np.int64)
        down = np.bincount(number, length * failing, len(names)).astype(np.int64)
        found += list(
            zip([month] * len(names), names.tolist(), measured.tolist(), down.tolist(), strict=True)
        )
    return found
