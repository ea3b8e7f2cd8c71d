"""Which group and which period a row belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.periods import Periods
from sladsl.folds.block import Block, Cells
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch, Column, Vocabulary

__all__ = ["Grain", "Groups", "Seen", "TooManyGroups", "TooManyVerdicts"]

#: Numbers of groups, in any width.
Numbers: TypeAlias = NDArray[Any]

NEVER = int(np.iinfo(np.int64).max)
_TABLE = 1 << 22  # the most entries of a table from combined codes to groups


class TooManyVerdicts(ValueError):
    """More groups times periods than are judged in one run."""


class TooManyGroups(ValueError):
    """More groups than are allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} groups")
        self.limit = limit


class Groups:
    """The groups over some fields, numbered as they appear; the same in every stream.

    Groups over an enum or bool are all its values; those over text or numbers exist from
    their first row (`Seen`), or from the start where a service names them. Threads may number
    groups at the same time.
    """

    def __init__(
        self,
        fields: tuple[p.GroupField, ...],
        vocabulary: Vocabulary,
        limit: int = 100_000,
        services: Iterable[p.ServicePlan] = (),
    ) -> None:
        self.fields = fields
        self.vocabulary = vocabulary
        self.limit = limit
        self.codes: list[tuple[int, ...]] = []
        self.numbers: dict[tuple[int, ...], int] = {}
        self._lock = Lock()
        #: how many codes each field has room for; by the codes, combined: the group's number, or -1
        self._lookup: tuple[Sequence[int], Numbers] = ([0] * len(fields), np.zeros(0, np.int32))
        if self.closed and prod(len(f.values) for f in fields) <= limit:
            for codes in product(*(range(len(f.values)) for f in fields)):
                self.number(codes)
        #: the codes of fields whose values aren't known beforehand, as services name them
        self._services = tuple(services)
        plain = [dict(s.of) for s in self._services if s.outside is None and not self.closed]
        self.named = [codes for of in plain for codes in self.named_by(of)]

    @property
    def closed(self) -> bool:
        """Whether all groups are known beforehand."""
        return all(f.values for f in self.fields)

    def named_by(self, of: Mapping[str, Iterable[str]]) -> Iterator[tuple[int, ...]]:
        """What a service says of the fields whose values aren't known: of all, or nothing."""
        open_fields = [f for f in self.fields if not f.values]
        if all(f.name in of for f in open_fields):
            yield from product(*(self.codes_of(f, of[f.name]) for f in open_fields))

    def codes_of(self, field_: p.GroupField, values: Iterable[str]) -> list[int]:
        """The codes of values of an open field; of numbers those that are some."""
        if field_.kind == "text":
            return [self.vocabulary.code(value) for value in values]
        return [int(value) for value in values if value.removeprefix("-").isdecimal()]

    def number(self, codes: tuple[int, ...]) -> int:
        """The number of a group, given now if it is new."""
        found = self.numbers.get(codes)
        if found is None:
            with self._lock:
                found = self.numbers.get(codes)
                if found is None:
                    if len(self.codes) >= self.limit:
                        raise TooManyGroups(self.limit)
                    self.codes.append(codes)
                    found = self.numbers[codes] = len(self.codes) - 1
        return found

    def of(self, batch: Batch) -> Numbers:
        """The group's number of each row."""
        found = self.numbered(batch)
        return np.full(batch.length, found, np.int64) if isinstance(found, int) else found

    def numbered(self, batch: Batch) -> Numbers | int:
        """The same, or one number where all rows are of one group beforehand."""
        if not self.fields:
            return self.number(())
        columns = [batch.columns[f.name] for f in self.fields]
        if batch.length and all(c.extent[0] == c.extent[1] for c in columns):
            return self.number(tuple(int(c.extent[0]) for c in columns))
        if len(self.fields) == 1 and self.fields[0].values and self.codes:
            raw = columns[0].raw  # a closed group's number is its value's
            return raw.view(np.uint8) if raw.dtype == np.bool_ else raw  # bools would be a mask
        if all(f.values or f.kind == "text" for f in self.fields):
            found = self._looked_up(columns)
            if found is not None:
                return found
        return self.of_codes([c.values.astype(np.int64, copy=False) for c in columns])

    def _looked_up(self, columns: Sequence[Column]) -> Numbers | None:
        """By a table; None where the codes are spread too far for one."""
        sizes: Sequence[int] = [
            len(f.values) if f.values else c.extent[1] + 1 if len(c.raw) else 1
            for f, c in zip(self.fields, columns, strict=True)
        ]
        if any(size > had for size, had in zip(sizes, self._lookup[0], strict=True)):
            self._widen(sizes)
        sizes, table = self._lookup
        if not len(table):
            return None
        combined = columns[0].raw
        for size, column in zip(sizes[1:], columns[1:], strict=True):
            combined = combined.astype(np.int64, copy=False) * size + column.raw
        found: Numbers = table.take(combined)
        if len(found) and int(found.min()) < 0:
            unknown = np.flatnonzero(found < 0)
            _, first = np.unique(combined[unknown], return_index=True)
            for row in unknown[first].tolist():
                number = self.number(tuple(int(c.raw[row]) for c in columns))
                table[combined[row]] = number
            found = table.take(combined)
        return found

    def _widen(self, sizes: Sequence[int]) -> None:
        """Make room in the table for codes of these sizes, or do without it: that is too much."""
        wanted = [
            had if size <= had else size if f.values else max(16, 2 * size)
            for f, size, had in zip(self.fields, sizes, self._lookup[0], strict=True)
        ]
        if prod(wanted) > _TABLE:
            self._lookup = wanted, np.zeros(0, np.int32)
            return
        table = np.full(prod(wanted), -1, np.int32)
        for number, codes in enumerate(list(self.codes)):
            at = 0
            for size, code in zip(wanted, codes, strict=True):
                if not 0 <= code < size:
                    break
                at = at * size + code
            else:
                table[at] = number
        self._lookup = wanted, table  # at once: other threads look things up meanwhile

    def of_codes(self, columns: Sequence[Ints]) -> Ints:
        """The group's number of each row, for columns of codes in the order of the fields."""
        inverse = np.zeros(len(columns[0]), np.int64)
        for column in columns:
            _, codes = np.unique(column, return_inverse=True)
            combined = inverse * (int(codes.max(initial=0)) + 1) + codes
            _, inverse = np.unique(combined, return_inverse=True)
        _, example = np.unique(inverse, return_index=True)
        numbers = np.array(
            [self.number(tuple(int(c[i]) for c in columns)) for i in example], np.int64
        )
        return numbers[inverse] if len(numbers) else inverse

    def service(self, codes: tuple[int, ...]) -> int:
        """The code of the service that a group is of."""
        texts = dict(self.texts(codes))
        for one in self._services:
            if all(texts[name] in values for name, values in one.of if name != "service"):
                return self.vocabulary.code(one.name)
        return self.vocabulary.code("")

    def open_part(self, codes: tuple[int, ...]) -> tuple[int, ...]:
        """The codes of the fields whose values aren't known beforehand."""
        return tuple(c for c, f in zip(codes, self.fields, strict=True) if not f.values)

    def existing(
        self, seen: Iterable[Seen], since: int, named: Iterable[tuple[tuple[int, ...], int]] = ()
    ) -> list[tuple[tuple[int, ...], int]]:
        """Every group that exists, and from when (ns; `since` for those that always do).

        `named` are the open parts of more groups, and from when there are these.
        """
        if self.closed:
            parts: dict[tuple[int, ...], int] = {(): since}
        else:
            parts = dict.fromkeys(self.named, since)
            for part, time in named:
                parts[part] = min(parts.get(part, NEVER), time)
            for one in seen:
                for part, time in one.parts().items():
                    parts[part] = min(parts.get(part, NEVER), time)
        closed = [range(len(f.values)) for f in self.fields if f.values]
        if len(parts) * prod(map(len, closed)) > self.limit:
            raise TooManyGroups(self.limit)
        found = []
        for part, time in parts.items():
            for values in product(*closed):
                ours, theirs = iter(values), iter(part)
                codes = tuple(next(ours) if f.values else next(theirs) for f in self.fields)
                found.append((codes, time))
        return found

    def texts(self, codes: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
        """A group as names and values, in the order of `for each`."""
        return tuple((f.name, self._text(f, c)) for f, c in zip(self.fields, codes, strict=True))

    def _text(self, field_: p.GroupField, code: int) -> str:
        if field_.values:
            return field_.values[code]
        return self.vocabulary.texts[code] if field_.kind == "text" else str(code)


class Seen:
    """The first time (ns) of each open group in one stream."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self._first: Ints = np.zeros(0, np.int64)
        self._latest = NEVER  # of the first times, while every group has one

    def fold(self, block: Block) -> None:
        """Take in the rows of a block."""
        if self.groups.closed:
            return
        numbers = block.groups(self.groups)
        if len(self.groups.codes) > len(self._first):
            more = np.full(len(self.groups.codes) - len(self._first), NEVER, np.int64)
            self._first = np.concatenate((self._first, more))
            self._latest = NEVER
        if self._latest > block.low:
            if isinstance(numbers, int):
                self._first[numbers] = min(int(self._first[numbers]), block.low)
            else:
                # rows whose times weren't read are all of one period: any time in it will do
                read = block.event in block.batch.columns
                times = block.times if read else np.int64(block.low)
                np.minimum.at(self._first, numbers, times)
            self._latest = int(self._first.max())

    def merge(self, other: Seen) -> None:
        """Take in what was seen of other rows."""
        short, long = sorted((self._first, other._first), key=len)
        first = long.copy()
        np.minimum(first[: len(short)], short, out=first[: len(short)])
        self._first = first
        self._latest = NEVER

    def parts(self) -> dict[tuple[int, ...], int]:
        """The first time by the codes of the fields whose values aren't known beforehand."""
        found: dict[tuple[int, ...], int] = {}
        for number in np.flatnonzero(self._first != NEVER).tolist():
            part = self.groups.open_part(self.groups.codes[number])
            found[part] = min(found.get(part, NEVER), int(self._first[number]))
        return found


class Grain(Record):
    """Groups and periods; a cell is numbered group * number of periods + period."""

    groups: Groups
    periods: Periods

    def cells(self, block: Block) -> Cells | None:
        """The cells of the rows of a block that lies in the periods; None if none does."""
        index = block.index(self.periods)
        numbers = block.groups(self.groups)
        count = len(self.periods)
        if isinstance(index, int):
            if index < 0:
                return None
            if isinstance(numbers, int):
                return Cells(np.array([numbers * count + index]), None)
            known = len(self.groups.codes)
            if known <= 4 * block.length + 256:
                keys = np.arange(known, dtype=np.int64) * count + index
                return Cells(keys, numbers)
            return Cells.spread(numbers.astype(np.int64) * count + index)
        low = int(index.min())
        if low < 0:
            raise ValueError("a row outside of all periods")
        span = int(index.max()) - low + 1
        room = 4 * block.length + 256
        if isinstance(numbers, int):
            if span > room:
                return Cells.spread(index + numbers * count)
            keys = np.arange(low, low + span, dtype=np.int64) + numbers * count
            return Cells(keys, index - low)
        known = len(self.groups.codes)
        if known * span > room:
            return Cells.spread(numbers.astype(np.int64) * count + index)
        keys = (np.arange(known)[:, None] * count + np.arange(low, low + span)).reshape(-1)
        code = (index - low).astype(np.int32)  # narrow numbers take less time
        code += numbers * np.int32(span)
        return Cells(keys, code)
