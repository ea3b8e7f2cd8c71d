"""Runs a plan on this machine: reads the streams, makes the derived ones, folds the rows.

Small inputs are held in memory. What is larger is read while it is folded, in parts and in
several threads, and read again where something turns out to be known only at the end: the newest
event, or values of a percentile that were let go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO

from sladsl.calendar.names import LATEST
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.folds import findings
from sladsl.folds.excuses import Occasions, excuse_spans
from sladsl.folds.figures import Figures
from sladsl.folds.fold import Folds, streams_of
from sladsl.folds.late import Closing, Views, different
from sladsl.folds.listings import Listed
from sladsl.folds.model import OutOfOrder
from sladsl.folds.pauses import Spans
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.passes import passes, wanted_fields
from sladsl.plan.trails import trails
from sladsl.plan.uses import excuses, late_streams, listings, listings_of, measured, relations
from sladsl.plan.uses import sources as sources_of
from sladsl.records import Record
from sladsl.runners.due import context
from sladsl.runners.inputs import Input, Settings, stream_spec
from sladsl.runners.known import Known, base_of
from sladsl.runners.tables import empty_folds, empty_views, within_limits
from sladsl.runners.threads import available
from sladsl.source import Place
from sladsl.streams.accounting import Reject
from sladsl.streams.databases import no_order, ordered
from sladsl.streams.model import Vocabulary
from sladsl.streams.read import units
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.result import InputSeen

__all__ = ["Run", "run", "stream_spec", "within_limits"]

HELD = 64 << 20  # bytes of a stream that are held rather than read a second time
_NEVER = -(1 << 62)
_LATER = LATEST - 86400 * 10**9


class Run(Record):
    """The folded states of one run, what was known when, and what was read."""

    folds: Figures | Views
    as_of: int
    as_of_given: bool
    inputs: tuple[InputSeen, ...]
    #: the rows that the plan lists
    listed: Mapping[p.Listing, Listed]
    #: path and number (from 0) of a row, from the stream and the row's position
    place: Callable[[str, tuple[int, int]], tuple[str, int]]
    #: by stream, how many rows were left out because they were recorded too late
    late: Mapping[str, int]
    #: what started the deadlines that excuse, where no rows do
    occasions: Occasions = MappingProxyType({})


def run(
    plan: p.Plan,
    sources: Mapping[str, SourceSpec],
    *,
    as_of: int | None = None,
    as_of_given: bool = True,
    max_rejected: int | str | None = None,
    max_groups: int = 100_000,
    on_reject: Callable[[Reject], None] | None = None,
    stdin: BinaryIO | None = None,
    threads: int | None = None,
    held: int = HELD,
    with_digest: bool = True,
    stretch: tuple[int, int] | None = None,
    tick: Callable[[int], None] | None = None,
    occasions: Callable[[int, bool], Occasions] | None = None,
) -> Run:
    """Read and fold everything that a plan asks for. Raises `Refused`.

    What it comes to is the same for any number of `threads` (None: one for each processor) and
    of bytes that a stream may be `held` in. `as_of_given` is whether somebody named `as_of`, and
    not another run found it out. `occasions` gives what starts the deadlines that excuse, where no
    rows do, by as-of, and whether it was named.
    """
    settings = Settings(
        max_rejected=max_rejected,
        on_reject=on_reject,
        with_digest=with_digest,
        stretch=stretch,
        stdin=stdin,
        threads=available() if threads is None else threads,
        held=held,
        units=units,
    )
    if tick is not None:
        settings = settings.but(tick=tick)
    inputs = _opened(plan, sources, settings)
    with within_limits(plan):
        runner = _Runner(plan, inputs, as_of, max_groups, settings, named=as_of_given)
        runner.early = occasions
        return runner.run()


def _opened(
    plan: p.Plan, sources: Mapping[str, SourceSpec], settings: Settings
) -> dict[str, Input]:
    missing = [s.name for s in plan.streams if s.name not in sources]
    if missing:
        raise Refused(*(_no_source(name) for name in missing))
    vocabulary = Vocabulary()
    found: dict[str, Input] = {}
    refused: list[Diagnostic] = []
    for stream in plan.streams:
        wanted = wanted_fields(plan, stream.name)
        try:
            source = sources[stream.name]
            refused += _unordered(plan, stream, source)
            found[stream.name] = Input(stream, source, vocabulary, wanted, settings)
        except Refused as error:
            refused += error.diagnostics
    if refused:
        raise Refused(*refused)
    return found


def _unordered(plan: p.Plan, stream: p.StreamPlan, source: SourceSpec) -> tuple[Diagnostic, ...]:
    """A finding where rows of one time are ordered by their place, and a database gives none."""
    if stream.sequence is not None or source.database is None or ordered(source.database):
        return ()
    made = [d.name for d in plan.derived if d.base == stream.name]
    return (no_order(stream.name, made, source.path, source.place),) if made else ()


def _no_source(stream: str) -> Diagnostic:
    return Diagnostic(
        "SLA606",
        f"there are no measurements for stream `{stream}`",
        Label(Place("--data")),
        help=f"say `--data {stream}=PATH` or `--data DIR`, or name it in sladsl.toml",
    )


class _Runner:
    """One run: finds as-of, folds, and folds again where that wasn't enough."""

    def __init__(
        self,
        plan: p.Plan,
        inputs: dict[str, Input],
        as_of: int | None,
        max_groups: int,
        settings: Settings,
        *,
        named: bool,
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.given = as_of
        self.named = named and as_of is not None
        self.max_groups = max_groups
        self.budget = settings.held
        self.threads = settings.threads
        self.passes = passes(plan)
        self.judged = _judged(plan)
        self.listed: Mapping[p.Listing, Listed] = {}
        self.late: Mapping[str, int] = {}
        #: what starts the deadlines that excuse, where no rows do: how it is found out, and it
        self.early: Callable[[int, bool], Occasions] | None = None
        self.occasions: Occasions = MappingProxyType({})
        #: the streams whose rows were counted
        self._told: set[str] = set()
        #: whether judged rows are folded before it is known which one is the newest
        self.provisional = as_of is None and self._can_wait()

    def run(self) -> Run:
        """All states. Raises `Refused`."""
        self._hold_beforehand()
        as_of = self._as_of()
        ordered = True
        while True:
            try:
                folds = self._folded(as_of, ordered=ordered)
            except OutOfOrder:
                ordered = False
                continue
            if self.given is not None or self._is_so(as_of):
                break
            # a row that can't be used is newer than all others: that isn't what is known
            self._told.clear()
            for one in self.inputs.values():
                one.reopen()
                one.hold(0)
            as_of = self._as_of()
        inputs = tuple(one.seen() for _, one in sorted(self.inputs.items()))
        return Run(
            folds, folds.rows.as_of, self.named, inputs, self.listed, self._place, self.late,
            self.occasions,
        )  # fmt: skip

    def _place(self, stream: str, position: tuple[int, int]) -> tuple[str, int]:
        return self.inputs[base_of(self.plan, stream)].number(*position)

    # ---- what is known ----

    def _is_so(self, as_of: int) -> bool:
        """Whether the rows bear out what the files said of the newest event."""
        if any(self.inputs[name].guessed for name in self.judged):
            return False
        return self.provisional or self._newest_judged() == as_of

    def _hold_beforehand(self) -> None:
        """Hold what can be read only once, and look for the newest event. Raises `Refused`."""
        refused: list[Diagnostic] = []
        for one in self.passes:
            if one.stream not in self.inputs:
                continue
            stream = self.inputs[one.stream]
            try:
                if not stream.again:
                    stream.hold(None)
                elif self._newest_is_wanted(stream):
                    stream.hold(self.budget)
            except Refused as error:
                refused += error.diagnostics
        if refused:
            raise Refused(*refused)

    def _newest_is_wanted(self, stream: Input) -> bool:
        """Whether its rows have to be looked at before as-of is known."""
        if self.given is not None or self.provisional or stream.plan.name not in self.judged:
            return False
        return stream.promised() is None

    def _can_wait(self) -> bool:
        """Whether the rows that as-of follows from come to the same whatever it is.

        Then what is large needn't be read twice.
        """
        plain = all(
            not (one.whole or one.as_of_matters or one.after)
            for one in self.passes
            if one.stream in self.judged
        )
        if (
            not plain
            or any(late_streams(self.plan).values())
            or self.plan.term[1] is None
            or self.plan.calendars
            or listings(self.plan)
        ):
            return False
        judged = [self.inputs[name] for name in self.judged]
        return any(one.promised() is None and one.larger_than(self.budget) for one in judged)

    def _as_of(self) -> int:
        """The moment of knowledge: as it was given, or the newest event of what is judged."""
        if self.given is not None:
            return self.given
        if self.provisional:
            return _LATER
        times = [self.inputs[name] for name in self.judged]
        found = max((_newest_of(one) for one in times), default=_NEVER)
        if found == _NEVER:
            raise Refused(findings.nothing_known(self.plan.agreement))
        return found

    def _newest_judged(self) -> int:
        """The newest event that was read of the streams that are judged by."""
        times = [self.inputs[name].newest for name in self.judged]
        return max((time for time in times if time is not None), default=_NEVER)

    def _reach(self, as_of: int) -> dict[str, int]:
        """How far missing data may count, by stream."""
        found = {}
        for source in sources_of(self.plan):
            newest = self.inputs[base_of(self.plan, source.name)].newest
            found[source.name] = as_of if self.named or newest is None else newest
        return found

    # ---- folding ----

    def _folded(self, as_of: int, *, ordered: bool) -> Figures | Views:
        """All streams folded, each after those that it depends on."""
        once = not all(one.again for one in self.inputs.values())
        some = next(iter(self.inputs.values()), None)
        vocabulary = Vocabulary() if some is None else some.vocabulary  # None: nothing is judged
        until: dict[str, int] = {}
        if self.early is not None:
            self.occasions = self.early(as_of, self.named)
        ends = self._trails(vocabulary, as_of)
        folds = empty_folds(
            self.plan, vocabulary, as_of, until, self.max_groups, ordered=ordered, once=once,
            listed=ends,
        )  # fmt: skip
        apart = bool(self.plan.requirements) and any(late_streams(self.plan).values())
        known = self._known(folds, None, ends)
        prepared = not apart or bool(listings(self.plan))
        if prepared:
            known.prepare(self.passes)
        self.listed = known.listed
        found: Mapping[str, Spans] = {}
        if excuses(self.plan):  # by what is known of all rows, however late
            found = excuse_spans(
                self.plan, context(self.plan, folds.rows, self.listed), self.occasions
            )
            folds.rows.pauses.update(found)
        if not apart:
            return Figures(self._fold(known, folds, as_of, until))
        views = empty_views(
            self.plan, vocabulary, as_of, until, self.max_groups, ordered=ordered, once=once,
            listed=ends,
        )  # fmt: skip
        late: dict[str, list[Ints]] = {}
        for view in views:
            own = self._known(view.folds, view.closing)
            if prepared:
                own.take(known)
            own.prepare(self.passes)
            view.folds.rows.pauses.update(found)
            self._fold(own, view.folds, as_of, until)
            for name, places in own.late.items():
                late.setdefault(name, []).extend(places)
        self.late = {name: different(places) for name, places in late.items()}
        return Views(views, folds.rows)

    def _trails(self, vocabulary: Vocabulary, as_of: int) -> Mapping[p.Listing, Listed]:
        """The rows at which trailing periods end, which are known before there are any."""
        found = trails(self.plan)
        if found is None:
            return {}
        lists, order = found
        folds = empty_folds(
            lists, vocabulary, as_of, {}, self.max_groups, ordered=True, once=True, listed={}
        )
        known = self._known(folds, None)
        known.prepare(order)
        return known.listed

    def _known(
        self,
        folds: Folds,
        closing: Closing | None,
        listed: Mapping[p.Listing, Listed] = MappingProxyType({}),
    ) -> Known:
        return Known(
            folds.plan, self.inputs, folds, self._told,
            given=self.named, parts=4 * self.threads, closing=closing, listed=listed,
        )  # fmt: skip

    def _fold(self, known: Known, folds: Folds, as_of: int, until: dict[str, int]) -> Folds:
        """All streams folded into states, each after those that it depends on."""
        for name in self._in_order():
            if self.provisional and name not in self.judged:
                folds.rows.as_of = self._newest_judged()
            known.fold(name, folds)
        if self.provisional:
            as_of = folds.rows.as_of = self._newest_judged()
            if as_of == _NEVER:
                raise Refused(findings.nothing_known(self.plan.agreement))
        again = folds.again()
        while again is not None:
            for name in self._in_order():
                known.fold(name, again)
            folds.refine(again)
            again = folds.again()
        until.update(self._reach(as_of))
        for state in folds.outages():
            for clash in state.conflicts():
                places = clash.file, clash.row, clash.other_file, clash.other_row
                raise known.conflict(state.plan.stream, "of one group and time", places)
        return folds

    def _in_order(self) -> Sequence[str]:
        """The streams, those that as-of follows from first where it isn't known yet."""
        names = [source.name for source in sources_of(self.plan)]
        return sorted(names, key=lambda name: self.provisional and name not in self.judged)


def _newest_of(one: Input) -> int:
    """The newest event of a stream, as it was read or as the files say it."""
    found = one.promised() if one.newest is None else one.newest
    return _NEVER if found is None else found


def _judged(plan: p.Plan) -> tuple[str, ...]:
    """The streams whose newest event as-of is, where none is named.

    Never a span's: the end of announced maintenance says nothing of what is known.
    """
    spans = {s.name for s in plan.streams if s.span is not None}
    spans |= {d.name for d in plan.derived if d.how == "spans"}
    found: set[str] = set()
    for requirement in measured(plan):
        found |= streams_of(plan, requirement.formula)
    found |= {related.stream for related in relations(plan)}
    if not plan.requirements:  # only deadlines are judged: what starts and answers them
        found |= {rows.stream for d in plan.deadlines for rows in listings_of(d)}
    return tuple(sorted({base_of(plan, name) for name in found - spans}))
