"""Verdicts, statements and findings as JSON documents, in the form of `schema.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec

from sladsl.credits.life import Life
from sladsl.credits.model import Statement, Step
from sladsl.diagnostics import Diagnostic, Severity, to_dict
from sladsl.folds.course import Time
from sladsl.plan.deadlines import ObligationPlan
from sladsl.reports.baselines import baseline_json
from sladsl.reports.figures import exact, money, seconds, shown
from sladsl.reports.late import late_json
from sladsl.reports.life_json import life_json
from sladsl.reports.statement import ROUNDED
from sladsl.reports.tally import Due, counts, dues, key
from sladsl.reports.times import iso
from sladsl.verdicts.model import (
    Evidence,
    Excluded,
    Figure,
    Instance,
    OutageSeen,
    Verdict,
    Word,
)
from sladsl.verdicts.result import InputSeen, Judgement

__all__ = [
    "FORMAT_VERSION",
    "Document",
    "diagnostics_json",
    "encode",
    "explanation_json",
    "schema",
    "to_json",
]

FORMAT_VERSION = "1.0"

_ROLES = ("responsible", "accountable", "consulted", "informed", "measured", "reported")

Document: TypeAlias = dict[str, Any]

# What JSON allows in a string though it could steer a terminal, or isn't UTF-8.
_STEERING = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_HALVES = re.compile("[\ud800-\udfff]")


def to_json(
    judgement: Judgement, statements: Sequence[Statement], life: Life | None = None
) -> Document:
    """All that one evaluation found out."""
    zone, due = judgement.zone, dues(statements)
    tally = counts(judgement.verdicts)
    late: Document = {} if judgement.late is None else {"late": late_json(judgement.late)}
    if judgement.baselines:
        late["baselines"] = [baseline_json(one, zone) for one in judgement.baselines]
    return {
        "format_version": FORMAT_VERSION,
        "policy": {"agreement": judgement.agreement, "digest": judgement.policy_digest},
        "as_of": iso(judgement.as_of, zone),
        "as_of_given": judgement.as_of_given,
        "inputs": [_input(seen) for seen in judgement.inputs],
        "obligations": [_obligation(duty) for duty in judgement.obligations],
        **late,
        "verdicts": [_verdict(v, due.get(key(v)), zone) for v in judgement.verdicts],
        "statement": [_statement(statement) for statement in statements],
        **life_json(life or Life(), zone),
        "summary": {word.replace(" ", "_"): tally[word] for word in Word},
    }


def diagnostics_json(diagnostics: Iterable[Diagnostic], command: str) -> Document:
    """The findings of a command, in their order."""
    found = [to_dict(diagnostic) for diagnostic in diagnostics]
    weights = [finding["severity"] for finding in found]
    return {
        "format_version": FORMAT_VERSION,
        "command": command,
        "diagnostics": found,
        "summary": {f"{weight}s": weights.count(weight) for weight in Severity},
    }


def explanation_json(code: str, title: str, text: str) -> Document:
    """What `explain` says of one finding."""
    return {
        "format_version": FORMAT_VERSION,
        "explanation": {"code": code, "title": title, "text": text},
    }


def encode(document: Document) -> bytes:
    """A document as UTF-8 with a final line end; nothing in it steers a terminal.

    Half of a surrogate pair, as in the name of a file that isn't UTF-8, becomes the text of
    its escape.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = _STEERING.sub(lambda found: json.dumps(found[0])[1:-1], text)
    text = _HALVES.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text)
    return msgspec.json.format(text.encode(), indent=2) + b"\n"


def schema() -> Document:
    """The JSON Schema that every document of this module follows."""
    text = files("sladsl.reports").joinpath("schema.json").read_bytes()
    document: Document = json.loads(text)
    return document


def _input(seen: InputSeen) -> Document:
    return {
        "stream": seen.stream,
        "rows": seen.rows,
        "used": seen.used,
        "outside": seen.outside,
        "rejected": seen.rejected,
        "duplicates": seen.duplicates,
        "digest": seen.digest,
        "rejects": [
            {"reason": reason, "count": count, "first": first}
            for reason, count, first in seen.rejects
        ],
    }


def _obligation(duty: ObligationPlan) -> Document:
    roles = dict(duty.roles)
    return {
        "name": duty.name,
        "title": duty.title,
        "by": duty.debtor,
        "to": duty.creditor,
        **{word: list(roles.get(word, ())) for word in _ROLES},
        "records": duty.records,
    }


