"""This project, by the passes of its own pipeline, and its parts one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sladsl.pipeline import Options, compiled, evaluate, examine
from sladsl.plan.model import Plan
from sladsl.reports.json import encode, to_json
from sladsl.runners.local import run, stream_spec
from sladsl.source import Source
from sladsl.streams.accounting import Accounting
from sladsl.streams.model import Batch, Vocabulary
from sladsl.streams.read import read, units
from sladsl.streams.sources import SourceSpec, parse_data


def plan_of(text: str, name: str = "policy.sla") -> Plan:
    """The plan of an agreement's text."""
    contract, findings = examine(Source(name, text))
    if contract is None:
        raise ValueError("\n".join(f.message for f in findings))
    return compiled(contract)


def instant(date: str, zone: str) -> int:
    """The first instant of a day (ns)."""
    from sladsl.cli.moments import moment

    return moment(date, zone, "as of")


def sources_of(plan: Plan, stream: str, path: str) -> dict[str, SourceSpec]:
    """Where a plan's stream is."""
    specs = {s.name: stream_spec(s) for s in plan.streams}
    return parse_data([f"{stream}={path}"], specs)


def evaluated(policy: Path, stream: str, path: str, as_of: str) -> bytes:
    """The report that `sladsl eval --format json` prints."""
    plan = plan_of(policy.read_text("utf-8"), str(policy))
    options = Options(as_of=instant(as_of, plan.zone))
    done = evaluate(plan, sources_of(plan, stream, path), options)
    found: bytes = encode(to_json(done.judgement, done.statements))
    return found


def remembered(policy: Path, stream: str, path: str, as_of: str) -> Callable[[], bytes]:
    """The same, as a call, on an Arrow file, which isn't packed and lies in the page cache."""
    return lambda: evaluated(policy, stream, path, as_of)


# ---- parts, for the benches of stages ----


def batches_of(plan: Plan, stream: str, path: str, vocabulary: Vocabulary) -> Iterator[Batch]:
    """A stream's batches, one after the other."""
    spec = next(stream_spec(s) for s in plan.streams if s.name == stream)
    source = sources_of(plan, stream, path)[stream]
    accounting = Accounting(stream=stream, with_digest=False)
    return read(source, spec, vocabulary, accounting)


def units_of(plan: Plan, stream: str, path: str) -> Sequence[Any]:
    """A stream's units, each of which can be read by itself."""
    spec = next(stream_spec(s) for s in plan.streams if s.name == stream)
    source = sources_of(plan, stream, path)[stream]
    return units(source, spec, Vocabulary(), Accounting(stream=stream, with_digest=False))


def folds_of(plan: Plan, vocabulary: Vocabulary, as_of: str) -> Any:
    """Empty states of a plan."""
    from sladsl.runners.tables import empty_folds

    known = instant(as_of, plan.zone)
    until = {stream.name: known for stream in (*plan.streams, *plan.derived)}
    return empty_folds(plan, vocabulary, known, until, 100_000, ordered=True, once=False)


def run_of(plan: Plan, stream: str, path: str, as_of: str) -> Any:
    """The folded states of a file."""
    return run(plan, sources_of(plan, stream, path), as_of=instant(as_of, plan.zone))


def judged(plan: Plan, done: Any) -> tuple[list[Any], dict[Any, Any]]:
    """Verdicts, and the figures that they rest on."""
    from sladsl.folds.model import grain_of
    from sladsl.verdicts.judge import judge

    folded = {grain: done.folds.folded(grain) for grain in map(grain_of, plan.requirements)}
    found: list[Any] = []
    for requirement in plan.requirements:
        grain = grain_of(requirement)
        groups = done.folds.existing(grain, requirement.formula)
        touched = done.folds.touched(requirement.formula)
        found += judge(plan, requirement, folded[grain], groups, done.as_of, touched)
    return found, folded


def live(policy: Path, stream: str, batches: list[Any], as_of: str) -> dict[str, Any]:
    """The report on events that came in batches: Arrow's, or lines of JSON."""
    raise NotImplementedError("batches as they come are not taken yet")


def parsed(report: bytes) -> dict[str, Any]:
    """A report as data."""
    found: dict[str, Any] = json.loads(report)
    return found
