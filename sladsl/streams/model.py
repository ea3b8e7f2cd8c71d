"""What a stream of measurements looks like once it has been read.

Every value is an integer in its kind's unit, so that nothing downstream sees a binary float:

========  ==================================================  =====================
kind      column of a batch (NumPy)                           unit
========  ==================================================  =====================
time      int64                                               ns since 1970 in UTC
duration  int64                                               ns
money     int64                                               millionths of the currency
size      int64                                               bytes
int       int64                                               1
number    int64                                               millionths
percent   int64                                               10**-9 of one (1 % is 10**7)
bool      bool
enum      int32, the index into the field's declared values
text      int32, the code in the run's `Vocabulary`
========  ==================================================  =====================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.plan.model import SCALE as UNITS
from sladsl.records import Record

__all__ = ["SCALE", "Batch", "Column", "FieldSpec", "Kind", "StreamSpec", "Vocabulary"]


class Kind(StrEnum):
    """What a field holds."""

    TIME = "time"
    TEXT = "text"
    BOOL = "bool"
    INT = "int"
    NUMBER = "number"
    PERCENT = "percent"
    DURATION = "duration"
    MONEY = "money"
    SIZE = "size"
    ENUM = "enum"


#: How many integer units make one: a second, a currency unit, a byte, one, one, one (100 %).
SCALE: dict[Kind, int] = {kind: UNITS[kind] for kind in Kind if kind in UNITS}


class FieldSpec(Record):
    """A field that is read (computed fields are not).

    `unit` is the unit that bare numbers in a file have where the source names none
    (`ms`, `EUR`, `B`, ...); it is None for kinds without one.
    """

    name: str
    kind: Kind
    optional: bool = False
    values: tuple[str, ...] = ()
    unit: str | None = None
    negative_as_zero: bool = False


class StreamSpec(Record):
    """What a reader has to know of a stream. `timezone` and `ambiguous` are the stream's own."""

    name: str
    fields: tuple[FieldSpec, ...]
    timezone: str | None = None
    ambiguous: str | None = None
    #: for a stream of spans, the fields of start and end: an end before its start is rejected
    span: tuple[str, str] | None = None


class Vocabulary:
    """Texts of a run and their codes: the same text has one code in every stream and field."""

    __slots__ = ("codes", "texts")

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.texts: list[str] = []

    def code(self, text: str) -> int:
        """The code of a text, which it is given now if it has none."""
        found = self.codes.get(text)
        if found is None:
            found = self.codes[text] = len(self.texts)
            self.texts.append(text)
        return found


@dataclass(slots=True)
class Column:
    """Values, and which of them are present (None: all). Absent values hold 0."""

    values: NDArray[Any]
    valid: NDArray[np.bool_] | None = None

    def present(self) -> NDArray[np.bool_]:
        """The mask of present values, made where there is none."""
        return np.ones(len(self.values), np.bool_) if self.valid is None else self.valid


@dataclass(slots=True)
class Batch:
    """Rows of one stream. Position (`file`, `row`) orders rows where times and sequence tie.

    `file` is the rank of the row's path among the stream's paths, sorted bytewise; `row`
    counts the data rows of that file from 0.
    """

    length: int
    columns: dict[str, Column] = field(default_factory=dict)
    file: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    row: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def take(self, which: NDArray[Any]) -> Batch:
        """The rows that a mask or an array of indices picks."""
        columns = {
            name: Column(c.values[which], None if c.valid is None else c.valid[which])
            for name, c in self.columns.items()
        }
        file, row = self.file[which], self.row[which]
        return Batch(len(row), columns, file, row)
