"""`restate`: what rows that were recorded too late would have changed."""

from __future__ import annotations

import sys

from sladsl.cli.output import WIDTH, Console
from sladsl.cli.request import Request, asked_of

__all__ = ["show_restated"]


def show_restated(request: Request) -> int:
    """Carry out a request; its exit status: 0 nothing would change, 1 something would."""
    console = Console(request.color, quiet=request.quiet)
    asked = asked_of(request, console, digested=request.format_ == "json")
    if isinstance(asked, int):
        return asked
    plan, sources, options = asked
    from sladsl.analysis.restate import restate
    from sladsl.analysis.restate_text import render_restate, restate_json

    found = restate(plan, sources, options)
    if request.format_ == "json":
        from sladsl.reports.json import encode

        console.bytes(encode(restate_json(found)))
    else:
        text = render_restate(found, width=WIDTH, color=console.colored(sys.stdout))
        console.say(text)
    return 1 if found.verdicts or found.statements else 0
