"""What is left until breach in the periods that are open: downtime, rows, outages, amounts.

Where figures are limited by what is left of a period, that is exact; where rows may come without
limit, it is what may come if all of it were bad, or all of it good.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Figure, Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["Budget", "Of", "State", "budgets"]

_SECOND = 10**9


class Of(StrEnum):
    """What there is a budget of."""

    DOWNTIME = "downtime"
    FAILING = "failing rows"  # that break a promise of at least a share
    COUNTED = "counted rows"  # that break a promise of at most a share
    ROWS = "rows"
    OUTAGES = "outages"
    AMOUNT = "amount"  # of what is added up


class State(StrEnum):
    """How a budget stands."""

    LEFT = "left"
    SPENT = "spent"  # the promise can't be kept any more, or isn't as things stand
    OWED = "owed"  # more has to come yet
    EARNED = "earned"  # as much as was promised has come
    UNKNOWN = "unknown"


class Budget(Record):
    """The budget of one open period and group; figures in base units.

    `used` of `allowed` is gone, `left` is left; `needed`: how many good ones would be needed, or
    what is missing of what was promised. `until` is when it is used up at the rate so far (ns);
    None: not before the period is over.
    """

    verdict: Verdict
    state: State
    of: Of | None = None
    used: Figure | None = None
    allowed: Figure | None = None
    left: Figure | None = None
    needed: Figure | None = None
    until: int | None = None

    @property
    def share(self) -> Fraction | None:
        """The part of it that is left."""
        if self.state is State.SPENT:
            return Fraction(0)
        if self.left is None or self.allowed is None:
            return None
        return self.left.value / self.allowed.value if self.allowed.value else Fraction(0)


def budgets(plan: p.Plan, judged: Iterable[Judged], as_of: int) -> tuple[Budget, ...]:
    """The budgets of the periods that aren't over, in the order of the verdicts."""
    found = []
    for one in judged:
        if isinstance(one.requirement, p.Requirement) and as_of < one.verdict.period.end:
            found.append(_Case(plan, one.requirement, one.verdict, as_of).budget())
    return tuple(found)


