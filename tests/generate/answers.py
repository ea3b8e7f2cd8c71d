"""What the engine and the oracle say of an example, in one form; and how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from generate.files import written
from generate.rows import Row

import oracle
from sladsl.credits.model import Statement
from sladsl.diagnostics import Refused
from sladsl.pipeline import Evaluation, Options, compiled, evaluate, examine
from sladsl.plan import model as p
from sladsl.reports.json import encode, to_json
from sladsl.source import Source
from sladsl.verdicts.model import Figure, Verdict

__all__ = ["Answer", "Way", "as_bytes", "differences", "engine", "oracle_or_refusal", "plan_of"]

Answer: TypeAlias = "dict[str, Any] | str"

#: Files in memory, where the machine has that.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

#: What a refusal by the engine is in the oracle's words.
#: Where rows are wrong in both ways, either may be told of.
OF_ROWS = {"refused: conflict", "refused: a negative duration"}
REFUSALS = {
    "SLA601": "conflict", "SLA604": "nothing known", "SLA524": "a negative duration",
    "SLA609": "nothing is agreed",
}  # fmt: skip


def plan_of(text: str) -> p.Plan:
    contract, findings = examine(Source("a.sla", text))
    errors = [f for f in findings if f.severity == "error"] if contract is None else []
    assert contract is not None, f"{text}\n" + "\n".join(f"{f.code} {f.message}" for f in errors)
    return compiled(contract)


# ---- the engine --------------------------------------------------------------------------------


class Way:
    """A way to run the engine: the format of its files, how they are cut, how many threads.

    Whether rows are `held` in memory, or read again where they are needed again.
    """

    def __init__(
        self, form: str = "arrow", cut: Random | None = None, threads: int = 1, *, held: bool = True
    ) -> None:
        self.form = form
        self.cut = cut
        self.threads = threads
        self.held = held

    def __repr__(self) -> str:
        cut = "whole" if self.cut is None else "cut"
        held = "held" if self.held else "read again"
        return f"{self.form}, {cut}, {self.threads} threads, {held}"

    def run(self, plan: p.Plan, rows: Mapping[str, Sequence[Row]], as_of: int | None) -> Evaluation:
        """Raises `Refused`."""
        with TemporaryDirectory(dir=MEMORY) as folder:
            sources = written(plan, rows, Path(folder), self.form, self.cut)
            options = Options(as_of=as_of, threads=self.threads)
            if not self.held:
                options = options.but(held=0)
            return evaluate(plan, sources, options)


def as_bytes(found: Evaluation) -> bytes:
    """What the command would print."""
    return encode(to_json(found.judgement, found.statements, found.life))


def refusal(refused: Refused) -> str:
    found = sorted({REFUSALS.get(d.code, d.code + d.message) for d in refused.diagnostics})
    return "refused: " + ", ".join(found)


def engine(
    plan: p.Plan, rows: Mapping[str, Sequence[Row]], as_of: int | None, way: Way | None = None
) -> Answer:
    try:
        return said_by_engine((way or Way()).run(plan, rows, as_of))
    except Refused as refused:
        return refusal(refused)


def said_by_engine(found: Evaluation) -> dict[str, Any]:
    verdicts = {}
    where = {}
    dues = []
    for v in found.judgement.verdicts:
        if v.instance is not None:
            i = v.instance
            late = None if v.value is None else int(v.value.value * 10**9)
            dues.append((
                v.obligation, v.requirement, i.since, i.due, i.done or 0, str(i.state), str(v.word),
                late, _trigger(i.about), v.breached_at or 0, v.evidence.at,
                sorted(((x.by, x.at), x.time) for x in v.evidence.excluded),
            ))  # fmt: skip
            continue
        key = v.obligation, v.requirement, v.period.start, v.period.end, v.group
        where[v.obligation, v.requirement, v.group, v.period.label] = v.period.start, v.period.end
        e = v.evidence
        verdicts[key] = {
            "word": str(v.word), "final": v.final,
            "value": v.value and (v.value.numerator, v.value.denominator),
            "best": v.best and v.best.value, "worst": v.worst and v.worst.value,
            "rows": e.rows, "measured": e.measured or 0, "failing": e.failing or 0,
            "undecided": e.undecided, "reason": v.reason, "method": e.method, "at": e.at,
            "promise": (v.title, v.metric, v.debtor, v.creditor, v.operator, v.target.value),
            "units": [f and (f.kind, f.unit) for f in (v.value, v.best, v.worst, v.target)],
            "counted": _counted(v.value),
            "outages": sorted(
                (tuple(t for _, t in o.group), o.start, o.end, o.counted, o.open, o.no_data,
                 tuple(sorted(((x.by, x.at), x.time) for x in o.excluded)), o.since or 0)
                for o in e.outages
            ),
            "excluded": sorted((x.by, x.at, x.time, x.rows) for x in e.excluded),
            "breached at": v.breached_at,
            "excuse": e.excuse and (str(e.excuse.word), e.excuse.value and e.excuse.value.value),
        }  # fmt: skip
    statements = {
        (s.period.start, s.period.end, s.period.label, s.direction, s.payer, s.payee, _unit(s)): (
            s.payable,
            sorted(
                (line.obligation, line.requirement, line.group,
                 where.get(
                     (line.obligation, line.requirement, line.group, line.period),
                     (s.period.start, s.period.end),
                 ),
                 line.tier if line.requirement else "", line.amount, str(line.claimed),
                 line.until is not None)
                for line in s.lines
            ),
            sorted(step.step for step in s.steps if step.step in ("held", "unused")),
        )
        for s in found.statements
    }  # fmt: skip
    assert len(verdicts) + len(dues) == len(found.judgement.verdicts)
    return {
        "as_of": found.judgement.as_of, "verdicts": verdicts, "statements": statements,
        "life": _life(found), "deadlines": {"all": sorted(dues)},
    }  # fmt: skip


def _unit(statement: Statement) -> str:
    """What service is counted in; "": it is money."""
    words = {"days of service": "day", "months of service": "month"}
    return words.get(statement.currency, "")


def _trigger(about: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What started a deadline; periods are called otherwise by the oracle."""
    return [(name, value) for name, value in about if name != "period"]


