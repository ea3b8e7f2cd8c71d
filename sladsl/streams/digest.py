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
_NO_GAPS: Lanes = np.zeros(_LANES, np.uint64)
_CODED = (Kind.BOOL, Kind.ENUM, Kind.TEXT)
#: codes that a column may have to be put together with others, and that they then may have
_FEW, _TOGETHER = 64, 1024
#: texts beyond which their numbers aren't multiplied in advance
_MANY = 4096


def _lanes(text: str) -> Lanes:
    """Four 64-bit numbers from a text."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8 * _LANES).digest()
    return np.frombuffer(raw, "<u8").astype(np.uint64)


def _mixed(rows: NDArray[np.uint64], spare: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The sum of the rows' numbers, each mixed; both arrays are written to."""
    np.right_shift(rows, _SHIFTS[0], out=spare)
    np.bitwise_xor(rows, spare, out=rows)
    for multiply, shift in zip(_MULTIPLY, _SHIFTS[1:], strict=True):
        np.multiply(rows, multiply, out=rows)
        np.right_shift(rows, shift, out=spare)
        np.bitwise_xor(rows, spare, out=rows)
    found: NDArray[np.uint64] = rows.sum(keepdims=True, dtype=np.uint64)
    return found


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
        self._kinds = {n: k for n, k, _ in self._fields}
        self._rows_of = np.empty(_BLOCK, np.uint64)
        self._spare = np.empty(_BLOCK, np.uint64)
        self._factored: dict[tuple[str, int], Lanes] = {}
        self._few_terms: dict[str, Lanes] = {}
        self._text_terms: dict[str, Lanes] = {}
        self._joined: dict[tuple[tuple[str, int], ...], Lanes] = {}
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
        """Takes in the rows of a slice; by lanes, so that what is at work stays in the cache."""
        length = part.stop - part.start
        rows, spare = self._rows_of[:length], self._spare[:length]
        numbers: list[tuple[NDArray[np.uint64], Lanes, NDArray[np.bool_] | None, Lanes]] = []
        codes: list[
            tuple[NDArray[np.intp], Lanes, Lanes | None, NDArray[np.bool_] | None, Lanes]
        ] = []
        few: list[tuple[str, NDArray[Any], int]] = []
        # all texts first: other threads add some meanwhile, and the tables are to stay as wide
        for name, kind, _ in self._fields:
            if kind is Kind.TEXT:
                self._learn(batch.columns[name].raw[part])
        for name, kind, _ in self._fields:
            column = batch.columns[name]
            raw = column.raw[part]
            gone = None if column.valid is None else ~column.valid[part]
            if kind not in _CODED:
                factor = 1 if column.factor is None else column.factor
                wide = raw if raw.dtype == np.uint64 else raw.astype(np.int64).view(np.uint64)
                numbers.append((wide, self._key(name, factor), gone, self._gaps[name]))
                continue
            if kind is Kind.TEXT and self._texts.shape[1] > _MANY:
                key = self._keys[name]
                codes.append((raw.astype(np.intp), self._texts, key, gone, self._gaps[name]))
                continue
            terms = self._terms(name, kind)
            if gone is None and terms.shape[1] <= _FEW:
                few.append((name, raw, terms.shape[1]))
            else:
                codes.append((raw.astype(np.intp), terms, None, gone, self._gaps[name]))
        for at, terms in self._together(few):
            codes.append((at, terms, None, None, _NO_GAPS))
        for lane in range(_LANES):
            rows[:] = 0
            for wide, key, gone, gaps in numbers:
                np.multiply(wide, key[lane], out=spare)
                if gone is not None:
                    spare[gone] = gaps[lane]
                np.add(rows, spare, out=rows)
            for at, terms, more, gone, gaps in codes:
                terms[lane].take(at, out=spare, mode="clip")
                if more is not None:
                    np.multiply(spare, more[lane], out=spare)
                if gone is not None:
                    spare[gone] = gaps[lane]
                np.add(rows, spare, out=rows)
            self._sums[lane : lane + 1] += _mixed(rows, spare)

    def _key(self, name: str, factor: int) -> Lanes:
        """What a field's raw values are multiplied by; that they have a factor is in it."""
        found = self._factored.get((name, factor))
        if found is None:
            found = self._keys[name] * np.uint64(factor)
            self._factored[name, factor] = found
        return found

    def _terms(self, name: str, kind: Kind) -> Lanes:
        """By lane and code, the code's number times the field's constant."""
        if kind is Kind.TEXT:
            found = self._text_terms.get(name)
            if found is None or found.shape[1] != self._texts.shape[1]:
                found = self._texts * self._keys[name][:, None]
                self._text_terms[name] = found
            return found
        found = self._few_terms.get(name)
        if found is None:
            table = np.array([[0, 1]] * _LANES, np.uint64)
            if kind is Kind.ENUM:
                table = self._enums[name] if self._enums[name].size else table[:, :1]
            found = self._few_terms[name] = table * self._keys[name][:, None]
        return found

    def _together(
        self, few: list[tuple[str, NDArray[Any], int]]
    ) -> list[tuple[NDArray[np.intp], Lanes]]:
        """Columns of few codes as one column of the codes' pairs, and the sums of their terms."""
        found: list[tuple[NDArray[np.intp], Lanes]] = []
        while few:
            group, size = [], 1
            while few and size * few[0][2] <= _TOGETHER:
                group.append(few.pop(0))
                size *= group[-1][2]
            key = tuple((name, width) for name, _, width in group)
            terms = self._joined.get(key)
            if terms is None:
                terms = np.zeros((_LANES, 1), np.uint64)
                for name, _, _ in group:
                    more = self._terms(name, self._kinds[name])
                    terms = (terms[:, :, None] + more[:, None, :]).reshape(_LANES, -1)
                self._joined[key] = terms
            at = group[0][1].astype(np.intp)
            for _, raw, width in group[1:]:
                at *= width
                at += raw
            found.append((at, terms))
        return found

    def _learn(self, codes: NDArray[Any]) -> None:
        size = max(len(self._vocabulary.texts), 1)
        if size > len(self._known):
            more = max(size, 2 * len(self._known)) - len(self._known)
            self._texts = np.pad(self._texts, ((0, 0), (0, more)))
            self._known = np.pad(self._known, (0, more))
        unknown = ~self._known[codes]
        if unknown.any():
            self._text_terms.clear()
            self._joined.clear()
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
