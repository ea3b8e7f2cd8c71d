"""`test` blocks: rows that fit their streams, and expectations that can come true."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sladsl.contract import kinds
from sladsl.contract.agreement import in_currency
from sladsl.contract.excuses import metric_of
from sladsl.contract.expressions import bind, mismatch
from sladsl.contract.limits import TOTALS as PAYMENTS
from sladsl.contract.limits import amounts_of
from sladsl.contract.measures import figure_of
from sladsl.contract.model import FieldInfo, Kind
from sladsl.contract.schedules import before, positive
from sladsl.contract.scope import Scope, listed
from sladsl.contract.served import unit_of
from sladsl.contract.services import SERVICE
from sladsl.syntax import nodes as n

__all__ = ["check_tests"]

TOTALS = ("credits", "penalties", "bonuses", "charges", "returns")

#: What is expected of the right that a remedy gives.
RIGHTS = ("open", "not open")

#: How the label of a period looks, by the length of the period.
LABELS = {
    "hour": (r"\d{4}-\d\d-\d\dT\d\d([+-]\d\d:\d\d)?", "2026-03-09T14"),
    "day": (r"\d{4}-\d\d-\d\d", "2026-03-09"),
    "week": (r"\d{4}-W(0[1-9]|[1-4]\d|5[0-3])", "2026-W11"),
    "month": (r"\d{4}-(0[1-9]|1[0-2])", "2026-03"),
    "quarter": (r"\d{4}-Q[1-4]", "2026-Q1"),
    "year": (r"\d{4}", "2026"),
    "term": (r"term", "term"),
    "rolling": (r"\d{4}-\d\d-\d\d(T[\d:.+-]+)?/\d+(d|w|mo|q|y)", "2026-03-09/30d"),
}


#: How weeks are called that don't start on a Monday.
WEEK = r"\d{4}-\d\d-\d\d/7d"


def check_tests(scopes: Sequence[Scope]) -> None:
    """Check the tests against the terms as written and as amended.

    A row or an expectation is fine if it fits one state of the terms; findings are those
    of the first.
    """
    s, later = scopes[0], scopes[1:]
    for test in s.here.tests:
        if test.plan is not None:
            _plan(scopes, test.plan)
        for given in test.given:
            scope = _first(s, later, given.stream.text, "streams")
            _given(scope, given)
        for expect in test.expect:
            table = "remedies" if expect.verdict in RIGHTS else "obligations"
            _expect(_first(s, later, expect.subject.text, table), expect, scopes)
        if not test.expect:
            s.error(
                "SLA210", "a test that expects nothing", test.title.span,
                help="add `expect OBLIGATION in 2026-02 met`",
            )  # fmt: skip


def _plan(scopes: Sequence[Scope], plan: n.Name) -> None:
    """The plan of a test is one of all of the terms, amended or not."""
    for scope in scopes:
        if not scope.find("plan", plan, scope.here.plans):
            return


def _first(s: Scope, later: Sequence[Scope], name: str, table: str) -> Scope:
    """The first state of the terms in which a name is declared."""
    return next((scope for scope in (s, *later) if name in getattr(scope.here, table)), s)


# ---- given ---------------------------------------------------------------------------------


def _given(s: Scope, node: n.Given) -> None:
    if node.every is not None:
        positive(s, node.every.every, "rows")
        before(node.every.start, node.every.end, s, "a stretch of rows")
    if not s.find("stream", node.stream, s.here.streams):
        return
    name = node.stream.text
    stream = s.here.streams[name]
    if isinstance(stream, n.Derived):
        base = stream.how.stream.text
        s.error(
            "SLA484", f"`{name}` is made from `{base}`, and isn't read", node.stream.span,
            help=f"give rows of `{base}`",
        )  # fmt: skip
        return
    fields, info = s.fields[name], s.streams.get(name)
    s.repeated([binding.name for binding in node.bindings], "the field")
    for binding in node.bindings:
        _binding(s, name, fields, binding)
    given = {binding.name.text for binding in node.bindings}
    if info is None or any(field not in fields for field in given):
        return
    if node.every is not None:
        _time_twice(s, node, info.event)
        given.add(info.event)
    lacking = [
        field for field, i in fields.items()
        if i is not None and i.computed is None and not i.type.optional and field not in given
    ]  # fmt: skip
    if lacking:
        s.error(
            "SLA484", f"a row of `{name}` without {listed(lacking)}", node.stream.span,
            help=f"add `{lacking[0]} = ...`: only fields declared with `?` can be missing",
        )  # fmt: skip


def _time_twice(s: Scope, node: n.Given, event: str) -> None:
    """The rows of a series get their times from it."""
    for binding in node.bindings:
        if binding.name.text == event:
            s.error(
                "SLA484", f"`{event}` is already given by `every`", binding.name.span,
                help=f"leave `{event}` out, or give single rows",
            )  # fmt: skip


def _binding(
    s: Scope, stream: str, fields: dict[str, FieldInfo | None], binding: n.Binding
) -> None:
    name = binding.name
    if name.text not in fields:
        s.unknown("field", name.text, name.span, fields, f"not a field of `{stream}`")
        return
    info = fields[name.text]
    if info is None:
        return
    if info.computed is not None:
        s.error(
            "SLA484", f"`{name.text}` is computed, and isn't read", name.span,
            help="give the fields that it is computed from",
        )  # fmt: skip
        return
    bind(s, binding.value, info.type)


# ---- expect --------------------------------------------------------------------------------


def _expect(s: Scope, node: n.Expect, scopes: Sequence[Scope]) -> None:
    name = node.subject.text
    if node.verdict in RIGHTS:
        _right(s, node)
        return
    paid = _paid_in(scopes, name)
    if name in TOTALS:
        _total(s, node, paid)
        return
    if not s.find("obligation", node.subject, dict.fromkeys([*s.here.obligations, *TOTALS])):
        return
    obligation = s.here.obligations[name]
    requires = [r for r in obligation.requires if isinstance(r, n.Require)]
    _group(s, node, obligation, requires)
    if len(requires) == len(obligation.requires) and requires:
        _label(s, node, requires)
    if node.amount is not None:
        _amount(s, node, paid)
    if node.at is None:
        return
    found = figure_of(s, node.at)
    if not requires:
        s.error(
            "SLA485", f"`{name}` has no figure", node.at.span, "a deadline is kept or missed",
            help="leave `at ...` out",
        )  # fmt: skip
        return
    infos = [info for r in requires if (info := metric_of(s, r)) is not None]
    fits = [i for i in infos if found is not None and kinds.comparable(i.type, found)]
    if found is not None and len(infos) == len(requires) and not fits:
        figure = n.Ref(infos[0].name, span=node.at.span)
        mismatch(s, figure, infos[0].type, node.at, found)


def _total(s: Scope, node: n.Expect, paid: set[str]) -> None:
    if node.group or node.verdict is not None:
        what = "a group" if node.group else "a verdict"
        s.error(
            "SLA485", f"`{node.subject.text}` has no {what[2:]}", node.span,
            "it is a total of money", help=f"write `expect {node.subject.text} in 2026-02 == ...`",
        )  # fmt: skip
    if node.amount is not None:
        _amount(s, node, paid)
    if node.period is not None and not any(
        re.fullmatch(pattern, node.period) for pattern, _ in LABELS.values()
    ):
        _no_label(s, node, "2026-02")


def _right(s: Scope, node: n.Expect) -> None:
    """That a remedy's right can be used, at the end of a period or when the test is run."""
    if not s.find("remedy", node.subject, s.here.remedies):
        return
    name = node.subject.text
    if node.at is not None:
        s.error(
            "SLA485", f"`{name}` has no figure", node.at.span, "a right is open or not",
            help="leave `at ...` out",
        )  # fmt: skip
    when = s.here.remedies[name].when
    if len(node.group) not in {len(one.same) for one in when}:
        names = listed(name.text for name in when[0].same) if when else ""
        s.error(
            "SLA481", f"`{name}` isn't a right of such a group", node.subject.span,
            help=f"write `for` and a value for {names}" if names else "leave `for` out",
        )  # fmt: skip
    if node.period is not None and not any(
        re.fullmatch(pattern, node.period) for pattern, _ in LABELS.values()
    ):
        _no_label(s, node, "2026-02")


