"""Options that can't be used."""

from __future__ import annotations

from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.source import Place

__all__ = ["bad_option"]


def bad_option(option: str, value: str, help: str) -> Refused:
    """The refusal of an option's value."""
    return Refused(
        Diagnostic("SLA155", f"`{value}` doesn't fit {option}", Label(Place(option)), help=help)
    )
