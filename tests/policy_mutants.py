"""Policies with one thing changed, to see whether the tests that stand in them notice.

Two sorts of changes. Of the tree: something that may be left out is left out, a comparison becomes
strict or isn't any more, a number is a little more or less. Of the plan, since `check` would refuse
most of these: an edge is moved by a hair, so that a figure exactly on it falls on the other side,
or by a fifth of what is beyond it; a tier, a claim or another limit is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import pytest
from shipped_sets import SetRun, document_of

import sladsl.trials.run as trials
from sladsl.contract.check import check
from sladsl.contract.model import Contract
from sladsl.diagnostics import Refused
from sladsl.pipeline import compiled
from sladsl.plan import model as p
from sladsl.records import fields
from sladsl.syntax import nodes as n
from sladsl.trials.run import under

__all__ = ["Mutant", "mutants", "noticed"]


class Mutant(NamedTuple):
    """A changed policy, or one whose plan is changed, and what was changed.

    `chosen`: the plan that an agreement chooses with which its own is changed.
    """

    what: str
    policy: n.Policy
    plan: Callable[[p.Plan], p.Plan] | None = None
    chosen: str | None = None


def mutants(contract: Contract) -> list[Mutant]:
    """All changes of a policy, those of its tree first, then of each plan that a test chooses."""
    policy = contract.policy
    found = [Mutant(what, policy.but(declarations=new)) for what, new in _declarations(policy)]
    own = contract.agreement.plan
    named = (test.plan.text for test in contract.tests if test.plan is not None)
    for chosen in dict.fromkeys((own, *named)):
        terms = contract if chosen is None or chosen == own else under(contract, chosen)
        changes = _plans(compiled(terms), {f"{level.path}:" for level in policy.levels})
        known = {mutant.what for mutant in found}  # of both plans: once is enough
        found += [Mutant(w, policy, change, chosen) for w, change in changes if w not in known]
    return found


def noticed(mutant: Mutant, patch: pytest.MonkeyPatch, sets: Sequence[SetRun] = ()) -> bool:
    """Whether a change is refused, a test fails that stands in the policy, or a set's report."""
    contract, _ = check(mutant.policy)
    if contract is None:
        return True
    return _by_tests(contract, mutant, patch) or any(_by_set(contract, mutant, s) for s in sets)


def _by_set(contract: Contract, mutant: Mutant, run: SetRun) -> bool:
    if mutant.chosen not in (None, contract.agreement.plan):
        return False  # a set is of the plan that the agreement chooses
    try:
        return bool(run.compare(document_of(contract, run, mutant.plan)))
    except Refused:
        return True


def _by_tests(contract: Contract, mutant: Mutant, patch: pytest.MonkeyPatch) -> bool:
    with patch.context() as patched:
        if mutant.plan is not None:
            made, change = trials.compiled, mutant.plan

            def changed(terms: Contract, *arguments: Any, **named: Any) -> p.Plan:
                plan = made(terms, *arguments, **named)
                return change(plan) if terms.agreement.plan == mutant.chosen else plan

            patched.setattr(trials, "compiled", changed)
        tests = contract.tests
        return any(
            trial.findings or not all(one.holds for one in trial.checked)
            for test in tests
            for trial in trials.run_tests(contract.but(tests=(test,)))
        )


# ---- the tree ----

#: What is for people, or only says how rows are read.
_ASIDE = (n.Test, n.Language, n.Plan, n.Term, n.Party, n.Enum, n.Text, n.Bound)
_WORDS = {
    "doc",
    "title",
    "records",
    "internal",
    "unit",
    "timezone",
    "currency",
    "holds",
    "amended",
    "without_claim",
}
#: What a node can't be without, though another of its kind can.
_NEEDED = {
    (n.Remedy, "act"),
    (n.Remove, "per"),
    (n.RemedyWhen, "count"),
    (n.RemedyWhen, "limit"),
    (n.Timed, "before"),
    (n.Timed, "during"),
    (n.Baseline, "to"),
    (n.Baseline, "through"),
    (n.Arm, "key"),  # the other arms stay as they are
    (n.PayoutArm, "key"),
}
_FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _declarations(policy: n.Policy) -> Iterator[tuple[str, tuple[n.Declaration, ...]]]:
    whole = policy.declarations
    for number, one in enumerate(whole):
        if policy.levels and one.span.source is not policy.source:
            continue  # it is another agreement's, with tests of its own
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
    if isinstance(node, n.Stream):
        yield from _computed(node)
        return
    yield from _itself(node)
    kinds = type(node).__annotations__
    for field in fields(node):
        value = getattr(node, field)
        if field in _WORDS or (type(node), field) == (n.Require, "target"):
            continue  # targets and the edges of tiers are moved in the plan
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


def _computed(node: n.Stream) -> Iterator[tuple[str, n.Stream]]:
    """A stream with one thing changed in a field that is computed; the others are just read."""
    for number, field in enumerate(node.fields):
        for what, changed in _tree(field.value) if field.value is not None else ():
            new = field.but(value=changed)
            fields = (*node.fields[:number], new, *node.fields[number + 1 :])
            yield what, node.but(fields=fields)


