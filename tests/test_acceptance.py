"""Figures on real measurements: the engine against shared/data/reference.json and, for every
cell that the reference leaves out, against the programs of acceptance/independent.py.

The agreements of shared/acceptance are asked first; what they don't ask for comes from their
siblings in tests/acceptance.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest
from acceptance import independent
from acceptance.independent import Figures

from sladsl import pipeline
from sladsl.reports.json import schema, to_json
from sladsl.runners.local import stream_spec
from sladsl.source import Source
from sladsl.streams.config import load_config
from sladsl.streams.sources import parse_data
from sladsl.verdicts.model import Verdict

HERE = Path(__file__).resolve().parent
SharedFile: TypeAlias = Callable[[str], Path]

DATA = {
    "incidents": ("events", "data/incident_event_log.csv.gz"),
    "probes": ("probes", "data/status_probes.csv.gz"),
    "calls": ("calls", "data/simulated_call_centre.csv.gz"),
}
NAMES = tuple(DATA)
SIBLINGS = ("incidents/agreement.sla", "probes/utc.sla", "probes/denver.sla", "calls/agreement.sla")


def evaluated(policy: Path, *data: str) -> pipeline.Evaluation:
    """What `sladsl eval POLICY --data ...` finds out."""
    contract, findings = pipeline.examine(Source(str(policy), policy.read_text("utf-8")))
    assert contract is not None, findings
    plan = pipeline.compiled(contract)
    streams = {s.name: stream_spec(s) for s in plan.streams}
    sources = parse_data(
        data, streams, load_config(policy, streams, allow_paths=[str(policy.parents[2])])
    )
    return pipeline.evaluate(plan, sources, pipeline.Options())


@pytest.fixture(scope="module")
def agreements(shared_file: SharedFile) -> dict[str, pipeline.Evaluation]:
    """The three agreements of shared/acceptance, with the `sladsl.toml` beside them."""
    for _, data in DATA.values():
        shared_file(data)
    return {n: evaluated(shared_file(f"acceptance/{n}/agreement.sla")) for n in NAMES}


@pytest.fixture(scope="module")
def siblings(shared_file: SharedFile) -> dict[str, pipeline.Evaluation]:
    """Our own agreements on the same data."""
    found = {}
    for path in SIBLINGS:
        stream, data = DATA[path.partition("/")[0]]
        found[path] = evaluated(HERE / "acceptance" / path, f"{stream}={shared_file(data)}")
    return found


@dataclass
class Real:
    """What the independent programs read, and the figures they come to."""

    probes: dict[str, list[independent.Probe]]
    figures: Figures


@pytest.fixture(scope="module")
def real(shared_file: SharedFile) -> Real:
    incidents, probes, calls = (shared_file(data) for _, data in DATA.values())
    events, log = independent.read_incidents(incidents)
    by_site = independent.read_probes(probes)
    figures = {
        **independent.incidents(events, log),
        **independent.probes(by_site),
        **independent.calls(independent.read_calls(calls)),
    }
    return Real(by_site, figures)


@pytest.fixture(scope="module")
def reference(shared_file: SharedFile) -> dict[tuple[str, ...], int]:
    """Every leaf of reference.json, under its path."""
    return dict(leaves(json.loads(shared_file("data/reference.json").read_bytes())))


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, dict):
        for name, below in node.items():
            yield from leaves(below, (*path, name))
    else:
        assert type(node) is int, path
        yield path, node


# ---- the engine's figures under the paths of reference.json ----

WHOLE_LOG = {
    "all_events": "events",
    "all_incidents": "incidents",
    "unresolved": "unresolved_timestamp",
}
INCIDENTS: dict[str, tuple[str, ...]] = {
    "opened_rows": ("opened",),
    "resolved_rows": ("resolved",),
    "recorded_flag": ("recorded_made_sla_flag",),
    "resolved_in_time": ("within_elapsed",),
    "resolved_net": ("within_elapsed_less_pauses",),
    "resolved_in_office": ("within_business_hours",),
    "sum_elapsed": ("sum_elapsed_min",),
    "sum_net": ("sum_paused_net_min",),
    "sum_office": ("sum_business_min",),
    "tail": ("p95_elapsed_nearest_rank_min",),
    "typical": ("median_low_min",),
    "again": ("reopened",),
}
TARGETS_OF_SHARES = {
    "resolved_in_time": "within_elapsed",
    "resolved_net": "within_elapsed_less_pauses",
    "resolved_in_office": "within_business_hours",
}
SITES: dict[str, tuple[str, ...]] = {
    "seen_rows": ("probes",),
    "outages": ("islands", "count"),
    "down_time": ("islands", "total_s"),
    "longest": ("islands", "max_s"),
    "long_outages": ("islands", "count_ge_600s"),
    "long_down": ("islands", "total_ge_600s"),
    "short_outages": ("islands", "count_lt_3600s"),
}
LATENCIES = {
    "up_rows": "n",
    "sum_latency": "sum",
    "typical": "p50_nr",
    "tail": "p95_nr",
    "p99_latency": "p99_nr",
    "in_a_second": "le_1000",
}
CALLS = {
    "volume": ("calls",),
    "sum_wait": ("sum_wait",),
    "longest_wait": ("max_wait",),
    "tail": ("p95_wait_nr",),
    "within_minute": ("le60", "calls"),
    "service_factor": ("le20", "calls"),
    "good_intervals": ("half_hours_ge80_le20", "half_hours"),
}


def counted(verdict: Verdict) -> tuple[int | None, int | None]:
    """A share as it was counted; one of time in seconds."""
    if verdict.value is None:
        return None, None
    assert verdict.value.counted, verdict
    parts = Fraction(verdict.value.numerator), Fraction(verdict.value.denominator)
    good, of = (p / 10**9 for p in parts) if verdict.value.time else parts
    return whole(good), whole(of)


def number(verdict: Verdict, unit: Fraction = Fraction(1)) -> int | None:
    """A figure in whole units."""
    return None if verdict.value is None else whole(verdict.value.value / unit)


def whole(value: Fraction) -> int:
    assert value.denominator == 1, value
    return value.numerator


def of_incident(verdict: Verdict) -> Figures:
    if verdict.metric in WHOLE_LOG:
        return {("incidents", WHOLE_LOG[verdict.metric]): number(verdict)}
    month = "ALL" if verdict.period.label == "term" else verdict.period.label
    ((_, priority),) = verdict.group
    at = ("incidents", f"{month}/{priority}", *INCIDENTS[verdict.metric])
    if verdict.value is not None and verdict.value.kind == "duration":
        return {at: number(verdict, Fraction(60))}
    if verdict.metric in ("recorded_flag", *TARGETS_OF_SHARES):
        return dict(zip(((*at, "met"), (*at, "of")), counted(verdict), strict=True))
    return {at: number(verdict)}


def of_site(verdict: Verdict, zone: str) -> Figures:
    ((_, site),) = verdict.group
    at: tuple[str, ...] = ("probes", site)
    month = verdict.period.label
    match verdict.metric:
        case "uptime_held" | "uptime_fresh" as metric:
            hold = "HOLD" if metric == "uptime_held" else "GAP2H"
            at = (*at, f"uptime/{zone}/{hold}", month)
            return dict(zip(((*at, "up_s"), (*at, "observed_s")), counted(verdict), strict=True))
        case metric if metric in LATENCIES:
            at = (*at, "latency_ms_up_utc", month)
            if metric != "in_a_second":
                unit = Fraction(1) if metric == "up_rows" else Fraction(1, 1000)
                return {(*at, LATENCIES[metric]): number(verdict, unit)}
            good, of = counted(verdict)
            return {(*at, "le_1000"): good, (*at, "n"): of or 0}
        case metric:
            assert month == "term"
            found = {(*at, *SITES[metric]): number(verdict)}
            if metric == "outages":
                still = sum(outage.open for outage in verdict.evidence.outages)
                found[(*at, "islands", "open")] = still
            return found


def of_call(verdict: Verdict) -> Figures:
    if verdict.metric == "answer_speed":  # a mean: the sum over the count
        return {}
    names = CALLS[verdict.metric]
    figures = counted(verdict) if len(names) == 2 else (number(verdict),)
    at = ("calls", verdict.period.label)
    return {(*at, name): figure for name, figure in zip(names, figures, strict=True)}


OF = {"incidents": of_incident, "calls": of_call, "probes": lambda v: of_site(v, "UTC")}


def figures_of(name: str, evaluation: pipeline.Evaluation) -> Figures:
    """The engine's figures; those that two verdicts give are the same."""
    found: Figures = {}
    for verdict in evaluation.judgement.verdicts:
        denver = evaluation.judgement.zone == "America/Denver"
        here = of_site(verdict, "America/Denver") if denver else OF[name](verdict)
        for path, figure in here.items():
            assert found.setdefault(path, figure) == figure, path
    return found


