"""The moment of knowledge of a test: when all that it names is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sladsl.contract.model import Contract
from sladsl.credits.claims import window
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.runners.tables import clocks_of
from sladsl.source import Span
from sladsl.syntax import nodes as n
from sladsl.trials.periods import DIRECTIONS, holding, kinds_of
from sladsl.trials.rows import Given, newest
from sladsl.verdicts.model import Period

__all__ = ["known_at"]


def known_at(
    contract: Contract, plan: p.Plan, test: n.Test, given: Given, periods: Iterable[Period | None]
) -> int:
    """The moment of knowledge (ns). Raises `Refused`.

    As the test says, or else when every period that is named, or that holds the newest row,
    is over, no more can be claimed for it, and every time that a row gives has come.
    """
    if test.as_of is not None:
        return instant(test.as_of, contract.agreement.zone)
    last = newest(contract, given)
    times = [] if last is None else [last]
    for expect, period in zip(test.expect, periods, strict=True):
        subject = expect.subject.text
        named = [] if period is None else [period]
        if period is None and last is not None:
            open_ = (holding(plan, kind, last) for kind in kinds_of(plan, subject))
            named = [found for found in open_ if found is not None]
        for found in named:
            times += [found.end, *_claimed_by(contract, plan, subject, found.end, given)]
    if not times:
        raise Refused(_nothing_known(test.span))
    return max(times)


def _claimed_by(
    contract: Contract, plan: p.Plan, subject: str, end: int, given: Given
) -> Iterator[int]:
    """When what a period comes to can't be claimed any more: windows open by its end, or rows."""
    for payment in plan.payments:
        about = subject in (payment.obligation, *_TOTALS.get(payment.direction, ()))
        if about and payment.claim is not None:
            opens = end
            if payment.claim.starts is not None:
                stream = payment.claim.starts.rows.stream
                opens = newest(contract, {stream: given.get(stream, [])}) or end
            clocks = clocks_of(plan, opens, opens + 1)
            yield window(plan, payment.claim, opens, clocks).shuts + 1


#: The total that a payment adds to.
_TOTALS = {direction: (total,) for total, direction in DIRECTIONS.items()}


def _nothing_known(test: Span) -> Diagnostic:
    return Diagnostic(
        "SLA604",
        "there is no row to take the moment of knowledge from",
        Label(test),
        help="name a period, as in `in 2026-02`, or say `as of TIME`",
    )
