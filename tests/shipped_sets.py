"""The sets of `fixtures/`, each with what was worked out by hand for it, as runs to compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from commands import FIXTURES
from worked import WORKED, differences

from sladsl.contract.model import Contract
from sladsl.pipeline import Options, compiled, evaluate
from sladsl.plan import model as p
from sladsl.plan.uses import streams_at_any_time
from sladsl.reports.json import to_json
from sladsl.runners.local import stream_spec
from sladsl.streams.config import load_config
from sladsl.streams.sources import parse_data

__all__ = ["SetRun", "document_of", "runs", "unlike"]

Judged = tuple[str, str, str | Fraction | None]


class SetRun(NamedTuple):
    """A set, what is asked of it, and how its report differs from what was worked out."""

    data: Path
    as_of: str
    obligation: str | None
    compare: Callable[[dict[str, Any]], list[str]]


def runs(policy: str) -> list[SetRun]:
    """What was worked out for the sets of one policy."""
    found = [
        SetRun(FIXTURES / policy / one.name, one.as_of, one.obligation, _worked(one))
        for one in WORKED
        if one.policy == policy
    ]
    for path in sorted(FIXTURES.glob(f"{policy}/*/expected.json")):
        for run in json.loads(path.read_text("utf-8"))["runs"]:
            found.append(SetRun(path.parent, run["as_of"], run["obligation"], _listed(run)))
    return found


def document_of(
    contract: Contract, run: SetRun, changed: Callable[[p.Plan], p.Plan] | None = None
) -> dict[str, Any]:
    """The report on a set, by a contract or its changed plan. Raises `Refused`."""
    plan = compiled(contract, () if run.obligation is None else (run.obligation,))
    if changed is not None:
        plan = changed(plan)
    specs = {one.name: stream_spec(one) for one in streams_at_any_time(plan)}
    unread = set(contract.streams) - specs.keys()
    config = load_config(run.data / "policy.sla", specs, unread=unread)
    sources = parse_data((str(run.data),), specs, config)
    as_of = datetime.fromisoformat(run.as_of)
    done = evaluate(plan, sources, Options(as_of=int(as_of.timestamp()) * 10**9, digested=False))
    found: dict[str, Any] = json.loads(
        json.dumps(to_json(done.judgement, done.statements, done.life))
    )
    return found


def _worked(one: Any) -> Callable[[dict[str, Any]], list[str]]:
    return lambda document: differences(one, document)


def _listed(run: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    return lambda document: unlike(run, document)


# ---- every verdict of an obligation ----


def unlike(run: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """The verdicts that aren't those of a run in `expected.json`, all of which are listed there."""
    as_of = datetime.fromisoformat(document["as_of"])
    found = dict(
        _judged(v, v["period"]["label"], (v["value"] or {}).get("exact"))
        for v in document["verdicts"]
        # a period that begins at as-of may be shown as pending, or not at all
        if not (v["verdict"] == "pending" and as_of <= datetime.fromisoformat(v["period"]["start"]))
    )
    expected = dict(_judged(v, v["period"], v["exact"]) for v in run["verdicts"])
    both = found.keys() | expected.keys()
    return [
        f"{about}: {found.get(about)}, not {expected.get(about)}"
        for about in sorted(both, key=str)
        if found.get(about) != expected.get(about)
    ]


def _judged(
    verdict: dict[str, Any], period: str, exact: str | None
) -> tuple[tuple[Any, ...], Judged]:
    """What a verdict is about, and what it says; of `uptime_pct` as a number: `1` is `1/1`."""
    group = tuple(sorted((verdict.get("group") or {}).items()))
    about = verdict["obligation"], verdict["requirement"], period, group
    word = verdict["verdict"].replace("_", " ")
    if word in ("pending", "no data") or exact is None:
        return about, (period, word, None)
    value = Fraction(exact) if verdict["obligation"] == "available" else exact
    return about, (period, word, value)
