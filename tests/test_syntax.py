"""Syntax errors: the cases, the explanations, the tables that findings are made from."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from fences import Fence, fences
from sladsl.diagnostics import Diagnostic, render
from sladsl.source import Source
from sladsl.syntax import hints
from sladsl.syntax import parse as parsing
from sladsl.syntax.faults import parser_of_lark
from sladsl.syntax.forms import FORMS, HEADS
from sladsl.syntax.parse import parse
from sladsl.syntax.vocabulary import Vocabulary

ROOT = Path(__file__).parent.parent
CASES = sorted((Path(__file__).parent / "cases" / "syntax").glob("*.md"))
EXPLANATIONS = sorted((ROOT / "sladsl" / "explanations").glob("SLA1[0-3]?.md"))
#: Codes of `parse.py` and `tree.py`, and those of the rules for syntax errors.
CODES = {
    "SLA100", "SLA101", "SLA102", "SLA103", "SLA104", "SLA105", "SLA106", "SLA107", "SLA110",
    *(f"SLA{n}" for n in range(111, 136)),
}  # fmt: skip


def findings(text: str, path: str = "case.sla") -> tuple[Diagnostic, ...]:
    return parse(Source(path, text))[1]


def shown(text: str) -> str:
    return "\n\n".join(render(finding) for finding in findings(text)) + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(path: Path, request: pytest.FixtureRequest) -> None:
    """Each text gives the findings that stand below it."""
    page = path.read_text(encoding="utf-8")
    blocks = list(fences(page))
    pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert pairs
    if request.config.getoption("--update", default=False) or "SLADSL_UPDATE" in os.environ:
        path.write_text(updated(page, pairs), encoding="utf-8")
        return
    for text, expected in pairs:
        assert (text.kind, expected.kind) == ("sla", "text")
        assert shown(text.text) == expected.text, f"{path.name}:{text.line}"


def updated(page: str, pairs: list[tuple[Fence, Fence]]) -> str:
    lines = page.splitlines(keepends=True)
    for text, expected in reversed(pairs):
        start = expected.line - 1
        lines[start : start + expected.text.count("\n")] = [shown(text.text)]
    return "".join(lines)


def test_cases_show_every_code() -> None:
    """No rule without a malformed sample."""
    pages = "".join(path.read_text(encoding="utf-8") for path in CASES)
    assert {f"SLA{n}" for n in re.findall(r"^error\[SLA(\d+)\]", pages, re.M)} >= CODES - {"SLA101"}


def test_every_code_is_explained() -> None:
    assert {path.stem for path in EXPLANATIONS} == CODES
    used = "".join(
        path.read_text(encoding="utf-8") for path in Path(hints.__file__).parent.rglob("*.py")
    )
    assert set(re.findall(r'"(SLA1[0-3]\d)"', used)) == CODES


@pytest.mark.parametrize("path", EXPLANATIONS, ids=lambda path: path.stem)
def test_explanations(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bad example gives exactly this code; the mended one parses."""
    page = path.read_text(encoding="utf-8")
    assert re.match(r"# \S.*[^.]\n\n\S", page)
    bad, good = (fence for fence in fences(page) if fence.kind.startswith("sla"))
    assert (bad.kind, good.kind) == ("sla-bad", "sla")
    if path.stem == "SLA101":
        monkeypatch.setattr(parsing, "MAX_SOURCE", len(good.text))
    # What can't be seen on a page is written as an escape.
    text = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), bad.text)
    assert {finding.code for finding in findings(text)} == {path.stem}
    assert findings(good.text) == ()


@pytest.mark.parametrize("block", FORMS)
def test_forms(block: str) -> None:
    """The examples that findings show are in the language."""
    for form in FORMS[block].values():
        head = HEADS[block] + " " if block else ""
        closing = "}" * head.count("{")
        assert findings(f"{head}{form.replace('...', '')} {closing}") == (), form


def test_no_form_lacks() -> None:
    vocabulary = Vocabulary.of(parser_of_lark()[0])
    assert set(FORMS[""]) == vocabulary.declarations
    clauses = {block: set(words) for block, words in vocabulary.clauses.items()}
    assert {block: set(forms) for block, forms in FORMS.items() if block} == clauses
    assert set(HEADS) >= set(clauses)


def test_place_is_exact() -> None:
    """The machine-readable place is that of the word in trouble."""
    text = "metric a = x\nobligation o {\n  a owes b\n  require a >= 99.9 % per month\n}\n"
    (finding,) = findings(text)
    span = finding.label.where
    assert (span.start, span.end) == (text.index("99.9"), text.index(" per"))
    assert span.place == "case.sla:4:16"


def test_no_more_than_a_screenful() -> None:
    text = "metric a = = b\n" * 100
    assert len(findings(text)) == parsing.MAX_FINDINGS
