"""The life of an agreement as JSON: rights, renewal, reviews, and what was restated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sladsl.credits.life import Life
from sladsl.credits.restated import Payable, Restated, Restatement
from sladsl.reports.figures import exact, money, shown
from sladsl.reports.times import iso
from sladsl.verdicts.model import Figure, Verdict
from sladsl.verdicts.renewal import Renewal, Renewed
from sladsl.verdicts.reviews import Review
from sladsl.verdicts.rights import RemedySeen

__all__ = ["changed_json", "figure_json", "life_json"]

Document: TypeAlias = dict[str, Any]


def life_json(life: Life, zone: str) -> Document:
    """What there is to say; parts of which there is nothing are left out."""
    found: Document = {}
    if life.rights:
        found["rights"] = [_remedy(one, zone) for one in life.rights]
    if life.renewals:
        found["renewals"] = [_renewal(one, zone) for one in life.renewals]
    if life.reviews:
        found["reviews"] = [_review(one, zone) for one in life.reviews]
    if life.restatements:
        found["restatements"] = [_restatement(one, zone) for one in life.restatements]
    if life.unsigned:
        found["unsigned"] = [
            {
                "name": one.name,
                "signed": iso(one.signed, zone),
                "from": iso(one.since, zone),
                "at": one.at,
            }
            for one in life.unsigned
        ]
    if life.left_out:
        found["left_out"] = list(life.left_out)
    return found


def _remedy(one: RemedySeen, zone: str) -> Document:
    return {
        "remedy": one.remedy.name,
        "title": one.remedy.title,
        "party": one.remedy.party,
        "may": one.remedy.act,
        "when": [when.text for when in one.remedy.when],
        "at": one.remedy.at,
        "bad": list(one.bad),
        "rights": [
            {
                "from": iso(right.since, zone),
                "until": None if right.until is None else iso(right.until, zone),
                "open": right.open,
                "by": list(right.by),
                "group": dict(right.group),
                "when": right.text,
            }
            for right in one.rights
        ],
    }


def _renewal(one: Renewal, zone: str) -> Document:
    return {
        "end": iso(one.end, zone),
        "outcome": one.word.value,
        "why": one.why,
        "becomes": iso(one.becomes, zone) if one.word is Renewed.RENEWED else None,
        "obligation": one.plan.obligation or None,
        "met": one.met,
        "open": one.open,
        "needed": one.plan.met,
        "of": one.plan.of,
        "notice_until": None if one.notice_until is None else iso(one.notice_until, zone),
        "notice_at": None if one.notice_at is None else iso(one.notice_at, zone),
        "at": one.plan.at,
    }


def _review(one: Review, zone: str) -> Document:
    return {
        "due": iso(one.due, zone),
        "since": iso(one.since, zone),
        "by": list(one.by),
        "is_due": one.is_due,
        "promises": [
            {
                "obligation": promise.verdict.obligation,
                "requirement": promise.verdict.requirement,
                "standing": promise.standing.value,
                "periods": promise.periods,
                "breached": promise.breached,
                "worst": figure_json(promise.worst, promise.verdict),
                "best": figure_json(promise.best, promise.verdict),
                "baseline": figure_json(promise.baseline, promise.verdict),
            }
            for promise in one.promises
        ],
    }


def figure_json(figure: Figure | None, verdict: Verdict) -> Document | None:
    """A figure that is held against a verdict's target."""
    if figure is None:
        return None
    unit = figure.unit if figure.kind == "money" and figure.unit else figure.kind
    against = verdict.operator, verdict.target.value
    return {"exact": exact(figure), "shown": shown(figure, against), "unit": unit}


def _restatement(one: Restatement, zone: str) -> Document:
    return {
        "amendments": [
            {"name": a.name, "from": iso(a.since, zone), "at": a.at} for a in one.amendments
        ],
        "signed": iso(one.signed, zone),
        "looked_at": one.looked_at,
        **changed_json(one.verdicts, one.statements, zone),
    }


def changed_json(verdicts: Sequence[Restated], totals: Sequence[Payable], zone: str) -> Document:
    """Verdicts and what is payable, before and now."""
    return {
        "verdicts": [_restated(pair, zone) for pair in verdicts],
        "statement": [
            {
                "period": total.period.label,
                "direction": total.direction,
                "from": total.payer,
                "to": total.payee,
                "currency": total.currency,
                "before": money(total.before, total.minor),
                "now": money(total.now, total.minor),
            }
            for total in totals
        ],
    }


def _restated(pair: Restated, zone: str) -> Document:
    one = pair.now or pair.before
    assert one is not None
    return {
        "obligation": one.obligation,
        "requirement": one.requirement,
        "period": {
            "label": one.period.label,
            "start": iso(one.period.start, zone),
            "end": iso(one.period.end, zone),
        },
        "group": dict(one.group),
        "before": _side(pair.before),
        "now": _side(pair.now),
    }


def _side(verdict: Verdict | None) -> Document | None:
    if verdict is None:
        return None
    target, against = verdict.target, (verdict.operator, verdict.target.value)
    return {
        "verdict": verdict.word.value,
        "value": figure_json(verdict.value, verdict),
        "target": {
            "op": verdict.operator,
            "exact": exact(target),
            "shown": shown(target, against),
        },
        "terms": verdict.evidence.terms or None,
    }
