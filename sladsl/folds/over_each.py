"""A figure over the groups of a finer grain: the mean, the least or the greatest of theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from sladsl.folds.formulas import aggregates_of, figure
from sladsl.folds.model import Cell, CellKey, Folded, GroupSeen
from sladsl.plan import model as p

__all__ = ["over_each"]


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
    parts: dict[CellKey, list[tuple[Fraction | None, list[Cell]]]] = {}
    for group in existing:
        for period, (start, end) in enumerate(zip(inner.starts, inner.ends, strict=True)):
            if group.there(start, end, as_of):
                at = group.codes, period
                cells = {i: inner.cells[i].get(at, inner.blank[i]) for i in used}
                for i in cells.keys() & lengths:
                    cells[i] = cells[i].but(unsure=cells[i].unsure or cells[i].open)
                found = figure(plan.value, cells.__getitem__)
                own = parts.setdefault((group.codes[:outer], period), [])
                own.append((found, list(cells.values())))
    return {key: _cell(plan, found) for key, found in parts.items()}


def _cell(plan: p.EachAggregate, parts: list[tuple[Fraction | None, list[Cell]]]) -> Cell:
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
        outages=tuple(outage for cell in cells for outage in cell.outages),
        excluded=tuple(left for cell in cells for left in cell.excluded),
    )
