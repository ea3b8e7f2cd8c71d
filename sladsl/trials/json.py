"""What came of tests as a JSON document, in the form of `reports/schema.json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sladsl.diagnostics import Diagnostic, to_dict
from sladsl.reports.json import FORMAT_VERSION, Document
from sladsl.trials.model import Checked, Outcome, Trial

__all__ = ["trials_json"]

_WORDS = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.NOT_RUN: "not_run"}


def trials_json(trials: Sequence[Trial], findings: Iterable[Diagnostic]) -> Document:
    """The tests in their order, and what was found in the policies themselves."""
    outcomes = [trial.outcome for trial in trials]
    return {
        "format_version": FORMAT_VERSION,
        "tests": [_trial(trial) for trial in trials],
        "diagnostics": [to_dict(finding) for finding in findings],
        "summary": {word: outcomes.count(outcome) for outcome, word in _WORDS.items()},
    }


def _trial(trial: Trial) -> Document:
    return {
        "title": trial.title,
        "at": trial.at,
        "outcome": _WORDS[trial.outcome],
        "expectations": [_checked(checked) for checked in trial.checked],
        "diagnostics": [to_dict(finding) for finding in trial.findings],
    }


def _checked(checked: Checked) -> Document:
    return {
        "expected": checked.expected,
        "at": checked.at,
        "actual": checked.actual,
        "clause": checked.clause,
        "holds": checked.holds,
    }
