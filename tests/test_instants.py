"""When a promise was broken: a breach is final from that instant on, and not before.

The same rows are judged at other moments of knowledge. What a later row says of earlier time (the
hold of a sample, a group's first row, a time that was "not yet") isn't known before it has come;
so a period that was judged otherwise when it was over is left aside.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from generate.answers import Way, plan_of
from generate.examples import Example, examples
from hypothesis import settings

from sladsl.diagnostics import Refused
from sladsl.plan import model as p
from sladsl.plan.parts import aggregates_in, elapsed_in
from sladsl.verdicts.model import Verdict, Word
from sladsl.verdicts.result import Judged

LONG = not settings().derandomize
PARTS = 8
POLICIES = 20 if LONG else 3  # in each part
SETS = 4
MOST = 3  # breaches of each example


def verdicts(example: Example, plan: p.Plan, as_of: int | None) -> tuple[int, list[Judged]]:
    found = Way().run(plan, example.rows, as_of)
    judged = [one for one in found.judged if one.verdict.instance is None]
    return found.judgement.as_of, judged


def same(one: Verdict, other: Verdict) -> bool:
    return (one.obligation, one.requirement, one.group, one.period) == (
        other.obligation, other.requirement, other.group, other.period
    )  # fmt: skip


def breaches(plan: p.Plan, judged: list[Judged]) -> list[Judged]:
    """Those of periods that are known before they end, and of which nothing is revised later.

    What exclusions take is said by what is known in the end: not which outages they left out
    earlier, nor what was unsettled then. An outage of many at once that the term's end cuts is over
    then, and a window that fails may be one that doesn't when more of its rows have come. Rows
    whose clocks still run at the end keep a period open.
    """
    at_once = {o.name for o in plan.outages if o.at_once or o.windows is not None}
    revised = {
        index
        for index, aggregate in enumerate(plan.aggregates)
        if any(x.windows is not None or x.unsettled is not None for x in aggregate.excluding)
        or (isinstance(aggregate, p.OutageAggregate) and aggregate.outage in at_once)
        or (isinstance(aggregate, p.RowAggregate) and elapsed_in(aggregate.good))
    }
    return [
        one
        for one in judged
        if one.verdict.word is Word.BREACHED
        and one.verdict.final
        and isinstance(one.requirement, p.Requirement)
        and not isinstance(one.requirement.period, p.Trailing)
        and not any(outage.excluded for outage in one.verdict.evidence.outages)
        and revised.isdisjoint(used(one.requirement))
    ]


def used(requirement: p.Requirement) -> set[int]:
    applies = requirement.applies
    beside = () if applies is None else aggregates_in(applies.condition)
    return {*aggregates_in(requirement.formula), *beside}


def final(found: Verdict | None) -> bool:
    return found is not None and found.word is Word.BREACHED and found.final


def judged_otherwise(found: Verdict | None) -> bool:
    return found is None or (found.final and found.word is not Word.BREACHED)


def wrong(example: Example, plan: p.Plan, one: Verdict) -> str:
    """What is wrong with the instant of a breach; "" where nothing is."""

    def at(time: int) -> Verdict | None:
        _, judged = verdicts(example, plan, time)
        return next((other.verdict for other in judged if same(other.verdict, one)), None)

    instant = one.breached_at
    assert instant is not None
    before = at(instant - 1)
    revised = instant > one.period.end and before is not None and before.value != one.value
    if final(before) and not revised:
        return "final before"
    # where the figure is exactly the target, or a hold ends, it takes a nanosecond more
    then = [at(instant), at(instant + 1)]
    if any(map(final, then)) or all(map(judged_otherwise, then)):
        return ""
    return "not final then"


IDS = [f"{'first' if part < 2 else 'later'}-{part}" for part in range(PARTS)]


@pytest.mark.parametrize("part", range(PARTS), ids=IDS)
def test_a_breach_is_final_from_its_instant_on(part: int) -> None:
    first = Random().randrange(10**6) if LONG else 4 * part * POLICIES
    first = int(os.environ.get("SLADSL_EXAMPLE", first * SETS)) // SETS
    for policy in range(first, first + POLICIES):
        plan = None
        for example in examples(policy, SETS):
            plan = plan or plan_of(example.draft.text)
            if plan.earlier:  # other terms at other moments
                continue
            try:
                as_of, _ = verdicts(example, plan, example.as_of)
                _, judged = verdicts(example, plan, as_of)
            except Refused:
                continue
            found = [one.verdict for one in breaches(plan, judged)]
            Random(example.number).shuffle(found)
            for one in found[:MOST]:
                why = wrong(example, plan, one)
                assert not why, f"{why}: {one}\n{example.shown()}"
