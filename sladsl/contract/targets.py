"""Targets, edges of tiers and amounts as exact figures, for a plan and a group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice, product

from sladsl.contract.matches import values_of
from sladsl.contract.model import FieldInfo, Kind, RefKind
from sladsl.contract.scope import Scope
from sladsl.records import Record
from sladsl.syntax import nodes as n

__all__ = [
    "MONTHS", "Case", "amount", "cases", "evaluate", "is_service", "payout_of", "served", "show",
]  # fmt: skip

OTHER = "otherwise"
MOST_CASES = 512

#: Months in the units of time that are made of months.
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Case(Record):
    """A plan and a group, for which a table is checked."""

    plan: str
    group: Mapping[str, str]
    text: str  # which case this is, for a message; empty where there is only one


def _subjects(node: object) -> Iterator[n.Match]:
    match node:
        case n.Match():
            yield node
            for arm in node.arms:
                yield from _subjects(arm.value)
        case n.Minus():
            yield from _subjects(node.operand)
        case n.Arithmetic():
            for operand in node.operands:
                yield from _subjects(operand)
        case n.Require():
            yield from _subjects(node.target)
        case n.Tiers():
            for tier in node.tiers:
                for bound in tier.bounds:
                    yield from _subjects(bound.limit)
        case n.PayoutMatch():
            for payout in node.arms:
                yield from _subjects(payout.payout)
        case _:
            return


def _word(key: n.Name | n.Text | n.Quantity | None) -> str:
    match key:
        case None:
            return OTHER
        case n.Name():
            return key.text
        case n.Text():
            return key.value
        case n.Quantity():
            return str(key.value)


def cases(
    s: Scope,
    fields: Mapping[str, FieldInfo | None],
    require: n.Require,
    payout: n.Payout,
) -> list[Case]:
    """Every plan, with every group that a target or a table tells apart."""
    values: dict[str, dict[str, None]] = {}

    def known(name: str, keys: list[str]) -> None:
        info = fields.get(name)
        listed = values_of(info.type) if info is not None else ()
        values.setdefault(name, dict.fromkeys(listed))
        if not listed:
            values[name] |= dict.fromkeys([*keys, OTHER])

    for node in (*_subjects(require), *_subjects(payout)):
        known(node.subject.name, [_word(arm.key) for arm in node.arms])
    if isinstance(payout, n.PayoutMatch):
        known(payout.subject.text, [_word(arm.key) for arm in payout.arms])
    plans = list(s.here.plans) or [""]
    groups = islice(product(*values.values()), MOST_CASES)
    found = []
    for group in groups:
        for plan in plans:
            words = [f"plan {plan}"] if len(plans) > 1 else []
            words += [f"{name} {value}" for name, value in zip(values, group, strict=True)]
            found.append(Case(plan, dict(zip(values, group, strict=True)), ", ".join(words)))
    return found


def evaluate(s: Scope, node: n.Expr, case: Case) -> Fraction | None:
    """An expression without measures as an exact figure; None where it isn't known."""
    match node:
        case n.Quantity():
            return node.value
        case n.Minus():
            value = evaluate(s, node.operand, case)
            return None if value is None else -value
        case n.Arithmetic():
            return _arithmetic(s, node, case)
        case n.Match():
            return _chosen(s, node, case)
        case n.Ref():
            found = s.refs.get(id(node))
            if found is None or found.kind is not RefKind.PARAMETER:
                return None
            plan = s.here.plans.get(case.plan)
            for binding in plan.bindings if plan else ():
                if binding.name.text == found.name:
                    return evaluate(s, binding.value, case)
            return None
        case _:
            return None


def _arithmetic(s: Scope, node: n.Arithmetic, case: Case) -> Fraction | None:
    values = [evaluate(s, operand, case) for operand in node.operands]
    result = values[0]
    for operator, value in zip(node.operators, values[1:], strict=True):
        if result is None or value is None or (operator == "/" and value == 0):
            return None
        match operator:
            case "+":
                result += value
            case "-":
                result -= value
            case "*":
                result *= value
            case _:
                result /= value
    return result


def _chosen(s: Scope, node: n.Match, case: Case) -> Fraction | None:
    value = case.group.get(node.subject.name)
    rest: n.Arm | None = None
    for arm in node.arms:
        if arm.key is None:
            rest = arm
        elif _word(arm.key) == value:
            return evaluate(s, arm.value, case)
    return None if rest is None else evaluate(s, rest.value, case)


def payout_of(payout: n.Payout, case: Case) -> n.Payout | None:
    """The schedule that holds for a group."""
    if not isinstance(payout, n.PayoutMatch):
        return payout
    value = case.group.get(payout.subject.text)
    rest: n.Payout | None = None
    for arm in payout.arms:
        if arm.key is None:
            rest = arm.payout
        elif _word(arm.key) == value:
            return arm.payout
    return rest


def amount(s: Scope, node: n.Amount, case: Case) -> tuple[tuple[str, ...], Fraction] | None:
    """What an amount is measured in, and how much of it; None where that isn't known."""
    match node:
        case n.ShareOf():
            return ("share", node.of.text), node.share.value
        case n.LengthOf(length=length) if is_service(node):
            count, unit = served(length)
            return ("service", unit), count
        case n.LengthOf():
            return ("length", node.length.unit, node.of.text), node.length.count
        case n.Quantity():
            return ("money", node.unit), node.value
        case n.Ref(name="fee", member=None):
            return ("share", "fee"), Fraction(1)
        case n.Ref():
            value = evaluate(s, node, case)
            type = s.types.get(id(node))
            return None if value is None or type is None else (("money", type.unit), value)
        case n.PartOf() | n.Computed() | n.Timed():
            return None


def is_service(node: n.Amount) -> bool:
    """Whether an amount is a length of service, which is no money."""
    return isinstance(node, n.LengthOf) and isinstance(node.of, n.Ref) and node.of.text == "service"


def served(length: n.Length) -> tuple[Fraction, str]:
    """A length of service in calendar days, or in calendar months: neither is so many others."""
    if length.unit in MONTHS:
        return length.count * MONTHS[length.unit], "month"
    return length.count * (7 if length.unit == "week" else 1), "day"


def show(kind: Kind, value: Fraction) -> str:
    """An exact figure for a message."""
    if kind in (Kind.PERCENT, Kind.RATIO):
        return f"{_decimal(value * 100)}%"
    if kind is Kind.DURATION:
        for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
            if value and value % size == 0:
                return f"{value // size}{unit}"
        return f"{_decimal(value)}s" if value >= 1 or not value else f"{_decimal(value * 1000)}ms"
    return _decimal(value)


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
