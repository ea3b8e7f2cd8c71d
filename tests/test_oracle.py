"""The engine against the oracle: the same rows, the same verdicts, the same money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from generate.policies import Draft, drafts
from generate.rows import as_ofs, streams
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import oracle
from sladsl.diagnostics import Refused
from sladsl.folds.fold import Folds
from sladsl.folds.model import grain_of
from sladsl.pipeline import Evaluation, Options, compiled, evaluate, examine
from sladsl.plan import model as p
from sladsl.runners import local
from sladsl.source import Source
from sladsl.streams.model import Batch, Column, StreamSpec, Vocabulary
from sladsl.streams.sources import SourceSpec

Row = dict[str, Any]
Answer: TypeAlias = "dict[str, Any] | str"
Case: TypeAlias = "tuple[Draft, dict[str, list[Row]], int | None]"

SECOND = 10**9
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND

#: About 400 examples, or as many as the profile has where it has more (`long`).
STEADY = settings(
    max_examples=max(400, settings().max_examples), suppress_health_check=list(HealthCheck)
)


def plan_of(text: str) -> p.Plan:
    contract, findings = examine(Source("a.sla", text))
    errors = [f for f in findings if f.severity == "error"] if contract is None else []
    assert contract is not None, f"{text}\n" + "\n".join(f"{f.code} {f.message}" for f in errors)
    return compiled(contract)


# ---- rows as batches, cut anyhow ---------------------------------------------------------------


def batch_of(spec: StreamSpec, rows: Sequence[Row], vocabulary: Vocabulary) -> Batch:
    columns = {}
    for f in spec.fields:
        values: list[int] = []
        for row in rows:
            content = row[f.name]
            if content is None:
                values.append(0)
            elif f.kind == "enum":
                values.append(f.values.index(content))
            else:
                values.append(vocabulary.code(content) if f.kind == "text" else int(content))
        kind = {"bool": np.bool_, "enum": np.int32, "text": np.int32}.get(str(f.kind), np.int64)
        valid = np.array([row[f.name] is not None for row in rows], np.bool_)
        columns[f.name] = Column(np.array(values, kind), valid if f.optional else None)
    return Batch(
        len(rows), columns,
        np.array([row["#"][0] for row in rows], np.int32),
        np.array([row["#"][1] for row in rows], np.int64),
    )  # fmt: skip


def run_engine(
    plan: p.Plan, rows: Mapping[str, Sequence[Row]], as_of: int | None, cuts: Sequence[int] = ()
) -> Evaluation:
    """The engine on rows that are already there; `cuts` are the lengths of batches."""

    def read(
        source: SourceSpec, spec: StreamSpec, vocabulary: Vocabulary, accounting: Any, **_: Any
    ) -> Iterator[Batch]:
        accounting.files += ["part0", "part1"]
        left = list(rows[source.stream])
        accounting.rows = len(left)
        lengths = iter(cuts)
        while left:
            length = next(lengths, len(left))
            part, left = left[:length], left[length:]
            if part:
                yield batch_of(spec, part, vocabulary)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "read", read)
        sources = {name: SourceSpec(name, name) for name in rows}
        return evaluate(plan, sources, Options(as_of=as_of))


# ---- answers in one form -----------------------------------------------------------------------


def said_by_engine(found: Evaluation) -> dict[str, Any]:
    verdicts = {}
    where = {}
    for v in found.judgement.verdicts:
        key = v.obligation, v.requirement, v.period.start, v.period.end, v.group
        where[v.obligation, v.requirement, v.group, v.period.label] = v.period.start, v.period.end
        e = v.evidence
        verdicts[key] = {
            "word": str(v.word), "final": v.final,
            "value": v.value and (v.value.numerator, v.value.denominator),
            "best": v.best and v.best.value, "worst": v.worst and v.worst.value,
            "rows": e.rows, "measured": e.measured or 0, "failing": e.failing or 0,
            "undecided": e.undecided,
            "outages": sorted(
                (tuple(t for _, t in o.group), o.start, o.end, o.counted, o.open, o.no_data)
                for o in e.outages
            ),
        }  # fmt: skip
    statements = {
        (s.period.start, s.period.end, s.payer, s.payee): (
            s.payable,
            sorted(
                (line.obligation, line.requirement, line.group,
                 where[line.obligation, line.requirement, line.group, line.period],
                 line.tier, line.amount)
                for line in s.lines
            ),
        )
        for s in found.statements
    }  # fmt: skip
    assert len(verdicts) == len(found.judgement.verdicts)
    return {"as_of": found.judgement.as_of, "verdicts": verdicts, "statements": statements}


def said_by_oracle(found: oracle.Answer) -> dict[str, Any]:
    verdicts = {
        (r.obligation, r.number, r.start, r.end, r.group): {
            "word": r.word, "final": r.final, "value": r.value, "best": r.best, "worst": r.worst,
            "rows": r.rows, "measured": r.measured, "failing": r.failing,
            "undecided": r.undecided, "outages": sorted(r.outages),
        }
        for r in found.results
    }  # fmt: skip
    statements = {
        (s.start, s.end, s.payer, s.payee): (
            s.payable,
            sorted(
                (line.payment.obligation, line.result.number, line.result.group,
                 (line.result.start, line.result.end), line.tier, line.payable)
                for line in s.lines
            ),
        )
        for s in found.statements
    }  # fmt: skip
    return {"as_of": found.as_of, "verdicts": verdicts, "statements": statements}


def engine_or_refusal(*arguments: Any) -> Answer:
    try:
        return said_by_engine(run_engine(*arguments))
    except Refused as refused:
        return "refused " + ", ".join(d.code for d in refused.diagnostics)


def oracle_or_refusal(*arguments: Any) -> Answer:
    try:
        return said_by_oracle(oracle.evaluate(*arguments))
    except oracle.Refusal as refusal:
        return f"refused {refusal}"


def differences(engine: Any, expected: Any) -> list[str]:
    if isinstance(engine, str) or isinstance(expected, str):
        both = isinstance(engine, str) and isinstance(expected, str)
        return [] if both else [f"engine: {engine}\noracle: {expected}"]
    found = []
    if engine["as_of"] != expected["as_of"]:
        found.append(f"as-of: engine {engine['as_of']}, oracle {expected['as_of']}")
    for part in ("verdicts", "statements"):
        for key in sorted({*engine[part], *expected[part]}):
            a, b = engine[part].get(key), expected[part].get(key)
            if a == b:
                continue
            if isinstance(a, dict) and isinstance(b, dict):
                a = {name: content for name, content in a.items() if content != b[name]}
                b = {name: b[name] for name in a}
            found.append(f"{part} {key}\n  engine {a}\n  oracle {b}")
    return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    draft = draw(drafts())
    return draft, draw(streams(draft)), draw(as_ofs(draft))


def shown(draft: Draft, rows: Mapping[str, Sequence[Row]], as_of: int | None) -> str:
    parts = [draft.text, f"as of {as_of}"]
    for name, own in rows.items():
        parts += [f"{name}:", *(f"  {row}" for row in own)]
    return "\n".join(parts)


# ---- the tests ---------------------------------------------------------------------------------


@STEADY
@given(cases())
def test_engine_agrees_with_oracle(case: Case) -> None:
    draft, rows, as_of = case
    plan = plan_of(draft.text)
    engine = engine_or_refusal(plan, rows, as_of)
    found = differences(engine, oracle_or_refusal(plan, rows, as_of))
    assert not found, "\n".join([*found[:5], shown(draft, rows, as_of)])


@settings(STEADY, max_examples=60)
@given(cases(), st.randoms(use_true_random=False), st.lists(st.integers(1, 7), max_size=6))
def test_order_and_cut_of_rows_make_no_difference(
    case: Case, random: Random, cuts: list[int]
) -> None:
    draft, rows, as_of = case
    plan = plan_of(draft.text)
    mixed = {name: random.sample(own, len(own)) for name, own in rows.items()}
    found = engine_or_refusal(plan, rows, as_of)
    assert engine_or_refusal(plan, mixed, as_of, cuts) == found


@settings(STEADY, max_examples=60)
@given(cases(), st.lists(st.integers(0, 2), min_size=1, max_size=9))
def test_states_folded_apart_merge(case: Case, parts: list[int]) -> None:
    """Rows dealt to three folds, whose states are merged in any grouping."""
    draft, rows, as_of = case
    plan = plan_of(draft.text)
    taken: list[tuple[Folds, Any, Batch]] = []
    fold = Folds.fold

    def taking(self: Folds, stream: Any, batch: Batch) -> None:
        taken.append((self, stream, batch))
        fold(self, stream, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folds, "fold", taking)
        if isinstance(engine_or_refusal(plan, rows, as_of), str) or not taken:
            return
    whole = taken[0][0]
    grains = {grain_of(r) for r in plan.requirements}
    before = {grain: whole.folded(grain) for grain in grains}
    apart = [
        Folds(plan, whole.rows, whole.vocabulary, whole.periods, whole.until, _groups=whole._groups)
        for _ in range(3)
    ]
    for _, stream, batch in taken:
        chosen = np.array([parts[i % len(parts)] for i in range(batch.length)])
        for number, folds in enumerate(apart):
            folds.fold(stream, batch.take(np.flatnonzero(chosen == number)))
    first, second, third = apart
    merge(second, third)
    merge(first, second)
    assert {grain: first.folded(grain) for grain in grains} == before


def merge(into: Folds, other: Folds) -> None:
    for states in ("_row", "_window", "_outage"):
        for key, state in getattr(into, states).items():
            state.merge(getattr(other, states)[key])


#: What at least one agreement in twenty has to have.
COMMON = {
    "share", "count", "sum", "mean", "min", "max", "percentile", "linear", "where", "and", "or",
    "not", "elapsed", "calendar", "holidays", "pausing", "match calendar", "match in with",
    "formula", "windows", "share of windows", "empty as", "last of", "spans of", "sequence",
    "key", "recorded", "expected", "lasting", "missing up", "missing down", "missing excluded",
    "outage time", "outage count", "outage mean", "outage sum", "outage max", "outage p80",
    "holds until the next", "holds for at most 1h", "holds for at most 5h", "open term",
    "clipped term", "per hour", "per day", "per week", "per month", "per quarter", "per year",
    "per term", "each priority", "each vip", "each site", "each kind", "match target", "credit",
    "credit once", "credit each", "tiers", "at most", "cap", "paid only above", "rounding",
    "week starts", "month starts", "year starts", "combined calendar",
    "zone UTC", "zone Europe/Amsterdam", "zone America/New_York", "zone Australia/Lord_Howe",
    "zone Asia/Kathmandu", "zone Africa/Cairo",
}  # fmt: skip


def test_every_feature_and_verdict_occurs() -> None:
    seen: Counter[str] = Counter()
    total = 0

    @settings(STEADY, max_examples=300, phases=[Phase.generate], database=None, derandomize=True)
    @given(cases())
    def count(case: Case) -> None:
        nonlocal total
        draft, rows, as_of = case
        total += 1
        answer = oracle_or_refusal(plan_of(draft.text), rows, as_of)
        seen.update(draft.features)
        seen["as of given"] += as_of is not None
        seen["as of not given"] += as_of is None
        if isinstance(answer, dict):
            verdicts = answer["verdicts"].values()
            seen.update({v["word"] for v in verdicts})
            seen["final before its end"] += any(
                v["final"] and (v["best"] or v["worst"]) is not None for v in verdicts
            )
            seen["undecided"] += any(v["undecided"] for v in verdicts)
            seen["money"] += any(payable for payable, _ in answer["statements"].values())

    count()
    wanted = COMMON | {
        "met", "breached", "pending", "no data", "undecided", "money", "as of given",
        "as of not given", "final before its end",
    }  # fmt: skip
    rare = {name: seen[name] for name in wanted if seen[name] * 20 < total}
    assert not rare, f"of {total}: {rare}"


# ---- disagreements that are known --------------------------------------------------------------

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
    found = differences(
        engine_or_refusal(plan, placed, as_of), oracle_or_refusal(plan, placed, as_of)
    )
    assert not found, "\n".join(found)
