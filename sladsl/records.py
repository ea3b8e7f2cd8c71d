"""Frozen, slotted classes with named fields, compared by their values.

Like `@dataclass(frozen=True, slots=True)`, but without code made at import for each of the
many classes: for a short command that would take longer than its work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, TypeVarTuple, dataclass_transform

__all__ = ["Record", "aside", "defaults", "fields", "remembered"]

_MISSING: Any = object()

_Some = TypeVar("_Some", bound="Record")
_Rest = TypeVarTuple("_Rest")
_Found = TypeVar("_Found")


class _Aside:
    """A field that isn't compared, perhaps with a default."""

    __slots__ = ("default",)

    def __init__(self, default: Any) -> None:
        self.default = default


def _nothing(_: Any) -> tuple[()]:
    """What is compared of a record without values."""
    return ()


def aside(*, default: Any = _MISSING, kw_only: bool = False) -> Any:
    """A field that is no part of what a record is."""
    return _Aside(default)


@dataclass_transform(frozen_default=True, field_specifiers=(aside,))
class _RecordType(type):
    """Takes the fields of a class from its annotations."""

    _fields: tuple[str, ...]
    _compared: tuple[str, ...]
    _defaults: dict[str, Any]
    #: what puts each value into its slot, and what gives all that are compared
    _put: tuple[Callable[[Any, Any], None], ...]
    _seen: Callable[[Any], Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _RecordType:
        own = list(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in own if field in body}
        hidden = {field for field, value in defaults.items() if isinstance(value, _Aside)}
        body["__slots__"] = tuple(own) if bases else ("_hash", "_known")
        made = super().__new__(mcs, name, bases, body)
        made._fields = tuple(own)
        made._compared = tuple(field for field in own if field not in hidden)
        made._defaults = {
            field: default
            for field, value in defaults.items()
            if (default := value.default if isinstance(value, _Aside) else value) is not _MISSING
        }
        made._put = tuple(made.__dict__[field].__set__ for field in own)
        made._seen = attrgetter(*made._compared) if made._compared else _nothing
        made.__match_args__ = made._fields  # type: ignore[attr-defined,misc]
        return made


class Record(metaclass=_RecordType):
    """A value made of named values."""

    if TYPE_CHECKING:
        _hash: ClassVar[int]  # of each record, but no field
        _known: ClassVar[dict[Any, Any]]  # the same: what was worked out from it

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        setters = kind._put
        for put, value in zip(setters, values, strict=False):
            put(self, value)
        given = len(values)
        if given == len(setters) and not named:
            return
        for field, put in zip(kind._fields[given:], setters[given:], strict=True):
            value = named.pop(field, _MISSING)
            if value is _MISSING:
                value = kind._defaults.get(field, _MISSING)
                if value is _MISSING:
                    raise TypeError(f"{kind.__name__}: `{field}` is missing")
            put(self, value)
        if named or given > len(setters):
            raise TypeError(f"{kind.__name__}: unknown fields {sorted(named) or values}")

    def but(self, **changes: Any) -> Self:
        """The same record with some fields changed."""
        kind = type(self)
        values = [
            changes.pop(field) if field in changes else getattr(self, field)
            for field in kind._fields
        ]
        return kind(*values, **changes)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    __delattr__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        kind = type(self)
        if kind is not type(other):
            return NotImplemented
        seen = kind._seen
        return bool(seen(self) == seen(other))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:  # asked for the first time: a plan is large, and asked for often
            kind = type(self)
            found = hash((kind, kind._seen(self)))
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


def remembered(
    work: Callable[[_Some, *_Rest], _Found],
) -> Callable[[_Some, *_Rest], _Found]:
    """A function of a record (and of names) that is worked out once for each record.

    It must depend on nothing else, and nobody may change what it gives: the record keeps it.
    """

    @wraps(work)
    def found(record: _Some, *rest: *_Rest) -> _Found:
        try:
            known = record._known
        except AttributeError:
            known = {}
            object.__setattr__(record, "_known", known)
        asked = (work, *rest)
        try:
            return known[asked]  # type: ignore[no-any-return]
        except KeyError:
            made = known[asked] = work(record, *rest)
            return made

    return found
