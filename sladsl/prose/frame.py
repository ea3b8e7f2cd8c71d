"""The frame of an agreement in words: parties, term, plan, renewal, and the rules of counting."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sladsl.contract.model import Contract
from sladsl.prose import words as w
from sladsl.prose.conditions import Wording
from sladsl.prose.document import Block, Heading, Items, Paragraph, Table, free
from sladsl.records import fields
from sladsl.syntax import nodes as n

__all__ = ["counting", "frame", "plan"]


def frame(say: Wording) -> list[Block]:
    """Parties, term, fee, renewal, review."""
    info = say.contract.agreement
    node = info.node
    items = []
    for role, party in (("Provider", node.provider), ("Customer", node.customer)):
        if party is not None:
            title = "" if party.title is None else f", {free(party.title.value)}"
            items.append(w.sentence(f"{role}: {w.name(party.name)}{title}"))
    if node.internal is not None:
        items.append("Internal: no money is meant to change hands.")
    if node.term is not None:
        items.append(_term(node.term))
    items.append(f"Time zone: {free(info.zone)}, with its changes between summer and winter time.")
    if info.currency is not None:
        items.append(f"Currency: {info.currency}.")
    if node.fee is not None:
        items.append(
            f"Fee: {say.value(node.fee.amount)} for {w.a_period(node.fee.per.text)}."
            + (
                " For a period that the term cuts short it is reduced, by exact time."
                if node.fee.prorated
                else " It isn't reduced for a period that the term cuts short."
            )
        )
    if node.renews is not None:
        items.append(_renewal(say, node.renews))
    elif node.term is not None and (node.term.through or node.term.to):
        items.append("Renewal: none is agreed.")
    if node.review is not None:
        items.append(f"Review: every {w.length(node.review.every)}, by {w.names(node.review.by)}.")
    if node.records is not None:
        items.append(f"Records: those of {w.name(node.records)} decide.")
    if node.late is not None:
        items.append(
            f"Late data is accepted for {w.length(node.late)} after a period's end; what comes"
            " later doesn't change that period."
        )
    return [Heading(2, "The agreement"), Items(tuple(items))]


def _term(term: n.Term) -> str:
    start = w.moment(term.start)
    if term.through is not None:
        last = w.moment(term.through)
        return f"Term: from {start} through {last}; {last} is the last day and belongs to it."
    if term.to is not None:
        return f"Term: from {start} up to {w.moment(term.to)}, which no longer belongs to it."
    return f"Term: from {start}, without an end."


def _renewal(say: Wording, node: n.Renews) -> str:
    said = f"Renewal: for {w.length(node.length)}"
    when = node.when
    if when is not None:
        many = "" if when.of.value == 1 else "s"
        said += (
            f", if {w.name(when.obligation)} was met in {when.met.text} of {when.of.text} calendar"
            f" {when.unit}{many}"
        )
    if node.unless is not None:
        rows = f"{w.name(node.unless.stream)}{say.where(node.unless.where)}"
        notice = w.length(node.unless.notice)
        said += f", unless a row of {rows} comes at least {notice} before the end of the term"
    return f"{said}."


def plan(say: Wording) -> list[Block]:
    """The plan that was chosen, with its figures; the others by name."""
    info = say.contract.agreement
    if info.plan is None:
        return []
    doc = next(
        (p.doc for p in plans_of(say.contract) if p.name.text == info.plan), None
    )  # fmt: skip
    title = w.name(info.plan) if doc is None else f"{w.name(info.plan)}: {free(doc.value)}"
    rows = tuple(
        (w.name(f"plan.{name}"), say.value(value)) for name, value in info.plans[info.plan].items()
    )
    others = [w.name(name) for name in info.plans if name != info.plan]
    said: list[Block] = [Heading(2, f"Plan {title}")]
    if rows:
        said.append(Table(("parameter", "is"), rows))
    if others:
        said.append(Paragraph(f"Not chosen, and without effect: {w.everything(others)}."))
    return said


def plans_of(contract: Contract) -> list[n.Plan]:
    """Every declaration of a plan in the file, later ones (of amendments) first."""
    found = [d for d in contract.policy.declarations if isinstance(d, n.Plan)]
    for amendment in contract.amendments:
        found = [d for d in amendment.declarations if isinstance(d, n.Plan)] + found
    return found


def _of_fee(contract: Contract) -> list[str]:
    """Which fee an amount is a part of."""
    fee = contract.agreement.node.fee
    if fee is None:
        return []
    items = [
        "The fee, where an amount is a part of it, is what accrues over the period that is judged,"
        " of what has a due time over the calendar month in which it is due, of a cap over its own"
        " period; one of another length says so."
    ]
    paid = [
        *(payment for node in contract.obligations.values() for payment in node.payments),
        *contract.caps,
    ]
    lengths = [length for node in paid for length in _lengths(node)]
    if any(length.unit in ("day", "week") and length.unit != fee.per.text for length in lengths):
        per = fee.per.text
        whole = per if per == "term" else f"calendar {per} in which that period begins"
        items.append(f"A day of the fee is its part of that for the {whole}; a week is seven.")
    return items


def _lengths(node: object) -> Iterator[n.Length]:
    """The lengths of the fee, or of a measure, below a node."""
    if isinstance(node, n.LengthOf):
        yield node.length
    elif isinstance(node, tuple):
        for item in node:
            yield from _lengths(item)
    elif isinstance(node, n.Node):
        for field in fields(node):
            if field != "span":
                yield from _lengths(getattr(node, field))


def counting(contract: Contract) -> list[Block]:
    """The rules by which is counted, with those that the agreement leaves to the language."""
    info = contract.agreement
    node = info.node
    week = list(w.WEEKDAYS.values())[info.week_starts]
    year = list(w.MONTHS.values())[info.year_starts - 1]
    method = {
        "linear": "linear between the two nearest values",
        "nearest rank": "nearest rank (the smallest value that at least that share of the values"
        " don't exceed)",
    }[info.percentile]
    rows = [
        ("weeks begin on", week, node.week_starts is None),
        ("months begin on", f"day {info.month_starts}", node.month_starts is None),
        ("years begin in", year, node.year_starts is None),
        ("percentiles are", method, node.percentile is None),
    ]
    if info.currency is not None:
        to = Fraction(*info.rounding_to)
        places = len(str(info.rounding_to[1])) - 1
        step = f"{to.numerator * 10**places // to.denominator / 10**places:.{places}f}"
        if node.rounding is not None:
            step = w.figure(node.rounding.to).removesuffix(info.currency).strip()
        money = f"{info.rounding}, to {step} {info.currency}"
        rows.append(("totals are rounded", money, node.rounding is None))
    table = tuple((what, how, "default" if d else "agreed") for what, how, d in rows)
    items = [
        *_of_fee(contract),
        "A period includes its first instant and not its last. The term cuts the first and the last"
        " one short; targets and amounts aren't reduced for that unless they are said to be.",
        "Windows follow the local clock and belong to the period in which they start.",
        "Groups by a list of values are all of its values, in every period. Groups by a text or a"
        " number exist from their first row until the end of the term, also where they fall"
        " silent.",
        "d, h, min, s and ms are elapsed time: 5d are 120 hours. Calendar days, weeks, months,"
        " quarters and years keep the local time, and end at most on a month's last day.",
        "`At most`, `at least` and `within` include the limit itself; `below` and `above` don't.",
        "A row is missing a value where none is given; a comparison with a missing value isn't"
        " true, and neither is its opposite.",
        "A figure over nothing is `no data` and never met; counts and sums of rows are 0 over no"
        " rows.",
        "What is known is what happened up to the moment of knowledge: the newest row of the"
        " streams that are judged, unless a moment is named. No clock is read.",
        "All figures are exact; what is shown is rounded, and decides nothing.",
    ]
    if contract.charges or any(o.payments for o in contract.obligations.values()):
        items.append(
            "A part of a measure, where it is paid, is of that measure for the same period and"
            " group, of a limit or a cap for all groups together; no data counts as nothing there."
            " An amount that comes to less than nothing is nothing."
        )
        items.append(
            "Money: first the tier, then the excuse, the claim, the payment's own limit, what is"
            " paid instead of something else, caps (months before years, earlier periods first,"
            " a settled period never again), what is too small to be paid, and last the rounding"
            " of the total, once. Where the promise was kept nothing is credited, unless it is"
            " said to be, and a breach that is excused pays nothing."
            " Credits, penalties, bonuses and charges are totals of their own, netted on the"
            " last line of a statement. A remedy is a right and no payment."
        )
    return [
        Heading(2, "How it is counted"), Table(("rule", "is", "by"), table), Items(tuple(items))
    ]  # fmt: skip
