"""Parts of a stream: whatever the cut and the order, they come to what one reading comes to."""

import csv
import io
import json
import random
import threading
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sladsl.diagnostics import Refused
from sladsl.streams.accounting import Accounting
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read, units, units_in_memory
from sladsl.streams.sources import FieldSource, SourceSpec

K = Kind
quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SPEC = StreamSpec(
    "s",
    (
        FieldSpec("t", K.TIME),
        FieldSpec("n", K.INT, optional=True),
        FieldSpec("d", K.DURATION, unit="ms"),
        FieldSpec("x", K.TEXT, optional=True),
        FieldSpec("b", K.BOOL, optional=True),
        FieldSpec("e", K.ENUM, values=("lo", "hi")),
        FieldSpec("u", K.TIME, optional=True),
    ),
    span=("t", "u"),
)
NAMES = [field.name for field in SPEC.fields]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(
    lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)
)
sound = st.fixed_dictionaries(
    {
        "t": st.one_of(moments, moments.map(lambda m: m.replace(microsecond=0))),
        "n": st.none() | st.integers(-5, 5),
        "d": st.integers(0, 500),
        "x": st.none() | st.sampled_from(["a", "b", "é", " c"]),
        "b": st.none() | st.booleans(),
        "e": st.sampled_from(["lo", "hi"]),
        "u": st.none() | st.datetimes(datetime(2026, 2, 1), datetime(2026, 2, 2)),
    }
)
unsound = st.builds(
    lambda row, change: {**row, **change},
    sound,
    st.sampled_from(
        [
            {"n": 2**63},
            {"n": -(2**63)},
            {"d": -1},
            {"e": "middle"},
            {"e": None},
            {"u": datetime(2025, 1, 1)},
            {"t": datetime(1600, 1, 1)},
            {"t": datetime(9999, 12, 31)},
            {"t": None},
        ]
    ),
)
rows_of = st.lists(st.one_of(*[sound] * 6, unsound), max_size=40)


def text_of(value):
    if isinstance(value, datetime):
        return value.isoformat("T", "milliseconds") + "Z"
    return "" if value is None else str(value)


