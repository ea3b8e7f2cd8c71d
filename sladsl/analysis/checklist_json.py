"""A checklist as JSON."""

from __future__ import annotations

from sladsl.analysis.checklist import Clause
from sladsl.credits.life import Life
from sladsl.pipeline import Evaluation
from sladsl.reports.json import FORMAT_VERSION, Document
from sladsl.reports.life_json import life_json
from sladsl.reports.times import iso

__all__ = ["checklist_json"]


def checklist_json(clauses: tuple[Clause, ...], done: Evaluation) -> Document:
    """The clauses, rights, renewals and reviews."""
    judgement = done.judgement
    zone = judgement.zone
    return {
        "format_version": FORMAT_VERSION,
        "policy": {"agreement": judgement.agreement, "digest": judgement.policy_digest},
        "as_of": iso(judgement.as_of, zone),
        "as_of_given": judgement.as_of_given,
        "checklist": [_clause(clause, zone) for clause in clauses],
        **life_json(done.life or Life(), zone),
    }


def _clause(clause: Clause, zone: str) -> Document:
    return {
        "obligation": clause.obligation,
        "requirement": clause.number,
        "title": clause.title,
        "promise": clause.text,
        "by": clause.debtor,
        "to": clause.creditor,
        "roles": {word: list(names) for word, names in clause.roles},
        "records": clause.records,
        "needs": [
            {
                "stream": need.stream,
                "rows": need.rows,
                "newest": None if need.newest is None else iso(need.newest, zone),
            }
            for need in clause.needs
        ],
        "verdicts": {word.replace(" ", "_"): count for word, count in clause.counts},
        "standing": None if clause.standing is None else clause.standing.value,
        "period": clause.latest or None,
        "at": clause.at,
    }
