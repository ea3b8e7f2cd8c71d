"""The measurements in `fixtures/`: made by their program, described, and worked out by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from shipped_sets import unlike

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
POLICIES = sorted(path.stem for path in (ROOT / "policies").glob("*.sla"))
RUNS = [
    pytest.param(path, run, id=f"{path.parent.parent.name}-{path.parent.name}-{number}")
    for path in sorted(FIXTURES.glob("*/*/expected.json"))
    for number, run in enumerate(json.loads(path.read_text())["runs"])
]
#: Set, policy, obligation and place of all that must be refused, as the README says.
REFUSED = re.findall(
    r"^\| `(\w+)` \| ([\w ]+) \| `(\w+)` \|.*?\| `(\w+\.csv(?::\d+)?)`",
    (FIXTURES / "bad" / "README.md").read_text(),
    re.MULTILINE,
)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120
    )


def evaluate(policy: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    named = f"policies/{policy}.sla" if policy != "its own" else data / "agreement.sla"
    return run("-m", "sladsl", "eval", named, "--data", data.relative_to(ROOT), *arguments)


def sets(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_made_by_their_program():
    done = run(FIXTURES / "make.py", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_small():
    assert sum(p.stat().st_size for p in FIXTURES.rglob("*") if p.is_file()) < 3_000_000


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_sets_and_a_readme_that_tells_of_each(policy):
    text = (FIXTURES / policy / "README.md").read_text()
    assert sets(FIXTURES / policy)
    for name in sets(FIXTURES / policy):
        assert f"| `{name}` |" in text, name
        assert f"\n## {name}\n" in text, name


@pytest.mark.parametrize("policy", ["object_storage", "service_desk"])
def test_every_set_has_its_expectations(policy):
    for name in sets(FIXTURES / policy):
        assert (FIXTURES / policy / name / "expected.json").is_file(), name


def test_every_bad_set_is_told_of():
    assert sorted([*(name for name, *_ in REFUSED), "same_key_agreeing"]) == sets(FIXTURES / "bad")


@pytest.mark.parametrize(("path", "expected"), RUNS)
def test_verdicts_are_those_worked_by_hand(path, expected):
    policy = path.parent.parent.name
    done = evaluate(
        policy, path.parent, "--as-of", expected["as_of"], "--obligation", expected["obligation"],
        "--format", "json",
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr
    assert unlike(expected, json.loads(done.stdout)) == []
    words = {v["verdict"] for v in expected["verdicts"]}
    wanted = 1 if "breached" in words else 3 if words & {"pending", "no data"} else 0
    assert done.returncode == wanted or (wanted == 0 and done.returncode == 3)


@pytest.mark.parametrize(("name", "policy", "obligation", "place"), REFUSED)
def test_bad_data_is_refused_with_its_place(name, policy, obligation, place):
    as_of = "2026-02-15T00:00:00Z"
    done = evaluate(policy, FIXTURES / "bad" / name, "--as-of", as_of, "--obligation", obligation)
    assert done.returncode == 2
    assert f"{name}/{place}" in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_of_one_key_that_agree_are_one():
    done = evaluate(
        "service_desk", FIXTURES / "bad" / "same_key_agreeing", "--obligation", "reply",
        "--as-of", "2025-12-01T00:00:00-05:00", "--format", "json",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    november = {
        v["group"]["priority"]: (v["value"] or {}).get("exact")
        for v in json.loads(done.stdout)["verdicts"]
        if v["period"]["label"] == "2025-11"
    }
    assert november == {"P1": None, "P2": "1/1", "P3": "1/1", "P4": None}
