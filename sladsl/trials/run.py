"""Runs the tests in a policy: their rows are evaluated, and held against what they expect."""

from __future__ import annotations

from sladsl.contract.model import Contract
from sladsl.contract.trials import RIGHTS, TOTALS
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.pipeline import Options, compiled, evaluate
from sladsl.plan import model as p
from sladsl.plan.rows import NotYet
from sladsl.source import Place
from sladsl.syntax import nodes as n
from sladsl.trials.expectations import Found, check
from sladsl.trials.model import Checked, Trial
from sladsl.trials.moment import known_at
from sladsl.trials.periods import DIRECTIONS, kinds_of, named, within
from sladsl.trials.rows import series_of, sources_of
from sladsl.verdicts.model import Period

__all__ = ["run_tests", "under"]


def run_tests(contract: Contract) -> tuple[Trial, ...]:
    """What came of each test, in the order of the policy."""
    return tuple(_run(contract, test) for test in contract.tests)


def under(contract: Contract, plan: str) -> Contract:
    """The contract as if its agreement had chosen this plan, before amendments and since."""

    def chosen(state: Contract) -> Contract:
        return state.but(agreement=state.agreement.but(plan=plan))

    return chosen(contract).but(
        amended=tuple((amendment, chosen(state)) for amendment, state in contract.amended),
        stages={names: chosen(state) for names, state in contract.stages.items()},
    )


def _run(contract: Contract, test: n.Test) -> Trial:
    title, at = test.title.value, test.span.place
    if test.plan is not None:
        contract = under(contract, test.plan.text)
    try:
        return Trial(title, at, checked=_checked(contract, test))
    except Refused as refused:
        return Trial(title, at, findings=refused.diagnostics)
    except NotYet as refused:
        return Trial(title, at, findings=(refused.diagnostic,))


def _checked(contract: Contract, test: n.Test) -> tuple[Checked, ...]:
    """Each expectation beside what was found. Raises `Refused`, `NotYet`."""
    names = _obligations(contract, test)
    charged = contract.charges and any(e.subject.text == "charges" for e in test.expect)
    if charged or any(expect.verdict in RIGHTS for expect in test.expect):
        names = ()  # what is charged is beside all obligations, and a right may need any figure
    elif not names and all(expect.subject.text in TOTALS for expect in test.expect):
        found = Found(contract, None, None)  # nobody can owe anything
        return tuple(check(found, expect, None) for expect in test.expect)
    plan = compiled(contract, names, digested=False)
    given = series_of(contract, test)
    periods = _periods(plan, test)
    as_of = known_at(contract, plan, test, given, periods)
    sources = sources_of(plan, given, Place(test.span.place))
    done = evaluate(plan, sources, Options(as_of=as_of, digested=False))
    found = Found(contract, done.plan or plan, done)
    return tuple(check(found, e, period) for e, period in zip(test.expect, periods, strict=True))


def _obligations(contract: Contract, test: n.Test) -> tuple[str, ...]:
    """The obligations that a test names, and those whose breach is paid for in a total of it."""
    subjects = {expect.subject.text for expect in test.expect}
    directions = {DIRECTIONS.get(subject) for subject in subjects}
    back = "returns" in subjects
    return tuple(
        name
        for name, node in contract.obligations.items()
        if name in subjects
        or (back and node.returned is not None)
        or any(pay.direction in directions for pay in node.payments)
    )


# ---- periods ----


def _periods(plan: p.Plan, test: n.Test) -> list[Period | None]:
    """The period that each expectation names. Raises `Refused` where the agreement has none."""
    found: list[Period | None] = []
    refused: list[Diagnostic] = []
    for expect in test.expect:
        period = None if expect.period is None else named(plan, expect.period)
        found.append(period)
        if expect.period is not None:
            subject = expect.subject.text
            if period is None:
                open_ = expect.period == "term"
                what = "has no end" if open_ else "isn't a period of the term"
                refused.append(_no_period(expect, what))
            elif subject in TOTALS and not _settled(plan, subject, period):
                what = f"is shorter than what {subject} are settled for"
                refused.append(_no_period(expect, what))
    if refused:
        raise Refused(*refused)
    return found


def _settled(plan: p.Plan, total: str, period: Period) -> bool:
    """Whether what a total adds up is due for periods that lie within a period."""
    rules = kinds_of(plan, total)
    # what rolls is on the statement of a month
    kinds: list[p.PeriodRule] = [
        "month" if isinstance(r, p.Rolling | p.Trailing) else r for r in rules
    ]
    return not kinds or within(plan, kinds, period)


def _no_period(expect: n.Expect, what: str) -> Diagnostic:
    return Diagnostic("SLA482", f"`{expect.period}` {what}", Label(expect.span))
