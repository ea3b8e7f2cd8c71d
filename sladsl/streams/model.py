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

from enum import StrEnum
from threading import Lock
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
    """Texts of a run and their codes: the same text has one code in every stream and field.

    Threads may ask at the same time; which of two new texts comes first is then by chance, so
    nothing that is shown goes by codes.
    """

    __slots__ = ("_lock", "codes", "texts")

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.texts: list[str] = []
        self._lock = Lock()

    def code(self, text: str) -> int:
        """The code of a text, which it is given now if it has none."""
        found = self.codes.get(text)
        if found is None:
            with self._lock:
                found = self.codes.get(text)
                if found is None:  # a code is to be had only once its text is there
                    self.texts.append(text)
                    found = self.codes[text] = len(self.texts) - 1
        return found


class Column:
    """Values of one field, and which of them are present (None: all). Absent values hold 0.

    `raw` is what the file holds; one of it is `factor` units of the field's kind, so that
    milliseconds needn't be multiplied to be compared. The reader has made sure that all of
    `values` fit 64 bits. A factor of None: `raw` are codes, truth, or int64 in the kind's unit.
    """

    __slots__ = ("_extent", "_values", "factor", "raw", "valid")

    def __init__(
        self,
        raw: NDArray[Any],
        valid: NDArray[np.bool_] | None = None,
        factor: int | None = None,
    ) -> None:
        self.raw = raw
        self.valid = valid
        self.factor = factor
        self._values: NDArray[Any] | None = raw if factor is None else None
        self._extent: tuple[int, int] | None = None

    @property
    def values(self) -> NDArray[Any]:
        """The values in the kind's unit (the table above)."""
        if self._values is None:
            wide = self.raw.astype(np.int64, copy=False)
            self._values = wide if self.factor in (1, None) else wide * np.int64(self.factor)
        return self._values

    @property
    def extent(self) -> tuple[int, int]:
        """The least and the largest of `raw` (there are some), also where values are absent."""
        if self._extent is None:
            self._extent = int(self.raw.min()), int(self.raw.max())
        return self._extent

    def present(self) -> NDArray[np.bool_]:
        """The mask of present values, made where there is none."""
        return np.ones(len(self.raw), np.bool_) if self.valid is None else self.valid

    def take(self, which: NDArray[Any]) -> Column:
        """The values that a mask or an array of indices picks."""
        valid = None if self.valid is None else self.valid[which]
        return Column(self.raw[which], valid, self.factor)


class Batch:
    """Rows of one stream. Position (`file`, `row`) orders rows where times and sequence tie.

    `file` is the rank of the row's path among the stream's paths, sorted bytewise; `row`
    counts the data rows of that file from 0. Given as integers, they are the rank of all rows
    and the number of the first; the columns of them are made where somebody asks.

    `bounds` may name fields with the least and greatest value that any of the rows can have in
    them (absent values apart), also of fields that weren't read.
    """

    __slots__ = ("_file", "_row", "bounds", "columns", "length")

    def __init__(
        self,
        length: int,
        columns: dict[str, Column] | None = None,
        file: NDArray[np.int32] | int = 0,
        row: NDArray[np.int64] | int = 0,
        bounds: dict[str, tuple[int, int]] | None = None,
    ) -> None:
        self.length = length
        self.bounds: dict[str, tuple[int, int]] = {} if bounds is None else bounds
        self.columns = {} if columns is None else columns
        self._file = file
        self._row = row

    @property
    def file(self) -> NDArray[np.int32]:
        """The rank of each row's file."""
        if isinstance(self._file, int):
            self._file = np.full(self.length, self._file, np.int32)
        return self._file

    @property
    def row(self) -> NDArray[np.int64]:
        """The number of each row in its file."""
        if isinstance(self._row, int):
            self._row = np.arange(self._row, self._row + self.length, dtype=np.int64)
        return self._row

    @property
    def first(self) -> tuple[int, int]:
        """File and row of the first row, without making the columns."""
        file, row = self._file, self._row
        return (
            file if isinstance(file, int) else int(file[0]),
            row if isinstance(row, int) else int(row[0]),
        )

    @property
    def last(self) -> tuple[int, int]:
        """File and row of the last row."""
        file, row = self._file, self._row
        return (
            file if isinstance(file, int) else int(file[-1]),
            row + self.length - 1 if isinstance(row, int) else int(row[-1]),
        )

    def with_columns(self, columns: dict[str, Column]) -> Batch:
        """The same rows with other columns."""
        return Batch(self.length, columns, self._file, self._row, self.bounds)

    def part(self, start: int, stop: int) -> Batch:
        """The rows from one place to before another, without copies."""
        some = slice(start, stop)
        columns = {
            name: Column(c.raw[some], None if c.valid is None else c.valid[some], c.factor)
            for name, c in self.columns.items()
        }
        file = self._file if isinstance(self._file, int) else self._file[some]
        row = self._row + start if isinstance(self._row, int) else self._row[some]
        return Batch(stop - start, columns, file, row, self.bounds)

    def take(self, which: NDArray[Any]) -> Batch:
        """The rows that a mask or an array of indices picks."""
        columns = {name: column.take(which) for name, column in self.columns.items()}
        row = self.row[which]
        file = self._file if isinstance(self._file, int) else self._file[which]
        return Batch(len(row), columns, file, row, self.bounds)
