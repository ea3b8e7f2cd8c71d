"""`checklist`: clause by clause what an agreement needs, and whether it is kept."""

from __future__ import annotations

import sys

from sladsl.cli.output import WIDTH, Console
from sladsl.cli.request import Request, asked_of
from sladsl.pipeline import evaluate

__all__ = ["show_checklist"]


def show_checklist(request: Request) -> int:
    """Carry out a request; its exit status: 0, however the clauses stand."""
    console = Console(request.color, quiet=request.quiet)
    asked = asked_of(request, console, digested=True)
    if isinstance(asked, int):
        return asked
    plan, sources, options = asked
    from sladsl.analysis.checklist import checklist

    done = evaluate(plan, sources, options)
    clauses = checklist(done)
    if request.format_ == "json":
        from sladsl.analysis.checklist_json import checklist_json
        from sladsl.reports.json import encode

        console.bytes(encode(checklist_json(clauses, done)))
        return 0
    from sladsl.analysis.checklist_text import render_checklist

    text = render_checklist(clauses, done, width=WIDTH, color=console.colored(sys.stdout))
    console.say(text)
    return 0
