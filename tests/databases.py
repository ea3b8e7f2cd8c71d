"""Databases for tests: a SQLite file, and a PostgreSQL server of one's own."""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "p@ss:w/rd?"


def csv_rows(path: Path) -> tuple[list[str], list[list[str | None]]]:
    """The header and rows of a CSV file; empty cells are None."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, [[cell or None for cell in row] for row in rows]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sqlite_table(path: Path, name: str, columns: list[str], rows: list[Any]) -> None:
    """Adds a table to a SQLite file; `columns` may name types: `"at" text`."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE {quoted(name)} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)


class Server:
    """A PostgreSQL server that listens on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.at = f"127.0.0.1:{port}/postgres"

    @property
    def url(self) -> str:
        return f"postgresql://tester:{self.escaped}@{self.at}"

    @property
    def escaped(self) -> str:
        from urllib.parse import quote

        return quote(PASSWORD, safe="")

    def run(self, sql: str, *copied: str) -> None:
        """Runs statements; `copied` are the lines of CSV that a COPY FROM STDIN takes."""
        done = subprocess.run(
            [_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-c", sql],
            input="".join(copied), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def table(self, name: str, path: Path) -> None:
        """A table of texts from a CSV file; empty cells are NULL."""
        header, _ = csv_rows(path)
        columns = ", ".join(f"{quoted(c)} text" for c in header)
        self.run(f"DROP TABLE IF EXISTS {quoted(name)}; CREATE TABLE {quoted(name)} ({columns})")
        copy = f"COPY {quoted(name)} FROM STDIN (FORMAT csv, HEADER)"
        self.run(copy, path.read_text(encoding="utf-8"))


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def absent() -> str:
    """Which of PostgreSQL's programs isn't here; nothing where all are."""
    names = [n for n in ("initdb", "pg_ctl", "psql") if _program(n) is None]
    return f"PostgreSQL's {names[0]} is absent (apt-get install postgresql)" if names else ""


@contextmanager
def server() -> Iterator[Server]:
    """Starts a server in a temporary folder, as a user without rights; stops it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sladsl-postgresql-"))
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def call(program: str, *arguments: str) -> None:
        command = [_program(program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **account)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    try:
        call(
            "initdb", "-A", "scram-sha-256", "-U", "tester", "--pwfile", str(folder / "password"),
            "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        call("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield Server(port)
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
