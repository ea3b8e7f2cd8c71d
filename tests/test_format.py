"""`fmt`: the policies that ship are as it would have them, and it changes nothing they say."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fences import Fence, fences
from sladsl.source import Source
from sladsl.syntax.clause_order import CLAUSE_ORDER
from sladsl.syntax.format import Unformattable, format_policy, unified_diff
from sladsl.syntax.lexemes import Block, Lexeme, Structure, structure
from sladsl.syntax.nodes import Policy
from sladsl.syntax.parse import parse, parse_tree
from sladsl.syntax.width import WIDTH

ROOT = Path(__file__).resolve().parent.parent
CASES = sorted((ROOT / "tests" / "cases" / "format").glob("*.md"))
POLICIES = sorted((ROOT / "policies").glob("*.sla"))
ACCEPTANCE = ("calls", "incidents", "probes")


def formatted(text: str) -> str:
    return format_policy(Source("test.sla", text))


def parsed(text: str) -> Policy:
    policy, findings = parse(Source("test.sla", text))
    assert policy is not None, [d.message for d in findings]
    return policy


def comments(text: str) -> Counter[str]:
    return Counter(comment.rstrip() for comment in parsed(text).comments)


# ---- examples ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_is_formatted(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("name", ACCEPTANCE)
def test_an_accepted_agreement_is_formatted(name, shared_file):
    text = shared_file(f"acceptance/{name}/agreement.sla").read_text(encoding="utf-8")
    assert formatted(text) == text


def pairs(path: Path) -> list[tuple[Fence, Fence]]:
    blocks = [fence for fence in fences(path.read_text(encoding="utf-8")) if fence.kind == "sla"]
    assert len(blocks) % 2 == 0, f"{path.name}: a block of input has no output"
    return list(zip(blocks[::2], blocks[1::2], strict=True))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path, request):
    """Input and output by turns. `--update`, or SLADSL_UPDATE=1, writes the outputs anew."""
    results = [(after, formatted(before.text)) for before, after in pairs(path)]
    if request.config.getoption("--update", default=False) or os.environ.get("SLADSL_UPDATE"):
        rows = path.read_text(encoding="utf-8").splitlines()
        for after, result in reversed(results):
            end = after.line - 1 + len(after.text.splitlines())
            rows[after.line - 1 : end] = result.splitlines()
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return
    for after, result in results:
        assert result == after.text, f"{path.name}:{after.line}"
        assert formatted(result) == result


def test_there_are_cases():
    assert CASES


@pytest.mark.parametrize("text", ["", "\n", " \t\r\n\n"])
def test_nothing_stays_nothing(text):
    assert formatted(text) == ""


def test_a_text_that_does_not_parse_is_not_formatted():
    with pytest.raises(Unformattable, match=r"test\.sla"):
        formatted("agreement {")
    with pytest.raises(Unformattable):
        formatted("agreement a { provider b  provider c }")


def test_windows_line_ends():
    text = "language 1\r\n\r\nplan a {\t\r\n\tb = 1 # c\r\n}"
    assert formatted(text) == "language 1\n\nplan a {\n  b = 1  # c\n}\n"


def test_text_and_comments_are_left_as_they_are():
    text = 'plan a "b\t  c" { d = "#  \\" {" }  #e\tf  g\n'
    assert formatted(text) == text


def test_every_clause_has_its_place():
    """The table of the order knows every clause of the grammar."""
    grammar = (ROOT / "grammar" / "sla.lark").read_text(encoding="utf-8")
    found = re.findall(r"^_(\w+)_clause:([^\n]*(?:\n +\|[^\n]*)*)", grammar, re.MULTILINE)
    assert {block for block, _ in found} == set(CLAUSE_ORDER)
    split = {"role": "responsible", "payment": "credit"}
    for block, rules in found:
        known = {word for words in CLAUSE_ORDER[block] for word in words}
        missing = {split.get(rule, rule) for rule in re.findall(r"\w+", rules)} - known
        assert not missing, (block, missing)


def test_formatting_starts_light():
    code = "import sys, sladsl.syntax.format; print({'numpy', 'pyarrow'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.split() == [b"set()"]


def test_diff():
    assert unified_diff("a\n", "a\n", "x.sla") == ""
    assert unified_diff("a\nb", "a\nc\n", "x.sla") == (
        "--- x.sla\n+++ x.sla (formatted)\n@@ -1,2 +1,2 @@\n"
        " a\n-b\n\\ No newline at end of file\n+c\n"
    )


def test_a_lost_comment_is_noticed(monkeypatch):
    monkeypatch.setattr("sladsl.syntax.format.lay_out", lambda made: "language 1\n")
    with pytest.raises(Unformattable, match="comment"):
        formatted("language 1  # the first\n")
    with pytest.raises(Unformattable, match="says"):
        formatted("language 2\n")


# ---- laws: whatever is done to the white space, the comments and the order of clauses -----------


@cache
def texts() -> list[str]:
    shared = Path(os.environ.get("SLADSL_SHARED") or ROOT.parent / "shared")
    accepted = [shared / "acceptance" / name / "agreement.sla" for name in ACCEPTANCE]
    paths = [*POLICIES, *(path for path in accepted if path.exists())]
    return [path.read_text(encoding="utf-8") for path in paths]


@cache
def declarations() -> list[str]:
    """Every declaration by itself, with the comments inside."""
    found = []
    for text in texts():
        made = read(text)
        for item in made.blocks[0].items:
            found.append(text[item.first.start : item.last.start + len(item.last.text)])
    return found


def read(text: str) -> Structure:
    tree, _, _ = parse_tree(Source("test.sla", text))
    assert tree is not None
    return structure(text, tree)


def shuffled(text: str, rng: random.Random, tidy: bool = False) -> str:
    """The text with the clauses of its blocks in another order. Clauses of one rank keep theirs,
    as it may mean something. `tidy`: only blocks with one clause a line, and nothing else."""
    made = read(text)
    pieces, at = [], 0
    for block in made.blocks:
        firsts = [item.first for item in block.items]
        if block.rule not in CLAUSE_ORDER or not firsts or block.close is None:
            continue
        if tidy and not all(first.breaks for first in firsts):
            continue
        bounds = [*(first.start for first in firsts), block.close.start]
        parts = [text[a:b] for a, b in pairwise(bounds)]
        if tidy:
            parts = [part.rstrip() + "\n" + " " * firsts[0].column for part in parts]
        pieces.append(text[at : bounds[0]])
        pieces.append(("" if tidy else "\n").join(parts[index] for index in mixed(block, rng)))
        at = bounds[-1]
    return "".join([*pieces, text[at:]])


def mixed(block: Block, rng: random.Random) -> list[int]:
    """A shuffle of the items' indexes that keeps the order of those of one rank."""
    order = CLAUSE_ORDER[block.rule]
    ranks = {word: rank for rank, words in enumerate(order) for word in words}
    given = [ranks.get(item.rule, ranks.get(item.first.text)) for item in block.items]
    slots = list(range(len(given)))
    rng.shuffle(slots)
    result = [0] * len(given)
    for rank in set(given):
        members = [index for index, other in enumerate(given) if other == rank]
        for slot, member in zip(sorted(slots[index] for index in members), members, strict=True):
            result[slot] = member
    return result


