"""Streams from SQLite files and PostgreSQL servers: the same rows as from files."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import databases
import pytest
from click.testing import CliRunner, Result
from databases import PASSWORD, Server, csv_rows, quoted, sqlite_table

from sladsl.cli.main import cli
from sladsl.diagnostics import Refused
from sladsl.source import Place
from sladsl.streams.accounting import Accounting
from sladsl.streams.arrow_rows import ROWS as BLOCK
from sladsl.streams.databases import Database, check_query, database_of, ordered, tables_name
from sladsl.streams.model import FieldSpec, Kind, StreamSpec, Vocabulary
from sladsl.streams.read import read, units
from sladsl.streams.sources import SourceSpec, parse_data

ROOT = Path(__file__).resolve().parent.parent
SETS = sorted(
    path
    for policy in ("object_storage", "service_desk", "web_shop")
    for path in (ROOT / "fixtures" / policy).iterdir()
    if path.is_dir()
)
WHERE = Place("--data")

DESK = """
agreement desk {
  provider us "Us"  customer you "You"  timezone "Europe/Berlin"
  term from 2026-03-01 through 2026-03-31
}
stream tickets {
  event at opened  opened time  id text  state one of open, done
  open bool  effort duration in min  price money in EUR  score percent?  left number?
}
LATEST
metric spent = sum of effort in tickets
metric cost = sum of price in tickets
metric done = share of tickets with state == done
obligation work {
  us owes you
  require spent <= 1000h per month
  require cost <= 900 EUR per month
  require done >= 30% per month
}
"""
HEADER = "opened,id,state,open,effort,price,score,left\n"
ROWS = """2026-03-02T09:00:00.123456Z,a,open,true,12.5,0.10,99.95,1
2026-03-02T09:00:00+01:00,"b, ""c"" é",done,false,7,1234567.01,,
2026-03-31T23:59:59+02:00,,done,true,0,-3.5,0.1,0.000001
2026-04-01T00:00:00+02:00,d,open,false,3,2,100,-5
"""


def sladsl(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def evaluated(policy: Path, *data: str) -> str:
    """What an evaluation says, in JSON."""
    narrowed = []
    if policy.stem == "service_desk":
        narrowed = [f"--obligation={'answer' if 'calls' in data[-1] else 'reply'}"]
    given = [f"--data={place}" for place in data]
    done = sladsl("eval", str(policy), "--format=json", *given, *narrowed)
    assert done.exit_code in (0, 1, 3), done.output
    return done.stdout


def codes(done: Result) -> list[str]:
    """The codes of what was refused, from output in JSON."""
    assert (done.exit_code, done.stderr) == (2, ""), done.output
    return [d["code"] for d in json.loads(done.stdout)["diagnostics"]]


def refused(place: str, *options: str, policy: str = "desk.sla") -> tuple[str, str]:
    """Code and words of the only finding about a place."""
    done = sladsl("eval", policy, f"--data=tickets={place}", "--format=json", *options)
    (code,) = codes(done)
    (finding,) = json.loads(done.stdout)["diagnostics"]
    return code, json.dumps(finding, ensure_ascii=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    why = databases.absent()
    if why:
        pytest.skip(why)
    with databases.server() as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.sla").write_text(DESK.replace("LATEST", ""), encoding="utf-8")
    latest = DESK.replace("LATEST", "stream newest = last of tickets by id")
    latest = latest.replace("share of tickets", "share of newest")
    (tmp_path / "latest.sla").write_text(latest, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(HEADER + ROWS.replace(",,done", ",e,done"), "utf-8")
    header, rows = csv_rows(tmp_path / "tickets.csv")
    sqlite_table(tmp_path / "desk.db", "tickets", header, rows)
    return tmp_path


# ---- the same as from files ----


@pytest.mark.parametrize("folder", SETS, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_fixtures_from_sqlite(folder: Path, tmp_path: Path) -> None:
    policy = ROOT / "policies" / f"{folder.parent.name}.sla"
    wanted, place, data = evaluated(policy, str(folder)), tmp_path / "all.db", []
    for path in streams_of(folder, wanted):
        sqlite_table(place, path.stem, *named(path))
        data.append(f"{path.stem}=sqlite:///{place}?{rows_of(path, 'rowid')}")
    assert evaluated(policy, *data) == wanted


@pytest.mark.parametrize("folder", SETS, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_fixtures_from_postgresql(folder: Path, server: Server) -> None:
    policy = ROOT / "policies" / f"{folder.parent.name}.sla"
    wanted, data = evaluated(policy, str(folder)), []
    for path in streams_of(folder, wanted):
        server.table(path.stem, path)
        data.append(f"{path.stem}={server.url}?{rows_of(path, 'ctid')}")
    assert evaluated(policy, *data) == wanted


def streams_of(folder: Path, evaluation: str) -> list[Path]:
    """The files that an evaluation read."""
    return [folder / f"{one['stream']}.csv" for one in json.loads(evaluation)["inputs"]]


def rows_of(path: Path, number: str) -> str:
    """A table, or a query in the order of the file where the policy has streams made of others."""
    if path.parent.parent.name != "service_desk":
        return f"table={path.stem}"
    return f"query=SELECT * FROM {quoted(path.stem)} ORDER BY {number}"


def named(path: Path) -> tuple[list[str], list[list[str | None]]]:
    header, rows = csv_rows(path)
    return [quoted(name) for name in header], rows


def test_types_of_postgresql(desk: Path, server: Server) -> None:
    server.run(
        "DROP TABLE IF EXISTS typed; DROP TYPE IF EXISTS state; "
        "CREATE TYPE state AS ENUM ('open', 'done'); "
        "CREATE TABLE typed (opened timestamptz, id char(20), state state, open boolean, "
        "effort float8, price money, score real, left_ numeric)"
    )
    csv = (desk / "tickets.csv").read_text("utf-8")
    server.run("COPY typed FROM STDIN (FORMAT csv, HEADER)", csv)
    query = 'SELECT opened, id, state, open, effort, price, score, left_ AS "left" FROM typed'
    assert evaluated(desk / "desk.sla", f"tickets={server.url}?query={query}") == evaluated(
        desk / "desk.sla", "tickets=tickets.csv"
    )


def test_values_of_several_types_in_a_column_of_sqlite(desk: Path) -> None:
    (desk / "desk.db").unlink()
    rows = [
        ["2026-03-02T09:00:00.123456Z", "a", "open", 1, 12.5, "0.10", 99.95, 1],
        ["2026-03-02T09:00:00+01:00", 'b, "c" é', "done", 0, 7, 1234567.01, None, None],
        ["2026-03-31T23:59:59+02:00", "e", "done", "true", "0", -3.5, 0.1, 0.000001],
        ["2026-04-01T00:00:00+02:00", "d", "open", "false", 3, 2, "100", -5],
    ]
    sqlite_table(
        desk / "desk.db", "tickets", ['"' + n + '"' for n in HEADER.strip().split(",")], rows
    )
    assert evaluated(desk / "desk.sla", "tickets=sqlite:///desk.db") == evaluated(
        desk / "desk.sla", "tickets=tickets.csv"
    )


#: more rows than the driver takes types from
LATE = BLOCK + 5
NUMBERS = StreamSpec(
    "numbers", (FieldSpec("n", Kind.INT, optional=True), FieldSpec("x", Kind.NUMBER, optional=True))
)


def taken(source: SourceSpec, spec: StreamSpec) -> tuple[list[list[int | None]], Accounting]:
    accounting = Accounting()
    out: list[list[int | None]] = []
    for batch in read(source, spec, Vocabulary(), accounting):
        columns = [batch.columns[f.name] for f in spec.fields]
        for row in range(batch.length):
            cells = [(c.values[row], c.present()[row]) for c in columns]
            out.append([int(value) if there else None for value, there in cells])
    return out, accounting


def test_types_that_come_late_in_a_column_of_sqlite(tmp_path: Path) -> None:
    place = tmp_path / "n.db"
    rows: list[list[object]] = [[None, None]] * LATE
    rows += [[2**62 + 1, 0.5], [1, None], ["7", "1.25"], [None, 3], [b"x", 1]]
    sqlite_table(place, "numbers", ["n", "x"], rows)
    source = parse_data([f"numbers=sqlite:///{place}"], ["numbers"])["numbers"]
    found, accounting = taken(source, NUMBERS)
    assert found[:LATE] == [[None, None]] * LATE
    last = [[2**62 + 1, 500_000], [1, None], [7, 1_250_000], [None, 3_000_000]]
    assert found[LATE:] == last
    assert accounting.reasons == {"`n` isn't a whole number": 1}
    assert [reject.row for reject in accounting.examples] == [LATE + 4]


def test_rows_are_read_again_as_they_were(tmp_path: Path) -> None:
    place = tmp_path / "n.db"
    sqlite_table(place, "numbers", ["n", "x"], [[n, n / 2] for n in range(1000)])
    with closing(sqlite3.connect(place)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        source = parse_data([f"numbers={place}"], ["numbers"])["numbers"]
        (unit,) = units(source, NUMBERS, Vocabulary(), Accounting())
        assert unit.again
        counts = [sum(batch.length for batch in unit.batches())]
        writer.execute("DELETE FROM numbers WHERE n < 500")
        writer.commit()
        counts.append(sum(batch.length for batch in unit.batches()))
        (later,) = units(source, NUMBERS, Vocabulary(), Accounting())
        counts.append(sum(batch.length for batch in later.batches()))
    assert counts == [1000, 1000, 500]


def test_rows_of_a_server_are_read_again_as_they_were(server: Server) -> None:
    server.run(
        "DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (n bigint, x numeric); "
        "INSERT INTO numbers SELECT i, i / 2.0 FROM generate_series(1, 200000) AS i"
    )
    source = parse_data([f"numbers={server.url}"], ["numbers"])["numbers"]
    (unit,) = units(source, NUMBERS, Vocabulary(), Accounting())
    first = [(batch.length, batch.columns["n"].values.sum()) for batch in unit.batches()]
    assert max(length for length, _ in first) <= BLOCK
    server.run("DELETE FROM numbers WHERE n < 500")
    assert [(b.length, b.columns["n"].values.sum()) for b in unit.batches()] == first
    assert sum(length for length, _ in first) == 200_000


def test_reading_that_is_given_up_can_be_begun_again(server: Server, tmp_path: Path) -> None:
    sqlite_table(tmp_path / "n.db", "numbers", ["n", "x"], [[n, 1] for n in range(200_000)])
    server.run(
        "DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (n bigint, x numeric); "
        "INSERT INTO numbers SELECT i, 1 FROM generate_series(1, 200000) AS i"
    )
    for place in (server.url, str(tmp_path / "n.db")):
        source = parse_data([f"numbers={place}"], ["numbers"])["numbers"]
        (unit,) = units(source, NUMBERS, Vocabulary(), Accounting())
        some = unit.batches()
        next(some)
        some.close()
        found: list[int] = []
        other = threading.Thread(
            target=lambda u=unit, f=found: f.extend(b.length for b in u.batches())
        )
        other.start()
        other.join()
        assert sum(found) == 200_000


# ---- queries ----


@pytest.mark.parametrize(
    "query",
    [
        "SELECT n, x FROM numbers ORDER BY n DESC",
        "SELECT n, x FROM numbers WHERE n < 2 UNION ALL SELECT n, x FROM numbers ORDER BY 1 DESC",
        "WITH a AS (SELECT * FROM numbers) SELECT n, x FROM a ORDER BY -n LIMIT 3; -- all",
        "VALUES (1, 2)",
    ],
)
def test_the_rows_of_a_query_come_in_its_order(query: str, tmp_path: Path, server: Server) -> None:
    rows = [[(7 * n) % 10, n] for n in range(10)]
    sqlite_table(tmp_path / "n.db", "numbers", ["n", "x"], rows)
    values = ", ".join(f"({n}, {x})" for n, x in rows)
    server.run(
        "DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (n bigint, x numeric); "
        f"INSERT INTO numbers VALUES {values}"
    )
    seen = []
    for place in (server.url, f"sqlite:///{tmp_path / 'n.db'}"):
        source = parse_data([f"numbers={place}?query={query}"], ["numbers"])["numbers"]
        if query.startswith("VALUES"):
            fields = ("column1", "column2")
            spec = StreamSpec("numbers", tuple(FieldSpec(f, Kind.INT) for f in fields))
            assert taken(source, spec)[0] == [[1, 2]]
            continue
        found = [row[0] for row in taken(source, NUMBERS)[0]]
        assert found == sorted(found, reverse=True)
        assert len(found) >= 3
        seen.append(found)
    assert seen[1:] == seen[:-1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM tickets", "isn't a SELECT"),
        ("", "no query after"),
        ("-- nothing", "isn't a SELECT"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1) TO PROGRAM 'x'; --", "parentheses"),
        ("SELECT 1) UNION (SELECT 2", "parentheses"),
        ("SELECT ((1)", "parentheses"),
        ("SELECT 'a", "isn't closed"),
        ("SELECT 1 /* open", ""),
    ],
)
@pytest.mark.parametrize("scheme", ["sqlite:///desk.db", "postgresql://localhost/desk"])
def test_what_is_no_query(desk: Path, scheme: str, query: str, said: str) -> None:
    if not said:
        scheme = "sqlite:///desk.db"
    code, words = refused(f"{scheme}?query={query}")
    assert code == ("SLA511" if not query else "SLA527")
    assert said in words


def is_one_select(query: str, system: str) -> bool:
    try:
        check_query(query, system, WHERE)  # type: ignore[arg-type]
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("system", "query"),
    [
        ("sqlite", "select ';' as [a;'b], `;` from \"x;\" /* ; ) */ -- ; )\n;;"),
        ("postgresql", "select E'\\';' , $$;'($$, $a$ ;$$ $a$, x[1] from y where z = ';'"),
        ("postgresql", "with a as (select 1) select * from a"),
    ],
)
def test_what_stands_in_quotes_and_comments_is_no_sql(system: str, query: str) -> None:
    assert is_one_select(query, system)
    assert not is_one_select(f"{query}; select 1", system)


@pytest.mark.parametrize(
    ("query", "stated"),
    [
        ("select 1 order by 1", True),
        ("select 1 ORDER /* so */\n by 1 limit 3", True),
        ("select 1 from (select 2 order by 1)", False),
        ("select ' order by ' -- order by 1", False),
        ("select row_number() over (order by x) from y", False),
        ('select "order" by_ from x', False),
    ],
)
def test_whether_a_query_states_an_order(query: str, stated: bool) -> None:
    assert ordered(Database("sqlite", "x", "x", None, query)) is stated


def test_a_query_only_reads(desk: Path, server: Server) -> None:
    server.run("DROP TABLE IF EXISTS tickets; CREATE TABLE tickets (n int)")
    server.run(
        "CREATE OR REPLACE FUNCTION wipe() RETURNS int LANGUAGE sql AS "
        "'DELETE FROM tickets RETURNING n'"
    )
    for query, said in [
        ("WITH gone AS (DELETE FROM tickets RETURNING *) SELECT * FROM gone", "WITH clause"),
        ("SELECT wipe() AS opened", "read-only"),
        ("SELECT set_config('transaction_read_only', 'off', true) AS opened", "read-write mode"),
    ]:
        source = parse_data([f"s={server.url}?query={query}"], ["s"])["s"]
        with pytest.raises(Refused) as error:
            taken(source, StreamSpec("s", (FieldSpec("opened", Kind.TEXT),)))
        (finding,) = error.value.diagnostics
        assert finding.code == "SLA527"
        assert said in finding.message
    before = (desk / "desk.db").read_bytes()
    evaluated(desk / "desk.sla", "tickets=desk.db")
    assert (desk / "desk.db").read_bytes() == before
    assert sorted(p.name for p in desk.iterdir() if p.name.startswith("desk")) == [
        "desk.db",
        "desk.sla",
    ]


# ---- places ----


def test_a_configuration_names_a_table_and_its_columns(desk: Path) -> None:
    sqlite_table(desk / "desk.db", "Calls; x", ["a", "b"], [[1, "2.5"], [2, None]])
    toml = (
        '[sources.tickets]\npath = "tickets.csv"\n[sources.numbers]\npath = "desk.db"\n'
        'table = "Calls; x"\n[sources.numbers.fields]\nn = { column = "a", format = "epoch s" }\n'
        'x = "b"\n'
    )
    (desk / "sladsl.toml").write_text(toml, "utf-8")
    from sladsl.streams.config import load_config

    spec = StreamSpec(
        "numbers", (FieldSpec("n", Kind.TIME), FieldSpec("x", Kind.NUMBER, optional=True))
    )
    streams = {"numbers": spec, "tickets": StreamSpec("tickets", ())}
    sources = load_config(desk / "desk.sla", streams)
    found, _ = taken(sources["numbers"], spec)
    assert found == [[10**9, 2_500_000], [2 * 10**9, None]]
    moved = parse_data(["numbers=sqlite:///other.db"], streams, sources)["numbers"]
    assert moved.database is not None
    assert (moved.database.table, moved.roots) == ("Calls; x", None)
    moved = parse_data(["numbers=postgresql://h/x"], streams, sources)["numbers"]
    assert moved.database is not None
    assert (moved.database.table, moved.fields["x"].columns) == ("numbers", ("b",))
    assert parse_data(["numbers=x.csv"], streams, sources)["numbers"].database is None


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ('path = "desk.db"\nquery = "SELECT 1; SELECT 2"', "SLA527", "more than one"),
        ('path = "desk.db"\nquery = "SELECT 1"\ntable = "x"', "SLA503", "at once"),
        ('path = "desk.db"\ntable = ""', "SLA503", "can't be"),
        ('path = "desk.db"\ntable = "x"\nformat = "csv"', "SLA503", "is for files"),
        ('path = "../desk.db"\ntable = "x"', "SLA507", "leads out"),
        ('path = "out.db"', "SLA507", "leads out"),
        ('path = "postgresql://me:hidden@h/x"', "SLA513", "command line"),
        ('path = "desk.db"\ntable = "nope"', "SLA514", "no table `nope`"),
        ('path = "none.db"\ntable = "nope"', "SLA514", "no file"),
    ],
)
def test_what_a_configuration_may_not_say(desk: Path, told: str, code: str, said: str) -> None:
    (desk / ".git").mkdir()
    (desk / "out.db").symlink_to("/etc/passwd")
    (desk / "sladsl.toml").write_text(f"[sources.tickets]\n{told}\n", "utf-8")
    done = sladsl("eval", "desk.sla", "--format=json")
    assert codes(done) == [code]
    assert said in done.stdout
    assert "hidden" not in done.output


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("sqlite:///desk.db?table=ticket", "SLA514", "did you mean `tickets`?"),
        ("sqlite:///desk.db?table=", "SLA511", "no table"),
        ("sqlite:///desk.db?mode=rw", "SLA511", "unknown option `mode`"),
        ("sqlite:///desk.db?table=a&query=SELECT 1", "SLA511", "at once"),
        ("sqlite://desk.db", "SLA511", "no file after"),
        ("sqlite:///none.db", "SLA514", "no file `none.db`"),
        ("none.sqlite", "SLA514", "no file `none.sqlite`"),
        ("sqlite:///desk.sla", "SLA526", "not a database"),
        ("sqlite:///desk.db?query=SELECT x FROM tickets", "SLA527", "no such column: x"),
        ("sqlite:///desk.db?query=SELECT * FROM nope", "SLA527", "no such table: nope"),
        ("sqlite:///desk.db?query=SELECT *, id FROM tickets", "SLA519", "2 times"),
        ("mysql://me:hidden@h/x", "SLA513", "not read"),
        ("postgresql://me:hidden@127.0.0.1:1/x", "SLA526", "refused"),
        ("postgresql://me:hid@den@127.0.0.1:1/x", "SLA511", "%40"),
        ("postgresql://me:hid/den@127.0.0.1:1/x", "SLA511", "%2F"),
        ("postgresql://me:hidden/x", "SLA511", "told apart"),
        ("postgresql://127.0.0.1:1/x?password=hidden&bad=hidden", "SLA526", "bad"),
        ("postgresql://me:hid?den@127.0.0.1:1/x", "SLA511", "%3F"),
    ],
)
def test_places_that_are_refused(desk: Path, place: str, code: str, said: str) -> None:
    found, words = refused(place)
    assert found == code
    assert said in words
    assert "hid" not in words


def test_no_message_shows_a_password(desk: Path) -> None:
    secret = "postgresql://me:hidden@127.0.0.1:1/x"
    for arguments in ([f"--data={secret}?table=x"], [f"--data=tickets={secret}"] * 2):
        done = sladsl("eval", "desk.sla", *arguments)
        assert done.exit_code == 2
        assert "hidden" not in done.output


def test_what_a_server_refuses(desk: Path, server: Server) -> None:
    server.run('DROP TABLE IF EXISTS tickets; CREATE TABLE tickets (id interval, "OPENED" text)')
    secret = PASSWORD[1:-1]
    for place, code, said in [
        (f"postgresql://tester:wrong@{server.at}", "SLA526", "password authentication failed"),
        (f"{server.url}x", "SLA526", "does not exist"),
        (f"{server.url}?table=ticket", "SLA514", "no table `ticket`"),
        (f"{server.url}?table=nowhere.tickets", "SLA514", "no table `nowhere.tickets`"),
        (f"{server.url}?query=SELECT nope FROM tickets", "SLA527", "does not exist"),
        (f"{server.url}?query=SELECT 1 AS id", "SLA518", "opened"),
    ]:
        done = sladsl("eval", "desk.sla", f"--data=tickets={place}", "--format=json")
        assert set(codes(done)) == {code}, done.stdout
        assert said in done.stdout
        assert secret not in done.output
        assert server.escaped not in done.output
        assert "wrong" not in done.output


def test_a_query_that_fails_on_the_way(server: Server) -> None:
    query = "SELECT 1 / (150000 - n) AS n, 1.5 AS x FROM generate_series(1, 200000) AS n"
    source = parse_data([f"numbers={server.url}?query={query}"], ["numbers"])["numbers"]
    with pytest.raises(Refused) as error:
        taken(source, NUMBERS)
    (finding,) = error.value.diagnostics
    assert (finding.code, "division by zero" in finding.message) == ("SLA527", True)


def test_a_schema_may_stand_before_a_table(server: Server) -> None:
    server.run(
        'DROP SCHEMA IF EXISTS "My desk" CASCADE; CREATE SCHEMA "My desk"; '
        'CREATE TABLE "My desk"."n.m" (n int, x int); INSERT INTO "My desk"."n.m" VALUES (1, 2)'
    )
    place = f'numbers={server.url}?table=My desk."n.m"'
    assert taken(parse_data([place], ["numbers"])["numbers"], NUMBERS)[0] == [[1, 2_000_000]]
    assert tables_name('a".b"', "postgresql") == '"a"".b"""'
    assert tables_name('a.b"', "sqlite") == '"a.b"""'


