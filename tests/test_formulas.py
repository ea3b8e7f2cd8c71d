"""Formulas over figures: exact, and nothing where a part of them is nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sladsl.folds.formulas import condition, figure
from sladsl.folds.model import Cell
from sladsl.plan import model as p

A, B = p.AggregateRef(0), p.AggregateRef(1)
HALF = p.Number((1, 2))
figures = st.none() | st.fractions(-3, 3, max_denominator=4)


def of(formula: p.Formula, *values: Fraction | None) -> Fraction | None:
    return figure(formula, [Cell(value) for value in values].__getitem__)


def holds(expr: p.Condition, *values: Fraction | None) -> bool | None:
    return condition(expr, [Cell(value) for value in values].__getitem__)


@given(figures, figures)
def test_of_nothing_comes_nothing(a: Fraction | None, b: Fraction | None) -> None:
    """Whichever part it is; nor does anything come of a division by zero."""
    assert of(p.Negate(A), a) == (None if a is None else -a)
    known = a is not None and b is not None
    for word, result in (
        ("+", lambda: a + b), ("-", lambda: a - b), ("*", lambda: a * b),
        ("/", lambda: a / b if b else None),
    ):  # fmt: skip
        assert of(p.Operate((A, B), (word,)), a, b) == (result() if known else None)
    lower = p.FigureCompare("<", A, B)
    assert holds(lower, a, b) == (a < b if known else None)
    assert holds(p.FigureNot(lower), a, b) == (a >= b if known else None)
    there = p.FigurePresent(p.Operate((A, B), ("/",)))
    assert holds(there, a, b) == bool(known and b)
    assert holds(p.FigureNot(there), a, b) != holds(there, a, b)


@given(figures, figures)
def test_from_left_to_right(a: Fraction | None, b: Fraction | None) -> None:
    found = of(p.Operate((A, HALF, p.Negate(B)), ("-", "*")), a, b)
    assert found == (None if a is None or b is None else (a - Fraction(1, 2)) * -b)


@pytest.mark.parametrize("word", ["==", "!=", "<", "<=", ">", ">="])
def test_comparisons_are_exact(word: str) -> None:
    third, near = Fraction(1, 3), Fraction(10**30, 3 * 10**30 + 1)
    expr = p.FigureCompare(word, A, B)
    assert holds(expr, third, third) == (word in ("==", "<=", ">="))
    assert holds(expr, near, third) == (word in ("!=", "<", "<="))
    assert holds(expr, third, near) == (word in ("!=", ">", ">="))
