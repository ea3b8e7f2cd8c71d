"""Where the streams are and how to read them, as values; what `--data` says about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sladsl.diagnostics import Diagnostic, Refused, nearest
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.databases import Database, database_of, is_sqlite_name, system_of
from sladsl.streams.findings import finding

__all__ = ["FieldSource", "Format", "Otherwise", "SourceSpec", "format_of", "parse_data"]

Format = Literal["csv", "jsonl", "parquet", "arrow"]
Otherwise = Literal["refuse", "as it is", "missing"]

FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet", "arrow")
PACKINGS: tuple[str, ...] = ("gz", "zst")

STDIN = "-"

_COMMAND_LINE = Place("--data")
_NOTHING: Mapping[str, Any] = {}


class FieldSource(Record):
    """From which columns a field is read, and how.

    Several columns are joined by one blank. `format` is a time format (strptime, or
    `epoch s|ms|us|ns`); `values` maps what the file says to what the policy says, and
    `otherwise` rules what isn't in it. None means: as the source or the stream has it.
    """

    columns: tuple[str, ...]
    format: str | None = None
    unit: str | None = None
    timezone: str | None = None
    missing: tuple[str, ...] | None = None
    values: Mapping[str, object] = _NOTHING
    otherwise: Otherwise = "refuse"
    place: Place | None = None


class SourceSpec(Record):
    """Where one stream is. `path` is a file, a folder of part files, a glob, or `-`.

    `format` None: by the name's ending. `roots` are the folders that the path mustn't leave
    (None: the path is the user's own, from the command line). `max_rejected` is a number of
    rows (int) or a share of the rows read (a decimal string such as `"1%"`), None for no row.
    `held` are Arrow record batches of one schema, if the rows are in memory; `path` then only
    says what they are called. Of a `database`, `path` is what may be shown.
    """

    stream: str
    path: str
    format: Format | None = None
    missing: tuple[str, ...] = ()
    time_format: str | None = None
    timezone: str | None = None
    ambiguous: Literal["earlier", "later"] | None = None
    delimiter: str = ","
    fields: Mapping[str, FieldSource] = _NOTHING
    max_rejected: int | str | None = None
    roots: tuple[Path, ...] | None = None
    place: Place = _COMMAND_LINE
    held: tuple[Any, ...] | None = None
    database: Database | None = None


def format_of(name: str) -> tuple[Format | None, str | None]:
    """The format and packing (`gz`, `zst`, None) that the ending of a file's name says."""
    parts = name.lower().rsplit("/", 1)[-1].split(".")
    packing = parts.pop() if len(parts) > 1 and parts[-1] in PACKINGS else None
    endings: dict[str, Format] = {n: n for n in FORMATS}
    endings |= {"ndjson": "jsonl", "feather": "arrow", "ipc": "arrow"}
    return (endings.get(parts[-1]) if len(parts) > 1 else None), packing


def _in_folder(folder: Path, stream: str) -> list[Path]:
    """The files of a folder that hold a stream: `STREAM.csv|jsonl|parquet|arrow[.gz|.zst]`."""
    endings = [e + p for e in FORMATS for p in ("", *(f".{q}" for q in PACKINGS))]
    return [p for e in endings if (p := folder / f"{stream}.{e}").exists()]


def _is_url(text: str) -> bool:
    scheme, mark, _ = text.partition("://")
    return bool(mark) and scheme.replace("+", "").isalnum()


def url_finding(text: str, where: Place) -> Diagnostic | None:
    """The finding for a URL where only a path may stand; None for a path."""
    if not _is_url(text):
        return None
    scheme = text.partition("://")[0]
    match system_of(text):
        case "sqlite":
            message = "a SQLite file is named by its path here"
            help = 'write `path = "desk.db"` and `table = "..."` or `query = "SELECT ..."`'
        case "postgresql":
            message = "a server is named on the command line only"
            help = "say `--data STREAM=postgresql://HOST/NAME?table=TABLE`"
        case _:
            message = "such URLs are not read"
            help = "write the rows to a file: csv, jsonl, parquet or arrow"
    return finding(f.NO_DATABASE, f"{message}: `{scheme}://...`", where, help=help)


def parse_data(
    args: Sequence[str],
    streams: Iterable[str],
    config: Mapping[str, SourceSpec] | None = None,
) -> dict[str, SourceSpec]:
    """The sources by stream that `--data` arguments name: `DIR`, `STREAM=PATH`, `STREAM=URL`.

    `STREAM=PATH` comes before a folder that holds the stream as well. A place given here
    replaces that of `config` and keeps its mapping of columns. `config` sources that no
    argument names are in the result as they are. Raises `Refused`.
    """
    known = tuple(streams)
    found: dict[str, SourceSpec] = dict(config or {})
    named: dict[str, str] = {}
    filed: dict[str, str] = {}
    wrong: list[Diagnostic] = []
    for arg in args:
        stream, mark, path = arg.partition("=")
        if mark and not _is_url(stream) and (stream in known or not Path(arg).is_dir()):
            wrong += _named(stream, path, known, named)
        else:
            wrong += _folder(arg, known, filed)
    for stream, path in {**filed, **named}.items():
        try:
            found[stream] = _moved(found.get(stream), stream, path)
        except Refused as error:
            wrong += error.diagnostics
    if wrong:
        raise Refused(*wrong)
    return found


def _moved(old: SourceSpec | None, stream: str, path: str) -> SourceSpec:
    database = _database(old, stream, path)
    path = path if database is None else database.shown
    place = Place(path)
    if old is None:
        return SourceSpec(stream, path, place=place, database=database)
    kept = None if format_of(path)[0] else old.format
    return old.but(path=path, format=kept, roots=None, place=place, database=database)


def _database(old: SourceSpec | None, stream: str, path: str) -> Database | None:
    """The database at a place on the command line, None for files. Raises `Refused`."""
    held = None if old is None else old.database
    if system_of(path) is not None:
        return database_of(path, stream, _COMMAND_LINE, held)
    if path == STDIN or format_of(path)[0] is not None:
        return None
    if held is not None and Path(path).is_file():
        return held.but(address=path, shown=path)
    return Database("sqlite", path, path, stream) if is_sqlite_name(path) else None


def _named(
    stream: str, path: str, known: tuple[str, ...], named: dict[str, str]
) -> list[Diagnostic]:
    where = _COMMAND_LINE
    if stream not in known:
        help = nearest(stream, known) or f"declared: {', '.join(known)}"
        return [finding(f.UNKNOWN_STREAM, f"unknown stream `{stream}`", where, help=help)]
    if not path:
        return [finding(f.DATA_ARGUMENT, f"no path after `{stream}=`", where)]
    url = None if system_of(path) else url_finding(path, where)
    if url is not None:
        return [url]
    if stream in named:
        return [_two(stream, named[stream], path)]
    named[stream] = path
    return []


def _folder(arg: str, known: tuple[str, ...], filed: dict[str, str]) -> list[Diagnostic]:
    system = system_of(arg)
    if system is not None:
        message = f"no stream is named for `{system}://...`"
        help = f"say for which stream it is: `--data STREAM={system}://...`"
        return [finding(f.DATA_ARGUMENT, message, _COMMAND_LINE, help=help)]
    url = url_finding(arg, _COMMAND_LINE)
    if url is not None:
        return [url]
    folder = Path(arg)
    if not folder.is_dir():
        if folder.exists():
            help = f"say for which stream it is: `--data STREAM={arg}`"
            return [finding(f.DATA_ARGUMENT, f"`{arg}` is a file", _COMMAND_LINE, help=help)]
        return [finding(f.NO_FILE, f"no folder `{arg}`", Place(str(folder.absolute())))]
    wrong: list[Diagnostic] = []
    any_found = False
    for stream in known:
        candidates = _in_folder(folder, stream)
        any_found = any_found or bool(candidates)
        both = [filed[stream]] if stream in filed else []
        both += [str(c) for c in candidates]
        if len(both) > 1:
            wrong.append(_two(stream, *both[:2]))
        elif candidates:
            filed[stream] = both[0]
    if not any_found:
        help = f"expected {', '.join(f'{s}.csv' for s in known)} (or .jsonl, .parquet, .arrow)"
        message = f"`{arg}` holds no file of a stream"
        wrong.append(finding(f.NO_FILE, message, Place(str(folder)), help=help))
    return wrong


def _two(stream: str, first: str, second: str) -> Diagnostic:
    first, second = (f"{t.partition('://')[0]}://..." if _is_url(t) else t for t in (first, second))
    message = f"two places for stream `{stream}`: `{first}` and `{second}`"
    help = f"name one: `--data {stream}={first}`"
    return finding(f.TWO_PLACES, message, Place(second), help=help)
