"""What a run comes to is the same however rows are read: held, in parts, again, by threads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sladsl.diagnostics import Refused
from sladsl.pipeline import Evaluation, Options, compiled, evaluate, examine
from sladsl.plan import model as p
from sladsl.reports.json import encode, to_json
from sladsl.runners.threads import in_threads
from sladsl.source import Source
from sladsl.streams.sources import SourceSpec

POLICY = """language 1
agreement shop {
  provider vendor "V"
  customer client "C"
  term from 2026-01-01 to 2026-07-01
  timezone "Europe/Amsterdam"
  currency EUR
}
enum plan = basic, gold
stream requests { event at seen  seen time  site text  plan plan  ok bool  took duration in ms }
metric good = share of requests with ok
metric tail = p95 of took in requests
metric typical = p90 of took in requests
metric steady = share of windows of 1h with typical <= 120ms
obligation availability {
  vendor owes client
  require good >= 90% per month for each site
  require good >= 90% per month for each plan
}
obligation speed {
  vendor owes client
  require tail <= 150ms per month for each site
  require steady >= 50% per month for each site
}
"""
START = 1_767_222_000_000  # ms: 2026-01-01 in Amsterdam
HOUR = 3_600_000


def the_plan(text: str = POLICY) -> p.Plan:
    contract, findings = examine(Source("shop.sla", text))
    assert contract is not None, findings
    return compiled(contract)


def rows_of(random: Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "seen": START + n * 4000 * HOUR // count,
            "site": random.choice(["north", "south", "late"] if n > count // 2 else ["north"]),
            "plan": random.choice(["basic", "gold"]),
            "ok": random.random() < 0.93,
            "took": int(random.gauss(100, 30)) + 40,
        }
        for n in range(count)
    ]


def written(folder: Path, rows: Sequence[dict[str, Any]], size: int) -> SourceSpec:
    path = folder / "requests.parquet"
    table = pa.table(
        {
            "seen": pa.array([r["seen"] for r in rows], pa.timestamp("ms", "UTC")),
            "site": pa.array([r["site"] for r in rows]),
            "plan": pa.array([r["plan"] for r in rows]),
            "ok": pa.array([r["ok"] for r in rows]),
            "took": pa.array([r["took"] for r in rows], pa.int32()),
        }
    )
    pq.write_table(table, path, row_group_size=size)
    return SourceSpec("requests", str(path))


def said(plan: p.Plan, source: SourceSpec, **options: Any) -> Evaluation:
    return evaluate(plan, {"requests": source}, Options(digested=False, **options))


def as_bytes(found: Evaluation) -> bytes:
    return encode(to_json(found.judgement, found.statements))


@pytest.mark.parametrize("order", ["in time", "backwards", "shuffled"])
def test_any_way_of_reading(tmp_path: Path, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sladsl.folds import fold, quantiles
    from sladsl.streams import read

    random = Random(order)
    rows = rows_of(random, 5000)
    if order == "backwards":
        rows.reverse()
    if order == "shuffled":
        random.shuffle(rows)
    plan = the_plan()
    source = written(tmp_path, rows, 300)
    expected = as_bytes(said(plan, source, threads=1))
    monkeypatch.setattr(read, "PART_ROWS", 300)
    monkeypatch.setattr(read.units, "__kwdefaults__", {**read.units.__kwdefaults__, "rows": 300})
    for held in (0, 1000, 1 << 30):
        for threads in (1, 2, 5):
            assert as_bytes(said(plan, source, threads=threads, held=held)) == expected
    monkeypatch.setattr(quantiles, "_HELD", 200)
    monkeypatch.setattr(quantiles, "_WORTH", 50)
    monkeypatch.setattr(quantiles, "_SAMPLED", 3)
    monkeypatch.setattr(fold, "_BLOCK", 100)
    for threads in (1, 3):
        assert as_bytes(said(plan, source, threads=threads, held=0)) == expected


@pytest.mark.parametrize("at", [0, 2500, 4999])
def test_a_row_that_cannot_be_used_is_not_the_newest(tmp_path: Path, at: int) -> None:
    """The file's statistics tell of a time that only a rejected row has."""
    rows = rows_of(Random(1), 5000)
    rows[at] |= {"plan": "silver", "seen": START + 4300 * HOUR}
    source = written(tmp_path, rows, 500)
    plan = the_plan()
    by_file = said(plan, source, max_rejected=1, held=0, threads=2)
    kept = [row for n, row in enumerate(rows) if n != at]
    (tmp_path / "kept").mkdir()
    without = said(plan, written(tmp_path / "kept", kept, 500), threads=1)
    assert by_file.judgement.as_of == without.judgement.as_of == kept[-1]["seen"] * 10**6
    assert by_file.judgement.verdicts == without.judgement.verdicts
    assert [i.rejected for i in by_file.judgement.inputs] == [1]


def test_each_reject_is_told_once(tmp_path: Path) -> None:
    rows = rows_of(Random(2), 2000)
    for at in (3, 700, 1999):
        rows[at] |= {"plan": "silver"}
    source = written(tmp_path, rows, 100)
    for held in (0, 1 << 30):
        told: list[int] = []
        said(
            the_plan(), source, max_rejected=3, held=held, threads=2,
            on_reject=lambda reject: told.append(reject.row),  # noqa: B023 - called at once
        )  # fmt: skip
        assert told == [3, 700, 1999]


def test_the_first_refusal_is_raised_however_many_threads(tmp_path: Path) -> None:
    rows = rows_of(Random(3), 2000)
    for at in (150, 1800):
        rows[at] |= {"plan": f"silver {at}"}
    source = written(tmp_path, rows, 100)
    messages = set()
    for threads in (1, 2, 7):
        with pytest.raises(Refused) as refused:
            said(the_plan(), source, threads=threads, held=0)
        messages.add(tuple((d.message, d.label.text) for d in refused.value.diagnostics))
    assert len(messages) == 1
    assert "silver 150" in str(messages)


def test_threads_raise_what_comes_first() -> None:
    def work(job: int) -> int:
        if job in (4, 6):
            raise ValueError(job)
        return job * job

    assert in_threads(work, range(4), 3) == [0, 1, 4, 9]
    for threads in (1, 2, 8):
        with pytest.raises(ValueError, match="4"):
            in_threads(work, range(9), threads)


def test_ticks_count_all_rows(tmp_path: Path) -> None:
    source = written(tmp_path, rows_of(Random(4), 1234), 100)
    seen: list[int] = []
    said(the_plan(), source, tick=seen.append, threads=2)
    assert sum(seen) == 1234
