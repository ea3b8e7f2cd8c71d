"""What a lawyer would misread is spelled out: each item, in the words for its clause."""

from __future__ import annotations

import pytest

from sladsl.pipeline import examine
from sladsl.prose.describe import describe
from sladsl.prose.document import plain
from sladsl.prose.in_force import in_force
from sladsl.source import Source

FRAME = """agreement a {
  provider acme "Acme"  customer globex "Globex"
  term from 2026-01-15 through 2026-12-31
  timezone "Europe/Amsterdam"  currency EUR  fee 1000.00 EUR per month
}
"""
CALLS = """stream calls { event at queued  queued time  answered time?  wait duration in s }
metric abandoned = share of calls where answered is present or wait > 5s with answered is missing
metric volume = count of calls
"""
CHECKS = """stream checks { event at seen  expected every 1min  seen time  zone text  up bool }
outage down {
  for each zone  samples of checks where not up  lasting at least 5min  missing data counts as up
}
metric availability = share of time outside down
"""
WORKS = """stream works { span from starts to ends  starts time  ends time  announced time }
exclusion works_announced {
  spans of works where announced <= starts - 5d  for all  at most 4h per month
}
"""
TICKETS = """stream tickets { event at opened  key id  id int  opened time  done time? }
stream asked { event at sent  key ticket  ticket int  sent time  given time? }
obligation give { globex owes acme  require asked.given within 2 days of asked.sent }
"""


def said(text: str) -> str:
    """The agreement in plain words, on one line."""
    contract, findings = examine(Source("a.sla", FRAME + text))
    assert contract is not None, findings
    return " ".join(plain(describe(in_force(contract, "then", 0)), 100).split())


def calls(clauses: str) -> str:
    return f"{CALLS}obligation o {{ acme owes globex  {clauses} }}\n"


def served(clauses: str, more: str = "") -> str:
    promise = "acme owes globex  require availability >= 99.9% per month for each zone"
    return f"{CHECKS}{more}obligation o {{ {promise}  {clauses} }}\n"


def tickets(clauses: str) -> str:
    promise = "acme owes globex  require tickets.done within 5d of tickets.opened"
    return f"{TICKETS}obligation o {{ {promise}  {clauses} }}\n"


