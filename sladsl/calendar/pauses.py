"""How much of each row's time is covered by the pauses of its key."""

from __future__ import annotations

import numpy as np

from sladsl.calendar.clocks import BusinessClock
from sladsl.calendar.zones import Times


def paused(
    keys: Times,
    a: Times,
    b: Times,
    span_keys: Times,
    span_starts: Times,
    span_ends: Times,
    clock: BusinessClock,
) -> Times:
    """Open nanoseconds of [a, b) in the union of the m spans of the same key, for n rows."""
    keys, a, b = (np.asarray(each, dtype=np.int64) for each in (keys, a, b))
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    lo, hi = int(a.min()), int(b.max())
    starts, ends = np.clip(span_starts, lo, hi), np.clip(span_ends, lo, hi)
    some = starts < ends
    names, codes = np.unique(np.asarray(span_keys, dtype=np.int64)[some], return_inverse=True)
    if not len(names):
        return np.zeros(len(keys), dtype=np.int64)
    codes, starts, ends = _united(codes, starts[some], ends[some])

    # A key and a time as one integer: the key's code, then the time's rank among the starts.
    ranked = np.sort(starts)
    ranked = ranked[np.diff(ranked, prepend=ranked[0] - 1) > 0]
    width = len(ranked) + 1
    order = codes * width + np.searchsorted(ranked, starts, side="right")
    row_codes = np.minimum(np.searchsorted(names, keys), len(names) - 1)
    origin = np.full(1, lo, dtype=np.int64)
    past = clock.elapsed(origin, ends)
    # Sums over all keys may wrap around; their differences within a key don't.
    lengths = past - clock.elapsed(origin, starts)
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))

    def covered(times: Times) -> Times:
        begun = np.searchsorted(
            order, row_codes * width + np.searchsorted(ranked, times, side="right"), side="right"
        )
        last = np.maximum(begun - 1, 0)
        unread = np.maximum(past[last] - clock.elapsed(origin, times), 0)
        own = (begun > 0) & (codes[last] == row_codes)
        return before[begun] - np.where(own, unread, 0)

    found = covered(np.maximum(a, b)) - covered(a)
    return np.where(names[row_codes] == keys, found, 0)


def _united(codes: Times, starts: Times, ends: Times) -> tuple[Times, Times, Times]:
    """The spans sorted by code and start, those of one code that meet made one."""
    order = np.lexsort((starts, codes))
    codes, starts, ends = codes[order].astype(np.int64), starts[order], ends[order]
    # The latest end so far within a code: as the rank of the end, so that codes don't mix.
    ranked, ranks = np.unique(ends, return_inverse=True)
    latest = np.maximum.accumulate(codes * len(ranked) + ranks)
    ends = ranked[latest - codes * len(ranked)]
    fresh = (codes[1:] != codes[:-1]) | (starts[1:] > ends[:-1])
    first, last = np.concatenate(([True], fresh)), np.concatenate((fresh, [True]))
    return codes[first], starts[first], ends[last]
