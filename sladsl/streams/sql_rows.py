"""Rows of SQLite and PostgreSQL, as Arrow record batches from their ADBC drivers.

All rows of a source are of one moment, however often they are read: a connection holds one
transaction, which may only read, until nobody reads from it any more.
"""

from __future__ import annotations

import os
import re
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from sladsl.diagnostics import Diagnostic, Refused, nearest
from sladsl.source import Place
from sladsl.streams import findings as f
from sladsl.streams.arrow_rows import ROWS, Check
from sladsl.streams.columns import Part, Rows, locate
from sladsl.streams.databases import Database, bare, quoted, tables_name
from sladsl.streams.files import BROKEN, DataFile, Opener
from sladsl.streams.findings import finding
from sladsl.streams.plan import FieldPlan
from sladsl.streams.reader import Reader
from sladsl.streams.roots import inside
from sladsl.streams.sources import SourceSpec

__all__ = ["SqlReader", "sql_reader"]

_ALIAS = quoted("rows of the source")
_NO_TABLE = "42P01"
_SHOWN = 300
#: what drivers write before and after what the database says
_BEFORE = re.compile(
    r"^(?:[A-Z_]+: )?(?:\[\w+\] )?(?:Failed to [^:]*: )?(?:.*?\b(?:ERROR|FATAL): )?"
)
_AFTER = re.compile(r"\n(?:Query was|query): .*|\. SQLSTATE: \w+\s*$", re.S)
_STORAGES = ("integer", "real", "text", "blob")


class _Session(ABC):
    """A connection that only reads, and sees the database as it is at one moment."""

    def __init__(self, database: Database, place: Place) -> None:
        self.database = database
        self.place = place
        self._connection = self._connected()
        weakref.finalize(self, _close, self._connection)

    @abstractmethod
    def _connected(self) -> Any:
        """A connection, in a transaction. Raises `Refused`."""

    @abstractmethod
    def schema(self) -> Any:
        """The names and types of all columns. Raises `Refused`."""

    @abstractmethod
    def prepare(self, columns: Sequence[str]) -> None:
        """Finds out what has to be known of columns that are going to be read."""

    @abstractmethod
    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, list[Part]]]]:
        """The number of rows of each batch, and their columns. Raises `Refused`."""

    @property
    def whence(self) -> str:
        """The table, or the query in parentheses, under a name that no column has."""
        database = self.database
        if database.query is not None:
            return f"({bare(database.query, database.system)}\n) AS {_ALIAS}"
        return f"{tables_name(database.table or '', database.system)} AS {_ALIAS}"

    def batches(self, sql: str, rows: int = ROWS) -> Iterator[Any]:
        """The record batches of a statement; its schema comes first. Raises `Refused`."""
        try:
            with self._connection.cursor() as cursor:
                self.tune(cursor, rows)
                cursor.execute(sql)
                reader = cursor.fetch_record_batch()
                yield reader.schema
                yield from reader
        except (*BROKEN, _error()) as error:
            raise Refused(self._failed(error)) from None

    @abstractmethod
    def tune(self, cursor: Any, rows: int) -> None:
        """Tells the driver how many rows a batch should have."""

    def select(self, cells: str, tail: str = "") -> Iterator[Any]:
        """Cells, in SQL, of all rows: the schema, then record batches. Raises `Refused`."""
        return self.batches(f"SELECT {cells} FROM {self.whence}{tail}")  # noqa: S608 - quoted

    def said(self, error: BaseException) -> str:
        """What the database says is wrong, without secrets."""
        return _said(self.database, error)

    def _failed(self, error: BaseException) -> Diagnostic:
        database, said = self.database, self.said(error)
        absent = getattr(error, "sqlstate", None) == _NO_TABLE or "no such table" in said
        if database.table is not None and absent:
            message = f"no table `{database.table}` in {database.shown.partition('?')[0]}"
            help = nearest(database.table, self.tables()) or "name it: `?table=NAME`"
            return finding(f.NO_FILE, message, self.place, help=help)
        what = "the query" if database.query is not None else f"reading `{database.table}`"
        return finding(f.QUERY, f"{what} failed: {said}", self.place)

    def tables(self) -> Sequence[str]:
        """The names of all tables, as far as they can be had."""
        return ()


def _close(connection: Any) -> None:
    with suppress(Exception):
        connection.close()


def _error() -> type[Exception]:
    import adbc_driver_manager

    found: type[Exception] = adbc_driver_manager.Error
    return found


def _said(database: Database, error: BaseException) -> str:
    text = _BEFORE.sub("", _AFTER.sub("", str(error)), count=1).strip()
    return database.scrubbed(text.partition("\n")[0])[:_SHOWN] or type(error).__name__


