"""`sladsl test`: what each test in a policy comes to, page by page."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import POLICIES, codes, sladsl, valid
from pages import hold

CASES = sorted((Path(__file__).parent / "cases" / "trials").glob("*.md"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(path, request, tmp_path, monkeypatch)


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
    done = sladsl("test", wrong, POLICIES / "hosting.sla", "nothing.sla", "--format", "json")
    assert (done.exit_code, done.stderr) == (2, "")
    document = valid(done.stdout)
    assert document["summary"] == {"passed": 0, "failed": 1, "not_run": 2}
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
    assert {d["code"] for d in document["tests"][1]["diagnostics"]} == {"SLA600"}
