"""The life of an agreement as JSON: what was restated."""

from __future__ import annotations

from typing import Any, TypeAlias

from sladsl.credits.life import Life
from sladsl.credits.restated import Restated, Restatement
from sladsl.reports.figures import exact, money, shown
from sladsl.reports.times import iso
from sladsl.verdicts.model import Verdict

__all__ = ["life_json"]

Document: TypeAlias = dict[str, Any]


def life_json(life: Life, zone: str) -> Document:
    """What there is to say; parts of which there is nothing are left out."""
    found: Document = {}
    if life.restatements:
        found["restatements"] = [_restatement(one, zone) for one in life.restatements]
    return found


def _restatement(one: Restatement, zone: str) -> Document:
    return {
        "amendments": [
            {"name": a.name, "from": iso(a.since, zone), "at": a.at} for a in one.amendments
        ],
        "signed": iso(one.signed, zone),
        "looked_at": one.looked_at,
        "verdicts": [_restated(pair, zone) for pair in one.verdicts],
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
            for total in one.statements
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
    figure, target = verdict.value, verdict.target
    against = verdict.operator, target.value
    unit = "" if figure is None else figure.kind
    if figure is not None and figure.kind == "money" and figure.unit:
        unit = figure.unit
    return {
        "verdict": verdict.word.value,
        "value": None
        if figure is None
        else {"exact": exact(figure), "shown": shown(figure, against), "unit": unit},
        "target": {
            "op": verdict.operator,
            "exact": exact(target),
            "shown": shown(target, against),
        },
        "terms": verdict.evidence.terms or None,
    }
