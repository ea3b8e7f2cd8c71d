"""The blocks of a text report on the life of an agreement: what amendments restated."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.credits.life import Life
from sladsl.credits.restated import Payable, Restated, Restatement
from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, YELLOW, Paint, cut
from sladsl.reports.figures import amount
from sladsl.reports.times import clock
from sladsl.reports.wording import group_of, label_of, more, target_of, value
from sladsl.verdicts.model import Verdict

__all__ = ["life_lines"]

_MOST = {"verdicts": 8, "statements": 4}


def life_lines(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    """What there is to say of an agreement's life."""
    return [line for one in life.restatements for line in _restatement(one, zone, width, paint)]


def _restatement(one: Restatement, zone: str, width: int, paint: Paint) -> list[str]:
    names = ", ".join(printable(a.name) for a in one.amendments)
    since = clock(min(a.since for a in one.amendments), zone)[:10]
    head = f"RESTATED by {names}, signed {clock(one.signed, zone)[:10]}, in force from {since}"
    lines = ["", paint(cut(head, width), BOLD if not one.verdicts else YELLOW)]
    if not one.verdicts and not one.statements:
        lines.append(cut(f"  nothing changes in {one.looked_at} verdicts of that time", width))
    shown = one.verdicts[: _MOST["verdicts"]]
    lines += [cut(f"  {_said(pair)}", width) for pair in shown]
    if len(one.verdicts) > len(shown):
        lines.append(f"  {more(len(one.verdicts) - len(shown), 'verdict')}")
    lines += _totals(one.statements, width)
    return lines


def _said(pair: Restated) -> str:
    one = pair.now or pair.before
    assert one is not None
    group = f" {group_of(one)}" if one.group else ""
    name = f"{printable(one.obligation)} {one.requirement}{group} {label_of(one)}"
    return f"{name}: {_side(pair.before)}; now {_side(pair.now)}"


def _side(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not judged"
    return f"{verdict.word}, {value(verdict)} ({verdict.operator} {target_of(verdict)})"


def _totals(totals: Sequence[Payable], width: int) -> list[str]:
    lines = []
    for total in totals[: _MOST["statements"]]:
        parties = f"{printable(total.payer)} to {printable(total.payee)}"
        before = amount(total.before, total.currency, total.minor)
        now = amount(total.now, total.currency, total.minor)
        text = f"{total.direction} {printable(total.period.label)} by {parties}: {before}; now"
        lines.append(cut(f"  {text} {now}", width))
    over = len(totals) - len(lines)
    return [*lines, *([f"  {more(over, 'statement')}"] if over > 0 else [])]
