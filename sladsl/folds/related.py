"""Figures of the rows that belong to a row: by key, spilled to disk beyond a limit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sladsl.folds.arithmetic import LEAST, MOST, Ints, Value, scaled
from sladsl.folds.derive import concatenate
from sladsl.folds.expressions import Rows
from sladsl.folds.keyed import LIMIT, Kept, folder, size_of
from sladsl.folds.ratios import Ratio
from sladsl.folds.sums import PARTS, block_sums, total
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

__all__ = ["Related", "RelatedState"]

_BLOCK = 1 << 18  # rows that are added up at once
_FEW = 1 << 16  # keys that aren't worth being put together
_SMALL = 16  # bytes of a key and its figure
_LOW = 0xFFFFFFFF


class Related:
    """One figure for each key that any of the other rows has; the keys ascend.

    The columns are `key`, `rows` (how many have a value), and `value` or the parts of a sum.
    """

    __slots__ = ("_columns", "_folder", "_keys", "plan")

    def __init__(
        self,
        plan: p.Related,
        columns: Mapping[str, Ints],
        folder: TemporaryDirectory[str] | None = None,
    ) -> None:
        self.plan = plan
        self._keys = columns["key"]
        self._columns = columns
        self._folder = folder  # where they lie

    def values(self, batch: Batch) -> Value:
        """The count, or the extreme, for each row."""
        place, rows = self._places(batch)
        if self.plan.function == "count":
            return Value(rows)
        return Value(self._columns["value"][place], rows > 0)

    def ratios(self, batch: Batch) -> Ratio:
        """The sum, or the mean, for each row."""
        place, rows = self._places(batch)
        sums = self._sums(place, rows)
        if self.plan.function == "sum":
            return Ratio(sums, np.ones(batch.length, np.int64))
        return Ratio(sums, np.maximum(rows, 1), rows > 0)

    def _places(self, batch: Batch) -> tuple[Ints, Ints]:
        """Where the figure of each row is, and how many rows belong to it."""
        column = batch.columns[self.plan.ours.name]
        keys = scaled(column.values, self.plan.our_scale).astype(np.int64, copy=False)
        place: Ints = np.searchsorted(self._keys, keys)
        place[place == len(self._keys)] = 0
        found = np.asarray(self._keys[place] == keys)
        if column.valid is not None:
            found = found & column.valid
        return place, np.where(found, self._columns["rows"][place], 0)

    def _sums(self, place: Ints, rows: Ints) -> Ints:
        """Sums of 64 bits, or of any size where not all of them fit."""
        top, middle, low = (np.where(rows > 0, self._columns[name][place], 0) for name in PARTS)
        middle = middle + (low >> 32)
        top = top + (middle >> 32)
        narrow: Ints = ((middle & _LOW) << 32) | (low & _LOW)
        if bool((top == narrow >> 63).all()):
            return narrow
        parts = zip(top.tolist(), (middle & _LOW).tolist(), (low & _LOW).tolist(), strict=True)
        return np.array([total(*part) for part in parts], object)


class RelatedState:
    """What some rows of a stream come to, for each value of the field that they belong by."""

    __slots__ = ("_fresh", "_kept", "_limit", "_rows", "_waiting", "_worth", "plan")

    def __init__(self, plan: p.Related, rows: Rows, limit: int = LIMIT) -> None:
        self.plan = plan
        self._rows = rows
        self._limit = limit
        self._kept = Kept(("key",), limit)
        self._fresh: list[Batch] = []
        self._waiting = 0  # keys in `_fresh`
        self._worth = _FEW  # of them before they are put together

    def fold(self, batch: Batch) -> None:
        """Take in rows of the stream, as they are known at as-of."""
        for start in range(0, batch.length, _BLOCK):
            part = batch.part(start, min(start + _BLOCK, batch.length))
            found = self._figures(part)
            if found.length:
                self._add(found)

    def merge(self, other: RelatedState) -> None:
        """Take in the state of other rows of the stream."""
        self._kept.merge(other._kept)
        for batch in other._fresh:
            self._add(batch)

    def finish(self) -> Related:
        """The figures of all keys."""
        for batch in self._fresh:
            self._kept.add(batch)
        self._fresh, self._waiting = [], 0
        parts = map(self._together, self._kept.parts())
        if self._kept.saved:
            return self._on_disk(parts)
        whole = next(parts, _NOTHING)
        return Related(self.plan, {name: c.values for name, c in whole.columns.items()})

    def _on_disk(self, parts: Iterator[Batch]) -> Related:
        """The figures of more keys than are held: looked up where they lie."""
        place = folder()
        files: dict[str, str] = {}
        for part in parts:
            for name, column in part.columns.items():
                files[name] = os.path.join(place.name, name)
                with open(files[name], "ab") as file:
                    file.write(column.values.astype(np.int64).tobytes())
        columns = {name: np.memmap(path, np.int64, "r") for name, path in files.items()}
        return Related(self.plan, columns, place)

    def _figures(self, batch: Batch) -> Batch:
        """What the rows of a block come to, by key."""
        plan = self.plan
        column = batch.columns[plan.theirs.name]
        chosen = column.present()
        where = self._rows.where(plan.where, batch)
        if where is not None:
            chosen = chosen & where
        value = None
        if plan.value is not None:
            value = self._rows.value(plan.value, batch)
            chosen = chosen if value.valid is None else chosen & value.valid
        keys = column.values[chosen].astype(np.int64, copy=False)
        if plan.numbers:
            keys = np.array(plan.numbers, np.int64)[keys]
        keys, code = np.unique(scaled(keys, plan.their_scale), return_inverse=True)
        columns = {"key": keys, "rows": np.bincount(code, minlength=len(keys)).astype(np.int64)}
        if value is not None:
            own = value.values[chosen].astype(np.int64, copy=False)
            if plan.function in ("min", "max"):
                columns["value"] = _extremes(plan.function, own, code, len(keys))
            else:
                columns |= block_sums(own, 1, code, len(keys))
        return Batch(len(keys), {name: Column(values) for name, values in columns.items()})

    def _add(self, batch: Batch) -> None:
        self._fresh.append(batch)
        self._waiting += batch.length
        if self._waiting <= self._worth and self._waiting * _SMALL <= self._limit:
            return
        whole = self._together(concatenate(self._fresh))
        self._fresh, self._waiting = [whole], whole.length
        self._worth = max(_FEW, 2 * whole.length)
        if size_of(whole) > self._limit:
            self._kept.add(whole)
            self._fresh, self._waiting = [], 0

    def _together(self, batch: Batch) -> Batch:
        """Figures of parts of the rows as those of all of them, by key."""
        keys, code = np.unique(batch.columns["key"].values, return_inverse=True)
        columns = {"key": keys}
        for name, column in batch.columns.items():
            if name == "value":
                columns[name] = _extremes(self.plan.function, column.values, code, len(keys))
            elif name != "key":
                columns[name] = np.zeros(len(keys), np.int64)
                np.add.at(columns[name], code, column.values)
        return Batch(len(keys), {name: Column(values) for name, values in columns.items()})


def _extremes(function: str, values: Ints, code: Ints, count: int) -> Ints:
    """The least or the greatest value of each of `count` codes, all of which occur."""
    found: Ints = np.full(count, MOST if function == "min" else LEAST, np.int64)
    (np.minimum if function == "min" else np.maximum).at(found, code, values)
    return found


_NAMES = ("key", "rows", "value", *PARTS)
#: One key that no row has, so that there is something to look in.
_NOTHING = Batch(1, {name: Column(np.zeros(1, np.int64)) for name in _NAMES})
