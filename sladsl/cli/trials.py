"""`test`: the tests in policies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sladsl.cli.files import read_policy
from sladsl.cli.output import Console
from sladsl.diagnostics import Refused
from sladsl.pipeline import examine

if TYPE_CHECKING:
    from sladsl.trials.model import Trial

__all__ = ["test_policies"]


def test_policies(paths: tuple[str, ...], console: Console) -> int:
    """Run the tests of each policy; exit status 2 where one can't be run, 1 where one fails."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from sladsl.trials.model import Outcome
    from sladsl.trials.run import run_tests
    from sladsl.trials.text import render_trials, tallied

    trials: list[Trial] = []
    errors = False
    for path in paths:
        try:
            contract, findings = examine(read_policy(path))
        except Refused as refused:
            contract, findings = None, refused.diagnostics
        console.findings(findings)
        if contract is None:
            errors = True
            continue
        found = run_tests(contract)
        color = console.colored(sys.stdout)
        console.say(render_trials(found, color=color, quiet=console.quiet))
        trials += found
    if not console.quiet and (trials or not errors):
        console.say(f"{tallied(trials)}\n")
    outcomes = {trial.outcome for trial in trials}
    if errors or Outcome.NOT_RUN in outcomes:
        return 2
    return 1 if Outcome.FAILED in outcomes else 0
