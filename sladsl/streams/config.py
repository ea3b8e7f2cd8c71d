"""`sladsl.toml`: where the streams are and how their files are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from sladsl.calendar.names import known_zone, near_zones
from sladsl.diagnostics import Diagnostic, Refused, nearest
from sladsl.source import Place
from sladsl.streams import field_config
from sladsl.streams import findings as f
from sladsl.streams.databases import Database, check_query, is_sqlite_name
from sladsl.streams.findings import finding
from sladsl.streams.roots import allowed_roots, inside, project_root
from sladsl.streams.sources import FORMATS, Format, SourceSpec, url_finding
from sladsl.streams.time_formats import FormatError, compile_format, epoch_unit

if TYPE_CHECKING:
    from sladsl.streams.model import StreamSpec

__all__ = ["CONFIG", "Toml", "find_config", "load_config"]

CONFIG = "sladsl.toml"
MAX_BYTES = 1 << 20
MAX_DOTS = 100

_KEYS = (
    "path",
    "table",
    "query",
    "format",
    "missing",
    "time_format",
    "timezone",
    "ambiguous",
    "delimiter",
    "max_rejected",
    "fields",
)
_NAME = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+"
_HEADER = re.compile(rf"\s*\[\[?\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*\]")
_ENTRY = re.compile(rf"\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*=")


class Toml:
    """A configuration's text, its values, and what was found wrong with them."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.wrong: list[Diagnostic] = []

    def place(self, *keys: str) -> Place:
        """The line of a key, or of the innermost of its tables that can be found."""
        best: tuple[int, int | None] = (0, None)
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), 1):
            header = _HEADER.match(line)
            entry = None if header else _ENTRY.match(line)
            if header:
                table = here = _names(header[1])
            elif entry:
                here = table + _names(entry[1])
            else:
                continue
            if here == keys[: len(here)] and len(here) > best[0]:
                best = len(here), number
        return Place(self.path, best[1])

    def add(self, code: str, message: str, keys: tuple[str, ...], help: str = "") -> None:
        """Notes a finding at a key."""
        self.wrong.append(finding(code, message, self.place(*keys), help=help))

    def unknown(self, code: str, what: str, keys: tuple[str, ...], known: Iterable[str]) -> None:
        """Notes a name that isn't one of those known, with the nearest."""
        names = tuple(known)
        help = nearest(keys[-1], names) or f"expected {', '.join(f'`{n}`' for n in names)}"
        self.add(code, f"unknown {what} `{keys[-1]}`", keys, help)

    def text_at(self, table: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
        """The text under the last key, None where it isn't there or isn't a text (noted)."""
        value = table.get(keys[-1])
        if value is None or isinstance(value, str):
            return value
        self.add(f.WRONG_TYPE, f"`{keys[-1]}` must be a text, not {kind_of(value)}", keys)
        return None

    def texts_at(self, table: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """The texts under the last key: a list, or one text."""
        value = table.get(keys[-1])
        if value is None:
            return None
        found = [value] if isinstance(value, str) else value
        if isinstance(found, list) and all(isinstance(v, str) for v in found):
            return tuple(found)
        message = f"`{keys[-1]}` must be a list of texts, not {kind_of(value)}"
        self.add(f.WRONG_TYPE, message, keys)
        return None

    def one_of(
        self, table: Mapping[str, Any], keys: tuple[str, ...], allowed: tuple[str, ...]
    ) -> str | None:
        """The text under the last key if it is one of those allowed."""
        value = self.text_at(table, keys)
        if value is None or value in allowed:
            return value
        help = nearest(value, allowed) or f"expected {', '.join(f'`{a}`' for a in allowed)}"
        self.add(f.WRONG_TYPE, f"`{keys[-1]}` can't be `{value}`", keys, help)
        return None

    def zone_at(self, table: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
        """The name of a time zone under the last key."""
        name = self.text_at(table, keys)
        if name is None:
            return None
        if known_zone(name):
            return name
        near = " or ".join(f"`{zone}`" for zone in near_zones(name))
        help = f"did you mean {near}?" if near else "expected a name like `Europe/Berlin`"
        self.add(f.UNKNOWN_ZONE, f"unknown time zone `{name}`", keys, help)
        return None

    def time_format_at(self, table: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
        """A time format under the last key."""
        form = self.text_at(table, keys)
        try:
            if form is not None and form != "iso" and epoch_unit(form) is None:
                compile_format(form)
        except FormatError as error:
            self.add(f.TIME_FORMAT, f"time format `{form}`: {error}", keys)
            return None
        return form


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(_unquoted(n) for n in re.findall(_NAME, dotted))


def _unquoted(name: str) -> str:
    if name[0] not in "\"'":
        return name
    import tomllib

    try:
        return cast(str, tomllib.loads(f"x = {name}")["x"])
    except tomllib.TOMLDecodeError:
        return name[1:-1]


def kind_of(value: object) -> str:
    """What a value of TOML is, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "a date or time"


def find_config(policy_path: Path, cwd: Path) -> Path | None:
    """`sladsl.toml` beside the policy or above it, up to `roots.project_root`."""
    folder = policy_path.resolve().parent
    last = project_root(policy_path, cwd)
    for at in (folder, *folder.parents):
        if (at / CONFIG).is_file():
            return at / CONFIG
        if at == last:
            break
    return None


def load_config(
    policy_path: Path,
    streams: Mapping[str, StreamSpec],
    *,
    cwd: Path | None = None,
    allow_paths: Collection[str] = (),
    unread: Collection[str] | None = (),
) -> dict[str, SourceSpec]:
    """The sources by stream that the policy's `sladsl.toml` names; none where there is no file.

    Paths are relative to the folder of `sladsl.toml` and stay inside `roots.allowed_roots`.
    `unread` are streams that it may name as well, for whoever reads them (None: any). Raises
    `Refused` with everything that is wrong.
    """
    cwd = Path.cwd() if cwd is None else cwd
    path = find_config(policy_path, cwd)
    if path is None:
        return {}
    shown = _shown(path, cwd)
    toml, tables = _parsed(path, shown)
    for key in tables:
        if key != "sources":
            toml.unknown(f.UNKNOWN_KEY, "key", (key,), ("sources",))
    sources = tables.get("sources", {})
    roots = allowed_roots(policy_path, cwd, allow_paths)
    found: dict[str, SourceSpec] = {}
    if not isinstance(sources, dict):
        toml.add(f.WRONG_TYPE, f"`sources` must be a table, not {kind_of(sources)}", ("sources",))
        sources = {}
    for name, table in sources.items():
        keys = ("sources", name)
        if name not in streams and (unread is None or name in unread):
            continue
        if name not in streams:
            toml.unknown(f.UNKNOWN_STREAM, "stream", keys, streams)
        elif not isinstance(table, dict):
            toml.add(f.WRONG_TYPE, f"`{name}` must be a table, not {kind_of(table)}", keys)
        else:
            spec = _source(toml, keys, table, streams[name], path.parent, roots)
            found[name] = spec
    if toml.wrong:
        raise Refused(*toml.wrong)
    return found


def _shown(path: Path, cwd: Path) -> str:
    try:
        return str(path.relative_to(cwd.resolve()))
    except ValueError:
        return str(path)


def _parsed(path: Path, shown: str) -> tuple[Toml, dict[str, Any]]:
    import tomllib

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise Refused(finding(f.NOT_TOML, "the configuration is over 1 MB", Place(shown)))
        text = data.decode("utf-8")
        _few_dots(text, shown)
        return Toml(shown, text), tomllib.loads(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise Refused(finding(f.NOT_TOML, f"can't be read: {why}", Place(shown))) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(finding(f.NOT_TOML, "is not UTF-8", Place(shown, line))) from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        where = Place(shown, int(at[1]), int(at[2])) if at else Place(shown, text.count("\n") + 1)
        why = str(error)[: at.start()] if at else str(error)
        why = why[:1].lower() + why[1:]
        raise Refused(finding(f.NOT_TOML, f"is not TOML: {why}", where)) from None
    except (RecursionError, ValueError):
        raise Refused(finding(f.NOT_TOML, "is not TOML that can be read", Place(shown))) from None


def _few_dots(text: str, shown: str) -> None:
    """Refuse keys of very many parts, for which the reader takes time by their square."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.partition("=")[0].count(".") > MAX_DOTS:
            message = f"a key of more than {MAX_DOTS} parts"
            raise Refused(finding(f.NOT_TOML, message, Place(shown, number)))


def _source(
    toml: Toml,
    keys: tuple[str, ...],
    table: dict[str, Any],
    stream: StreamSpec,
    base: Path,
    roots: tuple[Path, ...],
) -> SourceSpec:
    for key in table:
        if key not in _KEYS:
            toml.unknown(f.UNKNOWN_KEY, "key", (*keys, key), _KEYS)
    delimiter = toml.text_at(table, (*keys, "delimiter"))
    if delimiter is not None and not (len(delimiter) == 1 and delimiter in ",;|\t :~^"):
        toml.add(f.WRONG_TYPE, "`delimiter` must be one of , ; | tab : ~ ^", (*keys, "delimiter"))
    ambiguous = toml.one_of(table, (*keys, "ambiguous"), ("earlier", "later"))
    path = _path(toml, keys, table, base, roots)
    return SourceSpec(
        stream=stream.name,
        path=path,
        format=cast("Format | None", toml.one_of(table, (*keys, "format"), FORMATS)),
        missing=toml.texts_at(table, (*keys, "missing")) or (),
        time_format=toml.time_format_at(table, (*keys, "time_format")),
        timezone=toml.zone_at(table, (*keys, "timezone")),
        ambiguous=cast("Literal['earlier', 'later'] | None", ambiguous),
        delimiter=delimiter or ",",
        fields=field_config.fields(toml, (*keys, "fields"), table.get("fields", {}), stream),
        max_rejected=_max_rejected(toml, (*keys, "max_rejected"), table.get("max_rejected")),
        roots=roots,
        place=toml.place(*keys),
        database=_database(toml, keys, table, stream.name, path),
    )


def _database(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], stream: str, path: str
) -> Database | None:
    """A SQLite file's table or query; None where neither is named and the file is another."""
    name, query = toml.text_at(table, (*keys, "table")), toml.text_at(table, (*keys, "query"))
    told = "table" in table or "query" in table
    if not told and ("format" in table or not is_sqlite_name(path)):
        return None
    for key in ("format", "delimiter"):
        if key in table:
            message = f"`{key}` is for files, not for a table or query"
            toml.add(f.WRONG_TYPE, message, (*keys, key))
    if name is not None and query is not None:
        toml.add(f.WRONG_TYPE, "`table` and `query` at once", (*keys, "query"))
    if name == "" or (name is not None and "\0" in name):
        toml.add(f.WRONG_TYPE, f"`table` can't be `{name!r}`", (*keys, "table"))
    if query is not None:
        try:
            check_query(query, "sqlite", toml.place(*keys, "query"))
        except Refused as error:
            toml.wrong += error.diagnostics
    return Database("sqlite", path, path, name if name or query else stream, query)


def _path(
    toml: Toml, keys: tuple[str, ...], table: dict[str, Any], base: Path, roots: tuple[Path, ...]
) -> str:
    at = (*keys, "path")
    text = toml.text_at(table, at)
    if text is None:
        if "path" not in table:
            toml.add(f.WRONG_TYPE, f"the source of `{keys[-1]}` has no `path`", keys)
        return ""
    url = url_finding(text, toml.place(*at))
    if url is not None:
        toml.wrong.append(url)
    elif text in ("", "-") or "\0" in text:
        toml.add(f.WRONG_TYPE, f"`path` can't be `{text!r}` here", at)
    elif text.startswith(("/", "\\", "~")) or Path(text).is_absolute():
        help = "give a path relative to `sladsl.toml`, or name it with `--data`"
        toml.add(f.LEADS_OUT, f"`{text}` is an absolute path", at, help)
    elif not inside(base / text, roots):
        help = f"allow it by `--allow-path {Path(text).parent}`, or name it with `--data`"
        toml.add(f.LEADS_OUT, f"`{text}` leads out of {roots[-1]}", at, help)
    return str(base / text)


def _max_rejected(toml: Toml, keys: tuple[str, ...], value: object) -> int | str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(\.\d{1,6})?\s*%", value):
        return value
    toml.add(f.WRONG_TYPE, '`max_rejected` must be a number of rows or a share like "0.5%"', keys)
    return None
