"""By which terms an agreement is evaluated: those that are signed by as-of, renewed by then.

What late signatures change of the time before is restated.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sladsl.credits.restated import Restatement, restated
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.plan.model import Plan, agreed_at
from sladsl.source import Place
from sladsl.streams.accounting import Reject
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.renewal import Renewed

if TYPE_CHECKING:
    from sladsl.pipeline import Evaluation, Options

__all__ = ["evaluate_as_signed"]

Sources: TypeAlias = Mapping[str, SourceSpec]


class Evaluate(Protocol):
    """Evaluates a plan for its term; notice for its end counts from an instant on (ns)."""

    def __call__(
        self, plan: Plan, sources: Sources, options: Options, notice_since: int | None = None
    ) -> Evaluation: ...


def evaluate_as_signed(
    plan: Plan, sources: Sources, options: Options, evaluate: Evaluate
) -> Evaluation:
    """An evaluation by the amendments that are signed by as-of. Raises `Refused`.

    Where as-of isn't named, it is the newest event of what is judged by: of the latest state of
    the signatures that had come about by then.
    """
    again = bool(plan.earlier) or plan.renewal is not None
    if again and options.stdin is not None and any(s.path == "-" for s in sources.values()):
        options = options.but(stdin=BytesIO(options.stdin.read()))  # read for each of the terms
    done = _evaluated(plan, sources, options, evaluate)
    if not plan.earlier or done.life is None:
        return done
    options = _as_known(options, done)
    late = _restatements(plan, sources, options, evaluate, done)
    unsigned = tuple(a for a in plan.amendments if a.signed > done.judgement.as_of)
    return done.but(life=done.life.but(restatements=late, unsigned=unsigned))


def _as_known(options: Options, done: Evaluation) -> Options:
    """The options of an evaluation of the same that is known, of which nothing is told again."""
    known = done.judgement
    return options.but(
        as_of=known.as_of, as_of_given=known.as_of_given, on_reject=None, digested=False
    )


def _evaluated(plan: Plan, sources: Sources, options: Options, evaluate: Evaluate) -> Evaluation:
    """By the terms that are signed by as-of."""
    if not plan.earlier:
        return _renewed(evaluate, plan, sources, options)
    if options.as_of is not None:
        agreed = agreed_at(plan, options.as_of)
        if not agreed.obligations:
            raise _nothing(plan, options.as_of)
        return _renewed(evaluate, agreed, sources, options)
    signed = [None, *(earlier.before for earlier in plan.earlier)]
    plans = [*(earlier.plan for earlier in plan.earlier), plan]
    for agreed, since in reversed(list(zip(plans, signed, strict=True))):
        if not agreed.obligations:
            continue
        rejects: list[Reject] = []
        held = options if options.on_reject is None else options.but(on_reject=rejects.append)
        done = _renewed(evaluate, agreed, sources, held)
        if since is None or done.judgement.as_of >= since:
            for reject in rejects:
                if options.on_reject is not None:
                    options.on_reject(reject)
            return done
    raise _nothing(plan, options.as_of)


def _renewed(evaluate: Evaluate, plan: Plan, sources: Sources, options: Options) -> Evaluation:
    """For the term of a plan, which runs on as often as it was renewed by as-of."""
    done = _fresh(evaluate, plan, sources, options, None)
    ends = []
    while done.life is not None and done.life.renewals:
        (end,) = done.life.renewals
        ends.append(end)
        if end.word is not Renewed.RENEWED or done.judgement.as_of < end.end:
            break
        plan = plan.but(term=(plan.term[0], end.becomes))
        inputs, known = done.judgement.inputs, _as_known(options, done)
        done = _fresh(evaluate, plan, sources, known, end.notice_until)
        digests = {seen.stream: seen.digest for seen in inputs}
        seen = tuple(s.but(digest=digests.get(s.stream, s.digest)) for s in done.judgement.inputs)
        done = done.but(judgement=done.judgement.but(inputs=seen))
    if done.life is None:
        return done
    return done.but(life=done.life.but(renewals=tuple(ends)))


def _fresh(
    evaluate: Evaluate, plan: Plan, sources: Sources, options: Options, since: int | None
) -> Evaluation:
    if isinstance(options.stdin, BytesIO):
        options.stdin.seek(0)
    return evaluate(plan, sources, options, since)


def _restatements(
    plan: Plan, sources: Sources, options: Options, evaluate: Evaluate, done: Evaluation
) -> tuple[Restatement, ...]:
    """What amendments for a time before their signature change, by the time of the signature.

    Both sides are what the measurements say that are known now: the difference is the amendment's.
    """
    assert options.as_of is not None
    agreed = agreed_at(plan, options.as_of)
    late = [a for a in agreed.amendments if a.since < a.signed]
    found = []
    known: dict[int, Evaluation] = {id(agreed): done}
    for signed in sorted({a.signed for a in late}):
        sides = []
        for side in (agreed_at(plan, signed - 1), agreed_at(plan, signed)):
            if id(side) not in known and side.obligations:
                known[id(side)] = _renewed(evaluate, side, sources, options)
            one = known.get(id(side))
            sides.append(((), ()) if one is None else (one.judgement.verdicts, one.statements))
        own = tuple(a for a in late if a.signed == signed)
        found.append(restated(own, signed, *sides))
    return tuple(found)


def _nothing(plan: Plan, as_of: int | None) -> Refused:
    """Nothing of what was asked for was agreed by as-of."""
    later = [a for a in plan.amendments if as_of is None or a.signed > as_of]
    verb = "isn't" if len(later) == 1 else "aren't"
    names = ", ".join(f"`{a.name}`" for a in later)
    return Refused(
        Diagnostic(
            "SLA609",
            f"nothing of this is agreed by then in `{plan.agreement}`",
            Label(Place(later[0].at), f"{names} {verb} signed by as-of"),
            help="name a later `--as-of`, or other obligations",
        )
    )
