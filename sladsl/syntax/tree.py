"""From Lark's parse tree to the syntax tree of `nodes`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, time
from fractions import Fraction
from typing import Any

from lark import Token, Tree

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Source, Span
from sladsl.syntax import nodes as n

__all__ = ["Builder"]

MAX_NESTING = 100
MAX_DIGITS = 40

_SECONDS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class Builder:
    """Turns one parse tree into a `Policy`; findings gather in `diagnostics`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self._depth = 0

    def policy(self, tree: Tree[Token], comments: Iterable[str]) -> n.Policy:
        """The tree of a whole file."""
        declarations = tuple(self._build(child) for child in tree.children)
        return n.Policy(declarations, tuple(comments), source=self.source)

    # ---- the machinery ----

    def _build(self, item: Any) -> Any:
        self._depth += 1
        try:
            if self._depth > MAX_NESTING:
                raise TooDeep(self._span(item))
            return _BUILD[item.data](self, item)
        finally:
            self._depth -= 1

    def _maybe(self, item: Any) -> Any:
        return None if item is None else self._build(item)

    def _span(self, item: Any) -> Span:
        if isinstance(item, Token):
            return Span(self.source, item.start_pos or 0, item.end_pos or 0)
        meta = item.meta
        if meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, meta.start_pos, meta.end_pos)

    def _refuse(self, code: str, message: str, where: Span, note: str = "", help: str = "") -> None:
        self.diagnostics.append(Diagnostic(code, message, Label(where, note), help=help))

    def _clauses(self, items: Iterable[Tree[Token]], single: dict[str, str]) -> dict[str, Any]:
        """Clauses that may stand once, by the attribute that they fill.

        `single` maps a rule to its attribute; what it doesn't name is left to the caller.
        """
        found: dict[str, Any] = {}
        where: dict[str, Span] = {}
        for item in items:
            attribute = single.get(item.data)
            if attribute is None:
                continue
            if attribute in found:
                word = self._span(item).text.split()[0]
                self.diagnostics.append(
                    Diagnostic(
                        "SLA110",
                        f"`{word}` is given twice",
                        Label(self._span(item), "the second time"),
                        (Label(where[attribute], "the first time"),),
                        "keep one of the two",
                    )
                )
                continue
            where[attribute] = self._span(item)
            found[attribute] = self._build(item)
        return found

    def _all(self, items: Iterable[Tree[Token]], *rules: str) -> tuple[Any, ...]:
        return tuple(self._build(item) for item in items if item.data in rules)

    # ---- names and literals ----

    def name(self, token: Token) -> n.Name:
        """A name; letters must be composed (NFC), so that equal names look equal."""
        span = self._span(token)
        if not token.isascii() and not unicodedata.is_normalized("NFC", token):
            self._refuse(
                "SLA104",
                f"the name `{token}` isn't in composed form (Unicode NFC)",
                span,
                help=f"write `{unicodedata.normalize('NFC', token)}`",
            )
        return n.Name(str(token), span=span)

    def _name_or_none(self, token: Token | None) -> n.Name | None:
        return None if token is None else self.name(token)

    def _number(self, text: str, span: Span) -> Fraction:
        if len(text) > MAX_DIGITS + 1:
            self._refuse(
                "SLA105", "a number of more than 40 digits", span, help="write fewer digits"
            )
            return Fraction(0)
        return Fraction(text)

    def _text(self, token: Token | None) -> n.Text | None:
        if token is None:
            return None
        value = token[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        return n.Text(value, span=self._span(token))

    def quantity(self, token: Token) -> n.Quantity:
        """A literal with its unit, in the base unit of its kind."""
        span = self._span(token)
        text = str(token)
        kind, unit = token.type, ""
        if kind == "NUMBER":
            value = self._number(text, span)
        elif kind == "PERCENT":
            value = self._number(text[:-1], span) / 100
        elif kind == "DURATION":
            value = self._duration(text, span)
        else:
            digits = text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZikB").rstrip()
            unit = text[len(digits) :].strip()
            value = self._number(digits, span)
            if kind == "SIZE":
                value, unit = value * _BYTES[unit], ""
        return n.Quantity(kind.lower(), value, unit, text, span=span)

    def _duration(self, text: str, span: Span) -> Fraction:
        total, digits, unit = Fraction(0), "", ""
        for c in [*text, "0"]:
            if unit and not c.isalpha():
                total += self._number(digits, span) * _SECONDS[unit]
                digits, unit = "", ""
            if c.isalpha():
                unit += c
            else:
                digits += c
        return total

    def _moment(self, token: Token) -> n.Moment:
        span = self._span(token)
        text = str(token)
        try:
            day = date.fromisoformat(text[:10])
            if len(text) > 10:
                time.fromisoformat(text[11:16])
            problem = "" if 1678 <= day.year <= 2261 else "a year outside 1678 to 2261"
        except ValueError:
            problem = "there is no such date or time"
        if problem:
            self._refuse("SLA106", f"`{text}`: {problem}", span, help="times are local, 24 hours")
            text = "2000-01-01"
        return n.Moment(text, token.type == "DATE", span=span)

    def _length(self, tree: Tree[Any]) -> n.Length:
        span = self._span(tree)
        first = tree.children[0]
        if len(tree.children) == 1:
            return n.Length(self._duration(str(first), span), "s", str(first), span=span)
        unit = str(tree.children[1].children[0]).removesuffix("s")
        return n.Length(self._whole(first).value, unit, span.text, span=span)

    def _whole(self, token: Token) -> n.Quantity:
        quantity = self.quantity(token)
        if quantity.value.denominator != 1:
            self._refuse(
                "SLA107", f"`{token}` must be a whole number", quantity.span, help="write a count"
            )
        return quantity

    def _value(self, item: Any) -> Any:
        return self._build(item)

    def _on(self, left: Token | None, right: Token | None) -> n.On | None:
        if left is None or right is None:
            return None
        a, b = self.name(left), self.name(right)
        return n.On(a, b, span=a.span.to(b.span))

    def _names(self, tokens: Iterable[Token]) -> tuple[n.Name, ...]:
        return tuple(self.name(t) for t in tokens)


class TooDeep(Exception):
    """A policy nested deeper than the limit."""

    def __init__(self, span: Span) -> None:
        super().__init__("nested too deep")
        self.span = span


def _rows(b: Builder, t: Tree[Any]) -> n.RowsOf:
    return n.RowsOf(b.name(t.children[0]), b._maybe(t.children[1]), span=b._span(t))


def _literal(b: Builder, t: Tree[Any]) -> n.Quantity:
    return b.quantity(t.children[0])


def _infix(cls: Callable[..., Any]) -> Callable[[Builder, Tree[Any]], Any]:
    def build(b: Builder, t: Tree[Any]) -> Any:
        operands = tuple(b._build(c) for c in t.children[::2])
        return cls(operands, tuple(str(o) for o in t.children[1::2]), span=b._span(t))

    return build


def _logic(word: str) -> Callable[[Builder, Tree[Any]], Any]:
    def build(b: Builder, t: Tree[Any]) -> Any:
        return n.Logic(word, tuple(b._build(c) for c in t.children), span=b._span(t))

    return build


def _word(b: Builder, t: Tree[Any]) -> n.Ref:
    name = b.name(t.children[0])
    return n.Ref(name.text, span=name.span)


def _ref(b: Builder, t: Tree[Any]) -> n.Ref:
    first, member = t.children
    name = b.name(first)
    return n.Ref(name.text, None if member is None else b.name(member).text, span=b._span(t))


def _arm(cls: Callable[..., Any]) -> Callable[[Builder, Tree[Any]], Any]:
    def build(b: Builder, t: Tree[Any]) -> Any:
        key: Any = t.children[0]
        built = b._build(key) if key.data != "otherwise" else None
        if isinstance(built, n.Ref):
            built = n.Name(built.name, span=built.span)
        return cls(built, b._build(t.children[1]), span=b._span(t))

    return build


def _call(b: Builder, t: Tree[Any]) -> n.Call:
    arguments: list[Any] = []
    calendar = None
    pauses = []
    for child in t.children[1:]:
        if child is None:
            continue
        if child.data == "in_calendar":
            if calendar is not None:
                b._refuse("SLA110", "`in` is given twice", b._span(child), help="keep one")
            calendar = b._build(child.children[0])
        elif child.data == "pausing":
            stream, left, _, right = child.children
            pauses.append(n.Pausing(b.name(stream), b._on(left, right), span=b._span(child)))
        else:
            arguments.append(b._build(child))
    name = b.name(t.children[0])
    return n.Call(name, tuple(arguments), calendar, tuple(pauses), span=b._span(t))


def _function(b: Builder, t: Tree[Any]) -> n.Name:
    return b.name(t.children[0].children[0])


def _of_rows(b: Builder, t: Tree[Any]) -> n.Aggregate:
    _, subject, stream = t.children
    return n.Aggregate(
        _function(b, t), b._build(subject), b._name_or_none(stream), span=b._span(t)
    )


def _of_time(b: Builder, t: Tree[Any]) -> n.Aggregate:
    _, subject, outage = t.children
    return n.Aggregate(
        _function(b, t), b._build(subject), outside=b.name(outage), span=b._span(t)
    )


def _of_windows(b: Builder, t: Tree[Any]) -> n.Aggregate:
    _, word, length, calendar = t.children
    over = n.Windows(b.quantity(length), b._name_or_none(calendar), span=b._span(length))
    subject = n.Ref(str(word), span=b._span(word))
    return n.Aggregate(_function(b, t), subject, over=over, span=b._span(t))


def _over_windows(b: Builder, t: Tree[Any]) -> n.Aggregate:
    _, subject, length, calendar, empty = t.children
    value = None if empty is None else b._build(empty.children[0])
    over = n.Windows(b.quantity(length), b._name_or_none(calendar), value, span=b._span(length))
    return n.Aggregate(_function(b, t), b._build(subject), over=over, span=b._span(t))


def _over_each(b: Builder, t: Tree[Any]) -> n.Aggregate:
    _, subject, each = t.children
    over = n.Each(b._names(each.children), span=b._span(each))
    return n.Aggregate(_function(b, t), b._build(subject), over=over, span=b._span(t))


def _filtered(b: Builder, t: Tree[Any]) -> n.Aggregate:
    head: n.Aggregate = b._build(t.children[0])
    where = good = None
    for child in t.children[1:]:
        if child is not None and child.data == "where":
            where = b._build(child.children[0])
        elif child is not None:
            good = b._build(child.children[0])
    return n.Aggregate(
        head.function, head.subject, head.stream, head.outside, head.over, where, good,
        span=b._span(t),
    )  # fmt: skip


def _agreement(b: Builder, t: Tree[Any]) -> n.Agreement:
    name, doc, *clauses = t.children
    found = b._clauses(clauses, _AGREEMENT)
    return n.Agreement(b.name(name), b._text(doc), **found, span=b._span(t))


_AGREEMENT = {rule: rule for rule in (
    "provider", "customer", "internal", "term", "renews", "timezone", "currency", "fee",
    "rounding", "review", "records", "late", "week_starts", "month_starts", "year_starts",
    "percentile",
)} | {"chosen_plan": "plan"}  # fmt: skip


def _party(b: Builder, t: Tree[Any]) -> n.Party:
    return n.Party(b.name(t.children[0]), b._text(t.children[1]), span=b._span(t))


def _term(b: Builder, t: Tree[Any]) -> n.Term:
    start, end = t.children
    through = to = None
    if end is not None:
        moment = end.children[0]
        if end.data == "through":
            through = b._moment(moment)
        else:
            to = b._build(moment)
    return n.Term(b._build(start), through, to, span=b._span(t))


def _renews(b: Builder, t: Tree[Any]) -> n.Renews:
    length, when, unless = t.children
    return n.Renews(b._build(length), b._maybe(when), b._maybe(unless), span=b._span(t))


def _unit(t: Tree[Any]) -> str:
    return str(t.children[0]).removesuffix("s")


def _renews_when(b: Builder, t: Tree[Any]) -> n.RenewsWhen:
    name, met, of, unit = t.children
    return n.RenewsWhen(b.name(name), b._whole(met), b._whole(of), _unit(unit), span=b._span(t))


def _renews_unless(b: Builder, t: Tree[Any]) -> n.RenewsUnless:
    stream, where, notice = t.children
    return n.RenewsUnless(b.name(stream), b._maybe(where), b._build(notice), span=b._span(t))


def _fee(b: Builder, t: Tree[Any]) -> n.Fee:
    return n.Fee(b._build(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _rounding(b: Builder, t: Tree[Any]) -> n.Rounding:
    mode = " ".join(t.children[0].children)
    return n.Rounding(mode, b.quantity(t.children[1]), span=b._span(t))


def _review(b: Builder, t: Tree[Any]) -> n.Review:
    return n.Review(b._build(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _first_name(b: Builder, t: Tree[Any]) -> n.Name:
    return b.name(t.children[0])


def _own_word(b: Builder, t: Tree[Any]) -> n.Name:
    span = b._span(t)
    return n.Name(span.text, span=span)


def _names(b: Builder, t: Tree[Any]) -> tuple[n.Name, ...]:
    return b._names(t.children)


def _first(b: Builder, t: Tree[Any]) -> Any:
    return b._build(t.children[0])


def _plan(b: Builder, t: Tree[Any]) -> n.Plan:
    name, doc, *bindings = t.children
    return n.Plan(
        b.name(name), b._text(doc), tuple(b._build(c) for c in bindings), span=b._span(t)
    )


def _binding(b: Builder, t: Tree[Any]) -> n.Binding:
    return n.Binding(b.name(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _service(b: Builder, t: Tree[Any]) -> n.Service:
    name, doc, *of = t.children
    return n.Service(b.name(name), b._text(doc), tuple(b._build(c) for c in of), span=b._span(t))


def _service_of(b: Builder, t: Tree[Any]) -> n.ServiceOf:
    values = tuple(b._build(c) for c in t.children[1:])
    return n.ServiceOf(b.name(t.children[0]), values, span=b._span(t))


def _stream(b: Builder, t: Tree[Any]) -> n.Stream:
    name, doc, *clauses = t.children
    single = {"event": "event", "span": "spans", "key": "key", "sequence": "sequence"}
    single |= {"recorded": "recorded", "expected": "expected", "timezone": "timezone"}
    found = b._clauses(clauses, single | {"ambiguous": "ambiguous"})
    fields = b._all(clauses, "field")
    return n.Stream(b.name(name), b._text(doc), **found, fields=fields, span=b._span(t))


def _span_fields(b: Builder, t: Tree[Any]) -> n.SpanFields:
    return n.SpanFields(b.name(t.children[0]), b.name(t.children[1]), span=b._span(t))


def _field(b: Builder, t: Tree[Any]) -> n.Field:
    name, kind, optional, *rest = t.children
    negative, value = rest or (None, None)
    return n.Field(
        b.name(name), b._build(kind), optional is not None, negative is not None,
        b._maybe(value), span=b._span(t),
    )  # fmt: skip


def _type_name(b: Builder, t: Tree[Any]) -> n.TypeName:
    return n.TypeName(b.name(t.children[0]), b._name_or_none(t.children[1]), span=b._span(t))


def _one_of(b: Builder, t: Tree[Any]) -> n.OneOf:
    return n.OneOf(b._names(t.children), span=b._span(t))


def _derived(b: Builder, t: Tree[Any]) -> n.Derived:
    name, doc, how = t.children
    return n.Derived(b.name(name), b._text(doc), b._build(how), span=b._span(t))


def _last_of(b: Builder, t: Tree[Any]) -> n.LastOf:
    stream, by, placed = t.children
    return n.LastOf(b.name(stream), b.name(by), b._name_or_none(placed), span=b._span(t))


def _spans_of(b: Builder, t: Tree[Any]) -> n.SpansOf:
    stream, by, where = t.children
    return n.SpansOf(b.name(stream), b.name(by), b._maybe(where), span=b._span(t))


def _enum(b: Builder, t: Tree[Any]) -> n.Enum:
    return n.Enum(b.name(t.children[0]), b._names(t.children[1:]), span=b._span(t))


def _calendar(b: Builder, t: Tree[Any]) -> n.Calendar:
    name, doc, *rest = t.children
    if rest and isinstance(rest[0], Token):
        operators = tuple(str(w.children[0]) for w in rest[1::2])
        return n.Calendar(
            b.name(name), b._text(doc), operands=b._names(rest[::2]), operators=operators,
            span=b._span(t),
        )  # fmt: skip
    found = b._clauses(rest, {"timezone": "timezone"})
    closed = b._all(rest, "closed_holidays", "closed_dates", "closed_span")
    opened = b._all(rest, "open")
    return n.Calendar(
        b.name(name), b._text(doc), **found, open=opened, closed=closed, span=b._span(t)
    )


def _open(b: Builder, t: Tree[Any]) -> n.Open:
    return n.Open(b._all(t.children, "weekdays"), b._all(t.children, "hours"), span=b._span(t))


def _weekdays(b: Builder, t: Tree[Any]) -> n.Weekdays:
    first, last = t.children
    return n.Weekdays(b.name(first), b._name_or_none(last), span=b._span(t))


def _hours(b: Builder, t: Tree[Any]) -> n.Hours:
    minutes = []
    for token in (t.children[0], t.children[2]):
        hour, minute, *rest = (int(part) for part in token.split(":"))
        if minute > 59 or hour * 60 + minute > 1440 or rest:
            b._refuse(
                "SLA106",
                f"`{token}` isn't a time of day in hours and minutes",
                b._span(token),
                help="hours run from 00:00 to 24:00",
            )
        minutes.append(hour * 60 + minute)
    return n.Hours(minutes[0], minutes[1], span=b._span(t))


def _closed_holidays(b: Builder, t: Tree[Any]) -> n.ClosedHolidays:
    regions = tuple(text for c in t.children if (text := b._text(c)) is not None)
    return n.ClosedHolidays(regions, span=b._span(t))


def _closed_dates(b: Builder, t: Tree[Any]) -> n.ClosedDates:
    return n.ClosedDates(tuple(b._moment(c) for c in t.children), span=b._span(t))


def _closed_span(b: Builder, t: Tree[Any]) -> n.ClosedSpan:
    return n.ClosedSpan(b._build(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _exclusion(b: Builder, t: Tree[Any]) -> n.Exclusion:
    name, doc, *clauses = t.children
    single = {"spans": "spans", "for_all": "for_all", "matched": "on", "allowance": "allowance"}
    found = b._clauses(clauses, single)
    return n.Exclusion(b.name(name), b._text(doc), **found, span=b._span(t))


def _matched(b: Builder, t: Tree[Any]) -> n.On | None:
    return b._on(t.children[0], t.children[2])


def _allowance(b: Builder, t: Tree[Any]) -> n.Allowance:
    return n.Allowance(b._build(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _outage(b: Builder, t: Tree[Any]) -> n.Outage:
    name, doc, *clauses = t.children
    single = {"for_each": "each", "samples": "samples", "spans": "spans", "windows": "windows"}
    single |= {"holds": "holds", "lasting": "lasting", "counted": "counted"}
    found = b._clauses(clauses, single | {"missing_data": "missing"})
    return n.Outage(b.name(name), b._text(doc), **found, span=b._span(t))


def _windows(b: Builder, t: Tree[Any]) -> n.WindowsWhere:
    return n.WindowsWhere(b.quantity(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _holds(b: Builder, t: Tree[Any]) -> n.Holds:
    how = t.children[0]
    limit = b.quantity(how.children[0]) if how.data == "at_most" else None
    return n.Holds(limit, span=b._span(t))


def _quantity_first(b: Builder, t: Tree[Any]) -> n.Quantity:
    return b.quantity(t.children[0])


def _counted(b: Builder, t: Tree[Any]) -> n.Counted:
    return n.Counted(b._build(t.children[0]), b._maybe(t.children[1]), span=b._span(t))


def _metric(b: Builder, t: Tree[Any]) -> n.Metric:
    name, doc, value = t.children
    return n.Metric(b.name(name), b._text(doc), b._build(value), span=b._span(t))


def _baseline(b: Builder, t: Tree[Any]) -> n.Baseline:
    name, doc, value, start, end = t.children
    moment = end.children[0]
    through = b._moment(moment) if end.data == "through" else None
    to = b._build(moment) if end.data == "until" else None
    return n.Baseline(
        b.name(name), b._text(doc), b._build(value), b._build(start), through, to, span=b._span(t)
    )


def _obligation(b: Builder, t: Tree[Any]) -> n.Obligation:
    name, doc, *clauses = t.children
    single = {"owes": "owes", "excluding": "excluding", "claim": "claim", "paid_only": "paid_only"}
    return n.Obligation(
        b.name(name), b._text(doc), **b._clauses(clauses, single),
        roles=b._all(clauses, "role"),
        requires=b._all(clauses, "require", "require_within", "require_every"),
        excused=b._all(clauses, "excused"),
        payments=b._all(clauses, "payment"),
        span=b._span(t),
    )  # fmt: skip


def _owes(b: Builder, t: Tree[Any]) -> n.Owes:
    return n.Owes(b.name(t.children[0]), b.name(t.children[1]), span=b._span(t))


def _role(b: Builder, t: Tree[Any]) -> n.Role:
    word, names = t.children
    return n.Role(str(word.children[0]), b._build(names), span=b._span(t))


def _require(b: Builder, t: Tree[Any]) -> n.Require:
    metric, operator, target, per, each = t.children
    return n.Require(
        b.name(metric), str(operator), b._build(target), b._maybe(per), b._maybe(each) or (),
        span=b._span(t),
    )  # fmt: skip


def _require_within(b: Builder, t: Tree[Any]) -> n.RequireWithin:
    event, where, within, calendar, of = t.children
    return n.RequireWithin(
        b._build(event), b._maybe(where), b._build(within), b._name_or_none(calendar),
        b._build(of), span=b._span(t),
    )  # fmt: skip


def _require_every(b: Builder, t: Tree[Any]) -> n.RequireEvery:
    event, where, every, weekday, clock = t.children
    return n.RequireEvery(
        b._build(event), b._maybe(where), b._build(every), b._name_or_none(weekday),
        str(clock), span=b._span(t),
    )  # fmt: skip


def _anchor(b: Builder, t: Tree[Any]) -> n.Anchor:
    first, rest = t.children
    of = b.name(rest.children[0]) if rest is not None and rest.data == "anchor_of" else None
    member = b.name(rest.children[0]) if rest is not None and of is None else None
    return n.Anchor(b.name(first), of, member, span=b._span(t))


def _excused(b: Builder, t: Tree[Any]) -> n.Excused:
    party, obligation, left, _, right = t.children
    on = b._on(left, right)
    return n.Excused(b.name(party), b.name(obligation), on, span=b._span(t))


def _payment(b: Builder, t: Tree[Any]) -> n.Payment:
    direction, occurrence, on, payout, limit = t.children
    return n.Payment(
        str(direction.children[0]),
        None if occurrence is None else str(occurrence.children[0]),
        b._name_or_none(on), b._build(payout), b._maybe(limit), span=b._span(t),
    )  # fmt: skip


def _tiers(b: Builder, t: Tree[Any]) -> n.Tiers:
    return n.Tiers(b._all(t.children, "tier"), span=b._span(t))


def _tier(b: Builder, t: Tree[Any]) -> n.Tier:
    first, second, amount = t.children
    bounds = tuple(b._build(bound) for bound in (first, second) if bound is not None)
    return n.Tier(bounds, b._build(amount), span=b._span(t))


def _bound(b: Builder, t: Tree[Any]) -> n.Bound:
    operator = {"below": "<", "above": ">", "most": "<=", "least": ">="}
    word = str(t.children[0].children[0])
    return n.Bound(operator[word], b._build(t.children[1]), span=b._span(t))


def _payout_match(b: Builder, t: Tree[Any]) -> n.PayoutMatch:
    arms = b._all((c for c in t.children[1:] if c is not None), "payout_arm")
    return n.PayoutMatch(b.name(t.children[0]), arms, span=b._span(t))


def _share_of(b: Builder, t: Tree[Any]) -> n.ShareOf:
    return n.ShareOf(b.quantity(t.children[0]), b._build(t.children[1]), span=b._span(t))


def _length_of(b: Builder, t: Tree[Any]) -> n.LengthOf:
    count, unit, of = t.children
    whole = b._whole(count)
    length = n.Length(
        whole.value, _unit(unit), f"{count} {unit.children[0]}", span=whole.span.to(b._span(unit))
    )
    return n.LengthOf(length, b._build(of), span=b._span(t))


def _claim(b: Builder, t: Tree[Any]) -> n.Claim:
    within, calendar, of, stream, where = t.children
    return n.Claim(
        b._build(within), b._name_or_none(calendar), b._build(of), b.name(stream),
        b._maybe(where), span=b._span(t),
    )  # fmt: skip


def _cap(b: Builder, t: Tree[Any]) -> n.Cap:
    what, at, per = t.children
    return n.Cap(b.name(what), b._build(at), b._build(per), span=b._span(t))


def _remedy(b: Builder, t: Tree[Any]) -> n.Remedy:
    name, doc, *clauses = t.children
    single = {"may": "may", "remedy_when": "when", "remedy_within": "within"}
    found = b._clauses(clauses, single)
    party, act = found.pop("may", (None, None))
    return n.Remedy(b.name(name), b._text(doc), party, act, **found, span=b._span(t))


def _may(b: Builder, t: Tree[Any]) -> tuple[n.Name, n.Name]:
    return b.name(t.children[0]), b.name(t.children[1])


def _remedy_when(b: Builder, t: Tree[Any]) -> n.RemedyWhen:
    name, breached, of, unit = t.children
    return n.RemedyWhen(
        b.name(name), b._whole(breached), b._whole(of), _unit(unit), span=b._span(t)
    )


def _amendment(b: Builder, t: Tree[Any]) -> n.Amendment:
    name, doc, signed, start, *declarations = t.children
    return n.Amendment(
        b.name(name), b._text(doc), b._moment(signed), b._moment(start),
        tuple(b._build(d) for d in declarations), span=b._span(t),
    )  # fmt: skip


def _test(b: Builder, t: Tree[Any]) -> n.Test:
    title, *clauses = t.children
    text = b._text(title)
    assert text is not None
    found = b._clauses(clauses, {"as_of": "as_of"})
    return n.Test(
        text, found.get("as_of"), b._all(clauses, "given"), b._all(clauses, "expect"),
        span=b._span(t),
    )  # fmt: skip


def _given(b: Builder, t: Tree[Any]) -> n.Given:
    stream, every, *bindings = t.children
    return n.Given(
        b.name(stream), b._maybe(every), tuple(b._build(c) for c in bindings), span=b._span(t)
    )


def _every(b: Builder, t: Tree[Any]) -> n.Every:
    every, start, end = t.children
    return n.Every(b.quantity(every), b._build(start), b._build(end), span=b._span(t))


def _expect(b: Builder, t: Tree[Any]) -> n.Expect:
    subject, group, label, result = t.children
    values = () if group is None else tuple(b._build(c) for c in group.children)
    verdict = at = operator = amount = None
    if result.data == "outcome":
        verdict = " ".join(result.children[0].children)
        at = b._maybe(result.children[1])
    else:
        operator, amount = str(result.children[0]), b._build(result.children[1])
    period = None if label is None else str(label.children[0])
    return n.Expect(
        b.name(subject), values, period, verdict, at, operator, amount, span=b._span(t)
    )


def _compare(b: Builder, t: Tree[Any]) -> n.Compare:
    left, operator, right = t.children
    return n.Compare(str(operator), b._build(left), b._build(right), span=b._span(t))


def _member(b: Builder, t: Tree[Any]) -> n.Member:
    operand, *values = t.children
    return n.Member(b._build(operand), tuple(b._build(v) for v in values), span=b._span(t))


def _presence(b: Builder, t: Tree[Any]) -> n.Presence:
    return n.Presence(b._build(t.children[0]), b.name(t.children[1]), span=b._span(t))


def _match(b: Builder, t: Tree[Any]) -> n.Match:
    arms = b._all((c for c in t.children[1:] if c is not None), "arm")
    return n.Match(b._build(t.children[0]), arms, span=b._span(t))


_BUILD: dict[str, Callable[[Builder, Any], Any]] = {
    "language": lambda b, t: n.Language(b.quantity(t.children[0]), span=b._span(t)),
    "plan": _plan, "binding": _binding, "word": _word,
    "negative": lambda b, t: n.Minus(b._build(t.children[1]), span=b._span(t)),
    "minus": lambda b, t: n.Minus(b._build(t.children[1]), span=b._span(t)),
    "agreement": _agreement, "provider": _party, "customer": _party, "internal": _own_word,
    "chosen_plan": _first_name, "term": _term, "renews": _renews, "renews_when": _renews_when,
    "renews_unless": _renews_unless,
    "timezone": lambda b, t: b._text(t.children[0]),
    "currency": _first_name, "fee": _fee, "rounding": _rounding, "review": _review,
    "records": _first_name, "late": _first, "week_starts": _first_name,
    "month_starts": lambda b, t: b._whole(t.children[0]), "year_starts": _first_name,
    "percentile": _first_name,
    "service": _service, "service_of": _service_of,
    "stream": _stream, "event": _first_name, "span": _span_fields, "key": _first,
    "sequence": _first_name, "recorded": _first_name, "expected": _quantity_first,
    "ambiguous": _first_name, "field": _field, "type_name": _type_name, "one_of": _one_of,
    "derived": _derived, "last_of": _last_of, "spans_of": _spans_of, "enum": _enum,
    "calendar": _calendar, "open": _open, "weekdays": _weekdays, "hours": _hours,
    "closed_holidays": _closed_holidays, "closed_dates": _closed_dates,
    "closed_span": _closed_span,
    "exclusion": _exclusion, "spans": _rows, "for_all": _own_word, "matched": _matched,
    "allowance": _allowance,
    "outage": _outage, "for_each": _first, "samples": _rows, "windows": _windows,
    "holds": _holds, "lasting": _quantity_first, "counted": _counted,
    "missing_data": _first_name,
    "metric": _metric, "baseline": _baseline, "filtered": _filtered, "of_rows": _of_rows,
    "of_time": _of_time, "of_windows": _of_windows, "over_windows": _over_windows,
    "over_each": _over_each,
    "f_sum": _infix(n.Arithmetic), "f_product": _infix(n.Arithmetic),
    "sum": _infix(n.Arithmetic), "product": _infix(n.Arithmetic),
    "coalesce": lambda b, t: n.Coalesce(tuple(b._build(c) for c in t.children), span=b._span(t)),
    "disjunction": _logic("or"), "conjunction": _logic("and"),
    "not": lambda b, t: n.Not(b._build(t.children[0]), span=b._span(t)),
    "compare": _compare, "member": _member, "presence": _presence,
    "ref": _ref, "call": _call, "match": _match, "arm": _arm(n.Arm),
    "obligation": _obligation, "owes": _owes, "role": _role, "require": _require,
    "require_within": _require_within, "require_every": _require_every, "anchor": _anchor,
    "excluding": _first, "excused": _excused, "payment": _payment, "payment_limit": _first,
    "tiers": _tiers, "tier": _tier, "bound": _bound, "payout_match": _payout_match,
    "payout_arm": _arm(n.PayoutArm), "share_of": _share_of, "length_of": _length_of,
    "claim": _claim, "paid_only": _quantity_first, "cap": _cap,
    "remedy": _remedy, "may": _may, "remedy_when": _remedy_when, "remedy_within": _first,
    "amendment": _amendment,
    "test": _test, "as_of": _first, "given": _given, "given_every": _every, "expect": _expect,
    "period_word": lambda b, t: b.name(t.children[0]),
    "rolling": lambda b, t: _rolling(b, t),
    "length": lambda b, t: b._length(t), "names": _names,
    "number": _literal, "percent": _literal, "duration": _literal, "money": _literal,
    "size": _literal,
    "text": lambda b, t: b._text(t.children[0]),
    "date": lambda b, t: b._moment(t.children[0]),
    "datetime": lambda b, t: b._moment(t.children[0]),
}  # fmt: skip


def _rolling(b: Builder, t: Tree[Any]) -> n.Rolling:
    first, unit, every, step = t.children

    def length(count: Token, word: Tree[Any]) -> n.Length:
        whole = b._whole(count)
        text = f"{count} {word.children[0]}"
        return n.Length(whole.value, _unit(word), text, span=whole.span.to(b._span(word)))

    return n.Rolling(length(first, unit), length(every, step), span=b._span(t))
