"""Input as bad as it comes: refused with its place, or counted, in bounded memory."""

import gzip
import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sladsl.diagnostics import Refused, render
from sladsl.streams.accounting import Accounting
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read, units
from sladsl.streams.sources import SourceSpec

K = Kind
ROOT = Path(__file__).resolve().parents[1]
ROWS = StreamSpec("s", (FieldSpec("a", K.INT), FieldSpec("b", K.TEXT, optional=True)))


def taken(source, spec):
    """The values of the stream's first field, and the account."""
    accounting = Accounting()
    name = spec.fields[0].name
    values = [
        value
        for batch in read(source, spec, Vocabulary(), accounting)
        for value in batch.columns[name].values.tolist()
    ]
    return values, accounting


def in_parts(source, spec, size):
    """The same, from parts."""
    accounting, vocabulary = Accounting(), Vocabulary()
    name = spec.fields[0].name
    values = []
    for unit in units(source, spec, vocabulary, accounting, rows=size, size=size):
        for batch in unit.batches():
            values += batch.columns[name].values.tolist()
        accounting.merge(unit.accounting)
    return values, accounting


def refusals(call, *args):
    with pytest.raises(Refused) as refused:
        call(*args)
    assert all(render(found) for found in refused.value.diagnostics)
    return refused.value.diagnostics


def write(path, table):
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=2)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return SourceSpec("s", str(path))


# ---- Parquet ----


@pytest.mark.parametrize("kept", [0, 3, 8, 1000, 20_000, -200, -8, -1])
def test_a_truncated_parquet_file(tmp_path, kept):
    path = tmp_path / "s.parquet"
    chance = np.random.default_rng(1)
    table = pa.table({"a": chance.integers(0, 10**9, 20_000), "b": ["x"] * 20_000})
    pq.write_table(table, path, row_group_size=3000)
    path.write_bytes(path.read_bytes()[:kept])
    source = SourceSpec("s", str(path))
    for call in (taken, lambda s, p: in_parts(s, p, 3000)):
        (found,) = refusals(call, source, ROWS)
        assert (found.code, found.label.where.path) == ("SLA516", str(path))


def test_a_hole_in_the_middle_of_a_parquet_file(tmp_path):
    path = tmp_path / "s.parquet"
    chance = np.random.default_rng(1)
    table = pa.table({"a": chance.integers(0, 10**9, 20_000), "b": ["x"] * 20_000})
    pq.write_table(table, path, row_group_size=3000, compression="zstd")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 400] = bytes(400)
    path.write_bytes(raw)
    for call in (taken, lambda s, p: in_parts(s, p, 3000)):
        (found,) = refusals(call, SourceSpec("s", str(path)), ROWS)
        assert found.code == "SLA516"


def test_an_empty_parquet_file(tmp_path):
    schema = pa.schema({"a": pa.int64(), "b": pa.string()})
    source = write(tmp_path / "s.parquet", schema.empty_table())
    for values, accounting in (taken(source, ROWS), in_parts(source, ROWS, 2)):
        assert (values, accounting.rows, accounting.files) == ([], 0, [source.path])
    missing = StreamSpec("s", (FieldSpec("c", K.INT),))
    for call in (taken, lambda s, p: in_parts(s, p, 3000)):
        assert refusals(call, source, missing)[0].code == "SLA518"


def test_a_row_group_without_rows(tmp_path):
    schema = pa.schema({"a": pa.int64(), "b": pa.string()})
    full = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]}, schema=schema)
    with pq.ParquetWriter(tmp_path / "s.parquet", schema) as out:
        for table in (schema.empty_table(), full, schema.empty_table(), full.slice(1)):
            out.write_table(table)
    assert pq.ParquetFile(tmp_path / "s.parquet").metadata.row_group(0).num_rows == 0
    source = SourceSpec("s", str(tmp_path / "s.parquet"))
    for size in (1, 4, 100):
        values, accounting = in_parts(source, ROWS, size)
        assert values == taken(source, ROWS)[0] == [1, 2, 3, 2, 3]
        assert accounting.digest == taken(source, ROWS)[1].digest
    for unit in units(source, ROWS, Vocabulary(), Accounting(), rows=1):
        assert unit.rows == 0 or unit.bounds("a") in ((1, 3), (2, 3))


