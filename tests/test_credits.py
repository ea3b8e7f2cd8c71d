"""Rounding and sharing of amounts, against Python's decimal and by hand."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from generate.answers import Way, plan_of
from generate.examples import examples
from hypothesis import given
from hypothesis import strategies as st

from sladsl.credits.model import SERVICE, Statement
from sladsl.credits.rounding import in_proportion, shared
from sladsl.credits.tiers import applying
from sladsl.credits.words import currency_of
from sladsl.diagnostics import Refused
from sladsl.folds.rounding import rounded
from sladsl.plan import model as p

CENT = Fraction(1, 100)
MODES = {
    "half even": decimal.ROUND_HALF_EVEN,
    "half up": decimal.ROUND_HALF_UP,
    "half down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
}
AMOUNTS = st.integers(-(10**9), 10**9).map(lambda n: Fraction(n, 10**4))


@given(AMOUNTS, st.sampled_from(sorted(MODES)))
def test_rounding_is_that_of_decimal(amount: Fraction, mode: str) -> None:
    text = Decimal(amount.numerator) / Decimal(amount.denominator)
    assert rounded(amount, mode, CENT) == Fraction(text.quantize(Decimal("0.01"), MODES[mode]))


@given(st.lists(st.integers(0, 10**9).map(lambda n: Fraction(n, 7)), min_size=1, max_size=8))
def test_parts_add_up_and_lie_within_a_unit(exact: list[Fraction]) -> None:
    total = rounded(sum(exact, Fraction(0)), "half even", CENT)
    parts = shared(total, exact, CENT)
    assert sum(parts) == total
    assert all(abs(part - amount) < CENT for part, amount in zip(parts, exact, strict=True))
    assert all(part % CENT == 0 for part in parts)


def test_a_third_each() -> None:
    """100 among three: the odd cent goes to the first."""
    third = Fraction(100, 3)
    hundred = Fraction(100)
    assert shared(hundred, [third] * 3, CENT) == [Fraction(3334, 100), *[Fraction(3333, 100)] * 2]


def test_cut_in_proportion() -> None:
    """1500, 1500 and 500 under a cap of 2000: 857.14, 857.14 and 285.72 after rounding."""
    exact = in_proportion(Fraction(2000), [Fraction(1500), Fraction(1500), Fraction(500)])
    assert exact == [Fraction(6000, 7), Fraction(6000, 7), Fraction(2000, 7)]
    found = shared(Fraction(2000), exact, CENT)
    assert found == [Fraction(85714, 100), Fraction(85714, 100), Fraction(28572, 100)]
    assert in_proportion(Fraction(4000), [Fraction(1500), Fraction(500)]) == [1500, 500]


def tier(amount: int, *bounds: tuple[str, int]) -> p.TierPlan:
    fixed = p.Amount("fixed", (amount, 1), str(amount))
    return p.TierPlan(tuple((word, (limit, 1000)) for word, limit in bounds), fixed, str(amount))


NESTED = (tier(10, ("<", 999)), tier(25, ("<", 990)), tier(100, ("<", 950)))
RANGES = (tier(10, (">", 990), ("<=", 999)), tier(25, ("<=", 990)))


@pytest.mark.parametrize(
    ("schedule", "thousandths", "due"),
    [
        (NESTED, 999, None), (NESTED, 998, 10), (NESTED, 990, 10), (NESTED, 989, 25),
        (NESTED, 950, 25), (NESTED, 949, 100), (NESTED, 0, 100),
        (RANGES, 1000, None), (RANGES, 999, 10), (RANGES, 991, 10), (RANGES, 990, 25),
    ],
)  # fmt: skip
def test_both_sides_of_each_edge(
    schedule: tuple[p.TierPlan, ...], thousandths: int, due: int | None
) -> None:
    found = applying(schedule, Fraction(thousandths, 1000))
    assert (found.amount.value[0] if found else None) == due


@pytest.mark.parametrize("policy", range(0, 60, 3))
def test_lines_add_up_and_nothing_is_lost_in_the_net(policy: int) -> None:
    """Of generated agreements: lines, statements, what remains of a period, and of all of them."""
    example = next(examples(policy, 4))
    plan = plan_of(example.draft.text)
    try:
        found = Way().run(plan, example.rows, example.as_of).statements
    except Refused:
        return
    owed = [s for s in found if s.direction not in ("net", "total")]
    cent = Fraction(*plan.rounding_to)
    for one in owed:
        unit = Fraction(1) if one.currency in SERVICE.values() else cent
        assert one.payable % unit == 0
        if one.lines:
            assert sum(line.amount for line in one.lines) == one.payable
            assert one.steps[-1].step == "rounding"
            assert one.steps[-1].amount == one.payable
        for line in one.lines:
            claimable = line.until is not None
            assert not (line.claimed is False and line.amount), "paid, though nobody claimed it"
            assert claimable <= (line.claimed is False)
    for one in found:
        if one.direction in ("net", "total"):
            own = [s for s in owed if {s.payer, s.payee} == {one.payer, one.payee}]
            own = [s for s in own if s.currency == one.currency]
            if one.direction == "net":
                own = [s for s in own if s.period == one.period]
            assert own
            sides = (s.payable if s.payer == one.payer else -s.payable for s in own)
            assert one.payable == sum(sides, Fraction(0)) >= 0
    _below_caps(plan, owed, cent)


def _below_caps(plan: p.Plan, owed: list[Statement], unit: Fraction) -> None:
    """A total is never above a fixed cap, but for what rounding adds to each statement."""
    for cap in plan.caps:
        if cap.amount.of not in ("fixed", "service") or cap.per != "term" or cap.since or cap.until:
            continue
        own = [s for s in owed if s.direction == cap.what]
        own = [s for s in own if s.currency == currency_of(plan, p.served(cap.amount))]
        assert sum(s.payable for s in own) <= Fraction(*cap.amount.value) + unit * len(own)
