"""One verdict walked by hand, as data."""

from __future__ import annotations

from fractions import Fraction

from sladsl.analysis.turning import Change
from sladsl.credits.model import Statement, Step
from sladsl.folds.model import Cell
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Verdict

__all__ = ["Part", "RowSeen", "Turn", "Walk"]


class RowSeen(Record):
    """A row that a figure rests on: where it is, when (ns), its fields, and what it counted for."""

    path: str
    row: int  # from 1, without a heading
    time: int
    fields: tuple[tuple[str, str], ...]
    value: Fraction | None = None


class Part(Record):
    """One aggregate of a figure: in words, what it came to, and the rows that speak against it.

    `against` are the first of `rows_against` in the order of `by`: their time, or how far they go.
    """

    number: int  # of the aggregate in the plan, from 1, as formulas name it
    words: str
    aggregate: p.Aggregate
    cell: Cell
    kind: str
    against: tuple[RowSeen, ...] = ()
    rows_against: int | None = None
    why_against: str = ""
    #: the aggregates of one window, by number
    inside: tuple[tuple[int, str], ...] = ()


class Turn(Record):
    """What the verdict and the tier would be after the smallest change that leads there."""

    word: str
    tier: str
    change: Change


class Walk(Record):
    """A verdict with all that it follows from, and the money that follows from it.

    `formula` is how the figure is made of its parts; empty where it is its one part.
    """

    verdict: Verdict
    promise: str
    formula: str
    parts: tuple[Part, ...]
    turns: tuple[Turn, ...]
    tier: str = ""
    steps: tuple[tuple[Statement, tuple[Step, ...]], ...] = ()
    due: Fraction | None = None
