"""Counts of rows by cell: many yes-or-no questions of each row, answered by one count.

The answers of a row are packed into a small code together with its cell's, and the codes are
counted. So a block of rows costs one pass for each question and one for the count, however many
aggregates ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.block import Cells
from sladsl.folds.conditions import Mask
from sladsl.folds.table import Ints

__all__ = ["Answer", "counted"]

#: Of each row, or of all of them.
Answer: TypeAlias = "Mask | bool"

_BITS = 6  # questions that are packed into one code
_CODES = 1 << 20  # the most codes that are counted at once
_FEW = 20  # cells times questions: counted one by one


def counted(cells: Cells, length: int, answers: Sequence[Answer]) -> list[Ints]:
    """For each question how many rows of each cell (of `cells.keys`) say yes."""
    masks = list({id(a): a for a in answers if not isinstance(a, bool)}.values())
    counts: dict[int, Ints] = {}
    every: Ints | None = np.array([length], np.int64) if cells.code is None else None
    for start in range(0, len(masks), _BITS):
        some = masks[start : start + _BITS]
        every, found = _together(cells, some, every)
        counts.update(zip(map(id, some), found, strict=True))
    if every is None:
        every, _ = _together(cells, (), None)
    assert every is not None
    none = np.zeros(len(cells.keys), np.int64)
    return [
        (every if answer else none) if isinstance(answer, bool) else counts[id(answer)]
        for answer in answers
    ]


def _together(
    cells: Cells, masks: Sequence[Mask], every: Ints | None
) -> tuple[Ints | None, list[Ints]]:
    """The rows of each cell, where they come with it, and those of each mask."""
    count, bits, code = len(cells.keys), len(masks), cells.code
    if code is None:
        return every, [np.array([np.count_nonzero(mask)], np.int64) for mask in masks]
    if count * (bits + 1) <= _FEW:
        here = [code == at for at in range(count)]
        every = np.array([np.count_nonzero(rows) for rows in here], np.int64)
        return every, [
            np.array([np.count_nonzero(rows & mask) for rows in here], np.int64) for mask in masks
        ]
    if count << bits > _CODES:
        every = _bincount(code, count) if every is None else every
        return every, [_bincount(code[mask], count) for mask in masks]
    size = count << bits
    kind: Any = np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int64
    packed: NDArray[Any] = code.astype(kind)
    for mask in masks:  # a product, since shifts of bytes are slow
        packed *= kind(2)
        packed |= mask
    table = _bincount(packed, size).reshape(count, 1 << bits)
    asked = np.arange(1 << bits)
    found = [
        table[:, (asked >> (bits - 1 - at) & 1).astype(np.bool_)].sum(axis=1) for at in range(bits)
    ]
    return table.sum(axis=1), found


def _bincount(code: NDArray[Any], count: int) -> Ints:
    """How often each of the codes below `count` occurs.

    Pairs of small codes are counted as one number: half as many to count.
    """
    bits = max(count - 1, 1).bit_length()
    if code.dtype != np.uint8 or bits > 6 or len(code) < 1 << 14 or len(code) % 2:
        found: Ints = np.bincount(code, minlength=count)
        return found
    pairs = np.ascontiguousarray(code).view(np.uint16)
    packed = pairs >> np.uint16(8 - bits)
    packed &= np.uint16((1 << bits) - 1 << bits)
    packed |= pairs & np.uint16((1 << bits) - 1)
    table = np.bincount(packed, minlength=1 << 2 * bits).reshape(1 << bits, 1 << bits)
    both: Ints = (table.sum(axis=0) + table.sum(axis=1))[:count]
    return both
