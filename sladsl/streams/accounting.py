"""What reading one stream came to: rows, rejects with their reasons, the content's digest."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, TextIO

from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.model import Batch, StreamSpec, Vocabulary

if TYPE_CHECKING:
    from sladsl.streams.digest import Digest

__all__ = ["Accounting", "Reject", "Stretch", "rejects_writer", "too_many"]

EXAMPLES = 100
_SHOWN = 60


def shortened(text: str, length: int = _SHOWN) -> str:
    """A text in at most `length` characters, its middle left out."""
    if len(text) <= length:
        return text
    return f"{text[: length // 2]}...{text[-(length // 2 - 3) :]}"


class Reject(Record):
    """A row that can't be used. `line` is the physical line of its file, counted from 1.

    `line` is None where it isn't known (Parquet, Arrow, standard input with quoted line
    ends); `row` counts the file's data rows from 0. `text` is what the file says, shortened.
    """

    path: str
    line: int | None
    row: int
    reason: str
    text: str
    help: str = ""

    @property
    def place(self) -> Place:
        """Where the row is."""
        return Place(self.path, self.line)


class Stretch:
    """The rows of one file that a part of a reading covers.

    `start` is the number that its first row is given; `known` whether that is the row's number
    in the file, else it is only larger than those of the rows before. `covered` counts the
    numbers given out. `line` finds the physical line of a row by its number in the file.
    """

    __slots__ = ("covered", "known", "line", "path", "start")

    def __init__(self, path: str, line: Callable[[int], int | None]) -> None:
        self.path = path
        self.line = line
        self.start = 0
        self.known = True
        self.covered = 0


class Accounting:
    """Counts of one stream, filled while it is read.

    `rows` are all that were read, `rejected` those of them that can't be used; `reasons`
    counts these by the first thing wrong with each. `on_reject` is called for every one.
    `digest` is complete once the last batch was taken, empty where `with_digest` is off; it is
    of the rows with a time in [start, end) of a field, where `within` names these.
    Reading gives up (`Refused`) at more than `give_up_after` rejects: where none is allowed,
    a hundred million more say nothing new.

    Parts of a stream that are read by themselves have accounts of their own, with a `stretch`
    each; `merge` takes them in, in the order of the parts.
    """

    __slots__ = (
        "_before",
        "_digest",
        "_shifts",
        "examples",
        "files",
        "give_up_after",
        "kept",
        "on_reject",
        "reasons",
        "rejected",
        "rows",
        "stream",
        "stretch",
        "with_digest",
        "within",
    )

    def __init__(
        self,
        stream: str = "",
        on_reject: Callable[[Reject], None] | None = None,
        with_digest: bool = True,
        give_up_after: int | None = None,
        within: tuple[str, int, int] | None = None,
    ) -> None:
        self.stream = stream
        self.on_reject = on_reject
        self.with_digest = with_digest
        self.within = within
        self.give_up_after = give_up_after
        self.rows = 0
        self.rejected = 0
        self.reasons: dict[str, int] = {}
        self.examples: list[Reject] = []
        self.files: list[str] = []
        #: how many examples are kept (None: all)
        self.kept: int | None = EXAMPLES
        self.stretch: Stretch | None = None
        self._digest: Digest | None = None
        self._before: dict[str, int] = {}
        self._shifts: dict[str, list[tuple[int, int]]] = {}

    @property
    def accepted(self) -> int:
        """Rows that were handed on."""
        return self.rows - self.rejected

    @property
    def digest(self) -> str:
        """The content's digest so far, `sha256:...`; what it covers is in `Digest`."""
        return "" if self._digest is None else str(self._digest)

    def begin(self, spec: StreamSpec, vocabulary: Vocabulary) -> None:
        """Makes ready for the rows of a stream."""
        self.stream = spec.name
        if self.with_digest:
            from sladsl.streams.digest import Digest  # its hashes take time to load

            self._digest = Digest(spec, vocabulary)

    def take(self, batch: Batch) -> None:
        """Takes accepted rows into the digest."""
        if self._digest is None:
            return
        if self.within is not None:
            field, start, end = self.within
            column = batch.columns[field]
            inside = (column.values >= start) & (column.values < end)
            if column.valid is not None:
                inside &= column.valid
            batch = batch.take(inside.nonzero()[0])
        self._digest.add(batch)

    def wants(self) -> bool:
        """Whether the next reject is to be described, not only counted."""
        return self.on_reject is not None or self.kept is None or len(self.examples) < self.kept

    def reject(self, reason: str, count: int = 1) -> None:
        """Counts rejected rows."""
        self.rejected += count
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    def check(self) -> None:
        """Gives up where far too many rows can't be used. Raises `Refused`."""
        if self.give_up_after is not None and self.rejected > self.give_up_after:
            finding = too_many(self, None)
            if finding is not None:
                raise Refused(finding)

    def describe(self, reject: Reject) -> None:
        """Keeps a counted reject as an example and hands it to `on_reject`."""
        if self.kept is None or len(self.examples) < self.kept:
            self.examples.append(reject)
        if self.on_reject is not None:
            self.on_reject(reject)

    def part(self, stretch: Stretch) -> Accounting:
        """An empty account for a part of the stream; it calls nobody and gives up as this one."""
        found = Accounting(self.stream, None, self.with_digest, self.give_up_after, self.within)
        found.stretch = stretch
        found.kept = EXAMPLES if self.on_reject is None else None
        return found

    def merge(self, part: Accounting) -> None:
        """Takes in the account of the next part, as if its rows had been read here.

        Rows that were numbered by their place in the part get their numbers in the file.
        Raises `Refused` as `check` does.
        """
        stretch = part.stretch
        assert stretch is not None
        path = stretch.path
        if not self.files or self.files[-1] != path:
            self.files.append(path)
        before = self._before.get(path, 0)
        shift = 0 if stretch.known else before - stretch.start
        self._before[path] = before + stretch.covered
        if not stretch.known and stretch.covered:
            self._shifts.setdefault(path, []).append((stretch.start, shift))
        self.rows += part.rows
        for reason, count in part.reasons.items():
            self.reject(reason, count)
        for reject in part.examples:
            if not self.wants():
                break
            if stretch.known:
                self.describe(reject)
            else:
                row = reject.row + shift
                self.describe(reject.but(row=row, line=stretch.line(row)))
        if self._digest is not None and part._digest is not None:
            self._digest.merge(part._digest)
        self.check()

    def number(self, path: str, position: int) -> int:
        """The number in its file of a row that has this position in a batch (`Batch.row`)."""
        shift = 0
        for start, found in self._shifts.get(path, ()):
            if start <= position:
                shift = found
        return position + shift


