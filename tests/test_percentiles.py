"""Percentiles: exact whatever is kept of the values, and decided by counts where that is enough."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.folds import quantiles
from sladsl.folds.aggregates import RowState
from sladsl.folds.block import Block, Cells
from sladsl.folds.expressions import Rows
from sladsl.folds.formulas import condition
from sladsl.folds.quantiles import QuantileState, quantile
from sladsl.folds.tally import counted
from sladsl.folds.windows import limits_of
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column, Vocabulary

SHARES = [Fraction(n, d) for n, d in ((99, 100), (1, 2), (1, 100), (999, 1000), (95, 100), (1, 3))]


def nearest(values: list[int], share: Fraction) -> int:
    """The smallest value that at least `share` of the values do not exceed."""
    return next(v for v in sorted(values) if sum(w <= v for w in values) >= share * len(values))


def linear(values: list[int], share: Fraction) -> Fraction:
    ordered = sorted(values)
    position = share * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@given(st.lists(st.integers(-5, 5), min_size=1), st.sampled_from(SHARES))
def test_by_their_definitions(values: list[int], share: Fraction) -> None:
    found = np.array(values, np.int64)
    assert quantile(found, share, linear=False) == nearest(values, share)
    assert quantile(found, share, linear=True) == linear(values, share)


def drawn(random: Random, rows: int) -> list[int]:
    """Values whose middle moves, so that brackets miss."""
    drift = random.choice([0, 0, 1, 5])
    return [int(random.gauss(1000 + drift * n, 200)) for n in range(rows)]


def folded(state: QuantileState, parts: list[tuple[list[int], list[int]]], factor: int) -> None:
    for places, values in parts:
        raw = np.array(values, np.int32)
        some = raw % 7 != 0
        if len(set(places)) == 1:
            state.fold(Cells(np.array(places[:1]), None), raw, factor, some)
        else:
            keys = np.array(sorted(set(places)))
            state.fold(Cells(keys, np.searchsorted(keys, places)), raw, factor, some)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(SHARES), st.booleans())
def test_whatever_is_let_go(seed: int, share: Fraction, is_linear: bool) -> None:
    """Brackets, merging, reading again: always what all values come to."""
    random = Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantiles, "_HELD", 64)
        patch.setattr(quantiles, "_WORTH", 16)
        patch.setattr(quantiles, "_SAMPLED", random.choice([1, 4, 1000]))
        values = drawn(random, random.choice([10, 300, 2000]))
        few = random.choice([1, 2, 5])
        places = [random.randrange(few) * 3 for _ in values]
        if random.random() < 0.3:
            places.sort()
        size = random.choice([7, 50, 400])
        parts = [
            (places[at : at + size], values[at : at + size]) for at in range(0, len(values), size)
        ]
        factor = random.choice([1, 10**6])
        states = [QuantileState(share) for _ in range(random.choice([1, 2, 3]))]
        for part in parts:
            folded(random.choice(states), [part], factor)
        whole = states[0]
        for other in states[1:]:
            whole.merge(other)
        expected: dict[int, list[int]] = {}
        for place, value in zip(places, values, strict=True):
            if value % 7 != 0:
                expected.setdefault(place, []).append(value * factor)
        rows = {place: len(own) for place, own in expected.items()}
        found, missed = whole.values(rows, is_linear)
        for _ in range(3):
            if not missed:
                break
            last = whole
            while last.refined is not None:
                last = last.refined
            last.refined = QuantileState(share, missed)
            folded(last.refined, parts, factor)
            found, missed = whole.values(rows, is_linear)
        assert not missed
        by = linear if is_linear else nearest
        assert found == {place: by(own, share) for place, own in expected.items()}


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=40),
    st.tuples(st.integers(-1, 13), st.integers(-1, 13)).map(sorted),
    st.sampled_from(SHARES), st.booleans(), st.integers(1, 3),
)  # fmt: skip
def test_a_bracket_gives_the_exact_value_or_none(
    values: list[int], bracket: list[int], share: Fraction, is_linear: bool, factor: int
) -> None:
    """Rows read again: what lies in the bracket is found, what lies outside is never guessed."""
    above = 0 if factor == 2 else 2**53 // factor  # from where on doubles aren't exact
    low, high = (above * factor + edge for edge in bracket)
    state = QuantileState(share, {7: (low, high)})
    cells = Cells(np.array([7, 9]), np.array([0] * len(values) + [1]))
    raw = np.array([*values, 5]) + above
    state.fold(cells, raw if above else raw.astype(np.int8), factor, None)
    values = [(above + value) * factor for value in values]
    found, missed = state.values({7: len(values)}, is_linear)
    exact = linear(values, share) if is_linear else nearest(values, share)
    assert found == {7: exact} if found else list(missed) == [7]
    ordered = sorted(values)
    at = share * (len(values) - 1)
    needed = (
        [ordered[int(at)], ordered[min(int(at) + 1, len(values) - 1)]] if is_linear else [exact]
    )
    if all(low <= value <= high for value in needed):
        assert found


def test_much_is_let_go() -> None:
    state = QuantileState(Fraction(99, 100))
    random = np.random.default_rng(1)
    for _ in range(40):
        values = random.integers(0, 1_000_000, 1 << 16)
        state.fold(Cells(np.array([0]), None), values, 1, None)
    kept = sum(len(values) for _, values in [*state._kept, *state._fresh])
    assert kept < 40 * (1 << 16) / 20


def compare(operator: str, limit: int, index: int = 0) -> p.FigureCompare:
    return p.FigureCompare(operator, p.AggregateRef(index), p.Number((limit, 1)))


def test_limits_are_gathered_where_nothing_else_is_made_of_a_percentile() -> None:
    tail = p.RowAggregate("quantile", "s", value=p.Col("v", "int"), quantile=(95, 100))
    mean = p.RowAggregate("mean", "s", value=p.Col("v", "int"))
    both = p.FigureAll((compare("<=", 30), p.FigureNot(compare(">", 10)), compare("<", 5, 1)))
    assert limits_of(both, 0, tail) == (10, 30)
    assert limits_of(both, 1, mean) == ()
    there = p.FigurePresent(p.AggregateRef(0))
    assert limits_of(p.FigureAny((both, p.FigureNot(there))), 0, tail) == (10, 30)
    assert limits_of(there, 0, tail) == ()
    other = p.FigureAny((both, p.FigureCompare("<", p.AggregateRef(0), p.AggregateRef(1))))
    assert limits_of(other, 0, tail) == ()
    assert (
        limits_of(
            p.FigureAny((both,)),
            0,
            p.RowAggregate(
                "quantile", "s", value=p.Col("v", "int"), quantile=(95, 100), linear=True
            ),
        )
        == ()
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 12)), max_size=30),
    st.lists(st.fractions(-2, 6, max_denominator=2), min_size=1, max_size=3, unique=True),
    st.sampled_from(SHARES),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
)
def test_counts_at_limits_decide_as_values_do(
    rows: list[tuple[int, int]], limits: list[Fraction], share: Fraction, operator: str
) -> None:
    plan = p.RowAggregate(
        "quantile", "s", value=p.Col("v", "int"), quantile=(share.numerator, share.denominator)
    )
    states = [RowState(plan, limits=tuple(sorted(limits))), RowState(plan)]
    if rows:
        cells, values = (np.array(column) for column in zip(*rows, strict=True))
        batch = Batch(len(rows), {"v": Column(values.astype(np.int8), None, 1)}, 0, 0)
        batch.bounds["at"] = 0, 0
        block = Block(batch, "at", Rows(Vocabulary(), 0, {}))
        for state in states:
            keys = np.arange(3)
            asked = state.questions(block)
            counts = counted(Cells(keys, cells), len(rows), list(asked.values()))
            state.take(block, Cells(keys, cells), dict(zip(asked, counts, strict=True)))
    counts_of, values_of = (state.cells() for state in states)
    assert counts_of.keys() == values_of.keys()
    for key, cell in values_of.items():
        assert (cell.value is None) == (counts_of[key].value is None)
        for limit in limits:
            expr = p.FigureCompare(operator, p.AggregateRef(0), p.Number(limit.as_integer_ratio()))
            said = [condition(expr, {0: one[key]}.__getitem__) for one in (counts_of, values_of)]
            assert said[0] == said[1], (limit, cell, counts_of[key])
