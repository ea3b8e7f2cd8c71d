"""Databases as sources: what a URL says, which words a query has, what may be shown of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal
from urllib.parse import unquote

from sladsl.diagnostics import Diagnostic, Refused
from sladsl.records import Record
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.findings import finding

__all__ = [
    "Database",
    "System",
    "bare",
    "check_query",
    "database_of",
    "is_sqlite_name",
    "no_order",
    "ordered",
    "quoted",
    "system_of",
    "tables_name",
]

System = Literal["sqlite", "postgresql"]

_SYSTEMS: dict[str, System] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
}
_ENDINGS = (".db", ".sqlite", ".sqlite3")
_HOST = r"(?:\[[^\]]*\]|[^:,\[\]]*)(?::\d*)?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_SECRET = ("password", "sslpassword")
_NAME = re.compile(r'"(?:[^"]|"")+"|[^."]+')

_COMMON = r"""
  (?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
| (?P<quote> %s '(?:[^']|'')*' | "(?:[^"]|"")*" )
| (?P<word> [^\W\d]\w* )
| (?P<mark> . )
"""
_TOKENS: dict[System, re.Pattern[str]] = {
    "sqlite": re.compile(_COMMON % r"`[^`]*` | \[[^\]]*\] |", re.X | re.S),
    "postgresql": re.compile(
        _COMMON % r"[eE]'(?:[^'\\]|\\.|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ |", re.X | re.S
    ),
}


class Database(Record):
    """One table, or the rows of one query.

    `address` is SQLite's file, or the URL of a server with all that it needs, which is never
    shown; `secrets` are what mustn't be in any message, even where others write it.
    """

    system: System
    address: str
    shown: str
    table: str | None = None
    query: str | None = None
    secrets: tuple[str, ...] = ()

    def scrubbed(self, text: str) -> str:
        """A message of a driver or server, without secrets, on one line."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())


def system_of(text: str) -> System | None:
    """The database system that a URL names; None for another URL, or a path."""
    scheme, mark, _ = text.partition("://")
    return _SYSTEMS.get(scheme.lower()) if mark else None


def is_sqlite_name(path: str) -> bool:
    """Whether a file's name ends as those of SQLite's files do."""
    return path.lower().endswith(_ENDINGS)


def quoted(name: str) -> str:
    """An identifier as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def tables_name(table: str, system: System) -> str:
    """A table's name in SQL. PostgreSQL's may begin with a schema: `desk.tickets`."""
    if system == "sqlite":
        return quoted(table)
    parts = _NAME.findall(table)
    if ".".join(parts) != table:
        return quoted(table)
    bare = [p[1:-1].replace('""', '"') if p[0] == '"' else p for p in parts]
    return ".".join(quoted(p) for p in bare)


def database_of(text: str, stream: str, where: Place, old: Database | None = None) -> Database:
    """The database that `sqlite:///PATH` or `postgresql://...` names. Raises `Refused`.

    `?table=NAME` or `?query=SELECT ...` says what of it: the table is called like the stream
    unless it is named, and a query, which stands last, is taken as it is written. `old` is
    what the configuration says; its table or query holds for another SQLite file, but never
    for a server.
    """
    system = system_of(text)
    assert system is not None
    rest = text.partition("://")[2]
    found = re.search(r"[?&]query=", rest)
    query = None if found is None else rest[found.end() :]
    rest = rest if found is None else rest[: found.start()]
    place, _, tail = rest.partition("?")
    table: str | None = None
    options: list[str] = []
    for option in filter(None, tail.split("&")):
        name, _, value = option.partition("=")
        if name == "table":
            table = unquote(value)
        elif system == "sqlite":
            message = f"unknown option `{name}` of a SQLite file"
            raise _refused(message, where, "expected `?table=NAME` or `?query=SELECT ...`")
        else:
            options.append(option)
    if table is not None and query is not None:
        raise _refused("a table and a query at once", where)
    if table == "" or query == "":
        raise _refused(f"no {'table' if table == '' else 'query'} after `=`", where)
    if query is not None:
        check_query(query, system, where)
    if system == "sqlite":
        if table is None and query is None and old is not None:
            table, query = old.table, old.query
        path = _sqlite_path(place, where)
        return Database("sqlite", path, path, *_default(table, query, stream))
    table, query = _default(table, query, stream)
    return _server(place, options, table, query, where)


def _default(table: str | None, query: str | None, stream: str) -> tuple[str | None, str | None]:
    return (stream if table is None and query is None else table), query


def _refused(message: str, where: Place, help: str = "") -> Refused:
    return Refused(finding(f.DATA_ARGUMENT, message, where, help=help))


def _sqlite_path(place: str, where: Place) -> str:
    if not place.startswith("/") or place == "/" or "\0" in place:
        help = "`sqlite:///desk.db` is a file here, `sqlite:////srv/desk.db` one from the root"
        raise _refused("no file after `sqlite:///`", where, help)
    return unquote(place[1:])


def _server(
    place: str, options: list[str], table: str | None, query: str | None, where: Place
) -> Database:
    """A PostgreSQL server. What can't be told apart from a password is refused unshown."""
    account, _, rest = place.rpartition("@")
    hosts, slash, name = rest.partition("/")
    user, _, password = account.partition(":")
    secrets = [password]
    for option in options:
        key, _, value = option.partition("=")
        if key in _SECRET:
            secrets.append(value)
    unclear = "@" in account or "/" in account or any("@" in o for o in options)
    if unclear or not _HOSTS.fullmatch(hosts):
        help = (
            "expected postgresql://USER@HOST:PORT/NAME?table=TABLE; in a password, write `@` as "
            "%40, `/` as %2F, `:` as %3A, `?` as %3F, or leave it to PGPASSWORD or ~/.pgpass"
        )
        raise _refused("the URL of a PostgreSQL server can't be told apart", where, help)
    if not any(o.startswith("connect_timeout=") for o in options):
        options = [*options, "connect_timeout=30"]
    what = "query" if table is None else f"table={table}"
    at = f"{user}@" if user else ""
    return Database(
        system="postgresql",
        address=f"postgresql://{place}?{'&'.join(options)}",
        shown=f"postgresql://{at}{hosts}{slash}{name}?{what}",
        table=table,
        query=query,
        secrets=tuple({s for secret in secrets for s in (secret, unquote(secret)) if s}),
    )


