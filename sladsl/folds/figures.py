"""From states to figures: what the aggregates of a plan come to, by group and period."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from sladsl.calendar.periods import Periods
from sladsl.folds.expressions import Rows
from sladsl.folds.fold import Folds, streams_of, trailing
from sladsl.folds.formulas import aggregates_of
from sladsl.folds.grains import Groups, TooManyVerdicts
from sladsl.folds.model import Cell, CellKey, Folded, GrainKey, GroupSeen
from sladsl.plan import model as p
from sladsl.plan.parts import finer

if TYPE_CHECKING:  # imported where a plan has some: a short run doesn't wait for it
    from sladsl.folds.existing import Existence
    from sladsl.folds.notices import Notices
    from sladsl.folds.outage_at_once import OutageAtOnce
    from sladsl.folds.outage_exclusions import Cut
    from sladsl.folds.outage_spans import SpanOutageState
    from sladsl.folds.outage_windows import WindowOutage
    from sladsl.folds.outages import OutageState

__all__ = ["MAX_VERDICTS", "Figures"]

MAX_VERDICTS = 1_000_000  # of one requirement


class Figures:
    """The figures of states that all rows were folded into."""

    def __init__(self, states: Folds) -> None:
        self.states = states

    @property
    def rows(self) -> Rows:
        """What is known of rows."""
        return self.states.rows

    @property
    def newest(self) -> dict[str, int]:
        """The newest row of each stream, as it is placed."""
        return self.states.newest

    def folded(self, grain: GrainKey, some: Iterable[int] | None = None) -> Folded:
        """All figures of a grain, or some."""
        kind, fields = grain
        schedule, codes = self.states.periods[kind], self.states.groups(fields).codes
        cells: dict[int, dict[CellKey, Cell]] = {}
        for index in sorted(self.states.needed[grain] if some is None else some):
            aggregate = self.states.plan.aggregates[index]
            if isinstance(aggregate, p.EachAggregate):
                cells[index] = self._over_each(grain, aggregate)
                continue
            cells[index] = {}
            for number, layer in enumerate(schedule.layers):
                places = layer.numbers.tolist()
                for key, cell in self._numbered(grain, number, index).items():
                    group, place = divmod(key, len(places))
                    if places[place] >= 0:
                        cells[index][codes[group], places[place]] = cell
        return Folded(
            starts=tuple(schedule.starts.tolist()),
            ends=tuple(schedule.ends.tolist()),
            labels=schedule.labels,
            cells=cells,
            blank={index: self._blank(index) for index in cells},
            running={index: self._running(grain, index) for index in cells},
            over={index: self._over(grain, index) for index in cells},
        )

    def _running(self, grain: GrainKey, index: int) -> frozenset[int]:
        """The periods that are over, but not the windows that an aggregate has in them.

        Nor those of which it isn't known whether they are left out of it.
        """
        aggregate, rule = self.states.plan.aggregates[index], trailing(grain[0])
        schedule, as_of = self.states.periods[grain[0]], self.rows.as_of
        found: frozenset[int] = frozenset()
        match aggregate:
            case p.WindowAggregate():
                state = self.states.of_windows[grain[1], index, rule]
                found = state.running(schedule, as_of, whole=True)
            case p.OutageAggregate(outage=name) if name in self.states.failing:
                plan, number = self.states.failing[name]
                fields = tuple(self.states.field(plan.stream, each) for each in plan.instances)
                state = self.states.of_windows[fields, number, rule]
                found = state.running(schedule, as_of, whole=False)
            case p.EachAggregate(each=each, value=value):
                inner = grain[0], finer(grain[1], each)
                parts = (self._running(inner, part) for part in aggregates_of(value))
                return found.union(*parts)
            case _:
                pass
        if aggregate.excluding and self.rows.excluder is not None:
            undecided = self.rows.excluder.undecided(aggregate.excluding)
            for low, high in zip(undecided.starts, undecided.ends, strict=True):
                some = (schedule.starts < high) & (schedule.ends > low) & (schedule.ends <= as_of)
                found |= frozenset(np.flatnonzero(some).tolist())
        return found

    def _over(self, grain: GrainKey, index: int) -> tuple[int, ...]:
        """When the last window that an aggregate has in each period is over; empty: it has none."""
        states, rule = self.states, trailing(grain[0])
        aggregate, schedule = states.plan.aggregates[index], states.periods[grain[0]]
        match aggregate:
            case p.WindowAggregate():
                return states.of_windows[grain[1], index, rule].over(schedule, whole=True)
            case p.OutageAggregate(outage=name) if name in states.failing:
                plan, number = states.failing[name]
                fields = tuple(states.field(plan.stream, each) for each in plan.instances)
                return states.of_windows[fields, number, rule].over(schedule, whole=False)
            case p.EachAggregate(each=each, value=value):
                inner = grain[0], finer(grain[1], each)
                parts = [self._over(inner, part) for part in aggregates_of(value)]
                return tuple(map(max, zip(*filter(None, parts), strict=True)))
            case _:
                return ()

    def _over_each(self, grain: GrainKey, plan: p.EachAggregate) -> dict[CellKey, Cell]:
        from sladsl.folds.over_each import over_each

        inner = finer(grain[1], plan.each)
        groups, streams = self.states.groups(inner), streams_of(self.states.plan, plan.value)
        existing = self._existing(groups, streams)
        lengths = {
            number
            for number, one in enumerate(self.states.plan.aggregates)
            if isinstance(one, p.OutageAggregate) and one.function not in ("time", "count")
        }
        finer_ones = self.folded((grain[0], inner), aggregates_of(plan.value))
        found = over_each(plan, finer_ones, existing, len(grain[1]), lengths, self.rows.as_of)
        # of periods that overlap others may be folded elsewhere
        own = {n for layer in self.states.periods[grain[0]].layers for n in layer.numbers.tolist()}
        return {at: cell for at, cell in found.items() if at[1] in own}

    def _numbered(self, grain: GrainKey, number: int, index: int) -> dict[int, Cell]:
        """The cells of an aggregate in one layer, by group * number of periods + period."""
        groups = self.states.groups(grain[1])
        periods = self.states.periods[grain[0]].layers[number].periods
        aggregate = self.states.plan.aggregates[index]
        match aggregate:
            case p.RowAggregate():
                found = self.states.of_rows[grain, number, index].cells()
                if not self._settled(aggregate) or not self.states.is_read(aggregate.stream):
                    found = {key: cell.but(low=None) for key, cell in found.items()}
                return found
            case p.WindowAggregate():
                streams = streams_of(self.states.plan, p.AggregateRef(index))
                until = min(self.states.until[s] for s in streams)
                state = self.states.of_windows[grain[1], index, trailing(grain[0])]
                since = self._since(groups, streams)
                return state.cells(periods, until, since, self.rows.excluder)
            case p.OutageAggregate():
                return self._outage_cells(aggregate, groups, periods, trailing(grain[0]))
            case p.EachAggregate():
                raise ValueError("figures over groups are made from those of a finer grain")

    def _blank(self, index: int) -> Cell:
        """What an aggregate is without rows."""
        match self.states.plan.aggregates[index]:
            case p.RowAggregate(function="count", stream=stream):
                low = Fraction(0) if self.states.is_read(stream) else None
                return Cell(Fraction(0), low=low)
            case p.RowAggregate(function="sum"):
                return Cell(Fraction(0))
            case p.OutageAggregate():
                return Cell(None, measured=0, failing=0)
            case _:
                return Cell(None)

    def existing(self, grain: GrainKey, formula: p.Formula) -> tuple[GroupSeen, ...]:
        """The groups that a requirement is judged for, sorted by their values."""
        found = self._existing(self.states.groups(grain[1]), streams_of(self.states.plan, formula))
        count = len(found) * int((self.states.periods[grain[0]].starts <= self.rows.as_of).sum())
        if count > MAX_VERDICTS:
            raise TooManyVerdicts(f"{count:,} verdicts of one requirement")
        return self.in_order(grain[1], found)

    def _existing(self, groups: Groups, streams: Iterable[str]) -> list[GroupSeen]:
        """The groups that there are at some time, by what is seen of them or services say."""
        start, end = self.states.term
        existence = self._existence(groups)
        named = () if existence is None else existence.named()
        found = []
        seen = self.states.seen_in(sorted(streams), groups)
        for codes, time in groups.existing(seen, start, named):
            own = None if existence is None else existence.spans(codes)
            if own is None:
                found.append(GroupSeen(codes, groups.texts(codes), time))
                continue
            own = own.clip(start, end)
            if len(own):
                spans = tuple(zip(own.starts.tolist(), own.ends.tolist(), strict=True))
                found.append(GroupSeen(codes, groups.texts(codes), spans[0][0], spans))
        return found

    def _existence(self, groups: Groups) -> Existence | None:
        """What services say of the time of groups; None: nothing."""
        limited = any(s.outside is not None for s in self.states.plan.services)
        if not limited or not groups.fields:
            return None
        from sladsl.folds.existing import Existence

        assert self.rows.excluder is not None
        return Existence(groups, self.states.plan.services, self.rows.excluder)

    def in_order(
        self, fields: tuple[p.GroupField, ...], found: Iterable[GroupSeen]
    ) -> tuple[GroupSeen, ...]:
        """Groups sorted by their values."""
        groups = self.states.groups(fields)
        return tuple(sorted(found, key=lambda g: _order(g, groups)))

    def touched(self, formula: p.Formula) -> bool:
        """Whether a row of a measure lies at as-of itself."""
        streams = streams_of(self.states.plan, formula)
        return any(self.states.newest.get(name) == self.rows.as_of for name in streams)

    def _since(self, groups: Groups, streams: Iterable[str]) -> dict[int, int]:
        start = self.states.term[0]
        return {
            groups.number(one.codes): max(one.since, start)
            for one in self._existing(groups, streams)
        }

    def _outage_cells(
        self, plan: p.OutageAggregate, groups: Groups, periods: Periods, rule: p.Trailing | None
    ) -> dict[int, Cell]:
        from sladsl.folds.outage_cells import OutageView
        from sladsl.folds.outages import outward

        state = self._outage_state(plan.outage, rule)
        names = [f.name for f in groups.fields]
        existing = {
            state.groups.number(one.codes): one
            for one in self._existing(state.groups, (state.plan.stream,))
        }
        if state.plan.ends is not None:  # where nothing is said of it, all was up
            existing = {n: one.but(since=self.states.term[0]) for n, one in existing.items()}
        since = {number: max(one.since, self.states.term[0]) for number, one in existing.items()}
        existence = self._existence(state.groups)
        rest = None if existence is None else existence.rest(existing)
        if state.plan.down_outside is not None:
            from sladsl.folds.existing import down_outside

            assert self.rows.excluder is not None
            down = state.plan.down_outside, state.groups, since, self.rows.excluder
            rest = down_outside(*down).joined(rest)
        until = self.states.until[state.plan.stream] if state.plan.ends is None else self.rows.as_of
        view = OutageView(
            state=state,
            periods=periods,
            to=outward(state.groups, names, groups),
            as_of=self.rows.as_of,
            since=since,
            until=min(until, self.states.term[1]),
            term_start=self.states.term[0],
            term_end=self.states.term[1],
            alone=set(names) == set(state.plan.each),
            cut=self._cut(plan, state.groups),
            sure=self._cut(plan, state.groups, at_least=True),
            settled=(
                self._settled(plan)
                and (existence is None or existence.settled)
                and state.plan.down_outside is None
            ),
            notices=self._notices(state),
            existing=existing,
            rest=rest,
        )
        return view.cells(plan)

    def _outage_state(
        self, name: str, rule: p.Trailing | None
    ) -> OutageState | SpanOutageState | WindowOutage | OutageAtOnce:
        plan = next(o for o in self.states.plan.outages if o.name == name)
        own: OutageState | SpanOutageState | WindowOutage
        if name in self.states.failing:
            from sladsl.folds.outage_windows import WindowOutage

            fields = tuple(self.states.field(plan.stream, each) for each in plan.instances)
            state = self.states.of_windows[fields, self.states.failing[name][1], rule]
            own = WindowOutage(plan, self.states.groups(fields), state)
        else:
            own = self.states.of_outages[name]
        if not plan.at_once:
            return own
        from sladsl.folds.outage_at_once import OutageAtOnce, SpansAtOnce
        from sladsl.folds.outage_spans import SpanOutageState

        fields = tuple(self.states.field(plan.stream, each) for each in plan.each)
        groups = self.states.groups(fields)
        # whatever exists has its number before it is asked what is said of all numbers
        there = self._existing(own.groups, (plan.stream,))
        numbers = [own.groups.number(one.codes) for one in there]
        existence, rest = self._existence(own.groups), None
        if existence is not None:
            rest = existence.rest(apart=frozenset(plan.each))
        if not isinstance(own, SpanOutageState):
            reach = self.states.until[plan.stream]
            return OutageAtOnce(own, groups, self.states.term, reach, rest)
        return SpansAtOnce(own, groups, numbers, rest, self.rows.as_of)

    def _notices(
        self, state: OutageState | SpanOutageState | WindowOutage | OutageAtOnce
    ) -> Notices | None:
        """What an outage's runs are counted from; None: from their onset."""
        if state.plan.notices is None:
            return None
        from sladsl.folds.notices import Notices

        return Notices(state.plan.notices, self.rows.listed, state.groups)

    def _settled(self, plan: p.Aggregate) -> bool:
        """Whether what exclusions take of what has been can't change any more."""
        excluder = self.rows.excluder
        return not plan.excluding or (excluder is not None and excluder.settled(plan.excluding))

    def _cut(
        self, plan: p.OutageAggregate, groups: Groups, *, at_least: bool = False
    ) -> Cut | None:
        """What exclusions take of an outage's groups; None where it has none."""
        if not plan.excluding:
            return None
        from sladsl.folds.outage_exclusions import Cut

        assert self.rows.excluder is not None
        return Cut(self.rows.excluder.of(plan.excluding, at_least=at_least), groups)


def _order(group: GroupSeen, groups: Groups) -> tuple[tuple[int, str], ...]:
    """Enums and bools in the order of declaration, numbers by size, texts bytewise."""
    return tuple(
        (0, text) if f.kind == "text" else (code, "")
        for f, code, (_, text) in zip(groups.fields, group.codes, group.texts, strict=True)
    )
