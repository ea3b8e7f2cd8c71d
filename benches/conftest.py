"""What the benches of stages share: policies, and measurements that are made once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import measurements
import pytest

HERE = Path(__file__).resolve().parent
ROWS = int(os.environ.get("SLADSL_BENCH_ROWS", "262144"))
POLICIES = sorted(HERE.parent.joinpath("policies").glob("*.sla")) + sorted(HERE.glob("*.sla"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`policy`: each agreement that ships, and those of the works."""
    if "policy" in metafunc.fixturenames:
        metafunc.parametrize("policy", POLICIES, ids=[path.stem for path in POLICIES])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The path of a set of measurements with `SLADSL_BENCH_ROWS` rows."""
    folder = tmp_path_factory.mktemp("measurements")
    return lambda name: str(measurements.make(folder, name, ROWS, seed=1))
