"""Pages of commands: each command in a `console` block gives the text below it.

A folder of cases that needs nothing more is held to by `test_pages.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest
from commands import ROOT, sladsl

from fences import Fence, fences


class Page(NamedTuple):
    """What the commands of a page say, and what is written there: each with its line."""

    said: list[str]
    written: list[str]


def page(
    path: Path, request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Page:
    """Run the commands of a page; `--update` rewrites what is written there.

    A policy on it is `case.sla`, a block called `NAME.sla` another one beside it, and one called
    `NAME.csv` the file `data/NAME.csv`; other policies and measurements are those that ship.
    """
    monkeypatch.chdir(folder)
    (folder / "policies").symlink_to(ROOT / "policies")
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    (folder / "data").mkdir()
    text = path.read_text(encoding="utf-8")
    found: list[tuple[Fence, str]] = []
    for fence in fences(text):
        if fence.kind == "sla":
            (folder / "case.sla").write_text(fence.text, encoding="utf-8")
        elif fence.kind.endswith(".sla"):
            (folder / fence.kind).parent.mkdir(exist_ok=True)
            (folder / fence.kind).write_text(fence.text, encoding="utf-8")
        elif fence.kind.endswith(".csv"):
            (folder / "data" / fence.kind).write_text(fence.text, encoding="utf-8")
        else:
            assert fence.kind == "console"
            found.append((fence, _shown(fence.text.partition("\n")[0])))
    assert found, f"{path.name}: no command"
    said = [f"{path.name}:{fence.line}\n{shown}" for fence, shown in found]
    if request.config.getoption("--update", default=False) or "SLADSL_UPDATE" in os.environ:
        path.write_text(_updated(text, found), encoding="utf-8")
        return Page(said, said)
    return Page(said, [f"{path.name}:{fence.line}\n{fence.text}" for fence, _ in found])


def _shown(command: str) -> str:
    """The command, what it says, and its exit status where that isn't 0."""
    prompt, word, *arguments = command.split()
    assert (prompt, word) == ("$", "sladsl")
    done = sladsl(*arguments)
    status = f"[exit {done.exit_code}]\n" if done.exit_code else ""
    return f"{command}\n{done.stdout}{done.stderr}{status}"


def _updated(page: str, found: list[tuple[Fence, str]]) -> str:
    lines = page.splitlines(keepends=True)
    for fence, text in reversed(found):
        start = fence.line - 1
        lines[start : start + fence.text.count("\n")] = [text]
    return "".join(lines)
