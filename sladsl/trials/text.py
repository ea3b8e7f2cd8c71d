"""What came of tests, for people: a line each, and of what failed both places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sladsl.diagnostics import Diagnostic, printable
from sladsl.reports.columns import GREEN, RED, YELLOW, Paint
from sladsl.trials.model import Checked, Outcome, Trial

__all__ = ["render_trials", "tallied"]

_TONES = {Outcome.PASSED: GREEN, Outcome.FAILED: RED, Outcome.NOT_RUN: YELLOW}
_WORDS = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.NOT_RUN: "CAN'T BE RUN"}
_WIDTH = max(map(len, _WORDS.values()))


def render_trials(trials: Iterable[Trial], *, color: bool = False, quiet: bool = False) -> str:
    """A line for each test, and what was expected and found of those that failed.

    `quiet`: nothing of those that passed.
    """
    paint = Paint(color)
    lines: list[str] = []
    for trial in trials:
        if quiet and trial.outcome is Outcome.PASSED:
            continue
        word = paint(f"{_WORDS[trial.outcome]:{_WIDTH}}", _TONES[trial.outcome])
        lines.append(f"{word}  {printable(trial.at)}: {printable(trial.title)}")
        lines += [_refusal(finding) for finding in trial.findings]
        for checked in trial.checked:
            if not checked.holds:
                lines += _beside(checked)
    return "".join(f"{line}\n" for line in lines)


def _refusal(finding: Diagnostic) -> str:
    """Why a test can't be run, and where that stands."""
    return printable(f"  {finding.label.where.place}: {finding.message}")


def _beside(checked: Checked) -> list[str]:
    """What was expected over what was found, each behind its place."""
    clause = f"{checked.clause}: " if checked.clause else ""
    return [
        printable(f"  expected  {checked.at}: {checked.expected}"),
        printable(f"  actual    {clause}{checked.actual}"),
    ]


def tallied(trials: Sequence[Trial]) -> str:
    """`3 tests: 1 passed, 1 failed, 1 can't be run`."""
    found = [trial.outcome for trial in trials]
    parts = [f"{found.count(outcome)} {outcome}" for outcome in Outcome if outcome in found]
    head = "1 test" if len(found) == 1 else f"{len(found)} tests"
    return f"{head}: {', '.join(parts)}" if found else "no tests"
