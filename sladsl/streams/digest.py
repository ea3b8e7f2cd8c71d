"""The digest of a stream's content, whatever the order and the files its rows came in."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sladsl.streams.model import Batch, Kind, StreamSpec, Vocabulary

__all__ = ["Digest"]

_LANES = 4
_BLOCK = 8192
_MULTIPLY = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(32), np.uint64(29), np.uint64(32))

Lanes = NDArray[np.uint64]


def _lanes(text: str) -> Lanes:
    """Four 64-bit numbers from a text."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8 * _LANES).digest()
    return np.frombuffer(raw, "<u8").astype(np.uint64)


class Digest:
    """Takes batches of accepted rows in, gives `sha256:...` out.

    A row becomes four 64-bit numbers: the sum over its fields of the field's value times a
    constant of the field's name, kind and lane (texts and values of enums by their BLAKE2b;
    a missing value by a constant of its own), then mixed. The rows' numbers are summed
    modulo 2**64, and the SHA-256 covers the sums, the number of rows, and the names and kinds
    of the fields in the order of their names.

    So the same rows have the same digest in any order, in any cut into batches and files, from
    any format, with any spelling of a value that is read as the same. Rows that differ by
    accident or mistake differ in it, as do a row lost or read twice. It is no seal: the
    constants are public, and somebody who may choose many rows could make two sets of rows
    that share a digest. Rejected rows, columns that no field is read from, and the names of
    files aren't covered.
    """

    def __init__(self, spec: StreamSpec, vocabulary: Vocabulary) -> None:
        self._fields = sorted((f.name, f.kind, f.values) for f in spec.fields)
        self._vocabulary = vocabulary
        self._sums = np.zeros(_LANES, np.uint64)
        self._rows = 0
        self._keys = {n: _lanes(f"value {n} {k}") | np.uint64(1) for n, k, _ in self._fields}
        self._gaps = {n: _lanes(f"missing {n} {k}") for n, k, _ in self._fields}
        self._enums = {
            n: np.array([_lanes(v) for v in values]).reshape(-1, _LANES).T.copy()
            for n, k, values in self._fields
            if k is Kind.ENUM
        }
        self._texts = np.zeros((_LANES, 0), np.uint64)
        self._known = np.zeros(0, np.bool_)

    def add(self, batch: Batch) -> None:
        """Takes the rows of a batch in."""
        for start in range(0, batch.length, _BLOCK):
            self._block(batch, slice(start, min(start + _BLOCK, batch.length)))
        self._rows += batch.length

    def merge(self, other: Digest) -> None:
        """Takes in the rows that another digest of the same stream has taken."""
        self._sums += other._sums
        self._rows += other._rows

    def _block(self, batch: Batch, part: slice) -> None:
        length = part.stop - part.start
        rows = np.zeros((_LANES, length), np.uint64)
        for name, kind, _ in self._fields:
            column = batch.columns[name]
            values = self._values(name, kind, column.values[part])
            valid = None if column.valid is None else column.valid[part]
            for lane in range(_LANES):
                term = values[lane if len(values) > 1 else 0] * self._keys[name][lane]
                if valid is not None:
                    term = np.where(valid, term, self._gaps[name][lane])
                rows[lane] += term
        rows ^= rows >> _SHIFTS[0]
        for multiply, shift in zip(_MULTIPLY, _SHIFTS[1:], strict=True):
            rows *= multiply
            rows ^= rows >> shift
        self._sums += rows.sum(axis=1, dtype=np.uint64)

    def _values(self, name: str, kind: Kind, values: NDArray[Any]) -> Lanes:
        """The numbers of a column: one lane for all, or four of them."""
        if kind is Kind.ENUM:
            table = self._enums[name]
            return table[:, values] if table.size else np.zeros((1, len(values)), np.uint64)
        if kind is Kind.TEXT:
            self._learn(values)
            return self._texts[:, values]
        if kind is Kind.BOOL:
            return values.astype(np.uint64)[None, :]
        return values.view(np.uint64)[None, :]

    def _learn(self, codes: NDArray[Any]) -> None:
        size = max(len(self._vocabulary.texts), 1)
        if size > len(self._known):
            more = max(size, 2 * len(self._known)) - len(self._known)
            self._texts = np.pad(self._texts, ((0, 0), (0, more)))
            self._known = np.pad(self._known, (0, more))
        unknown = ~self._known[codes]
        if unknown.any():
            # `np.unique` alone imports `numpy.ma`; with the index it doesn't
            for code in np.unique(codes[unknown], return_index=True)[0].tolist():
                if code < len(self._vocabulary.texts):
                    self._texts[:, code] = _lanes(self._vocabulary.texts[code])
                self._known[code] = code < len(self._vocabulary.texts)

    def __str__(self) -> str:
        whole = hashlib.sha256(b"sladsl stream 1\n")
        for name, kind, _ in self._fields:
            whole.update(f"{len(name)} {name} {kind.value}\n".encode())
        whole.update(f"{self._rows} {' '.join(str(int(s)) for s in self._sums)}\n".encode())
        return f"sha256:{whole.hexdigest()}"
