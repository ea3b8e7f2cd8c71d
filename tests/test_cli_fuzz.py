"""Whatever the policy, the configuration and the measurements: an exit status, never a fault.

`commands.sladsl` lets every exception through that isn't an exit status.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
from commands import POLICIES, ROOT, sladsl, valid
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CASES = ROOT / "tests" / "cases" / "cli"
SHOP = (CASES / "shop.sla").read_bytes()
SHIPPED = [path.read_bytes() for path in sorted(POLICIES.glob("*.sla"))]
SHIPPED += [path.read_bytes() for path in sorted(CASES.glob("*.sla"))]
TIMES = [f"2026-0{1 + n % 6}-1{n}T00:00:00Z" for n in range(9)]
CSV = "".join(
    ["seen,site,ok\n", *(f"{t},site {n % 3},true\n" for n, t in enumerate(TIMES))]
).encode()


def tries(examples: int) -> settings:
    """So many examples; with a profile that tries more of all, more of these."""
    times = max(settings.default.max_examples // 100, 1) if settings.default else 1
    return settings(max_examples=examples * times, suppress_health_check=list(HealthCheck))


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


# ---- damage ----


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A text or file cut short, with bits turned, pieces doubled, left out, moved or swapped."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(at + draw(st.sampled_from((1, 1, 2, 5, 20, 300))), len(data))
        match draw(st.sampled_from(("cut", "bit", "double", "drop", "byte", "word", "move"))):
            case "cut":
                del data[at:]
            case "bit" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "double":
                data[at:at] = data[at:to]
            case "drop":
                del data[at:to]
            case "byte":
                data[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "word":
                data[at:at] = draw(st.sampled_from(WORDS)).encode()
            case "move":
                piece = data[at:to]
                del data[at:to]
                place = draw(st.integers(0, len(data)))
                data[place:place] = piece
            case _:
                pass
    return bytes(data)


WORDS = (
    *[
        "{",
        "}",
        "(",
        ")",
        '"',
        "#",
        "\n",
        ",",
        ";",
        "=",
        "==",
        "<=",
        "%",
        "-",
        "0",
        "1e9",
        "99.9%",
        "0.0000001%",
        "2261-12-31",
        "1678-01-01",
    ],
    *[
        " not ",
        " and ",
        " per hour ",
        " where ",
        " match ",
        " otherwise: ",
        " 1s ",
        " require ",
        "metric ",
        "stream ",
    ],
    *[
        "\u202e",
        "é",
        "\ufeff",
        "\x00",
        "null",
        "nan",
        "[",
        "]",
        "true",
        "'",
        "\\",
        "\r",
        "\t",
        "0x",
        "1_000",
        "inf",
    ],
    *(" ", "/ 0", "9" * 41, " within 1h of "),
)


def check(arguments: tuple[Any, ...], data: bytes | None = None) -> int:
    """Run a command in both forms; the statuses agree, and JSON follows the schema."""
    done = sladsl(*arguments, data=data)
    assert (done.stdout == "") == (done.exit_code == 2 or arguments[0] == "check")
    assert done.stderr or done.exit_code != 2
    as_json = sladsl(*arguments, "--format=json", data=data)
    assert as_json.exit_code == done.exit_code
    valid(as_json.stdout)
    return done.exit_code


# ---- policies ----

TEXTS = st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))


@tries(100)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")),
    )
)
def test_any_bytes_as_a_policy(data: bytes) -> None:
    with folder() as place:
        (place / "p.sla").write_bytes(data)
        check(("check", place / "p.sla"))
        assert sladsl("eval", place / "p.sla").exit_code == 2


@tries(130)
@given(st.sampled_from(SHIPPED).flatmap(damaged))
def test_damaged_policies(data: bytes) -> None:
    with folder() as place:
        path = place / "p.sla"
        path.write_bytes(data)
        status = check(("check", path))
        before = path.read_bytes()
        formatted = sladsl("fmt", path).exit_code
        assert formatted in (0, 2)
        assert path.read_bytes() == before or formatted == 0
        if formatted == 0:
            assert check(("check", path)) == status
            assert sladsl("fmt", "--check", path).exit_code == 0
            for form in ("--markdown", "--policy"):
                assert sladsl("show", path, form).exit_code == status


@tries(130)
@given(damaged(SHOP))
def test_damaged_policies_on_measurements(data: bytes) -> None:
    with folder() as place:
        (place / "p.sla").write_bytes(data)
        (place / "requests.csv").write_bytes(CSV)
        check(("eval", place / "p.sla", "--data", place))


NUMBERS = ("0", "1", "0.1", "100", "1e9", "99.999999999", "9" * 20, "9" * 38, "0." + "0" * 30 + "1")
SLOTS = {
    b"2026-01-01": ("1680-01-01", "2250-01-01", "2025-10-26T02:30", "2026-06-30", "2027-01-01"),
    b"2026-06-30": ("2026-01-01", "2026-03-29T02:30", "2257-01-01", "1999-01-01"),
    b"Europe/Amsterdam": ("UTC", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "PST"),
    b"EUR\n": ("JPY\n", "KWD\n", "XXX\n"),
    b"100.00 EUR": tuple(f"{n} EUR" for n in NUMBERS),
    b"90%": tuple(f"{n}%" for n in NUMBERS),
    b"10% of fee": ("150% of fee", "0.001% of fee", "3 months of fee", "1.005 EUR", "0 EUR"),
    b"per month for": tuple(f"per {p} for" for p in ("day", "week", "quarter", "year", "term")),
    b"share of requests with ok": (
        "count of requests",
        "count of requests where not ok",
        "100% - share of requests with ok",
        "share of windows of 1h in requests where ok",
    ),
}  # fmt: skip


@tries(100)
@given(st.data())
def test_other_values_in_a_policy(data: st.DataObject) -> None:
    text = SHOP
    for slot in data.draw(st.lists(st.sampled_from(sorted(SLOTS)), min_size=1, max_size=3)):
        text = text.replace(slot, data.draw(st.sampled_from(SLOTS[slot])).encode(), 1)
    with folder() as place:
        (place / "p.sla").write_bytes(text)
        (place / "requests.csv").write_bytes(CSV)
        as_of = data.draw(st.sampled_from(("", "--as-of=2026-04-01", "--as-of=1690-01-01")))
        check(("eval", place / "p.sla", "--data", place, *filter(None, [as_of])))
        sladsl("gate", place / "p.sla", "--data", place, *filter(None, [as_of]))


# ---- measurements ----


@cache
def files() -> dict[str, bytes]:
    """The same rows in every format and packing, by the ending of the name."""
    rows = [line.split(",") for line in CSV.decode().splitlines()]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    seen = [datetime.fromisoformat(t).astimezone(UTC) for t in columns["seen"]]
    oks = [ok == "true" for ok in columns["ok"]]
    table = pa.table({"seen": seen, "site": list(columns["site"]), "ok": oks})
    lines = "".join(
        f'{{"seen": "{a}", "site": "{b}", "ok": {c}}}\n' for a, b, c in rows[1:]
    ).encode()
    parquet, arrow, stream = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet, row_group_size=4)
    with pa.ipc.new_file(arrow, table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    found = {
        "csv": CSV,
        "jsonl": lines,
        "parquet": parquet.getvalue(),
        "arrow": arrow.getvalue(),
        "feather": stream.getvalue(),
    }
    for ending in ("csv", "jsonl", "arrow"):
        found[f"{ending}.gz"] = gzip.compress(found[ending], mtime=0)
        packed = pa.compress(found[ending], codec="zstd", asbytes=True)
        found[f"{ending}.zst"] = packed
    return found


def test_whole_files_are_read() -> None:
    outputs = set()
    for ending, data in files().items():
        with folder() as place:
            (place / f"x.{ending}").write_bytes(data)
            done = sladsl("eval", CASES / "shop.sla", f"--data=requests={place}/x.{ending}")
            assert done.exit_code != 2, (ending, done.stderr)
            outputs.add(done.stdout)
    assert len(outputs) == 1


@tries(250)
@given(st.data())
def test_damaged_measurements(data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from(sorted(files())))
    content = data.draw(damaged(files()[ending]))
    with folder() as place:
        (place / f"x.{ending}").write_bytes(content)
        check(("eval", CASES / "shop.sla", f"--data=requests={place}/x.{ending}"))


@tries(100)
@given(st.data())
def test_wrong_names_and_any_bytes(data: st.DataObject) -> None:
    whole = data.draw(st.one_of(st.binary(max_size=300), st.sampled_from(sorted(files().values()))))
    ending = data.draw(
        st.sampled_from([*sorted(files()), "parquet.gz", "parquet.zst", "txt", "gz"])
    )
    with folder() as place:
        (place / f"x.{ending}").write_bytes(whole)
        check(("eval", CASES / "shop.sla", f"--data=requests={place}/x.{ending}"))
        check(("eval", CASES / "shop.sla", "--data=requests=-"), data=whole)


CELLS = st.one_of(
    st.sampled_from(
        [
            *[
                "",
                " ",
                "true",
                "0",
                "-1",
                "1.5",
                "nan",
                "inf",
                "1e308",
                "NULL",
                '"',
                "a,b",
                "a\nb",
                "é",
                "'=1",
                "2026-01-01",
            ],
            *["2026-01-01T00:00:00Z", "2261-12-31T23:59:59Z", "1678-01-01T00:00:00Z"],
            *["2026-03-29T02:30:00", "2026-01-10T00:00:00.123456789Z", "2026-01-01T24:00:00Z"],
            "9" * 30,
        ]
    ),
    st.text(max_size=8),
)


@tries(100)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.sampled_from(("", "100%")))
def test_any_cells(rows: list[tuple[str, str, str]], allowed: str) -> None:
    with folder() as place:
        with (place / "requests.csv").open(
            "w", encoding="utf-8", errors="replace", newline=""
        ) as file:
            csv.writer(file).writerows([("seen", "site", "ok"), *rows])
        told = ("eval", CASES / "shop.sla", "--data", place, f"--rejects={place / 'out.csv'}")
        check((*told, f"--max-rejected={allowed}") if allowed else told)


# ---- configuration ----


KEYS = [
    "path",
    "format",
    "missing",
    "time_format",
    "timezone",
    "ambiguous",
    "delimiter",
    "max_rejected",
    "fields",
    "paht",
]
FIELD_KEYS = [
    "column",
    "columns",
    "format",
    "unit",
    "timezone",
    "missing",
    "values",
    "otherwise",
    "x",
]
PLAIN = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"\\')
TEXTUAL = (
    "requests.csv|csv|iso|%d/%m/%Y %H:%M|epoch s|epoch x|UTC|%|%Y%Y|%j|Europe/Berlin|Nowhere|"
    "earlier|,|;|\\t|1%|101%|-1|../x.csv|/etc/passwd|~|-||a\\u0000b|*.csv|**|[|https://a/b|sqlite:///x|"
    "seen|site|refuse|as it is|missing"
)
VALUES = st.recursive(
    st.one_of(
        st.sampled_from([f'"{text}"' for text in TEXTUAL.split("|")]),
        st.sampled_from(
            [
                "-1",
                "0",
                "1.5",
                "true",
                "nan",
                "inf",
                "2026-01-01",
                "07:30:00",
                "9223372036854775808",
            ]
        ),
        st.text(PLAIN, max_size=8).map(lambda text: f'"{text}"'),
        st.just(f'"{"x" * 300}"'),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]"),
        st.dictionaries(st.sampled_from(("a", "true", "x y")), inner, max_size=2).map(
            lambda d: "{" + ", ".join(f'"{k}" = {v}' for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=4,
)


def table(keys: list[str]) -> st.SearchStrategy[str]:
    return st.dictionaries(st.sampled_from(keys), VALUES, max_size=3).map(
        lambda found: "".join(f'"{k}" = {v}\n' for k, v in found.items())
    )


@tries(250)
@given(st.data())
def test_any_configuration(data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(('path = "requests.csv"\n', 'path = "."\n', 'path = "*"\n', ""))
    )
    own = data.draw(table([key for key in KEYS if key != "path" or not path]))
    text = f"[sources.requests]\n{path}{own}"
    names = st.lists(st.sampled_from(("seen", "site", "ok", "nay")), max_size=2, unique=True)
    for name in data.draw(names) if '"fields"' not in own else ():
        text += f"[sources.requests.fields.{name}]\n" + data.draw(table(FIELD_KEYS))
    text += data.draw(st.sampled_from(("", "[sources.other]\n", "[policies]\nx = 1\n")))
    with folder() as place:
        (place / "sladsl.toml").write_text(text, encoding="utf-8")
        (place / "requests.csv").write_bytes(CSV)
        (place / "p.sla").write_bytes(SHOP)
        check(("eval", place / "p.sla"))


TOML = b"""# a configuration that uses everything
[sources.requests]
path = "requests.csv"
format = "csv"
missing = ["?", "n/a"]
time_format = "iso"
timezone = "Europe/Amsterdam"
ambiguous = "earlier"
delimiter = ","
max_rejected = "0.5%"

