"""What an example has in it: seen in its plan, its rows and its answer, not in how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from generate.examples import Example
from generate.rows import Row

import oracle
from sladsl.plan import model as p

__all__ = ["WANTED", "features"]

#: What at least one example in twenty has to have.
WANTED = frozenset({
    # time
    "clock changes in the term", "row at an edge", "row beside an edge", "open term",
    "clipped period", "per hour", "per day", "per week", "per month", "per quarter", "per year",
    "per term", "rolling periods", "trailing periods", "windows in trailing periods",
    "over each in trailing periods", "outage of windows in trailing periods",
    "week starts", "month starts", "year starts",
    # calendars
    "calendar", "combined calendar", "holidays", "match picks a calendar", "match of a length",
    "match of two fields", "holidays together", "pauses", "pauses of two streams", "elapsed",
    # rows
    "duplicate", "missing value", "tie in time", "open span", "key", "recorded", "completion",
    "superseded", "too late",
    *(f"{word} of other rows" for word in ("count", "sum", "mean", "min", "max")),
    "quotient", "quotient of two fields", "baseline of a row",
    "sum of fractions", "rank of fractions",
    "baseline of a baseline",
    # figures of an earlier time
    "baseline", "baseline without data", "figure beside a baseline",
    "computed field", "last of", "spans of", "sequence", "no rows",
    "hundreds of rows", "row outside the term", "later than as-of",
    # conditions
    "where", "and", "or", "not", "is present", "in",
    # figures
    "count", "share", "sum", "mean", "min", "max", "nearest rank", "linear", "median", "formula",
    "windows", "windows in a calendar", "share of windows", "mean of windows", "min of windows",
    "max of windows", "a figure is missing",
    "empty as", "rounding", "rounded figure", "rounded share of time",
    "each service", "over each", "over each of over each",
    "mean over each", "min over each", "max over each",
    # outages
    "share of a fixed length", "expected every", "lasting", "rounded lengths",
    "measured during", "every one at once", "several at once", "windows at once",
    "spans at once", "silent gap", "time outside, weighted", "weighted lengths",
    "rounded weights",
    *(f"{rows} weighted by {much}" for rows in ("samples", "spans")
      for much in ("a part", "a number")),
    *(f"missing counts as {word}" for word in ("up", "down", "excluded")),
    *(f"outage {word}" for word in ("time", "count", "sum", "mean", "min", "max", "quantile")),
    *(f"time outside, missing {word}" for word in ("up", "down", "excluded")),
    *(f"holds {word}" for word in ("at most", "until the next", "as expected")),
    *(f"time outside, holds {word}" for word in ("at most", "until the next", "as expected")),
    "open outage", "outage of missing data", "pooled outages", "samples of one time",
    "outage of spans", "outage of windows", "counted from a notice", "grace before onset",
    "outage without a notice", "outage from a later notice",
    # exclusions
    "exclusion for all", "exclusion by a field", "exclusion of a time", "exclusion of a number",
    "exclusion that counts as up", "exclusion of windows", "exclusion of windows by a field",
    "exclusion of a number of windows", "windows excluded from an outage", "excluded rows",
    "excluded time", "excluded outage",
    # groups
    "group of enum", "group of bool", "group of text", "group of int", "several group fields",
    "service", "service for a time", "members", "rest counts as up", "rest counts as down",
    "group appears late", "group falls silent",
    # money
    "credit once", "credit each", "tiers", "tiers by group", "at most", "cap on credits",
    "cap on penalties", "cap on bonuses", "cap per month", "cap per quarter", "cap per year",
    "cap per term", "penalty", "bonus", "paid only above", "claim from end", "claim from onset",
    "claim from row", "claim from another breach",
    "claim of a group", "claim names a text", "claim names a time", "claim in a calendar",
    "also when met", "for every", "greatest of", "instead of", "returned if met",
    "fee of an outage", "amount of a formula", "fee of a period before", "days of the fee",
    "charge", "charge of a field", "charge of two fields", "prorated fee", "claim by the end",
    "claim held", "claim unused", "claimable", "claimed", "not claimed in time",
    "part of the fee", "months of the fee", "fixed amount", "part of a metric",
    "days of service", "months of service", "cap in service", "limit of a metric",
    "length of a metric", "metric of a period before",
    "credit on a metric", "match target", "target by two fields",
    "target of baselines", "target of two baselines", "applies where", "prorated target",
    "money is due",
    # deadlines and excuses
    "deadline of a row", "deadline of rows", "deadline of a breach",
    "deadline of a period", "every so often",
    "deadline in a calendar", "due by a time of day", "due on a workday",
    "exclusion from a deadline", "excuse by what is due every day", "weeks in a calendar",
    "excuse of rows", "excuse of time outside", "excuse of a group", "excused without a clock",
    "excuse by a breach", "excuse by a period's end", "excuse of what a breach starts",
    "excuse of what comes again", "windows excluded from a deadline",
    "exclusion for a group that was broken",
    "for every hour of lateness",
    "money for a deadline", "claim for a deadline",
    "on time", "late", "missed", "not due yet", "excuse", "excused",
    "broken before the end of the period",
    # the life of an agreement
    "amendment", "amendment removes", "amendment of an outage", "amendment of a fee",
    "amendment beside an excuse", "amendment of an excuse", "amendment of a deadline",
    "deadline by amended terms", "restated deadline",
    "not signed yet", "split periods", "judged as amended", "remedy", "a right depends on a figure",
    "a right arises", "renewal", "the term ends", "review", "review is due",
    # knowledge and verdicts
    "as-of given", "as-of not given", "as-of in the middle", "met", "breached", "no data",
    "pending", "met before its end", "breached before its end", "undecided", "best or worst",
    "refused",
})  # fmt: skip


#: Units of time of which a month has no whole number.
DAYS = ("day", "week")


def _of_excuse(r: p.Requirement, plan: p.Plan) -> Iterator[str]:
    """By what a breach is judged again that reads no clock: rows, or time."""
    plans = (plan, *(each.plan for each in plan.earlier))
    one = next(x for x in plans if r in x.requirements)
    for index in oracle.refs(r.excused):
        aggregate = one.aggregates[index]
        if any(e.excuse for e in aggregate.excluding):
            of = isinstance(aggregate, p.OutageAggregate)
            yield "excuse of time outside" if of else "excuse of rows"
            yield from ["excuse of a group"] * any(
                e.excuse and e.match for e in aggregate.excluding
            )


def features(example: Example, plan: p.Plan, answer: oracle.Answer | None) -> set[str]:
    """The features of one example; no answer: it is refused."""
    found = {*_of_plan(plan), *_of_rows(example, plan)}
    if answer is not None:
        found |= set(_of_baselines(example, plan))
    if answer is None:
        return {*found, "refused"}
    return {*found, *_of_answer(example, plan, answer)}


def _nodes(part: Any) -> Iterator[Any]:
    """Every node within a plan."""
    if isinstance(part, tuple):
        for one in part:
            yield from _nodes(one)
    elif hasattr(part, "__match_args__"):
        yield part
        for name in part.__match_args__:
            yield from _nodes(getattr(part, name))


def _of_plan(plan: p.Plan) -> Iterator[str]:
    yield from ["amendment"] * bool(plan.amendments)
    yield from ["amendment of a fee"] * (len(plan.fees) > 1)
    yield from ["amendment of an outage"] * any("@" in o.name for o in plan.outages)
    last = max((r.since or 0 for r in plan.requirements), default=0)
    gone = {r.obligation for r in plan.requirements if r.until is not None and r.until <= last}
    kept = {r.obligation for r in plan.requirements if r.until is None}
    yield from ["amendment removes"] * bool(gone - kept)
    yield from _of_duties(plan)
    yield from ["remedy"] * bool(plan.remedies)
    measured = any(w.measure is not None for r in plan.remedies for w in r.when)
    yield from ["a right depends on a figure"] * measured
    yield from ["renewal"] * (plan.renewal is not None)
    yield from ["review"] * (plan.review is not None)
    if plan.term[1] is None:
        yield "open term"
    for word, content, usual in (
        ("week", plan.week_starts, 0), ("month", plan.month_starts, 1),
        ("year", plan.year_starts, 1),
    ):  # fmt: skip
        if content != usual:
            yield f"{word} starts"
    if plan.rounding_to != (1, 100) or plan.rounding != "half even":
        yield "rounding"
    for one in (plan, *(earlier.plan for earlier in plan.earlier)):  # each numbers its own figures
        for node in _nodes(one.but(earlier=())):
            yield from _of_node(node, one)


def _of_duties(plan: p.Plan) -> Iterator[str]:
    """What amendments change of deadlines and excuses, or have to do with."""
    every: list[p.Requirement | p.DeadlinePlan] = [*plan.requirements, *plan.deadlines]
    yield from ["amendment beside an excuse"] * (bool(plan.amendments) and any(
        one.excuses for one in every
    ))  # fmt: skip
    for before in (one for one in every if one.until is not None):
        for then in every:
            same = (then.obligation, then.number) == (before.obligation, before.number)
            if not same or then.since != before.until or type(then) is not type(before):
                continue
            yield from ["amendment of an excuse"] * (then.excuses != before.excuses)
            if isinstance(then, p.DeadlinePlan):
                yield from ["amendment of a deadline"] * (then.text != before.text)


_ANCHORED = {
    "row": "deadline of a row", "rows": "deadline of rows", "breach": "deadline of a breach",
    "every": "every so often",
}  # fmt: skip
_STATES = {"on time": "on time", "late": "late", "missed": "missed", "pending": "not due yet"}


def _of_node(node: Any, plan: p.Plan) -> Iterator[str]:
    match node:
        case p.DeadlinePlan():
            yield _ANCHORED.get(node.anchor, "deadline of a period")
            if node.within is not None and node.within.calendar != "always":
                yield "deadline in a calendar"
                yield from ["weeks in a calendar"] * (node.within.unit in ("week", "month"))
            if node.by is not None:
                yield "due by a time of day"
                yield from ["due on a workday"] * (node.by.calendar != "always")
            yield from ["exclusion from a deadline"] * bool(node.excluding)
            if any(e.windows is not None for e in node.excluding):
                yield "windows excluded from a deadline"
            if node.anchor == "breach" and any(e.match for e in node.excluding):
                yield "exclusion for a group that was broken"
            yield from ["excuse by what is due every day"] * any(not e.left for e in node.excuses)
            if any(e.stream == oracle.BREACHES + node.obligation for e in oracle.excuses(plan)):
                yield from ["excuse by a breach"] * (node.anchor == "breach")
                yield from ["excuse by a period's end"] * (node.anchor == "period")
            if node.excuses:
                yield from ["excuse of what a breach starts"] * (node.anchor == "breach")
                yield from ["excuse of what comes again"] * (node.anchor == "every")
        case p.CalendarPlan():
            yield "combined calendar" if node.operands else "calendar"
            if node.holidays:
                yield "holidays"
            if any(len(regions) > 1 for regions in node.holidays):
                yield "holidays together"
        case p.Quotient():
            yield "quotient"
            yield from ["quotient of two fields"] * (not isinstance(node.right, p.Const))
        case p.Baseline() if node.factor == (1, 1) and node.plus == (0, 1):
            yield "baseline of a row"
        case p.Related():
            yield f"{node.function} of other rows"
        case p.Elapsed():
            yield "elapsed"
            yield from ["match picks a calendar"] * isinstance(node.calendar, p.Choose)
            yield from ["pauses"] * bool(node.pauses)
            yield from ["pauses of two streams"] * (len(node.pauses) > 1)
        case p.Choose(kind="duration"):
            yield "match of a length"
            if any(isinstance(value, p.Choose) for _, value in node.arms):
                yield "match of two fields"
        case p.ExclusionPlan(outside=True, existing=None):
            yield "measured during"
        case p.ServicePlan(outside=outside):
            yield "service"
            yield from ["each service"] * ("service" in dict(node.of))
            if outside is not None:
                yield "members" if outside.match else "service for a time"
                yield from ["rest counts as up"] * outside.as_up
        case p.StreamPlan():
            yield from ["key"] * bool(node.key)
            yield from ["recorded"] * (node.recorded is not None)
            yield from ["expected every"] * (node.expected is not None)
            yield from ["sequence"] * (node.sequence is not None)
        case p.FieldPlan():
            yield from ["computed field"] * (node.computed is not None)
        case p.DerivedPlan():
            yield f"{node.how} of"
        case p.AllOf():
            yield "and"
        case p.AnyOf():
            yield "or"
        case p.Opposite():
            yield "not"
        case p.Present():
            yield "is present"
        case p.IsIn():
            yield "in"
        case p.FigurePresent():
            yield "a figure is missing"
        case p.RowAggregate():
            yield from _of_aggregate(node)
            if any(isinstance(part, p.Quotient) for part in _nodes(node.value)):
                summed = node.function in ("sum", "mean")
                yield f"{'sum' if summed else 'rank'} of fractions"
        case p.WindowAggregate():
            yield from ("windows", f"{node.function} of windows")
            yield from ["empty as"] * (node.empty is not None)
            yield from ["windows in a calendar"] * (node.calendar is not None)
        case p.OutageAggregate():
            yield f"outage {node.function}"
            yield from ["share of a fixed length"] * (node.of is not None)
            if any(e.rows is not None and e.rows.windows is not None for e in node.excluding):
                yield "windows excluded from an outage"
            plans = (plan, *(each.plan for each in plan.earlier))
            outage = next(o for one in plans for o in one.outages if o.name == node.outage)
            yield from _of_outage(outage, "time outside, " if node.function == "time" else "")
        case p.EachAggregate():
            yield from ("over each", f"{node.function} over each")
            parts = (plan.aggregates[index] for index in oracle.refs(node.value))
            yield from ["over each of over each"] * any(
                isinstance(part, p.EachAggregate) for part in parts
            )
        case p.OutagePlan():
            yield from ["outage of spans"] * (node.ends is not None)
            yield from ["outage of windows"] * (node.windows is not None)
            yield from ["rest counts as down"] * (node.down_outside is not None)
        case p.NoticesPlan():
            yield "counted from a notice"
            yield from ["grace before onset"] * bool(node.grace)
        case p.ExclusionPlan(excuse=True):
            pass
        case p.ExclusionPlan():
            if node.rows is not None and node.rows.windows is not None:
                yield "exclusion of windows" + " by a field" * bool(node.match)
                if node.allowance is not None and node.allowance.of == "number":
                    yield "exclusion of a number of windows"
            yield "exclusion by a field" if node.match else "exclusion for all"
            yield from ["exclusion that counts as up"] * node.as_up
        case p.Allowance():
            yield f"exclusion of a {node.of}"
        case p.Operate():
            yield "formula"
        case p.Rounded(operand=operand):
            yield "rounded figure"
            if isinstance(operand, p.AggregateRef):
                inner = plan.aggregates[operand.index]
                if isinstance(inner, p.OutageAggregate) and inner.function == "time":
                    yield "rounded share of time"
        case p.Requirement():
            yield from ["excuse"] * bool(node.excuses)
            if node.excused is not None:
                yield from _of_excuse(node, plan)
            if isinstance(node.period, p.Trailing):
                yield from _in_trailing(node.formula, plan)
            if isinstance(node.period, p.Cut):
                yield "split periods"
            else:
                yield _period_word(node.period)
            yield from (f"group of {g.kind}" for g in node.groups)
            yield from ["several group fields"] * (len(node.groups) > 1)
            yield from ["match target"] * bool(node.target.fields)
            yield from ["target by two fields"] * (len(node.target.fields) > 1)
            named = [oracle.named_in(formula) for _, formula in node.target.arms]
            yield from ["target of baselines"] * any(named)
            yield from ["target of two baselines"] * any(len(names) > 1 for names in named)
            yield from ["applies where"] * (node.applies is not None)
            yield from ["prorated target"] * node.prorated
        case p.PaymentPlan():
            yield f"credit {node.occurrence}"
            yield from [node.direction] * (node.direction != "credit")
            yield from ["also when met"] * node.also_when_met
            yield from ["for every"] * (node.steps is not None)
            if node.steps is not None and node.steps.lateness:
                yield "for every hour of lateness"
            yield from ["greatest of"] * bool(node.greatest)
            yield from ["instead of"] * bool(node.instead)
            yield from ["returned if met"] * (node.returned is not None)
            yield from ["tiers by group"] * (node.field is not None)
            yield from ["at most"] * (node.limit is not None)
            yield from ["paid only above"] * (node.paid_only_above is not None)
            yield from ["credit on a metric"] * (node.metric is not None)
        case p.TierPlan():
            yield from ["tiers"] * bool(node.bounds)
        case p.Amount():
            yield {
                "fee": "part of the fee", "fee_length": "months of the fee",
                "fixed": "fixed amount", "metric": "part of a metric", "during": "fee of an outage",
                "metric_length": "length of a metric",
                "computed": "amount of a formula", "service": "days of service",
            }[node.of]  # fmt: skip
            before = f"{'fee' if node.of == 'fee' else 'metric'} of a period before"
            yield from [before] * bool(node.before)
            yield from ["days of the fee"] * (node.of == "fee_length" and node.unit in DAYS)
            yield from ["limit of a metric"] * node.pooled
            yield from ["months of service"] * (p.served(node) == "month")
        case p.ChargePlan():
            yield "charge" if node.amount is not None else "charge of a field"
            yield from ["charge of two fields"] * (len(node.rows.fields) > 1)
        case p.FeePlan():
            yield from ["prorated fee"] * node.prorated
        case p.ClaimPlan():
            yield f"claim from {'another breach' if node.of else node.anchor}"
            yield from ["claim of a group"] * bool(node.groups)
            yield from [f"claim names a {node.period_kind}"] * bool(node.period)
            yield from ["claim by the end"] * node.by_end
            yield from ["claim in a calendar"] * (node.within.calendar != "always")
        case p.CapPlan():
            yield f"cap per {node.per}"
            yield f"cap on {node.what}"
            yield from ["cap in service"] * bool(p.served(node.amount))


def _in_trailing(formula: p.Formula, plan: p.Plan) -> Iterator[str]:
    for index in oracle.refs(formula):
        match plan.aggregates[index]:
            case p.WindowAggregate():
                yield "windows in trailing periods"
            case p.EachAggregate():
                yield "over each in trailing periods"
            case p.OutageAggregate(outage=name) if oracle.outage_named(plan, name).windows:
                yield "outage of windows in trailing periods"


def _of_aggregate(node: p.RowAggregate) -> Iterator[str]:
    if node.where is not None:
        yield "where"
    if node.function != "quantile":
        yield node.function
        return
    yield "linear" if node.linear else "nearest rank"
    if node.quantile == (1, 2):
        yield "median"


def _of_outage(node: p.OutagePlan, which: str) -> Iterator[str]:
    if node.weight is not None:
        rows = "samples" if node.ends is None else "spans"
        yield f"{rows} weighted by {'a part' if node.weight.part else 'a number'}"
        yield f"{which}weighted" if which else "weighted lengths"
        if node.rounding is not None:
            yield "rounded weights"
    if node.at_once and (node.windows is not None or node.ends is not None):
        yield "windows at once" if node.ends is None else "spans at once"
    if node.ends is not None or node.windows is not None:
        return
    hold = "at most"
    if node.hold is None:
        hold = "until the next" if node.expected is None else "as expected"
    yield from (f"holds {hold}", f"{which}holds {hold}")
    yield f"missing counts as {node.missing}"
    yield from [f"{which}missing {node.missing}"] * bool(which)
    if node.lasting:
        yield "lasting"
    if node.rounding is not None:
        yield "rounded lengths"
    for part in node.at_once:
        yield "every one at once" if part.at_least is None else "several at once"


# ---- rows ----------------------------------------------------------------------------------------


def _period_word(rule: p.PeriodRule) -> str:
    if isinstance(rule, p.Trailing):
        return "trailing periods"
    return "rolling periods" if isinstance(rule, p.Rolling) else f"per {rule}"


def _of_baselines(example: Example, plan: p.Plan) -> Iterator[str]:
    figures: dict[str, Any] = {}
    for baseline in plan.baselines:
        yield "baseline"
        yield from ["baseline of a baseline"] * bool(oracle.named_in(baseline.plan))
        figure = oracle.baseline(baseline, example.rows, example.as_of, True, figures)
        figures[baseline.name] = figure
        if figure is None:
            yield "baseline without data"
    if any("BaselineRef" in repr(r.formula) for r in plan.requirements):
        yield "figure beside a baseline"


def _of_rows(example: Example, plan: p.Plan) -> Iterator[str]:
    kinds = {r.period for r in plan.requirements if not isinstance(r.period, p.Trailing)}
    until = plan.term[1] or plan.term[0] + 40 * oracle.DAY
    edges = {edge for kind in kinds for span in oracle.periods(plan, kind, until) for edge in span}
    if example.as_of is None:
        yield "as-of not given"
    else:
        yield "as-of given"
    for stream in plan.streams:
        rows = example.rows[stream.name]
        times = [row[stream.event] for row in rows]
        if not rows:
            yield "no rows"
        if len(rows) >= 200:
            yield "hundreds of rows"
        if edges.intersection(times):
            yield "row at an edge"
        if edges & {time + by for time in times for by in (-1, 1)}:
            yield "row beside an edge"
        if any(time < plan.term[0] or time >= until for time in times):
            yield "row outside the term"
        if example.as_of is not None:
            later = [time > example.as_of for time in times]
            yield from ["later than as-of"] * any(later)
            yield from ["as-of in the middle"] * (any(later) and not all(later))
        if any(content is None for row in rows for content in row.values()):
            yield "missing value"
        yield from _of_pairs(stream, rows)


def _of_pairs(stream: p.StreamPlan, rows: list[Row]) -> Iterator[str]:
    """What two rows of a stream have to do with each other."""
    by_time: dict[int, list[Row]] = {}
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        own = {name: content for name, content in row.items() if name != "#"}
        there = by_time.setdefault(row[stream.event], [])
        if there:
            yield "duplicate" if own in there else "tie in time"
        there.append(own)
        same = by_key.setdefault(tuple(own[name] for name in stream.key), [])
        if stream.key and same:
            for name, content in own.items():
                if any((content is None) != (other[name] is None) for other in same):
                    yield "completion"
            if stream.recorded and any(o[stream.recorded] != own[stream.recorded] for o in same):
                yield "superseded"
        same.append(own)


# ---- answers -------------------------------------------------------------------------------------


def _of_answer(example: Example, plan: p.Plan, answer: oracle.Answer) -> Iterator[str]:
    yield from ["judged as amended"] * any(r.requirement.terms for r in answer.results)
    yield from ["deadline by amended terms"] * any(d.plan.terms for d in answer.dues)
    changed = (about for _, _, abouts in answer.restated for about in abouts)
    yield from ["restated deadline"] * any(len(about) == 4 for about in changed)
    yield from ["not signed yet"] * any(answer.as_of < e.before for e in plan.earlier)
    yield from ["a right arises"] * bool(answer.rights)
    yield from ["the term ends"] * any(word == "ends" for _, word, *_ in answer.renewals)
    yield from ["review is due"] * any(due for _, due, _ in answer.reviews)
    for state in {due.state for due in answer.dues}:
        yield _STATES[state]
    judged = [*answer.results, *answer.dues]
    yield from ["excused"] * any(one.word == "excused" for one in judged)
    plain = (r.requirement for r in answer.results if r.word == "excused")
    yield from ["excused without a clock"] * any(any(_of_excuse(r, plan)) for r in plain)
    early = (r.breached_at is not None and r.breached_at < r.end for r in answer.results)
    yield from ["broken before the end of the period"] * any(early)
    k = oracle.know(plan, example.rows, example.as_of)
    if _clock_changes(plan, answer.as_of):
        yield "clock changes in the term"
    for stream in plan.streams:
        for rule in {r.period for r in plan.requirements}:
            spans = oracle.periods_of(k, rule)
            late = [
                x for x in example.rows[stream.name] if not oracle.accepted(k, stream, x, spans)
            ]
            yield from ["too late"] * any(oracle.exists(k, stream, row) for row in late)
    for stream in [s for s in plan.streams if s.span]:
        assert stream.span is not None
        if any(row[stream.span[1]] is None for row in k.rows[stream.name]):
            yield "open span"
    for derived in [d for d in plan.derived if d.how == "spans"]:
        if any(row["ends"] is None for row in k.rows[derived.name]):
            yield "open span"
    for outage in plan.outages:
        try:
            states = [] if outage.at_once else oracle.states(k, outage)
        except oracle.Refusal:  # rows that were too late contradict others: nobody asks for them
            continue
        for state in states:
            known = oracle.held(k, outage, state.samples)
            if any(a[1] < b[0] for a, b in pairwise(known)):
                yield "silent gap"
            if len(state.times) > len(state.samples):
                yield "samples of one time"
    for statement in answer.statements:
        yield from _of_statement(statement)
        lines = [x for x in statement.lines if isinstance(x.result, oracle.Due)]
        yield from ["money for a deadline"] * any(x.payable for x in lines)
        yield from ["claim for a deadline"] * any(x.claimed is not None for x in lines)
    yield from _of_results(plan, answer)


def _of_statement(statement: oracle.Statement) -> Iterator[str]:
    if statement.payable:
        yield "money is due"
    yield from (f"claim {note}" for note in statement.notes)
    for line in statement.lines:
        if line.claimable:
            yield "claimable"
        elif line.claimed is not None:
            yield "claimed" if line.claimed else "not claimed in time"


def _clock_changes(plan: p.Plan, as_of: int) -> bool:
    end = min(plan.term[1] or as_of, plan.term[0] + 400 * oracle.DAY)
    moments = range(plan.term[0], max(end, plan.term[0] + 1), oracle.DAY)
    return len({oracle.offset(plan.zone, moment) for moment in (*moments, end)}) > 1


def _of_results(plan: p.Plan, answer: oracle.Answer) -> Iterator[str]:
    groups: dict[tuple[Any, ...], list[oracle.Result]] = {}
    for r in answer.results:
        groups.setdefault((r.obligation, r.number, r.group), []).append(r)
        yield r.word
        if r.final and r.word != "no data" and (r.best is not None or r.worst is not None):
            yield f"{r.word} before its end"
        if r.best is not None or r.worst is not None:
            yield "best or worst"
        if r.undecided:
            yield "undecided"
        yield from ["open outage"] * any(o[4] for o in r.outages)
        yield from ["outage without a notice"] * any(o.since is None for o in r.outages)
        yield from ["outage from a later notice"] * any((o.since or 0) > o.start for o in r.outages)
        yield from ["excluded outage"] * any(o.excluded for o in r.outages)
        yield from ["excluded rows"] * bool(r.rows_out)
        yield from ["excluded time"] * bool(r.time_out)
        yield from ["outage of missing data"] * any(o[5] for o in r.outages)
        yield from ["pooled outages"] * (len({o[0] for o in r.outages}) > 1)
        kind = r.requirement.period
        if isinstance(kind, str) and kind not in ("hour", "term"):
            yield from ["clipped period"] * any(_cut(plan, kind, at) for at in (r.start, r.end))
    for results in groups.values():
        first, last = results[0], results[-1]
        if not first.group:
            continue
        if first.place.since > first.start:
            yield "group appears late"
        if len(results) > 1 and not last.rows and any(r.rows for r in results):
            yield "group falls silent"


def _cut(plan: p.Plan, kind: str, edge: int) -> bool:
    """Whether a period that starts or ends here is cut short by the term."""
    day = oracle.local_date(plan.zone, edge)
    starts = oracle.starts_period(oracle.rules(plan), kind, day)
    return not starts or oracle.reached(plan.zone, day, 0) != edge
