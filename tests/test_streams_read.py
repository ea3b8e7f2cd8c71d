"""Reading streams: each format, each kind, each way in which a row or a file can be wrong."""

import csv
import gzip
import io
import json
import os
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sladsl.diagnostics import Refused, render
from sladsl.streams.accounting import Accounting, rejects_writer, too_many
from sladsl.streams.config import load_config
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read
from sladsl.streams.sources import FieldSource, SourceSpec

K = Kind


def taken(source, spec, accounting=None, stdin=None):
    """All rows as lists by field, texts and enums decoded, None where missing."""
    vocabulary = Vocabulary()
    accounting = accounting or Accounting()
    out = {field.name: [] for field in spec.fields}
    for batch in read(source, spec, vocabulary, accounting, stdin=stdin):
        assert len(batch.row) == len(batch.file) == batch.length
        for field in spec.fields:
            column = batch.columns[field.name]
            names = {K.TEXT: vocabulary.texts, K.ENUM: field.values}.get(field.kind)
            for value, there in zip(column.values.tolist(), column.present().tolist(), strict=True):
                assert there or not value
                shown = value if names is None or not there else names[value]
                out[field.name].append(shown if there else None)
    return out, accounting


def cell(tmp_path, kind, text, **options):
    """One field of one row of a CSV file: its value, or the reason of its rejection."""
    known = {"optional", "values", "unit", "negative_as_zero"}
    spec = FieldSpec("x", kind, **{k: v for k, v in options.items() if k in known})
    told = {k: v for k, v in options.items() if k not in known}
    top = {k: told.pop(k) for k in ("timezone", "ambiguous") if k in told}
    path = tmp_path / "one.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["x", "y"], [text, "1"]])
    if "own_unit" in told:
        told["unit"] = told.pop("own_unit")
    fields = {"x": FieldSource(("x",), **told)} if told else {}
    source = SourceSpec("s", str(path), fields=fields, **top)
    out, accounting = taken(source, StreamSpec("s", (spec,)))
    if accounting.rejected:
        assert out["x"] == []
        return next(iter(accounting.reasons)).replace("`x` ", "")
    return out["x"][0]


