"""From instances of deadlines to verdicts; breaches and ends of periods as what starts others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sladsl.folds.deadlines import Context, Instances, Occasion, instances
from sladsl.folds.model import Folded
from sladsl.plan import model as p
from sladsl.verdicts.excuses import excused
from sladsl.verdicts.left_out import left_out
from sladsl.verdicts.model import Evidence, Figure, Instance, Period, State, Verdict, Word
from sladsl.verdicts.result import Judged

__all__ = ["judge_deadlines", "occasions"]

_WORDS = {
    State.ON_TIME: Word.MET,
    State.LATE: Word.BREACHED,
    State.MISSED: Word.BREACHED,
    State.PENDING: Word.PENDING,
}
_IN_TIME = Figure(0, 1, "duration")


def judge_deadlines(
    plan: p.Plan, context: Context, judged: Iterable[Judged], periods: Mapping[p.PeriodRule, Folded]
) -> list[Judged]:
    """The verdicts on all deadlines; `judged` are those on figures, `periods` those of the term.

    A deadline that runs from a breach comes after what may have been breached.
    """
    by_name: dict[str, list[Judged]] = {}
    for one in judged:
        by_name.setdefault(one.verdict.obligation, []).append(one)
    found: dict[int, list[Judged]] = {}
    left = list(enumerate(plan.deadlines))
    while left:
        waiting = {deadline.obligation for _, deadline in left}
        ready = [(n, d) for n, d in left if not d.of or d.of not in waiting]
        for number, deadline in ready:
            started = list(occasions(deadline, context.as_of, by_name, periods))
            found[number] = _verdicts(deadline, instances(deadline, context, started))
        for number, deadline in ready:
            by_name.setdefault(deadline.obligation, []).extend(found[number])
        left = [(n, d) for n, d in left if n not in found]
    return [one for number in sorted(found) for one in found[number]]


# ---- what starts a deadline --------------------------------------------------------------------


def occasions(
    deadline: p.DeadlinePlan,
    as_of: int,
    judged: Mapping[str, Sequence[Judged]],
    periods: Mapping[p.PeriodRule, Folded],
) -> Iterator[Occasion]:
    """Breaches, by period and group, and ends of periods, that have come by as-of."""
    first: dict[tuple[int, tuple[tuple[str, str], ...]], int] = {}
    for one in judged.get(deadline.of, ()):
        verdict = one.verdict
        if verdict.word is Word.BREACHED and verdict.breached_at is not None:
            about = verdict.group if verdict.instance is None else verdict.instance.about
            # of an instance that started by other terms the label may be the same
            since = 0 if verdict.instance is None else verdict.instance.since
            key = since, (("period", verdict.period.label), *about)
            first[key] = min(first.get(key, verdict.breached_at), verdict.breached_at)
    for kind in deadline.periods:
        for label, end in zip(periods[kind].labels, periods[kind].ends, strict=True):
            first[0, (("period", label),)] = end
    for (_, about), time in first.items():
        if time <= as_of and p.in_force(deadline, time):
            yield Occasion(time, about)


def _why(*, unsure: bool) -> str:
    """Why an instance is pending."""
    return "it may still be excluded or excused" if unsure else "not done, and not due yet"


# ---- verdicts ----------------------------------------------------------------------------------


def _verdicts(deadline: p.DeadlinePlan, found: Instances) -> list[Judged]:
    """A verdict on each instance."""
    evidence = Evidence(rows=1, at=deadline.at, terms=deadline.terms)
    unanswered = evidence.but(rows=0)
    judged = []
    rows = enumerate(found.rows())
    for index, row in rows:
        since, due, last, done, late, over, covered, unsure, about, label, gone = row
        answered = done is not None
        if unsure:
            state = State.PENDING
        elif over:
            state = State.LATE if answered else State.MISSED
        else:
            state = State.ON_TIME if answered else State.PENDING
        pending = state is State.PENDING
        verdict = Verdict(
            obligation=deadline.obligation,
            requirement=deadline.number,
            title=deadline.title,
            metric=deadline.text,
            debtor=deadline.debtor,
            creditor=deadline.creditor,
            period=Period(label, since, due),
            group=(),
            word=_WORDS[state],
            final=not pending,
            value=Figure(late, 10**9, "duration") if answered and not unsure else None,
            best=None,
            worst=None,
            operator="<=",
            target=_IN_TIME,
            evidence=(evidence if answered else unanswered).but(excluded=left_out(gone)),
            reason=_why(unsure=unsure) if pending else "",
            breached_at=last if over else None,
            instance=Instance(
                state,
                since,
                due,
                done,
                late if answered and not unsure else None,
                about,
                0 if answered else late,
                last,
            ),
        )
        if over and deadline.excuses:
            word = Word.BREACHED
            if covered:
                word = Word.MET if answered else Word.PENDING
            verdict = excused(verdict, word, None, deadline.excuses)
        judged.append(Judged(verdict, deadline, (), index))
    return judged