GAPS = ("", " ", "  ", "      ", "\n", "\n\n\n", "\r\n", "\t", " \t \n   ", "\n\t\t", "  \r\n \r\n")
NOTES = (" # n{}\n", "# n{}  \n", "\n    # n{}\n\n", "\n# n{}\t\r\n  ", "\n# n{}\n#\n")


def scrambled(text: str, rng: random.Random, rate: float, notes: float) -> str:
    """The same lexemes with other white space, and more comments, between them."""
    lexemes = read(text).lexemes
    result = rng.choice(GAPS)
    for number, (before, after) in enumerate(pairwise([*lexemes, None])):
        assert before is not None
        result += before.text
        gap = " " * (after.gap if after and not after.breaks else 0)
        if after is not None and after.breaks:
            gap = "\n" * after.breaks + " " * after.column
        if rng.random() < rate:
            gap = rng.choice(GAPS)
        if rng.random() < notes:
            gap = rng.choice(NOTES).format(number)
        if before.comment and "\n" not in gap:
            gap += "\n"
        if after is not None and not gap and not separable(before, after):
            gap = " "
        result += gap
    return result


def separable(before: Lexeme, after: Lexeme) -> bool:
    """Whether two lexemes stay two without a blank between them."""
    if after.comment:
        return True
    joined = before.text + after.text
    if before.kind == after.kind == "mark":
        return joined not in ("==", "!=", "<=", ">=", "..", "??")
    apart = {".", "-"} & {before.text[-1], after.text[0]}  # they may become part of a number
    return "mark" in (before.kind, after.kind) and not apart