@pytest.mark.parametrize(
    "nested",
    [
        pa.array([{"x": 1}, {"x": 2}]),
        pa.array([[1, 2], []]),
        pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    ],
)
def test_a_nested_column(tmp_path, nested):
    table = pa.table({"n": nested, "a": [1, 2], "b": ["x", "y"]})
    source = write(tmp_path / "s.parquet", table)
    assert taken(source, ROWS)[0] == in_parts(source, ROWS, 1)[0] == [1, 2]
    for kind in (K.INT, K.TEXT, K.TIME, K.BOOL, K.DURATION):
        spec = StreamSpec("s", (FieldSpec("n", kind, unit="s" if kind is K.DURATION else None),))
        for call in (taken, lambda s, p: in_parts(s, p, 1)):
            assert refusals(call, source, spec)[0].code == "SLA520"


# ---- rows ----


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_broken_row_in_the_middle(tmp_path, form):
    count, broken = 300_000, 151_007
    if form == "csv":
        lines = ["a,b", *(f"{n},text {n % 10}" for n in range(count))]
        lines[broken + 1] = "1,2,3"
    else:
        lines = [f'{{"a":{n},"b":"t"}}' for n in range(count)]
        lines[broken] = '{"a":'
    path = tmp_path / f"s.{form}"
    path.write_text("\n".join(lines) + "\n")
    source = SourceSpec("s", str(path))
    for values, accounting in (taken(source, ROWS), in_parts(source, ROWS, 1 << 20)):
        assert (accounting.rows, accounting.rejected) == (count, 1)
        (reject,) = accounting.examples
        assert (reject.row, reject.line) == (broken, broken + 1 + (form == "csv"))
        assert values == [n for n in range(count) if n != broken]


LARGE = 2**64


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2**63, 2, 2**64 - 1], pa.uint64()),
        pa.array([Decimal(v) for v in (1, LARGE, 2, -LARGE)], pa.decimal128(38, 0)),
        pa.array(["1", str(LARGE), "2", "-" + str(10**30)]),
        pa.array([1, -(2**63), 2, -(2**63)]),
    ],
)
def test_integers_beyond_64_bits(tmp_path, form, array):
    path = tmp_path / f"s.{form}"
    texts = [str(v) for v in array.to_pylist()]
    if form == "csv":
        path.write_text("a,b\n" + "".join(f"{t},x\n" for t in texts))
        source = SourceSpec("s", str(path))
    elif form == "jsonl":
        path.write_text("".join(f'{{"a":{t}}}\n' for t in texts))
        source = SourceSpec("s", str(path))
    else:
        source = write(path, pa.table({"a": array, "b": ["x"] * 4}))
    for values, accounting in (taken(source, ROWS), in_parts(source, ROWS, 8)):
        assert values == [1, 2]
        assert accounting.reasons == {"`a` is too large": 2}
        assert [e.row for e in accounting.examples] == [1, 3]
        if form != "jsonl":
            assert [e.text for e in accounting.examples] == [texts[1], texts[3]]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("kind", [K.INT, K.NUMBER, K.PERCENT, K.DURATION, K.MONEY, K.SIZE])
def test_nan_and_infinity(tmp_path, form, kind):
    unit = {K.DURATION: "s", K.MONEY: "EUR"}.get(kind)
    spec = StreamSpec("s", (FieldSpec("a", kind, unit=unit),))
    path = tmp_path / f"s.{form}"
    found = [1.0, float("nan"), float("inf"), -float("inf"), 2.0]
    if form == "csv":
        path.write_text("a\n1\nnan\nInfinity\n-inf\n2\n")
    elif form == "jsonl":
        path.write_text('{"a":1}\n{"a":NaN}\n{"a":Infinity}\n{"a":"-inf"}\n{"a":2}\n')
    else:
        write(path, pa.table({"a": found}))
    source = SourceSpec("s", str(path))
    for values, accounting in (taken(source, spec), in_parts(source, spec, 8)):
        assert len(values) == 2
        assert values[1] == 2 * values[0] > 0
        expected = {"`a` is not a finite number": 3}
        if form == "jsonl":
            expected = {"the line isn't a JSON object": 2, "`a` is not a finite number": 1}
        assert accounting.reasons == expected


