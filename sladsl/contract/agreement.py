"""The frame of an agreement: parties, term, zone, currency, fee; and its defaults."""

from __future__ import annotations

from collections.abc import Mapping

from sladsl.contract import kinds
from sladsl.contract.currencies import CURRENCIES, minor_unit
from sladsl.contract.expressions import condition, type_of
from sladsl.contract.lookup import View
from sladsl.contract.model import AgreementInfo, Kind, MetricInfo
from sladsl.contract.schedules import MONTHS, WEEKDAYS, before, clipped, positive, word
from sladsl.contract.scope import Scope
from sladsl.contract.streams import zone
from sladsl.diagnostics import Label, nearest
from sladsl.syntax import nodes as n

__all__ = ["agreement_info", "check_agreement", "k_of_n"]

PERCENTILES = {"nearest_rank": "nearest rank", "linear": "linear"}


def check_agreement(s: Scope) -> None:
    """Check the frame, and the dates of baselines."""
    frame = s.here.agreement
    if frame is not None:
        _required(s, frame)
        _time(s, frame)
        _money(s, frame)
        _people(s, frame)
        if frame.renews is not None:
            _renews(s, frame.renews)
        _term(s, frame)
    for baseline in s.here.baselines.values():
        if baseline.to is not None:
            before(baseline.start, baseline.to, s, "the time of a baseline")
        elif baseline.through is not None and baseline.through.text < baseline.start.text[:10]:
            before(baseline.start, baseline.through, s, "the time of a baseline")


_CLAUSES = {
    "provider": 'provider acme "Acme Inc."',
    "customer": 'customer globex "Globex Inc."',
    "term": "term from 2026-01-01 through 2026-12-31",
    "timezone": 'timezone "Europe/Amsterdam"',
}


def _required(s: Scope, frame: n.Agreement) -> None:
    for clause, example in _CLAUSES.items():
        if getattr(frame, clause) is None:
            s.error(
                "SLA210", f"the agreement `{frame.name.text}` gives no {clause}", frame.name.span,
                help=f"add `{example}`",
            )  # fmt: skip
    if frame.plan is not None:
        s.find("plan", frame.plan, s.here.plans)
    elif s.here.plans:
        s.error(
            "SLA213", f"the agreement `{frame.name.text}` chooses no plan", frame.name.span,
            help=f"add `plan {next(iter(s.here.plans))}`",
        )  # fmt: skip


def _time(s: Scope, frame: n.Agreement) -> None:
    zone(s, frame.timezone)
    word(s, frame.week_starts, WEEKDAYS, "weekday")
    word(s, frame.year_starts, MONTHS, "month")
    word(s, frame.percentile, tuple(PERCENTILES), "method")
    day = frame.month_starts
    if day is not None and not 1 <= day.value <= 28:
        s.error(
            "SLA452", f"no month starts on day {day.text}", day.span,
            "not every month has that day", help="a day from 1 to 28",
        )  # fmt: skip


def _term(s: Scope, frame: n.Agreement) -> None:
    term = frame.term
    if term is None:
        return
    last = term.through or term.to
    if last is not None and (
        last.text < term.start.text[:10] if term.through else last.text <= term.start.text
    ):
        s.error(
            "SLA456", "the term ends before it begins", last.span,
            also=(Label(term.start.span, "it begins here"),), help="mend one of the two",
        )  # fmt: skip
    elif (
        frame.fee is not None
        and not frame.fee.prorated
        and (which := clipped(s, frame.fee.per.text))
    ):
        s.warn(
            "SLA458", f"the fee of the {which} {frame.fee.per.text} isn't prorated", term.span,
            f"the term cuts that {frame.fee.per.text} short", help="add `prorated`, or let the"
            f" term run over whole {frame.fee.per.text}s",
        )  # fmt: skip


def _people(s: Scope, frame: n.Agreement) -> None:
    a, b = frame.provider, frame.customer
    if a is not None and b is not None and a.name.text == b.name.text:
        s.error(
            "SLA209", f"`{a.name.text}` is the provider and the customer", b.name.span,
            also=(Label(a.name.span, "the provider"),), help="name two parties",
        )  # fmt: skip
    if frame.records is not None:
        s.party(frame.records)
    for name in frame.review.by if frame.review else ():
        s.party(name)
    if frame.review is not None:
        s.repeated(frame.review.by, "the party")
        positive(s, frame.review.every, "a review after a time")


