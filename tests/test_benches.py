"""The comparison runs at a tiny size, and what takes part finds the same; no time is asserted."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ROOT / "benches"
ROWS = 4_000


def program(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCHES / name, *arguments]
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def made(folder: Path, name: str, seed: int = 1) -> Path:
    done = program(
        "measurements.py", "--data", folder, "--set", name, "--rows", str(ROWS), "--seed", str(seed)
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def compared(folder: Path, peers: str, only: str) -> dict[str, Any]:
    out = folder / "out"
    done = program(
        "compare.py", "--size", "tiny", "--rows", str(ROWS), "--repeat", "1", "--quiet",
        "--data", folder / "data", "--out", out, "--peers", peers, "--only", only,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((out / "compare.json").read_text("utf-8"))
    assert found["agree"], found["notes"]
    assert not [note for note in found["notes"] if "failed" in note]
    assert (out / "compare.md").read_text("utf-8") in done.stdout
    return found


@pytest.mark.parametrize(
    "name",
    [
        "requests",
        "requests_csv",
        "requests_json",
        "requests_arrow",
        "probes_interleaved",
        "tickets",
    ],
)
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    first, second = made(tmp_path / "a", name), made(tmp_path / "b", name)
    assert first.read_bytes() == second.read_bytes()
    if name in ("requests", "tickets"):
        assert first.read_bytes() != made(tmp_path / "a", name, seed=2).read_bytes()


def test_every_format_and_order_holds_the_same_requests(tmp_path: Path) -> None:
    plain = pa.parquet.read_table(made(tmp_path, "requests"))
    region = plain.schema.get_field_index("region")
    plain = plain.set_column(region, "region", plain["region"].cast(pa.string()))
    shuffled = pa.parquet.read_table(made(tmp_path, "requests_shuffled"))
    text = pa.csv.read_csv(made(tmp_path, "requests_csv"))
    rows = sorted(map(str, plain.to_pylist()))
    assert len(rows) == ROWS
    assert rows != [str(row) for row in shuffled.to_pylist()]
    assert rows == sorted(map(str, shuffled.to_pylist()))
    assert text["latency"].to_pylist() == plain["latency"].to_pylist()
    assert text["ok"].to_pylist() == plain["ok"].to_pylist()


@pytest.mark.parametrize("only", ["w1_csv_counts", "w2_interleaved", "w3"])
def test_the_engine_alone(tmp_path: Path, only: str) -> None:
    found = compared(tmp_path, "sladsl,decoding", only)
    assert all(result["case"].startswith(only) for result in found["results"])
    for result in found["results"]:
        assert result["peers"]["sladsl"]["agrees"]
        assert len(result["peers"]["sladsl"]["work"]) == 1
        assert result["peers"]["decoding"]["rows"]


@pytest.mark.parametrize("rival", ["duckdb", "polars", "pandas"])
def test_all_forms_of_a_rival_find_what_the_engine_finds(tmp_path: Path, rival: str) -> None:
    if importlib.util.find_spec(rival) is None:
        pytest.skip(f"{rival} is absent (it comes with the extra `bench`)")
    found = compared(tmp_path, f"sladsl,{rival}", "w1_shuffled,w1_csv_counts,w2_inter,w3")
    assert len(found["results"]) == 5
    for result in found["results"]:
        assert result["peers"][rival]["agrees"], result["case"]
