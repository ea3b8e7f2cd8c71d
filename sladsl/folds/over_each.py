"""A figure over the groups of a finer grain: the mean, the least or the greatest of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from sladsl.folds.formulas import aggregates_of, figure
from sladsl.folds.model import Cell, CellKey, Folded, GroupSeen
from sladsl.plan import model as p

__all__ = ["over_each"]

Part: TypeAlias = tuple[Fraction | None, list[Cell]]


def over_each(
    plan: p.EachAggregate,
    inner: Folded,
    existing: Iterable[GroupSeen],
    outer: int,
    lengths: Collection[int],
    as_of: int,
) -> dict[CellKey, Cell]:
    """The cells of the coarser grain, by codes and period.

    `existing` are the groups of the finer one; the first `outer` of the codes are those of the
    coarser one. `lengths` are the aggregates that an outage which is still open may change,
    although its period is over.
    """
    used = sorted(aggregates_of(plan.value))
    parts: dict[CellKey, list[Part]] = {}
    blanks: Counter[CellKey] = Counter()
    for group in existing:
        texts = dict(group.texts)
        if any(texts[name] not in values for name, values in plan.among):
            continue  # a value of an enum that these terms don't know
        outside = group.codes[:outer]
        for period, (start, end) in enumerate(zip(inner.starts, inner.ends, strict=True)):
            if not group.there(start, end, as_of):
                continue
            at, key = (group.codes, period), (outside, period)
            if any(at in inner.cells[i] for i in used):
                cells = {i: inner.cells[i].get(at, inner.blank[i]) for i in used}
                parts.setdefault(key, []).append(_part(plan, cells, lengths))
            else:
                blanks[key] += 1
    # what a group without rows comes to is the same in every period
    blank = _part(plan, {i: inner.blank[i] for i in used}, lengths)
    found = {key: _cell(plan, own + [blank] * blanks.pop(key, 0)) for key, own in parts.items()}
    alike = {count: _cell(plan, [blank] * count) for count in set(blanks.values())}
    return found | {key: alike[count] for key, count in blanks.items()}


def _part(plan: p.EachAggregate, cells: dict[int, Cell], lengths: Collection[int]) -> Part:
    """What one group of the finer grain comes to, and the cells that it comes from."""
    for i in cells.keys() & lengths:
        cells[i] = cells[i].but(unsure=cells[i].unsure or cells[i].open)
    return figure(plan.value, cells.__getitem__), list(cells.values())


def _cell(plan: p.EachAggregate, parts: Sequence[Part]) -> Cell:
    figures = [found for found, _ in parts if found is not None]
    cells = [cell for _, own in parts for cell in own]
    value: Fraction | None = None
    if figures:
        match plan.function:
            case "mean":
                value = sum(figures, Fraction(0)) / len(figures)
            case "min":
                value = min(figures)
            case _:
                value = max(figures)
    measured = [cell.measured for cell in cells if cell.measured is not None]
    failing = [cell.failing for cell in cells if cell.failing is not None]
    return Cell(
        value,
        rows=sum(cell.rows for cell in cells),
        undecided=sum(cell.undecided for cell in cells),
        measured=sum(measured) if measured else None,
        failing=sum(failing) if failing else None,
        unsure=any(cell.unsure for cell in cells),
        decided=max((cell.decided for cell in cells), default=0),
        outages=tuple(outage for cell in cells for outage in cell.outages),
        excluded=tuple(left for cell in cells for left in cell.excluded),
    )
