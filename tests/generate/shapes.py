"""What rows of a stream have to be like."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FieldShape", "StreamShape"]


@dataclass(frozen=True)
class FieldShape:
    """A field: its kind, whether it may be missing, what an enum or a text may be."""

    name: str
    kind: str
    optional: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class StreamShape:
    """A stream that rows are to be made for; `unique` fields make a key or a sample."""

    name: str
    event: str
    fields: tuple[FieldShape, ...]
    unique: tuple[str, ...] = ()
    recorded: str | None = None
    end: str | None = None
