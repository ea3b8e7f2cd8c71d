"""The grammar: without a conflict, its tables up to date, its keywords soft."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, TextSlice, Token, Tree
from lark.exceptions import GrammarError, LexError, UnexpectedInput

from sladsl.source import Source
from sladsl.syntax import tables
from sladsl.syntax.automaton import acceptable, soften, usable
from sladsl.syntax.faults import parser_of_lark
from sladsl.syntax.lalr import Reader
from sladsl.syntax.layout import declarations
from sladsl.syntax.parse import parse_tree
from sladsl.syntax.parse_tree import Token as Word
from sladsl.syntax.parse_tree import Tree as Read
from sladsl.syntax.parse_tree import from_lark
from sladsl.syntax.reserved import RESERVED
from sladsl.syntax.vocabulary import Vocabulary

ROOT = Path(__file__).parent.parent
GRAMMAR = tables.grammar_path().read_text(encoding="utf-8")
SAMPLES = [
    ROOT / "tests" / "cases" / "grammar" / "every_rule.sla",
    *sorted((ROOT / "policies").glob("*.sla")),
    *sorted((ROOT.parent / "shared" / "acceptance").glob("*/agreement.sla")),
]


def strictly(grammar: str, start: str = "start") -> Lark:
    """Build a grammar so that any conflict is an error, those that Lark resolves by itself too."""
    pytest.importorskip("interegular")
    return Lark(grammar, postlex=tables.Keywords(), strict=True, start=start, **tables.OPTIONS)


# ---- conflicts -------------------------------------------------------------------------------


def test_no_conflict() -> None:
    assert strictly(GRAMMAR).rules


SMALL = "\nNAME: /[a-z]+/\nBAD_QUANTITY: /[0-9]+x/\nCOMMENT: /#.*/\n%ignore COMMENT\n"


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param('start: start "+" start | NAME', id="shift or reduce"),
        pytest.param("start: a | b\na: NAME\nb: NAME", id="reduce or reduce"),
        pytest.param('start: "if" NAME start ["else" start] | NAME', id="shift is preferred"),
        pytest.param("start: NAME | WORD\nWORD: /[a-c]+/", id="two terminals for a text"),
    ],
)
def test_a_conflict_is_seen(rules: str) -> None:
    with pytest.raises((GrammarError, LexError)):
        strictly(rules + SMALL)


# ---- tables ----------------------------------------------------------------------------------


def test_tables_are_those_of_the_grammar() -> None:
    """Ready tables read the samples as the grammar itself does."""
    for source in tables.generate(GRAMMAR).values():
        made: dict[str, Any] = {}
        exec(source, made)
        assert made["DIGEST"] == tables.digest(GRAMMAR)
    ready = soften(tables.load({}))
    fresh = soften(Lark(GRAMMAR, postlex=tables.Keywords(), **tables.OPTIONS))
    assert [str(rule) for rule in ready.rules] == [str(rule) for rule in fresh.rules]
    for path in SAMPLES:
        text = path.read_text(encoding="utf-8")
        assert ready.parse(text) == fresh.parse(text), path.name


def same(ours: Read, larks: Read) -> bool:
    """Whether two trees are alike, with the places of every rule and word."""
    todo: list[tuple[Any, Any]] = [(ours, larks)]
    while todo:
        a, b = todo.pop()
        if isinstance(a, Read) and isinstance(b, Read):
            if (a.data, a.start, a.end) != (b.data, b.start, b.end):
                return False
            if len(a.children) != len(b.children):
                return False
            todo += zip(a.children, b.children, strict=True)
        elif isinstance(a, Word) and isinstance(b, Word):
            if (str(a), a.type, a.start) != (str(b), b.type, b.start):
                return False
        elif a is not b:  # both absent
            return False
    return True


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_reader_makes_the_tree_that_lark_makes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    read = Reader(tables.tables()).read(text)
    assert read is not None
    parser, comments = parser_of_lark()
    comments.clear()
    assert same(read[0], from_lark(parser.parse(text)))
    assert read[1] == [str(comment) for comment in comments]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_the_reader_accepts_nothing_that_lark_reads_otherwise(path: Path, rng: Random) -> None:
    """Also of texts with words taken out, doubled or exchanged."""
    words = re.findall(r"\S+|\s+", path.read_text(encoding="utf-8"))
    start = rng.randrange(len(words))
    words = words[start : start + 120]
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(words))
        words[at : at + 1] = rng.choice([[], [words[at]] * 2, [rng.choice(words)]])
    text = "".join(words)
    text = text[text.find("\n") + 1 :]
    read = Reader(tables.tables()).read(text)
    if read is not None:
        assert same(read[0], from_lark(parser_of_lark()[0].parse(text)))


def test_a_changed_grammar_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tables of another grammar aren't taken, however slight the change."""
    assert tables.digest(GRAMMAR) != tables.digest(GRAMMAR.replace('"owes"', '"owed"'))
    changed = tmp_path / "sla.lark"
    changed.write_text(GRAMMAR.replace('owes: NAME "owes"', 'owes: NAME "shall" "pay"'), "utf-8")
    monkeypatch.setattr(tables, "grammar_path", lambda: changed)
    monkeypatch.setattr(tables, "_keep", lambda source: None)
    parser = tables.load({})
    parser.parse("obligation o { a shall pay b }")
    with pytest.raises(UnexpectedInput):
        parser.parse("obligation o { a owes b }")


