"""Periods that overlap: rolling ones, and how they are sorted into tables that don't.

Rows are sorted into disjoint periods. Where periods overlap they are dealt out to as many tables
of disjoint ones as overlap at once, each an ordinary table of periods; between two of a table
lies a stretch that is no period.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sladsl.calendar.labels import rolling_labels, trailing_labels
from sladsl.calendar.names import DAY
from sladsl.calendar.periods import (
    MOST_PERIODS,
    PeriodKind,
    PeriodRules,
    Periods,
    TooManyPeriods,
    first_days,
    moved,
    shifted,
)
from sladsl.calendar.zones import Times, Zone
from sladsl.records import Record

__all__ = ["Layer", "Schedule", "rolling", "stacked", "trailing"]


_EVER = 1 << 62  # ns: before and after all times that are known


class Layer(Record):
    """Disjoint periods of a schedule. `numbers[i]` is the number of the i-th; -1: none of it."""

    periods: Periods
    numbers: Times


class Schedule(Record):
    """All n periods that something is judged for, [starts, ends), by end, and their tables."""

    starts: Times
    ends: Times
    labels: tuple[str, ...]
    layers: tuple[Layer, ...]

    def __len__(self) -> int:
        return len(self.starts)

    @staticmethod
    def of(periods: Periods) -> Schedule:
        """Periods that don't overlap."""
        own = Layer(periods, np.arange(len(periods)))
        return Schedule(periods.starts, periods.ends, periods.labels, (own,))


def rolling(
    length: tuple[int, str], every: tuple[int, str], start: int, end: int, zone: Zone,
    rules: PeriodRules | None = None,
) -> Schedule:  # fmt: skip
    """Periods of a length that end every so often, each whole within [start, end).

    Both lengths are counts of days, weeks, months, quarters or years. A period ends where a day,
    week, ... of the agreement does, and starts its length before, on the local calendar. The
    first is the first one that doesn't start before `start`; then one every so many units.
    """
    rules = rules or PeriodRules()
    count, unit = length
    step, kind = every
    first, last = (zone.to_local(np.array([start, end])) // DAY).tolist()
    days = first_days(PeriodKind(kind), first, last + 2, rules)
    since = moved(days, -count, unit)
    days, since = days[since >= first], since[since >= first]
    begins, ends = zone.edges(since * DAY, "earlier"), zone.edges(days * DAY, "earlier")
    fits = np.flatnonzero((begins >= start) & (ends <= end) & (ends > begins))
    # of a day that is skipped altogether there is no end
    fits = fits[np.diff(ends[fits], prepend=start) > 0][::step]
    if len(fits) > MOST_PERIODS:
        raise TooManyPeriods(len(fits))
    labels = rolling_labels(days[fits] - 1, count, unit)
    return stacked(begins[fits], ends[fits], labels, (start, end), zone)


def trailing(times: Sequence[int], length: tuple[int, str], zone: Zone) -> Schedule:
    """The periods of a length that end at some instants (ns), each once; of all time.

    A period is called after the instant at which it ends, and its length.
    """
    ends = np.unique(np.array(times, dtype=np.int64))
    count, unit = length
    starts = np.minimum(shifted(ends, -count, unit, zone), ends)
    labels = trailing_labels(ends, zone, count, unit)
    return stacked(starts, ends, labels, (-_EVER, _EVER), zone)


def stacked(
    starts: Times, ends: Times, labels: tuple[str, ...], whole: tuple[int, int], zone: Zone
) -> Schedule:
    """Periods that may overlap, sorted by end, as tables of all of a time (`whole`).

    Neither starts nor ends go back.
    """
    count = len(starts)
    # the periods that begin before one is over
    deep = np.searchsorted(starts, ends, side="left") - np.arange(count)
    many = max(int(deep.max(initial=1)), 1)
    layers = []
    for number in range(min(many, count)):
        own = np.arange(number, count, many)
        layers.append(_layer(starts[own], ends[own], own, whole, zone))
    return Schedule(starts, ends, labels, tuple(layers))


def _layer(starts: Times, ends: Times, own: Times, whole: tuple[int, int], zone: Zone) -> Layer:
    """Periods that don't overlap, with what lies before, between and after them."""
    edges: Any = np.concatenate(
        ([whole[0]], np.column_stack((starts, ends)).reshape(-1), whole[1:])
    )
    numbers = np.full(len(edges) - 1, -1)
    numbers[1::2] = own
    some = edges[1:] > edges[:-1]
    begins, stops, numbers = edges[:-1][some], edges[1:][some], numbers[some]
    table = Periods(begins, stops, begins, zone, PeriodKind.TERM)  # nobody asks for their labels
    return Layer(table, numbers)
