"""What exclusions take: for each group that they tell apart, stretches of time, each by one.

Spans are few, and known before any row is folded; windows are made of rows that are read before
that. What several exclusions cover is taken by one without an allowance, if there is one; else by
the first declared that has some left. An allowance is used up in order of time, each period's part
by itself; the excess is ordinary time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np

from sladsl.calendar.intervals import Intervals
from sladsl.calendar.periods import PeriodKind, PeriodRules, Periods, periods
from sladsl.calendar.zones import Zone
from sladsl.folds.conditions import Mask
from sladsl.folds.listed_windows import ListedWindows
from sladsl.folds.listings import Listed
from sladsl.folds.matching import Codes, Keys, Matching
from sladsl.folds.pauses import Spans as Late
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Vocabulary

__all__ = ["FAR", "Excluder", "Excluding", "Taken"]

FAR = 1 << 62  # the end of a span that has none
_ALL = Intervals.of(np.array([-FAR // 2]), np.array([FAR]))
_BEYOND = 400 * 86400 * 10**9  # an open term is looked at this far beyond as-of


class Taken(NamedTuple):
    """n stretches [start, end) ns, ascending, disjoint; `by` is the number of the exclusion."""

    starts: Ints
    ends: Ints
    by: Ints

    def at(self, times: Ints) -> Ints:
        """For each of m instants, the exclusion that takes it, or -1."""
        found = np.full(len(times), -1, np.int64)
        if len(self.starts):
            place = np.searchsorted(self.starts, times, side="right") - 1
            inside = (place >= 0) & (times < self.ends[place])
            found[inside] = self.by[place[inside]]
        return found

    def whole(self) -> Intervals:
        """All of it, whoever takes it."""
        return Intervals.of(self.starts, self.ends)


class Excluder:
    """What the exclusions of a run take, as it is known at as-of."""

    def __init__(
        self,
        plan: p.Plan,
        listed: Mapping[p.Listing, Listed],
        as_of: int,
        vocabulary: Vocabulary,
        late: Mapping[str, Late],
    ) -> None:
        self.plan = plan
        self.listed = listed
        self.late = late  # what excuses, known before anything is asked of it
        self.as_of = as_of
        self.vocabulary = vocabulary
        self._periods: dict[str, Periods] = {}
        self._made: dict[tuple[int, bool], Excluding] = {}

    def of(self, plans: tuple[p.ExclusionPlan, ...], *, at_least: bool = False) -> Excluding:
        """What these exclusions take together; `plans` is a part of the plan itself.

        `at_least`: as far as it is sure, that is, a span that has no end yet ends at as-of; with
        what is announced for later.
        """
        key = id(plans), at_least
        found = self._made.get(key)
        if found is None:
            last = self.as_of if at_least else FAR
            spans = [self._spans(each, last, at_least=at_least) for each in plans]
            found = self._made[key] = Excluding(plans, spans, self.periods)
        return found

    def _spans(self, plan: p.ExclusionPlan, last: int, *, at_least: bool) -> Spans:
        if plan.excuse:
            return Spans.late(plan, self.late[plan.name], last, self.vocabulary)
        rows = plan.announced if at_least and plan.announced is not None else plan.rows
        return Spans(plan, None if rows is None else self.listed[rows], last, self.vocabulary)

    def spans(self, plan: p.ExclusionPlan) -> Spans:
        """The spans of one exclusion."""
        return self._spans(plan, FAR, at_least=False)

    def settled(self, plans: tuple[p.ExclusionPlan, ...]) -> bool:
        """Whether it is known of every span that has begun whether it is left out."""
        if any(
            each.outside and each.rows is not None for each in plans
        ):  # a span that begins later covers more
            return False
        if any(each.windows is not None for each in plans):  # of rows that are still to come
            return False
        unsettled = [each.unsettled for each in plans if each.unsettled is not None]
        return not any(self.listed[rows].length for rows in unsettled)

    def undecided(self, plans: tuple[p.ExclusionPlan, ...]) -> Intervals:
        """The time of windows of which it isn't known yet whether they are left out."""
        listings = [each.rows for each in plans if each.rows is not None]
        made = [self.listed[rows] for rows in listings if rows.windows is not None]
        found = Intervals.none()
        for one in made:
            assert isinstance(one, ListedWindows)
            found = found.union(one.undecided)
        return found

    def periods(self, kind: str) -> Periods:
        """The periods of an allowance: those of the term, and of what is known beyond it."""
        found = self._periods.get(kind)
        if found is None:
            start, end = self.plan.term
            last = max(self.as_of, start) + _BEYOND if end is None else max(end, self.as_of + 1)
            plan = self.plan
            rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
            found = periods(PeriodKind(kind), start, last, Zone(plan.zone), rules)
            self._periods[kind] = found
        return found


