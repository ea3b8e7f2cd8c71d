"""A failing example made smaller: fewer obligations, fewer rows, as long as it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from generate.examples import Example

__all__ = ["shrunk"]

TRIES = 400


def shrunk(example: Example, fails: Callable[[Example], bool]) -> Example:
    """The smallest example found that still fails; `fails` may raise on what is no policy."""
    left = TRIES
    again = True
    while again and left > 0:
        again = False
        for smaller in _smaller(example):
            left -= 1
            if left <= 0:
                break
            if _fails(smaller, fails):
                example, again = smaller, True
                break
    return example


def _fails(example: Example, fails: Callable[[Example], bool]) -> bool:
    try:
        return fails(example)
    except AssertionError:  # without that clause it is no policy
        return False


def _smaller(example: Example) -> Iterator[Example]:
    """What lies one step below an example, the longest steps first."""
    clauses = example.draft.clauses
    for low, high in _pieces(len(clauses)):
        kept = [*clauses[:low], *clauses[high:]]
        if any(clause.startswith("obligation") for clause in kept):
            yield replace(example, draft=replace(example.draft, clauses=kept))
    for name, rows in example.rows.items():
        for low, high in _pieces(len(rows)):
            yield example.with_rows({**example.rows, name: [*rows[:low], *rows[high:]]})


def _pieces(count: int) -> Iterator[tuple[int, int]]:
    """Halves, quarters, ..., single ones of `count` things, as slices."""
    length = count
    while length:
        for low in range(0, count, length):
            yield low, min(low + length, count)
        length //= 2
