"""The cases of `check`: each text gives the findings that stand below it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from fences import Fence, fences
from sladsl.contract.check import check
from sladsl.diagnostics import render
from sladsl.source import Source
from sladsl.syntax.parse import parse

ROOT = Path(__file__).parent.parent
CASES = sorted((Path(__file__).parent / "cases" / "check").glob("*.md"))
FRAME = (ROOT / "sladsl" / "explanations" / "frame.sla").read_text(encoding="utf-8")


def shown(text: str) -> str:
    """The findings on a text; without an agreement of its own it stands before the frame."""
    framed = text if re.search(r"\bagreement\b", text) else f"{text}\n{FRAME}"
    policy, problems = parse(Source("case.sla", framed))
    findings = problems if policy is None else check(policy)[1]
    return "\n\n".join(render(finding) for finding in findings) + "\n" if findings else "fine\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(path: Path, request: pytest.FixtureRequest) -> None:
    page = path.read_text(encoding="utf-8")
    blocks = list(fences(page))
    pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert pairs
    if request.config.getoption("--update", default=False) or "SLADSL_UPDATE" in os.environ:
        path.write_text(updated(page, pairs), encoding="utf-8")
        return
    for text, expected in pairs:
        assert (text.kind, expected.kind) == ("sla", "text")
        assert shown(text.text) == expected.text, f"{path.name}:{text.line}"


def updated(page: str, pairs: list[tuple[Fence, Fence]]) -> str:
    lines = page.splitlines(keepends=True)
    for text, expected in reversed(pairs):
        start = expected.line - 1
        lines[start : start + expected.text.count("\n")] = [shown(text.text)]
    return "".join(lines)