class Spans:
    """The spans of one exclusion, and which groups each is about."""

    def __init__(
        self, plan: p.ExclusionPlan, listed: Listed | None, last: int, vocabulary: Vocabulary
    ) -> None:
        self.outside = plan.outside
        self.windows = plan.windows is not None
        self.matching: Matching | None = None
        self._fixed = Intervals.none()
        self._of: list[tuple[int, frozenset[int]]] | None = None
        if plan.existing is not None:
            self._of = [
                (plan.fields.index(each.name), _codes(each, vocabulary))
                for each in plan.existing.of
            ]
            if plan.existing.span is not None:
                start, end = plan.existing.span
                self._fixed = Intervals.of([start], [FAR if end is None else end])
        if listed is None:
            return
        ends, present = listed.values(plan.end)
        self.starts = listed.values(plan.start)[0].astype(np.int64)
        self.ends = np.where(present, ends, last).astype(np.int64)
        columns = [listed.values(theirs) for _, theirs in plan.match]
        self.matching = Matching(listed.length, columns)
        self._matched = len(plan.match)

    @classmethod
    def late(cls, plan: p.ExclusionPlan, late: Late, last: int, vocabulary: Vocabulary) -> Self:
        """The spans of an excuse: by which another party was late."""
        found = cls(plan, None, last, vocabulary)
        field = plan.match[0][1] if plan.match else ""
        assert late.over is not None
        here = late.present[field]  # what isn't known to be about a row excuses none
        found.starts = late.starts[here]
        found.ends = np.where(late.over, late.ends, last)[here]
        columns = [(late.keys[field][here], here[here])] if plan.match else []
        found.matching = Matching(len(found.starts), columns)
        found._matched = len(plan.match)
        return found

    def about(self, codes: Codes) -> Keys | None:
        """What is about a group, by the codes of the exclusion's fields; None: nothing is."""
        if self._of is not None and (
            None in codes or any(codes[at] not in values for at, values in self._of)
        ):
            return None
        return () if self.matching is None else self.matching.about(codes[: self._matched])

    def every_key(self) -> Keys:
        """What is about any group."""
        return () if self.matching is None else self.matching.every()

    def of(self, keys: Keys | None) -> Intervals:
        """The union of some of them; with `outside` all other time."""
        if keys is None:
            return Intervals.none()
        found = self._fixed
        if self.matching is not None:
            rows = self.matching.rows(keys)
            found = Intervals.of(self.starts[rows], self.ends[rows])
        return _ALL.difference(found) if self.outside else found

    def counted(self, keys: Keys | None, own: Intervals) -> Ints:
        """The starts of what counts as one: spans that overlap or touch, and each window."""
        if not self.windows or self.matching is None or keys is None:
            return own.starts
        return np.sort(self.starts[self.matching.rows(keys)])

    def every(self) -> Intervals:
        """All time that may be taken of some group."""
        return _ALL if self.outside else Intervals.of(self.starts, self.ends)


