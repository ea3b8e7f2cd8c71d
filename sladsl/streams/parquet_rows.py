"""Rows of Parquet files, and what their statistics prove about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sladsl.diagnostics import Refused
from sladsl.streams.arrow_rows import ROWS, Columnar
from sladsl.streams.columns import locate
from sladsl.streams.faults import Fault
from sladsl.streams.files import BROKEN, DataFile, Opener, damaged
from sladsl.streams.findings import UNREADABLE, finding
from sladsl.streams.model import Kind
from sladsl.streams.plan import FieldPlan
from sladsl.streams.views import limits, no_marks

__all__ = ["ParquetReader", "parquet_parts"]

_LIB: Any = pa.lib
_BUFFER = 1 << 20
_TICKS = {"milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
_NUMBERS = (Kind.INT, Kind.NUMBER, Kind.PERCENT, Kind.DURATION, Kind.MONEY, Kind.SIZE)
_SIGNED = (_LIB.Type_INT8, _LIB.Type_INT16, _LIB.Type_INT32, _LIB.Type_INT64)
_UNSIGNED = (_LIB.Type_UINT8, _LIB.Type_UINT16, _LIB.Type_UINT32, _LIB.Type_UINT64)
_TEXTS = (_LIB.Type_STRING, _LIB.Type_LARGE_STRING)


class _Footer:
    """What a Parquet file says of itself: its schema, its row groups and their statistics."""

    def __init__(self, file: DataFile) -> None:
        with pq.ParquetFile(_opened(file)) as parquet:
            self.metadata: Any = parquet.metadata
            self.schema: Any = parquet.schema_arrow
        self._columns: dict[str, int] | None = None

    def index(self, name: str) -> int | None:
        """Which of the stored columns a flat column is."""
        if self._columns is None:
            schema = self.metadata.schema
            self._columns = {schema.column(n).path: n for n in range(len(schema.names))}
        return self._columns.get(name)


def _opened(file: DataFile) -> Any:
    return pa.OSFile(file.path)


class ParquetReader(Columnar):
    """Reads the wanted columns of a Parquet file, or of some of its row groups, page by page."""

    def __init__(
        self,
        file: DataFile,
        opener: Opener,
        footer: _Footer | None = None,
        groups: range | None = None,
        start: int = 0,
    ) -> None:
        super().__init__(file, opener)
        self._footer = footer
        self._groups = groups
        self.start = start
        if footer is not None and groups is not None:
            rows = (footer.metadata.row_group(n).num_rows for n in groups)
            self.count = sum(rows)

    def _opened(self, plans: Sequence[FieldPlan]) -> tuple[Iterator[Any], list[str]]:
        footer = self._footer
        if footer is None:
            footer = self._footer = _footer(self.file, self.opener)
        schema = footer.schema
        wanted = list(locate(plans, schema.names, self.file.place))
        coded = (Kind.TEXT, Kind.ENUM, Kind.BOOL)
        texts = {p.columns[0] for p in plans if p.spec.kind in coded and len(p.columns) == 1}
        encoded = [n for n in wanted if n in texts and pa.types.is_string(schema.field(n).type)]
        parquet = pq.ParquetFile(
            _opened(self.file),
            metadata=footer.metadata,
            read_dictionary=encoded,
            pre_buffer=False,
            buffer_size=_BUFFER,
        )
        groups = self._groups or range(footer.metadata.num_row_groups)
        batches = parquet.iter_batches(
            ROWS, row_groups=list(groups), columns=wanted or schema.names[:1], use_threads=False
        )
        return batches, wanted

    def _statistics(self, plan: FieldPlan) -> list[Any] | None:
        """The statistics of a field's column, by row groups; None where one has none.

        Left out are, for an optional field, row groups in which no row has it.
        """
        footer = self._footer
        if footer is None or self._groups is None or len(plan.columns) != 1:
            return None
        name = plan.columns[0]
        if footer.schema.names.count(name) != 1:
            return None
        index = footer.index(name)
        if index is None:
            return None
        found = []
        for n in self._groups:
            group = footer.metadata.row_group(n)
            if not group.num_rows:
                continue
            statistics = group.column(index).statistics
            if statistics is None:
                return None
            empty = statistics.has_null_count and statistics.null_count == group.num_rows
            if not (empty and plan.spec.optional):
                found.append(statistics)
        return found

    def _ends(self, plan: FieldPlan) -> tuple[int, int, int] | None:
        """Least and greatest count, as stored, and how many units of the kind one count is."""
        found = self._statistics(plan)
        if not found or self._footer is None:
            return None
        kind = self._footer.schema.field(plan.columns[0]).type
        first = found[0]
        if first.physical_type not in ("INT32", "INT64"):
            return None
        unit = _unit(plan, kind, first)
        if unit is None or any(not s.has_min_max for s in found):
            return None
        low, high = min(s.min_raw for s in found), max(s.max_raw for s in found)
        if type(low) is not int or type(high) is not int or low > high:
            return None
        if kind.id in _UNSIGNED and any(s.min_raw < 0 or s.max_raw < 0 for s in found):
            return None
        return low, high, unit

    def bounds(self, plan: FieldPlan) -> tuple[int, int] | None:
        """The least and greatest value in the kind's unit, from the statistics of integers."""
        ends = self._ends(plan)
        if ends is None or plan.mapped or plan.missing:
            return None
        low, high, unit = ends
        least, most = limits(plan.spec.kind, unit)
        return (low * unit, high * unit) if least <= low and high <= most else None

    def sound(self, plan: FieldPlan) -> bool:
        """Whether statistics prove that no row is rejected for a field."""
        footer = self._footer
        if footer is None or self._groups is None or plan.mapped or len(plan.columns) != 1:
            return False
        name, optional = plan.columns[0], plan.spec.optional
        if not self.count:
            return True
        if name not in footer.schema.names:
            return optional and not plan.explicit
        kind = footer.schema.field(name).type
        found = self._statistics(plan)
        if found is None or not no_marks(plan, kind.id):
            return False
        if not optional and any(not s.has_null_count or s.null_count for s in found):
            return False
        to = plan.spec.kind
        if kind.id == _LIB.Type_DICTIONARY:
            kind = kind.value_type
        if to is Kind.TEXT and kind.id in _TEXTS:
            return optional
        if to is Kind.BOOL and kind.id == _LIB.Type_BOOL:
            return True
        if not found:
            return to is Kind.TIME and kind.id == _LIB.Type_TIMESTAMP and kind.tz is not None
        return self.bounds(plan) is not None