def ns(text):
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    ("kind", "text", "options", "expected"),
    [
        (K.INT, "12", {}, 12),
        (K.INT, " -7 ", {}, -7),
        (K.INT, "+7", {}, 7),
        (K.INT, "1e3", {}, 1000),
        (K.INT, "2.0", {}, 2),
        (K.INT, "2.5", {}, "is finer than 1"),
        (K.INT, "0x10", {}, "isn't a whole number"),
        (K.INT, "1_000", {}, "isn't a whole number"),
        (K.INT, "٣", {}, "isn't a whole number"),
        (K.INT, ".", {}, "isn't a whole number"),
        (K.INT, "--1", {}, "isn't a whole number"),
        (K.INT, "9223372036854775807", {}, 2**63 - 1),
        (K.INT, "9223372036854775808", {}, "is too large"),
        (K.INT, "9" * 500, {}, "isn't a whole number"),
        (K.INT, "", {}, "is missing"),
        (K.INT, "", {"optional": True}, None),
        (K.INT, "?", {"optional": True, "missing": ("?",)}, None),
        (K.INT, " ? ", {"optional": True, "missing": ("?",)}, None),
        (K.NUMBER, "0.000001", {}, 1),
        (K.NUMBER, "0.0000001", {}, "is finer than a millionth"),
        (K.NUMBER, "1e999", {}, "is too large"),
        (K.NUMBER, "nan", {}, "is not a finite number"),
        (K.NUMBER, "-Infinity", {}, "is not a finite number"),
        (K.NUMBER, ".5", {}, 500_000),
        (K.NUMBER, "5.", {}, 5_000_000),
        (K.PERCENT, "99.5", {}, 995_000_000),
        (K.PERCENT, "99.5%", {}, 995_000_000),
        (K.PERCENT, "0.995", {"own_unit": "1"}, 995_000_000),
        (K.DURATION, "350", {"unit": "ms"}, 350_000_000),
        (K.DURATION, "350", {"unit": "ms", "own_unit": "s"}, 350 * 10**9),
        (K.DURATION, "350ms", {"unit": "s"}, 350_000_000),
        (K.DURATION, "1.5 h", {}, 5400 * 10**9),
        (K.DURATION, "350", {}, "has no unit, and none is named: say `unit = ...`"),
        (K.DURATION, "5 weeks", {}, "has an unknown unit; expected ns, us, µs, ms, s, min, h, d"),
        (K.DURATION, "0.5", {"unit": "ns"}, "is finer than 1 ns"),
        (K.DURATION, "-1", {"unit": "s"}, "is negative"),
        (K.DURATION, "-1", {"unit": "s", "negative_as_zero": True}, 0),
        (K.DURATION, "9223372037", {"unit": "s"}, "is too large"),
        (K.MONEY, "12.50", {"unit": "EUR"}, 12_500_000),
        (K.MONEY, "12.50 EUR", {"unit": "EUR"}, 12_500_000),
        (K.MONEY, "EUR 12.50", {"unit": "EUR"}, 12_500_000),
        (K.MONEY, "12.50 USD", {"unit": "EUR"}, "is in another currency than EUR"),
        (K.SIZE, "1.5 KiB", {}, 1536),
        (K.SIZE, "2", {"unit": "GB"}, 2 * 10**9),
        (K.BOOL, "TRUE", {}, True),
        (K.BOOL, " no", {}, False),
        (K.BOOL, "t", {}, True),
        (K.BOOL, "maybe", {}, "isn't true or false"),
        (K.BOOL, "up", {"values": {}, "unit": None}, "isn't true or false"),
        (K.TEXT, " a ", {}, " a "),
        (K.TEXT, 'a\nb, "c"', {}, 'a\nb, "c"'),
        (K.TEXT, "", {}, "is missing"),
        (K.ENUM, " P1", {"values": ("P1", "P2")}, "P1"),
        (K.ENUM, "P9", {"values": ("P1", "P2")}, "is none of its declared values"),
        (K.TIME, "2026-05-10T17:13:31+00:00", {}, ns("2026-05-10T17:13:31")),
        (K.TIME, "2026-05-10 17:13:31.5Z", {}, ns("2026-05-10T17:13:31.5")),
        (K.TIME, "2026-05-10T17:13+0230", {}, ns("2026-05-10T14:43")),
        (K.TIME, "2026-05-10T17:13:31.123456789-01", {}, ns("2026-05-10T18:13:31.123456") + 789),
        (K.TIME, "2026-05-10T17:13:31.1234567891Z", {}, "is finer than 1 ns"),
        (
            K.TIME,
            "2026-05-10T17:13:31",
            {},
            "has no offset, and no time zone is named: say `timezone = ...`",
        ),
        (K.TIME, "2026-07-10T12:00", {"timezone": "Europe/Berlin"}, ns("2026-07-10T10:00")),
        (K.TIME, "2026-07-10", {"timezone": "Europe/Berlin"}, ns("2026-07-09T22:00")),
        (K.TIME, "2024-02-29T00:00Z", {}, ns("2024-02-29T00:00")),
        (K.TIME, "2026-02-29T00:00Z", {}, "isn't a time in ISO 8601"),
        (K.TIME, "2026-01-01X00:00Z", {}, "isn't a time in ISO 8601"),
        (K.TIME, "2026-01-01T24:00Z", {}, "isn't a time in ISO 8601"),
        (K.TIME, "1600-01-01T00:00Z", {}, "is outside the years 1678 to 2261"),
        (K.TIME, "9999-12-31T00:00Z", {}, "is outside the years 1678 to 2261"),
        (K.TIME, "1678-01-01T00:00Z", {}, ns("1678-01-01T00:00")),
        (K.TIME, "2261-12-31T23:59:59Z", {}, ns("2261-12-31T23:59:59")),
        (K.TIME, "2261-12-31T23:59:59-01", {}, "is outside the years 1678 to 2261"),
        (K.TIME, "1777000000", {"format": "epoch s"}, 1777000000 * 10**9),
        (K.TIME, "1777000000.25", {"format": "epoch ms"}, 1777000000250_000),
        (K.TIME, "9999999999999", {"format": "epoch s"}, "is outside the years 1678 to 2261"),
        (
            K.TIME,
            "29/2/2016 01:16",
            {"format": "%d/%m/%Y %H:%M", "timezone": "UTC"},
            ns("2016-02-29T01:16"),
        ),
        (
            K.TIME,
            "31/2/2016 01:16",
            {"format": "%d/%m/%Y %H:%M", "timezone": "UTC"},
            "isn't a time in the format `%d/%m/%Y %H:%M`",
        ),
        (
            K.TIME,
            "Mar  5, 26 12:07:03 AM",
            {"format": "%b %d, %y %I:%M:%S %p", "timezone": "UTC"},
            ns("2026-03-05T00:07:03"),
        ),
        (
            K.TIME,
            "5 September 2026 12:07:03.25 pm",
            {"format": "%d %B %Y %I:%M:%S.%f %p", "timezone": "UTC"},
            ns("2026-09-05T12:07:03.25"),
        ),
        (
            K.TIME,
            "10/Oct/2000:13:55:36 -0700",
            {"format": "%d/%b/%Y:%H:%M:%S %z"},
            ns("2000-10-10T20:55:36"),
        ),
        (
            K.TIME,
            "2026-10-25T02:30",
            {"timezone": "Europe/Berlin"},
            'occurs twice in Europe/Berlin: say `ambiguous = "earlier"` or `"later"`',
        ),
        (
            K.TIME,
            "2026-10-25T02:30",
            {"timezone": "Europe/Berlin", "ambiguous": "later"},
            ns("2026-10-25T01:30"),
        ),
        (
            K.TIME,
            "2026-03-29T02:30",
            {"timezone": "Europe/Berlin"},
            "never occurs in Europe/Berlin",
        ),
    ],
)
def test_a_cell(tmp_path, kind, text, options, expected):
    got = cell(tmp_path, kind, text, **options)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("kind", "array", "options", "expected"),
    [
        (K.DURATION, pa.array([0.1, 1e-9, 2.5e-9, 3.5e-9]), {"unit": "s"}, [10**8, 1, 2, 4]),
        (K.DURATION, pa.array([0.1 + 0.2]), {"unit": "s"}, [300_000_000]),
        (K.DURATION, pa.array([0.1], pa.float32()), {"unit": "s"}, [10**8]),
        (K.DURATION, pa.array([1, 2], pa.duration("ms")), {}, [10**6, 2 * 10**6]),
        (K.NUMBER, pa.array([float("nan"), float("inf"), 1.0]), {}, [10**6]),
        (K.NUMBER, pa.array([1e300, -1e300, 123456789.123456]), {}, [123456789123456]),
        (K.NUMBER, pa.array([float("nan"), 2.0]), {"optional": True, "missing": ("nan",)}, [None, 2 * 10**6]),
        (K.MONEY, pa.array([Decimal("1.25"), None], pa.decimal128(38, 4)), {"optional": True}, [1_250_000, None]),
        (K.MONEY, pa.array([Decimal("1.0000001")], pa.decimal128(38, 7)), {}, []),
        (K.MONEY, pa.array([Decimal(10**30)], pa.decimal128(38, 0)), {}, []),
        (K.MONEY, pa.array([Decimal("1.25")], pa.decimal256(50, 4)), {}, [1_250_000]),
        (K.INT, pa.array([2**64 - 1, 5], pa.uint64()), {}, [5]),
        (K.INT, pa.array([-5], pa.int8()), {}, [-5]),
        (K.INT, pa.array([3.0, 2.5]), {}, [3]),
        (K.INT, pa.array([-1, 2]), {"optional": True, "missing": ("-1",)}, [None, 2]),
        (K.BOOL, pa.array([True, None, False]), {"optional": True}, [True, None, False]),
        (K.BOOL, pa.array([0, 1, 2], pa.uint8()), {}, [False, True]),
        (K.TEXT, pa.array([7, None]), {"optional": True}, ["7", None]),
        (K.TEXT, pa.array(["a", "", None], pa.large_string()), {"optional": True}, ["a", None, None]),
        (K.ENUM, pa.array(["b", None, "a", "c"]).dictionary_encode(), {"values": ("a", "b")}, ["b", "a"]),
        (K.TIME, pa.array([1, None], pa.timestamp("s", "UTC")), {"optional": True}, [10**9, None]),
        (K.TIME, pa.array([-(10**12)], pa.timestamp("s", "Europe/Berlin")), {}, []),
        (K.TIME, pa.array([86400], pa.timestamp("ms")), {"timezone": "UTC"}, [86400 * 10**6]),
        (K.TIME, pa.array([date(1970, 1, 3)]), {"timezone": "UTC"}, [172800 * 10**9]),
        (K.TIME, pa.array([None], pa.timestamp("ms")), {"timezone": "Europe/Berlin", "optional": True}, [None]),
        (K.TIME, pa.array([5]), {"format": "epoch us"}, [5000]),
        (K.TIME, pa.array([1.5]), {"format": "epoch s"}, [1_500_000_000]),
        (K.TIME, pa.array(["1970-01-01T00:00:01Z"]), {}, [10**9]),
        (K.TEXT, pa.nulls(2), {"optional": True}, [None, None]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_typed_column(tmp_path, kind, array, options, expected, form):
    known = {"optional", "values", "unit"}
    spec = StreamSpec("s", (FieldSpec("x", kind, **{k: options[k] for k in known & set(options)}),))
    told = {k: v for k, v in options.items() if k not in known}
    path = tmp_path / f"t.{form}"
    table = pa.table({"y": pa.nulls(len(array), pa.int8()), "x": array})
    # an offset into the buffers must not matter
    batch = pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(1)
    write(path, batch)
    source = SourceSpec("s", str(path), fields={"x": FieldSource(("x",), **told)} if told else {})
    out, accounting = taken(source, spec)
    assert out["x"] == expected
    assert accounting.rows == len(array)
    assert accounting.rejected == len(array) - len(expected)


def write(path, table):
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=3)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
            for batch in table.to_batches(max_chunksize=2):
                writer.write_batch(batch)


@pytest.mark.parametrize(
    ("kind", "array", "code", "said"),
    [
        (K.INT, pa.array([{"a": 1}]), "SLA520", "struct<a: int64>"),
        (K.INT, pa.array(["1"]).cast(pa.binary()), "SLA520", "binary"),
        (K.TEXT, pa.array([1.5]), "SLA520", "double"),
        (K.TIME, pa.array([5]), "SLA520", "int64"),
        (K.TIME, pa.array([5], pa.timestamp("s")), "SLA522", "no offset"),
        (K.DURATION, pa.array([True]), "SLA520", "bool"),
    ],
)
def test_a_column_of_another_type(tmp_path, kind, array, code, said):
    write(tmp_path / "t.parquet", pa.table({"x": array}))
    source = SourceSpec("s", str(tmp_path / "t.parquet"))
    spec = StreamSpec("s", (FieldSpec("x", kind, unit="s" if kind is K.DURATION else None),))
    with pytest.raises(Refused, match=said) as refused:
        taken(source, spec)
    assert refused.value.diagnostics[0].code == code


ROWS = StreamSpec("s", (FieldSpec("a", K.INT), FieldSpec("b", K.TEXT, optional=True)))


def csv_of(tmp_path, text, **options):
    path = tmp_path / "s.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return taken(SourceSpec("s", str(path), **options), ROWS)


@pytest.mark.parametrize(
    ("text", "expected", "lines"),
    [
        ("a,b\n", [], []),
        ("a,b", [], []),
        ("a,b\n\n\n", [], []),
        ("\ufeffa,b\n1,x", [1], []),
        ("a,b\r\n1,x\r\n2\r\n3,y\r\n", [1, 3], [3]),
        ("a,b\r1,x\rq,y\r3,y\r", [1, 3], [3]),
        ("a,b\n1,x\n2,y,z\n3,y\n4\n", [1, 3], [3, 5]),
        ("a,b\n\n1,x\n\n\nq,y\n3,y\n", [1, 3], [6]),
        ('a,b\n1,"x\ny\nz"\nq,y\n3,y\n,y\n4\n', [1, 3], [5, 7, 8]),
        ('"a","b\nc",b\n1,2,3\nx,2,3\n', [1], [4]),
        ("b,c,c,a\nx,1,1,1\nx,1,1,q\n", [1], [3]),
        ("a\n1\n\n2\nq\n", [1, 2], [5]),
        ("a;b\n1;2\n", None, None),
    ],
)
def test_csv_lines(tmp_path, text, expected, lines):
    if expected is None:
        with pytest.raises(Refused) as refused:
            csv_of(tmp_path, text)
        assert "delimiter" in refused.value.diagnostics[0].help
        return
    out, accounting = csv_of(tmp_path, text)
    assert out["a"] == expected
    assert [e.line for e in accounting.examples] == lines
    assert accounting.rows == len(expected) + len(lines)
    assert accounting.rejected == len(lines) == sum(accounting.reasons.values())


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("x,b\n1,2\n", "SLA518", 1),
        ("", "SLA518", 1),
        ("\n\n", "SLA518", 1),
        ("a,b,a\n1,2,3\n", "SLA519", 1),
        (b"a,b\n1,x\n2,\xff\n", "SLA517", 3),
        (b"a,b\n1,x\n2,x,\xff\n", "SLA517", 3),
        (b"a,b\n1,x\n2,x\xc3", "SLA517", 3),
        (b"\xff\xfea\0,\0", "SLA517", 1),
        (b"a\0b\n", "SLA517", 1),
        ("a,b\n1," + "x" * (3 << 20) + "\n", "SLA521", None),
        ('a,b\n1,"' + "x\n" * (2 << 20), "SLA521", None),
        ("a," + "b" * (3 << 20), "SLA521", 1),
    ],
)
def test_csv_that_cannot_be_read(tmp_path, text, code, place):
    with pytest.raises(Refused) as refused:
        csv_of(tmp_path, text)
    (found,) = refused.value.diagnostics
    assert (found.code, found.label.where.line) == (code, place)
    assert "s.csv" in render(found)


