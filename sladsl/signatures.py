"""Which amendments count: those that are signed by as-of; and what late ones restate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from sladsl.credits.restated import Restatement, restated
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.plan.model import Plan, agreed_at
from sladsl.source import Place
from sladsl.streams.accounting import Reject
from sladsl.streams.sources import SourceSpec

if TYPE_CHECKING:
    from sladsl.pipeline import Evaluation, Options

__all__ = ["evaluate_as_signed"]

Sources: TypeAlias = Mapping[str, SourceSpec]
Evaluate: TypeAlias = "Callable[[Plan, Sources, Options], Evaluation]"


def evaluate_as_signed(
    plan: Plan, sources: Sources, options: Options, evaluate: Evaluate
) -> Evaluation:
    """An evaluation by the amendments that are signed by as-of. Raises `Refused`.

    Where as-of isn't named, it is the newest event of what is judged by: of the latest state of
    the signatures that had come about by then.
    """
    if options.stdin is not None and any(source.path == "-" for source in sources.values()):
        options = options.but(stdin=BytesIO(options.stdin.read()))  # read for each of the terms
    done = _evaluated(plan, sources, options, evaluate)
    as_of = done.judgement.as_of
    again = options.but(
        as_of=as_of, as_of_given=done.judgement.as_of_given, on_reject=None, digested=False
    )
    late = _restatements(plan, sources, again, evaluate, done)
    return done.but(life=done.life.but(restatements=late))


def _evaluated(plan: Plan, sources: Sources, options: Options, evaluate: Evaluate) -> Evaluation:
    """By the terms that are signed by as-of."""
    if options.as_of is not None:
        agreed = agreed_at(plan, options.as_of)
        _something(agreed, plan)
        return _fresh(evaluate, agreed, sources, options)
    stages = [(plan, plan.earlier[-1].before)]
    signed = [*(earlier.before for earlier in plan.earlier[:-1])]
    befores: list[int | None] = [None, *signed]
    states = [(e.plan, since) for e, since in zip(plan.earlier, befores, strict=True)]
    for agreed, since in (*stages, *reversed(states)):
        if not agreed.requirements:
            continue
        rejects: list[Reject] = []
        held = options if options.on_reject is None else options.but(on_reject=rejects.append)
        done = _fresh(evaluate, agreed, sources, held)
        if since is None or done.judgement.as_of >= since:
            for reject in rejects:
                if options.on_reject is not None:
                    options.on_reject(reject)
            return done
    raise _nothing(plan)


def _fresh(evaluate: Evaluate, plan: Plan, sources: Sources, options: Options) -> Evaluation:
    if isinstance(options.stdin, BytesIO):
        options.stdin.seek(0)
    return evaluate(plan, sources, options)


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
            if id(side) not in known and side.requirements:
                known[id(side)] = _fresh(evaluate, side, sources, options)
            one = known.get(id(side))
            sides.append(((), ()) if one is None else (one.judgement.verdicts, one.statements))
        own = tuple(a for a in late if a.signed == signed)
        found.append(restated(own, signed, *sides))
    return tuple(found)


def _something(agreed: Plan, plan: Plan) -> None:
    if not agreed.requirements:
        raise _nothing(plan)


def _nothing(plan: Plan) -> Refused:
    """Nothing of what was asked for was agreed by as-of."""
    later = [a for a in plan.amendments if a.signed > plan.earlier[0].before - 1]
    names = ", ".join(f"`{a.name}`" for a in later)
    return Refused(
        Diagnostic(
            "SLA609",
            f"nothing of this is agreed by then in `{plan.agreement}`",
            Label(Place(later[0].at), f"{names} isn't signed by as-of"),
            help="name a later `--as-of`, or other obligations",
        )
    )
