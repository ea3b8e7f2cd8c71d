"""A plan for people: what is read, counted and kept, in which order, and how large it grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sladsl.diagnostics import columns, printable
from sladsl.plan import model as p
from sladsl.plan.parts import aggregates_in
from sladsl.plan.passes import Pass, Tally, passes
from sladsl.plan.tallies import Threshold
from sladsl.plan.uses import amounts, grains, named
from sladsl.reports.columns import BOLD, Paint, table
from sladsl.reports.late import lapse_text
from sladsl.reports.plan_calendars import calendars
from sladsl.reports.plan_deadlines import due
from sladsl.reports.plan_kept import all_kept, grain
from sladsl.reports.plan_size import number_of
from sladsl.reports.plan_words import Words, figure, kind_of, per, span
from sladsl.reports.times import clock

__all__ = ["render_plan"]


def render_plan(plan: p.Plan, *, width: int = 100, color: bool = False) -> str:
    """What a plan says, with a final line end."""
    order = passes(plan)
    paint = Paint(color)
    sections = [
        ("", _head(plan)),
        ("READ", _read(plan, order)),
        ("COUNTED, one pass over each stream, in this order", _counted(plan, order)),
        ("OUTAGES, runs of failure for each group", _outages(plan)),
        ("EXCLUDED", _excluded(plan)),
        ("BASELINES", _baselines(plan)),
        ("JUDGED", _judged(plan)),
        ("DEADLINES, each instance by itself", due(plan)),
        ("RIGHTS, RENEWAL, REVIEWS", _life(plan)),
        ("AMENDMENTS", _amendments(plan)),
        ("PERIODS", _periods(plan, order)),
        ("CALENDARS", calendars(plan)),
        ("KEPT, at most, beside the rows at hand", all_kept(plan, order)),
    ]
    lines: list[str] = []
    for title, texts in sections:
        found = [line for text in texts for line in _wrapped(printable(text), width)]
        if not found:
            continue
        if title:
            lines += ["", paint(title, BOLD)]
        else:
            found[0] = paint(found[0], BOLD)
        lines += found
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of a text that begins with blanks; what is too long goes on further in."""
    indent = len(text) - len(text.lstrip())
    line = ""
    for word in text.lstrip().split(" "):
        longer = f"{line} {word}" if line else " " * indent + word
        if line and columns(longer) > width and line.strip():
            yield line.rstrip()
            line = " " * (indent + 4) + word
        else:
            line = longer
    yield line.rstrip()


# ---- what is read ------------------------------------------------------------------------------


def _head(plan: p.Plan) -> Iterator[str]:
    names = ", ".join(printable(obligation.name) for obligation in plan.obligations)
    yield f"{printable(plan.agreement)}: the plan for {names}"
    start, end = plan.term
    zone = printable(plan.zone)
    if end is None:
        yield f"term from {clock(start, plan.zone)} {zone}, without an end"
        yield "what follows is for its first year"
    else:
        yield f"term from {clock(start, plan.zone)} to {clock(end, plan.zone)} {zone}"
    if plan.late is not None:
        yield f"rows count that are recorded within {lapse_text(plan.late)} of their period's end"
    if plan.digest:
        yield f"policy {plan.digest}"


def _read(plan: p.Plan, order: Sequence[Pass]) -> Iterator[str]:
    by_name = {one.stream: one for one in order}
    for stream in plan.streams:
        wanted = by_name[stream.name].wanted
        said = [f"event at {stream.event}"]
        if stream.span is not None:
            said = [f"span from {stream.span[0]} to {stream.span[1]}"]
        if stream.key:
            said.append(f"one row for each {', '.join(stream.key)}")
        if stream.sequence is not None:
            said.append(f"in order of {stream.sequence} where times tie")
        if stream.recorded is not None:
            said.append(f"known from {stream.recorded} on")
        yield f"  {stream.name}: {'; '.join(said)}"
        words = Words(plan, stream.name)
        read = [f for f in stream.fields if f.name in wanted and f.computed is None]
        rows = [[f.name, kind_of(f)] for f in read]
        for name, kind in table(rows):
            yield f"    {name}  {kind}".rstrip()
        for f in stream.fields:
            if f.computed is not None and f.name in wanted:
                yield f"    {f.name} = {words.condition(f.computed)}"
        if spare := [f.name for f in stream.fields if f.name not in wanted]:
            yield f"    decides nothing: {', '.join(spare)}"
    for derived in plan.derived:
        yield f"  {derived.name}: {_derivation(plan, derived)}"