def test_many_blocks_of_csv_with_bad_rows(tmp_path):
    good = [n for n in range(150_000) if n % 7]
    body = "".join(f"{n},{'t' * 20}{n % 50}\n" if n % 7 else f"{n}\n" for n in range(150_000))
    out, accounting = csv_of(tmp_path, "a,b\n" + body)
    assert out["a"] == good
    assert accounting.rejected == 150_000 - len(good)
    assert len(accounting.examples) == 100
    assert [e.line for e in accounting.examples[:3]] == [2, 9, 16]
    source = SourceSpec("s", str(tmp_path / "s.csv"))
    rows = [r for b in read(source, ROWS, Vocabulary(), Accounting()) for r in b.row.tolist()]
    assert rows == good


def test_values_are_mapped(tmp_path):
    spec = StreamSpec(
        "s",
        (
            FieldSpec("up", K.BOOL),
            FieldSpec("p", K.ENUM, values=("P1", "P2")),
            FieldSpec("t", K.TEXT),
            FieldSpec("n", K.INT, optional=True),
        ),
    )
    fields = {
        "up": FieldSource(("state",), values={"up": True, "down": False}),
        "p": FieldSource(("p",), values={"1": "P1", "2": "P2"}),
        "t": FieldSource(("t",), values={"old": "new"}, otherwise="as it is"),
        "n": FieldSource(("n",), values={"none": 0, "": 7, "5": 5}, otherwise="missing"),
    }
    (tmp_path / "s.csv").write_text(
        "state,p,t,n\nup,1,old,none\ndown,2,x,\nup,2,x,5\nup,2,x,6\nlost,1,x,1\nup,3,x,1\n"
    )
    out, accounting = taken(SourceSpec("s", str(tmp_path / "s.csv"), fields=fields), spec)
    assert out == {
        "up": [True, False, True, True],
        "p": ["P1", "P2", "P2", "P2"],
        "t": ["new", "x", "x", "x"],
        "n": [0, 7, 5, None],
    }
    assert accounting.reasons == {
        "`up` has a value that `values` doesn't map": 1,
        "`p` has a value that `values` doesn't map": 1,
    }
    write(tmp_path / "s.parquet", pa.table({"p": [1, 2, 3]}))
    only = StreamSpec("s", (spec.fields[1],))
    fields = {"p": fields["p"]}
    out, _ = taken(SourceSpec("s", str(tmp_path / "s.parquet"), fields=fields), only)
    assert out["p"] == ["P1", "P2"]


