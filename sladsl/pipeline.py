"""The passes in order: text, tree, contract, plan, states, verdicts, money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from sladsl.contract.check import check, check_library
from sladsl.contract.imports import Read
from sladsl.contract.levels import with_levels
from sladsl.contract.libraries import is_library
from sladsl.contract.model import Contract
from sladsl.diagnostics import Diagnostic, Refused
from sladsl.records import Record
from sladsl.source import Source
from sladsl.syntax.parse import parse

if TYPE_CHECKING:  # what evaluation needs is imported only where something is evaluated
    from sladsl.credits.life import Life
    from sladsl.credits.model import Statement
    from sladsl.folds.model import Folded, GrainKey
    from sladsl.plan.model import Plan, Requirement
    from sladsl.runners.local import Run
    from sladsl.streams.accounting import Reject
    from sladsl.streams.sources import SourceSpec
    from sladsl.verdicts.model import Verdict
    from sladsl.verdicts.result import Judged, Judgement

__all__ = ["Evaluation", "Options", "compiled", "evaluate", "examine"]


class Options(Record):
    """What a caller may choose of an evaluation. `as_of` is ns; None: from the rows.

    `as_of_given`: whether somebody named it, and another evaluation didn't find it out.
    """

    as_of: int | None = None
    as_of_given: bool = True
    max_rejected: int | str | None = None
    max_groups: int = 100_000
    on_reject: Callable[[Reject], None] | None = None
    stdin: BinaryIO | None = None
    #: threads that read and fold (None: one for each processor), and bytes of a stream that are
    #: held rather than read again: neither changes what anything comes to
    threads: int | None = None
    held: int = 64 << 20
    #: whether the content of the streams is digested, for the evidence; it takes time
    digested: bool = True
    #: the time [start, end) of the rows that are digested (ns; None: all of them)
    stretch: tuple[int, int] | None = None
    #: whether the fee of each month that is over is a line of its own
    with_fee: bool = False
    #: called with the rows of each batch that was read, by any thread
    tick: Callable[[int], None] | None = None


class Evaluation(Record):
    """What an evaluation found out, what it is worth, and what both were worked out from."""

    judgement: Judgement
    statements: tuple[Statement, ...]
    judged: tuple[Judged, ...] = ()
    run: Run | None = None
    #: what became of the agreement
    life: Life | None = None
    #: the plan by which was judged: of what is signed, for the term as it was renewed
    plan: Plan | None = None


def examine(
    source: Source, read: Read | None = None, *, library: bool = False
) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """The contract in a text and all findings; no contract where one of them is an error.

    `read` gives the texts of what it is based on, and of what it imports. `library`: it may be
    one, which has no contract and isn't wrong for that.
    """
    policy, findings = parse(source)
    if policy is None:
        return None, findings
    whole, findings = (policy, ()) if read is None else with_levels(policy, read)
    if whole is None:
        return None, findings
    if library and is_library(policy):
        return None, (*findings, *check_library(whole))
    contract, more = check(whole)
    return contract, (*findings, *more)


def compiled(contract: Contract, obligations: Iterable[str] = (), *, digested: bool = True) -> Plan:
    """The plan for some obligations (none named: all). Raises `Refused`.

    `digested`: whether it is to know the policy's digest, which takes a moment.
    """
    from sladsl.plan.compile import compile_contract

    plan, findings = compile_contract(contract, obligations, digested=digested)
    if plan is None:
        raise Refused(*findings)
    return plan


def evaluate(plan: Plan, sources: Mapping[str, SourceSpec], options: Options) -> Evaluation:
    """Verdicts and money of an agreement on measurements. Raises `Refused`.

    By the amendments that are signed by as-of, and for as long as the term was renewed by then.
    """
    from sladsl.signatures import evaluate_as_signed

    return evaluate_as_signed(plan, sources, options, evaluate_for_term)


def evaluate_for_term(
    plan: Plan,
    sources: Mapping[str, SourceSpec],
    options: Options,
    notice_since: int | None = None,
) -> Evaluation:
    """Verdicts and money of a plan for its term, whatever is signed. Raises `Refused`."""
    if plan.baselines:
        from sladsl.baselines import with_baselines

        compared, options, seen = with_baselines(plan, sources, options, evaluate_for_term)
        whole = evaluate_for_term(compared, sources, options, notice_since)
        return whole.but(judgement=whole.judgement.but(baselines=seen))
    from sladsl.credits.life import lived
    from sladsl.credits.settle import settle
    from sladsl.occasions import asked, many_times
    from sladsl.runners.local import within_limits
    from sladsl.verdicts.result import Judgement, late_seen

    if asked(plan):
        options = many_times(sources, options)
    done = _run(plan, sources, options)
    with within_limits(plan):
        judged, folded, aside = _judged(plan, done)
        order = {obligation.name: number for number, obligation in enumerate(plan.obligations)}
        if plan.deadlines:  # what others require is worked out for the sake of what is shown
            judged = [one for one in judged if one.verdict.obligation in order]
            judged.sort(key=lambda one: (order[one.verdict.obligation], one.verdict.requirement))
        clocks = done.folds.rows.clocks
        statements = settle(
            plan, judged, folded, done.as_of, done.listed, clocks, with_fee=options.with_fee
        )
    judgement = Judgement(
        agreement=plan.agreement,
        policy_digest=plan.digest,
        zone=plan.zone,
        as_of=done.as_of,
        as_of_given=done.as_of_given,
        inputs=done.inputs,
        verdicts=tuple(j.verdict for j in judged),
        obligations=plan.obligations,
        late=late_seen(plan, done.late),
    )
    life = lived(plan, judged, aside, done.listed, done.as_of, notice_since)
    return Evaluation(judgement, statements, tuple(judged), done, life, plan)


def _run(plan: Plan, sources: Mapping[str, SourceSpec], options: Options) -> Run:
    """All streams read and folded; what excuses by the breach of another is found out before."""
    from sladsl.occasions import early
    from sladsl.runners.local import run

    def known(sub: Plan, own: Options) -> tuple[list[Judged], Mapping[GrainKey, Folded]]:
        judged, folded, _ = _judged(sub, _run(sub, sources, own))
        return judged, folded

    return run(
        plan,
        sources,
        as_of=options.as_of,
        as_of_given=options.as_of_given,
        max_rejected=options.max_rejected,
        max_groups=options.max_groups,
        on_reject=options.on_reject,
        stdin=options.stdin,
        threads=options.threads,
        held=options.held,
        with_digest=options.digested,
        stretch=options.stretch,
        tick=options.tick,
        occasions=early(plan, options, known),
    )


def _judged(
    plan: Plan, done: Run
) -> tuple[list[Judged], dict[GrainKey, Folded], dict[Requirement, list[Verdict]]]:
    """All verdicts, the figures behind them, and what nobody owes, but rights depend on."""
    from sladsl.folds.model import grain_of
    from sladsl.plan.uses import grains, measured
    from sladsl.runners.due import context
    from sladsl.verdicts.deadlines import judge_deadlines
    from sladsl.verdicts.judge import judge

    judged: list[Judged] = []
    aside: dict[Requirement, list[Verdict]] = {}
    by = [(grain.period, grain.groups) for grain in grains(plan)]
    folded = {grain: done.folds.folded(grain) for grain in by}
    waiting = {name: spans.waiting for name, spans in done.folds.rows.pauses.items()}
    for requirement in measured(plan):
        grain = grain_of(requirement)
        groups = done.folds.existing(grain, requirement.formula)
        touched = done.folds.touched(requirement.formula)
        found = judge(plan, requirement, folded[grain], groups, done.as_of, touched, waiting)
        if requirement in plan.requirements:
            judged += found
        else:
            aside[requirement] = [one.verdict for one in found]
    if plan.deadlines:
        periods = {kind: found for (kind, _), found in folded.items()}
        by_now = context(plan, done.folds.rows, done.listed)
        judged += judge_deadlines(plan, by_now, judged, periods)
    return judged, folded, aside
