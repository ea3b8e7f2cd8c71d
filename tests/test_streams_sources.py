"""`sladsl.toml` and `--data`: what is understood, what is refused, and how it is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sladsl.diagnostics import Refused
from sladsl.streams import findings
from sladsl.streams.config import load_config
from sladsl.streams.files import data_files
from sladsl.streams.findings import TITLES
from sladsl.streams.model import FieldSpec, Kind, StreamSpec
from sladsl.streams.roots import allowed_roots
from sladsl.streams.sources import FieldSource, format_of, parse_data

K = Kind
STREAMS = {
    "calls": StreamSpec(
        "calls",
        (
            FieldSpec("started", K.TIME),
            FieldSpec("wait", K.DURATION, unit="s"),
            FieldSpec("fee", K.MONEY, unit="EUR"),
            FieldSpec("priority", K.ENUM, values=("P1", "P2")),
            FieldSpec("up", K.BOOL),
            FieldSpec("site", K.TEXT),
            FieldSpec("count", K.INT),
        ),
    )
}


@pytest.fixture
def project(tmp_path):
    """A folder like a repository's, with a policy in `sla/`."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "sla").mkdir()
    return tmp_path / "repo"


def load(project, text, at="sla", **options):
    (project / at / "sladsl.toml").write_text(text)
    return load_config(project / "sla" / "a.sla", STREAMS, cwd=project, **options)


def refusals(call, *args, **options):
    with pytest.raises(Refused) as refused:
        call(*args, **options)
    return refused.value.diagnostics


def test_a_whole_configuration(project):
    found = load(
        project,
        """
[sources.calls]
path = "../data/calls.csv"
missing = ["?"]
time_format = "%d/%m/%Y %H:%M"
timezone = "Europe/Berlin"
ambiguous = "later"
delimiter = ";"
max_rejected = "0.5%"

[sources.calls.fields]
started = { columns = ["date", "clock"], format = "%Y-%m-%d %I:%M:%S %p", timezone = "UTC" }
wait = { column = "wait_length", unit = "min", missing = ["-1"] }
count = "n"
[sources.calls.fields.site]
values = { "old name" = "new" }
otherwise = "as it is"
""",
    )["calls"]
    assert found.path == str(project / "sla" / "../data/calls.csv")
    assert (found.missing, found.delimiter, found.ambiguous) == (("?",), ";", "later")
    assert (found.max_rejected, found.timezone) == ("0.5%", "Europe/Berlin")
    assert found.fields["started"].columns == ("date", "clock")
    assert found.fields["wait"].missing == ("-1",)
    assert found.fields["count"] == FieldSource(("n",), place=found.fields["count"].place)
    assert found.fields["site"].columns == ("site",)
    assert found.fields["site"].otherwise == "as it is"
    assert found.fields["wait"].place.place == "sla/sladsl.toml:13"


