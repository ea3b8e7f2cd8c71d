"""Listed rows: all of a stream that satisfy a condition, by time and place, however they come."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from sladsl.folds.listings import Listed
from sladsl.pipeline import compiled, examine
from sladsl.plan import model as p
from sladsl.runners.local import run
from sladsl.source import Source
from sladsl.streams.sources import SourceSpec

POLICY = """language 1
agreement shop {
  provider vendor "V"  customer client "C"  term from 2026-01-01 to 2026-07-01  timezone "UTC"
}
stream requests { event at seen KEY  seen time  site text?  plan one of basic, gold  ok bool }
metric good = share of requests with ok
obligation availability { vendor owes client  require good >= 90% per month }
"""
SECOND = 10**9
START = 1_767_225_600 * SECOND  # 2026-01-01


def listing(where: p.RowExpr | None = None) -> p.Listing:
    return p.Listing("requests", where, ("ok", "plan", "seen", "site"))


def listed(folder: Path, keyed: bool, *, threads: int = 1, held: int = 64 << 20) -> Listed:
    text = POLICY.replace("KEY", "key seen" if keyed else "")
    contract, findings = examine(Source("shop.sla", text))
    assert contract is not None, findings
    gold = p.Compare("==", p.Col("plan", "enum"), p.Const(1, "enum"))
    chosen = listing(gold)
    exclusion = p.ExclusionPlan("e", chosen, "seen", "seen", (), None, "shop.sla:1:1")
    plan = compiled(contract).but(exclusions=(exclusion,))
    source = SourceSpec("requests", str(folder / "*.csv"), time_format="epoch s")
    done = run(plan, {"requests": source}, threads=threads, held=held)
    return done.listed[chosen]


def rows(listed: Listed) -> list[tuple[object, ...]]:
    fields = listed.numbers("seen"), listed.texts("site"), listed.texts("plan"), listed.texts("ok")
    return list(zip(*fields, strict=True))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = Random(7)
    # before the term too: the term limits what is promised, not what is known
    times = [START // SECOND + second for second in random.sample(range(-100, 4000), 300)]
    for number in range(3):
        lines = ["seen,site,plan,ok"]
        for time in times[number::3]:
            plan, ok = random.choice(("basic", "gold")), random.choice(("true", "false"))
            site = random.choice(("a", "b", ""))
            lines.append(f"{time},{site},{plan},{ok}")
        (tmp_path / f"part{number}.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "sladsl.toml").write_text("")
    return tmp_path


def plainly(folder: Path) -> list[tuple[object, ...]]:
    found = []
    for file in sorted(folder.glob("*.csv")):
        for line in file.read_text().splitlines()[1:]:
            seen, site, plan, ok = line.split(",")
            if plan == "gold":
                found.append((int(seen) * SECOND, site or None, plan, ok))
    return sorted(found, key=lambda row: row[0])  # stable: by file and row where times tie


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("held", [0, 64 << 20])
def test_the_rows_of_a_condition_by_time_and_place(folder: Path, threads: int, held: int) -> None:
    found = listed(folder, keyed=False, threads=threads, held=held)
    assert rows(found) == plainly(folder)
    assert found.times.tolist() == [row[0] for row in rows(found)]
    places = [(time, found.place(i)) for i, time in enumerate(found.times.tolist())]
    assert places == sorted(places)


def test_with_a_key_one_row_for_each(folder: Path) -> None:
    again = (folder / "part0.csv").read_text()
    (folder / "part9.csv").write_text(again)  # the same rows a second time
    assert rows(listed(folder, keyed=False)) != plainly_once(folder)
    assert rows(listed(folder, keyed=True)) == plainly_once(folder)


def plainly_once(folder: Path) -> list[tuple[object, ...]]:
    (folder / "part9.csv").rename(folder / "part9.txt")
    found = plainly(folder)
    (folder / "part9.txt").rename(folder / "part9.csv")
    return found
