"""The engine against the oracle: the same rows, the same verdicts, the same money.

Examples are made from numbers, so that every run of `ci` tries the same ones. A failure is
shown as small as it could be made; `SLADSL_EXAMPLE=NUMBER` begins with the one it names.
"""

from __future__ import annotations

import ast
import inspect
import os
from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generate.answers import Way, differences, engine, oracle_or_refusal, plan_of
from generate.examples import Example, examples
from generate.features import WANTED, features
from generate.files import FORMATS
from generate.rows import Row
from generate.shrink import shrunk
from hypothesis import settings

import oracle

SECOND = 10**9
HOUR = 3600 * SECOND

LONG = not settings().derandomize  # `--hypothesis-profile=long`
PARTS = 84
POLICIES = 60 if LONG else 6  # in each part
SETS = 4  # sets of rows for each policy
EXAMPLES = PARTS * POLICIES * SETS


def first_policy() -> int:
    """The same on every run, but for the long profile, which looks for new ones."""
    named = os.environ.get("SLADSL_EXAMPLE")
    if named is not None:
        return int(named) // SETS
    return Random().randrange(10**9) if LONG else 0


def way(example: Example) -> Way:
    """Another format and number of threads with each example; cut with every other policy.

    One in eleven is read again (so is one in five in `test_oracle_orders.py`): that takes long.
    """
    number = example.number
    cut = Random(number) if number // SETS % 2 else None
    return Way(FORMATS[number % len(FORMATS)], cut, number % 3 + 1, held=number % 11 > 0)


def differing(example: Example) -> list[str]:
    plan = plan_of(example.draft.text)
    rows, as_of = example.rows, example.as_of
    said = engine(plan, rows, as_of, way(example))
    return differences(said, oracle_or_refusal(plan, rows, as_of))


#: Mutants are tried on the first ones only (tests/README.md).
IDS = [f"{'first' if part < 12 else 'later'}-{part}" for part in range(PARTS)]


@pytest.mark.parametrize("part", range(PARTS), ids=IDS)
def test_engine_agrees_with_oracle(part: int) -> None:
    first = first_policy() + part * POLICIES
    for policy in range(first, first + POLICIES):
        plan = None
        for example in examples(policy, SETS):
            plan = plan or plan_of(example.draft.text)
            rows, as_of = example.rows, example.as_of
            said = engine(plan, rows, as_of, way(example))
            if differences(said, oracle_or_refusal(plan, rows, as_of)):
                small = shrunk(example, lambda smaller: bool(differing(smaller)))
                pytest.fail("\n".join([*differing(small)[:5], small.shown()]), pytrace=False)


def test_there_are_enough_examples() -> None:
    assert EXAMPLES >= 2000


@pytest.mark.thorough
def test_every_feature_and_verdict_occurs() -> None:
    """In one example in twenty at least: the first one of every other policy is looked at."""
    seen: Counter[str] = Counter()
    total = 288  # so that chance decides little
    for policy in range(0, 2 * total, 2):
        example = next(examples(policy, SETS))
        plan = plan_of(example.draft.text)
        answer = oracle_or_refusal(plan, example.rows, example.as_of)
        seen.update(features(example, plan, None if isinstance(answer, str) else answer))
    rare = {name: seen[name] for name in sorted(WANTED) if seen[name] * 20 < total}
    assert not rare, f"of {total}: {rare}"
    assert not seen.keys() - WANTED, "features that nobody asks for"


def test_the_oracle_shares_no_code_with_the_engine() -> None:
    """Only the types of the plan: whatever else it took could be wrong in both."""
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("__import__", "import_module", "exec", "eval")
    assert {name for name in found if name.split(".")[0] == "sladsl"} == {"sladsl.plan.model"}
    packages = {name.split(".")[0] for name in found} - {"sladsl"}
    assert packages <= {
        "__future__", "bisect", "collections", "dataclasses", "datetime", "fractions", "functools",
        "holidays", "importlib", "itertools", "types", "typing", "zoneinfo",
    }  # fmt: skip
    used = {
        node.attr for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name) and node.value.id == "p"
    }  # fmt: skip
    assert used
    assert not [name for name in used if inspect.isfunction(getattr(oracle.p, name))]


