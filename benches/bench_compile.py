"""compile: contract to plan, of the obligations that can be evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sladsl.pipeline import examine
from sladsl.plan.compile import compile_contract
from sladsl.source import Source


@pytest.mark.benchmark(group="compile")
def bench_compile(benchmark: Any, policy: Path) -> None:
    contract, _ = examine(Source(policy.name, policy.read_text("utf-8")))
    assert contract is not None
    able = [name for name in contract.obligations if compile_contract(contract, [name])[0]]
    if not able:
        pytest.skip("nothing in it can be evaluated yet")
    plan, _ = benchmark(compile_contract, contract, able)
    assert plan is not None