[sources.requests.fields]
site = "site"
ok = { column = "ok", values = { up = true, down = false }, otherwise = "as it is" }

[sources.requests.fields.seen]
columns = ["seen"]
format = "%Y-%m-%dT%H:%M:%S%z"
timezone = "UTC"
"""


def test_the_whole_configuration_is_read() -> None:
    with folder() as place:
        (place / "sladsl.toml").write_bytes(TOML)
        (place / "requests.csv").write_bytes(CSV)
        (place / "p.sla").write_bytes(SHOP)
        assert check(("eval", place / "p.sla")) != 2


@tries(130)
@given(damaged(TOML))
@example(b"\xff")
@example(b"[sources]\nrequests = 1\n")
@example(b"sources = []\n")
def test_damaged_configuration(data: bytes) -> None:
    with folder() as place:
        (place / "sladsl.toml").write_bytes(data)
        (place / "requests.csv").write_bytes(CSV)
        (place / "p.sla").write_bytes(SHOP)
        check(("eval", place / "p.sla"))


# ---- options ----


OPTIONS = ["--as-of", "--period", "--from", "--to", "--obligation", "--group", "--max-rejected"]
ARGUMENTS = (
    "2026|2026-03|2026-W11|2026-Q1|term|0000|9999-12|2026-03-29T02:30|1678-01-01|2261-12-31|quality|"
    "site=|=|site 1|100%|0001-01-01T00:00+23:59|2026-01-01T00:00:00.123456789Z|999%|1.%|\u0662"
)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@tries(130)
@given(
    st.lists(
        st.tuples(st.sampled_from(OPTIONS), st.one_of(st.sampled_from(ARGUMENTS.split("|")), ANY)),
        max_size=3,
    )
)
def test_any_options(options: list[tuple[str, str]]) -> None:
    with folder() as place:
        (place / "requests.csv").write_bytes(CSV)
        told = [f"{name}={text}" for name, text in options]
        done = sladsl("gate", CASES / "shop.sla", "--data", place, *told)
        assert done.stdout or done.exit_code == 2
