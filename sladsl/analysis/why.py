"""Walks a verdict by hand: what was counted, what speaks against it, what would turn it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from math import ceil, floor

from sladsl.analysis.model import Part, RowSeen, Turn, Walk
from sladsl.analysis.turning import HOLDS, OPPOSITE, Change, change
from sladsl.credits.model import Statement, Step
from sladsl.credits.tiers import applying
from sladsl.folds.listings import Listed
from sladsl.folds.model import Cell, grain_of
from sladsl.pipeline import Evaluation, Options
from sladsl.plan import model as p
from sladsl.plan.narrow import narrowed
from sladsl.plan.parts import aggregates_in, columns_in, expressions_of, fractional
from sladsl.plan.uses import inside, named
from sladsl.records import Record
from sladsl.reports.plan_words import Words
from sladsl.reports.wording import promised_by
from sladsl.runners.local import Run, run
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.model import Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["MOST_ROWS", "walks"]

MOST_ROWS = 10  # that are shown of those that speak against a figure
_LEAST = Fraction(1, 10**60)  # finer than any limit that can be written


def walks(
    plan: p.Plan,
    sources: Mapping[str, SourceSpec],
    options: Options,
    done: Evaluation,
    wanted: Iterable[Judged],
) -> tuple[Walk, ...]:
    """The walks of some verdicts of an evaluation. Reads the rows again. Raises `Refused`."""
    assert done.run is not None
    chosen = list(wanted)
    cases = [
        _Case(plan, done.run, judged)
        for judged in chosen
        if not isinstance(judged.requirement, p.DeadlinePlan)
    ]
    shown = tuple(dict.fromkeys(chain.from_iterable(case.listings() for case in cases)))
    listed: Mapping[p.Listing, Listed] = {}
    again = done.run
    if shown:
        names = {case.judged.verdict.obligation for case in cases}
        again = run(
            narrowed(plan, names).but(shown=shown), sources,
            as_of=options.as_of, max_rejected=options.max_rejected, max_groups=options.max_groups,
            threads=options.threads, held=options.held, with_digest=False,
            occasions=lambda *_: done.run.occasions if done.run is not None else {},
        )  # fmt: skip
        listed = again.listed
    found = {id(c.judged): c.walk(listed, again, done.statements) for c in cases}
    return tuple(
        found[id(judged)] if id(judged) in found else _deadline(judged, done.statements)
        for judged in chosen
    )


def _deadline(judged: Judged, statements: Sequence[Statement]) -> Walk:
    """The walk of one instance of a deadline: what would have been in time."""
    assert isinstance(judged.requirement, p.DeadlinePlan)
    verdict, turns = judged.verdict, []
    instance = verdict.instance
    assert instance is not None
    moved = None
    if verdict.word is Word.BREACHED:
        of = "earlier" if instance.late else "done"
        moved = Change(of, Fraction(instance.late or instance.so_far), Fraction(0))
    elif verdict.word is Word.MET and instance.done is not None:
        slack = Fraction(instance.last - instance.done)
        moved = Change("later", slack, Fraction(0), strict=True)
    if moved is not None:
        other = Word.MET if verdict.word is Word.BREACHED else Word.BREACHED
        turns = [Turn(str(other), "", moved)]
    steps, due = _paid(statements, verdict)
    return Walk(verdict, judged.requirement.text, "", (), tuple(turns), "", steps, due)


def _paid(
    statements: Sequence[Statement], verdict: Verdict
) -> tuple[tuple[tuple[Statement, tuple[Step, ...]], ...], Fraction | None]:
    """The steps from a verdict to money, and what it comes to (None: it has no line)."""
    steps = tuple((s, found) for s in statements if (found := _steps(s, verdict)) is not None)
    lines = [line for s, _ in steps for line in s.lines if _about(line, verdict)]
    return steps, sum((line.amount for line in lines), Fraction(0)) if lines else None


class _Edge(Record):
    """A limit that a figure is held against: the target's, or a tier's."""

    operator: str
    limit: Fraction


class _Case:
    """One verdict on its way to a walk."""

    def __init__(self, plan: p.Plan, done: Run, judged: Judged) -> None:
        self.plan = plan
        self.judged = judged
        self.verdict: Verdict = judged.verdict
        requirement = judged.requirement
        assert isinstance(requirement, p.Requirement)
        self.requirement = requirement
        folded = done.folds.folded(grain_of(requirement))
        where = judged.codes, judged.index
        self.indices = aggregates_in(requirement.formula)
        self.cells: dict[int, Cell] = {
            i: folded.cells[i].get(where, folded.blank[i]) for i in self.indices
        }
        alone = isinstance(requirement.formula, p.AggregateRef)
        self.single = plan.aggregates[self.indices[0]] if alone else None

    # ---- which rows are looked for ----

    def listings(self) -> list[p.Listing]:
        """The rows that have to be read again."""
        found = [listing for pair in self._against().values() for listing in pair if listing]
        found += [listing for listing in self._beyond().values() if listing not in found]
        return found

    def _against(self) -> dict[int, tuple[p.Listing, p.Listing | None]]:
        """For a part: rows that may speak against it, and those of them that don't after all."""
        if not isinstance(self.single, p.RowAggregate):
            return {}
        one, word = self.single, self.requirement.operator
        rows = self._rows(one, None)
        if one.function == "share":
            good = self._rows(one, one.good)
            return {self.indices[0]: (rows, good) if word in (">=", ">") else (good, None)}
        if one.function == "count":
            return {self.indices[0]: (rows, None)} if word in ("<=", "<") else {}
        return {self.indices[0]: (self._wrong(one, word, self.verdict.target.value), None)}

    def _beyond(self) -> dict[_Edge, p.Listing]:
        """Values on the wrong side of each limit, where a percentile is judged."""
        one = self.single
        if not isinstance(one, p.RowAggregate) or one.function != "quantile" or one.linear:
            return {}
        if self.verdict.value is None:
            return {}
        found = {}
        for edge in self._edges():
            if not HOLDS[edge.operator](self.verdict.value.value, edge.limit):
                found[edge] = self._wrong(one, edge.operator, edge.limit)
        return found

    def _wrong(self, one: p.RowAggregate, word: str, limit: Fraction) -> p.Listing:
        """The rows whose value isn't `word limit`."""
        assert one.value is not None
        units, wrong = limit * one.scale, OPPOSITE[word]
        kind = getattr(one.value, "kind", "int")
        if fractional(one.value):
            above, below = p.Const(units.numerator, kind), p.Const(units.denominator, "int")
            exact = p.Quotient(above, below, kind)
            return self._rows(one, p.Compare(wrong, one.value, exact))
        edge = floor(units) if wrong in (">", "<=") else ceil(units)
        return self._rows(one, p.Compare(wrong, one.value, p.Const(edge, kind)))

    def _rows(self, one: p.RowAggregate, condition: p.RowExpr | None) -> p.Listing:
        """Rows of the period and group that count, and satisfy a condition."""
        source, period = named(self.plan, one.stream), self.verdict.period
        event = p.Col(source.event, "time")
        parts: list[p.RowExpr] = [
            p.Compare(">=", event, p.Const(period.start, "time")),
            p.Compare("<", event, p.Const(period.end, "time")),
        ]
        for group, (_, text) in zip(self.requirement.groups, self.verdict.group, strict=True):
            parts.append(p.IsIn(p.Col(group.name, group.kind), (_constant(group, text),)))
        parts += [part for part in (one.where, condition) if part is not None]
        return p.Listing(one.stream, p.AllOf(tuple(parts)), self._fields(one, source))

    def _fields(self, one: p.RowAggregate, source: p.StreamPlan | p.DerivedPlan) -> tuple[str, ...]:
        """What of a row is shown: its key, its group, and what its conditions look at."""
        wanted = {group.name for group in self.requirement.groups}
        for expr in expressions_of(one):
            wanted |= columns_in(expr)
        wanted |= {name for each in one.excluding for name in each.fields}
        wanted |= set(source.key if isinstance(source, p.StreamPlan) else (source.by,))
        known = [field.name for field in source.fields]
        return tuple(sorted(name for name in known if name in wanted and name != source.event))

    # ---- the walk ----

    def walk(
        self, listed: Mapping[p.Listing, Listed], again: Run, statements: Sequence[Statement]
    ) -> Walk:
        """The verdict with all that it follows from."""
        parts = [self._part(index, listed, again) for index in self.indices]
        formula = ""
        if self.single is None:
            formula = Words(self.plan).formula(self.requirement.formula, self.requirement.kind)
        steps, due = _paid(statements, self.verdict)
        return Walk(
            verdict=self.verdict,
            promise=promised_by(self.verdict),
            formula=formula,
            parts=tuple(parts),
            turns=self._turns(
                {edge: len(self._left(listed[x], again)) for edge, x in self._beyond().items()}
            ),
            tier=self._tier(self.verdict.value.value) if self.verdict.value else "",
            steps=steps,
            due=due,
        )

    def _part(self, index: int, listed: Mapping[p.Listing, Listed], again: Run) -> Part:
        aggregate, cell = self.plan.aggregates[index], self.cells[index]
        words = Words(self.plan, aggregate.stream if isinstance(aggregate, p.RowAggregate) else "")
        kind = self.requirement.kind if self.single is not None else words.kind(aggregate)
        pair = self._against().get(index)
        if pair is None or not isinstance(aggregate, p.RowAggregate):
            return Part(
                index + 1, words.aggregate(index), aggregate, cell, kind,
                inside=self._inside(aggregate),
            )  # fmt: skip
        rows = listed[pair[0]]
        but = set() if pair[1] is None else _places(listed[pair[1]])
        chosen = [i for i in self._left(rows, again) if rows.place(i) not in but]
        value = aggregate.value
        if isinstance(value, p.Col):
            far = rows.numbers(value.name)
            up = self.requirement.operator in ("<=", "<")
            chosen.sort(key=lambda i: -(far[i] or 0) if up else (far[i] or 0))
        against = tuple(_seen(rows, i, again, words) for i in chosen[:MOST_ROWS])
        return Part(
            index + 1,
            words.aggregate(index),
            aggregate,
            cell,
            kind,
            against,
            len(chosen),
            _why(self, pair),
        )

    def _left(self, rows: Listed, again: Run) -> list[int]:
        """The numbers of listed rows that no exclusion takes."""
        excluder = again.folds.rows.excluder
        if not isinstance(self.single, p.RowAggregate) or not self.single.excluding:
            return list(range(rows.length))
        assert excluder is not None
        return excluder.of(self.single.excluding).left(rows)

    def _inside(self, aggregate: p.Aggregate) -> tuple[tuple[int, str], ...]:
        """What the figure of one window, or of one group, is made of."""
        match aggregate:
            case p.WindowAggregate():
                parts = aggregates_in(inside(aggregate))
            case p.EachAggregate(value=value):
                parts = aggregates_in(value)
            case _:
                return ()
        found = []
        for index in parts:
            one = self.plan.aggregates[index]
            stream = one.stream if isinstance(one, p.RowAggregate) else ""
            found.append((index + 1, Words(self.plan, stream).aggregate(index)))
        return tuple(found)

    # ---- what would turn it ----

    def _payments(self) -> list[p.PaymentPlan]:
        return [
            payment
            for payment in self.plan.payments
            if payment.obligation == self.verdict.obligation
            and payment.metric in (None, self.verdict.metric)
            and p.in_force(payment, self.verdict.period.start)
        ]

    def _schedules(self) -> list[tuple[p.TierPlan, ...]]:
        found = []
        for payment in self._payments():
            own = None if payment.field is None else dict(self.verdict.group).get(payment.field)
            table = dict(payment.schedules)
            tiers = table.get(own or "", table.get("", ()))
            if any(tier.bounds for tier in tiers):
                found.append(tiers)
        return found

    def _tier(self, figure: Fraction) -> str:
        tiers = (applying(schedule, figure / self.judged.part) for schedule in self._schedules())
        return "; ".join(tier.text for tier in tiers if tier is not None)

    def _edges(self) -> list[_Edge]:
        """The limits that the figure is held against, each from the side where it isn't."""
        value = self.verdict.value
        assert value is not None
        edges = [(self.requirement.operator, self.verdict.target.value)]
        for schedule in self._schedules():
            edges += [
                (word, Fraction(*limit) * self.judged.part)
                for tier in schedule
                for word, limit in tier.bounds
            ]
        turned = (
            _Edge(OPPOSITE[word] if HOLDS[word](value.value, limit) else word, limit)
            for word, limit in edges
        )
        return list(dict.fromkeys(turned))

    def _turns(self, beyond: Mapping[_Edge, int]) -> tuple[Turn, ...]:
        """The smallest change to each other outcome, the nearest first."""
        value = self.verdict.value
        if value is None or self.verdict.word not in (Word.MET, Word.BREACHED):
            return ()
        now = str(self.verdict.word), self._tier(value.value)
        cell = self.cells[self.indices[0]] if self.single is not None else None
        found: dict[tuple[str, str], Change] = {}
        for edge in self._edges():
            moved = change(
                self.single, cell, value.value, edge.operator, edge.limit, beyond.get(edge)
            )
            if moved is None:
                continue
            outcome = self._outcome(moved, edge)
            before = found.get(outcome)
            if outcome != now and (before is None or abs(moved.by) < abs(before.by)):
                found[outcome] = moved
        turns = [Turn(word, tier, moved) for (word, tier), moved in found.items()]
        return tuple(sorted(turns, key=lambda turn: abs(turn.change.by)))

    def _outcome(self, moved: Change, edge: _Edge) -> tuple[str, str]:
        figure = moved.figure
        if moved.strict:
            figure += _LEAST if edge.operator == ">" else -_LEAST
        met = HOLDS[self.requirement.operator](figure, self.verdict.target.value)
        return str(Word.MET if met else Word.BREACHED), self._tier(figure)