def test_the_rejects_are_said_and_written(tmp_path):
    written = io.StringIO()
    accounting = Accounting(on_reject=rejects_writer(written))
    path = tmp_path / "s.csv"
    path.write_text('a,b\n=1+1,x\n1,"\n"\nP,x\n2\n')
    spec = StreamSpec("s", (FieldSpec("a", K.ENUM, values=("1", "PP")), ROWS.fields[1]))
    taken(SourceSpec("s", str(path)), spec, accounting)
    rows = list(csv.DictReader(io.StringIO(written.getvalue())))
    assert [(r["line"], r["text"]) for r in rows] == [("2", "'=1+1"), ("5", "P"), ("6", "1: 2")]
    found = too_many(accounting, None)
    assert found is not None
    assert found.message.startswith("3 rows of 4 of stream `s` can't be used: `a` is none of")
    assert too_many(accounting, 3) is None
    assert too_many(accounting, "75%") is None
    assert too_many(accounting, "74.9%") is not None
    assert accounting.examples[1].help == "did you mean `PP`?"


def test_spans_end_after_they_start(tmp_path):
    spec = StreamSpec(
        "s", (FieldSpec("f", K.TIME), FieldSpec("t", K.TIME, optional=True)), span=("f", "t")
    )
    (tmp_path / "s.csv").write_text(
        "f,t\n2026-01-02,2026-01-01\n2026-01-02,\n2026-01-02,2026-01-02\n"
    )
    out, accounting = taken(SourceSpec("s", str(tmp_path / "s.csv"), timezone="UTC"), spec)
    assert len(out["f"]) == 2
    assert accounting.reasons == {"`t` is before the start": 1}


