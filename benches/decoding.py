"""The least that reading costs: PyArrow decodes the columns of a work and nothing is done.

Two threads, each with row groups (or a range of bytes, cut at a line's end) of its own.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

THREADS = 2
BLOCK = 1 << 16
Form = Callable[..., int]


class Rival:
    """A file to decode."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source

    def sources(self) -> list[str]:
        """Where the rows may be taken from."""
        return ["file"] if self.source in ("parquet", "csv") else []

    def load(self, where: str, form: str) -> None:
        """Nothing to make ready."""


def parquet(rival: Rival, threads: int = THREADS) -> int:
    """All columns, in small batches."""
    groups = pq.ParquetFile(rival.path).num_row_groups

    def decode(first: int) -> int:
        with pq.ParquetFile(rival.path, pre_buffer=False) as file:
            mine = list(range(first, groups, threads))
            found = file.iter_batches(batch_size=BLOCK, row_groups=mine, use_threads=False)
            return sum(batch.num_rows for batch in found)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(decode, range(min(threads, groups))))


def csv(rival: Rival, threads: int = THREADS) -> int:
    """Typed columns, two ranges of bytes."""
    types: dict[str, Any] = {
        "time": pa.timestamp("ms", "UTC"),
        "ok": pa.bool_(),
        "latency": pa.int32(),
        "region": pa.dictionary(pa.int32(), pa.string()),
    }
    with Path(rival.path).open("rb") as file:
        bytes_ = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = bytes_.find(b"\n") + 1
        names = bytes_[: start - 1].decode().split(",")
        middle = bytes_.find(b"\n", (start + len(bytes_)) // 2) + 1
        whole = pa.py_buffer(bytes_)

    def decode(edges: tuple[int, int]) -> int:
        reader = pc.open_csv(
            pa.BufferReader(whole.slice(edges[0], edges[1] - edges[0])),
            read_options=pc.ReadOptions(use_threads=False, column_names=names, block_size=1 << 20),
            parse_options=pc.ParseOptions(quote_char=False),
            convert_options=pc.ConvertOptions(column_types=types),
        )
        return sum(batch.num_rows for batch in reader)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(decode, [(start, middle), (middle, len(bytes_))]))


FORMS: dict[str, dict[str, Form]] = {
    "parquet": {"batches": parquet},
    "csv": {"ranges": csv},
}