def _derivation(plan: p.Plan, derived: p.DerivedPlan) -> str:
    text = f"made from {derived.base}, "
    if derived.how == "last":
        text += f"the last row for each {derived.by}"
        return text if derived.event == _event(plan, derived.base) else text + (
            f", placed at {derived.event}"
        )  # fmt: skip
    text += f"spans of a state for each {derived.by}"
    if derived.where is not None:
        text += f", where {Words(plan, derived.base).condition(derived.where)}"
    return text


def _event(plan: p.Plan, stream: str) -> str:
    return named(plan, stream).event


# ---- what is counted ---------------------------------------------------------------------------


def _counted(plan: p.Plan, order: Sequence[Pass]) -> Iterator[str]:
    for number, one in enumerate(order, 1):
        words = Words(plan, one.stream)
        yield f"  {number} {one.stream}{_role(plan, one)}"
        for tally in one.tallies:
            yield f"    {grain(tally)}"
            for index in tally.aggregates:
                yield f"      #{index + 1} {words.aggregate(index)}"
                yield from (f"        {text}" for text in _deciding(plan, tally, index, words))
        if one.outages:
            yield f"    for {', '.join(one.outages)}"
        if one.tests:
            yield "    conditions, each looked at once for a row"
            yield from (f"      {words.condition(test)}" for test in one.tests)


def _role(plan: p.Plan, one: Pass) -> str:
    """What a pass waits for, and what it is for beside counting."""
    said = []
    if one.after:
        said.append(f"after {', '.join(one.after)}")
    if not (one.tallies or one.outages):
        said.append("read before those that need it")
    if not one.as_of_matters:
        said.append("counted as it is read, whatever is known later")
    return f" ({'; '.join(said)})" if said else ""


def _deciding(plan: p.Plan, tally: Tally, index: int, words: Words) -> Iterator[str]:
    """How a percentile is decided, and what takes values."""
    aggregate = plan.aggregates[index]
    assert isinstance(aggregate, p.RowAggregate)
    if aggregate.function == "quantile" and index in tally.valued:
        yield "keeps the values near its rank, and counts the others"
    for threshold in tally.thresholds:
        if threshold.aggregate == index:
            test = words.condition(threshold.test)
            yield f"{_limit(plan, threshold)} is decided by counting {test}"
    if index in tally.shown:
        yield "the figure that is shown keeps the values near its rank, and counts the others"


def _limit(plan: p.Plan, threshold: Threshold) -> str:
    kind = getattr(threshold.test.left, "kind", "int")
    unit = (plan.currency or "") if kind == "money" else ""
    sign = "<" if threshold.below else "<="
    return f"{sign} {figure(threshold.limit, kind, unit)}"


def _outages(plan: p.Plan) -> Iterator[str]:
    for outage in plan.outages:
        text = f"  {outage.name}: {_runs(plan, outage)}"
        if outage.each:
            text += f", for each {', '.join(outage.each)}"
        yield text
        said = []
        if outage.windows is None and outage.ends is None:
            holds = "until the next" if outage.hold is None else f"for at most {span(outage.hold)}"
            said.append(f"each holds {holds}")
        if outage.ends is None:
            said.append(f"missing data counts as {outage.missing}")
        for part in outage.at_once:
            much = "every" if part.at_least is None else f"at least {part.at_least:,}"
            said.append(f"at once for {much} {part.field}")
        if outage.lasting:
            said.append(f"lasting at least {span(outage.lasting)}")
        if outage.rounding is not None:
            mode, step = outage.rounding
            said.append(f"each rounded {mode} to {span(step)}")
        if outage.weight is not None:
            overlap = "add up" if outage.weight.adds else "count once"
            more = "" if outage.ends is None else f", overlaps {overlap}"
            said.append(f"weighted by {outage.weight.field}{more}")
        if said:
            yield f"    {'; '.join(said)}"
        if outage.down_outside is not None:
            yield f"    down in all the time of: {outage.down_outside.name}"
        if outage.notices is not None:
            yield f"    counted from {_notices(plan, outage.notices)}"


