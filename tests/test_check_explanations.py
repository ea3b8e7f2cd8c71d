"""Every finding of `check` has an explanation, and its examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fences import fences
from sladsl.contract.check import check
from sladsl.diagnostics import Diagnostic, Severity
from sladsl.source import Source
from sladsl.syntax.parse import parse

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "sladsl" / "explanations"
FRAME = (FOLDER / "frame.sla").read_text(encoding="utf-8")
CODE = re.compile(r"SLA[2-4]\d\d")


def codes_in_use() -> set[str]:
    files = (ROOT / "sladsl" / "contract").glob("*.py")
    return {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}


CODES = sorted(codes_in_use())


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What `check` says of an example, in the frame if it has no agreement of its own."""
    if not re.search(r"\bagreement\b", text):
        text = f"{FRAME}\n{text}"
    policy, problems = parse(Source("example.sla", text))
    assert policy is not None, [(p.code, p.message) for p in problems]
    return check(policy)[1]


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    pages = {page.stem for page in FOLDER.glob("SLA*.md") if CODE.match(page.stem)}
    assert pages == set(CODES)


def test_the_frame_is_clean() -> None:
    assert findings(FRAME) == ()


@pytest.mark.parametrize("code", CODES)
def test_examples(code: str) -> None:
    page = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    title, blank, *_ = page.splitlines()
    assert title.startswith("# ")
    assert not title.endswith(".")
    assert blank == ""
    kinds = {fence.kind: fence.text for fence in fences(page)}
    bad, mended = findings(kinds["sla-bad"]), findings(kinds["sla"])
    assert mended == ()
    assert code in {finding.code for finding in bad}
    others = {f.code for f in bad if f.code != code and f.severity is Severity.ERROR}
    assert not others
    for finding in bad:
        assert not finding.message.endswith((".", "!"))
        assert finding.message[:1].islower() or not finding.message[:1].isalpha()
        assert finding.help or finding.severity is Severity.WARNING
