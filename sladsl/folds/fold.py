"""From rows to states: every aggregate that a plan asks for, at every grain.

A grain is a kind of period and a set of group fields. An aggregate is folded once for each
grain at which a requirement (or the money that hangs on it) needs it; where the periods overlap,
once for each of the tables (layers) of periods that don't.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sladsl.calendar.periods import Periods, windows
from sladsl.calendar.rolling import Schedule
from sladsl.calendar.zones import Zone
from sladsl.folds.aggregates import RowState, fold_together
from sladsl.folds.block import Block
from sladsl.folds.expressions import Rows, columns_of
from sladsl.folds.firsts import Firsts, most_of_each
from sladsl.folds.formulas import aggregates_of
from sladsl.folds.grains import Grain, Groups, Seen
from sladsl.folds.model import GrainKey
from sladsl.plan import model as p
from sladsl.plan.parts import finer
from sladsl.plan.schedules import before_term
from sladsl.plan.uses import figures, streams_in
from sladsl.streams.model import Batch, Vocabulary

if TYPE_CHECKING:  # imported where a plan has some: a short run doesn't wait for it
    from sladsl.folds.outage_spans import SpanOutageState
    from sladsl.folds.outages import OutageState
    from sladsl.folds.windows import WindowState

__all__ = ["Folds", "streams_of", "trailing"]

_WindowKey: TypeAlias = tuple[tuple[p.GroupField, ...], int, p.Trailing | None]

_BLOCK = 1 << 18  # rows that are folded at once: fewer cost more calls, more leave the cache


def streams_of(plan: p.Plan, formula: p.Formula | p.Condition) -> set[str]:
    """The streams that a formula reads."""
    return set(streams_in(plan, formula))


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
        self.of_rows: dict[tuple[GrainKey, int, int], RowState] = {}  # grain, layer, aggregate
        #: by groups, aggregate, and of trailing periods their rule
        self.of_windows: dict[_WindowKey, WindowState] = {}
        self.of_outages: dict[str, OutageState | SpanOutageState] = {}
        #: outages of windows, and the numbers of their windows
        self.failing: dict[str, tuple[p.OutagePlan, int]] = {}
        self.needed: dict[GrainKey, set[int]] = {}
        #: how many rows of a count break what is promised of it
        self._most = most_of_each(plan.requirements, plan.aggregates)
        self._term = int(periods["term"].starts[0]), int(periods["term"].ends[-1])
        for grain, formula in figures(plan):
            if rule is None or grain.period == rule:
                self._need((grain.period, grain.groups), formula)

    def apart(self) -> Folds:
        """Empty states of the same kind, for other rows; groups are numbered in common."""
        other = copy(self)
        other.newest = {}
        other._seen = {}
        other.of_rows = {k: s.apart() for k, s in self.of_rows.items()}
        other.of_windows = {k: s.apart() for k, s in self.of_windows.items()}
        other.of_outages = {k: self._samples(s.plan, s.groups) for k, s in self.of_outages.items()}
        return other

    def merge(self, other: Folds) -> None:
        """Take in the states of other rows."""
        for stream, newest in other.newest.items():
            self.newest[stream] = max(newest, self.newest.get(stream, newest))
        for (stream, fields), seen in other._seen.items():
            self._seen_of(stream, self.groups(fields)).merge(seen)
        for key, row_state in self.of_rows.items():
            row_state.merge(other.of_rows[key])
        for at, window_state in self.of_windows.items():
            window_state.merge(other.of_windows[at])
        for name, outage in self.of_outages.items():
            outage.merge(other.of_outages[name])  # type: ignore[arg-type]

    def again(self) -> Folds | None:
        """States for values that were let go, for the same rows once more; None: nothing was."""
        if not any(state.missed() for state in self._row_states()):
            return None
        other = copy(self)
        other.newest, other._seen, other.of_outages = {}, {}, {}
        other._again = True
        other.of_rows = {k: s.again() for k, s in self.of_rows.items() if s.missed()}
        other.of_windows = {k: s.again() for k, s in self.of_windows.items() if s.missed()}
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
        for state in self.of_windows.values():
            yield state.grain.periods

    def refine(self, other: Folds) -> None:
        """Take in what `again` came to."""
        for key, row_state in other.of_rows.items():
            self.of_rows[key].refine(row_state)
        for at, window_state in other.of_windows.items():
            self.of_windows[at].refine(window_state)

    def _layers(self) -> Iterator[Periods]:
        for schedule in self.periods.values():
            for layer in schedule.layers:
                yield layer.periods

    def _row_states(self) -> Iterator[RowState]:
        yield from self.of_rows.values()
        for state in self.of_windows.values():
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
            self.needed.setdefault(grain, set()).add(index)
            aggregate = self.plan.aggregates[index]
            groups = self.groups(grain[1])
            match aggregate:
                case p.RowAggregate():
                    for layer in range(len(self.periods[grain[0]].layers)):
                        if (grain, layer, index) not in self.of_rows:
                            state = self._row_state(grain, index, aggregate)
                            self.of_rows[grain, layer, index] = state
                case p.EachAggregate(each=each, value=value):
                    self._need((grain[0], finer(grain[1], each)), value)
                case p.WindowAggregate():
                    self._need_windows(
                        groups, index, aggregate, self.plan.aggregates, trailing(grain[0])
                    )
                case p.OutageAggregate(outage=name):
                    self._need_outage(name, trailing(grain[0]))

    def _row_state(self, grain: GrainKey, index: int, plan: p.RowAggregate) -> RowState:
        """An empty state; of a count that can break a promise, one that keeps when it did."""
        reads = self._reads(plan)
        most = self._most.get((p.Grain(*grain), index))
        if most is None or not self.is_read(plan.stream):
            return RowState(plan, reads, once=self.once)
        fields = self._stream(plan.stream).fields
        later = frozenset(
            f.name for f in fields if f.name in reads and f.kind == "time" and f.computed is None
        )
        firsts = Firsts(*most, once=self.once)
        return RowState(plan, reads, once=self.once, firsts=firsts, later=later)

    def dates(self, stream: str) -> bool:
        """Whether more is made of the times of a stream's rows than the periods they lie in."""
        return any(
            state.plan.stream == stream and state.firsts is not None and state.firsts.keeps
            for state in self.of_rows.values()
        )

    def is_read(self, stream: str) -> bool:
        """Whether rows of a stream stay: not so those that are derived, or may be corrected."""
        source = self._stream(stream)
        return isinstance(source, p.StreamPlan) and source.recorded is None

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
        if (groups.fields, index, rule) in self.of_windows:
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
        self.of_windows[groups.fields, index, rule] = WindowState(
            plan, Grain(groups, table), states, opened, (low, *self._term)
        )

    def _need_outage(self, name: str, rule: p.Trailing | None) -> None:
        if name in self.of_outages:
            return
        plan = next(o for o in self.plan.outages if o.name == name)
        fields = tuple(self.field(plan.stream, each) for each in plan.each)
        instances = tuple(self.field(plan.stream, each) for each in plan.instances)
        self.groups(fields)  # so that it is known since when they exist
        if plan.windows is None:
            self.of_outages[name] = self._samples(plan, self.groups(instances))
            return
        made = p.WindowAggregate("share", plan.windows.length, good=plan.windows.where)
        number = -1 - len(self.failing)  # no aggregate of the plan has it
        _, number = self.failing.setdefault(name, (plan, number))
        self._need_windows(self.groups(instances), number, made, plan.windows.inner, rule)

    def _samples(self, plan: p.OutagePlan, groups: Groups) -> OutageState | SpanOutageState:
        if plan.ends is not None:
            from sladsl.folds.outage_spans import SpanOutageState

            return SpanOutageState(plan, groups)
        from sladsl.folds.outages import OutageState

        return OutageState(plan, groups, tuple(self._layers()), ordered=self.ordered)

    def outages(self) -> Iterable[OutageState | SpanOutageState]:
        """The states of the outages."""
        return self.of_outages.values()

    def field(self, stream: str, name: str) -> p.GroupField:
        """A field of a stream, as one to group by."""
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
        for state in self.of_outages.values():
            if state.plan.stream == name:
                failing = block.where(state.plan.failing)
                state.take(batch, block.times, block.groups(state.groups), failing)
        self._into_rows(name, block, trailing=True)  # which go back to before the term
        own = self._within(block, *self._term)
        if own is not None:
            self._into_rows(name, own, trailing=False)
        for (_, _, rule), window_state in self.of_windows.items():
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
        for (grain, number, _), row_state in self.of_rows.items():
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

    def seen_in(self, streams: Iterable[str], groups: Groups) -> list[Seen]:
        """Which of some groups have rows, by stream."""
        return [s for name in streams if (s := self._seen.get((name, groups.fields))) is not None]


def trailing(rule: p.PeriodRule) -> p.Trailing | None:
    """What windows are folded apart for: they go back to before the term."""
    return rule if isinstance(rule, p.Trailing) else None
