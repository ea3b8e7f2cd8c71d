"""How one field is read from its columns: source and stream put together, checked once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sladsl.calendar.zones import UnknownZone, Zone
from sladsl.diagnostics import Diagnostic, Refused, nearest
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.faults import Fault
from sladsl.streams.findings import finding
from sladsl.streams.model import FieldSpec, Kind, StreamSpec
from sladsl.streams.sources import FieldSource, Otherwise, SourceSpec
from sladsl.streams.time_formats import (
    ISO,
    FormatError,
    compile_format,
    epoch_unit,
    has_offset,
)
from sladsl.streams.units import factor, units_of

__all__ = ["FieldPlan", "plan_fields"]

_FINEST = {
    Kind.TIME: "1 ns",
    Kind.DURATION: "1 ns",
    Kind.MONEY: "a millionth",
    Kind.SIZE: "1 B",
    Kind.INT: "1",
    Kind.NUMBER: "a millionth",
    Kind.PERCENT: "0.0000001 %",
}
_NOTHING: Mapping[str, str] = {}
_NOUN = {
    Kind.TIME: "a time",
    Kind.BOOL: "true or false",
    Kind.TEXT: "a text",
    Kind.ENUM: "a text",
    Kind.INT: "a whole number",
    Kind.PERCENT: "a share in percent",
    Kind.DURATION: "a duration",
    Kind.MONEY: "an amount",
    Kind.SIZE: "a size",
}


class FieldPlan(Record):
    """A field, where it is, and all that its conversion needs.

    `factor` is how many integer units a bare number holds (None: it has to say its unit);
    `epoch` the nanoseconds of one count of an `epoch` format; `mapped` the texts that
    stand for texts of the file, or None for missing.
    """

    spec: FieldSpec
    columns: tuple[str, ...]
    explicit: bool
    place: Place
    missing: frozenset[str] = frozenset()
    mapped: Mapping[str, str] = _NOTHING
    otherwise: Otherwise = "refuse"
    factor: int | None = None
    pattern: re.Pattern[bytes] = ISO
    form: str | None = None
    epoch: int | None = None
    zone: Zone | None = None
    ambiguous: str | None = None

    @property
    def indices(self) -> dict[str, int]:
        """The index of each declared value of an enum."""
        return {value: n for n, value in enumerate(self.spec.values)}

    def units(self, unit: str | None) -> int | Fault:
        """The factor of a unit that stands in a cell (None: of a bare number)."""
        if unit is None:
            return Fault.NO_UNIT if self.factor is None else self.factor
        if self.spec.kind is Kind.MONEY:
            return 10**6 if unit == self.spec.unit else Fault.CURRENCY
        found = factor(self.spec.kind, unit, self.spec.unit)
        return Fault.UNIT if found is None else found

    def reason(self, fault: int) -> str:
        """A fault of this field in words."""
        name, kind = f"`{self.spec.name}`", self.spec.kind
        zone = self.zone.name if self.zone else "its zone"
        return {
            Fault.MISSING: f"{name} is missing",
            Fault.UNKNOWN: f"{name} is none of its declared values",
            Fault.NOT_A: f"{name} isn't {_NOUN.get(kind, 'a number')}{self._expected()}",
            Fault.LONG: f"{name} isn't {_NOUN.get(kind, 'a number')}{self._expected()}",
            Fault.FINER: f"{name} is finer than {_FINEST.get(kind, '1')}",
            Fault.LARGE: f"{name} is too large",
            Fault.NO_UNIT: f"{name} has no unit, and none is named: say `unit = ...`",
            Fault.UNIT: f"{name} has an unknown unit; expected {self._units()}",
            Fault.CURRENCY: f"{name} is in another currency than {self.spec.unit}",
            Fault.NEGATIVE: f"{name} is negative",
            Fault.NOT_FINITE: f"{name} is not a finite number",
            Fault.NOT_WHOLE: f"{name} is not a whole number",
            Fault.YEARS: f"{name} is outside the years 1678 to 2261",
            Fault.NO_ZONE: f"{name} has no offset, and no time zone is named: say `timezone = ...`",
            Fault.TWICE: f'{name} occurs twice in {zone}: say `ambiguous = "earlier"` or `"later"`',
            Fault.NEVER: f"{name} never occurs in {zone}",
            Fault.UNMAPPED: f"{name} has a value that `values` doesn't map",
            Fault.END_FIRST: f"{name} is before the start",
        }[Fault(fault)]

    def help(self, fault: int, text: str) -> str:
        """The nearest value that the field knows, if that is what was missed."""
        if fault == Fault.UNKNOWN:
            return nearest(text.strip(), self.spec.values)
        return nearest(text, self.mapped) if fault == Fault.UNMAPPED else ""

    def _expected(self) -> str:
        if self.spec.kind is not Kind.TIME:
            return ""
        return f" in the format `{self.form}`" if self.form else " in ISO 8601"

    def _units(self) -> str:
        return ", ".join(units_of(self.spec.kind, self.spec.unit)) or "a number without one"


def plan_fields(source: SourceSpec, spec: StreamSpec) -> tuple[FieldPlan, ...]:
    """The plans of a stream's fields, in their order. Raises `Refused` with all that's wrong."""
    wrong: list[Diagnostic] = []
    plans = [_plan(source, spec, field_spec, wrong) for field_spec in spec.fields]
    known = {field_spec.name for field_spec in spec.fields}
    for name in source.fields:
        if name not in known:
            message = f"unknown field `{name}` of stream `{spec.name}`"
            help = nearest(name, known)
            wrong.append(finding(f.UNKNOWN_FIELD, message, source.place, help=help))
    if wrong:
        raise Refused(*wrong)
    return tuple(plans)


def _plan(
    source: SourceSpec, stream: StreamSpec, spec: FieldSpec, wrong: list[Diagnostic]
) -> FieldPlan:
    own = source.fields.get(spec.name)
    told = own or FieldSource((spec.name,))
    place = told.place or source.place
    missing = source.missing if told.missing is None else told.missing
    form, epoch, pattern, zone = None, None, ISO, None
    if spec.kind is Kind.TIME:
        form = told.format or source.time_format
        form = None if form == "iso" else form
        try:
            epoch = None if form is None else epoch_unit(form)
            pattern = ISO if form is None or epoch else compile_format(form)
        except FormatError as error:
            wrong.append(finding(f.TIME_FORMAT, f"time format `{form}`: {error}", place))
        zone = _zone(told.timezone or source.timezone or stream.timezone, place, wrong)
        if form and not zone and not has_offset(form):
            message = f"`{spec.name}` has no offset, and no time zone is named"
            wrong.append(finding(f.NO_ZONE, message, place, help="say `timezone = ...`"))
    unit = told.unit or spec.unit
    bare = factor(spec.kind, unit, spec.unit)
    if unit is not None and bare is None:
        message = f"`{unit}` is no unit of `{spec.name}`, which is {spec.kind}"
        wrong.append(finding(f.WRONG_UNIT, message, place))
    return FieldPlan(
        spec=spec,
        columns=told.columns,
        explicit=own is not None,
        place=place,
        missing=frozenset(missing),
        mapped={k: _text(v) for k, v in told.values.items()},
        otherwise=told.otherwise,
        factor=bare,
        pattern=pattern,
        form=form,
        epoch=epoch,
        zone=zone,
        ambiguous=source.ambiguous or stream.ambiguous,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _zone(name: str | None, place: Place, wrong: list[Diagnostic]) -> Zone | None:
    try:
        return None if name is None else Zone(name)
    except UnknownZone:
        wrong.append(finding(f.UNKNOWN_ZONE, f"unknown time zone `{name}`", place))
        return None
