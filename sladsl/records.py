"""Frozen, slotted classes with named fields, compared by their values.

Like `@dataclass(frozen=True, slots=True)`, but without code made at import for each of the
many classes: for a short command that would take longer than its work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

__all__ = ["Record", "aside", "defaults", "fields"]

_MISSING: Any = object()


class _Aside:
    """A field that isn't compared, perhaps with a default."""

    __slots__ = ("default",)

    def __init__(self, default: Any) -> None:
        self.default = default


def aside(*, default: Any = _MISSING, kw_only: bool = False) -> Any:
    """A field that is no part of what a record is."""
    return _Aside(default)


@dataclass_transform(frozen_default=True, field_specifiers=(aside,))
class _RecordType(type):
    """Takes the fields of a class from its annotations."""

    _fields: tuple[str, ...]
    _compared: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _RecordType:
        own = list(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in own if field in body}
        hidden = {field for field, value in defaults.items() if isinstance(value, _Aside)}
        body["__slots__"] = tuple(own) if bases else ("_hash",)
        made = super().__new__(mcs, name, bases, body)
        made._fields = tuple(own)
        made._compared = tuple(field for field in own if field not in hidden)
        made._defaults = {
            field: default
            for field, value in defaults.items()
            if (default := value.default if isinstance(value, _Aside) else value) is not _MISSING
        }
        made.__match_args__ = made._fields  # type: ignore[attr-defined,misc]
        return made


class Record(metaclass=_RecordType):
    """A value made of named values."""

    if TYPE_CHECKING:
        _hash: ClassVar[int]  # of each record, but no field

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        put = object.__setattr__
        fields = kind._fields
        for field, value in zip(fields, values, strict=False):
            put(self, field, value)
        for field in fields[len(values) :]:
            value = named.pop(field, _MISSING)
            if value is _MISSING:
                value = kind._defaults.get(field, _MISSING)
                if value is _MISSING:
                    raise TypeError(f"{kind.__name__}: `{field}` is missing")
            put(self, field, value)
        if named or len(values) > len(fields):
            raise TypeError(f"{kind.__name__}: unknown fields {sorted(named) or values}")

    def but(self, **changes: Any) -> Self:
        """The same record with some fields changed."""
        kind = type(self)
        return kind(**{field: getattr(self, field) for field in kind._fields} | changes)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    __delattr__ = None  # type: ignore[assignment]

    def _seen(self) -> tuple[Any, ...]:
        return tuple([getattr(self, field) for field in type(self)._compared])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Record)
        return self._seen() == other._seen()

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:  # asked for the first time: a plan is large, and asked for often
            found = hash((type(self), self._seen()))
            object.__setattr__(self, "_hash", found)
            return found

    def __repr__(self) -> str:
        kind = type(self)
        shown = ", ".join(f"{field}={getattr(self, field)!r}" for field in kind._compared)
        return f"{kind.__name__}({shown})"


def fields(record: Record | type[Record]) -> tuple[str, ...]:
    """The names of a record's values, in order."""
    kind = record if isinstance(record, type) else type(record)
    return kind._fields


def defaults(record: Record | type[Record]) -> dict[str, Any]:
    """What the values come to that may be left out, by name."""
    kind = record if isinstance(record, type) else type(record)
    return kind._defaults
