"""Tables of small states by cell, against dictionaries: in any order, cut, form and merge."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.folds import table
from sladsl.folds.table import Table, halves, whole

HOW = {"rows": "sum", "least": "min", "most": "max", "total": "sum"}
COMBINE = {"sum": lambda a, b: a + b, "min": min, "max": max}
#: Cell, rows (at least one), and three numbers.
Row: TypeAlias = tuple[int, int, int, int, int]

rows = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 3), *[st.integers(-(2**40), 2**40)] * 3),
    max_size=12,
)


def expected(some: list[Row]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for cell, *columns in some:
        new = dict(zip(HOW, columns, strict=True))
        old = found.get(cell)
        found[cell] = new if old is None else {n: COMBINE[HOW[n]](old[n], new[n]) for n in HOW}
    return found


def held(made: Table) -> dict[Any, dict[str, int]]:
    """What a table holds; each cell once, in order."""
    keys, columns = made.compact()
    cells = list(zip(*(k.tolist() for k in keys), strict=True))
    assert cells == sorted(set(cells))
    assert list(columns) == list(made.how)
    values = zip(*(columns[name].tolist() for name in made.how), strict=True)
    named = [dict(zip(made.how, row, strict=True)) for row in values]
    one = made.keys == 1
    return {cell[0] if one else cell: row for cell, row in zip(cells, named, strict=True)}


def add(into: Table, some: list[Row]) -> None:
    columns = np.array(some, np.int64).reshape(-1, 5).T
    into.add((columns[0],), dict(zip(HOW, columns[1:], strict=True)))


def put(into: Table, some: list[Row]) -> None:
    """Each cell once, in any order, and one that has no rows."""
    by_cell = list(expected(some).items())[::-1]
    keys = np.array([cell for cell, _ in by_cell] + [11], np.int64)
    columns = {
        name: np.array([row[name] for _, row in by_cell] + [table._NOTHING[kind]], np.int64)
        for name, kind in HOW.items()
    }
    into.put(keys, columns)


@settings(max_examples=150)
@given(st.lists(st.tuples(rows, st.booleans()), max_size=5), st.data())
def test_a_table_holds_what_its_rows_come_to(
    parts: list[tuple[list[Row], bool]], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_COMPACT_AT", data.draw(st.sampled_from([1, 5, 1000])))
        patch.setattr(table, "_DENSE", data.draw(st.sampled_from([0, 20, 1000])))
        tables = [Table(HOW) for _ in range(data.draw(st.integers(1, 3)))]
        for some, once in parts:
            into = data.draw(st.sampled_from(tables))
            (put if once else add)(into, some)
        while len(tables) > 1:
            tables[0].merge(tables.pop(data.draw(st.integers(1, len(tables) - 1))))
        everything = [row for some, _ in parts for row in some]
        for _ in range(2):  # as often as one likes
            assert held(tables[0]) == expected(everything)


@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), max_size=8), max_size=4))
def test_a_cell_and_a_value_make_a_multiset(parts: list[list[tuple[int, int]]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_COMPACT_AT", 3)
        tables = [Table({"count": "sum"}, keys=2) for _ in range(2)]
        counted: dict[tuple[int, int], dict[str, int]] = {}
        for number, part in enumerate(parts):
            columns = np.array(part, np.int64).reshape(-1, 2).T
            ones = {"count": np.ones(len(part), np.int64)}
            tables[number % 2].add((columns[0], columns[1]), ones)
            for pair in part:
                counted.setdefault(pair, {"count": 0})["count"] += 1
        tables[0].merge(tables[1])
        assert held(tables[0]) == counted


def test_places_are_made_for_cells_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column has a place for each cell, and twice as many when one more comes, up to a limit."""
    monkeypatch.setattr(table, "_DENSE", 4 * 10)
    made = Table(HOW)
    sizes = []
    for cell in (0, 1, 2, 5, 9):
        add(made, [(cell, 1, cell, cell, cell)])
        assert made._dense is not None
        sizes.append(len(made._dense["rows"]))
    assert sizes == [1, 2, 4, 8, 10]
    add(made, [(10, 1, 0, 0, 0)])
    assert made._dense is None
    assert list(held(made)) == [0, 1, 2, 5, 9, 10]


def test_chunks_are_added_up_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a table isn't larger than twice what it holds, or than a few rows."""
    monkeypatch.setattr(table, "_DENSE", 0)
    monkeypatch.setattr(table, "_COMPACT_AT", 10)
    made = Table(HOW)
    for turn in range(200):
        add(made, [(turn % 7, 1, 0, 0, 0), (turn % 3, 1, 0, 0, 0)])
        assert sum(len(chunk[0][0]) for chunk in made._chunks) == made._held <= 2 * 7 + 10
    for turn in range(200):
        add(made, [(turn, 1, 0, 0, 0)])
        assert made._held <= 2 * 200 + 10
    assert len(held(made)) == 200


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=9))
def test_halves_add_up_apart(values: list[int]) -> None:
    high, low = halves(np.array(values, np.int64))
    assert whole(int(high.sum()), int(low.sum())) == sum(values)
    assert all(0 <= part < 2**32 for part in low.tolist())