SPELLED = {
    "the last day of the term": (
        calls("require abandoned <= 5% per month"),
        "from 2026-01-15 through 2026-12-31; 2026-12-31 is the last day and belongs to it.",
    ),
    "what a share is of": (
        calls("require abandoned <= 5% per month"),
        "of all rows of `calls` where `answered` is present or `wait` is above 5s, the part where"
        " `answered` is missing.",
    ),
    "tiers that lie within each other are ranges": (
        served("credit once { below 99.9%: 10% of fee  below 99.0%: 25% of fee }"),
        "below 99.9% and at least 99.0% 10% of the fee below 99.0% 25% of the fee",
    ),
    "their rows don't add up": (
        served("credit once { below 99.9%: 10% of fee  below 99.0%: 25% of fee }"),
        "what the table says; its rows don't add up.",
    ),
    "nor do those of which the greatest is paid": (
        served("credit once greatest of { on availability { below 99.9%: 10% of fee } }"),
        "the greatest of these; rows don't add up.",
    ),
    "all of an outage counts once it lasted long enough": (
        served(""),
        "It counts if it lasts at least 5min, from its onset and as a whole, before anything is"
        " left out; then all of it counts.",
    ),
    "pooled groups": (
        served(""),
        "Where it is judged for fewer groups, or for all together, what failed and what was"
        " measured is added up over them.",
    ),
    "excluded time shrinks what is measured": (
        served("excluding works_announced", WORKS),
        "It leaves both what failed and what is measured, which shrinks what is measured; rows in"
        " it don't count.",
    ),
    "the excess over an allowance is ordinary time": (
        served("excluding works_announced", WORKS),
        "At most 4h in each calendar month, used up in the order of start; the excess is ordinary"
        " time.",
    ),
    "5d is 120 hours": (
        served("excluding works_announced", WORKS),
        "at or before (`starts` minus 5d (120 hours))",
    ),
    "also where it is a time limit": (
        tickets(""),
        "for each row of `tickets`, its time `done` comes within 5d (120 hours) of its time"
        " `opened`; exactly then is in time.",
    ),
    "which row answers another": (
        f"{TICKETS}obligation o {{ acme owes globex  require asked within 5d of tickets.opened }}",
        "a row of `asked` follows within 5d (120 hours) of the time `opened` of each row of"
        " `tickets` (one row answers all that are open at its time; default)",
    ),
    "which row answers another, by a field": (
        TICKETS.replace("ticket int", "id int").replace("key ticket", "key id")
        + "obligation o { acme owes globex  require asked within 5d of tickets.opened }\n",
        "of each row of `tickets` (the row that answers it has the same `id`; default)",
    ),
    "what the greatest of several is paid for": (
        served("credit each greatest of { on availability { below 99.9%: 10% of fee } }"),
        "Each: for every period and group with a breach.",
    ),
    "and days that are none of these": (
        f"{TICKETS}",
        "for each row of `asked`, its time `given` comes within 2 calendar days of its time",
    ),
    "once, of figures": (
        served("credit once 10% of fee"),
        "Once: for each period that is judged, only the largest amount of its groups and"
        " requirements.",
    ),
    "each, of figures": (
        served("credit each 10% of fee, at most 20% of fee"),
        "Each: for every breach, by requirement, period and group. This is at most 20% of the fee"
        " for each period that is judged.",
    ),
    "once, of time limits": (
        tickets("credit once 10% of fee"),
        "Once: for each calendar month, of what is due in it, only the largest amount of the"
        " instances and requirements.",
    ),
    "each, of time limits, and up to how much": (
        tickets("credit each 1 day of fee for every 1h begun of lateness, at most 100% of fee"),
        "Each: every time that it is late or missed. This is at most 100% of the fee for each"
        " calendar month, of what is due in it.",
    ),
    "what a day of a monthly fee is": (
        tickets("credit each 1 day of fee"),
        "A day of the fee is its part of that for the calendar month in which that period begins;"
        " a week is seven.",
    ),
    "what an excuse covers, and what it doesn't": (
        tickets("excused while globex breaches give on id == ticket"),
        "is taken off that matter's clock. It is excused only where it is breached with that time"
        " and kept without it; nothing else is excused, and what is itself excused excuses"
        " nothing.",
    ),
    "that a count of a clipped month isn't scaled": (
        calls("require volume >= 2000 per month"),
        "The target isn't reduced for a period that the term cuts short.",
    ),
    "or is": (
        calls("require volume >= 2000 per month prorated"),
        "For a period that the term cuts short the target is reduced, by exact time.",
    ),
    "that the fee isn't": (
        calls("require abandoned <= 5% per month"),
        "Fee: 1000.00 EUR for each calendar month. It isn't reduced for a period that the term"
        " cuts short.",
    ),
    "who credits whom": (
        served("credit once 10% of fee"),
        "Credit: `acme` credits to `globex` 10% of the fee.",
    ),
    "who pays a penalty": (
        served("penalty once 10% of fee"),
        "Penalty: `acme` pays as a penalty to `globex` 10% of the fee.",
    ),
    "who pays a bonus, and for what": (
        tickets("bonus each 5.00 EUR"),
        "Bonus: `globex` pays as a bonus to `acme` 5.00 EUR. Each: every time that it is on time.",
    ),
    "that service is no money": (
        served("credit once 3 days of service"),
        "3 calendar days of service, added to the end of the term (and no money)",
    ),
    "how long a right may be used": (
        served("") + "remedy leave { globex may terminate  when o breached in 3 of 6 months }\n",
        "It may be used at any time from then on (default: no time is named).",
    ),
    "of which groups a right is": (
        served("", "metric lost = sum of duration in down\n")
        + "remedy leave { globex may terminate  when lost > 7.2h in 1 month }\n",
        "`globex` may terminate when `lost`, all groups together, was above 7.2h over 1 calendar",
    ),
    "what exclusions do to outages": (
        served("excluding works_announced", WORKS),
        "An outage is as long as it is without that time; one that is wholly left out doesn't"
        " count.",
    ),
    "what is a right": (
        served("") + "remedy leave { globex may terminate  when o breached in 3 of 6 months }\n",
        "It is a right and no payment: nothing happens unless it is used.",
    ),
    "what a claim needs": (
        f"{TICKETS}obligation o {{ acme owes globex  require tickets.done within 5d of"
        " tickets.opened  credit each 5.00 EUR  bonus each 1.00 EUR"
        "  claim within 30 days of end of period by asked }\n",
        "without one nothing is payable. - A bonus needs no claim.",
    ),
    "how many windows an allowance takes": (
        served("excluding calm", CALLS)
        + "exclusion calm { windows of 1min where abandoned < 1%  for all  at most 2 per month }\n",
        "At most 2 of them in each calendar month, used up in the order of start",
    ),
    "that a fixed month is never less than nothing": (
        f"{CHECKS}metric of_30 = share of time outside down of 30 days\n"
        "obligation o { acme owes globex  require of_30 >= 99% per month }\n",
        "the part of 30 days (720 hours), however long the period, that is left without the time"
        " in `down` (never less than nothing).",
    ),
}


@pytest.mark.parametrize("what", SPELLED)
def test_it_is_spelled_out(what: str) -> None:
    text, words = SPELLED[what]
    assert words in said(text)


def test_figures_and_time_limits_in_one_duty_are_both_paid() -> None:
    promise = "require availability >= 99.9% per month  require tickets.done within 5d of"
    both = f"{CHECKS}{TICKETS}obligation o {{ acme owes globex  {promise} tickets.opened  "
    each = said(f"{both} credit each 5.00 EUR, at most 20.00 EUR }}\n")
    assert (
        "Each: for every breach, by requirement, period and group, and every time that it is late"
        " or missed. This is at most 20.00 EUR for each period that is judged (of what has a due"
        " time: the calendar month in which it is due)."
    ) in each
