"""What is the same whichever rows of a stream count as late: it needn't be made for each period."""

from __future__ import annotations

from collections.abc import Iterable

from sladsl.plan import model as p
from sladsl.plan.parts import expressions_of, pauses_in, relations_in
from sladsl.plan.uses import declared, listings, relations, sources
from sladsl.records import Record, remembered

__all__ = ["Untouched", "untouched"]


class Untouched(Record):
    """Streams, figures of rows and listings that no late row of any stream has a part in."""

    streams: frozenset[str]
    related: frozenset[p.Related]
    listings: frozenset[p.Listing]


@remembered
def untouched(plan: p.Plan) -> Untouched:
    """What doesn't depend on when the rows of a plan's streams were recorded."""
    touched = {s.name for s in plan.streams if s.recorded is not None}
    before = -1
    while before < len(touched):
        before = len(touched)
        for source in sources(plan):
            exprs = declared(source)
            if isinstance(source, p.DerivedPlan):
                exprs += () if source.where is None else (source.where,)
                if touched & {source.name, source.base}:
                    touched |= {source.name, source.base}  # one is made with the other
            if touched & _asked(exprs):
                touched.add(source.name)
    own = {source.name: source for source in sources(plan)}
    kept = set()
    for listing in listings(plan):
        inner = () if listing.windows is None else listing.windows.inner
        exprs = listing.asks
        exprs += tuple(expr for each in inner for expr in expressions_of(each))
        if listing.ahead:  # of all rows that are announced, late or not
            exprs += declared(own[listing.stream])
        elif listing.stream in touched:
            continue
        if not touched & _asked(exprs):
            kept.add(listing)
    return Untouched(
        frozenset(own.keys() - touched),
        frozenset(related for related in relations(plan) if not touched & _asked((related,))),
        frozenset(kept),
    )


def _asked(exprs: Iterable[p.RowExpr]) -> set[str]:
    """The streams whose rows expressions ask for."""
    found: set[str] = set()
    for expr in exprs:
        found |= {pause.stream for pause in pauses_in(expr)}
        found |= {related.stream for related in relations_in(expr)}
    return found
