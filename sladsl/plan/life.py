"""The life of an agreement: amendments, rights that failure gives, renewal, reviews."""

from __future__ import annotations

from sladsl.plan.deadlines import Lapse
from sladsl.plan.figures import Listing
from sladsl.plan.terms import Requirement
from sladsl.records import Record

__all__ = ["AmendmentPlan", "RemedyPlan", "RenewalPlan", "ReviewPlan", "RightWhen"]


class AmendmentPlan(Record):
    """An amendment: from when on it is known, and from when on its terms hold (ns)."""

    name: str
    title: str
    signed: int
    since: int
    at: str


class RightWhen(Record):
    """Which periods of the calendar have to be bad for a right to arise.

    Bad is one in which `obligation` was breached; or in which the figure of `measure` compares
    with its target as it says. `how`: `of` (`count` of any `of` that follow each other), `row`
    (`of` in a row), `times` (`count` breaches in `of`), `whole` (the measure over all of `of`,
    which its period is). With `same` it counts for each group of these fields by itself.
    """

    text: str
    obligation: str
    how: str
    count: int
    of: int
    unit: str
    same: tuple[str, ...] = ()
    measure: Requirement | None = None


class RemedyPlan(Record):
    """A right: who may do what, when it arises (by any one of `when`), for how long it lasts.

    For periods that start in [since, until), as requirements.
    """

    name: str
    title: str
    party: str
    act: str
    when: tuple[RightWhen, ...]
    within: Lapse | None
    at: str
    since: int | None = None
    until: int | None = None
    terms: str = ""


class RenewalPlan(Record):
    """How the term is renewed: for how long, if what was met, unless notice is given in time.

    `met` of the last `of` calendar `unit`s of the term; a listed row at least `notice` before the
    end ends the agreement.
    """

    length: Lapse
    at: str
    obligation: str = ""
    met: int = 0
    of: int = 0
    unit: str = ""
    notices: Listing | None = None
    notice: Lapse | None = None


class ReviewPlan(Record):
    """When the terms are reviewed, and by whom."""

    every: Lapse
    by: tuple[str, ...]
    at: str
