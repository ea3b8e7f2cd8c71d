"""When groups exist: from their first row on, or as long as a service says."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.folds.exclusions import FAR, Excluder, Spans
from sladsl.folds.grains import Groups
from sladsl.folds.matching import Keys
from sladsl.folds.outages import Runs, Segments
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["Existence", "Rest", "down_outside"]

_ALL = Intervals.of([-(1 << 61)], [1 << 62])


class _Service(NamedTuple):
    plan: p.ExclusionPlan
    spans: Spans
    places: tuple[int, ...]  # of its fields in a group
    name: int | None = None  # its code, where groups are services

    def about(self, codes: tuple[int, ...]) -> Keys | None:
        """What is about a group; None: nothing is. About a service as a whole all of it is."""
        if self.name is not None:
            return self.spans.every_key() if codes[self.places[0]] == self.name else None
        return self.spans.about(tuple(codes[at] for at in self.places))


class Existence:
    """What services say of the time in which groups over some fields exist."""

    def __init__(
        self, groups: Groups, services: Iterable[p.ServicePlan], excluder: Excluder
    ) -> None:
        names = [f.name for f in groups.fields]
        self.groups = groups
        self.excluder = excluder
        self._plans = [(s, s.outside) for s in services if s.outside is not None]
        self._services: list[_Service] = []
        for service, plan in self._plans:
            spans = excluder.spans(plan)
            if set(plan.fields) <= set(names):
                places = tuple(names.index(f) for f in plan.fields)
                self._services.append(_Service(plan, spans, places))
            elif "service" in names and "service" in dict(service.of):
                code = groups.vocabulary.code(service.name)
                at = names.index("service")
                self._services.append(_Service(plan, spans, (at,), code))

    @property
    def settled(self) -> bool:
        """Whether it is known from when to when they exist, also beyond as-of."""
        return all(service.plan.rows is None for service in self._services)

    def spans(self, codes: tuple[int, ...]) -> Intervals | None:
        """When a group exists; None: no service says it."""
        found: Intervals | None = None
        for _, own in self._of(codes):
            found = own if found is None else found.intersection(own)
        return found

    def _of(self, codes: tuple[int, ...]) -> Iterator[tuple[_Service, Intervals]]:
        for service in self._services:
            about = service.about(codes)
            if about is not None:
                yield service, _ALL.difference(service.spans.of(about))

    def named(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """The open parts of groups that services name, and from when on (ns)."""
        for service, plan in self._plans:
            assert plan.existing is not None
            of = dict(service.of)
            if plan.existing.span is not None:
                start = plan.existing.span[0]
                yield from ((codes, start) for codes in self.groups.named_by(of))
            elif plan.rows is not None:
                yield from self._members(plan, of)

    def _members(
        self, plan: p.ExclusionPlan, of: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[tuple[int, ...], int]]:
        """Those of members that rows tell of."""
        assert plan.rows is not None
        fields = [f for f in self.groups.fields if not f.values]
        by = [ours for ours, _ in plan.match]
        if not all(f.name in by or f.name in of for f in fields):
            return
        listed = self.excluder.listed[plan.rows]
        columns = [listed.numbers(f.name) for f in fields if f.name in by]
        for row, time in enumerate(listed.numbers(plan.start)):
            ours = iter([column[row] for column in columns])
            parts: list[Iterable[int | None]] = [
                [next(ours)] if f.name in by else self.groups.codes_of(f, of[f.name])
                for f in fields
            ]
            for codes in product(*parts):
                if time is not None and None not in codes:
                    yield tuple(code for code in codes if code is not None), time

    def rest(
        self, existing: Container[int] | None = None, *, apart: frozenset[str] | None = None
    ) -> Rest | None:
        """What is known of groups cut to the time in which they exist; None: nothing is cut.

        Those that aren't `existing` never do (None: all are). `apart`: fields beside which a
        service must name another one, so that it is one of instances.
        """
        left: dict[int, Intervals] = {}
        up: dict[int, Intervals] = {}
        for number, codes in enumerate(self.groups.codes):
            for service, spans in self._of(codes):
                if apart is not None and set(service.plan.fields) <= apart:
                    continue
                never = existing is not None and number not in existing
                own = Intervals.none() if never else spans
                table = up if service.plan.as_up and apart is None and len(own) else left
                table[number] = own.intersection(table.get(number, _ALL))
        return Rest(left, up, {}) if left or up else None


def down_outside(
    plan: p.ExclusionPlan, groups: Groups, since: Mapping[int, int], excluder: Excluder
) -> Rest:
    """What is known of the groups of an outage, all of which is down outside of some spans."""
    names = [f.name for f in groups.fields]
    spans = excluder.spans(plan)
    places = [names.index(ours) for ours in plan.fields]
    down = {}
    for number, begun in since.items():
        codes = groups.codes[number]
        outside = spans.of(spans.about(tuple(codes[at] for at in places)))
        down[number] = outside.clip(begun, FAR)
    return Rest({}, {}, down)


class Rest(NamedTuple):
    """From when to when some groups exist: other time isn't measured, or (`up`) counts as up.

    `down` is the time that counts as down.
    """

    left: Mapping[int, Intervals]
    up: Mapping[int, Intervals]
    down: Mapping[int, Intervals]

    def joined(self, other: Rest | None) -> Rest:
        """What both say, of different sorts of time."""
        if other is None:
            return self
        left, up, down = ({**a, **b} for a, b in zip(self, other, strict=True))
        return Rest(left, up, down)

    def cut(self, known: Segments, start: int, upto: int) -> Segments:
        """What is known, without other time; what counts as up does from `start` to `upto`."""
        found = known
        for number, rest in self.down.items():
            own = _clipped(found, {number: _ALL.difference(rest)})
            found = _with(own, number, rest.clip(start, max(start, upto)), down=True)
        for number, spans in self.up.items():
            rest = Intervals.of([start], [max(start, upto)]).difference(spans)
            found = _with(_clipped(found, {number: spans}), number, rest)
        found = _clipped(found, self.left)
        order = np.lexsort((found.end, found.start, found.group))
        return found.take(order)

    def closed(self, runs: Runs, as_of: int, upto: int) -> Runs:
        """Runs of failure, of which none is open that existed only before as-of.

        One that ends with time that counts as down is open if that goes on `upto` now.
        """
        still = runs.open.copy()
        for number, rest in self.down.items():
            ends = np.minimum(rest.ends[rest.starts < upto], upto)
            own = np.flatnonzero((runs.group == number) & np.isin(runs.end, ends))
            still[own] = runs.end[own] == upto
        for number, spans in (*self.left.items(), *self.up.items()):
            own = np.flatnonzero((runs.group == number) & still)
            at = np.searchsorted(spans.ends, runs.start[own], side="right")
            ends = np.append(spans.ends, as_of)[at]
            still[own[ends <= as_of]] = False
        return runs._replace(open=still)


def _clipped(known: Segments, spans: Mapping[int, Intervals]) -> Segments:
    """The parts that lie in the spans of their groups; all of groups that have none."""
    kept = [np.flatnonzero(~np.isin(known.group, np.array(sorted(spans), np.int64)))]
    starts, ends = [known.start[kept[0]]], [known.end[kept[0]]]
    for number, own in spans.items():
        rows = np.flatnonzero(known.group == number)
        instant = known.start[rows] == known.end[rows]
        at = rows[instant & own.holds(known.start[rows])]
        kept.append(at)
        starts.append(known.start[at])
        ends.append(known.end[at])
        rows = rows[~instant]
        first = np.searchsorted(own.ends, known.start[rows], side="right")
        last = np.searchsorted(own.starts, known.end[rows], side="left")
        count = np.maximum(last - first, 0)
        piece = np.repeat(np.arange(len(rows)), count)
        place = first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
        kept.append(rows[piece])
        starts.append(np.maximum(known.start[rows[piece]], own.starts[place]))
        ends.append(np.minimum(known.end[rows[piece]], own.ends[place]))
    found = known.take(np.concatenate(kept))
    return found._replace(start=np.concatenate(starts), end=np.concatenate(ends))


def _with(known: Segments, number: int, rest: Intervals, *, down: bool = False) -> Segments:
    """With time of a group that counts as up, or as down."""
    group: Ints = np.full(len(rest), number, np.int64)
    return known.more(group, rest.starts, rest.ends, down=down, real=down)
