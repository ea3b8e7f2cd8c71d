"""What is too large, too deep, too far away or somewhere else: refused clearly, with status 2."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import ROOT, codes, sladsl, valid

SHOP = (ROOT / "tests" / "cases" / "cli" / "shop.sla").read_text(encoding="utf-8")
HEADER = "seen,site,ok\n"
MB = 1 << 20


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, with the shop's policy in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.sla").write_text(SHOP, encoding="utf-8")
    return tmp_path


def refused(code: str, *arguments: str, within: float = 20) -> str:
    """What is said of a request that is refused with one code alone, in text and as JSON."""
    began = time.monotonic()
    done = sladsl(*arguments)
    assert time.monotonic() - began < within
    assert (done.exit_code, done.stdout) == (2, "")
    assert set(codes(done)) == {code}, done.stderr
    document = valid(sladsl(*arguments, "--format=json").stdout)
    assert {d["code"] for d in document["diagnostics"]} == {code}
    return done.stderr


def evaluated(rows: str | bytes, *options: str, name: str = "requests.csv") -> tuple[str, ...]:
    Path(name).write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return ("eval", "shop.sla", f"--data=requests={name}", *options)


# ---- policies ----


def test_a_source_of_1_mb() -> None:
    line = "# " + "x" * 97 + "\n"
    fits = SHOP + line * ((1_000_000 - len(SHOP)) // len(line))
    Path("long.sla").write_text(fits, encoding="utf-8")
    assert sladsl("check", "long.sla").exit_code == 0
    for text in (fits + line, fits + "\u5e97" * 60, SHOP + line * 100_000):
        Path("long.sla").write_text(text, encoding="utf-8")
        for command in ("check", "fmt", "eval"):
            assert "more than 1 MB" in refused("SLA101", command, "long.sla")


@pytest.mark.parametrize("depth", [101, 1_000, 10_000])
@pytest.mark.parametrize(
    "shape",
    [
        lambda n: f"metric deep = share of requests with {'(' * n}ok{')' * n}",
        lambda n: f"metric deep = share of requests with {'not ' * n}ok",
        lambda n: f"metric deep = {'(' * n}good{')' * n}",
        lambda n: f"metric deep = share of requests with ok == {'-' * n}1",
        lambda n: f"amendment a {'{ amendment b ' * n}{'}' * n}",
        lambda n: "(" * n + "}",
        lambda n: "{" * n,
        lambda n: "}" * n,
        lambda n: f"metric deep = share of requests with {'match ok { true: ' * n}ok{'}' * n}",
    ],
    ids=["brackets", "not", "formula", "minus", "blocks", "open", "braces", "closing", "match"],
)
def test_nesting(shape: Callable[[int], str], depth: int) -> None:
    text = shape(depth)
    Path("deep.sla").write_text(f"{SHOP}\n{text}\n", encoding="utf-8")
    for command in ("check", "fmt"):
        began = time.monotonic()
        done = sladsl(command, "deep.sla")
        assert time.monotonic() - began < 30
        assert done.exit_code == (0 if "ok)" in text or "good)" in text else 2)


def test_nesting_says_so() -> None:
    for depth, code in ((95, None), (101, "SLA103")):
        text = f"metric deep = share of requests with {'not ' * depth}ok"
        Path("deep.sla").write_text(f"{SHOP}\n{text}\n", encoding="utf-8")
        if code:
            assert "deep.sla:" in refused(code, "check", "deep.sla")
        else:
            assert sladsl("check", "deep.sla").exit_code == 0


@pytest.mark.parametrize("digits", [41, 1_000, 100_000])
def test_literals_of_40_digits(digits: int) -> None:
    for number in ("9" * digits, "0." + "9" * digits, "1" + "0" * digits + ".5"):
        Path("long.sla").write_text(SHOP.replace("100.00 EUR", f"{number} EUR"), encoding="utf-8")
        done = sladsl("check", "long.sla")
        assert done.exit_code == 2
        assert len(codes(done)) == 1
        assert len(done.stderr) < 2_000
    Path("long.sla").write_text(SHOP.replace("100.00 EUR", f"{'9' * 38}.25 EUR"), encoding="utf-8")
    assert sladsl("check", "long.sla").exit_code == 0


@pytest.mark.parametrize("date", ["1677-12-31", "2262-01-01", "0001-01-01", "9999-12-31"])
def test_dates_beyond_what_nanoseconds_reach(date: str) -> None:
    for text in ("2026-01-01", "2026-06-30"):
        Path("far.sla").write_text(SHOP.replace(text, date), encoding="utf-8")
        done = sladsl("check", "far.sla")
        assert done.exit_code == 2
        assert "far.sla:7:" in done.stderr


@pytest.mark.parametrize("year", ["1678", "1679", "2260", "2261"])
@pytest.mark.parametrize("end", ["", " through {year}-12-31"])
def test_terms_at_the_edge_of_time(year: str, end: str) -> None:
    term = f"from {year}-01-01{end.format(year=year)}"
    text = SHOP.replace("from 2026-01-01 through 2026-06-30", term)
    Path("shop.sla").write_text(text, encoding="utf-8")
    assert "1680 to 2257" in refused("SLA607", *evaluated(HEADER, f"--as-of={year}-06-01"))


def test_as_of_at_the_edge_of_time() -> None:
    rows = f"{HEADER}2026-01-02T00:00:00Z,north,true\n"
    for as_of in ("1678-01-01", "2261-12-31"):
        assert sladsl(*evaluated(rows, f"--as-of={as_of}")).exit_code == 3
    text = SHOP.replace("through 2026-06-30", "")
    Path("shop.sla").write_text(text, encoding="utf-8")
    assert sladsl(*evaluated(rows, "--as-of=1678-01-01")).exit_code == 3
    refused("SLA607", *evaluated(rows, "--as-of=2261-12-31"))


# ---- periods, windows, groups ----


def test_a_million_periods() -> None:
    text = SHOP.replace("from 2026-01-01 through 2026-06-30", "from 1900-01-01 through 2099-12-31")
    for promise in ("fee      100.00 EUR per month", "require good >= 90% per month"):
        hourly = text.replace(promise, promise.replace("month", "hour"))
        Path("shop.sla").write_text(hourly, encoding="utf-8")
        said = refused("SLA602", *evaluated(HEADER, "--as-of=2026-01-01"))
        assert "1,753,1" in said
        assert "periods" in said


@pytest.mark.parametrize("length", ["1s", "1min", "2min"])
def test_a_million_windows(length: str) -> None:
    text = SHOP.replace("through 2026-06-30", "through 2027-12-31").replace(
        "metric good = share of requests with ok",
        f"metric each = share of requests with ok\n"
        f"metric good = mean of each over windows of {length}, empty as 0%",
    )
    Path("shop.sla").write_text(text, encoding="utf-8")
    rows = f"{HEADER}2026-01-02T00:00:00Z,north,true\n2027-12-30T00:00:00Z,north,true\n"
    if length == "2min":
        assert sladsl(*evaluated(rows)).exit_code != 2
    else:
        assert "windows" in refused("SLA602", *evaluated(rows))


def rows_of(groups: int) -> str:
    return HEADER + "".join(f"2026-01-02T00:00:00Z,site {n},true\n" for n in range(groups))


def test_groups() -> None:
    assert sladsl(*evaluated(rows_of(10), "--max-groups=10")).exit_code == 3
    said = refused("SLA602", *evaluated(rows_of(11), "--max-groups=10"))
    assert "more than 10 groups" in said
    assert "--max-groups" in said


def test_a_hundred_thousand_groups() -> None:
    said = refused("SLA602", *evaluated(rows_of(100_001)), within=60)
    assert "more than 100,000 groups" in said


def test_groups_that_only_enums_make() -> None:
    values = ", ".join(f"v{n}" for n in range(100))
    text = SHOP.replace("  site   text\n", "".join(f"  {f} one of {values}\n" for f in "abc"))
    text = text.replace("for each site", "for each a, b, c")
    Path("shop.sla").write_text(text, encoding="utf-8")
    rows = "seen,a,b,c,ok\n2026-01-02T00:00:00Z,v1,v2,v3,true\n"
    assert "more than 100,000 groups" in refused("SLA602", *evaluated(rows))
    assert sladsl(*evaluated(rows.replace("v3", "v9"), "--max-groups=99")).exit_code == 2


# ---- measurements ----


def test_a_long_line() -> None:
    row = "2026-01-02T00:00:00Z,{},true\n"
    for long in ("x" * (3 * MB), '"' + "x\n" * (2 * MB), "," * (3 * MB)):
        said = refused("SLA521", *evaluated(HEADER + row.format("a") + row.format(long)))
        assert "requests.csv" in said
    refused("SLA521", *evaluated("seen,site,ok," + "x" * 2 * MB + "\n"))
    line = '{"seen": "2026-01-02T00:00:00Z", "site": "%s", "ok": true}\n'
    for text in (line % "a" + line % ("x" * MB), line % ("x" * 3 * MB), '{"a": "' + "x" * 2 * MB):
        refused("SLA521", *evaluated(text, name="requests.jsonl"))
    refused("SLA521", *evaluated("[" * 2 * MB, name="requests.jsonl"))


def test_nested_json() -> None:
    deep = "[" * 100_000
    line = '{"seen": ' + deep + "}\n"
    refused("SLA524", *evaluated(line * 3, name="requests.jsonl"))


#: What comes first, what is repeated, and up to how many MB. Lines are slow to read, and 16
#: million of them couldn't be held in the memory that is allowed.
BOMBS = {
    "zeros": (b"", b"\0", 64),
    "lines": (b"", b"\n", 16),
    "header and lines": (HEADER.encode(), b"\n", 16),
    "header and zeros": (HEADER.encode(), b"\0", 64),
    "header and commas": (HEADER.encode(), b",,\n", 24),
    "one long cell": (f"{HEADER}2026-01-02T00:00:00Z,".encode(), b"x", 64),
}


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Packed files of some kilobytes that unpack to far more; none is kept."""
    folder = tmp_path_factory.mktemp("bombs")

    def made(name: str) -> Path:
        head, unit, size = BOMBS[name]
        path = folder / f"{name.replace(' ', '-')}.gz"
        if not path.exists():
            with gzip.open(path, "wb", 1) as file:
                file.write(head)
                block = unit * (MB // len(unit))
                for _ in range(size):
                    file.write(block)
        return path

    yield made
    shutil.rmtree(folder)


#: Runs a command and tells its peak memory from a small process: a child of pytest's own would
#: begin with what pytest holds.
MEASURED = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def measured(*arguments: str) -> tuple[int, str, int, float]:
    """Exit status, standard error, peak memory in MB and seconds of a command."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, sys.executable, "-m", "sladsl", *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    status, memory = map(int, done.stdout.split())
    return status, done.stderr.decode("utf-8"), memory // 1024, time.monotonic() - began


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, form) for name in sorted(BOMBS) for form in ("csv", "jsonl")],
)
def test_packed_bombs(bombs: Callable[[str], Path], name: str, form: str) -> None:
    shutil.copy(bombs(name), f"requests.{form}.gz")
    data = f"--data=requests=requests.{form}.gz"
    status, said, memory, seconds = measured("eval", "shop.sla", data)
    assert status == 2
    assert "error[SLA" in said
    assert "internal fault" not in said
    assert memory < 400
    assert seconds < 60


# ---- configuration ----


OUTSIDE = {
    "parent": ("../secret.csv", "leads out of"),
    "inner parent": ("data/../../secret.csv", "leads out of"),
    "absolute": ("/etc/passwd", "is an absolute path"),
    "home": ("~/secret.csv", "is an absolute path"),
    "link": ("linked.csv", "leads out of"),
    "linked folder": ("folder/secret.csv", "leads out of"),
    "glob": ("*.csv", "leads out of"),
    "part files": ("parts", "leads out of"),
    "circle": ("circle.csv", "leads out of"),
}


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_configuration_does_not_lead_out(
    place: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    path, words = OUTSIDE[name]
    project = place / "project"
    project.mkdir()
    (project / ".git").mkdir()
    (project / "data").mkdir()
    (project / "parts").mkdir()
    (place / "secret.csv").write_text(HEADER, encoding="utf-8")
    (project / "linked.csv").symlink_to(place / "secret.csv")
    (project / "parts" / "one.csv").symlink_to(place / "secret.csv")
    (project / "folder").symlink_to(place)
    (project / "circle.csv").symlink_to(project / "circle.csv")
    (project / "shop.sla").write_text(SHOP, encoding="utf-8")
    toml = f'[sources.requests]\npath = "{path}"\n'
    (project / "sladsl.toml").write_text(toml, encoding="utf-8")
    said = refused("SLA507", "eval", "project/shop.sla", "--as-of=2026-02-01")
    assert words in said
    assert "sladsl.toml:" in said
    if name in ("parent", "link", "part files"):
        told = ("eval", "project/shop.sla", "--as-of=2026-02-01", f"--allow-path={place}")
        assert sladsl(*told).exit_code == 3


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "pipe"])
def test_configuration_names_plain_files(place: Path, path: str) -> None:
    os.mkfifo("pipe.csv")
    Path("link.csv").symlink_to("/dev/zero" if path == "pipe" else path)
    for name in ("pipe.csv", "link.csv"):
        Path("sladsl.toml").write_text(f'[sources.requests]\npath = "{name}"\n', encoding="utf-8")
        done = sladsl("eval", "shop.sla", "--allow-path=/")
        assert done.exit_code == 2
        assert codes(done) == ["SLA515"]


def test_a_large_configuration() -> None:
    Path("sladsl.toml").write_text("# x\n" * 400_000, encoding="utf-8")
    assert "over 1 MB" in refused("SLA501", *evaluated(HEADER))
    Path("sladsl.toml").write_text("a = " + "[" * 100_000, encoding="utf-8")
    refused("SLA501", *evaluated(HEADER))
    Path("sladsl.toml").write_text(".".join("a" * 2_000) + " = 1\n", encoding="utf-8")
    assert sladsl(*evaluated(HEADER, "--as-of=2026-02-01")).exit_code in (2, 3)
