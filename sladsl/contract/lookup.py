"""Names in expressions: a field comes first, then metrics and baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from sladsl.contract import kinds
from sladsl.contract.model import FieldInfo, Kind, RefKind, Resolved, Type
from sladsl.contract.scope import Scope
from sladsl.diagnostics import nearest
from sladsl.records import Record
from sladsl.syntax import nodes as n

__all__ = ["View", "bare", "lookup", "subject_of", "value_of"]

_NONE: Mapping[str, FieldInfo | None] = {}


class View(Record):
    """Where an expression stands, and so which names it may use.

    `fields` are those of `stream`'s rows, or of a group (`grouped`: then they may only be
    the subject of a `match`); None among them is a field that has an error of its own.
    """

    stream: str = ""
    fields: Mapping[str, FieldInfo | None] = _NONE
    measures: bool = True  # metrics and baselines may be named
    related: bool = True  # rows that belong to a row may be asked for
    grouped: bool = False
    present: frozenset[str] = frozenset()  # fields known to be there


def lookup(s: Scope, ref: n.Ref, view: View) -> Type | None:
    """What a name stands for, and its type."""
    if ref.member is not None:
        return _parameter(s, ref)
    name = ref.name
    if name in view.fields:
        return _field(s, ref, view, view.fields[name])
    if view.measures and (name in s.here.metrics or name in s.here.baselines):
        kind = RefKind.METRIC if name in s.here.metrics else RefKind.BASELINE
        if kind is RefKind.METRIC and view.grouped:
            _metric_as_target(s, ref)
            return None
        if kind is RefKind.METRIC and view.stream:
            _metric_in_row(s, ref, view.stream)
            return None
        s.refs.setdefault(id(ref), Resolved(kind, name))
        return s.named(s, ref)
    if name in ("true", "false"):
        s.refs.setdefault(id(ref), Resolved(RefKind.BOOL, name))
        return kinds.BOOL
    _not_found(s, ref, view)
    return None


def _metric_as_target(s: Scope, ref: n.Ref) -> None:
    s.error(
        "SLA215", f"`{ref.name}` is a metric, where a figure is due", ref.span,
        "what is promised, or paid by, is known before the period begins",
        help="promise a metric made of both, `metric N = ONE - OTHER`, or take a baseline",
    )  # fmt: skip


def _metric_in_row(s: Scope, ref: n.Ref, stream: str) -> None:
    s.error(
        "SLA215", f"`{ref.name}` is a metric: of which period, for a row of `{stream}`?", ref.span,
        "a metric has a figure for a period and a group, and a row is looked at for many of them",
        help=f"`baseline N = ... from ... to ...` has one figure; `applies where {ref.name} ...`"
        " asks for that of the same period",
    )  # fmt: skip


def _field(s: Scope, ref: n.Ref, view: View, info: FieldInfo | None) -> Type | None:
    if info is None:
        return None
    if view.grouped:
        s.error(
            "SLA215", f"`{ref.name}` is a field, where a single value is due", ref.span,
            help=f"choose a value by it: `match {ref.name} {{ ... }}`",
        )  # fmt: skip
        return None
    s.refs.setdefault(id(ref), Resolved(RefKind.FIELD, ref.name, view.stream))
    if view.measures and (ref.name in s.here.metrics or ref.name in s.here.baselines):
        s.warn(
            "SLA205", f"the field `{ref.name}` hides the metric of that name", ref.span,
            f"the field of `{view.stream}` is meant here", help="give the metric another name",
        )  # fmt: skip
    return info.type.but(optional=False) if ref.name in view.present else info.type


def _parameter(s: Scope, ref: n.Ref) -> Type | None:
    if ref.name == "plan" and ref.member in s.parameters:
        s.refs.setdefault(id(ref), Resolved(RefKind.PARAMETER, ref.member, "plan"))
        return s.parameters[ref.member]
    if ref.name == "plan":
        if not s.here.plans:
            s.error(
                "SLA213", f"`{ref.text}`, but no plan is declared", ref.span,
                help=f"declare one: `plan standard {{ {ref.member} = ... }}`",
            )  # fmt: skip
        else:
            note = "no plan defines it"
            s.unknown("parameter", ref.text, ref.span, [f"plan.{p}" for p in s.parameters], note)
        return None
    help = f"write `{ref.member}`" if ref.name in s.here.streams else nearest(ref.name, ["plan"])
    s.error(
        "SLA215", f"`{ref.text}` can't stand here", ref.span,
        "a value here is a name alone, or a plan's parameter", help=help,
    )  # fmt: skip
    return None


def _not_found(s: Scope, ref: n.Ref, view: View) -> None:
    here = s.here
    measures = [*here.metrics, *here.baselines]
    known = [*([] if view.grouped else view.fields), *(measures if view.measures else ())]
    for sort, table in (
        ("a stream", here.streams), ("an outage", here.outages), ("a calendar", here.calendars),
        ("an obligation", here.obligations), ("a metric", dict.fromkeys(measures)),
    ):  # fmt: skip
        if ref.name in table:
            s.error(
                "SLA215", f"`{ref.name}` is the name of {sort}, where a value is due", ref.span,
                help=nearest(ref.name, known) or "name a field, a metric or a literal",
            )  # fmt: skip
            return
    where = f"neither a field of `{view.stream}` nor a metric" if view.stream else "not declared"
    for enum in (info.type for info in view.fields.values() if info is not None):
        if ref.name in enum.values:
            where = "a value of an enum stands beside a field of that enum: `field == value`"
    s.unknown("field" if view.stream else "metric", ref.name, ref.span, known, where)


def subject_of(s: Scope, ref: n.Ref, view: View) -> Type | None:
    """The subject of a `match`: a field of the row, or of the group."""
    return lookup(s, ref, view.but(grouped=False, measures=False))


def value_of(s: Scope, node: n.Expr, enum: Type) -> Type | None:
    """A name opposite an enum: one of its values."""
    if not bare(node):
        return None
    if node.name in enum.values:
        s.refs.setdefault(id(node), Resolved(RefKind.VALUE, node.name, enum.unit))
        found = Type(Kind.ENUM, enum.unit, enum.values)
        s.types.setdefault(id(node), found)
        return found
    help = nearest(node.name, enum.values) or f"known: {', '.join(enum.values)}"
    note = f"not a value of `{enum.unit}`" if enum.unit else "not one of its values"
    s.error("SLA308", f"unknown value `{node.name}`", node.span, note, help=help)
    return None


def bare(node: n.Expr) -> TypeGuard[n.Ref]:
    """Whether an expression is a name alone."""
    return isinstance(node, n.Ref) and node.member is None