def _unreachable(database: Database, place: Place, said: str) -> Refused:
    message = f"the database can't be opened: {said}"
    help = "is it the right one, does its server run, and may you read it?"
    return Refused(finding(f.NOT_OPENED, message, place, help=help))


def _no_driver(name: str, place: Place) -> Refused:
    message = f"the driver of {name} databases isn't installed"
    help = "install it: `pip install 'sladsl[sql]'`"
    return Refused(finding(f.NO_DRIVER, message, place, help=help))


class _Sqlite(_Session):
    """A file of SQLite, in which each value has a type of its own.

    The driver takes the types of columns from the first rows. So it is looked first which
    types there are in each column, and where there are several, each is read by itself.
    """

    def _connected(self) -> Any:
        try:
            from adbc_driver_sqlite import dbapi
        except ImportError:
            raise _no_driver("SQLite", self.place) from None
        self._storages: dict[str, tuple[bool, tuple[str, ...]]] = {}
        database = self.database
        if not os.path.isfile(database.address):
            message = f"no file `{database.shown}`"
            help = f"looked for {os.path.abspath(database.address)}"
            raise Refused(finding(f.NO_FILE, message, self.place, help=help))
        path = quote(os.path.abspath(database.address))
        connection = None
        try:
            connection = dbapi.connect(f"file:{path}?mode=ro")
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA query_only = ON")
                cursor.execute("PRAGMA trusted_schema = OFF")
                cursor.execute("SELECT count(*) FROM sqlite_master")
                cursor.fetchall()
        except (*BROKEN, _error()) as error:
            if connection is not None:
                _close(connection)
            raise _unreachable(database, self.place, _said(database, error)) from None
        return connection

    def tune(self, cursor: Any, rows: int) -> None:
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(rows)})

    def tables(self) -> Sequence[str]:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            return [row[0] for row in cursor.fetchall()]

    def schema(self) -> Any:
        # not from within parentheses: there, a second column of one name gets another
        query = self.database.query
        schema = next(self.select("*", " LIMIT 0"))
        return schema if query is None else next(self.batches(bare(query, "sqlite"), 1))

    def prepare(self, columns: Sequence[str]) -> None:
        asked = [
            f"max(typeof({_of(name)}) = '{storage}')"
            for name in columns
            for storage in ("null", *_STORAGES)
        ]
        width = 1 + len(_STORAGES)
        found: list[bool] = []
        for at in range(0, len(asked), 100 * width):  # as many as a statement may have, and more
            some = ", ".join(asked[at : at + 100 * width])
            _, *batches = self.select(some)
            found += [column[0].as_py() == 1 for batch in batches for column in batch.columns]
        for at, name in enumerate(columns):
            nulls, *has = found[at * width : (at + 1) * width]
            kept = tuple(s for s, there in zip(_STORAGES, has, strict=True) if there)
            self._storages[name] = (nulls, kept)

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, list[Part]]]]:
        wanted: list[str] = []
        layout: dict[str, list[str]] = {}
        for name in columns:
            nulls, kinds = self._storages[name]
            plain = kinds == ("integer",) or (len(kinds) == 1 and not nulls and kinds != ("blob",))
            layout[name] = ["plain"] if plain else ["storage", *(k for k in kinds if k != "blob")]
            wanted += [_CELLS[part].format(_of(name)) for part in layout[name]]
        batches = self.select(", ".join(wanted) or "1")
        next(batches)
        for batch in batches:
            arrays = iter(batch.columns)
            found = {}
            for name, parts in layout.items():
                cells = {part: next(arrays) for part in parts}
                found[name] = [Part(cells["plain"])] if parts == ["plain"] else _apart(cells)
            yield batch.num_rows, found


_CELLS = {
    "plain": "{0}",
    "storage": "CASE typeof({0}) WHEN 'null' THEN 0 WHEN 'integer' THEN 1 WHEN 'real' THEN 2"
    " WHEN 'text' THEN 3 ELSE 4 END",
    "integer": "CASE typeof({0}) WHEN 'integer' THEN {0} ELSE 0 END",
    "real": "CASE typeof({0}) WHEN 'real' THEN {0} ELSE 0.0 END",
    "text": "CASE typeof({0}) WHEN 'text' THEN {0} ELSE '' END",
}


def _of(name: str) -> str:
    return f"{_ALIAS}.{quoted(name)}"


def _apart(cells: dict[str, Any]) -> list[Part]:
    """Values of several types, or none, in one column: those of each type by themselves."""
    storage = cells["storage"].to_numpy()
    if not storage.any():
        return [Part(pa.nulls(len(storage)))]
    found: list[Part] = []
    for code, kind in enumerate(_STORAGES, 1):
        here = storage == code
        if not here.any():
            continue
        array = cells.get(kind)
        others = bool(((storage != code) & (storage != 0)).any())
        if others:
            rows = np.flatnonzero(here)
            found.append(Part(None if array is None else array.take(pa.array(rows)), rows))
        elif array is None:
            found.append(Part(None, np.flatnonzero(here)))
        else:
            found.append(Part(array if here.all() else _masked(array, here)))
    return found


