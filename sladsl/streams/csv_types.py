"""Which of Arrow's types the columns of a CSV file are read in, and where these mean the same.

Arrow reads whole numbers, ISO times and truth much faster than texts can be converted here.
Its rules are narrower than ours but for three things, which are looked for in the bytes of a
block: hexadecimal numbers, numbers of more than 60 leading zeros, and times of an hour
without minutes. Whatever it refuses, and whatever of these a block may hold, is read as texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from sladsl.streams.faults import Fault
from sladsl.streams.model import Kind
from sladsl.streams.plan import FieldPlan
from sladsl.streams.time_formats import ISO

__all__ = ["Guess"]

_TRUE = ("true", "True", "TRUE", "t", "T", "yes", "Yes", "YES", "y", "Y", "1")
_FALSE = ("false", "False", "FALSE", "f", "F", "no", "No", "NO", "n", "N", "0")
_COLUMN = re.compile(r"In CSV column #(\d+)")
#: so many blocks are tried in guessed types although something in them raises doubts
_PATIENCE = 3
_NUMBERS = (Kind.INT, Kind.NUMBER, Kind.PERCENT, Kind.DURATION, Kind.MONEY, Kind.SIZE)


class Guess:
    """The types in which the columns are read; what doesn't fit is given up, column by column.

    `wanted` are the file's columns by name, with their places; Arrow knows them by `names`.
    A type is guessed if a value in it says less than its text did; a dictionary of texts isn't.
    """

    def __init__(
        self, plans: Sequence[FieldPlan], wanted: Mapping[str, int], names: Sequence[str]
    ) -> None:
        self._names = names
        self._wanted = wanted
        self._some = [names[n] for n in sorted(set(wanted.values()))] or list(names[:1])
        users: dict[str, list[FieldPlan]] = {}
        for plan in plans:
            for column in plan.columns:
                users.setdefault(column, []).append(plan)
        alone = [
            plan
            for plan in plans
            if len(plan.columns) == 1
            and plan.columns[0] in wanted
            and len(users[plan.columns[0]]) == 1
        ]
        typed = [plan for plan in alone if _types(plan)]
        self._marks = typed[0].missing if typed else frozenset[str]()
        self._types: dict[str, list[Any]] = {}
        for plan in alone:
            column = plan.columns[0]
            if plan.missing == self._marks and _types(plan):
                self._types[column] = _types(plan)
            elif plan.spec.kind in (Kind.TEXT, Kind.ENUM, Kind.BOOL):
                self._types[column] = [pa.dictionary(pa.int32(), pa.string())]
        self._options: tuple[Any, frozenset[str]] | None = None
        self._texts: Any = None
        self._hits = 0

    def options(self, block: bytes) -> tuple[Any, frozenset[str]]:
        """How Arrow is to convert a block, and the columns that it is to read in guessed types."""
        if self._options is None:
            first = {column: types[0] for column, types in self._types.items() if types}
            typed = (c for c, kind in first.items() if not pa.types.is_dictionary(kind))
            self._options = self._as(first), frozenset(typed)
        guessed = self._options[1]
        if guessed and self._open_to_doubt(block, guessed):
            self._hits += 1
            if self._hits > _PATIENCE:
                for column in guessed:
                    self._types[column] = []
                self._options = None
            return self.texts(), frozenset()
        return self._options

    def texts(self) -> Any:
        """How Arrow is to leave all cells texts."""
        if self._texts is None:
            self._texts = self._as({})
        return self._texts

    def wrong(self, error: str) -> bool:
        """Gives up the type that Arrow refused a column in; whether there was one."""
        found = _COLUMN.search(error)
        if found is None or self._options is None:
            return False
        at = int(found[1])
        for column in self._options[1]:
            if self._wanted[column] == at:
                self._types[column] = self._types[column][1:]
                self._options = None
                return True
        return False

    def _as(self, types: Mapping[str, Any]) -> Any:
        by_place = {self._names[self._wanted[c]]: kind for c, kind in types.items()}
        return pa_csv.ConvertOptions(
            column_types={n: by_place.get(n, pa.string()) for n in self._names},
            include_columns=self._some,
            strings_can_be_null=False,
            null_values=["", *sorted(self._marks)],
            true_values=list(_TRUE),
            false_values=list(_FALSE),
        )

    def _open_to_doubt(self, block: bytes, guessed: frozenset[str]) -> bool:
        """Whether a cell of a guessed type may mean something else to Arrow than to us."""
        kinds = {self._types[column][0].id for column in guessed}
        if pa.lib.Type_TIMESTAMP in kinds and _has_hours_alone(block):
            return True
        if pa.lib.Type_INT64 not in kinds:
            return False
        return b"0" * 60 in block or (
            (b"x" in block and b"0x" in block) or (b"X" in block and b"0X" in block)
        )


def _types(plan: FieldPlan) -> list[Any]:
    """Arrow's types for a field alone in its column, in the order in which they are tried."""
    kind = plan.spec.kind
    if plan.mapped:
        return []
    if kind is Kind.BOOL and not plan.missing & {*_TRUE, *_FALSE}:
        return [pa.bool_(), pa.dictionary(pa.int32(), pa.string())]
    if kind is Kind.TIME and plan.epoch is not None:
        return [pa.int64()]
    if kind is Kind.TIME and plan.pattern is ISO:
        zoned = [pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")]
        local = [pa.timestamp("ms"), pa.timestamp("us")] if plan.zone is not None else []
        return zoned + local
    if kind in _NUMBERS and not isinstance(plan.units(None), Fault):
        return [pa.int64()]
    return []


def _has_hours_alone(block: bytes) -> bool:
    """Whether a date, `T` or a blank, and two characters without a colon behind stand anywhere."""
    raw = np.frombuffer(block + b"\n" * 4, np.uint8)
    for at in range(0, len(block), 1 << 16):
        part = raw[at : at + (1 << 16) + 9]
        if len(part) <= 9:
            break
        found = part[9:] != 58
        found &= part[3:-6] == 45
        found &= part[:-9] == 45
        if found.any() and (found & ((part[6:-3] == 84) | (part[6:-3] == 32))).any():
            return True
    return False
