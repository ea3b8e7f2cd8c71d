"""The tables of a run: periods, clocks, and empty states over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sladsl.calendar.clocks import BusinessClock, clock, holiday_gaps
from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.calendar.periods import TooManyPeriods
from sladsl.calendar.rolling import Schedule, trailing
from sladsl.calendar.zones import Zone
from sladsl.diagnostics import Refused
from sladsl.folds import findings
from sladsl.folds.expressions import Rows
from sladsl.folds.fold import Folds
from sladsl.folds.grains import TooManyGroups, TooManyVerdicts
from sladsl.folds.late import View, closings
from sladsl.folds.listings import Listed
from sladsl.plan import model as p
from sladsl.plan.clocks import clock_specs
from sladsl.plan.schedules import before_term, longest, schedule
from sladsl.plan.uses import grains
from sladsl.streams.model import Vocabulary

__all__ = ["clocks_of", "empty_folds", "empty_views", "within_limits"]

_DAY = 86400 * 10**9
_BEYOND = 400 * _DAY  # an open term is looked at this far beyond as-of
_FIRST, _LAST = EARLIEST + 730 * _DAY, LATEST - 1460 * _DAY  # beyond: no periods, no fees


@contextmanager
def within_limits(plan: p.Plan) -> Iterator[None]:
    """Refuse what comes to too many periods, windows or groups. Raises `Refused`."""
    try:
        yield
    except TooManyPeriods as error:
        what = f"{error.count:,} periods or windows"
        help = "choose longer periods or windows, or a shorter term"
        raise Refused(findings.too_many(what, plan.agreement, help)) from None
    except TooManyVerdicts as error:
        help = "choose longer periods, or group by fewer fields"
        raise Refused(findings.too_many(str(error), plan.agreement, help)) from None
    except TooManyGroups as error:
        help = "group by fewer fields, or raise `--max-groups`"
        raise Refused(findings.too_many(str(error), plan.agreement, help)) from None


def empty_folds(
    plan: p.Plan,
    vocabulary: Vocabulary,
    as_of: int,
    until: Mapping[str, int],
    max_groups: int,
    *,
    ordered: bool,
    once: bool,
    listed: Mapping[p.Listing, Listed],
) -> Folds:
    """States for a run that knows what is known at `as_of` (ns). Raises `Refused`."""
    tables, clocks = _tables(plan, as_of, listed)
    rows = Rows(vocabulary, as_of, clocks)
    return Folds(plan, rows, vocabulary, tables, until, max_groups, ordered=ordered, once=once)


def empty_views(
    plan: p.Plan,
    vocabulary: Vocabulary,
    as_of: int,
    until: Mapping[str, int],
    max_groups: int,
    *,
    ordered: bool,
    once: bool,
    listed: Mapping[p.Listing, Listed],
) -> list[View]:
    """The same where rows may be late: apart for each kind of period, and each table of it."""
    tables, clocks = _tables(plan, as_of, listed)
    assert plan.late is not None
    found = []
    for rule in dict.fromkeys(grain.period for grain in grains(plan)):
        every = tables[rule]
        for layer in every.layers or tables["term"].layers:  # where there is none: no period
            one = every.but(layers=(layer,) if every.layers else ())
            rows = Rows(vocabulary, as_of, clocks)
            folds = Folds(
                plan, rows, vocabulary, {"term": tables["term"], rule: one}, until, max_groups,
                ordered=ordered, once=once, rule=rule,
            )  # fmt: skip
            found.append(View(rule, folds, closings(plan.late, layer)))
    return found


def _tables(
    plan: p.Plan, as_of: int, listed: Mapping[p.Listing, Listed]
) -> tuple[dict[p.PeriodRule, Schedule], dict[str, BusinessClock]]:
    """The periods of a plan as far as they matter, and its clocks. Raises `Refused`."""
    start, end = plan.term
    last = max(as_of, start) + _BEYOND if end is None else end
    if start < _FIRST or last > _LAST:
        raise Refused(findings.beyond_the_years(plan.agreement))
    kinds = dict.fromkeys(("term", *(grain.period for grain in grains(plan))))
    upto = {kind: min(last + longest(kind), _LAST) if end is None else end for kind in kinds}
    tables = {
        kind: _before(plan, kind, listed, start, min(upto[kind], as_of + 1))
        if isinstance(kind, p.Trailing)
        else schedule(plan, kind, start, upto[kind])
        for kind in kinds
    }
    trails = [before_term(plan, kind) for kind in kinds if isinstance(kind, p.Trailing)]
    first = min([start, *trails])
    return tables, clocks_of(plan, first, min(last, max(as_of, start + 1)))


def _before(
    plan: p.Plan, rule: p.Trailing, listed: Mapping[p.Listing, Listed], start: int, end: int
) -> Schedule:
    """The periods before the listed rows of the term, as far as they are known."""
    rows = listed.get(rule.rows)
    times = [] if rows is None else [t for t in rows.numbers(rule.field) if t is not None]
    known = [t for t in times if start <= t < end]
    return trailing(known, (rule.length, f"{rule.unit}s"), Zone(plan.zone))


def clocks_of(plan: p.Plan, lo: int, hi: int) -> dict[str, BusinessClock]:
    """The clocks of a plan's calendars over [lo, hi) (ns). Raises `Refused`."""
    specs = clock_specs(plan.calendars)
    for name, spec in specs.items():
        for region, year in holiday_gaps(spec, lo, hi):
            raise Refused(findings.no_holidays(name, region, year))
    return {name: clock(spec, lo, hi) for name, spec in specs.items()}
