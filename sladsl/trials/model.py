"""What came of a test: each expectation beside what was found, or why there is nothing to find."""

from __future__ import annotations

from enum import StrEnum

from sladsl.diagnostics import Diagnostic
from sladsl.records import Record

__all__ = ["Checked", "Outcome", "Trial"]


class Outcome(StrEnum):
    """How a test went."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "can't be run"


class Checked(Record):
    """One expectation. `at` is its place, `clause` that of what was judged (or nothing)."""

    expected: str
    at: str
    actual: str
    clause: str
    holds: bool


class Trial(Record):
    """One test. `findings` say why it can't be run; then nothing was checked."""

    title: str
    at: str
    checked: tuple[Checked, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How the test went."""
        if self.findings:
            return Outcome.NOT_RUN
        return Outcome.PASSED if all(c.holds for c in self.checked) else Outcome.FAILED
