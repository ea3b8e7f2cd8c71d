"""Reads a stream: files in, batches of typed columns out, in one go or in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, BinaryIO

from sladsl.streams.accounting import Accounting, Stretch
from sladsl.streams.batches import Maker
from sladsl.streams.buffers import BeyondDictionary
from sladsl.streams.files import DataFile, Opener, damaged, data_files
from sladsl.streams.model import Batch, StreamSpec, Vocabulary
from sladsl.streams.plan import FieldPlan, plan_fields
from sladsl.streams.reader import Reader
from sladsl.streams.sources import SourceSpec

__all__ = ["Unit", "read", "units", "units_in_memory"]

#: rows of a Parquet file, and bytes of another, that are worth being read by themselves
PART_ROWS = 1 << 20
PART_BYTES = 16 << 20


class Unit:
    """A part of a stream that can be read by itself: in any thread, in any order, repeatedly.

    `order` sorts the units of a stream as `read` would come to them; `rows` is how many rows
    the file says there are (None: it doesn't say). Once `batches` is through, `accounting` is
    that of its rows, for `Accounting.merge`. A unit of standard input or of a pipe can be read
    only once (`again` is False).
    """

    __slots__ = (
        "_parent",
        "_plans",
        "_reader",
        "_spec",
        "_vocabulary",
        "accounting",
        "again",
        "file",
        "order",
    )

    def __init__(
        self,
        order: tuple[int, int],
        reader: Reader,
        plans: Sequence[FieldPlan],
        spec: StreamSpec,
        vocabulary: Vocabulary,
        parent: Accounting,
        again: bool,
    ) -> None:
        self.order = order
        self.file = reader.file
        self.again = again
        self._reader = reader
        self._plans = plans
        self._spec = spec
        self._vocabulary = vocabulary
        self._parent = parent
        self.accounting = self._account(reader)

    @property
    def rows(self) -> int | None:
        """How many rows the file says are in the unit, None where it doesn't say."""
        return self._reader.count

    def bounds(self, field: str) -> tuple[int, int] | None:
        """The least and greatest value that any row can have in a field, in its kind's unit.

        From exact statistics of times and integers; None where there are none.
        """
        for plan in self._plans:
            if plan.spec.name == field:
                return self._reader.bounds(plan)
        return None

    def needs(self, wanted: set[str]) -> set[str]:
        """The fields that are read when these are wanted: where a row may be rejected, more."""
        needed = {
            plan.spec.name
            for plan in self._plans
            if plan.spec.name in wanted or not self._reader.sound(plan)
        }
        span = self._spec.span
        if span is not None and not set(span) <= needed:
            start, end = self.bounds(span[0]), self.bounds(span[1])
            if start is None or end is None or end[0] < start[1]:
                needed |= set(span)
        return needed

    def batches(
        self, wanted: set[str] | None = None, accounting: Accounting | None = None
    ) -> Iterator[Batch]:
        """The accepted rows, in batches with the columns of `needs(wanted)` (None: all fields).

        `Batch.bounds` also has the bounds of fields that aren't read. `Batch.row` counts from
        a number that needn't be that of the row in its file; `Accounting.number` says that
        one, once all units are merged. A digest needs all fields. Raises `Refused`; what `read`
        then raises is the finding to show, since units come in any order.
        """
        plans: Sequence[FieldPlan] = self._plans
        bounds: dict[str, tuple[int, int]] = {}
        if wanted is not None:
            needed = self.needs(wanted)
            plans = [plan for plan in plans if plan.spec.name in needed]
            for plan in self._plans:
                found = None if plan.spec.name in needed else self._reader.bounds(plan)
                if found is not None:
                    bounds[plan.spec.name] = found
        reader = self._reader.fresh()
        account = accounting
        if account is None:
            account = self.accounting = self._account(reader)
            if wanted is None:
                account.begin(self._spec, self._vocabulary)
        with closing(reader.opener):
            yield from self._read(reader, plans, account, bounds)

    def _read(
        self,
        reader: Reader,
        plans: Sequence[FieldPlan],
        account: Accounting,
        bounds: dict[str, tuple[int, int]],
    ) -> Iterator[Batch]:
        def line(number: int) -> int | None:
            return reader.line(number) if reader.known else None

        maker = Maker(self.file, line, plans, self._spec, self._vocabulary, account)
        stretch = account.stretch
        for rows in reader.rows(plans):
            try:
                batch = maker.batch(rows)
            except BeyondDictionary:
                error = ValueError("a code is beyond its dictionary")
                raise damaged(self.file, error) from None
            if stretch is not None:
                stretch.start, stretch.known = reader.start, reader.known
                stretch.covered = reader.covered
            account.check()
            if batch.length:
                if bounds:
                    batch.bounds.update(bounds)
                account.take(batch)
                yield batch
        if stretch is not None:
            stretch.start, stretch.known = reader.start, reader.known
            stretch.covered = reader.covered

    def _account(self, reader: Reader) -> Accounting:
        return self._parent.part(Stretch(self.file.path, reader.line))


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
    if source.held is not None:
        for unit in _held(source, source.held, spec, vocabulary, accounting):
            accounting.files.append(unit.file.path)
            yield from unit.batches(accounting=accounting)
        return
    plans = plan_fields(source, spec)
    accounting.begin(spec, vocabulary)
    for opener, readers in _opened(source, plans, stdin, None):
        (reader,) = readers
        accounting.files.append(reader.file.path)
        order = (reader.file.rank, 0)
        unit = Unit(order, reader, plans, spec, vocabulary, accounting, opener.again)
        yield from unit.batches(accounting=accounting)


def units(
    source: SourceSpec,
    spec: StreamSpec,
    vocabulary: Vocabulary,
    accounting: Accounting,
    *,
    stdin: BinaryIO | None = None,
    rows: int = PART_ROWS,
    size: int = PART_BYTES,
) -> list[Unit]:
    """The parts of a stream, in order; `accounting` then takes in theirs, in this order.

    Parquet files are cut between row groups, into parts of `rows` rows or a row group; plain
    files of the other formats into parts of about `size` bytes. Raises `Refused`.
    """
    if source.held is not None:
        return _held(source, source.held, spec, vocabulary, accounting)
    plans = plan_fields(source, spec)
    accounting.begin(spec, vocabulary)
    found: list[Unit] = []
    for opener, readers in _opened(source, plans, stdin, (rows, size)):
        for at, reader in enumerate(readers):
            order = (reader.file.rank, at)
            again = opener.again
            found.append(Unit(order, reader, plans, spec, vocabulary, accounting, again))
    return found


def units_in_memory(
    batches: Sequence[Any],
    schema: Any,
    source: SourceSpec,
    spec: StreamSpec,
    vocabulary: Vocabulary,
    accounting: Accounting,
    *,
    rows: int = PART_ROWS,
) -> list[Unit]:
    """Units over Arrow record batches that somebody holds; `source` says how to read columns."""
    from sladsl.streams.arrow_rows import MemoryReader

    plans = plan_fields(source, spec)
    accounting.begin(spec, vocabulary)
    file = DataFile(source.path, 0, "arrow", None)
    found: list[Unit] = []
    part: list[Any] = []
    start = held = 0
    for at, batch in enumerate(batches):
        part.append(batch)
        held += batch.num_rows
        if held >= rows or at == len(batches) - 1:
            reader = MemoryReader(file, Opener(file), schema, part, start)
            order = (0, len(found))
            found.append(Unit(order, reader, plans, spec, vocabulary, accounting, True))
            start, held, part = start + held, 0, []
    return found


def _held(
    source: SourceSpec,
    batches: Sequence[Any],
    spec: StreamSpec,
    vocabulary: Vocabulary,
    accounting: Accounting,
) -> list[Unit]:
    schema = batches[0].schema
    return units_in_memory(batches, schema, source, spec, vocabulary, accounting)


def _opened(
    source: SourceSpec,
    plans: Sequence[FieldPlan],
    stdin: BinaryIO | None,
    cut: tuple[int, int] | None,
) -> Iterator[tuple[Opener, Sequence[Reader]]]:
    """The files of a source, each with the readers of its parts; a database is one part."""
    if source.database is not None:
        from sladsl.streams.sql_rows import sql_reader

        reader = sql_reader(source, plans)
        yield reader.opener, [reader]
        return
    for file, opener in data_files(source, stdin):
        yield opener, _readers(file, opener, source, cut)


def _readers(
    file: DataFile, opener: Opener, source: SourceSpec, cut: tuple[int, int] | None
) -> Sequence[Reader]:
    """The readers of a file's parts, cut by rows and bytes (None: one for all of it).

    Those of a format are imported only where there is such a file.
    """
    rows, size = cut or (None, None)
    match file.format:
        case "csv":
            from sladsl.streams.csv_rows import csv_parts

            return csv_parts(file, opener, source.delimiter, size)
        case "jsonl":
            from sladsl.streams.json_rows import json_parts

            return json_parts(file, opener, size)
        case "parquet":
            from sladsl.streams.parquet_rows import ParquetReader, parquet_parts

            if rows is None:
                return [ParquetReader(file, opener)]
            return parquet_parts(file, opener, rows)
        case "arrow":
            from sladsl.streams.arrow_rows import ArrowReader, arrow_parts

            if size is None:
                return [ArrowReader(file, opener)]
            return arrow_parts(file, opener, size)
