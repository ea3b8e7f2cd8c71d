"""Whatever the text: `parse` returns, in bounded time, with findings that can be shown."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sladsl.diagnostics import render, to_dict
from sladsl.source import Source, Span
from sladsl.syntax.layout import declarations
from sladsl.syntax.parse import MAX_SOURCE, parse, parse_tree
from sladsl.syntax.words import lex

ROOT = Path(__file__).parent.parent
POLICIES = [
    path.read_text(encoding="utf-8")
    for path in [
        *sorted((ROOT / "policies").glob("*.sla")),
        *sorted((ROOT.parent / "shared" / "acceptance").glob("*/agreement.sla")),
        ROOT / "tests" / "cases" / "grammar" / "every_rule.sla",
    ]
]
PARTS = [text[start:end] for text in POLICIES for start, end in declarations(text)]
WORDS = sorted({word.text for text in POLICIES for word in lex(text, 0, len(text))})
ODD = [
    "{", "}", "(", ")", ",", ":", "=", "==", "=>", "&&", ";", '"', "'", "//", "--", "/*", "#", "\n",
    "\t", "€5", "5m", "10 %", "1,000.00", "01/02/2026", "9:00", "\x00", "\x1b[31m", "\u202e",
    "\ud800", "\u0301", "日本語", "1" * 41, "1600-01-01", "9999-12-31", "2026-13-45", "\\", "?",
]  # fmt: skip
ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def survives(text: str) -> None:
    source = Source("a.sla", text)
    policy, findings = parse(source)
    assert (policy is None) == bool(findings)
    for finding in findings:
        for label in (finding.label, *finding.related):
            assert isinstance(label.where, Span)
            assert 0 <= label.where.start <= label.where.end <= len(text)
        assert finding.message
        assert not finding.message.endswith(".")
        shown = render(finding)
        assert not ESCAPES.search(shown)
        shown.encode()
        to_dict(finding)
    places = [finding.label.where for finding in findings]
    assert len(set(places)) == len(places)  # nothing is said twice


def quick(examples: int) -> settings:
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


@quick(500)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survives(text)


@quick(700)
@given(st.lists(st.sampled_from([*WORDS, *ODD]), max_size=40))
def test_any_words(words: list[str]) -> None:
    survives(" ".join(words))


@quick(500)
@given(st.sampled_from(PARTS), st.data())
def test_mutated_declarations(text: str, data: st.DataObject) -> None:
    """One to three places cut out, doubled or filled with something else."""
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 12, len(text))))
        text = text[:start] + data.draw(st.sampled_from(["", *ODD, *WORDS])) + text[end:]
    survives(text)


@quick(150)
@given(st.sampled_from(POLICIES), st.data())
def test_truncated_policies(text: str, data: st.DataObject) -> None:
    survives(text[: data.draw(st.integers(0, len(text)))])


@quick(150)
@given(st.sampled_from(POLICIES), st.data())
def test_mutated_policies(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    survives(text[:at] + data.draw(st.sampled_from(ODD)) + text[at + 1 :])


@quick(500)
@given(st.binary(max_size=200))
def test_binary(data: bytes) -> None:
    survives(data.decode("utf-8", "surrogateescape"))
    survives(data.decode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "metric m = " + "(" * 10_000 + "x" + ")" * 10_000,
        "metric m = " + "(" * 10_000,
        "metric m = count of x where " + "not " * 10_000 + "y",
        "metric m = " + "- " * 10_000 + "x",
        "obligation o " + "{ " * 10_000,
        "}" * 10_000,
        "metric m = " + "1" * 100_000,
        "x" * 100_000,
        '"' * 10_001,
        "metric m = x" + " + x" * 20_000,
        "metric m = count of x where " + "match a { b: " * 2_000,
        "cap\n" * 20_000,
        "é" * 50_000 + "\u0301" * 50_000,
    ],
    ids=lambda text: f"{text[:30]}-{len(text)}".replace("\n", " "),
)
def test_extremes(text: str) -> None:
    started = time.perf_counter()
    survives(text)
    assert time.perf_counter() - started < 10


def test_a_long_policy() -> None:
    """A quarter of a megabyte is read; the finding at its end takes no multiple of that."""
    line = "cap credits at 50% of fee per month\n"
    text = line * (MAX_SOURCE // 4 // len(line))
    started = time.perf_counter()
    (finding,) = parse(Source("a.sla", text + "cap credits at"))[1]
    assert isinstance(finding.label.where, Span)
    assert finding.label.where.start == len(text) + len("cap credits a")
    assert time.perf_counter() - started < 20
    (finding,) = parse(Source("a.sla", "x" * (MAX_SOURCE + 1)))[1]
    assert finding.code == "SLA101"


@pytest.mark.parametrize("text", POLICIES)
def test_declarations_are_found(text: str) -> None:
    """Each declaration of a policy can be read by itself."""
    for start, end in declarations(text):
        tree, _, findings = parse_tree(Source("a.sla", text[start:end]))
        assert tree is not None, findings
        assert len(tree.children) <= 1


@quick(200)
@given(st.sampled_from(PARTS), st.sampled_from(PARTS), st.sampled_from(["= x", "@", ")"]))
def test_one_doesnt_hide_the_next(first: str, second: str, broken: str) -> None:
    """A broken declaration before and behind a good one: two findings, no follow-ups."""
    bad = f"metric broken = {broken}\n"
    assert len(parse(Source("a.sla", first + "\n" + bad + second + "\n" + bad))[1]) == 2
