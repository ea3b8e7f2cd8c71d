"""Conditions and values of a row: from typed syntax to expressions over columns."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import assert_never

from sladsl.contract.model import Contract, Kind, RefKind, Resolved, Type
from sladsl.diagnostics import Diagnostic
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.plan.parts import elapsed_in, fractional
from sladsl.plan.unsupported import refuse
from sladsl.syntax import nodes as n

__all__ = ["NotYet", "Rows"]


class NotYet(Exception):
    """A clause that can't be evaluated yet; carried to the top of `compile`."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Rows:
    """Lowers row expressions of one contract; remembers which pause streams they read."""

    def __init__(
        self, contract: Contract, enums: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.contract = contract
        self.calendars: set[str] = set()
        self.streams: set[str] = set()
        #: what stops every clock, beside what an expression says
        self.excuses: tuple[p.Pause, ...] = ()
        #: the baselines that are compared with
        self.baselines: set[str] = set()
        #: the values of enums that amendments change, as all terms together know them
        self.enums: Mapping[str, tuple[str, ...]] = {} if enums is None else enums

    def values(self, type_: Type) -> tuple[str, ...]:
        """The values of an enum, in the order of their numbers."""
        return self.enums.get(type_.unit, type_.values)

    def lower(self, node: n.Expr, kind: Kind | None = None) -> p.RowExpr:
        """The expression over columns; `kind` is what a literal without a kind stands for."""
        match node:
            case n.Ref():
                return self._ref(node)
            case n.Quantity():
                return self._quantity(node, kind)
            case n.Text(value=value):
                return p.TextConst(value)
            case n.Moment():
                return p.Const(instant(node, self.contract.agreement.zone), "time")
            case n.Minus(operand=operand):
                zero = p.Const(0, self.kind(node))
                return p.Arith("-", zero, self.lower(operand, kind), self.kind(node))
            case n.Arithmetic():
                return self._arithmetic(node)
            case n.Coalesce(operands=operands):
                literal = self._literal_kind(operands)
                lowered = tuple(self.lower_as(o, self.kind(node), literal) for o in operands)
                return p.Coalesce(lowered, self.kind(node))
            case n.Compare():
                return self._compare(node)
            case n.Member(operand=operand, values=values):
                return self._member(operand, values)
            case n.Presence(operand=operand, word=word):
                present = p.Present(self.lower(operand))
                return present if word.text == "present" else p.Opposite(present)
            case n.Logic(operator=operator, operands=operands):
                parts = tuple(self.lower(o) for o in operands)
                return p.AllOf(parts) if operator == "and" else p.AnyOf(parts)
            case n.Not(operand=operand):
                return p.Opposite(self.lower(operand))
            case n.Match():
                return self._match(node, kind)
            case n.Call():
                return self._elapsed(node)
            case n.Related():
                return self._related(node)
            case n.Aggregate():
                raise TypeError("an aggregate in a condition on rows")  # the grammar has none
            case _:
                assert_never(node)

    def lower_as(self, node: n.Expr, kind: str, literal: Kind | None = None) -> p.RowExpr:
        """The expression in the unit of a kind: a whole number where a decimal one is due."""
        lowered = self.lower(node, literal)
        own = _kind_of(lowered)
        if own == kind or own not in p.SCALE or kind not in p.SCALE:
            return lowered
        factor = Fraction(p.SCALE[kind], p.SCALE[own])
        if isinstance(lowered, p.Const) and factor.denominator == 1:
            return p.Const(lowered.value * factor.numerator, kind)
        return _scaled(lowered, factor, kind)

    def _type(self, node: n.Expr) -> Type:
        if isinstance(node, n.Ref):
            found = self.contract.resolve(node)
            if found.kind is RefKind.FIELD:
                return self.contract.streams[found.owner].fields[found.name].type
        return self.contract.type_of(node)

    def kind(self, node: n.Expr) -> str:
        """The kind of a value; a ratio is a number."""
        kind = self._type(node).kind
        return "number" if kind is Kind.RATIO else str(kind)

    def _literal_kind(self, nodes: tuple[n.Expr, ...]) -> Kind | None:
        """The kind of the first operand that isn't a bare literal."""
        for node in nodes:
            if not isinstance(node, n.Quantity):
                return self._type(node).kind
        return None

    def _quantity(self, node: n.Quantity, kind: Kind | None) -> p.Const | p.Quotient:
        own = Kind.NUMBER if kind is Kind.RATIO else kind
        own = own if own in (Kind.INT, Kind.NUMBER) and node.kind == "number" else None
        name = str(own) if own is not None else node.kind
        if name == "number" and own is None:
            name = "int" if node.value.denominator == 1 else "number"
        if own is Kind.INT and node.value.denominator != 1:
            name = "number"
        units = node.value * p.SCALE[name]
        above = p.Const(units.numerator, name)
        if units.denominator == 1:
            return above
        return p.Quotient(above, p.Const(units.denominator, "int"), name)

    def _ref(self, node: n.Ref) -> p.RowExpr:
        found = self.contract.resolve(node)
        match found.kind:
            case RefKind.FIELD:
                return self._stopped(node, found) or p.Col(found.name, self.kind(node))
            case RefKind.VALUE:
                return p.Const(self.values(self._type(node)).index(found.name), "enum")
            case RefKind.BOOL:
                return p.Const(int(found.name == "true"), "bool")
            case RefKind.CALENDAR | RefKind.ALWAYS:
                name = "always" if found.kind is RefKind.ALWAYS else found.name
                self.calendars.add(name)
                return p.CalendarRef(name)
            case RefKind.PARAMETER:
                return self.lower(self.parameter(node))
            case RefKind.BASELINE:
                self.baselines.add(found.name)
                return p.Baseline(found.name, self.kind(node))
            case _:
                raise TypeError(f"a {found.kind} in a condition on rows")  # check: none

    def _stopped(self, node: n.Ref, found: Resolved) -> p.RowExpr | None:
        """What a computed field is made of, where it reads a clock that an excuse stops."""
        field = self.contract.streams[found.owner].fields[found.name]
        if not self.excuses or field.computed is None:
            return None
        kind = field.type.kind
        made = self.lower_as(field.computed, kind, kind)
        if not elapsed_in(made):
            return None
        if field.negative_as_zero:
            what = f"an excuse for `{found.name}`, of which negative counts as zero,"
            raise NotYet(refuse(what, node.span))
        return made

    def parameter(self, node: n.Ref) -> n.Expr:
        """What the chosen plan says for `plan.name`."""
        frame = self.contract.agreement
        return frame.plans[frame.plan or ""][node.member or ""]

    def _arithmetic(self, node: n.Arithmetic) -> p.RowExpr:
        literal = self._literal_kind(node.operands)
        result = self.lower(node.operands[0], literal)
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.lower(operand, literal if operator in "+-" else None)
            match operator:
                case "*":
                    result = _times(result, right)
                case "/":
                    result = _over(result, right)
                case _:
                    made = _joint(result, right, operator)
                    result = p.Arith(operator, result, right, made, *_scales(result, right))
        return result

    def _compare(self, node: n.Compare) -> p.RowExpr:
        sides = self._beside(node.right, node.left), self._beside(node.left, node.right)
        if any(side is not None for side in sides):
            left = self.lower(node.left) if sides[0] is None else sides[0]
            return p.Compare(
                node.operator, left, self.lower(node.right) if sides[1] is None else sides[1]
            )
        kind = self._literal_kind((node.left, node.right))
        left, right = self.lower(node.left, kind), self.lower(node.right, kind)
        left_scale, right_scale = _scales(left, right)
        return p.Compare(node.operator, left, right, left_scale, right_scale)

    def _beside(self, other: n.Expr, node: n.Expr) -> p.Baseline | None:
        """A side of a comparison that is a baseline, times and plus constants; else None."""
        name, factor, plus = self.linear(node)
        if name is None:
            return None
        kind = self.kind(other)
        if kind not in p.SCALE or self.linear(other)[0] is not None:
            return None
        self.baselines.add(name)
        return p.Baseline(name, kind, as_pair(factor), as_pair(plus))

    def linear(self, node: n.Expr) -> tuple[str | None, Fraction, Fraction]:
        """A baseline, a factor and what is added; without a name also what isn't of that form."""
        match node:
            case n.Quantity(value=value):
                return None, Fraction(0), value
            case n.Minus(operand=operand):
                name, factor, plus = self.linear(operand)
                return name, -factor, -plus
            case n.Arithmetic(operands=operands, operators=operators):
                return self._joined(node, operands, operators)
            case n.Ref():
                found = self.contract.resolve(node)
                if found.kind is RefKind.PARAMETER:
                    return self.linear(self.parameter(node))
                if found.kind is RefKind.BASELINE:
                    return found.name, Fraction(1), Fraction(0)
            case _:
                pass
        return None, Fraction(0), Fraction(0)

    def _joined(
        self, node: n.Expr, operands: tuple[n.Expr, ...], operators: tuple[str, ...]
    ) -> tuple[str | None, Fraction, Fraction]:
        parts = [self.linear(operand) for operand in operands]
        names = [part[0] for part in parts if part[0] is not None]
        if not names:
            return None, Fraction(0), Fraction(0)
        if len(names) > 1 or any(map(self._of_row, operands)):
            return None, Fraction(0), Fraction(0)
        _, factor, plus = parts[0]
        for operator, (name, times, more) in zip(operators, parts[1:], strict=True):
            match operator:
                case "+":
                    factor, plus = factor + times, plus + more
                case "-":
                    factor, plus = factor - times, plus - more
                case "*":
                    scale = plus if name is not None else more
                    factor = (times if name is not None else factor) * scale
                    plus = plus * more
                case _:
                    if name is not None or more == 0:
                        return None, Fraction(0), Fraction(0)
                    factor, plus = factor / more, plus / more
        return names[0], factor, plus

    def _of_row(self, node: n.Expr) -> bool:
        """Whether an expression is anything but constants and baselines."""
        match node:
            case n.Quantity():
                return False
            case n.Minus(operand=operand):
                return self._of_row(operand)
            case n.Arithmetic(operands=operands):
                return any(map(self._of_row, operands))
            case n.Ref():
                return self.contract.resolve(node).kind not in (RefKind.PARAMETER, RefKind.BASELINE)
            case _:
                return True

    def _member(self, operand: n.Expr, values: tuple[n.Expr, ...]) -> p.RowExpr:
        subject = self.lower(operand)
        kind = self._type(operand).kind
        constants = tuple(self.lower(v, kind) for v in values)
        alike = tuple(c for c in constants if isinstance(c, p.Const | p.TextConst))
        other = [c for c in constants if _kind_of(c) != _kind_of(subject)]
        if fractional(subject) or len(alike) < len(constants) or other:
            # a decimal among whole numbers: compare one by one, where units are made to agree
            parts = (p.Compare("==", subject, c, *_scales(subject, c)) for c in constants)
            return p.AnyOf(tuple(parts))
        return p.IsIn(subject, alike)

    def _match(self, node: n.Match, kind: Kind | None) -> p.RowExpr:
        subject = self._ref(node.subject)
        assert isinstance(subject, p.Col)
        type_ = self._type(node.subject)
        literal = kind or self._literal_kind(tuple(arm.value for arm in node.arms))
        arms: list[tuple[int | str, p.RowExpr]] = []
        otherwise = None
        for arm in node.arms:
            value = self.lower_as(arm.value, self.kind(node), literal)
            if arm.key is None:
                otherwise = value
            else:
                arms.append((self._key(arm.key, type_), value))
        return p.Choose(subject, tuple(arms), otherwise, self.kind(node))

    def _key(self, key: n.Name | n.Text | n.Quantity, type_: Type) -> int | str:
        """The value of a match arm as a row holds it: index of an enum, 0 or 1, number, text."""
        match key:
            case n.Text(value=value):
                return value
            case n.Quantity(value=number):
                return int(number)
            case n.Name(text=text):
                if type_.kind is Kind.BOOL:
                    return int(text == "true")
                return self.values(type_).index(text)

    def _elapsed(self, node: n.Call) -> p.RowExpr:
        start, end = (self.lower(a) for a in node.arguments)
        if node.calendar is None:
            calendar: p.RowExpr = p.CalendarRef("always")
        else:
            calendar = self.lower(node.calendar)
        pauses = []
        for pause in node.pauses:
            assert pause.on is not None
            self.streams.add(pause.stream.text)
            pauses.append(p.Pause(pause.stream.text, pause.on.left.text, pause.on.right.text))
        return p.Elapsed(start, end, calendar, (*pauses, *self.excuses))

    def _related(self, node: n.Related) -> p.Related:
        excuses, self.excuses = self.excuses, ()  # they stop the clocks of the row, not of others
        where = None if node.where is None else self.lower(node.where)
        stream, value = node.stream, None
        if stream is not None:
            value = self.lower(node.subject)
        else:
            assert isinstance(node.subject, n.Ref)
            stream = n.Name(node.subject.name, span=node.subject.span)
        self.excuses = excuses
        self.streams.add(stream.text)
        types = self.contract.types
        theirs, ours = types[id(node.on.left)], types[id(node.on.right)]
        a, b = p.Col(node.on.left.text, str(theirs.kind)), p.Col(node.on.right.text, str(ours.kind))
        numbers: tuple[int, ...] = ()
        if theirs.kind is Kind.ENUM and self.values(theirs) != self.values(ours):
            known = self.values(ours)
            numbers = tuple(known.index(v) if v in known else -1 for v in self.values(theirs))
        kind = "int" if value is None else _kind_of(value)
        return p.Related(
            node.function.text, stream.text, where, value, a, b, kind, *_scales(a, b), numbers
        )


def _kind_of(expr: p.RowExpr) -> str:
    return getattr(expr, "kind", "bool")


def _scales(left: p.RowExpr, right: p.RowExpr) -> tuple[int, int]:
    """What to multiply both sides by so that numbers of two kinds have one unit."""
    a, b = p.SCALE.get(_kind_of(left), 1), p.SCALE.get(_kind_of(right), 1)
    if {_kind_of(left), _kind_of(right)} <= _PLAIN:
        return lcm(a, b) // a, lcm(a, b) // b
    return 1, 1


def _times(left: p.RowExpr, right: p.RowExpr) -> p.RowExpr:
    """A product, in the unit of the side that has one; over a constant where that isn't whole."""
    a, b = _kind_of(left), _kind_of(right)
    kind = _with_unit(a, b) if b in _PLAIN else b
    factor = Fraction(p.SCALE[kind], p.SCALE[a] * p.SCALE[b])
    if isinstance(right, p.Const):
        return _scaled(left, factor * right.value, kind)
    return _scaled(p.Arith("*", left, right, kind), factor, kind)


def _scaled(value: p.RowExpr, factor: Fraction, kind: str) -> p.RowExpr:
    """A value in the unit of a kind, times a fraction."""
    if factor.numerator != 1 or (factor == 1 and _kind_of(value) != kind):
        value = p.Arith("*", value, p.Const(factor.numerator, "int"), kind)
    if factor.denominator == 1:
        return value
    return p.Quotient(value, p.Const(factor.denominator, "int"), kind)


def _over(left: p.RowExpr, right: p.RowExpr) -> p.Quotient:
    """A quotient: a number where both sides are of one kind."""
    a, b = _kind_of(left), _kind_of(right)
    kind = "number" if a == b else _with_unit(a, b)
    factor = Fraction(p.SCALE[b] * p.SCALE[kind], p.SCALE[a])
    return p.Quotient(left, right, kind, factor.numerator, factor.denominator)


def _with_unit(a: str, b: str) -> str:
    """The kind of what is multiplied, or divided, by a number or a share."""
    if a == b == "int":
        return "int"
    return "number" if a in ("int", "number") else a


#: Kinds of numbers that are compared, and added up, with each other.
_PLAIN = frozenset({"int", "number", "percent"})


def _joint(left: p.RowExpr, right: p.RowExpr, operator: str) -> str:
    a, b = _kind_of(left), _kind_of(right)
    if a == "time":
        return "duration" if b == "time" and operator == "-" else "time"
    if "time" in (a, b):
        return "time"
    return next((kind for kind in ("percent", "number") if kind in (a, b)), a)


def as_pair(value: Fraction) -> p.Fraction2:
    """A fraction as two integers."""
    return value.numerator, value.denominator