@pytest.fixture(scope="module")
def engine(
    agreements: dict[str, pipeline.Evaluation], siblings: dict[str, pipeline.Evaluation]
) -> Figures:
    """Every figure that the engine gives."""
    found: Figures = {}
    for name, evaluation in agreements.items():
        found |= figures_of(name, evaluation)
    for path, evaluation in siblings.items():
        for at, figure in figures_of(path.partition("/")[0], evaluation).items():
            assert found.setdefault(at, figure) == figure, at
    return found


# ---- figures ----


def test_no_leaf_of_the_reference_is_forgotten(
    engine: Figures, reference: dict[tuple[str, ...], int]
) -> None:
    assert len(reference) == 309
    assert sorted(reference.keys() - engine.keys()) == []


def test_every_figure_of_the_reference(
    engine: Figures, reference: dict[tuple[str, ...], int]
) -> None:
    got = {path: engine.get(path) for path in reference}
    assert got == reference


def test_the_agreements_are_asked_before_their_siblings(
    agreements: dict[str, pipeline.Evaluation], siblings: dict[str, pipeline.Evaluation]
) -> None:
    """A sibling asks only for what its agreement doesn't."""

    def asked(evaluation: pipeline.Evaluation) -> set[tuple[object, ...]]:
        judgement = evaluation.judgement
        return {
            (v.metric, v.period.start, v.period.end, v.group, judgement.zone)
            for v in judgement.verdicts
        }

    for path, sibling in siblings.items():
        name = path.partition("/")[0]
        both = asked(agreements[name]) & asked(sibling)
        assert {metric for metric, *_ in both} == set(), path