@pytest.mark.parametrize(
    ("text", "expected", "lines"),
    [
        ("", [], []),
        ('{"a":1,"b":"x"}\n\n{"a":2}\r\n{"a":"3"}', [1, 2, 3], []),
        ('\ufeff{"a":1.0,"b":null}\n{"a":2.5}\n{"a":true}\n{"a":{}}', [1], [2, 3, 4]),
        ('{"a":1,"b":"x"}\n[1]\n{"a":NaN}\n{"a":1e999}\n{"a"\n{"a":4}', [1, 4], [2, 3, 4, 5]),
        ('{"a":123456789012345678901,"b":7}\n{"a":5}', [5], [1]),
        ('{"a":1,"b":1.5}\n{"a":1,"b":[1]}\n{"a":1,"b":"x"}', [1], [1, 2]),
        (
            '{"a":1,"b":' + "[" * 9000 + "]" * 9000 + '}\n{"a":2,"b":"\\ud800"}\n{"a":3}',
            [3],
            [1, 2],
        ),
    ],
)
def test_json_lines(tmp_path, text, expected, lines):
    path = tmp_path / "s.jsonl"
    path.write_text(text)
    out, accounting = taken(SourceSpec("s", str(path)), ROWS)
    assert out["a"] == expected
    assert [e.line for e in accounting.examples] == lines
    assert accounting.rows == len(expected) + len(lines)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a":"\xff"}\n', "SLA517"),
        (b'{"a":1}\n{"b":"' + b"x" * (3 << 20), "SLA521"),
        (b'{"a":1,"b":"' + b"x" * (3 << 20) + b'"}\n', "SLA521"),
        (b'{"a":1}\n{"a":1,"b":"' + b"x" * (3 << 19) + b'"}\n', "SLA521"),
        (b'{"a":1,"c":2}\n', "SLA518"),
    ],
)
def test_json_that_cannot_be_read(tmp_path, text, code):
    path = tmp_path / "s.jsonl"
    path.write_bytes(text)
    with pytest.raises(Refused) as refused:
        taken(SourceSpec("s", str(path), fields={"b": FieldSource(("b",))}), ROWS)
    assert refused.value.diagnostics[0].code == code


