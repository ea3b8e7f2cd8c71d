"""How large what a plan keeps can become, by periods, groups and keys."""

from __future__ import annotations

from math import prod

from sladsl.calendar.names import DAY, LATEST
from sladsl.calendar.periods import windows
from sladsl.calendar.zones import Zone
from sladsl.plan import model as p
from sladsl.plan.passes import Tally
from sladsl.plan.schedules import before_term, schedule
from sladsl.records import Record

__all__ = ["Kept", "horizon", "kept", "length_of", "number_of"]

_YEAR = 365 * DAY
_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))

#: Counters of a cell (8 bytes each) by function: rows, those before `where`, and what each adds.
_COUNTERS = {"count": 3, "share": 4, "sum": 4, "mean": 4, "min": 3, "max": 3, "quantile": 2}


class Kept(Record):
    """What a tally comes to: cells of one group, groups that are given, bytes of a cell.

    `cells` None: periods that can't be judged. `open`: whether groups come from the rows.
    """

    cells: int | None
    groups: int
    open: bool
    size: int

    def bytes(self, number: int) -> int | None:
        """For so many groups that the rows bring."""
        if self.cells is None:
            return None
        return self.cells * self.groups * (number if self.open else 1) * self.size


def horizon(plan: p.Plan) -> tuple[int, int]:
    """The term, or the first year of one without an end (ns)."""
    start, end = plan.term
    return start, min(start + _YEAR, LATEST) if end is None else end


def number_of(
    plan: p.Plan, per: p.PeriodRule | int, before: p.Trailing | None = None
) -> int | None:
    """How many periods of a kind, or windows of a length, the term has; None: not to be judged.

    With `before` those of the time before the term too that trailing periods reach back to.
    """
    start, end = horizon(plan)
    if before is not None:
        start = before_term(plan, before)
    if isinstance(per, p.Trailing):
        return None
    try:
        if isinstance(per, int):
            return len(windows(per, start, end, Zone(plan.zone)))
        return len(schedule(plan, per, start, end))
    except ValueError:  # a million and more, or beyond the years of which periods are known
        return None


def kept(plan: p.Plan, tally: Tally) -> Kept:
    """What a tally keeps, counters only."""
    counters = 1  # the cell's own number
    for index in tally.aggregates:
        aggregate = plan.aggregates[index]
        assert isinstance(aggregate, p.RowAggregate)
        counters += _COUNTERS[aggregate.function]
        if aggregate.excluding:  # rows before exclusions, and what each takes
            counters += 1 + len(aggregate.excluding)
    counters += len(tally.thresholds)
    return Kept(
        cells=number_of(plan, tally.per, tally.before),
        groups=prod(len(g.values) for g in tally.groups if g.values),
        open=any(not g.values for g in tally.groups),
        size=8 * counters,
    )


def length_of(size: int) -> str:
    """Bytes for people: `3.2 MB`."""
    for unit, name in _UNITS:
        if size >= 100 * unit:
            return f"{size // unit:,} {name}"
        if size >= unit:
            return f"{size // unit}.{size * 10 // unit % 10} {name}"
    return f"{size} B"
