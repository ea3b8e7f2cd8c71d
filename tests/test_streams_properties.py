"""Reading as equations: exact numbers, one digest, one meaning in every format, no tracebacks."""

import csv
import gzip
import io
import json
import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sladsl.diagnostics import Refused
from sladsl.streams import numbers, times
from sladsl.streams.accounting import Accounting
from sladsl.streams.buffers import Strings
from sladsl.streams.faults import Fault
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read
from sladsl.streams.sources import FieldSource, SourceSpec
from sladsl.streams.time_formats import ISO

K = Kind
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

decimals = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=6).map(lambda d: format(d, "f")),
    st.decimals(min_value=-(10**12), max_value=10**12, places=3).map(str),
    st.from_regex(r"\A[+-]?[0-9]{0,21}(\.[0-9]{0,20})?\Z").filter(
        lambda t: any(c.isdigit() for c in t)
    ),
    st.from_regex(r"\A[+-]?[0-9]{1,9}[eE][+-]?[0-9]{1,2}\Z"),
)
factors = st.sampled_from([1, 10**3, 10**6, 10**7, 10**9, 3600 * 10**9, 2**40])


def exact(value):
    if abs(value) > 2**63 - 1:
        return 0, Fault.LARGE
    return (int(value), Fault.NONE) if value.denominator == 1 else (0, Fault.FINER)


def numbers_of(texts, factor):
    rows = np.arange(len(texts))
    return numbers.from_texts(Strings.of(pa.array(texts)), rows, factor, lambda _: factor)


@quick
@given(st.lists(decimals, min_size=1, max_size=20), factors)
def test_decimal_text_is_its_fraction(texts, factor):
    found = numbers_of(texts, factor).settle()
    want = [exact(Fraction(Decimal(t)) * factor) for t in texts]
    got = list(zip(found.values.tolist(), found.fault.tolist(), strict=True))
    # what is both too large and too fine may be called either
    for (value, fault), (exact_value, exact_fault) in zip(got, want, strict=True):
        assert value == exact_value
        assert bool(fault) == bool(exact_fault)


@quick
@given(st.lists(st.floats(), min_size=1, max_size=20), factors)
def test_a_float_is_its_shortest_decimal(values, factor):
    found = numbers.from_floats(np.array(values), factor).settle()
    for value, got, fault in zip(values, found.values.tolist(), found.fault.tolist(), strict=True):
        if not math.isfinite(value):
            assert fault == Fault.NOT_FINITE
            continue
        want = round(Fraction(Decimal(repr(value))) * factor)
        if abs(want) < 2**62:
            assert (got, fault) == (want, 0)
        elif abs(want) > 2**63 - 1:
            assert fault == Fault.LARGE


@quick
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1679, 1, 1), datetime(2261, 1, 1)),
            st.integers(-1439, 1439),
            st.sampled_from(["T", " "]),
            st.sampled_from(["auto", "seconds", "milliseconds", "microseconds", "minutes"]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_iso_times_are_datetimes(cases):
    texts, want = [], []
    for moment, offset, mark, spec in cases:
        zoned = moment.replace(tzinfo=UTC) + timedelta(minutes=offset)
        shift = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
        text = zoned.replace(tzinfo=None).isoformat(mark, spec) + shift
        texts.append(text)
        want.append((datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1) * 1000)
    found = times.from_texts(
        Strings.of(pa.array(texts)), np.arange(len(texts)), ISO, None, None
    ).settle()
    assert found.fault.tolist() == [0] * len(texts)
    assert found.values.tolist() == want


SPEC = StreamSpec(
    "s",
    (
        FieldSpec("t", K.TIME),
        FieldSpec("n", K.INT, optional=True),
        FieldSpec("d", K.DURATION, unit="ms", optional=True),
        FieldSpec("m", K.MONEY, unit="EUR", optional=True),
        FieldSpec("x", K.TEXT, optional=True),
        FieldSpec("b", K.BOOL, optional=True),
        FieldSpec("e", K.ENUM, values=("lo", "hi"), optional=True),
    ),
)
a_text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), min_size=1, max_size=6
)
a_row = st.fixed_dictionaries(
    {
        "t": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
        "n": st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
        "d": st.none() | st.integers(0, 10**12).map(lambda v: v / 1000),
        "m": st.none() | st.decimals(-(10**9), 10**9, places=2),
        "x": st.none() | a_text,
        "b": st.none() | st.booleans(),
        "e": st.none() | st.sampled_from(["lo", "hi"]),
    }
)
rows_of = st.lists(a_row, max_size=12)


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return repr(value) if isinstance(value, float) else str(value)


