"""Late rows: what a report says of them, and what they would have changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import sladsl, valid

POLICY = """language 1
agreement shop {
  provider acme "Acme"  customer globex "Globex"
  term from 2026-01-01 through 2026-12-31
  timezone "UTC"  currency EUR  fee 100.00 EUR per month
  late data accepted for 3 days
}
stream calls { event at made  recorded entered  made time  entered time  good bool }
stream visits { event at began  began time  good bool }
metric fine = share of calls with good
metric seen = share of visits with good
obligation o {
  acme owes globex
  require fine >= 75% per month
  credit once 10% of fee
}
obligation v { acme owes globex  require seen >= 50% per month }
"""
# of January, closed on the 4th of February at 0:00: three in time, of which one failed
CALLS = """made,entered,good
2026-01-10T00:00:00Z,2026-01-10T00:00:00Z,true
2026-01-11T00:00:00Z,2026-02-04T00:00:00Z,false
2026-01-12T00:00:00Z,2026-01-12T00:00:00Z,true
2026-01-13T00:00:00Z,2026-02-04T00:00:01Z,true
"""


@pytest.fixture
def page(tmp_path: Path) -> tuple[Path, str, Path]:
    policy = tmp_path / "p.sla"
    policy.write_text(POLICY, encoding="utf-8")
    (tmp_path / "calls.csv").write_text(CALLS, encoding="utf-8")
    (tmp_path / "visits.csv").write_text("began,good\n2026-01-10T00:00:00Z,true\n")
    return policy, "--data", tmp_path


def test_a_report_says_what_was_left_out(page: tuple[Path, str, Path]) -> None:
    done = sladsl("eval", *page, "--as-of", "2026-03-01")
    assert "late rows count for 3 days after their period; left out: calls 1" in done.stdout
    assert "all rows count as on time (no `recorded`): visits" in done.stdout
    assert "2 of 3" in done.stdout
    found = valid(sladsl("eval", *page, "--as-of", "2026-03-01", "--format", "json").stdout)
    assert found["late"] == {
        "accepted_for": "3 days",
        "streams": [{"stream": "calls", "left_out": 1}, {"stream": "visits", "left_out": None}],
    }
    calls = found["inputs"][0]
    assert (calls["rows"], calls["used"], calls["outside"], calls["rejected"]) == (4, 4, 0, 0)


def test_what_late_rows_would_have_changed(page: tuple[Path, str, Path]) -> None:
    done = sladsl("restate", *page, "--as-of", "2026-03-01")
    assert done.exit_code == 1
    said = "o 1 2026-01: breached, 66.6667% (>= 75%); now met, 75% (>= 75%)"
    assert said in done.stdout
    assert "credits 2026-01 by acme to globex: 10.00 EUR; now 0.00 EUR" in done.stdout
    found = valid(sladsl("restate", *page, "--as-of", "2026-03-01", "--format", "json").stdout)
    (changed,) = found["verdicts"]
    assert (changed["before"]["verdict"], changed["now"]["verdict"]) == ("breached", "met")
    assert found["looked_at"] == 4
    assert ("10.00", "0.00") in {(s["before"], s["now"]) for s in found["statement"]}


def test_nothing_was_late(page: tuple[Path, str, Path]) -> None:
    """On the 3rd of February nothing has been recorded that would be."""
    done = sladsl("restate", *page, "--as-of", "2026-02-03")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "nothing changes in 4 verdicts" in done.stdout


def test_rows_count_whenever_they_come(page: tuple[Path, str, Path]) -> None:
    policy = page[0]
    policy.write_text(POLICY.replace("  late data accepted for 3 days\n", ""), encoding="utf-8")
    done = sladsl("restate", *page, "--as-of", "2026-03-01")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "none is late" in done.stdout
    found = valid(sladsl("restate", *page, "--as-of", "2026-03-01", "--format", "json").stdout)
    assert (found["late"], found["verdicts"]) == (None, [])
