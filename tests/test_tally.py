"""Yes-or-no questions of rows, counted by cell: as one would count them row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.folds import tally
from sladsl.folds.block import Cells
from sladsl.folds.tally import Answer, counted


def by_hand(cells: Cells, length: int, answers: list[Answer]) -> list[list[int]]:
    code = np.zeros(length, np.int64) if cells.code is None else cells.code.astype(np.int64)
    found = []
    for answer in answers:
        yes = np.full(length, answer) if isinstance(answer, bool) else answer
        found.append([int((yes & (code == at)).sum()) for at in range(len(cells.keys))])
    return found


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 9), st.integers(0, 9))
def test_as_row_by_row(seed: int, length: int, cells: int, questions: int) -> None:
    """With any number of cells (none: one key for all rows) and of questions, some asked twice."""
    dice = np.random.default_rng(seed)
    kinds = dice.choice(["uint8", "uint16", "int64"])
    code = dice.integers(0, cells, length).astype(kinds) if cells else None
    keys = dice.permutation(np.arange(3, 3 + max(cells, 1)))
    answers: list[Answer] = [dice.random(length) < dice.random() for _ in range(questions)]
    answers += [True, False, *answers[:2], True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_BITS", int(dice.choice([1, 2, 6])))
        patch.setattr(tally, "_FEW", int(dice.choice([0, 4, 20])))
        patch.setattr(tally, "_CODES", int(dice.choice([1, 16, 1 << 20])))
        found = counted(Cells(keys, code), length, answers)
    assert [column.tolist() for column in found] == by_hand(Cells(keys, code), length, answers)


@pytest.mark.parametrize("length", [1 << 14, (1 << 14) + 1, (1 << 14) + 2, 50_000])
@pytest.mark.parametrize(
    ("cells", "questions"), [(2, 3), (6, 3), (11, 2), (16, 2), (17, 2), (30, 1)]
)
def test_many_rows_are_counted_by_pairs(length: int, cells: int, questions: int) -> None:
    """Codes of a byte, two at a time; the last of an odd number of rows isn't forgotten."""
    dice = np.random.default_rng(length + cells)
    code = dice.integers(0, cells, length).astype(np.uint8)
    answers: list[Answer] = [dice.random(length) < 0.7 for _ in range(questions)]
    answers.append(True)
    some = Cells(np.arange(cells), code)
    found = counted(some, length, answers)
    assert [column.tolist() for column in found] == by_hand(some, length, answers)


@pytest.mark.parametrize("size", [1 << 8, (1 << 8) + 1, 1 << 16, (1 << 16) + 4])
def test_codes_fit_their_type(size: int) -> None:
    """Just as many codes as a byte or two hold, and one more."""
    cells = -(-size // 2)
    code = np.concatenate((np.arange(cells), np.arange(cells)))
    mask = np.arange(2 * cells) >= cells
    mask[0] = True
    (yes,) = counted(Cells(np.arange(cells), code), 2 * cells, [mask])
    assert yes.tolist() == [2] + [1] * (cells - 1)
