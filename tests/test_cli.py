"""The commands: exit statuses, options, and what each says where.

`test_cli_output.py` has what holds for all output, `test_cli_limits.py` what is refused for its
size, `test_cli_fuzz.py` what no input may bring about.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import FIXTURES, POLICIES, ROOT, codes, process, sladsl, valid

SHOP = ROOT / "tests" / "cases" / "cli" / "shop.sla"
HEADER = "seen,site,ok\n"
NORTH = "2026-01-10T00:00:00Z,north,true\n"
SOUTH = "2026-02-10T00:00:00Z,south,false\n"
BAD = 'language 1\n\nagreement a "x" {\n  provider p "P"\n  customer c "C"\n}\n'
#: what evaluates, and to which exit status
MET = (HEADER + NORTH, "--as-of=2026-02-01")
BREACHED = (HEADER + NORTH + SOUTH, "--as-of=2026-03-01")
UNDECIDED = (HEADER + NORTH, "--as-of=2026-02-02")
REFUSED = (HEADER + "yesterday,north,true\n", "--as-of=2026-02-02")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, with the shop's policy in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SHOP, tmp_path / "shop.sla")
    return tmp_path


def given(rows: str) -> str:
    Path("requests.csv").write_text(rows, encoding="utf-8")
    return "--data=requests=requests.csv"


# ---- what nobody foresaw ----


FAULTY = """
import sys
from sladsl.cli import main, policies

def fault(*_):
    raise {raised}

