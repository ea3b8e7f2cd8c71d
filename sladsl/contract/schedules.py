"""Calendars, weekdays and months, and where periods begin and end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import assert_never

from sladsl.calendar.names import known_holidays, near_holidays
from sladsl.contract.scope import Scope
from sladsl.contract.streams import zone
from sladsl.diagnostics import Label, nearest
from sladsl.syntax import nodes as n

__all__ = ["MONTHS", "WEEKDAYS", "begins", "check_calendars", "clipped", "positive", "word"]

_LONGEST = 250 * 366 * 86400  # seconds
_SECONDS = {
    unit: days * 86400
    for unit, days in (("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("year", 366))
} | {"s": 1}

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def word(s: Scope, name: n.Name | None, known: tuple[str, ...], what: str) -> None:
    """A word of a closed list: a weekday, a month, a way to count."""
    if name is not None and name.text not in known:
        help = nearest(name.text, known) or f"one of {', '.join(known)}"
        s.error("SLA452", f"unknown {what} `{name.text}`", name.span, help=help)


def positive(s: Scope, length: n.Quantity | n.Length | None, what: str) -> None:
    """A length of time that must be above zero."""
    if length is None:
        return
    if isinstance(length, n.Quantity) and length.kind == "number":
        return
    value = length.value if isinstance(length, n.Quantity) else length.count
    if value <= 0:
        s.error("SLA459", f"{what} of no length", length.span, help="a length of time above zero")
        return
    if isinstance(length, n.Quantity):
        exact, seconds = length.kind == "duration", value
    else:
        exact, seconds = length.unit == "s", value * _SECONDS[length.unit]
    if exact and (value * 10**9).denominator != 1:
        s.error(
            "SLA469", f"{what} finer than a nanosecond", length.span,
            help="times are exact to the nanosecond",
        )  # fmt: skip
    elif seconds > _LONGEST:
        s.error("SLA469", f"{what} of more than 250 years", length.span, help="write a shorter one")


# ---- calendars -----------------------------------------------------------------------------


def check_calendars(s: Scope) -> None:
    """Check every calendar: its days, hours and holidays, or what it is made from."""
    for node in s.here.calendars.values():
        if node.operands:
            _combined(s, node)
        else:
            _own(s, node)
    _circles(s)


def _own(s: Scope, node: n.Calendar) -> None:
    zone(s, node.timezone)
    if not node.open:
        s.error(
            "SLA455", f"the calendar `{node.name.text}` is never open", node.name.span,
            help="add hours: `open mon..fri 09:00-17:00`",
        )  # fmt: skip
    for opened in node.open:
        for days in opened.days:
            word(s, days.first, WEEKDAYS, "weekday")
            word(s, days.last, WEEKDAYS, "weekday")
        for hours in opened.hours:
            if hours.start >= hours.end:
                s.error(
                    "SLA453", "opening hours that end before they begin", hours.span,
                    help="for hours past midnight, give two ranges: `22:00-24:00`, and "
                    "`00:00-06:00` of the next day",
                )  # fmt: skip
    for closed in node.closed:
        match closed:
            case n.ClosedHolidays():
                for region in closed.regions:
                    _holidays(s, region)
            case n.ClosedSpan():
                if closed.end.text <= closed.start.text:
                    s.error(
                        "SLA466", "a time that ends before it begins", closed.end.span,
                        help="`from` comes before `to`",
                    )  # fmt: skip
            case n.ClosedDates():
                pass
            case _:
                assert_never(closed)


def _holidays(s: Scope, region: n.Text) -> None:
    if not known_holidays(region.value):
        near = near_holidays(region.value)
        help = f'did you mean "{near[0]}"?' if near else 'such as "US", "DE", or "DE-BY"'
        s.error("SLA451", f'no holidays are known for "{region.value}"', region.span, help=help)


def _combined(s: Scope, node: n.Calendar) -> None:
    for operand in node.operands:
        if operand.text != "always":
            s.find("calendar", operand, dict.fromkeys([*s.here.calendars, "always"]))
    words = list(dict.fromkeys(node.operators))
    if len(words) > 1:
        shown = " and ".join(f"`{w}`" for w in words)
        s.error(
            "SLA454", f"a calendar that mixes {shown}", node.operands[0].span.to(
                node.operands[-1].span), "which comes first?",
            help="make the parts calendars of their own",
        )  # fmt: skip


def _circles(s: Scope) -> None:
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> None:
        if name in path:
            shown = " -> ".join(f"`{part}`" for part in [*path[path.index(name) :], name])
            s.error(
                "SLA204", f"a calendar that is made from itself: {shown}",
                s.here.calendars[name].name.span, help="a calendar must end at opening hours",
            )  # fmt: skip
        elif name in s.here.calendars and name not in done:
            for operand in s.here.calendars[name].operands:
                follow(operand.text, [*path, name])
            done.add(name)

    for name in s.here.calendars:
        follow(name, [])


# ---- periods -------------------------------------------------------------------------------


def clipped(s: Scope, per: str) -> str:
    """Which end of the term cuts a period: `first`, `last`, or nothing."""
    frame = s.here.agreement
    if frame is None or frame.term is None:
        return ""
    if not begins(frame, per, frame.term.start):
        return "first"
    if frame.term.through is not None:
        day = date.fromisoformat(frame.term.through.text) + timedelta(days=1)
        if not begins(frame, per, n.Moment(day.isoformat(), True, span=frame.span)):
            return "last"
    if frame.term.to is not None and not begins(frame, per, frame.term.to):
        return "last"
    return ""


def begins(frame: n.Agreement, per: str, moment: n.Moment) -> bool:
    """Whether a period may begin at a moment."""
    if per in ("hour", "term"):
        return per == "term" or moment.text[13:].strip(":0Z+-") == ""
    day = n.as_date(moment)
    if not moment.is_date and moment.text[11:].strip("T:0Z+-.") != "":
        return False
    month_day = int(frame.month_starts.value) if frame.month_starts else 1
    first = 1
    if frame.year_starts and frame.year_starts.text in MONTHS:
        first = MONTHS.index(frame.year_starts.text) + 1
    match per:
        case "week":
            name = frame.week_starts.text if frame.week_starts else "mon"
            return name not in WEEKDAYS or day.weekday() == WEEKDAYS.index(name)
        case "month":
            return day.day == month_day
        case "quarter":
            return day.day == month_day and (day.month - first) % 3 == 0
        case "year":
            return day.day == month_day and day.month == first
        case _:
            return True


def before(first: n.Moment, second: n.Moment | None, s: Scope, what: str) -> None:
    """Report a time that ends before it begins."""
    if second is not None and second.text <= first.text:
        s.error(
            "SLA466", f"{what} ends before it begins", second.span,
            also=(Label(first.span, "it begins here"),), help="swap the two, or mend one",
        )  # fmt: skip