HEAD = '[sources.calls]\npath = "c.csv"\n'


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("[sources", "SLA501", 1, "is not TOML"),
        ("a = 1\na = 2\n", "SLA501", 2, "is not TOML"),
        ("sources = 3\n", "SLA503", 1, "must be a table"),
        ("[sources.cals]\n", "SLA504", 1, "did you mean `calls`?"),
        ("[sources.calls]\n", "SLA503", 1, "has no `path`"),
        (HEAD + "formt = 1\n", "SLA502", 3, "did you mean `format`?"),
        (HEAD + 'format = "xls"\n', "SLA503", 3, "can't be `xls`"),
        (HEAD + 'timezone = "Europe/Berln"\n', "SLA506", 3, "did you mean `Europe/Berlin` or"),
        (HEAD + "timezone = 3\n", "SLA503", 3, "must be a text, not a number"),
        (HEAD + 'time_format = "%Q"\n', "SLA509", 3, "`%Q` is not understood"),
        (HEAD + 'time_format = "%H:%M"\n', "SLA509", 3, "it has no year"),
        (HEAD + 'time_format = "epoch d"\n', "SLA509", 3, "epoch"),
        (HEAD + "missing = [1]\n", "SLA503", 3, "list of texts"),
        (HEAD + 'delimiter = ",,"\n', "SLA503", 3, "delimiter"),
        (HEAD + 'max_rejected = "x"\n', "SLA503", 3, "max_rejected"),
        (HEAD + "max_rejected = true\n", "SLA503", 3, "max_rejected"),
        (HEAD + "fields = 1\n", "SLA503", 3, "must be a table"),
        (HEAD + '[sources.calls.fields]\nwat = "w"\n', "SLA505", 4, "did you mean `wait`?"),
        (HEAD + "fields.wait = 1\n", "SLA503", 3, "column's name or a table"),
        (HEAD + 'fields.wait = { colum = "a" }\n', "SLA502", 3, "did you mean `column`?"),
        (HEAD + 'fields.wait = { unit = "sec" }\n', "SLA508", 3, "`sec` is no unit"),
        (HEAD + 'fields.fee = { unit = "USD" }\n', "SLA508", 3, "is in EUR, not `USD`"),
        (HEAD + 'fields.site = { unit = "s" }\n', "SLA508", 3, "has no unit"),
        (HEAD + 'fields.site = { format = "%Y" }\n', "SLA503", 3, "`format` is for times"),
        (HEAD + 'fields.site = { otherwise = "missing" }\n', "SLA510", 3, "without `values`"),
        (HEAD + 'fields.site = { column = "a", columns = ["b"] }\n', "SLA503", 3, "at once"),
        (HEAD + 'fields.up = { values = { "a" = "b" } }\n', "SLA510", 3, "expected true or false"),
        (
            HEAD + '[sources.calls.fields.priority.values]\n"1" = "P3"\n',
            "SLA510",
            4,
            "expected one of P1, P2",
        ),
        (HEAD + 'fields.count = { values = { "a" = 1.5 } }\n', "SLA510", 3, "whole number"),
        ('[sources.calls]\npath = "/etc/passwd"\n', "SLA507", 2, "absolute path"),
        ('[sources.calls]\npath = "../../x.csv"\n', "SLA507", 2, "--allow-path"),
        ('[sources.calls]\npath = "out/x.csv"\n', "SLA507", 2, "leads out"),
        ('[sources.calls]\npath = "sqlite:///x.db"\n', "SLA513", 2, "named by its path"),
        ('[sources.calls]\npath = "https://x/y"\n', "SLA513", 2, "not read"),
        ('[sources.calls]\npath = "-"\n', "SLA503", 2, "can't be"),
    ],
)
def test_what_a_configuration_may_not_say(project, text, code, line, said):
    (project / "sla" / "out").symlink_to(project.parent)
    (found,) = refusals(load, project, text)
    assert found.code == code
    assert found.label.where.place.split(":")[:2] == ["sla/sladsl.toml", str(line)]
    assert said in f"{found.message}\n{found.help}"


def test_all_that_is_wrong_is_said_at_once(project):
    found = refusals(load, project, "[sources.x]\n[sources.calls]\na=1\nb=2\n")
    assert [d.code for d in found] == ["SLA504", "SLA502", "SLA502", "SLA503"]
    assert [d.code for d in refusals(load, project, "[streams.calls]\n")] == ["SLA502"]


def test_streams_that_are_not_read_may_be_named(project):
    text = '[sources.others]\npath = "o.csv"\n'
    assert load(project, text, unread=("others",)) == load(project, text, unread=None) == {}
    assert [d.code for d in refusals(load, project, text, unread=("more",))] == ["SLA504"]


def test_the_search_stops_at_the_repository(project):
    (project.parent / "sladsl.toml").write_text("[sources.nothing]\n")
    assert load_config(project / "sla" / "a.sla", STREAMS, cwd=project) == {}
    found = load(project, HEAD, at=".")
    assert found["calls"].path == str(project / "c.csv")


