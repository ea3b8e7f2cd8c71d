"""Walks as a JSON document, in the form of `reports/schema.json`."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.analysis.model import Part, Turn, Walk
from sladsl.analysis.turning import Change
from sladsl.analysis.why_text import changed
from sladsl.pipeline import Evaluation
from sladsl.reports.figures import money
from sladsl.reports.json import FORMAT_VERSION, Document, to_json
from sladsl.reports.times import iso

__all__ = ["walks_json"]


def walks_json(walks: Sequence[Walk], done: Evaluation) -> Document:
    """The verdicts that were walked, as `eval` shows them, and what each rests on."""
    chosen = tuple(walk.verdict for walk in walks)
    statements = dict.fromkeys(statement for walk in walks for statement, _ in walk.steps)
    whole = to_json(done.judgement.but(verdicts=chosen), tuple(statements))
    return {
        "format_version": FORMAT_VERSION,
        "policy": whole["policy"],
        "as_of": whole["as_of"],
        "walks": [
            {"verdict": verdict, **_walk(walk, done.judgement.zone)}
            for verdict, walk in zip(whole["verdicts"], walks, strict=True)
        ],
        "statement": whole["statement"],
    }


def _walk(walk: Walk, zone: str) -> Document:
    return {
        "promise": walk.promise,
        "formula": walk.formula,
        "tier": walk.tier,
        "parts": [_part(part, zone) for part in walk.parts],
        "due": None if walk.due is None else money(walk.due),
        "turns": [_turn(turn, walk) for turn in walk.turns],
    }


def _part(part: Part, zone: str) -> Document:
    return {
        "measure": part.words,
        "rows": part.cell.rows,
        "counted": f"{part.cell.numerator}/{part.cell.denominator}" if part.cell.counted else None,
        "undecided": part.cell.undecided,
        "against": {
            "rows": part.rows_against or 0,
            "why": part.why_against,
            "first": [
                {
                    "file": row.path,
                    "row": row.row,
                    "time": iso(row.time, zone),
                    "fields": dict(row.fields),
                }
                for row in part.against
            ],
        },
    }


def _turn(turn: Turn, walk: Walk) -> Document:
    return {
        "verdict": turn.word,
        "tier": turn.tier,
        "change": changed(turn.change, walk),
        "of": turn.change.of,
        "by": _number(turn.change),
    }


def _number(change: Change) -> str:
    """By how much, exactly: ns of time, else as counted or in the figure's base unit."""
    return str(change.by) if change.by <= 0 else f"+{change.by}"