policies.check_policies = fault
sys.argv = ["sladsl", "check", "shop.sla"]
main.main()
"""


def faulty(raised: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command in whose work something is raised that no user's text may bring about."""
    return subprocess.run(
        [sys.executable, "-c", FAULTY.format(raised=raised)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        check=False,
    )


def test_an_internal_fault_is_told_without_a_traceback() -> None:
    done = faulty(r"KeyError('x\x1b[2J')")
    assert (done.returncode, done.stdout) == (2, "")
    told, help = done.stderr.splitlines()
    assert told.startswith("error: internal fault (KeyError: ")
    assert "\x1b" not in told
    assert help == "  = help: please report it, with what SLADSL_TRACEBACK=1 shows"


def test_an_internal_fault_can_be_traced() -> None:
    done = faulty("KeyError('x')", SLADSL_TRACEBACK="1")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert ", in fault" in done.stderr


def test_an_interrupted_command() -> None:
    done = faulty("KeyboardInterrupt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == "error: interrupted"  # after the `^C` of a terminal


# ---- check ----


def test_check() -> None:
    done = sladsl("check", *sorted(POLICIES.glob("*.sla")))
    assert (done.exit_code, done.stdout) == (0, "")
    assert all(line.endswith(": ok") for line in done.stderr.splitlines())
    quiet = sladsl("check", "--quiet", "shop.sla")
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_check_says_all_that_is_wrong_in_all_policies() -> None:
    Path("bad.sla").write_text(BAD, encoding="utf-8")
    Path("worse.sla").write_text("agreement {", encoding="utf-8")
    done = sladsl("check", "bad.sla", "shop.sla", "gone.sla", "worse.sla")
    assert done.exit_code == 2
    found = codes(done)
    assert "SLA150" in found
    assert any(c.startswith("SLA1") and c != "SLA150" for c in found)
    assert any(c.startswith(("SLA2", "SLA3", "SLA4")) for c in found)
    assert "shop.sla: ok" in done.stderr
    document = valid(sladsl("check", "--format=json", "bad.sla", "shop.sla", "gone.sla").stdout)
    assert {d["file"] for d in document["diagnostics"]} == {"bad.sla", "gone.sla"}


def test_a_policy_from_standard_input() -> None:
    assert sladsl("check", "-", data=SHOP.read_bytes()).exit_code == 0
    done = sladsl("check", "-", data=BAD)
    assert done.exit_code == 2
    assert "--> <stdin>:3:" in done.stderr
    done = sladsl("eval", "-", given(MET[0]), MET[1], data=SHOP.read_bytes())
    assert done.exit_code == 0


@pytest.mark.parametrize("path", ["gone.sla", ".", "x" * 5000])
def test_a_policy_that_cannot_be_read(path: str) -> None:
    for command in ("check", "fmt", "eval", "gate"):
        done = sladsl(command, path)
        assert done.exit_code == 2
        assert codes(done) == ["SLA150"]
        document = valid(sladsl(command, path, "--format=json").stdout)
        assert [d["code"] for d in document["diagnostics"]] == ["SLA150"]


def test_a_policy_that_is_not_utf8() -> None:
    Path("latin.sla").write_bytes("language 1\n# für\n".encode("latin-1"))
    done = sladsl("check", "latin.sla")
    assert done.exit_code == 2
    assert codes(done) == ["SLA151"]
    assert "latin.sla:2" in done.stderr


# ---- fmt ----


LOOSE = 'language 1\nagreement   a "x" {\n provider p "P"\n}\n'


def test_fmt() -> None:
    Path("loose.sla").write_text(LOOSE, encoding="utf-8")
    done = sladsl("fmt", "--check", "loose.sla", "shop.sla")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "loose.sla: would be reformatted\nshop.sla: unchanged\n"
    shown = sladsl("fmt", "--diff", "loose.sla")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("--- loose.sla\n+++ loose.sla (formatted)\n@@")
    assert sladsl("fmt", "--diff", "--check", "loose.sla").exit_code == 1
    assert Path("loose.sla").read_text(encoding="utf-8") == LOOSE
    written = sladsl("fmt", "loose.sla")
    assert (written.exit_code, written.stderr) == (0, "loose.sla: reformatted\n")
    assert sladsl("fmt", "--check", "loose.sla").exit_code == 0
    assert sladsl("fmt", "-", data=LOOSE).stdout == Path("loose.sla").read_text(encoding="utf-8")


def test_fmt_refuses_before_it_differs() -> None:
    Path("loose.sla").write_text(LOOSE, encoding="utf-8")
    Path("broken.sla").write_text("agreement {", encoding="utf-8")
    done = sladsl("fmt", "--check", "loose.sla", "broken.sla")
    assert done.exit_code == 2
    assert Path("broken.sla").read_text(encoding="utf-8") == "agreement {"
    assert "loose.sla: would be reformatted" in done.stderr


def test_fmt_as_json() -> None:
    Path("loose.sla").write_text(LOOSE, encoding="utf-8")
    done = sladsl("fmt", "--check", "--format=json", "loose.sla", "shop.sla")
    assert (done.exit_code, done.stderr) == (1, "")
    document = valid(done.stdout)
    assert [(d["code"], d["file"]) for d in document["diagnostics"]] == [("SLA156", "loose.sla")]
    assert valid(sladsl("fmt", "--format=json", "-", data=LOOSE).stdout)["diagnostics"] == []
    assert valid(sladsl("fmt", "--format=json", "loose.sla").stdout)["diagnostics"] == []
    assert valid(sladsl("fmt", "--format=json", "gone.sla").stdout)["summary"]["errors"] == 1


def test_fmt_keeps_the_mode_and_writes_whole_files(place: Path) -> None:
    path = Path("loose.sla")
    path.write_text(LOOSE, encoding="utf-8")
    path.chmod(0o640)
    Path("link.sla").symlink_to(path)
    assert sladsl("fmt", "link.sla").exit_code == 0
    assert Path("link.sla").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in place.iterdir()) == ["link.sla", "loose.sla", "shop.sla"]


# ---- eval and gate: status ----


@pytest.mark.parametrize("command", ["eval", "gate"])
@pytest.mark.parametrize(
    ("rows", "status"), [(MET, 0), (BREACHED, 1), (REFUSED, 2), (UNDECIDED, 3)]
)
def test_exit_status(command: str, rows: tuple[str, str], status: int) -> None:
    data, as_of = rows
    done = sladsl(command, "shop.sla", given(data), as_of)
    assert done.exit_code == status
    assert (done.stdout == "") == (status == 2)
    assert (done.stderr != "") == (status == 2)
    document = valid(sladsl(command, "shop.sla", given(data), as_of, "--format=json").stdout)
    assert ("diagnostics" in document) == (status == 2)


def test_a_breach_comes_before_what_is_undecided() -> None:
    rows = HEADER + NORTH + SOUTH
    done = sladsl("eval", "shop.sla", given(rows), "--as-of=2026-02-20", "--format=json")
    summary = valid(done.stdout)["summary"]
    assert summary["pending"]
    rows += "2026-01-12T00:00:00Z,south,false\n"
    done = sladsl("eval", "shop.sla", given(rows), "--as-of=2026-02-20", "--format=json")
    summary = valid(done.stdout)["summary"]
    assert summary["pending"]
    assert summary["breached"]
    assert done.exit_code == 1


@pytest.mark.parametrize(("choice", "status"), [("pass", 0), ("fail", 1)])
def test_on_undecided(choice: str, status: int) -> None:
    rows, as_of = UNDECIDED
    told = f"--on-undecided={choice}"
    assert sladsl("gate", "shop.sla", given(rows), as_of, told).exit_code == status
    assert sladsl("gate", "shop.sla", given(BREACHED[0]), BREACHED[1], told).exit_code == 1
    assert sladsl("gate", "shop.sla", given(MET[0]), MET[1], told).exit_code == 0
    assert sladsl("gate", "shop.sla", given(REFUSED[0]), REFUSED[1], told).exit_code == 2


def test_advisory_reports_and_passes() -> None:
    done = sladsl("gate", "shop.sla", given(BREACHED[0]), BREACHED[1], "--advisory")
    assert done.exit_code == 0
    assert "2 breached" in done.stdout
    assert "advisory" in done.stdout
    assert sladsl("gate", "shop.sla", given(REFUSED[0]), "--advisory").exit_code == 2


def test_a_gate_may_refuse_only_what_costs() -> None:
    rows = HEADER + NORTH + SOUTH + "2026-01-20T00:00:00Z,south,false\n"
    gate = ("gate", "shop.sla", given(rows), "--as-of=2026-03-01", "--on-undecided=pass")
    assert sladsl(*gate).exit_code == 1
    assert sladsl(*gate, "--fail-on=credit").exit_code == 1
    free = sladsl(*gate, "--obligation=overall")
    assert free.exit_code == 1
    free = sladsl(*gate, "--obligation=overall", "--fail-on=credit")
    assert free.exit_code == 0
    assert "1 breached" in free.stdout
    assert sladsl(*gate, "--group=north", "--fail-on=credit").exit_code == 0
    assert sladsl(*gate, "--group=south", "--fail-on=credit").exit_code == 1


def test_a_policy_with_errors_is_refused_by_every_command() -> None:
    Path("bad.sla").write_text(BAD, encoding="utf-8")
    told = sladsl("check", "bad.sla").stderr.replace("bad.sla: 1 error\n", "")
    for command in ("eval", "gate"):
        done = sladsl(command, "bad.sla", given(MET[0]))
        assert (done.exit_code, done.stdout) == (2, "")
        assert "--> bad.sla:3:" in done.stderr
        assert set(codes(done)) == {c for c in told.split("[") for c in [c[:6]] if c[:3] == "SLA"}
        document = valid(sladsl(command, "bad.sla", given(MET[0]), "--format=json").stdout)
        assert {d["line"] for d in document["diagnostics"]} == {3}


# ---- eval and gate: narrowing ----


ROWS = HEADER + NORTH + SOUTH + "2026-01-11T00:00:00Z,south,true\n2026-03-10T00:00:00Z,south,1\n"


def judged(*options: str) -> list[tuple[str, str, str]]:
    """Obligation, period and group of the verdicts."""
    done = sladsl("eval", "shop.sla", given(ROWS), "--as-of=2026-04-01", "--format=json", *options)
    assert done.exit_code != 2, done.stdout
    return [
        (v["obligation"], v["period"]["label"], v["group"].get("site", ""))
        for v in valid(done.stdout)["verdicts"]
    ]


MONTHS = ("2026-01", "2026-02", "2026-03")


@pytest.mark.parametrize(
    ("options", "months"),
    [
        ((), MONTHS),
        (("--period=2026-02",), MONTHS[1:2]),
        (("--period=2026",), MONTHS),
        (("--period=2026-Q1",), MONTHS),
        (("--from=2026-02-01",), MONTHS[1:]),
        (("--from=2026-01-31T23:00:00Z",), MONTHS[1:]),
        (("--from=2026-02-01T00:00",), MONTHS[1:]),
        (("--to=2026-03-01",), MONTHS[:2]),
        (("--from=2026-02-01", "--to=2026-03-01"), MONTHS[1:2]),
        (("--from=2026-02-01", "--period=2026-Q1"), MONTHS[1:]),
    ],
)
def test_periods(options: tuple[str, ...], months: tuple[str, ...]) -> None:
    assert sorted({month for _, month, _ in judged(*options)}) == list(months)


OWN_PERIODS = """
language 1
agreement shop {
  provider acme "Acme"  customer globex "Globex"
  term from 2026-01-01 through 2026-12-31
  timezone "Europe/Amsterdam"  year starts in feb
}
stream jobs { event at asked  key id  id text  asked time  done time? }
metric asked = count of jobs
obligation fix     { acme owes globex  require jobs.done within 4h of jobs.asked }
obligation month   { acme owes globex  require asked >= 1 per month }
obligation quarter { acme owes globex  require asked >= 1 per quarter }
obligation hour    { acme owes globex  require asked >= 1 per hour }
"""
OWN_ROWS = """id,asked,done
a,2026-02-10T09:00:00+01:00,2026-02-10T13:00:00+01:00
b,2026-02-10T09:00:00+01:00,2026-02-10T13:00:01+01:00
c,2026-04-10T09:00:00+02:00,2026-04-10T13:00:00+02:00
"""


@pytest.mark.parametrize(
    ("obligations", "period", "labels"),
    [
        (("fix",), "2026-02-10T13:00", ["2026-02-10T13:00 a", "2026-02-10T13:00 b"]),
        (("fix",), "2026-02-10T13:00 b", ["2026-02-10T13:00 b"]),
        (("fix",), "2026-04-10T13:00", ["2026-04-10T13:00"]),
        (("hour",), "2026-04-10T09", ["2026-04-10T09"]),
        (("month", "quarter"), "2026-Q1", ["2026-02", "2026-03", "2026-04", "2026-Q1"]),
        (("month",), "2025", ["2026-01"]),
    ],
)
def test_a_period_is_named_as_it_is_shown(
    tmp_path: Path, obligations: tuple[str, ...], period: str, labels: list[str]
) -> None:
    """Deadlines, hours, and what the agreement's own year calls a quarter."""
    (tmp_path / "own.sla").write_text(OWN_PERIODS, "utf-8")
    (tmp_path / "jobs.csv").write_text(OWN_ROWS, "utf-8")
    chosen = [f"--obligation={name}" for name in obligations]
    given = ("eval", tmp_path / "own.sla", "--data", tmp_path, "--as-of=2026-06-01", *chosen)
    done = sladsl(*given, "--period", period, "--format=json")
    assert sorted(v["period"]["label"] for v in valid(done.stdout)["verdicts"]) == labels


@pytest.mark.parametrize(
    ("options", "sites"),
    [
        (("--group=south",), ["south"]),
        (("--group=site=south",), ["south"]),
        (("--group=south", "--group=north"), ["north", "south"]),
    ],
)
def test_groups(options: tuple[str, ...], sites: list[str]) -> None:
    found = judged(*options)
    assert sorted({site for _, _, site in found}) == sites
    assert {name for name, _, _ in found} == {"quality"}


def test_groups_by_two_fields() -> None:
    data = FIXTURES / "object_storage" / "quickstart"
    told = ("eval", POLICIES / "object_storage.sla", "--data", data, "--format=json")
    done = sladsl(*told, "--group=class=standard", "--group=region=eu-west", "--period=2026-02")
    assert [v["group"] for v in valid(done.stdout)["verdicts"]] == [
        {"class": "standard", "region": "eu-west"}
    ]


def test_obligations() -> None:
    assert {name for name, _, _ in judged("--obligation=overall")} == {"overall"}
    both = judged("--obligation=overall", "--obligation=quality")
    assert both == judged()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--as-of=yesterday",), "`yesterday` doesn't fit --as-of"),
        (("--as-of=2026-02-30",), "`2026-02-30` doesn't fit --as-of"),
        (("--as-of=1500-01-01",), "`1500-01-01` doesn't fit --as-of"),
        (("--as-of=2262-01-01",), "`2262-01-01` doesn't fit --as-of"),
        (("--as-of=2026-01-01T25:00",), "doesn't fit --as-of"),
        (("--as-of=",), "`` doesn't fit --as-of"),
        (("--period=march",), "`march` doesn't fit --period"),
        (("--period=2026-13",), "write 2026, 2026-Q1"),
        (("--period=2026-W54",), "doesn't fit --period"),
        (("--period=0001",), "doesn't fit --period"),
        (("--period=0000",), "doesn't fit --period"),
        (("--period=9999",), "doesn't fit --period"),
        (("--period=2027-01",), "periods judged are 2026-01 to 2026-03"),
        (("--period=term",), "periods judged are 2026-01 to 2026-03"),
        (("--period=2026-01-15",), "periods judged are 2026-01 to 2026-03"),
        (("--from=2026-03-02",), "`2026-03-02 to ...` doesn't fit --from and --to"),
        (("--from=2026-03-01", "--to=2026-02-01"), "doesn't fit --from and --to"),
        (("--to=soon",), "`soon` doesn't fit --to"),
        (("--obligation=qualty",), "did you mean `quality`?"),
        (("--obligation=xyz",), "declared: quality, overall"),
        (("--group=soth",), "did you mean `south`?"),
        (("--group=site=soth",), "did you mean `south`?"),
        (("--group=place=south",), "doesn't fit --group"),
        (("--group=",), "doesn't fit --group"),
        (("--max-rejected=some",), "write a number of rows, or a share such as 1%"),
        (("--max-rejected=-1",), "doesn't fit --max-rejected"),
        (("--output=report.json",), "write FORMAT=FILE; FORMAT is text or json"),
        (("--output=xml=x",), "write FORMAT=FILE"),
        (("--output=json=",), "write FORMAT=FILE"),
    ],
)
def test_values_that_do_not_fit(options: tuple[str, ...], said: str) -> None:
    base: tuple[str, ...] = ("eval", "shop.sla", given(ROWS))
    if not any("as-of" in option for option in options):
        base += ("--as-of=2026-04-01",)
    done = sladsl(*base, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert codes(done) == ["SLA155"]
    assert said in done.stderr
    document = valid(sladsl(*base, *options, "--format=json").stdout)
    assert [d["code"] for d in document["diagnostics"]] == ["SLA155"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval",),
        ("eval", "a.sla", "b.sla"),
        ("evla",),
        ("eval", "shop.sla", "--max-groups=0"),
        ("eval", "shop.sla", "--fail-on=credit"),
        ("eval", "shop.sla", "--on-undecided=maybe"),
        ("gate", "shop.sla", "--fail-on=everything"),
        ("check", "shop.sla", "--format=xml"),
        ("check",),
        (),
        ("eval", "shop.sla", "--as-of"),
    ],
)
def test_usage(arguments: tuple[str, ...]) -> None:
    done = sladsl(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_usage_as_people_see_it() -> None:
    done = process("evla", "\x1b[31m.sla")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: no such command 'evla'")
    assert b"\x1b" not in done.stderr
    done = process("check", "--frmt", "a")
    assert b"did you mean" in done.stderr.lower()
    assert b"= help: `sladsl check --help` shows how\n" in done.stderr


# ---- eval and gate: data ----


def test_as_of_is_the_newest_row_unless_named() -> None:
    done = valid(sladsl("eval", "shop.sla", given(ROWS), "--format=json").stdout)
    assert (done["as_of"], done["as_of_given"]) == ("2026-03-10T01:00:00+01:00", False)
    done = valid(
        sladsl("eval", "shop.sla", given(ROWS), "--as-of=2026-03-01", "--format=json").stdout
    )
    assert (done["as_of"], done["as_of_given"]) == ("2026-03-01T00:00:00+01:00", True)
    for text in ("2026-02-28T23:00:00Z", "2026-03-01T00:00", "2026-03-01 00:00:00.0+01:00"):
        same = sladsl("eval", "shop.sla", given(ROWS), f"--as-of={text}", "--format=json")
        assert valid(same.stdout) == done


def test_no_rows_and_no_as_of() -> None:
    done = sladsl("eval", "shop.sla", given(HEADER))
    assert done.exit_code == 2
    assert codes(done) == ["SLA604"]
    assert sladsl("eval", "shop.sla", given(HEADER), "--as-of=2026-02-01").exit_code == 3


def test_what_is_known_before_the_term_begins() -> None:
    done = sladsl("eval", "shop.sla", given(MET[0]), "--as-of=2025-12-31")
    assert done.exit_code == 3
    assert "nothing is judged: the term begins on 2026-01-01 00:00" in done.stderr


def test_no_measurements() -> None:
    done = sladsl("eval", "shop.sla")
    assert done.exit_code == 2
    assert codes(done) == ["SLA606"]
    assert "`requests`" in done.stderr


def test_measurements_from_standard_input() -> None:
    told = ("eval", "shop.sla", "--data=requests=-", MET[1])
    done = sladsl(*told, data=MET[0])
    assert (done.exit_code, done.stderr) == (0, "")
    assert sladsl(*told, data=HEADER).exit_code == 3
    done = sladsl(*told, data="")  # whatever should have written it has failed
    assert (done.exit_code, codes(done)) == (2, ["SLA518"])
    assert "the file has no header" in done.stderr
    lines = [dict(zip(HEADER.strip().split(","), NORTH.strip().split(","), strict=True))]
    as_json = "".join(f"{json.dumps(line)}\n" for line in lines)
    assert sladsl(*told, data=as_json).exit_code == 0


def test_standard_input_is_read_once() -> None:
    done = sladsl("eval", "-", "--data=requests=-", data=SHOP.read_bytes())
    assert done.exit_code == 2
    assert codes(done) == ["SLA155"]
    store = POLICIES / "object_storage.sla"
    done = sladsl("eval", store, "--data=requests=-", "--data=charges=-", data="")
    assert done.exit_code == 2
    assert codes(done) == ["SLA155"]


def test_closed_standard_streams() -> None:
    import subprocess
    import sys

    line = f'"{sys.executable}" -m sladsl'
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}

    def shell(command: str) -> tuple[int, bytes]:
        done = subprocess.run(command, shell=True, capture_output=True, env=env, check=False)
        return done.returncode, done.stdout + done.stderr

    given(MET[0])
    assert shell(f"{line} gate shop.sla --data requests=requests.csv {MET[1]} <&-")[0] == 0
    assert shell(f"{line} explain SLA201 >&-") == (0, b"")
    status, said = shell(f"{line} check - --format json <&- 2>&-")
    assert (status, b"SLA" in said) == (2, True)


