"""Whole processes: how long somebody waits for `check` and `gate`, from start to exit.

The package is copied twice: once with bytecode, once where none is written. Fastest of 10, since
what else the machine does only adds to it; the first run is shown beside it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure import Run, run
from works import AS_OF, BOUNDS, FAST, HERE

ROOT = HERE.parent
RUNS = 10
HEAD = ("command", "fastest of 10", "first run", "CPU", "peak", "wanted", "reached")

DUCKDB = """
import sys
import duckdb
rows = duckdb.sql('''
  select month(time), region, count(*), count(*) filter (ok), count(*) filter (latency <= {fast}),
    quantile_disc(latency, 0.99)
  from read_csv('{path}') where time >= to_timestamp({start}) group by all
''').fetchall()
bad = [row for row in rows if row[3] * 1000 < row[2] * 999 or row[5] > {fast}]
print(len(bad), 'breached of', len(rows))
sys.exit(bool(bad))
"""


def _fastest(
    command: Sequence[str], more: dict[str, str], runs: int, statuses: tuple[int, ...]
) -> tuple[Run, Run]:
    """The fastest run and the first."""
    done = [run(command, more=more) for _ in range(runs)]
    for one in done:
        if one.status not in statuses:
            raise RuntimeError(f"{' '.join(command[:6])}: {one.err.decode()[-300:]}")
    return min(done, key=lambda one: one.wall), done[0]


def results(comparison: Any, rows: int) -> list[dict[str, Any]]:
    """A table of whole processes."""
    runs = RUNS if comparison.given.repeat > 1 else 2
    path = comparison.made("requests_csv", rows)
    packed = comparison.made("requests", rows)
    python = sys.executable
    largest = max(ROOT.joinpath("policies").glob("*.sla"), key=lambda file: file.stat().st_size)
    gate = [python, "-m", "sladsl", "gate", str(HERE / "w1_requests.sla"), "--as-of", AS_OF]
    check = [python, "-m", "sladsl", "check", str(largest)]
    script = DUCKDB.format(path=path, fast=FAST, start=BOUNDS[0] // 1000)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        compiled = {"PYTHONPATH": str(_copied(Path(folder, "with"), bytecode=True))}
        bare = {
            "PYTHONPATH": str(_copied(Path(folder, "without"), bytecode=False)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        nothing = {**bare, "PYTHONPYCACHEPREFIX": str(Path(folder, "nowhere"))}
        met = (0, 1, 3)
        csv, parquet = ["--data", f"requests={path}"], ["--data", f"requests={packed}"]
        named = f"`gate`, {rows:,} rows of CSV"
        for title, command, more, statuses, wanted in (
            ("Python alone", [python, "-c", "pass"], compiled, (0,), None),
            (f"`check {largest.name}`", check, compiled, (0,), 0.1),
            (f"`check {largest.name}`, without bytecode", check, bare, (0,), 0.15),
            ("the same, none of the libraries' either", check, nothing, (0,), None),
            (named, [*gate, *csv], compiled, met, 0.2),
            (f"{named}, without bytecode", [*gate, *csv], bare, met, 0.3),
            ("the same, none of the libraries' either", [*gate, *csv], nothing, met, None),
            (f"`gate`, {rows:,} rows of Parquet", [*gate, *parquet], compiled, met, 0.2),
            ("a script with DuckDB, the same CSV", [python, "-c", script], {}, (0, 1), None),
        ):
            if command[-1] is script and "duckdb" not in comparison.peers:
                continue
            best, first = _fastest(command, more, runs, statuses)
            lines.append(
                [
                    title,
                    f"{best.wall * 1000:.0f} ms",
                    f"{first.wall * 1000:.0f} ms",
                    f"{best.cpu * 1000:.0f} ms",
                    f"{best.peak:.0f} MB",
                    f"{wanted * 1000:.0f} ms" if wanted else "",
                    "" if not wanted else "yes" if best.wall <= wanted else "**no**",
                ]
            )
    return [
        {"case": "start", "title": "Whole processes", "rows": rows, "head": HEAD, "lines": lines}
    ]


def _copied(folder: Path, *, bytecode: bool) -> Path:
    """The package in a folder of its own, with ready bytecode or with none."""
    import sladsl

    source = Path(sladsl.__file__).parent
    shutil.copytree(source, folder / "sladsl", ignore=shutil.ignore_patterns("__pycache__"))
    grammar = source.parent / "grammar"
    if grammar.is_dir():  # in a checkout the grammar lies beside the package
        shutil.copytree(grammar, folder / "grammar")
    if bytecode:
        # not here: this process must stay small, its children are charged with its memory
        run([sys.executable, "-m", "compileall", "-q", str(folder)])
    return folder
