"""Walks of made-up verdicts: each can be walked and said, and leads to another outcome."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from generate.answers import plan_of
from generate.examples import examples
from generate.files import written
from hypothesis import settings

from sladsl.analysis.model import Walk
from sladsl.analysis.turning import HOLDS
from sladsl.analysis.why import walks
from sladsl.analysis.why_text import changed
from sladsl.diagnostics import Refused
from sladsl.pipeline import Options, evaluate
from sladsl.verdicts.model import State, Word

LONG = not settings().derandomize
SETS = 4
MOST = 8  # verdicts of each example


@pytest.mark.parametrize("policy", [*range(24, 60, 9), *(range(1000, 1100) if LONG else ())])
def test_every_verdict_can_be_walked(policy: int, tmp_path: Path) -> None:
    example = next(examples(policy, SETS))
    plan = plan_of(example.draft.text)
    sources = written(plan, example.rows, tmp_path, "arrow", None)
    try:
        done = evaluate(plan, sources, Options(as_of=example.as_of))
    except Refused:
        return
    options = Options(as_of=done.judgement.as_of, as_of_given=example.as_of is not None)
    some = Random(policy).sample(list(done.judged), min(MOST, len(done.judged)))
    for walk in walks(done.plan or plan, sources, options, done, some):
        holds_together(walk)


def holds_together(walk: Walk) -> None:
    verdict, instance = walk.verdict, walk.verdict.instance
    now = str(verdict.word), walk.tier
    for turn in walk.turns:
        assert (turn.word, turn.tier) != now, f"{turn} turns nothing"
        assert changed(turn.change, walk)
    taken = sum(part.time for part in verdict.evidence.excluded)
    if instance is not None:
        until = instance.done
        assert until is None or taken <= max(until - instance.since, 0), "stopped for too long"
        if instance.state is State.ON_TIME:
            assert instance.done is not None
            assert instance.due <= instance.last
            assert instance.done <= instance.last
    decided = verdict.best is None and verdict.word in (Word.MET, Word.BREACHED)
    if instance is None and verdict.value is not None and decided:  # by the figure itself
        kept = HOLDS[verdict.operator](verdict.value.value, verdict.target.value)
        assert kept == (verdict.word is Word.MET)
    if walk.due is not None:
        lines = [
            line.amount
            for statement, _ in walk.steps
            for line in statement.lines
            if (line.obligation, line.period) == (verdict.obligation, verdict.period.label)
            and line.group in ((), verdict.group)
        ]
        assert lines, "what is due stands on no statement"
