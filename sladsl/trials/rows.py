"""The rows that a test gives, as sources of streams."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from sladsl.contract.model import Contract, FieldInfo, Kind
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.plan.rows import Rows
from sladsl.plan.uses import streams_at_any_time
from sladsl.source import Place
from sladsl.streams.faults import LARGEST
from sladsl.streams.given import Series, Value, source_of
from sladsl.syntax import nodes as n

if TYPE_CHECKING:
    from sladsl.streams.sources import SourceSpec

__all__ = ["MOST_ROWS", "Finer", "Given", "integer", "newest", "series_of", "sources_of"]

#: The rows of a test by stream.
Given: TypeAlias = dict[str, list[Series]]

MOST_ROWS = 10_000_000


class Finer(ValueError):
    """A value isn't a whole number of its kind's units."""


def series_of(contract: Contract, test: n.Test) -> Given:
    """The rows of a test by stream, as they are given. Raises `Refused`, `NotYet`."""
    rows = Rows(contract)
    found: Given = {}
    total = 0
    for given in test.given:
        one = _series(rows, given)
        total += one.count
        if total > MOST_ROWS:
            raise Refused(
                Diagnostic(
                    "SLA602",
                    f"more than {MOST_ROWS:,} rows in a test",
                    Label(given.span),
                    help="give fewer rows: a longer `every`, or a shorter stretch",
                )
            )
        found.setdefault(given.stream.text, []).append(one)
    return found


def _series(rows: Rows, given: n.Given) -> Series:
    stream = rows.contract.streams[given.stream.text]
    values = {
        binding.name.text: _value(rows, given, binding.value, stream.fields[binding.name.text])
        for binding in given.bindings
    }
    if given.every is None:
        start = values.pop(stream.event)
        assert isinstance(start, int)
        return Series(start, values=values)
    zone = rows.contract.agreement.zone
    return Series(
        instant(given.every.start, zone),
        instant(given.every.end, zone),
        int(given.every.every.value * 10**9),
        values,
    )


def _value(rows: Rows, given: n.Given, node: n.Expr, field: FieldInfo) -> Value:
    """The value of a field: a text, or an integer in the unit of its kind. Raises `Refused`."""
    try:
        value = _constant(rows.lower_as(node, str(field.type.kind), field.type.kind), field)
    except Finer:
        raise Refused(
            Diagnostic(
                "SLA603",
                f"in stream `{given.stream.text}`: `{field.name}` is finer than its unit",
                Label(node.span),
                help="give a rounder value",
            )
        ) from None
    if isinstance(value, int) and abs(value) > LARGEST:
        raise Refused(
            Diagnostic(
                "SLA603",
                f"in stream `{given.stream.text}`: `{field.name}` doesn't fit 64 bits",
                Label(node.span),
                help="give a smaller value",
            )
        )
    return value


def _constant(lowered: p.RowExpr, field: FieldInfo) -> Value:
    """The value of an expression that reads nothing; of an enum its text."""
    if isinstance(lowered, p.TextConst):
        return lowered.text
    value = integer(lowered)
    return field.type.values[value] if field.type.kind is Kind.ENUM else value


def integer(lowered: p.RowExpr) -> int:
    """The value of an expression that reads nothing, in the unit of its kind. Raises `Finer`."""
    value = _exact(lowered)
    if value.denominator != 1:
        raise Finer
    return value.numerator


def _exact(lowered: p.RowExpr) -> Fraction:
    match lowered:
        case p.Const(value=value):
            return Fraction(value)
        case p.Arith(operator="-", left=left, right=right):  # a negative one: nought less it
            return _exact(left) - _exact(right)
        case p.Arith(operator="*", left=left, right=right):  # a whole one in decimal units
            return _exact(left) * _exact(right)
        case p.Quotient(left=left, right=right):  # one that is finer than its unit
            return _exact(left) / _exact(right)
        case _:
            raise ValueError(f"not a value: {lowered}")  # check: a literal or a name


def newest(contract: Contract, given: Given) -> int | None:
    """The latest of all times in rows (ns)."""
    found = [one.last for series in given.values() for one in series if one.count]
    for stream, series in given.items():
        for field in contract.streams[stream].fields.values():
            if field.type.kind is Kind.TIME:
                values = (one.values.get(field.name) for one in series)
                found += [value for value in values if isinstance(value, int)]
    return max(found, default=None)


def sources_of(plan: p.Plan, given: Given, place: Place) -> dict[str, SourceSpec]:
    """The streams that a plan reads, with the rows that are given of them."""
    from sladsl.runners.inputs import stream_spec

    return {
        stream.name: source_of(
            stream_spec(stream), stream.event, _key(plan, stream), given.get(stream.name, ()), place
        )
        for stream in streams_at_any_time(plan)
    }


def _key(plan: p.Plan, stream: p.StreamPlan) -> tuple[str, ...]:
    """What makes two rows the same: the key, or of samples without one their group and time."""
    if stream.key:
        return stream.key
    sampled = [
        outage.instances
        for outage in plan.outages
        if outage.stream == stream.name and outage.ends is None and outage.windows is None
    ]
    if not sampled:
        return ()
    return tuple(dict.fromkeys([*(field for each in sampled for field in each), stream.event]))
