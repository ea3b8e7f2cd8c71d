"""Cases as pages: each command of a page gives the text below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import page

FOLDERS = ("money", "eval", "plan", "why", "show", "trials")
CASES = [
    path
    for folder in FOLDERS
    for path in sorted((Path(__file__).parent / "cases" / folder).glob("*.md"))
]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_page(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = page(path, request, tmp_path, monkeypatch)
    assert found.said == found.written


def test_no_folder_is_empty() -> None:
    assert {path.parent.name for path in CASES} == set(FOLDERS)
