"""Which row answers a deadline: by the fields that say what rows are about."""

from __future__ import annotations

from collections.abc import Collection

from sladsl.contract.model import Kind, StreamInfo

__all__ = ["names_things", "shared"]

#: Kinds whose values say which thing a row is about.
_NAMING = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOL, Kind.INT})


def names_things(stream: StreamInfo, name: str) -> bool:
    """Whether a stream has a field of this name that says what a row is about."""
    field = stream.fields.get(name)
    return field is not None and field.type.kind in _NAMING


def shared(source: StreamInfo, event: StreamInfo, pinned: Collection[str]) -> tuple[str, ...]:
    """The fields that a trigger and its answer share: of the answer's key, or else all.

    `pinned`: those that the condition on the answer speaks of; they needn't be the trigger's.
    """
    found = []
    for name, field in source.fields.items():
        other = event.fields.get(name)
        if other is None or not names_things(source, name) or name in pinned:
            continue
        if other.type.kind is field.type.kind and other.type.values == field.type.values:
            found.append(name)
    keyed = [field for field in event.key if field in found]
    return tuple(keyed or found)