YEARS = "`t` is outside the years 1678 to 2261"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("zone", ["UTC", None])
def test_times_in_the_years_1600_and_9999(tmp_path, form, unit, zone):
    moments = [datetime(2026, 1, 1), datetime(1600, 1, 1), datetime(9999, 12, 31, 23, 59, 59)]
    path = tmp_path / f"s.{form}"
    texts = [m.isoformat() + ("Z" if zone else "") for m in moments]
    if form == "csv":
        path.write_text("t\n" + "\n".join(texts) + "\n")
    elif form == "jsonl":
        path.write_text("".join(json.dumps({"t": t}) + "\n" for t in texts))
    else:
        write(path, pa.table({"t": pa.array(moments, pa.timestamp(unit, zone))}))
    source = SourceSpec("s", str(path), timezone="Europe/Berlin")
    spec = StreamSpec("s", (FieldSpec("t", K.TIME),))
    for values, accounting in (taken(source, spec), in_parts(source, spec, 1)):
        assert values == [(1767225600 - (0 if zone else 3600)) * 10**9]
        assert accounting.reasons == {YEARS: 2}
    for unit_read in units(source, spec, Vocabulary(), Accounting(), rows=10**6):
        assert unit_read.bounds("t") is None


def test_counts_and_dates_in_the_years_1600_and_9999(tmp_path):
    spec = StreamSpec("s", (FieldSpec("t", K.TIME),))
    dates = pa.array([0, -135_140, 2_932_896], pa.date32())
    source = write(tmp_path / "d.parquet", pa.table({"t": dates}))
    values, accounting = taken(source.but(timezone="UTC"), spec)
    assert (values, accounting.reasons) == ([0], {YEARS: 2})
    counts = pa.table({"t": [0, -11_676_096_000, 253_402_300_799]})
    source = write(tmp_path / "c.parquet", counts).but(time_format="epoch s")
    for values, accounting in (taken(source, spec), in_parts(source, spec, 1)):
        assert (values, accounting.reasons) == ([0], {YEARS: 2})


# ---- packed files that unpack to far more ----

_MB = 1 << 20


def packed(path, head, block, times, tail=b""):
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(head)
        for _ in range(times):
            out.write(block)
        out.write(tail)


