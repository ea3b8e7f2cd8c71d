"""Requirements: from typed syntax to figures, targets and groups."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sladsl.contract.model import Contract, Kind, RefKind
from sladsl.contract.services import SERVICE
from sladsl.plan import model as p
from sladsl.plan.duties import excuses_of
from sladsl.plan.measures import Measures
from sladsl.plan.parts import worked_out
from sladsl.plan.rows import as_pair
from sladsl.syntax import nodes as n

__all__ = ["Promises", "key_text"]


class Promises:
    """Lowers the obligations of one contract."""

    def __init__(self, contract: Contract, measures: Measures) -> None:
        self.contract = contract
        self.measures = measures

    # ---- requirements ----

    def requirements(self, node: n.Obligation) -> list[p.Requirement]:
        """The promises of an obligation that are judged by period and group."""
        assert node.owes is not None
        excluding = frozenset(name.text for name in node.excluding)
        found = []
        for number, require in enumerate(node.requires, 1):
            if not isinstance(require, n.Require):
                continue
            metric = self.contract.metrics[require.metric.text]
            groups = [self.group(metric.name, name) for name in require.each]
            self.measures.exclusions.each = [name.text for name in require.each]
            formula, excuses = self.measures.judged(metric.name, excluding), excuses_of(node)
            excused = None
            if excuses:
                excused = self.measures.excused(metric.name, excluding, excuses)
            found.append(
                p.Requirement(
                    obligation=node.name.text,
                    number=number,
                    title=node.doc.value if node.doc else "",
                    debtor=node.owes.debtor.text,
                    creditor=node.owes.creditor.text,
                    metric=metric.name,
                    formula=formula,
                    kind=str(metric.type.kind),
                    unit=metric.type.unit,
                    operator=require.operator,
                    target=self.target(require.target),
                    period=self._period(require),
                    groups=tuple(group for group, _ in groups),
                    at=require.span.place,
                    among=tuple((g.name, v) for g, v in groups if v != g.values),
                    split=require.amended is not None and require.amended.text == "split",
                    applies=self._applies(node, excluding),
                    excused=excused,
                    excuses=excuses,
                    prorated=require.prorated,
                )
            )
        return found

    def _applies(self, node: n.Obligation, excluding: frozenset[str]) -> p.Applies | None:
        if node.applies is None:
            return None
        text = " ".join(node.applies.span.text.split())
        return p.Applies(self.measures.condition(node.applies, excluding), text)

    def group(self, metric: str, name: n.Name) -> tuple[p.GroupField, tuple[str, ...]]:
        """A field that is grouped by, and the values of it that these terms know."""
        info = self.contract.metrics[metric]
        streams = [*info.streams, *(self.contract.outages[o].stream for o in info.outages)]
        for stream in streams:
            field = self.contract.streams[stream].fields.get(name.text)
            if field is not None:
                if field.type.kind is Kind.BOOL:
                    values: tuple[str, ...] = ("false", "true")
                    known = values
                else:
                    values, known = self.measures.rows.values(field.type), field.type.values
                return p.GroupField(name.text, str(field.type.kind), values), known
        assert name.text == SERVICE  # check: every service is of the same fields of these
        for stream in streams:
            self.measures.exclusions.services.grouped.add(stream)
        return p.GroupField(SERVICE, "text"), tuple(self.contract.services)

    def target(self, target: n.Expr) -> p.Target:
        """What a figure is held against."""
        fields = tuple(dict.fromkeys(match.subject.name for match in _matches(target)))
        arms = []
        for keys, node in _arms(target):
            formula = self.measures.formula(node)
            value = worked_out(formula)
            figure = formula if value is None else p.Number(as_pair(value))
            arms.append((tuple(keys.get(field) for field in fields), figure))
        return p.Target(tuple(arms), fields)

    def _period(self, node: n.Require) -> p.PeriodRule:
        match node.per:
            case n.Rolling(length=length, every=every):
                return p.Rolling(int(length.count), length.unit, int(every.count), every.unit)
            case n.Trailing(length=length, event=event, where=where):
                self.measures.streams.add(event.name)
                info = self.contract.streams[event.name]
                field = info.event if event.member is None else event.member
                condition = None if where is None else self.measures.rows.lower(where)
                rows = p.Listing(event.name, condition, (field,))
                return p.Trailing(int(length.count), length.unit, rows, field)
            case _:
                assert isinstance(node.per, n.Name)
                return node.per.text

    def constant(self, node: n.Expr) -> Fraction:
        """The value of a constant expression, in base units."""
        match node:
            case n.Quantity(value=value):
                return value
            case n.Minus(operand=operand):
                return -self.constant(operand)
            case n.Arithmetic(operands=operands, operators=operators):
                result = self.constant(operands[0])
                for operator, operand in zip(operators, operands[1:], strict=True):
                    value = self.constant(operand)  # check: never divided by zero
                    result = _apply(operator, result, value)
                return result
            case n.Ref() if self.contract.resolve(node).kind is RefKind.PARAMETER:
                return self.constant(self.measures.rows.parameter(node))
            case _:
                raise TypeError(f"no figure: {node.span.text}")  # check: none


def _matches(node: n.Expr) -> Iterator[n.Match]:
    """The choices by a group that a target is made of."""
    match node:
        case n.Match(arms=arms):
            yield node
            for arm in arms:
                yield from _matches(arm.value)
        case n.Minus(operand=operand):
            yield from _matches(operand)
        case n.Arithmetic(operands=operands):
            for operand in operands:
                yield from _matches(operand)
        case _:
            return


def _arms(node: n.Expr) -> Iterator[tuple[dict[str, str | None], n.Expr]]:
    """A target without choices, by the values of the fields that it is chosen by.

    Those that are named come before None, any other; a field that doesn't matter isn't there.
    """
    matches = tuple(_matches(node))
    if not matches:
        yield {}, node
        return
    field = matches[0].subject.name
    own = [match for match in matches if match.subject.name == field]
    named = (arm.key for match in own for arm in match.arms if arm.key is not None)
    keys: list[str | None] = list(dict.fromkeys(map(key_text, named)))
    if all(any(arm.key is None for arm in match.arms) for match in own):
        keys.append(None)  # else each value has an arm
    for key in keys:
        for others, chosen in _arms(_chosen(node, field, key)):
            yield {field: key, **others}, chosen


def _chosen(node: n.Expr, field: str, value: str | None) -> n.Expr:
    """A target for one value of a field that it is chosen by; None: any other."""
    match node:
        case n.Match(arms=arms) if node.subject.name == field:
            own = [a for a in arms if a.key is not None and key_text(a.key) == value]
            others = [a for a in arms if a.key is None]
            return _chosen((*own, *others)[0].value, field, value)
        case n.Match(arms=arms):
            chosen = (arm.but(value=_chosen(arm.value, field, value)) for arm in arms)
            return node.but(arms=tuple(chosen))
        case n.Minus(operand=operand):
            return node.but(operand=_chosen(operand, field, value))
        case n.Arithmetic(operands=operands):
            return node.but(operands=tuple(_chosen(o, field, value) for o in operands))
        case _:
            return node


def key_text(key: n.Name | n.Text | n.Quantity) -> str:
    """The key of an arm, as a group is written."""
    match key:
        case n.Name(text=text):
            return text
        case n.Text(value=value):
            return value
        case n.Quantity(value=number):
            return str(number)


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right