def holds(text: str) -> str:
    """Check all that must hold of a text and its formatted text; the latter."""
    result = formatted(text)
    assert parsed(result) == parsed(text)
    assert comments(result) == comments(text)
    assert formatted(result) == result
    assert result == "" or (result.endswith("\n") and not result.startswith("\n"))
    for line, following in pairwise(result.split("\n")):
        assert line == line.rstrip()
        assert line or following, "two blank lines, or one at the end"
        assert not line.endswith("{") or following
        assert line or not following.lstrip().startswith("}")
    assert not re.search(r"[\t\r]", re.sub(r'#.*|"(?:[^"\\]|\\.)*"', "", result))
    return result


seeds = st.integers(0, 2**32)
#: For laws about whole files.
FEWER = settings.default.max_examples // 5


@given(st.sampled_from(declarations()), seeds, st.sampled_from((0.05, 0.3, 1.0)))
def test_scrambled_declarations(text, seed, rate):
    rng = random.Random(seed)
    before = scrambled(shuffled(text, rng), rng, rate, 0)
    after = holds(before)
    # a comment is never broken, and stays behind what it stood behind
    assert all(len(line.partition("#")[0].rstrip()) <= WIDTH for line in after.splitlines())


@given(st.sampled_from(declarations()), seeds, st.sampled_from((0.02, 0.1, 0.5)))
def test_comments_anywhere(text, seed, notes):
    rng = random.Random(seed)
    holds(scrambled(shuffled(text, rng), rng, 0.1, notes))


@given(st.integers(0, 6), seeds, st.sampled_from((0.01, 0.1, 0.9)), st.sampled_from((0, 0.02)))
@settings(max_examples=FEWER)
def test_scrambled_policies(index, seed, rate, notes):
    rng = random.Random(seed)
    text = texts()[index % len(texts())]
    holds(scrambled(shuffled(text, rng), rng, rate, notes))


@given(st.sampled_from(declarations()), seeds, st.sampled_from((20, 40, 60, 80)))
def test_narrow_pages(text, seed, width):
    """Lines are broken wherever they can be, and a broken text stays as it is."""
    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sladsl.syntax.width.WIDTH", width)
        holds(text)
        holds(scrambled(shuffled(text, rng), rng, 0.2, 0.02))


@given(st.sampled_from(declarations()), seeds)
def test_clauses_in_any_order(text, seed):
    """Clauses that are out of order are put back, and nothing else changes."""
    text = formatted(text)
    assert formatted(shuffled(text, random.Random(seed), tidy=True)) == text


@given(st.integers(0, 6), seeds)
@settings(max_examples=FEWER)
def test_wider_indents_and_blank_lines_come_off(index, seed):
    """What differs from a formatted text only in blanks at the ends of lines, in indents (the
    same within a declaration) and in more blank lines in a row, is brought back to it."""
    rng = random.Random(seed)
    text = texts()[index % len(texts())]
    rows, indent = [], ""
    for row in text.split("\n"):
        if row and not row.startswith((" ", "}")):
            indent = " " * rng.randrange(9)
        rows.append(f"{indent if row else ''}{row}{rng.choice(('', ' ', chr(9)))}")
        rows += [""] * (rng.randrange(3) if not row else 0)
    assert formatted("\n".join(rows)) == text
