"""Statements for people: every step with what it is about and the amount that it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sladsl.credits.model import Statement, Step
from sladsl.diagnostics import columns, printable
from sladsl.reports.columns import BOLD, Paint, pad
from sladsl.reports.figures import money

__all__ = ["ROUNDED", "render_statements"]

#: The steps whose amounts are multiples of the rounding unit.
ROUNDED = frozenset(
    {"rounding", "returned", "net", "credits", "penalties", "bonuses", "charges", "returns", "fees"}
)

_HEADS = {"net": "net", "total": "net of all periods"}


def render_statements(
    statements: Sequence[Statement], *, width: int = 100, color: bool = False
) -> str:
    """All statements, with a final line end; steps that are too long go on in the next line."""
    paint = Paint(color)
    if not statements:
        return "nothing is due: no statement\n"
    column = max(columns(step.step) for one in statements for step in one.steps)
    lines: list[str] = []
    for one in statements:
        about = _HEADS.get(one.direction) or (
            f"{one.direction}, {printable(one.payer)} to {printable(one.payee)}"
        )
        head = f"{printable(one.period.label)}  {about}"
        lines += ["", paint(pad(head, width - columns(one.currency)) + one.currency, BOLD)]
        lines += [line for step in one.steps for line in _step(step, one, column, width)]
    return "\n".join(lines[1:]) + "\n"


def _step(step: Step, statement: Statement, column: int, width: int) -> Iterator[str]:
    """A step: what it is, about what, in words, and its exact amount on the right."""
    amount = money(step.amount, statement.minor if step.step in ROUNDED else None)
    left = f"  {pad(step.step, column)}  {_said(step, statement)}"
    room = width - columns(amount) - 2
    first, *rest = _wrapped(left, room, column + 4)
    yield pad(first, room) + "  " + amount
    yield from rest


def _said(step: Step, statement: Statement) -> str:
    about = []
    if step.obligation:
        number = f" {step.requirement}" if step.requirement > 1 else ""
        about.append(f"{printable(step.obligation)}{number}")
    about += [printable(value) or '""' for _, value in step.group]
    if step.period and step.period != statement.period.label:
        about.append(printable(step.period))
    detail = printable(step.detail)
    return f"{' '.join(about)}: {detail}" if about else detail


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """The lines of a text, which begins with blanks; what is too long goes on further in."""
    start = len(text) - len(text.lstrip())
    words = text.lstrip().split(" ")
    lines, line = [], " " * start + words[0]
    for word in words[1:]:
        longer = f"{line} {word}"
        if columns(longer) > width:
            lines.append(line.rstrip())
            longer = " " * indent + word
        line = longer
    return [*lines, line.rstrip()]
