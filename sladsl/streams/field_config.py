"""The `fields` table of a source in `sladsl.toml`: which column is which field, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sladsl.diagnostics import nearest
from sladsl.streams import findings as f
from sladsl.streams.sources import FieldSource, Otherwise
from sladsl.streams.units import factor, units_of

if TYPE_CHECKING:
    from sladsl.streams.config import Toml
    from sladsl.streams.model import FieldSpec, StreamSpec

__all__ = ["fields"]

_KEYS = (
    "column",
    "columns",
    "format",
    "unit",
    "timezone",
    "missing",
    "values",
    "otherwise",
)
_OTHERWISE = ("refuse", "as it is", "missing")


def fields(
    toml: Toml, keys: tuple[str, ...], table: object, stream: StreamSpec
) -> dict[str, FieldSource]:
    """The mapped fields of a stream by name; what is wrong is noted in `toml`."""
    if not isinstance(table, dict):
        toml.add(f.WRONG_TYPE, '`fields` must be a table: `field = "column"`', keys)
        return {}
    known = {spec.name: spec for spec in stream.fields}
    found: dict[str, FieldSource] = {}
    for name, value in table.items():
        at = (*keys, name)
        if name not in known:
            toml.unknown(f.UNKNOWN_FIELD, f"field of `{stream.name}`:", at, known)
        elif isinstance(value, str):
            found[name] = FieldSource((value,), place=toml.place(*at))
        elif isinstance(value, dict):
            found[name] = _field(toml, at, value, known[name])
        else:
            toml.add(f.WRONG_TYPE, f"`{name}` must be a column's name or a table", at)
    return found


def _field(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], spec: FieldSpec
) -> FieldSource:
    for key in table:
        if key not in _KEYS:
            toml.unknown(f.UNKNOWN_KEY, "key", (*keys, key), _KEYS)
    otherwise = toml.one_of(table, (*keys, "otherwise"), _OTHERWISE) or "refuse"
    if "otherwise" in table and "values" not in table:
        toml.add(f.VALUE_MAP, "`otherwise` without `values`", (*keys, "otherwise"))
    return FieldSource(
        columns=_columns(toml, keys, table, spec),
        format=_format(toml, keys, table, spec),
        unit=_unit(toml, keys, table, spec),
        timezone=_only_time(toml, keys, table, spec, "timezone", toml.zone_at),
        missing=toml.texts_at(table, (*keys, "missing")),
        values=_values(toml, (*keys, "values"), table.get("values", {}), spec),
        otherwise=cast(Otherwise, otherwise),
        place=toml.place(*keys),
    )


def _columns(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], spec: FieldSpec
) -> tuple[str, ...]:
    one = toml.text_at(table, (*keys, "column"))
    many = toml.texts_at(table, (*keys, "columns"))
    if one is not None and many is not None:
        toml.add(f.WRONG_TYPE, "`column` and `columns` at once", (*keys, "columns"))
    if many is not None and not many:
        toml.add(f.WRONG_TYPE, "`columns` is empty", (*keys, "columns"))
    return many or (one or spec.name,)


def _only_time(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], spec: FieldSpec, key: str, read: Any
) -> str | None:
    at = (*keys, key)
    if key in table and spec.kind != "time":
        toml.add(f.WRONG_TYPE, f"`{key}` is for times; `{spec.name}` is {spec.kind}", at)
        return None
    return cast("str | None", read(table, at))


def _format(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], spec: FieldSpec
) -> str | None:
    return _only_time(toml, keys, table, spec, "format", toml.time_format_at)


def _unit(toml: Toml, keys: tuple[str, ...], table: dict[str, Any], spec: FieldSpec) -> str | None:
    at = (*keys, "unit")
    unit = toml.text_at(table, at)
    if unit is None or factor(spec.kind, unit, spec.unit) is not None:
        return unit
    known = units_of(spec.kind, spec.unit)
    if spec.kind == "money":
        toml.add(f.WRONG_UNIT, f"`{spec.name}` is in {spec.unit}, not `{unit}`", at)
    elif not known:
        toml.add(f.WRONG_UNIT, f"`{spec.name}` is {spec.kind}, which has no unit", at)
    else:
        help = nearest(unit, known) or f"expected {', '.join(known)}"
        toml.add(f.WRONG_UNIT, f"`{unit}` is no unit of {spec.kind}", at, help)
    return None


def _values(toml: Toml, keys: tuple[str, ...], table: object, spec: FieldSpec) -> dict[str, object]:
    if not isinstance(table, dict):
        toml.add(f.WRONG_TYPE, '`values` must be a table: `"in the file" = value`', keys)
        return {}
    for key, value in table.items():
        at = (*keys, key)
        if spec.kind == "bool":
            fits, wanted = isinstance(value, bool), "true or false"
        elif spec.kind == "int":
            fits, wanted = type(value) is int, "a whole number"
        elif spec.kind == "enum":
            fits = isinstance(value, str) and value in spec.values
            wanted = f"one of {', '.join(spec.values)}"
        else:
            fits, wanted = isinstance(value, str), "a text"
        if not fits:
            help = nearest(value, spec.values) if isinstance(value, str) else ""
            message = f"`{value}` can't be a value of `{spec.name}`: expected {wanted}"
            toml.add(f.VALUE_MAP, message, at, help)
    return {str(k): v for k, v in table.items()}
