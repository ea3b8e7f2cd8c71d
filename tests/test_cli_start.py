"""What a command imports: `check` and `fmt` start without what only an evaluation needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commands import FIXTURES, POLICIES, ROOT

SHOP = ROOT / "tests" / "cases" / "cli" / "shop.sla"
STORE = POLICIES / "object_storage.sla"
QUICK = FIXTURES / "object_storage" / "quickstart"
DATA = ("numpy", "pyarrow", "msgspec", "pandas")
NEVER = ("rich", "jsonschema", "importlib.metadata", "requests", "asyncio", "pandas")


def imported(*arguments: str | Path) -> set[str]:
    """The modules that a command leaves behind."""
    program = (
        "import sys\n"
        "from sladsl.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as left:\n"
        "    print(left.code, *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    status, *modules = done.stderr.splitlines()[-1].split()
    assert status in ("0", "1", "3"), done.stderr
    return set(modules)


def loaded(modules: set[str], names: tuple[str, ...]) -> set[str]:
    return {m for m in modules for n in names if m == n or m.startswith(f"{n}.")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", *sorted(POLICIES.glob("*.sla"))),
        ("fmt", "--check", *sorted(POLICIES.glob("*.sla"))),
        ("explain", "SLA201"),
        ("--help",),
    ],
    ids=lambda a: str(a[0]),
)
def test_text_is_looked_at_without_what_data_needs(arguments: tuple[str | Path, ...]) -> None:
    modules = imported(*arguments)
    assert not loaded(modules, (*DATA, *NEVER, "holidays", "tzdata", "zoneinfo"))
    packages = ("plan", "streams", "folds", "verdicts", "credits", "reports", "runners")
    assert not loaded(modules, tuple(f"sladsl.{p}" for p in packages))


def test_a_gate_imports_what_it_uses() -> None:
    modules = imported("gate", STORE, "--data", QUICK, "--as-of=2026-04-01T00:00:00Z")
    others = ("parquet", "compute", "dataset", "fs", "flight", "orc", "feather")
    assert not loaded(modules, tuple(f"pyarrow.{o}" for o in others))
    assert not loaded(modules, (*NEVER, "holidays", "sladsl.reports.json", "sqlite3", "msgspec"))
    assert not loaded(modules, ("sladsl.plan.json", "sladsl.reports.plan_text"))
    readers = {m for m in modules if m.startswith("sladsl.streams.") and m.endswith("_rows")}
    assert readers == {"sladsl.streams.csv_rows"}


def test_a_plan_is_written_without_what_data_needs() -> None:
    modules = imported("compile", STORE, "--json")
    assert not loaded(modules, (*DATA, *NEVER, "holidays"))
    modules = imported("compile", STORE)
    assert not loaded(modules, ("pyarrow", *NEVER))
