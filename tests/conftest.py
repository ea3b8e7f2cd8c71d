"""What every test may use: where the shared data lies, and how hard Hypothesis tries."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# `ci` gives the same examples on every run; `--hypothesis-profile=long` looks for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("long", deadline=None, print_blob=True, max_examples=5_000)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=20)  # for mutants
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what cases expect")


def pytest_collection_finish() -> None:
    """What stands by now stays, and garbage in circles is rare: it needn't be sought often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The later parts of generated examples are thorough.

    Of a mutant the quickest tests go first: most changes are noticed by one of them.
    """
    for item in items:
        if "[later-" in item.nodeid:
            item.add_marker("thorough")
    known = Path("mutmut-stats.json")
    if known.exists():
        seconds = json.loads(known.read_text("utf-8"))["duration_by_test"]
        items.sort(key=lambda item: seconds.get(item.nodeid, 0))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data: `$SLADSL_SHARED`, or `../shared` beside the repository."""
    named = os.environ.get("SLADSL_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        if named:
            pytest.fail(f"SLADSL_SHARED names no folder: {folder}", pytrace=False)
        pytest.skip(f"shared data is absent: {folder}")
    return folder.resolve()


@pytest.fixture(scope="session")
def shared_file(shared: Path) -> Callable[[str], Path]:
    """A file or folder of the shared data, as in `shared_file("data/reference.json")`."""

    def find(name: str) -> Path:
        path = shared / name
        if not path.exists():
            pytest.skip(f"shared data is absent: {path}")
        return path

    return find