def write(folder, form, rows):
    path = folder / f"s.{form}"
    names = [f.name for f in SPEC.fields]
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([names, *([as_text(r[n]) for n in names] for r in rows)])
    elif form == "jsonl":
        with path.open("w", encoding="utf-8") as out:
            for r in rows:
                cells = {**r, "t": as_text(r["t"]), "m": None if r["m"] is None else str(r["m"])}
                out.write(json.dumps(cells, ensure_ascii=False) + "\n")
    else:
        schema = pa.schema(
            {
                "t": pa.timestamp("us", "UTC"),
                "n": pa.int64(),
                "d": pa.float64(),
                "m": pa.decimal128(20, 2),
                "x": pa.string(),
                "b": pa.bool_(),
                "e": pa.dictionary(pa.int8(), pa.string()),
            }
        )
        table = pa.table(
            [pa.array([r[n] for r in rows], schema.field(n).type) for n in names], schema
        )
        if form == "parquet":
            pq.write_table(table, path, row_group_size=5)
        else:
            with pa.ipc.new_stream(str(path), table.schema) as writer:
                writer.write_table(table, max_chunksize=4)
    return path


def table_of(path):
    """All rows as values of the model, and the digest."""
    vocabulary, accounting = Vocabulary(), Accounting()
    out = []
    for batch in read(SourceSpec("s", str(path)), SPEC, vocabulary, accounting):
        for n in range(batch.length):
            cells = []
            for field in SPEC.fields:
                column = batch.columns[field.name]
                value = column.values[n].item() if column.present()[n] else None
                if field.kind is K.TEXT and value is not None:
                    value = vocabulary.texts[value]
                cells.append(value)
            out.append(tuple(cells))
    assert accounting.rejected == 0, accounting.examples
    assert accounting.rows == len(out)
    return out, accounting.digest


@quick
@given(rows_of)
def test_every_format_means_the_same(tmp_path, rows):
    found = [table_of(write(tmp_path, form, rows)) for form in ("csv", "jsonl", "parquet", "arrow")]
    assert found[0] == found[1] == found[2] == found[3]
    assert [r[1] for r in found[0][0]] == [r["n"] for r in rows]
    assert [r[4] for r in found[0][0]] == [r["x"] for r in rows]


@quick
@given(rows_of, st.randoms(use_true_random=False), st.integers(0, 12))
def test_the_digest_knows_no_order_and_no_files(tmp_path, rows, chance, cut):
    _, whole = table_of(write(tmp_path, "csv", rows))
    mixed = list(rows)
    chance.shuffle(mixed)
    parts = tmp_path / "parts"
    parts.mkdir(exist_ok=True)
    write(parts, "csv", mixed[:cut])
    write(parts, "parquet", mixed[cut:])
    again, split = table_of(parts)
    assert split == whole
    if rows:
        assert table_of(write(tmp_path, "csv", [*rows, rows[0]]))[1] != whole
        changed = [{**rows[0], "n": 1 if rows[0]["n"] != 1 else None}, *rows[1:]]
        assert table_of(write(tmp_path, "csv", changed))[1] != whole
    assert len(again) == len(rows)


def test_the_digest_stays_what_it_is(tmp_path):
    row = {
        "t": datetime(2026, 1, 2),
        "n": 3,
        "d": 1.5,
        "m": Decimal("2.50"),
        "x": "é",
        "b": True,
        "e": "hi",
    }
    digest = table_of(write(tmp_path, "csv", [row, {**row, "n": None, "x": None}]))[1]
    assert digest == "sha256:31e3311e8bd73fc54084233c9f0926b3b5816846e6970df7ebfc3fc81d01d390"


