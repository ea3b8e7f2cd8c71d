"""What an open period can still come to, where time is left out: announced, and without an end."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sladsl.pipeline import Options, compiled, evaluate, examine
from sladsl.source import Source
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.model import Verdict

SECOND = 10**9
HOUR = 3600
START = 1_767_225_600  # 2026-01-01T00:00Z, in seconds
POLICY = """language 1
agreement hosting {
  provider vendor "V"  customer client "C"  term from 2026-01-01 to 2026-01-03  timezone "UTC"
}
stream checks { event at seen  expected every 1h  seen time  up bool }
stream works { span from begun to over  said time?  begun time  over time?  note text? }
exclusion planned { spans of works WHERE  for all  LIMIT }
outage down { samples of checks where not up  missing data counts as excluded }
metric uptime = share of time outside down
obligation available {
  vendor owes client
  require uptime >= 50% per day
  excluding planned
}
"""


def verdict(folder: Path, works: list[str], where: str = "", limit: str = "") -> Verdict:
    """The first day's, at noon: up until then."""
    text = POLICY.replace("WHERE", where).replace("LIMIT", limit)
    contract, findings = examine(Source("hosting.sla", text))
    assert contract is not None, findings
    checks = [f"{START + hour * HOUR},true" for hour in range(12)]
    (folder / "checks.csv").write_text("\n".join(["seen,up", *checks]) + "\n")
    (folder / "works.csv").write_text("\n".join(["said,begun,over,note", *works]) + "\n")
    sources = {
        name: SourceSpec(name, str(folder / f"{name}.csv"), time_format="epoch s")
        for name in ("checks", "works")
    }
    as_of = (START + 12 * HOUR) * SECOND
    found = evaluate(compiled(contract), sources, Options(as_of=as_of))
    return found.judgement.verdicts[0]


def row(said: int | None, begun: int, over: int | None) -> str:
    """Hours of the first day."""
    told, end = ("" if hour is None else str(START + hour * HOUR) for hour in (said, over))
    return f"{told},{START + begun * HOUR},{end},"


CASES = {
    # twelve hours are up, and twelve may fail: at worst one half
    "nothing": ([], Fraction(12, 24)),
    # of the twelve that are left four are announced
    "announced": ([row(6, 14, 18)], Fraction(12, 20)),
    # nobody said so by noon: rows after as-of don't exist
    "said later": ([row(13, 14, 18)], Fraction(12, 24)),
    "not said": ([row(None, 14, 18)], Fraction(12, 24)),
    # what has begun may end at once, unless its end is announced
    "without an end": ([row(None, 10, None)], Fraction(10, 22)),
    "an end nobody said": ([row(None, 10, 16)], Fraction(10, 22)),
    "an end that was announced": ([row(6, 10, 16)], Fraction(10, 18)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_worst_of_an_open_day(tmp_path: Path, name: str) -> None:
    works, worst = CASES[name]
    found = verdict(tmp_path, works)
    assert found.best is not None
    assert found.worst is not None
    assert (found.best.value, found.worst.value) == (1, worst)
    assert found.final == (worst >= Fraction(1, 2))


def test_an_allowance_holds_for_what_is_announced(tmp_path: Path) -> None:
    found = verdict(tmp_path, [row(6, 8, 9), row(6, 14, 18)], limit="at most 3h per day")
    assert found.worst is not None
    assert found.worst.value == Fraction(11, 21)  # one hour is used up, and two are left


def test_while_something_is_missing_there_is_no_worst(tmp_path: Path) -> None:
    found = verdict(tmp_path, [row(None, 8, 9)], where='where note == "agreed"')
    assert (found.best, found.worst, found.final) == (None, None, False)
    assert verdict(tmp_path, [row(None, 8, 9) + "agreed"], 'where note == "agreed"').worst
