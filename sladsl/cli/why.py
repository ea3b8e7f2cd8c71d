"""`why`: a verdict walked by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sladsl.cli.output import WIDTH, Console
from sladsl.cli.refusals import bad_option, needed
from sladsl.cli.request import Request, asked_of, in_groups, period_filter
from sladsl.diagnostics import nearest
from sladsl.pipeline import evaluate
from sladsl.plan.narrow import obligations

if TYPE_CHECKING:
    from sladsl.plan.model import Plan
    from sladsl.verdicts.result import Judged

__all__ = ["explain_verdict"]

_MOST = 12  # verdicts that are walked at once


def explain_verdict(request: Request) -> int:
    """Carry out a request; its exit status: 0, whatever the verdict is."""
    console = Console(request.color, quiet=request.quiet)
    asked = asked_of(request, console, digested=True)
    if isinstance(asked, int):
        return asked
    plan, sources, options = asked
    names = obligations(plan)
    if not request.obligation and len(names) > 1:
        raise needed("--obligation", f"name the one whose verdict is meant: {_few(names)}")
    from sladsl.analysis.why import walks

    done = evaluate(plan, sources, options)
    plan = done.plan or plan
    wanted = _wanted(done.judged, request, done.plan or plan)
    found = walks(done.plan or plan, sources, options, done, wanted)
    if request.format_ == "json":
        from sladsl.analysis.why_json import walks_json
        from sladsl.reports.json import encode

        console.bytes(encode(walks_json(found, done)))
        return 0
    from sladsl.analysis.why_text import render_walks

    text = render_walks(
        found, plan.zone, plan.currency or "", width=WIDTH, color=console.colored(sys.stdout)
    )
    console.say(text)
    return 0


def _wanted(judged: Sequence[Judged], request: Request, plan: Plan) -> list[Judged]:
    """The verdicts that are meant. Raises `Refused` where there is none, or too many."""
    keep = period_filter(request, plan)
    periods = list(dict.fromkeys(j.verdict.period.label for j in judged))
    if request.period is None and len(periods) > 1:
        raise needed("--period", f"name one: periods judged are {periods[0]} to {periods[-1]}")
    found = [
        j
        for j in judged
        if keep(j.verdict.period.start, j.verdict.period.end, j.verdict.period.label)
    ]
    if not found:
        help = "nothing was judged"
        if periods:
            help = f"periods judged are {periods[0]} to {periods[-1]}"
        raise bad_option("--period", request.period or "", help)
    groups = sorted({text for j in found for _, text in j.verdict.group})
    chosen = [j for j in found if in_groups(j.verdict, request.group)]
    if not chosen:
        help = nearest(request.group[0].rpartition("=")[2], groups) or f"groups: {_few(groups)}"
        raise bad_option("--group", ", ".join(request.group), help)
    if len(chosen) > _MOST:
        raise needed("--group", f"{len(chosen)} verdicts: name one of {_few(groups)}")
    return chosen


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
