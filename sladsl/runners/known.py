"""The rows of a run as they stand at as-of: read in parts, made from others, folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from sladsl.diagnostics import Refused
from sladsl.folds import findings
from sladsl.folds.arithmetic import Overflow
from sladsl.folds.block import bounds_of
from sladsl.folds.derive import (
    Clash,
    Refusal,
    as_announced,
    as_known,
    computed,
    concatenate,
    nothing,
    spans_of,
    weighable,
    within,
)
from sladsl.folds.fold import Folds, streams_of
from sladsl.folds.late import Closing
from sladsl.folds.listings import Listed, ListState
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.parts import columns_in, expressions_of, pauses_in, relations_in
from sladsl.plan.passes import Pass
from sladsl.plan.untouched import untouched
from sladsl.plan.uses import (
    declared,
    figures,
    listings,
    named,
    relations,
    row_expressions,
    weights_in,
)
from sladsl.runners.inputs import Input, Skip
from sladsl.streams.accounting import Reject
from sladsl.streams.model import Batch

if TYPE_CHECKING:  # imported where a plan has keys: a short run doesn't wait for it
    from sladsl.folds.keyed import KeyState, LastState, SpanState
    from sladsl.folds.listed_windows import WindowsListState
    from sladsl.folds.related import RelatedState

__all__ = ["Known", "base_of"]

_HELD = 256 << 20  # bytes that states by key may hold in memory, in all parts
_LEAST = 16 << 20  # and in each part, however many there are

#: Why rows can't be used for a field, and what to do.
_REASONS = {
    "negative": (
        "`{}` is negative",
        "say `negative counts as zero` for the field where that is right",
    ),
    "finer": (
        "`{}` is finer than its unit",
        "divide or multiply where it is compared: there fractions are exact",
    ),
    "no weight": (
        "`{}` is no weight: it is below zero, or beyond 100%",
        "correct the measurements: an outage is weighted by it",
    ),
}

_State: TypeAlias = "KeyState | LastState | SpanState | ListState | WindowsListState | RelatedState"


class Known:
    """The streams of one fold. `given`: as-of was named; `told`: whose refusals are counted.

    `listed` are rows that were kept before, and needn't be read for that again.
    """

    def __init__(
        self,
        plan: p.Plan,
        inputs: Mapping[str, Input],
        folds: Folds,
        told: set[str],
        *,
        given: bool,
        parts: int,
        closing: Closing | None = None,
        listed: Mapping[p.Listing, Listed],
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.folds = folds
        self.given = given
        self._told = told
        self._closing = closing
        #: rows that were recorded too late for a period, by stream: their positions
        self.late: dict[str, list[Ints]] = {}
        self._limit = max(_HELD // max(parts, 1), _LEAST)
        self._states: dict[str, _State] = {}
        #: the streams of which another has made what others wait for
        self._made: frozenset[str] = frozenset()
        #: the rows that are kept one by one
        self.listed: dict[p.Listing, Listed] = dict(listed)
        self._used = _used(plan)

    def take(self, other: Known) -> None:
        """What another made that is the same whichever rows are late."""
        same = untouched(self.plan)
        mine, theirs = self.folds.rows, other.folds.rows
        self._made = same.streams
        self._states |= {n: state for n, state in other._states.items() if n in same.streams}
        mine.pauses |= {n: spans for n, spans in theirs.pauses.items() if n in same.streams}
        mine.related |= {r: found for r, found in theirs.related.items() if r in same.related}
        self.listed |= {x: rows for x, rows in other.listed.items() if x in same.listings}

    def prepare(self, passes: Iterable[Pass]) -> None:
        """Make what others wait for: rows by key, derived streams, pauses, and what is listed."""
        for one in passes:
            name, source = one.stream, named(self.plan, one.stream)
            if name in self._made:
                pass
            elif isinstance(source, p.DerivedPlan):
                self._pause(one, source)
            elif one.whole and name not in self._states:
                self._gather(source)
                self._pause(one, source)
            self._relate(source)
            self._list(source)
        self.folds.rows.listed = self.listed
        if self.plan.exclusions:
            from sladsl.folds.exclusions import Excluder

            rows = self.folds.rows
            rows.excluder = Excluder(
                self.plan, self.listed, rows.as_of, rows.vocabulary, rows.pauses
            )

    def _list(self, source: p.StreamPlan | p.DerivedPlan) -> None:
        """Keep the rows of a stream that are listed."""
        wanted = [x for x in listings(self.plan) if x.stream == source.name]
        wanted = [x for x in wanted if x not in self.listed and self._all_ready(x)]
        ahead = [x for x in wanted if x.ahead]
        if ahead:
            assert isinstance(source, p.StreamPlan)
            self._list_ahead(source, ahead)
        wanted = [x for x in wanted if not x.ahead]
        if not wanted:
            return
        found = self._taken(source, self._lists(source, wanted))
        for listing, state in zip(wanted, found, strict=True):
            self.listed[listing] = cast("ListState | WindowsListState", state).finish()

    def _lists(
        self, source: p.StreamPlan | p.DerivedPlan, wanted: Sequence[p.Listing]
    ) -> Callable[[], list[_State]]:
        """What makes empty states of listings, of rows and of windows."""
        rows, folds = self.folds.rows, self.folds
        windows = [x for x in wanted if x.windows is not None]
        if not windows:
            return lambda: [ListState(listing, source, rows) for listing in wanted]
        from sladsl.folds.listed_windows import WindowsListState, groups_of

        most, zone = folds.max_groups, self.plan.zone
        groups = {x: groups_of(x, source, rows.vocabulary, most) for x in windows}

        def state(listing: p.Listing) -> _State:
            if listing.windows is None:
                return ListState(listing, source, rows)
            return WindowsListState(listing, source, rows, groups[listing], folds.term, zone)

        return lambda: [state(listing) for listing in wanted]

    def _relate(self, source: p.StreamPlan | p.DerivedPlan) -> None:
        """Make the figures of the rows of a stream that belong to rows."""
        made = self.folds.rows.related
        wanted = [r for r in relations(self.plan) if r.stream == source.name and r not in made]
        wanted = [r for r in wanted if self._ready(r.where) and self._ready(r.value)]
        if not wanted:
            return
        from sladsl.folds.related import RelatedState

        def states() -> list[_State]:
            return [RelatedState(related, self.folds.rows, self._limit) for related in wanted]

        for related, state in zip(wanted, self._taken(source, states), strict=True):
            assert isinstance(state, RelatedState)
            made[related] = state.finish()

    def _all_ready(self, listing: p.Listing) -> bool:
        inner = () if listing.windows is None else listing.windows.inner
        parts = (part for each in inner for part in expressions_of(each))
        return all(self._ready(part) for part in (*listing.asks, *parts))

    def _ready(self, expr: p.RowExpr | None) -> bool:
        """Whether all is known that an expression asks of other rows."""
        rows = self.folds.rows
        paused = all(pause.stream in rows.pauses for pause in pauses_in(expr))
        return paused and all(related in rows.related for related in relations_in(expr))

    def _taken(
        self, source: p.StreamPlan | p.DerivedPlan, states: Callable[[], list[_State]]
    ) -> list[_State]:
        """States of all rows of a stream."""
        if isinstance(source, p.StreamPlan) and source.name not in self._states:
            return self._in_parts(source, states)
        found = states()
        for batch in self.rows(source):
            for state in found:
                state.fold(batch)
        return found

    def _list_ahead(self, source: p.StreamPlan, wanted: Sequence[p.Listing]) -> None:
        """Keep the rows of listings, and those that are announced for later."""
        from sladsl.folds.keyed import KeyState

        def work(batches: Iterator[Batch]) -> list[Batch]:
            return [as_announced(source, b, self.folds.rows, self.given) for b in batches]

        found = [batch for part in self.inputs[source.name].parts(work, None) for batch in part]
        if source.key:
            keyed = KeyState(source, self._limit)
            for batch in found:
                keyed.fold(batch)
            found = [one.batch for one in keyed.finish()]
        found = [self._computed(source, batch, _Count()) for batch in found]
        for listing in wanted:
            state = ListState(listing, source, self.folds.rows)
            for batch in found:
                state.fold(batch)
            self.listed[listing] = state.finish()

    def _pause(self, one: Pass, source: p.StreamPlan | p.DerivedPlan) -> None:
        """Keep the spans of a stream that pauses the clocks of others."""
        span = ("starts", "ends") if isinstance(source, p.DerivedPlan) else source.span
        if span is None or (isinstance(source, p.DerivedPlan) and source.how == "last"):
            return
        if one.beforehand:
            batches = [batch for batch in self.rows(source) if batch.length]
            rows = concatenate(batches) if batches else nothing(source)
            self.folds.rows.pauses[source.name] = spans_of(rows, *span)

    # ---- rows that wait for others ----

    def _gather(self, source: p.StreamPlan) -> None:
        """Take the rows of a stream into states by key, in parts."""
        if source.key:
            from sladsl.folds.keyed import KeyState

            found = self._in_parts(source, lambda: [KeyState(source, self._limit)])
            self._states[source.name] = found[0]
        self._derive(source)

    def _derive(self, base: p.StreamPlan | p.DerivedPlan) -> None:
        """Make the streams that are made from one, and from those."""
        made = [d for d in self.plan.derived if d.base == base.name]
        if not made:
            return

        from sladsl.folds.keyed import LastState, SpanState

        def states() -> list[_State]:
            return [
                (LastState if d.how == "last" else SpanState)(d, base, self._limit) for d in made
            ]

        if isinstance(base, p.StreamPlan) and not base.key:
            found = self._in_parts(base, states)
        else:
            found = states()
            for batch in self.rows(base):
                for state in found:
                    state.fold(batch)
        for derived, state in zip(made, found, strict=True):
            self._states[derived.name] = state
            self._derive(derived)

    def _in_parts(self, source: p.StreamPlan, states: Callable[[], list[_State]]) -> list[_State]:
        def work(batches: Iterator[Batch]) -> tuple[list[_State], _Count]:
            found, count = states(), _Count()
            for batch in self._read(source, batches, count, whole=not source.key):
                for state in found:
                    state.fold(batch)
            return found, count

        one = self.inputs[source.name]
        parts = one.parts(work, None)
        self._keep_late(source.name, [count for _, count in parts])
        first = parts[0][0]
        for found, _ in parts[1:]:
            for state, other in zip(first, found, strict=True):
                state.merge(other)  # type: ignore[arg-type]
        if not source.key:
            self._account(one, [count for _, count in parts])
        return first

    def rows(self, source: p.StreamPlan | p.DerivedPlan) -> Iterator[Batch]:
        """The rows of a stream, which may be asked for more than once. Raises `Refused`."""
        state = self._states.get(source.name)
        if state is None:
            assert isinstance(source, p.StreamPlan)
            yield from self._as_read(source)
            return
        from sladsl.folds.keyed import KeyState, LastState, SpanState

        match state:
            case KeyState():
                assert isinstance(source, p.StreamPlan)
                yield from self._one_by_key(source, state)
            case LastState():
                yield from self._about(source, state.finish())
            case SpanState():
                yield from self._about(source, state.finish(self.folds.rows))
            case _:
                raise TypeError("what is made of a stream is no stream of its own")

    def _about(
        self, source: p.StreamPlan | p.DerivedPlan, batches: Iterable[Batch]
    ) -> Iterator[Batch]:
        """Derived rows with the services that they are about, where that is asked for."""
        return (computed(source, batch, self.folds.rows)[0] for batch in batches)

    def _as_read(self, source: p.StreamPlan) -> Iterator[Batch]:
        def work(batches: Iterator[Batch]) -> tuple[list[Batch], _Count]:
            count = _Count()
            return list(self._read(source, batches, count, whole=True)), count

        one = self.inputs[source.name]
        found = one.parts(work, None)
        for batches, _ in found:
            yield from batches
        self._account(one, [count for _, count in found])

    def _one_by_key(self, source: p.StreamPlan, state: KeyState) -> Iterator[Batch]:
        one, count = self.inputs[source.name], _Count()
        clashes: list[Clash] = []
        duplicates = 0
        for keyed in state.finish():
            clashes += keyed.clashes
            duplicates += keyed.duplicates
            yield self._computed(source, keyed.batch, count)
        if clashes:
            raise self.conflict(source.name, "with one key", min(map(_places, clashes)))
        one.duplicates = duplicates
        self._account(one, [count])

    def _read(
        self, source: p.StreamPlan, batches: Iterator[Batch], count: _Count, *, whole: bool
    ) -> Iterator[Batch]:
        """Rows as they are known; `whole`: with their computed fields."""
        for read in batches:
            batch = as_known(source, read, self.folds.rows, self.given)
            if self._closing is not None:
                batch, late = self._closing.in_time(source, batch)
                if late is not None:
                    count.late.append(late)
            yield self._computed(source, batch, count) if whole else batch

    def _computed(self, source: p.StreamPlan, batch: Batch, count: _Count) -> Batch:
        try:
            batch, refused = computed(source, batch, self.folds.rows)
            weights = weights_in(self.plan, source.name)
            if weights:
                batch, more = weighable(batch, weights)
                refused += more
        except Overflow as error:
            raise Refused(findings.overflow(source.name, str(error))) from None
        count.refused += refused
        count.used += _within(source, batch, *self.folds.term)
        return batch

    # ---- folding ----

    def fold(self, name: str, folds: Folds) -> None:
        """Take a stream's rows into states. Raises `Refused`."""
        source = named(self.plan, name)
        try:
            if name in self._states:
                for batch in self.rows(source):
                    folds.fold(source, batch)
            elif name in self._used or (not folds.refining and name not in self._told):
                assert isinstance(source, p.StreamPlan)
                self._fold_in_parts(source, folds)
        except Overflow as error:
            raise Refused(findings.overflow(name, str(error))) from None

    def _fold_in_parts(self, source: p.StreamPlan, folds: Folds) -> None:
        """Fold rows as they are read, several parts at a time, and merge the states."""

        def work(batches: Iterator[Batch]) -> tuple[Folds, _Count]:
            part, count = folds.apart(), _Count()
            for batch in self._read(source, batches, count, whole=True):
                part.fold(source, batch)
            return part, count

        one = self.inputs[source.name]
        matter = folds.dates(source.name) or _times_matter(self.plan, source)
        skip = None if matter else self._skip(folds)
        found = one.parts(work, skip)
        for part, _ in found:
            folds.merge(part)
        if not folds.refining:
            self._account(one, [count for _, count in found])

    def _skip(self, folds: Folds) -> Skip:
        """Whether a row's time needn't be known: all times between two are of one period."""
        start, end = folds.term

        def skip(low: int, high: int) -> bool:
            inside = start <= low and high < min(end, folds.rows.as_of + 1)
            return inside and all(t.only(low, high) is not None for t in folds.tables())

        return skip

    # ---- the account ----

    def _account(self, one: Input, counts: Sequence[_Count]) -> None:
        """Count the rows in the term, and those whose computed duration is below zero, once."""
        name = one.plan.name
        self._keep_late(name, counts)
        if name in self._told:
            return
        self._told.add(name)
        one.used = sum(count.used for count in counts) + sum(map(len, self.late.get(name, ())))
        wrong = sorted(
            (file, row, refusal.field, refusal.why)
            for count in counts
            for refusal in count.refused
            for file, row in zip(refusal.files.tolist(), refusal.rows.tolist(), strict=True)
        )
        for file, row, field, why in wrong:
            reason, help = _REASONS[why]
            reason = reason.format(field)
            one.accounting.reject(reason)
            if one.accounting.wants():
                path, number = one.number(file, row)
                shown = f"data row {number + 1}"
                one.accounting.describe(Reject(path, None, number, reason, shown, help))
        one.judge_rejects()

    def _keep_late(self, name: str, counts: Iterable[_Count]) -> None:
        """Keep which rows were late, the same each time that they are read."""
        late = [places for count in counts for places in count.late]
        if late:
            self.late[name] = late

    def conflict(self, stream: str, what: str, places: tuple[int, int, int, int]) -> Refused:
        """The refusal of two rows that contradict each other."""
        one = self.inputs[base_of(self.plan, stream)]
        first, second = one.number(*places[:2]), one.number(*places[2:])
        return Refused(findings.conflict(stream, what, first, second))


