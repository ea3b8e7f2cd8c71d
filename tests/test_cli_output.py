"""What holds for all output: the same bytes everywhere, UTF-8, nothing that steers a terminal."""

from __future__ import annotations

import csv
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import FIXTURES, POLICIES, ROOT, process, sladsl, valid

STORE = POLICIES / "object_storage.sla"
QUICK = FIXTURES / "object_storage" / "quickstart"
EVALUATED = (STORE, "--data", QUICK, "--as-of=2026-04-01T00:00:00Z")
CASES = ROOT / "tests" / "cases" / "cli"
EVIL = "\x1b[31mred\x1b[0m\x07\x9b31m\u202eevil\u2066\r\x08::set-output"


# ---- the same bytes ----


ENVIRONMENTS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "77", "TZ": "America/New_York", "LANG": "de_DE.UTF-8", "COLUMNS": "40"},
    {
        "PYTHONHASHSEED": "4",
        "PYTHONTZPATH": "/nowhere",
        "PYTHONIOENCODING": "ascii",
        "LC_ALL": "POSIX",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    },
)  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", *EVALUATED, "--output=json=/dev/stderr"),
        ("check", CASES / "unnamed.sla"),
    ],
    ids=["gate", "check"],
)
def test_the_same_run_prints_the_same_bytes(arguments: tuple[str | Path, ...]) -> None:
    runs = [process(*arguments, env=env) for env in ENVIRONMENTS]
    first = runs[0]
    assert b"internal fault" not in first.stderr
    assert first.stdout + first.stderr
    for run in runs[1:]:
        assert (run.stdout, run.stderr, run.returncode) == (
            first.stdout,
            first.stderr,
            first.returncode,
        )


def test_the_order_of_rows_and_options_is_no_matter(tmp_path: Path) -> None:
    shutil.copytree(QUICK, tmp_path / "turned")
    path = tmp_path / "turned" / "requests.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows[::-1]])
    told = ("--as-of=2026-04-01T00:00:00Z", "--format=json")
    turned = sladsl("eval", STORE, "--data", tmp_path / "turned", *told)
    assert turned.stdout == sladsl("eval", *told, "--data", QUICK, STORE).stdout


def test_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    text = (CASES / "shop.sla").read_text(encoding="utf-8")
    policy = tmp_path / "größe.sla"
    policy.write_text(text.replace('"Acme"', '"Äcme 店"') + "# Größe 店\nx", encoding="utf-8")
    env = ENVIRONMENTS[0]
    done = process("check", policy, env=env)
    assert done.returncode == 2
    assert "größe.sla:" in done.stderr.decode("utf-8")
    valid(process("check", policy, "--format=json", env=env).stdout)
    policy.write_text(text.replace("site", "ort").replace("# Small", "#   Größe 店"), "utf-8")
    rows = "seen,ort,ok\n2026-01-10T00:00:00Z,Köln 店,false\n"
    (tmp_path / "requests.csv").write_text(rows, encoding="utf-8")
    policy = policy.rename(tmp_path / "p.sla")
    env = ENVIRONMENTS[-1]  # in which not even the names of files are taken for UTF-8
    told = ("eval", policy, "--data", tmp_path, "--as-of=2026-02-01")
    assert "Köln 店" in process(*told, env=env).stdout.decode("utf-8")
    assert "Köln 店" in process(*told, "--format=json", env=env).stdout.decode("utf-8")
    assert "Größe 店" in process("fmt", "-", data=policy.read_bytes(), env=env).stdout.decode()


# ---- colour ----


def test_color(monkeypatch: pytest.MonkeyPatch) -> None:
    def colored(*options: str) -> bool:
        return b"\x1b[" in sladsl("eval", *EVALUATED, *options).stdout_bytes

    assert not colored()
    assert colored("--color=always")
    assert not colored("--color=never")
    assert not colored("--color=always", "--format=json")
    assert "\x1b[" in sladsl("check", "gone.sla", "--color=always").stderr
    assert "\x1b[" not in sladsl("check", "gone.sla").stderr
    assert "\x1b[" in sladsl("explain", "SLA201", "--color=always").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert colored("--color=always")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_color_on_a_terminal(env: dict[str, str], expected: bool) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "sladsl", "explain", "SLA201"]
    bare = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    done = subprocess.Popen(command, stdout=follower, cwd=ROOT, env={**bare, **env})
    os.close(follower)
    seen = b""
    try:
        while part := os.read(leader, 4096):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert done.wait(60) == 0
    assert (b"\x1b[" in seen) == expected
    assert b"SLA201: " in seen


def test_quiet(tmp_path: Path) -> None:
    assert sladsl("eval", *EVALUATED, "--quiet").stdout == sladsl("eval", *EVALUATED).stdout
    policy = tmp_path / "p.sla"
    policy.write_text((CASES / "warned.sla").read_text(encoding="utf-8"), encoding="utf-8")
    said = sladsl("check", policy)
    assert (said.exit_code, said.stdout) == (0, "")
    assert "warning[SLA" in said.stderr
    assert said.stderr.endswith("p.sla: ok, 2 warnings\n")
    assert sladsl("check", policy, "-q").output == ""
    policy.write_text("nonsense", encoding="utf-8")
    assert "error[SLA" in sladsl("check", policy, "-q").stderr


# ---- terminals ----


def harmless(text: bytes) -> bool:
    """Whether no character but the line's end steers anything."""
    return all(c.isprintable() or c == "\n" for c in text.decode("utf-8"))


