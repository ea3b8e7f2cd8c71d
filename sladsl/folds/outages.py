"""Outages from samples: what was measured, what failed, and for how long each time.

A sample's state holds until its group's next sample, at most the declared limit. What a fold
keeps of them are stretches of samples that agree (`ordered`), or the samples themselves where
what is read in pieces overlaps in time: then any order of the rows is right. Both come to the
same stretches, from which everything else is worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sladsl.calendar.periods import Periods
from sladsl.folds.expressions import Rows
from sladsl.folds.grains import Groups
from sladsl.folds.outage_counts import Counts
from sladsl.folds.outage_stretches import (
    Blocks,
    Joined,
    OutOfOrder,
    Says,
    Stretches,
    is_untidy,
)
from sladsl.folds.outage_weights import coded, full, weights_of
from sladsl.folds.spill import Samples, Store
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.streams.model import Batch

__all__ = [
    "NO_NOTICE",
    "Conflict",
    "OutOfOrder",
    "OutageState",
    "Runs",
    "Segments",
    "by_period",
    "cut_by_period",
    "outward",
    "runs_of",
    "with_missing",
]

Mask: TypeAlias = NDArray[np.bool_]

SPILL = 256 << 20  # bytes that a state may hold in memory
_MOST_CONFLICTS = 100  # that are told of: one is enough to refuse the rows
_ROW_BITS = 47  # of a place, which is a file's rank and a row's number in one (readers leave gaps)
_NO_LIMIT = 1 << 62
NO_NOTICE = 1 << 62  # from when a run counts that nobody gave notice of


class Conflict(Record):
    """Two samples of one group and time with different states: their positions."""

    file: int
    row: int
    other_file: int
    other_row: int


class Segments(NamedTuple):
    """n parts of known state, by group and start: [start, end) ns, failing or not.

    `last` is the time of the last sample; it isn't used where the part is not `real`, but
    missing data that counts as a state. Where the outage is weighted, `weight` is what an instant
    of it weighs, and `full` what one weighs of which no row says it.
    """

    group: Ints
    start: Ints
    end: Ints
    last: Ints
    failing: Mask
    real: Mask
    weight: Ints | None = None
    full: int = 0

    def take(self, which: Mask | Ints) -> Segments:
        """Some of the parts, in some order."""
        return Segments(
            self.group[which], self.start[which], self.end[which], self.last[which],
            self.failing[which], self.real[which],
            None if self.weight is None else self.weight[which], self.full,
        )  # fmt: skip

    def more(self, group: Ints, start: Ints, end: Ints, *, down: bool, real: bool) -> Segments:
        """With parts that are up or down, though no row says so; in the order of time."""
        made = len(group)
        state, weights = np.full(made, down), self.weight
        if weights is not None:
            weights = np.concatenate((weights, np.full(made, self.full)))
        found = Segments(
            np.concatenate((self.group, group)), np.concatenate((self.start, start)),
            np.concatenate((self.end, end)), np.concatenate((self.last, start)),
            np.concatenate((self.failing, state)),
            np.concatenate((self.real, np.full(made, real))), weights, self.full,
        )  # fmt: skip
        return found.take(np.lexsort((found.end, found.start, found.group)))


class Runs(NamedTuple):
    """n maximal runs of failure, by group and start. `lasted`: long enough to count.

    `since` is from when they count: their start, or a notice (`NO_NOTICE`: there is none).
    """

    group: Ints
    start: Ints
    end: Ints
    open: Mask
    no_data: Mask
    lasted: Mask
    since: Ints

    def take(self, which: Mask) -> Runs:
        """Some of the runs."""
        return Runs(
            self.group[which], self.start[which], self.end[which],
            self.open[which], self.no_data[which], self.lasted[which], self.since[which],
        )  # fmt: skip


class _Finished(NamedTuple):
    """What all samples come to."""

    stretches: Stretches
    counts: Counts
    conflicts: tuple[Conflict, ...]


class OutageState:
    """The samples of one outage: as stretches if `ordered`, else all of them.

    An ordered state raises `OutOfOrder` (in `fold`, `merge` or `finish`) where stretches
    don't tell what the rows say; they have to be folded again into one that isn't. `periods`
    are those by which samples are counted: an ordered state knows no others. `limit` is how
    many bytes it may hold; samples beyond it are on disk.
    """

    __slots__ = (
        "_blocks", "_counts", "_finished", "_joined", "_next", "_periods", "_segments", "_store",
        "groups", "ordered", "plan",
    )  # fmt: skip

    def __init__(
        self,
        plan: p.OutagePlan,
        groups: Groups,
        periods: Sequence[Periods] = (),
        *,
        ordered: bool = False,
        limit: int = SPILL,
    ) -> None:
        self.plan = plan
        self.groups = groups
        self.ordered = ordered
        self._blocks = Blocks(plan.hold)
        self._periods = tuple(periods)
        self._counts = Counts(periods)
        self._joined = Joined(plan.hold, limit)
        self._store = Store(limit)
        self._next = (-1, -1)  # file and row of the row after those that were folded last
        self._finished: _Finished | None = None
        #: by as-of and how far missing data counts: since when groups exist, and the segments
        self._segments: dict[tuple[int, int], tuple[dict[int, int], Segments]] = {}

    # ---- folding ----

    def fold(self, batch: Batch, times: Ints, rows: Rows) -> None:
        """Take in samples (as-of is already applied)."""
        if batch.length:
            failing = rows.holds(self.plan.failing, batch)
            self.take(batch, times, self.groups.of(batch), failing)

    def take(
        self, batch: Batch, times: Ints, group: NDArray[np.integer] | int, failing: Mask | None
    ) -> None:
        """Take in samples: their times (ns), their groups' numbers, and which of them fail.

        One number is the group of all of them; None: all fail.
        """
        if not batch.length:
            return
        self._finished = None
        self._segments.clear()
        said: Says | None = failing
        if self.plan.weight is not None:
            weights = batch.columns[self.plan.weight.field].values
            said = coded(self.plan.weight, weights, True if failing is None else failing)
        if self.ordered:
            self._take_stretches(batch, times, group, True if said is None else said)
        else:
            self._take_samples(batch, times, group, said)

    def _take_stretches(
        self, batch: Batch, times: Ints, group: NDArray[np.integer] | int, said: Says | bool
    ) -> None:
        rows = self._blocks.sort(group, times, said, len(self.groups.codes))
        found = self._blocks.stretches(rows)
        if is_untidy(rows, found):
            raise OutOfOrder("rows are in no order of time")
        self._counts.add(rows)
        self._joined.add(found, follows=batch.first == self._next)
        file, row = batch.last
        self._next = file, row + 1

    def _take_samples(
        self, batch: Batch, times: Ints, group: NDArray[np.integer] | int, said: Says | None
    ) -> None:
        """Keep copies: of what the batch holds, the reader may make other use."""
        if isinstance(group, int):
            numbers = np.full(batch.length, group, np.int64)
        else:
            numbers = group.astype(np.int64)
        state = np.ones(batch.length, np.bool_) if said is None else said.copy()
        place = (batch.file.astype(np.int64) << _ROW_BITS) | batch.row
        self._store.add(Samples(numbers, times.copy(), state, place))

    def merge(self, other: OutageState) -> None:
        """Take in other samples of the same outage."""
        if self.ordered != other.ordered or self.groups is not other.groups:
            raise ValueError("states of other groups, or of another mode")
        self._finished = None
        self._segments.clear()
        if self.ordered:
            self._joined.merge(other._joined)
            self._counts.merge(other._counts)
        else:
            self._store.merge(other._store)

    # ---- what the samples come to ----

    def finish(self) -> Stretches:
        """The stretches of all samples. Raises `OutOfOrder` if they don't tell what is so."""
        return self._all().stretches

    def conflicts(self) -> tuple[Conflict, ...]:
        """Samples of one group and time that disagree: the first hundred by position.

        An ordered state has none: it raises `OutOfOrder` where there are some.
        """
        return self._all().conflicts

    def onsets(self) -> dict[int, int]:
        """When something is known of each group for the first time (ns)."""
        group, first, _, _ = self.finish()
        found: dict[int, int] = {}
        for number, time in zip(group.tolist(), first.tolist(), strict=True):
            found.setdefault(number, time)
        return found

    def counted(self, periods: Periods) -> tuple[Ints, Ints, Ints]:
        """Groups, numbers of periods, and how many samples lie there (perhaps in parts)."""
        if not self._all().counts.covers(periods):
            if self.ordered:
                raise ValueError("samples weren't counted by these periods")
            self._periods = (*self._periods, periods)
            self._finished = None
        return self._all().counts.by(periods)

    def _all(self) -> _Finished:
        if self._finished is None:
            if self.ordered:
                self._finished = _Finished(self._joined.all(), self._counts, ())
            else:
                self._finished = self._sift()
        return self._finished

    def _sift(self) -> _Finished:
        """From the samples, some of the groups at a time."""
        joined = Joined(self.plan.hold, _NO_LIMIT)
        counts = Counts(self._periods)
        conflicts: list[Conflict] = []
        for samples in self._store.sorted():
            group, time, said, _ = samples
            rows = self._blocks.whole(group, time, said)
            counts.add(rows)
            again = (group[1:] == group[:-1]) & (time[1:] == time[:-1])
            if bool(again.any()):
                conflicts = _first(conflicts, samples, again)
                once = np.append(True, ~again)
                rows = self._blocks.whole(group[once], time[once], said[once])
            joined.add(self._blocks.stretches(rows))
        return _Finished(joined.all(), counts, tuple(conflicts))

    # ---- what is known of each group ----

    def segments(self, as_of: int, since: Mapping[int, int], until: int) -> Segments:
        """What is known of each group, in order.

        Missing time that counts as a state runs from `since` (from when a group exists)
        to `until` (how far missing data may count).
        """
        found = self._segments.get((as_of, until))
        if found is None or found[0] != since:
            group, first, last, said = self.finish()
            end = self._ends(group, first, last, as_of)
            known = self._known(group, first, end, last, said)
            found = dict(since), self._filled(known, since, until)
            self._segments[as_of, until] = found
        return found[1]

    def continued(
        self, as_of: int, since: Mapping[int, int], until: int, failing: bool, end: int
    ) -> Segments:
        """The same, if every group's next sample came at as-of and its state held to `end`."""
        group, first, last, said = self.finish()
        more = np.array(sorted(since), np.int64)
        at = np.full(len(more), as_of, np.int64)
        made = np.repeat([False, True], [len(group), len(more)])
        group = np.concatenate((group, more))
        first, last = np.concatenate((first, at)), np.concatenate((last, at))
        kind = np.bool_ if self.plan.weight is None else np.int64  # also where nothing was said yet
        said = np.concatenate((said, np.full(len(more), self._full(failing), kind)))
        order = np.lexsort((made, first, group))
        group, first, last = group[order], first[order], last[order]
        said, made = said[order], made[order]
        ends = np.where(made, end, self._ends(group, first, last, as_of))
        return self._filled(self._known(group, first, ends, last, said), since, until)

    def _full(self, failing: bool) -> int:
        """What a sample says that fails as a whole, or not at all."""
        return 2 * full(self.plan.weight) + failing if self.plan.weight is not None else failing

    def _known(self, group: Ints, start: Ints, end: Ints, last: Ints, said: Says) -> Segments:
        real = np.ones(len(group), np.bool_)
        if self.plan.weight is None:
            return Segments(group, start, end, last, said, real)
        failing, weight = weights_of(said)
        return Segments(
            group, start, end, last, failing, real, weight, full(self.plan.weight)
        )  # fmt: skip

    def _filled(self, known: Segments, since: Mapping[int, int], until: int) -> Segments:
        if self.plan.missing == "excluded":
            return known
        return with_missing(known, since, until, down=self.plan.missing == "down")

    def _ends(self, group: Ints, first: Ints, last: Ints, as_of: int) -> Ints:
        """Until when the state of each stretch holds: its last sample's own."""
        hold, expected = self.plan.hold, self.plan.expected
        alone = 0
        if expected is not None:
            alone = expected * 3 // 2 if hold is None else hold
        end = last + alone
        follows = np.flatnonzero(group[1:] == group[:-1])
        end[follows] = first[follows + 1]
        if hold is not None:
            end = np.minimum(end, last + hold)
        result: Ints = np.maximum(np.minimum(end, as_of), last)
        return result

    def runs(self, segments: Segments, as_of: int) -> Runs:
        """The runs of failure, before anything is cut."""
        return runs_of(self.plan, segments, as_of)


