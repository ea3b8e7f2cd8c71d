"""States of parts of the rows, folded apart and merged, come to what all rows come to."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from generate.answers import Way, plan_of
from generate.examples import Example, examples
from hypothesis import settings

from sladsl.diagnostics import Refused
from sladsl.folds.figures import Figures
from sladsl.folds.fold import Folds
from sladsl.folds.outages import OutOfOrder
from sladsl.plan import model as p
from sladsl.plan.uses import grains
from sladsl.streams.model import Batch

LONG = not settings().derandomize  # `--hypothesis-profile=long`
PARTS = 6
POLICIES = 80 if LONG else 7  # in each part
FIRST = Random().randrange(2 * 10**9, 3 * 10**9) if LONG else 90_000

Rows: TypeAlias = "list[tuple[Any, Batch]]"


def taken(plan: p.Plan, example: Example) -> tuple[Folds, Rows]:
    """What is folded of an example, once, and states of the kind it goes into. Raises `Refused`."""
    seen: list[tuple[Folds, Any, Batch]] = []
    fold = Folds.fold

    def taking(self: Folds, stream: Any, batch: Batch) -> None:
        seen.append((self, stream, batch))
        fold(self, stream, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folds, "fold", taking)
        Way(threads=1).run(plan, example.rows, example.as_of)
    last = seen[-1][0]  # earlier ones may have been given up
    return last, [
        (stream, batch) for folds, stream, batch in seen
        if folds.rows is last.rows and not folds.refining and batch.length
    ]  # fmt: skip


def empty(like: Folds, *, ordered: bool) -> Folds:
    return Folds(
        like.plan, like.rows, like.vocabulary, like.periods, like.until, ordered=ordered,
        rule=like.rule,
    )  # fmt: skip


def dealt(rows: Rows, random: Random, count: int) -> list[Rows]:
    """Every row into one of some heaps."""
    heaps: list[Rows] = [[] for _ in range(count)]
    for stream, batch in rows:
        chosen = np.array([random.randrange(count) for _ in range(batch.length)], np.int64)
        for number, heap in enumerate(heaps):
            heap.append((stream, batch.take(np.flatnonzero(chosen == number))))
    return heaps


def in_time(rows: Rows, count: int) -> list[Rows]:
    """Every row into one of some heaps, the earliest into the first."""
    heaps: list[Rows] = [[] for _ in range(count)]
    for stream, batch in rows:
        times = batch.columns[stream.event].values
        order = np.argsort(times, kind="stable")
        edges = np.searchsorted(times[order], np.quantile(times, [n / count for n in range(count)]))
        for heap, which in zip(heaps, np.split(order, edges[1:]), strict=True):
            heap.append((stream, batch.take(which)))
    return heaps


def folded(empty: Folds, rows: Rows) -> Folds:
    found = empty.apart()
    for stream, batch in rows:
        found.fold(stream, batch)
    return found


def merged(*parts: Folds) -> Folds:
    """Parts merged into empty states, in the order given."""
    found = parts[0].apart()
    for part in parts:
        found.merge(part)
    return found


def figures(states: Folds, rows: Rows) -> dict[Any, Any]:
    """All that states come to; what was let go of percentiles is looked up again."""
    again = states.again()
    if again is not None:
        for stream, batch in rows:
            again.fold(stream, batch)
        states.refine(again)
    found = {}
    known = [g for g in grains(states.plan) if states.rule in (None, g.period)]
    for grain in {(g.period, g.groups) for g in known}:
        done = Figures(states).folded(grain)
        cells = {
            (index, *key): cell.but(outages=frozenset(cell.outages))  # judging puts them in order
            for index, own in done.cells.items() for key, cell in own.items()
        }  # fmt: skip
        found[grain] = done.starts, done.ends, done.labels, cells, dict(done.blank)
    return found


def ways(like: Folds, heaps: list[Rows]) -> Iterator[tuple[str, Folds]]:
    """Heaps folded apart, and merged in any grouping and order."""

    def fresh() -> list[Folds]:
        return [folded(like, heap) for heap in heaps]

    yield "in order", merged(*fresh())
    yield "backwards", merged(*reversed(fresh()))
    a, b, c = fresh()
    b.merge(c)
    a.merge(b)
    yield "from the right", a
    a, b, c = fresh()
    a.merge(b)
    a.merge(c)
    yield "from the left", a
    a, b, c = fresh()
    b.merge(like.apart())
    yield "with nothing between", merged(a, like.apart(), b, c)


#: Mutants are tried on the first ones only (tests/README.md).
IDS = [f"{'first' if part < 1 else 'later'}-{part}" for part in range(PARTS)]


@pytest.mark.parametrize("part", range(PARTS), ids=IDS)
def test_states_folded_apart_merge(part: int) -> None:
    in_order = 0
    first = FIRST + part * POLICIES
    for policy in range(first, first + POLICIES):
        plan = None
        for example in examples(policy, 3):
            plan = plan or plan_of(example.draft.text)
            try:
                like, rows = taken(plan, example)
            except (Refused, IndexError):  # or nothing was folded
                continue
            whole = empty(like, ordered=False)
            expected = figures(folded(whole, rows), rows)
            for name, states in ways(whole, dealt(rows, Random(example.number), 3)):
                assert figures(states, rows) == expected, f"{name}\n{example.shown()}"
            less = empty(like, ordered=True)
            try:
                for name, states in ways(less, in_time(rows, 3)):
                    assert figures(states, rows) == expected, f"ordered, {name}\n{example.shown()}"
                in_order += 1
            except OutOfOrder:  # it says so where it can't tell
                continue
    assert in_order, "some heaps are in the order of time"
