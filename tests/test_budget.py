"""What is left until breach: as much as is said may still go wrong, and no more."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from commands import sladsl, valid
from hypothesis import given
from hypothesis import strategies as st

from sladsl.analysis.budget import Of, State, budgets
from sladsl.analysis.turning import HOLDS
from sladsl.plan import model as p
from sladsl.verdicts.model import Evidence, Figure, Period, Verdict, Word
from sladsl.verdicts.result import Judged

POLICY = """language 1
agreement shop {
  provider acme "Acme"  customer globex "Globex"
  term from 2026-01-01 through 2026-12-31
  timezone "UTC"
}
stream checks { event at seen  expected every 1h  seen time  up bool }
outage down { samples of checks where not up  missing data counts as up }
metric availability = share of time outside down
metric good = share of checks with up
metric failed = share of checks with not up
metric many = count of checks
metric outages = count of down
metric lost = sum of duration in down
metric typical = median of duration in down
obligation o { acme owes globex  require METRIC per month }
"""
HOUR = 3600 * 10**9


def requirement(formula: p.Formula, operator: str, limit: Fraction) -> p.Requirement:
    return p.Requirement(
        "o", 1, "", "a", "b", "m", formula, "percent", "", operator,
        p.Target((((), p.Number((limit.numerator, limit.denominator))),)), "month", (), "here",
    )  # fmt: skip


def plan_of(aggregate: p.Aggregate) -> p.Plan:
    return p.Plan(
        "a", "", "UTC", (0, 1000 * HOUR), None, 0, 1, 1, "half even", (1, 100), (), (), (), (),
        (aggregate,), (), (), (), (),
    )  # fmt: skip


COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LIMITS = st.builds(Fraction, st.integers(1, 99), st.just(100))


@given(COUNTS, LIMITS, st.sampled_from([">=", ">", "<=", "<"]))
def test_so_many_rows_may_still_go_wrong(
    counts: tuple[int, int], limit: Fraction, word: str
) -> None:
    part, whole = counts
    r = requirement(p.AggregateRef(0), word, limit)
    verdict = Verdict(
        "o", 1, "", "m", "a", "b", Period("x", 0, 10 * HOUR), (), Word.PENDING, False,
        Figure(part, whole, "percent", counted=True), None, None, word,
        Figure(limit.numerator, limit.denominator, "percent"), Evidence(whole, "here"),
    )  # fmt: skip
    plan = plan_of(p.RowAggregate("share", "s", good=p.Const(1, "bool")))
    (found,) = budgets(plan, [Judged(verdict, r, (), 0)], 5 * HOUR)
    more = word in (">=", ">")

    def kept(bad: int, good: int) -> bool:
        up = part + (good if more else bad)
        return HOLDS[word](Fraction(up, whole + good + bad), limit)

    assert found.of is (Of.FAILING if more else Of.COUNTED)
    assert found.left is not None
    if found.state is State.SPENT:
        assert not kept(0, 0)
        assert found.needed is not None
        needed = int(found.needed.value)
        assert kept(0, needed)
        assert not kept(0, needed - 1)
    else:
        left = int(found.left.value)
        assert kept(left, 0)
        assert not kept(left + 1, 0)


def rows(folder: Path, states: str) -> Path:
    """One sample an hour from the start of January."""
    lines = ["seen,up"]
    for hour, state in enumerate(states):
        lines.append(f"2026-01-{hour // 24 + 1:02}T{hour % 24:02}:00:00Z,{state == '.'}")
    (folder / "checks.csv").write_text("\n".join(lines).replace("True", "true").replace(
        "False", "false") + "\n", encoding="utf-8")  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        # 1 % of 744 h are 7.44 h, of which 2 h went in 99 h: the rest takes 269.28 h more
        ("availability >= 99%", "5 h 26 min 24 s left  2 h of 7 h 26 min 24 s (26%)  until "),
        ("availability >= 99%", "  until 2026-01-16 08:16 at this rate"),
        ("availability >= 97%", "  lasts at this rate"),
        # 98 good ones of 100; 98 of 108 are 90.7 %, of 109 less than 90 %
        ("good >= 90%", "8 failing rows left  2 of 10 (20%)"),
        ("good >= 99%", "spent: 100 good ones needed  2 so far"),
        ("failed <= 5%", "3 such rows left  2 of 5 (40%)"),
        ("many <= 120", "20 rows left  100 of 120 (83%)  until 2026-01-05 22:48"),
        ("many >= 800", "700 rows to come  100 so far  not reached at this rate"),
        ("many >= 300", "200 rows to come  100 so far  reached 2026-01-13 09:00 at this rate"),
        ("many >= 90", "reached"),
        ("outages <= 3", "2 outages left  1 of 3 (33%)  until 2026-01-13 09:00"),
        ("lost <= 8h", "6 h left  2 h of 8 h (25%)  until 2026-01-17 12:00 at this rate"),
        ("typical <= 8h", "open until its end"),
    ],
)
def test_a_page_by_hand(tmp_path: Path, promise: str, said: str) -> None:
    """99 h have gone by; the 10th and the 11th failed."""
    policy = tmp_path / "p.sla"
    policy.write_text(POLICY.replace("METRIC", promise), encoding="utf-8")
    data = rows(tmp_path, "." * 9 + "xx" + "." * 89)
    done = sladsl("budget", policy, "--data", data)
    assert said in done.stdout, done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    status = 1 if said.startswith("spent") else 3 if said.startswith("open") else 0
    assert (done.exit_code, done.stderr) == (status, "")
    (found,) = valid(sladsl("budget", policy, "--data", data, "--format", "json").stdout)["budgets"]
    assert found["period"]["label"] == "2026-01"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        # 3 % of 744 h are 22.32 h; 5 h of 100 h failed, and then nothing was heard for 6 h
        ("down", "11 h 19 min 12 s left  11 h of 22 h 19 min 12 s (49%)"),
        ("up", "17 h 19 min 12 s left  5 h of 22 h 19 min 12 s (22%)"),
        ("excluded", "17 h 19 min 12 s left  5 h of 22 h 19 min 12 s (22%)"),
    ],
)
def test_time_that_is_missing_just_now(tmp_path: Path, missing: str, said: str) -> None:
    """The last sample holds until the next one, which may come yet: nothing is certain of it."""
    policy = tmp_path / "p.sla"
    text = POLICY.replace("expected every 1h  seen", "seen").replace("as up", f"as {missing}")
    held = "where not up  each sample holds for at most 24h"
    text = text.replace("where not up  missing", f"{held}  missing")
    text = text.replace("METRIC", "availability >= 97%")
    policy.write_text(text, encoding="utf-8")
    data = rows(tmp_path, "." * 9 + "xxxxx" + "." * 87)
    done = sladsl("budget", policy, "--data", data, "--as-of", "2026-01-05T10:00")
    assert said in done.stdout, done.stdout


def test_nothing_is_open(tmp_path: Path) -> None:
    policy = tmp_path / "p.sla"
    policy.write_text(POLICY.replace("METRIC", "good >= 90%"), encoding="utf-8")
    done = sladsl("budget", policy, "--data", rows(tmp_path, "..."), "--as-of", "2027-01-01")
    assert done.exit_code == 3
    assert "no period is open" in done.stdout


@pytest.mark.parametrize(("least", "status"), [("20%", 0), ("80%", 0), ("80.5%", 1), ("x", 2)])
def test_a_gate_refuses_little_budget(tmp_path: Path, least: str, status: int) -> None:
    policy = tmp_path / "p.sla"
    policy.write_text(POLICY.replace("METRIC", "good >= 90%"), encoding="utf-8")
    data = rows(tmp_path, "." * 9 + "xx" + "." * 89)
    done = sladsl("gate", policy, "--data", data, "--fail-on", f"budget:{least}")
    assert done.exit_code == status
    assert (": o 2026-01 (`sladsl budget` shows it)" in done.stdout) == (status == 1)


def test_why_of_the_only_obligation(tmp_path: Path) -> None:
    policy = tmp_path / "p.sla"
    policy.write_text(POLICY.replace("METRIC", "good >= 90%"), encoding="utf-8")
    given = ("why", policy, "--data", rows(tmp_path, "..."), "--period", "2026-01")
    assert sladsl(*given).stdout == sladsl(*given, "--obligation", "o").stdout != ""
