"""Which fields tell what a row of another stream is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sladsl.contract import kinds
from sladsl.contract.model import FieldInfo, Kind

__all__ = ["same_named"]

_GROUPED = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOL, Kind.INT})


def same_named(
    names: Collection[str], ours: Mapping[str, FieldInfo], theirs: Mapping[str, FieldInfo]
) -> dict[str, str]:
    """Of some of our fields those that must be equal to one of theirs, by their name."""
    return {
        name: name
        for name in names
        if name in theirs
        and ours[name].type.kind in _GROUPED
        and kinds.comparable(ours[name].type, theirs[name].type)
    }
