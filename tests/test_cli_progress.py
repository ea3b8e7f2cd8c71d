"""How far reading is: shown to a person who waits, and to nobody else."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from sladsl.cli import progress
from sladsl.cli.progress import Progress


class Terminal:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error from now on (a fixture would be undone by pytest's own capturing)."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    return found


def at(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    left = iter(seconds)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(left))


def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    at(monkeypatch, 0.0, 0.3, 0.9)
    bar = Progress()
    bar.tick(10)
    bar.tick(10)
    bar.clear()
    assert terminal.text == ""


def test_a_long_run_is_counted_and_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    at(monkeypatch, 0.0, 1.5, 1.6, 2.5)
    bar = Progress()
    for rows in (1_000_000, 5, 234_562):
        bar.tick(rows)
    bar.clear()
    lines = terminal.text.split("\r\x1b[K")
    assert lines == ["", "1,000,000 rows read in 2 s", "1,234,567 rows read in 2 s", ""]


def test_only_a_terminal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    a_terminal(monkeypatch)
    assert Progress.wanted(quiet=False)
    assert not Progress.wanted(quiet=True)
    away: Any = None
    monkeypatch.setattr(sys, "stderr", away)
    assert not Progress.wanted(quiet=False)
