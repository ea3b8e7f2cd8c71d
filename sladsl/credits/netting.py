"""What remains between two parties when what each owes the other is set off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from sladsl.credits.model import Statement, Step
from sladsl.credits.words import decimal
from sladsl.verdicts.model import Period

__all__ = ["netted"]

_ORDER = ("credits", "penalties", "bonuses", "charges", "returns", "fees")


def netted(statements: Sequence[Statement], term: Period) -> tuple[Statement, ...]:
    """The statements of each period, then its net for each pair of parties; at last the term's."""
    by_period: dict[Period, list[Statement]] = {}
    for one in statements:
        by_period.setdefault(one.period, []).append(one)
    found: list[Statement] = []
    for period, members in by_period.items():
        found += [*members, *_nets(members, period, "net")]
    return (*found, *_nets(statements, term, "total"))


def _nets(statements: Iterable[Statement], period: Period, direction: str) -> list[Statement]:
    """One for each pair of parties, in the order in which they appear."""
    pairs: dict[frozenset[str], list[Statement]] = {}
    for one in statements:
        pairs.setdefault(frozenset((one.payer, one.payee)), []).append(one)
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
    steps.append(Step("net", f"{text}: {who}", abs(net)))
    return Statement(
        period, direction, payer, payee, first.currency, tuple(steps), (), abs(net), first.minor
    )