def runs_of(plan: p.OutagePlan, segments: Segments, as_of: int) -> Runs:
    """The runs of failure, before anything is cut.

    The last of a group is open, unless what its last sample said has run out by as-of
    and missing time ends a run.
    """
    which = np.flatnonzero(segments.failing)
    group, start, end = segments.group[which], segments.start[which], segments.end[which]
    begins = np.ones(len(which), np.bool_)
    begins[1:] = (which[1:] != which[:-1] + 1) | (group[1:] != group[:-1]) | (start[1:] != end[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(which)) - 1 if len(which) else first
    is_last = np.zeros(len(segments.group), np.bool_)
    if len(is_last):
        is_last[:-1] = segments.group[1:] != segments.group[:-1]
        is_last[-1] = True
    real = np.add.reduceat(segments.real[which], first, dtype=np.int64) if len(first) else first
    begun, ended, at_end = start[first], end[last], which[last]
    still = is_last[at_end]
    if plan.hold is not None and plan.missing != "down":
        said = segments.real[at_end] & (segments.last[at_end] + plan.hold < as_of)
        still &= ~said
    lasted = ended - begun >= plan.lasting
    return Runs(group[first], begun, ended, still, real == 0, lasted, begun)


def _first(found: list[Conflict], samples: Samples, again: Mask) -> list[Conflict]:
    """The first conflicts by position: those found so far, and neighbours that disagree."""
    at = np.flatnonzero(again & (samples.said[1:] != samples.said[:-1]))
    one, other = samples.place[at], samples.place[at + 1]
    order = np.lexsort((other, one))[:_MOST_CONFLICTS]
    mask = (1 << _ROW_BITS) - 1
    more = [
        Conflict(a >> _ROW_BITS, a & mask, b >> _ROW_BITS, b & mask)
        for a, b in zip(one[order].tolist(), other[order].tolist(), strict=True)
    ]
    both = sorted(found + more, key=lambda c: (c.file, c.row, c.other_file, c.other_row))
    return both[:_MOST_CONFLICTS]


def with_missing(known: Segments, since: Mapping[int, int], until: int, *, down: bool) -> Segments:
    """Fill what isn't known between `since` and `until` with a state."""
    numbers = np.array(sorted(since), np.int64)
    from_when = np.array([since[number] for number in numbers.tolist()], np.int64)
    group, start, end = known.group, known.start, known.end
    exists = np.isin(group, numbers)
    last = np.ones(len(group), np.bool_)
    last[:-1] = group[1:] != group[:-1]
    # after each segment: to the next one, or as far as missing data counts
    upto = np.append(start[1:], until)
    upto[last] = until
    # before the first one of each group, or in all of its time if it has none
    low = np.searchsorted(group, numbers, side="left")
    none = low == np.searchsorted(group, numbers, side="right")
    first = np.full(len(numbers), until, np.int64)
    first[~none] = start[low[~none]]
    gap_group = np.concatenate((group[exists], numbers))
    gap_start = np.concatenate((end[exists], from_when))
    gap_end = np.concatenate((upto[exists], first))
    some = gap_end > gap_start
    gap_group, gap_start, gap_end = gap_group[some], gap_start[some], gap_end[some]
    if not len(gap_group):
        return known
    return known.more(gap_group, gap_start, gap_end, down=down, real=False)


def by_period(group: Ints, start: Ints, end: Ints, periods: Periods) -> tuple[Ints, Ints, Ints]:
    """Stretches cut at the edges of periods: which stretch, which period, how long (ns)."""
    which, index, begins, ends = cut_by_period(group, start, end, periods)
    return which, index, ends - begins


def cut_by_period(
    group: Ints, start: Ints, end: Ints, periods: Periods
) -> tuple[Ints, Ints, Ints, Ints]:
    """The same: which stretch, which period, from when, to when (ns)."""
    if not len(periods) or not len(group):
        empty = np.zeros(0, np.int64)
        return empty, empty, empty, empty
    low, high = int(periods.starts[0]), int(periods.ends[-1])
    which = np.flatnonzero((end > low) & (start < high) & (end > start))
    first = periods.index(np.maximum(start[which], low))
    last = periods.index(np.minimum(end[which], high) - 1)
    count = last - first + 1
    piece = np.repeat(np.arange(len(which)), count)
    offset = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    index = first[piece] + offset
    begins = np.maximum(start[which][piece], periods.starts[index])
    ends = np.minimum(end[which][piece], periods.ends[index])
    return which[piece], index, begins, ends


def outward(groups: Groups, fields: Sequence[str], to: Groups) -> Ints:
    """For each group of an outage, the number of the (coarser) group it is judged in."""
    names = [f.name for f in groups.fields]
    where = [names.index(name) if name in names else None for name in fields]
    return np.array(
        [
            to.number(tuple(groups.service(codes) if i is None else codes[i] for i in where))
            for codes in groups.codes
        ],
        np.int64,
    )
