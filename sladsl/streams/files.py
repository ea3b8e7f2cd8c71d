"""The files that a source names, in order, and their bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from sladsl.diagnostics import Refused
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.findings import finding
from sladsl.streams.roots import inside
from sladsl.streams.sources import STDIN, Format, SourceSpec, format_of

__all__ = [
    "BROKEN",
    "DataFile",
    "Opener",
    "Prefixed",
    "Readable",
    "arrow_file",
    "damaged",
    "data_files",
]

_PACKED = {"gz": "gzip", "zst": "zstd"}

#: What Arrow raises over bytes that aren't what they should be.
BROKEN: tuple[type[BaseException], ...] = (
    pa.lib.ArrowException,
    OSError,
    EOFError,
    MemoryError,
    ValueError,
    OverflowError,
)


class Readable(Protocol):
    """Bytes, read from the start to the end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


class DataFile(Record):
    """One file of a stream. `rank` is its place among the stream's files, bytewise by path."""

    path: str
    rank: int
    format: Format
    packing: str | None

    @property
    def place(self) -> Place:
        """The whole file."""
        return Place(self.path)


class Opener:
    """Opens a file's bytes, unpacked as they are read, as often as it is called.

    Raises `Refused` where there is no such file or it can't be opened. `close` closes all.
    """

    def __init__(self, file: DataFile, given: Readable | None = None) -> None:
        self._file = file
        self._given = given
        self._raw: list[BinaryIO] = []

    def __call__(self) -> Readable:
        """The bytes from the start (standard input: from where it is)."""
        if self._given is not None:
            return self._given
        file = self._file
        try:
            self._raw.append(open(file.path, "rb"))  # noqa: SIM115 - closed by `close`
            return _unpacked(self._raw[-1], file.packing)
        except FileNotFoundError:
            raise Refused(finding(f.NO_FILE, f"no file `{file.path}`", file.place)) from None
        except BROKEN as error:
            why = getattr(error, "strerror", None) or "it can't be opened"
            raise Refused(finding(f.UNREADABLE, f"can't be read: {why}", file.place)) from None

    def fresh(self) -> Opener:
        """The same without what was opened: closing one leaves the other's bytes open."""
        return Opener(self._file, self._given)

    @property
    def again(self) -> bool:
        """Whether the bytes can be read more than once."""
        return self._given is None and os.path.isfile(self._file.path)

    def close(self) -> None:
        """Closes what was opened; what was given stays open."""
        while self._raw:
            self._raw.pop().close()


class Prefixed:
    """Bytes that were looked at already, and then the rest."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        if not self._head:
            return self._rest.read(size)
        size = len(self._head) if size < 0 else size
        part, self._head = self._head[:size], self._head[size:]
        return part


def data_files(source: SourceSpec, stdin: BinaryIO | None = None) -> list[tuple[DataFile, Opener]]:
    """The files of a source, sorted bytewise by path, each with what opens its bytes.

    Raises `Refused`: nothing there, a path that leads out, a format that can't be told.
    """
    if source.path == STDIN:
        return [_standard(source, stdin)]
    found: list[tuple[DataFile, Opener]] = []
    for rank, path in enumerate(sorted(_paths(source), key=os.fsencode)):
        if source.roots is not None:
            _guard(path, source)
        told, packing = format_of(path)
        form = source.format or told
        if form is None:
            help = 'name it: `format = "csv"` (or jsonl, parquet, arrow) in sladsl.toml'
            message = f"the format of `{path}` can't be told from its name"
            raise Refused(finding(f.UNKNOWN_FORMAT, message, source.place, help=help))
        file = DataFile(path, rank, form, packing)
        found.append((file, Opener(file)))
    return found


def _paths(source: SourceSpec) -> list[str]:
    path = source.path
    try:
        if os.path.isdir(path):
            found = list(_below(path, source, ()))
        elif not os.path.exists(path) and any(c in path for c in "*?["):
            from glob import glob

            found = [p for p in glob(path, recursive=True) if not os.path.isdir(p)]
        else:
            found = [path] if os.path.exists(path) else []
    except (OSError, ValueError) as error:
        raise Refused(finding(f.UNREADABLE, f"can't be read: {error}", Place(path))) from None
    if not found:
        where = os.path.abspath(path) if "\0" not in path else repr(path)
        message = f"no measurements for stream `{source.stream}` at `{path}`"
        help = f"looked for {where}"
        raise Refused(finding(f.NO_FILE, message, source.place, help=help))
    return found


def _below(folder: str, source: SourceSpec, above: tuple[str, ...]) -> Iterator[str]:
    """The part files of a folder and of its folders; names that begin with `.` or `_` aren't."""
    real = os.path.realpath(folder)
    if real in above:
        message = f"`{folder}` is a link to a folder that it lies in"
        raise Refused(finding(f.UNREADABLE, message, source.place))
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name[:1] in ("", ".", "_"):
            continue
        if os.path.isdir(path):
            yield from _below(path, source, (*above, real))
        elif _usable(source, name):
            yield path


