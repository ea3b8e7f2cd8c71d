"""Clauses that exclude each other: `greatest of`, `instead of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from sladsl.credits.limits import largest
from sladsl.credits.lines import Draft, Line
from sladsl.plan import model as p
from sladsl.verdicts.model import Period

__all__ = ["greatest", "instead"]


def greatest(draft: Draft, over: Callable[[Line], Period]) -> None:
    """Of the payments of one `greatest of` only the largest of a period (and group) is due."""
    found: dict[object, list[Line]] = {}
    for line in draft.lines:
        payment = line.payment
        if payment is not None and payment.greatest:
            period = over(line)
            group = () if payment.occurrence == "once" else line.group
            key = payment.greatest, period.start, period.end, group
            found.setdefault(key, []).append(line)
    for lines in found.values():
        if sum(line.amount > 0 for line in lines) > 1:
            largest(draft, lines, "greatest of")


def instead(plan: p.Plan, drafts: Sequence[Draft]) -> None:
    """What is paid instead of another obligation's payments takes their place.

    For time and groups that both are about. What was settled before stays as it is.
    """
    replaces = {pay.obligation: pay.instead for pay in plan.payments if pay.instead}
    for obligation in _in_order(replaces):
        others = replaces[obligation]
        for draft in drafts:
            for line in draft.lines:
                if line.obligation == obligation and line.amount > 0 and _replaces(line):
                    for later in drafts:
                        if later.period.end >= draft.period.end:
                            _replace(line, later, others)


def _replaces(line: Line) -> bool:
    return line.payment is not None and bool(line.payment.instead)


def _replace(line: Line, draft: Draft, others: Sequence[str]) -> None:
    group = dict(line.group)
    for other in draft.lines:
        if other.obligation not in others or not other.amount or _is_bonus(other):
            continue
        apart = other.period.end <= line.period.start or line.period.end <= other.period.start
        if apart or any(group.get(name, value) != value for name, value in other.group):
            continue
        other.amount = Fraction(0)
        detail = f"{line.obligation} is paid instead, for {line.period.label}"
        draft.steps.append(other.step("instead of", detail))


def _is_bonus(line: Line) -> bool:
    return line.payment is not None and line.payment.direction == "bonus"


def _in_order(replaces: Mapping[str, Sequence[str]]) -> list[str]:
    """Obligations that are paid instead of others, each after those that replace it."""
    left, found = dict(replaces), []
    while left:
        ready = [name for name in left if not any(name in others for others in left.values())]
        for name in ready or list(left):  # check: none is paid instead of itself
            found.append(name)
            del left[name]
    return found
