"""`test`: the tests in policies."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sladsl.cli.files import examined
from sladsl.cli.output import Console
from sladsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from sladsl.trials.model import Trial

__all__ = ["test_policies"]


def test_policies(paths: Sequence[str], form: str, console: Console) -> int:
    """Run the tests of each policy; exit status 2 where one can't be run, 1 where one fails."""
    # as for `eval`: no thread on each core for matrices that are never multiplied
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from sladsl.trials.model import Outcome
    from sladsl.trials.run import run_tests

    gc.enable()
    trials: list[Trial] = []
    findings: list[Diagnostic] = []
    whole = True
    for path in paths:
        contract, found = examined(path)
        findings += found
        if form == "text":
            console.findings(found)
        if contract is None:
            whole = False
        else:
            trials += run_tests(contract)
    _say(trials, findings, form, console, whole=whole)
    outcomes = {trial.outcome for trial in trials}
    if not whole or Outcome.NOT_RUN in outcomes:
        return 2
    return 1 if Outcome.FAILED in outcomes else 0


def _say(
    trials: Sequence[Trial],
    findings: Sequence[Diagnostic],
    form: str,
    console: Console,
    *,
    whole: bool,
) -> None:
    """Print what came of the tests; `whole`: each policy could be read."""
    if form == "json":
        from sladsl.reports.json import encode
        from sladsl.trials.json import trials_json

        console.bytes(encode(trials_json(trials, findings)))
        return
    from sladsl.trials.text import render_trials, tallied

    console.say(render_trials(trials, color=console.colored(sys.stdout), quiet=console.quiet))
    if not console.quiet and (trials or whole):
        console.say(f"{tallied(trials)}\n")
