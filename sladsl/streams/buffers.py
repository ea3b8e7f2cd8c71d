"""Arrow arrays as NumPy arrays, from their buffers (`to_numpy` would import pandas)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["BeyondDictionary", "Strings", "bits", "codes_of", "integers", "present"]

Mask = NDArray[np.bool_]


def bits(buffer: Any, offset: int, length: int) -> Mask:
    """`length` bits of an Arrow bitmap from bit `offset` on, as booleans."""
    first = offset // 8
    count = (offset + length + 7) // 8 - first
    raw = np.frombuffer(buffer, np.uint8, count, first) if count else np.zeros(0, np.uint8)
    start = offset - first * 8
    return np.unpackbits(raw, bitorder="little")[start : start + length].view(np.bool_)


def present(array: Any) -> Mask:
    """The mask of values that aren't null."""
    if array.null_count == 0:
        return np.ones(len(array), np.bool_)
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.bool_)
    return bits(array.buffers()[0], array.offset, len(array))


def integers(array: Any, dtype: Any) -> NDArray[Any]:
    """The fixed-width values of an Arrow array, without a copy; what stands at nulls is undefined.

    `dtype` is that of the array's storage, int64 for a timestamp.
    """
    if len(array) == 0:
        return np.zeros(0, dtype)
    found = np.frombuffer(array.buffers()[1], dtype, array.offset + len(array))
    return found[array.offset :]


class BeyondDictionary(Exception):
    """A code that its dictionary doesn't have: the file is damaged."""


def codes_of(indices: Any, size: int) -> NDArray[Any]:
    """The codes of an array with a dictionary of `size` entries, 0 where there is none.

    Raises `BeyondDictionary`.
    """
    found = integers(indices, str(indices.type))
    if indices.null_count:
        found = np.where(present(indices), found, found.dtype.type(0))
    if indices.null_count == len(found):
        return found
    if int(found.min()) < 0 or int(found.max()) >= size:
        raise BeyondDictionary
    return found


class Strings:
    """UTF-8 texts: `data[offsets[i]:offsets[i+1]]` is text i. `null` marks those that are null."""

    __slots__ = ("data", "null", "offsets")

    def __init__(self, data: NDArray[np.uint8], offsets: NDArray[np.int64], null: Mask) -> None:
        self.data = data
        self.offsets = offsets
        self.null = null

    @classmethod
    def of(cls, array: Any) -> Strings:
        """The texts of an Arrow array of strings, of any layout."""
        if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
            array = array.cast(pa.large_string())
        dtype = np.int32 if pa.types.is_string(array.type) else np.int64
        if len(array) == 0:
            return cls(np.zeros(0, np.uint8), np.zeros(1, np.int64), np.zeros(0, np.bool_))
        _, where, data = array.buffers()
        offsets = np.frombuffer(where, dtype, array.offset + len(array) + 1)[array.offset :]
        raw = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
        return cls(raw, offsets.astype(np.int64), ~present(array))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each text."""
        return np.diff(self.offsets)

    def matrix(self, rows: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
        """The first `width` bytes of the texts of these rows, one column each: (width, rows).

        Past the end of a text stand bytes that belong to others, or 0.
        """
        if width == 0 or len(self.data) == 0:
            return np.zeros((width, len(rows)), np.uint8)
        at = self.offsets[rows][None, :] + np.arange(width)[:, None]
        return self.data.take(at, mode="clip")

    def text(self, row: int) -> str:
        """Text number `row`."""
        raw = self.data[self.offsets[row] : self.offsets[row + 1]].tobytes()
        return raw.decode("utf-8", "replace")