# ---- hard cases --------------------------------------------------------------------------------

HEAD = """language 1
agreement a {
  provider vendor "V"
  customer client "C"
  term from 2026-10-02 to 2026-10-05
  timezone "UTC"
  currency EUR
}
"""
EVENTS = """
stream events { event at updated changes int number text opened time updated time }
stream incidents = last of events by number, placed at opened
metric w = mean of changes in events
metric least = min of w over windows of 30min, empty as 0
"""
CHECKS = """
stream checks { event at seen seen time up bool }
outage down {
  samples of checks where not up
  each sample holds for at most 5h
  missing data counts as excluded
}
metric uptime = share of time outside down
"""
TICKETS = """
stream tickets {
  event at opened
  %s
  id text opened time noted time resolved time? good bool
  level one of L1, L2 ?
}
"""
T = 1_790_899_200 * SECOND  # 2026-10-02T00:00Z


def event(hours: Fraction | int, **other: Any) -> Row:
    time = T + int(hours * HOUR)
    return {"changes": 1, "number": "a", "updated": time, "opened": time, **other}


def ticket(hours: int, noted: int, **other: Any) -> Row:
    return {
        "id": "t", "opened": T + hours * HOUR, "noted": T + noted * HOUR, "resolved": None,
        "good": True, "level": None, **other,
    }  # fmt: skip


def require(what: str) -> str:
    return f"obligation o {{ vendor owes client require {what} }}"