def test_times_without_end_are_rejected(server: Server) -> None:
    spec = StreamSpec("s", (FieldSpec("t", Kind.TIME),))
    query = (
        "VALUES ('infinity'::timestamptz), ('-infinity'), ('2026-01-01Z'), (NULL), ('1600-01-01Z')"
    )
    source = parse_data([f"s={server.url}?query=SELECT * FROM ({query}) AS s (t)"], ["s"])["s"]
    found, accounting = taken(source, spec)
    assert found == [[1_767_225_600 * 10**9]]
    assert sorted(accounting.reasons.values()) == [1, 3]


def test_numbers_are_exact(server: Server) -> None:
    spec = StreamSpec("s", (FieldSpec("m", Kind.MONEY, unit="EUR"),))
    query = "VALUES (9007199254740.993), (0.1), ('NaN'), (0.0000001)"
    source = parse_data([f"s={server.url}?query=SELECT * FROM ({query}) AS s (m)"], ["s"])["s"]
    found, accounting = taken(source, spec)
    assert found == [[9_007_199_254_740_993_000], [100_000]]
    assert accounting.rejected == 2


def test_what_is_no_value_is_refused(desk: Path, server: Server) -> None:
    query = (
        "SELECT now() AS opened, 'x' AS id, 'open' AS state, true AS open, '1h'::interval AS effort"
    )
    code, words = refused(f"{server.url}?query={query}, 1 AS price")
    assert (code, "interval" in words) == ("SLA520", True)