def test_groups_do_not_steer_terminals(tmp_path: Path) -> None:
    with (tmp_path / "requests.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seen", "site", "ok"])
        writer.writerow(["2026-01-10T00:00:00Z", EVIL, "false"])
        writer.writerow(["2026-01-10T00:00:00Z", "a\nb\tc", "false"])
    told = (CASES / "shop.sla", "--data", tmp_path, "--as-of=2026-02-01")
    for command in ("eval", "gate"):
        for options in ((), ("--group=x",), (f"--group={EVIL[:-1]}",), ("--format=json",)):
            done = sladsl(command, *told, *options)
            assert done.exit_code in (1, 2)
            assert harmless(done.stdout_bytes)
            assert harmless(done.stderr_bytes)
        sladsl(command, *told, f"--output=text={tmp_path / 'out'}")
        assert harmless((tmp_path / "out").read_bytes())
    shown = valid(sladsl("eval", *told, "--format=json").stdout)
    assert EVIL in {v["group"].get("site") for v in shown["verdicts"]}


def test_rejected_cells_do_not_steer_terminals(tmp_path: Path) -> None:
    with (tmp_path / "requests.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seen", "site", "ok"])
        writer.writerow([EVIL, EVIL, EVIL])
        writer.writerow([EVIL])
    told = ("eval", CASES / "shop.sla", "--data", tmp_path)
    for options in ((), ("--format=json",), ("--max-rejected=9", "--as-of=2026-02-01")):
        done = sladsl(*told, *options)
        assert done.exit_code in (2, 3)
        assert harmless(done.stdout_bytes)
        assert harmless(done.stderr_bytes)


def test_names_of_files_do_not_steer_terminals(tmp_path: Path) -> None:
    name = EVIL.replace("/", "")
    policy = tmp_path / f"{name}.sla"
    text = (CASES / "shop.sla").read_text(encoding="utf-8")
    policy.write_text(text.replace("  ok     bool", "  ok bool"), encoding="utf-8")
    (tmp_path / f"{name}.csv").write_text(f"seen,site\n{EVIL},x\n", encoding="utf-8")
    data = f"--data=requests={tmp_path / name}.csv"
    for arguments in (
        ("check", policy),
        ("check", tmp_path / f"{name}-gone.sla"),
        ("fmt", "--check", policy),
        ("fmt", "--diff", policy),
        ("eval", policy),
        ("eval", policy, data),
        ("eval", policy, f"--data={tmp_path / name}"),
        ("eval", policy, f"--output=json={tmp_path / name}/x", data),
        ("eval", policy, f"--period={name}", data),
        ("explain", name),
    ):
        done = sladsl(*arguments)
        assert harmless(done.stdout_bytes), arguments
        assert harmless(done.stderr_bytes), arguments
    for usage in (("eval", policy, f"--format={name}"), ("eval", f"--{name}"), (name,)):
        seen = process(*usage)
        assert seen.returncode == 2
        assert harmless(seen.stdout + seen.stderr), usage


def test_names_of_files_that_are_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.sla"
    Path(os.fsdecode(path)).write_bytes(b"agreement {")
    for command in ("check", "fmt", "eval"):
        for form in ("text", "json"):
            done = sladsl(command, os.fsdecode(path), f"--format={form}")
            assert done.exit_code == 2
            (done.stdout_bytes + done.stderr_bytes).decode("utf-8")
    assert process("check", os.fsdecode(path)).stderr.decode("utf-8").count("SLA") == 1


@pytest.mark.parametrize("bad", ["\x1b[31m", "\u202e", "\x00", "\x85", "\u2028", "\x9b31m"])
def test_policies_do_not_steer_terminals(tmp_path: Path, bad: str) -> None:
    text = (CASES / "shop.sla").read_text(encoding="utf-8")
    for place in ('"Acme', "# Small", "agreement shop"):
        policy = tmp_path / "p.sla"
        policy.write_text(text.replace(place, f"{place}{bad}"), encoding="utf-8")
        for command in ("check", "eval"):
            done = sladsl(command, policy)
            assert done.exit_code == 2
            assert "SLA102" in done.stderr
            assert harmless(done.stderr.encode())
        diff = sladsl("fmt", "--diff", policy)
        assert (diff.exit_code, diff.stdout) == (2, "")


# ---- a reader that leaves ----


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain",),
        ("--help",),
        ("eval", *EVALUATED, "--format=json"),
        ("fmt", "--diff", CASES / "loose.txt"),
    ],
    ids=lambda a: str(a[0]),
)
def test_a_broken_pipe_is_no_fault(arguments: tuple[str | Path, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "sladsl", *map(str, arguments)]
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, cwd=ROOT, check=False, timeout=60
    )
    os.close(write)
    assert done.returncode in (0, 1, 2)
    assert done.stderr == b""


def test_a_full_disk_is_said() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    for arguments in (("explain",), ("check", STORE, "--format=json")):
        command = [sys.executable, "-m", "sladsl", *map(str, arguments)]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False, timeout=60
            )
        assert done.returncode == 2
        assert b"error[SLA152]: can't be written: no space left on device" in done.stderr


# ---- help ----


@pytest.mark.parametrize("command", ["check", "fmt", "explain", "eval", "gate"])
def test_help(command: str) -> None:
    done = sladsl(command, "--help")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")
    assert "--format" in done.stdout
    assert sladsl(command, "-h").stdout == done.stdout