def test_roots(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("home/me/work/sla", "home/me/work/run", "home/other", "srv/repo/.git"):
        (tmp_path / name).mkdir(parents=True)
    policy = tmp_path / "home/me/work/sla/a.sla"
    folder = policy.parent

    def roots(cwd, *more):
        return allowed_roots(policy, tmp_path / cwd, more)

    assert roots("home/me/work/run") == (folder, folder.parent)
    assert roots("home/me/work/sla") == (folder,)
    assert roots("home/other") == (folder,)  # they meet in the home directory
    assert roots("srv") == (folder,)  # and here above it
    assert allowed_roots(policy, Path("/")) == (folder,)
    assert roots("srv", "repo") == (folder, tmp_path / "srv/repo")
    policy = tmp_path / "srv/repo/a/b.sla"
    assert roots("home") == (policy.parent, tmp_path / "srv/repo")


def test_links_that_lead_out_are_refused_when_read(project):
    (project.parent / "secret.csv").write_text("a\n")
    data = project / "data"
    data.mkdir()
    source = load(project, '[sources.calls]\npath = "../data"\n')["calls"]
    (data / "x.csv").symlink_to(project.parent / "secret.csv")
    (found,) = refusals(data_files, source)
    assert found.code == "SLA507"
    (data / "x.csv").unlink()
    os.mkfifo(data / "y.csv")
    (found,) = refusals(data_files, source)
    assert found.code == "SLA515"
    allowed = load(
        project, '[sources.calls]\npath = "../../secret.csv"\n', allow_paths=[str(project.parent)]
    )
    assert len(data_files(allowed["calls"])) == 1


def test_data_arguments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "calls.csv.gz").write_text("")
    (tmp_path / "d" / "other.csv").write_text("")
    (tmp_path / "f.csv").write_text("")
    found = parse_data(["d"], ["calls", "texts"])
    assert {k: v.path for k, v in found.items()} == {"calls": "d/calls.csv.gz"}
    found = parse_data(["d", "calls=x=1.csv"], ["calls"])
    assert found["calls"].path == "x=1.csv"
    for args, code, said in [
        (["cals=x"], "SLA504", "did you mean `calls`?"),
        (["calls="], "SLA511", "no path"),
        (["f.csv"], "SLA511", "--data STREAM=f.csv"),
        (["nowhere"], "SLA514", "no folder"),
        (["sqlite:///a.db"], "SLA511", "no stream is named"),
        (["calls=postgresql+psycopg://a/b"], "SLA513", "not read"),
        (["calls=a", "calls=b"], "SLA512", "`a` and `b`"),
        (["d", "d"], "SLA512", "`d/calls.csv.gz` and `d/calls.csv.gz`"),
    ]:
        (found,) = refusals(parse_data, args, ["calls"])
        assert found.code == code
        assert said in f"{found.message} {found.help}"
    (tmp_path / "d" / "calls.jsonl").write_text("")
    (found,) = refusals(parse_data, ["d"], ["calls"])
    assert found.message == "two places for stream `calls`: `d/calls.csv.gz` and `d/calls.jsonl`"


def test_an_argument_keeps_the_mapping(project):
    config = load(project, HEAD + 'format = "jsonl"\nfields.count = "n"\n')
    found = parse_data(["calls=/tmp/x.parquet"], STREAMS, config)["calls"]
    assert (found.path, found.format, found.roots) == ("/tmp/x.parquet", None, None)
    assert found.fields["count"].columns == ("n",)
    assert parse_data(["calls=-"], STREAMS, config)["calls"].format == "jsonl"
    assert parse_data([], STREAMS, config) == config


def test_a_file_that_is_not_there(tmp_path):
    source = parse_data([f"calls={tmp_path}/no.csv"], STREAMS)["calls"]
    (found,) = refusals(data_files, source)
    assert found.code == "SLA514"
    assert str(tmp_path) in found.help


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.csv", ("csv", None)),
        ("B.CSV.GZ", ("csv", "gz")),
        ("x.ndjson.zst", ("jsonl", "zst")),
        ("csv", (None, None)),
        (".csv", ("csv", None)),
        ("x.gz", (None, "gz")),
    ],
)
def test_formats_by_name(name, expected):
    assert format_of(name) == expected


def test_every_code_has_its_title():
    codes = {v for k, v in vars(findings).items() if k.isupper() and isinstance(v, str)}
    assert codes == set(TITLES)


def test_configuration_needs_neither_numpy_nor_pyarrow():
    code = (
        "import sys, sladsl.streams.config, sladsl.streams.sources, sladsl.streams.roots\n"
        "sys.exit(bool({'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
