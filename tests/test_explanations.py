"""Every code has its page, every page its code, and the examples do what they say.

`test_check_explanations.py` runs the examples about policies, `test_syntax*.py` those about
their text; here are those about the command line, configuration and measurements. They stand
beside `cases/cli/desk.sla`.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from fences import fences
from sladsl.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sladsl" / "explanations"
DESK = (ROOT / "tests" / "cases" / "cli" / "desk.sla").read_text(encoding="utf-8")
CODE = re.compile(r"SLA\d{3}")
FOUND = re.compile(r'(?:\w\[|"code": ")(SLA\d{3})')

HEADER = "id,opened,replied,priority,effort\n"
ROWS = (
    "T-1,2026-03-02T09:00:00Z,2026-03-02T09:20:00Z,P1,35\n"
    "T-é,2026-03-02T09:05:00Z,2026-03-02T09:30:00Z,P2,20\n"
)
OTHER = (
    "Ticket,Opened,Answered,Prio,Minutes\n"
    "T-1,02/03/2026 10:00,02/03/2026 10:20,P1,35\n"
    "T-2,02/03/2026 10:05,02/03/2026 10:30,P2,20\n"
)  # fmt: skip


def codes_in_use() -> set[str]:
    files = (ROOT / "sladsl").rglob("*.py")
    return {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}


CODES = sorted(codes_in_use())
PAGES = sorted(page.stem for page in FOLDER.glob("SLA*.md"))
#: `fmt` that would change a policy is a fault that nobody knows how to cause; the drivers of
#: databases are installed where this runs.
NOT_RUN = {"SLA153", "SLA525"}
RUN = [c for c in PAGES if c[:4] in ("SLA5", "SLA6") or "SLA150" <= c < "SLA200"]


def text_of(code: str) -> str:
    return (FOLDER / f"{code}.md").read_text(encoding="utf-8")


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    assert PAGES == CODES


@pytest.mark.parametrize("code", PAGES)
def test_the_form_of_a_page(code: str) -> None:
    text = text_of(code)
    title, blank, *rest = text.splitlines()
    assert re.fullmatch(r"# \S.*[^.\s]", title)
    assert blank == ""
    sentence = "\n".join(rest).partition("\n\n")[0]
    assert re.match(r"[A-Z`].*[.:](\s|$)", sentence, re.S), sentence
    kinds = [fence.kind for fence in fences(text)]
    bad = [kind for kind in kinds if kind.endswith("-bad")]
    good = [kind for kind in kinds if not kind.endswith("-bad")]
    assert bad
    assert {kind.removesuffix("-bad") for kind in bad} == set(good)
    assert code not in RUN or all(len(line) <= 100 for line in rest)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_each_is_explained() -> None:
    runner = CliRunner()
    listed = runner.invoke(cli, ["explain"])
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == PAGES
    for code in PAGES:
        text = text_of(code)
        said = runner.invoke(cli, ["explain", code])
        assert (said.exit_code, said.stderr) == (0, "")
        title = text.partition("\n")[0].removeprefix("# ")
        assert said.stdout.startswith(f"{code}: {title}\n")
        assert said.stdout.index("This is refused:") < said.stdout.index("This is right:")
        assert "```" not in said.stdout
        as_json = runner.invoke(cli, ["explain", code, "--format", "json"])
        assert as_json.exit_code == 0
        found = json.loads(as_json.stdout)["explanation"]
        assert found == {"code": code, "title": title, "text": text}


@pytest.mark.parametrize("asked", ["SLA201", "sla201", "201"])
def test_a_code_may_be_written_in_short(asked: str) -> None:
    said = CliRunner().invoke(cli, ["explain", asked])
    assert said.exit_code == 0
    assert said.stdout.startswith("SLA201: ")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("SLA777", "`sladsl explain` lists all codes"),
        ("", "`sladsl explain` lists all codes"),
        ("SLA2O1", "SLA201"),
        ("SAL201", "SLA201"),
        ("SLA2001", "SLA201"),
        ("sla199", "SLA159"),
    ],
)
def test_an_unknown_code(asked: str, near: str) -> None:
    said = CliRunner().invoke(cli, ["explain", asked])
    assert said.exit_code == 2
    assert "SLA154" in said.stderr
    assert f"`{asked}`" in said.stderr
    assert near in said.stderr


# ---- examples ----


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the policy, its measurements in several forms, and nothing above it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.sla").write_text(DESK, encoding="utf-8")
    (tmp_path / "latin1.sla").write_bytes(DESK.replace("Retail", "Café").encode("latin-1"))
    (tmp_path / "loose.sla").write_text(DESK.replace("  key ", "    key "), encoding="utf-8")
    for name in ("data", "export", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "tickets.csv").write_text(HEADER + ROWS, encoding="utf-8")
    (tmp_path / "export" / "tickets.csv").write_text(HEADER + ROWS, encoding="utf-8")
    (tmp_path / "export" / "tickets.txt").write_text(HEADER + ROWS, encoding="utf-8")
    (tmp_path / "export" / "desk.csv").write_text(OTHER, encoding="utf-8")
    (tmp_path / "empty" / "tickets.csv").write_text(HEADER, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "export" / "desk.db")) as database, database:
        database.execute(f"CREATE TABLE tickets ({HEADER})")
        rows = [line.split(",") for line in ROWS.splitlines()]
        database.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?, ?)", rows)
    (tmp_path / "desk.db").write_bytes((tmp_path / "export" / "desk.db").read_bytes())
    latest = "stream latest = last of tickets by id\n\nmetric quick"
    latest = DESK.replace("metric quick", latest).replace("share of tickets", "share of latest")
    (tmp_path / "latest.sla").write_text(latest, encoding="utf-8")
    (tmp_path / "latin1.csv").write_bytes((HEADER + ROWS).encode("latin-1"))
    opened = datetime(2026, 3, 2, 9, tzinfo=UTC)
    columns = {
        "id": ["T-1"],
        "opened": [opened],
        "replied": [opened],
        "priority": ["P1"],
        "effort": [35],
    }
    pq.write_table(pa.table(columns), tmp_path / "plain.parquet")
    packed = gzip.compress((tmp_path / "plain.parquet").read_bytes())
    (tmp_path / "tickets.parquet.gz").write_bytes(packed)
    (tmp_path / "plain.parquet").unlink()
    columns["opened"] = [int(opened.timestamp())]
    pq.write_table(pa.table(columns), tmp_path / "export" / "epochs.parquet")
    return tmp_path


def run(script: str) -> Result:
    """Run the lines of a script; the outcome of its last `sladsl`."""
    found: Result | None = None
    for line in script.splitlines():
        word, *arguments = shlex.split(line)
        if word == "sladsl":
            found = CliRunner().invoke(cli, arguments)
            assert isinstance(found.exception, SystemExit | None), found.exception
        else:
            subprocess.run(line, shell=True, check=True)
    assert found is not None
    return found


def outcome(desk: Path, code: str, kind: str, text: str) -> Result:
    if kind == "sh":
        return run(text)
    arguments = ["eval", "desk.sla"]
    if kind == "csv":
        if code == "SLA521":
            last = text.splitlines()[-1].partition(",")[2]
            text += "".join(f"A-{n},{last}\n" for n in range(60_000))
        (desk / "one.csv").write_text(text, encoding="utf-8")
        arguments.append("--data=tickets=one.csv")
    elif kind == "toml":
        (desk / "sladsl.toml").write_text(text, encoding="utf-8")
    elif kind == "sla":
        policy = f"{DESK}{text}"
        if text.startswith("agreement"):
            policy = re.sub(r"agreement .*?\n}\n", lambda _: text, DESK, count=1, flags=re.S)
        if "calendar office" in text:
            policy = policy.replace("(opened, replied)", "(opened, replied, in: office)")
        (desk / "desk.sla").write_text(policy, encoding="utf-8")
        arguments.append("--data=data")
    return run(shlex.join(["sladsl", *arguments]))


@pytest.mark.parametrize("code", [code for code in RUN if code not in NOT_RUN])
def test_examples(desk: Path, code: str) -> None:
    (bad, good) = fences(text_of(code))
    assert bad.kind == f"{good.kind}-bad"
    refused = outcome(desk, code, good.kind, bad.text)
    assert refused.exit_code == 2 or code == "SLA156", refused.output
    assert set(FOUND.findall(refused.output)) == {code}
    mended = outcome(desk, code, good.kind, good.text)
    assert mended.exit_code in (0, 1, 3), mended.output
    assert re.fullmatch(r"(\w+\.sla: ok\n)?", mended.stderr)
    assert not FOUND.search(mended.stdout)


def test_every_page_without_policy_is_run() -> None:
    assert set(RUN) >= {c for c in PAGES if not any("sla" in f.kind for f in fences(text_of(c)))}
