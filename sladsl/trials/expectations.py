"""An expectation held against what an evaluation found out."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from sladsl.contract import kinds
from sladsl.contract.model import Contract
from sladsl.contract.targets import served
from sladsl.contract.trials import RIGHTS, TOTALS
from sladsl.credits.model import SERVICE
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.pipeline import Evaluation
from sladsl.plan import model as p
from sladsl.plan.measures import Measures
from sladsl.plan.promises import Promises
from sladsl.plan.rows import Rows
from sladsl.records import Record
from sladsl.reports.figures import amount, exact, shown
from sladsl.source import Span
from sladsl.syntax import nodes as n
from sladsl.trials.model import Checked
from sladsl.trials.periods import DIRECTIONS
from sladsl.trials.rights import right
from sladsl.trials.rows import Finer, integer
from sladsl.verdicts.model import Figure, Period, Verdict, Word

__all__ = ["Found", "check"]

#: What several requirements of one obligation come to: the first of these that one comes to.
_ORDER = (Word.BREACHED, Word.PENDING, Word.NO_DATA, Word.EXCUSED, Word.MET)
_HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


class Found(Record):
    """What an evaluation found out; nothing where nobody could owe anything."""

    contract: Contract
    plan: p.Plan | None
    done: Evaluation | None

    def constant(self, node: n.Expr) -> Fraction:
        """A figure or an amount that is written down, in base units."""
        rows = Rows(self.contract)
        return Promises(self.contract, Measures(self.contract, rows)).constant(node)


def check(found: Found, expect: n.Expect, period: Period | None) -> Checked:
    """Hold one expectation, about a period if it names one. Raises `Refused`, `NotYet`."""
    if expect.verdict in RIGHTS:
        actual, clause, holds = _right(found, expect, period)
    elif expect.subject.text in TOTALS:
        actual, clause, holds = _total(found, expect, period)
    elif expect.verdict is None:
        actual, clause, holds = _paid(found, expect, period)
    else:
        actual, clause, holds = _verdict(found, expect, period)
    return Checked(_words(expect.span), expect.span.place, actual, clause, holds)


def _words(span: Span) -> str:
    """What is expected, as it is written, on one line."""
    return " ".join(span.text.split()).removeprefix("expect ")


# ---- verdicts ----


def _verdict(found: Found, expect: n.Expect, period: Period | None) -> tuple[str, str, bool]:
    about = _about(found, expect, period)
    word = next((word for word in _ORDER if any(v.word is word for v in about)), None)
    clauses = [v.evidence.at for v in about if v.word is word] or _clauses(found, expect)
    if word is None:
        return "no verdict: nothing is known of it", clauses[0], False
    holds = str(word) == expect.verdict
    if expect.at is not None and holds:
        figure, type_ = found.constant(expect.at), found.contract.type_of(expect.at)
        holds = any(
            v.word is word
            and v.value is not None
            and kinds.comparable(found.contract.metrics[v.metric].type, type_)
            and v.value.value == figure
            for v in about
        )
    texts = [_seen(v) for v in about if v.instance is None]
    if len(about) > 1:
        figures = (v for v in about if v.instance is None)
        texts = [f"{v.metric} {text}" for v, text in zip(figures, texts, strict=True)]
    texts += _due(about)
    return ", ".join(texts), clauses[0], holds


def _due(about: Iterable[Verdict]) -> list[str]:
    """How many instances of deadlines came to what, each with the first one that is due."""
    found: dict[str, list[Verdict]] = {}
    for verdict in about:
        if verdict.instance is not None:
            state = str(verdict.instance.state)
            excused = verdict.word is Word.EXCUSED
            found.setdefault(f"{state}, excused" if excused else state, []).append(verdict)
    said = []
    for state, verdicts in found.items():
        first = verdicts[0]
        late = f", {shown(first.value)} late" if first.value and first.value.numerator else ""
        some = f"{len(verdicts)} {state}" if len(verdicts) > 1 else state
        said.append(f"{some} (due {first.period.label}{late})")
    return said


def _seen(verdict: Verdict) -> str:
    """A verdict at its figure, rounded, and exactly where that isn't the same."""
    text = str(verdict.word)
    if verdict.value is not None:
        rounded = shown(verdict.value, (verdict.operator, verdict.target.value))
        precise = _exact(verdict.value)
        text += f" at {rounded}" if rounded == precise else f" at {rounded}, {precise}"
    return f"{text} ({verdict.reason})" if verdict.reason else text


def _exact(figure: Figure) -> str:
    """The figure as it was counted; of time in seconds."""
    text = exact(figure)
    return " / ".join(f"{part}s" for part in text.split("/")) if figure.time else text


def _about(found: Found, expect: n.Expect, period: Period | None) -> Sequence[Verdict]:
    """The verdicts that an expectation is about. Raises `Refused` where it could be several."""
    about = _candidates(found, expect, period)
    _only_one(expect, (v.period.label for v in about if v.instance is None))
    return about


def _candidates(found: Found, expect: n.Expect, period: Period | None) -> Sequence[Verdict]:
    """The verdicts that are named, of all periods where none is."""
    if found.done is None:
        return ()
    name, group = expect.subject.text, _group(found, expect)
    return [
        v
        for v in found.done.judgement.verdicts
        if v.obligation == name and _is_of(v, group) and (period is None or _falls_in(v, period))
    ]


