"""Options, and those that can't be used."""

from __future__ import annotations

from collections.abc import Iterable

from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.source import Place

__all__ = ["FORMATS", "bad_option", "needed", "outputs_of"]

FORMATS = ("text", "json")


def bad_option(option: str, value: str, help: str) -> Refused:
    """The refusal of an option's value."""
    what = f"`{value}` doesn't fit {option}"
    return Refused(Diagnostic("SLA155", what, Label(Place(option)), help=help))


def needed(option: str, help: str) -> Refused:
    """The refusal of a command without an option that it can't do without."""
    return Refused(Diagnostic("SLA155", f"{option} is needed", Label(Place(option)), help=help))


def outputs_of(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Formats and files from `--output FORMAT=FILE`. Raises `Refused`."""
    found = []
    for text in texts:
        form, mark, path = text.partition("=")
        if not mark or form not in FORMATS or not path:
            forms = " or ".join(FORMATS)
            raise bad_option("--output", text, f"write FORMAT=FILE; FORMAT is {forms}")
        found.append((form, path))
    return found
