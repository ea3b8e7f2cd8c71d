"""Breaches and ends of periods that start what excuses: found out before what they may excuse.

A deadline of the other party may run from a breach. By when it was due, and done, has to be known
before rows are folded without that time; so the obligations that it hangs on are evaluated first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from sladsl.plan.model import DeadlinePlan, Plan, excuse_of
from sladsl.plan.narrow import narrowed
from sladsl.plan.uses import excuses
from sladsl.streams.sources import SourceSpec

if TYPE_CHECKING:
    from sladsl.folds.excuses import Occasions
    from sladsl.folds.model import Folded, GrainKey
    from sladsl.pipeline import Options
    from sladsl.verdicts.result import Judged

__all__ = ["asked", "early", "many_times"]

#: Evaluates a plan: all of its verdicts, and the figures behind them.
Known: TypeAlias = "Callable[[Plan, Options], tuple[list[Judged], Mapping[GrainKey, Folded]]]"


def asked(plan: Plan) -> tuple[DeadlinePlan, ...]:
    """The deadlines that excuse, and that no rows start."""
    names = {pause.stream for pause in excuses(plan)}
    return tuple(
        d for d in plan.deadlines
        if d.anchor in ("breach", "period") and excuse_of(d.obligation) in names
    )  # fmt: skip


def many_times(sources: Mapping[str, SourceSpec], options: Options) -> Options:
    """The same, where standard input is read more than once."""
    if options.stdin is None or all(source.path != "-" for source in sources.values()):
        return options
    return options.but(stdin=BytesIO(options.stdin.read()))


def early(plan: Plan, options: Options, known: Known) -> Callable[[int, bool], Occasions] | None:
    """What starts the deadlines that excuse, by as-of, and whether it was named."""
    deadlines = asked(plan)
    if not deadlines:
        return None

    def found(as_of: int, named: bool) -> Occasions:
        from sladsl.verdicts.deadlines import occasions

        names = {d.of or d.obligation for d in deadlines}
        part = narrowed(plan.but(earlier=()), names).but(payments=(), fees=(), caps=())
        stdin = options.stdin
        own = options.but(
            as_of=as_of, as_of_given=named, on_reject=None, max_rejected=1 << 62, digested=False,
            stretch=None, tick=None,
            stdin=BytesIO(stdin.getvalue()) if isinstance(stdin, BytesIO) else stdin,
        )  # fmt: skip
        judged, folded = known(part, own)
        by_name: dict[str, list[Judged]] = {}
        for one in judged:
            by_name.setdefault(one.verdict.obligation, []).append(one)
        periods = {kind: figures for (kind, _), figures in folded.items()}
        return {d: tuple(occasions(d, as_of, by_name, periods)) for d in deadlines}

    return found