def _is_of(verdict: Verdict, group: tuple[str, ...]) -> bool:
    """Whether a verdict is about a group; an instance also if nothing is said of its trigger."""
    if verdict.instance is None:
        return tuple(text for _, text in verdict.group) == group
    about = tuple(text for name, text in verdict.instance.about if name != "period")
    return not group or about == group


def _falls_in(verdict: Verdict, period: Period) -> bool:
    """Whether a verdict is on a period; an instance, whether it is due in it."""
    if verdict.instance is None:
        return verdict.period.label == period.label
    return period.start <= verdict.instance.due < period.end


def _only_one(expect: n.Expect, labels: Iterable[str]) -> None:
    """Raises `Refused` where an expectation names no period, and there are several."""
    several = list(dict.fromkeys(labels))
    if expect.period is None and len(several) > 1:
        raise Refused(
            Diagnostic(
                "SLA482",
                f"`{expect.subject.text}` is judged for several periods, "
                f"{several[0]} to {several[-1]}, and none is named",
                Label(expect.span),
                help=f"name one, as in `in {several[-1]}`",
            )
        )


def _clauses(found: Found, expect: n.Expect) -> list[str]:
    obligation = found.contract.obligations[expect.subject.text]
    return [require.span.place for require in obligation.requires]


def _group(found: Found, expect: n.Expect) -> tuple[str, ...]:
    """The texts of a group, as verdicts have them."""
    assert found.plan is not None
    fields = next(
        (
            r.groups
            for r in found.plan.requirements
            if r.obligation == expect.subject.text and len(r.groups) == len(expect.group)
        ),
        None,
    )
    if fields is None:
        return tuple(map(_named, expect.group))
    rows = Rows(found.contract)
    texts = []
    for field, node in zip(fields, expect.group, strict=True):
        lowered = rows.lower_as(node, field.kind)
        if isinstance(lowered, p.TextConst):
            texts.append(lowered.text)
        else:
            try:
                value = integer(lowered)
            except Finer:  # no group has it
                texts.append(node.span.text)
                continue
            texts.append(field.values[value] if field.values else str(value))
    return tuple(texts)


def _named(node: n.Expr) -> str:
    """A value that a trigger is called by."""
    match node:
        case n.Text(value=value):
            return value
        case n.Quantity(value=number):
            return str(number)
        case _:
            return node.span.text


def _right(found: Found, expect: n.Expect, period: Period | None) -> tuple[str, str, bool]:
    return right(found.contract, found.done, expect, tuple(map(_named, expect.group)), period)


# ---- money ----


def _total(found: Found, expect: n.Expect, period: Period | None) -> tuple[str, str, bool]:
    """What is payable in one direction for a period (None: in all)."""
    (_, currency), total, minor = _due_in(found, expect), Fraction(0), 2
    for statement in () if found.done is None else found.done.statements:
        if (statement.direction, statement.currency) != (expect.subject.text, currency):
            continue
        theirs = statement.period
        if period is None or (period.start <= theirs.start and theirs.end <= period.end):
            total, minor = total + statement.payable, statement.minor
        elif theirs.start < period.end and period.start < theirs.end:
            raise Refused(
                Diagnostic(
                    "SLA482",
                    f"`{expect.period}` holds only a part of `{theirs.label}`, "
                    f"for which {expect.subject.text} are due",
                    Label(expect.span),
                )
            )
    direction = DIRECTIONS.get(expect.subject.text)
    payments = () if found.plan is None else found.plan.payments
    clauses = [x.at for x in payments if x.direction == direction]
    return _money(found, expect, total, minor, clauses)


def _paid(found: Found, expect: n.Expect, period: Period | None) -> tuple[str, str, bool]:
    """What one obligation comes to in a period and a group."""
    (_, currency), total, minor = _due_in(found, expect), Fraction(0), 2
    due = _candidates(found, expect, period)
    about = {(v.requirement, v.period.label, v.group) for v in due}
    lines = [
        (line, statement.minor)
        for statement in (() if found.done is None else found.done.statements)
        for line in statement.lines
        if statement.currency == currency
        and line.obligation == expect.subject.text
        and (line.requirement, line.period, line.group) in about
    ]
    figures = {(v.requirement, v.period.label) for v in due if v.instance is None}
    _only_one(expect, (x.period for x, _ in lines if (x.requirement, x.period) in figures))
    for line, digits in lines:
        total, minor = total + line.amount, digits
    payments = () if found.plan is None else found.plan.payments
    clauses = [x.at for x in payments if x.obligation == expect.subject.text]
    return _money(found, expect, total, minor, clauses or _clauses(found, expect))


def _due_in(found: Found, expect: n.Expect) -> tuple[Fraction, str]:
    """The amount that is expected, and its currency, or what service is counted in."""
    if isinstance(expect.amount, n.LengthOf):
        count, unit = served(expect.amount.length)
        return count, SERVICE[unit]
    assert expect.amount is not None
    return found.constant(expect.amount), found.contract.agreement.currency or ""


def _money(
    found: Found, expect: n.Expect, total: Fraction, minor: int, clauses: Sequence[str]
) -> tuple[str, str, bool]:
    assert expect.operator is not None
    due, currency = _due_in(found, expect)
    minor = 0 if currency in SERVICE.values() else minor
    text = amount(total, currency, minor).rstrip()
    return text, next(iter(clauses), ""), _HOLDS[expect.operator](total, due)
