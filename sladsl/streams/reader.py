"""What the readers of all formats have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Self

from sladsl.streams.columns import Rows
from sladsl.streams.files import DataFile, Opener
from sladsl.streams.plan import FieldPlan

__all__ = ["Reader"]


class Reader(ABC):
    """Reads one file, or one part of it, once.

    Rows are numbered from `start` on. Where `known` is False, that isn't the number of the
    part's first row in the file, only larger than those of the rows before it; `start` and
    `known` are settled before the first rows are handed out. `covered` counts the numbers given
    out so far, `count` the rows that the part says it has (None: it doesn't say).
    """

    def __init__(self, file: DataFile, opener: Opener) -> None:
        self.file = file
        self.opener = opener
        self.start = 0
        self.known = True
        self.covered = 0
        self.count: int | None = None

    def fresh(self) -> Self:
        """The same reader before it has read anything."""
        found = object.__new__(type(self))
        found.__dict__.update(self.__dict__)
        found.opener = self.opener.fresh()  # who gave up on reading it may close it late
        return found

    @abstractmethod
    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""

    @abstractmethod
    def line(self, number: int) -> int | None:
        """The physical line, from 1, of a row by its number in the file; None: not known."""

    def bounds(self, plan: FieldPlan) -> tuple[int, int] | None:
        """The least and greatest value that the part's rows can have in a field, if it says so."""
        return None

    def sound(self, plan: FieldPlan) -> bool:
        """Whether it is proven that no row of the part is rejected for a field."""
        return False
