"""Requirements and money: from typed syntax to targets, schedules, fees and caps."""

from __future__ import annotations

from fractions import Fraction

from sladsl.contract.model import Contract, Kind, RefKind
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.rows import NotYet, as_pair
from sladsl.plan.unsupported import refuse
from sladsl.syntax import nodes as n

__all__ = ["Promises"]


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
            found.append(
                p.Requirement(
                    obligation=node.name.text,
                    number=number,
                    title=node.doc.value if node.doc else "",
                    debtor=node.owes.debtor.text,
                    creditor=node.owes.creditor.text,
                    metric=metric.name,
                    formula=self.measures.judged(metric.name, excluding),
                    kind=str(metric.type.kind),
                    unit=metric.type.unit,
                    operator=require.operator,
                    target=self._target(require),
                    period=_period(require),
                    groups=tuple(self._group(metric.name, name) for name in require.each),
                    at=require.span.place,
                )
            )
        return found

    def _group(self, metric: str, name: n.Name) -> p.GroupField:
        info = self.contract.metrics[metric]
        streams = [*info.streams, *(self.contract.outages[o].stream for o in info.outages)]
        for stream in streams:
            field = self.contract.streams[stream].fields.get(name.text)
            if field is not None:
                values = field.type.values
                if field.type.kind is Kind.BOOL:
                    values = ("false", "true")
                return p.GroupField(name.text, str(field.type.kind), values)
        raise NotYet(refuse("this grouping", name.span))

    def _target(self, node: n.Require) -> p.Target:
        target = node.target
        if isinstance(target, n.Match):
            field = target.subject.name
            by_value = []
            default = None
            for arm in target.arms:
                value = as_pair(self.constant(arm.value))
                if arm.key is None:
                    default = value
                else:
                    by_value.append((_key_text(arm.key), value))
            return p.Target(default, field, tuple(by_value))
        return p.Target(as_pair(self.constant(target)))

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
                    value = self.constant(operand)
                    if operator == "/" and value == 0:
                        raise NotYet(refuse("a division by zero", node.span))
                    result = _apply(operator, result, value)
                return result
            case n.Ref() if self.contract.resolve(node).kind is RefKind.PARAMETER:
                return self.constant(self.measures.rows.parameter(node))
            case _:
                raise NotYet(refuse("a target that isn't a constant", node.span))

    # ---- money ----

    def fees(self) -> tuple[p.FeePlan, ...]:
        """What accrues."""
        fee = self.contract.agreement.node.fee
        if fee is None:
            return ()
        return (p.FeePlan(as_pair(self.constant(fee.amount)), fee.per.text),)

    def cap(self, node: n.Cap) -> p.CapPlan:
        """A cap."""
        return p.CapPlan(node.what.text, self._limit(node.at), node.per.text, node.span.place)

    def _limit(self, node: n.Amount) -> p.Amount:
        """The most that a total can come to: no metric, which is another one for each group."""
        amount = self.amount(node)
        if amount.of == "metric":
            raise NotYet(refuse("a limit that is a part of a metric", node.span))
        return amount

    def payments(self, node: n.Obligation) -> list[p.PaymentPlan]:
        """What breaches of an obligation are worth."""
        assert node.owes is not None
        found = []
        for payment in node.payments:
            field = None
            payout = payment.payout
            if isinstance(payout, n.PayoutMatch):
                field = payout.subject.text
                schedules = tuple(
                    ("" if arm.key is None else _key_text(arm.key), self._tiers(arm.payout))
                    for arm in payout.arms
                )
            else:
                schedules = (("", self._tiers(payout)),)
            found.append(
                p.PaymentPlan(
                    obligation=node.name.text,
                    direction=payment.direction,
                    occurrence=payment.occurrence or "each",
                    metric=None if payment.on is None else payment.on.text,
                    field=field,
                    schedules=schedules,
                    limit=None if payment.limit is None else self._limit(payment.limit),
                    paid_only_above=(
                        None if node.paid_only is None else as_pair(node.paid_only.value)
                    ),
                    payer=node.owes.debtor.text,
                    payee=node.owes.creditor.text,
                    at=payment.span.place,
                )
            )
        return found

    def _tiers(self, payout: n.Tiers | n.Amount) -> tuple[p.TierPlan, ...]:
        if not isinstance(payout, n.Tiers):
            amount = self.amount(payout)
            return (p.TierPlan((), amount, amount.text),)
        found = []
        for tier in payout.tiers:
            bounds = tuple((b.operator, as_pair(self.constant(b.limit))) for b in tier.bounds)
            words = " and ".join(" ".join(b.span.text.split()) for b in tier.bounds)
            amount = self.amount(tier.amount)
            found.append(p.TierPlan(bounds, amount, f"{words}: {amount.text}"))
        return tuple(found)

    def amount(self, node: n.Amount) -> p.Amount:
        """An amount of money, as it is written."""
        text = " ".join(node.span.text.split())
        match node:
            case n.Quantity(value=value):
                return p.Amount("fixed", as_pair(value), text)
            case n.ShareOf(share=share, of=of):
                return self._of(as_pair(share.value), of, text)
            case n.LengthOf(length=length, of=of):
                if self.contract.resolve(of).kind is not RefKind.FEE:
                    raise NotYet(refuse("a length of anything but the fee", of.span))
                fee = self.contract.agreement.node.fee
                per = "" if fee is None else fee.per.text
                if per != length.unit and not {per, length.unit} <= p.MONTHS.keys():
                    what = f"{length.unit}s of a fee per {per}"
                    raise NotYet(refuse(what, node.span))
                return p.Amount("fee_length", as_pair(length.count), text, length.unit)
            case n.Ref():
                return self._of((1, 1), node, text)

    def _of(self, share: p.Fraction2, of: n.Ref, text: str) -> p.Amount:
        found = self.contract.resolve(of)
        if found.kind is RefKind.FEE:
            return p.Amount("fee", share, text)
        if found.kind is RefKind.METRIC:
            return p.Amount("metric", share, text, formula=self.measures.metric(found.name))
        if found.kind is RefKind.PARAMETER:
            value = self.constant(of) * Fraction(*share)
            return p.Amount("fixed", as_pair(value), text)
        raise NotYet(refuse(f"an amount of a {found.kind}", of.span))


def _period(node: n.Require) -> p.PeriodRule:
    if isinstance(node.per, n.Rolling):
        length, every = node.per.length, node.per.every
        return p.Rolling(int(length.count), length.unit, int(every.count), every.unit)
    assert node.per is not None
    return node.per.text


def _key_text(key: n.Name | n.Text | n.Quantity) -> str:
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
