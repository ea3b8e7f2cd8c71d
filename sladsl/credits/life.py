"""What became of an agreement, beside its verdicts and its money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sladsl.credits.restated import Restatement
from sladsl.folds.listings import Listed
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.verdicts.model import Verdict
from sladsl.verdicts.renewal import Renewal, renewal
from sladsl.verdicts.result import Judged
from sladsl.verdicts.reviews import Review, reviews
from sladsl.verdicts.rights import RemedySeen, rights

__all__ = ["Life", "lived"]


class Life(Record):
    """The rights that arose, what becomes of the term, reviews; what late amendments restate.

    `renewals` are the ends of the term so far, the last of which isn't decided or final.
    """

    rights: tuple[RemedySeen, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    reviews: tuple[Review, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    #: amendments that weren't signed by as-of, and count for nothing so far
    unsigned: tuple[p.AmendmentPlan, ...] = ()
    #: what the obligations that were chosen don't decide: `remedy leave`, `charge parts`
    left_out: tuple[str, ...] = ()


def lived(
    plan: p.Plan,
    judged: Sequence[Judged],
    measured: Mapping[p.Requirement, Sequence[Verdict]],
    listed: Mapping[p.Listing, Listed],
    as_of: int,
    since: int | None,
) -> Life:
    """What the verdicts of a run make of the agreement.

    `measured` are figures that rights depend on, judged; `since` is until when notice could be
    given for the end of the term before this one (ns; None: there was none).
    """
    ends = renewal(plan, judged, listed, as_of, since)
    return Life(
        rights=rights(plan, judged, measured, as_of),
        renewals=() if ends is None else (ends,),
        reviews=reviews(plan, judged, as_of),
        left_out=plan.left_out,
    )