def _runs(plan: p.Plan, outage: p.OutagePlan) -> str:
    """What an outage is made of."""
    if outage.windows is not None:
        return _windows(plan, outage.stream, outage.windows)
    text = f"{'samples' if outage.ends is None else 'spans'} of {outage.stream}"
    if outage.failing is not None:
        text += f" where {Words(plan, outage.stream).condition(outage.failing)}"
    return text


def _notices(plan: p.Plan, notices: p.NoticesPlan) -> str:
    rows = notices.rows
    text = f"the first {rows.stream}.{notices.at}"
    if rows.where is not None:
        text += f" where {Words(plan, rows.stream).condition(rows.where)}"
    text += " inside it"
    if notices.grace:
        text += f" or at most {span(notices.grace)} before it"
    return f"{text}, {_about(notices.match)}"


def _windows(plan: p.Plan, stream: str, windows: p.WindowsPlan) -> str:
    words = Words(plan.but(aggregates=windows.inner), stream)
    inner = [f"#{n + 1} {words.aggregate(n)}" for n in aggregates_in(windows.where)]
    where = words.figures(windows.where)
    return f"windows of {span(windows.length)} where {where} ({'; '.join(inner)})"


def _excluded(plan: p.Plan) -> Iterator[str]:
    for exclusion in plan.exclusions:
        rows = exclusion.rows
        but = "all but " if exclusion.outside else ""
        text = f"  {exclusion.name}: {but}"
        if rows is not None and rows.windows is not None:
            text += _windows(plan, rows.stream, rows.windows)
        elif rows is not None:
            text += f"{rows.stream} from {exclusion.start} to {exclusion.end}"
        if exclusion.existing is not None:
            text += _existing(plan, exclusion.existing)
        if exclusion.excuse:
            text += "from due to done"
        if rows is not None and rows.where is not None:
            text += f", where {Words(plan, rows.stream).condition(rows.where)}"
        yield text
        plain = exclusion.existing is not None and not exclusion.match
        whole = exclusion.windows is not None or exclusion.excuse
        said = [] if plain else [_about(exclusion.match, whole=whole)]
        if exclusion.as_up:
            said.append("its time counts as up")
        if exclusion.allowance is not None:
            limit = exclusion.allowance.limit
            much = span(limit) if exclusion.allowance.of == "time" else f"{limit}"
            said.append(f"at most {much} per {exclusion.allowance.per}")
        if said:
            yield f"    {'; '.join(said)}"


def _existing(plan: p.Plan, existing: p.Existing) -> str:
    """What a service is of, and from when to when."""
    said = []
    if existing.span is not None:
        start, end = existing.span
        said.append(f"from {clock(start, plan.zone)}")
        said += [] if end is None else [f"to {clock(end, plan.zone)}"]
    if existing.of:
        parts = [f"{each.name} is {' or '.join(each.values)}" for each in existing.of]
        said.append(f"where {' and '.join(parts)}")
    return " ".join(said)


def _about(match: tuple[tuple[str, str], ...], *, whole: bool = False) -> str:
    """Which groups listed rows are about; `whole`: nothing they are matched by is missing."""
    if not match:
        return "about all groups"
    pairs = " and ".join(
        ours if ours == theirs else f"{ours} == {theirs}" for ours, theirs in match
    )
    return f"matched by {pairs}" + ("" if whole else ", about all groups where that is missing")


# ---- what is judged ----------------------------------------------------------------------------


