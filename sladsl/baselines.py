"""Baselines are worked out before what is compared with them, from rows of their own time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from sladsl.diagnostics import Refused
from sladsl.plan.baselines import settled
from sladsl.plan.model import BaselinePlan, Plan
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.model import Figure
from sladsl.verdicts.result import BaselineSeen, Judgement

if TYPE_CHECKING:
    from sladsl.pipeline import Options
    from sladsl.signatures import Evaluate

__all__ = ["with_baselines"]

Sources: TypeAlias = Mapping[str, SourceSpec]


def with_baselines(
    plan: Plan, sources: Sources, options: Options, evaluate: Evaluate
) -> tuple[Plan, Options, tuple[BaselineSeen, ...]]:
    """The plan with figures in place of its baselines, and what these are. Raises `Refused`.

    A pinned figure is what was agreed, whatever the rows come to now.
    """
    given = options.as_of
    if (
        not options.as_of_given
    ):  # each by the newest of its own rows, also in a term that is renewed
        options = options.but(as_of=None)
    if options.stdin is not None and any(source.path == "-" for source in sources.values()):
        options = options.but(stdin=BytesIO(options.stdin.read()))  # read for each of them
    seen = []
    figures: dict[str, Fraction | None] = {}
    for baseline in plan.baselines:
        own = baseline.but(plan=settled(baseline.plan, figures))
        one = _seen(own, sources, _fresh(options), evaluate)
        seen.append(one)
        figure = one.pinned or one.figure
        figures[baseline.name] = None if figure is None else figure.value
    return settled(plan, figures), _fresh(options).but(as_of=given), tuple(seen)


def _fresh(options: Options) -> Options:
    if isinstance(options.stdin, BytesIO):
        return options.but(stdin=BytesIO(options.stdin.getvalue()))
    return options


def _seen(
    baseline: BaselinePlan, sources: Sources, options: Options, evaluate: Evaluate
) -> BaselineSeen:
    """What a baseline comes to on these rows."""
    start, end = baseline.plan.term
    assert end is not None
    (requirement,) = baseline.plan.requirements
    own = options.but(on_reject=None, digested=True, stretch=(start, end))
    try:
        judgement: Judgement | None = evaluate(baseline.plan, sources, own).judgement
    except Refused as refused:  # without a row there is no moment of knowledge either
        if any(finding.code != "SLA604" for finding in refused.diagnostics):
            raise
        judgement = None
    verdicts = () if judgement is None else judgement.verdicts
    value = verdicts[0].value if verdicts else None
    early = options.as_of is not None and options.as_of < end
    pinned = None
    if baseline.pinned is not None:
        pinned = Figure(*baseline.pinned, requirement.kind, requirement.unit)
    return BaselineSeen(
        name=baseline.name,
        title=baseline.title,
        start=start,
        end=end,
        figure=None if early else value,
        rows=verdicts[0].evidence.rows if verdicts else 0,
        digest="" if judgement is None else _digest(judgement),
        pinned=pinned,
        pinned_digest=baseline.digest,
        at=baseline.at,
    )


def _digest(judgement: Judgement) -> str:
    """One digest of the rows of all streams that a baseline reads."""
    inputs = sorted((one.stream, one.digest) for one in judgement.inputs)
    if len(inputs) == 1:
        return inputs[0][1]
    return "sha256:" + sha256(repr(inputs).encode()).hexdigest()