def _unit(plan: FieldPlan, kind: Any, statistics: Any) -> int | None:
    """How many units of the field's kind one stored count is; None where that isn't certain."""
    to = plan.spec.kind
    if kind.id in _SIGNED or kind.id in _UNSIGNED:
        logical = json.loads(statistics.logical_type.to_json())["Type"]
        if logical not in ("Int", "None"):
            return None
        if to is Kind.TIME:
            return plan.epoch
        factor = plan.units(None) if to in _NUMBERS else None
        return None if isinstance(factor, Fault) else factor
    if kind.id == _LIB.Type_TIMESTAMP and to is Kind.TIME and kind.tz is not None:
        logical = json.loads(statistics.logical_type.to_json())
        if logical.get("Type") == "Timestamp" and logical.get("isAdjustedToUTC"):
            return _TICKS.get(logical.get("timeUnit", ""))
    return None


def _footer(file: DataFile, opener: Opener) -> _Footer:
    if file.packing or file.path == "<stdin>":
        message = "Parquet can't be read from a packed file or standard input"
        help = "unpack it, or give the file by its path: Parquet packs its columns itself"
        raise Refused(finding(UNREADABLE, message, file.place, help=help))
    opener()  # refuses what isn't there, or can't be opened
    opener.close()
    try:
        return _Footer(file)
    except BROKEN as error:
        raise damaged(file, error) from None


def parquet_parts(file: DataFile, opener: Opener, rows: int) -> list[ParquetReader]:
    """A Parquet file's row groups, several small ones together up to `rows` rows."""
    footer = _footer(file, opener)
    metadata = footer.metadata
    found: list[ParquetReader] = []
    first, start, held = 0, 0, 0
    for n in range(metadata.num_row_groups):
        count = metadata.row_group(n).num_rows
        if held and held + count > rows:
            found.append(ParquetReader(file, opener, footer, range(first, n), start))
            first, start, held = n, start + held, 0
        held += count
    found.append(ParquetReader(file, opener, footer, range(first, metadata.num_row_groups), start))
    return found
