"""The streams of a run: opened, held in memory while they are small, read again where not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from threading import Lock
from typing import BinaryIO, TypeAlias, TypeVar

from sladsl.diagnostics import Refused
from sladsl.folds.block import bounds_of
from sladsl.plan import model as p
from sladsl.records import Record
from sladsl.runners.threads import in_threads
from sladsl.streams.accounting import Accounting, Reject, too_many
from sladsl.streams.model import Batch, FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import Unit, read, units
from sladsl.streams.sources import SourceSpec
from sladsl.verdicts.result import InputSeen

__all__ = ["Input", "Settings", "Skip", "stream_spec"]

Result = TypeVar("Result")
#: Whether the times between two (ns) needn't be read.
Skip: TypeAlias = Callable[[int, int], bool]

_FAR_TOO_MANY = 100_000  # unusable rows, where none is allowed: read no further


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


def _quiet(rows: int) -> None:
    """Nobody wants to know how far reading is."""


#: how many times the bytes of a file its rows may take in memory
_DECODED = 4


class Settings(Record):
    """How the streams of a run are read. `tick` is called with the rows of each batch.

    A stream that takes no more than `held` bytes in memory is held rather than read again and
    again.
    """

    max_rejected: int | str | None = None
    on_reject: Callable[[Reject], None] | None = None
    with_digest: bool = True
    stretch: tuple[int, int] | None = None
    stdin: BinaryIO | None = None
    threads: int = 1
    held: int = 0
    tick: Callable[[int], None] = _quiet
    units: Callable[..., Sequence[Unit]] = units


class Input:
    """One stream of a run: its parts, what is held of them, and the account of its rows.

    `wanted` are the fields that decide anything; for a digest of the content all are read.
    """

    def __init__(
        self,
        plan: p.StreamPlan,
        source: SourceSpec,
        vocabulary: Vocabulary,
        wanted: Iterable[str],
        settings: Settings,
    ) -> None:
        self.plan = plan
        self.spec = stream_spec(plan)
        self.source = source
        self.vocabulary = vocabulary
        self.wanted = set(wanted) & {f.name for f in self.spec.fields}
        self.settings = settings
        limit = settings.max_rejected
        self.allowed = limit if limit is not None else source.max_rejected
        #: rows that repeat others, and rows within the term
        self.duplicates = 0
        self.used = 0
        #: the newest event (ns) of the rows that were read
        self.newest: int | None = None
        self._held: list[list[Batch]] | None = None
        self._accounted = False
        self._skipping = self._all_times = self._large = False
        self._open()

    def _open(self) -> None:
        free = self.allowed is not None or self.settings.on_reject is not None
        stretch = self.settings.stretch
        self.accounting = Accounting(
            stream=self.plan.name,
            on_reject=self.settings.on_reject,
            with_digest=self.settings.with_digest,
            within=None if stretch is None else (self.plan.event, *stretch),
            give_up_after=None if free else _FAR_TOO_MANY,
        )
        self.units: Sequence[Unit] = self.settings.units(
            self.source, self.spec, self.vocabulary, self.accounting, stdin=self.settings.stdin
        )

    @property
    def again(self) -> bool:
        """Whether the rows can be had a second time."""
        return self._held is not None or all(unit.again for unit in self.units)

    @property
    def rows(self) -> int | None:
        """How many rows there are, if the files say it."""
        counts = [unit.rows for unit in self.units]
        return None if None in counts else sum(count for count in counts if count is not None)

    def promised(self) -> int | None:
        """The newest event as the files themselves say it, None where they don't."""
        if self.settings.on_reject is not None:  # who is told of each reject is told once
            return None
        event = self.plan.event
        found = [unit.bounds(event) for unit in self.units if unit.rows != 0]
        highs = [bounds[1] for bounds in found if bounds is not None]
        return max(highs) if highs and len(highs) == len(found) else None

    def larger_than(self, size: int) -> bool:
        """Whether the files take more than `size` bytes; packed ones count four times."""
        total = 0
        for path in {unit.file.path for unit in self.units}:
            packed = path.endswith((".gz", ".zst"))
            with suppress(OSError):
                total += os.stat(path).st_size * (4 if packed else 1)
        return total > size

    @property
    def guessed(self) -> bool:
        """Whether the newest event is what a file says, perhaps of a row that can't be used."""
        return self._skipping and self.accounting.rejected > 0

    def reopen(self) -> None:
        """Forget what was read, and begin anew; all times are read from now on."""
        self._all_times = True
        self._skipping = False
        self.newest = None
        self._held = None
        self._accounted = False
        self.used = self.duplicates = 0
        self._open()

    # ---- reading ----

    def hold(self, budget: int | None) -> None:
        """Read everything into memory, if it takes no more than `budget` bytes (None: any).

        Beyond that only the newest event is found, and the rows are read again when they are due.
        Raises `Refused`.
        """
        if self._held is not None:
            return
        room = _Room(budget)

        def read(unit: Unit) -> list[Batch]:
            return [batch for batch in self._batches(unit, None) if room.takes(batch)]

        found = self._each_unit(read)
        self._held = None if room.full else found

    def _hold_small(self) -> None:
        """Hold what is small, or what is read again (and so perhaps once more) and isn't large."""
        most = self.settings.held // (1 if self._accounted else 16)
        if not self._large and not self.larger_than(most // _DECODED):
            self.hold(most)
            self._large = self._held is None
        elif self._accounted:
            self._large = True

    def _each_unit(self, work: Callable[[Unit], Result]) -> list[Result]:
        """Work on every part; rows are accounted for when they are read for the first time."""
        try:
            found = in_threads(work, self.units, self.settings.threads)
            self._account()
        except Refused:
            if not self._accounted and self.again:
                self._tell()
            raise
        return found

    def _tell(self) -> None:
        """Read from the start to the end, for the finding that comes first. Raises `Refused`."""
        accounting = Accounting(self.plan.name, None, False, self.accounting.give_up_after)
        for _ in read(self.source, self.spec, self.vocabulary, accounting):
            pass
        finding = too_many(accounting, self.allowed)
        if finding is not None:
            raise Refused(finding)

    def _batches(self, unit: Unit, skipped: str | None) -> Iterator[Batch]:
        wanted = None
        if not self.settings.with_digest or self._accounted:
            wanted = self.wanted - {skipped} if skipped else self.wanted
        for batch in unit.batches(wanted):
            high = bounds_of(batch, self.plan.event)[1]
            if self.newest is None or high > self.newest:
                self.newest = high
            self.settings.tick(batch.length)
            yield batch

    def _account(self) -> None:
        """All parts were read: put their accounts together, once. Raises `Refused`."""
        if self._accounted:
            return
        for unit in self.units:
            self.accounting.merge(unit.accounting)
        self._accounted = True
        self.judge_rejects()

    def judge_rejects(self) -> None:
        """Raises `Refused` where more rows can't be used than are allowed."""
        finding = too_many(self.accounting, self.allowed)
        if finding is not None:
            raise Refused(finding)

    def held(self) -> list[Batch]:
        """All rows; they are held from now on. Raises `Refused`."""
        self.hold(None)
        assert self._held is not None
        return [batch for batches in self._held for batch in batches]

    def parts(self, work: Callable[[Iterator[Batch]], Result], skip: Skip | None) -> list[Result]:
        """Work on the rows in parts, several at a time, each part's rows in order.

        `skip` says of bounds of the event's times whether the times are needed. Raises `Refused`.
        """
        chunks = self._chunks()
        self._hold_small()
        held = self._held

        def rows(chunk: Sequence[int]) -> Iterator[Batch]:
            for at in chunk:
                if held is not None:
                    yield from held[at]
                else:
                    yield from self._batches(self.units[at], self._skipped(at, skip))

        def one(chunk: Sequence[int]) -> Result:
            return work(rows(chunk))

        if held is not None:
            return in_threads(one, chunks, self.settings.threads)
        try:
            found = in_threads(one, chunks, self.settings.threads)
            self._account()
        except Refused:
            if not self._accounted and self.again:
                self._tell()
            raise
        return found

    def _skipped(self, at: int, skip: Skip | None) -> str | None:
        """The event's field, where times needn't be read and no row of the part is rejected."""
        unit, event = self.units[at], self.plan.event
        bounds = None if skip is None else unit.bounds(event)
        if skip is None or bounds is None or self._all_times or not skip(*bounds):
            return None
        if self.settings.on_reject is not None:  # who is told of each reject is told once
            return None
        if event in unit.needs(self.wanted - {event}):
            return None
        self._skipping = True
        return event

    def _chunks(self) -> list[Sequence[int]]:
        """Neighbouring units, a few for each thread: what comes first in time stays together."""
        count = len(self.units)
        if self.settings.threads <= 1 or count <= 1:
            return [range(count)]
        many = min(count, 4 * self.settings.threads)
        edges = [count * i // many for i in range(many + 1)]
        return [range(low, high) for low, high in pairwise(edges)]

    # ---- the account ----

    def number(self, file: int, row: int) -> tuple[str, int]:
        """Path and number of a row, from its position in a batch."""
        path = sorted(self.accounting.files, key=os.fsencode)[file]
        return path, self.accounting.number(path, row)

    def seen(self) -> InputSeen:
        """What was read, for the evidence."""
        accounting = self.accounting
        used = self.used + self.duplicates
        places = {r.reason: r.place.place for r in reversed(accounting.examples)}
        return InputSeen(
            stream=self.plan.name,
            rows=accounting.rows,
            used=used,
            outside=accounting.accepted - used,
            rejected=accounting.rejected,
            duplicates=self.duplicates,
            digest=accounting.digest,
            rejects=tuple(
                (reason, count, places.get(reason, ""))
                for reason, count in sorted(accounting.reasons.items())
            ),
        )


class _Room:
    """How much more may be held; several threads ask."""

    def __init__(self, budget: int | None) -> None:
        self._left = budget
        self._lock = Lock()
        self.full = False

    def takes(self, batch: Batch) -> bool:
        """Whether there is room for a batch, and still for all before it."""
        if self._left is None:
            return True
        if self.full:
            return False
        with self._lock:
            self._left -= sum(column.raw.nbytes for column in batch.columns.values())
            self.full = self._left < 0
        return not self.full
