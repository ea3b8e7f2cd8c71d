"""Exact sums of integers by cell, whatever their size.

A sum is kept in three parts of 32 bits, so that billions of the largest values can't overflow.
NumPy adds up by cell in doubles: they are exact here, since no partial sum reaches 2**53.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.table import Ints

__all__ = ["PARTS", "block_sums", "total"]

#: The columns of a table that hold a sum.
PARTS = ("top", "middle", "low")

_LOW = 0xFFFFFFFF
_EXACT = 1 << 53
_FEW = 4096


def block_sums(raw: NDArray[Any], factor: int, code: Ints | None, count: int) -> dict[str, Ints]:
    """The sums of a block's values (`raw` times `factor`) by code, for `count` codes.

    The block has at most 2**20 rows.
    """
    if not len(raw):
        zeros = np.zeros(count, np.int64)
        return dict.fromkeys(PARTS, zeros)
    largest = max(abs(int(raw.min())), abs(int(raw.max())))
    if largest * len(raw) < _EXACT:
        if code is None:
            sums = [int(raw.sum(dtype=np.int64))]
        else:
            found = np.bincount(code, raw.astype(np.float64), count)
            if count > _FEW:
                return _parts(found.astype(np.int64), factor)
            sums = [int(x) for x in found.tolist()]
        return _of([s * factor for s in sums])
    wide = raw.astype(np.int64, copy=False)
    high, low = wide >> 32, (wide & _LOW)
    if code is None:
        return _of([((int(high.sum()) << 32) + int(low.sum())) * factor])
    highs = np.bincount(code, high.astype(np.float64), count).astype(np.int64).tolist()
    lows = np.bincount(code, low.astype(np.float64), count).astype(np.int64).tolist()
    return _of([((h << 32) + v) * factor for h, v in zip(highs, lows, strict=True)])


def _of(sums: list[int]) -> dict[str, Ints]:
    return {
        "top": np.array([s >> 64 for s in sums], np.int64),
        "middle": np.array([s >> 32 & _LOW for s in sums], np.int64),
        "low": np.array([s & _LOW for s in sums], np.int64),
    }


def _parts(sums: Ints, factor: int) -> dict[str, Ints]:
    """Many sums below 2**53, times a factor below 2**63."""
    if factor == 1:
        return {"top": sums >> 63, "middle": sums >> 32 & _LOW, "low": sums & _LOW}
    return _of([s * factor for s in sums.tolist()])


def total(top: int, middle: int, low: int) -> int:
    """The sum whose parts were added up apart."""
    return (top << 64) + (middle << 32) + low
