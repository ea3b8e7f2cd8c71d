"""`spans of STREAM where ...`, `windows of 1min where ...`: which stream they are of."""

from __future__ import annotations

from sladsl.contract.expressions import condition
from sladsl.contract.formulas import on_figures
from sladsl.contract.lookup import View
from sladsl.contract.scope import Reads, Scope
from sladsl.contract.windows import check_length_of_windows, row_stream
from sladsl.syntax import nodes as n

__all__ = ["spans_of", "windows_of"]


def windows_of(s: Scope, node: n.WindowsWhere) -> str | None:
    """The stream that windows are of, by the metrics of their condition."""
    check_length_of_windows(s, node.length)
    inner = Reads()
    found = on_figures(s, node.where, inner)
    return None if found is None else row_stream(s, node.where, inner)


def spans_of(s: Scope, rows: n.RowsOf) -> str | None:
    """The stream of `spans of STREAM where ...`, where rows are events a fault."""
    if not s.find("stream", rows.stream, s.here.streams):
        return None
    name = rows.stream.text
    if rows.where is not None:
        condition(s, rows.where, View(name, s.fields[name]))
    info = s.streams.get(name)
    if info is not None and info.spans is None:
        s.error(
            "SLA262", f"`{name}` is a stream of events, where spans are due",
            rows.stream.span, help="name a stream that has `span from ... to ...`",
        )  # fmt: skip
    return name
