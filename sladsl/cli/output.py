"""What is printed: text to a terminal or pipe, findings to standard error, JSON to files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from sladsl.diagnostics import Diagnostic, Label, Refused, Severity, printable, render
from sladsl.source import Place

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
        _echo(text)

    def bytes(self, data: bytes) -> None:
        """Print a document as it is."""
        _echo(data)

    def note(self, text: str) -> None:
        """A word on the side, on standard error; names of files in it can't steer a terminal."""
        if not self.quiet:
            click.echo(printable(text).encode("utf-8"), err=True)

    def findings(self, findings: Iterable[Diagnostic]) -> None:
        """Findings in full, on standard error; `--quiet` leaves warnings out."""
        color = self.colored(sys.stderr)
        for finding in findings:
            if self.quiet and finding.severity is Severity.WARNING:
                continue
            text = render(finding, color=color, width=WIDTH)
            click.echo(f"{text}\n".encode("utf-8", "backslashreplace"), err=True)


def _echo(data: str | bytes) -> None:
    """To standard output, as UTF-8 whatever the locale. Raises `Refused`, `BrokenPipeError`."""
    if isinstance(data, str):
        data = data.encode("utf-8", "backslashreplace")
    try:
        click.echo(data, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        place = Label(Place("<stdout>"))
        raise Refused(Diagnostic("SLA152", f"can't be written: {why}", place)) from None


def refuse(console: Console, findings: Iterable[Diagnostic], form: str, command: str) -> int:
    """Say why a request can't be carried out; exit status 2."""
    findings = tuple(findings)
    if form == "json":
        from sladsl.reports.json import diagnostics_json, encode

        console.bytes(encode(diagnostics_json(findings, command)))
    else:
        console.findings(findings)
    return 2
