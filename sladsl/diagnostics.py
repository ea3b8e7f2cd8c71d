"""Findings about what a user wrote, as data, and their rendering as text.

A diagnostic is a value: passes over a user's text return diagnostics beside their result
and raise nothing. `Refused` carries diagnostics to the command line where a request can't
be carried out at all (a file that can't be read, a clause that can't be evaluated yet).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from sladsl.source import Place, Span

__all__ = ["Diagnostic", "Label", "Refused", "Severity", "nearest", "printable", "render"]


class Severity(StrEnum):
    """How much a finding weighs: an error stops what was asked for."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and the words that stand beside it."""

    where: Span | Place
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `message`, labels and `help` are lower case without a full stop."""

    code: str
    message: str
    label: Label
    related: tuple[Label, ...] = ()
    help: str = ""
    severity: Severity = Severity.ERROR


class Refused(Exception):
    """The request can't be carried out; exit status 2."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


def nearest(word: str, known: Iterable[str]) -> str:
    """The sentence `did you mean ...?` for the nearest known name, or nothing."""
    names = sorted(set(known))
    found = get_close_matches(word, names, 1, 0.6)
    if not found:
        folded = {name.casefold(): name for name in names}
        found = [folded[n] for n in get_close_matches(word.casefold(), folded, 1, 0.6)]
    return f"did you mean `{found[0]}`?" if found else ""