class _Case(Record):
    plan: p.Plan
    requirement: p.Requirement
    verdict: Verdict
    as_of: int

    def budget(self) -> Budget:
        formula, verdict = self.requirement.formula, self.verdict
        if not isinstance(formula, p.AggregateRef) or verdict.word is Word.NO_DATA:
            return self._unknown()
        more = verdict.operator in (">=", ">")
        match self.plan.aggregates[formula.index]:
            case p.OutageAggregate(function="time", outage=name) if more:
                return self._unknown() if self._of_any_number(name) else self._downtime(name)
            case p.RowAggregate(function="share"):
                return self._failing() if more else self._counted()
            case p.RowAggregate(function="count"):
                return self._owed(Of.ROWS) if more else self._amount(Of.ROWS)
            case p.RowAggregate(function="sum"):
                return self._owed(Of.AMOUNT) if more else self._amount(Of.AMOUNT)
            case p.OutageAggregate(function="count") if not more:
                return self._amount(Of.OUTAGES)
            case p.OutageAggregate(function="sum") if not more:
                return self._amount(Of.DOWNTIME)
            case _:
                return self._unknown()

    def _unknown(self) -> Budget:
        spent = self.verdict.word is Word.BREACHED
        return Budget(self.verdict, State.SPENT if spent else State.UNKNOWN)

    def _of_any_number(self, outage: str) -> bool:
        """Whether it isn't known how many there will be in the rest of a period."""
        weight = next(o.weight for o in self.plan.outages if o.name == outage)
        return weight is not None and not weight.part

    @property
    def _strict(self) -> bool:
        return self.verdict.operator in (">", "<")

    @property
    def _limit(self) -> Fraction:
        return self.verdict.target.value

    def _figure(self, value: Fraction | int, kind: str = "count") -> Figure:
        value = Fraction(value)
        unit = self.requirement.unit if kind == self.requirement.kind else ""
        return Figure(value.numerator, value.denominator, kind, unit)

    def _until(self, used: Fraction, left: Fraction) -> int | None:
        """When it is used up, if it goes on as it went since the period began."""
        period = self.verdict.period
        if used <= 0:
            return None
        time = self.as_of + floor(left * (self.as_of - period.start) / used)
        return time if time < period.end else None

    # ---- time ----

    def _downtime(self, outage: str) -> Budget:
        """How much more of the rest of the period may fail, if all of it is measured."""
        failing = Fraction(self.verdict.evidence.failing or 0)
        whole = self._whole(outage, failing)
        return self._of(Of.DOWNTIME, failing / _SECOND, (1 - self._limit) * whole / _SECOND)

    def _whole(self, name: str, failing: Fraction) -> Fraction:
        """How much of the period is measured if all that isn't excluded will be (ns).

        What is missing just now may turn out to have been up, or to fail: the best figure, and
        the worst, leave that open. Where it counts as down, what was up so far is certain and is
        all that is up at worst; else what failed is certain and is all that fails at best.
        """
        evidence, best, worst = self.verdict.evidence, self.verdict.best, self.verdict.worst
        measured = evidence.measured or 0
        outage = next(o for o in self.plan.outages if o.name == name)
        if outage.missing == "down" and worst is not None and worst.value:
            return (measured - failing) / worst.value
        if outage.missing != "down" and best is not None and failing and best.value < 1:
            return failing / (1 - best.value)
        return Fraction(measured + self.verdict.period.end - self.as_of)

    def _of(self, of: Of, used: Fraction, allowed: Fraction) -> Budget:
        """A budget of time."""
        left = allowed - used
        found = Budget(
            self.verdict, State.LEFT, of, self._figure(used, "duration"),
            self._figure(allowed, "duration"), self._figure(max(left, Fraction(0)), "duration"),
        )  # fmt: skip
        spent = left < 0 or (self._strict and left == 0)
        if spent or self.verdict.word is Word.BREACHED:
            return found.but(state=State.SPENT)
        return found.but(until=self._until(used, left))

    # ---- shares of rows ----

    def _rows(self) -> tuple[int, int]:
        """Rows that are counted in, and all of them."""
        value = self.verdict.value
        if value is None or not value.counted:
            return 0, 0
        return value.numerator, value.denominator

    def _failing(self) -> Budget:
        """How many more rows may fail if no good one comes; else how many good ones it takes."""
        good, count = self._rows()
        limit = self._limit
        if not limit:
            return self._unknown()
        most = good / limit - count
        left = ceil(most) - 1 if self._strict else floor(most)
        needed = None
        if left < 0 and limit < 1:
            lacking = (limit * count - good) / (1 - limit)
            needed = floor(lacking) + 1 if self._strict else ceil(lacking)
        return self._shared(Of.FAILING, count - good, left, needed)

    def _counted(self) -> Budget:
        """How many more rows may count if no other one comes; else how many others it takes."""
        part, count = self._rows()
        limit = self._limit
        if limit >= 1:
            return self._unknown()
        most = (limit * count - part) / (1 - limit)
        left = ceil(most) - 1 if self._strict else floor(most)
        needed = None
        if left < 0 and limit:
            lacking = part / limit - count
            needed = floor(lacking) + 1 if self._strict else ceil(lacking)
        return self._shared(Of.COUNTED, part, left, needed)

    def _shared(self, of: Of, used: int, left: int, needed: int | None) -> Budget:
        if not self._rows()[1]:  # the first row decides
            return Budget(self.verdict, State.UNKNOWN, of)
        return Budget(
            self.verdict, State.SPENT if left < 0 else State.LEFT, of, self._figure(used),
            self._figure(used + left) if left >= 0 else None, self._figure(max(left, 0)),
            None if needed is None else self._figure(needed),
        )  # fmt: skip

    # ---- what is counted or added up ----

    def _amount(self, of: Of) -> Budget:
        """How much more there may be."""
        value = Fraction(0) if self.verdict.value is None else self.verdict.value.value
        limit = self._limit
        if of is Of.DOWNTIME:
            return self._of(of, value, limit)
        whole = of in (Of.ROWS, Of.OUTAGES)
        if whole:
            limit = Fraction(ceil(limit) - 1 if self._strict else floor(limit))
        left = limit - value
        kind = "count" if whole else self.requirement.kind
        spent = left < 0 or (self._strict and not whole and left == 0)
        spent = spent or self.verdict.word is Word.BREACHED
        return Budget(
            self.verdict, State.SPENT if spent else State.LEFT, of, self._figure(value, kind),
            self._figure(limit, kind), self._figure(max(left, Fraction(0)), kind),
            until=None if spent else self._until(value, left),
        )  # fmt: skip

    def _owed(self, of: Of) -> Budget:
        """How much more there has to be."""
        value = Fraction(0) if self.verdict.value is None else self.verdict.value.value
        limit = self._limit
        whole = of is Of.ROWS
        if whole:
            limit = Fraction(floor(limit) + 1 if self._strict else ceil(limit))
        missing = limit - value
        kind = "count" if whole else self.requirement.kind
        earned = missing <= 0 if whole or not self._strict else missing < 0
        return Budget(
            self.verdict, State.EARNED if earned else State.OWED, of, self._figure(value, kind),
            needed=self._figure(max(missing, Fraction(0)), kind),
            until=None if earned else self._until(value, missing),
        )  # fmt: skip
