"""Outages of many at once: what the states of instances come to, while they last side by side.

Each instance (a group of the outage's own fields and of those that it is `at once for`) has its
own known states. Between any two edges of them it is plain which instances there are and which
fail; from that follows whether the group fails. Where no state is known, nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.conditions import Mask
from sladsl.folds.grains import Groups
from sladsl.folds.outage_spans import ENDLESS, SpanOutageState
from sladsl.folds.outage_windows import WindowOutage
from sladsl.folds.outages import OutageState, Runs, Segments, outward, runs_of
from sladsl.folds.table import Ints

if TYPE_CHECKING:
    from sladsl.folds.existing import Rest

__all__ = ["OutageAtOnce", "SpansAtOnce"]


class _Spread(NamedTuple):
    """What n parts of states cover of m slots.

    Each edge of a group has two slots: its instant, and the time from it to the next edge. Part
    i covers the slots [first, after); slot j is of `group` and lasts [start, end) ns. `used`: not
    an instant that the time after it covers as well.
    """

    first: Ints
    after: Ints
    group: Ints
    start: Ints
    end: Ints
    used: Mask

    def covering(self, which: Mask) -> Ints:
        """How many of some parts cover each slot."""
        return _covered(self.first[which], self.after[which], len(self.group))

    def values(self, which: Mask, value: Ints) -> Ints:
        """How many different values some parts have in each slot. A value is of one group."""
        value, first, after = value[which], self.first[which], self.after[which]
        order = np.lexsort((first, value))
        # One value's slots lie apart from those of the next one, so that parts of one value
        # which overlap or touch are one after the other in a single line.
        apart = value[order] * (len(self.group) + 1)
        low, high = apart + first[order], apart + after[order]
        reach = np.maximum.accumulate(high) if len(high) else high
        begins = np.ones(len(low), np.bool_)
        begins[1:] = low[1:] > reach[:-1]
        at = np.flatnonzero(begins)
        last = np.append(at[1:], len(low))[: len(at)] - 1
        apart = apart[at]
        return _covered(low[at] - apart, reach[last] - apart, len(self.group))


class OutageAtOnce:
    """One outage of many at once. `term` is [start, end), ns: no instance exists before it.

    An instance exists from its first sample or window on, and counts while its state is known;
    `rest` says when those exist of which services say it. `reach` is how far missing data may
    count, beyond the term too: what is known up to there lasts on, what ends with the term doesn't.
    """

    def __init__(
        self,
        state: OutageState | WindowOutage,
        groups: Groups,
        term: tuple[int, int],
        reach: int,
        rest: Rest | None = None,
    ) -> None:
        self.plan = state.plan
        self.groups = groups
        self._state = state
        self._start, end = term
        self._cut = end if end < reach else None
        self._rest = rest
        self._to = outward(state.groups, [f.name for f in groups.fields], groups)
        #: of each clause, the number of each instance's value
        self._values = [_numbered(state.groups, self._to, part.field) for part in self.plan.at_once]
        self._found: dict[tuple[int, int], Segments] = {}

    def counted(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many samples lie there (in parts)."""
        instance, index, rows = self._state.counted(periods)
        return self._to[instance], index, rows

    def undecided(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many rows of windows there aren't decided."""
        assert isinstance(self._state, WindowOutage)
        instance, index, rows = self._state.undecided(periods)
        return self._to[instance], index, rows

    def segments(self, as_of: int, since: Mapping[int, int], until: int) -> Segments:
        """What is known of each group, in order, by what is known of its instances."""
        found = self._found.get((as_of, until))
        if found is None:
            onsets = self._state.onsets()
            begun = {instance: max(time, self._start) for instance, time in onsets.items()}
            known = self._state.segments(as_of, begun, until)
            if self._rest is not None:
                known = self._rest.cut(known, self._start, until)
            newest = known.end == as_of
            if until != self._cut:
                newest |= known.end == until
            newest[:-1] &= known.group[1:] != known.group[:-1]
            found = self._together(known, newest)
            self._found[as_of, until] = found
        return found

    def runs(self, segments: Segments, as_of: int) -> Runs:
        """The runs of failure, before anything is cut."""
        return runs_of(self.plan, segments, as_of)

    def _together(self, parts: Segments, newest: Mask) -> Segments:
        """The states of groups, out of those of their instances; `newest` parts last on."""
        slots = _spread(parts, self._to[parts.group], newest)
        every = np.ones(len(parts.group), np.bool_)
        fails = np.ones(len(slots.group), np.bool_)
        for clause, values in zip(self.plan.at_once, self._values, strict=True):
            failing = slots.values(parts.failing, values[parts.group])
            if clause.at_least is None:
                fails &= failing == slots.values(every, values[parts.group])
            else:
                fails &= failing >= clause.at_least
        sampled = parts.failing & parts.real
        known = np.flatnonzero(slots.used & (slots.covering(every) > 0))
        real = slots.covering(sampled) > 0
        last = slots.start.copy()  # of the last slot of a group: what its open run depends on
        ends = np.full(len(self.groups.codes), -1)
        ends[slots.group[known]] = known
        at = ends[self._to[parts.group]]
        covers = np.flatnonzero(sampled & (slots.first <= at) & (at < slots.after))
        last[at[covers]] = _EARLIEST
        np.maximum.at(last, at[covers], parts.last[covers])
        return Segments(
            slots.group[known], slots.start[known], slots.end[known], last[known],
            fails[known], real[known],
        )  # fmt: skip


class SpansAtOnce(SpanOutageState):
    """One outage of many at once that spans tell of: `existing` are the instances that there are.

    Each is up where no span says otherwise; `rest` says when those exist of which services say it.
    What would fail only from then on isn't known at `as_of`.
    """

    __slots__ = ("_as_of", "_instances", "_to")

    def __init__(
        self,
        state: SpanOutageState,
        groups: Groups,
        existing: Iterable[int],
        rest: Rest | None,
        as_of: int,
    ) -> None:
        super().__init__(state.plan, groups)
        self._instances = state
        self._as_of = as_of
        self._to = outward(state.groups, [f.name for f in groups.fields], groups)
        parts = _ever(state.unions(), np.array(sorted(existing), np.int64))
        if rest is not None:
            parts = rest.cut(parts, 0, 0)
        slots = _spread(parts, self._to[parts.group], np.zeros(len(parts.group), np.bool_))
        every = np.ones(len(parts.group), np.bool_)
        fails = slots.used & (slots.covering(parts.failing) > 0)
        for clause in self.plan.at_once:
            values = _numbered(state.groups, self._to, clause.field)[parts.group]
            failing = slots.values(parts.failing, values)
            if clause.at_least is None:
                fails &= failing == slots.values(every, values)
            else:
                fails &= failing >= clause.at_least
        weights = np.zeros(int(fails.sum()), np.int64)
        self._parts.append((slots.group[fails], slots.start[fails], slots.end[fails], weights))

    def unions(self) -> Segments:
        """The time in which enough fail, as far as it has begun."""
        known = super().unions()
        return known.take(known.start <= self._as_of)

    def counted(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many of the spans begin there (in parts)."""
        instance, index, rows = self._instances.counted(periods)
        return self._to[instance], index, rows


def _ever(down: Segments, existing: Ints) -> Segments:
    """Spans in which instances fail, and for each instance that there is one of all time."""
    count = len(existing)
    no = np.zeros(count, np.bool_)
    start, end = np.full(count, -ENDLESS), np.full(count, ENDLESS)
    return Segments(
        np.concatenate((existing, down.group)), np.concatenate((start, down.start)),
        np.concatenate((end, down.end)), np.concatenate((end, down.last)),
        np.concatenate((no, down.failing)), np.concatenate((no, down.real)),
    )  # fmt: skip


def _numbered(instances: Groups, to: Ints, field: str) -> Ints:
    """The value that each instance has of a field, numbered apart in each group."""
    place = [f.name for f in instances.fields].index(field)
    numbers: dict[tuple[int, int], int] = {}
    pairs = zip(to.tolist(), instances.codes, strict=True)
    found = [numbers.setdefault((group, codes[place]), len(numbers)) for group, codes in pairs]
    return np.array(found, np.int64)


_EARLIEST = -(1 << 63)


def _spread(parts: Segments, group: Ints, newest: Mask) -> _Spread:
    """The slots of parts that are of some groups; `newest` parts cover the instant they end at."""
    owner = np.concatenate((group, group))
    time = np.concatenate((parts.start, parts.end))
    order = np.lexsort((time, owner))
    owner, time = owner[order], time[order]
    new = np.ones(len(time), np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (time[1:] != time[:-1])
    edge = np.empty(len(time), np.int64)
    edge[order] = np.cumsum(new) - 1
    owner, time = owner[new], time[new]
    first, after = 2 * edge[: len(group)], 2 * edge[len(group) :]
    instant = parts.start == parts.end
    after = np.where(instant, first + 1, after + newest)
    # what follows a sample that holds for nothing doesn't speak of its instant
    follows = np.flatnonzero(
        instant[:-1] & (parts.group[1:] == parts.group[:-1]) & (parts.start[1:] == parts.end[:-1])
    )
    first[follows + 1] += 1
    used = np.ones(2 * len(time), np.bool_)
    used[::2] = False
    used[first[instant]] = True
    end = np.repeat(time, 2)
    end[1:-1:2] = time[1:]
    return _Spread(first, after, np.repeat(owner, 2), np.repeat(time, 2), end, used)


def _covered(first: Ints, after: Ints, slots: int) -> Ints:
    """How many of the ranges [first, after) each slot lies in."""
    change = np.bincount(first, minlength=slots + 1) - np.bincount(after, minlength=slots + 1)
    found: Ints = np.cumsum(change)[:slots]
    return found