def damaged_files():
    table = pa.table({"a": list(range(1000)), "b": ["x" * 50] * 1000})
    parquet, arrow = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    with pa.ipc.new_file(arrow, table.schema) as writer:
        writer.write_table(table)
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(100_000))
    packed = gzip.compress(text)
    zst = pa.compress(text, "zstd", asbytes=True)
    return [
        ("s.csv.gz", packed[: len(packed) // 2]),
        ("s.csv.gz", packed[:-4] + b"abcd"),
        ("s.csv.gz", text),
        ("s.csv.zst", zst[: len(zst) // 2]),
        ("s.csv.zst", text),
        ("s.jsonl.gz", packed[: len(packed) // 2]),
        ("s.parquet", text),
        ("s.parquet", b""),
        ("s.parquet", parquet.getvalue()[:-20]),
        ("s.parquet", parquet.getvalue()[:200] + b"\xff" * 100 + parquet.getvalue()[300:]),
        ("s.arrow", text),
        ("s.arrow", b""),
        ("s.arrow", arrow.getvalue()[: len(arrow.getvalue()) // 2]),
        ("s.arrow.gz", gzip.compress(arrow.getvalue())[:300]),
    ]


@pytest.mark.parametrize(("name", "data"), damaged_files(), ids=range(14))
def test_damaged_files(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refused) as refused:
        taken(SourceSpec("s", str(tmp_path / name)), ROWS)
    (found,) = refused.value.diagnostics
    assert found.code == "SLA516"
    assert name in render(found)


def test_packed_files_and_arrow_streams(tmp_path):
    text = b"a,b\n1,x\n2,y\n"
    (tmp_path / "1.csv.gz").write_bytes(gzip.compress(text[:8]) + gzip.compress(text[8:]))
    (tmp_path / "2.csv.zst").write_bytes(pa.compress(text, "zstd", asbytes=True))
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    for name, make in (("3.arrow", pa.ipc.new_file), ("4.arrow", pa.ipc.new_stream)):
        out = io.BytesIO()
        with make(out, table.schema) as writer:
            writer.write_table(table)
        (tmp_path / name).write_bytes(out.getvalue())
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(out.getvalue()))
    accounting = Accounting()
    out, _ = taken(SourceSpec("s", str(tmp_path)), ROWS, accounting)
    assert out["a"] == [1, 2] * 6
    assert [Path(p).name for p in accounting.files] == sorted(p.name for p in tmp_path.iterdir())


def test_files_are_read_in_bytewise_order(tmp_path):
    for name, value in (("b.csv", 2), ("a.csv", 1), ("Z.csv", 0), ("é.csv", 3), ("_x.csv", 9)):
        (tmp_path / name).write_text(f"a,b\n{value},x\n")
    (tmp_path / "notes.txt").write_text("no rows")
    source = SourceSpec("s", str(tmp_path))
    found = [
        (int(b.file[0]), int(b.columns["a"].values[0]))
        for b in read(source, ROWS, Vocabulary(), Accounting())
    ]
    assert found == [(0, 0), (1, 1), (2, 2), (3, 3)]
    out, _ = taken(SourceSpec("s", str(tmp_path / "[ab].csv")), ROWS)
    assert out["a"] == [1, 2]


@pytest.mark.parametrize("form", ["csv", "jsonl", "arrow", "csv.gz"])
def test_standard_input(form):
    text = b'a,b\n1,"x\n"\nq,y\n'
    if form == "jsonl":
        text = b'{"a":1}\n{"a":"q"}\n'
    elif form == "arrow":
        out = io.BytesIO()
        table = pa.table({"a": ["1", "q"]})
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
        text = out.getvalue()
    elif form == "csv.gz":
        text = gzip.compress(text)
    out, accounting = taken(SourceSpec("s", "-"), ROWS, stdin=io.BytesIO(text))
    assert out["a"] == [1]
    assert accounting.files == ["<stdin>"]
    assert accounting.examples[0].line == (2 if form == "jsonl" else None)


def test_parquet_on_standard_input_is_refused():
    with pytest.raises(Refused, match="standard input"):
        taken(SourceSpec("s", "-"), ROWS, stdin=io.BytesIO(b"PAR1...."))


def test_pandas_is_never_imported(tmp_path, monkeypatch):
    class Guard:
        def find_spec(self, name, path=None, target=None):
            assert name != "pandas"

    monkeypatch.setattr(sys, "meta_path", [Guard(), *sys.meta_path])
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    write(tmp_path / "s.parquet", table)
    write(tmp_path / "s.arrow", table)
    (tmp_path / "s.csv").write_text("a,b\n1,x\n2,\n")
    (tmp_path / "s.jsonl").write_text(json.dumps({"a": 1}) + '\n{"a":"2"}\n')
    out, _ = taken(SourceSpec("s", str(tmp_path)), ROWS)
    assert out["a"] == [1, 2] * 4


F = FieldSpec
# fmt: off
# ruff: noqa: E501
REAL = {
    "calls": (
        "simulated_call_centre.csv.gz",
        51_708,
        StreamSpec(
            "calls",
            (F("started", K.TIME), F("wait", K.DURATION, unit="s"), F("service", K.DURATION, unit="s")),
        ),
    ),
    "incidents": (
        "incident_event_log.csv.gz",
        141_712,
        StreamSpec(
            "events",
            (
                F("changes", K.INT),
                F("number", K.TEXT),
                F("state", K.TEXT),
                F("opened", K.TIME),
                F("updated", K.TIME),
                F("resolved", K.TIME, optional=True),
                F("priority", K.ENUM, values=("P1", "P2", "P3", "P4")),
                F("reopened", K.INT),
            ),
        ),
    ),
    "probes": (
        "status_probes.csv.gz",
        13_617,
        StreamSpec(
            "probes",
            (
                F("seen", K.TIME),
                F("site", K.TEXT),
                F("up", K.BOOL),
                F("latency", K.DURATION, unit="ms"),
            ),
        ),
    ),
}  # fmt: skip
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.mark.parametrize("name", REAL)
def test_real_measurements(name):
    file, count, spec = REAL[name]
    if not (SHARED / "data" / file).exists():
        pytest.skip(f"{SHARED / 'data' / file} is absent")
    policy = SHARED / "acceptance" / name / "agreement.sla"
    sources = load_config(policy, {spec.name: spec}, allow_paths=[str(policy.parents[2])])
    accounting = Accounting()
    vocabulary = Vocabulary()
    batches = list(read(sources[spec.name], spec, vocabulary, accounting))
    assert sum(b.length for b in batches) == accounting.rows == count
    assert accounting.rejected == 0
    if name == "probes":
        codes = Counter(c for b in batches for c in b.columns["site"].values.tolist())
        assert len(codes) == 17
        assert sum(count > 1 for count in codes.values()) == 11
        assert not any(vocabulary.texts[c].startswith("\U0001f4c8") for c in codes)
    if name == "incidents":
        missing = sum(int((~b.columns["resolved"].present()).sum()) for b in batches)
        assert 0 < missing < count


def test_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text('a,b\n1,"x\n"\nq,y\n'))
    writer.start()
    out, accounting = taken(SourceSpec("s", str(path)), ROWS)
    writer.join()
    assert out["a"] == [1]
    assert [(e.line, e.row) for e in accounting.examples] == [(None, 1)]
