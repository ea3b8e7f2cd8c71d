"""What remains between two parties when what each owes the other is set off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from sladsl.calendar.periods import shift
from sladsl.calendar.zones import Zone
from sladsl.credits.model import SERVICE, Statement, Step
from sladsl.credits.words import decimal, moment
from sladsl.plan import model as p
from sladsl.verdicts.model import Period

__all__ = ["netted"]

#: More than there are in all years that are known.
_MOST = {"day": 200_000, "month": 7_000}

_ORDER = ("credits", "penalties", "bonuses", "charges", "returns", "fees")


def netted(plan: p.Plan, statements: Sequence[Statement], term: Period) -> tuple[Statement, ...]:
    """The statements of each period, then its net for each pair of parties; at last the term's.

    What is counted in another currency, or in units of service, is netted by itself.
    """
    by_period: dict[Period, list[Statement]] = {}
    for one in statements:
        by_period.setdefault(one.period, []).append(one)
    found: list[Statement] = []
    for period, members in by_period.items():
        found += [*members, *_nets(members, period, "net")]
    return (*found, *_prolonged(plan, _nets(statements, term, "total")))


def _nets(statements: Iterable[Statement], period: Period, direction: str) -> list[Statement]:
    """One for each pair of parties and currency, in the order in which they appear."""
    pairs: dict[tuple[frozenset[str], str], list[Statement]] = {}
    for one in statements:
        pairs.setdefault((frozenset((one.payer, one.payee)), one.currency), []).append(one)
    return [_net(members, period, direction) for members in pairs.values()]


def _net(statements: Sequence[Statement], period: Period, direction: str) -> Statement:
    statements = sorted(statements, key=lambda one: _ORDER.index(one.direction))
    first = statements[0]
    totals: dict[tuple[str, str, str], Fraction] = {}
    for one in statements:
        about = one.direction, one.payer, one.payee
        totals[about] = totals.get(about, Fraction(0)) + one.payable
    steps = [
        Step(total, f"{payer} to {payee}", amount)
        for (total, payer, payee), amount in totals.items()
    ]
    sides = [a if payer == first.payer else -a for (_, payer, _), a in totals.items()]
    net = sum(sides, Fraction(0))
    payer, payee = first.payer, first.payee
    if net < 0:
        payer, payee, sides = payee, payer, [-side for side in sides]
    text = decimal(sides[0])
    for side in sides[1:]:
        text += f" {'-' if side < 0 else '+'} {decimal(abs(side))}"
    who = f"{payer} pays {payee}" if net else "nothing is due"
    if first.currency in SERVICE.values() and net:
        back = any(one.direction == "returns" and one.payer == payer for one in statements)
        who = f"{payer} gives {payee} {first.currency}{' back' if back else ''}"
    steps.append(Step("net", f"{text}: {who}", abs(net)))
    return Statement(
        period, direction, payer, payee, first.currency, tuple(steps), (), abs(net), first.minor
    )


def _prolonged(plan: p.Plan, totals: Sequence[Statement]) -> list[Statement]:
    """The totals; those of service say when the term ends with it: months first, then days."""
    zone, end = Zone(plan.zone), plan.term[1]
    unknown = "added to the end of the term, once it has one"
    found = {}
    for unit in ("month", "day"):
        for one in totals:
            if one.currency != SERVICE[unit]:
                continue
            before, detail = end, unknown
            if before is not None:
                end = _later(before, one.payable, unit, zone)
                unknown = "the term ends beyond the years that are known"
                detail = unknown
                if end is not None:
                    detail = f"the term ends {moment(end, zone)} instead of {moment(before, zone)}"
            step = Step("term", detail, one.payable)
            found[id(one)] = one.but(steps=(*one.steps, step))
    said = [found.get(id(one), one) for one in totals]
    return sorted(said, key=lambda one: one.currency == SERVICE["day"])


def _later(end: int, count: Fraction, unit: str, zone: Zone) -> int | None:
    """An instant so many days or months later; None: beyond the years that are known."""
    if count > _MOST[unit]:
        return None
    try:
        return shift(end, int(count), f"{unit}s", zone)
    except ValueError:
        return None
