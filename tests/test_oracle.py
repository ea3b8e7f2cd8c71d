"""The engine against the oracle: the same rows, the same verdicts, the same money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
from generate.policies import Draft, drafts
from generate.rows import as_ofs, streams
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sladsl.diagnostics import Refused
from sladsl.pipeline import Evaluation, Options, compiled, evaluate, examine
from sladsl.plan import model as p
from sladsl.runners import local
from sladsl.source import Source
from sladsl.streams.model import Batch, Column, StreamSpec, Vocabulary
from sladsl.streams.sources import SourceSpec

Row = dict[str, Any]
EXAMPLES = 400
STEADY = settings(
    max_examples=max(EXAMPLES, settings().max_examples if settings().max_examples > 100 else 0),
    suppress_health_check=list(HealthCheck),
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


# ---- answers in one form ------------------------------------------------------------------------


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


def engine_or_refusal(*arguments: Any) -> dict[str, Any] | str:
    try:
        return said_by_engine(run_engine(*arguments))
    except Refused as refused:
        return "refused " + ", ".join(d.code for d in refused.diagnostics)


def oracle_or_refusal(*arguments: Any) -> dict[str, Any] | str:
    try:
        return said_by_oracle(oracle.evaluate(*arguments))
    except oracle.Refusal as refusal:
        return f"refused {refusal}"


def differences(engine: Any, expected: Any) -> list[str]:
    if isinstance(engine, str) or isinstance(expected, str):
        both = isinstance(engine, str) and isinstance(expected, str)
        return [] if both else [f"engine: {engine}\noracle: {expected}"]
    found = []
    for part in ("as_of",):
        if engine[part] != expected[part]:
            found.append(f"{part}: engine {engine[part]}, oracle {expected[part]}")
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
def cases(draw: st.DrawFn) -> tuple[Draft, dict[str, list[Row]], int | None]:
    draft = draw(drafts())
    return draft, draw(streams(draft)), draw(as_ofs(draft))


def shown(draft: Draft, rows: Mapping[str, Sequence[Row]], as_of: int | None) -> str:
    parts = [draft.text, f"as of {as_of}"]
    for name, own in rows.items():
        parts += [f"{name}:", *(f"  {row}" for row in own)]
    return "\n".join(parts)


@STEADY
@given(cases())
def test_engine_agrees_with_oracle(case: tuple[Draft, dict[str, list[Row]], int | None]) -> None:
    draft, rows, as_of = case
    plan = plan_of(draft.text)
    found = differences(engine_or_refusal(plan, rows, as_of), oracle_or_refusal(plan, rows, as_of))
    assert not found, "\n".join([*found[:5], shown(draft, rows, as_of)])
