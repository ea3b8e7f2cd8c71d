"""From a policy to a contract: the groups of checks, in order, for each state of the terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sladsl.contract import measures
from sladsl.contract.agreement import agreement_info, check_agreement
from sladsl.contract.amendments import check_amendments, check_changes
from sladsl.contract.exclusions import check_exclusions
from sladsl.contract.libraries import unknown_language
from sladsl.contract.model import Contract
from sladsl.contract.money import check_money
from sladsl.contract.names import check_names, check_plans
from sladsl.contract.obligations import check_obligations
from sladsl.contract.outages import check_outages
from sladsl.contract.remedies import check_remedies
from sladsl.contract.schedules import check_calendars
from sladsl.contract.scope import Desk, Scope, after, by_date, declared, signings, states, written
from sladsl.contract.services import check_services
from sladsl.contract.streams import check_enums, check_streams
from sladsl.contract.trials import check_tests
from sladsl.diagnostics import Diagnostic, Label, Severity
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["check", "check_library"]

T = TypeVar("T")

#: The groups of checks; each uses what those before it found out.
CHECKS = (
    check_enums,
    check_calendars,
    check_plans,
    check_streams,
    check_outages,
    measures.check_measures,
    check_exclusions,
    check_services,
    check_agreement,
    check_obligations,
    check_money,
    check_remedies,
)


def check(policy: n.Policy) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """The contract that a policy stands for, or None with at least one error.

    All findings of one run, in the order of their places; warnings come with a contract.
    """
    desk = Desk()
    scopes: list[tuple[n.Amendment | None, Scope]] = []
    for amendment, declarations in states(policy):
        scope = Scope(desk, declared(declarations), measures.named, amendment)
        if amendment is None:
            check_names(scope, (*policy.imports, *policy.declarations))
            check_language(scope, policy)
            check_amendments(scope, policy.declarations)
        for group in CHECKS:
            group(scope)
        scopes.append((amendment, scope))
    check_changes(scopes)
    others = _between(policy, desk)
    check_tests([scope for _, scope in scopes])
    findings = _in_order(policy, desk)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    amended = [(a, _contract(policy, scope, ())) for a, scope in scopes[1:] if a is not None]
    whole = _contract(policy, scopes[0][1], tuple(amended))
    known: dict[tuple[str, ...], Contract] = {(): whole}
    for number, (_, contract) in enumerate(amended, 1):
        known[tuple(a.name.text for a, _ in amended[:number])] = contract
    known |= {names: _contract(policy, scope, ()) for names, scope in others.items()}
    return whole.but(stages=known), findings


def check_library(policy: n.Policy) -> tuple[Diagnostic, ...]:
    """The findings of a library by itself: all that asks for no agreement."""
    desk = Desk()
    scope = Scope(desk, declared(policy.declarations), measures.named)
    check_names(scope, (*policy.imports, *policy.declarations))
    unknown = unknown_language(policy)
    if unknown is not None:
        desk.add(unknown)
    for group in CHECKS:
        group(scope)
    return _in_order(policy, desk)


def _between(policy: n.Policy, desk: Desk) -> dict[tuple[str, ...], Scope]:
    """The terms as they stood while amendments for an earlier time weren't signed yet.

    By the names of the amendments in force, for those that no state with all of them is.
    """
    everyone = tuple(a.name.text for a in by_date(policy))
    found: dict[tuple[str, ...], Scope] = {}
    for _, amendments in signings(policy):
        current = written(policy)
        for number, amendment in enumerate(amendments, 1):
            current = after(current, amendment)
            names = tuple(a.name.text for a in amendments[:number])
            if names != everyone[:number] and names not in found:
                found[names] = scope = Scope(desk, declared(current), measures.named)
                for group in CHECKS:
                    group(scope)
    return found


def _in_order(policy: n.Policy, desk: Desk) -> tuple[Diagnostic, ...]:
    """The findings in the order of their places, those in the policy's own text first."""

    def place(finding: Diagnostic) -> tuple[bool, str, int, str]:
        where = finding.label.where
        if not isinstance(where, Span) or where.source is policy.source:
            return False, "", where.start if isinstance(where, Span) else 0, finding.code
        return True, where.source.path, where.start, finding.code

    return tuple(sorted(desk.findings.values(), key=place))


def check_language(s: Scope, policy: n.Policy) -> None:
    """Check the version of the language, and that the file is an agreement."""
    unknown = unknown_language(policy)
    if unknown is not None:
        s.desk.add(unknown)
    _based(s, [d for d in policy.declarations if not isinstance(d, n.Language)])
    if s.here.agreement is None:
        s.error(
            "SLA207", "no agreement in this file", Span(policy.source, 0, 0),
            help="begin with `agreement NAME { provider ... customer ... term ... }`;"
            " a library is imported by one",
        )  # fmt: skip


def _based(s: Scope, declarations: list[n.Declaration]) -> None:
    """What an agreement is based on comes before what it says itself."""
    for node in declarations[1:]:
        if isinstance(node, n.Based) and not isinstance(declarations[0], n.Based):
            s.error(
                "SLA218", "`based on` comes before everything else", node.span,
                help="let it stand first, behind `language`: what follows governs over it",
                also=(Label(declarations[0].span, "this stands before it"),),
            )  # fmt: skip


def _present(table: Mapping[str, T | None]) -> dict[str, T]:
    return {name: value for name, value in table.items() if value is not None}


def _contract(
    policy: n.Policy, s: Scope, amended: tuple[tuple[n.Amendment, Contract], ...]
) -> Contract:
    here = s.here
    amendments = sorted(
        (d for d in policy.declarations if isinstance(d, n.Amendment)), key=lambda a: a.start.text
    )
    return Contract(
        policy=policy,
        agreement=agreement_info(s),
        enums=s.enums,
        streams=_present(s.streams),
        calendars=here.calendars,
        outages=s.outages,
        exclusions=here.exclusions,
        metrics=_present(s.metrics),
        baselines=here.baselines,
        obligations=here.obligations,
        remedies=here.remedies,
        charges=here.charges,
        services=here.services,
        amendments=tuple(amendments),
        caps=here.caps,
        tests=here.tests,
        types=s.types,
        refs=s.refs,
        amended=amended,
    )
