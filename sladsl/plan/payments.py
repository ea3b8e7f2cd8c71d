"""Money: from typed syntax to payments, claims, fees and caps."""

from __future__ import annotations

from fractions import Fraction

from sladsl.contract.model import Contract, Kind, RefKind
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.promises import Promises, key_text
from sladsl.plan.rows import NotYet, as_pair
from sladsl.plan.unsupported import refuse
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
        """What breaches of an obligation, or its fulfilment, are worth."""
        assert node.owes is not None
        owing, owed = node.owes.debtor.text, node.owes.creditor.text
        claim = None if node.claim is None else self.claim(node, node.claim)
        found = []
        for payment in node.payments:
            field = None
            payout = payment.payout
            if isinstance(payout, n.PayoutMatch):
                field = payout.subject.text
                schedules = tuple(
                    ("" if arm.key is None else key_text(arm.key), self._tiers(arm.payout))
                    for arm in payout.arms
                )
            elif isinstance(payout, n.Greatest | n.ForEvery):
                raise NotYet(refuse("this payment", payout.span))
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
                    payer=owed if payment.direction == "bonus" else owing,
                    payee=owing if payment.direction == "bonus" else owed,
                    at=payment.span.place,
                    claim=None if payment.direction == "bonus" else claim,
                )
            )
        return found

    def claim(self, owner: n.Obligation, node: n.Claim) -> p.ClaimPlan:
        """How what an obligation's breach is worth is claimed."""
        exact = node.within.unit == "s"
        if node.calendar is not None:
            if not exact:
                what = f"a number of {node.within.unit}s in a calendar"
                raise NotYet(refuse(what, node.within.span))
            self.measures.rows.calendars.add(node.calendar.text)
        stream = self.contract.streams[node.stream.text]
        each = {name.text for r in owner.requires if isinstance(r, n.Require) for name in r.each}
        groups = tuple(sorted(each & stream.fields.keys() - {"period", stream.event}))
        named = stream.fields.get("period")
        naming = named is not None and named.type.kind in (Kind.TEXT, Kind.TIME)
        period = "period" if naming and stream.event != "period" else None
        fields = sorted({*groups, *((period,) if period else ())})
        where = None if node.where is None else self.measures.rows.lower(node.where)
        self.measures.streams.add(stream.name)
        return p.ClaimPlan(
            rows=p.Listing(stream.name, where, tuple(fields)),
            anchor=_anchor(owner, node.of),
            within=p.Lapse(
                int(node.within.count * (10**9 if exact else 1)),
                "ns" if exact else node.within.unit,
                "always" if node.calendar is None else node.calendar.text,
            ),
            period=period,
            period_kind=str(named.type.kind) if named is not None and period else "",
            groups=groups,
            at=node.span.place,
        )

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
                if isinstance(of, n.Timed):
                    raise NotYet(refuse("an amount of another time", of.span))
                if self.contract.resolve(of).kind is not RefKind.FEE:
                    raise NotYet(refuse("a length of anything but the fee", of.span))
                fee = self.contract.agreement.node.fee
                per = "" if fee is None else fee.per.text
                if per != length.unit and not {per, length.unit} <= p.MONTHS.keys():
                    what = f"{length.unit}s of a fee per {per}"
                    raise NotYet(refuse(what, node.span))
                return p.Amount("fee_length", as_pair(length.count), text, length.unit)
            case n.Ref() | n.Timed():
                return self._of((1, 1), node, text)
            case n.PartOf() | n.Computed():
                raise NotYet(refuse("an amount that is worked out", node.span))

    def _of(self, share: p.Fraction2, of: n.Base, text: str) -> p.Amount:
        if isinstance(of, n.Timed):
            raise NotYet(refuse("an amount of another time", of.span))
        found = self.contract.resolve(of)
        if found.kind is RefKind.FEE:
            return p.Amount("fee", share, text)
        if found.kind is RefKind.METRIC:
            return p.Amount("metric", share, text, formula=self.measures.metric(found.name))
        if found.kind is RefKind.PARAMETER:
            value = self.constant(of) * Fraction(*share)
            return p.Amount("fixed", as_pair(value), text)
        raise NotYet(refuse(f"an amount of a {found.kind}", of.span))


def _anchor(owner: n.Obligation, node: n.Anchor) -> str:
    """What a claim's window opens at."""
    match node.name.text, node.of, node.member:
        case "end", n.Name(text="period"), None:
            return "end"
        case "onset", None, None:
            return "onset"
        case "breach", n.Name(text=name), None if name == owner.name.text:
            return "breach"
        case _:
            what = " ".join(node.span.text.split())
            raise NotYet(refuse(f"a claim that runs from `{what}`", node.span))
