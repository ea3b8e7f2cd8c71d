"""Clocks of deadlines that stand while time is excluded, and what falls due then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from sladsl.calendar.clocks import BusinessClock, Excepting
from sladsl.calendar.names import LATEST
from sladsl.folds.exclusions import FAR, Taken
from sladsl.folds.model import LeftOut
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["LeftOuts", "later", "put_off", "took", "without"]

#: What each exclusion took of something.
LeftOuts: TypeAlias = tuple[LeftOut, ...]


def without(clock: BusinessClock, taken: Taken | None) -> BusinessClock:
    """A clock that stands while an exclusion takes time."""
    if taken is None or not len(taken.starts):
        return clock
    starts, ends = _spans(taken)
    return BusinessClock(Excepting(clock.spec, tuple(starts.tolist()), tuple(ends.tolist())), 0, 0)


def put_off(due: Ints, taken: Taken | None) -> Ints:
    """Due times; what is due in excluded time is due at its end (`LATEST`: it has none)."""
    if taken is None or not len(taken.starts):
        return due
    starts, ends = _spans(taken)
    place = np.searchsorted(starts, due, side="right") - 1
    end = ends[np.maximum(place, 0)]
    return np.where((place >= 0) & (due < end), end, due)


def took(
    plans: Sequence[p.ExclusionPlan], taken: Taken | None, clock: BusinessClock, since: Ints,
    until: Ints,
) -> list[LeftOuts]:  # fmt: skip
    """For n stretches of time, for how long (ns of the clock) each exclusion stopped the clock."""
    found: list[dict[int, int]] = [{} for _ in range(len(since))]
    if taken is not None and len(taken.starts):
        starts, ends = taken.starts, np.where(taken.ends >= FAR, LATEST, taken.ends)
        first = np.searchsorted(ends, since, side="right")
        count = np.maximum(np.searchsorted(starts, until, side="left") - first, 0)
        which = np.repeat(np.arange(len(since)), count)
        place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + first[which]
        low, high = np.maximum(starts[place], since[which]), np.minimum(ends[place], until[which])
        time = clock.elapsed(low, np.maximum(low, high))
        for number, by, length in zip(
            which.tolist(), taken.by[place].tolist(), time.tolist(), strict=True
        ):
            if length:
                found[number][by] = found[number].get(by, 0) + length
    return [
        tuple(LeftOut(plans[by].name, plans[by].at, time=time) for by, time in sorted(own.items()))
        for own in found
    ]


def _spans(taken: Taken) -> tuple[Ints, Ints]:
    """What is taken, whoever takes it; what has no end lasts until `LATEST`."""
    whole = taken.whole()
    return whole.starts, np.where(whole.ends >= FAR, LATEST, whole.ends)


def later(
    due: Ints, since: Ints, clock: BusinessClock, taken: Taken | None
) -> tuple[Ints, Ints, BusinessClock]:
    """Due times by calendar units, later by what is excluded; the last instants; the clock.

    Until then as much has to pass on the clock as was excluded up to the due time.
    """
    own = without(clock, taken)
    if own is clock:
        return due, due, clock
    excluded = clock.elapsed(since, due) - own.elapsed(since, due)
    due = np.where(excluded > 0, np.minimum(own.due(due, excluded), LATEST), due)
    return due, put_off(due, taken), own