class Excluding:
    """What some exclusions take, by group. `fields` are those that tell groups apart."""

    def __init__(
        self,
        plans: tuple[p.ExclusionPlan, ...],
        spans: Sequence[Spans],
        periods: Callable[[str], Periods],
    ) -> None:
        self.plans = plans
        self.fields = tuple(sorted({ours for each in plans for ours in each.fields}))
        self._spans = spans
        self._periods = periods
        self._ours = [[self.fields.index(ours) for ours in each.fields] for each in plans]
        self._found: dict[tuple[Keys | None, ...], Taken] = {}
        every = [s.every() for s in spans]
        starts, ends = [s.starts for s in every], [s.ends for s in every]
        self._any = Intervals.of(np.concatenate(starts), np.concatenate(ends))

    def of(self, codes: Codes) -> Taken:
        """What is taken of one group, by the codes of `fields`."""
        about = tuple(
            spans.about(tuple(codes[at] for at in ours))
            for spans, ours in zip(self._spans, self._ours, strict=True)
        )
        found = self._found.get(about)
        if found is None:
            found = self._found[about] = self._taken(about)
        return found

    def touches(self, low: int, high: int) -> bool:
        """Whether anything may be taken of [low, high]."""
        return len(self._any.clip(low, high + 1)) > 0

    def by_row(self, batch: Batch, times: Ints) -> Ints:
        """For each of n rows the exclusion that takes it, or -1."""
        if not self.fields:
            return self.of(()).at(times)
        columns = [batch.columns[name] for name in self.fields]
        found = np.full(len(times), -1, np.int64)
        every = np.arange(len(times), dtype=np.int64)
        for rows, taken in self.groups([(c.values, c.present()) for c in columns], every):
            if len(taken.starts):
                found[rows] = taken.at(times[rows])
        return found

    def left(self, rows: Listed) -> list[int]:
        """The numbers of listed rows that are in no time that is taken."""
        found = np.ones(rows.length, np.bool_)
        every = np.arange(rows.length, dtype=np.int64)
        for own, taken in self.groups([rows.values(name) for name in self.fields], every):
            found[own] = taken.at(rows.times[own]) < 0
        return np.flatnonzero(found).tolist()

    def groups(
        self, columns: Sequence[tuple[Ints, Mask]], chosen: Ints
    ) -> Iterator[tuple[Ints, Taken]]:
        """What is taken of some rows, by `fields` (values, and which there are).

        Yields the places of rows among the chosen ones, those together that are alike.
        """
        inverse = np.zeros(len(chosen), np.int64)
        columns = [(values[chosen], present[chosen]) for values, present in columns]
        for values, present in columns:
            _, codes = np.unique(values.astype(np.int64, copy=False), return_inverse=True)
            codes = np.where(present, codes + 1, 0)
            combined = inverse * (int(codes.max(initial=0)) + 1) + codes
            _, inverse = np.unique(combined, return_inverse=True)
        _, example = np.unique(inverse, return_index=True)
        order = np.argsort(inverse, kind="stable")
        bounds = np.searchsorted(inverse[order], np.arange(len(example) + 1))
        for number, row in enumerate(example.tolist()):
            codes_of = tuple(int(v[row]) if has[row] else None for v, has in columns)
            yield order[bounds[number] : bounds[number + 1]], self.of(codes_of)

    # ---- who takes what ----

    def _taken(self, about: tuple[Keys | None, ...]) -> Taken:
        sets = [spans.of(keys) for spans, keys in zip(self._spans, about, strict=True)]
        edges = [np.zeros(0, np.int64)]
        tables: list[Periods | None] = []
        counted = [
            spans.counted(keys, own)
            for spans, keys, own in zip(self._spans, about, sets, strict=True)
        ]
        for plan, own, starts in zip(self.plans, sets, counted, strict=True):
            edges += [own.starts, own.ends, starts]
            table = None if plan.allowance is None else self._periods(plan.allowance.per)
            if table is not None:
                inner = np.append(table.starts, table.ends[-1:])
                edges.append(inner[own.holds(inner)])
            tables.append(table)
        cuts = np.unique(np.concatenate(edges))
        starts, ends = cuts[:-1], cuts[1:]
        by = np.full(len(starts), -1, np.int64)
        for number in reversed(range(len(sets))):
            if tables[number] is None:
                by[sets[number].holds(starts)] = number
        limited = [number for number, table in enumerate(tables) if table is not None]
        if not limited:
            some = by >= 0
            return _joined(starts[some], ends[some], by[some])
        uses = [_Use(self.plans[n], counted[n], tables[n], n, starts) for n in limited]
        covers = np.stack([sets[n].holds(starts) for n in limited])
        found: list[tuple[int, int, int]] = []
        for part in np.flatnonzero((by >= 0) | covers.any(axis=0)).tolist():
            at, end = int(starts[part]), int(ends[part])
            if by[part] >= 0:
                found.append((at, end, int(by[part])))
                continue
            for use, covered in zip(uses, covers[:, part].tolist(), strict=True):
                if covered and at < end:
                    upto = at + use.take(part, at, end)
                    if upto > at:
                        found.append((at, upto, use.number))
                    at = upto
        pieces = np.array(found, np.int64).reshape(-1, 3)
        return _joined(pieces[:, 0], pieces[:, 1], pieces[:, 2])


def _codes(field: p.ServiceField, vocabulary: Vocabulary) -> frozenset[int]:
    """The values that a service is of, as rows have them."""
    if field.known:
        return frozenset(field.known.index(v) for v in field.values if v in field.known)
    if field.kind == "text":
        return frozenset(map(vocabulary.code, field.values))
    return frozenset(map(int, field.values))


class _Use:
    """How much of an allowance is used up, in each of its periods.

    `counted` are the beginnings of spans that count, `parts` those of stretches, each of which
    lies in one period and span.
    """

    def __init__(
        self,
        plan: p.ExclusionPlan,
        counted: Ints,
        table: Periods | None,
        number: int,
        parts: Ints,
    ) -> None:
        assert plan.allowance is not None
        assert table is not None
        self.number = number
        self._allowance = plan.allowance
        self._period = table.index(parts).tolist()
        self._span = np.searchsorted(counted, parts, side="right").tolist()
        self._used: dict[int, int] = {}
        self._spans: set[tuple[int, int]] = set()  # that count already: period, span

    def take(self, part: int, start: int, end: int) -> int:
        """How many ns of [start, end), the rest of a part, may be left out from its start."""
        period = self._period[part]
        if period < 0:  # before the term nothing is promised
            return 0
        used = self._used.get(period, 0)
        if self._allowance.of == "time":
            took = min(self._allowance.limit - used, end - start)
            self._used[period] = used + took
            return took
        span = self._span[part]
        if (period, span) not in self._spans:
            if used >= self._allowance.limit:
                return 0
            self._spans.add((period, span))
            self._used[period] = used + 1
        return end - start


def _joined(starts: Ints, ends: Ints, by: Ints) -> Taken:
    """Ascending stretches; those that touch and are taken by the same are one."""
    fresh = np.ones(len(starts), np.bool_)
    fresh[1:] = (starts[1:] != ends[:-1]) | (by[1:] != by[:-1])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(starts))[: len(first)] - 1
    return Taken(starts[first], ends[last], by[first])
