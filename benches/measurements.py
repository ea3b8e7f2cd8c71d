"""Makes the measurements of the three works: the same bytes for the same seed and size.

Each value is drawn from a hash of its row's number, so that a row is the same whatever the order
or the chunk it is written in. Run as a program by `compare.py`, so that it stays small:

    python benches/measurements.py --data FOLDER --set requests --rows 1000000
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

#: 2025 in Europe/Amsterdam, ms since 1970
START, END = 1_735_686_000_000, 1_767_222_000_000
YEAR = END - START
EVERY = 30_000  # ms between two probes of a target
SLOTS = YEAR // EVERY
TARGETS = 50
REGIONS = ("ap", "eu", "sa", "us")
PRIORITIES = ("P1", "P2", "P3", "P4")
ROW_GROUP = 1 << 20
CHUNK = 1 << 20

#: what can be made: name -> (work, order of rows, format)
SETS = {
    "requests": ("w1", "time", "parquet"),
    "requests_shuffled": ("w1", "shuffled", "parquet"),
    "requests_csv": ("w1", "time", "csv"),
    "requests_json": ("w1", "time", "jsonl"),
    "requests_arrow": ("w1", "time", "arrow"),
    "probes": ("w2", "target", "parquet"),
    "probes_interleaved": ("w2", "time", "parquet"),
    "tickets": ("w3", "time", "parquet"),
    "live": ("live", "time", "arrow"),
    "live_json": ("live", "time", "jsonl"),
}
STREAM = {"w1": "requests", "w2": "probes", "w3": "tickets", "live": "probes"}

Numbers = np.ndarray[Any, Any]


def draw(seed: int, what: int, index: Numbers) -> Numbers:
    """64 random bits for each index (SplitMix64)."""
    with np.errstate(over="ignore"):
        z = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64((seed * 1_000_003 + what * 7_919 + 1) * 0xD1342543DE82EF95 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def below(seed: int, what: int, index: Numbers, limit: int | Numbers) -> Numbers:
    """A number from 0 up to a limit for each index."""
    bits = draw(seed, what, index) >> np.uint64(1)
    return (bits % np.asarray(limit, np.uint64)).astype(np.int64)


def shuffled(seed: int, index: Numbers, rows: int) -> Numbers:
    """Where a shuffle of all rows takes each index: a Feistel network, walked until inside."""
    half = max(1, ((rows - 1).bit_length() + 1) // 2)
    mask = np.uint64((1 << half) - 1)

    def step(at: Numbers) -> Numbers:
        left, right = at >> np.uint64(half), at & mask
        for turn in range(4):
            left, right = right, left ^ (draw(seed, 100 + turn, right) & mask)
        return (left << np.uint64(half)) | right

    at = step(index.astype(np.uint64))
    while (outside := np.flatnonzero(at >= rows)).size:
        at[outside] = step(at[outside])
    return at.astype(np.int64)


def evenly(seed: int, index: Numbers, rows: int) -> Numbers:
    """A time in the year for each row (ms), rising with its number."""
    slot = index * YEAR // rows
    return START + slot + below(seed, 1, index, max(1, YEAR // rows))


# ---- the works ----


def _latencies() -> Numbers:
    """ms by a draw of 16 bits: many quick ones and a long tail."""
    share = (np.arange(65_536) + 0.5) / 65_536
    return np.minimum(20 * (1 - share) ** -0.6, 9_000).astype(np.int64)


def requests(seed: int, index: Numbers, rows: int) -> pa.RecordBatch:
    """time, ok, latency (ms), region."""
    time = evenly(seed, index, rows)
    region = np.searchsorted([51, 153, 179], below(seed, 2, index, 256), side="right")
    season = (time - START) * 12 // YEAR
    mood = (season * 4 + region) * 2_654_435_761 >> 7  # by month and region
    trouble = np.array([30, 45, 60, 200, 500])[mood % 5]
    ok = below(seed, 3, index, 65_536) >= trouble
    level = np.array([13, 14, 15, 16, 17])[(mood >> 9) % 5]
    latency = _latencies()[below(seed, 4, index, 65_536)] * level >> 4
    return pa.record_batch(
        {
            "time": pa.array(time, pa.timestamp("ms", "UTC")),
            "ok": pa.array(ok),
            "latency": pa.array(latency.astype(np.int32)),
            "region": _coded(region, REGIONS),
        }
    )


class Probes:
    """50 targets every 30 s: which probes there are (5,000 gaps a year) and which failed."""

    def __init__(self, seed: int, rows: int) -> None:
        self.seed = seed
        self.slots = slots = min(SLOTS, max(1, rows // TARGETS))
        self.there = np.ones((TARGETS, slots), np.bool_)
        self.ok = np.ones((TARGETS, slots), np.bool_)
        gaps = max(1, 5_000 * slots // SLOTS)
        spells = max(TARGETS, 2_000 * slots // SLOTS)
        self._marks(self.there, 10, gaps, 2, 40)
        self._marks(self.ok, 20, spells, 1, 40)
        self._marks(self.ok, 30, spells * 5, 1, 3)
        self.there[:, 0] = self.there[:, -1] = True
        self.names = tuple(f"target-{number:02}" for number in range(TARGETS))

    def _marks(self, where: Numbers, what: int, count: int, shortest: int, longest: int) -> None:
        number = np.arange(count)
        target = below(self.seed, what, number, TARGETS)
        first = below(self.seed, what + 1, number, self.slots)
        length = shortest + below(self.seed, what + 2, number, longest - shortest)
        for t, a, n in zip(target.tolist(), first.tolist(), length.tolist(), strict=True):
            where[t, a : a + n] = False

    def rows(self, target: Numbers, slot: Numbers) -> pa.RecordBatch:
        """The probes at some targets and slots."""
        there = self.there[target, slot]
        target, slot = target[there], slot[there]
        late = below(self.seed, 40, target * SLOTS + slot, 1_000)
        return pa.record_batch(
            {
                "time": pa.array(START + slot * EVERY + late, pa.timestamp("ms", "UTC")),
                "target": _coded(target, self.names),
                "ok": pa.array(self.ok[target, slot]),
            }
        )


def tickets(seed: int, index: Numbers, rows: int) -> pa.RecordBatch:
    """opened, answered (may be missing), priority."""
    opened = evenly(seed, index, rows) // 1000
    priority = np.searchsorted([25, 77, 154], below(seed, 2, index, 256), side="right")
    how = below(seed, 3, index, 256) + ((opened // 86_400 % 365) * 7 + priority * 11) % 48
    long = below(seed, 4, index, 1 << 40)
    hour = 3600
    wait = np.where(how < 130, 60 + long % (4 * hour), 4 * hour + long % (20 * hour))
    wait = np.where(how < 220, wait, 24 * hour + long % (6 * 24 * hour))
    instant = pa.timestamp("ms", "UTC")
    return pa.record_batch(
        {
            "opened": pa.array(opened * 1000, instant),
            "answered": pa.array((opened + wait) * 1000, instant, mask=how >= 296),
            "priority": _coded(priority, PRIORITIES),
        }
    )


def live(seed: int, index: Numbers) -> pa.RecordBatch:
    """One probe a second of one target, that fails in spells."""
    spell = index // 97
    ok = below(seed, 1, spell, 16) > 0
    ok &= below(seed, 2, index, 256) > 0
    ok |= index < 100  # the first minute tells monitors nothing
    return pa.record_batch(
        {
            "time": pa.array(START + index * 1000, pa.timestamp("ms", "UTC")),
            "target": _coded(np.zeros(len(index), np.int32), ("web",)),
            "ok": pa.array(ok),
        }
    )


def _coded(codes: Numbers, values: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values))


# ---- writing ----


def batches(work: str, order: str, rows: int, seed: int) -> Iterator[pa.RecordBatch]:
    """The measurements of a work in chunks."""
    if work == "w2":
        yield from _probe_batches(Probes(seed, rows), order)
        return
    for first in range(0, rows, CHUNK):
        index = np.arange(first, min(rows, first + CHUNK), dtype=np.int64)
        if order == "shuffled":
            index = shuffled(seed, index, rows)
        if work == "live":
            yield live(seed, index)
        else:
            yield (requests if work == "w1" else tickets)(seed, index, rows)


def _probe_batches(probes: Probes, order: str) -> Iterator[pa.RecordBatch]:
    if order == "target":
        slot = np.arange(probes.slots)
        for target in range(TARGETS):
            yield probes.rows(np.full(probes.slots, target), slot)
        return
    step = max(1, CHUNK // TARGETS)
    for first in range(0, probes.slots, step):
        slots = np.arange(first, min(probes.slots, first + step))
        yield probes.rows(np.tile(np.arange(TARGETS), len(slots)), np.repeat(slots, TARGETS))


def write_parquet(path: Path, found: Iterator[pa.RecordBatch], group: int) -> None:
    """Zstandard, row groups of about a million rows."""
    writer: pq.ParquetWriter | None = None
    kept: list[pa.RecordBatch] = []
    for batch in found:
        if writer is None:
            writer = pq.ParquetWriter(path, batch.schema, compression="zstd")
        kept.append(batch)
        while sum(b.num_rows for b in kept) >= group:
            table = pa.Table.from_batches(kept)
            writer.write_table(table.slice(0, group), row_group_size=group)
            kept = table.slice(group).to_batches()
    assert writer is not None
    if kept and sum(b.num_rows for b in kept):
        writer.write_table(pa.Table.from_batches(kept), row_group_size=group)
    writer.close()


def write_csv(path: Path, found: Iterator[pa.RecordBatch], _: int) -> None:
    """As most programs write it: nothing quoted, ISO times."""
    writer: pc.CSVWriter | None = None
    plain = pc.WriteOptions(quoting_style="none", include_header=False)
    with path.open("wb") as file:
        for batch in found:
            table = pa.table({name: _as_text(batch[name]) for name in batch.schema.names})
            if writer is None:
                file.write(",".join(table.column_names).encode() + b"\n")
                writer = pc.CSVWriter(file, table.schema, write_options=plain)
            writer.write_table(table)
        assert writer is not None
        writer.close()


def write_jsonl(path: Path, found: Iterator[pa.RecordBatch], _: int) -> None:
    """One object a line."""
    import msgspec

    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        for batch in found:
            table = pa.table({name: _as_text(batch[name]) for name in batch.schema.names})
            for first in range(0, table.num_rows, 1 << 14):
                file.write(encoder.encode_lines(table.slice(first, 1 << 14).to_pylist()))


def write_arrow(path: Path, found: Iterator[pa.RecordBatch], _: int) -> None:
    """An Arrow file that isn't packed."""
    writer: pa.ipc.RecordBatchFileWriter | None = None
    for batch in found:
        if writer is None:
            writer = pa.ipc.new_file(path, batch.schema)
        for first in range(0, batch.num_rows, 1 << 16):
            writer.write_batch(batch.slice(first, 1 << 16))
    assert writer is not None
    writer.close()


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    if not pa.types.is_timestamp(column.type):
        return column
    text = column.cast(pa.string())  # 2025-01-01 00:00:00.000Z
    letters = np.frombuffer(text.buffers()[2], np.uint8).copy()
    letters[10::24] = ord("T")
    parts = [None, text.buffers()[1], pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.string(), len(text), parts)


WRITERS: dict[str, Callable[[Path, Iterator[pa.RecordBatch], int], None]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "jsonl": write_jsonl,
    "arrow": write_arrow,
}


def path_of(folder: Path, name: str, rows: int, seed: int) -> Path:
    """Where a set lies: its folder tells what it is, its name is the stream's."""
    work, _, form = SETS[name]
    return folder / f"{name}-{rows}-{seed}" / f"{STREAM[work]}.{form}"


def make(folder: Path, name: str, rows: int, seed: int) -> Path:
    """Write a set if it isn't there; where it lies."""
    work, order, form = SETS[name]
    path = path_of(folder, name, rows, seed)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        group = ROW_GROUP if rows >= 4 * ROW_GROUP else max(1, rows // 4)
        WRITERS[form](half, batches(work, order, rows, seed), group)
        os.replace(half, path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=sorted(SETS), required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(make(given.data, given.set, given.rows, given.seed))
