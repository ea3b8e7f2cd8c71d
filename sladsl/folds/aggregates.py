"""Aggregates over rows: count, share, sum, mean, min, max, percentiles.

Each keeps a table by cell. A share counts what is good, what isn't and what is undecided; a
percentile keeps the values near its rank, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from sladsl.folds.block import Block, Cells
from sladsl.folds.conditions import Mask
from sladsl.folds.firsts import Firsts
from sladsl.folds.fractions import FractionState
from sladsl.folds.grains import Grain
from sladsl.folds.model import Cell, LeftOut
from sladsl.folds.quantiles import Brackets, QuantileState, at_most
from sladsl.folds.sums import PARTS, block_sums, total
from sladsl.folds.table import Ints, Table
from sladsl.folds.tally import Answer, counted
from sladsl.plan import model as p
from sladsl.plan.parts import fractional, relations_in

__all__ = ["FUNCTIONS", "RowState", "alike", "fold_together"]

_SUMS = {"seen": "sum", "rows": "sum"}
_SUMMED = dict.fromkeys(PARTS, "sum")

#: The columns that each function keeps beside `seen` and `rows`.
FUNCTIONS: dict[str, dict[str, str]] = {
    "count": {"sure": "sum"},
    "share": {"good": "sum", "undecided": "sum"},
    "sum": _SUMMED,
    "mean": _SUMMED,
    "min": {"least": "min"},
    "max": {"most": "max"},
    "quantile": {},
}


class RowState:
    """The state of one aggregate at one grain. `seen` counts rows before `where`.

    `reads` are the fields that decide whether a row is counted: a row that lacks one of
    them may still come to be counted otherwise. A percentile that is only compared with some
    `limits` (ascending, in base units) needs no values, but only counts at these. `firsts` keeps
    when rows came that were sure to be counted; `later` are the fields that may say that only
    after they came.
    """

    __slots__ = (
        "_quantiles", "firsts", "fractions", "later", "limits", "plan", "reads", "table", "values",
    )  # fmt: skip

    def __init__(
        self,
        plan: p.RowAggregate,
        reads: frozenset[str] = frozenset(),
        only: Brackets | None = None,
        *,
        once: bool = False,
        limits: tuple[Fraction, ...] = (),
        firsts: Firsts | None = None,
        later: frozenset[str] = frozenset(),
    ) -> None:
        self.plan = plan
        self.reads = reads
        self.limits = limits
        self.firsts = firsts
        self.later = later
        at = {name: "sum" for n in range(len(limits)) for name in _at_limit(n)}
        took = {_took(n): "sum" for n in range(len(plan.excluding))}
        every = {"every": "sum"} if took else {}
        #: of values that needn't be whole in their unit
        self.fractions: FractionState | None = None
        if plan.value is not None and fractional(plan.value):
            self.fractions = FractionState(plan.function)
        kept = FUNCTIONS[plan.function] if self.fractions is None else {}
        self.table = Table(every | _SUMS | kept | at | took)
        self.values: QuantileState | None = None
        self._quantiles: tuple[dict[int, Fraction], Brackets] | None = None
        if plan.function == "quantile" and not limits and self.fractions is None:
            assert plan.quantile is not None
            self.values = QuantileState(Fraction(*plan.quantile), only, once=once)

    def apart(self) -> RowState:
        """An empty state of the same kind."""
        once = self.values is not None and self.values.once
        firsts = None if self.firsts is None else self.firsts.apart()
        return RowState(
            self.plan, self.reads, once=once, limits=self.limits, firsts=firsts, later=self.later
        )

    def fold(self, block: Block, grain: Grain) -> None:
        """Take in the rows of a block that lies within the grain's periods."""
        fold_together((self,), block, grain)

    def questions(self, block: Block) -> dict[str, Answer]:
        """What is to be counted, by column."""
        plan = self.plan
        chosen = self._chosen(block)
        asked: dict[str, Answer] = {"seen": True, "rows": _answer(chosen)}
        if plan.excluding:
            asked |= self._took(block)
        if plan.good is not None:
            good, unsure = block.bits(plan.good)
            asked["good"] = _both(chosen, good)
            asked["undecided"] = False if unsure is None else _both(chosen, unsure)
        if plan.value is not None:
            asked["rows"] = _answer(self._some(block))
        for number, limit in enumerate(self.limits):
            below, upto = self._at(block, limit)
            asked |= zip(_at_limit(number), (below, upto), strict=True)
        if plan.function == "count":
            # a figure of other rows may yet be another one
            asked["sure"] = False if relations_in(plan.where) else _answer(self._sure(block))
        return asked

    def _sure(self, block: Block) -> Mask | None:
        """The rows that are counted, whatever comes; None: all."""
        sure = self._chosen(block)
        for name in sorted(self.reads):
            valid = block.batch.columns[name].valid
            if valid is not None:
                sure = valid if sure is None else sure & valid
        return sure

    def _chosen(self, block: Block) -> Mask | None:
        """The rows that are counted; None: all."""
        where, taken = block.where(self.plan.where), block.taken(self.plan.excluding)
        if where is None or taken is None:
            return where if taken is None else taken[0]
        return block.both(where, taken[0])

    def _took(self, block: Block) -> dict[str, Answer]:
        """Which rows exclusions leave; which of those that would be counted each one takes."""
        taken, count = block.taken(self.plan.excluding), len(self.plan.excluding)
        if taken is None:
            return {"every": True, **{_took(number): False for number in range(count)}}
        left, by = taken
        where = block.where(self.plan.where)
        asked: dict[str, Answer] = {"every": True, "seen": left}
        for number in range(count):
            asked[_took(number)] = _both(where, by == number)
        return asked

    def _some(self, block: Block) -> Mask | None:
        """The rows that are counted and have a value."""
        assert self.plan.value is not None
        valid, chosen = block.valid(self.plan.value), self._chosen(block)
        if valid is None or chosen is None:
            return chosen if valid is None else valid
        return block.both(chosen, valid)

    def _at(self, block: Block, limit: Fraction) -> tuple[Mask, Mask]:
        """The rows with a value below a limit, and those with one up to it."""
        assert self.plan.value is not None
        raw, factor = block.raw(self.plan.value)
        units = limit * self.plan.scale / factor
        some = self._some(block)
        most = units.numerator // units.denominator
        upto = at_most(raw, most)
        below = upto if units.denominator != 1 else at_most(raw, most - 1)
        return (below, upto) if some is None else (below & some, upto & some)

    def take(self, block: Block, cells: Cells, counts: dict[str, Ints]) -> None:
        """Take in what was counted of a block, and its values."""
        columns = dict(counts)
        if self.plan.value is not None and not self.limits:
            self._values(block, cells, columns)
        if self.firsts is not None and self.firsts.keeps and not relations_in(self.plan.where):
            self._dates(block, cells, self.firsts)
        self.table.put(cells.keys, columns)

    def _dates(self, block: Block, cells: Cells, firsts: Firsts) -> None:
        """Keep since when each row is sure to be counted: once all that decides it has come."""
        times = block.times
        for name in sorted(self.later):
            times = np.maximum(times, block.batch.columns[name].values)
        firsts.fold(cells, times, self._sure(block))

    def _values(self, block: Block, cells: Cells, columns: dict[str, Ints]) -> None:
        assert self.plan.value is not None
        some = self._some(block)
        if self.fractions is not None:
            self.fractions.fold(cells, block.ratio(self.plan.value), some)
            return
        raw, factor = block.raw(self.plan.value)
        if self.values is not None:
            self._quantiles = None
            self.values.fold(cells, raw, factor, some)
            return
        code = cells.code
        if some is not None:
            raw = raw[some]
            code = None if code is None else code[some]
        count = len(cells.keys)
        match self.plan.function:
            case "sum" | "mean":
                columns |= block_sums(raw, factor, code, count)
            case "min":
                columns["least"] = _extreme(np.minimum, raw, factor, code, count)
            case _:
                columns["most"] = _extreme(np.maximum, raw, factor, code, count)

    def merge(self, other: RowState) -> None:
        """Take in the state of other rows, of the same aggregate at the same grain."""
        self.table.merge(other.table)
        self._quantiles = None
        if self.values is not None and other.values is not None:
            self.values.merge(other.values)
        if self.fractions is not None and other.fractions is not None:
            self.fractions.merge(other.fractions)
        if self.firsts is not None and other.firsts is not None:
            self.firsts.merge(other.firsts)

    def missed(self) -> bool:
        """Whether values or times were let go, so that the rows have to be read again."""
        return bool(self._missed_values()) or bool(self._missed_times())

    def _missed_values(self) -> Brackets:
        """Brackets for the cells whose value was let go."""
        return {} if self.values is None else self._found()[1]

    def _missed_times(self) -> list[int]:
        """The cells whose times were let go."""
        if self.firsts is None or self.firsts.keeps:
            return []
        (keys,), columns = self.table.compact()
        return self.firsts.missed(dict(zip(keys.tolist(), columns["sure"].tolist(), strict=True)))

    def _found(self) -> tuple[dict[int, Fraction], Brackets]:
        """The quantile of each cell, and what was let go."""
        assert self.values is not None
        if self._quantiles is None:
            (keys,), columns = self.table.compact()
            rows = dict(zip(keys.tolist(), columns["rows"].tolist(), strict=True))
            self._quantiles = self.values.values(rows, self.plan.linear)
        return self._quantiles

    def again(self) -> RowState:
        """A state for what was let go, for the same rows once more."""
        if self.firsts is not None:
            firsts = Firsts(self.firsts.least, self.firsts.most, self._missed_times())
            return RowState(self.plan, self.reads, firsts=firsts, later=self.later)
        return RowState(self.plan, self.reads, self._missed_values())

    def refine(self, other: RowState) -> None:
        """Take in what `again` came to."""
        if self.values is not None:
            last = self.values
            while last.refined is not None:
                last = last.refined
            last.refined = other.values
            self._quantiles = None
        if other.firsts is not None:
            self.firsts = other.firsts

    def cells(self) -> dict[int, Cell]:
        """The figure of each cell that rows fell into."""
        keys, which, figures = self.figures()
        made = {key: figures[n] for key, n in zip(keys.tolist(), which.tolist(), strict=True)}
        for key, excluded in self.excluded().items():
            made[key] = made[key].but(excluded=excluded)
        if self.firsts is not None:
            for key, times in self.firsts.times().items():
                made[key] = made[key].but(times=times)
        return made

    def excluded(self) -> dict[int, tuple[LeftOut, ...]]:
        """The cells of which exclusions took rows that would have been counted."""
        (keys,), columns = self.table.compact()
        found: dict[int, tuple[LeftOut, ...]] = {}
        for number, plan in enumerate(self.plan.excluding):
            rows = columns[_took(number)]
            some = np.flatnonzero(rows)
            for key, count in zip(keys[some].tolist(), rows[some].tolist(), strict=True):
                found[key] = (*found.get(key, ()), LeftOut(plan.name, plan.at, rows=count))
        return found

    def figures(self, *, left: bool = False) -> tuple[Ints, Ints, list[Cell]]:
        """The cells that rows fell into (before `where`), ascending; which figure each has.

        `left`: only those in which exclusions left some. Cells that come to the same have one
        figure, worked out once.
        """
        (keys,), columns = self.table.compact()
        if left and self.plan.excluding:
            some = np.flatnonzero(columns["seen"])
            keys, columns = keys[some], {name: column[some] for name, column in columns.items()}
        finish = _FINISH[self.plan.function]
        if self.fractions is not None:
            counts = zip(keys.tolist(), columns["rows"].tolist(), strict=True)
            return keys, np.arange(len(keys)), [self._fraction(key, n) for key, n in counts]
        if self.values is not None:
            rows = dict(zip(keys.tolist(), columns["rows"].tolist(), strict=True))
            found, missed = self._found()
            if missed:
                raise ValueError("values that were let go: the rows have to be read again")
            cells = [finish(self.plan, {"rows": n}, found.get(key)) for key, n in rows.items()]
            return keys, np.arange(len(keys)), cells
        if self.limits:
            finish = self._placed
        which, first = alike(tuple(columns.values()))
        made = [
            finish(self.plan, dict(zip(columns, values, strict=True)), None)
            for values in zip(*(column[first].tolist() for column in columns.values()), strict=True)
        ]
        return keys, which, made

    def _fraction(self, key: int, count: int) -> Cell:
        """What fractions come to."""
        assert self.fractions is not None
        share = None if self.plan.quantile is None else Fraction(*self.plan.quantile)
        value = self.fractions.figure(key, count, share, self.plan.linear)
        return Cell(None if value is None else value / self.plan.scale, rows=count)

    def _placed(self, plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
        """A value that compares with the limits as the percentile does; it isn't the percentile."""
        count, limits = row["rows"], self.limits
        if not count:
            return Cell(None)
        assert plan.quantile is not None
        rank = max(-(-count * plan.quantile[0] // plan.quantile[1]), 1)
        for number, limit in enumerate(limits):
            below, upto = (row[name] for name in _at_limit(number))
            if below >= rank:
                return Cell((limits[number - 1] + limit) / 2 if number else limit - 1, rows=count)
            if upto >= rank:
                return Cell(limit, rows=count)
        return Cell(limits[-1] + 1, rows=count)


def _took(number: int) -> str:
    """The column of an exclusion: rows that it takes."""
    return f"took {number}"


def _at_limit(number: int) -> tuple[str, str]:
    """The columns of a limit: values below it, and up to it."""
    return f"below {number}", f"upto {number}"


def fold_together(states: Sequence[RowState], block: Block, grain: Grain) -> None:
    """Take the rows of a block into all states of one grain, by one count."""
    cells = grain.cells(block)
    if cells is None:
        return
    asked = [state.questions(block) for state in states]
    counts = iter(counted(cells, block.length, [a for one in asked for a in one.values()]))
    for state, one in zip(states, asked, strict=True):
        state.take(block, cells, {name: next(counts) for name in one})


def _answer(mask: Mask | None) -> Answer:
    return True if mask is None else mask


def _both(chosen: Mask | None, mask: Mask) -> Mask:
    return mask if chosen is None else chosen & mask


def _extreme(better: np.ufunc, raw: Ints, factor: int, code: Ints | None, count: int) -> Ints:
    """The least or the most of the values by code."""
    kind = np.iinfo(np.int64)
    nothing = kind.max if better is np.minimum else kind.min
    found = np.full(count, nothing, np.int64)
    if not len(raw):
        return found
    if code is None:
        found[0] = int(better.reduce(raw)) * factor
        return found
    wide = raw.astype(np.int64, copy=False)
    better.at(found, code, wide if factor == 1 else wide * np.int64(factor))
    return found


def alike(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """For n rows of integers: the number of each among the distinct rows, and one of each."""
    order: Ints = np.lexsort(columns)
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(new) - 1
    return which, order[new]


def _count(_: p.RowAggregate, row: dict[str, int], __: Fraction | None) -> Cell:
    return Cell(Fraction(row["rows"]), rows=row["rows"], low=Fraction(row["sure"]))


def _share(_: p.RowAggregate, row: dict[str, int], __: Fraction | None) -> Cell:
    good, count, undecided = row["good"], row["rows"], row["undecided"]
    value = Fraction(good, count) if count else None
    return Cell(value, good, count, counted=True, rows=count, undecided=undecided)


def _sum(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    return Cell(Fraction(total(*(row[part] for part in PARTS)), plan.scale), rows=row["rows"])


def _mean(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    count = row["rows"]
    added = total(*(row[part] for part in PARTS))
    return Cell(Fraction(added, plan.scale * count) if count else None, rows=count)


def _least(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    value = Fraction(row["least"], plan.scale) if row["rows"] else None
    return Cell(value, rows=row["rows"])


def _most(plan: p.RowAggregate, row: dict[str, int], _: Fraction | None) -> Cell:
    value = Fraction(row["most"], plan.scale) if row["rows"] else None
    return Cell(value, rows=row["rows"])


def _quantile(plan: p.RowAggregate, row: dict[str, int], found: Fraction | None) -> Cell:
    value = None if found is None else found / plan.scale
    return Cell(value, rows=row["rows"])


_FINISH: dict[str, Callable[[p.RowAggregate, dict[str, int], Fraction | None], Cell]] = {
    "count": _count,
    "share": _share,
    "sum": _sum,
    "mean": _mean,
    "min": _least,
    "max": _most,
    "quantile": _quantile,
}