def _amount(s: Scope, node: n.Expect, paid: set[str]) -> None:
    assert node.amount is not None
    if isinstance(node.amount, n.LengthOf):
        _service(s, node, node.amount, paid)
        return
    if node.subject.text not in TOTALS and paid and "" not in paid:
        s.error(
            "SLA418", f"`{node.subject.text}` is paid in service", node.amount.span,
            help="write it like `3 days of service`",
        )  # fmt: skip
    found = figure_of(s, node.amount)
    if found is None:
        return
    if found.kind is not Kind.MONEY:
        s.error(
            "SLA411", f"an amount is money, and this is {kinds.describe(found)}",
            node.amount.span, help="write it like 250.00 EUR",
        )  # fmt: skip
    else:
        in_currency(s, found.unit, node.amount)


def _service(s: Scope, node: n.Expect, amount: n.LengthOf, paid: set[str]) -> None:
    """`== 3 days of service`: of something that is paid in it."""
    unit = unit_of(amount)
    if not unit:
        s.error(
            "SLA485", "a length of the fee, where an amount is due", amount.span,
            help="write what it comes to, like `250.00 EUR`, or `3 days of service`",
        )  # fmt: skip
    elif unit not in paid:
        s.error(
            "SLA418", f"of `{node.subject.text}` nothing is in {unit}s of service", amount.span,
            help="expect an amount of what it is paid in",
        )  # fmt: skip


