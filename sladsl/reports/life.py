"""The blocks of a text report on the life of an agreement: rights, renewal, reviews, amendments."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.credits.life import Life
from sladsl.credits.restated import Payable, Restated, Restatement
from sladsl.diagnostics import printable
from sladsl.reports.columns import BOLD, YELLOW, Paint, cut, folded
from sladsl.reports.figures import amount
from sladsl.reports.times import clock
from sladsl.reports.wording import group_of, label_of, more, target_of, value
from sladsl.verdicts.model import Verdict
from sladsl.verdicts.renewal import Renewed
from sladsl.verdicts.reviews import Standing

__all__ = ["changed_lines", "life_lines"]

_MOST = {"verdicts": 8, "statements": 4, "rights": 3, "bad": 6, "reviews": 2}


def life_lines(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    """What there is to say of an agreement's life."""
    lines = _rights(life, zone, width, paint)
    lines += _renewals(life, zone, width, paint)
    lines += _reviews(life, zone, width, paint)
    lines += _unsigned(life, zone, width, paint)
    lines += _left_out(life, width, paint)
    return lines + [x for one in life.restatements for x in _restatement(one, zone, width, paint)]


def _rights(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    if not life.rights:
        return []
    lines = []
    for one in life.rights:
        remedy = one.remedy
        name = f"  {printable(remedy.name)}: {printable(remedy.party)} may {printable(remedy.act)}"
        for right in one.rights[-_MOST["rights"] :]:
            until = "" if right.until is None else f" to {_when(right.until, zone)}"
            for_ = "".join(f" for {printable(value)}" for _, value in right.group)
            used = "open" if right.open else "over"
            by = ", ".join(map(printable, right.by))
            said = f"from {_when(right.since, zone)}{until} ({used}), by {by}{for_}"
            lines += folded(f"{name} {said}", width)
        if not one.rights:
            bad = ", ".join(map(printable, one.bad[-_MOST["bad"] :])) or "none"
            lines += folded(f"{name}: not arisen; bad so far: {bad}", width)
    tone = YELLOW if any(right.open for one in life.rights for right in one.rights) else BOLD
    return ["", paint("RIGHTS", tone), *dict.fromkeys(lines)]


def _unsigned(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    """Amendments that nobody had signed yet."""
    if not life.unsigned:
        return []
    lines = []
    for one in life.unsigned:
        signed, since = clock(one.signed, zone)[:10], clock(one.since, zone)[:10]
        said = f"  {printable(one.name)}: signed {signed}, in force from {since}"
        lines += folded(f"{said}  ({printable(one.at)})", width)
    return ["", paint("NOT SIGNED BY THEN", BOLD), *lines]


def _left_out(life: Life, width: int, paint: Paint) -> list[str]:
    """What the obligations that were chosen say nothing about."""
    if not life.left_out:
        return []
    names = ", ".join(map(printable, life.left_out))
    said = folded(f"  {names}: these obligations alone don't decide it", width)
    return ["", paint("LEFT OUT", BOLD), *said]


def _renewals(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    lines = []
    for one in life.renewals:
        text = f"  the term to {_when(one.end, zone)}: {one.word}, {printable(one.why)}"
        if one.word is Renewed.RENEWED:
            text += f"; it becomes one to {_when(one.becomes, zone)}"
        if one.word is Renewed.OPEN and one.notice_until is not None:
            text += f"; notice until {_when(one.notice_until, zone)}"
        lines += folded(text, width)
    return ["", paint("RENEWAL", BOLD), *lines] if lines else []


def _reviews(life: Life, zone: str, width: int, paint: Paint) -> list[str]:
    lines = []
    for one in life.reviews[-_MOST["reviews"] :]:
        by = ", ".join(map(printable, one.by))
        if not one.is_due:
            lines += folded(f"  next on {clock(one.due, zone)[:10]} by {by}", width)
            continue
        said = []
        for standing in (Standing.MISSED, Standing.NEVER_AT_RISK):
            names = [
                f"{printable(x.verdict.obligation)} {x.verdict.requirement}"
                for x in one.promises
                if x.standing is standing
            ]
            said.append(f"{standing}: {', '.join(names) or 'none'}")
        lines += folded(f"  due {clock(one.due, zone)[:10]} by {by}; {'; '.join(said)}", width)
    return ["", paint("REVIEWS", BOLD), *lines] if lines else []


def _when(time: int, zone: str) -> str:
    """An instant; a day stands for its midnight."""
    return clock(time, zone).removesuffix(" 00:00")


def _restatement(one: Restatement, zone: str, width: int, paint: Paint) -> list[str]:
    names = ", ".join(printable(a.name) for a in one.amendments)
    since = clock(min(a.since for a in one.amendments), zone)[:10]
    head = f"RESTATED by {names}, signed {clock(one.signed, zone)[:10]}, in force from {since}"
    lines = ["", paint(cut(head, width), BOLD if not one.verdicts else YELLOW)]
    if not one.verdicts and not one.statements:
        lines.append(cut(f"  nothing changes in {one.looked_at} verdicts of that time", width))
    return lines + changed_lines(one.verdicts, one.statements, width)


def changed_lines(verdicts: Sequence[Restated], totals: Sequence[Payable], width: int) -> list[str]:
    """Verdicts and what is payable, before and now."""
    shown = verdicts[: _MOST["verdicts"]]
    lines = [cut(f"  {_said(pair)}", width) for pair in shown]
    if len(verdicts) > len(shown):
        lines.append(f"  {more(len(verdicts) - len(shown), 'verdict')}")
    return lines + _totals(totals, width)


def _said(pair: Restated) -> str:
    one = pair.now or pair.before
    assert one is not None
    group = f" {group_of(one)}" if one.group else ""
    name = f"{printable(one.obligation)} {one.requirement}{group} {label_of(one)}"
    return f"{name}: {_side(pair.before)}; now {_side(pair.now)}"


def _side(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not judged"
    if verdict.instance is not None:  # how late it is is held against nothing but its due time
        return f"{verdict.word}, {value(verdict)}"
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
