"""What each expression is: names looked up, kinds and units joined."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract import kinds
from sladsl.contract.currencies import CURRENCIES
from sladsl.contract.functions import call
from sladsl.contract.lookup import View, bare, lookup, subject_of, value_of
from sladsl.contract.matches import match
from sladsl.contract.model import Kind, Type
from sladsl.contract.related import related
from sladsl.contract.scope import Scope
from sladsl.contract.without_data import without_data
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = [
    "bind", "combine", "condition", "given", "mismatch", "negate", "nought", "present", "type_of",
]  # fmt: skip


def type_of(s: Scope, node: n.Expr, view: View) -> Type | None:
    """The type of an expression; None where it has an error, which is reported."""
    found = _type_of(s, node, view)
    if found is not None:
        s.types.setdefault(id(node), found)
    return found


def _type_of(s: Scope, node: n.Expr, view: View) -> Type | None:
    match node:
        case n.Quantity():
            return _literal(s, node)
        case n.Text():
            return kinds.TEXT
        case n.Moment():
            return kinds.TIME
        case n.Ref():
            return lookup(s, node, view)
        case n.Minus():
            return negate(s, node, type_of(s, node.operand, view))
        case n.Arithmetic():
            return combine(s, node, [type_of(s, o, view) for o in node.operands])
        case n.Coalesce():
            return _coalesce(s, node, view)
        case n.Compare():
            return _compare(s, node, view)
        case n.Member():
            return _member(s, node, view)
        case n.Presence():
            return _presence(s, node, view)
        case n.Logic():
            return _logic(s, node, view)
        case n.Not():
            found = condition(s, node.operand, view)
            _warn_negated(s, node.operand, found)
            return found and kinds.BOOL
        case n.Match():
            subject = subject_of(s, node.subject, view)
            if subject is not None:
                s.types.setdefault(id(node.subject), subject)
            return match(s, node, subject, [type_of(s, arm.value, view) for arm in node.arms])
        case n.Call():
            return call(s, node, [type_of(s, a, view) for a in node.arguments], view.fields)
        case n.Related():
            return related(s, node, view, type_of)
        case n.Aggregate():  # the grammar has none in a row; `measures` takes the others
            return None
        case _:
            assert_never(node)


def _literal(s: Scope, node: n.Quantity) -> Type | None:
    if node.kind == "money" and node.unit not in CURRENCIES:
        help = nearest(node.unit, CURRENCIES)
        s.error(
            "SLA402", f"unknown currency `{node.unit}`", node.span, "not in ISO 4217", help=help
        )
        return None
    return kinds.literal(node)


# ---- values --------------------------------------------------------------------------------


def negate(s: Scope, node: n.Minus, found: Type | None) -> Type | None:
    """The type of a negative."""
    if found is not None and found.kind not in kinds.NUMERIC:
        what = kinds.describe(found)
        s.error("SLA302", f"{what} has no negative", node.span, help="leave the `-` out")
        return None
    return found


_VERBS = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by"}


def combine(s: Scope, node: n.Arithmetic | n.Computed, types: list[Type | None]) -> Type | None:
    """The type of operands joined by `+ -` or `* /`."""
    if any(t is None for t in types):
        return None
    result = types[0]
    for operator, operand, other in zip(node.operators, node.operands[1:], types[1:], strict=True):
        assert result is not None
        assert other is not None
        if operator == "/" and isinstance(operand, n.Quantity) and operand.value == 0:
            nought(s, operand)
            return None
        match operator:
            case "*":
                joined = kinds.multiply(result, other)
            case "/":
                joined = kinds.divide(result, other)
            case _:
                joined = kinds.add(operator, result, other)
        if joined is None:
            left, right = kinds.describe(result), kinds.describe(other)
            if operator in "+-":
                left, right = right, left
            if result.kind is other.kind is Kind.MONEY and operator != "*":
                s.error(
                    "SLA303", f"{left} and {right} don't mix", operand.span,
                    help="currencies aren't converted: keep to one",
                )  # fmt: skip
                return None
            what = f"{left} can't be {_VERBS[operator]} {right}"
            s.error(
                "SLA302", what, operand.span, f"this is {kinds.describe(other)}",
                help="only values of one kind are added; a time less a time is a duration"
                if operator in "+-" else "one side of a product has a unit at most",
            )  # fmt: skip
            return None
        result = joined
    return result


def nought(s: Scope, node: n.Expr) -> None:
    """Report what is divided by, and is nothing."""
    s.error(
        "SLA324", "a division by zero", node.span, "this is 0", help="divide by something above 0"
    )


def given(s: Scope, node: n.Expr, due: Type, view: View) -> Type | None:
    """The type of what a field is computed as: in arms too, names may be values of its enum."""
    if due.kind is not Kind.ENUM:
        return type_of(s, node, view)
    if bare(node) and node.name not in view.fields:
        return value_of(s, node, due)
    if not isinstance(node, n.Match):
        return type_of(s, node, view)
    subject = subject_of(s, node.subject, view)
    if subject is not None:
        s.types.setdefault(id(node.subject), subject)
    found = match(s, node, subject, [given(s, arm.value, due, view) for arm in node.arms])
    if found is not None:
        s.types.setdefault(id(node), found)
    return found


def _coalesce(s: Scope, node: n.Coalesce, view: View) -> Type | None:
    types = [type_of(s, operand, view) for operand in node.operands]
    result = types[0]
    for operand, other in zip(node.operands[1:], types[1:], strict=True):
        if result is None or other is None:
            return None
        joined = kinds.join(result, other)
        if joined is None:
            s.error(
                "SLA312", "the two sides of `??` are of different kinds", operand.span,
                f"{kinds.describe(other)}, beside {kinds.describe(result)}",
                help="both must be of one kind, as one stands in for the other",
            )  # fmt: skip
            return None
        result = joined.but(optional=result.optional and other.optional)
    for operand, found in zip(node.operands[:-1], types[:-1], strict=True):
        if found is not None and not found.optional:
            s.warn(
                "SLA310", "a value that is never missing", operand.span,
                "what follows `??` is never used", help="leave it out, or declare the field `?`",
            )  # fmt: skip
    return result


# ---- conditions ----------------------------------------------------------------------------


def condition(s: Scope, node: n.Expr, view: View) -> Type | None:
    """The type of an expression that must be a condition."""
    found = type_of(s, node, view)
    if found is not None and found.kind is not Kind.BOOL:
        s.error(
            "SLA307", "a condition is due here", node.span, f"this is {kinds.describe(found)}",
            help="compare it with something, or use a field of the kind `bool`",
        )  # fmt: skip
        return None
    return found


def present(node: n.Expr | None) -> frozenset[str]:
    """The fields that are there wherever a condition holds."""
    match node:
        case n.Presence(operand=n.Ref(name=name, member=None), word=n.Name(text="present")):
            return frozenset({name})
        case n.Logic(operator="and"):
            return frozenset().union(*(present(o) for o in node.operands))
        case _:
            return frozenset()


def _logic(s: Scope, node: n.Logic, view: View) -> Type | None:
    fine = True
    for operand in node.operands:
        inner = view
        if node.operator == "and":
            others = (present(o) for o in node.operands if o is not operand)
            inner = view.but(present=view.present.union(*others))
        fine = condition(s, operand, inner) is not None and fine
    return kinds.BOOL if fine else None


def _warn_negated(s: Scope, node: n.Expr, found: Type | None) -> None:
    """Warn where the opposite of a condition is false too if a value is missing."""
    match node:
        case n.Compare():
            sides = (s.types.get(id(node.left)), s.types.get(id(node.right)))
            optional = any(side is not None and side.optional for side in sides)
        case n.Member():
            side = s.types.get(id(node.operand))
            optional = side is not None and side.optional
        case _:
            optional = found is not None and found.optional
    if optional:
        _missing_both(s, node)


def _missing_both(s: Scope, node: n.Expr) -> None:
    s.warn(
        "SLA311", "a missing value makes this false, and its opposite too", node.span,
        "one side can be missing", help="add `is missing` or `is present` to say what is meant",
    )  # fmt: skip


def _presence(s: Scope, node: n.Presence, view: View) -> Type | None:
    found = type_of(s, node.operand, view.but(present=frozenset()))
    if node.word.text not in ("present", "missing"):
        help = nearest(node.word.text, ["present", "missing"])
        s.error(
            "SLA309", f"`is {node.word.text}` means nothing", node.word.span,
            "`present` or `missing` is due here", help=help or "to compare, write `==`",
        )  # fmt: skip
    elif found is not None and not found.optional and not without_data(s, node.operand):
        always = "true" if node.word.text == "present" else "false"
        s.warn(
            "SLA310", "a value that is never missing", node.operand.span,
            f"so this is always {always}",
            help="declare the field optional with `?`" if view.fields
            else "leave it out: counts and sums of rows are 0 over none",
        )  # fmt: skip
    return found and kinds.BOOL


def bind(s: Scope, node: n.Expr, due: Type) -> Type | None:
    """A value that is given to a field: a literal, or a value of its enum."""
    if due.kind is Kind.ENUM and bare(node):
        return value_of(s, node, due)
    if due.kind is Kind.TEXT and bare(node):
        what = f"the name `{node.name}` where a text is due"
        s.error("SLA301", what, node.span, help=f'write "{node.name}", in quotes')
        return None
    found = type_of(s, node, View(measures=False))
    if found is None:
        return None
    if (due.kind, found.kind) == (Kind.INT, Kind.NUMBER):
        s.error("SLA301", "a fraction where a whole number is due", node.span, help="round it")
        return None
    if not kinds.comparable(due, found):
        mismatch(s, n.Ref("", span=node.span), due, node, found)
        return None
    return found


def _compare(s: Scope, node: n.Compare, view: View) -> Type | None:
    left, right = node.left, node.right
    a: Type | None
    b: Type | None
    if bare(right) and (not bare(left) or left.name in view.fields):
        a = type_of(s, left, view)
        enum = a is not None and a.kind is Kind.ENUM
        if a is None:
            return None  # what the name on the right is can't be said
        b = value_of(s, right, a) if enum else type_of(s, right, view)
    else:
        b = type_of(s, right, view)
        enum = bare(left) and b is not None and b.kind is Kind.ENUM
        a = value_of(s, left, b) if enum and b is not None else type_of(s, left, view)
    if a is None or b is None:
        return None
    if not kinds.comparable(a, b):
        mismatch(s, left, a, right, b)
        return None
    if node.operator not in ("==", "!=") and a.kind not in kinds.ORDERED:
        s.error(
            "SLA306", f"`{node.operator}` doesn't order {_plural(a)}", node.span,
            "one isn't more than another", help="compare with `==`, `!=` or `in (...)`",
        )  # fmt: skip
    elif node.operator == "!=" and (a.optional or b.optional):
        _missing_both(s, node)
    return kinds.BOOL


def _plural(type: Type) -> str:
    return {Kind.TEXT: "texts", Kind.BOOL: "conditions"}.get(type.kind, "the values of an enum")


def _member(s: Scope, node: n.Member, view: View) -> Type | None:
    found = type_of(s, node.operand, view)
    for value in node.values:
        if found is not None and found.kind is Kind.ENUM and bare(value):
            value_of(s, value, found)
            continue
        other = type_of(s, value, view)
        if found is not None and other is not None and not kinds.comparable(found, other):
            mismatch(s, node.operand, found, value, other)
    return found and kinds.BOOL


def mismatch(s: Scope, left: n.Expr, a: Type, right: n.Expr, b: Type) -> None:
    """Report two values that don't compare, saying what is wrong with the literal of them."""
    if isinstance(left, n.Quantity) and not isinstance(right, n.Quantity):
        left, a, right, b = right, b, left, a
    if a.kind is b.kind is Kind.MONEY:
        s.error(
            "SLA303", f"{kinds.describe(a)} and {kinds.describe(b)} don't mix", right.span,
            help="currencies aren't converted: keep to one",
        )  # fmt: skip
    elif isinstance(right, n.Quantity) and a.kind in kinds.UNITED and b.kind in kinds.PLAIN:
        s.error(
            "SLA304", "a bare number where a unit is due", right.span,
            f"compared with {kinds.describe(a)}",
            help=f"write it like {kinds.of_literal_kind(a.kind)}",
        )  # fmt: skip
    elif isinstance(right, n.Quantity) and a.kind in kinds.PLAIN:
        s.error(
            "SLA305", f"{kinds.describe(b)} where a bare number is due", right.span,
            f"compared with {kinds.describe(a)}", help="leave the unit out",
        )  # fmt: skip
    else:
        s.error(
            "SLA301", f"{kinds.describe(a)} can't be compared with {kinds.describe(b)}",
            left.span.to(right.span) if left.span.start <= right.span.start else right.span,
            help="both sides must be of one kind",
        )  # fmt: skip
