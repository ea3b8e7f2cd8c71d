"""Whether a plan can be run.

A plan that was compiled always is sound. One from elsewhere may be anything of the right
form; what is wrong with it is said here, and nothing later needs to look.
"""

from __future__ import annotations

from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.plan import model as p
from sladsl.plan.soundness.deadlines import Deadlines
from sladsl.plan.soundness.exclusions import prove_exclusions
from sladsl.plan.soundness.figures import Figures
from sladsl.plan.soundness.ground import (
    MOST_UNITS,
    ROUNDING,
    UNITS,
    Unsound,
    above,
    among,
    once,
    ratio,
    within,
    wrong,
    zone,
)
from sladsl.plan.soundness.life import prove_life
from sladsl.plan.soundness.money import Money
from sladsl.plan.soundness.sources import Sources

__all__ = ["Unsound", "prove"]

MOST_LATE = 100 * 366 * 86400 * 10**9  # a hundred years


def prove(plan: p.Plan) -> None:
    """Return if a plan can be run, of whatever of it is signed. Raises `Unsound`."""
    if not plan.requirements and not plan.deadlines:
        raise Unsound("it requires nothing")
    if not plan.obligations:
        raise Unsound("it shows no obligation")
    _prove(plan)
    for earlier in plan.earlier:  # which may require nothing of what was asked for
        _prove(earlier.plan)


def _prove(plan: p.Plan, *, alone: bool = False) -> None:
    """`alone`: without what its baselines are, which were looked at before."""
    start, end = plan.term
    within("the term", start, EARLIEST, LATEST)
    within("the term", LATEST if end is None else end, start + 1, LATEST)
    zone(plan.zone)
    within("a week's start", plan.week_starts, 0, 6)
    within("a month's start", plan.month_starts, 1, 28)
    within("a year's start", plan.year_starts, 1, 12)
    among("a rounding", plan.rounding, ROUNDING)
    above("a rounding", plan.rounding_to)
    once("a service", (service.name for service in plan.services))
    for service in plan.services:
        once("a field of a service", (name for name, _ in service.of))
    if plan.late is not None:
        among("a unit of time", plan.late.unit, ("ns", *UNITS))
        most = MOST_LATE if plan.late.unit == "ns" else MOST_UNITS
        within("a length of time", plan.late.count, 1, most)
        if plan.late.calendar != "always":
            wrong("the calendar of late data", plan.late.calendar)
    once("a baseline", (baseline.name for baseline in plan.baselines))
    for number, baseline in enumerate(() if alone else plan.baselines):
        if len(baseline.plan.requirements) != 1 or baseline.plan.baselines:
            wrong("a baseline", baseline.name)
        _prove(baseline.plan.but(baselines=plan.baselines[:number]), alone=True)
        if baseline.pinned is not None:
            ratio("a pinned figure", baseline.pinned)
    sources = Sources(plan)
    sources.prove()
    Figures(plan).prove()
    prove_exclusions(plan, sources)
    Deadlines(plan, sources).prove()
    Money(plan).prove()
    prove_life(plan)
