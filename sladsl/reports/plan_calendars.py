"""The calendars of a plan: when each is open, and how much of the time that is."""

from __future__ import annotations

from collections.abc import Iterator

from sladsl.calendar.clocks import clock as business_clock
from sladsl.calendar.clocks import holiday_gaps
from sladsl.calendar.names import HOUR, MINUTE
from sladsl.diagnostics import printable
from sladsl.plan import model as p
from sladsl.plan.clocks import clock_specs
from sladsl.reports.plan_size import horizon
from sladsl.reports.times import clock

__all__ = ["calendars"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendars(plan: p.Plan) -> Iterator[str]:
    """A line for each calendar, and below it how long it is open within the term."""
    specs = clock_specs(plan.calendars)
    start, end = horizon(plan)
    for calendar in plan.calendars:
        yield f"  {calendar.name}: {_hours(calendar)}"
        spec = specs[calendar.name]
        if gaps := holiday_gaps(spec, start, end):
            region, year = gaps[0]
            yield f"    no public holidays are known for {printable(region)} in {year}"
            continue
        opened = business_clock(spec, start, end).intervals(start, end)
        open_time = int((opened.ends - opened.starts).sum())
        yield f"    open {_in_hours(open_time)} of {_in_hours(end - start)}"


def _in_hours(nanoseconds: int) -> str:
    whole, rest = divmod(nanoseconds, HOUR)
    minutes = f" {rest // MINUTE} min" if rest >= MINUTE else ""
    return f"{whole:,} h{minutes}"


def _hours(calendar: p.CalendarPlan) -> str:
    if calendar.operands:
        text = printable(calendar.operands[0])
        for operator, operand in zip(calendar.operators, calendar.operands[1:], strict=True):
            text += f" {operator} {printable(operand)}"
        return text
    said = [f"{_weekdays(days)} {_time(a)}-{_time(b)}" for days, a, b in calendar.open]
    closed = [" and ".join(regions) for regions in calendar.holidays]
    if closed:
        said.append(f"closed on holidays of {', '.join(map(printable, closed))}")
    if calendar.closed_dates:
        said.append(f"closed on {', '.join(calendar.closed_dates)}")
    for start, end in calendar.closed_spans:
        said.append(f"closed from {clock(start, calendar.zone)} to {clock(end, calendar.zone)}")
    return f"{', '.join(said)}, {printable(calendar.zone)}"


def _weekdays(days: tuple[int, ...]) -> str:
    """`mon..fri`, `sat`; days that don't follow each other one by one."""
    if len(days) > 1 and days[-1] - days[0] == len(days) - 1:
        return f"{_DAYS[days[0]]}..{_DAYS[days[-1]]}"
    return " ".join(_DAYS[day] for day in days)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
