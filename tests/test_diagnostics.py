"""Findings as text and as data."""

from __future__ import annotations

import json
import unicodedata
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sladsl.diagnostics import (
    Diagnostic,
    Label,
    Severity,
    columns,
    nearest,
    printable,
    render,
    to_dict,
)
from sladsl.source import Place, Source, Span

CARETS = "^"


def at(text: str, part: str, note: str = "", path: str = "a.sla") -> Label:
    start = text.index(part)
    return Label(Span(Source(path, text), start, start + len(part)), note)


def finding(label: Label, *related: Label, help: str = "") -> Diagnostic:
    return Diagnostic("SLA201", "unknown metric `x`", label, related, help)


def under(text: str, part: str, width: int = 100) -> tuple[str, str]:
    """The line shown and the row of carets below it, both without the gutter."""
    rows = render(finding(at(text, part)), width=width).split("\n")
    gutter = rows[3].index("|") + 2
    return rows[3][gutter:], rows[4][gutter:]


def test_the_form() -> None:
    """As in the design: the example there, to the letter."""
    text = "\n" * 71 + "  require availabilty >= 99.95% per month\n"
    label = at(text, "availabilty", "not declared in this agreement", "policies/site.sla")
    help = "did you mean `availability`?"
    shown = render(Diagnostic("SLA201", "unknown metric `availabilty`", label, help=help))
    assert shown == dedent(
        """\
        error[SLA201]: unknown metric `availabilty`
          --> policies/site.sla:72:11
           |
        72 |   require availabilty >= 99.95% per month
           |           ^^^^^^^^^^^ not declared in this agreement
           = help: did you mean `availability`?"""
    )


def test_related_labels_have_their_own_place() -> None:
    text = "metric a = b\n" * 9 + "metric a = c\n"
    second = Label(Span(Source("a.sla", text), 124, 125), "the second")
    place = Label(Place("data.csv", 3, 7), "read from here")
    file = Label(Place("sladsl.toml"))
    assert render(finding(second, at(text, "a", "the first"), place, file)) == dedent(
        """\
        error[SLA201]: unknown metric `x`
          --> a.sla:10:8
           |
        10 | metric a = c
           |        ^ the second
           |
          --> a.sla:1:8
           |
         1 | metric a = b
           |        - the first
           |
          --> data.csv:3:7
           | read from here
           |
          --> sladsl.toml"""
    )


def test_warnings_and_places_without_text() -> None:
    label = Label(Place("d.csv", 4), "an empty row")
    shown = render(Diagnostic("SLA301", "a row", label, severity=Severity.WARNING))
    assert shown == "warning[SLA301]: a row\n --> d.csv:4\n  | an empty row"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("metric a", "a"),
        ("\tmetric\ta", "a"),
        ("\t\t a b", "b"),
        ("日本語 x", "x"),
        ("日本語 x", "本"),
        ("e\u0301e\u0301 x", "x"),
        ("ﾊﾝｶｸ x", "x"),
        ("a \x1b[31m y", "y"),
        ("a \u202e\u2066 y", "y"),
        ("a \ud800 x", "x"),
        ("a" * 500 + " HERE " + "b" * 500, "HERE"),
        ("日" * 500 + " HERE " + "本" * 500, "HERE"),
        ("a" * 500 + "HERE", "HERE"),
        ("HERE" + "a" * 500, "HERE"),
    ],
)
def test_carets_stand_under_their_characters(text: str, part: str) -> None:
    line, carets = under(text, part)
    marked = printable(part)
    before = len(carets) - len(carets.lstrip())
    assert carets.strip() == CARETS * columns(marked)
    shown = line.index(marked)
    assert columns(line[:shown]) == before


@pytest.mark.parametrize("width", [30, 40, 80, 100, 200])
@pytest.mark.parametrize("start", [0, 5, 100, 480, 990])
def test_long_lines_are_cut(width: int, start: int) -> None:
    text = "".join(chr(97 + n % 26) for n in range(1000))
    for length in (1, 10, 500):
        span = Span(Source("a.sla", text), start, min(start + length, 1000))
        rows = render(finding(Label(span)), width=width).split("\n")
        assert all(len(row) <= width for row in rows[1:])
        assert "..." in rows[3]
        first = rows[3][rows[4].index("^")]
        assert first == text[start]


def test_a_span_over_lines_marks_the_first_to_its_end() -> None:
    assert under("outage down {\n  x\n}\n", "down {\n  x\n}") == ("outage down {", "       ^^^^^^")


def test_the_end_of_the_text() -> None:
    source = Source("a.sla", "metric a =\n")
    for offset in (10, 11):
        assert "^" in render(finding(Label(Span(source, offset, offset))))
    assert render(finding(Label(Span(Source("a.sla", ""), 0, 0)))).endswith("^")


def test_colour_only_when_asked() -> None:
    label = at("metric a", "a", "here")
    plain, bright = render(finding(label)), render(finding(label), color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[SLA201]\x1b[0m: " in bright
    assert "\x1b[1;34m  |\x1b[0m" in bright
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[0m"):
        bright = bright.replace(code, "")
    assert bright == plain


def test_printable() -> None:
    assert printable("plain `text`") == "plain `text`"
    assert printable("Größe 日本 עברית") == "Größe 日本 עברית"
    assert printable("\x1b[31m\n\r\t\x00") == "\\x1b[31m\\n\\r\\t\\x00"
    assert printable("a\u202eb\u2066c\u200bd\ufeff") == "a\\u202eb\\u2066c\\u200bd\\ufeff"
    assert printable("\ud800 \U000e0001") == "\\ud800 \\U000e0001"


@given(st.text(), st.text(), st.text(), st.text())
def test_nothing_of_the_user_steers_the_terminal(a: str, b: str, c: str, d: str) -> None:
    source = Source(a, b)
    label = Label(Span(source, 0, len(b)), c)
    shown = render(Diagnostic("SLA100", d, label, (Label(Place(a, 1), b),), c))
    for character in shown.replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    json.dumps(to_dict(finding(label)))


def test_as_data() -> None:
    label, other = at("metric a\nx", "a\nx", "here"), Label(Place("d.csv", 2), "there")
    assert to_dict(finding(label, other, help="do it")) == {
        "code": "SLA201",
        "severity": "error",
        "message": "unknown metric `x`",
        "file": "a.sla",
        "line": 1,
        "column": 8,
        "end_line": 2,
        "end_column": 2,
        "label": "here",
        "related": [
            {
                "file": "d.csv",
                "line": 2,
                "column": None,
                "end_line": None,
                "end_column": None,
                "label": "there",
            }
        ],
        "help": "do it",
    }


def test_nearest() -> None:
    assert nearest("availabilty", ["availability", "speed"]) == "did you mean `availability`?"
    assert nearest("UPTIME", ["uptime"]) == "did you mean `uptime`?"
    assert nearest("x", ["uptime"]) == ""
