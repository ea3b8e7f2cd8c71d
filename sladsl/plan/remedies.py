"""Remedies, renewal and reviews: from syntax to what is counted and when it is due."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sladsl.contract.model import Contract
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.promises import Promises
from sladsl.syntax import nodes as n

__all__ = ["Remedies", "lapse"]


class Remedies:
    """Lowers what one contract says of its own life."""

    def __init__(self, contract: Contract, measures: Measures, promises: Promises) -> None:
        self.contract = contract
        self.measures = measures
        self.promises = promises

    def remedies(
        self, chosen: Collection[str], *, narrowed: bool, known: Callable[[str], bool]
    ) -> tuple[p.RemedyPlan, ...]:
        """The remedies; where only some obligations were chosen, those that follow from them.

        So does one of a metric if what it is made of is known: read for these obligations anyway.
        """
        found = []
        for node in self.contract.remedies.values():
            owed = {when.subject.text for when in node.when if when.operator is None}
            metrics = [when.subject.text for when in node.when if when.operator is not None]
            if not narrowed or (owed <= set(chosen) and (owed or all(map(known, metrics)))):
                found.append(self._remedy(node))
        return tuple(found)

    def _remedy(self, node: n.Remedy) -> p.RemedyPlan:
        assert node.party is not None
        assert node.act is not None
        return p.RemedyPlan(
            name=node.name.text,
            title=node.doc.value if node.doc else "",
            party=node.party.text,
            act=node.act.text,
            when=tuple(self._when(node, when) for when in node.when),
            within=None if node.within is None else lapse(node.within),
            at=node.name.span.place,
        )

    def _when(self, owner: n.Remedy, node: n.RemedyWhen) -> p.RightWhen:
        measured = node.operator is not None
        return p.RightWhen(
            text=" ".join(node.span.text.split()),
            obligation="" if measured else node.subject.text,
            how=node.how,
            count=1 if node.count is None else int(node.count.value),
            of=int(node.of.value),
            unit=node.unit,
            same=tuple(name.text for name in node.same),
            measure=self._measure(owner, node) if measured else None,
        )

    def _measure(self, owner: n.Remedy, node: n.RemedyWhen) -> p.Requirement:
        """The figure that a right depends on, by the period that it is looked at for."""
        assert node.operator is not None
        assert node.limit is not None
        assert owner.party is not None
        metric = self.contract.metrics[node.subject.text]
        of = int(node.of.value)
        period: p.PeriodRule = node.unit
        if node.how == "whole" and of > 1:
            period = p.Rolling(of, node.unit, 1, node.unit)
        groups = [self.promises.group(metric.name, name) for name in node.same]
        return p.Requirement(
            obligation=owner.name.text,
            number=0,
            title="",
            debtor="",
            creditor=owner.party.text,
            metric=metric.name,
            formula=self.measures.metric(metric.name),
            kind=str(metric.type.kind),
            unit=metric.type.unit,
            operator=node.operator,
            target=self.promises.target(node.limit),
            period=period,
            groups=tuple(group for group, _ in groups),
            at=node.span.place,
            among=tuple((g.name, v) for g, v in groups if v != g.values),
        )

    def renewal(self, chosen: Collection[str]) -> p.RenewalPlan | None:
        """The renewal of the term, where what it depends on is evaluated."""
        node = self.contract.agreement.node.renews
        if node is None or (node.when is not None and node.when.obligation.text not in chosen):
            return None
        found = p.RenewalPlan(lapse(node.length), node.span.place)
        if node.when is not None:
            found = found.but(
                obligation=node.when.obligation.text,
                met=int(node.when.met.value),
                of=int(node.when.of.value),
                unit=node.when.unit,
            )
        if node.unless is not None:
            where = node.unless.where
            stream = node.unless.stream.text
            self.measures.streams.add(stream)
            rows = p.Listing(stream, None if where is None else self.measures.rows.lower(where), ())
            found = found.but(notices=rows, notice=lapse(node.unless.notice))
        return found

    def review(self) -> p.ReviewPlan | None:
        """When the terms are reviewed."""
        node = self.contract.agreement.node.review
        if node is None:
            return None
        return p.ReviewPlan(lapse(node.every), tuple(b.text for b in node.by), node.span.place)


def lapse(length: n.Length) -> p.Lapse:
    """A length of time: exact, or so many units of the calendar."""
    if length.unit == "s":
        return p.Lapse(int(length.count * 10**9))
    return p.Lapse(int(length.count), length.unit)
