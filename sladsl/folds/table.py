"""Small states by cell: sorted keys with columns of integers, which merge by cell.

A cell is one group in one period (or window), numbered by an integer. Folding appends the
batch's own sums and, now and then, adds up what has the same cell; merging two tables is
the same. So the order of rows, batches and tables makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ints", "Table", "halves", "whole"]

Ints: TypeAlias = NDArray[np.int64]

_COMBINE = {"sum": np.add, "min": np.minimum, "max": np.maximum}
_COMPACT_AT = 1 << 20  # rows of chunks that are held before they are added up


@dataclass(slots=True)
class Table:
    """Columns by cell; `how` says for each whether it is a sum, a min or a max.

    `keys` has as many columns of its own as are needed to tell cells apart (one, or a cell
    and a value, so that a table can also hold a multiset).
    """

    how: Mapping[str, str]
    keys: int = 1
    _chunks: list[tuple[tuple[Ints, ...], dict[str, Ints]]] = field(default_factory=list)
    _held: int = 0

    def add(self, keys: tuple[Ints, ...], columns: Mapping[str, Ints]) -> None:
        """Fold in rows: their cells, and for each column what they bring."""
        if not len(keys[0]):
            return
        self._append(_reduced(keys, dict(columns), self.how))

    def merge(self, other: Table) -> None:
        """Take in another table of the same form."""
        for chunk in other._chunks:
            self._append(chunk)

    def _append(self, chunk: tuple[tuple[Ints, ...], dict[str, Ints]]) -> None:
        self._chunks.append(chunk)
        self._held += len(chunk[0][0])
        if self._held > _COMPACT_AT and len(self._chunks) > 1:
            self.compact()

    def compact(self) -> tuple[tuple[Ints, ...], dict[str, Ints]]:
        """One row for each cell, sorted by key."""
        if not self._chunks:
            empty = np.zeros(0, np.int64)
            return (empty,) * self.keys, dict.fromkeys(self.how, empty)
        if len(self._chunks) > 1:
            keys = tuple(
                np.concatenate([chunk[0][i] for chunk in self._chunks]) for i in range(self.keys)
            )
            columns = {
                name: np.concatenate([chunk[1][name] for chunk in self._chunks])
                for name in self.how
            }
            self._chunks = [_reduced(keys, columns, self.how)]
            self._held = len(self._chunks[0][0][0])
        return self._chunks[0]


def _reduced(
    keys: tuple[Ints, ...], columns: dict[str, Ints], how: Mapping[str, str]
) -> tuple[tuple[Ints, ...], dict[str, Ints]]:
    order: Any = np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
    keys = tuple(k[order] for k in keys)
    changes = np.zeros(len(keys[0]), np.bool_)
    changes[0] = True
    for k in keys:
        changes[1:] |= k[1:] != k[:-1]
    starts = np.flatnonzero(changes)
    made = {
        name: _COMBINE[kind].reduceat(columns[name][order], starts) for name, kind in how.items()
    }
    return tuple(k[starts] for k in keys), made


def halves(values: Ints) -> tuple[Ints, Ints]:
    """Each integer as a high and a low part (32 bits), whose sums can't overflow."""
    return values >> 32, values & 0xFFFFFFFF


def whole(high: int, low: int) -> int:
    """The sum whose parts were added up apart."""
    return (high << 32) + low
