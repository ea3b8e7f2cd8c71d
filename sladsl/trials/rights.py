"""Whether a right that a remedy gives can be used, held against what a test expects of it."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.contract.model import Contract
from sladsl.pipeline import Evaluation
from sladsl.reports.times import clock
from sladsl.syntax import nodes as n
from sladsl.verdicts.model import Period
from sladsl.verdicts.rights import RemedySeen, Right

__all__ = ["right"]


def right(
    contract: Contract,
    done: Evaluation | None,
    expect: n.Expect,
    group: Sequence[str],
    period: Period | None,
) -> tuple[str, str, bool]:
    """What was found, the remedy's place, and whether it is as expected.

    A right is open as the period ends, or at as-of where none is named.
    """
    name, zone = expect.subject.text, contract.agreement.zone
    node = contract.remedies[name]
    seen: list[RemedySeen] = []
    at = 0
    if done is not None and done.life is not None:
        at = done.judgement.as_of if period is None else period.end
        seen = [one for one in done.life.rights if one.remedy.name == name]
    own = [
        right
        for one in seen
        for right in one.rights
        if tuple(value for _, value in right.group) == tuple(group)
    ]
    usable = [right for right in own if _open_at(right, at)]
    holds = bool(usable) == (expect.verdict == "open")
    if usable:
        return f"open, {_words(usable[0], zone)}", node.span.place, holds
    before = [right for right in own if right.since <= at]
    said = f"over, {_words(before[-1], zone)}" if before else "not arisen"
    bad = list(dict.fromkeys(label for one in seen for label in one.bad))
    if not before:
        said += f"; bad so far: {', '.join(bad) or 'none'}"
    return said, node.span.place, holds


def _open_at(right: Right, at: int) -> bool:
    return right.since <= at and (right.until is None or at <= right.until)


def _words(right: Right, zone: str) -> str:
    until = "" if right.until is None else f" to {clock(right.until, zone)}"
    return f"from {clock(right.since, zone)}{until}, by {', '.join(right.by)}"
