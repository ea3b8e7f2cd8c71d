"""Calendars: from syntax to weekdays, minutes and dates."""

from __future__ import annotations

from collections.abc import Iterable

from sladsl.contract.model import Contract
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.syntax import nodes as n

__all__ = ["calendar_plans"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar_plans(contract: Contract, names: Iterable[str]) -> tuple[p.CalendarPlan, ...]:
    """The plans of some calendars and of those that they combine (`always` is built in)."""
    found: dict[str, p.CalendarPlan] = {}
    todo = sorted(set(names) - {"always"}, reverse=True)
    while todo:
        name = todo.pop()
        if name in found or name == "always":
            continue
        found[name] = _calendar(contract.calendars[name], contract.agreement.zone)
        todo += found[name].operands
    return tuple(found[name] for name in sorted(found))


def _calendar(node: n.Calendar, default_zone: str) -> p.CalendarPlan:
    zone = default_zone if node.timezone is None else node.timezone.value
    opened = []
    for rule in node.open:
        days = tuple(sorted({day for span in rule.days for day in _days(span)}))
        opened += [(days, hours.start, hours.end) for hours in rule.hours]
    holidays: list[tuple[str, ...]] = []
    dates: list[str] = []
    spans: list[tuple[int, int]] = []
    for closed in node.closed:
        match closed:
            case n.ClosedHolidays(regions=regions, together=True):
                holidays.append(tuple(region.value for region in regions))
            case n.ClosedHolidays(regions=regions):
                holidays += [(region.value,) for region in regions]
            case n.ClosedDates(dates=moments):
                dates += [moment.text for moment in moments]
            case n.ClosedSpan(start=start, end=end):
                spans.append((instant(start, zone), instant(end, zone)))
    return p.CalendarPlan(
        name=node.name.text,
        zone=zone,
        open=tuple(opened),
        holidays=tuple(holidays),
        closed_dates=tuple(dates),
        closed_spans=tuple(spans),
        operands=tuple(o.text for o in node.operands),
        operators=node.operators,
    )


def _days(span: n.Weekdays) -> list[int]:
    first = _DAYS.index(span.first.text)
    last = first if span.last is None else _DAYS.index(span.last.text)
    return [(first + i) % 7 for i in range((last - first) % 7 + 1)]
