"""Exact sums by cell, against Python's integers."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sladsl.folds import sums
from sladsl.folds.sums import PARTS, block_sums, total

FACTORS = (1, 2, 10**6, 10**9)
KINDS = {kind: np.iinfo(kind) for kind in ("int8", "int16", "int32", "int64")}


@st.composite
def columns(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Numbers, and what they are multiplied by: none of them leaves 64 bits."""
    info, factor = KINDS[draw(st.sampled_from(sorted(KINDS)))], draw(st.sampled_from(FACTORS))
    least, most = max(info.min, -(2**63 // factor)), min(info.max, (2**63 - 1) // factor)
    edges = st.sampled_from([least, -1, 0, 1, most])
    some = draw(st.lists(st.one_of(edges, st.integers(least, most)), max_size=12))
    return np.array(some, info.dtype), factor


def of_cells(found: dict[str, np.ndarray]) -> list[int]:
    assert tuple(found) == PARTS
    assert all(column.dtype == np.int64 for column in found.values())
    return [total(*parts) for parts in zip(*(c.tolist() for c in found.values()), strict=True)]


@given(columns(), st.booleans(), st.data())
@example((np.array([2**53, 2**53 - 1, 1], np.int64), 1), True, None)
@example((np.array([-(2**63)] * 9, np.int64), 1), True, None)
def test_of_a_block(column: tuple[np.ndarray, int], few: bool, data: st.DataObject | None) -> None:
    """Of all rows, and of those of each cell, however many cells there are."""
    raw, factor = column
    values = [value * factor for value in raw.tolist()]
    assert of_cells(block_sums(raw, factor, None, 1)) == [sum(values)]
    cells = [n % 2 for n in range(len(raw))]
    if data is not None:
        cells = data.draw(st.lists(st.integers(0, 3), min_size=len(raw), max_size=len(raw)))
    expected: Counter[int] = Counter()
    for cell, value in zip(cells, values, strict=True):
        expected[cell] += value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "_FEW", 4 if few else 1)
        found = block_sums(raw, factor, np.array(cells, np.int64), 5)
    assert of_cells(found) == [expected[cell] for cell in range(5)]


@pytest.mark.parametrize("rows", [1, 2, 7, 4096])
def test_at_the_edge_of_what_doubles_hold(rows: int) -> None:
    """A partial sum may come to 2**53 less one, and not to more."""
    for largest in (2**53 // rows - 1, 2**53 // rows, 2**53 // rows + 1):
        for sign in (1, -1):
            raw = np.full(rows, sign * largest, np.int64)
            raw[-1] -= sign  # odd, where a double would hold even ones only
            code = np.zeros(rows, np.int64)
            assert of_cells(block_sums(raw, 3, code, 1)) == [3 * sum(raw.tolist())]


def test_sums_of_blocks_add_up() -> None:
    """A billion of the largest values: the parts are added up apart, and none overflows."""
    raw = np.full(1 << 10, 2**63 - 1, np.int64)
    parts = [int(column[0]) << 20 for column in block_sums(raw, 1, None, 1).values()]
    assert all(part < 2**63 for part in parts)
    assert total(*parts) == (2**63 - 1) << 30