HARD: dict[str, tuple[str, dict[str, list[Row]], int | None]] = {
    # A stream of pauses that is empty, or all after as-of, is no reason to crash.
    "pause stream without rows": (
        TICKETS % "" + "stream waiting { span from a to b ticket text a time b time? }\n"
        "metric m = share of tickets with "
        "elapsed(opened, resolved, pausing: waiting on id == ticket) <= 1h\n"
        + require("m >= 50% per term"),
        {"tickets": [ticket(1, 1, resolved=T + 2 * HOUR)], "waiting": []},
        T + 9 * HOUR,
    ),
    # Section 3: without --as-of what was recorded after the newest event is known all the same.
    "recorded after the newest event": (
        TICKETS % "key id recorded noted" + "metric m = share of tickets with good\n"
        + require("m >= 50% per day"),
        {"tickets": [ticket(1, 5)]},
        None,
    ),
    # Section 4: of two rows that were recorded at once neither is the later: a conflict.
    "recorded at once": (
        TICKETS % "key id recorded noted" + "metric m = share of tickets with good\n"
        + require("m >= 50% per day"),
        {"tickets": [ticket(1, 5), ticket(1, 5, good=False)]},
        T + 9 * HOUR,
    ),
    # Section 6: a window that starts at as-of and has a figure takes no empty window's place.
    "window that starts at as-of": (
        EVENTS + require("least >= 1 per day"),
        {"events": [event(0), event(Fraction(1, 2)), event(1)]},
        None,
    ),
    # Section 3: missing data counts only up to the stream's own newest time.
    "windows where another stream is newer": (
        EVENTS + CHECKS + require("least >= 1 per term")
        + require("uptime >= 1% per term").replace(" o ", " o2 "),
        {"events": [event(0), event(1)], "checks": [{"seen": T + 9 * HOUR, "up": True}]},
        None,
    ),
    # The same for bounds: what the last sample says holds although the stream ends before as-of.
    "bounds where another stream is newer": (
        EVENTS + CHECKS.replace("for at most 5h", "until the next").replace("excluded", "up")
        + "metric n = count of events\n" + require("uptime >= 50% per term")
        + require("n >= 1 per term").replace(" o ", " o2 "),
        {"events": [event(30)], "checks": [{"seen": T + HOUR, "up": False}]},
        None,
    ),
    # What one obligation comes to doesn't depend on which others are judged.
    "period that starts at as-of": (
        EVENTS + CHECKS + "metric n = count of events\nmetric c = count of checks\n"
        + require("n >= 1 per day") + require("c >= 1 per day").replace(" o ", " o2 "),
        {"events": [event(0)], "checks": [{"seen": T + 24 * HOUR, "up": True}]},
        T + 24 * HOUR,
    ),
    # Section 5: a group over an enum is there without any sample; a crash.
    "outage without samples": (
        CHECKS.replace("up bool", "up bool kind one of web, mail")
        .replace("outage down {", "outage down {\n  for each kind")
        .replace("excluded", "up")
        + require("uptime >= 50% per term"),
        {"checks": []},
        T + 9 * HOUR,
    ),
    # Section 7: a site that appears later is pooled in, so that nothing is decided yet.
    "a new group may be pooled in": (
        CHECKS.replace("up bool", "up bool site text")
        .replace("outage down {", "outage down {\n  for each site")
        + require("uptime >= 90% per day"),
        {"checks": [{"seen": T + i * HOUR, "up": False, "site": "a"} for i in range(9)]},
        T + 9 * HOUR,
    ),
    # Section 6: excluded missing time ends a run; it isn't open after its sample's hold.
    "run that missing time has ended": (
        CHECKS + "metric n = sum of duration in down\n" + require("n <= 6h per day"),
        {"checks": [{"seen": T, "up": True}, {"seen": T + HOUR, "up": False}]},
        T + 40 * HOUR,
    ),
    # Section 7: a failing sample to come fills the time since the last one and makes one run
    # of both, which then has lasted long enough from its onset.
    "run that a next sample joins": (
        CHECKS.replace("for at most 5h", "until the next")
        .replace("missing data counts as excluded", "lasting at least 2h missing data counts as up")
        + require("uptime >= 4.1% per day"),
        {"checks": [{"seen": T, "up": False}, {"seen": T + HOUR, "up": False}]},
        T + 3 * HOUR,
    ),
    # Section 7: `no data` is never `met`, and of nothing there may stay nothing.
    "nothing measured is not final": (
        CHECKS + require("uptime >= 0% per term"), {"checks": []}, T + 9 * HOUR,
    ),
    # The same, with money: a crash.
    "nothing measured is not paid": (
        CHECKS + require("uptime > 100% per term credit once 1.00 EUR"), {"checks": []},
        T + 9 * HOUR,
    ),
    # Section 5: what is placed after as-of isn't there, and its group neither.
    "placed after as-of": (
        EVENTS + "metric n = count of incidents\n" + require("n <= 1 per term for each number"),
        {"events": [event(1, opened=T + 9 * HOUR)]},
        T + 5 * HOUR,
    ),
    # Section 7: tickets that are unresolved at as-of may yet be resolved: not breached for good.
    "count of what is missing so far": (
        TICKETS % "" + "metric m = count of tickets where resolved is missing\n"
        + require("m <= 0 per day"),
        {"tickets": [ticket(1, 1, resolved=T + 9 * HOUR)]},
        T + 6 * HOUR,
    ),
    # Section 4: a `match` on what is missing picks no calendar.
    "calendar by a missing value": (
        "calendar office { open mon..fri 09:00-17:00 }\n" + TICKETS % ""
        + "metric m = sum of elapsed(opened, resolved, in: match level { L1: always, "
        "otherwise: office }) in tickets\n" + require("m <= 1h per day"),
        {"tickets": [ticket(1, 1, resolved=T + 9 * HOUR)]},
        T + 26 * HOUR,
    ),
    # Section 2: the same, where the clock still runs.
    "running calendar by a missing value": (
        "calendar office { open mon..fri 09:00-17:00 }\n" + TICKETS % ""
        + "metric m = share of tickets with elapsed(opened, resolved, in: match level "
        "{ L1: always, otherwise: office }) <= 30d\n" + require("m >= 50% per day"),
        {"tickets": [ticket(1, 1)]},
        T + 26 * HOUR,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_engine_agrees_on_hard_cases(name: str) -> None:
    text, rows, as_of = HARD[name]
    placed = {n: [{**r, "#": (0, i)} for i, r in enumerate(own)] for n, own in rows.items()}
    plan = plan_of(HEAD + text)
    found = differences(engine(plan, placed, as_of), oracle_or_refusal(plan, placed, as_of))
    assert not found, "\n".join(found)
