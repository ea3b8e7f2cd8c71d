"""State by key, in any order, cut and merging tree, against all rows at once and row by row."""

import gc
import os
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.folds.derive import concatenate, derive, one_by_key
from sladsl.folds.expressions import Rows
from sladsl.folds.keyed import KeyState, LastState, SpanState
from sladsl.folds.related import RelatedState
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column, Vocabulary

FIELDS = (
    p.FieldPlan("time", "time"),
    p.FieldPlan("host", "text"),
    p.FieldPlan("port", "int", optional=True),
    p.FieldPlan("up", "bool"),
    p.FieldPlan("note", "int", optional=True),
    p.FieldPlan("seen", "time"),
)
ROWS = Rows(Vocabulary(), 10**18, {})
DOWN = p.Opposite(p.Col("up", "bool"))
LIMITS = st.sampled_from([1, 200, 10**9])


def stream(key=(), recorded=None):
    return p.StreamPlan("checks", FIELDS, "time", key=key, recorded=recorded)


def derived(how, sequence=None, where=None):
    event = "starts" if how == "spans" else "time"
    return p.DerivedPlan("made", how, "checks", "port", event, sequence, FIELDS, where)


row = st.fixed_dictionaries(
    {
        "time": st.integers(0, 6),
        "host": st.integers(0, 2),
        "port": st.integers(0, 4) | st.none(),
        "up": st.booleans(),
        "note": st.integers(0, 1) | st.none(),
        "seen": st.integers(0, 2),
    }
)
WIDTHS = {"time": np.int32, "host": np.int32, "up": np.bool_, "seen": np.int64}


