"""Reports for people: golden pages, one screen, nothing that steers a terminal."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reports_builders import count, judgement, months, percent, share, statements_of, verdict
from test_reports_made_up import MADE, calls, hosting, incidents, probes

from fences import fences
from sladsl.diagnostics import columns
from sladsl.reports.tally import dues, per, promises, totals
from sladsl.reports.text import Outcome, outcome, render_gate, render_text
from sladsl.verdicts.model import Period, Word
from sladsl.verdicts.result import InputSeen

CASES = Path(__file__).parent / "cases" / "reports"
MET = {"hosting_met": lambda: hosting(breached=False)}
GOLDEN = {**{name: make for name, make in MADE.items() if name != "many"}, **MET}


def page(name: str) -> str:
    made = GOLDEN[name]()
    return (
        f"# {name}\nMade by `tests/test_reports_made_up.py`.\n\n"
        f"## `render_text`\n```text\n{render_text(*made)}```\n\n"
        f"## `render_gate`\n```text\n{render_gate(*made)}```\n"
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name, request):
    case = CASES / f"{name}.md"
    if request.config.getoption("--update", default=False):
        case.write_text(page(name), encoding="utf-8")
    found = [fence.text for fence in fences(case.read_text(encoding="utf-8"))]
    assert [fence.text for fence in fences(page(name))] == found


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_one_screen(name, width):
    made = MADE[name]()
    text, gate = render_text(*made, width=width), render_gate(*made, width=width)
    assert text.count("\n") <= 46
    assert gate.count("\n") <= 15
    assert max(map(columns, (text + gate).splitlines())) <= width
    assert not any(line.endswith(" ") for line in (text + gate).splitlines())


@pytest.mark.parametrize("name", MADE)
def test_colour_adds_nothing_but_colour(name):
    made = MADE[name]()
    for render in (render_text, render_gate):
        colored = render(*made, color=True)
        assert "\x1b[" in colored
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(*made)
        assert "\x1b" not in render(*made)


@given(st.text(), st.text(), st.integers(40, 120))
def test_user_text_steers_nothing(one, two, width):
    [period] = months("2026-05", 1)
    evil = one + "\x1b[2J\u202e" + two
    rest = {"metric": evil, "group": {evil: evil}, "title": evil, "parties": (evil, evil)}
    label = period.but(label=evil)
    found = [
        verdict(evil, label, share(1, 2), ">=", percent("99"), **rest),
        verdict("b" + evil, label, None, ">=", percent("99"), reason=evil, **rest),
        verdict("c" + evil, label, None, ">=", percent("99"), word=Word.PENDING, **rest),
        verdict("d" + evil, label, share(1, 1), ">=", percent("99"), **rest),
    ]
    seen = InputSeen(evil, 1, 0, 0, 1, 0, "", ((evil, 1, evil),))
    made = judgement(evil, found, seen), statements_of(found, {evil: 10})
    for text in (render_text(*made, width=width), render_gate(*made, width=width, note=evil)):
        lines = text.splitlines()
        assert text.count("\n") == len(lines)
        kinds = {unicodedata.category(character) for line in lines for character in line}
        assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert max(map(columns, lines)) <= width


def test_most_is_said_of_a_small_one():
    text = render_text(*hosting())
    for words in (
        "acme_hosting: 2 breached, 3 met, 1 excused, 1 no data, 2 pending",
        "as of 2026-05-04 00:00 Europe/Amsterdam, as --as-of says",
        "credits payable by acme to globex: 125.00 EUR for 2026-04",
        "99.9536% (>= 99.99%)",
        "2 outages, the longest from 2026-04-08 12:00 to 12:13:20",
        "9.6737% and 99.9963%",
        "no checks in the period (once)",
        "12 of the used repeat another",
    ):
        assert words in text


def test_the_head_of_a_gate_is_its_result():
    def first(text: str) -> str:
        return text.splitlines()[0]

    assert first(render_gate(*hosting())).startswith("FAILED  acme_hosting: 2 breached")
    assert first(render_gate(*hosting(breached=False))).startswith("NOT DECIDED  ")
    passed = render_gate(*hosting(), result=Outcome.PASSED, note="--advisory: nothing is refused")
    assert passed.splitlines()[0].startswith("PASSED  ")
    assert passed.splitlines()[1] == "--advisory: nothing is refused"


def test_outcome():
    [period] = months("2026-05", 1)
    met = verdict("a", period, share(1, 1), ">=", percent("99"))
    assert outcome(judgement("x", [])) is Outcome.PASSED
    assert outcome(judgement("x", [met])) is Outcome.PASSED
    assert outcome(judgement("x", [met, met.but(word=Word.EXCUSED)])) is Outcome.PASSED
    assert outcome(judgement("x", [met, met.but(word=Word.NO_DATA)])) is Outcome.UNDECIDED
    assert outcome(judgement("x", [met, met.but(word=Word.PENDING)])) is Outcome.UNDECIDED
    pair = [met.but(word=Word.BREACHED), met.but(word=Word.PENDING)]
    assert outcome(judgement("x", pair)) is Outcome.FAILED


def test_nothing_at_all():
    made = judgement("x", []), ()
    assert render_text(*made).startswith("x: 0 breached, 0 met")
    assert render_gate(*made).startswith("PASSED  x: 0 breached, 0 met")


# ---- counting ------------------------------------------------------------------------------------


def test_neighbours_are_joined_and_gaps_are_not():
    good = (10, 10, 0, 10, 10, 10)
    found = [
        verdict("a", period, count(number), "<=", count(5))
        for period, number in zip(months("2026-10", 6), good, strict=True)
    ]
    [promise] = promises(found, {})
    [row] = promise.rows
    assert row.runs == (("2026-10", "2026-11", 2), ("2027-01", "2027-03", 3))
    assert (len(row.breached), row.decided, row.worst.period.label) == (5, 6, "2026-10")


def test_the_worst_group_stands_first():
    [period] = months("2026-05", 1)
    found = [
        verdict("a", period, count(n), "<=", count(5), group={"g": str(n)}) for n in (6, 9, 3, 8)
    ]
    [promise] = promises(found, {})
    assert [row.group[0][1] for row in promise.rows] == ["9", "8", "6"]


def test_amounts_add_up():
    made, statements = incidents()
    owed = sum((due.amount for due in dues(statements).values()), Fraction(0))
    [total] = totals(statements)
    assert owed == total.amount == sum(s.payable for s in statements)
    found = promises(made.verdicts, dues(statements))
    assert sum(worth.amount for promise in found for worth in promise.due) == owed
    assert sum(run[2] * part for run, part in total.parts) == owed


def test_a_month_without_a_statement_breaks_a_run():
    _, statements = calls()
    [total] = totals(statements)
    assert total.parts == (
        (("2021-09", "2021-10", 2), Fraction(1250)),
        (("2021-12", "2021-12", 1), Fraction(1250)),
    )


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("2026-03-09T14", "hour"), ("2026-10-25T02+02:00", "hour"), ("2026-03-09", "day"),
        ("2026-W11", "week"), ("2026-03-08/7d", "7 days"), ("2026-03", "month"),
        ("2026-Q1", "quarter"), ("2026", "year"), ("term", "term"), ("2026-03-09/30d", "30 days"),
        ("2026-03-09T14:05:00+01:00", ""),
    ],
)  # fmt: skip
def test_what_a_label_is_of(label, word):
    assert per(label) == word


def test_sites_that_are_all_fine():
    made, statements = probes(bad=0.0)
    text = render_text(made, statements)
    assert "available_held: uptime_held >= 99.9% per month for each site" in text
    assert text.index("BREACHED") < text.index("NOT BREACHED")


def test_an_instant_has_no_per():
    due = Period("2026-03-09T14:05:00+01:00", 0, 1)
    found = [verdict("report", due, None, "<=", count(0), word=Word.BREACHED, metric="late")]
    text = render_text(judgement("x", found), ())
    assert "report: late <= 0\n" in text
    assert "no figure" in text
