"""This project, by the passes of its own pipeline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sladsl.pipeline import Options, compiled, evaluate, examine
from sladsl.plan.model import Plan
from sladsl.reports.json import encode, to_json
from sladsl.runners.local import stream_spec
from sladsl.source import Source
from sladsl.streams.sources import parse_data


def plan_of(policy: Path) -> Plan:
    """The plan of an agreement."""
    contract, findings = examine(Source(str(policy), policy.read_text("utf-8")))
    if contract is None:
        raise ValueError("\n".join(f.message for f in findings))
    return compiled(contract)


def instant(date: str, zone: str) -> int:
    """The first instant of a day (ns)."""
    from sladsl.cli.moments import moment

    return moment(date, zone, "as of")


def evaluated(policy: Path, stream: str, path: str, as_of: str) -> bytes:
    """The report that `sladsl eval --format json` prints."""
    plan = plan_of(policy)
    sources = parse_data([f"{stream}={path}"], {s.name: stream_spec(s) for s in plan.streams})
    done = evaluate(plan, sources, Options(as_of=instant(as_of, plan.zone)))
    found: bytes = encode(to_json(done.judgement, done.statements))
    return found


__all__ = ["evaluated", "instant", "plan_of"]


def live(policy: Path, stream: str, batches: list[Any], as_of: str) -> dict[str, Any]:
    """The report on events that came in batches: Arrow's, or lines of JSON."""
    raise NotImplementedError("batches as they come are not taken yet")
