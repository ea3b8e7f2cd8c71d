"""A plan's expressions in words near those of the policy: `latency <= 300 ms`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sladsl.diagnostics import printable
from sladsl.plan import model as p
from sladsl.plan.parts import columns_in
from sladsl.plan.uses import named
from sladsl.records import Record
from sladsl.reports.figures import shown
from sladsl.reports.times import clock
from sladsl.verdicts.model import Figure

__all__ = ["Words", "figure", "kind_of", "per", "span"]

#: How tightly an expression binds; what binds less loosely than its place gets brackets.
_OR, _AND, _NOT, _COMPARE, _PLUS, _TIMES, _ATOM = range(7)
_LEVELS = {"+": _PLUS, "-": _PLUS, "*": _TIMES, "/": _TIMES}

_SIGNS: Mapping[type[p.RowExpr], tuple[str, int]] = {
    p.AllOf: (" and ", _AND),
    p.AnyOf: (" or ", _OR),
    p.Coalesce: (" ?? ", _ATOM),
}


def span(nanoseconds: int) -> str:
    """A length of time: `5 min`."""
    return shown(Figure(nanoseconds, 10**9, "duration"))


def figure(value: p.Fraction2, kind: str, unit: str = "") -> str:
    """A figure in base units."""
    return printable(shown(Figure(*value, kind, unit), ("==", Fraction(*value))))


def per(rule: p.PeriodRule) -> str:
    """A kind of period: `month`, `30 days every 1 day`."""
    if isinstance(rule, str):
        return rule
    if isinstance(rule, p.Cut):
        return f"{rule.per}, cut where the terms change"
    if isinstance(rule, p.Trailing):
        rows = f"{printable(rule.rows.stream)}.{printable(rule.field)}"
        return f"{_count(rule.length, rule.unit)} before {rows}"
    return f"{_count(rule.length, rule.unit)} every {_count(rule.every, rule.step)}"


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def kind_of(field: p.FieldPlan) -> str:
    """What a field holds: `duration in ms`, `one of P1, P2`, `time?`."""
    kind = field.kind
    if kind == "enum":
        kind = "one of " + ", ".join(map(printable, field.values))
    elif field.unit is not None and kind in ("duration", "money", "size"):
        kind = f"{kind} in {printable(field.unit)}"
    return kind + ("?" if field.optional else "")


class Words(Record):
    """The words for one stream's expressions and for the plan's figures."""

    plan: p.Plan
    stream: str = ""

    def condition(self, expr: p.RowExpr) -> str:
        """A condition or a value."""
        return printable(self._expr(expr, _OR))

    # ---- rows ----

    def _expr(self, expr: p.RowExpr, level: int) -> str:
        text, own = self._part(expr)
        return f"({text})" if own < level else text

    def baseline(self, expr: p.Baseline) -> str:
        """A baseline, times a factor, and more."""
        text = f"the baseline {printable(expr.name)}"
        if expr.factor != (1, 1):
            text = f"{figure(expr.factor, 'number')} * {text}"
        return text if expr.plus == (0, 1) else f"({text} + {figure(expr.plus, expr.kind)})"

    def related(self, expr: p.Related) -> str:
        """`count of touches where ... on lead == id`."""
        inner = self.but(stream=expr.stream)
        said = f"{expr.function} of {expr.stream}"
        if expr.value is not None:
            said = f"{expr.function} of {inner.condition(expr.value)} in {expr.stream}"
        if expr.where is not None:
            said += f" where {inner.condition(expr.where)}"
        return printable(f"{said} on {expr.theirs.name} == {expr.ours.name}")

    def _part(self, expr: p.RowExpr) -> tuple[str, int]:
        """The words, and how tightly they bind."""
        match expr:
            case p.Col(name=name) | p.CalendarRef(name=name):
                return name, _ATOM
            case p.TextConst(text=text):
                return f'"{text}"', _ATOM
            case p.Const():
                return self.value(expr, ()), _ATOM
            case p.Arith():
                return self._arithmetic(expr)
            case p.Quotient(left=left, right=right):
                if right == p.Const(p.SCALE["number"], "int"):
                    return self._part(left)  # a product in the unit of a decimal number
                if isinstance(left, p.Const) and isinstance(right, p.Const):
                    if not right.value:  # a baseline that has none
                        return "a figure without data", _ATOM
                    value = Fraction(left.value, right.value) / p.SCALE[expr.kind]
                    return figure(value.as_integer_ratio(), expr.kind), _ATOM
                return f"{self._expr(left, _TIMES)} / {self._expr(right, _TIMES + 1)}", _TIMES
            case p.Baseline():
                return self.baseline(expr), _ATOM
            case p.Related():
                return f"({self.related(expr)})", _ATOM
            case p.AllOf(operands=parts) | p.AnyOf(operands=parts) | p.Coalesce(operands=parts):
                sign, level = _SIGNS[type(expr)]
                text = sign.join(self._expr(part, min(level + 1, _ATOM)) for part in parts)
                return (text, level) if level < _ATOM else (f"({text})", _ATOM)
            case p.Opposite(operand=p.Present(operand=inner)):
                return f"{self._expr(inner, _PLUS)} is missing", _COMPARE
            case p.Opposite(operand=inner):
                return f"not {self._expr(inner, _NOT)}", _NOT
            case p.Present(operand=inner):
                return f"{self._expr(inner, _PLUS)} is present", _COMPARE
            case p.Compare(operator=operator, left=left, right=right):
                values = self._values(expr)
                sides = [
                    self.value(side, values)
                    if isinstance(side, p.Const)
                    else self._expr(side, _PLUS)
                    for side in (left, right)
                ]
                return f"{sides[0]} {operator} {sides[1]}", _COMPARE
            case p.IsIn(operand=inner, values=constants):
                values = self._values(inner)
                listed = ", ".join(self._literal(c, values) for c in constants)
                return f"{self._expr(inner, _PLUS)} in ({listed})", _COMPARE
            case p.Elapsed():
                return self._elapsed(expr), _ATOM
            case p.Choose(subject=subject, arms=arms, otherwise=otherwise):
                values = self._values(subject)
                said = [f"{self._key(k, subject, values)}: {self._expr(a, _OR)}" for k, a in arms]
                if otherwise is not None:
                    said.append(f"otherwise: {self._expr(otherwise, _OR)}")
                return f"match {subject.name} {{ {', '.join(said)} }}", _ATOM

    def _arithmetic(self, expr: p.Arith) -> tuple[str, int]:
        if expr.kind == "number" and expr.right == p.Const(p.SCALE["number"], "int"):
            return self._part(expr.left)  # a whole number in the unit of a decimal one
        if expr.operator == "-" and isinstance(expr.left, p.Const) and not expr.left.value:
            return f"-{self._expr(expr.right, _TIMES)}", _TIMES
        level = _LEVELS[expr.operator]
        left, right = self._expr(expr.left, level), self._expr(expr.right, level + 1)
        return f"{left} {expr.operator} {right}", level

    def _elapsed(self, expr: p.Elapsed) -> str:
        parts = [self._expr(expr.start, _OR), self._expr(expr.end, _OR)]
        if expr.calendar != p.CalendarRef("always"):
            parts.append(f"in: {self._expr(expr.calendar, _OR)}")
        for pause in expr.pauses:
            on = f" on {pause.left} == {pause.right}" if pause.left else ""
            parts.append(f"pausing: {pause.stream}{on}")
        return f"elapsed({', '.join(parts)})"

    def _values(self, expr: p.RowExpr) -> tuple[str, ...]:
        """The names of the values of the enum that an expression is about."""
        fields = {f.name: f for f in named(self.plan, self.stream).fields}
        for name in sorted(columns_in(expr)):
            if fields[name].kind == "enum":
                return fields[name].values
        return ()

    def _key(self, key: int | str, subject: p.Col, values: tuple[str, ...]) -> str:
        if isinstance(key, str):
            return f'"{key}"'
        return self.value(p.Const(key, subject.kind), values)

    def _literal(self, constant: p.Const | p.TextConst, values: tuple[str, ...]) -> str:
        if isinstance(constant, p.TextConst):
            return f'"{constant.text}"'
        return self.value(constant, values)

    def value(self, constant: p.Const, values: tuple[str, ...]) -> str:
        """A constant in the unit of its kind; `values` are those of an enum."""
        value, kind = constant.value, constant.kind
        match kind:
            case "enum" if 0 <= value < len(values):
                return values[value]
            case "bool":
                return "true" if value else "false"
            case "time":
                return clock(value, self.plan.zone)
            case _:
                unit = (self.plan.currency or "") if kind == "money" else ""
                return figure((value, p.SCALE.get(kind, 1)), kind, unit)

    # ---- figures ----

    def aggregate(self, index: int) -> str:
        """`share of calls where ... with wait <= 20 s`, `time outside down`."""
        aggregate = self.plan.aggregates[index]
        text = self._aggregate(aggregate)
        if aggregate.excluding:
            names = dict.fromkeys(each.name for each in aggregate.excluding)
            text += f", without {', '.join(map(printable, names))}"
        return text

    def _aggregate(self, aggregate: p.Aggregate) -> str:
        match aggregate:
            case p.RowAggregate():
                return self._over_rows(aggregate)
            case p.OutageAggregate(function="time", outage=outage, of=of):
                fixed = "" if of is None else f" of {span(of)}"
                return f"share of time outside {outage}{fixed}"
            case p.OutageAggregate(function=function, quantile=quantile, outage=outage):
                what = " of" if function == "count" else " of duration in"
                return f"{_function(function, quantile)}{what} {outage}"
            case p.EachAggregate(function=function, each=each, value=value):
                names = ", ".join(printable(group.name) for group in each)
                return f"{function} of {self.formula(value)} over each {names}"
            case p.WindowAggregate(function=function, value=value, good=good):
                over = f"windows of {span(aggregate.length)}"
                if aggregate.calendar is not None:
                    over += f" in {aggregate.calendar}"
                if good is not None:
                    return f"share of {over} with {self.figures(good)}"
                assert value is not None
                text = f"{function} of {self.formula(value)} over {over}"
                if aggregate.empty is not None:
                    text += f", empty as {figure(aggregate.empty, 'percent')}"
                return text

    def _over_rows(self, aggregate: p.RowAggregate) -> str:
        text = _function(aggregate.function, aggregate.quantile)
        rows, own = aggregate.stream, self.but(stream=aggregate.stream)
        if aggregate.value is not None:
            value = printable(own._expr(aggregate.value, _TIMES))
            parts = aggregate.scale // p.SCALE.get(getattr(aggregate.value, "kind", "int"), 1)
            if parts == 1:
                value = own.condition(aggregate.value)
            text += f" of {value} in {rows}" if parts == 1 else f" of {value} / {parts:,} in {rows}"
        else:
            text += f" of {rows}"
        if aggregate.where is not None:
            text += f" where {own.condition(aggregate.where)}"
        if aggregate.good is not None:
            text += f" with {own.condition(aggregate.good)}"
        return text + (", by the linear method" if aggregate.linear and aggregate.quantile else "")

    def formula(self, formula: p.Formula, kind: str = "number", level: int = _OR) -> str:
        """A formula over the plan's aggregates, which are named by number: `100% - #2`.

        `kind` is what the figure is of; factors and divisors are plain numbers.
        """
        match formula:
            case p.AggregateRef(index=index):
                return f"#{index + 1}"
            case p.Number(value=value):
                return figure(value, kind, (self.plan.currency or "") if kind == "money" else "")
            case p.BaselineRef(name=name):
                return f"the baseline {printable(name)}"
            case p.Negate(operand=operand):
                return f"-{self.formula(operand, kind, _ATOM)}"
            case p.Rounded(operand=operand, mode=mode, to=to):
                step = figure(to, kind, (self.plan.currency or "") if kind == "money" else "")
                return f"{self.formula(operand, kind, _ATOM)} rounded {mode} to {step}"
            case p.Operate(operands=operands, operators=operators):
                loosest = min(_LEVELS[o] for o in operators)
                kind = kind if loosest == _PLUS else "number"
                text = self.formula(operands[0], kind, loosest)
                for operator, operand in zip(operators, operands[1:], strict=True):
                    text += f" {operator} {self.formula(operand, kind, loosest + 1)}"
                return f"({text})" if loosest < level else text

    def _side(self, side: p.Formula, other: p.Formula) -> str:
        """One side of a comparison; a constant is of the kind that the other side has."""
        kind = "number"
        if isinstance(side, p.Number) and isinstance(other, p.AggregateRef):
            kind = self.kind(self.plan.aggregates[other.index])
        return self.formula(side, kind, _PLUS)

    def number(self, value: Fraction, kind: str) -> str:
        """A figure in base units, in the agreement's currency where it is money."""
        unit = (self.plan.currency or "") if kind == "money" else ""
        return figure((value.numerator, value.denominator), kind, unit)

    def kind(self, aggregate: p.Aggregate) -> str:
        """What the figure of an aggregate is."""
        if aggregate.function == "share":
            return "percent"
        if isinstance(aggregate, p.RowAggregate) and aggregate.value is not None:
            return getattr(aggregate.value, "kind", "number")
        return "number"

    def figures(self, condition: p.Condition, level: int = _OR) -> str:
        """A condition on figures."""
        match condition:
            case p.FigureCompare(operator=operator, left=left, right=right):
                return f"{self._side(left, right)} {operator} {self._side(right, left)}"
            case p.FigureNot(operand=p.FigurePresent(operand=formula)):
                return f"{self.formula(formula, 'number', _PLUS)} is missing"
            case p.FigurePresent(operand=formula):
                return f"{self.formula(formula, 'number', _PLUS)} is present"
            case p.FigureNot(operand=operand):
                return f"not {self.figures(operand, _NOT)}"
            case p.FigureAll(operands=operands):
                text = " and ".join(self.figures(o, _NOT) for o in operands)
                return f"({text})" if level > _AND else text
            case p.FigureAny(operands=operands):
                text = " or ".join(self.figures(o, _AND) for o in operands)
                return f"({text})" if level > _OR else text


def _function(function: str, quantile: p.Fraction2 | None) -> str:
    if function != "quantile" or quantile is None:
        return function
    if quantile == (1, 2):
        return "median"
    return f"p{figure(quantile, 'percent').removesuffix('%')}"
