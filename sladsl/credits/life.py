"""What became of an agreement, beside its verdicts and its money."""

from __future__ import annotations

from sladsl.credits.restated import Restatement
from sladsl.records import Record

__all__ = ["Life"]


class Life(Record):
    """What late amendments restate."""

    restatements: tuple[Restatement, ...] = ()
