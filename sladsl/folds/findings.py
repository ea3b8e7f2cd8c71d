"""What can go wrong while rows are folded, as diagnostics."""

from __future__ import annotations

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Place

__all__ = ["beyond_the_years", "conflict", "no_holidays", "nothing_known", "overflow", "too_many"]


def conflict(stream: str, what: str, first: tuple[str, int], second: tuple[str, int]) -> Diagnostic:
    """Two rows that contradict each other: `what` they have in common, and both positions."""
    (path, row), (other_path, other_row) = first, second
    return Diagnostic(
        "SLA601",
        f"two rows of stream `{stream}` {what} contradict each other",
        Label(Place(path), f"data row {row + 1}"),
        (Label(Place(other_path), f"data row {other_row + 1}"),),
        "correct the measurements, or declare `recorded` so that the later row supersedes",
    )


def too_many(what: str, where: str, help: str) -> Diagnostic:
    """More periods, windows or groups than the limits allow."""
    return Diagnostic("SLA602", what, Label(Place(where)), help=help)


def overflow(stream: str, what: str) -> Diagnostic:
    """A value of a row that doesn't fit 64 bits."""
    return Diagnostic(
        "SLA603", f"in stream `{stream}`: {what}", Label(Place(stream)), help="check the units"
    )


def nothing_known(where: str) -> Diagnostic:
    """No row to take as-of from."""
    return Diagnostic(
        "SLA604",
        "there is no row to take the moment of knowledge from",
        Label(Place(where)),
        help="say `--as-of TIME`, or give measurements",
    )


def no_holidays(calendar: str, region: str, year: int) -> Diagnostic:
    """A year whose public holidays aren't known."""
    return Diagnostic(
        "SLA605",
        f"the public holidays of `{region}` in {year} aren't known",
        Label(Place(f"calendar `{calendar}`")),
        help="list the days with `closed on DATE` instead of `closed on holidays`",
    )


def beyond_the_years(where: str) -> Diagnostic:
    """A term in which periods can't be told."""
    return Diagnostic(
        "SLA607",
        "the term, or what is known of it, leaves the years 1680 to 2257",
        Label(Place(where)),
        help="times are counted in nanoseconds, which reach no further: correct the term",
    )
