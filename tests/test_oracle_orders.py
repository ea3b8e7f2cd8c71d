"""However the rows come, the same bytes: in any order, cut and format, with any number of threads,
in memory or read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from random import Random

import pytest
from generate.answers import Way, as_bytes, plan_of, refusal
from generate.examples import Example, examples
from generate.files import FORMATS
from generate.rows import Row
from hypothesis import settings

from sladsl.diagnostics import Refused
from sladsl.plan import model as p

LONG = not settings().derandomize  # `--hypothesis-profile=long`
PARTS = 12
POLICIES = 80 if LONG else 6  # in each part
FIRST = Random().randrange(10**9, 2 * 10**9) if LONG else 50_000  # others than in test_oracle.py


def printed(plan: p.Plan, rows: dict[str, list[Row]], as_of: int | None, way: Way) -> bytes:
    """What the command prints; of a refusal, why (not where: rows have moved)."""
    try:
        return as_bytes(way.run(plan, rows, as_of))
    except Refused as refused:
        return refusal(refused).encode()


def shuffled(plan: p.Plan, rows: dict[str, list[Row]], random: Random) -> dict[str, list[Row]]:
    """The rows in another order; position decides between events at once, and stays theirs."""
    bases = {d.base for d in plan.derived}
    found = {}
    for stream in plan.streams:
        own = random.sample(rows[stream.name], len(rows[stream.name]))
        if stream.name in bases:
            ties: dict[tuple[int, int], deque[Row]] = {}
            for row in rows[stream.name]:
                ties.setdefault(_place(stream, row), deque()).append(row)
            own = [ties[_place(stream, row)].popleft() for row in own]
        found[stream.name] = own
    return found


def _place(stream: p.StreamPlan, row: Row) -> tuple[int, int]:
    return row[stream.event], 0 if stream.sequence is None else row[stream.sequence]


def ways(example: Example) -> Iterator[tuple[Way, bool]]:
    """How to run an example, and whether with its rows in another order."""
    number = example.number
    yield Way(FORMATS[number % 4], Random(number), 2, held=False), True
    yield Way(FORMATS[(number + 1) % 4], Random(number + 1), 3), True
    yield Way(FORMATS[(number + 2) % 4], None, 1), True
    yield Way(FORMATS[(number + 3) % 4], Random(number + 2), 1), False


IDS = [f"{'first' if part < 2 else 'later'}-{part}" for part in range(PARTS)]


@pytest.mark.parametrize("part", range(PARTS), ids=IDS)
def test_the_same_bytes_however_rows_come(part: int) -> None:
    first = FIRST + part * POLICIES
    for policy in range(first, first + POLICIES):
        plan = None
        for example in examples(policy, 2):
            plan = plan or plan_of(example.draft.text)
            rows, as_of = example.rows, example.as_of
            expected = printed(plan, rows, as_of, Way())
            for way, mixed in ways(example):
                came = shuffled(plan, rows, Random(example.number)) if mixed else rows
                found = printed(plan, came, as_of, way)
                assert found == expected, f"{way}\n{example.with_rows(came).shown()}"