def test_the_independent_programs_give_the_reference(
    real: Real, reference: dict[tuple[str, ...], int]
) -> None:
    got = {path: real.figures.get(path) for path in reference}
    assert got == reference


def test_every_cell_that_the_reference_leaves_out(engine: Figures, real: Real) -> None:
    assert len(real.figures) > 2000
    assert sorted(engine.keys() ^ real.figures.keys()) == []
    wrong = {p: (f, engine[p]) for p, f in real.figures.items() if engine[p] != f}
    assert wrong == {}


def test_means_are_sums_over_counts(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    means = [v for v in agreements["calls"].judgement.verdicts if v.metric == "answer_speed"]
    assert len(means) == 12
    for verdict in means:
        month = verdict.period.label
        above, below = (real.figures["calls", month, n] for n in ("sum_wait", "calls"))
        assert above is not None
        assert verdict.value is not None
        assert verdict.value.value == Fraction(above, below), month


@pytest.mark.parametrize(
    ("name", "rows"), [("incidents", 141_712), ("probes", 13_617), ("calls", 51_708)]
)
def test_every_row_is_read_and_used(
    agreements: dict[str, pipeline.Evaluation], name: str, rows: int
) -> None:
    (seen,) = agreements[name].judgement.inputs
    assert (seen.stream, seen.rows, seen.used) == (DATA[name][0], rows, rows)
    assert (seen.outside, seen.rejected, seen.duplicates) == (0, 0, 0)


def test_outages_are_the_islands(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    found = {
        dict(v.group)["site"]: v.evidence.outages
        for v in agreements["probes"].judgement.verdicts
        if v.metric == "outages"
    }
    assert {
        site: [(o.start, o.end, o.open, o.counted) for o in outages]
        for site, outages in found.items()
    } == {
        site: [
            (start * 10**9, end * 10**9, still, (end - start) * 10**9)
            for start, end, still in independent.islands(probes)
        ]
        for site, probes in real.probes.items()
    }
    assert sum(o.open for outages in found.values() for o in outages) == 1


@pytest.mark.parametrize("path", ["", "probes/denver.sla"])
def test_the_evidence_of_uptime(
    agreements: dict[str, pipeline.Evaluation],
    siblings: dict[str, pipeline.Evaluation],
    real: Real,
    path: str,
) -> None:
    judgement = (siblings[path] if path else agreements["probes"]).judgement
    for verdict in judgement.verdicts:
        if verdict.metric in ("uptime_held", "uptime_fresh"):
            up_s, observed_s = (real.figures[at] or 0 for at in of_site(verdict, judgement.zone))
            assert (verdict.evidence.measured or 0) == observed_s * 10**9
            assert (verdict.evidence.failing or 0) == (observed_s - up_s) * 10**9


# ---- verdicts ----

Words: TypeAlias = dict[tuple[str, str, str], str]
"""By metric, period and group."""


def words(evaluation: pipeline.Evaluation) -> Words:
    found: Words = {}
    for v in evaluation.judgement.verdicts:
        key = v.metric, v.period.label, "".join(value for _, value in v.group)
        assert key not in found
        assert v.final == (v.word != "pending"), key
        found[key] = v.word.value
    return found


def word(kept: bool | None, *, closed: bool) -> str:
    if not closed:
        return "pending"
    if kept is None:
        return "no data"
    return "met" if kept else "breached"


def at_least(percent: Fraction | int, good: int | None, of: int | None) -> bool | None:
    return None if good is None or of is None else 100 * good >= percent * of


def at_most(limit: int, value: int | None) -> bool | None:
    return None if value is None else value <= limit


def test_verdicts_of_incidents(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    expected: Words = {}
    last = "2017-02"  # as-of is the log's last event, of 18 February
    for month in (*map(independent.label, independent.INCIDENT_MONTHS), "term"):
        closed = month not in (last, "term")
        for priority in independent.PRIORITIES:
            at = ("incidents", f"{'ALL' if month == 'term' else month}/{priority}")
            for metric, name in TARGETS_OF_SHARES.items():
                if metric != "resolved_in_time" or month != "term":
                    parts = (real.figures[(*at, name, part)] for part in ("met", "of"))
                    expected[metric, month, priority] = word(at_least(50, *parts), closed=closed)
            if month == "term":
                continue
            for metric, limit in (("tail", 30 * 1440), ("typical", 5 * 1440), ("again", 100)):
                kept = at_most(limit, real.figures[(*at, *INCIDENTS[metric])])
                expected[metric, month, priority] = word(kept, closed=closed)
    assert words(agreements["incidents"]) == expected


def test_verdicts_of_calls(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    expected: Words = {}
    for month in map(independent.label, independent.CALL_MONTHS):
        closed = month != "2021-12"  # as-of is the last call, of 31 December
        of = {
            name: real.figures["calls", month, name] for names in CALLS.values() for name in names
        }
        waited, calls = of["sum_wait"], of["calls"]
        assert waited is not None
        kept = {
            "within_minute": at_least(90, of["le60"], calls),
            "service_factor": at_least(80, of["le20"], calls),
            "good_intervals": at_least(90, of["half_hours_ge80_le20"], of["half_hours"]),
            "answer_speed": Fraction(waited, calls) <= 20,
            "tail": at_most(180, of["p95_wait_nr"]),
        }
        for metric, keeps in kept.items():
            expected[metric, month, ""] = word(keeps, closed=closed)
    assert words(agreements["calls"]) == expected


def best(
    probes: list[independent.Probe], hold: int | None, start: int, as_of: int, end: int
) -> Fraction:
    """The greatest share of time that probes after as-of can still lead to."""
    ups, seen = independent.observed(probes, hold, start, end)
    at, up, _ = probes[-1]
    lost = 0 if up else min(as_of - at, hold or as_of - at)
    free = end - as_of + (as_of - at if up else 0)
    shares = [Fraction(ups + free, seen + free + lost)]
    if seen:
        shares.append(Fraction(ups, seen))
    return max(shares)


def test_verdicts_of_probes(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    """August and the term are open: breached there is only what can't be kept any more."""
    expected: Words = {}
    as_of = max(probes[-1][0] for probes in real.probes.values())
    begun = dict(zip(independent.PROBE_MONTHS, independent.edges("UTC"), strict=False))
    end = independent.edges("UTC")[-1]
    for site, month in independent.sites_by_month(real.probes, "UTC"):
        closed = month != "2026-08"
        for metric, hold in (("uptime_held", "HOLD"), ("uptime_fresh", "GAP2H")):
            at = ("probes", site, f"uptime/UTC/{hold}", month)
            ups, seen = real.figures[(*at, "up_s")], real.figures[(*at, "observed_s")]
            said = word(at_least(Fraction("99.9"), ups, seen), closed=closed)
            limit = None if hold == "HOLD" else 7200
            reach = best(real.probes[site], limit, begun[2026, 8], as_of, end)
            if not closed and reach < Fraction("0.999"):
                said = "breached"
            expected[metric, month, site] = said
        p95 = real.figures["probes", site, "latency_ms_up_utc", month, "p95_nr"]
        expected["tail", month, site] = word(at_most(1000, p95), closed=closed)
    for site in real.probes:
        for metric, limit in (("outages", 10), ("longest", 8 * 3600), ("long_down", 24 * 3600)):
            so_far = real.figures[("probes", site, *SITES[metric])]
            broken = so_far is not None and so_far > limit
            expected[metric, "term", site] = "breached" if broken else "pending"
    assert words(agreements["probes"]) == expected


# ---- money ----

Line: TypeAlias = tuple[str, int, str, str, Fraction]
"""Obligation, requirement, group, tier, and the amount."""


def statements(evaluation: pipeline.Evaluation) -> dict[str, tuple[Fraction, list[Line], bool]]:
    """What is payable for each month, its lines, and whether a cap bit."""
    found = {}
    for statement in evaluation.statements:
        if statement.direction in ("net", "total"):  # nothing but credits are netted here
            continue
        assert statement.direction == "credits"
        assert statement.period.label not in found
        assert statement.direction == "credits"
        lines = [
            (x.obligation, x.requirement, "".join(v for _, v in x.group), x.tier, x.amount)
            for x in statement.lines
        ]
        capped = any(step.step == "cap" for step in statement.steps)
        found[statement.period.label] = statement.payable, lines, capped
    return found


Expected: TypeAlias = list[tuple[str, int, str, str, Fraction]]


def settled(lines: Expected, cap: Fraction | None) -> tuple[Fraction, list[Line], bool]:
    cents = [line[-1] * 100 for line in lines]
    total = sum(cents, Fraction(0))
    due, parts = independent.payable(cents, None if cap is None else cap * 100)
    shares = [Fraction(part, 100) for part in parts]
    assert sum(shares) == Fraction(due, 100)
    shared = [(*line[:-1], share) for line, share in zip(lines, shares, strict=True)]
    return Fraction(due, 100), shared, cap is not None and total > cap * 100


def test_credits_of_incidents(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    """Each priority below its promise, by tier; at most 20 % of the fee in a month."""
    expected = {}
    for month in map(independent.label, independent.INCIDENT_MONTHS[:-1]):
        lines: Expected = []
        for priority in independent.PRIORITIES:
            at = ("incidents", f"{month}/{priority}", "within_elapsed")
            met, of = real.figures[(*at, "met")], real.figures[(*at, "of")]
            if met is None or of is None or 2 * met >= of:
                continue
            if 4 * met < of:
                tier = ("below 25%: 15% of fee", Fraction(1500))
            else:
                tier = ("below 50%: 5% of fee", Fraction(500))
            lines.append(("resolve", 1, priority, *tier))
        if lines:
            expected[month] = settled(lines, Fraction(2000))
    got = statements(agreements["incidents"])
    assert got == expected
    # three credits of 1500, 1500 and 500 under a cap of 2000: no line ends at a cent
    shares = [amount for *_, amount in expected["2016-03"][1]]
    assert shares == [Fraction("857.14"), Fraction("857.14"), Fraction("285.72")]


def test_credits_of_calls(agreements: dict[str, pipeline.Evaluation], real: Real) -> None:
    expected = {}
    for month in map(independent.label, independent.CALL_MONTHS[:-1]):
        of = {
            name: real.figures["calls", month, name] for names in CALLS.values() for name in names
        }
        calls, halves = of["calls"], of["half_hours"]
        lines: Expected = []
        if at_least(85, of["le60"], calls) is False:
            lines.append(("ninety_sixty", 1, "", "below 85%: 10% of fee", Fraction(2500)))
        elif at_least(90, of["le60"], calls) is False:
            lines.append(("ninety_sixty", 1, "", "below 90%: 5% of fee", Fraction(1250)))
        if at_least(80, of["le20"], calls) is False:
            lines.append(("eighty_twenty", 1, "", "2% of fee", Fraction(500)))
        if at_least(90, of["half_hours_ge80_le20"], halves) is False:
            lines.append(("eighty_twenty", 2, "", "2% of fee", Fraction(500)))
        if lines:
            expected[month] = settled(lines, None)
    assert statements(agreements["calls"]) == expected


def test_no_money_without_a_fee(agreements: dict[str, pipeline.Evaluation]) -> None:
    assert agreements["probes"].statements == ()


# ---- whole processes ----

# Of a process of its own, whose only child is the one that is measured: what a child of this
# process is said to have used is at least what this process itself uses.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


@dataclass
class Process:
    status: int
    out: bytes
    err: bytes
    seconds: float
    bytes: int

    @property
    def document(self) -> dict[str, Any]:
        assert self.out, self.err.decode()
        return json.loads(self.out)


def run(policy: Path, scratch: Path, *args: str) -> Process:
    pytest.importorskip("resource")
    used = scratch / "used"
    command = [sys.executable, "-m", "sladsl", "eval", str(policy), "--format", "json", *args]
    if "SLADSL_SHARED" in os.environ:  # not beside the checkout: outside of what a policy may name
        command += ["--allow-path", str(policy.parents[2])]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(used), *command],
        capture_output=True,
        cwd=HERE.parent,
        timeout=60,
        check=False,
    )
    took = time.monotonic() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    return Process(done.returncode, done.stdout, done.stderr, took, int(used.read_text()) * unit)


def status_of(summary: dict[str, int]) -> int:
    if summary["breached"]:
        return 1
    return 3 if summary["no_data"] or summary["pending"] else 0


def shuffled(path: Path, to: Path) -> Path:
    """The same rows in another order.

    No two events of an incident share both time and `sequence`, and no two probes of a site
    share a time (asserted below), so that no position of a row in the file matters.
    """
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    random.Random(14_118).shuffle(rows)
    with to.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return to


@pytest.mark.parametrize("name", NAMES)
def test_as_a_process(
    agreements: dict[str, pipeline.Evaluation], shared_file: SharedFile, tmp_path: Path, name: str
) -> None:
    stream, data = DATA[name]
    file, policy = shared_file(data), shared_file(f"acceptance/{name}/agreement.sla")
    first, second = run(policy, tmp_path), run(policy, tmp_path)
    for process in (first, second):
        assert process.seconds < 10
        assert process.bytes < 10**9
        assert process.status == status_of(process.document["summary"]) == 1
    jsonschema.Draft202012Validator(schema()).validate(first.document)
    assert first.out == second.out
    evaluation = agreements[name]
    assert first.document == to_json(evaluation.judgement, evaluation.statements)
    other = shuffled(file, tmp_path / f"{stream}.csv")
    third = run(policy, tmp_path, "--data", f"{stream}={other}")
    assert third.status == first.status
    assert third.document["inputs"] == first.document["inputs"]  # with their digests
    assert third.out == first.out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--period", "2021-01"), 0),
        (("--period", "2021-12"), 3),
        (("--data", "calls=nowhere.csv"), 2),
    ],
)
def test_other_exit_statuses(
    shared_file: SharedFile, tmp_path: Path, options: tuple[str, ...], status: int
) -> None:
    """All met in January; December is open at the last call; no file, no verdict."""
    shared_file(DATA["calls"][1])
    process = run(shared_file("acceptance/calls/agreement.sla"), tmp_path, *options)
    assert process.status == status, process.err.decode()
    jsonschema.Draft202012Validator(schema()).validate(process.document)
    if status != 2:
        summary = process.document["summary"]
        assert summary == dict.fromkeys(summary, 0) | {"pending" if status else "met": 5}


def test_no_order_of_rows_is_left_to_their_position(shared_file: SharedFile, real: Real) -> None:
    """What `shuffled` relies on: were there ties, the order within a tie would have to stay."""
    with gzip.open(shared_file(DATA["incidents"][1]), "rt", encoding="utf-8", newline="") as file:
        events = [
            (e["number"], e["sys_updated_at"], e["sys_mod_count"]) for e in csv.DictReader(file)
        ]
    assert len(set(events)) == len(events) == 141_712
    for probes in real.probes.values():
        assert len({at for at, *_ in probes}) == len(probes)
