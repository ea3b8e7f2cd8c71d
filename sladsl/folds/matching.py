"""Which listed rows are about a group: by fields that have to be equal, where they are present."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sladsl.folds.conditions import Mask
from sladsl.folds.table import Ints

__all__ = ["Codes", "Keys", "Matching"]

#: The codes of a group's fields; None: it isn't told apart by that one, or lacks it.
Codes: TypeAlias = "tuple[int | None, ...]"
#: The rows about a group: for each set of fields that rows have (places), the group's codes.
Keys: TypeAlias = "tuple[tuple[tuple[int, ...], Codes], ...]"


class Matching:
    """n listed rows by the codes of some of their fields; one that is missing is about all."""

    __slots__ = ("_index",)

    def __init__(self, length: int, columns: Sequence[tuple[Ints, Mask]]) -> None:
        self._index: dict[tuple[int, ...], dict[Codes, list[int]]] = {}
        for row in range(length):
            has = tuple(at for at, (_, present) in enumerate(columns) if present[row])
            key = tuple(int(columns[at][0][row]) for at in has)
            self._index.setdefault(has, {}).setdefault(key, []).append(row)

    def about(self, codes: Codes) -> Keys:
        """What rows are about a group: the same for groups that no row tells apart."""
        keys = ((has, tuple(codes[at] for at in has)) for has in self._index)
        return tuple((has, key) for has, key in keys if key in self._index[has])

    def every(self) -> Keys:
        """What all rows are about."""
        return tuple((has, key) for has, rows in self._index.items() for key in rows)

    def rows(self, keys: Keys) -> list[int]:
        """The numbers of those rows."""
        return [row for has, key in keys for row in self._index[has][key]]
