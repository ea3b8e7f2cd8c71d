"""fold: batches to states, a kernel at a time, and the three works as a whole. One thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
import pytest
from works import AS_OF

from sladsl.streams.model import Vocabulary

HERE = Path(__file__).resolve().parent

FRAME = """
agreement bench {
  provider a "A"  customer b "B"
  term from 2025-01-01 through 2025-12-31
  timezone "Europe/Amsterdam"
}
"""
REQUESTS = """
stream requests {
  event at time  time time  ok bool  latency duration in ms  region text
}
"""
#: kernel -> (set of measurements, measure, period and groups)
KERNELS = {
    "count": ("requests", "count of requests", "<= 1 per month"),
    "count by group": ("requests", "count of requests", "<= 1 per month for each region"),
    "share": ("requests", "share of requests with ok", ">= 99% per month"),
    "share, where": (
        "requests",
        "share of requests where ok with latency <= 300ms",
        ">= 99% per month for each region",
    ),
    "sum": ("requests", "sum of latency in requests", "<= 1h per month for each region"),
    "mean": ("requests", "mean of latency in requests", "<= 1s per month for each region"),
    "max": ("requests", "max of latency in requests", "<= 1s per month for each region"),
    "percentile": ("requests", "p99 of latency in requests", "<= 1s per month for each region"),
    "hours": ("requests", "share of requests with ok", ">= 99% per hour"),
    "windows": (
        "requests",
        "mean of error over windows of 5min",
        "<= 1% per month for each region",
    ),
    "shuffled": (
        "requests_shuffled",
        "share of requests with ok",
        ">= 99% per month for each region",
    ),
}
WORKS = {
    "W1": ("requests", "w1_requests"),
    "W1 counting": ("requests", "w1_counts"),
    "W1 shuffled": ("requests_shuffled", "w1_requests"),
    "W2 by target": ("probes", "w2_probes"),
    "W2 interleaved": ("probes_interleaved", "w2_probes"),
    "W3": ("tickets", "w3_tickets"),
}


def folded(benchmark: Any, text: str, path: str) -> None:
    """Fold a file's batches, which are read beforehand, into new states each time."""
    plan = engine.plan_of(text)
    stream = plan.streams[0]
    vocabulary = Vocabulary()
    batches = list(engine.batches_of(plan, stream.name, path, vocabulary))

    def start() -> tuple[tuple[Any], dict[str, Any]]:
        return (engine.folds_of(plan, vocabulary, AS_OF),), {}

    def work(folds: Any) -> None:
        for batch in batches:
            folds.fold(stream, batch)

    benchmark.extra_info["rows"] = sum(batch.length for batch in batches)
    benchmark.pedantic(work, setup=start, rounds=10, warmup_rounds=1)


@pytest.mark.benchmark(group="fold, by kernel")
@pytest.mark.parametrize("kernel", KERNELS)
def bench_kernel(benchmark: Any, made: Callable[[str], str], kernel: str) -> None:
    name, measure, promise = KERNELS[kernel]
    text = FRAME + REQUESTS + "metric error = share of requests with not ok\n"
    text += f"metric m = {measure}\nobligation o {{ a owes b  require m {promise} }}\n"
    folded(benchmark, text, made(name))


@pytest.mark.benchmark(group="fold, works")
@pytest.mark.parametrize("work", WORKS)
def bench_work(benchmark: Any, made: Callable[[str], str], work: str) -> None:
    name, policy = WORKS[work]
    folded(benchmark, (HERE / f"{policy}.sla").read_text("utf-8"), made(name))