# ---- queries ----


def _words(query: str, system: System) -> list[tuple[str, int]]:
    """The words and marks of a query, in capitals, each with its depth in parentheses."""
    found: list[tuple[str, int]] = []
    depth = 0
    for token in _TOKENS[system].finditer(query):
        if token.lastgroup == "blank":
            continue
        text = token[0].upper() if token.lastgroup in ("word", "mark") else ""
        depth -= text == ")"
        found.append((text, depth))
        depth += text == "("
    return found


def check_query(query: str, system: System, where: Place) -> None:
    """Refuses what isn't one SELECT. Raises `Refused`."""
    words = _words(query, system)
    while words and words[-1][0] == ";":
        words.pop()
    message = ""
    if not words or words[0][0] not in ("SELECT", "WITH", "VALUES"):
        message = "the query isn't a SELECT"
    elif any(text == ";" for text, _ in words):
        message = "the query is more than one statement"
    elif any(text in ("'", '"', "`", "\0") for text, _ in words):
        message = "a quote in the query isn't closed"
    elif min(depth for _, depth in words) < 0 or _open(words):
        message = "the parentheses of the query don't match"
    if message:
        help = "one SELECT (or WITH ... SELECT) gives the rows"
        raise Refused(finding(f.QUERY, message, where, help=help))


def _open(words: list[tuple[str, int]]) -> bool:
    texts = [text for text, _ in words]
    return texts.count("(") != texts.count(")")


def bare(query: str, system: System) -> str:
    """A query without the semicolons at its end."""
    tokens = _TOKENS[system].finditer(query)
    return "".join(t[0] for t in tokens if t[0] != ";")


def ordered(database: Database) -> bool:
    """Whether the rows come in an order that the query states."""
    if database.query is None:
        return False
    words = _words(database.query, database.system)
    return (("ORDER", 0), ("BY", 0)) in pairwise(words)


def no_order(stream: str, made: Sequence[str], path: str, where: Place) -> Diagnostic:
    """The finding for rows whose place among those of their time decides, and isn't stated."""
    names = ", ".join(f"`{name}`" for name in made)
    message = f"{names} depend on the order of the rows of `{stream}`, which {path} doesn't state"
    help = "declare a `sequence` of the stream, or read it by a query with ORDER BY"
    return finding(f.NO_ORDER, message, where, help=help)
