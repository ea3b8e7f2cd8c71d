"""From rows to states to figures: every aggregate that a plan asks for, at every grain.

A grain is a kind of period and a set of group fields. An aggregate is folded once for each
grain at which a requirement (or the money that hangs on it) needs it; where the periods overlap,
once for each of the tables (layers) of periods that don't.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sladsl.calendar.periods import Periods, windows
from sladsl.calendar.rolling import Schedule
from sladsl.calendar.zones import Zone
from sladsl.folds.aggregates import RowState, fold_together
from sladsl.folds.block import Block
from sladsl.folds.expressions import Rows, columns_of
from sladsl.folds.formulas import aggregates_of
from sladsl.folds.grains import Grain, Groups, Seen, TooManyVerdicts
from sladsl.folds.model import Cell, CellKey, Folded, GrainKey, GroupSeen
from sladsl.plan import model as p
from sladsl.plan.parts import finer
from sladsl.plan.schedules import before_term
from sladsl.plan.uses import figures
from sladsl.streams.model import Batch, Vocabulary

if TYPE_CHECKING:  # imported where a plan has some: a short run doesn't wait for it
    from sladsl.folds.existing import Existence
    from sladsl.folds.notices import Notices
    from sladsl.folds.outage_at_once import OutageAtOnce
    from sladsl.folds.outage_exclusions import Cut
    from sladsl.folds.outage_spans import SpanOutageState
    from sladsl.folds.outage_windows import WindowOutage
    from sladsl.folds.outages import OutageState
    from sladsl.folds.windows import WindowState

__all__ = ["Folds", "streams_of"]

_WindowKey: TypeAlias = tuple[tuple[p.GroupField, ...], int, p.Trailing | None]

MAX_VERDICTS = 1_000_000  # of one requirement
_BLOCK = 1 << 18  # rows that are folded at once: fewer cost more calls, more leave the cache


def streams_of(plan: p.Plan, formula: p.Formula | p.Condition) -> set[str]:
    """The streams that a formula reads."""
    found: set[str] = set()
    for index in aggregates_of(formula):
        aggregate = plan.aggregates[index]
        match aggregate:
            case p.RowAggregate(stream=stream):
                found.add(stream)
            case p.OutageAggregate(outage=outage):
                found.add(next(o.stream for o in plan.outages if o.name == outage))
            case p.WindowAggregate(value=value, good=good):
                part = good if good is not None else value
                assert part is not None
                found |= streams_of(plan, part)
            case p.EachAggregate(value=value):
                found |= streams_of(plan, value)
    return found


def _has(
    stream: p.StreamPlan | p.DerivedPlan, fields: tuple[p.GroupField, ...], batch: Batch
) -> bool:
    """Whether rows of a stream have all fields of a group, with the same values."""
    own = {field.name: field for field in stream.fields if field.name in batch.columns}
    return all(
        f.name in own
        and own[f.name].kind == f.kind
        and (own[f.name].values or f.values) == f.values
        for f in fields
    )


class Folds:
    """All states of one run. `until` is how far missing data may count, by stream (ns).

    Parts of the rows may be folded apart (`apart`, each in a thread of its own), and merged.
    With `ordered` less is kept of samples, and `OutOfOrder` raised where that isn't enough: then
    all rows have to be folded again without it. With `once` the rows can't be read a second time,
    so that every value of a percentile is kept. `rule`: only figures by these periods.
    """

    def __init__(
        self,
        plan: p.Plan,
        rows: Rows,
        vocabulary: Vocabulary,
        periods: Mapping[p.PeriodRule, Schedule],
        until: Mapping[str, int],
        max_groups: int = 100_000,
        *,
        ordered: bool = False,
        once: bool = False,
        rule: p.PeriodRule | None = None,
    ) -> None:
        self.ordered = ordered
        self.once = once
        self._again = False
        self.rule = rule
        self.plan = plan
        self.rows = rows
        self.vocabulary = vocabulary
        self.periods = periods
        self.until = until
        self.max_groups = max_groups
        #: the newest row of each stream, as it is placed
        self.newest: dict[str, int] = {}
        self._groups: dict[tuple[p.GroupField, ...], Groups] = {}
        self._seen: dict[tuple[str, tuple[p.GroupField, ...]], Seen] = {}
        self._row: dict[tuple[GrainKey, int, int], RowState] = {}  # grain, layer, aggregate
        #: by groups, aggregate, and of trailing periods their rule
        self._window: dict[_WindowKey, WindowState] = {}
        self._outage: dict[str, OutageState | SpanOutageState] = {}
        #: outages of windows, and the numbers of their windows
        self._failing: dict[str, tuple[p.OutagePlan, int]] = {}
        self._needed: dict[GrainKey, set[int]] = {}
        self._term = int(periods["term"].starts[0]), int(periods["term"].ends[-1])
        for grain, formula in figures(plan):
            if rule is None or grain.period == rule:
                self._need((grain.period, grain.groups), formula)

    def apart(self) -> Folds:
        """Empty states of the same kind, for other rows; groups are numbered in common."""
        other = copy(self)
        other.newest = {}
        other._seen = {}
        other._row = {k: s.apart() for k, s in self._row.items()}
        other._window = {k: s.apart() for k, s in self._window.items()}
        other._outage = {k: self._samples(s.plan, s.groups) for k, s in self._outage.items()}
        return other

    def merge(self, other: Folds) -> None:
        """Take in the states of other rows."""
        for stream, newest in other.newest.items():
            self.newest[stream] = max(newest, self.newest.get(stream, newest))
        for (stream, fields), seen in other._seen.items():
            self._seen_of(stream, self.groups(fields)).merge(seen)
        for key, row_state in self._row.items():
            row_state.merge(other._row[key])
        for at, window_state in self._window.items():
            window_state.merge(other._window[at])
        for name, outage in self._outage.items():
            outage.merge(other._outage[name])  # type: ignore[arg-type]

    def again(self) -> Folds | None:
        """States for values that were let go, for the same rows once more; None: nothing was."""
        if not any(state.missed() for state in self._row_states()):
            return None
        other = copy(self)
        other.newest, other._seen, other._outage = {}, {}, {}
        other._again = True
        other._row = {k: s.again() for k, s in self._row.items() if s.missed()}
        other._window = {k: s.again() for k, s in self._window.items() if s.missed()}
        return other

    @property
    def refining(self) -> bool:
        """Whether these states are for rows that were folded before."""
        return self._again

    @property
    def term(self) -> tuple[int, int]:
        """The term as [start, end), ns; the end of an open one is as far as it is looked at."""
        return self._term

    def tables(self) -> Iterator[Periods]:
        """The periods and windows that rows are sorted into."""
        yield from self._layers()
        for state in self._window.values():
            yield state.grain.periods

    def refine(self, other: Folds) -> None:
        """Take in what `again` came to."""
        for key, row_state in other._row.items():
            self._row[key].refine(row_state)
        for at, window_state in other._window.items():
            self._window[at].refine(window_state)

    def _layers(self) -> Iterator[Periods]:
        for schedule in self.periods.values():
            for layer in schedule.layers:
                yield layer.periods

    def _row_states(self) -> Iterator[RowState]:
        yield from self._row.values()
        for state in self._window.values():
            yield from state.inner.values()

    # ---- which states there are ----

    def groups(self, fields: tuple[p.GroupField, ...]) -> Groups:
        """The groups over some fields."""
        found = self._groups.get(fields)
        if found is None:
            found = self._groups[fields] = Groups(
                fields, self.vocabulary, self.max_groups, self.plan.services
            )
        return found

    def _need(self, grain: GrainKey, formula: p.Formula | p.Condition) -> None:
        for index in aggregates_of(formula):
            self._needed.setdefault(grain, set()).add(index)
            aggregate = self.plan.aggregates[index]
            groups = self.groups(grain[1])
            match aggregate:
                case p.RowAggregate():
                    reads = self._reads(aggregate)
                    for layer in range(len(self.periods[grain[0]].layers)):
                        state = RowState(aggregate, reads, once=self.once)
                        self._row.setdefault((grain, layer, index), state)
                case p.EachAggregate(each=each, value=value):
                    self._need((grain[0], finer(grain[1], each)), value)
                case p.WindowAggregate():
                    self._need_windows(
                        groups, index, aggregate, self.plan.aggregates, _trailing(grain[0])
                    )
                case p.OutageAggregate(outage=name):
                    self._need_outage(name, _trailing(grain[0]))

    def _stream(self, name: str) -> p.StreamPlan | p.DerivedPlan:
        every: dict[str, p.StreamPlan | p.DerivedPlan] = {s.name: s for s in self.plan.streams}
        every |= {s.name: s for s in self.plan.derived}
        return every[name]

    def _reads(self, aggregate: p.RowAggregate) -> frozenset[str]:
        """The fields that decide whether a row is counted, through computed ones too."""
        computed = {f.name: f.computed for f in self._stream(aggregate.stream).fields}
        found: set[str] = set()
        left = columns_of(aggregate.where)
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left |= columns_of(computed[name])
        return frozenset(found)

    def _need_windows(
        self, groups: Groups, index: int, plan: p.WindowAggregate,
        aggregates: tuple[p.Aggregate, ...], rule: p.Trailing | None,
    ) -> None:  # fmt: skip
        if (groups.fields, index, rule) in self._window:
            return
        low = self._term[0] if rule is None else before_term(self.plan, rule)
        start, end = low, min(self._term[1], self.rows.as_of + 1)
        from sladsl.folds.windows import WindowState, inner_states

        table = windows(plan.length, start, max(end, start + 1), Zone(self.plan.zone))
        states = inner_states(plan, aggregates, once=self.once)
        opened = None
        if plan.calendar is not None:
            first, last = int(table.starts[0]), int(table.starts[-1])
            opened = self.rows.clocks[plan.calendar].intervals(first, last + 1).holds(table.starts)
        self._window[groups.fields, index, rule] = WindowState(
            plan, Grain(groups, table), states, opened, (low, *self._term)
        )

    def _need_outage(self, name: str, rule: p.Trailing | None) -> None:
        if name in self._outage:
            return
        plan = next(o for o in self.plan.outages if o.name == name)
        fields = tuple(self._field(plan.stream, each) for each in plan.each)
        instances = tuple(self._field(plan.stream, each) for each in plan.instances)
        self.groups(fields)  # so that it is known since when they exist
        if plan.windows is None:
            self._outage[name] = self._samples(plan, self.groups(instances))
            return
        made = p.WindowAggregate("share", plan.windows.length, good=plan.windows.where)
        number = -1 - len(self._failing)  # no aggregate of the plan has it
        _, number = self._failing.setdefault(name, (plan, number))
        self._need_windows(self.groups(instances), number, made, plan.windows.inner, rule)

    def _samples(self, plan: p.OutagePlan, groups: Groups) -> OutageState | SpanOutageState:
        if plan.ends is not None:
            from sladsl.folds.outage_spans import SpanOutageState

            return SpanOutageState(plan, groups)
        from sladsl.folds.outages import OutageState

        return OutageState(plan, groups, tuple(self._layers()), ordered=self.ordered)

    def _field(self, stream: str, name: str) -> p.GroupField:
        found = next(f for f in self._stream(stream).fields if f.name == name)
        values = ("false", "true") if found.kind == "bool" else found.values
        return p.GroupField(name, found.kind, values)

    # ---- folding ----

    def fold(self, stream: p.StreamPlan | p.DerivedPlan, batch: Batch) -> None:
        """Take in rows of a stream, as they are known at as-of."""
        event = batch.columns.get(stream.event)
        if event is not None and event.valid is not None:  # a derived row without a place yet
            batch = batch.take(np.flatnonzero(event.valid))
        if batch.length <= 2 * _BLOCK:
            self._block(stream, batch)
            return
        for start in range(0, batch.length, _BLOCK):
            self._block(stream, batch.part(start, min(start + _BLOCK, batch.length)))

    def _block(self, stream: p.StreamPlan | p.DerivedPlan, batch: Batch) -> None:
        if not batch.length:
            return
        block = Block(batch, stream.event, self.rows)
        name = stream.name
        self.newest[name] = max(block.high, self.newest.get(name, block.high))
        for groups in self._groups.values():
            if not groups.closed and _has(stream, groups.fields, batch):
                self._seen_of(name, groups).fold(block)
        for state in self._outage.values():
            if state.plan.stream == name:
                failing = block.where(state.plan.failing)
                state.take(batch, block.times, block.groups(state.groups), failing)
        self._into_rows(name, block, trailing=True)  # which go back to before the term
        own = self._within(block, *self._term)
        if own is not None:
            self._into_rows(name, own, trailing=False)
        for (_, _, rule), window_state in self._window.items():
            if name in window_state.streams:
                low, _, end = window_state.reach
                part = own if rule is None else self._within(block, low, end)
                if part is not None:
                    window_state.fold(name, part)

    def _within(self, block: Block, start: int, end: int) -> Block | None:
        """The rows of a block that lie in [start, end); None: none does."""
        if start <= block.low and block.high < end:
            return block
        inside = np.flatnonzero((block.times >= start) & (block.times < end))
        return Block(block.batch.take(inside), block.event, self.rows) if len(inside) else None

    def _into_rows(self, stream: str, block: Block, *, trailing: bool) -> None:
        """Take the rows of a block into the states of trailing periods, or of all others."""
        together: dict[tuple[GrainKey, int], list[RowState]] = {}
        for (grain, number, _), row_state in self._row.items():
            if row_state.plan.stream == stream and isinstance(grain[0], p.Trailing) == trailing:
                together.setdefault((grain, number), []).append(row_state)
        for ((period, fields), number), states in together.items():
            table = self.periods[period].layers[number].periods
            fold_together(states, block, Grain(self.groups(fields), table))

    def _seen_of(self, stream: str, groups: Groups) -> Seen:
        found = self._seen.get((stream, groups.fields))
        if found is None:
            found = self._seen[stream, groups.fields] = Seen(groups)
        return found

    def _seen_in(self, streams: Iterable[str], groups: Groups) -> list[Seen]:
        return [s for name in streams if (s := self._seen.get((name, groups.fields))) is not None]

    # ---- figures ----

    def outages(self) -> Iterable[OutageState | SpanOutageState]:
        """The states of the outages."""
        return self._outage.values()

    def folded(self, grain: GrainKey, some: Iterable[int] | None = None) -> Folded:
        """All figures of a grain, or some."""
        kind, fields = grain
        schedule, codes = self.periods[kind], self.groups(fields).codes
        cells: dict[int, dict[CellKey, Cell]] = {}
        for index in sorted(self._needed[grain] if some is None else some):
            aggregate = self.plan.aggregates[index]
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
        )

    def _running(self, grain: GrainKey, index: int) -> frozenset[int]:
        """The periods that are over, but not the windows that an aggregate has in them.

        Nor those of which it isn't known whether they are left out of it.
        """
        aggregate, rule = self.plan.aggregates[index], _trailing(grain[0])
        schedule, as_of = self.periods[grain[0]], self.rows.as_of
        found: frozenset[int] = frozenset()
        match aggregate:
            case p.WindowAggregate():
                state = self._window[grain[1], index, rule]
                found = state.running(schedule, as_of, whole=True)
            case p.OutageAggregate(outage=name) if name in self._failing:
                plan, number = self._failing[name]
                fields = tuple(self._field(plan.stream, each) for each in plan.instances)
                state = self._window[fields, number, rule]
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

    def _over_each(self, grain: GrainKey, plan: p.EachAggregate) -> dict[CellKey, Cell]:
        from sladsl.folds.over_each import over_each

        inner = finer(grain[1], plan.each)
        groups, streams = self.groups(inner), streams_of(self.plan, plan.value)
        existing = self._existing(groups, streams)
        lengths = {
            number
            for number, one in enumerate(self.plan.aggregates)
            if isinstance(one, p.OutageAggregate) and one.function not in ("time", "count")
        }
        finer_ones = self.folded((grain[0], inner), aggregates_of(plan.value))
        found = over_each(plan, finer_ones, existing, len(grain[1]), lengths, self.rows.as_of)
        # of periods that overlap others may be folded elsewhere
        own = {n for layer in self.periods[grain[0]].layers for n in layer.numbers.tolist()}
        return {at: cell for at, cell in found.items() if at[1] in own}

    def _numbered(self, grain: GrainKey, number: int, index: int) -> dict[int, Cell]:
        """The cells of an aggregate in one layer, by group * number of periods + period."""
        groups, periods = self.groups(grain[1]), self.periods[grain[0]].layers[number].periods
        aggregate = self.plan.aggregates[index]
        match aggregate:
            case p.RowAggregate():
                found = self._row[grain, number, index].cells()
                if not self._settled(aggregate):
                    found = {key: cell.but(low=None) for key, cell in found.items()}
                return found
            case p.WindowAggregate():
                streams = streams_of(self.plan, p.AggregateRef(index))
                until = min(self.until[s] for s in streams)
                state = self._window[grain[1], index, _trailing(grain[0])]
                since = self._since(groups, streams)
                return state.cells(periods, until, since, self.rows.excluder)
            case p.OutageAggregate():
                return self._outage_cells(aggregate, groups, periods, _trailing(grain[0]))
            case p.EachAggregate():
                raise ValueError("figures over groups are made from those of a finer grain")

    def _blank(self, index: int) -> Cell:
        """What an aggregate is without rows."""
        match self.plan.aggregates[index]:
            case p.RowAggregate(function="count"):
                return Cell(Fraction(0), low=Fraction(0))
            case p.RowAggregate(function="sum"):
                return Cell(Fraction(0))
            case p.OutageAggregate():
                return Cell(None, measured=0, failing=0)
            case _:
                return Cell(None)

    def existing(self, grain: GrainKey, formula: p.Formula) -> tuple[GroupSeen, ...]:
        """The groups that a requirement is judged for, sorted by their values."""
        found = self._existing(self.groups(grain[1]), streams_of(self.plan, formula))
        count = len(found) * int((self.periods[grain[0]].starts <= self.rows.as_of).sum())
        if count > MAX_VERDICTS:
            raise TooManyVerdicts(f"{count:,} verdicts of one requirement")
        return self.in_order(grain[1], found)

    def _existing(self, groups: Groups, streams: Iterable[str]) -> list[GroupSeen]:
        """The groups that there are at some time, by what is seen of them or services say."""
        start, end = self._term
        existence = self._existence(groups)
        named = () if existence is None else existence.named()
        found = []
        for codes, time in groups.existing(self._seen_in(sorted(streams), groups), start, named):
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
        limited = any(s.outside is not None for s in self.plan.services)
        if not limited or not groups.fields:
            return None
        from sladsl.folds.existing import Existence

        assert self.rows.excluder is not None
        return Existence(groups, self.plan.services, self.rows.excluder)

    def in_order(
        self, fields: tuple[p.GroupField, ...], found: Iterable[GroupSeen]
    ) -> tuple[GroupSeen, ...]:
        """Groups sorted by their values."""
        groups = self.groups(fields)
        return tuple(sorted(found, key=lambda g: _order(g, groups)))

    def touched(self, formula: p.Formula) -> bool:
        """Whether a row of a measure lies at as-of itself."""
        streams = streams_of(self.plan, formula)
        return any(self.newest.get(name) == self.rows.as_of for name in streams)

    def _since(self, groups: Groups, streams: Iterable[str]) -> dict[int, int]:
        start = self._term[0]
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
            existing = {n: one.but(since=self._term[0]) for n, one in existing.items()}
        since = {number: max(one.since, self._term[0]) for number, one in existing.items()}
        existence = self._existence(state.groups)
        rest = None if existence is None else existence.rest(existing)
        if state.plan.down_outside is not None:
            from sladsl.folds.existing import down_outside

            assert self.rows.excluder is not None
            down = state.plan.down_outside, state.groups, since, self.rows.excluder
            rest = down_outside(*down).joined(rest)
        until = self.until[state.plan.stream] if state.plan.ends is None else self.rows.as_of
        view = OutageView(
            state=state,
            periods=periods,
            to=outward(state.groups, names, groups),
            as_of=self.rows.as_of,
            since=since,
            until=min(until, self._term[1]),
            term_start=self._term[0],
            term_end=self._term[1],
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
        plan = next(o for o in self.plan.outages if o.name == name)
        own: OutageState | SpanOutageState | WindowOutage
        if name in self._failing:
            from sladsl.folds.outage_windows import WindowOutage

            fields = tuple(self._field(plan.stream, each) for each in plan.instances)
            state = self._window[fields, self._failing[name][1], rule]
            own = WindowOutage(plan, self.groups(fields), state)
        else:
            own = self._outage[name]
        if not plan.at_once:
            return own
        from sladsl.folds.outage_at_once import OutageAtOnce, SpansAtOnce
        from sladsl.folds.outage_spans import SpanOutageState

        groups = self.groups(tuple(self._field(plan.stream, each) for each in plan.each))
        # whatever exists has its number before it is asked what is said of all numbers
        there = self._existing(own.groups, (plan.stream,))
        numbers = [own.groups.number(one.codes) for one in there]
        existence, rest = self._existence(own.groups), None
        if existence is not None:
            rest = existence.rest(apart=frozenset(plan.each))
        if not isinstance(own, SpanOutageState):
            return OutageAtOnce(own, groups, self._term[0], rest)
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


def _trailing(rule: p.PeriodRule) -> p.Trailing | None:
    """What windows are folded apart for: they go back to before the term."""
    return rule if isinstance(rule, p.Trailing) else None


def _order(group: GroupSeen, groups: Groups) -> tuple[tuple[int, str], ...]:
    """Enums and bools in the order of declaration, numbers by size, texts bytewise."""
    return tuple(
        (0, text) if f.kind == "text" else (code, "")
        for f, code, (_, text) in zip(groups.fields, group.codes, group.texts, strict=True)
    )
