"""parse: text to tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sladsl.source import Source
from sladsl.syntax.parse import parse


@pytest.mark.benchmark(group="parse")
def bench_parse(benchmark: Any, policy: Path) -> None:
    source = Source(policy.name, policy.read_text("utf-8"))
    tree, _ = benchmark(parse, source)
    assert tree is not None
