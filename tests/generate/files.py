"""Rows as files of every format: part files, row groups and record batches cut anyhow."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from generate.rows import Row

from sladsl.plan import model as p
from sladsl.streams.sources import FieldSource, SourceSpec

__all__ = ["FORMATS", "written"]

FORMATS = ("arrow", "parquet", "csv", "jsonl")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TYPES: dict[str, Any] = {
    "time": pa.timestamp("ns", "UTC"), "duration": pa.int64(), "money": pa.decimal128(18, 6),
    "percent": pa.decimal128(18, 7), "number": pa.decimal128(18, 6), "int": pa.int64(),
    "size": pa.int64(), "bool": pa.bool_(), "enum": pa.string(), "text": pa.string(),
}  # fmt: skip
PLACES = {"money": 6, "number": 6, "percent": 7}  # a file holds per cent, a row 10**-9 of one


def written(
    plan: p.Plan, rows: Mapping[str, Sequence[Row]], folder: Path, form: str, random: Random | None
) -> dict[str, SourceSpec]:
    """Rows in files of one format; cut into files and groups by `random`, else in one piece."""
    found = {}
    for stream in plan.streams:
        fields = [f for f in stream.fields if f.computed is None]
        place = folder / stream.name
        place.mkdir()
        own = list(rows[stream.name])
        parts = [own] if random is None or not own else list(_cut(own, random))
        for number, part in enumerate(parts):
            length = max(len(part), 1)
            if random is not None:  # at most ten groups: more of them cost more and show no more
                length = max(random.randint(1, 9), len(part) // 10)
            _write(place / f"part{number:02d}.{form}", form, fields, part, length)
        sources = {f.name: _source(f) for f in fields}
        found[stream.name] = SourceSpec(stream.name, str(place), fields=sources)
    return found


def _cut(rows: list[Row], random: Random) -> Iterator[list[Row]]:
    """At most four pieces, none of them empty."""
    left = iter(rows)
    most = max(len(rows) // 3, 1)
    while piece := list(islice(left, random.randint(most, most + 5))):
        yield piece


def _source(field: p.FieldPlan) -> FieldSource:
    return FieldSource((field.name,), unit="ns" if field.kind == "duration" else None)


def _write(
    path: Path, form: str, fields: Sequence[p.FieldPlan], rows: Sequence[Row], length: int
) -> None:
    match form:
        case "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file)
                out.writerow([f.name for f in fields])
                out.writerows([[_text(f, row[f.name]) for f in fields] for row in rows])
        case "jsonl":
            lines = [json.dumps({f.name: _text(f, row[f.name]) for f in fields}) for row in rows]
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        case _:
            table = pa.table(
                {f.name: pa.array([_cell(f, row[f.name]) for row in rows], TYPES[f.kind])
                 for f in fields}
            )  # fmt: skip
            if form == "parquet":
                pq.write_table(table, path, row_group_size=length)
            else:
                with pa.ipc.new_file(path, table.schema) as out:
                    out.write_table(table, length)


def _cell(field: p.FieldPlan, content: Any) -> Any:
    """What an Arrow array is made of."""
    if content is not None and field.kind in PLACES:
        return Decimal(content).scaleb(-PLACES[field.kind])
    return content


def _text(field: p.FieldPlan, content: Any) -> Any:
    """What CSV and JSON hold: texts, which lose nothing; None is written as nothing, or null."""
    if content is None or field.kind in ("text", "enum"):
        return content
    if field.kind == "time":
        seconds, rest = divmod(content, 10**9)
        return f"{EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    if field.kind == "bool":
        return "true" if content else "false"
    return str(_cell(field, content))
