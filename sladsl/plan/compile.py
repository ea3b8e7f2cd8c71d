"""From a contract to the plan that a run needs beside the measurements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sladsl.contract.model import Contract, StreamInfo
from sladsl.diagnostics import Diagnostic
from sladsl.plan import model as p
from sladsl.plan.amended import amended_plan
from sladsl.plan.baselines import baselines_in
from sladsl.plan.calendars import calendar_plans
from sladsl.plan.duties import Duties, needed, rights_of
from sladsl.plan.instants import term_bounds
from sladsl.plan.measures import Measures
from sladsl.plan.narrow import beside, kept_beside, left_out
from sladsl.plan.outages import outage_plan
from sladsl.plan.payments import Payments
from sladsl.plan.promises import Promises
from sladsl.plan.remedies import Remedies, lapse
from sladsl.plan.rows import NotYet, Rows, as_pair
from sladsl.plan.unsupported import unsupported
from sladsl.syntax import nodes as n

__all__ = ["compile_contract"]


def compile_contract(
    contract: Contract, obligations: Iterable[str] = (), *, digested: bool = True
) -> tuple[p.Plan | None, tuple[Diagnostic, ...]]:
    """The plan for some obligations (none named: all), or what can't be evaluated yet.

    `digested`: whether it is to know the policy's digest, which only documents show.
    """
    chosen = tuple(obligations)
    if contract.amended:
        plan, findings = amended_plan(contract, chosen, _lowered)
    else:
        plan, findings = _lowered(contract, chosen or None, {}, rights_of([contract]))
    if plan is None or not digested:
        return plan, findings
    known = digest(contract.policy)
    earlier = tuple(e.but(plan=e.plan.but(digest=known)) for e in plan.earlier)
    return plan.but(digest=known, earlier=earlier), ()


def _lowered(
    contract: Contract, names: tuple[str, ...] | None, enums: Mapping[str, tuple[str, ...]],
    rights: Mapping[str, tuple[str, ...]],
) -> tuple[p.Plan | None, tuple[Diagnostic, ...]]:  # fmt: skip
    """The plan of one state of the terms for some obligations (None: all)."""
    chosen = tuple(contract.obligations) if names is None else names
    findings = unsupported(contract)
    if findings:
        return None, tuple(findings)
    compiler = _Compiler(contract, enums, rights)
    try:
        plan = compiler.plan(chosen)
    except NotYet as refusal:
        compiler.refused.append(refusal.diagnostic)
    if compiler.refused:
        return None, tuple(compiler.refused)
    return plan, ()


class _Compiler:
    def __init__(
        self, contract: Contract, enums: Mapping[str, tuple[str, ...]],
        rights: Mapping[str, tuple[str, ...]],
    ) -> None:  # fmt: skip
        self.contract = contract
        self.rows = Rows(contract, enums)
        self.measures = Measures(contract, self.rows)
        self.promises = Promises(contract, self.measures)
        self.money = Payments(contract, self.measures, self.promises)
        self.duties = Duties(contract, self.measures, rights)
        self.life = Remedies(contract, self.measures, self.promises)
        self.refused: list[Diagnostic] = []

    def plan(self, chosen: tuple[str, ...]) -> p.Plan:
        contract, frame = self.contract, self.contract.agreement
        requirements: list[p.Requirement] = []
        deadlines: list[p.DeadlinePlan] = []
        payments: list[p.PaymentPlan] = []
        shown: list[p.ObligationPlan] = []
        for name in needed(contract, chosen):
            node = contract.obligations[name]
            try:
                self.measures.exclusions.as_up = node.excluded_time is not None
                own = self.promises.requirements(node)
                requirements += own
                deadlines += self.duties.deadlines(node, (one.period for one in own))
                if name in chosen:
                    shown.append(self.duties.obligation(node))
                    payments += self.money.payments(node)
            except NotYet as refusal:  # one clause doesn't hide the next
                self.refused.append(refusal.diagnostic)
        whole = set(contract.obligations) <= set(chosen)
        read = self._read()
        remedies = self.life.remedies(
            chosen, narrowed=not whole, known=lambda name: self._needs(name) <= read
        )
        renewal = self.life.renewal(chosen)
        charges = self._charges() if whole else ()
        paid = bool(payments or charges)
        fees = self.money.fees() if paid else ()
        caps = tuple(self.money.cap(c) for c in contract.caps) if paid else ()
        names = sorted(self.measures.outages)
        outages = tuple(outage_plan(contract, self.measures, name) for name in names)
        streams, derived = self._streams(outages)
        assert frame.node.term is not None
        term = term_bounds(frame.node.term, frame.zone)
        plan = self._frame(term).but(
            streams=streams,
            derived=derived,
            calendars=calendar_plans(contract, self.rows.calendars),
            outages=outages,
            aggregates=tuple(self.measures.aggregates),
            requirements=tuple(requirements),
            payments=tuple(payments),
            fees=fees,
            caps=caps,
            exclusions=self.measures.exclusions.made,
            deadlines=tuple(deadlines),
            obligations=tuple(shown),
            services=self.measures.exclusions.services.plans(),
            late=None if frame.node.late is None else lapse(frame.node.late),
            remedies=remedies,
            renewal=renewal,
            review=self.life.review(),
            charges=charges,
            baselines=self._baselines(),
        )
        there = beside(
            (node.name.text for node in contract.remedies.values()),
            renews=frame.node.renews is not None,
            charges=(node.name.text for node in contract.charges.values()),
        )
        kept = kept_beside(plan)
        return plan.but(left_out=left_out(name for name in there if name not in kept))

    def _read(self) -> set[str]:
        """The streams that figures so far are made of."""
        found = set()
        for aggregate in self.measures.aggregates:
            if isinstance(aggregate, p.RowAggregate):
                found.add(aggregate.stream)
            elif isinstance(aggregate, p.OutageAggregate):
                found.add(self.contract.outages[aggregate.outage].stream)
        return found

    def _needs(self, metric: str) -> set[str]:
        """The streams that a metric is made of."""
        info = self.contract.metrics[metric]
        return {*info.streams, *(self.contract.outages[name].stream for name in info.outages)}

    def _frame(self, term: tuple[int, int | None]) -> p.Plan:
        """A plan that asks for nothing yet."""
        frame = self.contract.agreement
        return p.Plan(
            agreement=frame.name,
            digest="",
            zone=frame.zone,
            term=term,
            currency=frame.currency,
            week_starts=frame.week_starts,
            month_starts=frame.month_starts,
            year_starts=frame.year_starts,
            rounding=frame.rounding,
            rounding_to=frame.rounding_to,
            streams=(),
            derived=(),
            calendars=(),
            outages=(),
            aggregates=(),
            requirements=(),
            payments=(),
            fees=(),
            caps=(),
        )

    def _baselines(self) -> tuple[p.BaselinePlan, ...]:
        """The baselines that are named, each after those that it names itself."""
        found: dict[str, p.BaselinePlan] = {}

        def add(name: str) -> None:  # check: they name each other in no circle
            if name not in found:
                own = self._baseline(name)
                for other in sorted(set(baselines_in(own.plan))):
                    add(other)
                found[name] = own

        for name in sorted(self.rows.baselines):
            add(name)
        return tuple(found.values())

    def _baseline(self, name: str) -> p.BaselinePlan:
        """A baseline by a plan of its own, whose term is the time that it is about."""
        node = self.contract.baselines[name]
        own = _Compiler(self.contract, self.rows.enums, {})
        own.measures.exclusions.services.limited = False  # of another time
        title = node.doc.value if node.doc else ""
        type_ = self.contract.type_of(node.value)
        requirement = p.Requirement(
            obligation=name,
            number=1,
            title=title,
            debtor="",
            creditor="",
            metric=name,
            formula=own.measures.formula(node.value),
            kind=str(type_.kind),
            unit=type_.unit,
            operator=">=",
            target=p.Target((((), p.Number((0, 1))),)),
            period="term",
            groups=(),
            at=node.span.place,
        )
        outages = tuple(
            outage_plan(self.contract, own.measures, each) for each in sorted(own.measures.outages)
        )
        streams, derived = own._streams(outages)
        zone = self.contract.agreement.zone
        plan = own._frame(term_bounds(node, zone)).but(
            streams=streams,
            derived=derived,
            calendars=calendar_plans(self.contract, own.rows.calendars),
            outages=outages,
            aggregates=tuple(own.measures.aggregates),
            requirements=(requirement,),
            exclusions=own.measures.exclusions.made,
        )
        pinned = node.pinned
        return p.BaselinePlan(
            name=name,
            title=title,
            plan=plan,
            at=node.span.place,
            pinned=None if pinned is None else as_pair(own.promises.constant(pinned.figure)),
            digest="" if pinned is None else pinned.digest.value,
        )

    def _charges(self) -> tuple[p.ChargePlan, ...]:
        """What is paid by the piece."""
        found = []
        for node in self.contract.charges.values():
            try:
                found.append(self.money.charge(node))
            except NotYet as refusal:
                self.refused.append(refusal.diagnostic)
        return tuple(found)

    # ---- streams ----

    def _streams(
        self, outages: Iterable[p.OutagePlan]
    ) -> tuple[tuple[p.StreamPlan, ...], tuple[p.DerivedPlan, ...]]:
        """The streams that are read, and the derived ones in the order of their making."""
        wanted = set(self.measures.streams) | {o.stream for o in outages}
        derived: dict[str, p.DerivedPlan] = {}
        plans: dict[str, p.StreamPlan] = {}
        while True:
            todo = (wanted | self.rows.streams) - plans.keys() - derived.keys()
            if not todo:
                break
            name = min(todo)
            info = self.contract.streams[name]
            if isinstance(info.node, n.Derived):
                derived[name] = self._derived(info, info.node)
                wanted.add(derived[name].base)
            else:
                plans[name] = self._stream(info, info.node)
        return tuple(plans[k] for k in sorted(plans)), _ordered(derived)

    def _fields(self, info: StreamInfo) -> tuple[p.FieldPlan, ...]:
        own = tuple(
            p.FieldPlan(
                name=field.name,
                kind=str(field.type.kind),
                optional=field.type.optional,
                values=self.rows.values(field.type),
                unit=field.unit,
                negative_as_zero=field.negative_as_zero,
                computed=(
                    None
                    if field.computed is None or isinstance(info.node, n.Derived)
                    else self.rows.lower_as(field.computed, field.type.kind, field.type.kind)
                ),
            )
            for field in info.fields.values()
        )
        return (*own, *self.measures.exclusions.services.field(info))

    def _stream(self, info: StreamInfo, node: n.Stream) -> p.StreamPlan:
        return p.StreamPlan(
            name=info.name,
            fields=self._fields(info),
            event=info.event,
            span=info.spans,
            key=info.key,
            sequence=None if node.sequence is None else node.sequence.text,
            recorded=None if node.recorded is None else node.recorded.text,
            timezone=None if node.timezone is None else node.timezone.value,
            ambiguous=None if node.ambiguous is None else node.ambiguous.text,
            expected=None if node.expected is None else _ns(node.expected),
        )

    def _derived(self, info: StreamInfo, node: n.Derived) -> p.DerivedPlan:
        how = node.how
        base = self.contract.streams[how.stream.text]
        sequence = base.node.sequence if isinstance(base.node, n.Stream) else None
        where = None
        if isinstance(how, n.SpansOf) and how.where is not None:
            where = self.rows.lower(how.where)
        return p.DerivedPlan(
            name=info.name,
            how="last" if isinstance(how, n.LastOf) else "spans",
            base=base.name,
            by=how.by.text,
            event=info.event,
            sequence=None if sequence is None else sequence.text,
            fields=self._fields(info),
            where=where,
        )


def _ordered(derived: dict[str, p.DerivedPlan]) -> tuple[p.DerivedPlan, ...]:
    """Each after the stream that it is made from."""
    made: list[p.DerivedPlan] = []
    left = dict(sorted(derived.items()))
    while left:
        ready = [name for name, plan in left.items() if plan.base not in left]
        made += [left.pop(name) for name in ready]
    return tuple(made)


def _ns(length: n.Quantity) -> int:
    return int(length.value * 10**9)


def digest(policy: n.Policy) -> str:
    """A digest of what the policy says: its tree, without places and comments."""
    import hashlib  # OpenSSL with it, which a short command can do without

    return "sha256:" + hashlib.sha256(repr(policy.declarations).encode()).hexdigest()