def test_where_the_order_of_rows_decides_it_is_stated(desk: Path) -> None:
    code, words = refused("sqlite:///desk.db", policy="latest.sla")
    assert (code, "ORDER BY" in words, "newest" in words) == ("SLA528", True, True)
    query = "SELECT * FROM tickets ORDER BY rowid"
    assert evaluated(desk / "latest.sla", f"tickets=sqlite:///desk.db?query={query}") == evaluated(
        desk / "latest.sla", "tickets=tickets.csv"
    )
    told = (desk / "latest.sla").read_text("utf-8").replace("left number?", "rank int = 1")
    told = told.replace("  event at opened", "  event at opened  sequence rank")
    (desk / "latest.sla").write_text(told, "utf-8")
    done = json.loads(evaluated(desk / "latest.sla", "tickets=sqlite:///desk.db"))
    assert done["summary"]["met"] == 2


def test_where_a_server_is_may_stand_in_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run("DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (n int, x int)")
    server.run("INSERT INTO numbers VALUES (1, 2)")
    named = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": "tester", "PASSWORD": PASSWORD}
    for name, value in named.items():
        monkeypatch.setenv(f"PG{name}", value)
    source = parse_data(["numbers=postgresql:///postgres"], ["numbers"])["numbers"]
    assert taken(source, NUMBERS)[0] == [[1, 2_000_000]]


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
def test_a_driver_that_is_absent(desk: Path, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"adbc_driver_{system}", None)
    code, words = refused(f"{system}:///desk.db")
    assert (code, "sladsl[sql]" in words) == ("SLA525", True)