# ---- what the parser can take ------------------------------------------------------------------


def test_usable_is_exact() -> None:
    """What `usable` says of the stack is what Lark finds by trying."""
    parser = soften(tables.load({}))
    table = Vocabulary.of(parser).table
    text = SAMPLES[0].read_text(encoding="utf-8")
    for end in range(0, len(text), 61):
        interactive = parser.parse_interactive(TextSlice(text, 0, end))
        with suppress(UnexpectedInput):  # a text that ends within a word
            interactive.exhaust_lexer()
        stack = interactive.parser_state.state_stack
        assert acceptable(table, stack) == interactive.accepts()
        assert not usable(table, stack, "NO_SUCH_TERMINAL")


# ---- soft keywords -----------------------------------------------------------------------------


@cache
def parser() -> Any:
    return soften(tables.load({}))


def names(tree: Tree[Token]) -> Iterator[tuple[str, int, Token]]:
    """The names of a parse tree: the rule and the position in it, and the token."""
    for index, child in enumerate(tree.children):
        if isinstance(child, Token):
            if child.type == "NAME":
                yield str(tree.data), index, child
        elif child is not None:
            yield from names(child)


def kind(rule: str, index: int) -> tuple[str, int]:
    """Places that are alike: the names of a list, the operands of a calendar."""
    if rule in ("names", "one_of", "enum", "word"):
        return rule, 0
    if rule == "calendar":
        return rule, min(index, 2)
    return rule, index


@cache
def places() -> dict[tuple[tuple[str, int], frozenset[str]], tuple[str, int, int]]:
    """For each kind of place and each set of keywords usable there, a declaration and an offset."""
    found: dict[Any, tuple[str, int, int]] = {}
    vocabulary = Vocabulary.of(parser())
    for path in SAMPLES:
        text = path.read_text(encoding="utf-8")
        for start, end in declarations(text):
            part = text[start:end]
            for rule, index, token in names(parser().parse(part)):
                at = token.start_pos or 0
                interactive = parser().parse_interactive(TextSlice(part, 0, at))
                interactive.exhaust_lexer()
                accepts = acceptable(vocabulary.table, interactive.parser_state.state_stack)
                words = vocabulary.spelled(accepts) & vocabulary.keywords
                key = (kind(rule, index), words)
                if key not in found or len(part) < len(found[key][0]):
                    found[key] = (part, at, at + len(token))
    return found


