"""Which row answers which trigger: the first one at or after it whose keys are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.table import Ints

__all__ = ["first_after"]

#: The values of a field, and which rows have one.
Column: TypeAlias = tuple[Ints, Mask]

_NEVER = np.iinfo(np.int64).max


def first_after(since: Ints, ours: Sequence[Column], times: Ints, theirs: Sequence[Column]) -> Ints:
    """For n triggers the time of the first of m answers at or after it; the largest integer: none.

    `ours` and `theirs` are the fields that have to be equal; where one side has no value, any
    of the other's will do.
    """
    found = np.full(len(since), _NEVER, np.int64)
    for mine in _alike(ours, len(since)):
        for other in _alike(theirs, len(times)):
            both = [
                (a[mine], b[other])
                for (a, has), (b, have) in zip(ours, theirs, strict=True)
                if has[mine[0]] and have[other[0]]
            ]
            first = _first(since[mine], times[other], both)
            found[mine] = np.minimum(found[mine], first)
    return found


def _alike(columns: Sequence[Column], length: int) -> list[Ints]:
    """The numbers of the rows, those together that have values in the same columns."""
    if not length:
        return []
    pattern = np.zeros(length, np.int64)
    for _, present in columns:
        pattern = 2 * pattern + present
    return [np.flatnonzero(pattern == one) for one in np.unique(pattern)]


def _first(since: Ints, times: Ints, keys: Sequence[tuple[Ints, Ints]]) -> Ints:
    codes, others = np.zeros(len(since), np.int64), np.zeros(len(times), np.int64)
    for mine, theirs in keys:
        _, ranks = np.unique(np.concatenate((mine, theirs)), return_inverse=True)
        width = int(ranks.max()) + 1
        _, joint = np.unique(np.concatenate((codes, others)) * width + ranks, return_inverse=True)
        codes, others = joint[: len(since)], joint[len(since) :]
    # a key and a time as one integer: the code of the key, then the rank of the time
    moments = np.unique(times)
    width = len(moments) + 1
    order = others * width + np.searchsorted(moments, times)
    sorted_ = np.argsort(order, kind="stable")
    order = order[sorted_]
    at = np.searchsorted(order, codes * width + np.searchsorted(moments, since, side="left"))
    there = np.minimum(at, len(order) - 1)
    fits = (at < len(order)) & (others[sorted_][there] == codes)
    return np.where(fits, times[sorted_][there], _NEVER)
