"""What exclusions took, as a verdict shows it."""

from __future__ import annotations

from collections.abc import Iterable

from sladsl.folds.model import LeftOut
from sladsl.verdicts.model import Excluded

__all__ = ["left_out"]


def left_out(parts: Iterable[LeftOut]) -> tuple[Excluded, ...]:
    """What each exclusion took, added up, by name: the parts come in the order of the rows."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for part in parts:
        time, rows = found.get((part.by, part.at), (0, 0))
        found[part.by, part.at] = time + part.time, rows + part.rows
    return tuple(Excluded(by, at, *much) for (by, at), much in sorted(found.items()))
