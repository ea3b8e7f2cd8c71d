"""Conditions over rows against one row at a time, in plain integers."""

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sladsl.calendar.clocks import Always, CalendarSpec, OpenRule, clock
from sladsl.calendar.names import DAY, HOUR, MINUTE, SECOND
from sladsl.folds.arithmetic import Overflow
from sladsl.folds.conditions import COMPARE, Truth, compared, is_one_of
from sladsl.folds.expressions import Rows
from sladsl.folds.pauses import Spans
from sladsl.plan import model as p
from sladsl.streams.model import Batch, Column, Vocabulary

WIDTHS = [np.dtype(code) for code in "bBhHiIlL"]
FACTORS = (1, 10**3, 10**6, 10**9)
PLAIN = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
AS_OF = 1_774_958_400 * SECOND  # 2026-03-31T12:00Z, two days after London's clocks changed
LONDON = CalendarSpec(
    "office",
    "Europe/London",
    (OpenRule(frozenset(range(5)), 9 * 60, 17 * 60), OpenRule(frozenset({6}), 30, 150)),
)
CLOCKS = {"office": clock(LONDON, AS_OF, AS_OF), "always": clock(Always(), 0, 0)}


# ---- a column against a constant ----


@st.composite
def columns(draw):
    """Integers of one width, so scaled that they fit 64 bits, and a constant near to one."""
    width, factor = draw(st.sampled_from(WIDTHS)), draw(st.sampled_from(FACTORS))
    kind = np.iinfo(width)
    least, most = max(kind.min, -(2**63) // factor + 1), min(kind.max, (2**63 - 1) // factor)
    one = st.integers(least, most) | st.sampled_from([least, most, 0, 1])
    numbers = draw(st.lists(one, min_size=1, max_size=6))
    near = draw(st.sampled_from(numbers)) * factor + draw(st.integers(-2, 2))
    constant = draw(st.just(near) | st.sampled_from([0, kind.max * factor, 10**30, -(10**30)]))
    return np.array(numbers, width), factor, constant


@given(columns(), st.sampled_from(sorted(COMPARE)))
def test_a_column_is_compared_exactly_in_its_own_width(column, operator):
    raw, factor, constant = column
    expected = [PLAIN[operator](n * factor, constant) for n in raw.tolist()]
    assert compared(raw, operator, constant, factor).tolist() == expected


@given(st.lists(st.booleans()), st.sampled_from(sorted(COMPARE)), st.integers(-1, 2))
def test_bools_are_compared_as_zero_and_one(values, operator, constant):
    found = compared(np.array(values, np.bool_), operator, constant)
    assert found.tolist() == [PLAIN[operator](int(v), constant) for v in values]


@given(columns(), st.lists(st.integers(-300, 300), max_size=12), st.data())
def test_members(column, others, data):
    raw, factor, constant = column
    own = data.draw(st.lists(st.sampled_from(raw.tolist())))
    constants = [*(n * factor for n in own), constant, *others]
    expected = [n * factor in constants for n in raw.tolist()]
    assert is_one_of(raw, constants, factor).tolist() == expected


def test_members_of_bools():
    raw = np.array([True, False])
    assert is_one_of(raw, [0]).tolist() == [False, True]
    assert is_one_of(raw, [0, 1, 7]).tolist() == [True, True]
    assert is_one_of(raw, [7]).tolist() == [False, False]


# ---- conditions of three outcomes, some of them open ----

OUTCOMES = [{True}, {False}, {None}, {True, False}]  # of a comparison


def truth_of(states, wanted):
    """The truth of a comparison in each of some states, or of its opposite."""
    sure = np.array([s == {wanted} for s in states], np.bool_)
    return Truth(sure, np.array([wanted in s for s in states], np.bool_))


def joined(word, a, b):
    """What `a and b`, `a or b` can come to."""
    found = set()
    for x, y in product(a, b):
        decisive = word == "or"
        if decisive in (x, y):
            found.add(decisive)
        else:
            found.add(None if None in (x, y) else not decisive)
    return found


def test_truth_is_what_every_outcome_comes_to():
    pairs = list(product(OUTCOMES, OUTCOMES))
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    for word, wanted in product(("and", "or"), (True, False)):
        every = (word == "and") == wanted
        some, others = truth_of(left, wanted), truth_of(right, wanted)
        made = some.also(others) if every else some.either(others)
        states = [joined(word, a, b) for a, b in pairs]
        assert made.holds().tolist() == [s == {wanted} for s in states]
        assert made.open().tolist() == [wanted in s and len(s) > 1 for s in states]


def test_what_is_decided_keeps_one_mask():
    some, other = Truth(np.array([True, False])), Truth(np.array([True, True]))
    assert some.also(other).maybe is None
    assert some.either(other).maybe is None
    assert some.undecided() is None
    assert Truth(some.sure, some.sure).undecided() is None
    assert some.open().tolist() == [False, False]
    open_ = Truth(np.array([False]), np.array([True]))
    assert open_.undecided().tolist() == [True]
    assert open_.also(Truth(np.array([True]))).undecided().tolist() == [True]
    assert open_.either(Truth(np.array([True]))).undecided() is None


# ---- expressions, against one row at a time ----

FIELDS = {
    "start": "time", "end": "time?", "late": "time?", "n": "int", "m": "int?",
    "took": "duration", "limit": "duration?", "ok": "bool", "sure": "bool?",
    "kind": "enum", "grade": "enum?", "host": "text",
}  # fmt: skip
TEXTS = ("a", "b", "c")
#: how many ns one of a file's integers is, as the sources of a field have it
UNITS = {"time": (1, 10**3, 10**6, 10**9), "duration": (1, 10**6, 10**9), "int": (1,)}
PAUSES = [("a", AS_OF - 3 * DAY, AS_OF - 2 * DAY), ("a", AS_OF - 4 * DAY, AS_OF - 3 * DAY + HOUR),
          ("b", AS_OF - DAY, None)]  # fmt: skip


def context():
    vocabulary = Vocabulary()
    codes = [vocabulary.code(text) for text in TEXTS]
    assert codes == [0, 1, 2]
    keys = np.array([vocabulary.code(host) for host, _, _ in PAUSES], np.int32)
    ends = [2**63 - 1 if end is None else end for _, _, end in PAUSES]
    starts = np.array([start for _, start, _ in PAUSES])
    every = np.ones(len(PAUSES), np.bool_)
    spans = Spans({"host": keys}, {"host": every}, starts, np.array(ends))
    return Rows(vocabulary, AS_OF, CLOCKS, {"stops": spans})


@st.composite
def rows(draw):
    """Rows as dicts, and the units in which their file holds times and lengths."""
    units = {
        name: draw(st.sampled_from(UNITS.get(kind.rstrip("?"), (1,))))
        for name, kind in FIELDS.items()
    }
    steps, offsets = st.integers(-20, 300), st.sampled_from([0, 0, 0, -1, 1])
    values = {
        "time": st.builds(lambda n, off: AS_OF - n * 30 * MINUTE + off, steps, offsets),
        "duration": st.integers(-3, 90).map(lambda n: n * 30 * MINUTE),
        "int": st.integers(-4, 4),
        "bool": st.booleans(),
        "enum": st.integers(0, 3),
        "text": st.integers(0, 2),
    }

    def row():
        made = {}
        for name, kind in FIELDS.items():
            one = draw(values[kind.rstrip("?")])
            if kind in ("time", "time?"):
                one = min(one, AS_OF)
            gone = kind.endswith("?") and draw(st.integers(0, 3)) == 0
            made[name] = None if gone else one // units[name] * units[name]
        return made

    return [row() for _ in range(draw(st.integers(1, 5)))], units


def batch_of(table, units):
    columns = {}
    for name, written in FIELDS.items():
        some = [row[name] for row in table]
        valid = np.array([v is not None for v in some], np.bool_)
        unit, kind = units[name], written.rstrip("?")
        widths = {"bool": np.bool_, "enum": np.int32, "text": np.int32, "int": np.int8}
        width = widths.get(kind, np.int64)
        raw = np.array([0 if v is None else v // unit for v in some], width)
        factor = unit if kind in ("time", "duration", "int") else None
        columns[name] = Column(raw, None if valid.all() else valid, factor)
    return Batch(len(table), columns)


def col(name):
    return p.Col(name, FIELDS[name].rstrip("?"))


times = st.sampled_from(["start", "end", "late"]).map(col)
calendars = st.sampled_from([p.CalendarRef("office"), p.CalendarRef("always")])
by_kind = st.sampled_from([
    p.Choose(col("kind"), ((0, p.CalendarRef("office")), (2, p.CalendarRef("always"))),
             p.CalendarRef("office"), "calendar"),
    p.Choose(col("grade"), ((1, p.CalendarRef("always")), (3, p.CalendarRef("office"))),
             None, "calendar"),
])  # fmt: skip
stops = st.sampled_from([(), (), (p.Pause("stops", "host", "host"),)])
lengths = st.one_of(
    st.builds(
        lambda n, off: n * 30 * MINUTE + off, st.integers(0, 20), st.sampled_from([0, 0, -1, 1])
    ),
    st.sampled_from([-HOUR, 3 * DAY, 2**63 - 1]),
)
constants = lengths.map(lambda n: p.Const(n, "duration"))
matches = st.builds(
    lambda subject, few, rest: p.Choose(
        subject, tuple(enumerate(few)), rest, "duration"
    ),
    st.sampled_from([col("kind"), col("grade")]),
    st.lists(constants, min_size=1, max_size=3),
    st.none() | constants | st.just(col("limit")),
)  # fmt: skip
clocked = st.builds(p.Elapsed, times, times, calendars | by_kind, stops)
limits = constants | matches | st.sampled_from([col("took"), col("limit")]) | st.builds(
    p.Coalesce, st.just((col("limit"), col("took"))), st.just("duration")
) | st.builds(
    p.Arith, st.sampled_from(["+", "-"]), st.just(col("took")), constants.filter(
        lambda c: c.value < DAY), st.just("duration"),
)  # fmt: skip
operators = st.sampled_from(sorted(PLAIN))
comparisons = st.one_of(
    st.builds(p.Compare, operators, clocked, limits),
    st.builds(p.Compare, operators, limits, clocked),
    st.builds(p.Compare, operators, limits, limits),
    st.builds(
        p.Compare, operators, st.sampled_from([col("n"), col("m")]),
        st.integers(-(10**13), 10**13).map(lambda n: p.Const(n, "number")),
        st.just(10**6),
    ),
    st.builds(p.Compare, operators, times, times),
    st.builds(
        p.Compare, st.sampled_from(["==", "!="]), st.just(col("host")),
        st.sampled_from([p.TextConst("b"), p.TextConst("nobody")]),
    ),
)  # fmt: skip
leaves = comparisons | st.one_of(
    st.sampled_from([col("ok"), col("sure"), p.Const(1, "bool")]),
    st.builds(p.Present, times | st.just(col("limit")) | clocked),
    st.builds(
        p.IsIn, st.sampled_from([col("kind"), col("grade"), col("n")]),
        st.lists(st.integers(0, 3).map(lambda n: p.Const(n, "enum")), max_size=3).map(tuple),
    ),
    st.just(p.IsIn(col("host"), (p.TextConst("a"), p.TextConst("nobody")))),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(p.AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(p.AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(p.Opposite, inner),
        st.builds(p.Compare, st.just("=="), st.just(col("sure")), inner),
    ),
    max_leaves=4,
)


def worth(e, row):
    """The value of an expression in one row; None is missing."""
    match e:
        case p.Col(name=name):
            return row[name]
        case p.Const(value=value):
            return value
        case p.TextConst(text=text):
            return TEXTS.index(text) if text in TEXTS else -1
        case p.Arith(operator=word, left=left, right=right):
            a, b = worth(left, row), worth(right, row)
            return None if None in (a, b) else a + b if word == "+" else a - b
        case p.Coalesce(operands=operands):
            return next((w for o in operands if (w := worth(o, row)) is not None), None)
        case p.Choose():
            arm = picked(e, row)
            return None if arm is None else worth(arm, row)
        case p.Elapsed(end=end):
            until = worth(end, row)
            return None if until is None else passed(e, row, until)
        case _:
            (found,) = comes_to(e, row, False)
            return found


def picked(e, row):
    subject = row[e.subject.name]
    if subject is None:
        return None
    return next((arm for key, arm in e.arms if key == subject), e.otherwise)


def passed(e, row, until):
    start = worth(e.start, row)
    calendar = picked(e.calendar, row) if isinstance(e.calendar, p.Choose) else e.calendar
    if start is None or calendar is None:
        return None
    if until < start:
        return -opened(calendar.name, until, start)
    parts = [(start, until)]
    for host, low, high in PAUSES if e.pauses else ():
        if TEXTS[row["host"]] == host:
            last = until if high is None else high
            parts = [
                piece
                for a, b in parts
                for piece in ((a, min(b, low)), (max(a, last), b))
                if piece[0] < piece[1]
            ]
    return sum(opened(calendar.name, a, b) for a, b in parts)


def opened(name, a, b):
    if name == "always":
        return b - a
    return CLOCKS[name].intervals(a, b).total() if a < b else 0


def comes_to(e, row, running):
    """What a condition can still come to."""
    match e:
        case p.AllOf(operands=operands) | p.AnyOf(operands=operands):
            found = comes_to(operands[0], row, running)
            for operand in operands[1:]:
                word = "and" if isinstance(e, p.AllOf) else "or"
                found = joined(word, found, comes_to(operand, row, running))
            return found
        case p.Opposite(operand=operand):
            return {None if v is None else not v for v in comes_to(operand, row, running)}
        case p.Present(operand=operand):
            return {worth(operand, row) is not None}
        case p.IsIn(operand=operand, values=values):
            found = worth(operand, row)
            return {None if found is None else found in [worth(v, row) for v in values]}
        case p.Compare():
            return compares(e, row, running)
        case _:
            found = worth(e, row)
            return {None if found is None else bool(found)}


def compares(e, row, running):
    sides = []
    for side, scale in ((e.left, e.left_scale), (e.right, e.right_scale)):
        if running and isinstance(side, p.Elapsed) and worth(side.end, row) is None:
            so_far = passed(side, row, max(AS_OF, worth(side.start, row) or 0))
            if so_far is None:
                return {None}
            sides.append((so_far, True))
        else:
            found = worth(side, row)
            if found is None:
                return {None}
            sides.append((found * scale, False))
    (a, a_grows), (b, b_grows) = sides
    ways_a = {a, max(a, b), max(a, b) + 1} if a_grows else {a}
    ways_b = {b, max(a, b), max(a, b) + 1} if b_grows else {b}
    return {PLAIN[e.operator](x, y) for x in ways_a for y in ways_b}


timed = st.builds(
    p.Compare,
    operators,
    st.builds(p.Elapsed, st.just(col("start")), times, calendars, stops),
    constants | matches,
)


@settings(max_examples=400, deadline=None)
@given(conditions | timed | timed | timed.map(p.Opposite), rows(), st.booleans())
def test_conditions_are_those_of_each_row(condition, table, running):
    some, units = table
    expected = [comes_to(condition, row, running) for row in some]
    batch, engine = batch_of(some, units), context()
    sure, unsure = engine.bits(condition, batch, running=running)
    assert sure.dtype == np.bool_
    assert sure.tolist() == [ways == {True} for ways in expected]
    undecided = [True in ways and len(ways) > 1 for ways in expected]
    assert (unsure is not None) == any(undecided)
    if unsure is not None:
        assert unsure.tolist() == undecided
    decided = [comes_to(condition, row, False) == {True} for row in some]
    assert engine.where(condition, batch).tolist() == decided
    before = {name: column.raw.copy() for name, column in batch_of(some, units).columns.items()}
    assert all((batch.columns[name].raw == raw).all() for name, raw in before.items())


@settings(max_examples=200, deadline=None)
@given(limits | clocked | leaves, rows())
def test_values_are_those_of_each_row(expression, table):
    some, units = table
    value = context().value(expression, batch_of(some, units))
    known = [True] * len(some) if value.valid is None else value.valid.tolist()
    found = [v if k else None for v, k in zip(value.values.tolist(), known, strict=True)]
    assert found == [worth(expression, row) for row in some]


OFFICE = p.CalendarRef("office")
EITHER = p.Choose(p.Col("kind", "enum"), ((0, OFFICE),), p.CalendarRef("always"), "calendar")
STOPS = (p.Pause("stops", "host", "host"),)
ROW = dict.fromkeys(FIELDS, 0) | {
    "start": AS_OF - 4 * DAY, "end": AS_OF - DAY, "late": None, "ok": True, "sure": True,
}  # fmt: skip
ONES = dict.fromkeys(FIELDS, 1)


@pytest.mark.parametrize("operator", sorted(PLAIN))
@pytest.mark.parametrize("calendar", [OFFICE, EITHER])
@pytest.mark.parametrize("pauses", [(), STOPS])
@pytest.mark.parametrize("end", ["end", "late"])
@pytest.mark.parametrize("turned", [False, True])
def test_limits_that_are_just_met_or_just_missed(operator, calendar, pauses, end, turned):
    clocked = p.Elapsed(col("start"), col(end), calendar, pauses)
    so_far = passed(clocked, ROW, AS_OF if ROW[end] is None else ROW[end])
    assert so_far > 1
    for limit in (0, so_far - 1, so_far, so_far + 1):
        sides = clocked, p.Const(limit, "duration")
        condition = p.Compare(operator, *(reversed(sides) if turned else sides))
        for asked in (condition, p.Opposite(condition)):
            ways = comes_to(asked, ROW, True)
            sure, unsure = context().bits(asked, batch_of([ROW, ROW], ONES), running=True)
            assert sure.tolist() == [ways == {True}] * 2
            assert (unsure is not None) == (ways == {True, False})


@pytest.mark.parametrize("operator", sorted(PLAIN))
def test_two_clocks_that_run(operator):
    shorter = p.Elapsed(p.Arith("+", col("start"), p.Const(HOUR, "duration"), "time"), col("late"),
                        p.CalendarRef("always"))  # fmt: skip
    longer = p.Elapsed(col("start"), col("late"), p.CalendarRef("always"))
    for sides in ((shorter, longer), (longer, shorter), (longer, longer)):
        condition = p.Compare(operator, *sides)
        sure, unsure = context().bits(condition, batch_of([ROW], ONES), running=True)
        assert not sure.any()
        assert unsure.all()


def test_a_match_of_texts_that_nobody_has():
    limit = p.Choose(col("host"), (("nobody", p.Const(5, "duration")),), None, "duration")
    value = context().value(limit, batch_of([ROW, ROW], ONES))
    assert value.valid.tolist() == [False, False]
    rest = p.Choose(limit.subject, limit.arms, p.Const(7, "duration"), "duration")
    value = context().value(rest, batch_of([ROW], ONES))
    assert (value.values.tolist(), value.valid) == ([7], None)


def test_a_match_of_numbers_far_apart():
    arms = ((-(2**62), p.Const(1, "int")), (2**62, p.Const(2, "int")), (5, p.Const(3, "int")))
    match = p.Choose(p.Col("n", "int"), arms, p.Const(9, "int"), "int")
    found = context().value(match, numbers(5, 2**62, -(2**62), 0, 2**62 + 1))
    assert found.values.tolist() == [3, 2, 1, 9, 9]
    near = p.Choose(match.subject, arms[2:], match.otherwise, "int")
    found = context().value(near, numbers(5, 4, 6, 2**63 - 1, -(2**63)))
    assert found.values.tolist() == [3, 9, 9, 9, 9]


def test_no_condition_holds_for_all():
    assert context().where(None, Batch(3)) is None


# ---- what doesn't fit 64 bits ----


def numbers(*values, valid=None):
    raw = np.array(values, np.int64)
    return Batch(len(raw), {"n": Column(raw, None if valid is None else np.array(valid))})


N = p.Col("n", "int")


@pytest.mark.parametrize("operator", ["+", "-", "*"])
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4),
    st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2),
    st.booleans(),
)
@example([-(2**63), 5], -1, True)
@example([-(2**63)], 1, False)
def test_sums_and_products_fit_or_are_refused(operator, values, other, first):
    constant = p.Const(other, "int")
    expression = p.Arith(operator, *((constant, N) if first else (N, constant)), "int")
    rule = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}[operator]
    exact = [rule(other, v) if first else rule(v, other) for v in values]
    fits = all(-(2**63) <= n < 2**63 for n in exact)
    engine = context()
    if fits:
        assert engine.value(expression, numbers(*values)).values.tolist() == exact
    else:
        with pytest.raises(Overflow):
            engine.value(expression, numbers(*values))
        gone = [-(2**63) <= n < 2**63 for n in exact]
        found = engine.value(expression, numbers(*values, valid=gone))
        assert found.values[gone].tolist() == [
            n for n, fine in zip(exact, gone, strict=True) if fine
        ]


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4),
    st.integers(-(2**80), 2**80),
)
@example([-(2**63), 3], 0)
def test_a_scaled_comparison_fits_or_is_refused(values, constant):
    condition = p.Compare("<=", N, p.Const(constant, "number"), 10**6)
    if all(-(2**63) <= v * 10**6 < 2**63 for v in values):
        found = context().where(condition, numbers(*values))
        assert found.tolist() == [v * 10**6 <= constant for v in values]
    else:
        with pytest.raises(Overflow):
            context().where(condition, numbers(*values))