def _life(found: Evaluation) -> dict[str, Any]:
    """What became of the agreement, as the oracle says it."""
    life = found.life
    assert life is not None
    return {
        "rights": sorted(
            (one.remedy.name, r.since, r.until or 0, len(r.by), r.group, r.open)
            for one in life.rights for r in one.rights
        ),
        "renewals": [
            (r.end, str(r.word), r.met, r.open, r.notice_at, r.notice_until, r.becomes)
            for r in life.renewals
        ],
        "reviews": [
            (r.due, r.is_due, sorted(
                (x.verdict.obligation, x.verdict.requirement, str(x.standing), x.periods,
                 x.breached)
                for x in r.promises if x.verdict.instance is None
            ))
            for r in life.reviews
        ],
        "restated": [
            (r.signed, r.looked_at, sorted(
                _changed(v) for pair in r.verdicts for v in [pair.now or pair.before]
                if v is not None
            ))
            for r in life.restatements
        ],
    }  # fmt: skip


def _changed(v: Verdict) -> tuple[Any, ...]:
    if v.instance is None:
        return v.obligation, v.requirement, v.group, v.period.start, v.period.end
    return v.obligation, v.requirement, tuple(_trigger(v.instance.about)), v.instance.since


def _counted(figure: Figure | None) -> str:
    if figure is None or not figure.counted:
        return ""
    return "time" if figure.time else "rows"


# ---- the oracle --------------------------------------------------------------------------------


