"""Reads a stream: files in, batches of typed columns out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from sladsl.diagnostics import Refused
from sladsl.streams import findings as f
from sladsl.streams.accounting import Accounting, Reject, shortened
from sladsl.streams.columns import Part, Rows
from sladsl.streams.faults import Converted, Fault
from sladsl.streams.files import DataFile, Opener, data_files
from sladsl.streams.findings import finding
from sladsl.streams.model import Batch, Column, StreamSpec, Vocabulary
from sladsl.streams.plan import FieldPlan, plan_fields
from sladsl.streams.sources import SourceSpec
from sladsl.streams.values import NoZone, WrongColumn, convert, nothing, texts_of

__all__ = ["read"]


class _Reader(Protocol):
    """What the readers of all formats do."""

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """Rows with the columns that the plans name."""

    def line(self, number: int) -> int | None:
        """The physical line of a data row."""


def read(
    source: SourceSpec,
    spec: StreamSpec,
    vocabulary: Vocabulary,
    accounting: Accounting,
    *,
    stdin: BinaryIO | None = None,
) -> Iterator[Batch]:
    """Yields a stream's accepted rows in batches, never holding a whole file.

    Texts get their codes from `vocabulary`; `accounting` is filled as the batches are taken.
    Files are read in bytewise order of their paths, rows in the order of the file. Raises
    `Refused` where a file can't be read at all; rows that can't be used are only counted
    (`accounting.too_many` judges them).
    """
    plans = plan_fields(source, spec)
    accounting.begin(spec, vocabulary)
    for file, opener in data_files(source, stdin):
        accounting.files.append(file.path)
        reader = _reader(file, opener, source)
        work = _Work(file, reader, plans, spec, vocabulary, accounting)
        with closing(opener):
            for rows in reader.rows(plans):
                batch = work.batch(rows)
                accounting.check()
                if batch.length:
                    accounting.take(batch)
                    yield batch


def _reader(file: DataFile, opener: Opener, source: SourceSpec) -> _Reader:
    """The reader of a format, imported only where there is such a file."""
    match file.format:
        case "csv":
            from sladsl.streams.csv_rows import CsvReader

            return CsvReader(file, opener, source.delimiter)
        case "jsonl":
            from sladsl.streams.json_rows import JsonReader

            return JsonReader(file, opener)
        case "parquet":
            from sladsl.streams.arrow_rows import ParquetReader

            return ParquetReader(file, opener)
        case "arrow":
            from sladsl.streams.arrow_rows import ArrowReader

            return ArrowReader(file, opener)


@dataclass(slots=True)
class _Work:
    """One file of a stream on its way into batches."""

    file: DataFile
    reader: _Reader
    plans: tuple[FieldPlan, ...]
    spec: StreamSpec
    vocabulary: Vocabulary
    accounting: Accounting

    def batch(self, rows: Rows) -> Batch:
        """The rows that can be used, as a batch; the others go to the accounting."""
        length = len(rows.numbers)
        found = [self._column(plan, rows, length) for plan in self.plans]
        self._spans(found)
        first = np.full(length, -1, np.int32)
        for at, column in enumerate(found):
            if column.fault.any():
                first[(first < 0) & (column.fault != 0)] = at
        self.accounting.rows += length + len(rows.bad)
        if rows.bad or (first >= 0).any():
            self._rejects(rows, found, first)
        columns = {
            plan.spec.name: Column(c.values, None if c.valid.all() else c.valid)
            for plan, c in zip(self.plans, found, strict=True)
        }
        batch = Batch(length, columns, self.file.rank, rows.numbers)
        if not (first >= 0).any():
            return batch
        batch = batch.take(first < 0)
        for kept in batch.columns.values():
            if kept.valid is not None and kept.valid.all():
                kept.valid = None
        return batch

    def _column(self, plan: FieldPlan, rows: Rows, length: int) -> Converted:
        if any(name not in rows.columns for name in plan.columns) or not length:
            return nothing(plan, length)
        tolerant = self.file.format == "jsonl"
        try:
            parts = rows.columns[plan.columns[0]]
            if len(plan.columns) > 1:
                parts = [Part(_joined([rows.columns[name] for name in plan.columns], length))]
            if len(parts) == 1 and parts[0].rows is None:
                return self._part(parts[0].array, plan, length, tolerant)
            return self._mixed(parts, plan, length)
        except WrongColumn as error:
            message = f"column `{' '.join(plan.columns)}` is of type {error}"
            wanted = f"`{plan.spec.name}` is {plan.spec.kind}"
            if plan.spec.kind == "time" and "int" in str(error):
                wanted += '; say `format = "epoch s"` (or ms, us, ns)'
            where = self.file.place
            raise Refused(finding(f.COLUMN_TYPE, message, where, help=wanted)) from None
        except NoZone:
            message = f"column `{plan.columns[0]}` has no offset, and no time zone is named"
            help = "say `timezone = ...`"
            raise Refused(finding(f.NO_ZONE, message, self.file.place, help=help)) from None

    def _part(self, array: Any, plan: FieldPlan, length: int, tolerant: bool) -> Converted:
        if array is not None:
            try:
                return convert(array, plan, self.vocabulary)
            except WrongColumn:
                if not tolerant:
                    raise
        found = nothing(plan, length)
        found.fault[:] = Fault.NOT_A
        if array is not None and array.null_count:
            gaps = nothing(plan, length)
            import pyarrow.compute as pc

            null = pc.is_null(array).to_pylist()
            found.fault = np.where(null, gaps.fault, found.fault).astype(np.int8)
        return found

    def _mixed(self, parts: list[Part], plan: FieldPlan, length: int) -> Converted:
        """Values of several types in one column of JSON."""
        found = nothing(plan, length)
        for part in parts:
            if part.rows is None:
                continue
            some = self._part(part.array, plan, len(part.rows), True)
            found.values[part.rows] = some.values
            found.valid[part.rows] = some.valid
            found.fault[part.rows] = some.fault
        return found

    def _spans(self, found: list[Converted]) -> None:
        if self.spec.span is None:
            return
        names = [plan.spec.name for plan in self.plans]
        start, end = (found[names.index(name)] for name in self.spec.span)
        wrong = start.valid & end.valid & (end.values < start.values)
        end.fault[wrong & (end.fault == 0)] = Fault.END_FIRST

    def _rejects(self, rows: Rows, found: list[Converted], first: NDArray[np.int32]) -> None:
        """Counts the rejected rows, and describes them in the order of the file."""
        count = self.accounting.reject
        for bad in rows.bad:
            count(bad.reason)
        for at in np.unique(first[first >= 0]).tolist():
            faults = found[at].fault[first == at]
            for fault in np.unique(faults).tolist():
                count(self.plans[at].reason(fault), int((faults == fault).sum()))
        bads = list(rows.bad)
        for at in np.flatnonzero(first >= 0).tolist():
            number = int(rows.numbers[at])
            while bads and bads[0].number < number:
                bad = bads.pop(0)
                self._describe(bad.number, bad.reason, bad.text, "")
            if not self.accounting.wants():
                return
            plan = self.plans[int(first[at])]
            fault = int(found[int(first[at])].fault[at])
            text = "" if fault == Fault.MISSING else _cell(rows, plan, at)
            self._describe(number, plan.reason(fault), text, plan.help(fault, text))
        for bad in bads:
            self._describe(bad.number, bad.reason, bad.text, "")

    def _describe(self, number: int, reason: str, text: str, help: str) -> None:
        if self.accounting.wants():
            line = self.reader.line(number)
            shown = shortened(text)
            self.accounting.describe(Reject(self.file.path, line, number, reason, shown, help))


def _joined(columns: list[list[Part]], length: int) -> Any:
    """The texts of several columns, joined by one blank. Raises `WrongColumn`."""
    import pyarrow.compute as pc

    texts = []
    for parts in columns:
        if len(parts) != 1 or parts[0].array is None:
            raise WrongColumn("several types")
        texts.append(texts_of(parts[0].array))
    joined = pc.binary_join_element_wise(*texts, " ", null_handling="replace", null_replacement="")
    return pc.utf8_trim_whitespace(joined)


def _cell(rows: Rows, plan: FieldPlan, at: int) -> str:
    """What the file says in the columns of a field, in one row."""
    shown: list[str] = []
    for name in plan.columns:
        for part in rows.columns[name]:
            if part.array is None:
                continue
            if part.rows is None:
                index = at
            elif at in part.rows:
                index = int(np.flatnonzero(part.rows == at)[0])
            else:
                continue
            shown.append(_shown(part.array[index]))
    return " ".join(text for text in shown if text)


def _shown(value: Any) -> str:
    try:
        found = value.as_py()
    except (ValueError, OverflowError, ImportError):  # a date beyond Python's, a zone unknown
        raw = getattr(value, "value", None)
        return "" if raw is None else f"{raw} as {value.type}"
    return "" if found is None else str(found)