def _money(s: Scope, frame: n.Agreement) -> None:
    currency = frame.currency
    if currency is not None and currency.text not in CURRENCIES:
        help = nearest(currency.text.upper(), CURRENCIES)
        s.error(
            "SLA402", f"unknown currency `{currency.text}`", currency.span, "not in ISO 4217",
            help=help,
        )  # fmt: skip
    if frame.fee is not None:
        found = type_of(s, frame.fee.amount, View(measures=False))
        if found is not None and found.kind is not Kind.MONEY:
            s.error(
                "SLA411", f"a fee is money, and this is {kinds.describe(found)}",
                frame.fee.amount.span, help="write it like 1200.00 EUR",
            )  # fmt: skip
        elif found is not None:
            in_currency(s, found.unit, frame.fee.amount)
    if frame.rounding is not None:
        in_currency(s, frame.rounding.to.unit, frame.rounding.to)
        if frame.rounding.to.value <= 0:
            s.error(
                "SLA415", "money can't be rounded to nothing", frame.rounding.to.span,
                help="write the smallest amount, such as 0.01 EUR",
            )  # fmt: skip


def in_currency(s: Scope, unit: str, node: n.Expr | n.Quantity) -> bool:
    """Whether money is in the agreement's currency; if not, that is reported."""
    if s.here.agreement is None or not unit:
        return True
    if not s.currency:
        if s.here.agreement.currency is None and s.first("SLA402"):
            s.error(
                "SLA402", "money in an agreement without a currency", node.span,
                help=f"add `currency {unit}` to the agreement",
            )  # fmt: skip
        return False
    if unit != s.currency:
        s.error(
            "SLA403", f"money in {unit}, in an agreement in {s.currency}", node.span,
            help=f"write the amount in {s.currency}: currencies aren't converted",
        )  # fmt: skip
        return False
    return True


def k_of_n(s: Scope, k: n.Quantity, of: n.Quantity) -> None:
    """`in 3 of 6 months`: neither zero nor more than there are."""
    if k.value < 1 or k.value > of.value:
        s.error(
            "SLA465", f"{k.text} of {of.text} can't be", k.span.to(of.span),
            help=f"a number from 1 to {of.text}" if of.value else "count at least one period",
        )  # fmt: skip


def _renews(s: Scope, node: n.Renews) -> None:
    positive(s, node.length, "a renewal")
    if node.when is not None:
        s.find("obligation", node.when.obligation, s.here.obligations)
        k_of_n(s, node.when.met, node.when.of)
    if node.unless is not None and s.find("stream", node.unless.stream, s.here.streams):
        stream = node.unless.stream.text
        if node.unless.where is not None:
            condition(s, node.unless.where, View(stream, s.fields[stream]))


def agreement_info(s: Scope) -> AgreementInfo:
    """The frame with its defaults, of a policy without errors."""
    frame = s.here.agreement
    assert frame is not None
    plans: Mapping[str, Mapping[str, n.Expr]] = {
        name: {b.name.text: b.value for b in plan.bindings} for name, plan in s.here.plans.items()
    }
    rounding, starts = frame.rounding, frame.month_starts
    to = minor_unit(s.currency)
    if rounding is not None:
        to = (rounding.to.value.numerator, rounding.to.value.denominator)
    return AgreementInfo(
        name=frame.name.text,
        node=frame,
        zone=frame.timezone.value if frame.timezone else "UTC",
        parties=tuple(s.parties),
        currency=s.currency or None,
        plans=plans or {"": {}},
        plan=frame.plan.text if frame.plan else None,
        internal=frame.internal is not None,
        week_starts=WEEKDAYS.index(frame.week_starts.text) if frame.week_starts else 0,
        month_starts=int(starts.value) if starts else 1,
        year_starts=MONTHS.index(frame.year_starts.text) + 1 if frame.year_starts else 1,
        percentile=PERCENTILES[frame.percentile.text] if frame.percentile else "nearest rank",
        rounding=rounding.mode if rounding else "half even",
        rounding_to=to,
    )


def money_metric(s: Scope, ref: n.Ref) -> MetricInfo | None:
    """The money metric that an amount is a part of; anything else is reported."""
    info = s.metrics.get(ref.name) if ref.member is None else None
    if ref.member is None and ref.name in s.here.metrics:
        if info is not None and info.type.kind is not Kind.MONEY:
            s.error(
                "SLA411", f"`{ref.name}` is {kinds.describe(info.type)}, where money is due",
                ref.span, help="name `fee`, or a metric that sums money",
            )  # fmt: skip
            return None
        return info
    known = [name for name, m in s.metrics.items() if m and m.type.kind is Kind.MONEY]
    s.unknown("amount", ref.text, ref.span, ["fee", *known], "neither `fee` nor a metric")
    return None
