"""Cases as pages: each command of a page gives the text below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import hold

FOLDERS = ("money", "eval", "plan", "why")
CASES = [
    page
    for folder in FOLDERS
    for page in sorted((Path(__file__).parent / "cases" / folder).glob("*.md"))
]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_page(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(path, request, tmp_path, monkeypatch)


def test_no_folder_is_empty() -> None:
    assert {page.parent.name for page in CASES} == set(FOLDERS)
