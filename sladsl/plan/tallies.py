"""What is kept of a stream's rows, and which limits decide a percentile by counting."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

from sladsl.plan import model as p
from sladsl.plan.parts import aggregates_in, finer, fractional
from sladsl.plan.uses import figures, inside
from sladsl.records import Record

__all__ = ["Tally", "Threshold", "tallies"]

#: What is kept apart: by period or length of windows, by groups, and for which trailing periods.
_Key: TypeAlias = tuple[p.PeriodRule | int, tuple[p.GroupField, ...], p.Trailing | None]


class Threshold(Record):
    """A limit that a nearest-rank percentile is held against, as a count of rows.

    Of n values, the percentile q is at most the limit if and only if at least q * n of them
    (rounded up, and at least one) pass `test`, which is `value <= limit` in the value's
    integer unit. `below`: what is asked is whether it lies below the limit, for which the
    test's constant is the greatest integer below it.
    """

    aggregate: int
    limit: p.Fraction2  # in base units, as it was promised
    below: bool
    test: p.Compare


class Tally(Record):
    """What is kept of a stream's rows for each group and each period, or window of a length.

    `counted` are the aggregates that counts of rows decide (percentiles by `thresholds`);
    `valued` those that need the values: sums, means, extremes, and percentiles that are linear
    or a part of a formula. `shown` are the counted percentiles whose figure a report shows,
    which takes values, but decides nothing.
    """

    per: p.PeriodRule | int  # a kind of period, or the length of windows in ns
    groups: tuple[p.GroupField, ...]
    counted: tuple[int, ...] = ()
    valued: tuple[int, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    shown: tuple[int, ...] = ()
    #: of windows: the trailing periods that they are for, if they are
    before: p.Trailing | None = None

    @property
    def aggregates(self) -> tuple[int, ...]:
        """The plan's aggregates over rows that this tally is for, in their order."""
        return tuple(sorted({*self.counted, *self.valued}))


def tallies(plan: p.Plan, stream: str) -> tuple[Tally, ...]:
    """What the requirements, and the money that hangs on them, keep of a stream's rows."""
    found: dict[_Key, _Uses] = {}
    for grain, whole in figures(plan):
        for groups, formula in _grains(plan, grain.groups, whole):
            for index in aggregates_in(formula):
                aggregate = plan.aggregates[index]
                if isinstance(aggregate, p.RowAggregate) and aggregate.stream == stream:
                    uses = found.setdefault((grain.period, groups, None), _Uses())
                    uses.add(plan, grain.requirement, formula, index)
                elif isinstance(aggregate, p.WindowAggregate):
                    rule = grain.period
                    before = rule if isinstance(rule, p.Trailing) else None
                    for part in aggregates_in(inside(aggregate)):
                        inner = plan.aggregates[part]
                        if isinstance(inner, p.RowAggregate) and inner.stream == stream:
                            uses = found.setdefault((aggregate.length, groups, before), _Uses())
                            uses.inner(part, inner)
    return tuple(
        uses.tally(per, groups).but(before=before) for (per, groups, before), uses in found.items()
    )


def _grains(
    plan: p.Plan, groups: tuple[p.GroupField, ...], formula: p.Formula | p.Condition
) -> Iterator[tuple[tuple[p.GroupField, ...], p.Formula | p.Condition]]:
    """A formula at its own groups, and those in it that are taken over finer ones."""
    yield groups, formula
    for index in aggregates_in(formula):
        aggregate = plan.aggregates[index]
        if isinstance(aggregate, p.EachAggregate):
            yield from _grains(plan, finer(groups, aggregate.each), aggregate.value)


class _Uses:
    """The aggregates of one tally, as they are come across."""

    def __init__(self) -> None:
        self.counted: set[int] = set()
        self.valued: set[int] = set()
        self.thresholds: dict[Threshold, None] = {}

    def add(
        self,
        plan: p.Plan,
        requirement: p.Requirement | None,
        formula: p.Formula | p.Condition,
        index: int,
    ) -> None:
        """An aggregate of a requirement's figure, or of its money's."""
        aggregate = plan.aggregates[index]
        assert isinstance(aggregate, p.RowAggregate)
        if aggregate.function != "quantile":
            self.inner(index, aggregate)
        elif (
            aggregate.linear
            or (aggregate.value is not None and fractional(aggregate.value))
            or requirement is None
            or formula != requirement.formula
            or formula != p.AggregateRef(index)
        ):
            self.valued.add(index)
        else:
            self.counted.add(index)
            for operator, limit in _limits(plan, requirement):
                self.thresholds |= dict.fromkeys(_thresholds(index, aggregate, operator, limit))

    def inner(self, index: int, aggregate: p.RowAggregate) -> None:
        """An aggregate whose figure is worked with."""
        into = self.counted if aggregate.function in ("count", "share") else self.valued
        into.add(index)

    def tally(self, per: p.PeriodRule | int, groups: tuple[p.GroupField, ...]) -> Tally:
        thresholds = tuple(t for t in self.thresholds if t.aggregate not in self.valued)
        return Tally(
            per=per,
            groups=groups,
            counted=tuple(sorted(self.counted - self.valued)),
            valued=tuple(sorted(self.valued)),
            thresholds=thresholds,
            shown=tuple(dict.fromkeys(t.aggregate for t in thresholds)),
        )


def _limits(plan: p.Plan, requirement: p.Requirement) -> Iterator[tuple[str, p.Fraction2]]:
    """What a figure is held against: its targets, and the bounds of its tiers."""
    for limit in requirement.target.known:
        yield requirement.operator, limit
    for payment in plan.payments:
        if payment.obligation != requirement.obligation:
            continue
        if payment.metric not in (None, requirement.metric):
            continue
        for _, tiers in payment.schedules:
            for tier in tiers:
                yield from tier.bounds


def _thresholds(
    index: int, aggregate: p.RowAggregate, operator: str, limit: p.Fraction2
) -> Iterator[Threshold]:
    """The counts that say on which side of a limit a percentile lies."""
    assert aggregate.value is not None
    kind = getattr(aggregate.value, "kind", "int")
    units = Fraction(*limit) * aggregate.scale
    at_most = units.numerator // units.denominator
    under = -(-units.numerator // units.denominator) - 1
    if operator in ("<=", ">", "==", "!="):
        test = p.Compare("<=", aggregate.value, p.Const(at_most, kind))
        yield Threshold(index, limit, False, test)
    if operator in ("<", ">=", "==", "!="):
        test = p.Compare("<=", aggregate.value, p.Const(under, kind))
        yield Threshold(index, limit, True, test)
