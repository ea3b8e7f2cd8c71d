"""Runs a plan on this machine: reads the streams, makes the derived ones, folds the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from sladsl.calendar.clocks import (
    Always,
    BusinessClock,
    CalendarSpec,
    Combined,
    OpenRule,
    Spec,
    clock,
    holiday_gaps,
)
from sladsl.calendar.names import EARLIEST, LATEST
from sladsl.calendar.periods import PeriodKind, PeriodRules, Periods, TooManyPeriods, periods
from sladsl.calendar.zones import Zone
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.folds import findings
from sladsl.folds.derive import (
    Refusal,
    as_known,
    computed,
    concatenate,
    derive,
    nothing,
    one_by_key,
    spans_of,
    within,
)
from sladsl.folds.expressions import Overflow, Rows
from sladsl.folds.fold import Folds, streams_of
from sladsl.folds.grains import TooManyGroups, TooManyVerdicts
from sladsl.plan import model as p
from sladsl.source import Place
from sladsl.streams.accounting import Accounting, Reject, too_many
from sladsl.streams.model import Batch, FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.result import InputSeen

__all__ = ["Run", "run", "stream_spec", "within_limits"]

_DAY = 86400 * 10**9
_FAR_TOO_MANY = 100_000  # unusable rows, where none is allowed: read no further
_BEYOND = 400 * _DAY  # an open term is looked at this far beyond as-of
_FIRST, _LAST = EARLIEST + 730 * _DAY, LATEST - 1460 * _DAY  # beyond: no periods, no fees


@dataclass(slots=True)
class Run:
    """The folded states of one run, what was known when, and what was read."""

    folds: Folds
    as_of: int
    as_of_given: bool
    inputs: tuple[InputSeen, ...]


@dataclass(slots=True)
class _Loaded:
    """A stream that was read: its batches and the account of them."""

    plan: p.StreamPlan
    accounting: Accounting
    batches: list[Batch]
    allowed: int | str | None = None
    duplicates: int = 0
    used: int = 0


def stream_spec(plan: p.StreamPlan) -> StreamSpec:
    """What a reader has to know of a stream."""
    return StreamSpec(
        name=plan.name,
        fields=tuple(
            FieldSpec(
                f.name, Kind(f.kind), f.optional, f.values, f.unit, f.negative_as_zero
            )
            for f in plan.fields
            if f.computed is None
        ),
        timezone=plan.timezone,
        ambiguous=plan.ambiguous,
        span=plan.span,
    )  # fmt: skip


def run(
    plan: p.Plan,
    sources: Mapping[str, SourceSpec],
    *,
    as_of: int | None = None,
    max_rejected: int | str | None = None,
    max_groups: int = 100_000,
    on_reject: Callable[[Reject], None] | None = None,
    stdin: BinaryIO | None = None,
) -> Run:
    """Read and fold everything that a plan asks for. Raises `Refused`."""
    vocabulary = Vocabulary()
    loaded = _load(plan, sources, vocabulary, max_rejected, on_reject, stdin)
    newest = _newest(plan, loaded)
    known = as_of if as_of is not None else _latest(newest, plan)
    with within_limits(plan):
        folds = _folds(plan, vocabulary, known, newest, as_of is not None, max_groups)
        _fold(plan, folds, loaded, as_of is not None)
    inputs = tuple(_seen(stream) for _, stream in sorted(loaded.items()))
    return Run(folds, known, as_of is not None, inputs)


@contextmanager
def within_limits(plan: p.Plan) -> Iterator[None]:
    """Refuse what comes to too many periods, windows or groups. Raises `Refused`."""
    try:
        yield
    except TooManyPeriods as error:
        what = f"{error.count:,} periods or windows"
        help = "choose longer periods or windows, or a shorter term"
        raise Refused(findings.too_many(what, plan.agreement, help)) from None
    except TooManyVerdicts as error:
        help = "choose longer periods, or group by fewer fields"
        raise Refused(findings.too_many(str(error), plan.agreement, help)) from None
    except TooManyGroups as error:
        help = "group by fewer fields, or raise `--max-groups`"
        raise Refused(findings.too_many(str(error), plan.agreement, help)) from None


# ---- reading ----


def _load(
    plan: p.Plan,
    sources: Mapping[str, SourceSpec],
    vocabulary: Vocabulary,
    max_rejected: int | str | None,
    on_reject: Callable[[Reject], None] | None,
    stdin: BinaryIO | None,
) -> dict[str, _Loaded]:
    missing = [s.name for s in plan.streams if s.name not in sources]
    if missing:
        raise Refused(*(_no_source(name) for name in missing))
    loaded: dict[str, _Loaded] = {}
    refused: list[Diagnostic] = []
    for stream in plan.streams:
        source = sources[stream.name]
        allowed = max_rejected if max_rejected is not None else source.max_rejected
        give_up = None if allowed is not None or on_reject is not None else _FAR_TOO_MANY
        accounting = Accounting(stream=stream.name, on_reject=on_reject, give_up_after=give_up)
        batches = list(read(source, stream_spec(stream), vocabulary, accounting, stdin=stdin))
        finding = too_many(accounting, allowed)
        if finding is not None:
            refused.append(finding)
        loaded[stream.name] = _Loaded(stream, accounting, batches, allowed)
    if refused:
        raise Refused(*refused)
    return loaded


def _no_source(stream: str) -> Diagnostic:
    return Diagnostic(
        "SLA606",
        f"there are no measurements for stream `{stream}`",
        Label(Place("--data")),
        help=f"say `--data {stream}=PATH` or `--data DIR`, or name it in sladsl.toml",
    )


def _newest(plan: p.Plan, loaded: Mapping[str, _Loaded]) -> dict[str, int]:
    """The newest event time of each stream that was read and has rows."""
    found = {}
    for name, stream in loaded.items():
        times = [int(b.columns[stream.plan.event].values.max()) for b in stream.batches if b.length]
        if times:
            found[name] = max(times)
    derived = {d.name: d.base for d in plan.derived}
    for name in derived:
        base = name
        while base in derived:
            base = derived[base]
        if base in found:
            found[name] = found[base]
    return found


def _latest(newest: Mapping[str, int], plan: p.Plan) -> int:
    """As-of where none is named: the newest row of the streams that are judged by.

    Never a span's: the end of announced maintenance says nothing of what is known.
    """
    spans = {s.name for s in plan.streams if s.span is not None}
    spans |= {d.name for d in plan.derived if d.how == "spans"}
    judged: set[str] = set()
    for requirement in plan.requirements:
        judged |= streams_of(plan, requirement.formula)
    times = [newest[name] for name in judged - spans if name in newest]
    if not times:
        raise Refused(findings.nothing_known(plan.agreement))
    return max(times)


# ---- what folding needs ----


def _folds(
    plan: p.Plan,
    vocabulary: Vocabulary,
    as_of: int,
    newest: Mapping[str, int],
    as_of_given: bool,
    max_groups: int,
) -> Folds:
    start, end = plan.term
    until = max(as_of, start) + _BEYOND if end is None else end
    if start < _FIRST or until > _LAST:
        raise Refused(findings.beyond_the_years(plan.agreement))
    zone = Zone(plan.zone)
    rules = PeriodRules(plan.week_starts, plan.month_starts, plan.year_starts)
    kinds = {"term", *(r.period for r in plan.requirements)}
    tables: dict[str, Periods] = {
        kind: periods(PeriodKind(kind), start, until, zone, rules) for kind in sorted(kinds)
    }
    clocks = _clocks(plan, start, min(until, max(as_of, start + 1)))
    rows = Rows(vocabulary, as_of, clocks)
    reach = {
        name: as_of if as_of_given else newest.get(name, as_of)
        for name in (*(s.name for s in plan.streams), *(d.name for d in plan.derived))
    }
    return Folds(plan, rows, vocabulary, tables, reach, max_groups)


def _clocks(plan: p.Plan, lo: int, hi: int) -> dict[str, BusinessClock]:
    specs: dict[str, Spec] = {"always": Always()}
    left = {c.name: c for c in plan.calendars}
    while left:
        for name, calendar in list(left.items()):
            if all(o in specs for o in calendar.operands):
                specs[name] = _spec(calendar, specs)
                del left[name]
    for name, spec in specs.items():
        for region, year in holiday_gaps(spec, lo, hi):
            raise Refused(findings.no_holidays(name, region, year))
    return {name: clock(spec, lo, hi) for name, spec in specs.items()}


def _spec(plan: p.CalendarPlan, specs: Mapping[str, Spec]) -> Spec:
    if plan.operands:
        result = specs[plan.operands[0]]
        for operator, operand in zip(plan.operators, plan.operands[1:], strict=True):
            result = Combined(operator, result, specs[operand])  # type: ignore[arg-type]
        return result
    return CalendarSpec(
        name=plan.name,
        zone=plan.zone,
        open=tuple(OpenRule(frozenset(days), start, end) for days, start, end in plan.open),
        closed_dates=tuple(date.fromisoformat(d) for d in plan.closed_dates),
        closed_spans=plan.closed_spans,
        holidays=plan.holidays,
    )


# ---- folding ----


def _fold(plan: p.Plan, folds: Folds, loaded: Mapping[str, _Loaded], as_of_given: bool) -> None:
    """Streams that pause a clock first, so that their spans are known when rows need them."""
    pausing = _pause_streams(plan)
    bases = {d.base for d in plan.derived}
    known: dict[str, list[Batch]] = {}
    for name, stream in sorted(loaded.items(), key=lambda item: item[0] not in pausing):
        whole = bool(stream.plan.key) or name in bases
        known[name] = _as_known(folds, stream, whole=whole, as_of_given=as_of_given)
        if name in pausing and stream.plan.span is not None:
            rows = concatenate(known[name]) if known[name] else nothing(stream.plan)
            folds.rows.pauses[name] = spans_of(rows, *stream.plan.span)
    plans: dict[str, p.StreamPlan | p.DerivedPlan] = {s.name: s for s in plan.streams}
    for derived in plan.derived:
        batches = known[derived.base]
        rows = concatenate(batches) if batches else nothing(plans[derived.base])
        made = derive(derived, plans[derived.base], rows, folds.rows)
        plans[derived.name], known[derived.name] = derived, [made]
        if derived.name in pausing:
            folds.rows.pauses[derived.name] = spans_of(made, "starts", "ends")
    for name, batches in known.items():
        for batch in batches:
            _guarded(name, folds, plans[name], batch)
    for state in folds.outages():
        for clash in state.conflicts():
            files = loaded[_base(plan, state.plan.stream)].accounting.files
            first, second = (clash.file, clash.row), (clash.other_file, clash.other_row)
            raise _conflict(state.plan.stream, "of one group and time", files, first, second)


def _base(plan: p.Plan, stream: str) -> str:
    derived = {d.name: d.base for d in plan.derived}
    while stream in derived:
        stream = derived[stream]
    return stream


def _guarded(name: str, folds: Folds, stream: p.StreamPlan | p.DerivedPlan, batch: Batch) -> None:
    try:
        folds.fold(stream, batch)
    except Overflow as error:
        raise Refused(findings.overflow(name, str(error))) from None


def _as_known(folds: Folds, stream: _Loaded, *, whole: bool, as_of_given: bool) -> list[Batch]:
    """The rows of a stream at as-of: one for each key, with computed fields."""
    batches = [as_known(stream.plan, b, folds.rows, as_of_given) for b in stream.batches]
    batches = [batch for batch in batches if batch.length]
    if whole and batches:
        batches = [_keyed(stream, concatenate(batches))]
    try:
        known = [computed(stream.plan, batch, folds.rows) for batch in batches]
    except Overflow as error:
        raise Refused(findings.overflow(stream.plan.name, str(error))) from None
    for _, refused in known:
        for refusal in refused:
            _reject(stream, refusal)
    finding = too_many(stream.accounting, stream.allowed)
    if finding is not None:
        raise Refused(finding)
    batches = [batch for batch, _ in known if batch.length]
    term = folds.periods["term"]
    start, end = int(term.starts[0]), int(term.ends[-1])
    for batch in batches:
        stream.used += int(within(stream.plan, batch, start, end).sum())
    return batches


def _keyed(stream: _Loaded, batch: Batch) -> Batch:
    """One row for each key. Raises `Refused` where two contradict each other."""
    keyed = one_by_key(stream.plan, batch)
    for clash in keyed.clashes:
        first, second = (clash.file, clash.row), (clash.other_file, clash.other_row)
        raise _conflict(stream.plan.name, "with one key", stream.accounting.files, first, second)
    stream.duplicates = keyed.duplicates
    return keyed.batch


def _reject(stream: _Loaded, refusal: Refusal) -> None:
    """Count rows whose computed duration is below zero."""
    reason = f"`{refusal.field}` is negative"
    accounting = stream.accounting
    accounting.reject(reason, len(refusal.rows))
    files = sorted(accounting.files, key=os.fsencode)
    for file, row in zip(refusal.files.tolist(), refusal.rows.tolist(), strict=True):
        if not accounting.wants():
            break
        help = "say `negative counts as zero` for the field where that is right"
        accounting.describe(Reject(files[file], None, row, reason, f"data row {row + 1}", help))


def _conflict(
    stream: str, what: str, files: list[str], first: tuple[int, int], second: tuple[int, int]
) -> Refused:
    ranked = sorted(files, key=os.fsencode)
    a, b = (ranked[first[0]], first[1]), (ranked[second[0]], second[1])
    return Refused(findings.conflict(stream, what, a, b))


def _pause_streams(plan: p.Plan) -> set[str]:
    """The streams whose spans stop a clock somewhere in the plan."""
    found: set[str] = set()
    for expr in _expressions(plan):
        _pauses_in(expr, found)
    return found


def _expressions(plan: p.Plan) -> Iterable[p.RowExpr]:
    for aggregate in plan.aggregates:
        if isinstance(aggregate, p.RowAggregate):
            parts = (aggregate.where, aggregate.good, aggregate.value)
            yield from (part for part in parts if part is not None)
    for outage in plan.outages:
        if outage.failing is not None:
            yield outage.failing
    for derived in plan.derived:
        if derived.where is not None:
            yield derived.where
    for stream in plan.streams:
        yield from (f.computed for f in stream.fields if f.computed is not None)


def _pauses_in(expr: p.RowExpr, found: set[str]) -> None:
    match expr:
        case p.Elapsed(pauses=pauses, start=start, end=end):
            found.update(pause.stream for pause in pauses)
            _pauses_in(start, found)
            _pauses_in(end, found)
        case p.Arith(left=left, right=right) | p.Compare(left=left, right=right):
            _pauses_in(left, found)
            _pauses_in(right, found)
        case p.AllOf(operands=parts) | p.AnyOf(operands=parts) | p.Coalesce(operands=parts):
            for part in parts:
                _pauses_in(part, found)
        case p.Opposite(operand=part) | p.Present(operand=part) | p.IsIn(operand=part):
            _pauses_in(part, found)
        case p.Choose(arms=arms, otherwise=otherwise):
            for _, part in arms:
                _pauses_in(part, found)
            if otherwise is not None:
                _pauses_in(otherwise, found)
        case _:
            pass


def _seen(stream: _Loaded) -> InputSeen:
    accounting = stream.accounting
    used = stream.used + stream.duplicates
    places = {r.reason: r.place.place for r in reversed(accounting.examples)}
    return InputSeen(
        stream=stream.plan.name,
        rows=accounting.rows,
        used=used,
        outside=accounting.accepted - used,
        rejected=accounting.rejected,
        duplicates=stream.duplicates,
        digest=accounting.digest,
        rejects=tuple(
            (reason, count, places.get(reason, ""))
            for reason, count in sorted(accounting.reasons.items())
        ),
    )
