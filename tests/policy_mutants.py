"""Policies with one thing changed, to see whether the tests that stand in them notice.

Two sorts of changes. Of the tree: something that may be left out is left out, a comparison becomes
strict or isn't any more, a number is a little more or less. Of the plan, since `check` would refuse
most of these: an edge is moved by a hair, so that a figure exactly on it falls on the other side,
or by a fifth of what is beyond it; a tier, a claim or another limit is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

import sladsl.trials.run as trials
from sladsl.contract.check import check
from sladsl.contract.model import Contract
from sladsl.plan import model as p
from sladsl.records import Record, fields
from sladsl.syntax import nodes as n

__all__ = ["Mutant", "mutants", "noticed"]


class Mutant(NamedTuple):
    """A changed policy, or one whose plan is changed, and what was changed."""

    what: str
    policy: n.Policy
    plan: Callable[[p.Plan], p.Plan] | None = None


def mutants(policy: n.Policy, contract: Contract, plan: p.Plan) -> list[Mutant]:
    """All changes of a policy, those of its tree first."""
    found = [Mutant(what, policy.but(declarations=new)) for what, new in _declarations(policy)]
    return found + [Mutant(what, policy, change) for what, change in _plans(plan)]


def noticed(mutant: Mutant, patch: pytest.MonkeyPatch) -> bool:
    """Whether a change is refused, or a test fails that stands in the policy."""
    contract, _ = check(mutant.policy)
    if contract is None:
        return True
    with patch.context() as patched:
        if mutant.plan is not None:
            made, change = trials.compiled, mutant.plan

            def changed(*arguments: Any, **named: Any) -> p.Plan:
                return change(made(*arguments, **named))

            patched.setattr(trials, "compiled", changed)
        tests = contract.tests
        return any(
            trial.findings or not all(one.holds for one in trial.checked)
            for test in tests
            for trial in trials.run_tests(contract.but(tests=(test,)))
        )


# ---- the tree ----

#: What is for people, or only says how rows are read.
_ASIDE = (n.Test, n.Language, n.Term, n.Party, n.Stream, n.Enum, n.Text)
_WORDS = {"doc", "title", "records", "internal", "unit", "timezone", "currency", "holds"}
#: What a node can't be without, though another of its kind can.
_NEEDED = {
    (n.Remedy, "act"),
    (n.RemedyWhen, "count"),
    (n.RemedyWhen, "limit"),
    (n.Timed, "before"),
    (n.Timed, "during"),
}
_FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _declarations(policy: n.Policy) -> Iterator[tuple[str, tuple[n.Declaration, ...]]]:
    whole = policy.declarations
    for number, one in enumerate(whole):
        for what, changed in _tree(one):
            yield what, (*whole[:number], changed, *whole[number + 1 :])
        if isinstance(one, n.Cap | n.Exclusion | n.Remedy | n.Charge | n.Obligation):
            yield f"{_at(one)}: without it", (*whole[:number], *whole[number + 1 :])


def _at(node: n.Node) -> str:
    place = node.span.place.rpartition("/")[2]
    return f"{place} `{' '.join(node.span.text.split())[:60]}`"


def _tree(node: Any) -> Iterator[tuple[str, Any]]:
    """A node with one thing changed in it, for all things."""
    if isinstance(node, _ASIDE):
        return
    yield from _itself(node)
    kinds = type(node).__annotations__
    for field in fields(node):
        value = getattr(node, field)
        if field in _WORDS or field == "span":
            continue
        if isinstance(value, n.Node):
            if "None" in kinds[field] and (type(node), field) not in _NEEDED:
                yield f"{_at(value)}: left out", node.but(**{field: None})
            for what, changed in _tree(value):
                yield what, node.but(**{field: changed})
        elif isinstance(value, tuple) and all(isinstance(one, n.Node) for one in value):
            for number, one in enumerate(value):
                rest = (*value[:number], *value[number + 1 :])
                if _may_go(node, field, rest):
                    yield f"{_at(one)}: left out", node.but(**{field: rest})
                for what, changed in _tree(one):
                    new = (*value[:number], changed, *value[number + 1 :])
                    yield what, node.but(**{field: new})
        elif value is True and field not in ("is_date", "by_end"):
            yield f"{_at(node)}: not `{field}`", node.but(**{field: False})


def _may_go(node: n.Node, field: str, rest: tuple[Any, ...]) -> bool:
    if isinstance(node, n.Tiers | n.Arithmetic | n.Coalesce | n.Computed | n.Logic | n.Call):
        return False
    return bool(rest) or field in ("excluding", "at_once", "pauses", "closed", "instead")


def _itself(node: Any) -> Iterator[tuple[str, Any]]:
    """A node of which a word or a number is another."""
    match node:
        case n.Compare() if node.operator in _FLIPPED:
            yield (
                f"{_at(node)}: `{_FLIPPED[node.operator]}`",
                node.but(operator=_FLIPPED[node.operator]),
            )
        case n.Logic(operands=operands):
            for one in operands:
                rest = tuple(other for other in operands if other is not one)
                left = rest[0] if len(rest) == 1 else node.but(operands=rest)
                yield f"{_at(one)}: left out of `{node.operator}`", left
        case n.Quantity(kind="duration", value=value):
            for less in (-1, 1):
                yield f"{_at(node)}: {less:+} s", node.but(value=value + less)
        case n.Quantity(value=value):
            step = Fraction(1) if node.kind == "number" else value / 100
            for less in (-step, step):
                yield f"{_at(node)}: {float(less):+g}", node.but(value=value + less)
        case n.Length(count=count):
            for less in (-1, 1):
                yield f"{_at(node)}: {float(less):+g}", node.but(count=count + less)


# ---- the plan ----


def _plans(plan: p.Plan) -> Iterator[tuple[str, Callable[[p.Plan], p.Plan]]]:
    """Changes of records in a plan, wherever they occur in it."""
    for record, what, changed in _edges(plan):
        yield what, _instead(record, changed)


def _instead(record: Record, changed: Record) -> Callable[[p.Plan], p.Plan]:
    def change(plan: p.Plan) -> p.Plan:
        new = {
            field: tuple(changed if one == record else one for one in value)
            for field in ("requirements", "payments", "caps")
            if record in (value := getattr(plan, field))
        }
        return plan.but(**new) if new else plan

    return change


def _edges(plan: p.Plan) -> Iterator[tuple[Record, str, Record]]:
    for requirement in plan.requirements:
        yield from _promise(requirement)
    for payment in plan.payments:
        yield from _payment(payment)


def _promise(one: p.Requirement) -> Iterator[tuple[Record, str, Record]]:
    """A promise whose target is moved."""
    target = one.target
    arms = [("", target.default), *target.by_value]
    for value, figure in arms:
        if figure is None:
            continue
        for how, moved in _moved(one.operator, figure):
            if not value:
                new = target.but(default=moved)
            else:
                new = target.but(
                    by_value=tuple((v, moved if v == value else f) for v, f in target.by_value)
                )
            name = f"{one.obligation} {one.metric} {value}".strip()
            yield one, f"{name}: target {_words(figure)} {how}", one.but(target=new)


def _payment(one: p.PaymentPlan) -> Iterator[tuple[Record, str, Record]]:
    """A payment without one of its steps, or with a tier's edge moved, or without a tier."""
    for field in ("claim", "limit", "paid_only_above", "returned"):
        if getattr(one, field) is not None:
            yield one, f"{one.obligation}: without `{field}`", one.but(**{field: None})
    if one.instead:
        yield one, f"{one.obligation}: without `instead of`", one.but(instead=())
    if one.steps is not None:
        begun = one.steps.but(begun=not one.steps.begun)
        yield one, f"{one.obligation}: `begun` is {begun.begun}", one.but(steps=begun)
    for key, tiers in one.schedules:
        for number, tier in enumerate(tiers):
            name = f"{one.obligation} {key} `{tier.text}`"

            def with_tier(*new: p.TierPlan, key: str = key, number: int = number) -> Record:
                return one.but(
                    schedules=tuple(
                        (k, (*ts[:number], *new, *ts[number + 1 :]) if k == key else ts)
                        for k, ts in one.schedules
                    )
                )

            yield one, f"{name}: left out", with_tier()
            for place, (operator, limit) in enumerate(tier.bounds):
                for how, moved in _moved(operator, limit):
                    bounds = (*tier.bounds[:place], (operator, moved), *tier.bounds[place + 1 :])
                    yield one, f"{name}: {_words(limit)} {how}", with_tier(tier.but(bounds=bounds))


def _words(figure: p.Fraction2) -> str:
    return f"{float(Fraction(*figure)):g}"


def _moved(operator: str, figure: p.Fraction2) -> Iterator[tuple[str, p.Fraction2]]:
    """An edge a hair to the side on which a figure on it changes sides, a fifth to the other.

    Of a share it is a fifth of what is left to 1, else of the figure itself.
    """
    edge = Fraction(*figure)
    side = 1 if operator in (">=", "<") else -1
    hair = edge + side * Fraction(1, 10**9)
    fifth = edge - side * ((1 - edge if 0 < edge < 1 else edge) / 5 or 1)
    up, down = ("up", "down") if side > 0 else ("down", "up")
    yield f"a hair {up}", (hair.numerator, hair.denominator)
    yield f"a fifth {down}", (fifth.numerator, fifth.denominator)
