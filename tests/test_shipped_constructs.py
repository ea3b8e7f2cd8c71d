"""Every construct of the language occurs in a policy or a library that ships."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from commands import POLICIES, ROOT
from test_grammar import parser

from sladsl.syntax import tables
from sladsl.syntax.lalr import Reader

SHIPPED = sorted([*POLICIES.rglob("*.sla"), *(ROOT / "sladsl" / "library").glob("*.sla")])


class Rule(tuple[Any, ...]):
    """A rule that tells when it is recognised: then, and only then, it is taken apart."""

    used: set[int]
    number: int

    def __iter__(self) -> Iterator[Any]:
        self.used.add(self.number)
        return super().__iter__()


@cache
def parts() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By rule, the parts that it may have, and those that it has in what ships."""
    reader, used = Reader(tables.tables()), set[int]()
    told = []
    for number, plain in enumerate(reader.rules):
        rule = Rule(plain)
        rule.used, rule.number = used, number
        told.append(rule)
    reader.rules = tuple(told)
    for path in SHIPPED:
        assert reader.read(path.read_text("utf-8")) is not None, path
    every: dict[str, set[str]] = {}
    seen: dict[str, set[str]] = {}
    for number, rule in enumerate(parser().rules):
        names = {symbol.name for symbol in rule.expansion}
        assert rule.origin.name == reader.rules[number][0] or number == 0
        every.setdefault(rule.origin.name, set()).update(names)
        if number in used:
            seen.setdefault(rule.origin.name, set()).update(names)
    return every, seen


def test_every_rule_of_the_grammar_is_used() -> None:
    every, seen = parts()
    assert {name for name in every.keys() - seen.keys() if not name.startswith("__")} == set()


def test_every_declaration_and_clause_is_used() -> None:
    every, seen = parts()
    blocks = [name for name in every if name == "_item" or name.endswith("_clause")]
    assert len(blocks) == 10
    assert {name: every[name] - seen[name] for name in blocks if every[name] - seen[name]} == {}
