"""Which arm of a `match` each row takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.arithmetic import LEAST, MOST
from sladsl.folds.conditions import Mask, both
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column, Vocabulary

__all__ = ["arm_of_each", "arms_of"]

_TABLE = 1 << 16  # the widest range of keys that is looked up in a table


def arms_of(expr: p.Choose) -> tuple[p.RowExpr, ...]:
    """The arms of a `match`, `otherwise` last."""
    arms = tuple(arm for _, arm in expr.arms)
    return arms if expr.otherwise is None else (*arms, expr.otherwise)


def arm_of_each(
    expr: p.Choose, batch: Batch, vocabulary: Vocabulary
) -> tuple[NDArray[np.intp], Mask | None]:
    """The number of each row's arm (0 where it has none), and which rows have one.

    The last number is that of `otherwise`, where there is one.
    """
    column = batch.columns[expr.subject.name]
    numbers: dict[int, int] = {}
    for number, (key, _) in enumerate(expr.arms):
        code = vocabulary.codes.get(key, -1) if isinstance(key, str) else key
        if code >= 0 or not isinstance(key, str):  # no row holds a text without a code
            numbers.setdefault(code, number)
    rest = -1 if expr.otherwise is None else len(expr.arms)
    lo, hi = min(numbers, default=0), max(numbers, default=0)
    if numbers and _in_order(numbers) and _between(column, hi):
        return column.raw.astype(np.intp), column.valid
    if hi - lo < _TABLE and lo > LEAST and hi < MOST:
        table = np.full(hi - lo + 3, rest, np.intp)
        for code, number in numbers.items():
            table[code - lo + 1] = number
        places = np.clip(column.values.astype(np.int64, copy=False), lo - 1, hi + 1)
        places -= lo - 1
        which = table[places]
    else:
        which = np.full(batch.length, rest, np.intp)
        for code, number in numbers.items():
            which[column.values == code] = number
    valid = column.valid
    if rest < 0:
        found = which >= 0
        if not bool(found.all()):
            which[~found] = 0
            valid = both(valid, found)
    return which, valid


def _in_order(numbers: Mapping[int, int]) -> bool:
    """Whether the keys of a `match` are 0, 1, 2, ..."""
    return all(code == number for code, number in numbers.items())


def _between(column: Column, most: int) -> bool:
    """Whether all raw integers are codes from 0 to `most`."""
    raw = column.raw
    if column.factor not in (None, 1) or not len(raw) or raw.dtype == np.bool_:
        return False
    return int(raw.min()) >= 0 and int(raw.max()) <= most
