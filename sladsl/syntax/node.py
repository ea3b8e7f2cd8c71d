"""What every node of the syntax tree is: frozen, slotted, compared without its place.

Like `@dataclass(frozen=True, slots=True)`, but without code made at import for each of the
many classes: that would take longer than parsing a policy.
"""

from __future__ import annotations

from typing import Any, Self, dataclass_transform

from sladsl.source import Span

__all__ = ["Node", "aside", "place"]

_MISSING: Any = object()


class _Spec:
    """A field that isn't compared, perhaps with a default."""

    __slots__ = ("default",)

    def __init__(self, default: Any) -> None:
        self.default = default


def place(*, kw_only: bool = True) -> Any:
    """The field for a node's place: by keyword, no part of what the node is."""
    return _Spec(_MISSING)


def aside(*, default: Any) -> Any:
    """A field that is no part of what the node is."""
    return _Spec(default)


@dataclass_transform(frozen_default=True, field_specifiers=(place, aside))
class _NodeType(type):
    """Takes the fields of a class from its annotations."""

    _fields: tuple[str, ...]
    _compared: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _NodeType:
        own = list(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in own if field in body}
        hidden = {field for field, value in defaults.items() if isinstance(value, _Spec)}
        body["__slots__"] = tuple(own)
        made = super().__new__(mcs, name, bases, body)
        if bases:
            made._fields = tuple(own)
            made._compared = tuple(field for field in own if field not in hidden)
            made._defaults = {
                field: value.default if isinstance(value, _Spec) else value
                for field, value in defaults.items()
            }
            made.__match_args__ = made._fields  # type: ignore[attr-defined,misc]
        return made


class Node(metaclass=_NodeType):
    """A node and its place."""

    span: Span = place(kw_only=True)

    def __init__(self, *values: Any, span: Span, **named: Any) -> None:
        kind = type(self)
        put = object.__setattr__
        put(self, "span", span)
        fields = kind._fields
        for field, value in zip(fields, values, strict=False):
            put(self, field, value)
        for field in fields[len(values) :]:
            value = named.pop(field, _MISSING)
            if value is _MISSING:
                value = kind._defaults[field]
            put(self, field, value)
        if named or len(values) > len(fields):
            raise TypeError(f"{kind.__name__}: unknown fields {sorted(named) or values}")

    def but(self, **changes: Any) -> Self:
        """The same node with some fields changed."""
        kind = type(self)
        values = {field: getattr(self, field) for field in (*kind._fields, "span")}
        return kind(**values | changes)

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
        assert isinstance(other, Node)
        return self._seen() == other._seen()

    def __hash__(self) -> int:
        return hash((type(self), self._seen()))

    def __repr__(self) -> str:
        kind = type(self)
        shown = ", ".join(f"{field}={getattr(self, field)!r}" for field in kind._fields)
        return f"{kind.__name__}({shown})"
