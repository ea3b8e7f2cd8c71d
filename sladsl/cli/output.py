"""What is printed: text to a terminal or pipe, findings to standard error, JSON to files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from sladsl.diagnostics import Diagnostic, Severity, render

__all__ = ["Console", "refuse"]

WIDTH = 100


class Console:
    """Where output goes, and whether it is coloured."""

    def __init__(self, color: str = "auto", *, quiet: bool = False) -> None:
        self.choice = color
        self.quiet = quiet

    def colored(self, stream: object) -> bool:
        """Whether a stream gets colour."""
        if self.choice != "auto":
            return self.choice == "always"
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return not plain and bool(getattr(stream, "isatty", lambda: False)())

    def say(self, text: str) -> None:
        """Print the result; `text` ends its own lines."""
        click.echo(text, nl=False, color=True)

    def bytes(self, data: bytes) -> None:
        """Print a document as it is."""
        click.echo(data, nl=False)

    def note(self, text: str) -> None:
        """A word on the side, on standard error."""
        if not self.quiet:
            click.echo(text, err=True, color=True)

    def findings(self, findings: Iterable[Diagnostic]) -> None:
        """Findings in full, on standard error; `--quiet` leaves warnings out."""
        color = self.colored(sys.stderr)
        for finding in findings:
            if self.quiet and finding.severity is Severity.WARNING:
                continue
            click.echo(render(finding, color=color, width=WIDTH), err=True, color=True)
            click.echo("", err=True)


def refuse(console: Console, findings: Iterable[Diagnostic], form: str, command: str) -> int:
    """Say why a request can't be carried out; exit status 2."""
    findings = tuple(findings)
    if form == "json":
        from sladsl.reports.json import diagnostics_json, encode

        console.bytes(encode(diagnostics_json(findings, command)))
    else:
        console.findings(findings)
    return 2