def batch_of(table):
    """Rows with their position, as a batch; times come in microseconds."""
    columns = {}
    for field in FIELDS:
        some = [one[field.name] for _, one in table]
        valid = np.array([v is not None for v in some], np.bool_)
        raw = np.array([0 if v is None else v for v in some], WIDTHS.get(field.name, np.int64))
        factor = 1000 if field.name in ("time", "seen") else None
        columns[field.name] = Column(raw, None if valid.all() else valid, factor)
    file = np.array([position // 5 for position, _ in table], np.int32)
    return Batch(len(table), columns, file, np.array([position % 5 for position, _ in table]))


def facts(batch):
    """The rows of a batch as data, whatever their order."""
    columns = {
        name: [
            v if there else None
            for v, there in zip(c.values.tolist(), c.present().tolist(), strict=True)
        ]
        for name, c in sorted(batch.columns.items())
    }
    rows = zip(batch.file.tolist(), batch.row.tolist(), *columns.values(), strict=True)
    return sorted(rows, key=repr)


@st.composite
def cuts(draw):
    """Rows, cut into batches, that are shared among some states."""
    table = list(enumerate(draw(st.lists(row, max_size=24))))
    shuffled = draw(st.permutations(table))
    marks = sorted(draw(st.lists(st.integers(0, len(table)), max_size=4)))
    edges = [0, *marks, len(table)]
    pieces = [shuffled[a:b] for a, b in pairwise(edges)]
    return table, pieces, [draw(st.integers(0, 2)) for _ in pieces], draw(st.booleans())


def folded(make, pieces, whose, leftwards):
    states = [make(), make(), make()]
    for piece, state in zip(pieces, whose, strict=True):
        states[state].fold(batch_of(piece))
    if leftwards:
        states[1].merge(states[2])
        states[0].merge(states[1])
        return states[0]
    states[2].merge(states[0])
    states[2].merge(states[1])
    return states[2]


@settings(max_examples=150, deadline=None)
@given(cuts(), LIMITS, st.sampled_from([None, "seen"]))
def test_last(cut, limit, sequence):
    table, *rest = cut
    plan = derived("last", sequence)
    state = folded(lambda: LastState(plan, stream(), limit), *rest)
    parts = list(state.finish())
    last = {}
    for position, one in table:
        order = (one["time"], one["seen"] if sequence else 0, position)
        if one["port"] is not None and (one["port"] not in last or last[one["port"]][0] < order):
            last[one["port"]] = order, (position, one)
    rows = [row for _, row in last.values()]
    assert facts(concatenate(parts)) == facts(batch_of(rows)) if parts else not rows
    whole = derive(plan, stream(), batch_of(table), ROWS)
    assert facts(whole) == facts(batch_of(rows))
    keys = [part.columns["port"].values for part in parts]
    assert np.concatenate([*keys, np.zeros(0, np.int64)]).tolist() == sorted(last)


NOTE = p.Col("note", "int")
WIDE = p.Arith("*", p.Col("time", "int"), p.Const(2**50, "int"), "int")


@settings(max_examples=200, deadline=None)
@given(cuts(), LIMITS, st.sampled_from([None, DOWN]), st.sampled_from([NOTE, WIDE]),
       st.sampled_from(["count", "sum", "mean", "min", "max"]))  # fmt: skip
def test_figures_of_the_rows_of_a_row(cut, limit, where, value, function):
    table, *rest = cut
    asked = p.Related(
        function, "checks", where, None if function == "count" else value,
        p.Col("port", "int"), p.Col("note", "int"), "int",
    )  # fmt: skip
    found = folded(lambda: RelatedState(asked, ROWS, limit), *rest).finish()
    numbers = [0, 1, 2, 3, 4, 5, None]
    batch = Batch(7, {"note": Column(np.array([n or 0 for n in numbers]),
                                     np.array([n is not None for n in numbers]))})  # fmt: skip
    expected = []
    for number in numbers:
        own = [one for _, one in table if one["port"] == number and number is not None]
        own = [one for one in own if where is None or not one["up"]]
        values = [one["note"] if value is NOTE else one["time"] * 1000 * 2**50 for one in own]
        values = [v for v in values if v is not None]
        expected.append(
            len(own) if function == "count" else sum(values) if function == "sum"
            else None if not values
            else Fraction(sum(values), len(values)) if function == "mean"
            else min(values) if function == "min" else max(values)
        )  # fmt: skip
    if function in ("sum", "mean"):
        ratios = found.ratios(batch)
        above, below, valid = ratios.above.tolist(), ratios.below.tolist(), ratios.valid
        some = [Fraction(a, b) for a, b in zip(above, below, strict=True)]
    else:
        values = found.values(batch)
        some, valid = values.values.tolist(), values.valid
    there = [True] * 7 if valid is None else valid.tolist()
    assert [v if t else None for v, t in zip(some, there, strict=True)] == expected


@settings(max_examples=150, deadline=None)
@given(cuts(), LIMITS, st.sampled_from([None, "seen"]), st.sampled_from([None, DOWN]))
def test_spans(cut, limit, sequence, where):
    table, *rest = cut
    plan = derived("spans", sequence, where)
    state = folded(lambda: SpanState(plan, stream(), limit), *rest)
    parts = list(state.finish(ROWS))
    expected = []
    for port in range(5):
        events = [(one["time"], one["seen"] if sequence else 0, position, one)
                  for position, one in table if one["port"] == port]  # fmt: skip
        events.sort(key=lambda event: event[:3])
        for event, after in zip(events, [*events[1:], None], strict=False):
            if where is None or not event[3]["up"]:
                end = None if after is None else after[0] * 1000
                place = divmod(event[2], 5)
                expected.append((*place, end, port, event[0] * 1000))
    assert facts(concatenate(parts)) == sorted(expected, key=repr) if parts else not expected
    assert facts(derive(plan, stream(), batch_of(table), ROWS)) == sorted(expected, key=repr)


def one_for_each(table, key, recorded):
    """One row for each key, and whether any two contradict each other: row by row."""
    by_key, rows, wrong = {}, [], False
    for position, one in table:
        values = tuple(one[name] for name in key)
        own = (*values, position) if None in values else values
        by_key.setdefault(own, []).append((position, one))
    for group in by_key.values():
        latest = max(one["seen"] for _, one in group)
        same = [(at, one) for at, one in group if recorded is None or one["seen"] == latest]
        merged = dict(same[0][1])
        for _, one in same[1:]:
            for name, value in one.items():
                if merged[name] is None:
                    merged[name] = value
                wrong |= value is not None and merged[name] != value
        rows.append((same[0][0], merged))
    return rows, wrong


@settings(max_examples=250, deadline=None)
@given(cuts(), LIMITS, st.sampled_from([("host",), ("port",), ("port", "host")]),
       st.sampled_from([None, "seen"]), st.booleans())  # fmt: skip
def test_one_row_for_each_key(cut, limit, key, recorded, agree):
    table, pieces, *rest = cut
    if agree:  # rows that say nothing else than others, but what is missing
        names = ("time", "up") if recorded else ("time", "up", "seen")
        same = dict.fromkeys(names, 1) | {"host": 0}
        table = [(at, one | same | {"note": one["note"] and 1}) for at, one in table]
        pieces = [[table[at] for at, _ in piece] for piece in pieces]
    plan = stream(key, recorded)
    state = folded(lambda: KeyState(plan, limit), pieces, *rest)
    parts = list(state.finish())
    rows, wrong = one_for_each(table, key, recorded)
    clashes = sorted(
        (c.file, c.row, c.other_file, c.other_row) for part in parts for c in part.clashes
    )
    assert bool(clashes) == wrong
    assert sum(part.duplicates for part in parts) == len(table) - len(rows)
    made = [part.batch for part in parts]
    whole = one_by_key(plan, batch_of(table))
    assert [(c.file, c.row, c.other_file, c.other_row) for c in whole.clashes] == clashes
    if not wrong:
        assert facts(concatenate(made)) == facts(batch_of(rows)) if made else not rows
        assert facts(whole.batch) == facts(batch_of(rows))


def test_what_was_saved_goes_with_the_last_that_needs_it():
    plan = derived("spans")
    some, other = SpanState(plan, stream(), 0), SpanState(plan, stream(), 0)
    one = {"time": 1, "host": 0, "port": 1, "up": True, "note": None, "seen": 0}
    some.fold(batch_of([(0, one)]))
    other.fold(batch_of([(1, one | {"time": 2})]))
    folders = [f.name for f in (*some._rows._folders, *other._rows._folders)]
    assert len(folders) == 2
    some.merge(other)
    del other
    gc.collect()
    assert all(os.path.isdir(folder) for folder in folders)
    (spans,) = some.finish(ROWS)
    assert spans.columns["ends"].present().tolist() == [True, False]
    del some
    gc.collect()
    assert not any(os.path.exists(folder) for folder in folders)


def test_parts_are_about_as_large_as_the_limit():
    count = 40_000
    generator = np.random.default_rng(5)
    columns = {
        "time": Column(generator.integers(0, 10**9, count)),
        "port": Column(generator.integers(0, 9000, count)),
        "up": Column(generator.integers(0, 2, count) > 0),
    }
    batch = Batch(count, columns)
    plan = derived("spans", where=DOWN)
    state = SpanState(plan, stream(), 100_000)
    for start in range(0, count, 1000):
        state.fold(batch.take(np.arange(start, start + 1000)))
    parts = list(state.finish(ROWS))
    assert 8 <= len(parts) <= 40
    assert max(part.length for part in parts) < 6000
    whole = derive(plan, stream(), batch, ROWS)
    made = concatenate(parts)
    for name in ("port", "starts", "ends"):
        assert (made.columns[name].values == whole.columns[name].values).all()
    assert (made.row == whole.row).all()
    last = LastState(derived("last"), stream(), 100_000)
    for start in range(0, count, 1000):
        last.fold(batch.take(np.arange(start, start + 1000)))
    found = concatenate(list(last.finish()))
    assert (found.row == derive(derived("last"), stream(), batch, ROWS).row).all()


@pytest.mark.parametrize("make", [LastState, SpanState])
def test_nothing(make):
    state = make(derived("last" if make is LastState else "spans"), stream())
    assert list(state.finish() if make is LastState else state.finish(ROWS)) == []
