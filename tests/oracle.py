"""What an agreement means, one row at a time: slow, obvious, and written apart from the engine.

`judge` takes a compiled plan and rows, and says what every requirement comes to in every
period for every group; `settle` says what is due. Of `sladsl` only the types of the plan are
used. Rows are dicts from field to value:

    time, duration   int, ns               money, number   int, millionths
    percent          int, 10**-9 of one    int, size       int
    bool             bool                  enum, text      str
    missing          None                  "#"             position: (rank of the file, row)

Sections in comments are those of `semantics.md`.
"""

from __future__ import annotations

import zoneinfo
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise, product
from types import MappingProxyType
from typing import Any, NamedTuple

import holidays

from sladsl.plan import model as p

Row = dict[str, Any]
Span = tuple[int, int]

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
FOREVER = 2**63 - 1
LATEST = 9_214_646_400 * 10**9  # the end of 2261: what never comes is due then
BREACHES = "breaches of "  # an obligation: what the time of its breaches is called

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Refusal(Exception):
    """Why nothing is said: `conflict`, `nothing known`, `a negative duration`; then where."""


# ---- time zones (section 2) ---------------------------------------------------------------------


@cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """A zone from the `tzdata` package, whatever the machine has."""
    from importlib.resources import files

    data = files("tzdata") / "zoneinfo"
    for part in name.split("/"):
        data = data / part
    with data.open("rb") as file:
        return zoneinfo.ZoneInfo.from_file(file, key=name)


