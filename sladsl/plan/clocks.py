"""The calendars of a plan, as what a business clock is made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sladsl.calendar.clocks import Always, CalendarSpec, Combined, OpenRule, Spec
from sladsl.plan import model as p

__all__ = ["clock_specs"]


def clock_specs(calendars: tuple[p.CalendarPlan, ...]) -> dict[str, Spec]:
    """The calendars by name, `always` among them."""
    found: dict[str, Spec] = {"always": Always()}
    left = {c.name: c for c in calendars}
    while left:
        ready = [c for c in left.values() if all(o in found for o in c.operands)]
        for calendar in ready:
            found[calendar.name] = _spec(calendar, found)
            del left[calendar.name]
    return found


def _spec(plan: p.CalendarPlan, specs: Mapping[str, Spec]) -> Spec:
    if plan.operands:
        result = specs[plan.operands[0]]
        for operator, operand in zip(plan.operators, plan.operands[1:], strict=True):
            result = Combined(operator, result, specs[operand])  # type: ignore[arg-type]
        return result
    return CalendarSpec(
        name=plan.name,
        zone=plan.zone,
        open=tuple(OpenRule(frozenset(days), start, end) for days, start, end in plan.open),
        closed_dates=tuple(date.fromisoformat(d) for d in plan.closed_dates),
        closed_spans=plan.closed_spans,
        holidays=plan.holidays,
    )
