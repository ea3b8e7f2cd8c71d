"""Calendars, exclusions and outages."""

from __future__ import annotations

from sladsl.syntax import nodes as n
from sladsl.syntax.makers.builder import Builder, Node, Rules
from sladsl.syntax.makers.shapes import (
    first,
    first_name,
    keyword,
    matched,
    quantity_first,
    rounding,
    rows,
)
from sladsl.syntax.parse_tree import Token

__all__ = ["RULES"]


def _calendar(b: Builder, t: Node) -> n.Calendar:
    name, doc, *rest = t.children
    if rest and isinstance(rest[0], Token):
        operators = tuple(str(w.children[0]) for w in rest[1::2])
        return n.Calendar(
            b.name(name), b.text(doc), operands=b.names(rest[::2]), operators=operators,
            span=b.span(t),
        )  # fmt: skip
    found = b.clauses(rest, {"timezone": "timezone"})
    closed = b.all_of(rest, "closed_holidays", "closed_together", "closed_dates", "closed_span")
    opened = b.all_of(rest, "open")
    return n.Calendar(
        b.name(name), b.text(doc), **found, open=opened, closed=closed, span=b.span(t)
    )


def _open(b: Builder, t: Node) -> n.Open:
    return n.Open(b.all_of(t.children, "weekdays"), b.all_of(t.children, "hours"), span=b.span(t))


def _weekdays(b: Builder, t: Node) -> n.Weekdays:
    first, last = t.children
    return n.Weekdays(b.name(first), b.name_or_none(last), span=b.span(t))


def _hours(b: Builder, t: Node) -> n.Hours:
    minutes = []
    for token in (t.children[0], t.children[2]):
        hour, minute, *rest = (int(part) for part in token.split(":"))
        if minute > 59 or hour * 60 + minute > 1440 or rest:
            b.refuse(
                "SLA106",
                f"`{token}` isn't a time of day in hours and minutes",
                b.span(token),
                help="hours run from 00:00 to 24:00",
            )
        minutes.append(hour * 60 + minute)
    return n.Hours(minutes[0], minutes[1], span=b.span(t))


def _closed_holidays(b: Builder, t: Node) -> n.ClosedHolidays:
    regions = tuple(text for c in t.children if (text := b.text(c)) is not None)
    return n.ClosedHolidays(regions, t.data == "closed_together", span=b.span(t))


def _closed_dates(b: Builder, t: Node) -> n.ClosedDates:
    return n.ClosedDates(tuple(b.moment(c) for c in t.children), span=b.span(t))


def _closed_span(b: Builder, t: Node) -> n.ClosedSpan:
    return n.ClosedSpan(b.build(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _exclusion(b: Builder, t: Node) -> n.Exclusion:
    name, doc, *clauses = t.children
    single = {"spans": "spans", "windows": "windows", "for_all": "for_all", "matched": "on"}
    found = b.clauses(clauses, single | {"allowance": "allowance", "excluded_time": "counts"})
    return n.Exclusion(b.name(name), b.text(doc), **found, span=b.span(t))


def _allowance(b: Builder, t: Node) -> n.Allowance:
    return n.Allowance(b.build(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _outage(b: Builder, t: Node) -> n.Outage:
    name, doc, *clauses = t.children
    single = {"for_each": "each", "samples": "samples", "spans": "spans", "windows": "windows"}
    single |= {"holds": "holds", "measured": "measured", "lasting": "lasting"}
    single |= {"rounded_length": "rounding", "counted": "counted", "weighted": "weighted"}
    found = b.clauses(clauses, single | {"missing_data": "missing"})
    at_once = b.all_of(clauses, "at_once")
    return n.Outage(b.name(name), b.text(doc), **found, at_once=at_once, span=b.span(t))


def _windows(b: Builder, t: Node) -> n.WindowsWhere:
    return n.WindowsWhere(b.quantity(t.children[0]), b.build(t.children[1]), span=b.span(t))


def _holds(b: Builder, t: Node) -> n.Holds:
    how = t.children[0]
    limit = b.quantity(how.children[0]) if how.data == "at_most" else None
    return n.Holds(limit, span=b.span(t))


def _counted(b: Builder, t: Node) -> n.Counted:
    since, where, grace = t.children
    return n.Counted(b.build(since), b.maybe(where), b.maybe(grace), span=b.span(t))


def _at_once(b: Builder, t: Node) -> n.AtOnce:
    how = t.children[0]
    at_least = b.whole(how.children[0]) if how.data == "enough" else None
    return n.AtOnce(b.name(how.children[-1]), at_least, span=b.span(t))


def _weighted(b: Builder, t: Node) -> n.Weighted:
    field, overlaps = t.children
    said = None if overlaps is None else " ".join(str(word) for word in overlaps.children)
    return n.Weighted(b.name(field), said, span=b.span(t))


def _measured(b: Builder, t: Node) -> n.Measured:
    spans, on, rest = t.children
    found = None
    if on is not None:
        left, _, right = (*on.children, None, None)[:3]
        found = b.on(left, left if right is None else right)
    return n.Measured(b.build(spans), found, b.build(rest), span=b.span(t))


#: What makes a node of each rule of the grammar.
RULES: Rules = {
    "calendar": _calendar, "open": _open, "weekdays": _weekdays, "hours": _hours,
    "closed_holidays": _closed_holidays, "closed_dates": _closed_dates,
    "closed_span": _closed_span, "closed_together": _closed_holidays,
    "exclusion": _exclusion, "spans": rows, "for_all": keyword("for all"), "matched": matched,
    "allowance": _allowance, "excluded_time": first_name,
    "outage": _outage, "for_each": first, "samples": rows, "windows": _windows,
    "holds": _holds, "lasting": quantity_first, "counted": _counted,
    "at_once": _at_once, "measured": _measured, "rounded_length": rounding,
    "grace": quantity_first, "weighted": _weighted, "missing_data": first_name,
}  # fmt: skip
