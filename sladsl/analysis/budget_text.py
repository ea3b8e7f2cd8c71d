"""Budgets for people, a line for each period and group; and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from sladsl.analysis.budget import Budget, Of, State
from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, RED, YELLOW, Paint, cut, table
from sladsl.reports.figures import exact, shown
from sladsl.reports.json import FORMAT_VERSION, Document
from sladsl.reports.times import clock, iso
from sladsl.reports.wording import group_of, label_of, promised_by
from sladsl.verdicts.model import Figure
from sladsl.verdicts.result import Judgement

__all__ = ["budgets_json", "render_budgets"]

_NOUNS = {
    Of.DOWNTIME: "", Of.FAILING: "failing rows", Of.COUNTED: "such rows", Of.ROWS: "rows",
    Of.OUTAGES: "outages", Of.AMOUNT: "",
}  # fmt: skip
_MINUTE = 60 * 10**9
_LITTLE = 10  # percent that are left


def render_budgets(
    judgement: Judgement, found: Sequence[Budget], *, width: int = 100, color: bool = False
) -> str:
    """What is left until breach in each open period, with a final line end."""
    paint = Paint(color)
    zone = judgement.zone
    lines = [
        paint(cut(f"{printable(judgement.agreement)}: what is left until breach", width), BOLD),
        cut(f"as of {clock(judgement.as_of, zone)} {printable(zone)}", width),
    ]
    if not found:
        return "\n".join([*lines, "", "no period is open"]) + "\n"
    titles: dict[tuple[str, int], list[Budget]] = {}
    for one in found:
        key = one.verdict.obligation, one.verdict.requirement
        titles.setdefault(key, []).append(one)
    for (obligation, _), own in titles.items():
        title = f"{printable(obligation)}: {promised_by(own[0].verdict)}"
        lines += ["", paint(cut(title, width), BOLD)]
        rows = [
            [f"  {group_of(one.verdict)}", label_of(one.verdict), _left(one), _used(one),
             _rate(one, zone)]
            for one in own
        ]  # fmt: skip
        for one, cells in zip(own, table(rows), strict=True):
            text = cut("  ".join(cells).rstrip(), width)
            lines.append(_painted(one, text, paint))
    return "\n".join(lines) + "\n"


def _painted(one: Budget, text: str, paint: Paint) -> str:
    if one.state is State.SPENT:
        return paint(text, RED)
    share = one.share
    return paint(text, YELLOW) if share is not None and share * 100 < _LITTLE else text


def _said(figure: Figure, of: Of | None) -> str:
    noun = "" if of is None else _NOUNS[of]
    if noun and noun.endswith("s") and figure.value == 1:
        noun = noun[:-1]
    return f"{shown(figure)} {noun}".rstrip()


def _left(one: Budget) -> str:
    match one.state:
        case State.UNKNOWN:
            return "open until its end"
        case State.EARNED:
            return "reached"
        case State.OWED:
            assert one.needed is not None
            return f"{_said(one.needed, one.of)} to come"
        case State.SPENT:
            if one.needed is None:
                return "spent"
            others = "others" if one.of is Of.COUNTED else "good ones"
            return f"spent: {shown(one.needed)} {others} needed"
        case State.LEFT:
            assert one.left is not None
            return f"{_said(one.left, one.of)} left"


def _used(one: Budget) -> str:
    if one.used is None:
        return ""
    if one.allowed is None:
        return f"{shown(one.used)} so far"
    text = f"{shown(one.used)} of {shown(one.allowed)}"
    if one.allowed.value:
        text += f" ({floor(100 * one.used.value / one.allowed.value)}%)"
    return text


def _rate(one: Budget, zone: str) -> str:
    if one.state is State.LEFT and one.of not in (Of.FAILING, Of.COUNTED):
        if one.until is None:
            return "lasts at this rate"
        return f"until {_minute(one.until, zone)} at this rate"
    if one.state is State.OWED:
        if one.until is None:
            return "not reached at this rate"
        return f"reached {_minute(one.until, zone)} at this rate"
    return ""


def _minute(time: int, zone: str) -> str:
    """A moment that nobody knows to the second."""
    return clock(time // _MINUTE * _MINUTE, zone)


def budgets_json(judgement: Judgement, found: Sequence[Budget]) -> Document:
    """The same for programs."""
    zone = judgement.zone
    return {
        "format_version": FORMAT_VERSION,
        "policy": {"agreement": judgement.agreement, "digest": judgement.policy_digest},
        "as_of": iso(judgement.as_of, zone),
        "budgets": [_budget(one, zone) for one in found],
    }


def _budget(one: Budget, zone: str) -> Document:
    verdict, share = one.verdict, one.share
    return {
        "obligation": verdict.obligation,
        "requirement": verdict.requirement,
        "period": {
            "label": verdict.period.label,
            "start": iso(verdict.period.start, zone),
            "end": iso(verdict.period.end, zone),
        },
        "group": dict(verdict.group),
        "verdict": verdict.word.value,
        "state": one.state.value,
        "of": None if one.of is None else one.of.value,
        "used": _exact(one.used),
        "allowed": _exact(one.allowed),
        "left": _exact(one.left),
        "left_share": None if share is None else f"{share.numerator}/{share.denominator}",
        "needed": _exact(one.needed),
        "until": None if one.until is None else iso(one.until, zone),
    }


def _exact(figure: Figure | None) -> str | None:
    return None if figure is None else exact(figure)