def write(path, rows, group=7):
    """The rows in the format that the path's ending names."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerows([NAMES, *([text_of(r[n]) for n in NAMES] for r in rows)])
    elif path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as out:
            for r in rows:
                cells = {n: text_of(v) if isinstance(v, datetime) else v for n, v in r.items()}
                out.write(json.dumps(cells, ensure_ascii=False) + "\n")
    else:
        kinds = {
            "t": pa.timestamp("ms", "UTC"),
            "n": pa.decimal128(20, 0),
            "d": pa.int32(),
            "x": pa.string(),
            "b": pa.bool_(),
            "e": pa.dictionary(pa.int8(), pa.string()),
            "u": pa.timestamp("ms", "UTC"),
        }
        columns = [pa.array([r[n] for r in rows], kinds[n]) for n in NAMES]
        table = pa.table(columns, NAMES)
        if path.suffix == ".parquet":
            pq.write_table(table, path, row_group_size=group)
        else:
            with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
                for batch in table.to_batches(max_chunksize=group):
                    writer.write_batch(batch)
    return path


def cells_of(batch, spec, vocabulary):
    """The rows of a batch as values of the model, with texts for codes; absent values are None."""
    columns = []
    for field in spec.fields:
        if field.name not in batch.columns:
            columns.append([...] * batch.length)
            continue
        column = batch.columns[field.name]
        values = column.values.tolist()
        there = column.present().tolist()
        assert all(seen or not value for value, seen in zip(values, there, strict=True))
        if field.kind is K.TEXT:
            values = [
                vocabulary.texts[v] if seen else v for v, seen in zip(values, there, strict=True)
            ]
        columns.append([v if seen else None for v, seen in zip(values, there, strict=True)])
    return list(zip(*columns, strict=True))


def seen_in(accounting):
    return (
        accounting.rows,
        accounting.rejected,
        accounting.reasons,
        accounting.examples,
        accounting.files,
        accounting.digest,
    )


def whole(source, spec=SPEC):
    """What one reading from the start to the end comes to."""
    vocabulary, told = Vocabulary(), []
    accounting = Accounting(on_reject=told.append)
    rows = []
    for batch in read(source, spec, vocabulary, accounting):
        places = zip(batch.file.tolist(), batch.row.tolist(), strict=True)
        rows += zip(places, cells_of(batch, spec, vocabulary), strict=True)
    return rows, seen_in(accounting), told


def in_parts(source, size, chance, spec=SPEC):
    """What its parts come to, read in any order, put together in theirs."""
    vocabulary, told = Vocabulary(), []
    accounting = Accounting(on_reject=told.append)
    parts = units(source, spec, vocabulary, accounting, rows=size, size=size)
    order = list(range(len(parts)))
    chance.shuffle(order)
    found = {at: list(parts[at].batches()) for at in order}
    assert [part.order for part in parts] == sorted(part.order for part in parts)
    for part in parts:
        accounting.merge(part.accounting)
    rows, last = [], (-1, -1)
    for at, part in enumerate(parts):
        for batch in found[at]:
            positions = zip(batch.file.tolist(), batch.row.tolist(), strict=True)
            for (file, row), cells in zip(
                positions, cells_of(batch, spec, vocabulary), strict=True
            ):
                assert (file, row) > last
                last = file, row
                rows.append(((file, accounting.number(part.file.path, row)), cells))
    return (rows, seen_in(accounting), told), len(parts)


@quick
@given(
    rows_of,
    st.sampled_from(["csv", "jsonl", "parquet", "arrow"]),
    st.sampled_from([1, 30, 300]),
    st.randoms(use_true_random=False),
)
def test_any_cut_comes_to_the_same(tmp_path, rows, form, size, chance):
    source = SourceSpec("s", str(write(tmp_path / f"s.{form}", rows)))
    expected = whole(source)
    found, count = in_parts(source, size, chance)
    assert found == expected
    if len(rows) > 20 and size == 1:
        assert count > 1


@quick
@given(rows_of, st.randoms(use_true_random=False))
def test_every_format_comes_to_the_same_in_parts(tmp_path, rows, chance):
    found = []
    for form in ("csv", "jsonl", "parquet", "arrow"):
        source = SourceSpec("s", str(write(tmp_path / f"s.{form}", rows)))
        (accepted, account, _), _ = in_parts(source, 60, chance)
        found.append((accepted, account[:3], account[5]))
    assert found[0] == found[1] == found[2] == found[3]


@quick
@given(rows_of, st.sets(st.sampled_from(NAMES)), st.integers(1, 20))
def test_what_is_not_wanted_changes_nothing(tmp_path, rows, wanted, group):
    path = write(tmp_path / "s.parquet", rows, group)
    source = SourceSpec("s", str(path))
    expected, account, _ = whole(source)
    vocabulary, accounting = Vocabulary(), Accounting(with_digest=False)
    at = 0
    for unit in units(source, SPEC, vocabulary, accounting, rows=group):
        needed = unit.needs(wanted)
        assert wanted <= needed
        for batch in unit.batches(wanted):
            assert set(batch.columns) == needed
            for cells in cells_of(batch, SPEC, vocabulary):
                for name, cell, known in zip(NAMES, cells, expected[at][1], strict=True):
                    assert name not in needed or cell == known
                    if name in batch.bounds and known is not None:
                        low, high = batch.bounds[name]
                        assert low <= known <= high
                at += 1
        accounting.merge(unit.accounting)
    assert at == len(expected)
    assert seen_in(accounting)[:5] == account[:5]


def test_statistics_prove_what_needs_no_reading(tmp_path):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    count = 100
    table = pa.table(
        {
            "t": pa.array(
                [moment + timedelta(seconds=n) for n in range(count)], pa.timestamp("ns", "UTC")
            ),
            "n": pa.array([None if n == 7 else n for n in range(count)], pa.int16()),
            "d": pa.array(range(count), pa.int32()),
            "x": ["a"] * count,
            "b": [True] * count,
            "e": ["lo"] * count,
            "u": pa.nulls(count, pa.timestamp("ns", "UTC")),
        }
    )
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=60)
    spec = StreamSpec("s", SPEC.fields)
    source = SourceSpec("s", str(tmp_path / "s.parquet"))
    first, second = units(source, spec, Vocabulary(), Accounting(with_digest=False), rows=1)
    # values of an enum may be unknown, so they are always looked at
    assert first.needs(set()) == {"e"}
    assert (first.rows, second.rows) == (60, 40)
    start = int(moment.timestamp()) * 10**9
    assert first.bounds("t") == (start, start + 59 * 10**9)
    assert second.bounds("d") == (60 * 10**6, 99 * 10**6)
    assert first.bounds("x") is None
    (batch,) = second.batches({"b"})
    assert set(batch.columns) == {"b", "e"}
    assert batch.bounds["t"] == second.bounds("t")
    assert batch.row.tolist() == list(range(60, 100))
    # a field that a mark, a map or the file's nulls could reject is read
    marked = SourceSpec("s", source.path, missing=("5",))
    assert "d" in units(marked, spec, Vocabulary(), Accounting())[0].needs(set())
    needed = StreamSpec("s", (FieldSpec("n", K.INT), FieldSpec("d", K.INT)))
    first, second = units(source, needed, Vocabulary(), Accounting(), rows=1)
    assert (first.needs(set()), second.needs(set())) == ({"n"}, set())
    pq.write_table(table, tmp_path / "s.parquet", write_statistics=False)
    (only,) = units(source, spec, Vocabulary(), Accounting())
    assert {"t", "d", "b"} <= only.needs(set())
    assert only.bounds("t") is None


def test_a_span_is_read_unless_its_order_is_proven(tmp_path):
    spec = StreamSpec("s", (FieldSpec("f", K.TIME), FieldSpec("g", K.TIME)), span=("f", "g"))
    day = 86_400_000
    for ends, needed in (([day, day + 5], set()), ([4, day], {"f", "g"})):
        times = pa.timestamp("ms", "UTC")
        table = pa.table({"f": pa.array([0, 9], times), "g": pa.array(ends, times)})
        pq.write_table(table, tmp_path / "s.parquet")
        source = SourceSpec("s", str(tmp_path / "s.parquet"))
        (unit,) = units(source, spec, Vocabulary(), Accounting(with_digest=False))
        assert unit.needs(set()) == needed


def test_columns_are_views_of_what_the_file_holds(tmp_path):
    table = pa.table(
        {
            "t": pa.array([1, 2, 3], pa.timestamp("ms", "UTC")),
            "d": pa.array([7, 8, 9], pa.int32()),
            "x": pa.array(["b", "a", "b"]),
            "b": [True, False, True],
        }
    )
    batches = table.to_batches()
    spec = StreamSpec("s", tuple(f for f in SPEC.fields if f.name in "tdxb"))
    source = SourceSpec("s", "memory")
    vocabulary, accounting = Vocabulary(), Accounting(with_digest=False)
    (unit,) = units_in_memory(batches, table.schema, source, spec, vocabulary, accounting)
    (batch,) = unit.batches()
    assert (batch.columns["t"].factor, batch.columns["t"].raw.tolist()) == (10**6, [1, 2, 3])
    assert (batch.columns["d"].factor, str(batch.columns["d"].raw.dtype)) == (10**6, "int32")
    address = batches[0].column(1).buffers()[1].address
    assert batch.columns["d"].raw.__array_interface__["data"][0] == address
    assert [vocabulary.texts[c] for c in batch.columns["x"].raw] == ["b", "a", "b"]
    assert batch.bounds["t"] == (10**6, 3 * 10**6)
    assert all(column.valid is None for column in batch.columns.values())


def test_dictionaries_differ_between_row_groups(tmp_path):
    spec = StreamSpec("s", (FieldSpec("x", K.TEXT), FieldSpec("e", K.ENUM, values=("q", "p"))))
    texts = ["p", "q"] * 5 + ["q", "p", "p", "q"] * 3 + ["p"] * 8
    schema = pa.schema({"x": pa.string(), "e": pa.dictionary(pa.int8(), pa.string())})
    with pq.ParquetWriter(tmp_path / "s.parquet", schema) as out:
        for low, high in ((0, 10), (10, 22), (22, 30)):
            out.write_table(pa.table([texts[low:high]] * 2, schema=schema))
    vocabulary = Vocabulary()
    vocabulary.code("other")
    rows = [
        cells
        for batch in read(
            SourceSpec("s", str(tmp_path / "s.parquet")), spec, vocabulary, Accounting()
        )
        for cells in cells_of(batch, spec, vocabulary)
    ]
    assert rows == [(t, 1 if t == "p" else 0) for t in texts]


@pytest.mark.parametrize("quoted", [0, 1, 5, 900, 1999])
def test_a_quote_ends_the_cutting_of_a_file(tmp_path, quoted):
    spec = StreamSpec("s", (FieldSpec("a", K.INT), FieldSpec("b", K.TEXT)))
    lines = [f"{n},t{n % 5}" for n in range(2000)]
    lines[quoted] = f'{quoted},"one\ntwo"'
    lines[1500] = "x,y"
    (tmp_path / "s.csv").write_text("a,b\n" + "\n".join(lines) + "\n")
    source = SourceSpec("s", str(tmp_path / "s.csv"))
    expected = whole(source, spec)
    assert len(expected[0]) == 1999
    assert expected[2][0].line == 1502 + (quoted < 1500)
    for size in (500, 4000, 10**6):
        assert in_parts(source, size, random.Random(quoted), spec)[0] == expected


def test_blank_lines_and_long_headers_in_parts(tmp_path):
    spec = StreamSpec("s", (FieldSpec("a", K.INT),))
    text = "\ufeff\n\n" + "c," * 300 + "a\n"
    text += "".join(
        "\n" * (n % 3 == 0) + "," * 300 + f"{n if n % 50 else 'q'}\r\n" for n in range(400)
    )
    (tmp_path / "s.csv").write_text(text, newline="", encoding="utf-8")
    source = SourceSpec("s", str(tmp_path / "s.csv"), fields={"a": FieldSource(("a",))})
    expected = whole(source, spec)
    assert len(expected[0]) == 392
    assert [reject.row for reject in expected[2]] == list(range(0, 400, 50))
    for size in (100, 5000):
        assert in_parts(source, size, random.Random(1), spec)[0] == expected


def test_parts_are_read_by_threads_at_the_same_time(tmp_path):
    spec = StreamSpec("s", (FieldSpec("a", K.INT), FieldSpec("b", K.TEXT)))
    body = "".join(f"{n if n % 97 else 'x'},t{n % 1000}\n" for n in range(30_000))
    (tmp_path / "s.csv").write_text("a,b\n" + body)
    source = SourceSpec("s", str(tmp_path / "s.csv"))
    expected = whole(source, spec)
    vocabulary, accounting = Vocabulary(), Accounting()
    parts = units(source, spec, vocabulary, accounting, size=4000)
    found, left = {}, list(enumerate(parts))

    def work():
        while left:
            try:
                at, part = left.pop()
            except IndexError:
                return
            found[at] = [cells for b in part.batches() for cells in cells_of(b, spec, vocabulary)]

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in parts:
        accounting.merge(part.accounting)
    assert [c for at in range(len(parts)) for c in found[at]] == [c for _, c in expected[0]]
    assert seen_in(accounting)[:3] == expected[1][:3]
    assert accounting.examples == expected[2][:100]
    assert accounting.digest == expected[1][5]
    assert len(vocabulary.texts) == len(set(vocabulary.texts)) == 1000


def test_parts_can_be_read_again(tmp_path):
    for form in ("csv", "jsonl", "parquet", "arrow"):
        row = {"t": datetime(2026, 1, 1), "n": 1, "d": 2, "x": "a", "b": True, "e": "lo", "u": None}
        source = SourceSpec("s", str(write(tmp_path / f"s.{form}", [row] * 50)))
        vocabulary, accounting = Vocabulary(), Accounting()
        for unit in units(source, SPEC, vocabulary, accounting, rows=20, size=500):
            assert unit.again
            once = [cells_of(b, SPEC, vocabulary) for b in unit.batches()]
            assert once == [cells_of(b, SPEC, vocabulary) for b in unit.batches()]
            accounting.merge(unit.accounting)
        assert accounting.rows == 50
    text = b"t,n,d,x,b,e,u\n2026-01-01T00:00Z,1,2,a,true,lo,\n"
    (unit,) = units(SourceSpec("s", "-"), SPEC, Vocabulary(), Accounting(), stdin=io.BytesIO(text))
    assert not unit.again
    assert sum(b.length for b in unit.batches()) == 1


def test_far_too_many_rejects_end_the_reading(tmp_path):
    spec = StreamSpec("s", (FieldSpec("a", K.INT),))
    (tmp_path / "s.csv").write_text("a\n" + "x\n" * 1000)
    source = SourceSpec("s", str(tmp_path / "s.csv"))
    accounting = Accounting(give_up_after=10)
    parts = units(source, spec, Vocabulary(), accounting, size=10)
    assert len(parts) > 100
    for part in parts[:2]:
        assert list(part.batches()) == []
        accounting.merge(part.accounting)
    assert not any(list(part.batches()) for part in parts[2:])
    with pytest.raises(Refused, match="can't be used"):
        merged(accounting, parts[2:])


def merged(accounting, parts):
    for part in parts:
        accounting.merge(part.accounting)


# ---- typed columns of CSV ----

NO_TIME = "`a` isn't a time in ISO 8601"
OUTSIDE = "`a` is outside the years 1678 to 2261"
FINER = "`a` is finer than 1 ns"


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        (K.INT, ["1", "0x10", "3"], [1, "`a` isn't a whole number", 3]),
        (K.INT, ["1", "0X1f", "3"], [1, "`a` isn't a whole number", 3]),
        (K.INT, ["1", "0" * 90 + "2", "3"], [1, "`a` isn't a whole number", 3]),
        (K.INT, ["1", "0" * 70 + "2", "3"], [1, 2, 3]),
        (K.INT, ["1", "+2", "3.0", " 4", "5e0"], [1, 2, 3, 4, 5]),
        (K.INT, ["1", str(2**63 - 1), str(2**63)], [1, 2**63 - 1, "`a` is too large"]),
        (K.INT, ["1", str(1 - 2**63), str(-(2**63))], [1, 1 - 2**63, "`a` is too large"]),
        (K.BOOL, ["true", " NO ", "yes", "F", "tRuE"], [True, False, True, False, True]),
        (K.TIME, ["2026-01-01T17:00Z", "2026-01-01T17Z"], [17 * 3600, NO_TIME]),
        (K.TIME, ["2026-01-01 17:00Z", "2026-01-01 17+00"], [17 * 3600, NO_TIME]),
        (K.TIME, ["2026-01-01t00:00z", " 2026-01-01 00:00:01.5 Z"], [0, 1.5]),
        (K.TIME, ["2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.000001Z"], [0.5, 1e-6]),
        (K.TIME, ["2026-01-01T00:00Z", "2026-01-01T00:00:00.0000000001Z"], [0, FINER]),
        (K.TIME, ["2026-01-01T00:00Z", "9999-01-01T00:00Z"], [0, OUTSIDE]),
        (K.TIME, ["2026-01-01T00:00Z", "2262-01-01T00:30+01:00"], [0, OUTSIDE]),
        (K.TIME, ["2026-01-01", "2026-01-01T02:30"], [0, 2.5 * 3600]),
    ],
)  # fmt: skip
def test_no_cell_changes_its_meaning_among_plain_ones(tmp_path, kind, cells, expected):
    """Beside plain cells of the same column, as in the company of texts only."""
    spec = StreamSpec("s", (FieldSpec("a", kind),))
    (tmp_path / "s.csv").write_text("a\n" + "\n".join(cells) + "\n")
    accounting = Accounting()
    source = SourceSpec("s", str(tmp_path / "s.csv"), timezone="UTC")
    values = [
        v
        for b in read(source, spec, Vocabulary(), accounting)
        for v in b.columns["a"].values.tolist()
    ]
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    if kind is K.TIME:
        expected = [e if isinstance(e, str) else start + round(e * 10**9) for e in expected]
    assert values == [e for e in expected if not isinstance(e, str)]
    assert [e.reason for e in accounting.examples] == [e for e in expected if isinstance(e, str)]
    bad = [c for c, e in zip(cells, expected, strict=True) if isinstance(e, str)]
    assert [e.text for e in accounting.examples] == [
        c if len(c) <= 60 else f"{c[:30]}...{c[-27:]}" for c in bad
    ]


def test_a_sound_column_stays_typed_while_another_is_not(tmp_path):
    """Marks for missing values, fractions and local times, over many blocks."""
    spec = StreamSpec(
        "s",
        (
            FieldSpec("t", K.TIME),
            FieldSpec("d", K.DURATION, unit="s", optional=True),
            FieldSpec("n", K.INT, optional=True),
            FieldSpec("x", K.TEXT),
        ),
    )
    count = 150_000
    moments = [datetime(2026, 3, 28, 22) + timedelta(seconds=n // 50) for n in range(count)]
    lines = [
        f"{m.isoformat(' ')},{n % 7}.{n % 10},{'?' if n % 11 == 0 else n},{'x' * (n % 3)}0x\n"
        for n, m in enumerate(moments)
    ]
    (tmp_path / "s.csv").write_text("t,d,n,x\n" + "".join(lines))
    source = SourceSpec("s", str(tmp_path / "s.csv"), missing=("?",), timezone="Europe/Paris")
    vocabulary, accounting = Vocabulary(), Accounting(with_digest=False)
    rows = [
        cells
        for batch in read(source, spec, vocabulary, accounting)
        for cells in cells_of(batch, spec, vocabulary)
    ]
    assert accounting.rows == count == len(rows)
    start = int(datetime(2026, 3, 28, 21, tzinfo=UTC).timestamp())
    for n in range(0, count, 37):
        value = None if n % 11 == 0 else n
        duration = (n % 7) * 10**9 + (n % 10) * 10**8
        text = "x" * (n % 3) + "0x"
        assert rows[n] == ((start + n // 50) * 10**9, duration, value, text)


@pytest.mark.parametrize("zone", [None, "Europe/Paris", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "odd",
    [
        None,
        "2026-02-30T00:00:00.000Z",
        "2026-01-01T17:00:00.0000",
        "2026-01-01X00:00:00.000Z",
        "2026-01-01T00:00:00,000Z",
        "2026-01-01 00:00:00.000Z",
        "2026-01-01T00:00:00.000z",
        "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:00:60.000Z",
        "1600-01-01T00:00:00.000Z",
        "9999-01-01T00:00:00.000Z",
        "2O26-01-01T00:00:00.000Z",
        "2026-01-01T00:00+12:00:0",
        "2026-03-29T02:30:00.0000",
        " 026-01-01T00:00:00.000Z",
        "",
    ],
)
@pytest.mark.parametrize("ending", [".000Z", "", "+01:00", "-0530", ".123456", ".5-09"])
def test_an_odd_time_among_texts_of_one_shape(tmp_path, zone, odd, ending):
    """Many texts of one shape are read together; one among them changes nothing."""
    spec = StreamSpec("s", (FieldSpec("t", K.TIME, optional=True),))
    count = 5000
    even = [
        (datetime(2026, 3, 28, 20) + timedelta(seconds=2 * n)).isoformat() + ending
        for n in range(count)
    ]
    found = []
    for few in (False, True):
        texts = [odd if n == 321 and odd is not None else text for n, text in enumerate(even)]
        chunks = [texts[n : n + 2500] for n in range(0, count, 2500)] if few else [texts]
        schema = pa.schema({"t": pa.string()})
        batches = [pa.record_batch([chunk], schema=schema) for chunk in chunks]
        source = SourceSpec("s", "memory", timezone=zone)
        vocabulary, accounting = Vocabulary(), Accounting()
        rows = []
        for unit in units_in_memory(batches, schema, source, spec, vocabulary, accounting):
            for batch in unit.batches():
                rows += cells_of(batch, spec, vocabulary)
            accounting.merge(unit.accounting)
        found.append((rows, seen_in(accounting)))
    assert found[0] == found[1]


def test_json_lines_change_their_types_between_blocks(tmp_path):
    """What was seen in one block is expected of the next, and nothing hangs on it."""
    spec = StreamSpec(
        "s",
        (
            FieldSpec("a", K.NUMBER, optional=True),
            FieldSpec("b", K.TEXT, optional=True),
            FieldSpec("c", K.BOOL, optional=True),
        ),
    )
    count, pad = 30_000, "x" * 100
    lines, expected = [], []
    for n in range(count):
        turn = n // 3000 % 5
        a = {0: n, 1: n + 0.5, 2: str(n), 3: None, 4: 2**53 + 1}[turn]
        cells = {"pad": pad, "a": a, "b": "t" if turn else None, "c": turn % 2 == 0}
        if turn == 3:
            del cells["c"]
        lines.append(json.dumps(cells))
        value = None if a is None else round(float(a) * 10**6) if turn < 4 else (2**53 + 1) * 10**6
        if turn == 4:
            continue  # too large: rejected
        expected.append((value, "t" if turn else None, None if turn == 3 else turn % 2 == 0))
    (tmp_path / "s.jsonl").write_text("\n".join(lines))
    source = SourceSpec("s", str(tmp_path / "s.jsonl"))
    rows, account, _ = whole(source, spec)
    assert [cells for _, cells in rows] == expected
    assert account[2] == {"`a` is too large": count // 5}
    assert in_parts(source, 900_000, random.Random(3), spec)[0] == whole(source, spec)


def test_a_reading_that_was_given_up_closes_nothing_of_the_next(tmp_path, monkeypatch):
    """Where a thread gives up, what it was reading is closed late: others read on."""
    monkeypatch.setattr("sladsl.streams.csv_rows._FIRST", 8)
    monkeypatch.setattr("sladsl.streams.csv_rows._NEXT", 8)
    path = tmp_path / "s.csv"
    path.write_text("n\n" + "".join(f"{i}\n" for i in range(50)))
    spec = StreamSpec("s", (FieldSpec("n", K.INT),))
    (unit,) = units(SourceSpec("s", str(path)), spec, Vocabulary(), Accounting())
    given_up, following = unit.batches(), unit.batches()
    next(given_up)
    count = next(following).length
    given_up.close()
    assert count + sum(batch.length for batch in following) == 50
