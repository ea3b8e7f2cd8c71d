"""Rows as a file holds them into batches of accepted rows; what can't be used is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sladsl.diagnostics import Refused
from sladsl.streams import findings as f
from sladsl.streams.accounting import Accounting, Reject, shortened
from sladsl.streams.columns import Part, Rows
from sladsl.streams.faults import Converted, Fault
from sladsl.streams.files import DataFile
from sladsl.streams.findings import finding
from sladsl.streams.model import Batch, Column, StreamSpec, Vocabulary
from sladsl.streams.plan import FieldPlan
from sladsl.streams.values import NoZone, WrongColumn, convert, nothing, texts_of
from sladsl.streams.views import View

__all__ = ["Maker"]


class Maker:
    """One part of a stream on its way into batches.

    Columns in which nothing can be wrong stay as the file holds them (`views`); those of the
    others are converted cell by cell (`values`).
    """

    def __init__(
        self,
        file: DataFile,
        line: Callable[[int], int | None],
        plans: Sequence[FieldPlan],
        spec: StreamSpec,
        vocabulary: Vocabulary,
        accounting: Accounting,
    ) -> None:
        self.file = file
        self.line = line
        self.plans = plans
        self.vocabulary = vocabulary
        self.accounting = accounting
        names = [plan.spec.name for plan in plans]
        self.span = (
            (names.index(spec.span[0]), names.index(spec.span[1]))
            if spec.span is not None and set(spec.span) <= set(names)
            else None
        )
        self.views = [View(plan, vocabulary) for plan in plans]

    def batch(self, rows: Rows) -> Batch:
        """The rows that can be used, as a batch; the others go to the accounting."""
        bounds: dict[str, tuple[int, int]] = {}
        seen = [
            self._seen(plan, view, rows, bounds)
            for plan, view in zip(self.plans, self.views, strict=True)
        ]
        if rows.texts is not None and self._guessed(rows, seen):
            rows.as_texts()
            bounds = {}
            seen = [None] * len(self.plans)
        if None in seen or not self._in_order(seen):
            return self._checked(rows, seen, bounds)
        self.accounting.rows += rows.count + len(rows.bad)
        if rows.bad:
            self._rejects(rows, [], np.zeros(0, np.int32))
        columns = {
            plan.spec.name: column
            for plan, column in zip(self.plans, seen, strict=True)
            if column is not None
        }
        return Batch(rows.count, columns, self.file.rank, rows.position, bounds)

    def _seen(
        self, plan: FieldPlan, view: View, rows: Rows, bounds: dict[str, tuple[int, int]]
    ) -> Column | None:
        """The column of a field without a look at each cell, None where that can't be had."""
        if len(plan.columns) != 1 or not rows.count:
            return None
        parts = rows.columns.get(plan.columns[0])
        if parts is None or len(parts) != 1 or parts[0].rows is not None:
            return None
        array = parts[0].array
        found = None if array is None else view.column(array)
        if found is None:
            return None
        column, ends = found
        if ends is not None:
            bounds[plan.spec.name] = ends
        return column

    def _guessed(self, rows: Rows, seen: Sequence[Column | None]) -> bool:
        """Whether rows must be read again as texts: a column of a guessed type isn't sound."""
        for plan, column in zip(self.plans, seen, strict=True):
            if column is None and any(name in rows.guessed for name in plan.columns):
                return True
        if self.span is not None and (seen[self.span[0]] is None) != (seen[self.span[1]] is None):
            return True  # the order of the two isn't known yet
        return not self._in_order(seen)

    def _in_order(self, seen: Sequence[Column | None]) -> bool:
        """Whether no span ends before it starts, as far as both ends were seen."""
        if self.span is None:
            return True
        start, end = seen[self.span[0]], seen[self.span[1]]
        if start is None or end is None:
            return True
        wrong = end.values < start.values
        for column in (start, end):
            if column.valid is not None:
                wrong &= column.valid
        return not wrong.any()

    def _checked(
        self, rows: Rows, seen: Sequence[Column | None], bounds: dict[str, tuple[int, int]]
    ) -> Batch:
        """A batch of rows with cells that may be wrong."""
        length = rows.count
        found = [
            self._column(plan, rows, length) if column is None else _unfaulted(column)
            for plan, column in zip(self.plans, seen, strict=True)
        ]
        self._spans(found)
        first = np.full(length, -1, np.int32)
        for at, cells in enumerate(found):
            if cells.fault.any():
                first[(first < 0) & (cells.fault != 0)] = at
        self.accounting.rows += length + len(rows.bad)
        wrong = first >= 0
        if rows.bad or wrong.any():
            self._rejects(rows, found, first)
        columns = {}
        for plan, column, cells in zip(self.plans, seen, found, strict=True):
            name = plan.spec.name
            if column is not None:
                columns[name] = column
            else:
                columns[name] = Column(cells.values, None if cells.valid.all() else cells.valid)
        batch = Batch(length, columns, self.file.rank, rows.position, bounds)
        if not wrong.any():
            return batch
        batch = batch.take(~wrong)
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
        if self.span is None:
            return
        start, end = found[self.span[0]], found[self.span[1]]
        wrong = start.valid & end.valid & (end.values < start.values)
        end.fault[wrong & (end.fault == 0)] = Fault.END_FIRST

    def _rejects(self, rows: Rows, found: list[Converted], first: NDArray[np.int32]) -> None:
        """Counts the rejected rows, and describes them in the order of the file."""
        count = self.accounting.reject
        for bad in rows.bad:
            count(bad.reason)
        for at, cells in enumerate(found):
            faults = cells.fault[first == at]
            for fault, times in enumerate(np.bincount(faults).tolist()):
                if times:
                    count(self.plans[at].reason(fault), times)
        bads = list(rows.bad)
        for at in np.flatnonzero(first >= 0).tolist():
            number = rows.number(at)
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
            line = self.line(number)
            shown = shortened(text)
            self.accounting.describe(Reject(self.file.path, line, number, reason, shown, help))


def _unfaulted(column: Column) -> Converted:
    """A sound column, as one in which cells may be wrong."""
    return Converted(column.values, column.present(), np.zeros(len(column.raw), np.int8))


def _joined(columns: list[list[Part]], length: int) -> Any:
    """The texts of several columns, joined by one blank. Raises `WrongColumn`."""
    import pyarrow.compute as pc

    texts = [_texts_in(parts, length) for parts in columns]
    joined = pc.binary_join_element_wise(*texts, " ", null_handling="replace", null_replacement="")
    return pc.utf8_trim_whitespace(joined)


def _texts_in(parts: list[Part], length: int) -> Any:
    """The values of a column, of whatever types, as texts. Raises `WrongColumn`."""
    if len(parts) == 1 and parts[0].rows is None and parts[0].array is not None:
        return texts_of(parts[0].array)
    found: list[str | None] = [None] * length
    for part in parts:
        if part.array is None:
            raise WrongColumn("object or list")
        at = range(length) if part.rows is None else part.rows.tolist()
        for row, text in zip(at, texts_of(part.array).to_pylist(), strict=True):
            found[row] = text
    return pa.array(found, pa.string())


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