def test_rejects() -> None:
    rows = HEADER + NORTH + "2026-01-11T00:00:00Z,south,perhaps\nsoon,south,true\n"
    told = ("eval", "shop.sla", given(rows), MET[1])
    refused = sladsl(*told, "--rejects=out.csv")
    assert refused.exit_code == 2
    assert codes(refused) == ["SLA524"]
    assert "requests.csv:3" in refused.stderr
    written = Path("out.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == "path,line,row,reason,text"
    assert [line.split(",")[1] for line in written[1:]] == ["3", "4"]
    assert sladsl(*told, "--max-rejected=1").exit_code == 2
    assert sladsl(*told, "--max-rejected=66%").exit_code == 2
    for allowed in ("2", "67%", "100%", "66.7%"):
        done = sladsl(*told, f"--max-rejected={allowed}", "--format=json")
        assert done.exit_code == 0
        seen = valid(done.stdout)["inputs"][0]
        assert (seen["rows"], seen["used"], seen["rejected"]) == (3, 1, 2)
        assert {r["first"] for r in seen["rejects"]} == {"requests.csv:3", "requests.csv:4"}


def test_a_rejects_file_that_cannot_be_written() -> None:
    done = sladsl("eval", "shop.sla", given(MET[0]), MET[1], "--rejects=gone/out.csv")
    assert done.exit_code == 2
    assert codes(done) == ["SLA152"]
    assert "gone/out.csv" in done.stderr


def test_outputs() -> None:
    told = ("gate", "shop.sla", given(BREACHED[0]), BREACHED[1])
    text = sladsl(*told).stdout
    as_json = sladsl(*told, "--format=json").stdout
    both = ("--output=json=out.json", "--output=text=out.txt", "--output=json=again.json")
    done = sladsl(*told, *both, "--color=always")
    assert done.exit_code == 1
    assert Path("out.json").read_text(encoding="utf-8") == as_json
    assert Path("again.json").read_text(encoding="utf-8") == as_json
    assert Path("out.txt").read_text(encoding="utf-8") == text
    assert "\x1b[" in done.stdout
    refused = sladsl(*told, "--output=json=gone/out.json")
    assert refused.exit_code == 2
    assert codes(refused) == ["SLA152"]
    assert refused.stdout == ""


def test_nothing_is_left_of_an_output_that_was_refused(place: Path) -> None:
    Path("kept.json").write_text("kept", encoding="utf-8")
    done = sladsl("eval", "shop.sla", given(REFUSED[0]), "--output=json=kept.json")
    assert done.exit_code == 2
    assert Path("kept.json").read_text(encoding="utf-8") == "kept"
    Path("folder").mkdir()
    done = sladsl("eval", "shop.sla", given(MET[0]), MET[1], "--output=json=folder")
    assert codes(done) == ["SLA152"]
    assert not [p for p in place.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("gone", "SLA514"),
        ("shop.sla", "SLA511"),
        (".", "SLA514"),
        ("requests=", "SLA511"),
        ("requests=gone.csv", "SLA514"),
        ("request=requests.csv", "SLA504"),
        ("requests=sqlite:///x.db", "SLA514"),
        ("https://example.com/data", "SLA513"),
        ("requests=shop.sla", "SLA523"),
    ],
)
def test_data_arguments_that_are_refused(value: str, code: str) -> None:
    done = sladsl("eval", "shop.sla", f"--data={value}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert codes(done) == [code]
    document = valid(sladsl("eval", "shop.sla", f"--data={value}", "--format=json").stdout)
    assert [d["code"] for d in document["diagnostics"]] == [code]


# ---- explain ----


def test_explain_as_json() -> None:
    assert valid(sladsl("explain", "SLA201", "--format=json").stdout)["explanation"]
    assert valid(sladsl("explain", "--format=json").stdout)["diagnostics"]
    assert valid(sladsl("explain", "SLA999", "--format=json").stdout)["diagnostics"]


# ---- what can't be evaluated yet ----


def test_what_cannot_be_evaluated_yet(request: pytest.FixtureRequest) -> None:
    """`cases/cli/not_yet.md` lists every clause of the shipped policies; it is to shrink.

    `--update` (or SLADSL_UPDATE=1) rewrites it.
    """
    page = ROOT / "tests" / "cases" / "cli" / "not_yet.md"
    parts = [
        "# What can't be evaluated yet\n"
        "Every clause of the shipped policies that `eval` refuses, for the whole policy and for\n"
        "each obligation by itself. It is to shrink.\n"
    ]
    for policy in sorted(POLICIES.glob("*.sla")):
        names = re.findall(r"^obligation (\w+)", policy.read_text(encoding="utf-8"), re.M)
        parts.append(f"\n## {policy.name}\n")
        for name in ("", *names):
            options = [f"--obligation={name}"] if name else []
            done = sladsl("eval", policy, *options, "--format=json")
            found = [d for d in valid(done.stdout)["diagnostics"] if d["code"] == "SLA600"]
            told = " ".join(["eval", f"policies/{policy.name}", *options])
            lines = [f"{policy.name}:{d['line']}:{d['column']}: {d['message']}\n" for d in found]
            said = "".join(lines) or "nothing\n"
            parts.append(f"```console\n$ sladsl {told}\n{said}```\n")
            assert done.exit_code == 2  # no measurements are given
            text = sladsl("eval", policy, *options).stderr
            assert all(f"{policy.name}:{d['line']}:{d['column']}\n" in text for d in found)
    if request.config.getoption("--update", default=False) or "SLADSL_UPDATE" in os.environ:
        page.write_text("".join(parts), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == "".join(parts)


def test_a_configuration_of_all_streams_serves_each_obligation(place: Path) -> None:
    shutil.copy(POLICIES / "hosting.sla", place)
    for name in ("checks", "incidents"):
        shutil.copy(FIXTURES / "hosting" / "claims" / f"{name}.csv", place)
    text = '[sources.checks]\npath = "checks.csv"\n[sources.incidents]\npath = "incidents.csv"\n'
    (place / "sladsl.toml").write_text(text, encoding="utf-8")
    chosen = ("--obligation=fast", "--as-of=2026-03-01")
    by_policy = sladsl("eval", "hosting.sla", *chosen)
    assert by_policy.exit_code in (0, 1, 3), by_policy.stderr
    assert "incidents" not in by_policy.stdout
    sladsl("compile", "hosting.sla", "--obligation=fast", "--output=json=fast.plan")
    assert sladsl("eval", "fast.plan", *chosen).stdout == by_policy.stdout
    (place / "sladsl.toml").write_text(text.replace("incidents]", "incident]"), encoding="utf-8")
    assert codes(sladsl("eval", "hosting.sla", *chosen)) == ["SLA504"]