def _judged(plan: p.Plan) -> Iterator[str]:
    words = Words(plan)
    for index, aggregate in enumerate(plan.aggregates):
        if not isinstance(aggregate, p.RowAggregate):
            yield f"  #{index + 1} {words.aggregate(index)}"
    for r in plan.requirements:
        text = f"  {printable(r.obligation)} {r.number}: {printable(r.metric)}"
        text += f" = {words.formula(r.formula, r.kind)}, {r.operator} {_target(plan, r)}"
        text += " for the term" if r.period == "term" else f" per {per(r.period)}"
        text += ", prorated" if r.prorated else ""
        if r.groups:
            text += " for each " + ", ".join(printable(g.name) for g in r.groups)
        if r.applies is not None:
            text += f", where {words.figures(r.applies.condition)}"
        yield text + _when(r, plan.zone)
        if r.excused is not None:
            yield f"    a breach is judged again by {words.formula(r.excused, r.kind)}"
    for pay in plan.payments:
        said = f"{printable(pay.obligation)}: {pay.direction} {pay.occurrence}"
        said += _on(plan, pay)
        if pay.limit is not None:
            said += f", at most {printable(pay.limit.text)}"
        yield f"  {said}{_when(pay, plan.zone)}"
        yield from (f"    {text}" for text in _schedules(pay))
        of = dict.fromkeys(words.formula(formula, "money") for formula in amounts(pay))
        if of:
            yield f"    amounts are parts of {', '.join(of)}"
        if pay.claim is not None:
            yield f"    claimed by {_claim(plan, pay.claim)}"
    for cap in plan.caps:
        said = f"{cap.what} at most {printable(cap.amount.text)} per {cap.per}"
        yield f"  {said}{_when(cap, plan.zone)}"
    if len(plan.fees) > 1:
        for fee in plan.fees:
            money = figure(fee.amount, "money", plan.currency or "")
            yield f"  fee {money} per {fee.per}{_when(fee, plan.zone, what='')}"


def _when(
    terms: p.Requirement | p.PaymentPlan | p.FeePlan | p.CapPlan | p.RemedyPlan,
    zone: str,
    what: str = "in periods that start ",
) -> str:
    """For which time something holds; nothing where that is the whole term."""
    said = []
    if terms.since is not None:
        said.append(f"from {clock(terms.since, zone)}")
    if terms.until is not None:
        said.append(f"before {clock(terms.until, zone)}")
    name = getattr(terms, "terms", "")
    by = f" ({printable(name)})" if name else ""
    return f", {what}{' and '.join(said)}{by}" if said else ""


def _life(plan: p.Plan) -> Iterator[str]:
    """Rights, renewal, reviews."""
    for remedy in plan.remedies:
        may = f"{printable(remedy.name)}: {printable(remedy.party)} may {printable(remedy.act)}"
        lasts = "" if remedy.within is None else f", within {lapse_text(remedy.within)}"
        yield f"  {may}{lasts}{_when(remedy, plan.zone)}"
        yield from (f"    {printable(when.text)}" for when in remedy.when)
    if plan.renewal is not None:
        one = plan.renewal
        text = f"  renews for {lapse_text(one.length)}"
        if one.obligation:
            text += f" when {printable(one.obligation)} was met in {one.met} of the last {one.of}"
            text += f" {one.unit}s"
        if one.notice is not None and one.notices is not None:
            text += (
                f", unless {printable(one.notices.stream)} at least {lapse_text(one.notice)} before"
            )
        yield text
    if plan.review is not None:
        by = ", ".join(map(printable, plan.review.by))
        yield f"  review every {lapse_text(plan.review.every)} by {by}"
    if plan.left_out:
        names = ", ".join(map(printable, plan.left_out))
        yield f"  left out, since these obligations alone don't decide it: {names}"


def _amendments(plan: p.Plan) -> Iterator[str]:
    """From when on amendments are known, and from when on they hold."""
    for one in plan.amendments:
        signed, since = clock(one.signed, plan.zone), clock(one.since, plan.zone)
        late = ", which restates what was judged before" if one.since < one.signed else ""
        yield f"  {printable(one.name)}: signed {signed}, in force from {since}{late}"
    for earlier in plan.earlier:
        known = [printable(a.name) for a in earlier.plan.amendments]
        said = f"with {', '.join(known)} alone" if known else "as first written"
        yield f"  known before {clock(earlier.before, plan.zone)}: the agreement {said}"