def _verdict(verdict: Verdict, due: Due | None, zone: str) -> Document:
    against = (verdict.operator, verdict.target.value)

    def figure(found: Figure | None) -> Document | None:
        if found is None:
            return None
        unit = found.unit if found.kind == "money" and found.unit else found.kind
        return {"exact": exact(found), "shown": shown(found, against), "unit": unit}

    excuse = verdict.evidence.excuse and {
        "obligations": list(verdict.evidence.excuse.obligations),
        "verdict": verdict.evidence.excuse.word.value,
        "value": figure(verdict.evidence.excuse.value),
    }
    return {
        "obligation": verdict.obligation,
        "requirement": verdict.requirement,
        "by": verdict.debtor,
        "to": verdict.creditor,
        "period": {
            "label": verdict.period.label,
            "start": iso(verdict.period.start, zone),
            "end": iso(verdict.period.end, zone),
        },
        "group": dict(verdict.group),
        "verdict": verdict.word.value,
        "final": verdict.final,
        "value": figure(verdict.value),
        "best": figure(verdict.best),
        "worst": figure(verdict.worst),
        "target": dict(_target(verdict.operator, verdict.target)),
        "evidence": {**_evidence(verdict.evidence, zone), "excuse": excuse},
        "credit": _credit(due),
        "reason": verdict.reason,
        "breached_at": None if verdict.breached_at is None else iso(verdict.breached_at, zone),
        "deadline": None if verdict.instance is None else _instance(verdict.instance, zone),
    }


def _instance(instance: Instance, zone: str) -> Document:
    return {
        "state": instance.state.value,
        "since": iso(instance.since, zone),
        "due": iso(instance.due, zone),
        "done": None if instance.done is None else iso(instance.done, zone),
        "late": _length(instance.late),
        "about": dict(instance.about),
    }


@lru_cache(maxsize=1024)
def _target(operator: str, target: Figure) -> tuple[tuple[str, str], ...]:
    """A target comes again with every period and group."""
    text = shown(target, (operator, target.value))
    return ("op", operator), ("exact", exact(target)), ("shown", text)


def _evidence(evidence: Evidence, zone: str) -> Document:
    return {
        "rows": evidence.rows,
        "measured": _length(evidence.measured),
        "failing": _length(evidence.failing),
        "outages": [_outage(outage, zone) for outage in evidence.outages],
        "excluded": [_excluded(part) for part in evidence.excluded],
        "terms": evidence.terms or None,
        "at": evidence.at,
        "undecided": evidence.undecided,
        "method": evidence.method,
    }


def _length(nanoseconds: Time | None) -> str | None:
    return None if nanoseconds is None else seconds(nanoseconds)


def _outage(outage: OutageSeen, zone: str) -> Document:
    return {
        "start": iso(outage.start, zone),
        "end": iso(outage.end, zone),
        "counted": seconds(outage.counted),
        "excluded": [_excluded(part) for part in outage.excluded],
        "counted_from": None if outage.since is None else iso(outage.since, zone),
        "group": dict(outage.group),
        "open": outage.open,
        "no_data": outage.no_data,
    }


def _excluded(part: Excluded) -> Document:
    """What one exclusion took: time of what was measured, or rows that would have counted."""
    return {"by": part.by, "time": seconds(part.time), "rows": part.rows, "at": part.at}


def _credit(due: Due | None) -> Document | None:
    if due is None:
        return None
    return {
        "tier": due.tier,
        "amount": money(due.amount, due.minor),
        "currency": due.currency,
        "claimed": due.claimed,
    }


def _statement(statement: Statement) -> Document:
    return {
        "period": statement.period.label,
        "direction": statement.direction,
        "lines": [_step(step, statement.minor) for step in statement.steps],
        "payable": money(statement.payable, statement.minor),
        "currency": statement.currency,
        "from": statement.payer,
        "to": statement.payee,
    }


def _step(step: Step, minor: int) -> Document:
    """A step; what it isn't about (an obligation, a requirement, a period) is left out."""
    about: Document = {"step": step.step}
    if step.obligation:
        about["obligation"] = step.obligation
    if step.requirement:
        about["requirement"] = step.requirement
    if step.period:
        about["period"] = step.period
    if step.obligation or step.group:
        about["group"] = dict(step.group)
    decimals = minor if step.step in ROUNDED else None
    return {**about, "detail": step.detail, "amount": money(step.amount, decimals)}