def _constant(group: p.GroupField, text: str) -> p.Const | p.TextConst:
    """The value of a group's field."""
    if group.kind == "text":
        return p.TextConst(text)
    number = group.values.index(text) if group.values else int(text)
    return p.Const(number, group.kind)


def _places(rows: Listed) -> set[tuple[int, int]]:
    return {rows.place(i) for i in range(rows.length)}


def _seen(rows: Listed, number: int, again: Run, words: Words) -> RowSeen:
    path, row = again.place(rows.plan.stream, rows.place(number))
    fields = tuple((name, _said(rows, name, number, words)) for name in rows.plan.fields)
    return RowSeen(path, row + 1, int(rows.times[number]), fields)


def _said(rows: Listed, name: str, number: int, words: Words) -> str:
    """A row's value for people; nothing where it is missing."""
    field = rows.field(name)
    values, present = rows.values(name)
    if not present[number]:
        return ""
    value = int(values[number])
    if field.kind == "text":
        return rows.vocabulary.texts[value]
    return words.value(p.Const(value, field.kind), field.values)


def _why(case: _Case, pair: tuple[p.Listing, p.Listing | None]) -> str:
    """What is wrong with the rows that speak against a figure."""
    one = case.single
    assert isinstance(one, p.RowAggregate)
    words = Words(case.plan, one.stream)
    if one.function == "share":
        not_ = "don't " if pair[1] is not None else ""
        return f"of them {not_}satisfy the condition after `with`"
    if one.function == "count":
        return "rows are counted"
    assert one.value is not None
    wrong = OPPOSITE[case.requirement.operator]
    target = case.verdict.target
    limit = words.number(target.value, target.kind)
    return f"rows have {words.condition(one.value)} {wrong} {limit}"


def _about(step: object, verdict: Verdict) -> bool:
    """Whether a line of a statement is about a verdict."""
    return (
        getattr(step, "obligation", "") == verdict.obligation
        and getattr(step, "requirement", 0) in (0, verdict.requirement)
        and getattr(step, "period", "") in ("", verdict.period.label)
        and getattr(step, "group", ()) in ((), verdict.group)
    )


def _steps(statement: Statement, verdict: Verdict) -> tuple[Step, ...] | None:
    """The steps of a statement that lead from a verdict to money; None: it has no line there."""
    if not any(_about(line, verdict) for line in statement.lines):
        return None
    return tuple(s for s in statement.steps if not s.obligation or _about(s, verdict))
