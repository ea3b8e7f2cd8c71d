"""What reading one stream came to: rows, rejects with their reasons, the content's digest."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TextIO

from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.digest import Digest
from sladsl.streams.model import Batch, StreamSpec, Vocabulary

__all__ = ["Accounting", "Reject", "rejects_writer", "too_many"]

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


@dataclass(slots=True)
class Accounting:
    """Counts of one stream, filled while it is read.

    `rows` are all that were read, `rejected` those of them that can't be used; `reasons`
    counts these by the first thing wrong with each. `on_reject` is called for every one.
    `digest` is complete once the last batch was taken, empty where `with_digest` is off.
    Reading gives up (`Refused`) at more than `give_up_after` rejects: where none is allowed,
    a hundred million more say nothing new.
    """

    stream: str = ""
    on_reject: Callable[[Reject], None] | None = None
    with_digest: bool = True
    give_up_after: int | None = None
    rows: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    examples: list[Reject] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    _digest: Digest | None = None

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
        self._digest = Digest(spec, vocabulary) if self.with_digest else None

    def take(self, batch: Batch) -> None:
        """Takes accepted rows into the digest."""
        if self._digest is not None:
            self._digest.add(batch)

    def wants(self) -> bool:
        """Whether the next reject is to be described, not only counted."""
        return self.on_reject is not None or len(self.examples) < EXAMPLES

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
        if len(self.examples) < EXAMPLES:
            self.examples.append(reject)
        if self.on_reject is not None:
            self.on_reject(reject)


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