def at_second(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


@cache
def _offset(name: str, seconds: int) -> int:
    found = at_second(seconds).astimezone(zone(name)).utcoffset()
    assert found is not None
    return (found.days * 86400 + found.seconds) * SECOND


def offset(name: str, time: int) -> int:
    """How far east of UTC the clock stands at an instant (ns)."""
    return _offset(name, time // SECOND)


def local_date(name: str, time: int) -> date:
    return (at_second(time // SECOND)).astimezone(zone(name)).date()


@cache
def reached(name: str, day: date, seconds: int, last: bool = False) -> int:
    """When the clock first (or last) reaches a time of a day; a skipped time at the gap's end."""
    wall = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)
    found = []
    for fold in (0, 1):
        since = wall.replace(tzinfo=zone(name), fold=fold).astimezone(UTC) - EPOCH
        found.append(since.days * 86400 + since.seconds)
    early, late = min(found), max(found)
    back = at_second(found[0]).astimezone(zone(name)).replace(tzinfo=None)
    if back == wall:
        return (late if last else early) * SECOND
    while late - early > 1:  # skipped: the change lies between the two guesses
        middle = (early + late) // 2
        if _offset(name, middle) == _offset(name, early):
            early = middle
        else:
            late = middle
    return late * SECOND


def change_between(name: str, a: int, b: int) -> int:
    """The instant in (a, b] at which the clock is changed."""
    early, late = a // SECOND, b // SECOND
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(name, middle) == _offset(name, a // SECOND):
            early = middle
        else:
            late = middle
    return late * SECOND


# ---- periods and windows (section 2) ------------------------------------------------------------


def stretch(name: str, length: int, time: int) -> Span:
    """The window of an hour or less, aligned to the local clock, that holds an instant."""
    here = offset(name, time)
    start = time - (time + here) % length
    there = offset(name, start)
    if (here - there) % length:
        start = change_between(name, start, time)
    end = time - (time + here) % length + length
    there = offset(name, end - 1)
    if (here - there) % length:
        end = change_between(name, time, end)
    return start, end


def window_of(name: str, length: int, time: int) -> Span:
    """The window that holds an instant."""
    if length <= HOUR:
        return stretch(name, length, time)
    edges = []
    first = local_date(name, time) - timedelta(days=1)
    for i in range(3):
        day = first + timedelta(days=i)
        edges += [reached(name, day, s) for s in range(0, 86400, length // SECOND)]
    start = max(e for e in edges if e <= time)
    return start, min(e for e in edges if e > time)


class Rules(NamedTuple):
    """What the periods of an agreement go by."""

    zone: str
    week_starts: int
    month_starts: int
    year_starts: int


def rules(plan: p.Plan) -> Rules:
    return Rules(plan.zone, plan.week_starts, plan.month_starts, plan.year_starts)


def starts_period(rules: Rules, kind: str, day: date) -> bool:
    match kind:
        case "day":
            return True
        case "week":
            return day.weekday() == rules.week_starts
        case "month":
            return day.day == rules.month_starts
        case "quarter":
            return day.day == rules.month_starts and (day.month - rules.year_starts) % 3 == 0
        case "year":
            return day.day == rules.month_starts and day.month == rules.year_starts
    raise ValueError(kind)


def periods(plan: p.Plan, kind: p.PeriodRule, until: int) -> tuple[Span, ...]:
    """The periods of the term, cut to it; an open term is looked at up to `until`."""
    start, end = plan.term
    end = until if end is None else end
    if isinstance(kind, p.Rolling):
        return rolling_between(rules(plan), kind, start, end)
    if isinstance(kind, p.Cut):
        found = list(periods_between(rules(plan), kind.per, start, end))
        for time in kind.at:
            for low, high in list(found):
                if low < time < high:
                    found += [(low, time), (time, high)]
                    found.remove((low, high))
        return tuple(sorted(found))
    return periods_between(rules(plan), kind, start, end)


@lru_cache(maxsize=64)
def rolling_between(rules: Rules, kind: p.Rolling, start: int, end: int) -> tuple[Span, ...]:
    """Periods that end where a day (week, month, ...) does and lie whole in [start, end).

    The first that does, and then every so many.
    """
    found: list[Span] = []
    day = local_date(rules.zone, start)
    while reached(rules.zone, day, 0) <= end:
        high = reached(rules.zone, day, 0)
        low = reached(rules.zone, before(day, kind.length, kind.unit), 0)
        new = not found or high > found[-1][1]  # a day that is skipped has no end
        if starts_period(rules, kind.step, day) and start <= low < high and new:
            found.append((low, high))
        day += timedelta(days=1)
    return tuple(found[:: kind.every])


def before(day: date, count: int, unit: str) -> date:
    """So many units earlier: the same day of the month, or its last."""
    if unit in ("day", "week"):
        return day - timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 - count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(months, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


@lru_cache(maxsize=64)
def periods_between(rules: Rules, kind: str, start: int, end: int) -> tuple[Span, ...]:
    if kind == "term":
        return ((start, end),)
    found: list[Span] = []
    if kind == "hour":
        while start < end:
            upto = min(stretch(rules.zone, HOUR, start)[1], end)
            found.append((start, upto))
            start = upto
        return tuple(found)
    day = local_date(rules.zone, start) - timedelta(days=400)
    last = local_date(rules.zone, end) + timedelta(days=400)
    edges = []
    while day <= last:
        if starts_period(rules, kind, day):
            edges.append(reached(rules.zone, day, 0))
        day += timedelta(days=1)
    for low, high in pairwise(edges):
        if low < high and high > start and low < end:
            found.append((max(low, start), min(high, end)))
    return tuple(found)


def period_at(found: Sequence[Span], time: int) -> int | None:
    """The first of some periods, by end, that an instant lies in."""
    index = bisect_right(found, time, key=lambda span: span[1])
    return index if index < len(found) and found[index][0] <= time else None


def agreed(terms: Any, time: int) -> bool:
    """Whether terms are those of an instant (section 9)."""
    if terms.since is not None and time < terms.since:
        return False
    return terms.until is None or time < terms.until


# ---- calendars (section 2) ----------------------------------------------------------------------


def union(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for low, high in sorted(s for s in spans if s[0] < s[1]):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def both(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    return union((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)


def without(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """What lies in `a` and in no span of `b`."""
    gone = union(b)
    found = []
    for begins, end in union(a):
        start = begins
        at = bisect_right(gone, start, key=lambda span: span[1])
        while at < len(gone) and gone[at][0] < end:
            if start < gone[at][0]:
                found.append((start, gone[at][0]))
            start = gone[at][1]
            at += 1
        if start < end:
            found.append((start, end))
    return found


@cache
def is_holiday(region: str, day: date) -> bool:
    country, _, part = region.partition("-")
    return day in holidays.country_holidays(country, subdiv=part or None, years=day.year)


@dataclass
class Calendars:
    plans: dict[str, p.CalendarPlan]
    days: dict[tuple[str, date], list[Span]] = field(default_factory=dict)

    def open_hours(self, name: str, lo: int, hi: int) -> list[Span]:
        """The open time within [lo, hi)."""
        if lo >= hi:
            return []
        if name == "always":
            return [(lo, hi)]
        plan = self.plans[name]
        if plan.operands:
            found = self.open_hours(plan.operands[0], lo, hi)
            for word, operand in zip(plan.operators, plan.operands[1:], strict=True):
                other = self.open_hours(operand, lo, hi)
                if word == "and":
                    found = both(found, other)
                elif word == "or":
                    found = union([*found, *other])
                else:
                    found = without(found, other)
            return found
        found = []
        day = local_date(plan.zone, lo) - timedelta(days=1)
        while day <= local_date(plan.zone, hi) + timedelta(days=1):
            found += self.of_day(plan, day)
            day += timedelta(days=1)
        return both(without(union(found), plan.closed_spans), [(lo, hi)])

    def of_day(self, plan: p.CalendarPlan, day: date) -> list[Span]:
        key = plan.name, day
        if key not in self.days:
            closed = day.isoformat() in plan.closed_dates
            for regions in plan.holidays:
                closed = closed or all(is_holiday(region, day) for region in regions)
            found: list[Span] = []
            for weekdays, start, end in plan.open:
                if day.weekday() in weekdays and not closed:
                    # 24:00 is the next day's start; any other end, the last time it is read
                    found.append((
                        reached(plan.zone, day, start * 60),
                        reached(plan.zone, day, end * 60, last=end != 1440),
                    ))  # fmt: skip
            self.days[key] = found
        return self.days[key]

    def elapsed(self, name: str, a: int, b: int, pauses: Sequence[Span]) -> int:
        """Open time from a to b without the pauses; negative where b comes first."""
        if b < a:
            return -self.elapsed(name, b, a, [])
        running = without(self.open_hours(name, a, b), union(pauses))
        return sum(high - low for low, high in running)


# ---- rows as they are known (sections 3, 4) -----------------------------------------------------


@dataclass
class Late:
    """What another party did late: from due to done (None: not yet), and what it is about."""

    due: int
    done: int | None
    values: Row = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Known:
    """Everything that rows say at as-of."""

    plan: p.Plan
    as_of: int
    given: bool
    newest: dict[str, int]
    calendars: Calendars
    rows: dict[str, list[Row]] = field(default_factory=dict)
    ahead: dict[str, list[Row]] = field(default_factory=dict)  # spans, announced ones among them
    event: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, p.FieldPlan]] = field(default_factory=dict)
    #: by what excuses: what another party did late
    excuses: dict[str, list[Late]] = field(default_factory=dict)
    #: since when there may be more of that than is decided yet
    waiting: dict[str, int] = field(default_factory=dict)
    #: by deadline and what its triggers say: when exclusions stop the clock
    stopped: dict[Any, list[Stretch]] = field(default_factory=dict)
    #: what was found before: groups, and the rows of each of them
    groups: dict[Any, dict[Group, int]] = field(default_factory=dict)
    grouped: dict[tuple[str, tuple[str, ...]], dict[Group, list[Row]]] = field(default_factory=dict)
    #: the same of groups: when they exist, and by exclusion what is about them
    lives: dict[Any, list[Span] | None] = field(default_factory=dict)
    about: dict[Any, list[Span]] = field(default_factory=dict)
    windows: dict[Any, list[tuple[Span, bool | None, int]]] = field(default_factory=dict)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
NEVER: frozenset[bool | None] = frozenset({None})


def truth3(word: str, values: tuple[bool | None, ...]) -> bool | None:
    """`and`, `or` of what may be missing."""
    decisive = word == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def outcomes(k: Known, e: p.RowExpr, row: Row, running: bool) -> frozenset[bool | None]:
    """What a condition can still come to: true, false, missing."""
    match e:
        case p.AllOf(operands=operands) | p.AnyOf(operands=operands):
            word = "and" if isinstance(e, p.AllOf) else "or"
            parts = [outcomes(k, o, row, running) for o in operands]
            return frozenset(truth3(word, values) for values in product(*parts))
        case p.Opposite(operand=operand):
            return frozenset(
                None if v is None else not v for v in outcomes(k, operand, row, running)
            )
        case p.Present(operand=operand):
            return frozenset({value(k, operand, row) is not None})
        case p.IsIn(operand=operand, values=values):
            found = value(k, operand, row)
            if found is None:
                return NEVER
            return frozenset({found in [value(k, v, row) for v in values]})
        case p.Compare(operator=word, left=left, right=right):
            return compared(k, e, word, left, right, row, running)
        case _:
            found = value(k, e, row)
            return NEVER if found is None else frozenset({bool(found)})


def compared(
    k: Known, e: p.Compare, word: str, left: p.RowExpr, right: p.RowExpr, row: Row, running: bool
) -> frozenset[bool | None]:
    if isinstance(right, p.Elapsed) and not isinstance(left, p.Elapsed):
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(word, word)
        turned = p.Compare(mirrored, right, left, e.right_scale, e.left_scale)
        return compared(k, turned, mirrored, right, left, row, running)
    b = value(k, right, row)
    if running and isinstance(left, p.Elapsed) and value(k, left.end, row) is None:
        a = elapsed(k, left, row, max(k.as_of, value(k, left.start, row) or 0))
        if a is None or b is None:
            return NEVER
        # The clock shows a and runs: which of the lengths from a on would satisfy it?
        assert e.left_scale == e.right_scale == 1
        some = {COMPARE[word](x, b) for x in (a, max(a, b), max(a, b) + 1)}
        return frozenset(some)
    a = value(k, left, row)
    if a is None or b is None:
        return NEVER
    return frozenset({COMPARE[word](a * e.left_scale, b * e.right_scale)
                      if e.left_scale * e.right_scale != 1 else COMPARE[word](a, b)})  # fmt: skip


def holds(k: Known, e: p.RowExpr | None, row: Row) -> bool:
    return e is None or outcomes(k, e, row, running=False) == {True}


def value(k: Known, e: p.RowExpr, row: Row) -> Any:
    match e:
        case p.Col(name=name):
            return row[name]
        case p.Const(value=number):
            return number
        case p.TextConst(text=text):
            return text
        case p.Baseline(name=name, kind=kind):
            figure = BASELINES[name]
            if figure is None:
                return None
            return (figure * Fraction(*e.factor) + Fraction(*e.plus)) * p.SCALE[kind]
        case p.Arith(operator=word, left=left, right=right):
            a, b = value(k, left, row), value(k, right, row)
            if a is None or b is None:
                return None
            a, b = a * e.left_scale, b * e.right_scale
            return a + b if word == "+" else a - b if word == "-" else a * b
        case p.Quotient(left=left, right=right):
            a, b = value(k, left, row), value(k, right, row)
            return None if a is None or not b else Fraction(a * e.left_scale) / (b * e.right_scale)
        case p.Coalesce(operands=operands):
            for operand in operands:
                found = value(k, operand, row)
                if found is not None:
                    return found
            return None
        case p.Choose():
            arm = chosen(e, row)
            return None if arm is None else value(k, arm, row)
        case p.Related():
            return related(k, e, row)
        case p.Elapsed(end=end):
            until = value(k, end, row)
            return None if until is None else elapsed(k, e, row, until)
        case p.CalendarRef():
            raise TypeError("a calendar has no value")
        case _:
            (found,) = outcomes(k, e, row, running=False)
            return found


def related(k: Known, e: p.Related, row: Row) -> Any:
    """A figure of the other rows that belong to a row, as they are known."""
    mine = row[e.ours.name]
    found: list[Any] = []
    for other in k.rows[e.stream]:
        theirs = other[e.theirs.name]
        if theirs is not None and e.numbers:
            theirs = e.numbers[theirs]
        if mine is None or theirs is None:
            continue
        if {e.theirs.kind, e.ours.kind} == {"int", "number"}:
            same = Fraction(theirs, p.SCALE[e.theirs.kind]) == Fraction(mine, p.SCALE[e.ours.kind])
        else:
            same = theirs == mine
        if not same:
            continue
        if holds(k, e.where, other):
            found.append(1 if e.value is None else value(k, e.value, other))
    present = [v for v in found if v is not None]
    if e.function in ("count", "sum"):
        return sum(present)
    if not present:
        return None
    if e.function == "mean":
        return Fraction(sum(present), len(present))
    return min(present) if e.function == "min" else max(present)


def chosen(e: p.Choose, row: Row) -> p.RowExpr | None:
    subject = row[e.subject.name]
    if subject is None:
        return None
    for key, arm in e.arms:
        if key == subject:
            return arm
    return e.otherwise


def elapsed(k: Known, e: p.Elapsed, row: Row, until: int) -> int | None:
    start = value(k, e.start, row)
    calendar: p.RowExpr | None = e.calendar
    while isinstance(calendar, p.Choose):
        calendar = chosen(calendar, row)
    if start is None or calendar is None:
        return None
    assert isinstance(calendar, p.CalendarRef)
    pauses = []
    for pause in e.pauses:
        if pause.excuse:
            pauses += excusing(k, pause, row)
            continue
        low, high = span_fields(k.plan, pause.stream)
        for span in k.rows[pause.stream]:
            if row[pause.left] is not None and span[pause.right] == row[pause.left]:
                pauses.append((span[low], FOREVER if span[high] is None else span[high]))
    return k.calendars.elapsed(calendar.name, start, until, pauses)


def span_fields(plan: p.Plan, stream: str) -> tuple[str, str]:
    for s in plan.streams:
        if s.name == stream:
            assert s.span is not None
            return s.span
    return "starts", "ends"


def parts_of(node: Any) -> Iterator[Any]:
    """What a node of a plan is made of; tuples are looked into."""
    if isinstance(node, tuple):
        yield from node
    elif not isinstance(node, str | int | None):
        for name in node.__match_args__:
            yield getattr(node, name)


def columns_of(e: Any) -> set[str]:
    """The columns that an expression reads."""
    if isinstance(e, p.Col):
        return {e.name}
    if isinstance(e, p.Related):
        return {e.ours.name}
    found: set[str] = {e.subject.name} if isinstance(e, p.Choose) else set()
    for part in parts_of(e):
        found |= columns_of(part)
    return found


def know(
    plan: p.Plan, streams: Mapping[str, Sequence[Row]], as_of: int | None,
    among: Sequence[Span] = (), *, given: bool = True,
) -> Known:  # fmt: skip
    """Streams at as-of: rows after it don't exist, times after it are not yet.

    Nor do those that were recorded too late for the one of some periods that they lie in.
    """
    newest = {
        s.name: max(row[s.event] for row in streams[s.name])
        for s in plan.streams if streams[s.name]
    }  # fmt: skip
    for derived in plan.derived:
        if derived.base in newest:
            newest[derived.name] = newest[derived.base]
    moment = as_of
    if moment is None:
        spans = {s.name for s in plan.streams if s.span is not None}
        spans |= {d.name for d in plan.derived if d.how == "spans"}
        judged = {name for r in measured(plan) for name in streams_of(plan, r.formula)}
        judged |= {r.stream for e in expressions(plan) for r in relations_in(e)}
        if not measured(plan):
            judged = {x.stream for d in plan.deadlines for x in (d.rows, d.triggers) if x}
        times = [newest[name] for name in judged - spans if name in newest]
        if not times:
            raise Refusal("nothing known")
        moment = max(times)
    calendars = Calendars({c.name: c for c in plan.calendars})
    k = Known(plan, moment, given and as_of is not None, newest, calendars)
    pausing = {pause.stream for e in expressions(plan) for pause in pauses_in(e)}
    for s in sorted(plan.streams, key=lambda s: s.name not in pausing):
        k.event[s.name], k.fields[s.name] = s.event, {f.name: f for f in s.fields}
        rows = [row for row in streams[s.name] if exists(k, s, row) and accepted(k, s, row, among)]
        known = [known_row(k, s, row) for row in rows]
        k.rows[s.name] = one_by_key(s, known)
        if s.span is not None:
            told = [(row, is_announced(k, s, row)) for row in streams[s.name]]
            some = [(row, said) for row, said in told if said or exists(k, s, row)]
            ahead = [known_row(k, s, row, s.span if said else ()) for row, said in some]
            k.ahead[s.name] = one_by_key(s, ahead)
    for d in plan.derived:
        derive(k, d)
    return k


def is_announced(k: Known, s: p.StreamPlan, row: Row) -> bool:
    """Whether another time of a span is known by as-of, and none is later."""
    assert s.span is not None
    if k.given and s.recorded is not None and row[s.recorded] > k.as_of:
        return False
    others = [
        row[f.name] for f in s.fields
        if f.kind == "time" and f.computed is None and f.name not in (*s.span, s.recorded)
    ]  # fmt: skip
    said = [time for time in others if time is not None]
    known = bool(said) or (k.given and s.recorded is not None)
    return known and all(time <= k.as_of for time in said)


def exists(k: Known, s: p.StreamPlan, row: Row) -> bool:
    """Rows after as-of don't exist: nor those written down only later."""
    if row[s.event] > k.as_of:
        return False
    return not (k.given and s.recorded is not None and row[s.recorded] > k.as_of)


def accepted(k: Known, s: p.StreamPlan, row: Row, among: Sequence[Span]) -> bool:
    """Whether a row was recorded before the period that it lies in had been closed."""
    late = k.plan.late
    index = period_at(among, row[s.event])
    if late is None or s.recorded is None or index is None or row[s.recorded] is None:
        return True
    end = among[index][1]
    closes = (
        end + late.count if late.unit == "ns" else later(k.plan.zone, end, late.count, late.unit)
    )
    return bool(row[s.recorded] <= closes)


def known_row(k: Known, s: p.StreamPlan, row: Row, ahead: tuple[str, ...] = ()) -> Row:
    """A row at as-of; times in `ahead` are known though they are later."""
    made: Row = {"#": row["#"]}
    for f in s.fields:
        if f.computed is not None:
            continue
        found = row[f.name]
        kept = f.name == s.recorded or f.name in ahead
        if f.kind == "time" and found is not None and found > k.as_of and not kept:
            found = None
        if f.kind == "enum" and found is not None:
            found = f.values.index(found)
        made[f.name] = found
    for f in s.fields:
        if f.computed is not None:
            found = value(k, f.computed, made)
            if isinstance(found, Fraction):
                if found.denominator != 1:
                    raise Refusal("finer than its unit")
                found = int(found)
            if f.kind == "duration" and found is not None and found < 0:
                if not f.negative_as_zero:
                    raise Refusal("a negative duration")
                found = 0
            made[f.name] = found
    return made


def one_by_key(s: p.StreamPlan, rows: list[Row]) -> list[Row]:
    if not s.key:
        return rows
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["#"]):
        by_key.setdefault(tuple(row[name] for name in s.key), []).append(row)
    found = []
    for group in by_key.values():
        same = group
        if s.recorded is not None:
            latest = max(row[s.recorded] for row in group)
            same = [row for row in group if row[s.recorded] == latest]
        whole = dict(same[0])
        for row in same[1:]:
            for name, content in row.items():
                if name == "#" or content is None:
                    continue
                if whole[name] is None:
                    whole[name] = content
                elif whole[name] != content:
                    raise Refusal("conflict", s.name, name)
        found.append(whole)
    return found


def derive(k: Known, d: p.DerivedPlan) -> None:
    """`last of` and `spans of`: events by time, then sequence, then position."""
    k.event[d.name], k.fields[d.name] = d.event, {f.name: f for f in d.fields}
    event = k.event[d.base]
    by_key: dict[Any, list[Row]] = {}
    for row in k.rows[d.base]:
        if row[d.by] is not None:
            by_key.setdefault(row[d.by], []).append(row)
    made: list[Row] = []
    for key, rows in by_key.items():
        rows.sort(key=lambda r: (r[event], 0 if d.sequence is None else r[d.sequence], r["#"]))
        if d.how == "last":
            made.append(rows[-1])
            continue
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            if holds(k, d.where, row):
                made.append({
                    d.by: key, "starts": row[event], "#": row["#"],
                    "ends": None if following is None else following[event],
                })  # fmt: skip
    for f in d.fields:
        if f.computed is not None:  # the service that it is about
            made = [{**row, f.name: value(k, f.computed, row)} for row in made]
    # what is placed at a time that has not come is not there yet
    k.rows[d.name] = [row for row in made if row[d.event] is not None]


def expressions(plan: p.Plan) -> list[p.RowExpr]:
    found: list[p.RowExpr | None] = []
    for a in plan.aggregates:
        if isinstance(a, p.RowAggregate):
            found += [a.where, a.good, a.value]
    found += [o.failing for o in plan.outages] + [d.where for d in plan.derived]
    inner = [a for o in plan.outages if o.windows is not None for a in o.windows.inner]
    found += [e for a in inner for e in (a.where, a.good, a.value)]
    inner = [a for e in plan.exclusions if e.windows is not None for a in e.windows.inner]
    found += [e for a in inner for e in (a.where, a.good, a.value)]
    found += [e.rows.where for e in plan.exclusions if e.rows is not None]
    found += [x.where for d in plan.deadlines for x in (d.rows, d.triggers) if x is not None]
    found += [o.notices.rows.where for o in plan.outages if o.notices is not None]
    found += [f.computed for s in plan.streams for f in s.fields]
    return [e for e in found if e is not None]


def relations_in(e: Any) -> list[p.Related]:
    if isinstance(e, p.Related):
        return [e]
    return [] if e is None else [r for part in parts_of(e) for r in relations_in(part)]


def pauses_in(e: Any) -> list[p.Pause]:
    if isinstance(e, p.Pause):
        return [e]
    found = []
    for part in parts_of(e):
        found += pauses_in(part)
    return found


# ---- groups (section 5) -------------------------------------------------------------------------

Group = tuple[str, ...]


@lru_cache(maxsize=4096)
def refs(formula: Any) -> tuple[int, ...]:
    """The aggregates that a formula or condition names."""
    if isinstance(formula, p.AggregateRef):
        return (formula.index,)
    return tuple(sorted({i for part in parts_of(formula) for i in refs(part)}))


def outage_named(plan: p.Plan, name: str) -> p.OutagePlan:
    return next(o for o in plan.outages if o.name == name)


def streams_of(plan: p.Plan, formula: p.Formula | p.Condition) -> set[str]:
    found: set[str] = set()
    for index in refs(formula):
        match plan.aggregates[index]:
            case p.RowAggregate(stream=stream):
                found.add(stream)
            case p.OutageAggregate(outage=outage):
                found.add(outage_named(plan, outage).stream)
            case p.WindowAggregate(value=figure, good=good):
                found |= streams_of(plan, good if figure is None else figure)  # type: ignore[arg-type]
            case p.EachAggregate(value=figure):
                found |= streams_of(plan, figure)
    return found


def shown(k: Known, stream: str, name: str, content: Any) -> str:
    f = k.fields[stream][name]
    if f.kind == "enum":
        return f.values[content]
    if f.kind == "bool":
        return "true" if content else "false"
    return str(content)


def group_of(k: Known, stream: str, names: Sequence[str], row: Row) -> Group:
    return tuple(shown(k, stream, name, row[name]) for name in names)


def rows_in(k: Known, stream: str, names: Sequence[str], group: Group) -> list[Row]:
    """The rows of a stream that are of a group."""
    found = k.grouped.get((stream, tuple(names)))
    if found is None:
        found = k.grouped[stream, tuple(names)] = {}
        for row in k.rows[stream]:
            found.setdefault(group_of(k, stream, names, row), []).append(row)
    return found.get(group, [])


def groups(
    k: Known, fields: Sequence[tuple[str, tuple[str, ...]]], streams: Iterable[str]
) -> dict[Group, int]:
    """Every group, and since when it exists: (name, all its values) of each field."""
    names = [name for name, _ in fields]
    about = tuple(fields), tuple(streams)
    if about in k.groups:
        return k.groups[about]
    found = k.groups[about] = {}
    for group, since in every_group(k, fields, about[1]).items():
        spans = life(k, dict(zip(names, group, strict=True)))
        if spans is None:
            found[group] = since
            continue
        spans = both(spans, [(k.plan.term[0], k.plan.term[1] or FOREVER)])
        if spans:
            found[group] = spans[0][0]
    return found


def every_group(
    k: Known, fields: Sequence[tuple[str, tuple[str, ...]]], streams: Iterable[str]
) -> dict[Group, int]:
    """The same, whatever services say of when they exist."""
    start = k.plan.term[0]
    if all(values for _, values in fields):
        return dict.fromkeys(product(*(values for _, values in fields)), start)
    first: dict[Group, int] = {}
    unknown = [name for name, values in fields if not values]
    for service in k.plan.services:
        of = dict(service.of)
        if service.outside is None and all(name in of for name in unknown):
            first |= dict.fromkeys(product(*(of[name] for name in unknown)), start)
    for service in k.plan.services:
        for own, time in members(k, service, unknown):
            first[own] = min(first.get(own, FOREVER), time)
    for stream in streams:
        for row in k.rows[stream]:
            own = group_of(k, stream, unknown, row)
            time = row[k.event[stream]]
            first[own] = min(first.get(own, FOREVER), time)
    found = {}
    for own, time in first.items():
        for closed in product(*(values for _, values in fields if values)):
            ours, theirs = iter(closed), iter(own)
            found[tuple(next(ours) if values else next(theirs) for _, values in fields)] = time
    return found


def members(
    k: Known, service: p.ServicePlan, unknown: Sequence[str]
) -> Iterator[tuple[Group, int]]:
    """The values of some fields that a service names which doesn't always exist; from when on."""
    e, of = service.outside, dict(service.of)
    if e is None or e.existing is None:
        return
    if e.rows is None:
        assert e.existing.span is not None
        if all(name in of for name in unknown):
            for own in product(*(of[name] for name in unknown)):
                yield own, e.existing.span[0]
        return
    by = [ours for ours, _ in e.match]
    if all(name in by or name in of for name in unknown):
        for row in k.rows[e.rows.stream]:
            said = {name: row[name] for name in by}
            parts = [
                of[name] if name not in by
                else () if said[name] is None
                else (shown(k, e.rows.stream, name, said[name]),)
                for name in unknown
            ]  # fmt: skip
            for own in product(*parts):
                yield own, row[e.start]


def of_all(k: Known, e: p.ExclusionPlan) -> list[Span]:
    """When a service as a whole exists: some of its members do."""
    assert e.existing is not None
    if e.existing.span is not None:
        start, end = e.existing.span
        return [(start, FOREVER if end is None else end)]
    assert e.rows is not None
    rows = k.rows[e.rows.stream]
    return union((row[e.start], FOREVER if row[e.end] is None else row[e.end]) for row in rows)


def existing(k: Known, own: Own) -> list[tuple[p.ExclusionPlan, list[Span]]]:
    """The services that a group is of, or a member of, and when they exist."""
    found = []
    for service in k.plan.services:
        e = service.outside
        whole = "service" in own and not (e is not None and set(e.fields) <= own.keys())
        if e is not None and whole and dict(service.of).get("service") == (own["service"],):
            found.append((e, of_all(k, e)))
        elif e is not None and set(e.fields) <= own.keys():
            gone = spans_about(k, e, own, FOREVER)
            if gone:  # nothing exists for ever
                found.append((e, without([(-FOREVER, FOREVER)], gone)))
    return found


def life(k: Known, own: Own) -> list[Span] | None:
    """When a group exists; None: no service says it."""
    if not k.plan.services:
        return None
    key = tuple(own.items())
    if key not in k.lives:
        found = None
        for _, spans in existing(k, own):
            found = spans if found is None else both(found, spans)
        k.lives[key] = found
    return k.lives[key]


def there(k: Known, own: Own, since: int, start: int, end: int) -> bool:
    """Whether a group exists at some time of [start, end), as far as is known."""
    spans = life(k, own)
    if spans is None:
        return since < end
    first, last = k.plan.term[0], k.plan.term[1] or FOREVER
    return any(a < end and start < b and a <= k.as_of for a, b in both(spans, [(first, last)]))


Part = tuple[int, int, bool, bool]


def lived(k: Known, parts: Sequence[Part], spans: Sequence[Span]) -> list[Part]:
    """What is known, cut to some spans of time."""
    found = []
    for start, end, failing, real in parts:
        for low, high in spans:
            a, b = max(start, low), min(end, high)
            if a < b or (start == end and low <= start < high):
                found.append((a, b, failing, real))
    return found


def rest_down(k: Known, o: p.OutagePlan, own: Own) -> list[Span]:
    """The time that counts as down since it isn't measured."""
    return [] if o.down_outside is None else spans_about(k, o.down_outside, own, FOREVER)


def in_life(
    k: Known, o: p.OutagePlan, group: Group, parts: Sequence[Part], upto: int, since: int
) -> list[Part]:
    """What is known of a group of an outage, while there is it; other time may count as up."""
    found = list(parts)
    own = dict(zip(o.each, group, strict=True))
    services = existing(k, own)
    last = upto if k.plan.term[1] is None else min(upto, k.plan.term[1])
    rest = both(rest_down(k, o, own), [(since, FOREVER)])
    if o.down_outside is not None:
        found = lived(k, found, without([(-FOREVER, FOREVER)], rest))
        found += [(a, b, True, True) for a, b in both(rest, [(since, max(last, since))])]
    for e, spans in sorted(services, key=lambda one: not one[0].as_up):
        found = lived(k, found, spans)
        if e.as_up:
            rest = without([(k.plan.term[0], max(last, k.plan.term[0]))], spans)
            found += [(a, b, False, False) for a, b in rest]
    return sorted(found, key=lambda part: part[:2])


def goes_on(k: Known, o: p.OutagePlan, group: Group, run: Run) -> bool:
    """Whether a run is open: its group exists, and the rest of time, if it ends so, goes on."""
    own = dict(zip(o.each, group, strict=True))
    now = k.as_of if k.plan.term[1] is None else min(k.as_of, k.plan.term[1])
    going = run.open
    if any(low < now and run.end == min(high, now) for low, high in rest_down(k, o, own)):
        going = run.end == now
    pieces = [both([(run.start, FOREVER)], spans)[:1] for _, spans in existing(k, own)]
    return going and all(piece and piece[0][1] > k.as_of for piece in pieces)


# ---- outages (section 6) ------------------------------------------------------------------------


@dataclass
class Run:
    start: int
    end: int
    open: bool
    no_data: bool
    long: bool  # lasted long enough
    since: int | None = None  # from when it counts: not at all, if it needs a notice and has none


@dataclass
class State:
    """One group of an outage: [start, end), failing, measured from a sample."""

    group: Group
    since: int
    times: list[int]  # of all rows
    samples: list[tuple[int, bool]]
    parts: list[tuple[int, int, bool, bool]]
    runs: list[Run]
    spans: list[Span] = field(default_factory=list)
    windows: list[tuple[int, int, bool]] = field(default_factory=list)
    undecided: dict[int, int] = field(default_factory=dict)  # rows, by a window's start
    said: list[Said] = field(default_factory=list)  # what rows say that time weighs


#: From when to when a row speaks, and what it says that an instant weighs.
Said = tuple[int, int, Fraction]


def whole_weight(o: p.OutagePlan) -> Fraction:
    """What an instant weighs of which no row says it."""
    return Fraction(int(o.weight is None or o.weight.part))


def weighed(o: p.OutagePlan, said: Sequence[Said], spans: Iterable[Span]) -> Fraction:
    """What some time weighs, piece by piece."""
    total = Fraction(0)
    for start, end in spans:
        if o.weight is None:
            total += max(end - start, 0)
            continue
        edges = {edge for a, b, _ in said for edge in (a, b) if start < edge < end}
        for low, high in pairwise(sorted({start, end, *edges})):
            own = [weight for a, b, weight in said if a <= low < b]
            much = whole_weight(o)
            if own:
                much = sum(own, Fraction(0)) if o.weight.adds else max(own)
                much = min(much, Fraction(1)) if o.weight.part else much
            total += much * (high - low)
    return total


def weighed_length(
    o: p.OutagePlan, said: Sequence[Said], spans: Iterable[Span], *, over: bool = True
) -> Fraction:
    """What an outage weighs, rounded by its length: less from its end, or more like its end.

    Of one that isn't over what it will weigh at least: the rest may weigh nothing.
    """
    spans = sorted(spans)
    length = sum(end - start for start, end in spans)
    left = rounded_length(o, length)
    more = max(left - length, 0) if over else 0
    total = Fraction(0)
    for start, end in spans:
        total += weighed(o, said, [(start, min(end, start + left))])
        left -= min(end - start, left)
    return total + (more * weighed(o, said, [(end - 1, end)]) if more else 0)


def by_samples(
    k: Known, o: p.OutagePlan, group: Group, since: int, extra: Sequence[int] = ()
) -> list[Said]:
    """What the samples of a group say, each while it holds; `extra`: as if more came then."""
    if o.weight is None:
        return []
    own = {
        row[k.event[o.stream]]: Fraction(row[o.weight.field], o.weight.scale)
        for row in k.rows[o.stream] if group_of(k, o.stream, o.each, row) == group
    }  # fmt: skip
    own |= dict.fromkeys(extra, whole_weight(o))
    known = [(start, end, own[start]) for start, end, _, _ in held(k, o, sorted(own.items()))]
    return but_rest(k, o, group, known, since)


def by_spans(k: Known, o: p.OutagePlan, group: Group, until: int, since: int) -> list[Said]:
    """What the spans of a group say, as far as they are known."""
    if o.weight is None:
        return []
    assert o.ends is not None
    known = []
    for row in k.rows[o.stream]:
        if group_of(k, o.stream, o.each, row) == group and holds(k, o.failing, row):
            end = until if row[o.ends] is None else min(row[o.ends], until)
            weight = Fraction(row[o.weight.field], o.weight.scale)
            known.append((row[k.event[o.stream]], end, weight))
    return but_rest(k, o, group, known, since)


def but_rest(k: Known, o: p.OutagePlan, group: Group, said: list[Said], since: int) -> list[Said]:
    """What they say of the time that doesn't count as down whatever they say."""
    rest = both(rest_down(k, o, dict(zip(o.each, group, strict=True))), [(since, FOREVER)])
    return [(a, b, weight) for start, end, weight in said
            for a, b in without([(start, end)] if start < end else [], rest)]  # fmt: skip


def reach(k: Known, stream: str) -> int:
    """How far missing data counts."""
    return k.as_of if k.given else min(k.as_of, k.newest.get(stream, k.as_of))


def all_values(k: Known, stream: str, name: str) -> tuple[str, ...]:
    f = k.fields[stream][name]
    return ("false", "true") if f.kind == "bool" else f.values


def states(k: Known, o: p.OutagePlan) -> list[State]:
    if o.ends is not None:
        return span_states(k, o)
    if o.at_once:
        return states_at_once(k, o)
    if o.windows is not None:
        return window_states(k, o)
    event = k.event[o.stream]
    samples: dict[Group, dict[int, bool]] = {}
    times: dict[Group, list[int]] = {}
    weights: dict[tuple[Group, int], int] = {}
    for row in k.rows[o.stream]:
        group = group_of(k, o.stream, o.each, row)
        own = samples.setdefault(group, {})
        times.setdefault(group, []).append(row[event])
        failing = holds(k, o.failing, row)
        if own.setdefault(row[event], failing) != failing:
            raise Refusal("conflict", o.name, row[event])
        if o.weight is not None and (failing or not o.weight.part):
            much = row[o.weight.field]
            if weights.setdefault((group, row[event]), much) != much:
                raise Refusal("conflict", o.name, row[event])
    fields = [(name, all_values(k, o.stream, name)) for name in o.each]
    found = []
    for group, first in groups(k, fields, [o.stream]).items():
        since = max(first, k.plan.term[0])
        known = sorted(samples.get(group, {}).items())
        parts = with_missing(k, o, held(k, o, known), since)
        parts = in_life(k, o, group, parts, k.as_of, since)
        own_times = times.get(group, [])
        state = State(group, since, own_times, known, parts, runs_of(k, o, group, parts))
        state.said = by_samples(k, o, group, since)
        found.append(state)
    return found


def states_at_once(k: Known, o: p.OutagePlan, low: int | None = None) -> list[State]:
    """Outages of many instances at once: edge after edge, from what is known of each of them.

    An instance exists from its first sample, or window, on, and counts while its state is known.
    Windows are made from `low` on, where that is before the term.
    """
    names = (*o.each, *(part.field for part in o.at_once))
    instances = []
    each = o.but(each=names, at_once=(), notices=None)
    for state in (
        states(k, each) if o.windows is None else window_states(k, each, low, instances=True)
    ):
        known = held(k, o, state.samples)
        known += [
            (start, min(end, k.as_of), failing, True) for start, end, failing in state.windows
        ]
        if known:
            since = max(known[0][0], k.plan.term[0])
            parts = with_missing(k, o, known, since)
            for e, spans in existing(k, dict(zip(names, state.group, strict=True))):
                if not set(e.fields) <= set(o.each):
                    parts = lived(k, parts, spans)
            instances.append(replace(state, parts=parts))
    fields = [(name, all_values(k, o.stream, name)) for name in o.each]
    found = []
    for group, first in groups(k, fields, [o.stream]).items():
        own = [s for s in instances if s.group[: len(group)] == group]
        edges = sorted({edge for s in own for part in s.parts for edge in part[:2]})
        parts = []
        last = 0  # how far the samples hold by which the group fails last
        for i, edge in enumerate(edges):
            points = any(start == end == edge for s in own for start, end, _, _ in s.parts)
            stretches = [(edge, edge)] * points + [(edge, after) for after in edges[i + 1 : i + 2]]
            for begin, high in stretches:
                there = {}
                for s in own:  # of two parts at one instant, the first is a sample of that instant
                    for part in reversed(s.parts):
                        lasts = part is s.parts[-1] and part[1] in (k.as_of, reach(k, o.stream))
                        at_end = begin == high == part[1] and (lasts or part[0] == begin)
                        if part[0] <= begin < part[1] or at_end:
                            there[s.group[len(group) :]] = part
                if not there:
                    continue
                down = {values: part for values, part in there.items() if part[2]}
                fails = True
                for at, clause in enumerate(o.at_once):
                    failing = {values[at] for values in down}
                    least = clause.at_least
                    if least is None:
                        fails = fails and failing == {values[at] for values in there}
                    else:
                        fails = fails and len(failing) >= least
                sampled = [start for start, _, _, real in down.values() if real]
                parts.append((begin, high, fails, bool(sampled)))
                if o.windows is None:
                    last = max(sampled, default=0) + (FOREVER if o.hold is None else o.hold)
                else:
                    ends = [end for s in own for start, end, _ in s.windows if start in sampled]
                    last = max(ends, default=0)
        times = [
            row[k.event[o.stream]] for row in k.rows[o.stream]
            if group_of(k, o.stream, o.each, row) == group
        ]  # fmt: skip
        parts = in_life(k, o, group, parts, k.as_of, max(first, k.plan.term[0]))
        runs = runs_of(k, o, group, parts, last=last)
        state = State(group, max(first, k.plan.term[0]), times, [], parts, runs)
        if o.windows is not None:
            state.times = [start for s in own for start, _, _ in s.windows]
            for s in own:
                for start, rows in s.undecided.items():
                    state.undecided[start] = state.undecided.get(start, 0) + rows
        found.append(state)
    return found


def span_states(k: Known, o: p.OutagePlan) -> list[State]:
    """Outages that are spans: where none is, all was up."""
    assert o.ends is not None
    fields = [(name, all_values(k, o.stream, name)) for name in o.each]
    found = []
    for group in groups(k, fields, [o.stream]):
        rows = [
            row for row in k.rows[o.stream]
            if group_of(k, o.stream, o.each, row) == group and holds(k, o.failing, row)
        ]  # fmt: skip
        times = [row[k.event[o.stream]] for row in rows]
        ends = [FOREVER if row[o.ends] is None else row[o.ends] for row in rows]
        state = State(group, k.plan.term[0], times, [], [], [])
        state.spans = union(zip(times, ends, strict=True))
        if o.at_once:
            state.spans = spans_at_once(k, o, group)
        parts = up_between(k, state, state.spans, k.as_of)
        state.parts = in_life(k, o, group, parts, k.as_of, state.since)
        state.runs = spans_down(k, o, group, state.spans, k.as_of)
        state.said = by_spans(k, o, group, k.as_of, state.since)
        found.append(state)
    return found


def spans_at_once(k: Known, o: p.OutagePlan, group: Group) -> list[Span]:
    """The time in which so many instances of a group fail, of those that exist then."""
    assert o.ends is not None
    names = (*o.each, *(part.field for part in o.at_once))
    fields = [(name, all_values(k, o.stream, name)) for name in names]
    own: dict[Group, list[Span]] = {
        x: [] for x in groups(k, fields, [o.stream]) if x[: len(group)] == group
    }
    for row in k.rows[o.stream]:
        instance = group_of(k, o.stream, names, row)
        if instance in own and holds(k, o.failing, row):
            end = row[o.ends]
            own[instance].append((row[k.event[o.stream]], FOREVER if end is None else end))
    alive = {x: [(-FOREVER, FOREVER)] for x in own}
    for x in own:
        for e, spans in existing(k, dict(zip(names, x, strict=True))):
            if not set(e.fields) <= set(o.each):
                alive[x] = both(alive[x], spans)
    every = [*own.values(), *alive.values()]
    edges = sorted({edge for spans in every for span in spans for edge in span})
    found = []
    for low, high in pairwise(edges):
        there = [x for x, spans in alive.items() if any(a <= low < b for a, b in spans)]
        down = [x for x in there if any(a <= low < b for a, b in own[x])]
        fails = bool(down)
        for at, clause in enumerate(o.at_once, len(o.each)):
            failing = {x[at] for x in down}
            if clause.at_least is None:
                fails = fails and failing == {x[at] for x in there}
            else:
                fails = fails and len(failing) >= clause.at_least
        if fails:
            found.append((low, high))
    return union(found)


def up_between(
    k: Known, state: State, spans: list[Span], until: int
) -> list[tuple[int, int, bool, bool]]:
    """Failing in the spans, else up, from the term's start on."""
    last = until if k.plan.term[1] is None else min(until, k.plan.term[1])
    known = [(start, min(end, until), True, True) for start, end in spans if start <= until]
    good = without([(state.since, last)], [(start, end) for start, end, _, _ in known])
    return sorted([*known, *((start, end, False, False) for start, end in good)])


def spans_down(
    k: Known, o: p.OutagePlan, group: Group, spans: list[Span], until: int,
    notice: int | None = None,
) -> list[Run]:  # fmt: skip
    found = []
    own = dict(zip(o.each, group, strict=True))
    first = k.plan.term[0]
    rest = both(rest_down(k, o, own), [(first, FOREVER)])
    last = until if k.plan.term[1] is None else min(until, k.plan.term[1])
    known = [(start, min(end, until), end == FOREVER) for start, end in spans if start <= until]
    down = [
        (a, b, going)
        for start, end, going in known
        for a, b, _, _ in lived(
            k, [(start, end, True, True)], without([(-FOREVER, FOREVER)], rest)
        )
    ]  # fmt: skip
    down += [(a, b, False) for a, b in both(rest, [(first, max(last, first))])]
    joined: list[tuple[int, int, bool]] = []
    for start, end, going in sorted(down):
        if joined and joined[-1][1] == start:
            joined[-1] = joined[-1][0], end, going
        else:
            joined.append((start, end, going))
    spans_of_life = life(k, own)
    for start, end, going in joined:
        for a, b, _, _ in lived(
            k, [(start, end, True, True)],
            [(-FOREVER, FOREVER)] if spans_of_life is None else spans_of_life,
        ):  # fmt: skip
            run = Run(a, b, going, False, False)
            run.open = goes_on(k, o, group, run)
            run.long = run.end - run.start >= o.lasting
            run.since = counted_from(k, o, group, run, notice)
            found.append(run)
    return found


def window_states(
    k: Known, o: p.OutagePlan, since: int | None = None, *, instances: bool = False
) -> list[State]:
    """Outages that are windows: made of the rows in the term, judged by their figures.

    `since` is from when on, where that is before the term.
    """
    assert o.windows is not None
    event = k.event[o.stream]
    low, high = k.plan.term
    low = low if since is None else since
    fields = [(name, all_values(k, o.stream, name)) for name in o.each]
    found = []
    every = groups(k, fields, [o.stream])
    if instances:  # whenever they exist, of some there are rows
        every = dict.fromkeys((group_of(k, o.stream, o.each, r) for r in k.rows[o.stream]), low)
    for group, first in every.items():
        windows: dict[Span, list[Row]] = {}
        for row in k.rows[o.stream]:
            inside = low <= row[event] and (high is None or row[event] < high)
            if inside and group_of(k, o.stream, o.each, row) == group:
                window = window_of(k.plan.zone, o.windows.length, row[event])
                windows.setdefault(window, []).append(row)
        known = []
        undecided = {}
        for window, rows in sorted(windows.items()):
            cells = {i: over_rows(k, a, rows) for i, a in enumerate(o.windows.inner)}
            failing = satisfied(o.windows.where, cells.__getitem__)
            if failing is not None:
                start = max(window[0], low)
                known.append((start, window[1] if high is None else min(window[1], high), failing))
                undecided[start] = sum(cells[i].undecided for i in refs(o.windows.where))
        exists = max(first, k.plan.term[0])
        state = State(group, exists, [start for start, _, _ in known], [], [], [])
        state.windows, state.undecided = known, undecided
        parts = [(start, min(end, k.as_of), failing, True) for start, end, failing in known]
        parts = with_missing(k, o, parts, state.since)
        state.parts = in_life(k, o, group, parts, k.as_of, state.since)
        last = max([end for _, end, _ in known], default=0)
        state.runs = runs_of(k, o, group, state.parts, last=last)
        found.append(state)
    return found


def counted_from(
    k: Known, o: p.OutagePlan, group: Group, run: Run, another: int | None = None
) -> int | None:
    """The onset, or the first notice that falls inside the run or its grace, if that is later."""
    if o.notices is None:
        return run.start
    found = [] if another is None else [another]
    for row in k.rows[o.notices.rows.stream]:
        if row[o.notices.at] is None or not holds(k, o.notices.rows.where, row):
            continue
        own = dict(zip(o.each, group, strict=True))
        said = {ours: row[theirs] for ours, theirs in o.notices.match}
        if all(
            value is None or shown(k, o.notices.rows.stream, theirs, value) == own[ours]
            for (ours, theirs), value in zip(o.notices.match, said.values(), strict=True)
        ):
            found.append(row[o.notices.at])
    for time in sorted(found):
        if run.start - o.notices.grace <= time and (time < run.end or run.open):
            return max(run.start, time)
    return None


def held(
    k: Known, o: p.OutagePlan, samples: list[tuple[int, bool]]
) -> list[tuple[int, int, bool, bool]]:
    found = []
    for i, (time, failing) in enumerate(samples):
        if i + 1 < len(samples):
            until = samples[i + 1][0]
            if o.hold is not None:
                until = min(until, time + o.hold)
        elif o.expected is None:
            until = time
        else:
            until = time + (o.expected * 3 // 2 if o.hold is None else o.hold)
        found.append((time, max(time, min(until, k.as_of)), failing, True))
    return found


def with_missing(
    k: Known, o: p.OutagePlan, parts: list[tuple[int, int, bool, bool]], since: int
) -> list[tuple[int, int, bool, bool]]:
    if o.missing == "excluded":
        return parts
    upto = reach(k, o.stream)
    upto = upto if k.plan.term[1] is None else min(upto, k.plan.term[1])
    found = []
    at = since
    for part in parts:
        if at < part[0]:
            found.append((at, part[0], o.missing == "down", False))
        found.append(part)
        at = part[1]
    if at < upto:
        found.append((at, upto, o.missing == "down", False))
    return found


def runs_of(
    k: Known, o: p.OutagePlan, group: Group, parts: list[tuple[int, int, bool, bool]],
    notice: int | None = None, last: int | None = None,
) -> list[Run]:  # fmt: skip
    """The runs of failure; `notice` is one more than there are.

    `last` is where the last window ends; a sample's state runs out when its hold does.
    """
    found: list[Run] = []
    going = False
    for i, (start, end, failing, real) in enumerate(parts):
        if going and failing and found[-1].end == start:
            found[-1].end = end
            found[-1].no_data = found[-1].no_data and not real
        elif failing:
            found.append(Run(start, end, False, not real, False))
        going = failing
        if failing and i == len(parts) - 1:
            # it goes on, unless what the last sample said has run out: that ends a run
            if last is None:
                over = real and o.hold is not None and start + o.hold < k.as_of
            else:
                over = real and last < k.as_of
            found[-1].open = o.missing == "down" or not over
    for run in found:
        run.open = goes_on(k, o, group, run)
        run.long = run.end - run.start >= o.lasting
        run.since = counted_from(k, o, group, run, notice)
    return found


# ---- exclusions (section 6) ---------------------------------------------------------------------


@dataclass
class Stretch:
    """Time that one exclusion takes."""

    start: int
    end: int
    by: p.ExclusionPlan


Own = dict[str, str | None]  # what is known of a group, or of a row: field, value


def settled(k: Known, exclusions: Sequence[p.ExclusionPlan]) -> bool:
    """Whether it is known of every span that has begun if it is left out."""
    if any(e.outside and e.rows is not None for e in exclusions):
        return False  # a span that begins later leaves less out
    if any(e.windows is not None for e in exclusions):
        return False  # windows that are still to come may be left out
    late = [e.unsettled for e in exclusions if e.unsettled is not None]
    return not any(holds(k, rows.where, row) for rows in late for row in k.rows[rows.stream])


def spans_about(k: Known, e: p.ExclusionPlan, own: Own, last: int) -> list[Span]:
    key = e, tuple(own.items()), last
    if key not in k.about:
        k.about[key] = find_about(k, e, own, last)
    return k.about[key]


def find_about(k: Known, e: p.ExclusionPlan, own: Own, last: int) -> list[Span]:
    """The union of the spans that are about a group; one without an end lasts until `last`.

    Windows are each one by itself.
    """
    if e.windows is not None:
        return [window for window, yes, _ in excluding_windows(k, e, own) if yes]
    if e.excuse:
        return union(
            (late.due, last if late.done is None else late.done)
            for late in k.excuses[e.name]
            if all(own.get(x) is not None and late.texts[y] == own[x] for x, y in e.match)
        )
    found = []
    if e.existing is not None:  # of what isn't of the service nothing is said
        if any(own.get(name) is None for name in e.fields):
            return []
        if any(own[each.name] not in each.values for each in e.existing.of):
            return []
        if e.existing.span is not None:
            start, end = e.existing.span
            return without([(-FOREVER, FOREVER)], [(start, FOREVER if end is None else end)])
    assert e.rows is not None
    announced = last != FOREVER and e.announced is not None
    for row in k.ahead[e.rows.stream] if announced else k.rows[e.rows.stream]:
        if not holds(k, e.rows.where, row):
            continue
        about = True
        for ours, theirs in e.match:
            said = row[theirs]
            if said is not None and shown(k, e.rows.stream, theirs, said) != own.get(ours):
                about = False
        if about:
            found.append((row[e.start], last if row[e.end] is None else row[e.end]))
    return without([(-FOREVER, FOREVER)], union(found)) if e.outside else union(found)


def excluding_windows(
    k: Known, e: p.ExclusionPlan, own: Own | None
) -> list[tuple[Span, bool | None, int]]:
    key = e, None if own is None else tuple(own.items())
    if key not in k.windows:
        k.windows[key] = find_windows(k, e, own)
    return k.windows[key]


def find_windows(
    k: Known, e: p.ExclusionPlan, own: Own | None
) -> list[tuple[Span, bool | None, int]]:
    """The windows of rows in the term that are about a group (None: about any).

    Whether each satisfies the condition, and how many rows of it aren't decided.
    """
    made = e.windows
    assert made is not None
    assert e.rows is not None
    stream, (low, high) = e.rows.stream, k.plan.term
    by_group: dict[Group, dict[Span, list[Row]]] = {}
    for row in k.rows[stream]:
        time = row[k.event[stream]]
        said = group_of(k, stream, [theirs for _, theirs in e.match], row)
        about = own is None or all(own.get(x) == s for (x, _), s in zip(e.match, said, strict=True))
        if about and low <= time and (high is None or time < high):
            window = window_of(k.plan.zone, made.length, time)
            by_group.setdefault(said, {}).setdefault(window, []).append(row)
    found = []
    for windows in by_group.values():
        for (start, end), rows in sorted(windows.items()):
            cells = {i: over_rows(k, a, rows) for i, a in enumerate(made.inner)}
            whole = max(start, low), end if high is None else min(end, high)
            undecided = sum(cells[i].undecided for i in refs(made.where))
            found.append((whole, satisfied(made.where, cells.__getitem__), undecided))
    return found


def taken(
    k: Known, exclusions: Sequence[p.ExclusionPlan], own: Own, last: int = FOREVER,
    *, ahead: bool = False,
) -> list[Stretch]:  # fmt: skip
    """What exclusions take of one group, each instant; `ahead`: also what is to come."""
    spans = {e: spans_about(k, e, own, last) for e in exclusions}
    tables = {e.name: allowance_periods(k, e.allowance, ahead) for e in exclusions if e.allowance}
    edges = {t for own_spans in spans.values() for span in own_spans for t in span}
    edges |= {t for table in tables.values() for span in table for t in span}
    used: dict[tuple[str, int], int] = {}
    counting: set[tuple[str, int, Span]] = set()
    found = []
    for start, end in pairwise(sorted(edges)):
        over = [
            (e, span) for e in exclusions
            for span in spans[e] if span[0] <= start < span[1]
        ]  # fmt: skip
        free = [e for e, _ in over if e.allowance is None]
        if free:
            found.append(Stretch(start, end, free[0]))
            continue
        at = start
        for e, span in over:
            assert e.allowance is not None
            number = period_at(tables[e.name], start)
            if number is None or at == end:
                continue
            before = used.get((e.name, number), 0)
            if e.allowance.of == "time":
                upto = min(end, at + e.allowance.limit - before)
                used[e.name, number] = before + upto - at
            elif (e.name, number, span) in counting:
                upto = end
            elif before < e.allowance.limit:
                counting.add((e.name, number, span))
                used[e.name, number] = before + 1
                upto = end
            else:
                continue
            if at < upto:
                found.append(Stretch(at, upto, e))
            at = upto
    return found


def allowance_periods(k: Known, allowance: p.Allowance, ahead: bool) -> tuple[Span, ...]:
    """Those of the term, and of what is known after it; `ahead`: of hours, too, for a year."""
    until = max(horizon(k, "day" if ahead else allowance.per), k.as_of + 1)
    return periods_between(rules(k.plan), allowance.per, k.plan.term[0], until)


def takes(stretches: Sequence[Stretch], time: int) -> p.ExclusionPlan | None:
    """The exclusion that an instant lies in."""
    for stretch in stretches:
        if stretch.start <= time < stretch.end:
            return stretch.by
    return None


Took = dict[tuple[str, str], int]  # by exclusion and its place: ns, or rows


def took_of(stretches: Sequence[Stretch], start: int, end: int) -> Took:
    """How much of [start, end) each exclusion takes."""
    found: Took = {}
    for stretch in stretches:
        part = min(end, stretch.end) - max(start, stretch.start)
        if part > 0:
            key = stretch.by.name, stretch.by.at
            found[key] = found.get(key, 0) + part
    return found


def added(some: Iterable[Took]) -> Took:
    found: Took = {}
    for one in some:
        for key, much in one.items():
            found[key] = found.get(key, 0) + much
    return found


# ---- figures ------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """An outage: group, start, end, what of it counts, open, no data, what exclusions took."""

    group: Group
    start: int
    end: int
    counted: int
    open: bool
    no_data: bool
    excluded: tuple[tuple[tuple[str, str], int], ...]
    since: int | None


Range = tuple[Fraction | None, Fraction | None]


@dataclass
class Cell:
    value: Fraction | None
    counted: tuple[int, int] | None = None
    rows: int = 0
    undecided: int = 0
    measured: int = 0
    failing: int = 0
    outages: list[Seen] = field(default_factory=list)
    open: bool = False
    unsure: bool = False  # an open run may yet last long enough
    best: Fraction | None = None  # of a share of time: what it can still come to
    worst: Fraction | None = None
    low: Fraction | None = None  # of what only grows: the least that it can come to
    times: list[int] = field(default_factory=list)  # of a count: since when its rows are sure
    decided: int = 0  # when the last of what counts was decided, if after the period's end
    #: of a share of time: what it could still come to at an instant
    still: Callable[[int], Range] | None = None
    time_out: Took = field(default_factory=dict)  # measured time that exclusions take
    rows_out: Took = field(default_factory=dict)  # rows that they take


def percentile(values: list[int], share: Fraction, linear: bool) -> Fraction:
    ordered = sorted(values)
    n = len(ordered)
    if linear:
        at = (n - 1) * share
        below = at.numerator // at.denominator
        above = min(below + 1, n - 1)
        return ordered[below] + (at - below) * (ordered[above] - ordered[below])
    for candidate in ordered:
        if sum(1 for v in ordered if v <= candidate) >= share * n:
            return Fraction(candidate)
    raise AssertionError


def over_rows(k: Known, a: p.RowAggregate, rows: Iterable[Row]) -> Cell:
    """An aggregate of the rows of one cell."""
    chosen_rows = [row for row in rows if holds(k, a.where, row)]
    if a.function == "count":
        read = any(s.name == a.stream and s.recorded is None for s in k.plan.streams)
        names = sources(k, a.stream, columns_of(a.where))
        sure = [row for row in chosen_rows if all(row[name] is not None for name in names)]
        sure = [] if relations_in(a.where) else sure  # what belongs to a row may yet be more
        later = [
            name for name in names
            if k.fields[a.stream][name].kind == "time" and k.fields[a.stream][name].computed is None
        ]  # fmt: skip
        times = [max(row[name] for name in (k.event[a.stream], *later)) for row in sure]
        n = len(chosen_rows)
        return Cell(Fraction(n), rows=n, low=Fraction(len(sure)) if read else None, times=times)
    if a.function == "share":
        assert a.good is not None
        ways = [outcomes(k, a.good, row, running=True) for row in chosen_rows]
        good = sum(1 for way in ways if way == {True})
        undecided = sum(1 for way in ways if True in way and len(way) > 1)
        n = len(chosen_rows)
        return Cell(Fraction(good, n) if n else None, (good, n), n, undecided)
    assert a.value is not None
    values = [v for row in chosen_rows if (v := value(k, a.value, row)) is not None]
    n = len(values)
    if a.function == "sum":
        return Cell(Fraction(sum(values), a.scale), rows=n)
    if not n:
        return Cell(None)
    match a.function:
        case "mean":
            found = Fraction(sum(values), n)
        case "min":
            found = Fraction(min(values))
        case "max":
            found = Fraction(max(values))
        case "quantile":
            assert a.quantile is not None
            found = percentile(values, Fraction(*a.quantile), a.linear)
        case _:
            raise ValueError(a.function)
    return Cell(found / a.scale, rows=n)


def sources(k: Known, stream: str, names: set[str]) -> set[str]:
    """The columns that are read for some columns, through computed ones too."""
    found = set(names)
    for name in names:
        f = k.fields[stream][name]
        if f.computed is not None:
            found |= sources(k, stream, columns_of(f.computed))
    return found


def figure(formula: p.Formula, cell: Callable[[int], Cell]) -> Fraction | None:
    match formula:
        case p.AggregateRef(index=index):
            return cell(index).value
        case p.Number(value=number):
            return Fraction(*number)
        case p.BaselineRef(name=name):
            return BASELINES[name]
        case p.Negate(operand=operand):
            found = figure(operand, cell)
            return None if found is None else -found
        case p.Rounded(operand=operand, mode=mode, to=to):
            found = figure(operand, cell)
            return None if found is None else rounded(found, Fraction(*to), mode)
        case p.Operate(operands=operands, operators=operators):
            result = figure(operands[0], cell)
            for word, operand in zip(operators, operands[1:], strict=True):
                other = figure(operand, cell)
                if result is None or other is None or (word == "/" and not other):
                    return None
                match word:
                    case "+":
                        result += other
                    case "-":
                        result -= other
                    case "*":
                        result *= other
                    case _:
                        result /= other
            return result


def satisfied(condition: p.Condition, cell: Callable[[int], Cell]) -> bool | None:
    match condition:
        case p.FigureCompare(operator=word, left=left, right=right):
            a, b = figure(left, cell), figure(right, cell)
            return None if a is None or b is None else COMPARE[word](a, b)
        case p.FigurePresent(operand=formula):
            return figure(formula, cell) is not None
        case p.FigureNot(operand=operand):
            found = satisfied(operand, cell)
            return None if found is None else not found
        case p.FigureAll(operands=operands):
            return truth3("and", tuple(satisfied(o, cell) for o in operands))
        case p.FigureAny(operands=operands):
            return truth3("or", tuple(satisfied(o, cell) for o in operands))


@dataclass
class Place:
    """One group in one period."""

    names: tuple[str, ...]
    group: Group
    since: int
    start: int
    end: int
    first: bool  # the first period of the term (of rolling ones, one that begins with it)
    low: int  # from when on rows make windows: the term's start, of trailing ones before it


class Lazily(dict[str, Any]):
    """The states of outages; those that nobody asks for contradict nobody."""

    k: Known

    def __missing__(self, name: str) -> Any:
        self[name] = states(self.k, outage_named(self.k.plan, name))
        return self[name]


class Figures:
    """Works out aggregates of a plan, place by place; `judging`: those of outages too."""

    def __init__(self, k: Known, *, judging: bool = True) -> None:
        self.k = k
        self.states = Lazily({o.name: states(k, o) for o in k.plan.outages if judging})
        self.states.k = k
        self.takings: dict[Any, list[Stretch]] = {}
        #: outages of windows that are made of rows before the term too, from an instant on
        self.earlier: dict[tuple[str, int], list[State]] = {}

    def rows(self, stream: str, place: Place) -> list[Row]:
        """The rows of a stream that belong to a place."""
        k = self.k
        event = k.event[stream]
        return [
            row for row in rows_in(k, stream, place.names, place.group)
            if place.start <= row[event] < place.end
        ]  # fmt: skip

    def cell(self, index: int, place: Place) -> Cell:
        match self.k.plan.aggregates[index]:
            case p.RowAggregate() as a:
                rows, out = self.left(a, self.rows(a.stream, place))
                cell = over_rows(self.k, a, rows)
                cell.rows_out = out
                read = self.rows(a.stream, place)  # of no rows none can go
                if read and not settled(self.k, a.excluding):
                    cell.low = None
                return cell
            case p.WindowAggregate() as a:
                return self.over_windows(a, place)
            case p.EachAggregate() as a:
                return self.over_each(a, place)
            case p.OutageAggregate() as a:
                return self.over_outages(a, place)

    def left(self, a: p.RowAggregate, rows: list[Row]) -> tuple[list[Row], Took]:
        """The rows that exclusions leave, and how many of the others would have counted."""
        k = self.k
        if not a.excluding:
            return rows, {}
        kept, out = [], []
        for row in rows:
            own: Own = {}
            for name in {ours for e in a.excluding for ours in e.fields}:
                own[name] = None if row[name] is None else shown(k, a.stream, name, row[name])
            by = takes(self.taken(a.excluding, own), row[k.event[a.stream]])
            if by is None:
                kept.append(row)
            elif holds(k, a.where, row):
                out.append({(by.name, by.at): 1})
        return kept, added(out)

    def taken(self, exclusions: tuple[p.ExclusionPlan, ...], own: Own) -> list[Stretch]:
        key = exclusions, tuple(sorted(own.items()))
        if key not in self.takings:
            self.takings[key] = taken(self.k, exclusions, own)
        return self.takings[key]

    # ---- groups of a finer grain ----

    def over_each(self, a: p.EachAggregate, place: Place) -> Cell:
        """The mean, least or greatest figure of the groups that there are by the period's end."""
        k = self.k
        streams = sorted(streams_of(k.plan, a.value))
        names = tuple(dict.fromkeys((*place.names, *(g.name for g in a.each))))
        fields = [(name, all_values(k, streams[0], name)) for name in names]
        figures, cells = [], []
        for group, since in groups(k, fields, streams).items():
            own_fields = dict(zip(names, group, strict=True))
            exists = there(k, own_fields, since, place.start, place.end)
            if group[: len(place.names)] != place.group or not exists:
                continue
            if any(own_fields[name] not in values for name, values in a.among):
                continue
            inner = replace(place, names=names, group=group, since=since)
            own = {i: self.cell(i, inner) for i in refs(a.value)}
            for i, cell in own.items():
                part = k.plan.aggregates[i]
                if isinstance(part, p.OutageAggregate) and part.function not in ("time", "count"):
                    cell.unsure = cell.unsure or cell.open
            found = figure(a.value, own.__getitem__)
            figures += [found] * (found is not None)
            cells += own.values()
        value: Fraction | None = None
        if figures and a.function == "mean":
            value = sum(figures, Fraction(0)) / len(figures)
        elif figures:
            value = min(figures) if a.function == "min" else max(figures)
        return Cell(
            value, None, sum(c.rows for c in cells), sum(c.undecided for c in cells),
            sum(c.measured for c in cells), sum(c.failing for c in cells),
            [seen for c in cells for seen in c.outages], unsure=any(c.unsure for c in cells),
            rows_out=added(c.rows_out for c in cells), time_out=added(c.time_out for c in cells),
            decided=max((c.decided for c in cells), default=0),
        )  # fmt: skip

    # ---- windows ----

    def over_windows(self, a: p.WindowAggregate, place: Place) -> Cell:
        k = self.k
        formula = a.good if a.value is None else a.value
        assert formula is not None
        inner = refs(formula)
        (stream,) = streams_of(k.plan, formula)
        low, high = place.low, k.plan.term[1]
        event = k.event[stream]
        windows: dict[Span, list[Row]] = {}
        for row in rows_in(k, stream, place.names, place.group):
            if low <= row[event] and (high is None or row[event] < high):
                window = window_of(k.plan.zone, a.length, row[event])
                if self.belongs(window, place) and self.counts(window, a):
                    windows.setdefault(window, []).append(row)
        undecided = 0
        figures: dict[Span, Fraction] = {}
        verdicts: list[bool] = []
        outs = []
        kept_in = set()
        for window, rows in windows.items():
            cells = {}
            for i in inner:
                part = k.plan.aggregates[i]
                assert isinstance(part, p.RowAggregate)
                kept, out = self.left(part, rows)
                outs.append(out)
                cells[i] = over_rows(k, part, kept)
            if not kept:  # all inner ones leave out the same
                continue
            kept_in.add(window)
            undecided += sum(c.undecided for c in cells.values())
            if a.good is not None:
                verdict = satisfied(a.good, cells.__getitem__)
                if verdict is not None:
                    verdicts.append(verdict)
            else:
                found = figure(formula, cells.__getitem__)  # type: ignore[arg-type]
                if found is not None:
                    figures[window] = found
        fields = [(name, all_values(k, stream, name)) for name in place.names]
        since = groups(k, fields, [stream]).get(place.group, FOREVER)
        if a.empty is not None and since < place.end:
            # windows that have begun and have no figure, where the group exists; the period in
            # which it appears is judged whole: its windows before the first row are empty ones
            time = place.start
            while time < place.end and time <= reach(k, stream):
                window = window_of(k.plan.zone, a.length, time)
                gone = window not in kept_in and self.wholly_out(a, window, place)
                own = self.belongs(window, place) and self.counts(window, a) and not gone
                begun = k.plan.term[0] <= max(window[0], low) and window[0] < reach(k, stream)
                if begun and own:
                    figures.setdefault(window, Fraction(*a.empty))
                time = window[1]
        if a.good is not None:
            good, n = sum(verdicts), len(verdicts)
            value = Fraction(good, n) if n else None
            return Cell(value, (good, n), n, undecided, rows_out=added(outs))
        if not figures:
            return Cell(None, undecided=undecided, rows_out=added(outs))
        match a.function:
            case "mean":
                found = sum(figures.values(), Fraction(0)) / len(figures)
            case "min":
                found = min(figures.values())
            case _:
                found = max(figures.values())
        return Cell(found, rows=len(figures), undecided=undecided, rows_out=added(outs))

    def wholly_out(self, a: p.WindowAggregate, window: Span, place: Place) -> bool:
        """Whether all of a window, as far as it lies in the term, is excluded for its group."""
        low, high = place.low, self.k.plan.term[1]
        start, end = max(window[0], low), window[1] if high is None else min(window[1], high)
        stretches = self.taken(a.excluding, dict(zip(place.names, place.group, strict=True)))
        return not without([(start, end)], [(s.start, s.end) for s in stretches])

    def counts(self, window: Span, a: p.WindowAggregate) -> bool:
        """In a calendar a window counts if it begins in open time."""
        if a.calendar is None:
            return True
        return bool(self.k.calendars.open_hours(a.calendar, window[0], window[0] + 1))

    def belongs(self, window: Span, place: Place) -> bool:
        """A window belongs to the period in which it starts: the term's first takes a cut one."""
        return place.start <= max(window[0], place.low) < place.end

    def running(self, index: int, place: Place) -> bool:
        """Whether a window that counts in a period, which is over, isn't over at as-of."""
        k = self.k
        a = k.plan.aggregates[index]
        if k.as_of < place.end:
            return False
        if isinstance(a, p.EachAggregate):
            return any(self.running(i, place) for i in refs(a.value))
        for e in a.excluding:
            if e.windows is not None and self.open_exclusion(e, place):
                return True
        if isinstance(a, p.WindowAggregate):
            window = window_of(k.plan.zone, a.length, k.as_of)
            return self.goes_on(window) and self.belongs(window, place) and self.counts(window, a)
        if isinstance(a, p.OutageAggregate):
            o = outage_named(k.plan, a.outage)
            if o.windows is not None:
                window = window_of(k.plan.zone, o.windows.length, k.as_of)
                return self.goes_on(window) and max(window[0], place.low) < place.end
        return False

    def over(self, index: int, place: Place) -> int:
        """When the last window that counts in a period is over: at its end, or later."""
        k = self.k
        a = k.plan.aggregates[index]
        if isinstance(a, p.EachAggregate):
            return max(self.over(i, place) for i in refs(a.value))
        length = a.length if isinstance(a, p.WindowAggregate) else None
        if isinstance(a, p.OutageAggregate):
            of = outage_named(k.plan, a.outage).windows
            length = None if of is None else of.length
        if length is None:
            return place.end
        window = window_of(k.plan.zone, length, place.end)
        last = window[1] if k.plan.term[1] is None else min(window[1], k.plan.term[1])
        runs = max(window[0], place.low) < place.end < last
        if isinstance(a, p.WindowAggregate):
            runs = runs and self.belongs(window, place) and self.counts(window, a)
        return last if runs else place.end

    def open_exclusion(self, e: p.ExclusionPlan, place: Place) -> bool:
        """Whether a window in a period may still be left out, or not: of whatever group."""
        k = self.k
        assert e.windows is not None
        windows = [w for w, _, undecided in excluding_windows(k, e, None) if undecided]
        now = window_of(k.plan.zone, e.windows.length, k.as_of)
        windows += [now] * (self.goes_on(now) and k.plan.term[0] <= k.as_of)
        return any(start < place.end and place.start < end for start, end in windows)

    def goes_on(self, window: Span) -> bool:
        """Whether more rows of a window may come after as-of."""
        end = self.k.plan.term[1]
        return self.k.as_of < (window[1] if end is None else min(window[1], end))

    # ---- outages ----

    def of_group(self, o: p.OutagePlan, place: Place) -> list[State]:
        own = self.states[o.name]
        if o.windows is not None and place.low != self.k.plan.term[0]:
            if (o.name, place.low) not in self.earlier:
                made = states_at_once if o.at_once else window_states
                self.earlier[o.name, place.low] = made(self.k, o, place.low)
            own = self.earlier[o.name, place.low]
        return [s for s in own if self.within(o, s.group, place.names) == place.group]

    def within(self, o: p.OutagePlan, group: Group, names: Iterable[str]) -> Group:
        """The values of some fields of an outage's group; the service that it is about."""
        own = dict(zip(o.each, group, strict=True))
        if "service" not in own:
            own["service"] = ""
            for service in self.k.plan.services:
                of = {name: values for name, values in service.of if name != "service"}
                if all(own.get(name) in values for name, values in of.items()):
                    own["service"] = service.name
        return tuple(own[name] for name in names)

    def over_outages(self, a: p.OutageAggregate, place: Place) -> Cell:
        o = outage_named(self.k.plan, a.outage)
        own = self.of_group(o, place)
        out = {s.group: self.taken(a.excluding, dict(zip(o.each, s.group, strict=True)))
               for s in own}  # fmt: skip
        known = sum(overlap(start, end, place) for s in own for start, end, _, _ in s.parts)
        measured: int | Fraction = known
        time_out = added(
            took_of(out[s.group], max(start, place.start), min(end, place.end))
            for s in own for start, end, _, _ in s.parts
        )  # fmt: skip
        as_up = {(e.name, e.at) for e in a.excluding if e.as_up}
        measured -= sum(time for key, time in time_out.items() if key not in as_up)
        if a.function == "time" and o.weight is not None and not o.weight.part:
            measured = sum(
                weighed(o, s.said, self.not_taken(
                    [x for x in out[s.group] if not x.by.as_up], start, end, place
                ))
                for s in own for start, end, _, _ in s.parts
            )  # fmt: skip
        undecided = sum(
            rows for s in own for start, rows in s.undecided.items()
            if place.start <= start < place.end
        )  # fmt: skip
        if a.function == "time":
            cell = self.time_outside(o, a, own, out, place, measured)
            cell.time_out, cell.undecided = time_out, undecided
            cell.decided = max(
                (min(r.end, r.start + o.lasting) for s in own for r in s.runs
                 if r.since is not None and overlap(r.since, r.end, place)), default=0,
            )  # fmt: skip
            if self.limited(o, a, own, place):
                (state,) = own
                stretches = out[state.group]
                cell.still = lambda time: still(self, a, o, state, stretches, place, time)
            return cell
        begun = [(s, r) for s in own for r in s.runs if place.start <= r.start < place.end]
        unsure = any(r.open and not r.long for _, r in begun)
        seen, lengths, still_open, failing = [], [], False, 0
        sure_of = Fraction(0)  # what those that are weighted come to at least
        ends = [r.end for _, r in begun if not r.long]
        for state, r in [(state, r) for state, r in begun if r.long]:
            group = state.group
            since = r.end if r.since is None else r.since
            gone = took_of(out[group], since, r.end)
            length = max(r.end - since, 0) - sum(gone.values())
            counted: int | Fraction = rounded_length(o, length)
            if o.weight is not None:
                parts = [(since, r.end)] if since < r.end else []
                parts = without(parts, [(x.start, x.end) for x in out[group]])
                counted = weighed_length(o, state.said, parts)
            seen.append(Seen(group, r.start, r.end, counted, r.open, r.no_data,
                             tuple(sorted(gone.items())), r.since))  # fmt: skip
            wholly = length == 0 and (gone or takes(out[group], since) is not None)
            if r.since is None or wholly:
                unsure = unsure or r.open  # it counts once it goes on, or is told of
                ends.append(r.end)
                continue
            lengths.append(counted)
            is_over = r.end < self.k.as_of and not r.open
            sure_of += (
                weighed_length(o, state.said, parts, over=is_over) if o.weight is not None else 0
            )
            failing += counted if o.weight is None else length
            still_open = still_open or r.open
            sure = a.function == "count" and not gone
            ends.append(max(r.start + o.lasting, r.since) if sure else r.end)
        lengths.sort()
        # of many at once, one that speaks again may say that they didn't all fail
        only_more = a.function in ("count", "sum", "max") and not o.at_once
        rows = self.samples(own, place)
        found: Fraction | None
        match a.function:
            case _ if not known:
                return Cell(None)
            case _ if not measured:
                found = None
            case "count":
                found = Fraction(len(lengths))
            case "sum":
                found = Fraction(sum(lengths)) / SECOND
            case _ if not lengths:
                found = None
            case "mean":
                found = Fraction(sum(lengths)) / (SECOND * len(lengths))
            case "min":
                found = Fraction(lengths[0]) / SECOND
            case "max":
                found = Fraction(lengths[-1]) / SECOND
            case _:
                assert a.quantile is not None
                found = percentile(lengths, Fraction(*a.quantile), a.linear) / SECOND
        least = found
        if found is not None and o.weight is not None and a.function == "sum":
            least = sure_of / SECOND
        return Cell(
            found, None, rows, undecided, measured, failing, seen, still_open,
            low=least if only_more and self.settled(a, o) else None, unsure=unsure,
            time_out=time_out, decided=max(ends, default=0),
        )  # fmt: skip

    def samples(self, own: list[State], place: Place) -> int:
        return sum(place.start <= time < place.end for s in own for time in s.times)

    def time_outside(
        self, o: p.OutagePlan, a: p.OutageAggregate, own: list[State],
        out: dict[Group, list[Stretch]], place: Place, measured: int | Fraction,
    ) -> Cell:  # fmt: skip
        seen = []
        for s in own:
            for r in s.runs:
                start, end = max(r.start, place.start), min(r.end, place.end)
                if r.long and start < end:
                    start = end if r.since is None else min(max(start, r.since), end)
                    gone = took_of(out[s.group], start, end)
                    part: int | Fraction = rounded_length(o, end - start - sum(gone.values()))
                    if o.weight is not None:
                        left = self.not_taken(out[s.group], start, end, place)
                        part = weighed_length(o, s.said, left)
                    seen.append(Seen(s.group, r.start, r.end, part, r.open, r.no_data,
                                     tuple(sorted(gone.items())), r.since))  # fmt: skip
        failing = sum(r.counted for r in seen)
        best, worst = self.still_possible(o, a, own, place)
        rows = self.samples(own, place)
        unsure = any(r.open and not r.long and r.since is not None
                     and overlap(r.since, r.end, place) for s in own for r in s.runs)  # fmt: skip
        if not any(overlap(part[0], part[1], place) for s in own for part in s.parts):
            rows = rows if best is not None else 0  # no evidence of nothing
            return Cell(None, rows=rows, best=best, worst=worst, unsure=unsure)
        if not measured:
            return Cell(
                None, None, rows, 0, 0, failing, seen, best=best, worst=worst, unsure=unsure
            )
        up, whole = self.up(a, own, place, measured, failing)
        return Cell(
            Fraction(up) / whole if whole else None, (up, whole) if o.weight is None else None,
            rows, 0, measured, failing, seen,
            best=best, worst=worst, unsure=unsure,
        )  # fmt: skip

    def up(
        self,
        a: p.OutageAggregate,
        own: list[State],
        place: Place,
        measured: int | Fraction,
        failing: int | Fraction,
    ) -> tuple[int | Fraction, int | Fraction]:
        """The time that didn't fail, and what it is a share of: what was measured, or a length."""
        if a.of is None:
            return max(measured - failing, 0), measured
        whole = a.of * sum(
            there(self.k, dict(zip(self.each(a), s.group, strict=True)), s.since,
                  place.start, place.end)
            for s in own
        )  # fmt: skip
        return max(whole - failing, 0), whole

    def settled(self, a: p.OutageAggregate, o: p.OutagePlan) -> bool:
        """The same of an outage, of whose groups services may tell when they exist."""
        services = [s.outside for s in self.k.plan.services if s.outside is not None]
        about = [e for e in services if set(e.fields) <= set(o.each)]
        down = [] if o.down_outside is None else [o.down_outside]
        return settled(self.k, [*a.excluding, *about, *down])

    def each(self, a: p.OutageAggregate) -> tuple[str, ...]:
        return outage_named(self.k.plan, a.outage).each

    def limited(
        self, o: p.OutagePlan, a: p.OutageAggregate, own: list[State], place: Place
    ) -> bool:
        """Whether it can be said what the share of an open period can still come to."""
        alone = set(place.names) == set(o.each)  # else a new group may be pooled in
        part = o.weight is None or o.weight.part  # else there may be any number of them
        if not alone or not own or not part:
            return False
        return self.settled(a, o) and o.rounding is None and not o.at_once

    def still_possible(
        self,
        o: p.OutagePlan,
        a: p.OutageAggregate,
        own: list[State],
        place: Place,
    ) -> tuple[Fraction | None, Fraction | None]:
        """The most and the least of an open period: silence, or samples from as-of on.

        Only of a group that is judged by itself. A next sample also says what held since the
        last one, as far as that one's state may hold.
        """
        k = self.k
        if not place.start <= k.as_of < place.end or not self.limited(o, a, own, place):
            return None, None
        (state,) = own
        sure = taken(k, a.excluding, dict(zip(o.each, state.group, strict=True)), k.as_of)
        shares = []
        for notice in (None, k.as_of):
            for parts, runs, said in self.ways(o, state, place, notice):
                measured = sum(
                    overlap(part[0], part[1], place)
                    - self.out_of([x for x in sure if not x.by.as_up], part[0], part[1], place)
                    for part in parts
                )
                failed = sum(
                    weighed(o, said, self.not_taken(sure, r.since, r.end, place))
                    for r in runs
                    if r.long and r.since is not None
                )
                if measured:
                    up, whole = self.up(a, own, place, measured, failed)
                    shares.append(Fraction(up) / whole)
        return (max(shares), min(shares)) if shares else (None, None)

    def ways(
        self, o: p.OutagePlan, state: State, place: Place, notice: int | None
    ) -> Iterator[tuple[list[tuple[int, int, bool, bool]], list[Run], list[Said]]]:
        """What a group's time can come to: nothing more is said, all is well, all fails."""
        k = self.k
        beyond = place.end + o.lasting
        silent = replace(k, as_of=place.end, given=True, groups={}, lives={}, about={}, windows={})
        group = state.group

        def cut(parts: list[Part]) -> list[Part]:
            return in_life(k, o, group, parts, place.end, state.since)

        if o.ends is not None:
            spans = state.spans
            parts = cut(up_between(k, state, spans, place.end))
            said = by_spans(k, o, group, place.end, state.since)
            yield parts, spans_down(k, o, group, spans, place.end, notice), said
            parts = [(start, min(end, k.as_of), True, True) for start, end in spans]
            good = without([(state.since, beyond)], [(start, end) for start, end, _, _ in parts])
            parts += [(start, end, False, False) for start, end in good]
            said = by_spans(k, o, group, k.as_of, state.since)
            yield cut(parts), spans_down(k, o, group, spans, k.as_of, notice), said
            worst = union([*spans, (k.as_of, beyond)])
            parts = cut(up_between(k, state, worst, beyond))
            said = [*by_spans(k, o, group, beyond, state.since), (k.as_of, beyond, whole_weight(o))]
            yield parts, spans_down(k, o, group, worst, beyond, notice), said
            return
        if o.windows is not None:
            last = max([end for _, end, _ in state.windows], default=0)
            known = [(start, min(end, place.end), f, True) for start, end, f in state.windows]
            parts = cut(with_missing(silent, o, known, state.since))
            yield parts, runs_of(k, o, group, parts, notice, last), []
            begun = max(window_of(k.plan.zone, o.windows.length, k.as_of)[0], k.plan.term[0])
            for failing in (False, True):
                known = [
                    (start, min(end, begun), f, True)
                    for start, end, f in state.windows if start < begun
                ]  # fmt: skip
                known.append((begun, beyond, failing, True))
                parts = cut(with_missing(k, o, known, state.since))
                yield parts, runs_of(k, o, group, parts, notice, beyond), []
            return
        parts = cut(with_missing(silent, o, held(silent, o, state.samples), state.since))
        yield parts, runs_of(k, o, group, parts, notice), by_samples(silent, o, group, state.since)
        for failing in (False, True):
            known = held(k, o, [*state.samples, (k.as_of, failing)])[:-1]
            known.append((k.as_of, beyond, failing, True))
            parts = cut(with_missing(k, o, known, state.since))
            said = by_samples(k, o, group, state.since, [k.as_of])
            yield parts, runs_of(k, o, group, parts, notice), said

    def not_taken(self, out: Iterable[Stretch], start: int, end: int, place: Place) -> list[Span]:
        """The time of a stretch in a period that isn't left out."""
        low, high = max(start, place.start), min(end, place.end)
        return without([(low, high)] if low < high else [], [(x.start, x.end) for x in out])

    def out_of(self, stretches: list[Stretch], start: int, end: int, place: Place) -> int:
        found = took_of(stretches, max(start, place.start), min(end, place.end))
        return sum(found.values())


def rounded_length(o: p.OutagePlan, length: int) -> int:
    """What an outage, or the part of it that lies in a period, counts for."""
    if o.rounding is None:
        return length
    mode, step = o.rounding
    return int(rounded(Fraction(length), Fraction(step), mode))


def overlap(start: int, end: int, place: Place) -> int:
    return max(min(end, place.end) - max(start, place.start), 0)


# ---- verdicts (section 7) -----------------------------------------------------------------------


@dataclass
class Result:
    obligation: str
    number: int
    start: int
    end: int
    group: tuple[tuple[str, str], ...]
    word: str
    final: bool
    value: tuple[int, int] | None
    rows: int
    measured: int
    failing: int
    undecided: int
    outages: list[Seen]
    best: Fraction | None
    worst: Fraction | None
    reason: str
    counted: str  # what the value is a count of: rows (or windows), time; or nothing
    method: str
    requirement: p.Requirement
    place: Place
    time_out: Took
    rows_out: Took
    figures: Figures
    target: Fraction  # the part of it that is due
    breached_at: int | None = None
    excused: tuple[str, Fraction | None] | None = None  # a breach, with what excuses taken off

    @property
    def exact(self) -> Fraction | None:
        return None if self.value is None else Fraction(*self.value)


@dataclass
class Answer:
    as_of: int
    results: list[Result]
    statements: list[Statement]
    rights: list[Any] = field(default_factory=list)
    renewals: list[Any] = field(default_factory=list)
    reviews: list[Any] = field(default_factory=list)
    restated: list[Any] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)


def evaluate(plan: p.Plan, streams: Mapping[str, Sequence[Row]], as_of: int | None) -> Answer:
    """Everything that an agreement comes to, by what is signed and renewed by as-of."""
    agreed_then, found = plan, None
    for number in range(len(plan.earlier), -1, -1):
        agreed_then = plan if number == len(plan.earlier) else plan.earlier[number].plan
        signed = plan.earlier[number - 1].before if number else None
        if not agreed_then.obligations or (
            as_of is not None and signed is not None and as_of < signed
        ):
            continue
        found = evaluate_renewed(agreed_then, streams, as_of, given=True)
        if signed is None or found.as_of >= signed:
            break
        found = None
    if found is None:
        raise Refusal("nothing is agreed")
    found.restated = restatements(plan, agreed_then, streams, found, given=as_of is not None)
    return found


def evaluate_renewed(
    plan: p.Plan, streams: Mapping[str, Sequence[Row]], as_of: int | None, *, given: bool
) -> Answer:
    """For the term, and for what it became as often as it was renewed by as-of."""
    ends: list[Any] = []
    noticed = None
    while True:
        found = evaluate_term(plan, streams, as_of, noticed, given)
        ends += found.renewals
        if not found.renewals:
            break
        end, word, *_, noticed, becomes = found.renewals[0]
        if word != "renewed" or found.as_of < end:
            break
        plan = plan.but(term=(plan.term[0], becomes))
    found.renewals = ends
    return found


def evaluate_term(
    plan: p.Plan, streams: Mapping[str, Sequence[Row]], as_of: int | None, noticed: int | None,
    given: bool, old: Mapping[str, Fraction | None] = MappingProxyType({}),
) -> Answer:  # fmt: skip
    """Everything that an evaluation of a plan comes to."""
    of_old = dict(old)
    for b in plan.baselines:  # each after those that it names
        of_old[b.name] = baseline(b, streams, as_of if given else None, True, of_old)
    BASELINES.clear()
    BASELINES.update(of_old)
    k = know(plan, streams, as_of, given=given)
    views = late_views(k, streams, as_of, given)
    figures = Figures(k, judging=not views)  # else each is judged by the rows that were in time
    for own in views.values():
        own.k.excuses, own.k.waiting = k.excuses, k.waiting
    every = [own.k for own in views.values()] or [k]

    def by_rows(r: p.Requirement) -> list[Result]:
        spans = periods_of(k, r.period)
        many = deep(spans)
        own = {i: views.get((r.period, i % many), figures) for i in range(len(spans))}
        return judge(own, every, r, spans)

    excuse(k, by_rows)
    judged = {r: by_rows(r) for r in measured(plan)}
    results = [one for r in plan.requirements for one in judged[r]]
    dues_ = due_times(k, results)
    return Answer(
        k.as_of, results, settle(figures, results, dues_, views), rights(k, results, judged),
        renewal(k, results, noticed), reviews(k, results), dues=dues_,
    )  # fmt: skip


def rules_of(plan: p.Plan) -> dict[p.PeriodRule, list[Any]]:
    """What is worked out for each sort of period: what is judged, what money is a part of."""
    found: dict[p.PeriodRule, list[Any]] = {}
    for r in measured(plan):
        found.setdefault(r.period, []).append(r.formula)
    if not plan.requirements:
        return {}
    for payment in plan.payments:
        own: list[p.PeriodRule] = [
            r.period for r in plan.requirements if r.obligation == payment.obligation
        ]
        own += ["month" for d in plan.deadlines if d.obligation == payment.obligation]
        amounts = [tier.amount for _, tiers in payment.schedules for tier in tiers]
        amounts += [payment.limit] if payment.limit is not None else []
        for amount in amounts:
            for part in amounts_in(amount):
                for rule in own if part.formula is not None else ():
                    found.setdefault(rule_of(part, rule), []).append(part.formula)
    for cap in plan.caps:
        for part in amounts_in(cap.amount):
            if part.formula is not None:
                found.setdefault(rule_of(part, cap.per), []).append(part.formula)
    return {rule: some for rule, some in found.items() if any(map(refs, some))}


def amounts_in(amount: p.Amount) -> list[p.Amount]:
    return [amount, *(part for operand in amount.operands for part in amounts_in(operand))]


def rule_of(a: p.Amount, rule: p.PeriodRule) -> p.PeriodRule:
    """The periods that a metric is taken over, for an amount of what is judged by a rule."""
    if a.of == "metric_length":
        count = a.value[0] // a.value[1]
        return p.Rolling(count, a.unit, 1, a.unit)
    return a.before or rule


def measured(plan: p.Plan) -> list[p.Requirement]:
    """What is promised, and what rights depend on."""
    aside = [w.measure for remedy in plan.remedies for w in remedy.when if w.measure is not None]
    return [*plan.requirements, *(m for m in dict.fromkeys(aside) if m not in plan.requirements)]


#: The figures of the plan at hand that are known before its rows are looked at.
BASELINES: dict[str, Fraction | None] = {}


def baseline(
    b: p.BaselinePlan,
    streams: Mapping[str, Sequence[Row]],
    as_of: int | None,
    given: bool = True,
    old: Mapping[str, Fraction | None] = MappingProxyType({}),
) -> Fraction | None:
    """What was pinned, or what rows of its own time come to, once that is over."""
    if b.pinned is not None:
        return Fraction(*b.pinned)
    end = b.plan.term[1]
    assert end is not None
    if as_of is not None and as_of < end:
        return None
    try:
        results = evaluate_term(b.plan, streams, as_of, None, given, old).results
    except Refusal as refusal:
        if refusal.args[0] == "nothing known":
            return None
        raise
    return results[0].exact if results else None


def named_in(node: Any) -> set[str]:
    """The baselines that a part of a plan names."""
    if isinstance(node, p.Baseline | p.BaselineRef):
        return {node.name}
    found: set[str] = set()
    for part in parts_of(node):
        found |= named_in(part)
    return found


@lru_cache(maxsize=64)
def hangs_on(plan: p.Plan, r: p.Requirement) -> set[str]:
    """The baselines that a requirement's figure depends on."""
    found = named_in((r.formula, r.applies))
    todo = list(refs(r.formula))
    names = set(streams_of(plan, r.formula))
    while todo:
        a = plan.aggregates[todo.pop()]
        found |= named_in(a)
        if isinstance(a, p.OutageAggregate):
            found |= named_in(outage_named(plan, a.outage))
        elif not isinstance(a, p.RowAggregate):
            todo += refs(a)
    for d in reversed(plan.derived):
        if d.name in names:
            found |= named_in(d)
            names.add(d.base)
    for s in plan.streams:
        if s.name in names:
            found |= named_in(s)
    return found


def deep(spans: Sequence[Span]) -> int:
    """How many periods overlap at most."""
    most = 1
    for i, (_, end) in enumerate(spans):
        while i + most < len(spans) and spans[i + most][0] < end:
            most += 1
    return most


def outages_in(plan: p.Plan, formulas: Iterable[Any]) -> list[str]:
    """The outages that figures are made of."""
    found: dict[str, None] = {}
    for formula in formulas:
        for index in refs(formula):
            a = plan.aggregates[index]
            if isinstance(a, p.OutageAggregate):
                found[a.outage] = None
            elif not isinstance(a, p.RowAggregate):
                inner = a.value if a.value is not None else a.good
                found |= dict.fromkeys(outages_in(plan, [inner]))
    return list(found)


def late_views(
    k: Known, streams: Mapping[str, Sequence[Row]], as_of: int | None, given: bool
) -> dict[tuple[p.PeriodRule, int], Figures]:
    """By what is judged for: figures of the rows that weren't too late there.

    Of periods that overlap every so many are taken together, those that don't.
    """
    plan = k.plan
    if plan.late is None or all(s.recorded is None for s in plan.streams):
        return {}
    found = {}
    for rule, formulas in rules_of(plan).items():
        spans = periods_of(k, rule)
        many = deep(spans)
        names = outages_in(plan, formulas)
        for i in range(many):
            known = know(plan, streams, as_of, spans[i::many], given=given)
            found[rule, i] = own = Figures(known, judging=False)
            for name in names:  # what this rule judges mustn't contradict itself
                own.states[name] = states(known, outage_named(plan, name))
    return found


def periods_of(k: Known, rule: p.PeriodRule) -> tuple[Span, ...]:
    """What is judged for: periods of the calendar, or those before some rows of the term."""
    if not isinstance(rule, p.Trailing):
        return periods(k.plan, rule, horizon(k, rule))
    start, end = k.plan.term
    times = {row[rule.field] for row in k.rows[rule.rows.stream] if holds(k, rule.rows.where, row)}
    upto = k.as_of + 1 if end is None else min(end, k.as_of + 1)
    ends = sorted(t for t in times if t is not None and start <= t < upto)
    zone_name = k.plan.zone
    return tuple((min(later(zone_name, t, -rule.length, rule.unit), t), t) for t in ends)


def horizon(k: Known, kind: p.PeriodRule) -> int:
    """Far enough that no period that has begun is cut by it."""
    beyond = 2 * DAY if kind == "hour" else 400 * DAY
    if isinstance(kind, p.Rolling):
        beyond = kind.length * 367 * DAY + 400 * DAY
    return k.plan.term[1] or max(k.as_of, k.plan.term[0]) + beyond


def judge(
    by_period: dict[int, Figures], every: list[Known], r: p.Requirement, spans: Sequence[Span]
) -> list[Result]:
    k = every[0]
    fields = [(g.name, g.values) for g in r.groups]
    found = []
    existing: dict[Group, int] = {}
    for figures in {id(f): f for f in by_period.values()}.values():
        for group, since in groups(
            figures.k, fields, sorted(streams_of(k.plan, r.formula))
        ).items():
            existing[group] = min(since, existing.get(group, since))
    names = tuple(g.name for g in r.groups)
    low = k.plan.term[0]
    if isinstance(r.period, p.Trailing):
        low = min(low, later(k.plan.zone, low, -r.period.length, r.period.unit))
    some = [any(begun(own, r, start) for own in every) for start, _ in spans]
    for group, since in sorted(existing.items(), key=lambda item: group_order(r, item[0])):
        named = dict(zip(names, group, strict=True))
        if any(named[name] not in values for name, values in r.among):
            continue
        for index, (start, end) in enumerate(spans):
            if not some[index] or not agreed(r, start):
                continue
            if any(there(own, named, since, start, end) for own in every):
                first = index == 0
                if isinstance(r.period, p.Rolling | p.Trailing):
                    first = start == k.plan.term[0]
                place = Place(names, group, since, start, end, first, low)
                found.append(judge_both(by_period[index], r, place))
    return found


def begun(k: Known, r: p.Requirement, start: int) -> bool:
    """A period that starts at as-of has begun if a row of its measure says so."""
    if start != k.as_of:
        return start < k.as_of
    return any(
        row[k.event[stream]] == start
        for stream in streams_of(k.plan, r.formula)
        for row in k.rows[stream]
    )


def group_order(r: p.Requirement, group: Group) -> list[Any]:
    """Values of enums as they are declared, texts bytewise."""
    return [
        g.values.index(value) if g.values else value.encode()
        for g, value in zip(r.groups, group, strict=True)
    ]


def judge_both(figures: Figures, r: p.Requirement, place: Place) -> Result:
    """A breach is judged again with what excuses taken off: only then it is excused."""
    found = judge_one(figures, r, place)
    if r.excused is None or found.word != "breached":
        return found
    other = judge_one(figures, r.but(formula=r.excused, excused=None), place)
    found.excused = other.word, other.exact
    names = ", ".join(dict.fromkeys(e.stream.removeprefix(BREACHES) for e in r.excuses))
    if other.word == "met":
        found.word, found.reason = "excused", f"met but for breaches of {names}"
    elif other.word == "pending" or (
        other.word == "breached" and any(figures.k.waiting[e.stream] < place.end for e in r.excuses)
    ):
        found.excused = "pending", other.exact
        found.word, found.final = "pending", False
        found.reason = f"breaches of {names} may still excuse it"
    if found.word != "breached":
        found.breached_at = None
    elif found.breached_at is not None and other.breached_at is not None:
        found.breached_at = max(found.breached_at, other.breached_at)
    return found


def judge_one(figures: Figures, r: p.Requirement, place: Place) -> Result:
    k = figures.k
    cells = {i: figures.cell(i, place) for i in refs(r.formula)}
    promised = promise_of(r, dict(zip(place.names, place.group, strict=True)))
    needed = hangs_on(k.plan, r) | named_in(promised)
    unknown = sorted(b for b in needed if BASELINES[b] is None)
    limit = figure(promised, cells.__getitem__)
    nothing = f"no data for the baseline `{unknown[0]}`" if unknown else ""
    if not unknown and limit is None:
        nothing = "a target that is divided by zero"
    exact = None if nothing else figure(r.formula, cells.__getitem__)
    undecided = sum(c.undecided for c in cells.values())
    target = Fraction(0) if limit is None else limit
    target *= part_due(k.plan, r, place.start, place.end)
    closed = k.as_of >= place.end
    single = single_of(r.formula)
    open_ones = {
        i for i, c in cells.items()
        if c.unsure or (c.open and isinstance(a := k.plan.aggregates[i], p.OutageAggregate)
                        and a.function not in ("time", "count"))
    }  # fmt: skip
    best, worst = bounds(k, r, cells, closed, open_ones)
    keeps = COMPARE[r.operator]
    running = any(figures.running(i, place) for i in refs(r.formula))
    if running:
        best = worst = None
    waiting = bool(undecided) or not closed or running or bool(open_ones)
    word, final = "pending", False
    aside = beside(r, figures, place, closed)
    if nothing:
        word, final, aside = "no data", True, ("no data", nothing)
    elif aside is not None:
        word, final = aside[0], aside[0] == "no data"
    elif not waiting:
        final = True
        word = "no data" if exact is None else "met" if keeps(exact, target) else "breached"
    elif undecided or exact is None:  # of nothing there may stay nothing
        pass
    elif best is not None and not keeps(best, target):
        word, final = "breached", True
    elif worst is not None and keeps(worst, target):
        word, final = "met", True
    shown_value, counted = None, ""
    if exact is not None:
        shown_value = exact.numerator, exact.denominator
        if single is r.formula:
            shown_value = cells[single.index].counted or shown_value
            if cells[single.index].counted:
                outage = isinstance(k.plan.aggregates[single.index], p.OutageAggregate)
                counted = "time" if outage else "rows"
    return Result(
        r.obligation, r.number, place.start, place.end,
        tuple(zip(place.names, place.group, strict=True)), word, final, shown_value,
        sum(c.rows for c in cells.values()), sum(c.measured for c in cells.values()),
        sum(c.failing for c in cells.values()), undecided,
        [seen for c in cells.values() for seen in c.outages],
        best if word == "pending" or not closed else None,
        worst if word == "pending" or not closed else None,
        aside[1] if aside else reason(k, r, cells, word, undecided, closed, running),
        counted, method(k.plan, r), r, place,
        added(c.time_out for c in cells.values()), added(c.rows_out for c in cells.values()),
        figures, target,
        broken(figures, r, place, cells) if word == "breached" else None,
    )  # fmt: skip


def beside(
    r: p.Requirement, figures: Figures, place: Place, closed: bool
) -> tuple[str, str] | None:
    """The verdict and its reason where the promise doesn't apply, or where that isn't known."""
    if r.applies is None:
        return None
    if not closed:
        return "pending", "the period is not over"
    cells = {i: figures.cell(i, place) for i in refs(r.applies.condition)}
    undecided = sum(c.undecided for c in cells.values())
    if undecided:
        return "pending", f"{undecided} rows are not decided yet"
    if any(figures.running(i, place) for i in refs(r.applies.condition)):
        return "pending", "a window is not over"
    applies = satisfied(r.applies.condition, cells.__getitem__)
    if applies:
        return None
    why = "has no figure" if applies is None else "isn't so"
    return "no data", f"it doesn't apply: `{r.applies.text}` {why}"


def reason(
    k: Known, r: p.Requirement, cells: dict[int, Cell], word: str, undecided: int, closed: bool,
    running: bool,
) -> str:  # fmt: skip
    """Why there is no verdict."""
    if word == "pending":
        if undecided:
            return f"{undecided} rows are not decided yet"
        if closed and running:
            return "a window is not over"
        return "an outage is still open" if closed else "the period is not over"
    if word != "no data":
        return ""
    without = [i for i, cell in cells.items() if cell.value is None]
    if not without:
        return "a division by zero"
    if isinstance(k.plan.aggregates[without[0]], p.EachAggregate):
        return "no group"
    if not isinstance(k.plan.aggregates[without[0]], p.OutageAggregate):
        return "no rows"
    alone = single_of(r.formula) is not None
    return "no outages" if alone and cells[without[0]].measured else "no measured time"


def single_of(formula: p.Formula) -> p.AggregateRef | None:
    """The aggregate that a figure is, rounded or not."""
    if isinstance(formula, p.Rounded):
        return single_of(formula.operand)
    return formula if isinstance(formula, p.AggregateRef) else None


def method(plan: p.Plan, r: p.Requirement) -> str:
    """How a percentile is worked out, where the figure is one."""
    single = single_of(r.formula)
    if single is not None:
        a = plan.aggregates[single.index]
        if not isinstance(a, p.WindowAggregate | p.EachAggregate) and a.function == "quantile":
            return "linear" if a.linear else "nearest rank"
    return ""


def bounds(
    k: Known, r: p.Requirement, cells: dict[int, Cell], closed: bool, open_ones: set[int]
) -> Range:
    """The best and the worst figure that rows after as-of can lead to, where they are limited."""

    def now(i: int) -> Range:
        a, c = k.plan.aggregates[i], cells[i]
        if not closed:
            time = isinstance(a, p.OutageAggregate) and a.function == "time"
            return (c.worst, c.best) if time else (c.low, None)
        if isinstance(a, p.RowAggregate) and c.counted is not None and c.undecided:
            return Fraction(*c.counted), Fraction(c.counted[0] + c.undecided, c.counted[1])
        if i not in open_ones:
            return c.value, c.value
        return (c.low, None) if c.still is None else c.still(k.as_of)

    return best_first(r, now)


def best_first(r: p.Requirement, limits: Callable[[int], Range]) -> Range:
    low, high = spread(r.formula, limits)
    return (high, low) if r.operator in (">=", ">") else (low, high)


def spread(formula: p.Formula, limits: Callable[[int], Range]) -> Range:
    """The least and the most of a figure, by those of what it is made of (None: no limit)."""
    match formula:
        case p.AggregateRef(index=index):
            return limits(index)
        case p.Number(value=exact):
            return Fraction(*exact), Fraction(*exact)
        case p.Negate(operand=operand):
            low, high = spread(operand, limits)
            return None if high is None else -high, None if low is None else -low
        case p.Rounded(operand=operand, mode=mode, to=to):
            low, high = (
                None if x is None else rounded(x, Fraction(*to), mode)
                for x in spread(operand, limits)
            )
            return low, high
        case p.Operate(operands=operands, operators=operators):
            found = spread(operands[0], limits)
            for word, operand in zip(operators, operands[1:], strict=True):
                found = corners(word, found, spread(operand, limits))
            return found
    return None, None


def corners(word: str, a: Range, b: Range) -> Range:
    """Sums of limits; products and quotients only with a number that is fixed."""
    if word in "+-":
        if word == "-":
            b = None if b[1] is None else -b[1], None if b[0] is None else -b[0]
        return (
            None if a[0] is None or b[0] is None else a[0] + b[0],
            None if a[1] is None or b[1] is None else a[1] + b[1],
        )
    if b[0] is not None and b[0] == b[1] and (word == "*" or b[0]):
        factor = b[0] if word == "*" else 1 / b[0]
    elif word == "*" and a[0] is not None and a[0] == a[1]:
        factor, a = a[0], b
    else:
        return None, None
    low, high = (None if x is None else x * factor for x in a)
    return (low, high) if factor >= 0 else (high, low)


def part_due(plan: p.Plan, r: p.Requirement, start: int, end: int) -> Fraction:
    """The part of a target that is due for a period: all of it unless it is prorated."""
    if not r.prorated or r.period == "term":
        return Fraction(1)
    assert not isinstance(r.period, p.Rolling)
    kind = r.period.per if isinstance(r.period, p.Cut) else r.period
    if kind == "term":
        return Fraction(1)
    beyond = 2 * DAY if kind in ("hour", "day") else 400 * DAY
    around = periods_between(rules(plan), kind, start - beyond, end + beyond)
    (whole,) = [high - low for low, high in around if low <= start < high]
    return Fraction(end - start, whole)


def promise_of(r: p.Requirement, group: dict[str, str]) -> p.Formula:
    """What is promised to a group: the first arm that is for it."""
    for keys, formula in r.target.arms:
        if all(k in (None, group[name]) for name, k in zip(r.target.fields, keys, strict=True)):
            return formula
    raise AssertionError(group)


# ---- deadlines, breaches and excuses (sections 2, 6, 7) -----------------------------------------


@dataclass
class Due:
    """One instance of a deadline: when it started, its due time, the last instant in time."""

    plan: p.DeadlinePlan
    since: int
    due: int
    last: int
    done: int | None
    late: int
    state: str
    word: str
    about: Group2
    trigger: Row | None
    excluded: Took = field(default_factory=dict)  # for how long exclusions stopped the clock

    # as money looks at it, like at the result of a period
    group: Group2 = ()
    outages: tuple[()] = ()

    @property
    def obligation(self) -> str:
        return self.plan.obligation

    @property
    def number(self) -> int:
        return self.plan.number

    @property
    def start(self) -> int:
        return self.since

    @property
    def end(self) -> int:
        return self.due

    @property
    def exact(self) -> Fraction:
        return Fraction(self.late, SECOND)

    @property
    def breached_at(self) -> int:
        return self.last


Group2 = tuple[tuple[str, str], ...]


def due_of(k: Known, lapse: p.Lapse, since: int, out: Sequence[Span]) -> Span:
    """The earliest instant at which the time is up, and the latest that is still in time.

    The clock stands in the spans `out`.
    """
    if lapse.unit == "ns":
        return ticked(k, lapse.calendar, since, lapse.count, out)
    due = units_later(k, lapse, since)
    much = k.calendars.elapsed(lapse.calendar, since, due, [])
    much -= k.calendars.elapsed(lapse.calendar, since, due, out)
    if much:
        due, _ = ticked(k, lapse.calendar, due, much, out)
    return due, beyond(due, out)


def ticked(k: Known, calendar: str, since: int, left: int, out: Sequence[Span]) -> Span:
    """When so much open time outside of some spans has passed, and until when no more has."""
    due, day = None, since
    ends = LATEST if not out or out[-1][1] < LATEST else out[-1][0]  # nothing comes after that
    while day < ends:
        for start, end in without(k.calendars.open_hours(calendar, day, day + 40 * DAY), out):
            if due is not None:
                return due, start  # the clock goes on from here
            if end - start > left:
                return start + left, start + left
            left -= end - start
            if not left:
                due = end
        day += 40 * DAY
    return LATEST if due is None else due, LATEST


def beyond(time: int, out: Sequence[Span]) -> int:
    """The end of the time that is excluded at an instant, or else that instant."""
    return next((min(end, LATEST) for start, end in out if start <= time < end), time)


def on_day(k: Known, by: p.DueBy, since: int, start: int) -> int:
    """A time of day on the last of so many days that open, after the day of `start`."""
    day = local_date(by.zone, start)
    left = by.count
    while left:
        day += timedelta(days=1)
        begins, ends = (reached(by.zone, day + timedelta(days=n), 0) for n in (0, 1))
        left -= bool(k.calendars.open_hours(by.calendar, begins, ends))
    return max(reached(by.zone, day, by.second), since)


def listed(k: Known, rows: p.Listing) -> list[Row]:
    return [row for row in k.rows[rows.stream] if holds(k, rows.where, row)]


def dues(k: Known, d: p.DeadlinePlan, occasions: Sequence[tuple[int, Group2]]) -> list[Due]:
    """Every instance of a deadline."""
    answers = listed(k, d.rows)
    if d.every is not None:
        return every(k, d, d.every, sorted(r[d.done] for r in answers if r[d.done] is not None))
    started: list[tuple[int, Group2, Row | None]] = []
    if d.anchor in ("row", "rows"):
        rows = answers if d.triggers is None else listed(k, d.triggers)
        stream = (d.triggers or d.rows).stream
        for row in rows:
            since = row[d.starts]
            if since is None or not agreed(d, since) or since < k.plan.term[0]:
                continue
            if k.plan.term[1] is not None and since >= k.plan.term[1]:
                continue
            about = tuple(
                (name, shown(k, stream, name, row[name])) for name in d.key
                if row[name] is not None
            )  # fmt: skip
            started.append((since, about, row))
    else:
        started = [(time, about, None) for time, about in occasions]
    found = []
    for since, about, row in started:
        if d.anchor == "row":
            assert row is not None
            done = row[d.done]
        else:
            times = [
                other[d.done] for other in answers
                if other[d.done] is not None and other[d.done] >= since
                and same_keys(k, d, about, row, other)
            ]  # fmt: skip
            done = min(times, default=None)
        found.append(in_time_or_not(k, d, since, done, about, row))
    return found


def same_keys(k: Known, d: p.DeadlinePlan, about: Group2, row: Row | None, other: Row) -> bool:
    """Whether an answer is about a trigger: what isn't known is about all."""
    for ours, theirs in d.match:
        if row is not None:
            stream = (d.triggers or d.rows).stream
            mine = None if row[ours] is None else shown(k, stream, ours, row[ours])
        else:
            mine = dict(about).get(ours)
        said = other[theirs]
        if mine is not None and said is not None and shown(k, d.rows.stream, theirs, said) != mine:
            return False
    return True


def in_time_or_not(
    k: Known, d: p.DeadlinePlan, since: int, done: int | None, about: Group2, row: Row | None
) -> Due:
    until = k.as_of if done is None else done
    own: Own = {}
    for ours in {ours for e in d.excluding for ours, _ in e.match}:
        if row is None:
            own[ours] = dict(about).get(ours)
            continue
        stream = (d.triggers or d.rows).stream
        own[ours] = None if row[ours] is None else shown(k, stream, ours, row[ours])
    told = d.obligation, d.number, d.since, tuple(sorted(own.items()))
    if told not in k.stopped:
        k.stopped[told] = taken(k, d.excluding, own, ahead=True)
    stretches = k.stopped[told]
    out = union((s.start, s.end) for s in stretches)
    due, last = by_when(k, d, since, out)
    clock = "always" if d.within is None else d.within.calendar
    planned = since if d.by is None else on_day(k, d.by, since, since - (d.anchor == "period"))
    gone = stopped_by(k, stretches, clock, planned, until)
    over = until > last
    undecided = undecided_windows(k, d)
    if over and undecided and until <= by_when(k, d, since, union([*out, *undecided]))[1]:
        return Due(d, since, due, last, done, 0, "pending", "pending", about, row, gone)
    if d.within is not None and d.within.unit == "ns":
        past = k.calendars.elapsed(clock, since, until, out) - d.within.count
    else:
        past = max(k.calendars.elapsed(clock, due, until, out), 1) if over else 0
    word = "breached" if over else "pending" if done is None else "met"
    state = ("missed" if done is None else "late") if over else (
        "pending" if done is None else "on time"
    )  # fmt: skip
    if over and d.excuses:
        said = row
        if said is None:
            said = {e.left: told(d, about, e.left)[0] for e in d.excuses if e.left}
        spans = [span for e in d.excuses for span in excusing(k, e, said)]
        running = k.calendars.elapsed(clock, since, until, out)
        off = running - k.calendars.elapsed(clock, since, until, [*out, *spans])
        if past - off <= 0:
            word = "pending" if done is None else "excused"
        elif any(k.waiting[e.stream] < until for e in d.excuses):
            return Due(d, since, due, last, done, 0, "pending", "pending", about, row, gone)
    late = max(past, 0) if over else 0
    return Due(d, since, due, last, done, late, state, word, about, row, gone)


def stopped_by(
    k: Known, stretches: Sequence[Stretch], clock: str, since: int, until: int
) -> Took:  # fmt: skip
    """For how long each exclusion stopped a clock between two instants."""
    found: Took = {}
    for s in stretches:
        start, end = max(s.start, since), min(s.end, until)
        time = k.calendars.elapsed(clock, start, end, []) if start < end else 0
        if time:
            at = s.by.name, s.by.at
            found[at] = found.get(at, 0) + time
    return found


def by_when(k: Known, d: p.DeadlinePlan, since: int, out: Sequence[Span]) -> Span:
    """When something is due that runs from an instant, and the latest that is still in time."""
    if d.by is not None:
        due = beyond(on_day(k, d.by, since, since - (d.anchor == "period")), out)
        return due, due
    assert d.within is not None
    return due_of(k, d.within, since, out)


def undecided_windows(k: Known, d: p.DeadlinePlan) -> list[Span]:
    """The windows, of any group, that may still be excluded, or not."""
    found = []
    start, end = k.plan.term
    for e in d.excluding:
        if e.windows is not None:
            found += [window for window, _, undecided in excluding_windows(k, e, None) if undecided]
            low, high = window_of(k.plan.zone, e.windows.length, k.as_of)
            high = high if end is None else min(high, end)
            if start <= k.as_of < high:
                found.append((max(low, start), high))
    return found


def every(k: Known, d: p.DeadlinePlan, again: p.Recurring, times: list[int]) -> list[Due]:
    """Rows of (previous due, due] are on time; a later one goes to the oldest that was missed."""
    start, end = k.plan.term
    day = local_date(k.plan.zone, start) - timedelta(days=9)
    upto = max(k.as_of, start) + 9 * DAY
    stretches = taken(k, d.excluding, {}, ahead=True)
    out = union((s.start, s.end) for s in stretches)
    edges: list[int] = []
    planned: dict[int, int] = {}  # by when it is due: when it would have been, the first of several
    while (edge := reached(k.plan.zone, day, again.second)) <= upto:
        if again.weekday is None or day.weekday() == again.weekday:
            edges.append(edge if edge < start else beyond(edge, out))
            planned.setdefault(edges[-1], edge)
        day += timedelta(days=1)
    edges = sorted(set(edges))  # of several that are put off to one instant there is one
    wanted = [
        (before, due) for before, due in pairwise(edges)
        if start <= due and (end is None or due < end) and agreed(d, before) and before < k.as_of
    ]  # fmt: skip
    served: dict[int, int] = {}
    for time in times:
        now = next((due for before, due in wanted if before < time <= due), None)
        if now is not None and now not in served:
            served[now] = time
            continue
        missed = [due for _, due in wanted if due < time and due not in served]
        # one that is served in time by a later row isn't missed, but none lies before
        if missed:
            served[missed[0]] = time
    found = []
    for before, due in wanted:
        done = served.get(due)
        until = k.as_of if done is None else done
        gone = stopped_by(k, stretches, "always", planned[due], until)
        over = until > due
        if over and any(low <= due < high for low, high in undecided_windows(k, d)):
            found.append(Due(d, before, due, due, done, 0, "pending", "pending", (), None, gone))
            continue
        word = "breached" if over else "pending" if done is None else "met"
        state = ("missed" if done is None else "late") if over else (
            "pending" if done is None else "on time"
        )  # fmt: skip
        late = max(k.calendars.elapsed("always", due, until, out), 1) if over else 0
        spans = [span for e in d.excuses for span in excusing(k, e, {})]
        off = k.calendars.elapsed("always", before, until, out)
        off -= k.calendars.elapsed("always", before, until, [*out, *spans])
        if over and d.excuses and late - off <= 0:
            word = "pending" if done is None else "excused"
        elif over and any(k.waiting[e.stream] < until for e in d.excuses):
            found.append(Due(d, before, due, due, done, 0, "pending", "pending", (), None, gone))
            continue
        found.append(Due(d, before, due, due, done, late, state, word, (), None, gone))
    return found


def excusing(k: Known, pause: p.Pause, row: Row) -> list[Span]:
    """The times by which the other party was late with what has to do with a row."""
    return [
        (late.due, k.as_of if late.done is None else late.done) for late in k.excuses[pause.stream]
        if not pause.left
        or (row[pause.left] is not None and late.values[pause.right] == row[pause.left])
    ]  # fmt: skip


def excuses(plan: p.Plan) -> list[p.Pause]:
    every: list[p.Requirement | p.DeadlinePlan] = [*plan.requirements, *plan.deadlines]
    return [e for one in every for e in one.excuses]


ByRows = Callable[[p.Requirement], list["Result"]]


def due_for(plan: p.Plan, names: set[str]) -> list[p.DeadlinePlan]:
    """The deadlines of some obligations, and of those whose breach starts them."""
    found = [d for d in plan.deadlines if d.obligation in names]
    more = {d.of for d in found} - names - {""}
    return due_for(plan, names | more) if more else found


def early(k: Known, d: p.DeadlinePlan, by_rows: ByRows) -> list[tuple[int, Group2]]:
    """What starts a deadline that excuses: what it hangs on is judged before all else."""
    if d.anchor not in ("breach", "period"):
        return []
    results: list[Result] = []
    names = {x.of for x in due_for(k.plan, {d.of})} | {d.of}
    for r in k.plan.requirements:
        if r.obligation in names:
            results += by_rows(r)
    if d.of and any(x.obligation == d.of for x in k.plan.deadlines):
        own = k.plan.but(deadlines=tuple(due_for(k.plan, names)))
        others = due_times(replace(k, plan=own), results)
        return occasions_of(k, d, results, others)
    return occasions_of(k, d, results, [])


def excuse(k: Known, by_rows: ByRows) -> None:
    """What every excuse is made of: from due to done of each late or missed instance."""
    names = {e.stream for e in excuses(k.plan)}
    while names - k.excuses.keys():
        for name in sorted(names - k.excuses.keys()):
            own = [d for d in k.plan.deadlines if BREACHES + d.obligation == name]
            if any(e.stream not in k.excuses for d in own for e in d.excuses):
                continue
            before = due_for(k.plan, {d.of for d in own})
            of = {d.of for d in (*own, *before)}
            needs = {e.stream for r in k.plan.requirements if r.obligation in of for e in r.excuses}
            needs |= {e.stream for d in before for e in d.excuses}
            if needs - k.excuses.keys():
                continue
            found = [x for d in own for x in dues(k, d, early(k, d, by_rows))]
            k.excuses[name] = [late_by(k, x, name) for x in found if x.word == "breached"]
            k.waiting[name] = min(
                (x.due for x in found if x.word == "pending"
                 and (k.as_of if x.done is None else x.done) > x.last),
                default=FOREVER,
            )  # fmt: skip


def told(d: p.DeadlinePlan, about: Group2, name: str) -> tuple[Any, str | None]:
    """What a breach says of a field, as a row has it, and as it is written."""
    group = next(g for g in d.groups if g.name == name)
    text = dict(about).get(name)
    if text is None:
        return None, None
    if group.kind == "enum":
        return group.values.index(text), text
    return {"bool": text == "true", "int": int(text) if group.kind == "int" else 0}.get(
        group.kind, text
    ), text


def late_by(k: Known, x: Due, name: str) -> Late:
    """What one instance that was late, or isn't done, excuses."""
    late = Late(x.due, x.done)
    for field_name in {e.right for e in excuses(k.plan) if e.stream == name and e.right}:
        if x.trigger is None:
            late.values[field_name], late.texts[field_name] = told(x.plan, x.about, field_name)
            continue
        stream = (x.plan.triggers or x.plan.rows).stream
        found = x.trigger[field_name]
        late.values[field_name] = found
        late.texts[field_name] = None if found is None else shown(k, stream, field_name, found)
    return late


def due_times(k: Known, results: list[Result]) -> list[Due]:
    """All instances of all deadlines; those that a breach starts after it."""
    found: dict[int, list[Due]] = {}
    while len(found) < len(k.plan.deadlines):
        for number, d in enumerate(k.plan.deadlines):
            others = [n for n, x in enumerate(k.plan.deadlines) if x.obligation == d.of]
            if number in found or any(n not in found for n in others):
                continue
            before = [x for n in others for x in found[n]]
            found[number] = dues(k, d, occasions_of(k, d, results, before))
    return [x for number in sorted(found) for x in found[number]]


def occasions_of(
    k: Known, d: p.DeadlinePlan, results: list[Result], others: list[Due]
) -> list[tuple[int, Group2]]:
    """The breaches, and the ends of periods, that start a deadline."""
    first: dict[Group2, int] = {}
    for r in results:
        if r.obligation == d.of and r.breached_at is not None:
            about = (("period", f"{r.start} {r.end}"), *r.group)
            first[about] = min(first.get(about, FOREVER), r.breached_at)
    for kind in d.periods:
        for start, end in periods_of(k, kind):
            first[("period", f"{start} {end}"),] = end
    assert not others, "no deadline of an example runs from another's breach"
    return [(time, about) for about, time in first.items() if time <= k.as_of and agreed(d, time)]


def broken(figures: Figures, r: p.Requirement, place: Place, cells: dict[int, Cell]) -> int:
    """The earliest instant from which nothing could keep a promise that was broken."""
    k = figures.k
    over = {i: max(place.end, c.decided, figures.over(i, place)) for i, c in cells.items()}
    if r.applies is not None:  # whether it does is known when the period is over
        others = {i: figures.cell(i, place) for i in refs(r.applies.condition)}
        ends = [max(c.decided, figures.over(i, place)) for i, c in others.items()]
        return min(max([*over.values(), *ends]), k.as_of)
    promised = promise_of(r, dict(zip(place.names, place.group, strict=True)))
    limit = figure(promised, cells.__getitem__)
    assert limit is not None  # else nothing is broken
    target = limit * part_due(k.plan, r, place.start, place.end)

    def then(i: int, time: int) -> Range:
        c = cells[i]
        if time >= over[i]:
            return c.value, c.value
        a = k.plan.aggregates[i]
        if c.still is not None:
            return c.still(time)
        if c.low is None:
            return None, None
        if isinstance(a, p.OutageAggregate):
            return grown(figures, a, c, place, time), None
        return Fraction(sum(1 for x in c.times if x <= time)), None

    def kept(time: int) -> bool:
        best, _ = best_first(r, lambda i: then(i, time))
        return best is None or COMPARE[r.operator](best, target)

    return first_instant(place.start, min(max([place.end, *over.values()]), k.as_of), kept)


def grown(figures: Figures, a: p.OutageAggregate, cell: Cell, place: Place, time: int) -> Fraction:
    """A count, a sum or a maximum of outages at an instant; it only ever becomes more."""
    o = outage_named(figures.k.plan, a.outage)
    said = {state.group: state.said for state in figures.of_group(o, place)}
    lengths: list[Fraction | int] = []
    for x in cell.outages:
        if x.since is None or (not length_left(x) and wholly_gone(figures, a, o, x)):
            continue
        if time < max(x.start + o.lasting, x.since):
            continue
        excluded = any(much for _, much in x.excluded)
        if excluded and time < x.end:
            continue
        if o.weight is not None:
            out = figures.taken(a.excluding, dict(zip(o.each, x.group, strict=True)))
            parts = [(x.since, min(x.end, time))] if x.since < min(x.end, time) else []
            parts = without(parts, [(s.start, s.end) for s in out]) if excluded else parts
            over = time > x.end and not x.open
            lengths.append(weighed_length(o, said[x.group], parts, over=over))
        elif excluded:
            lengths.append(x.counted)
        else:
            lengths.append(rounded_length(o, min(x.end, time) - x.since))
    if a.function == "count":
        return Fraction(len(lengths))
    much = sum(lengths) if a.function == "sum" else max(lengths, default=0)
    return Fraction(much) / SECOND


def length_left(x: Seen) -> int:
    """How long an outage is from when it counts, without what exclusions took."""
    assert x.since is not None
    return max(x.end - x.since, 0) - sum(much for _, much in x.excluded)


def wholly_gone(figures: Figures, a: p.OutageAggregate, o: p.OutagePlan, x: Seen) -> bool:
    out = figures.taken(a.excluding, dict(zip(o.each, x.group, strict=True)))
    assert x.since is not None
    return bool(x.excluded) or takes(out, x.since) is not None


def still(
    figures: Figures, a: p.OutageAggregate, o: p.OutagePlan, state: State, out: list[Stretch],
    place: Place, time: int,
) -> Range:  # fmt: skip
    """The share of time outside, if from an instant on all fails; or if all is well and measured.

    The first is None when the period is over.
    """
    k = figures.k
    known = union((max(s, place.start), min(e, place.end)) for s, e, _, _ in state.parts)
    failing = certain = Fraction(0)
    for run in state.runs:
        if run.long and run.since is not None:
            start, end = max(run.since, place.start), min(run.end, place.end)
            counts = without([(start, end)] if start < end else [], [(s.start, s.end) for s in out])
            length = weighed(o, state.said, [(s, min(e, time)) for s, e in counts if s < time])
            failing += length
            certain += length if run.start + o.lasting <= time else 0
    rest = place.end - time
    if a.of is not None:
        least = Fraction(max(a.of - failing - rest, 0), a.of) if rest > 0 else None
        return least, Fraction(max(a.of - certain, 0), a.of)
    begun = [(place.start, min(place.end, max(k.as_of, place.start)))]
    missing = without([x for x in begun if x[0] < x[1]], known)
    lost = sum(max(min(e, time) - s, 0) for s, e in missing)
    off = [(s.start, s.end) for s in out if not s.by.as_up]
    lost += sum(max(min(e, time) - s, 0) for s, e in both(known, union(off)))
    whole = place.end - place.start - lost
    if whole <= 0:
        return None, None
    up = max(time - place.start - lost - failing, 0)
    return Fraction(up, whole) if rest > 0 else None, Fraction(whole - certain, whole)


def first_instant(low: int, high: int, kept: Callable[[int], bool]) -> int:
    """The first one at which a promise isn't kept, which it isn't again after."""
    while low < high:
        middle = (low + high) // 2
        if kept(middle):
            low = middle + 1
        else:
            high = middle
    return high


# ---- the life of an agreement (section 9) -------------------------------------------------------


def ends_in(spans: Sequence[Span], result: Result) -> int | None:
    """The period of the calendar that a result's last instant lies in."""
    return period_at(spans, max(result.end - 1, result.start))


def after(k: Known, time: int, lapse: p.Lapse, sign: int = 1) -> int:
    """So long after an instant, or before it."""
    if lapse.unit == "ns":
        return time + sign * lapse.count
    return later(k.plan.zone, time, sign * lapse.count, lapse.unit)


def calendar_units(k: Known, unit: str) -> Sequence[Span]:
    end = k.plan.term[1] or max(k.as_of, k.plan.term[0]) + 1 + 400 * DAY
    return periods(k.plan, unit, end)


def rights(
    k: Known, results: list[Result], judged: Mapping[p.Requirement, list[Result]]
) -> list[Any]:
    """Each right: whose, from when, until when, how many periods gave it, for which group."""
    found = []
    for remedy in k.plan.remedies:
        for when in remedy.when:
            if when.measure is None:
                own = [r for r in results if r.obligation == when.obligation]
                bad = [r for r in own if r.word == "breached" and r.final]
            else:
                bad = [r for r in judged[when.measure] if r.word == "met" and r.final]
            spans = calendar_units(k, when.unit)
            for last, (start, end) in enumerate(spans):
                if end > k.as_of or not agreed(remedy, start):
                    continue
                window = range(last - when.of + 1, last + 1)
                own = [r for r in bad if ends_in(spans, r) in window]
                for group in sorted({same_group(when, r) for r in own}):
                    ours = [ends_in(spans, r) for r in own if same_group(when, r) == group]
                    by = enough(when, ours, last)
                    if by:
                        until = None if remedy.within is None else after(k, end, remedy.within)
                        usable = until is None or k.as_of <= until
                        found.append((remedy.name, end, until or 0, by, group, usable))
    return sorted(found)


def same_group(when: p.RightWhen, r: Result) -> Group:
    return tuple((name, value) for name, value in r.group if name in when.same)


def enough(when: p.RightWhen, numbers: list[int | None], last: int) -> int:
    """How many periods give a right at the end of this one; 0: none does."""
    bad = {number for number in numbers if number is not None}
    if last not in bad:
        return 0
    if when.how == "times":
        return len(bad) if len(numbers) >= when.count else 0
    if when.how == "row":
        return when.of if len(bad) == when.of else 0
    if when.how == "whole":
        return min(when.of, last + 1)
    return len(bad) if len(bad) >= when.count else 0


def renewal(k: Known, results: list[Result], noticed: int | None) -> list[Any]:
    """The end of the term, what becomes of it, how many were met, who gave notice when."""
    terms, end = k.plan.renewal, k.plan.term[1]
    if terms is None or end is None:
        return []
    met = undecided = 0
    if terms.obligation:
        spans = calendar_units(k, terms.unit)
        own = [r for r in results if r.obligation == terms.obligation]
        for number in list(range(len(spans)))[-terms.of :]:
            words = {r.word for r in own if ends_in(spans, r) == number}
            if spans[number][1] > k.as_of or "pending" in words:
                undecided += "breached" not in words
            elif "met" in words and words <= {"met", "excused"}:
                met += 1
    until, given = 0, None
    if terms.notices is not None and terms.notice is not None:
        until = after(k, end, terms.notice, -1)
        stream = terms.notices.stream
        times = [
            row[k.event[stream]] for row in k.rows[stream] if holds(k, terms.notices.where, row)
        ]
        times = [t for t in times if t <= until and (noticed is None or t > noticed)]
        given = min(times, default=None)
    word = "renewed"
    if given is not None or met + undecided < terms.met:
        word = "ends"
    elif met < terms.met or (terms.notices is not None and k.as_of <= until):
        word = "open"
    return [(end, word, met, undecided, given, until or None, after(k, end, terms.length))]


def reviews(k: Known, results: list[Result]) -> list[Any]:
    """Each review: when it is due, and how each promise did since the one before."""
    if k.plan.review is None:
        return []
    found = []
    since, number = k.plan.term[0], 0
    while number < 1000:
        number += 1
        every = k.plan.review.every
        due = after(k, k.plan.term[0], every.but(count=every.count * number))
        if k.plan.term[1] is not None and due > k.plan.term[1]:
            break
        if due > k.as_of:
            found.append((due, False, []))
            break
        own = [r for r in results if since < r.end <= due]
        promises = sorted({(r.obligation, r.number) for r in own})
        found.append((due, True, [
            (*name, *stood([r for r in own if (r.obligation, r.number) == name]))
            for name in promises
        ]))  # fmt: skip
        since = due
    return found


def stood(own: list[Result]) -> tuple[str, int, int]:
    words = [r.word for r in own]
    breached = words.count("breached")
    word = "met"
    if breached:
        word = "missed"
    elif "pending" in words or "no data" in words:
        word = "undecided"
    elif all(r.word == "met" and spares(r) for r in own):
        word = "never at risk"
    return word, len(own), breached


def spares(r: Result) -> bool:
    """Whether half of what a promise allows is left at least."""
    target, exact = r.target, r.exact
    assert exact is not None
    if r.requirement.operator in ("<", "<="):
        return exact <= target / 2
    if r.requirement.operator not in (">", ">="):
        return False
    if r.requirement.kind in ("percent", "ratio") and target < 1:
        return 1 - exact <= (1 - target) / 2
    return exact >= target + target / 2


def restatements(
    plan: p.Plan, agreed_now: p.Plan, streams: Mapping[str, Sequence[Row]], now: Answer, *,
    given: bool,
) -> list[Any]:  # fmt: skip
    """What was judged before amendments were signed for time that had passed, then and since."""
    found = []
    late = [a for a in agreed_now.amendments if a.since < a.signed]
    for signed in sorted({a.signed for a in late}):
        since = min(a.since for a in late if a.signed == signed)
        sides: list[dict[Any, Any]] = []
        for time in (signed - 1, signed):
            side = next((e.plan for e in plan.earlier if time < e.before), plan)
            if side is agreed_now:
                answer = now
            elif not side.obligations:
                answer = Answer(now.as_of, [], [])
            else:
                answer = evaluate_renewed(side, streams, now.as_of, given=given)
            sides.append(judged_of(answer))
        before, then = sides
        over = [
            x for x in before.keys() | then.keys()
            if any(x in side and since < side[x][0] <= signed for side in sides)
        ]  # fmt: skip
        changed = [x for x in over if said_of(before, x) != said_of(then, x)]
        found.append((signed, len(over), sorted(about for about, _ in changed)))
    return found


def judged_of(answer: Answer) -> dict[Any, Any]:
    """Of each promise, period and group, and of each instance: when it was over, what was said."""
    found: dict[Any, Any] = {}
    for r in answer.results:
        said = r.word, r.exact, r.requirement.operator, r.target
        found[(r.obligation, r.number, r.group, r.start, r.end), 0] = r.end, *said
    # an instance is known by what started it; of several at once the order is that of what is said
    same: dict[Any, list[tuple[str, int, int]]] = {}
    for d in answer.dues:
        about = tuple(x for x in d.about if x[0] != "period")
        late = -1 if d.done is None or d.state == "pending" else d.late
        same.setdefault((d.obligation, d.number, about, d.since), []).append((d.word, late, d.due))
    for key, own in same.items():
        for number, (word, late, due) in enumerate(sorted(own)):
            found[key, number] = due, word, late
    return found


def said_of(judged: Mapping[Any, Any], about: Any) -> Any:
    return judged[about][1:] if about in judged else None


# ---- money (section 8) --------------------------------------------------------------------------


@dataclass(eq=False)
class Line:
    obligation: str
    start: int
    end: int
    tier: str
    amount: Fraction
    payment: p.PaymentPlan | None = None  # neither: what is charged by the piece
    result: Result | Due | None = None
    payable: Fraction = Fraction(0)
    claimed: bool | None = None  # None: nothing has to be claimed
    claimable: bool = False
    over: Span = (0, 0)  # the time over which lines are looked at together

    @property
    def group(self) -> tuple[tuple[str, str], ...]:
        return () if self.result is None else self.result.group

    @property
    def number(self) -> int:
        return 0 if self.result is None else self.result.number


@dataclass
class Statement:
    start: int
    end: int
    label: str
    direction: str
    payer: str
    payee: str
    unit: str  # of service, or "": money
    lines: list[Line] = field(default_factory=list)
    payable: Fraction = Fraction(0)
    notes: list[str] = field(default_factory=list)  # held: a claim that is early; unused

    @property
    def total(self) -> Fraction:
        return sum((line.amount for line in self.lines), Fraction(0))


PAID_FOR = {
    "credit": ("breached", "excused"), "penalty": ("breached", "excused"), "bonus": ("met",),
}  # fmt: skip
TOTALS = {"credit": "credits", "penalty": "penalties", "bonus": "bonuses"}


def settle(
    figures: Figures, results: list[Result], dues: list[Due],
    views: Mapping[tuple[p.PeriodRule, int], Figures],
) -> list[Statement]:  # fmt: skip
    """What each party owes in each direction; what remains in each period, and in all."""
    plan = figures.k.plan
    in_order = sorted(dues, key=lambda d: (d.due, d.since, d.about, d.done or FOREVER))
    money = Money(figures, sorted([*results, *in_order], key=lambda r: r.number), views)
    for payment in plan.payments:
        for result in money.results:
            money.line(payment, result)
    clauses: dict[p.ClaimPlan, p.PaymentPlan] = {}
    for payment in plan.payments:
        if payment.claim is not None:
            clauses.setdefault(payment.claim, payment)
    for charge in plan.charges:
        money.charge(charge)
    money.claims(clauses)
    found = money.found
    ordered = [found[key] for key in sorted(found)]
    for statement in ordered:
        for payment in plan.payments:
            money.limit(statement, payment)
    for statement in ordered:
        greatest(statement)
    instead(plan, ordered)
    lengths = ["hour", "day", "week", "month", "quarter", "year", "term"]
    for cap in sorted(plan.caps, key=lambda c: lengths.index(c.per)):
        money.cap(cap, ordered)
    for statement in ordered:
        for obligation in {line.obligation for line in statement.lines}:
            lines = [x for x in statement.lines if x.obligation == obligation]
            above = lines[0].payment and lines[0].payment.paid_only_above
            if above is not None and sum(x.amount for x in lines) <= Fraction(*above):
                for line in lines:
                    line.amount = Fraction(0)
        money.round(statement)
    money.returns(ordered)
    ordered = [found[key] for key in sorted(found)]
    nets = []
    for about in sorted({key[:3] for key in found}):
        nets += net(*about, "net", [found[key] for key in sorted(found) if key[:3] == about])
    return [*ordered, *nets, *net(plan.term[0], money.until, "term", "total", ordered)]


def greatest(statement: Statement) -> None:
    """Of payments that are alternatives only the largest, of a period or of each group in it."""
    found: dict[Any, list[Line]] = {}
    for line in statement.lines:
        if line.payment is not None and line.payment.greatest:
            once = line.payment.occurrence == "once"
            key = line.payment.greatest, *line.over, () if once else line.group
            found.setdefault(key, []).append(line)
    for lines in found.values():
        most = max(line.amount for line in lines)
        kept = next(line for line in lines if line.amount == most)
        for line in lines:
            if line is not kept:
                line.amount = Fraction(0)


def instead(plan: p.Plan, statements: list[Statement]) -> None:
    """What is paid instead of others takes their place, unless they were settled before."""

    def depth(name: str) -> int:
        """How many others are, one after the other, paid instead of an obligation."""
        over = {x.obligation for x in plan.payments if name in x.instead}
        return max((depth(other) + 1 for other in over), default=0)

    pairs = [(s, x) for s in statements for x in s.lines if x.payment and x.payment.instead]
    for s, x in sorted(pairs, key=lambda pair: depth(pair[1].obligation)):
        assert x.payment is not None
        own = dict(x.group)
        for other in statements:
            for y in other.lines:
                replaced = y.obligation in x.payment.instead and other.direction != "bonus"
                meets = y.start < x.end and x.start < y.end
                same = all(own.get(name, value) == value for name, value in y.group)
                if x.amount > 0 and other.end >= s.end and replaced and meets and same:
                    y.amount = Fraction(0)


def net(
    start: int, end: int, label: str, direction: str, members: list[Statement]
) -> list[Statement]:
    """For each pair of parties what one owes the other when all is set off."""
    found = []
    order = ["credit", "penalty", "bonus", "charges", "returns"]
    for pair in {frozenset((s.payer, s.payee)) for s in members}:
        of_pair = [s for s in members if {s.payer, s.payee} == pair]
        for unit in {s.unit for s in of_pair}:
            own = [s for s in of_pair if s.unit == unit]
            own.sort(key=lambda s: order.index(s.direction))
            first, other = own[0].payer, own[0].payee
            rest = sum((s.payable if s.payer == first else -s.payable for s in own), Fraction(0))
            sides = (first, other) if rest >= 0 else (other, first)
            found.append(Statement(start, end, label, direction, *sides, unit, payable=abs(rest)))
    return found


def unit_of_payment(payment: p.PaymentPlan) -> str:
    """Days or months of service; "": it is paid in money."""
    return unit_of_amount(payment.schedules[0][1][0].amount)


def unit_of_amount(amount: p.Amount) -> str:
    return amount.unit if amount.of == "service" else ""


def in_force(terms: p.PaymentPlan | p.CapPlan, time: int) -> bool:
    """Whether these are the terms of a period that starts at an instant."""
    since, until = terms.since, terms.until
    return (since is None or since <= time) and (until is None or time < until)


def unit_of(rule: p.PeriodRule) -> str:
    """What periods are of, though some are cut; nothing of those that roll."""
    if isinstance(rule, p.Cut):
        return rule.per
    return "" if isinstance(rule, p.Rolling) else rule


def label(plan: p.Plan, kind: p.PeriodRule, start: int) -> str:
    """What a period is called, by the day on which it starts by rule (none that rolls)."""
    if isinstance(kind, p.Rolling | p.Trailing):
        return ""
    if isinstance(kind, p.Cut):
        spans = periods(plan, kind.per, start + 800 * DAY)
        index = period_at(spans, start)
        assert index is not None
        low, high = spans[index]
        inside = [t for t in kind.at if low < t < high]
        part = f"/{1 + sum(t <= start for t in inside)}" if inside else ""
        return label(plan, kind.per, start) + part
    if kind == "term":
        return "term"
    day, own = local_date(plan.zone, start), rules(plan)
    if kind == "hour":
        wall = at_second(start // SECOND).astimezone(zone(plan.zone))
        return f"{wall:%Y-%m-%dT%H}"
    while not starts_period(own, kind, day):
        day -= timedelta(days=1)
    year = day.year - (day.month < own.year_starts)
    match kind:
        case "week":
            iso = day.isocalendar()
            return f"{day}/7d" if own.week_starts else f"{iso.year}-W{iso.week:02d}"
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{year}-Q{(day.month - own.year_starts) % 12 // 3 + 1}"
        case "year":
            return str(year)
    return day.isoformat()


def later(zone_name: str, time: int, count: int, unit: str) -> int:
    """The same local time so many days, weeks, months, ... later, at most on the last day."""
    wall = at_second(time // SECOND).astimezone(zone(zone_name)).replace(tzinfo=None)
    if unit in ("day", "week"):
        moved = wall + timedelta(days=count * (7 if unit == "week" else 1))
    else:
        month = wall.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
        first = wall.replace(year=wall.year + month // 12, month=month % 12 + 1, day=1)
        length = ((first + timedelta(days=31)).replace(day=1) - first).days
        moved = first.replace(day=min(wall.day, length))
    since = moved.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC) - EPOCH
    return (since.days * 86400 + since.seconds) * SECOND + time % SECOND


def in_time(k: Known, lapse: p.Lapse, since: int, time: int) -> bool:
    """Whether an instant lies within a length of another, which is itself within."""
    if time < since:
        return False
    if lapse.unit != "ns":
        return time <= units_later(k, lapse, since)
    return k.calendars.elapsed(lapse.calendar, since, time, []) <= lapse.count


def units_later(k: Known, lapse: p.Lapse, since: int) -> int:
    """The same local time so many calendar units later.

    Days in a calendar are those that open; what else ends on another day does on the next one.
    """
    name, day, calendar = k.plan.zone, 0, lapse.calendar
    if lapse.unit != "day" or calendar == "always":
        since = later(name, since, lapse.count, lapse.unit)
        while calendar != "always" and not opens(k, calendar, name, since, day):
            day += 1
    else:
        for _ in range(lapse.count):
            day += 1
            while not opens(k, calendar, name, since, day):
                day += 1
    return LATEST if day > 1500 else later(name, since, day, "day")


def opens(k: Known, calendar: str, name: str, time: int, day: int) -> bool:
    """Whether a calendar opens on the day that is so many days after that of an instant."""
    if day > 1500:
        return True  # so long none stays shut that opens again
    moved = local_date(name, time) + timedelta(days=day)
    start, end = (reached(name, moved + timedelta(days=n), 0) for n in (0, 1))
    return bool(k.calendars.open_hours(calendar, start, end))


def claimed_in_time(k: Known, claim: p.ClaimPlan, since: int, time: int) -> bool:
    """Whether an instant lies in the window that opens at another."""
    if not claim.by_end:
        return in_time(k, claim.within, since, time)
    month = since - (claim.anchor == "end")
    last = later(k.plan.zone, month, claim.within.count, claim.within.unit)
    around = last - 800 * DAY, last + 800 * DAY
    spans = periods_between(rules(k.plan), claim.within.unit, *around)
    return since <= time < next(end for _, end in spans if end > last)


def about_what(result: Result | Due) -> Group2:
    """The group of a result, or what a deadline is called by."""
    return result.about if isinstance(result, Due) else result.group


def agree(one: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> bool:
    return all(value == dict(other).get(name, value) for name, value in one)


def anchors(claim: p.ClaimPlan, result: Result | Due) -> list[int]:
    """When the windows of a claim open that what is judged opens itself."""
    if claim.anchor == "breach" and result.breached_at is not None:
        return [result.breached_at]
    if claim.anchor == "onset" and result.outages:
        return [start for _, start, *_ in result.outages]
    return [result.end]


def tier_of(plan: p.Plan, payment: p.PaymentPlan, result: Result | Due) -> p.TierPlan | None:
    """The tier whose bounds hold; of several that do, the one that reaches least far."""
    own = dict(result.group).get(payment.field or "")
    schedules = dict(payment.schedules)
    tiers = schedules.get(own, ()) if own is not None else ()
    tiers = tiers if own is not None and own in schedules else schedules.get("", ())
    exact = result.exact
    assert exact is not None
    if not isinstance(result, Due):
        exact /= part_due(plan, result.requirement, result.start, result.end)
    best: p.TierPlan | None = None
    for tier in tiers:
        if not all(COMPARE[word](exact, Fraction(*limit)) for word, limit in tier.bounds):
            continue
        if best is None or narrower(tier, best):
            best = tier
    return best


def narrower(a: p.TierPlan, b: p.TierPlan) -> bool:
    """Whether a figure within `a` is always within `b` too."""
    if len(a.bounds) != 1 or len(b.bounds) != 1:
        return len(a.bounds) > len(b.bounds)
    (word, x), (other, y) = a.bounds[0], b.bounds[0]
    if Fraction(*x) == Fraction(*y):
        return len(word) < len(other)
    below = Fraction(*x) < Fraction(*y)
    return below if word.startswith("<") else not below


@dataclass
class Money:
    figures: Figures
    results: list[Result | Due]
    views: Mapping[tuple[p.PeriodRule, int], Figures]
    found: dict[tuple[Any, ...], Statement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan = self.figures.k.plan
        end = self.plan.term[1]
        self.until = self.figures.k.as_of + 732 * DAY if end is None else end
        self.months = periods(self.plan, "month", self.until)

    def statement_period(self, result: Result | Due) -> Span:
        """The month in which a period starts; a quarter, a year and the term are their own.

        Of what is due it is that month, after the term the last one.
        """
        if isinstance(result, Due):
            return [month for month in self.months if month[0] <= result.due][-1]
        if unit_of(result.requirement.period) in ("quarter", "year", "term"):
            return result.start, result.end
        rolls = isinstance(result.requirement.period, p.Rolling | p.Trailing)
        index = period_at(self.months, result.end - 1 if rolls else result.start)
        assert index is not None
        return self.months[index]

    def statement(self, result: Result | Due, payment: p.PaymentPlan) -> Statement:
        kind = "month" if isinstance(result, Due) else result.requirement.period
        whole = kind if unit_of(kind) in ("quarter", "year", "term") else "month"
        parties = payment.payer, payment.payee
        span, unit = self.statement_period(result), unit_of_payment(payment)
        return self.on(span, whole, payment.direction, *parties, unit)

    def on(
        self, span: Span, kind: p.PeriodRule, direction: str, payer: str, payee: str, unit: str
    ) -> Statement:
        name = label(self.plan, kind, span[0])
        key = (*span, name, direction, payer, payee, unit)
        return self.found.setdefault(key, Statement(*key))

    # ---- tiers, excuses, claims ----

    def line(self, payment: p.PaymentPlan, result: Result | Due) -> None:
        """A line for a result that is paid for, once the period is over."""
        due = isinstance(result, Due)
        ours = payment.metric in (
            None,
            "" if isinstance(result, Due) else result.requirement.metric,
        )
        known = result.exact is not None and result.end <= self.figures.k.as_of
        if result.obligation != payment.obligation or not ours or not known:
            return
        also = payment.also_when_met and result.word == "met"
        if result.word not in PAID_FOR[payment.direction] and not also:
            return
        if payment.steps is not None and payment.steps.lateness != due:
            return
        if not in_force(payment, result.start):
            return
        tier = tier_of(self.figures.k.plan, payment, result)
        if tier is not None:
            over = self.statement_period(result) if due else (result.start, result.end)
            rule = "month" if isinstance(result, Due) else result.requirement.period
            amount = self.amount(tier.amount, *over, result, rule)
            if payment.steps is not None:
                assert result.exact is not None
                count = result.exact / Fraction(*payment.steps.step)
                whole = count.numerator // count.denominator
                amount *= max(whole + (payment.steps.begun and whole != count), 0)
            if result.word == "excused" or amount < 0:  # less than nothing is nothing
                amount = Fraction(0)
            line = Line(
                result.obligation, result.start, result.end, tier.text, amount, payment, result,
                over=over,
            )  # fmt: skip
            self.statement(result, payment).lines.append(line)

    def charge(self, charge: p.ChargePlan) -> None:
        """What the rows of each month cost, once it is over."""
        k, stream = self.figures.k, charge.rows.stream
        for start, end in self.months:
            if end > k.as_of:
                continue
            prices = []
            for row in k.rows[stream]:
                time = row[k.event[stream]]
                inside = start <= time < end and agreed(charge, time)
                if inside and holds(k, charge.rows.where, row):
                    if charge.amount is not None:
                        prices.append(Fraction(*charge.amount))
                        continue
                    assert charge.rows.value is not None
                    own = value(k, charge.rows.value, row)
                    prices.append(Fraction(own or 0) / 10**6)
            if prices:
                line = Line(charge.name, start, end, "", sum(prices, Fraction(0)))
                parties = charge.payer, charge.payee
                self.on((start, end), "month", "charges", *parties, "").lines.append(line)

    def returns(self, statements: list[Statement]) -> None:
        """What was paid for a breach is paid back where the promise was kept for long enough."""
        k = self.figures.k
        for s in statements:
            for line in s.lines:
                payment, result = line.payment, line.result
                if payment is None or result is None or payment.returned is None:
                    continue
                until = later(self.plan.zone, line.end, *payment.returned)
                about = result.obligation, result.number, result.group
                then = [
                    r for r in self.results
                    if (r.obligation, r.number, r.group) == about
                    and r.start >= line.end and r.end <= until
                ]  # fmt: skip
                kept = bool(then) and all(r.word == "met" for r in then)
                covered = without([(line.end, until)], union([(r.start, r.end) for r in then]))
                if line.payable > 0 and until <= k.as_of and kept and not covered:
                    index = period_at(self.months, until - 1)
                    assert index is not None
                    span = self.months[index]
                    back = self.on(span, "month", "returns", s.payee, s.payer, s.unit)
                    back.payable += line.payable

    def claims(self, clauses: dict[p.ClaimPlan, p.PaymentPlan]) -> None:
        """What isn't claimed in time isn't paid; claims that claim nothing are noted once."""
        k = self.figures.k
        used: list[tuple[p.Listing, Any]] = []
        unused: list[tuple[p.ClaimPlan, Row]] = []
        for claim in clauses:
            stream = claim.rows.stream
            lines = [
                line for statement in self.found.values() for line in statement.lines
                if line.payment is not None and line.payment.claim == claim
                and line.result is not None and line.result.word != "excused"
            ]  # fmt: skip
            opens: dict[int, list[int]] = {}
            waits: dict[int, bool] = {}
            for line in lines:
                line.claimed = False
                opens[id(line)], awaited = self.opens(claim, line.result)
                waits[id(line)] = awaited and not opens[id(line)]
                line.claimable = any(
                    claimed_in_time(k, claim, time, k.as_of) for time in opens[id(line)]
                )
            for row in k.rows[stream]:
                if not holds(k, claim.rows.where, row):
                    continue
                time = row[k.event[stream]]
                mine = [x for x in lines if self.about(claim, row, x.result)]
                hit = [
                    x for x in mine
                    if any(claimed_in_time(k, claim, a, time) for a in opens[id(x)])
                ]  # fmt: skip
                early = [
                    x for x in mine
                    if waits[id(x)] or (opens[id(x)] and time < max(opens[id(x)]))
                ]  # fmt: skip
                if claim.period is not None and row[claim.period] is not None:
                    hit += early
                elif not hit:
                    hit = [x for x in early if x.result.start <= time]
                for line in hit:
                    line.claimed = not waits[id(line)]
                if hit:
                    used.append((claim.rows, row["#"]))
                else:
                    unused.append((claim, row))
            for line in lines:
                if line.claimed:
                    line.claimable = False
                else:
                    line.amount = Fraction(0)
        for claim, row in unused:
            if (claim.rows, row["#"]) not in used:
                self.note(claim, clauses[claim], row)
                used.append((claim.rows, row["#"]))

    def opens(self, claim: p.ClaimPlan, result: Result | Due) -> tuple[list[int], bool]:
        """When the windows for a result open, and whether one may still come."""
        k, start, end = self.figures.k, result.start, result.end
        if isinstance(result, Due):
            month = self.statement_period(result)
            start, end = min(start, month[0]), max(end, month[1])
        if claim.starts is not None:
            stream, at = claim.starts.rows.stream, claim.starts.time
            rows = [row for row in k.rows[stream] if row[at] is not None]
            found = [
                row[at] for row in rows
                if holds(k, claim.starts.rows.where, row)
                and self.opened_by(claim.starts, row, result, start, end)
            ]  # fmt: skip
            return sorted(set(found)), claim.starts.period is not None or end > k.as_of
        if not claim.of:
            return anchors(claim, result), False
        others = []
        for other in self.results:
            last = other.due if isinstance(other, Due) else other.end - 1
            same = other.obligation == claim.of and start <= last < end
            if same and agree(about_what(other), about_what(result)):
                others.append(other)
        found = [
            x.breached_at for x in others if x.word == "breached" and x.breached_at is not None
        ]
        return sorted(set(found)), end > k.as_of or any(x.word == "pending" for x in others)

    def opened_by(
        self, starts: p.Starts, row: Row, result: Result | Due, start: int, end: int
    ) -> bool:
        """Whether a row opens a window for a result, to which the time [start, end) belongs."""
        if not self.of_groups(starts, row, about_what(result)):
            return False
        if starts.period is None or row[starts.period] is None:
            return bool(start <= row[starts.time] < end)
        return self.of_period(starts, row, result)

    def of_groups(self, rows: p.ClaimPlan | p.Starts, row: Row, group: Group2) -> bool:
        """Whether a row names no other group than this."""
        k, stream = self.figures.k, rows.rows.stream
        said = [(name, row[name]) for name in rows.groups if row[name] is not None]
        return agree([(name, shown(k, stream, name, value)) for name, value in said], group)

    def about(self, claim: p.ClaimPlan, row: Row, result: Result | Due) -> bool:
        """Whether a claim is of the group and the period of a result."""
        return self.of_groups(claim, row, result.group) and self.of_period(claim, row, result)

    def of_period(self, claim: p.ClaimPlan | p.Starts, row: Row, result: Result | Due) -> bool:
        """Whether a row names no other period than that of a result."""
        said = None if claim.period is None else row[claim.period]
        if said is None:
            return True
        if claim.period_kind == "time":
            return bool(result.start <= said < result.end)
        if isinstance(result, Due):  # or its own label, which no example has
            return bool(said == label(self.plan, "month", self.statement_period(result)[0]))
        own = label(self.plan, result.requirement.period, result.start)
        start, _ = self.statement_period(result)
        kind = result.requirement.period
        whole = unit_of(kind) in ("quarter", "year", "term")
        other = kind if whole else "month"
        of_parts = label(self.plan, kind.per, result.start) if isinstance(kind, p.Cut) else own
        return said in (own, of_parts, label(self.plan, other, start))

    def note(self, claim: p.ClaimPlan, payment: p.PaymentPlan, row: Row) -> None:
        """A claim that may still be of an open period is held."""
        k = self.figures.k
        time = row[k.event[claim.rows.stream]]
        named = claim.period is not None and row[claim.period] is not None
        for result in self.results:
            running = result.end > k.as_of and (named or result.start <= time)
            ours = result.obligation == payment.obligation
            if ours and running and self.about(claim, row, result):
                self.statement(result, payment).notes.append("held")
                return
        index = max([i for i, (start, _) in enumerate(self.months) if start <= time], default=0)
        about = "month", payment.direction, payment.payer, payment.payee, unit_of_payment(payment)
        self.on(self.months[index], *about).notes.append("unused")

    # ---- amounts ----

    def fee_spans(self, plan: p.FeePlan) -> tuple[Span, ...]:
        """The periods of a fee: cut by the term, unless it is prorated."""
        if not plan.prorated or plan.per == "term":
            return periods(self.plan, plan.per, self.until)
        start, end = self.plan.term[0], self.until
        return periods_between(rules(self.plan), plan.per, start - 400 * DAY, end + 400 * DAY)

    def fee(self, start: int, end: int) -> Fraction:
        """What accrues over [start, end): of a fee period only partly within, by exact time."""
        start, end = max(start, self.plan.term[0]), min(end, self.until)
        total = Fraction(0)
        for plan in self.plan.fees:
            for low, high in self.fee_spans(plan):
                since = max(low, start, low if plan.since is None else plan.since)
                until = min(high, end, high if plan.until is None else plan.until)
                total += Fraction(*plan.amount) * Fraction(max(until - since, 0), high - low)
        return total

    def amount(
        self, a: p.Amount, start: int, end: int, result: Result | Due | None, rule: p.PeriodRule
    ) -> Fraction:
        """An amount; one that there is no figure for is nothing."""
        found = self.worth(a, start, end, result, rule)
        return Fraction(0) if found is None else found

    def worth(
        self, a: p.Amount, start: int, end: int, result: Result | Due | None, rule: p.PeriodRule
    ) -> Fraction | None:
        number = Fraction(*a.value)
        if a.of in ("fixed", "service"):
            return number
        if a.of == "fee" and a.before:
            asked = end if isinstance(rule, p.Trailing) else start
            before = [x for x in periods(self.plan, a.before, self.until) if x[1] <= asked]
            return number * self.fee(*before[-1]) if before else Fraction(0)
        if a.of == "fee":
            return number * self.fee(start, end)
        if a.of == "fee_length":
            return self.fee_length(number, a.unit, start)
        if a.of == "computed":
            values = [self.worth(x, start, end, result, rule) for x in a.operands]
            total = values[0]
            for word, x in zip(a.operators, values[1:], strict=True):
                if total is None or x is None or (word == "/" and not x):
                    return None
                total = {"+": total + x, "-": total - x, "*": total * x, "/": total / (x or 1)}[
                    word
                ]
            return total
        assert a.formula is not None
        if not refs(a.formula):
            known = figure(a.formula, {}.__getitem__)
            return None if known is None else number * known
        found = self.place_of(a, start, end, result, rule)
        if found is None:
            return None
        figures, place = found
        if a.of == "during":
            assert isinstance(a.formula, p.AggregateRef)
            total = Fraction(0)
            for _, onset, over, counted, *_ in figures.cell(a.formula.index, place).outages:
                low, high = max(onset, start), min(over, end)
                if low < high:
                    total += self.fee(low, high) * Fraction(counted, high - low)
            return number * total
        worth = figure(a.formula, lambda i: figures.cell(i, place))
        if worth is None or a.of == "metric_length":
            return worth
        return number * worth

    def place_of(
        self, a: p.Amount, start: int, end: int, result: Result | Due | None, rule: p.PeriodRule
    ) -> tuple[Figures, Place] | None:
        """Where an amount's metric is taken: the period, and the group or all of them."""
        k = self.figures.k
        plain = not a.before and a.of != "metric_length"
        if result is not None and plain and not a.pooled:
            return result.figures, result.place
        asked = end if isinstance(rule, p.Trailing) else start
        rule = rule_of(a, rule)
        spans = periods_of(k, rule)
        if plain:
            indices = [i for i, span in enumerate(spans) if span == (start, end)]
        else:
            upto = asked if a.before else min(end, k.as_of)
            indices = [i for i, span in enumerate(spans) if span[1] <= upto]
        if not indices:
            return None
        index = indices[-1]
        figures = self.views.get((rule, index % deep(spans)), self.figures)
        names: tuple[str, ...] = ()
        group: tuple[str, ...] = ()
        if result is not None and not a.pooled:
            names, group = result.place.names, result.place.group
        assert a.formula is not None
        fields = [(name, values) for name, values in self.values_of(result) if name in names]
        known = groups(figures.k, fields, sorted(streams_of(self.plan, a.formula)))
        low = self.plan.term[0]
        first = index == 0
        if isinstance(rule, p.Rolling | p.Trailing):
            first = spans[index][0] == low
        if isinstance(rule, p.Trailing):
            low = min(low, later(self.plan.zone, low, -rule.length, rule.unit))
        since = known.get(group, FOREVER)
        return figures, Place(names, group, since, *spans[index], first, low)

    def values_of(self, result: Result | None) -> list[tuple[str, Any]]:
        return [] if result is None else [(g.name, g.values) for g in result.requirement.groups]

    def fee_length(self, number: Fraction, unit: str, start: int) -> Fraction:
        """So many units of the fee; where it isn't paid by them, their part of a fee period."""
        months = {"month": 1, "quarter": 3, "year": 12}
        for plan in self.plan.fees:
            if not agreed(plan, start):
                continue
            whole = Fraction(*plan.amount)
            if plan.per == unit:
                return whole * number
            if plan.per in months and unit in months:
                return whole * number * months[unit] / months[plan.per]
            length = later(self.plan.zone, start, int(number), unit) - start
            for low, high in self.fee_spans(plan):
                if low <= start < high:
                    return whole * Fraction(length, high - low)
        return Fraction(0)

    def limit(self, statement: Statement, payment: p.PaymentPlan) -> None:
        """Of `once` the largest of each period; then `at most`."""
        lines = [line for line in statement.lines if line.payment is payment]
        for start, end in {x.over for x in lines}:
            own = [x for x in lines if x.over == (start, end)]
            if payment.occurrence == "once":
                worst = max(x.amount for x in own)
                kept = next(x for x in own if x.amount == worst)
                for line in own:
                    line.amount = worst if line is kept else Fraction(0)
            if payment.limit is not None:
                assert own[0].result is not None
                result = own[0].result
                rule = "month" if isinstance(result, Due) else result.requirement.period
                reduce(own, self.amount(payment.limit, start, end, None, rule))

    def cap(self, cap: p.CapPlan, statements: list[Statement]) -> None:
        spans = periods(self.plan, cap.per, self.until)
        used: dict[tuple[int, str, str], Fraction] = {}
        for s in sorted(statements, key=lambda s: (s.end, s.start)):
            if TOTALS.get(s.direction, s.direction) != cap.what or not s.lines:
                continue
            if s.unit != unit_of_amount(cap.amount):
                continue
            index = period_at(spans, s.end - 1)
            assert index is not None
            if not agreed(cap, spans[index][0]):
                continue
            key = index, s.payer, s.payee
            whole = self.amount(cap.amount, *spans[index], None, cap.per)
            reduce(s.lines, max(whole - used.get(key, Fraction(0)), Fraction(0)))
            used[key] = used.get(key, Fraction(0)) + s.total

    def round(self, s: Statement) -> None:
        unit = Fraction(1) if s.unit else Fraction(*self.plan.rounding_to)
        s.payable = rounded(s.total, unit, self.plan.rounding)
        for line in s.lines:
            line.payable = line.amount // unit * unit
        left = s.payable - sum(line.payable for line in s.lines)
        order = sorted(s.lines, key=lambda x: x.payable - x.amount)
        while left > 0:
            for line in order:
                if left > 0:
                    line.payable += unit
                    left -= unit
        assert left == 0


def reduce(lines: list[Line], limit: Fraction) -> None:
    """In proportion, where the lines come to more than the limit."""
    total = sum((line.amount for line in lines), Fraction(0))
    limit = max(limit, Fraction(0))  # one below nothing is nothing
    if total > limit:
        for line in lines:
            line.amount = line.amount * limit / total


def rounded(amount: Fraction, unit: Fraction, mode: str) -> Fraction:
    """To a multiple of a unit; up and down are by size, whatever the sign."""
    size = abs(amount)
    below = size // unit
    rest = size / unit - below
    if mode == "up":
        more = rest > 0
    elif mode == "down":
        more = False
    elif rest == Fraction(1, 2):
        more = mode == "half up" or (mode == "half even" and below % 2 == 1)
    else:
        more = rest > Fraction(1, 2)
    return (below + more) * unit * (-1 if amount < 0 else 1)
