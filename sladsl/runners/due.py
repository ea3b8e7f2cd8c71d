"""What deadlines are worked out by, once the rows that start and answer them are known."""

from __future__ import annotations

from collections.abc import Mapping

from sladsl.calendar.zones import Zone
from sladsl.folds.deadlines import Context
from sladsl.folds.expressions import Rows
from sladsl.folds.listings import Listed
from sladsl.plan import model as p

__all__ = ["context"]


def context(plan: p.Plan, rows: Rows, listed: Mapping[p.Listing, Listed]) -> Context:
    """The term, the clocks and what is known, for the deadlines of a plan."""
    return Context(
        plan.term, Zone(plan.zone), rows.clocks, rows.as_of, listed, rows.pauses, rows.excluder
    )
