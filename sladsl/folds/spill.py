"""Samples that are kept: sorted in chunks, in a temporary folder beyond a limit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.outage_stretches import Says
from sladsl.folds.table import Ints

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

__all__ = ["Samples", "Store"]

_BYTES = 80  # of memory for one sample, with what sorting needs
_NAMES = count()  # of files

#: A column in memory, or the file that it was saved to.
_Column: TypeAlias = NDArray[Any] | str


class Samples(NamedTuple):
    """n samples: group, time (ns), what they say, and place (a number that orders rows)."""

    group: Ints
    time: Ints
    said: Says
    place: Ints


class _Chunk(NamedTuple):
    """Samples by group, time and place. `bounds`: where each of the groups begins, and the end."""

    groups: Ints
    bounds: Ints
    time: _Column
    said: _Column
    place: _Column

    def rows(self, low: int, high: int) -> slice:
        """Where the samples of groups from `low` to before `high` lie."""
        first, end = np.searchsorted(self.groups, [low, high])
        return slice(int(self.bounds[first]), int(self.bounds[end]))

    def cut(self, group: int, times: Ints) -> Ints:
        """Where the samples of a group begin, those from each of some times on, and the end."""
        of_group = self.rows(group, group + 1)
        at = np.searchsorted(_read(self.time, of_group), times, side="left")
        edges = np.concatenate(([0], at, [of_group.stop - of_group.start]))
        found: Ints = edges + of_group.start
        return found

    def take(self, where: slice) -> Samples:
        """Some of the samples."""
        bounds = np.clip(self.bounds, where.start, where.stop)
        group = np.repeat(self.groups, bounds[1:] - bounds[:-1])
        columns = (_read(each, where) for each in (self.time, self.said, self.place))
        return Samples(group, *columns)


class Store:
    """Samples in any order, given back sorted, in parts that fit into memory.

    At most `limit` bytes are held, about. What is beyond lies in a folder, which goes with
    the last store that uses it.
    """

    __slots__ = ("_chunks", "_folders", "_most", "_open", "_rows")

    def __init__(self, limit: int) -> None:
        self._most = max(limit // _BYTES, 1)  # samples at once
        self._open: list[Samples] = []
        self._rows = 0  # in `_open`
        self._chunks: list[_Chunk] = []
        self._folders: list[TemporaryDirectory[str]] = []

    def add(self, samples: Samples) -> None:
        """Take in samples, which are the store's own from now on."""
        self._open.append(samples)
        self._rows += len(samples.time)
        if self._rows > self._most:
            self._spill()

    def merge(self, other: Store) -> None:
        """Take in the samples of another store."""
        self._chunks += other._chunks
        self._folders += [f for f in other._folders if f not in self._folders]
        for samples in other._open:
            self.add(samples)

    def _spill(self) -> None:
        """Save what is held to a folder."""
        chunk = _chunk(_sorted(self._open))
        if not self._folders:
            from tempfile import TemporaryDirectory  # a short run needs none

            folder = TemporaryDirectory(prefix="sladsl-", ignore_cleanup_errors=True)
            self._folders.append(folder)
        saved = []
        for column in (chunk.time, chunk.said, chunk.place):
            path = os.path.join(self._folders[0].name, f"{next(_NAMES)}.npy")
            np.save(path, column)
            saved.append(path)
        self._chunks.append(_Chunk(chunk.groups, chunk.bounds, *saved))
        self._open, self._rows = [], 0

    def sorted(self) -> Iterator[Samples]:
        """All samples by group, time and place; those of one group and time are in one part."""
        if not self._chunks:
            if self._rows:
                yield _sorted(self._open)
            return
        chunks = list(self._chunks)
        if self._rows:
            chunks.append(_chunk(_sorted(self._open)))
        for low, high, rows in _ranges(chunks, self._most):
            if rows <= self._most or high - low > 1:
                yield _sorted([chunk.take(chunk.rows(low, high)) for chunk in chunks])
            else:
                yield from _pieces(chunks, low, self._most)


def _ranges(chunks: Sequence[_Chunk], most: int) -> Iterator[tuple[int, int, int]]:
    """Ranges of groups [low, high) with at most so many samples, or one group; how many."""
    groups = np.concatenate([chunk.groups for chunk in chunks])
    rows = np.concatenate([np.diff(chunk.bounds) for chunk in chunks])
    groups, inverse = np.unique(groups, return_inverse=True)
    total = np.zeros(len(groups), np.int64)
    np.add.at(total, inverse, rows)
    low, held = int(groups[0]), 0
    for group, own in zip(groups.tolist(), total.tolist(), strict=True):
        if held and held + own > most:
            yield low, group, held
            low, held = group, 0
        held += own
    yield low, int(groups[-1]) + 1, held


def _pieces(chunks: Sequence[_Chunk], group: int, most: int) -> Iterator[Samples]:
    """The samples of a group that has too many, in pieces by time.

    Every so many samples of each chunk there is a mark: between two marks lie no more of
    any chunk. Only samples of one time are never apart, however many they are.
    """
    step = max(most // (2 * len(chunks)), 1)
    marks = []
    for chunk in chunks:
        of_group = chunk.rows(group, group + 1)
        marks.append(_read(chunk.time, slice(of_group.start, of_group.stop, step)))
    times = np.sort(np.concatenate(marks))[:: max(most // (2 * step), 1)]
    times = np.unique(times)
    cuts = [chunk.cut(group, times) for chunk in chunks]
    for i in range(len(times) + 1):
        parts = [
            chunk.take(slice(int(at[i]), int(at[i + 1])))
            for chunk, at in zip(chunks, cuts, strict=True)
        ]
        if any(len(part.time) for part in parts):
            yield _sorted(parts)


def _read(column: _Column, where: slice) -> NDArray[Any]:
    """A part of a column. The map of a file is gone when it has been read."""
    if isinstance(column, str):
        return np.array(np.load(column, mmap_mode="r")[where])
    return column[where]


def _chunk(samples: Samples) -> _Chunk:
    group, time, said, place = samples
    first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return _Chunk(group[first], np.append(first, len(group)), time, said, place)


def _sorted(parts: Sequence[Samples]) -> Samples:
    """Samples by group, time and place."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    group, time, said, place = columns
    order = np.argsort(time, kind="stable")  # quick where parts are sorted
    of_rows = group[order]
    if len(group) and int(group.max()) < 1 << 16:
        of_rows = of_rows.astype(np.uint16)
    order = order[np.argsort(of_rows, kind="stable")]
    group, time = columns[0][order], columns[1][order]
    if bool(((group[1:] == group[:-1]) & (time[1:] == time[:-1])).any()):
        order = np.lexsort((place, columns[1], columns[0]))
        group, time = columns[0][order], columns[1][order]
    return Samples(group, time, said[order], place[order])