def _paid_in(scopes: Sequence[Scope], name: str) -> set[str]:
    """What an obligation, or all that adds up to a total, is paid in: units of service; "": money.

    By the terms as written and as amended.
    """
    found = set()
    for scope in scopes:
        for obligation in scope.here.obligations.values():
            for payment in obligation.payments:
                if name in (obligation.name.text, _total_of(payment)):
                    found |= {unit_of(each) for each in amounts_of(payment.payout)}
    return found


def _total_of(payment: n.Payment) -> str:
    return next(total for total, word in PAYMENTS.items() if word == payment.direction)


def _group(s: Scope, node: n.Expect, obligation: n.Obligation, requires: list[n.Require]) -> None:
    """The values after `for` are those of `for each`, in its order."""
    eaches = [require.each for require in requires]
    if len(requires) < len(obligation.requires):
        return  # an instance of a deadline may be named by its trigger's group
    fitting = [r for r in requires if len(r.each) == len(node.group)]
    if not fitting:
        due = sorted({len(each) for each in eaches}) or [0]
        due_words = "a value is" if due == [1] else f"{' or '.join(map(str, due))} values are"
        if due == [0]:
            due_words = "nothing is"
        names = listed(name.text for name in eaches[0]) if eaches else ""
        given = f"{len(node.group)} values" if len(node.group) > 1 else "a value"
        what = f"{given if node.group else 'nothing'} after `for`, where {due_words} due"
        s.error(
            "SLA481", what, node.subject.span,
            f"`{obligation.name.text}` is for each {names}" if names else "",
            help=f"write `for` and a value for {names}" if names else "leave `for` out",
        )  # fmt: skip
        return
    require = fitting[0]
    info = metric_of(s, require)
    if info is None:
        return
    sources = [*info.streams, *(s.outages[o].stream for o in info.outages if o in s.outages)]
    for name, value in zip(require.each, node.group, strict=True):
        for source in sources:
            field = s.fields.get(source, {}).get(name.text)
            if field is not None:
                bind(s, value, field.type)
                break
        else:
            if name.text == SERVICE:
                _one_service(s, value)


def _one_service(s: Scope, value: n.Expr) -> None:
    """A service that is judged by itself is named by its name, as a text."""
    known = sorted(s.here.services)
    if not isinstance(value, n.Text) or value.value not in known:
        s.error(
            "SLA481", "which service is that?", value.span,
            help='one of "' + '", "'.join(known) + '"',
        )  # fmt: skip


def _label(s: Scope, node: n.Expect, requires: list[n.Require]) -> None:
    if node.period is None:
        return
    words = [r.per.text if isinstance(r.per, n.Name) else "rolling" for r in requires]
    forms = [LABELS[word][0] for word in words]
    frame = s.here.agreement
    if "week" in words and frame is not None and frame.week_starts is not None:
        forms.append(WEEK)
    if not any(re.fullmatch(form, node.period) for form in forms):
        _no_label(s, node, LABELS[words[0]][1])


def _no_label(s: Scope, node: n.Expect, example: str) -> None:
    s.error(
        "SLA482", f"`{node.period}` isn't a period of `{node.subject.text}`", node.subject.span,
        help=f"write it like `{example}`",
    )  # fmt: skip
