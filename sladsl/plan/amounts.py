"""Amounts of money: from typed syntax to tiers, parts, lengths and formulas."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sladsl.contract.model import Contract, RefKind
from sladsl.contract.targets import is_service, served
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.promises import key_text
from sladsl.plan.rows import as_pair
from sladsl.syntax import nodes as n

__all__ = ["Amounts", "Schedules"]

#: A field of the groups, the tiers for its values, and for how many times they are due.
Schedules = tuple[str | None, tuple[tuple[str, tuple[p.TierPlan, ...]], ...], p.Steps | None]


class Amounts:
    """Lowers the amounts of one obligation (None: of no obligation)."""

    def __init__(
        self,
        contract: Contract,
        measures: Measures,
        constant: Callable[[n.Expr], Fraction],
        owner: n.Obligation | None,
    ) -> None:
        self.contract = contract
        self.measures = measures
        self.constant = constant
        requires = owner.requires if owner is not None else ()
        #: what is judged, and so without what is excluded; and for which groups
        self.judged = {
            r.metric.text: [name.text for name in r.each]
            for r in requires
            if isinstance(r, n.Require)
        }
        names = owner.excluding if owner is not None else ()
        self.excluding = frozenset(name.text for name in names)

    def payout(self, node: n.Payout) -> Schedules:
        """The tiers of a payment, by a field of its groups where it has one."""
        match node:
            case n.PayoutMatch(subject=subject, arms=arms):
                schedules = tuple(
                    ("" if arm.key is None else key_text(arm.key), self._tiers(arm.payout))
                    for arm in arms
                )
                return subject.text, schedules, None
            case n.ForEvery(amount=amount, step=step, begun=begun, of=of):
                found = self.amount(amount)
                tier = p.TierPlan((), found, _words(node))
                steps = p.Steps(as_pair(step.value), begun, of.text == "lateness")
                return None, (("", (tier,)),), steps
            case n.Greatest():
                raise AssertionError(node.span.place)  # each of its arms is a payment of its own
            case _:
                return None, (("", self._tiers(node)),), None

    def limit(self, node: n.Amount) -> p.Amount:
        """The most that a total can come to; a metric is that of all groups together."""
        return _pooled(self.amount(node))

    def _tiers(self, payout: n.Tiers | n.Amount) -> tuple[p.TierPlan, ...]:
        if not isinstance(payout, n.Tiers):
            amount = self.amount(payout)
            return (p.TierPlan((), amount, amount.text),)
        found = []
        for tier in payout.tiers:
            bounds = tuple((b.operator, as_pair(self.constant(b.limit))) for b in tier.bounds)
            words = " and ".join(_words(b) for b in tier.bounds)
            amount = self.amount(tier.amount)
            found.append(p.TierPlan(bounds, amount, f"{words}: {amount.text}"))
        return tuple(found)

    def amount(self, node: n.Amount) -> p.Amount:
        """An amount of money, or a number that it is worked out from, as it is written."""
        text = _words(node)
        match node:
            case n.Quantity(value=value):
                return p.Amount("fixed", as_pair(value), text)
            case n.ShareOf(share=share, of=of):
                return self._of(as_pair(share.value), of, text)
            case n.PartOf(share=share, of=of):
                parts = self.amount(share), self._of((1, 1), of, _words(of))
                return p.Amount("computed", (1, 1), text, operands=parts, operators=("*",))
            case n.LengthOf(length=length, of=of):
                if is_service(node):
                    count, unit = served(length)
                    return p.Amount("service", as_pair(count), text, unit)
                assert isinstance(of, n.Ref)  # check: what is of a time itself has no other length
                return self._length(length, of, text)
            case n.Computed(operands=operands, operators=operators):
                lowered = tuple(self.amount(operand) for operand in operands)
                return p.Amount("computed", (1, 1), text, operands=lowered, operators=operators)
            case n.Ref() | n.Timed():
                return self._of((1, 1), node, text)

    def _of(self, share: p.Fraction2, of: n.Base, text: str) -> p.Amount:
        if isinstance(of, n.Timed):
            return self._timed(share, of, text)
        found = self.contract.resolve(of)
        if found.kind is RefKind.FEE:
            return p.Amount("fee", share, text)
        if found.kind is RefKind.METRIC:
            return p.Amount("metric", share, text, formula=self._metric(found.name))
        if found.kind is RefKind.PARAMETER:
            value = self.constant(of) * Fraction(*share)
            return p.Amount("fixed", as_pair(value), text)
        if found.kind is RefKind.BASELINE:
            return p.Amount("metric", share, text, formula=self.measures.formula(of))
        raise TypeError(f"an amount of a {found.kind}")  # check: none

    def _length(self, length: n.Length, of: n.Ref, text: str) -> p.Amount:
        """What the fee, or a metric, comes to over a length of time."""
        found, count = self.contract.resolve(of), as_pair(length.count)
        if found.kind is RefKind.FEE:
            return p.Amount("fee_length", count, text, length.unit)
        assert found.kind is RefKind.METRIC  # check: nothing else comes to something in a time
        formula = self._metric(found.name)
        return p.Amount("metric_length", count, text, length.unit, formula)

    def _metric(self, name: str) -> p.Formula:
        if name in self.judged:
            self.measures.exclusions.each = self.judged[name]
            return self.measures.judged(name, self.excluding)
        return self.measures.metric(name)

    def _timed(self, share: p.Fraction2, of: n.Timed, text: str) -> p.Amount:
        if of.during is not None:
            formula = self.measures.outside(of.during.text, self.excluding)
            return p.Amount("during", share, text, formula=formula)
        assert of.before is not None
        found, before = self.contract.resolve(of.ref), of.before.text
        if found.kind is RefKind.FEE:
            return p.Amount("fee", share, text, before=before)
        assert found.kind is RefKind.METRIC  # check: a parameter is the same at all times
        formula = self._metric(found.name)
        return p.Amount("metric", share, text, formula=formula, before=before)


def _pooled(amount: p.Amount) -> p.Amount:
    """An amount whose metrics are those of all groups together."""
    operands = tuple(_pooled(operand) for operand in amount.operands)
    return amount.but(operands=operands, pooled=amount.formula is not None)


def _words(node: n.Node) -> str:
    return " ".join(node.span.text.split())
