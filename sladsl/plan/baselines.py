"""Baselines: figures of an earlier time, put as constants where a plan compares with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from sladsl.plan import model as p
from sladsl.plan.parts import aggregates_in, fractional, worked_out
from sladsl.plan.uses import inside, named, streams_in
from sladsl.records import Record, fields, remembered

__all__ = ["baselines_in", "replaced", "settled"]

_LARGEST = (1 << 63) - 1
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def baselines_in(part: object) -> Iterator[str]:
    """The names of the baselines that a part of a plan mentions."""
    match part:
        case p.Baseline(name=name) | p.BaselineRef(name=name):
            yield name
        case Record():
            yield from _mentioned(part)
        case tuple():
            for one in part:
                yield from baselines_in(one)


@remembered
def _mentioned(part: Record) -> tuple[str, ...]:
    """The baselines that the values of a record mention, each once."""
    return tuple(dict.fromkeys(baselines_in(tuple(getattr(part, f) for f in fields(part)))))


def settled(plan: p.Plan, figures: Mapping[str, Fraction | None]) -> p.Plan:
    """The plan with the figures of its baselines in place of their names.

    What depends on one that has no data is marked as being without it.
    """
    missing = {name for name, figure in figures.items() if figure is None}

    def marked(part: Any) -> Any:
        if isinstance(part, p.Requirement):
            return part.but(without=tuple(sorted(missing & set(_depends(plan, part)))))
        return None

    now = plan.but(
        requirements=replaced(plan.requirements, marked),
        remedies=replaced(plan.remedies, marked),
        baselines=(),
        earlier=(),
    )
    return _put(now, figures)


def replaced(part: Any, change: Callable[[Any], Any]) -> Any:
    """A part of a plan with whatever of it `change` has something else for."""
    other = change(part)
    if other is not None:
        return other
    if isinstance(part, tuple):
        parts = tuple(replaced(one, change) for one in part)
        return part if all(a is b for a, b in zip(parts, part, strict=True)) else parts
    if not isinstance(part, Record):
        return part
    made = {name: replaced(getattr(part, name), change) for name in fields(part)}
    return part if all(made[n] is getattr(part, n) for n in made) else part.but(**made)


def _depends(plan: p.Plan, requirement: p.Requirement) -> Iterator[str]:
    """The baselines that decide what a requirement's figure is, in every group."""
    yield from baselines_in((requirement.formula, requirement.applies))
    yield from _of_figures(plan, requirement.formula)


def _of_figures(plan: p.Plan, formula: p.Formula | p.Condition) -> Iterator[str]:
    for index in aggregates_in(formula):
        aggregate = plan.aggregates[index]
        yield from baselines_in(aggregate)
        if isinstance(aggregate, p.OutageAggregate):
            yield from baselines_in(next(o for o in plan.outages if o.name == aggregate.outage))
        elif isinstance(aggregate, p.WindowAggregate):
            yield from _of_figures(plan, inside(aggregate))
        elif isinstance(aggregate, p.EachAggregate):
            yield from _of_figures(plan, aggregate.value)
    for name in streams_in(plan, formula):
        source = named(plan, name)
        yield from baselines_in(source)
        while isinstance(source, p.DerivedPlan):
            source = named(plan, source.base)
            yield from baselines_in(source)


def _put(plan: p.Plan, figures: Mapping[str, Fraction | None]) -> p.Plan:
    """Figures, as numbers, in place of names."""

    def put(part: Any) -> Any:
        if isinstance(part, Record) and not any(True for _ in baselines_in(part)):
            return part
        match part:
            case p.Compare(left=p.Baseline() as left, right=right) if not fractional(right):
                word = _TURNED.get(part.operator, part.operator)
                return _compared(word, right, part.right_scale, left, figures)
            case p.Compare(left=left, right=p.Baseline() as right) if not fractional(left):
                return _compared(part.operator, left, part.left_scale, right, figures)
            case p.Baseline():
                return _constant(part, figures)
            case p.BaselineRef(name=name):
                figure = figures[name]
                return None if figure is None else p.Number(figure.as_integer_ratio())
            case p.Target():
                return part.but(arms=tuple((key, _known(f, figures)) for key, f in part.arms))
            case _:
                return None

    found: p.Plan = replaced(plan, put)
    return found


def _known(formula: p.Formula, figures: Mapping[str, Fraction | None]) -> p.Formula:
    """What is promised, as a number; else with the names of the baselines that have no data."""
    value = worked_out(formula, figures)
    if value is not None:
        return p.Number(value.as_integer_ratio())

    def put(part: Any) -> Any:
        figure = figures[part.name] if isinstance(part, p.BaselineRef) else None
        return None if figure is None else p.Number(figure.as_integer_ratio())

    found: p.Formula = replaced(formula, put)
    return found


def _constant(baseline: p.Baseline, figures: Mapping[str, Fraction | None]) -> p.Quotient:
    """An exact figure in the unit of its kind; without data it is missing."""
    value = _value(baseline, figures)
    above, below = (1, 0) if value is None else (value * p.SCALE[baseline.kind]).as_integer_ratio()
    return p.Quotient(p.Const(above, baseline.kind), p.Const(below, "int"), baseline.kind)


def _value(baseline: p.Baseline, figures: Mapping[str, Fraction | None]) -> Fraction | None:
    """What a baseline comes to where it is named: times a factor, and something more."""
    figure = figures[baseline.name]
    return (
        None if figure is None else figure * Fraction(*baseline.factor) + Fraction(*baseline.plus)
    )


def _compared(
    operator: str,
    left: p.RowExpr,
    scale: int,
    baseline: p.Baseline,
    figures: Mapping[str, Fraction | None],
) -> p.RowExpr:
    """A comparison with an exact figure, as one with a whole number of the value's units.

    What is compared is whole: it lies below 2.5 if it lies below 3, and is never equal to it.
    """
    value = _value(baseline, figures)
    if value is None:  # neither true nor false
        nothing = _constant(baseline, figures)
        return p.Compare("==", nothing, nothing, 1, 1)
    value *= p.SCALE[baseline.kind]
    below, above = value.numerator // value.denominator, -(-value.numerator // value.denominator)
    if below != above and operator in ("==", "!="):
        return p.Compare("<" if operator == "==" else "==", left, left, scale, scale)
    limit = above if operator in ("<", ">=") else below
    limit = min(max(limit, -_LARGEST), _LARGEST)
    return p.Compare(operator, left, p.Const(limit, baseline.kind), scale, 1)