def _usable(source: SourceSpec, name: str) -> bool:
    return source.format is not None or format_of(name)[0] is not None


def _guard(path: str, source: SourceSpec) -> None:
    roots = source.roots or ()
    if not inside(Path(path), roots):
        message = f"`{path}` leads out of {roots[-1] if roots else 'every folder'}"
        help = f"allow it by `--allow-path {os.path.dirname(os.path.realpath(path))}`"
        raise Refused(finding(f.LEADS_OUT, message, source.place, help=help))
    if not os.path.isfile(path):
        raise Refused(finding(f.UNREADABLE, f"`{path}` is not a plain file", source.place))


def _unpacked(raw: Any, packing: str | None) -> Readable:
    if packing is None:
        found: Readable = raw
        return found
    packed: Readable = pa.CompressedInputStream(pa.PythonFile(raw, "r"), _PACKED[packing])
    return packed


def _standard(source: SourceSpec, stdin: BinaryIO | None) -> tuple[DataFile, Opener]:
    """Standard input: packing and, where the source names none, format by the first bytes."""
    raw: Any = sys.stdin.buffer if stdin is None else stdin
    head = raw.read(4)
    packing = {b"\x1f\x8b": "gz", b"\x28\xb5": "zst"}.get(head[:2])
    stream = _unpacked(_File(Prefixed(head, raw)) if packing else Prefixed(head, raw), packing)
    try:
        start = stream.read(64) if packing else head
    except BROKEN as error:
        raise damaged(DataFile("<stdin>", 0, "csv", packing), error) from None
    form: Format = source.format or _sniffed(start)
    rest = Prefixed(start, stream) if packing else stream
    file = DataFile("<stdin>", 0, form, packing)
    return file, Opener(file, rest)


def _sniffed(start: bytes) -> Format:
    if start[:1] == b"{":
        return "jsonl"
    if start[:4] == b"PAR1":
        return "parquet"
    return "arrow" if start[:4] in (b"\xff\xff\xff\xff", b"ARRO") else "csv"


class _File:
    """A `Readable` as Arrow wants one."""

    closed = False

    def __init__(self, stream: Readable) -> None:
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        return self._stream.read(size)

    def readable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Leaves the stream to its owner."""


def arrow_file(stream: Readable) -> Any:
    """An Arrow input file over a stream of bytes."""
    return pa.PythonFile(_File(stream), "r")


_WANTED = {
    "csv": "text in UTF-8 with a header",
    "jsonl": "a JSON object on each line",
    "parquet": "Parquet",
    "arrow": "an Arrow IPC file or stream",
}


def damaged(file: DataFile, error: BaseException) -> Refused:
    """The refusal of a file whose bytes aren't what its name says."""
    packed = f", packed by {_PACKED[file.packing]}" if file.packing else ""
    why = " ".join(str(error).split())[:160] or type(error).__name__
    message = f"the file is damaged, or not {_WANTED[file.format]}{packed}"
    help = "get it anew from where it was made"
    return Refused(finding(f.DAMAGED, message, file.place, why, help))