def oracle_or_refusal(
    plan: p.Plan, rows: Mapping[str, Sequence[Row]], as_of: int | None
) -> oracle.Answer | str:
    try:
        return oracle.evaluate(plan, rows, as_of)
    except oracle.Refusal as refused:
        return f"refused: {refused.args[0]}"


def _promise(r: oracle.Result) -> tuple[Any, ...]:
    q = r.requirement
    return q.title, q.metric, q.debtor, q.creditor, q.operator, r.target


def _units(r: oracle.Result) -> list[tuple[str, str] | None]:
    """Of the value (a count has none), the best, the worst and the target."""
    own = r.requirement.kind, r.requirement.unit
    value = (own[0], "") if r.counted else own
    return [
        value if r.value is not None else None,
        *(None if figure is None else own for figure in (r.best, r.worst)),
        own,
    ]


def said_by_oracle(found: oracle.Answer | str) -> Answer:
    if isinstance(found, str):
        return found
    verdicts = {
        (r.obligation, r.number, r.start, r.end, r.group): {
            "word": r.word, "final": r.final, "value": r.value, "best": r.best, "worst": r.worst,
            "rows": r.rows, "measured": r.measured, "failing": r.failing,
            "undecided": r.undecided, "reason": r.reason,
            "method": r.method, "at": r.requirement.at, "promise": _promise(r), "units": _units(r),
            "breached at": r.breached_at, "excuse": r.excused,
            "counted": r.counted, "outages": sorted((*o[:-1], o.since or 0) for o in r.outages),
            "excluded": sorted(
                (*key, r.time_out.get(key, 0), r.rows_out.get(key, 0))
                for key in r.time_out.keys() | r.rows_out.keys()
            ),
        }
        for r in found.results
    }  # fmt: skip
    statements = {
        (
            s.start, s.end, s.label, oracle.TOTALS.get(s.direction, s.direction), s.payer, s.payee,
            s.unit,
        ): (
            s.payable,
            sorted(
                (line.obligation, line.number, line.group,
                 (s.start, s.end) if isinstance(line.result, oracle.Due)
                 else (line.start, line.end), line.tier, line.payable,
                 str(line.claimed), line.claimable)
                for line in s.lines
            ),
            sorted(s.notes),
        )
        for s in found.statements
    }  # fmt: skip
    life = {
        "rights": found.rights, "renewals": found.renewals, "reviews": found.reviews,
        "restated": found.restated,
    }  # fmt: skip
    dues = [
        (d.plan.obligation, d.plan.number, d.since, d.due, d.done or 0, d.state, d.word,
         None if d.done is None or d.state == "pending" else d.late, _trigger(d.about),
         d.last if d.word == "breached" else 0, d.plan.at, sorted(d.excluded.items()))
        for d in found.dues
    ]  # fmt: skip
    return {
        "as_of": found.as_of, "verdicts": verdicts, "statements": statements, "life": life,
        "deadlines": {"all": sorted(dues)},
    }  # fmt: skip


def differences(said: Answer, found: oracle.Answer | str) -> list[str]:
    """Where the engine and the oracle don't say the same, a few lines each."""
    expected = said_by_oracle(found)
    if isinstance(said, str) or isinstance(expected, str):
        both = {said, expected} if isinstance(said, str) and isinstance(expected, str) else set()
        if said == expected or both == OF_ROWS:
            return []
        return [f"engine {said!s:.500}\n  oracle {expected!s:.500}"]
    differing = []
    if said["as_of"] != expected["as_of"]:
        differing.append(f"as-of: engine {said['as_of']}, oracle {expected['as_of']}")
    for part in ("verdicts", "statements", "life", "deadlines"):
        for key in sorted({*said[part], *expected[part]}):
            a, b = said[part].get(key), expected[part].get(key)
            if a == b:
                continue
            if isinstance(a, dict) and isinstance(b, dict):
                a = {name: content for name, content in a.items() if content != b[name]}
                b = {name: b[name] for name in a}
            differing.append(f"{part} {key}\n  engine {a}\n  oracle {b}")
    return differing
