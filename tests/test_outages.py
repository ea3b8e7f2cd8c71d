"""Stretches of samples: the same from any order, any cut, any tree of merging; spilled or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sladsl.calendar.periods import PeriodKind, Periods, periods
from sladsl.calendar.zones import Zone
from sladsl.folds import outage_counts, outage_stretches
from sladsl.folds.grains import Groups
from sladsl.folds.outage_cells import OutageView
from sladsl.folds.outage_stretches import OutOfOrder
from sladsl.folds.outages import OutageState
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Vocabulary

HOUR = 3600 * 10**9
START = 1_772_323_200 * 10**9  # 2026-03-01
END = START + 31 * 24 * HOUR
FEW = 40  # samples in an example
HOURS = st.sampled_from([8, 30, 130])  # in which they lie
TABLES = tuple(periods(kind, START, END, Zone("UTC")) for kind in (PeriodKind.DAY, PeriodKind.TERM))


class Sample(NamedTuple):
    group: int
    hour: int
    failing: bool
    row: int


def plan(
    hold: int | None = 2, expected: int | None = None, lasting: int = 1, missing: str = "excluded"
) -> p.OutagePlan:
    return p.OutagePlan(
        name="down", stream="probes", each=("target",), failing=None,
        hold=None if hold is None else hold * HOUR,
        expected=None if expected is None else expected * HOUR,
        lasting=lasting * HOUR, missing=missing,
    )  # fmt: skip


@pytest.fixture(autouse=True, params=["small", "large"])
def limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Limits that few rows reach, or those that are."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "small":
            patch.setattr(outage_stretches, "_UNITE_AT", 0)
            patch.setattr(outage_counts, "_ADD_UP_AT", 0)
            patch.setattr(outage_counts, "_ONE_BY_ONE", 1)
        yield


def groups(count: int = 4) -> Groups:
    vocabulary = Vocabulary()
    found = Groups((p.GroupField("target", "text", ()),), vocabulary)
    for number in range(count):
        found.number((vocabulary.code(f"t{number}"),))
    return found


def folded(
    plan: p.OutagePlan, samples: Sequence[Sample], groups: Groups, *, ordered: bool, **more: int
) -> OutageState:
    state = OutageState(plan, groups, TABLES, ordered=ordered, **more)
    take(state, samples)
    return state


def take(state: OutageState, samples: Sequence[Sample], file: int = 0) -> None:
    if samples:
        batch = Batch(
            len(samples), {}, np.full(len(samples), file, np.int32),
            np.array([s.row for s in samples], np.int64),
        )  # fmt: skip
        times = np.array([START + s.hour * HOUR for s in samples], np.int64)
        failing = np.array([s.failing for s in samples], np.bool_)
        state.take(batch, times, np.array([s.group for s in samples], np.int64), failing)


def found(state: OutageState) -> list[tuple[int, int, int, bool]]:
    """Group, first hour, last hour and state of the stretches."""
    group, first, last, failing = (column.tolist() for column in state.finish())
    hours = ([(t - START) // HOUR for t in column] for column in (first, last))
    return list(zip(group, *hours, failing, strict=True))


def one_by_one(hold: int | None, samples: Sequence[Sample]) -> list[tuple[int, int, int, bool]]:
    """The same, sample by sample."""
    stretches: list[tuple[int, int, int, bool]] = []
    for group, hour, failing, _ in sorted(samples):
        if stretches:
            number, first, last, state = stretches[-1]
            if (number, state) == (group, failing) and (hold is None or hour - last <= hold):
                stretches[-1] = group, first, hour, failing
                continue
        stretches.append((group, hour, hour, failing))
    return stretches


def rows_in(state: OutageState, table: Periods) -> dict[tuple[int, int], int]:
    """How many samples lie in each group and period."""
    counted: dict[tuple[int, int], int] = {}
    for group, index, rows in zip(*(c.tolist() for c in state.counted(table)), strict=True):
        counted[group, index] = counted.get((group, index), 0) + rows
    return counted


def same_rows(samples: Sequence[Sample], table: Periods) -> dict[tuple[int, int], int]:
    counted: dict[tuple[int, int], int] = {}
    for sample in samples:
        time = START + sample.hour * HOUR
        inside = np.flatnonzero((table.starts <= time) & (time < table.ends)).tolist()
        for index in inside:
            counted[sample.group, index] = counted.get((sample.group, index), 0) + 1
    return counted


@st.composite
def some_samples(draw: st.DrawFn, *, once: bool = False) -> list[Sample]:
    """Samples in any order, none of which contradicts another; `once`: each at its own time."""
    drawn = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(-3, draw(HOURS)), st.booleans()),
            min_size=draw(st.integers(0, 15)),
            max_size=FEW,
            unique_by=(lambda s: s[:2]) if once else None,
        )
    )
    said: dict[tuple[int, int], bool] = {}
    return [
        Sample(group, hour, said.setdefault((group, hour), failing), row)
        for row, (group, hour, failing) in enumerate(drawn)
    ]


holds = st.one_of(st.none(), st.integers(0, 6))


@st.composite
def cut(draw: st.DrawFn, samples: Sequence[Sample]) -> list[list[Sample]]:
    """The samples in parts."""
    parts: list[list[Sample]] = [[] for _ in range(draw(st.integers(1, 5)))]
    for sample in samples:
        parts[draw(st.integers(0, len(parts) - 1))].append(sample)
    return parts


def merged(draw: st.DrawFn, states: list[OutageState]) -> OutageState:
    """Merge states two by two, in any order and any tree."""
    while len(states) > 1:
        into = states.pop(draw(st.integers(0, len(states) - 1)))
        into.merge(states.pop(draw(st.integers(0, len(states) - 1))))
        states.append(into)
    return states[0]


# ---- both modes against sample by sample --------------------------------------------------------


@given(some_samples(), holds, st.data())
def test_kept_samples_are_right_in_any_order_cut_and_tree(
    samples: list[Sample], hold: int | None, data: st.DataObject
) -> None:
    known = groups()
    limit = data.draw(st.sampled_from([80, 400, 1 << 20]))  # one sample, five, all in memory
    parts = data.draw(cut(samples))
    states = [folded(plan(hold), part, known, ordered=False, limit=limit) for part in parts]
    state = merged(data.draw, states)
    assert found(state) == one_by_one(hold, samples)
    assert state.conflicts() == ()
    for table in TABLES:
        assert rows_in(state, table) == same_rows(samples, table)


@given(some_samples(), holds, st.data())
def test_stretches_are_right_or_out_of_order(
    samples: list[Sample], hold: int | None, data: st.DataObject
) -> None:
    known = groups()
    parts = data.draw(cut(samples))
    try:
        states = [folded(plan(hold), part, known, ordered=True) for part in parts]
        state = merged(data.draw, states)
        stretches = found(state)
    except OutOfOrder:
        return
    assert stretches == one_by_one(hold, samples)
    for table in TABLES:
        assert rows_in(state, table) == same_rows(samples, table)


@given(some_samples(once=True), holds, st.data())
def test_parts_that_are_apart_in_time_are_never_out_of_order(
    samples: list[Sample], hold: int | None, data: st.DataObject
) -> None:
    """Rows of a group in order of time, cut where one likes, folded in any order of the parts."""
    known = groups()
    by_time = sorted(samples, key=lambda s: (s.hour, s.group) if hold else (s.group, s.hour))
    rows = [s._replace(row=row) for row, s in enumerate(by_time)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=5)))
    parts = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    states = [OutageState(plan(hold), known, TABLES, ordered=True) for _ in range(3)]
    for part in data.draw(st.permutations(parts)):
        take(states[data.draw(st.integers(0, 2))], part)
    state = merged(data.draw, states)
    assert found(state) == one_by_one(hold, rows)
    assert sum(rows_in(state, TABLES[1]).values()) == sum(0 <= s.hour < 31 * 24 for s in rows)


@given(some_samples(once=True), holds, st.data())
def test_merging_is_associative_and_commutative_and_nothing_changes_nothing(
    samples: list[Sample], hold: int | None, data: st.DataObject
) -> None:
    known = groups()
    parts = [data.draw(cut(samples))[0] for _ in range(3)]
    for ordered in (True, False):

        def state(*which: int, ordered: bool = ordered) -> OutageState:
            into = folded(plan(hold), parts[which[0]], known, ordered=ordered)
            for other in which[1:]:
                into.merge(folded(plan(hold), parts[other], known, ordered=ordered))
            return into

        try:
            left = state(0, 1, 2)
            right = state(0)
            right.merge(state(1, 2))
            ways = [left, right, state(2, 0, 1), state(1, 0, 2)]
            nothing = folded(plan(hold), [], known, ordered=ordered)
            nothing.merge(state(0, 1, 2))
            ways.append(nothing)
            left.merge(folded(plan(hold), [], known, ordered=ordered))
            results = [found(way) for way in ways]
        except OutOfOrder:
            assert ordered
            continue
        assert all(result == results[0] for result in results)


def test_states_of_two_modes_or_groups_do_not_merge() -> None:
    known = groups()
    state = OutageState(plan(), known)
    with pytest.raises(ValueError, match="mode"):
        state.merge(OutageState(plan(), known, ordered=True))
    with pytest.raises(ValueError, match="groups"):
        state.merge(OutageState(plan(), groups()))


# ---- what is worked out of them -----------------------------------------------------------------


def painted(
    plan: p.OutagePlan, samples: Sequence[Sample], group: int, as_of: int, since: int
) -> list[bool | None]:
    """Each hour of the days from 0 on to as-of: failing, not failing, not known."""
    own = {s.hour: s.failing for s in samples if s.group == group}
    hours: list[bool | None] = []
    assert plan.expected is not None
    alone = plan.expected * 3 // 2 if plan.hold is None else plan.hold
    for hour in range(as_of):
        before = [h for h in own if h <= hour]
        held: bool | None = None
        if before:
            last = max(before)
            follows = any(h > hour for h in own)
            limit = plan.hold if follows else alone
            if limit is None or (hour - last) * HOUR < limit:
                held = own[last]
        if held is None and plan.missing != "excluded" and (hour >= since or before):
            held = plan.missing == "down"
        hours.append(held)
    return hours


@given(
    some_samples(once=True),
    st.one_of(st.none(), st.sampled_from([3, 6])),
    st.integers(1, 5),
    st.sampled_from(["up", "down", "excluded"]),
    st.integers(0, 60),
    st.booleans(),
)
def test_time_by_period_is_what_each_hour_says(
    samples: list[Sample], hold: int | None, lasting: int, missing: str, since: int, ordered: bool
) -> None:
    known, of_plan = groups(), plan(hold, 2, lasting, missing)
    as_of = 140
    samples = [s for s in samples if s.hour >= 0]
    rows = sorted(samples, key=lambda s: (s.group, s.hour))
    first = {s.group: min(since, s.hour) for s in reversed(rows)}
    state = folded(of_plan, rows if ordered else samples, known, ordered=ordered)
    view = OutageView(
        state=state, periods=TABLES[0], to=np.arange(4), as_of=START + as_of * HOUR,
        since={g: START + hour * HOUR for g, hour in first.items()}, until=START + as_of * HOUR,
        term_start=START, term_end=END, alone=True,
    )  # fmt: skip
    cells = view.cells(p.OutageAggregate("time", "down"))
    for group in range(4):
        hours = [None] * as_of
        if group in first:
            hours = painted(of_plan, samples, group, as_of, first[group])
        down = [False] * as_of
        for failing, run in groupby(range(as_of), key=lambda h, hours=hours: hours[h] is True):
            whole = list(run)
            if failing and len(whole) >= lasting:
                for hour in whole:
                    down[hour] = True
        for day in range(6):
            of_day = slice(24 * day, 24 * day + 24)
            cell = cells.get(group * len(TABLES[0]) + day)
            measured = sum(h is not None for h in hours[of_day])
            assert (cell.measured if cell else 0) == measured * HOUR
            assert (cell.failing if cell else 0) == sum(down[of_day]) * HOUR
            if cell and measured:
                assert cell.value == 1 - Fraction(sum(down[of_day]), measured)
                assert cell.rows == sum(s.group == group and s.hour // 24 == day for s in samples)
                assert sum(o.counted for o in cell.outages) == cell.failing


def test_time_of_many_groups_in_one_cell_may_be_beyond_64_bits() -> None:
    count, days = 400, 366
    zone, start = Zone("UTC"), START
    term = periods(PeriodKind.TERM, start, start + days * 24 * HOUR, zone)
    known = groups(count)
    state = OutageState(plan(None), known, (term,), ordered=True)
    both = np.tile([start, start + days * 24 * HOUR - 1], count)
    numbers = np.repeat(np.arange(count), 2)
    failing = np.ones(2 * count, np.bool_)
    state.take(Batch(2 * count), both, numbers, failing)
    view = OutageView(
        state, term, np.zeros(count, np.int64), int(both[-1]), dict.fromkeys(range(count), start),
        int(both[-1]), int(term.starts[0]), int(term.ends[-1]), alone=False,
    )  # fmt: skip
    (cell,) = view.cells(p.OutageAggregate("time", "down")).values()
    assert cell.measured == cell.failing == count * (days * 24 * HOUR - 1) > 1 << 63
    assert cell.rows == 2 * count


# ---- what rows may be like ----------------------------------------------------------------------


def test_the_first_conflicts_by_position_are_told() -> None:
    known = groups()
    samples = [Sample(1, 5, True, 0), Sample(0, 9, False, 1), Sample(1, 5, True, 7)]
    for order in (1, -1):
        state = OutageState(plan(), known)
        take(state, samples[::order], file=2)
        take(state, [Sample(1, 5, False, 3), Sample(0, 9, True, 4)][::order], file=3)
        told = [(c.file, c.row, c.other_file, c.other_row) for c in state.conflicts()]
        assert told == [(2, 1, 3, 4), (2, 7, 3, 3)]


@pytest.mark.parametrize("ordered", [True, False])
def test_samples_may_come_after_figures_were_asked_for(ordered: bool) -> None:
    state = folded(plan(), [Sample(0, 1, True, 0)], groups(), ordered=ordered)
    ends = []
    for more in (2, 3):
        ends.append(state.segments(END, {0: START}, END).end.tolist())
        take(state, [Sample(0, more, True, more)])
    other = folded(plan(), [Sample(0, 5, True, 0)], state.groups, ordered=ordered)
    state.merge(other)
    ends.append(state.segments(END, {0: START}, END).end.tolist())
    assert [[(end - START) // HOUR for end in each] for each in ends] == [[1], [2], [5]]
    assert state.segments(END, {0: START}, END) is state.segments(END, {0: START}, END)


def test_no_more_than_a_hundred_conflicts_are_told() -> None:
    rows = [Sample(0, row // 2, row % 2 == 0, row) for row in range(500)]
    state = folded(plan(), rows[::-1], groups(), ordered=False, limit=1000)
    assert [(c.row, c.other_row) for c in state.conflicts()] == [
        (row, row + 1) for row in range(0, 200, 2)
    ]


def both(samples: Sequence[Sample], others: Sequence[Sample]) -> OutageState:
    """Two ordered states in one, of samples that hold for 10 hours."""
    known = groups()
    state = folded(plan(10), samples, known, ordered=True)
    state.merge(folded(plan(10), others, known, ordered=True))
    state.finish()
    return state


def test_a_conflict_is_out_of_order() -> None:
    one, other = Sample(1, 5, True, 0), Sample(1, 5, False, 1)
    for samples, others in (([one], [other]), ([other, one], []), ([], [one, other])):
        with pytest.raises(OutOfOrder):
            both(samples, others)


def test_a_stretch_inside_of_another_is_found_behind_a_shorter_one() -> None:
    tens = [Sample(0, hour, True, hour) for hour in range(0, 100, 10)]
    inside = Sample(0, 41, True, 0)
    assert found(both(tens, [inside])) == [(0, 0, 90, True)]
    with pytest.raises(OutOfOrder):
        both(tens, [inside, Sample(0, 55, False, 1)])


def test_a_piece_that_comes_late_finds_its_place() -> None:
    """Though without a limit each sample holds until the next, whatever lies between."""
    known = groups()
    rows = [Sample(0, hour, 3 <= hour < 5, hour) for hour in range(9)]
    state = folded(plan(None), rows[:3], known, ordered=True)
    take(state, rows[6:])
    take(state, rows[3:6])
    assert found(state) == [(0, 0, 2, False), (0, 3, 4, True), (0, 5, 8, False)]


@pytest.mark.parametrize("ordered", [True, False])
def test_a_group_may_be_told_by_truth(ordered: bool) -> None:
    state = OutageState(plan(), groups(2), TABLES, ordered=ordered)
    times = START + np.arange(6) * HOUR
    numbers = np.array([True, False, True, False, False, False])
    state.take(Batch(6), times, numbers, numbers | (times == START + 4 * HOUR))
    assert found(state) == [(0, 1, 3, False), (0, 4, 4, True), (0, 5, 5, False), (1, 0, 2, True)]


def test_times_further_apart_than_64_bits_tell() -> None:
    far = np.array([-(2**62) - 2**61, 2**62 + 2**61], np.int64)
    for hold, count in ((12, 2), (None, 1)):
        for ordered in (True, False):
            for parts in ([far], [far[:1], far[1:]], [far[1:], far[:1]], [far[::-1]]):
                state = OutageState(plan(hold), groups(), TABLES, ordered=ordered)
                for part in parts:
                    state.take(Batch(len(part)), part, 0, None)
                assert len(state.finish().first) == count
                assert not len(state.counted(TABLES[0])[0])


def test_rows_in_no_order_are_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage_stretches, "_FEW", 10)
    dice = np.random.default_rng(3)
    rows = [Sample(0, int(hour) * 5, False, row) for row, hour in enumerate(dice.permutation(20))]
    with pytest.raises(OutOfOrder, match="no order"):
        folded(plan(), rows, groups(), ordered=True)
    assert len(found(folded(plan(), rows, groups(), ordered=False))) == 20
    backwards = [Sample(0, 20 - row, False, row) for row in range(20)]
    assert found(folded(plan(), backwards, groups(), ordered=True)) == [(0, 1, 20, False)]


def test_too_many_stretches_are_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage_stretches, "_UNITE_AT", 3)
    known = groups()

    def one_by_one(rows: Sequence[Sample]) -> OutageState:
        state = OutageState(plan(), known, ordered=True, limit=64 * 20)
        for row in rows:
            take(state, [row])
        return state

    rows = [Sample(0, hour, hour % 2 == 0, 2 * hour) for hour in range(50)]
    with pytest.raises(OutOfOrder, match="more than 20 stretches"):
        one_by_one(rows)
    # pieces that hold until the next are joined before that is said
    state = one_by_one([row._replace(failing=False) for row in rows])
    assert found(state) == [(0, 0, 49, False)]


@pytest.mark.parametrize("width", [np.int8, np.uint16, np.int32, np.int64])
def test_blocks_of_every_kind(width: type[np.integer]) -> None:
    """Sorted by group, interleaved, one group, in numbers of any width; long enough for all."""
    dice = np.random.default_rng(7)
    count, each = 60, 50
    known = groups(count)
    failing = np.repeat(dice.random(count * each // 20) < 0.3, 20)
    hours = np.tile(np.cumsum(1 + (dice.random(each) < 0.1) * 7), count)
    numbers = np.repeat(dice.permutation(count), each)
    rows = [
        Sample(int(g), int(h), bool(f), 0) for g, h, f in zip(numbers, hours, failing, strict=True)
    ]
    wanted = one_by_one(2, rows)
    orders = {
        "by group": np.arange(len(rows)), "by time": np.argsort(hours, kind="stable"),
        "shuffled": dice.permutation(len(rows)),
    }  # fmt: skip
    for order in orders.values():
        for size in (1, 7, 50, 1000, 3000):
            state = OutageState(plan(), known, TABLES, ordered=True)
            for at in range(0, len(rows), size):
                which = order[at : at + size]
                times = START + hours[which] * HOUR
                batch = Batch(len(which), {}, 0, at)
                state.take(batch, times, numbers[which].astype(width), failing[which])
            assert found(state) == wanted
            for table in TABLES:
                assert rows_in(state, table) == same_rows(rows, table)


@pytest.mark.parametrize("hold", [None, 2 * HOUR, 9000 * HOUR])
def test_what_is_in_order_is_not_sorted_by_time(hold: int | None) -> None:
    """Groups one after the other, or interleaved; only a row before the last one is untidy."""
    blocks = outage_stretches.Blocks(hold)
    hours = np.arange(100)
    for group, hour in (
        (hours // 10, hours % 10),
        (hours // 10, hours[::-1] // 10 * 10 + hours % 10),
        (hours % 10, hours // 10),
        (9 - hours % 10, hours // 10),
        (hours * 0, hours // 2),
    ):
        rows = blocks.sort(group, START + hour * HOUR, False, 10)
        assert not rows.untidy
        assert len(blocks.stretches(rows).group) == (1 if not group.any() else 10)
    hour = hours.copy()
    hour[55] = 53
    assert blocks.sort(hours * 0, START + hour * HOUR, False, 10).untidy
    assert blocks.sort(hours % 10, START + np.sort(hour)[::-1] * HOUR, False, 10).untidy
