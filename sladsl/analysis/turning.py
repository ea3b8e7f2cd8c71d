"""The smallest change of what was measured that would turn a verdict or a tier.

A share of rows moves by whole rows, a share of time by nanoseconds, a mean by its total: each
change is exact, and nothing smaller of its kind would do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

from sladsl.folds.model import Cell
from sladsl.plan import model as p
from sladsl.plan.parts import fractional
from sladsl.records import Record

__all__ = ["HOLDS", "OPPOSITE", "Change", "change"]

HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

_SECOND = 10**9


class Change(Record):
    """By how much (signed) what would have to differ, and the figure that it leads to.

    `of`: `rows` that are good (of `whole`), `windows` that are good, `time` that is up (ns), or
    `weighed` time, `count` of rows or outages, `beyond` (values to bring to the limit), the `total`
    of a mean or a sum and the `figure` itself in base units, or how much `earlier` (ns) something
    had to be done, how long before as-of, where it isn't `done` yet, or how much `later` (of exact
    time) it could have been.
    `strict`: it has to be more than this. `up`: the figure has to rise.
    """

    of: str
    by: Fraction
    figure: Fraction
    whole: int = 0
    strict: bool = False
    up: bool = False


def change(
    aggregate: p.Aggregate | None, cell: Cell | None, value: Fraction, word: str, limit: Fraction,
    beyond: int | None = None,
) -> Change | None:  # fmt: skip
    """What would make `value word limit` true; None where nothing of its kind can.

    `aggregate` None: the figure is made of several. `beyond` is how many values of a percentile
    lie on the wrong side of the limit.
    """
    if HOLDS[word](value, limit):
        return Change("figure", Fraction(0), value)
    found = _change(aggregate, cell, value, word, limit, beyond)
    return None if found is None else found.but(up=word in (">", ">="))


def _change(
    aggregate: p.Aggregate | None, cell: Cell | None, value: Fraction, word: str, limit: Fraction,
    beyond: int | None,
) -> Change | None:  # fmt: skip
    if aggregate is None or cell is None:
        return _figure(value, word, limit)
    match aggregate:
        case p.OutageAggregate(function="time"):
            if aggregate.of is not None:  # below nothing there is more to make good
                cell = cell.but(numerator=cell.denominator - (cell.failing or 0))
            return _part("time" if cell.counted else "weighed", cell, word, limit)
        case p.RowAggregate(function="share"):
            return _part("rows", cell, word, limit)
        case p.WindowAggregate(function="share"):
            return _part("windows", cell, word, limit)
        case p.RowAggregate(function="count") | p.OutageAggregate(function="count"):
            reached = _nearest(limit, word)
            return None if reached < 0 else Change("count", reached - value, Fraction(reached))
        case p.WindowAggregate(function="mean"):
            by = (limit - value) * cell.rows
            return Change("total", by, limit, cell.rows, strict=word in "<>")
        case p.RowAggregate(function="sum" | "mean", value=part) if part and fractional(part):
            count = cell.rows if aggregate.function == "mean" else 1  # there is no least step
            return Change("total", (limit - value) * count, limit, count, strict=word in "<>")
        case p.RowAggregate(function="sum" | "mean", scale=scale):
            return _total(aggregate.function, cell.rows, scale, value, word, limit)
        case p.OutageAggregate(function="sum" | "mean"):
            count = len(cell.outages)
            return _total(aggregate.function, count, _SECOND, value, word, limit)
        case p.RowAggregate(function="quantile", linear=False, quantile=share) if share:
            return _ranked(Fraction(*share), cell.rows, beyond, word, limit)
        case _:
            return _figure(value, word, limit)


def _nearest(edge: Fraction, word: str) -> int:
    """The whole number nearest to an edge that lies on the right side of it."""
    match word:
        case ">=":
            return ceil(edge)
        case ">":
            return floor(edge) + 1
        case "<=":
            return floor(edge)
        case _:
            return ceil(edge) - 1


def _part(of: str, cell: Cell, word: str, limit: Fraction) -> Change | None:
    """Of a share as it was counted: so much more, or less, of the whole."""
    edge = limit * cell.denominator
    reached = _nearest(edge, word)
    if not 0 <= reached <= cell.denominator:
        return None
    strict = (
        of in ("time", "weighed") and word in "<>"
    )  # nobody wants to read of single nanoseconds
    at = edge if strict or of == "weighed" else Fraction(reached)
    whole = 0 if of == "weighed" else int(cell.denominator)
    return Change(of, at - cell.numerator, at / cell.denominator, whole, strict)


def _total(
    function: str, count: int, scale: int, value: Fraction, word: str, limit: Fraction
) -> Change:
    """Of a sum, or of the sum that a mean is made of: whole units of what is added up."""
    count = count if function == "mean" else 1
    reached = Fraction(_nearest(limit * count * scale, word), scale)
    return Change("total", reached - value * count, reached / count, count)


def _ranked(
    share: Fraction, rows: int, beyond: int | None, word: str, limit: Fraction
) -> Change | None:
    """Of a percentile by nearest rank: how many values have to come to the limit."""
    if beyond is None or not rows:
        return None
    rank = max(ceil(share * rows), 1)
    # p <= limit: at least `rank` values within; p >= limit: fewer than `rank` of them below
    allowed = rows - rank if word in ("<", "<=") else rank - 1
    return Change("beyond", Fraction(beyond - allowed), limit, rows, strict=word in "<>")


def _figure(value: Fraction, word: str, limit: Fraction) -> Change:
    return Change("figure", limit - value, limit, strict=word in "<>")
