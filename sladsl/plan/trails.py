"""The rows at which trailing periods end, which have to be known before there are periods."""

from __future__ import annotations

from sladsl.plan import model as p
from sladsl.plan.passes import Pass, passes
from sladsl.plan.uses import measured
from sladsl.records import remembered

__all__ = ["trails"]


@remembered
def trails(plan: p.Plan) -> tuple[p.Plan, tuple[Pass, ...]] | None:
    """A plan that only lists these rows, and the passes that it takes; None: there are none."""
    periods = (requirement.period for requirement in measured(plan))
    rows = dict.fromkeys(period.rows for period in periods if isinstance(period, p.Trailing))
    if not rows:
        return None
    lists = plan.but(
        outages=(),
        aggregates=(),
        requirements=(),
        payments=(),
        caps=(),
        exclusions=(),
        shown=tuple(rows),
        deadlines=(),
        remedies=(),
        renewal=None,
        charges=(),
    )
    needed = {listing.stream for listing in rows}
    for one in reversed(passes(lists)):  # each after those that it depends on
        if one.stream in needed:
            needed |= set(one.after)
    lists = lists.but(derived=tuple(d for d in plan.derived if d.name in needed))
    return lists, tuple(one for one in passes(lists) if one.stream in needed)