def _may_go(node: n.Node, field: str, rest: tuple[Any, ...]) -> bool:
    if isinstance(node, n.Calendar) and field == "operands":
        return False
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
            for less in (-1, 1) if value else (1,):
                yield f"{_at(node)}: {less:+} s", node.but(value=value + less)
        case n.Quantity(value=value):
            step = Fraction(1) if node.kind == "number" else value / 5 or Fraction(1, 100)
            for less in (-step, step) if value else (step,):
                yield f"{_at(node)}: {float(less):+g}", node.but(value=value + less)
        case n.Length(count=count):
            for less in (-1, 1):
                yield f"{_at(node)}: {float(less):+g}", node.but(count=count + less)


# ---- the plan ----

#: A requirement or a payment with something changed in it.
Change: TypeAlias = Callable[[Any], Any]


def _plans(plan: p.Plan, levels: set[str]) -> Iterator[tuple[str, Callable[[p.Plan], p.Plan]]]:
    """Changes of requirements and payments, in whatever part of the plan a test needs.

    `levels`: where places begin that are another agreement's, with tests of its own.
    """
    for requirement in plan.requirements:
        if requirement.at.startswith(tuple(levels)):
            continue
        for what, change in _promise(requirement):
            yield what, _instead("requirements", requirement, change)
    for payment in plan.payments:
        if payment.at.startswith(tuple(levels)):
            continue
        for what, change in _payment(payment, _targets(plan, payment)):
            yield what, _instead("payments", payment, change)


def _instead(table: str, record: p.Requirement | p.PaymentPlan, change: Change) -> Any:
    def changed(plan: p.Plan) -> p.Plan:
        new = [change(one) if _key(one) == _key(record) else one for one in getattr(plan, table)]
        return plan.but(**{table: tuple(new)})

    return changed


def _key(one: p.Requirement | p.PaymentPlan) -> tuple[object, ...]:
    """What says which one it is; its figures are numbered anew in each part of a plan."""
    number = one.number if isinstance(one, p.Requirement) else one.direction
    return one.obligation, one.at, one.metric, number, one.since


def _targets(plan: p.Plan, payment: p.PaymentPlan) -> set[p.Fraction2 | None]:
    """What the promise is that is paid for."""
    own = [one.target for one in plan.requirements if one.obligation == payment.obligation]
    return {figure for target in own for figure in target.known}


def _promise(one: p.Requirement) -> Iterator[tuple[str, Change]]:
    """A promise whose target is moved."""
    for keys, number in one.target.arms:
        if not isinstance(number, p.Number):
            continue
        for how, moved in _moved(one.operator, number.value):

            def change(
                it: p.Requirement, keys: tuple[str | None, ...] = keys, moved: p.Fraction2 = moved
            ) -> p.Requirement:
                arms = it.target.arms
                arms = tuple((k, p.Number(moved) if k == keys else f) for k, f in arms)
                return it.but(target=it.target.but(arms=arms))

            name = " ".join(filter(None, (one.obligation, one.metric, *keys)))
            yield f"{name}: target {_words(number.value)} {how}", change


def _payment(one: p.PaymentPlan, targets: set[p.Fraction2 | None]) -> Iterator[tuple[str, Change]]:
    """A payment without one of its steps, or with a tier's edge moved, or without a tier."""
    for field in ("claim", "limit", "paid_only_above", "returned"):
        if getattr(one, field) is not None:
            yield f"{one.obligation}: without `{field}`", _but(**{field: None})
    if one.instead:
        yield f"{one.obligation}: without `instead of`", _but(instead=())
    if one.steps is not None:
        begun = one.steps.but(begun=not one.steps.begun)
        yield f"{one.obligation}: `begun` is {begun.begun}", _but(steps=begun)
    for key, tiers in one.schedules:
        for number, tier in enumerate(tiers):
            name = f"{one.obligation} {key} `{tier.text}`"
            yield f"{name}: left out", _tiers(key, number, None)
            for place, (operator, limit) in enumerate(tier.bounds):
                for how, moved in _moved(operator, limit):
                    if "hair" in how and limit in targets:
                        continue  # only what is breached pays
                    new = (operator, moved)
                    bounds = (*tier.bounds[:place], new, *tier.bounds[place + 1 :])
                    yield f"{name}: {_words(limit)} {how}", _tiers(key, number, bounds)


def _but(**changes: Any) -> Change:
    return lambda one: one.but(**changes)


def _tiers(key: str, number: int, bounds: tuple[tuple[str, p.Fraction2], ...] | None) -> Change:
    """Other bounds for a tier of a schedule, or none of it."""

    def change(one: p.PaymentPlan) -> p.PaymentPlan:
        found = []
        for k, tiers in one.schedules:
            if k == key:
                new = () if bounds is None else (tiers[number].but(bounds=bounds),)
                found.append((k, (*tiers[:number], *new, *tiers[number + 1 :])))
            else:
                found.append((k, tiers))
        return one.but(schedules=tuple(found))

    return change


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