def _masked(array: Any, here: Any) -> Any:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(here), array, pa.scalar(None, array.type))


class _PostgreSql(_Session):
    """A PostgreSQL server; types that Arrow has no equal of are read as exact texts."""

    def _connected(self) -> Any:
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError:
            raise _no_driver("PostgreSQL", self.place) from None
        self._cells: dict[str, str] = {}
        database = self.database
        connection = None
        try:
            connection = dbapi.connect(database.address)
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # the same order of rows as often as they are read
                cursor.execute("SET LOCAL synchronize_seqscans = off")
                cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        except (*BROKEN, _error()) as error:
            if connection is not None:
                _close(connection)
            raise _unreachable(database, self.place, _said(database, error)) from None
        return connection

    def schema(self) -> Any:
        schema = next(self.select("*", " LIMIT 0"))
        for field in schema:
            self._cells[field.name] = _as_read(field)
        return schema

    def prepare(self, columns: Sequence[str]) -> None:
        """All is in the schema."""

    def tune(self, cursor: Any, rows: int) -> None:
        """The driver counts bytes: batches are as large as it makes them."""

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, list[Part]]]]:
        cells = ", ".join(self._cells[name] for name in columns) or "1"
        batches = self.select(cells)
        next(batches)
        for batch in batches:
            arrays = zip(columns, batch.columns, strict=False)
            yield batch.num_rows, {name: [Part(array)] for name, array in arrays}


def _as_read(field: Any) -> str:
    """A column in SQL, as a text where its type has no equal, or an equal of another meaning."""
    cell = _of(field.name)
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"")
    if kind == b"money":  # whole cents, for Arrow
        return f"{cell}::numeric::text"
    if kind == b"bpchar" or isinstance(field.type, pa.BaseExtensionType):
        return f"{cell}::text"
    return cell


_SESSIONS: dict[str, type[_Session]] = {"sqlite": _Sqlite, "postgresql": _PostgreSql}


class SqlReader(Reader):
    """Reads the rows of a table or a query; they are numbered as they come, and have no lines."""

    def __init__(self, file: DataFile, session: _Session, names: Sequence[str]) -> None:
        super().__init__(file, _Nothing(file))
        self._session = session
        self._names = names

    def line(self, number: int) -> None:
        """Rows of databases have no line."""
        return

    def rows(self, plans: Sequence[FieldPlan]) -> Iterator[Rows]:
        """The rows, in blocks, with the columns that the plans name. Raises `Refused`."""
        wanted = list(locate(plans, self._names, self.file.place))
        check = Check()
        for length, columns in self._session.rows(wanted):
            for name, parts in columns.items():
                for part in parts:
                    self._check(check, name, part.array)
            for at in range(0, length, ROWS):
                count = min(ROWS, length - at)
                some = columns if length <= ROWS else _sliced(columns, at, count)
                yield Rows(count, self.start + self.covered, some)
                self.covered += count

    def _check(self, check: Check, name: str, array: Any) -> None:
        try:
            if array is not None:
                check.check(array)
        except BROKEN as error:
            message = f"column `{name}` holds what isn't text or a number: {error}"
            raise Refused(finding(f.DAMAGED, message, self.file.place)) from None


def _sliced(columns: dict[str, list[Part]], at: int, count: int) -> dict[str, list[Part]]:
    """Some of the rows of a large batch, whose columns are of one type each."""
    return {name: [Part(parts[0].array.slice(at, count))] for name, parts in columns.items()}


class _Nothing(Opener):
    """In the place of a file's bytes: the connection stays open as long as its session."""

    @property
    def again(self) -> bool:
        """Rows can be read again, and are the same."""
        return True


def sql_reader(source: SourceSpec, plans: Sequence[FieldPlan]) -> SqlReader:
    """The reader of a source's table or query. Raises `Refused`."""
    database = source.database
    assert database is not None
    if source.roots is not None and not inside(_path(database), source.roots):
        message = f"`{database.shown}` leads out of {source.roots[-1]}"
        raise Refused(finding(f.LEADS_OUT, message, source.place))
    file = DataFile(database.shown, 0, "arrow", None)
    session = _SESSIONS[database.system](database, file.place)
    names = session.schema().names
    session.prepare(list(locate(plans, names, file.place)))
    return SqlReader(file, session, names)


def _path(database: Database) -> Any:
    from pathlib import Path

    return Path(database.address)
