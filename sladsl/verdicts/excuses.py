"""Breaches judged again without the time that another party is to answer for."""

from __future__ import annotations

from collections.abc import Sequence

from sladsl.plan import model as p
from sladsl.verdicts.model import Excuse, Figure, Verdict, Word

__all__ = ["excused"]


def excused(
    verdict: Verdict, word: Word, value: Figure | None, excuses: Sequence[p.Pause]
) -> Verdict:
    """A breach, where excuses make of it `word` at `value`.

    It is excused only if it is met with them; what they may still cover isn't decided.
    """
    names = tuple(dict.fromkeys(p.excused_by(pause.stream) for pause in excuses))
    evidence = verdict.evidence.but(excuse=Excuse(names, word, value))
    by = ", ".join(names)
    match word:
        case Word.MET:
            reason = f"met but for breaches of {by}"
            return verdict.but(
                word=Word.EXCUSED, evidence=evidence, reason=reason, breached_at=None
            )
        case Word.PENDING:
            reason = f"breaches of {by} may still excuse it"
            return verdict.but(
                word=Word.PENDING, final=False, evidence=evidence, reason=reason, breached_at=None
            )
        case _:
            return verdict.but(evidence=evidence)
