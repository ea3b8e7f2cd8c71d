"""From figures to verdicts: each promise, for each period and group.

A period is open until its end is known. Then a verdict is pending, unless no rows that may
still come can change it: the best and the worst figure that can still be reached say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from sladsl.calendar.periods import PeriodKind, PeriodRules, lengths
from sladsl.calendar.zones import Zone
from sladsl.folds.firsts import HOLDS
from sladsl.folds.formulas import Range, aggregates_of, condition, figure, reach
from sladsl.folds.model import Cell, Folded, GroupSeen
from sladsl.plan import model as p
from sladsl.plan.baselines import baselines_in
from sladsl.plan.parts import single
from sladsl.records import Record
from sladsl.verdicts.excuses import excused
from sladsl.verdicts.instants import first, reachable
from sladsl.verdicts.left_out import left_out
from sladsl.verdicts.model import Evidence, Figure, OutageSeen, Period, Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["judge"]


def judge(
    plan: p.Plan,
    requirement: p.Requirement,
    folded: Folded,
    groups: Iterable[GroupSeen],
    as_of: int,
    touched: bool,
    waiting: Mapping[str, int | None],
) -> list[Judged]:
    """The verdicts of one requirement, by group and period, for periods begun by as-of.

    One that starts at as-of has begun if a row of the measure lies there (`touched`). `waiting`
    says of what excuses since when there may be more of it than is decided yet.
    """
    found = []
    parts = _parts(plan, requirement, folded)
    for group in groups:
        texts = dict(group.texts)
        if any(texts[field] not in values for field, values in requirement.among):
            continue  # a value of an enum that these terms don't know
        promised = requirement.target.of(texts)
        target = Fraction(*promised.value) if isinstance(promised, p.Number) else Fraction(0)
        missing = _missing(requirement, promised)
        for index, (start, end) in enumerate(zip(folded.starts, folded.ends, strict=True)):
            begun = start < as_of or (start == as_of and touched)
            if (
                not begun
                or not group.there(start, end, as_of)
                or not p.in_force(requirement, start)
            ):
                continue
            period = Period(folded.labels[index], start, end)
            due, part = target * parts[index], parts[index]
            judged = _Case(
                plan, requirement, folded, group, index, period, as_of, due, waiting, missing
            )
            found.append(Judged(judged.answer(), requirement, group.codes, index, part))
    return found


def _parts(plan: p.Plan, requirement: p.Requirement, folded: Folded) -> list[Fraction]:
    """The part of the target that is due for each period: less only where it is prorated."""
    spans = list(zip(folded.starts, folded.ends, strict=True))
    rule = requirement.period
    if not requirement.prorated or isinstance(rule, p.Rolling | p.Trailing) or not spans:
        return [Fraction(1)] * len(spans)
    kind = PeriodKind(rule.per if isinstance(rule, p.Cut) else rule)
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    whole = lengths(kind, spans, Zone(plan.zone), rules)
    return [
        Fraction(end - start, length) for (start, end), length in zip(spans, whole, strict=True)
    ]


def _missing(requirement: p.Requirement, target: p.Formula) -> str:
    """Why nothing can be judged, whatever the rows; "": it can."""
    unknown = sorted({*requirement.without, *baselines_in(target)})
    if unknown:
        return f"no data for the baseline `{unknown[0]}`"
    return "" if isinstance(target, p.Number) else "a target that is divided by zero"


class _Case(Record):
    plan: p.Plan
    requirement: p.Requirement
    folded: Folded
    group: GroupSeen
    index: int
    period: Period
    as_of: int
    target: Fraction
    waiting: Mapping[str, int | None]
    missing: str = ""  # why there is nothing to judge by, whatever the rows

    def cell(self, aggregate: int) -> Cell:
        cells = self.folded.cells[aggregate]
        return cells.get((self.group.codes, self.index), self.folded.blank[aggregate])

    def answer(self) -> Verdict:
        """The verdict; of a breach, with what it comes to if what excuses is taken off."""
        verdict, formula = self.verdict(), self.requirement.excused
        if formula is None or verdict.word is not Word.BREACHED:
            return verdict
        other = self.but(requirement=self.requirement.but(formula=formula)).verdict()
        word, excuses = other.word, self.requirement.excuses
        late = (self.waiting.get(pause.stream) for pause in excuses)
        if word is Word.BREACHED and any(t is not None and t < self.period.end for t in late):
            word = Word.PENDING  # more may excuse it than is decided yet
        found = excused(verdict, word, other.value, excuses)
        if found.breached_at is None or other.breached_at is None:
            return found
        return found.but(breached_at=max(found.breached_at, other.breached_at))

    def verdict(self) -> Verdict:
        value = figure(self.requirement.formula, self.cell)
        if self.missing:
            value = None
        cells = {i: self.cell(i) for i in sorted(aggregates_of(self.requirement.formula))}
        undecided = sum(cell.undecided for cell in cells.values())
        best, worst = self._bounds(value, undecided)
        word, final, reason = self._word(value, best, worst, undecided)
        pending = word is Word.PENDING
        return Verdict(
            obligation=self.requirement.obligation,
            requirement=self.requirement.number,
            title=self.requirement.title,
            metric=self.requirement.metric,
            debtor=self.requirement.debtor,
            creditor=self.requirement.creditor,
            period=self.period,
            group=self.group.texts,
            word=word,
            final=final,
            value=self._figure(value),
            best=self._plain(best) if pending or not self._closed() else None,
            worst=self._plain(worst) if pending or not self._closed() else None,
            operator=self.requirement.operator,
            target=self._reduced(self.target),
            evidence=self._evidence(cells, undecided),
            reason=reason,
            breached_at=self._breached_at() if word is Word.BREACHED else None,
        )

    def _breached_at(self) -> int:
        """The earliest instant from which the promise could no longer be kept.

        Of figures that rows without limit can still change, it is the period's end, or when the
        last of what counts in it was decided.
        """
        used = self._used()
        if self.requirement.applies is not None:
            used |= aggregates_of(self.requirement.applies.condition)
        decided = max(self.period.end, *(self._decided(i) for i in used), self.period.start)
        if self.requirement.applies is not None:
            return min(decided, self.as_of)
        holds = HOLDS[self.requirement.operator]

        def kept(time: int) -> bool:
            best, _ = self._sides(lambda index: self._then(index, time))
            return best is None or holds(best, self.target)

        return first(self.period.start, min(decided, self.as_of), kept)

    def _decided(self, index: int) -> int:
        """When nothing of an aggregate was open any more: the period's end, or later."""
        over = self.folded.over[index]
        ends = [over[self.index]] if over else []
        return max(self.period.end, self.cell(index).decided, *ends)

    def _then(self, index: int, time: int) -> Range:
        """What an aggregate could still come to, by what was known at an instant."""
        aggregate, cell = self.plan.aggregates[index], self.cell(index)
        if time >= self._decided(index):
            return cell.value, cell.value
        return reachable(self.plan, aggregate, cell, time)

    def _sides(self, limits: Callable[[int], Range]) -> Range:
        """The best and the worst figure, by what its aggregates can come to."""
        low, high = reach(self.requirement.formula, limits)
        more_is_better = self.requirement.operator in (">=", ">")
        return (high, low) if more_is_better else (low, high)

    def _used(self) -> frozenset[int]:
        """The aggregates that the figure is made of."""
        return aggregates_of(self.requirement.formula)

    def _closed(self) -> bool:
        return self.as_of >= self.period.end

    def _runs(self, aggregates: Iterable[int]) -> bool:
        """Whether a window that counts in the period, which is over, isn't over."""
        return any(self.index in self.folded.running[i] for i in aggregates)

    def _single(self) -> tuple[p.Aggregate, Cell] | None:
        found = single(self.requirement.formula)
        if found is None:
            return None
        return self.plan.aggregates[found.index], self.cell(found.index)

    # ---- the word ----

    def _word(
        self, value: Fraction | None, best: Fraction | None, worst: Fraction | None, undecided: int
    ) -> tuple[Word, bool, str]:
        """The verdict, whether it is final, and why it isn't decided."""
        if self.missing:
            return Word.NO_DATA, True, self.missing
        beside = self._beside()
        if beside is not None:
            return beside
        holds = HOLDS[self.requirement.operator]
        waiting = self._waiting(undecided)
        if not waiting:
            if value is None:
                return Word.NO_DATA, True, self._why_nothing()
            return (Word.MET if holds(value, self.target) else Word.BREACHED), True, ""
        if not undecided and value is not None:  # of nothing there may stay nothing
            if best is not None and not holds(best, self.target):
                return Word.BREACHED, True, ""
            if worst is not None and holds(worst, self.target):
                return Word.MET, True, ""
        return Word.PENDING, False, waiting

    def _beside(self) -> tuple[Word, bool, str] | None:
        """The verdict where it isn't known that the promise applies, or known that it doesn't."""
        applies = self.requirement.applies
        if applies is None:
            return None
        if not self._closed():  # as many rows as are wanted may still come, or bad ones
            return Word.PENDING, False, "the period is not over"
        open_ = sum(self.cell(i).undecided for i in aggregates_of(applies.condition))
        if open_:
            return Word.PENDING, False, f"{open_} rows are not decided yet"
        if self._runs(aggregates_of(applies.condition)):
            return Word.PENDING, False, "a window is not over"
        holds = condition(applies.condition, self.cell)
        if holds:
            return None
        why = "has no figure" if holds is None else "isn't so"
        return Word.NO_DATA, True, f"it doesn't apply: `{applies.text}` {why}"

    def _waiting(self, undecided: int) -> str:
        if undecided:
            return f"{undecided} rows are not decided yet"
        if not self._closed():
            return "the period is not over"
        if self._runs(aggregates_of(self.requirement.formula)):
            return "a window is not over"
        if any(self._is_open(index) for index in self._used()):
            return "an outage is still open"
        return ""

    def _is_open(self, index: int) -> bool:
        """Whether an outage that is still open may change an aggregate of a period that is over."""
        aggregate, cell = self.plan.aggregates[index], self.cell(index)
        lengths = isinstance(aggregate, p.OutageAggregate) and aggregate.function not in (
            "time", "count"
        )  # fmt: skip
        return cell.unsure or (lengths and cell.open)

    def _why_nothing(self) -> str:
        empty = [
            self.plan.aggregates[i]
            for i in sorted(aggregates_of(self.requirement.formula))
            if self.cell(i).value is None
        ]
        if not empty:
            return "a division by zero"
        if isinstance(empty[0], p.OutageAggregate):
            some = self._single()
            measured = some is not None and some[1].measured
            return "no outages" if measured else "no measured time"
        return "no group" if isinstance(empty[0], p.EachAggregate) else "no rows"

    def _bounds(
        self, value: Fraction | None, undecided: int
    ) -> tuple[Fraction | None, Fraction | None]:
        """The best and the worst figure that rows still to come can lead to, where limited."""
        if self._runs(self._used()):
            return None, None
        return self._sides(self._now)

    def _now(self, index: int) -> Range:
        """What an aggregate can still come to."""
        aggregate, cell = self.plan.aggregates[index], self.cell(index)
        if self._closed():
            if cell.undecided and cell.counted and isinstance(aggregate, p.RowAggregate):
                low = Fraction(cell.numerator, cell.denominator)
                return low, Fraction(cell.numerator + cell.undecided, cell.denominator)
            if not self._is_open(index):
                return cell.value, cell.value
            if cell.course is not None:
                return reachable(self.plan, aggregate, cell, self.as_of)
        return cell.low, cell.high

    # ---- figures and evidence ----

    def _figure(self, value: Fraction | None) -> Figure | None:
        if value is None:
            return None
        alone = self._single()
        exact = isinstance(self.requirement.formula, p.AggregateRef)
        if alone is not None and alone[1].counted and exact:
            time = isinstance(alone[0], p.OutageAggregate)
            above, below = alone[1].numerator, alone[1].denominator
            assert isinstance(above, int)
            assert isinstance(below, int)
            return Figure(above, below, self.requirement.kind, counted=True, time=time)
        return self._reduced(value)

    def _plain(self, value: Fraction | None) -> Figure | None:
        return None if value is None else self._reduced(value)

    def _reduced(self, value: Fraction) -> Figure:
        kind, unit = self.requirement.kind, self.requirement.unit
        return Figure(value.numerator, value.denominator, kind, unit)

    def _evidence(self, cells: dict[int, Cell], undecided: int) -> Evidence:
        measured = [c.measured for c in cells.values() if c.measured is not None]
        failing = [c.failing for c in cells.values() if c.failing is not None]
        outages = tuple(
            OutageSeen(
                o.group,
                o.start,
                o.end,
                o.counted,
                o.open,
                o.no_data,
                left_out(o.excluded),
                o.since,
            )
            for c in cells.values()
            for o in sorted(c.outages, key=lambda o: (o.start, o.group))
        )
        return Evidence(
            rows=sum(c.rows for c in cells.values()),
            at=self.requirement.at,
            measured=sum(measured) if measured else None,
            failing=sum(failing) if failing else None,
            undecided=undecided,
            outages=outages,
            method=self._method(),
            terms=self.requirement.terms,
            excluded=left_out([part for c in cells.values() for part in c.excluded]),
        )

    def _method(self) -> str:
        alone = self._single()
        if alone is None or isinstance(alone[0], p.WindowAggregate | p.EachAggregate):
            return ""
        if alone[0].function != "quantile":
            return ""
        return "linear" if alone[0].linear else "nearest rank"