def told(path):
    """What a child process says of a file, and the most memory it took beyond its start (MB)."""
    program = f"""
import re
from sladsl.diagnostics import Refused
from sladsl.streams.accounting import Accounting
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read
from sladsl.streams.sources import SourceSpec
import pyarrow.csv

def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024

start = peak()
spec = StreamSpec("s", (FieldSpec("a", Kind.INT), FieldSpec("b", Kind.TEXT, optional=True)))
accounting = Accounting(with_digest=False)
source = SourceSpec("s", {str(path)!r})
try:
    rows = sum(batch.length for batch in read(source, spec, Vocabulary(), accounting))
    said = f"{{rows}} {{accounting.rejected}}"
except Refused as refused:
    said = refused.diagnostics[0].code
print(said, peak() - start, sep="|")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT, check=True
    )
    said, memory = done.stdout.strip().split("|")
    return said, int(memory)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to see memory in")
@pytest.mark.parametrize(
    ("name", "head", "block", "times", "expected"),
    [
        ("zeros.csv.gz", b"", bytes(_MB), 300, "SLA517"),
        ("zeros.jsonl.gz", b"", bytes(_MB), 300, "SLA521"),
        ("line.csv.gz", b"a,b\n1,", b"x" * _MB, 300, "SLA521"),
        ("cell.csv.gz", b'a,b\n1,"', b"x\n" * (_MB // 2), 60, "SLA521"),
        ("header.csv.gz", b"a", b",b" * (_MB // 2), 60, "SLA521"),
        ("line.jsonl.gz", b'{"a":1,"b":"', b"x" * _MB, 100, "SLA521"),
        ("nested.jsonl.gz", b'{"a":', b"[" * _MB, 60, "SLA521"),
        ("blank.csv.gz", b"a,b\n", b"\n" * _MB, 50, "0 0"),
        ("rows.csv.gz", b"a,b\n", b"1,x\n" * (_MB // 4), 30, f"{30 * _MB // 4} 0"),
        ("rows.jsonl.gz", b"", b'{"a": 1, "b": "x"}\n' * (_MB // 19), 20, f"{20 * (_MB // 19)} 0"),
    ],
)
def test_a_packed_file_that_unpacks_to_far_more(tmp_path, name, head, block, times, expected):
    packed(tmp_path / name, head, block, times)
    assert (tmp_path / name).stat().st_size < 5 * _MB
    said, memory = told(tmp_path / name)
    assert said == expected
    assert memory < 120


# ---- folders ----


def test_part_files_are_found_in_folders_of_folders(tmp_path):
    for at, name in enumerate(
        (
            "year=2026/month=03/part-0.csv",
            "year=2026/month=03/part-1.parquet",
            "year=2026/month=10/part-0.jsonl",
            "year=2027.csv",
            "year=2027/month=01/part-0.csv",
        )
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            pq.write_table(pa.table({"a": [at], "b": ["x"]}), path)
        else:
            path.write_text(f'{{"a":{at}}}\n' if path.suffix == ".jsonl" else f"a,b\n{at},x\n")
    for name in ("_SUCCESS", ".part-9.csv", "_temporary/part-0.csv", ".git/x.csv", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("no rows")
    source = SourceSpec("s", str(tmp_path))
    for values, accounting in (taken(source, ROWS), in_parts(source, ROWS, 1 << 20)):
        assert values == [0, 1, 2, 3, 4]
        assert accounting.files == sorted(accounting.files)
    partitions = SourceSpec("s", str(tmp_path / "year=*" / "**" / "*.csv"))
    assert taken(partitions, ROWS)[0] == [0, 4]
    guarded = source.but(roots=(tmp_path,))
    assert taken(guarded, ROWS)[0] == [0, 1, 2, 3, 4]


def test_links_among_part_files(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for folder, value in ((outside, 7), (inside / "a", 1)):
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text(f"a,b\n{value},x\n")
    (inside / "link").symlink_to(outside)
    source = SourceSpec("s", str(inside))
    assert taken(source, ROWS)[0] == [1, 7]  # the user's own path may lead anywhere
    (found,) = refusals(taken, source.but(roots=(inside,)), ROWS)
    assert found.code == "SLA507"
    (inside / "link").unlink()
    (inside / "a" / "again").symlink_to(inside)
    (found,) = refusals(taken, source, ROWS)
    assert found.code == "SLA515"


@pytest.mark.parametrize("code", [3, -1, 127, -128])
@pytest.mark.parametrize("names", [["lo", "hi", "lo"], ["lo", "hi", "?"], ["hi", "lo", ""]])
def test_a_code_beyond_its_dictionary(tmp_path, code, names):
    """Arrow lets such a file be written, and reads it without a word."""
    codes = pa.array([0, 1, code, 0], pa.int8())
    array = pa.DictionaryArray.from_arrays(codes, pa.array(names), safe=False)
    source = write(tmp_path / "s.arrow", pa.table({"e": array}))
    for kind in (K.TEXT, K.ENUM):
        spec = StreamSpec("s", (FieldSpec("e", kind, True, values=("lo", "hi")),))
        for call in (taken, lambda s, p: in_parts(s, p, 1)):
            assert refusals(call, source, spec)[0].code == "SLA516"
