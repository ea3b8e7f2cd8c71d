"""State by key: rows that wait for other rows of their key, spilled to disk beyond a limit.

Which row of a key is its last, how long a state held, which rows say the same twice: that is
known only when all rows are. What has to be kept till then is held sorted by key, so that it
can be finished in parts: all rows of a key are in one part.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sladsl.folds.derive import Keyed, concatenate, derive, last_of, one_by_key
from sladsl.folds.expressions import Rows, columns_of
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch, Column

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

__all__ = ["LIMIT", "Kept", "KeyState", "LastState", "SpanState", "folder", "size_of"]

LIMIT = 256 << 20
"""Bytes that a state holds in memory before it is saved, if nothing else is said."""

_POSITION = 12  # bytes of a row's file and number
_EVERY = 256  # of so many saved rows one is remembered, to cut parts of like size
_FEW = 1 << 16  # rows that aren't worth looking through for the last ones
_FILES = count()


class KeyState:
    """All rows of a stream with a key, of which there is to be one for each key."""

    __slots__ = ("_rows", "plan")

    def __init__(self, plan: p.StreamPlan, limit: int = LIMIT) -> None:
        self.plan = plan
        self._rows = Kept(plan.key, limit)

    def fold(self, batch: Batch) -> None:
        """Take in rows, as they are known at as-of."""
        self._rows.add(batch)

    def merge(self, other: KeyState) -> None:
        """Take in the state of other rows of the stream."""
        self._rows.merge(other._rows)

    def finish(self) -> Iterator[Keyed]:
        """One row for each key, in parts; each part with its own duplicates and clashes."""
        for batch in self._rows.parts():
            yield one_by_key(self.plan, batch)


class LastState:
    """For each key the last row so far: by time, then sequence, then position."""

    __slots__ = ("_base", "_fresh", "_limit", "_rows", "_waiting", "_worth", "plan")

    def __init__(
        self, plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, limit: int = LIMIT
    ) -> None:
        self.plan = plan
        self._base = base
        self._limit = limit
        self._rows = Kept((plan.by,), limit)
        self._fresh: list[Batch] = []
        self._waiting = 0  # rows in `_fresh`
        self._worth = _FEW  # of them before they are looked through

    def fold(self, batch: Batch) -> None:
        """Take in rows of the base, as they are known at as-of."""
        if batch.length:
            self._add(last_of(self.plan, self._base, batch))

    def merge(self, other: LastState) -> None:
        """Take in the state of other rows of the base."""
        self._rows.merge(other._rows)
        for batch in other._fresh:
            self._add(batch)

    def _add(self, batch: Batch) -> None:
        self._fresh.append(batch)
        self._waiting += batch.length
        if self._waiting <= self._worth and self._waiting * _POSITION <= self._limit:
            return
        last = last_of(self.plan, self._base, concatenate(self._fresh))
        self._fresh, self._waiting = [last], last.length
        self._worth = max(_FEW, 2 * last.length)
        if size_of(last) > self._limit:
            self._rows.add(last)
            self._fresh, self._waiting = [], 0

    def finish(self) -> Iterator[Batch]:
        """The last row of each key, in parts."""
        for batch in self._fresh:
            self._rows.add(batch)
        self._fresh, self._waiting = [], 0
        for batch in self._rows.parts():
            yield last_of(self.plan, self._base, batch)


class SpanState:
    """The events of each key, with the columns that say what state they begin."""

    __slots__ = ("_base", "_reads", "_rows", "plan")

    def __init__(
        self, plan: p.DerivedPlan, base: p.StreamPlan | p.DerivedPlan, limit: int = LIMIT
    ) -> None:
        self.plan = plan
        self._base = base
        self._reads = {plan.by, base.event, *columns_of(plan.where)}
        if plan.sequence is not None:
            self._reads.add(plan.sequence)
        self._rows = Kept((plan.by,), limit)

    def fold(self, batch: Batch) -> None:
        """Take in rows of the base, as they are known at as-of."""
        columns = {name: c for name, c in batch.columns.items() if name in self._reads}
        self._rows.add(batch.with_columns(columns))

    def merge(self, other: SpanState) -> None:
        """Take in the state of other rows of the base."""
        self._rows.merge(other._rows)

    def finish(self, rows: Rows) -> Iterator[Batch]:
        """The spans of the state that is asked for, in parts."""
        for batch in self._rows.parts():
            yield derive(self.plan, self._base, batch, rows)


# ---- rows that are kept -------------------------------------------------------------------------


class _Saved(Record):
    """A column in files: its integers, which of them are present, units of one."""

    raw: str
    valid: str | None
    factor: int | None


class _Chunk(Record):
    """Rows in files, sorted by place; `marks` are the places of some of them."""

    length: int
    places: str
    columns: dict[str, _Saved]
    file: str
    row: str
    marks: Ints


class Kept:
    """Rows in any order, given back in parts: those that agree in all of `by` in one part.

    About `limit` bytes are held. What is beyond lies in a folder, which goes with the last
    of those that use it.
    """

    __slots__ = ("_by", "_bytes", "_chunks", "_folders", "_held", "_limit", "_saved")

    def __init__(self, by: Sequence[str], limit: int) -> None:
        self._by = tuple(by)
        self._limit = limit
        self._held: list[Batch] = []
        self._bytes = 0  # of `_held`
        self._chunks: list[_Chunk] = []
        self._saved = 0  # bytes of `_chunks`
        self._folders: list[TemporaryDirectory[str]] = []

    def add(self, batch: Batch) -> None:
        """Keep rows, which nobody changes from now on."""
        if not batch.length:
            return
        self._held.append(batch)
        self._bytes += size_of(batch)
        if self._bytes > self._limit:
            self._save()

    def merge(self, other: Kept) -> None:
        """Keep the rows of another."""
        self._chunks += other._chunks
        self._saved += other._saved
        self._folders += [f for f in other._folders if f not in self._folders]
        for batch in other._held:
            self.add(batch)

    def parts(self) -> Iterator[Batch]:
        """All rows; each part of about the size of the limit, if keys don't have more."""
        if not self._chunks:
            if self._held:
                yield concatenate(self._held)
            return
        if self._held:
            self._save()
        wanted = self._saved // max(self._limit, 1) + 1
        marks = np.sort(np.concatenate([chunk.marks for chunk in self._chunks]))
        cuts = marks[:: max(len(marks) // wanted, 1)][1:]
        cuts = cuts[np.diff(cuts, prepend=marks[0]) > 0]
        ends = [_cut(chunk, cuts) for chunk in self._chunks]
        for number in range(len(cuts) + 1):
            some = [
                _load(chunk, at[number], at[number + 1])
                for chunk, at in zip(self._chunks, ends, strict=True)
                if at[number] < at[number + 1]
            ]
            if some:
                yield concatenate(some)

    @property
    def saved(self) -> bool:
        """Whether there is more than is held."""
        return bool(self._chunks)

    def _save(self) -> None:
        if not self._folders:
            self._folders.append(folder())
        batch = concatenate(self._held)
        places = _places([batch.columns[name].values for name in self._by])
        order = np.argsort(places, kind="stable")
        batch, places = batch.take(order), places[order]
        columns = {
            name: _Saved(
                self._file(column.raw),
                None if column.valid is None else self._file(column.valid),
                column.factor,
            )
            for name, column in batch.columns.items()
        }
        file, row = self._file(batch.file), self._file(batch.row)
        marks = places[::_EVERY].copy()
        self._chunks.append(_Chunk(batch.length, self._file(places), columns, file, row, marks))
        self._saved += self._bytes
        self._held, self._bytes = [], 0

    def _file(self, column: NDArray[Any]) -> str:
        path = os.path.join(self._folders[0].name, f"{next(_FILES)}.npy")
        np.save(path, column)
        return path


def folder() -> TemporaryDirectory[str]:
    """A folder that goes when nobody uses it any more."""
    from tempfile import TemporaryDirectory  # the start-up of a short run needs none

    return TemporaryDirectory(prefix="sladsl-", ignore_cleanup_errors=True)


def size_of(batch: Batch) -> int:
    """Bytes of a batch."""
    masks = sum(batch.length for c in batch.columns.values() if c.valid is not None)
    return sum(c.raw.nbytes for c in batch.columns.values()) + masks + _POSITION * batch.length


def _places(keys: Sequence[NDArray[Any]]) -> Ints:
    """A number for each row, the same where the keys are; of one key it is the key itself."""
    if len(keys) == 1:
        return keys[0].astype(np.int64, copy=False)
    mixed = np.zeros(len(keys[0]), np.uint64)
    for key in keys:
        mixed ^= key.astype(np.int64).view(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64)


def _cut(chunk: _Chunk, cuts: Ints) -> list[int]:
    """Where the rows of a chunk begin, those from each of some places on, and their end."""
    inner = np.searchsorted(np.load(chunk.places, mmap_mode="r"), cuts, side="left")
    return [0, *inner.tolist(), chunk.length]


def _load(chunk: _Chunk, start: int, end: int) -> Batch:
    def part(path: str) -> NDArray[Any]:
        return np.array(np.load(path, mmap_mode="r")[start:end])

    columns = {
        name: Column(
            part(saved.raw), None if saved.valid is None else part(saved.valid), saved.factor
        )
        for name, saved in chunk.columns.items()
    }
    return Batch(end - start, columns, part(chunk.file), part(chunk.row))
