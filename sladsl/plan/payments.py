"""Money: from typed syntax to payments, claims, fees and caps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sladsl.contract.model import Contract, Kind, RefKind, StreamInfo
from sladsl.plan import model as p
from sladsl.plan.amounts import Amounts
from sladsl.plan.duties import breach_of, claim_of, groups_of
from sladsl.plan.measures import Measures
from sladsl.plan.parts import columns_in
from sladsl.plan.promises import Promises
from sladsl.plan.rows import as_pair
from sladsl.syntax import nodes as n

__all__ = ["Payments"]


class Payments:
    """Lowers what is paid under one contract."""

    def __init__(self, contract: Contract, measures: Measures, promises: Promises) -> None:
        self.contract = contract
        self.measures = measures
        self.constant = promises.constant

    def fees(self) -> tuple[p.FeePlan, ...]:
        """What accrues."""
        fee = self.contract.agreement.node.fee
        if fee is None:
            return ()
        amount = as_pair(self.constant(fee.amount))
        provider, customer = self._parties()
        found = p.FeePlan(amount, fee.per.text, prorated=fee.prorated)
        return (found.but(payer=customer, payee=provider),)

    def _parties(self) -> tuple[str, str]:
        """The provider and the customer."""
        frame = self.contract.agreement.node
        assert frame.provider is not None
        assert frame.customer is not None
        return frame.provider.name.text, frame.customer.name.text

    def cap(self, node: n.Cap) -> p.CapPlan:
        """A cap."""
        amounts = Amounts(self.contract, self.measures, self.constant, None)
        return p.CapPlan(node.what.text, amounts.limit(node.at), node.per.text, node.span.place)

    def payments(self, node: n.Obligation) -> list[p.PaymentPlan]:
        """What breaches of an obligation, or its fulfilment, are worth."""
        assert node.owes is not None
        if not node.payments:
            return []  # and nothing to be claimed
        owing, owed = node.owes.debtor.text, node.owes.creditor.text
        claimed = claim_of(node)
        claim = None if claimed is None else self.claim(node, claimed)
        amounts = Amounts(self.contract, self.measures, self.constant, node)
        found = []
        for payment, name in _alternatives(node.payments):
            bonus = payment.direction == "bonus"
            field, schedules, steps = amounts.payout(payment.payout)
            metric = None if payment.on is None else payment.on.text
            if isinstance(payment.payout, n.ForEvery) and steps is not None and not steps.lateness:
                metric = payment.payout.of.text
            found.append(
                p.PaymentPlan(
                    obligation=node.name.text,
                    direction=payment.direction,
                    occurrence=payment.occurrence or "each",
                    metric=metric,
                    field=field,
                    schedules=schedules,
                    limit=None if payment.limit is None else amounts.limit(payment.limit),
                    paid_only_above=(
                        None if node.paid_only is None else as_pair(node.paid_only.value)
                    ),
                    payer=owed if bonus else owing,
                    payee=owing if bonus else owed,
                    at=payment.span.place,
                    claim=None if bonus else claim,
                    also_when_met=payment.also_when_met,
                    steps=steps,
                    greatest=name,
                    instead=() if bonus else tuple(other.text for other in node.instead),
                    returned=(
                        None
                        if node.returned is None or bonus
                        else (int(node.returned.count.value), node.returned.unit)
                    ),
                )
            )
        return found

    def charge(self, node: n.Charge) -> p.ChargePlan:
        """What each row of a stream costs: the customer pays the provider."""
        provider, customer = self._parties()
        stream = self.contract.streams[node.stream.text]
        price = None
        if not self._fixed(node.amount):
            price = self.measures.rows.lower_as(node.amount, "money", Kind.MONEY)
        fields = () if price is None else tuple(sorted(columns_in(price)))
        self.measures.streams.add(stream.name)
        where = None if node.where is None else self.measures.rows.lower(node.where)
        return p.ChargePlan(
            name=node.name.text,
            amount=as_pair(self.constant(node.amount)) if price is None else None,
            text=f"{_words(node.amount)} for {_words(node.stream)}"
            + ("" if node.where is None else f" where {_words(node.where)}"),
            rows=p.Listing(stream.name, where, fields, value=price),
            payer=customer,
            payee=provider,
            at=node.span.place,
        )

    def _fixed(self, node: n.Expr) -> bool:
        """Whether an amount is the same for all rows."""
        match node:
            case n.Quantity():
                return True
            case n.Minus(operand=operand):
                return self._fixed(operand)
            case n.Arithmetic(operands=operands):
                return all(map(self._fixed, operands))
            case n.Ref():
                return self.contract.resolve(node).kind is RefKind.PARAMETER
            case _:
                return False

    def claim(self, owner: n.Obligation, node: n.Claim) -> p.ClaimPlan:
        """How what an obligation's breach is worth is claimed."""
        exact = node.within.unit == "s"
        if node.calendar is not None:
            self.measures.rows.calendars.add(node.calendar.text)
        stream = self.contract.streams[node.stream.text]
        each = {name.text for r in owner.requires if isinstance(r, n.Require) for name in r.each}
        groups, period, kind = _naming(stream, each, stream.event)
        fields = sorted({*groups, *((period,) if period else ())})
        where = None if node.where is None else self.measures.rows.lower(node.where)
        self.measures.streams.add(stream.name)
        of = breach_of(node.of)
        return p.ClaimPlan(
            rows=p.Listing(stream.name, where, tuple(fields)),
            anchor="row" if node.of.member is not None else node.of.name.text,
            within=p.Lapse(
                int(node.within.count * (10**9 if exact else 1)),
                "ns" if exact else node.within.unit,
                "always" if node.calendar is None else node.calendar.text,
            ),
            period=period,
            period_kind=kind,
            groups=groups,
            at=node.span.place,
            by_end=node.by_end,
            of="" if of is None or of == owner.name.text else of,
            starts=self._starts(owner, node),
        )

    def _starts(self, owner: n.Obligation, node: n.Claim) -> p.Starts | None:
        """The rows that a claim's time runs from."""
        anchor = node.of
        if anchor.member is None:
            return None
        stream = self.contract.streams[anchor.name.text]
        groups, period, kind = _naming(stream, groups_of(self.contract, owner.name.text), "")
        time = anchor.member.text
        if period == time:
            period, kind = None, ""  # the time that it names is its own
        fields = {time, *groups, *((period,) if period else ())}
        self.measures.streams.add(stream.name)
        where = None if node.trigger is None else self.measures.rows.lower(node.trigger)
        rows = p.Listing(stream.name, where, tuple(sorted(fields)))
        return p.Starts(rows, time, period, kind, groups)


def _alternatives(payments: tuple[n.Payment, ...]) -> Iterator[tuple[n.Payment, str]]:
    """Each payment; one `greatest of` as several, with what they are known by."""
    for payment in payments:
        if not isinstance(payment.payout, n.Greatest):
            yield payment, ""
            continue
        for arm in payment.payout.arms:
            yield payment.but(on=arm.on, payout=arm.payout), payment.span.place


def _words(node: n.Node) -> str:
    return " ".join(node.span.text.split())


def _naming(
    stream: StreamInfo, groups: Iterable[str], event: str
) -> tuple[tuple[str, ...], str | None, str]:
    """By which fields rows name groups and a period, and that field's kind ("": by none)."""
    known = tuple(sorted(set(groups) & stream.fields.keys() - {"period", event}))
    named = stream.fields.get("period")
    if named is None or named.type.kind not in (Kind.TEXT, Kind.TIME) or event == "period":
        return known, None, ""
    return known, "period", str(named.type.kind)
