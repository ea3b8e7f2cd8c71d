"""Finds the columns that a stream's fields are read from among those of a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.diagnostics import Diagnostic, Refused, nearest
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.findings import finding
from sladsl.streams.plan import FieldPlan

__all__ = ["Bad", "Part", "Rows", "locate"]


class Bad(Record):
    """A row that isn't one: its number in the file, why, and its text."""

    number: int
    reason: str
    text: str


class Part(Record):
    """Values of one type in a column: an Arrow array, and at which rows (None: at all).

    An array of None: values that no field can be read from.
    """

    array: Any
    rows: NDArray[np.int64] | None = None


class Rows:
    """Rows as a file holds them, by column: `count` of them, and besides them the `bad` ones.

    Rows are numbered from `first` on, without a gap unless `numbers` says each one's number.
    `guessed` are columns whose types were guessed: `texts` reads all columns again as texts.
    """

    __slots__ = ("_numbers", "bad", "columns", "count", "first", "guessed", "texts")

    def __init__(
        self,
        count: int,
        first: int,
        columns: dict[str, list[Part]] | None = None,
        bad: Sequence[Bad] = (),
        numbers: NDArray[np.int64] | None = None,
        guessed: frozenset[str] = frozenset(),
        texts: Callable[[], dict[str, list[Part]]] | None = None,
    ) -> None:
        self.count = count
        self.first = first
        self.columns = {} if columns is None else columns
        self.bad = bad
        self.guessed = guessed
        self.texts = texts
        self._numbers = numbers

    def as_texts(self) -> None:
        """Puts texts in the place of columns of guessed types."""
        if self.texts is not None:
            self.columns = self.texts()
            self.texts, self.guessed = None, frozenset()

    @property
    def position(self) -> NDArray[np.int64] | int:
        """The number of each row, or that of the first where they have no gap."""
        return self.first if self._numbers is None else self._numbers

    def number(self, at: int) -> int:
        """The number of one row."""
        return self.first + at if self._numbers is None else int(self._numbers[at])


def locate(
    plans: Sequence[FieldPlan], names: Sequence[str], place: Place, hint: str = ""
) -> dict[str, int]:
    """The index of each column that is wanted. Columns of optional fields may lack if unmapped.

    Raises `Refused` with every column that isn't there, or is there twice.
    """
    found: dict[str, int] = {}
    wrong: list[Diagnostic] = []
    for plan in plans:
        for column in plan.columns:
            count = names.count(column)
            if count == 1:
                found[column] = names.index(column)
            elif count > 1:
                message = f"column `{column}` occurs {count} times: `{plan.spec.name}` is ambiguous"
                help = "rename one of them in the file"
                wrong.append(finding(f.TWO_COLUMNS, message, place, help=help))
            elif plan.explicit or not plan.spec.optional:
                wrong.append(_absent(plan, column, names, place, hint))
    if wrong:
        raise Refused(*wrong)
    return found


def _absent(
    plan: FieldPlan, column: str, names: Sequence[str], place: Place, hint: str
) -> Diagnostic:
    message = f"no column `{column}` for field `{plan.spec.name}`"
    shown = ", ".join(f"`{n}`" for n in list(names)[:20])
    listed = f"the file has {shown}" if names else "the file has no columns"
    help = hint or nearest(column, names) or f"{listed}; sladsl.toml maps a field to a column"
    return finding(f.NO_COLUMN, message, place, help=help)