def _baselines(plan: p.Plan) -> Iterator[str]:
    for baseline in plan.baselines:
        own = baseline.plan
        (requirement,) = own.requirements
        words, (start, end) = Words(own), own.term
        assert end is not None
        formula = words.formula(requirement.formula, requirement.kind)
        yield (
            f"  {printable(baseline.name)} = {formula},"
            f" of {clock(start, plan.zone)} to {clock(end, plan.zone)}"
        )
        for index in range(len(own.aggregates)):
            yield f"    #{index + 1} {words.aggregate(index)}"
        if baseline.pinned is not None:
            unit = requirement.unit
            yield f"    pinned at {figure(baseline.pinned, requirement.kind, unit)}"


def _target(plan: p.Plan, requirement: p.Requirement) -> str:
    said: list[str] = []
    for keys, formula in requirement.target.arms:
        text = Words(plan).formula(formula, requirement.kind)
        if isinstance(formula, p.Number):
            text = figure(formula.value, requirement.kind, requirement.unit)
        named = " and ".join(printable(key) for key in keys if key is not None)
        other = " otherwise" if said else ""
        said.append(f"{text} for {named}" if named else f"{text}{other}")
    return ", ".join(said)


def _on(plan: p.Plan, pay: p.PaymentPlan) -> str:
    """Which of the requirements a payment is for, and what it excludes."""
    said = "" if pay.metric is None else f" on {printable(pay.metric)}"
    said += ", also when met" if pay.also_when_met else ""
    if pay.greatest:
        others = [x for x in plan.payments if x.greatest == pay.greatest and x is not pay]
        names = ", ".join(printable(x.metric or x.obligation) for x in others)
        said += f", or on {names} where that is more" if others else ""
    if pay.instead:
        said += f", instead of {', '.join(map(printable, pay.instead))}"
    if pay.returned is not None:
        count, unit = pay.returned
        said += f", returned if met for {count} {unit}" + ("" if count == 1 else "s")
    return said


def _claim(plan: p.Plan, claim: p.ClaimPlan) -> str:
    words, rows = Words(plan, claim.rows.stream), claim.rows
    where = "" if rows.where is None else f" where {words.condition(rows.where)}"
    lapse = claim.within
    plural = "" if lapse.count == 1 else "s"
    length = span(lapse.count) if lapse.unit == "ns" else f"{lapse.count} {lapse.unit}{plural}"
    inside = "" if lapse.calendar == "always" else f" in {printable(lapse.calendar)}"
    since = "the end of the period" if claim.anchor == "end" else claim.anchor
    since += f" of {printable(claim.of)}" if claim.of else ""
    if claim.starts is not None:
        since = _started(plan, claim.starts)
    window = f"by the end of {length} after" if claim.by_end else f"within {length}{inside} of"
    return f"{printable(rows.stream)}{where} {window} {since}"


def _started(plan: p.Plan, starts: p.Starts) -> str:
    words, where = Words(plan, starts.rows.stream), starts.rows.where
    chosen = "" if where is None else f" where {words.condition(where)}"
    return f"{printable(starts.rows.stream)}.{printable(starts.time)}{chosen}"


def _schedules(payment: p.PaymentPlan) -> Iterator[str]:
    for key, tiers in payment.schedules:
        said = "; ".join(printable(tier.text) for tier in tiers)
        yield f"{printable(key)}: {said}" if key else said


# ---- periods -------------------------------------------------------------------------------------


def _periods(plan: p.Plan, order: Sequence[Pass]) -> Iterator[str]:
    kinds: dict[p.PeriodRule | int, None] = dict.fromkeys(g.period for g in grains(plan))
    kinds |= dict.fromkeys(t.per for one in order for t in one.tallies)
    rows = []
    for kind in kinds:
        number = number_of(plan, kind)
        name = f"window of {span(kind)}" if isinstance(kind, int) else per(kind)
        said = "too many to be judged, or years too far" if number is None else f"{number:,}"
        rows.append([name, "one for each row" if isinstance(kind, p.Trailing) else said])
    right = frozenset({1})
    yield from (f"  {name}  {number}" for name, number in table(rows, right))