def reserved(part: str, start: int, end: int) -> frozenset[str]:
    """The keywords that can't stand for the name at [start, end)."""
    before = shape(tree_of(part), start)
    found = set()
    for word in Vocabulary.of(parser()).keywords:
        try:
            tree = tree_of(part[:start] + word + part[end:])
        except UnexpectedInput:
            found.add(word)
        else:
            if shape(tree, start) != before:
                found.add(word)
    return frozenset(found)


def tree_of(text: str) -> Read:
    """As the product reads it: Lark is asked about what the quicker reader doesn't accept."""
    read = quick().read(text)
    return from_lark(parser().parse(text)) if read is None else read[0]


@cache
def quick() -> Reader:
    return Reader(tables.tables())


def shape(tree: Read, at: int) -> Any:
    """A parse tree with the name at an offset left blank."""
    return (
        tree.data,
        *(
            shape(child, at)
            if isinstance(child, Read)
            else ("NAME", "?")
            if isinstance(child, Word) and (child.type, child.start) == ("NAME", at)
            else child and (child.type, str(child))
            for child in tree.children
        ),
    )


@cache
def found_reserved() -> dict[tuple[str, int], list[frozenset[str]]]:
    found: dict[tuple[str, int], list[frozenset[str]]] = {}
    for (place, words), sample in places().items():
        del words
        found.setdefault(place, []).append(reserved(*sample))
    return found


def test_samples_use_every_rule() -> None:
    """Else there may be places of a name that no sample shows."""
    tree = parser().parse(SAMPLES[0].read_text(encoding="utf-8"))
    used = {str(subtree.data) for subtree in tree.iter_subtrees()}
    rules = {
        rule.alias or rule.origin.name
        for rule in parser().rules
        if not rule.origin.name.startswith("_")
    }
    assert rules - used - {rule for rule in rules if rule not in used and inlined(rule)} == set()


def inlined(rule: str) -> bool:
    """Whether a rule never makes a tree of its own."""
    return all(
        r.options.expand1 and len(r.expansion) == 1
        for r in parser().rules
        if (r.alias or r.origin.name) == rule
    )


def test_samples_have_every_place_of_a_name() -> None:
    seen = {place for place, _ in places()}
    in_rules = {
        rule.alias or rule.origin.name
        for rule in parser().rules
        if any(symbol.name == "NAME" for symbol in rule.expansion)
    }
    assert {r for r in in_rules if not r.startswith("__")} <= {rule for rule, _ in seen}


def test_keywords_are_soft() -> None:
    """Every keyword in every place of a name: reserved are those of the table, no others."""
    documented = {kind(row.rule, row.child): row for row in RESERVED}
    for place, sets in found_reserved().items():
        row = documented.pop(place, None)
        always = frozenset.intersection(*sets)
        sometimes = frozenset.union(*sets)
        assert always == (row.words if row else frozenset()), place
        assert sometimes == (row.words | row.after if row else frozenset()), place
    assert not documented


def test_an_error_says_that_a_word_is_reserved() -> None:
    """Where a reserved word is an error, the finding names it."""
    rows = {kind(row.rule, row.child): row for row in RESERVED}
    told, untold = 0, set()
    for (place, _), (part, start, end) in places().items():
        row = rows.get(place)
        for word in sorted(row.words | row.after if row else ()):
            text = part[:start] + word + part[end:]
            _, _, findings = parse_tree(Source("a.sla", text))
            if findings and findings[0].code not in ("SLA122", "SLA123"):
                untold.add((place[0], word))
            elif findings:
                told += 1
                assert f"`{word}`" in findings[0].message
                assert findings[0].label.where.start == start
    assert told > 20
    # `x or bool = y` is told as `=` for `==`; `not(a, b)` as a value in parentheses.
    assert untold <= {("field", "and"), ("field", "or"), ("call", "not")}
