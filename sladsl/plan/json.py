"""A plan as JSON, which runs without its policy, and back.

The same plan is the same bytes: objects in the order of their fields, values that may be
left out are left out where they say nothing, ASCII only. The digest covers the plan in this
form, so that a plan that was cut, damaged or edited isn't run. It is no signature: anyone
can compute it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from sladsl.plan import model as p
from sladsl.plan.soundness.prove import Unsound, prove
from sladsl.records import Record, defaults, fields

__all__ = ["FORMAT", "FORMAT_VERSION", "MAX_BYTES", "Unusable", "dump", "load"]

FORMAT = "sladsl plan"
FORMAT_VERSION = "1.0"
MAX_BYTES = 16 << 20
MAX_NESTING = 250  # of values in values; a policy's own limit of 100 stays far below it

#: The classes of which one of several may stand in a place: each is written with its name.
_TAGGED: dict[str, type[Record]] = {
    kind.__name__: kind
    for union in (p.RowExpr, p.Formula, p.Condition, p.Aggregate, p.PeriodRule)
    for kind in get_args(union)
    if issubclass(kind, Record)
}


class Unusable(ValueError):
    """Why some bytes aren't a plan that can be run, and what to do about it."""

    def __init__(self, why: str, help: str = "compile the policy again") -> None:
        super().__init__(why)
        self.help = help


def dump(plan: p.Plan) -> bytes:
    """The plan as a document, always the same bytes. Raises `Unusable` where it is too large."""
    content = _written(plan, 0)
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "digest": _digest(content),
        "plan": content,
    }
    data = json.dumps(document, indent=2).encode() + b"\n"
    if len(data) > MAX_BYTES:
        raise Unusable(f"the plan is larger than {MAX_BYTES >> 20} MB", "split the agreement")
    return data


def load(data: bytes) -> p.Plan:
    """The plan in a document. Raises `Unusable`."""
    if len(data) > MAX_BYTES:
        raise Unusable(f"larger than {MAX_BYTES >> 20} MB")
    try:
        document = json.loads(
            data,
            object_pairs_hook=_object,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except Unusable:
        raise
    except RecursionError:
        raise _nested() from None
    except ValueError:  # no JSON, no UTF-8, or a number of thousands of digits
        raise Unusable("it isn't JSON: cut off or damaged") from None
    content = _opened(document)
    plan = cast(p.Plan, _read(p.Plan, content, "plan", 0))
    if _digest(_written(plan, 0)) != document["digest"]:
        raise Unusable("its content isn't what its digest was made of: edited or damaged")
    try:
        prove(plan)
    except Unsound as error:
        raise Unusable(str(error)) from None
    return plan


def _opened(document: Any) -> Any:
    """The content of a document of this format and version."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unusable("it is JSON, but no plan", "name a policy, or a plan made by `compile`")
    version = document.get("format_version")
    if version != FORMAT_VERSION:
        said = version if isinstance(version, str) and len(version) <= 20 else "no version"
        raise Unusable(f"its format is {said}; this version of sladsl runs {FORMAT_VERSION}")
    _exactly(document, ("format", "format_version", "digest", "plan"), "the document")
    return document["plan"]


def _digest(content: Any) -> str:
    from hashlib import sha256

    whole = [FORMAT, FORMAT_VERSION, content]
    return "sha256:" + sha256(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()


def _nested() -> Unusable:
    return Unusable(f"values are nested more than {MAX_NESTING} deep", "simplify the formulas")


# ---- writing -------------------------------------------------------------------------------------


def _written(value: Any, depth: int) -> Any:
    """A value of a plan as JSON has it."""
    if depth > MAX_NESTING:
        raise _nested()
    if isinstance(value, Record):
        kind = type(value)
        spare = defaults(kind)
        found: dict[str, Any] = {"type": kind.__name__} if kind.__name__ in _TAGGED else {}
        for name in fields(kind):
            part = getattr(value, name)
            if name not in spare or not _same(part, spare[name]):
                found[name] = _written(part, depth + 1)
        return found
    if isinstance(value, tuple):
        listed = []
        for part in value:
            listed.append(_written(part, depth + 1))
        return listed
    return value


def _same(a: object, b: object) -> bool:
    """Whether two values are the same; 1 and True aren't."""
    return type(a) is type(b) and a == b


# ---- reading -------------------------------------------------------------------------------------


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unusable(f"`{name[:40]}` stands twice in one object")
        found[name] = value
    return found


def _no_float(_: str) -> Any:
    raise Unusable("it holds a number that isn't whole")


@cache
def _hints(kind: type[Record]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any, where: str, depth: int) -> Any:
    """A value of exactly the kind that a plan has there."""
    if depth > MAX_NESTING:
        raise _nested()
    if get_origin(kind) in (Union, UnionType):
        kind = _one_of(get_args(kind), value, where)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value, where, depth)
    if isinstance(kind, type) and issubclass(kind, Record):
        return _record(kind, value, where, depth)
    if type(value) is not kind:
        raise _unlike(where)
    if kind is str and not value.isascii():
        _utf8(value, where)
    return value


def _tuple(kinds: tuple[Any, ...], value: Any, where: str, depth: int) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _unlike(where)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise _unlike(where)
    found = []
    for number, (kind, part) in enumerate(zip(kinds, value, strict=True)):
        found.append(_read(kind, part, f"{where}[{number}]", depth + 1))
    return tuple(found)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """The one of several kinds that a value means to be."""
    if isinstance(value, dict):
        if "type" in value:
            meant = _TAGGED.get(value["type"]) if isinstance(value["type"], str) else None
        else:
            plain = [k for k in kinds if isinstance(k, type) and issubclass(k, Record)]
            meant = plain[0] if len(plain) == 1 else None
        if meant in kinds:
            return meant
    elif isinstance(value, list):
        for kind in kinds:
            if get_origin(kind) is tuple:
                return kind
    elif type(value) in kinds:
        return NoneType if value is None else type(value)
    raise _unlike(where)


def _record(kind: type[Record], value: Any, where: str, depth: int) -> Record:
    if not isinstance(value, dict):
        raise _unlike(where)
    known = fields(kind)
    if kind.__name__ in _TAGGED:
        if value.get("type") != kind.__name__:
            raise _unlike(where)
        known = ("type", *known)
    _exactly(value, known, where, spare=defaults(kind))
    hints = _hints(kind)
    parts = {}
    for name, part in value.items():
        if name in hints:
            parts[name] = _read(hints[name], part, f"{where}.{name}", depth + 1)
    return kind(**parts)


def _exactly(
    value: Mapping[str, Any], known: tuple[str, ...], where: str, spare: Iterable[str] = ()
) -> None:
    for name in value:
        if name not in known:
            raise Unusable(f"{where} has an unknown field `{name[:40]}`")
    for name in known:
        if name not in value and name not in spare:
            raise Unusable(f"{where} lacks `{name}`")


def _utf8(value: str, where: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _unlike(where) from None


def _unlike(where: str) -> Unusable:
    return Unusable(f"{where} isn't what a plan has there")