def test_what_a_url_says() -> None:
    found = database_of("postgres://u:s%40@h:5,[::1]:6/db?sslmode=off&table=a%20b", "s", WHERE)
    assert found.address == "postgresql://u:s%40@h:5,[::1]:6/db?sslmode=off&connect_timeout=30"
    assert found.shown == "postgresql://u@h:5,[::1]:6/db?table=a b"
    assert (found.table, found.query, set(found.secrets)) == ("a b", None, {"s%40", "s@"})
    assert found.scrubbed("no s@\n or s%40") == "no *** or ***"
    found = database_of("sqlite:////srv/a%20b.db?query=SELECT '%20&table=x'", "s", WHERE)
    assert (found.address, found.query) == ("/srv/a b.db", "SELECT '%20&table=x'")


def test_a_file_of_any_name(tmp_path: Path) -> None:
    place = tmp_path / "a b%20#?é.db"
    sqlite_table(place, "numbers", ["n", "x"], [[1, 2]])
    source = parse_data([f"numbers={place}"], ["numbers"])["numbers"]
    assert taken(source, NUMBERS)[0] == [[1, 2_000_000]]


def test_what_isnt_utf8_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.db")) as database, database:
        database.execute("CREATE TABLE s (t text)")
        database.execute("INSERT INTO s VALUES (CAST(x'ff' AS text))")
    source = parse_data([f"s={tmp_path / 't.db'}"], ["s"])["s"]
    with pytest.raises(Refused) as error:
        taken(source, StreamSpec("s", (FieldSpec("t", Kind.TEXT),)))
    assert error.value.diagnostics[0].code == "SLA516"


def test_many_columns_and_no_rows(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(450)]
    sqlite_table(tmp_path / "t.db", "s", names, [list(range(450))])
    spec = StreamSpec("s", tuple(FieldSpec(name, Kind.INT) for name in names))
    source = parse_data([f"s={tmp_path / 't.db'}"], ["s"])["s"]
    assert taken(source, spec)[0] == [list(range(450))]
    sqlite_table(tmp_path / "e.db", "s", names, [])
    source = parse_data([f"s={tmp_path / 'e.db'}"], ["s"])["s"]
    assert taken(source, spec)[0] == []


def test_a_folder_is_no_database(desk: Path) -> None:
    os.mkdir("folder.db")
    assert refused("folder.db")[0] == "SLA514"
