"""A checklist of an agreement: clause by clause what it needs, and whether it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sladsl.folds.listings import Listed
from sladsl.pipeline import Evaluation
from sladsl.plan import model as p
from sladsl.plan.narrow import narrowed
from sladsl.records import Record
from sladsl.verdicts.model import Verdict, Word

__all__ = ["Clause", "Need", "checklist"]

#: Of the verdicts on a period's groups, the one that says how the clause stands.
_WORST = (Word.BREACHED, Word.NO_DATA, Word.PENDING, Word.EXCUSED, Word.MET)


class Need(Record):
    """A stream that a clause is judged by, its rows and its newest event (ns; None: no row)."""

    stream: str
    rows: int
    newest: int | None


class Clause(Record):
    """A promise of an obligation, and how it stands.

    `text` is the promise as far as a plan knows it; `roles` are who is responsible, measures,
    reports and so on; `records` whose records decide. `counts` are verdicts by their word;
    `standing` is the word of the newest period that is decided (`latest` is its label).
    """

    obligation: str
    number: int
    title: str
    text: str
    debtor: str
    creditor: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    records: str | None
    needs: tuple[Need, ...]
    counts: tuple[tuple[Word, int], ...]
    standing: Word | None
    latest: str
    at: str


def checklist(done: Evaluation) -> tuple[Clause, ...]:
    """The clauses that were judged, in the order of the agreement."""
    plan = done.plan
    assert plan is not None
    newest = _newest(done)
    rows = {seen.stream: seen.rows for seen in done.judgement.inputs}
    verdicts: dict[tuple[str, int], list[Verdict]] = {}
    for verdict in done.judgement.verdicts:
        verdicts.setdefault((verdict.obligation, verdict.requirement), []).append(verdict)
    found = []
    for obligation in plan.obligations:
        bare = plan.but(renewal=None, remedies=(), earlier=())
        read = narrowed(bare, (obligation.name,)).streams
        needs = tuple(Need(s.name, rows.get(s.name, 0), newest.get(s.name)) for s in read)
        for number, text, at in _promises(plan, obligation.name):
            own = verdicts.get((obligation.name, number), [])
            standing, latest = _standing(own)
            found.append(
                Clause(
                    obligation=obligation.name,
                    number=number,
                    title=obligation.title,
                    text=text,
                    debtor=obligation.debtor,
                    creditor=obligation.creditor,
                    roles=obligation.roles,
                    records=obligation.records,
                    needs=needs,
                    counts=tuple((word, sum(v.word is word for v in own)) for word in Word),
                    standing=standing,
                    latest=latest,
                    at=at,
                )
            )
    return tuple(found)


def _promises(plan: p.Plan, obligation: str) -> list[tuple[int, str, str]]:
    """The number, the words and the place of each promise, by the latest terms of it."""
    found: dict[int, tuple[int, str, str]] = {}
    for requirement in plan.requirements:
        if requirement.obligation == obligation:
            text = f"{requirement.metric} {requirement.operator} its target"
            found[requirement.number] = requirement.number, text, requirement.at
    for deadline in plan.deadlines:
        if deadline.obligation == obligation:
            found[deadline.number] = deadline.number, deadline.text, deadline.at
    return [found[number] for number in sorted(found)]


def _newest(done: Evaluation) -> Mapping[str, int]:
    """The newest event of each stream that is known."""
    run = done.run
    assert run is not None
    found = dict(run.folds.newest)
    listed: Mapping[p.Listing, Listed] = run.listed
    for listing, rows in listed.items():
        if rows.length:
            time = int(rows.times[-1])
            found[listing.stream] = max(time, found.get(listing.stream, time))
    return found


def _standing(verdicts: Sequence[Verdict]) -> tuple[Word | None, str]:
    """How the newest period that is decided went, over all groups; else what it is."""
    if not verdicts:
        return None, ""
    decided = [v for v in verdicts if v.word is not Word.PENDING] or list(verdicts)
    last = max(decided, key=lambda v: (v.period.end, v.period.start)).period
    words = {v.word for v in decided if v.period == last}
    return next(word for word in _WORST if word in words), last.label
