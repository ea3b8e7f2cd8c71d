"""`sladsl test`: what holds for the tests of all policies; `cases/trials` has page by page."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from commands import POLICIES, ROOT, codes, sladsl, valid

from sladsl.pipeline import compiled, examine
from sladsl.source import Source
from sladsl.trials.run import under

#: Those with several plans, and one file.
PLANS = [
    path for path in sorted(POLICIES.rglob("*.sla"))
    if "\nplan " in (text := path.read_text("utf-8")) and "based on" not in text
]  # fmt: skip


def test_the_tests_of_shipped_policies_pass_or_say_what_is_not_evaluated_yet() -> None:
    """None is passed over, and none fails."""
    for policy in sorted(POLICIES.glob("*.sla")):
        done = sladsl("test", policy)
        assert done.exit_code in (0, 2), done.stdout
        refused = [line for line in done.stdout.splitlines() if line.startswith("  ")]
        assert all(line.endswith("can't be evaluated yet") for line in refused), done.stdout
        assert bool(refused) == (done.exit_code == 2)


def test_a_policy_with_errors_has_no_tests(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.sla", POLICIES / "web_shop.sla"
    bad.write_text("language 1\n", encoding="utf-8")
    done = sladsl("test", bad, good)
    assert done.exit_code == 2
    assert codes(done)
    assert "1 passed" in done.stdout


def test_a_file_that_is_not_there() -> None:
    done = sladsl("test", "nothing.sla")
    assert (done.exit_code, codes(done), done.stdout) == (2, ["SLA150"], "")


def test_a_policy_without_tests() -> None:
    done = sladsl("test", POLICIES / "object_storage.sla")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "no tests\n", "")


def test_quiet_says_only_what_is_wrong() -> None:
    done = sladsl("test", POLICIES / "web_shop.sla", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_as_json(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sla"
    text = (POLICIES / "web_shop.sla").read_text(encoding="utf-8")
    wrong.write_text(text.replace("== 120.00 EUR", "== 119.99 EUR"), encoding="utf-8")
    never = tmp_path / "never.sla"
    never.write_text(text.replace("in 2026-03 ==", "in 2031-03 =="), encoding="utf-8")
    done = sladsl("test", wrong, never, "nothing.sla", "--format", "json")
    assert (done.exit_code, done.stderr) == (2, "")
    document = valid(done.stdout)
    assert document["summary"] == {"passed": 0, "failed": 1, "not_run": 1}
    assert [d["code"] for d in document["diagnostics"]] == ["SLA150"]
    uptime, credits = document["tests"][0]["expectations"]
    assert uptime["holds"]
    assert credits == {
        "expected": "credits in 2026-03 == 119.99 EUR",
        "at": f"{wrong}:40:3",
        "actual": "120.00 EUR",
        "clause": f"{wrong}:30:3",
        "holds": False,
    }
    assert {d["code"] for d in document["tests"][1]["diagnostics"]} == {"SLA482"}


# ---- tests that say what fixtures, worked out by hand, say ----

STORAGE = sorted((ROOT / "fixtures" / "object_storage").glob("*/expected.json"))
FORMS = {
    "seen": "{}", "day": "{}", "class": "{}", "region": '"{}"', "status": "{}",
    "latency": "{}ms", "bytes": "{}B", "amount": "{} USD",
}  # fmt: skip
WORDS = ("breached", "pending", "no data", "excused", "met")


def given_rows(folder: Path) -> list[str]:
    """The rows of a fixture as a test gives them."""
    found = []
    for stream in ("requests", "charges"):
        with (folder / f"{stream}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cells = (f"{name} = {FORMS[name].format(v)}" for name, v in row.items() if v)
                found.append(f"  given {stream} {{ {'  '.join(cells)} }}")
    return found


def expectations(run: dict[str, Any]) -> list[str]:
    """What a run of a fixture comes to, as a test expects it."""
    about: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for verdict in run["verdicts"]:
        group = verdict["group"]
        names = [group["class"]] if "class" in group else []
        names.append(f'"{group["region"]}"')
        about.setdefault((verdict["obligation"], ", ".join(names), verdict["period"]), []).append(
            verdict
        )
    found = []
    for (obligation, names, period), verdicts in about.items():
        head = f"  expect {obligation} for {names} in {period}"
        word = next(word for word in WORDS if word in [v["verdict"] for v in verdicts])
        figures = [v["exact"] for v in verdicts if v["verdict"] == word and v["exact"]]
        found += [f"{head} {word} at {figure.replace('/', ' / ')}" for figure in figures]
        found.append(f"{head} {word}")
    return found


@pytest.mark.parametrize("path", STORAGE, ids=lambda path: path.parent.name)
def test_fixtures_in_the_language(path: Path, tmp_path: Path) -> None:
    policy = tmp_path / "storage.sla"
    lines = [(POLICIES / "object_storage.sla").read_text(encoding="utf-8")]
    runs, rows = json.loads(path.read_text(encoding="utf-8"))["runs"], given_rows(path.parent)
    runs = runs if len(rows) < 1000 else runs[:1]  # a long text once
    for number, run in enumerate(runs):
        expected = expectations(run)
        assert expected
        known = [f"  as of {run['as_of']}"] if run.get("as_of") else []
        body = [*known, *rows, *expected]
        lines += [f'test "{number}" {{', *body, "}"]
    policy.write_text("\n".join(lines), encoding="utf-8")
    done = sladsl("test", policy)
    passed = f"{len(runs)} test{'s' if len(runs) > 1 else ''}: {len(runs)} passed\n"
    assert done.stdout.endswith(passed), done.stdout + done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_test_of_a_plan_is_of_the_agreement_that_chose_it(path: Path) -> None:
    text = path.read_text("utf-8")
    whole, _ = examine(Source("a.sla", text))
    assert whole is not None
    for name in whole.agreement.plans:
        # as long, so that everything stays in its place
        own = f"plan     {whole.agreement.plan}\n"
        other = text.replace(own, f"{f'plan {name}':{len(own) - 1}}\n")
        assert name == whole.agreement.plan or other != text
        chosen, _ = examine(Source("a.sla", other))
        assert chosen is not None
        assert compiled(under(whole, name), digested=False) == compiled(chosen, digested=False)
