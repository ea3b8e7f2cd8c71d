"""judge and settle: states to verdicts to money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
import pytest
from works import AS_OF

from sladsl.credits.settle import settle

HERE = Path(__file__).resolve().parent
WORKS = {"W1": ("requests", "w1_requests"), "W2": ("probes", "w2_probes")}


@pytest.mark.benchmark(group="judge")
@pytest.mark.parametrize("work", WORKS)
def bench_judge(benchmark: Any, made: Callable[[str], str], work: str) -> None:
    name, policy = WORKS[work]
    plan = engine.plan_of((HERE / f"{policy}.sla").read_text("utf-8"))
    done = engine.run_of(plan, plan.streams[0].name, made(name), AS_OF)
    verdicts, _ = benchmark(engine.judged, plan, done.folds)
    assert verdicts


@pytest.mark.benchmark(group="settle")
@pytest.mark.parametrize("work", WORKS)
def bench_settle(benchmark: Any, made: Callable[[str], str], work: str) -> None:
    name, policy = WORKS[work]
    plan = engine.plan_of((HERE / f"{policy}.sla").read_text("utf-8"))
    done = engine.run_of(plan, plan.streams[0].name, made(name), AS_OF)
    verdicts, folded = engine.judged(plan, done.folds)
    benchmark(settle, plan, verdicts, folded, done.as_of)
