"""Which group and which period a row belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch, Vocabulary

__all__ = ["Grain", "Groups", "TooManyGroups", "TooManyVerdicts"]

NEVER = np.iinfo(np.int64).max


class TooManyVerdicts(ValueError):
    """More groups times periods than are judged in one run."""


class TooManyGroups(ValueError):
    """More groups than are allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} groups")
        self.limit = limit


@dataclass(slots=True)
class Groups:
    """The groups over some fields, numbered as they appear; the same in every stream.

    Groups over an enum or bool are all its values; those over text or numbers exist from
    their first row, whose time is kept for each stream.
    """

    fields: tuple[p.GroupField, ...]
    vocabulary: Vocabulary
    limit: int = 100_000
    codes: list[tuple[int, ...]] = field(default_factory=list)
    numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    first: dict[str, dict[tuple[int, ...], int]] = field(default_factory=dict)

    def number(self, codes: tuple[int, ...]) -> int:
        """The number of a group, given now if it is new."""
        found = self.numbers.get(codes)
        if found is None:
            if len(self.codes) >= self.limit:
                raise TooManyGroups(self.limit)
            found = self.numbers[codes] = len(self.codes)
            self.codes.append(codes)
        return found

    def of(self, batch: Batch) -> Ints:
        """The group's number of each row."""
        if not self.fields:
            self.number(())
            return np.zeros(batch.length, np.int64)
        columns = [batch.columns[f.name].values.astype(np.int64) for f in self.fields]
        return self.of_codes(columns)

    def of_codes(self, columns: Sequence[Ints]) -> Ints:
        """The same, for columns of codes in the order of the fields."""
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

    def seen(self, stream: str, groups: Ints, times: Ints) -> None:
        """Note the first time of each group in a stream."""
        if not len(groups):
            return
        first = np.full(len(self.codes), NEVER, np.int64)
        np.minimum.at(first, groups, times)
        known = self.first.setdefault(stream, {})
        for number in np.flatnonzero(first != NEVER).tolist():
            part = self._open_part(self.codes[number])
            known[part] = min(known.get(part, NEVER), int(first[number]))

    def _open_part(self, codes: tuple[int, ...]) -> tuple[int, ...]:
        """The codes of the fields whose values aren't known beforehand."""
        return tuple(c for c, f in zip(codes, self.fields, strict=True) if not f.values)

    def existing(self, streams: Iterable[str], since: int) -> list[tuple[tuple[int, ...], int]]:
        """Every group that exists, and from when (ns; `since` for those that always do)."""
        if all(f.values for f in self.fields):
            parts: dict[tuple[int, ...], int] = {(): since}
        else:
            parts = {}
            for stream in streams:
                for part, time in self.first.get(stream, {}).items():
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


class Grain(Record):
    """Groups and periods; a cell is numbered group * number of periods + period."""

    groups: Groups
    periods: Periods

    def cells(self, batch: Batch, times: Ints) -> tuple[Ints, Ints]:
        """The cell of each row, and the rows that lie in a period at all."""
        index = self.periods.index(times)
        inside = np.flatnonzero(index >= 0)
        groups = self.groups.of(batch)
        return groups[inside] * len(self.periods) + index[inside], inside
