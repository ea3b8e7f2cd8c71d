"""This project, by the passes of its own pipeline, and its parts one by one."""

from __future__ import annotations

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


def evaluated(policy: Path, stream: str, path: str, as_of: str, *, digested: bool) -> bytes:
    """The report that `sladsl eval --format json` prints.

    No rival digests what it reads, so that this is left out where the same work is compared.
    """
    plan = plan_of(policy.read_text("utf-8"), str(policy))
    options = Options(as_of=instant(as_of, plan.zone), digested=digested)
    done = evaluate(plan, sources_of(plan, stream, path), options)
    found: bytes = encode(to_json(done.judgement, done.statements))
    return found


def evaluated_later(
    policy: Path, stream: str, path: str, as_of: str, *, digested: bool
) -> Callable[[], bytes]:
    """The same, as a call."""
    return lambda: evaluated(policy, stream, path, as_of, digested=digested)


def remembered(
    policy: Path, stream: str, path: str, as_of: str, *, digested: bool
) -> Callable[[], bytes]:
    """The same, on an Arrow table that is in memory."""
    import pyarrow as pa

    from sladsl.runners import local
    from sladsl.streams.read import units_in_memory

    with pa.OSFile(path) as file:
        table = pa.ipc.open_file(file).read_all()
    held = table.to_batches()

    def units_held(*given: Any, **_: Any) -> Sequence[Any]:
        return units_in_memory(held, table.schema, *given)

    def work() -> bytes:
        local.units = units_held  # type: ignore[assignment]  # where a run gets its rows from
        return evaluated(policy, stream, path, as_of, digested=digested)

    return work


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


def folds_of(plan: Plan, vocabulary: Vocabulary, as_of: str, *, once: bool = False) -> Any:
    """Empty states of a plan."""
    from sladsl.runners.tables import empty_folds

    known = instant(as_of, plan.zone)
    until = {stream.name: known for stream in (*plan.streams, *plan.derived)}
    return empty_folds(plan, vocabulary, known, until, 100_000, ordered=True, once=once)


def run_of(plan: Plan, stream: str, path: str, as_of: str) -> Any:
    """The folded states of a file."""
    return run(plan, sources_of(plan, stream, path), as_of=instant(as_of, plan.zone))


def judged(plan: Plan, figures: Any) -> tuple[list[Any], dict[Any, Any]]:
    """Verdicts, and the figures that they rest on."""
    from sladsl.folds.model import grain_of
    from sladsl.verdicts.judge import judge

    folded = {grain: figures.folded(grain) for grain in map(grain_of, plan.requirements)}
    found: list[Any] = []
    for requirement in plan.requirements:
        grain = grain_of(requirement)
        groups = figures.existing(grain, requirement.formula)
        touched = figures.touched(requirement.formula)
        found += judge(plan, requirement, folded[grain], groups, figures.rows.as_of, touched)
    return found, folded


class _Arriving:
    """Lines as they come through a pipe: each read gives those that are there."""

    def __init__(self, batches: list[bytes]) -> None:
        self.left = iter(batches)

    def read(self, _: int = -1) -> bytes:
        """The next lines; empty at the end."""
        return next(self.left, b"")


def live(policy: Path, stream: str, batches: list[Any], as_of: str) -> list[Any]:
    """The verdicts on events that come in batches: Arrow's, or lines of JSON.

    Each batch is read and folded before the next one is looked at.
    """
    from sladsl.folds.derive import as_known, computed
    from sladsl.folds.figures import Figures
    from sladsl.runners.inputs import stream_spec as spec_of
    from sladsl.streams.read import units_in_memory

    plan = plan_of(policy.read_text("utf-8"), str(policy))
    vocabulary = Vocabulary()
    folds = folds_of(plan, vocabulary, as_of, once=True)
    (source,) = (one for one in plan.streams if one.name == stream)
    spec = spec_of(source)
    accounting = Accounting(stream=stream, with_digest=False)
    coming: Iterator[Batch]
    if isinstance(batches[0], bytes):
        place = SourceSpec(stream, "-", format="jsonl")
        pipe: Any = _Arriving(batches)
        coming = read(place, spec, vocabulary, accounting, stdin=pipe)
    else:
        place = SourceSpec(stream, "live.arrow", format="arrow")
        rows = sum(batch.num_rows for batch in batches)
        (unit,) = units_in_memory(
            batches, batches[0].schema, place, spec, vocabulary, accounting, rows=rows
        )
        coming = unit.batches()
    for batch in coming:
        known, _ = computed(source, as_known(source, batch, folds.rows, True), folds.rows)
        folds.fold(source, known)
    verdicts, _ = judged(plan, Figures(folds))
    return [one.verdict for one in verdicts]
