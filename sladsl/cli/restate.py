"""`restate`: what rows that were recorded too late would have changed."""

from __future__ import annotations

import gc
import os
import sys

from sladsl.cli.evaluation import Request, options_of, sources_of
from sladsl.cli.output import WIDTH, Console, refuse
from sladsl.cli.plans import plan_of

__all__ = ["show_restated"]


def show_restated(request: Request) -> int:
    """Carry out a request; its exit status: 0 nothing would change, 1 something would."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrix is ever multiplied
    console = Console(request.color, quiet=request.quiet)
    plan = plan_of(request.policy, request.obligation, console, digested=request.format_ == "json")
    if isinstance(plan, tuple):
        return refuse(console, plan, request.format_, request.command)
    sources, options = sources_of(plan, request), options_of(plan, request)
    from sladsl.analysis.restate import restate
    from sladsl.analysis.restate_text import render_restate, restate_json

    gc.freeze()
    gc.enable()
    found = restate(plan, sources, options)
    if request.format_ == "json":
        from sladsl.reports.json import encode

        console.bytes(encode(restate_json(found)))
    else:
        text = render_restate(found, width=WIDTH, color=console.colored(sys.stdout))
        console.bytes(text.encode("utf-8", "backslashreplace"))
    return 1 if found.verdicts or found.statements else 0
