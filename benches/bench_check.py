"""check: tree to contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sladsl.contract.check import check
from sladsl.source import Source
from sladsl.syntax.parse import parse


@pytest.mark.benchmark(group="check")
def bench_check(benchmark: Any, policy: Path) -> None:
    tree, _ = parse(Source(policy.name, policy.read_text("utf-8")))
    contract, _ = benchmark(check, tree)
    assert contract is not None
