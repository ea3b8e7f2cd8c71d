"""Plans as people see them: each command of a page gives the text below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import hold

CASES = sorted((Path(__file__).parent / "cases" / "plan").glob("*.md"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(path, request, tmp_path, monkeypatch)
