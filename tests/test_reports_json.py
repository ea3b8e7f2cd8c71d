"""What is written as JSON: every document follows the schema, and the schema is strict."""

from __future__ import annotations

import copy
import json
import random

import jsonschema
import pytest
from test_reports_builders import at, judgement, months, percent, share, verdict
from test_reports_made_up import MADE, hosting

from sladsl.diagnostics import Diagnostic, Label, Severity
from sladsl.reports.json import diagnostics_json, encode, explanation_json, schema, to_json
from sladsl.source import Place, Source, Span
from sladsl.verdicts.result import InputSeen

SOURCE = Source("a.sla", "agreement x {\n  term from 2026-01-01\n}\n")
FOUND = (
    Diagnostic("SLA201", "unknown metric `x`", Label(Span(SOURCE, 16, 20), "not declared"),
               (Label(Place("data.csv", 3)),), "did you mean `y`?"),
    Diagnostic("SLA301", "it is left open", Label(Place("sladsl.toml")),
               severity=Severity.WARNING),
)  # fmt: skip


def documents():
    for name, make in MADE.items():
        if name != "many":
            yield to_json(*make())
    yield to_json(judgement("empty", []), ())
    yield diagnostics_json(FOUND, "check")
    yield diagnostics_json((), "fmt")
    yield explanation_json("SLA201", "an unknown name", "# SLA201\n...")


DOCUMENTS = list(documents())
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_follows_the_schema(document):
    VALIDATOR.validate(document)
    assert json.loads(encode(document)) == document


@pytest.mark.parametrize("document", DOCUMENTS[2:])  # the first two are long
def test_a_changed_document_does_not(document):
    """An unknown key, a key that is missing, a value of another type, wherever they stand."""
    dice = random.Random(4)
    spots = list(objects(document))
    for path in dice.sample(spots, min(12, len(spots))):
        for change in (extra, lacking, mistyped):
            changed = copy.deepcopy(document)
            if change(follow(changed, path), dice):
                assert not VALIDATOR.is_valid(changed), (path, change.__name__)


def objects(node, path=()):
    if isinstance(node, dict):
        if not path or path[-1] != "group":
            yield path
        for key, value in node.items():
            yield from objects(value, (*path, key))
    elif isinstance(node, list):
        for at_, value in enumerate(node):
            yield from objects(value, (*path, at_))


def follow(node, path):
    for step in path:
        node = node[step]
    return node


def extra(node, dice):
    node["unforeseen"] = 1
    return True


def lacking(node, dice):
    optional = {"obligation", "requirement", "period", "group"} if "step" in node else set()
    del node[dice.choice(sorted(set(node) - optional))]
    return True


def mistyped(node, dice):
    node[dice.choice(sorted(node))] = 1.5
    return True


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("format_version",), "2.0"),
        (("as_of",), "2026-05-04"),
        (("as_of",), "2026-05-04T00:00:00"),
        (("policy", "digest"), "md5:0"),
        (("verdicts", 2, "verdict"), "no_data"),
        (("verdicts", 2, "value", "exact"), "99.95%"),
        (("verdicts", 2, "value", "unit"), "%"),
        (("verdicts", 2, "target", "op"), "=>"),
        (("verdicts", 2, "requirement"), 0),
        (("verdicts", 2, "evidence", "measured"), "1200"),
        (("verdicts", 2, "group", "target"), None),
        (("verdicts", 2, "credit", "amount"), "125.00 EUR"),
        (("statement", 0, "direction"), "credit"),
        (("inputs", 0, "rows"), -1),
    ],
)
def test_wrong_values(path, wrong):
    document = to_json(*hosting())
    follow(document, path[:-1])[path[-1]] = wrong
    assert not VALIDATOR.is_valid(document)


def test_the_form_that_was_agreed_on():
    document = to_json(*hosting())
    assert list(document) == [
        "format_version", "policy", "as_of", "as_of_given", "inputs", "obligations", "verdicts",
        "statement", "summary",
    ]  # fmt: skip
    assert document["as_of"] == "2026-05-04T00:00:00+02:00"
    assert document["summary"] == {
        "met": 3, "breached": 2, "excused": 1, "no_data": 1, "pending": 2
    }  # fmt: skip
    web = document["verdicts"][2]
    assert list(web) == [
        "obligation", "requirement", "by", "to", "period", "group", "verdict", "final", "value",
        "best", "worst", "target", "evidence", "credit", "reason", "breached_at",
        "deadline",
    ]  # fmt: skip
    assert web["period"] == {
        "label": "2026-04",
        "start": "2026-04-01T00:00:00+02:00",
        "end": "2026-05-01T00:00:00+02:00",
    }
    assert web["value"] == {"exact": "2587200/2588400", "shown": "99.9536%", "unit": "percent"}
    assert web["target"] == {"op": ">=", "exact": "9999/10000", "shown": "99.99%"}
    assert web["evidence"]["measured"] == "2588400s"
    assert web["evidence"]["outages"][0]["counted"] == "400s"
    assert web["credit"]["amount"] == "125.00"
    assert web["credit"]["currency"] == "EUR"
    assert web["credit"]["claimed"] is None
    assert document["verdicts"][5]["verdict"] == "no data"
    assert document["verdicts"][5]["value"] is None
    [statement] = document["statement"]
    assert (statement["payable"], statement["from"], statement["to"]) == (
        "125.00",
        "acme",
        "globex",
    )
    assert [line["step"] for line in statement["lines"]] == ["tier", "rounding"]
    assert statement["lines"][0]["group"] == {"target": "web"}
    assert "group" not in statement["lines"][1]


def test_two_statements_on_one_verdict_are_added_up():
    found, (credit,) = hosting()
    penalty = credit.but(direction="penalties")
    document = to_json(found, (credit, penalty))
    assert document["verdicts"][2]["credit"]["amount"] == "250.00"
    VALIDATOR.validate(document)


def test_the_same_bytes_every_time():
    first, second = encode(to_json(*hosting())), encode(to_json(*hosting()))
    assert first == second
    assert first.endswith(b"}\n")


def test_nothing_steers_a_terminal():
    evil = 'a\x1b[31m\x9b2J\u202e\u200b\x7f\U000e0041\ud800\n"é山'
    [period] = months("2026-05", 1)
    one = verdict("uptime", period, share(1, 2), ">=", percent("99"), group={"site": evil})
    seen = InputSeen("checks", 1, 0, 0, 1, 0, "", ((evil, 1, evil),))
    data = encode(to_json(judgement("x", [one], seen, as_of=at("2026-06-01")), ()))
    text = data.decode("utf-8")
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "é山" in text
    read = json.loads(text)["verdicts"][0]["group"]["site"]
    assert read == evil.replace("\ud800", "\\ud800")
    VALIDATOR.validate(json.loads(text))
