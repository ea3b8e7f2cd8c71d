"""The smallest change that turns a verdict: it does, and nothing smaller would."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from commands import FIXTURES, POLICIES, sladsl, valid
from hypothesis import given
from hypothesis import strategies as st

from sladsl.analysis.turning import HOLDS, OPPOSITE, Change, change
from sladsl.folds.model import Cell
from sladsl.plan import model as p

WORDS = st.sampled_from(sorted(HOLDS))
LIMITS = st.builds(Fraction, st.integers(0, 1000), st.just(1000))
ROWS = p.RowAggregate("share", "s", good=p.Const(1, "bool"))
TIME = p.OutageAggregate("time", "down")


PARTS = st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TIMES = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def failing(word: str, value: Fraction, limit: Fraction) -> str:
    """The word, or its opposite: the one that doesn't hold."""
    return OPPOSITE[word] if HOLDS[word](value, limit) else word


def share(part: int, whole: int) -> Cell:
    return Cell(Fraction(part, whole), part, whole, counted=True, rows=whole)


@given(PARTS, WORDS, LIMITS)
def test_a_share_moves_by_as_few_rows_as_can_be(
    parts: tuple[int, int], word: str, limit: Fraction
) -> None:
    part, whole = parts
    word = failing(word, Fraction(part, whole), limit)
    turning = [n for n in range(whole + 1) if HOLDS[word](Fraction(n, whole), limit)]
    found = change(ROWS, share(part, whole), Fraction(part, whole), word, limit)
    if not turning:
        assert found is None
        return
    nearest = min(turning, key=lambda n: abs(n - part))
    assert found == Change(
        "rows", Fraction(nearest - part), Fraction(nearest, whole), whole, up=nearest > part
    )


@given(TIMES, WORDS, LIMITS)
def test_a_share_of_time_turns_there_and_not_a_nanosecond_before(
    parts: tuple[int, int], word: str, limit: Fraction
) -> None:
    up, whole = parts
    value = Fraction(up, whole)
    word = failing(word, value, limit)
    found = change(TIME, share(up, whole), value, word, limit)
    if found is None:
        assert not any(HOLDS[word](Fraction(n, whole), limit) for n in (0, whole))
        return
    step = Fraction(1 if found.up else -1)
    if found.strict:  # not yet there, but anything more is
        assert not HOLDS[word]((up + found.by) / whole, limit)
        assert HOLDS[word]((up + found.by + step / 1000) / whole, limit)
    else:
        assert HOLDS[word]((up + found.by) / whole, limit)
        assert not HOLDS[word]((up + found.by - step) / whole, limit)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 99), WORDS,
       st.integers(0, 9))  # fmt: skip
def test_a_percentile_turns_when_so_many_values_come_to_the_limit(
    values: list[int], percent: int, word: str, limit: int
) -> None:
    one = p.RowAggregate("quantile", "s", value=p.Col("v", "int"), quantile=(percent, 100))

    def ranked(values: list[int]) -> Fraction:
        return Fraction(sorted(values)[max(ceil(Fraction(percent, 100) * len(values)), 1) - 1])

    at, edge = ranked(values), Fraction(limit)
    word = failing(word, at, edge)
    wrong = [v for v in values if HOLDS[OPPOSITE[word]](Fraction(v), edge)]
    right = [v for v in values if not HOLDS[OPPOSITE[word]](Fraction(v), edge)]
    cell = Cell(at, rows=len(values))
    found = change(one, cell, at, word, edge, beyond=len(wrong))
    assert found is not None
    by = int(found.by)
    good = {"<": limit - 1, "<=": limit, ">": limit + 1, ">=": limit}[word]
    assert 1 <= by <= len(wrong)
    assert HOLDS[word](ranked(right + wrong[by:] + [good] * by), edge)
    assert not HOLDS[word](ranked(right + wrong[by - 1 :] + [good] * (by - 1)), edge)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=9), WORDS, LIMITS, st.booleans())
def test_a_sum_and_a_mean_move_by_their_total(
    values: list[int], word: str, limit: Fraction, mean: bool
) -> None:
    scale = 10
    one = p.RowAggregate("mean" if mean else "sum", "s", value=p.Col("v", "int"), scale=scale)
    count = len(values) if mean else 1
    value = Fraction(sum(values), scale * count)
    word = failing(word, value, limit)
    found = change(one, Cell(value, rows=len(values)), value, word, limit)
    assert found is not None
    step = Fraction(1 if found.up else -1, scale)
    assert found.figure == value + found.by / count
    assert HOLDS[word](value + found.by / count, limit)
    assert not HOLDS[word](value + (found.by - step) / count, limit)


@given(st.integers(0, 50), WORDS, LIMITS)
def test_a_count_moves_by_whole_rows(count: int, word: str, limit: Fraction) -> None:
    limit *= 60
    value = Fraction(count)
    word = failing(word, value, limit)
    found = change(p.RowAggregate("count", "s"), Cell(value), value, word, limit)
    turning = [n for n in range(200) if HOLDS[word](Fraction(n), limit)]
    if found is None:
        assert not turning
    else:
        assert found.figure == min(turning, key=lambda n: abs(n - count))


def test_a_figure_of_several_parts_moves_as_it_is() -> None:
    found = change(None, None, Fraction(9, 10), ">", Fraction(99, 100))
    assert found == Change("figure", Fraction(9, 100), Fraction(99, 100), strict=True, up=True)


@pytest.mark.parametrize(
    ("policy", "data", "arguments"),
    [
        ("web_shop", "quarter", ["--obligation", "uptime", "--period", "2026-03"]),
        ("object_storage", "latency", ["--obligation", "responsive", "--period", "2026-02",
                                       "--group", "tail-901"]),
    ],
)  # fmt: skip
def test_as_json_it_is_the_verdict_of_eval(policy: str, data: str, arguments: list[str]) -> None:
    common = [POLICIES / f"{policy}.sla", "--data", FIXTURES / policy / data, *arguments,
              "--as-of", "2026-04-01T00:00:00Z", "--format", "json"]  # fmt: skip
    walked, judged = valid(sladsl("why", *common).stdout), valid(sladsl("eval", *common).stdout)
    assert [walk["verdict"] for walk in walked["walks"]] == judged["verdicts"]
    assert walked["policy"] == judged["policy"]
    for walk in walked["walks"]:
        against = [part["against"]["rows"] for part in walk["parts"]]
        assert all(
            len(p["against"]["first"]) <= max(p["against"]["rows"], 0) for p in walk["parts"]
        )
        if walk["verdict"]["verdict"] == "breached" and policy == "object_storage":
            assert against[0] > 0