def test_a_constant_beyond_64_bits():
    engine, batch = context(), numbers(1)
    assert engine.where(p.Compare("<", N, p.Const(10**30, "int")), batch).tolist() == [True]
    scaled = p.Compare("<", N, p.Const(10**15, "int"), 1, 10**6)
    for expression in (
        scaled,
        p.Arith("+", N, p.Const(10**30, "int"), "int"),
        p.Const(10**30, "int"),
    ):
        with pytest.raises(Overflow):
            engine.value(expression, batch)
        engine.value(expression, numbers())


def test_time_between_instants_that_does_not_fit():
    long = [-(2**62), 2**62]
    batch = Batch(1, {name: Column(np.array([t])) for name, t in zip("ab", long, strict=True)})
    elapsed = p.Elapsed(p.Col("a", "time"), p.Col("b", "time"), p.CalendarRef("always"))
    engine = context()
    with pytest.raises(Overflow):
        engine.value(elapsed, batch)
    within = p.Compare("<=", elapsed, p.Const(DAY, "duration"))
    assert engine.where(within, batch).tolist() == [False]
    beyond = Batch(1, {"a": Column(np.array([0])), "b": Column(np.array([2**63 - 1]))})
    office = p.Elapsed(p.Col("a", "time"), p.Col("b", "time"), p.CalendarRef("office"))
    for expression in (office, p.Compare("<=", office, p.Const(DAY, "duration"))):
        with pytest.raises(Overflow, match="1678"):
            engine.value(expression, beyond)
