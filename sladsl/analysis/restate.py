"""What rows that were recorded too late would have changed."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from sladsl.credits.restated import Payable, Restated, changes
from sladsl.pipeline import Evaluation, Options, evaluate
from sladsl.plan.model import Plan
from sladsl.records import Record
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.result import LateSeen

__all__ = ["Restate", "restate"]


class Restate(Record):
    """An evaluation, and what differs if every row counts, however late it was recorded.

    `late` says which streams tell; None: rows count whenever they come.
    """

    done: Evaluation
    late: LateSeen | None
    verdicts: tuple[Restated, ...]
    statements: tuple[Payable, ...]
    looked_at: int


def restate(plan: Plan, sources: Mapping[str, SourceSpec], options: Options) -> Restate:
    """Both sides are what is known at one moment. Raises `Refused`."""
    stdin = options.stdin
    if stdin is not None and any(source.path == "-" for source in sources.values()):
        stdin = BytesIO(stdin.read())  # read for both sides
        options = options.but(stdin=stdin)
    done = evaluate(plan, sources, options)
    known = done.judgement
    late = known.late
    if late is None or all(not count for _, count in late.streams):
        return Restate(done, late, (), (), len(known.verdicts))
    whole = plan.but(
        late=None, earlier=tuple(e.but(plan=e.plan.but(late=None)) for e in plan.earlier)
    )
    if isinstance(stdin, BytesIO):
        stdin.seek(0)
    again = options.but(
        as_of=known.as_of, as_of_given=known.as_of_given, on_reject=None, digested=False
    )
    other = evaluate(whole, sources, again)
    sides = [(one.judgement.verdicts, one.statements) for one in (done, other)]
    found = changes(sides[0], sides[1], lambda period: True)
    return Restate(done, late, *found)
