"""Agreements that were published: each is checked, formatted, and passes its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import POLICIES, sladsl

PUBLIC = sorted((POLICIES / "public").glob("*.sla"))


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_it_is_checked_and_formatted(path: Path) -> None:
    done = sladsl("check", path)
    assert done.exit_code == 0, done.output
    assert done.output.endswith(": ok\n"), done.output
    assert sladsl("fmt", "--check", path).exit_code == 0


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_it_passes_its_own_tests(path: Path) -> None:
    done = sladsl("test", path)
    assert done.exit_code == 0, done.output
    assert "0 tests" not in done.output
