"""Small states by cell: columns of integers, which merge by cell.

A cell is one group in one period (or window), numbered by an integer. While there aren't too
many of them a column is an array with a place for each; beyond that, sorted keys with columns
beside them, to which a block's own sums are appended and which are, now and then, added up. So
the order of rows, blocks and tables makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ints", "Table", "halves", "whole"]

Ints: TypeAlias = NDArray[np.int64]

_COMBINE = {"sum": np.add, "min": np.minimum, "max": np.maximum}
_NOTHING = {"sum": 0, "min": np.iinfo(np.int64).max, "max": np.iinfo(np.int64).min}
_COMPACT_AT = 1 << 20  # rows of chunks that are held before they are added up
_DENSE = 1 << 22  # the most integers of a table with a place for each cell

_Chunk: TypeAlias = tuple[tuple[Ints, ...], dict[str, Ints]]


class Table:
    """Columns by cell; `how` says for each whether it is a sum, a min or a max.

    The first column is a sum that no cell with rows has 0 in: by it cells without rows are told.
    `keys` has as many columns of its own as are needed to tell cells apart (one, or a cell
    and a value, so that a table can also hold a multiset).
    """

    __slots__ = ("_chunks", "_compact_at", "_dense", "_held", "how", "keys")

    def __init__(self, how: Mapping[str, str], keys: int = 1) -> None:
        self.how = how
        self.keys = keys
        self._chunks: list[_Chunk] = []
        self._held = 0
        self._compact_at = _COMPACT_AT
        self._dense: dict[str, Ints] | None = self._empty(0) if keys == 1 else None

    def _empty(self, size: int) -> dict[str, Ints]:
        return {name: np.full(size, _NOTHING[kind], np.int64) for name, kind in self.how.items()}

    def add(self, keys: tuple[Ints, ...], columns: Mapping[str, Ints]) -> None:
        """Fold in rows: their cells (in any order, also repeated), and what they bring."""
        if len(keys[0]):
            chunk = _reduced(keys, dict(columns), self.how)
            if self._dense is None:
                self._append(chunk)
            else:
                self.put(chunk[0][0], chunk[1])

    def put(self, keys: Ints, columns: Mapping[str, Ints]) -> None:
        """Fold in what each of some cells, none twice, comes to."""
        if not len(keys):
            return
        if self._dense is None or not self._room(int(keys.max()) + 1):
            some = np.flatnonzero(columns[next(iter(self.how))])
            order = some[np.argsort(keys[some], kind="stable")]
            self._append(((keys[order],), {name: columns[name][order] for name in self.how}))
            return
        for name, kind in self.how.items():
            into = self._dense[name]
            into[keys] = _COMBINE[kind](into[keys], columns[name])

    def _room(self, size: int) -> bool:
        """Whether there is a place for each of `size` cells; else they are held sorted from now."""
        assert self._dense is not None
        have = len(next(iter(self._dense.values())))
        if size <= have:
            return True
        if size * len(self.how) > _DENSE:
            keys, columns = self._filled()
            self._dense = None
            if len(keys):
                self._append(((keys,), columns))
            return False
        more = self._empty(min(max(size, 2 * have), _DENSE // len(self.how)) - have)
        self._dense = {n: np.concatenate((c, more[n])) for n, c in self._dense.items()}
        return True

    def _filled(self) -> tuple[Ints, dict[str, Ints]]:
        """The cells that have rows, and their columns."""
        assert self._dense is not None
        keys = np.flatnonzero(next(iter(self._dense.values())))
        return keys, {name: column[keys] for name, column in self._dense.items()}

    def merge(self, other: Table) -> None:
        """Take in another table of the same form."""
        if other._dense is not None:
            keys, columns = other._filled()
            self._take(((keys,), columns))
        for chunk in other._chunks:
            self._take(chunk)

    def _take(self, chunk: _Chunk) -> None:
        if self._dense is None:
            self._append(chunk)
        else:
            self.put(chunk[0][0], chunk[1])

    def _append(self, chunk: _Chunk) -> None:
        if not len(chunk[0][0]):
            return
        self._chunks.append(chunk)
        self._held += len(chunk[0][0])
        if self._held > self._compact_at and len(self._chunks) > 1:
            self.compact()
            self._compact_at = max(_COMPACT_AT, 2 * self._held)

    def compact(self) -> _Chunk:
        """One row for each cell that has rows, sorted by key."""
        if self._dense is not None:
            keys, columns = self._filled()
            return (keys,), columns
        if not self._chunks:
            empty = np.zeros(0, np.int64)
            return (empty,) * self.keys, dict.fromkeys(self.how, empty)
        if len(self._chunks) > 1:
            all_keys = tuple(
                np.concatenate([chunk[0][i] for chunk in self._chunks]) for i in range(self.keys)
            )
            columns = {
                name: np.concatenate([chunk[1][name] for chunk in self._chunks])
                for name in self.how
            }
            self._chunks = [_reduced(all_keys, columns, self.how)]
            self._held = len(self._chunks[0][0][0])
        return self._chunks[0]


def _reduced(keys: tuple[Ints, ...], columns: dict[str, Ints], how: Mapping[str, str]) -> _Chunk:
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
