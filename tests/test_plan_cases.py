"""Plans as people see them: each command of a page gives the text below it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import ROOT, sladsl

from fences import Fence, fences

CASES = sorted((Path(__file__).parent / "cases" / "plan").glob("*.md"))


def shown(command: str) -> str:
    """The command, what it says, and its exit status where that isn't 0."""
    prompt, word, *arguments = command.split()
    assert (prompt, word) == ("$", "sladsl")
    done = sladsl(*arguments)
    status = f"[exit {done.exit_code}]\n" if done.exit_code else ""
    return f"{command}\n{done.stdout}{done.stderr}{status}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy on the page is `case.sla`; others are those that ship."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    page = path.read_text(encoding="utf-8")
    found: list[tuple[Fence, str]] = []
    for fence in fences(page):
        if fence.kind == "sla":
            (tmp_path / "case.sla").write_text(fence.text, encoding="utf-8")
        else:
            assert fence.kind == "console"
            found.append((fence, shown(fence.text.partition("\n")[0])))
    assert found
    if request.config.getoption("--update", default=False) or "SLADSL_UPDATE" in os.environ:
        path.write_text(updated(page, found), encoding="utf-8")
        return
    for fence, text in found:
        assert text == fence.text, f"{path.name}:{fence.line}"


def updated(page: str, found: list[tuple[Fence, str]]) -> str:
    lines = page.splitlines(keepends=True)
    for fence, text in reversed(found):
        start = fence.line - 1
        lines[start : start + fence.text.count("\n")] = [text]
    return "".join(lines)
