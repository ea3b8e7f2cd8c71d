"""render: verdicts and statements to JSON and text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
import pytest
from works import AS_OF

from sladsl.pipeline import Options, evaluate
from sladsl.reports.json import encode, to_json
from sladsl.reports.text import render_gate, render_text

HERE = Path(__file__).resolve().parent
FORMS: dict[str, Callable[..., Any]] = {
    "json": lambda judgement, statements: encode(to_json(judgement, statements)),
    "text": render_text,
    "gate": render_gate,
}


@pytest.mark.benchmark(group="render")
@pytest.mark.parametrize("form", FORMS)
def bench_render(benchmark: Any, made: Callable[[str], str], form: str) -> None:
    plan = engine.plan_of((HERE / "w2_probes.sla").read_text("utf-8"))
    sources = engine.sources_of(plan, "probes", made("probes"))
    done = evaluate(plan, sources, Options(as_of=engine.instant(AS_OF, plan.zone)))
    assert benchmark(FORMS[form], done.judgement, done.statements)
