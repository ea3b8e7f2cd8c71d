"""Renewal: whether the term runs on, until when notice may be given, what the term becomes.

A period of the calendar is met where every verdict in it is met or excused, and one at least is
met; with no data or a pending one it isn't. Looked at are the last ones before the term's end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from enum import StrEnum

from sladsl.folds.listings import Listed
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Verdict, Word
from sladsl.verdicts.result import Judged
from sladsl.verdicts.rights import end_of, units

__all__ = ["Renewal", "Renewed", "renewal"]


class Renewed(StrEnum):
    """What becomes of the term."""

    RENEWED = "renewed"
    ENDS = "ends"
    OPEN = "open"


class Renewal(Record):
    """The end of a term (ns), and what becomes of it.

    `met` and `open` are how many of the periods looked at are met, or not decided yet. Notice may
    be given until `notice_until`, inclusive; `notice_at` is when it was. `becomes` is the end of
    the term once it is renewed. `why` says what decides.
    """

    plan: p.RenewalPlan
    end: int
    met: int
    open: int
    notice_until: int | None
    notice_at: int | None
    word: Renewed
    becomes: int
    why: str


def renewal(
    plan: p.Plan,
    judged: Iterable[Judged],
    listed: Mapping[p.Listing, Listed],
    as_of: int,
    since: int | None,
) -> Renewal | None:
    """What becomes of the term at its end; None where nothing is agreed of it.

    `since`: until when notice could be given for the end before this one (None: there is none).
    """
    terms, end = plan.renewal, plan.term[1]
    if terms is None or end is None:
        return None
    met, undecided = 0, 0
    if terms.obligation:
        verdicts = [j.verdict for j in judged if j.verdict.obligation == terms.obligation]
        met, undecided = _met(plan, terms, verdicts, as_of)
    until = at = None
    if terms.notices is not None and terms.notice is not None:
        back = terms.notice.but(count=-terms.notice.count)
        until = end_of(end, back, plan.zone)
        times = listed[terms.notices].times.tolist()
        given = [t for t in times if t <= until and (since is None or t > since)]
        at = min(given, default=None)
    word, why = _word(terms, met, undecided, at, until, as_of)
    becomes = end_of(end, terms.length, plan.zone)
    return Renewal(terms, end, met, undecided, until, at, word, becomes, why)


def _word(
    terms: p.RenewalPlan, met: int, undecided: int, at: int | None, until: int | None, as_of: int
) -> tuple[Renewed, str]:
    if at is not None:
        return Renewed.ENDS, "notice was given in time"
    if terms.obligation and met + undecided < terms.met:
        return Renewed.ENDS, f"{terms.obligation} can't be met in {terms.met} of {terms.of}"
    if until is not None and as_of <= until:
        return Renewed.OPEN, "notice may still be given"
    if terms.obligation and met < terms.met:
        return Renewed.OPEN, f"{terms.obligation} is met in {met} of {terms.met} so far"
    return Renewed.RENEWED, "what it depends on is fulfilled"


def _met(
    plan: p.Plan, terms: p.RenewalPlan, verdicts: Iterable[Verdict], as_of: int
) -> tuple[int, int]:
    """How many of the last periods of the term are met, and how many aren't decided."""
    end = plan.term[1]
    assert end is not None
    table = units(plan, terms.unit, as_of)
    starts, ends = table.starts.tolist(), table.ends.tolist()
    words: dict[int, set[Word]] = {}
    for verdict in verdicts:
        last = max(verdict.period.end - 1, verdict.period.start)
        words.setdefault(bisect_right(starts, last) - 1, set()).add(verdict.word)
    met = undecided = 0
    for number in range(max(len(starts) - terms.of, 0), len(starts)):
        found = words.get(number, set())
        if ends[number] > as_of or Word.PENDING in found:
            undecided += Word.BREACHED not in found
        elif Word.MET in found and found <= {Word.MET, Word.EXCUSED}:
            met += 1
    return met, undecided