FORMS = ("csv", "jsonl", "parquet", "arrow", "csv.gz", "csv.zst", "jsonl.gz", "arrow.zst")
seeds = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    st.lists(st.sampled_from([b"t,n,d,m,x,b,e\n", b'"', b",", b"\n", b"1", b"\r", b"2026-01-01"]))
    .map(b"".join)
    .map(lambda b: b"t,n,d,m,x,b,e\n" + b),
    st.lists(
        st.sampled_from([b'{"t":', b'"2026-01-01"', b"1", b"}", b"\n", b"[", b",", b'"x":'])
    ).map(b"".join),
)
ANY = StreamSpec("s", tuple(FieldSpec(f.name, f.kind, True, f.values, f.unit) for f in SPEC.fields))


def only_refused(path, form=None):
    source = SourceSpec("s", str(path), format=form, timezone="Europe/Berlin")
    try:
        for _ in read(source, ANY, Vocabulary(), Accounting()):
            pass
    except Refused as refused:
        return [d.code for d in refused.diagnostics]
    return []


@settings(quick, max_examples=200)
@given(seeds, st.sampled_from(FORMS))
def test_any_bytes_are_read_or_refused(tmp_path, data, form):
    path = tmp_path / f"s.{form}"
    if form == "csv.gz" and len(data) % 2:
        data = gzip.compress(data)
    path.write_bytes(data)
    assert all(code.startswith("SLA5") for code in only_refused(path))


@settings(quick, max_examples=100)
@given(rows_of, st.sampled_from(["parquet", "arrow", "csv", "jsonl"]), st.data())
def test_damaged_bytes_are_read_or_refused(tmp_path, rows, form, data):
    path = write(tmp_path, form, rows)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]) if len(rows) % 2 else raw)
    assert all(code.startswith("SLA5") for code in only_refused(path))


@settings(quick, max_examples=100)
@given(st.data())
def test_any_cell_is_read_or_rejected(tmp_path, data):
    cells = st.text(st.sampled_from("0123456789.-+eE:TZ %msh/EURP\"'apnftrue\t"), max_size=24)
    rows = data.draw(st.lists(st.lists(cells, min_size=7, max_size=7), max_size=8))
    out = io.StringIO()
    csv.writer(out).writerows([[f.name for f in SPEC.fields], *rows])
    (tmp_path / "s.csv").write_text(out.getvalue(), newline="")
    form = data.draw(st.sampled_from([None, "%d/%m/%Y %H:%M", "%b %d %Y %I:%M %p", "epoch ms"]))
    fields = {"t": FieldSource(("t",), format=form)} if form else {}
    source = SourceSpec("s", str(tmp_path / "s.csv"), timezone="UTC", fields=fields)
    accounting = Accounting()
    kept = sum(b.length for b in read(source, ANY, Vocabulary(), accounting))
    assert kept + accounting.rejected == accounting.rows == len(rows)


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%b %d %Y %I:%M:%S %p"])
def test_formats_agree_with_strptime(tmp_path, form):
    chance = random.Random(form)
    moments = [
        datetime(1900, 1, 1) + timedelta(seconds=chance.randrange(10**10)) for _ in range(500)
    ]
    texts = [m.strftime(form).replace("/0", "/").lstrip("0") for m in moments]
    (tmp_path / "s.csv").write_text("t\n" + "\n".join(texts) + "\n")
    source = SourceSpec("s", str(tmp_path / "s.csv"), time_format=form, timezone="UTC")
    spec = StreamSpec("s", (FieldSpec("t", K.TIME),))
    got = [
        v
        for b in read(source, spec, Vocabulary(), Accounting())
        for v in b.columns["t"].values.tolist()
    ]
    want = [datetime.strptime(t, form).replace(tzinfo=UTC) for t in texts]
    assert got == [(w - EPOCH) // timedelta(seconds=1) * 10**9 for w in want]
