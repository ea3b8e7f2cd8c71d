"""read: files to batches, in one thread, beside PyArrow's bare decoding of the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import decoding
import engine
import pytest

from sladsl.streams.model import Vocabulary

HERE = Path(__file__).resolve().parent
SETS = {
    "requests": "w1_requests",
    "requests_csv": "w1_requests",
    "requests_json": "w1_requests",
    "requests_arrow": "w1_requests",
    "probes": "w2_probes",
    "tickets": "w3_tickets",
}


@pytest.mark.parametrize("name", SETS)
def bench_read(benchmark: Any, made: Callable[[str], str], name: str) -> None:
    benchmark.group = f"read {name}"
    path = made(name)
    plan = engine.plan_of((HERE / f"{SETS[name]}.sla").read_text("utf-8"))
    stream = plan.streams[0].name

    def work() -> int:
        found = engine.batches_of(plan, stream, path, Vocabulary())
        return sum(batch.length for batch in found)

    assert benchmark(work)


@pytest.mark.parametrize("name", ["requests", "requests_csv", "probes", "tickets"])
def bench_decoding(benchmark: Any, made: Callable[[str], str], name: str) -> None:
    benchmark.group = f"read {name}"
    form = "csv" if name.endswith("csv") else "parquet"
    rival = decoding.Rival(made(name), form)
    (work,) = decoding.FORMS[form].values()
    assert benchmark(work, rival, 1)