def too_many(accounting: Accounting, allowed: int | str | None) -> Diagnostic | None:
    """The finding for more rejects than allowed (`SourceSpec.max_rejected`), else None."""
    limit = Fraction(0)
    if isinstance(allowed, str):
        limit = Fraction(allowed.rstrip("% ")) / 100 * accounting.rows
    elif allowed is not None:
        limit = Fraction(allowed)
    if accounting.rejected <= limit:
        return None
    counts = sorted(accounting.reasons.items(), key=lambda item: (-item[1], item[0]))
    first = accounting.examples[0] if accounting.examples else None
    where = first.place if first else Place(accounting.stream)
    shown = f"{first.reason}: `{first.text}`" if first else ""
    related = tuple(Label(e.place, f"{e.reason}: `{e.text}`") for e in accounting.examples[1:5])
    noun = "row" if accounting.rejected == 1 else "rows"
    message = (
        f"{accounting.rejected} {noun} of {accounting.rows} of stream `{accounting.stream}` "
        f"can't be used: " + "; ".join(f"{reason} ({count})" for reason, count in counts[:5])
    )
    allow = "allow some with `--max-rejected`, or `max_rejected` in sladsl.toml"
    help = (first.help if first else "") or allow
    return Diagnostic(f.REJECTED, message, Label(where, shown), related, help)


def rejects_writer(out: TextIO) -> Callable[[Reject], None]:
    """An `on_reject` that writes CSV (path, line, row, reason, text) to `out` (newline="").

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    import csv

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("path", "line", "row", "reason", "text"))

    def write(reject: Reject) -> None:
        cells = (reject.path, reject.line, reject.row, reject.reason, reject.text)
        writer.writerow(["" if c is None else _escaped(c) for c in cells])

    return write


def _escaped(cell: str | int) -> str | int:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return f"'{cell}"
    return cell
