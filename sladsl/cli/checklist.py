"""`checklist`: clause by clause what an agreement needs, and whether it is kept."""

from __future__ import annotations

import gc
import os
import sys

from sladsl.cli.evaluation import Request, options_of, sources_of
from sladsl.cli.output import WIDTH, Console, refuse
from sladsl.cli.plans import plan_of
from sladsl.pipeline import evaluate

__all__ = ["show_checklist"]


def show_checklist(request: Request) -> int:
    """Carry out a request; its exit status: 0, however the clauses stand."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrix is ever multiplied
    console = Console(request.color, quiet=request.quiet)
    plan = plan_of(request.policy, request.obligation, console, digested=True)
    if isinstance(plan, tuple):
        return refuse(console, plan, request.format_, request.command)
    sources, options = sources_of(plan, request), options_of(plan, request)
    from sladsl.analysis.checklist import checklist

    gc.freeze()
    gc.enable()
    done = evaluate(plan, sources, options)
    clauses = checklist(done)
    if request.format_ == "json":
        from sladsl.analysis.checklist_json import checklist_json
        from sladsl.reports.json import encode

        console.bytes(encode(checklist_json(clauses, done)))
        return 0
    from sladsl.analysis.checklist_text import render_checklist

    text = render_checklist(clauses, done, width=WIDTH, color=console.colored(sys.stdout))
    console.bytes(text.encode("utf-8", "backslashreplace"))
    return 0
