"""`budget`: what is left until breach."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sladsl.cli.output import WIDTH, Console
from sladsl.cli.refusals import bad_option
from sladsl.cli.request import Request, asked_of, in_groups, period_filter
from sladsl.pipeline import evaluate

if TYPE_CHECKING:
    from sladsl.analysis.budget import Budget

__all__ = ["show_budgets"]


def show_budgets(request: Request) -> int:
    """Carry out a request; its exit status.

    1: a budget is spent; 3: nothing is open, or nothing can be said of what is; else 0.
    """
    console = Console(request.color, quiet=request.quiet)
    asked = asked_of(request, console, digested=request.format_ == "json")
    if isinstance(asked, int):
        return asked
    plan, sources, options = asked
    from sladsl.analysis.budget import budgets

    done = evaluate(plan, sources, options)
    keep = period_filter(request, done.plan or plan)
    found = [
        one
        for one in budgets(done.plan or plan, done.judged, done.judgement.as_of)
        if keep(one.verdict.period.start, one.verdict.period.end, one.verdict.period.label)
        and in_groups(one.verdict, request.group)
    ]
    if request.group and not found and done.judged:
        raise bad_option("--group", ", ".join(request.group), "see the groups in the output")
    if request.format_ == "json":
        from sladsl.analysis.budget_text import budgets_json
        from sladsl.reports.json import encode

        console.bytes(encode(budgets_json(done.judgement, found)))
        return _status(found)
    from sladsl.analysis.budget_text import render_budgets

    color = console.colored(sys.stdout)
    text = render_budgets(done.judgement, found, width=WIDTH, color=color)
    console.say(text)
    return _status(found)


def _status(found: Sequence[Budget]) -> int:
    from sladsl.analysis.budget import State

    states = {one.state for one in found}
    if State.SPENT in states:
        return 1
    return 0 if states - {State.UNKNOWN} else 3