class _Count:
    """Rows in the term, and rows that can't be used for what is computed from them."""

    __slots__ = ("late", "refused", "used")

    def __init__(self) -> None:
        self.used = 0
        self.late: list[Ints] = []
        self.refused: list[Refusal] = []


def _places(clash: Clash) -> tuple[int, int, int, int]:
    return clash.file, clash.row, clash.other_file, clash.other_row


def _within(source: p.StreamPlan, batch: Batch, start: int, end: int) -> int:
    """How many rows lie in the term."""
    if not batch.length:
        return 0
    if source.span is None:
        low, high = bounds_of(batch, source.event)
        if start <= low and high < end:
            return batch.length
    return int(within(source, batch, start, end).sum())


def _times_matter(plan: p.Plan, source: p.StreamPlan) -> bool:
    """Whether more is made of a row's time than the period that it lies in."""
    if any(outage.stream == source.name for outage in plan.outages) or source.span is not None:
        return True
    aggregates = [a for a in plan.aggregates if isinstance(a, p.RowAggregate)]
    if any(a.excluding for a in aggregates if a.stream == source.name):
        return True
    if plan.late is not None and source.recorded is not None:
        return True
    used = (columns_in(e) for e in (*row_expressions(plan, source.name), *declared(source)))
    return any(source.event in names for names in used)


def _used(plan: p.Plan) -> set[str]:
    """The streams whose rows something is worked out from."""
    found = {outage.stream for outage in plan.outages}
    for _, formula in figures(plan):
        found |= streams_of(plan, formula)
    return found


def base_of(plan: p.Plan, stream: str) -> str:
    """The stream that is read, which one is made from."""
    derived = {d.name: d.base for d in plan.derived}
    while stream in derived:
        stream = derived[stream]
    return stream
