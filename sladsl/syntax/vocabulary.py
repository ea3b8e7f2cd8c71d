"""The grammar as people know it: its words, its blocks, and what the parser's terminals mean.

Everything but the phrases for literals is derived from the grammar's rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from sladsl.syntax.automaton import END

__all__ = ["PERIODS", "UNITS", "Vocabulary", "listed"]

#: What to call the terminals that aren't words, in the order in which they are named.
_PHRASES = {
    "NAME": "a name",
    "STRING": 'a text such as `"..."`',
    "NUMBER": "a number",
    "PERCENT": "a percentage such as `99.9%`",
    "DURATION": "a duration such as `5min`",
    "MONEY": "an amount such as `250.00 EUR`",
    "SIZE": "a size such as `10 MB`",
    "DATE": "a date such as `2026-01-31`",
    "DATETIME": "a time such as `2026-01-31T09:00`",
    "CLOCK": "a time of day such as `09:00`",
    "MONTH": "a month such as `2026-01`",
}
_VALUE = {"NUMBER", "PERCENT", "DURATION", "MONEY"}
_LITERALS = {*_PHRASES, "PERCENTILE", "SIZE", "WEEK", "QUARTER", "HOUR", "ROLLED"} - {"CLOCK"}
_OPERATORS = ("+", "-", "*", "/")
_COMPARISONS = ("==", ">=", "<=", "!=", ">", "<")
#: What may go on after any value, and says little about what was meant.
_INCIDENTAL = {".", "??", "(", *_OPERATORS}
PERIODS = ("hour", "day", "week", "month", "quarter", "year", "term")
UNITS = ("day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years")
_PARTS = 5


class Vocabulary:
    """The words of the grammar that a parser was built from."""

    _known: ClassVar[dict[int, Vocabulary]] = {}

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self.table = parser.parser.parser._parse_table
        #: Terminals that always read the same, by name: keywords and marks.
        self.fixed: dict[str, str] = {
            t.name: t.pattern.value for t in parser.terminals if t.pattern.type == "str"
        } | {"CMP": ">="}
        self.keywords = frozenset(word for word in self.fixed.values() if word.isalpha())
        self._rules: dict[str, list[list[Any]]] = {}
        for rule in parser.rules:
            self._rules.setdefault(rule.origin.name, []).append(rule.expansion)

    @classmethod
    def of(cls, parser: Any) -> Vocabulary:
        """The vocabulary of a parser, made once."""
        known = cls._known.get(id(parser))
        if known is None:
            known = cls._known[id(parser)] = cls(parser)
        return known

    def spelled(self, terminals: Iterable[str]) -> frozenset[str]:
        """The keywords and marks among terminals, as they are written."""
        return frozenset(self.fixed[t] for t in terminals if t in self.fixed)

    def _reachable(self, name: str) -> frozenset[str]:
        """The keywords that occur anywhere in what a rule stands for."""
        seen: set[str] = set()
        words: set[str] = set()
        waiting = [name]
        while waiting:
            for expansion in self._rules.get(waiting.pop(), ()):
                for symbol in expansion:
                    if symbol.is_term:
                        words.add(self.fixed.get(symbol.name, ""))
                    elif symbol.name not in seen:
                        seen.add(symbol.name)
                        waiting.append(symbol.name)
        return frozenset(words & self.keywords)

    def _first(self, name: str) -> frozenset[str]:
        """The keywords that what a rule stands for can begin with."""
        seen, words, waiting = {name}, set(), [name]
        while waiting:
            for expansion in self._rules.get(waiting.pop(), ()):
                if not expansion:
                    continue
                symbol = expansion[0]
                if symbol.is_term:
                    words.add(self.fixed.get(symbol.name, ""))
                elif symbol.name not in seen:
                    seen.add(symbol.name)
                    waiting.append(symbol.name)
        return frozenset(words & self.keywords)

    @cached_property
    def declarations(self) -> frozenset[str]:
        """The words that declarations begin with."""
        return self._first("start")

    @cached_property
    def clauses(self) -> dict[str, dict[str, frozenset[str]]]:
        """For each block: the first words of its clauses, and the words in such a clause.

        A block is named by the word that its declaration begins with; the tiers of a payment,
        which have no word of their own, by `credit`.
        """
        found: dict[str, dict[str, set[str]]] = {}
        for origin, expansions in self._rules.items():
            for expansion in expansions:
                names = [symbol.name for symbol in expansion]
                if "LBRACE" not in names or "COMMA" in names:
                    continue
                owner = "credit" if names[0] == "LBRACE" else self.fixed.get(names[0], origin)
                for inner in names[names.index("LBRACE") + 1 :]:
                    for rule in self._clause_rules(inner):
                        for word in self._first(rule):
                            words = found.setdefault(owner, {}).setdefault(word, set())
                            words |= self._reachable(rule)
        del found["amendment"], found["match"]  # these hold declarations, and arms
        return {o: {w: frozenset(ws) for w, ws in c.items()} for o, c in found.items()}

    def _clause_rules(self, name: str) -> set[str]:
        """The rules of single clauses that a repeated rule goes through."""
        seen: set[str] = set()
        waiting, rules = [name], set()
        while waiting:
            for expansion in self._rules.get(waiting.pop(), ()):
                for symbol in expansion:
                    if symbol.is_term or symbol.name in seen:
                        continue
                    seen.add(symbol.name)
                    if symbol.name.startswith("_"):
                        waiting.append(symbol.name)
                    else:
                        rules.add(symbol.name)
        return rules

    def owners(self, word: str) -> tuple[str, ...]:
        """The blocks that have a clause which begins with a word."""
        return tuple(sorted(block for block, clauses in self.clauses.items() if word in clauses))

    def expected(self, terminals: frozenset[str], block: str) -> str:
        """What terminals mean, in words, the most telling first, cut to a useful few."""
        words = self.spelled(terminals)
        parts: list[str] = []
        last: list[str] = []
        if END in terminals and self.declarations <= words:
            words -= self.declarations
            last.append("a declaration such as `metric` or `obligation`")
        clauses = frozenset(self.clauses.get(block, ()))
        if "}" in words and clauses and clauses <= words:
            words -= clauses
            last.append("a field" if block == "stream" else f"a clause of the {block}")
        if terminals >= _VALUE:
            words -= {"(", "-", "match", "not"}
            terminals -= _LITERALS
            parts.append("a value")
        elif terminals >= {"DURATION", "NUMBER"}:
            terminals -= {"NUMBER", "DURATION"}
            parts.append("a length such as `5min` or `30 days`")
        if words.issuperset(_COMPARISONS[:2]):
            words = words.difference(_COMPARISONS)
            parts.append("a comparison such as `>=`")
        for group, phrase in ((PERIODS[1:], "a period"), (UNITS, "a unit")):
            if words.issuperset(group):
                words = words.difference(group, PERIODS)
                parts.append(f"{phrase} such as `{group[2]}`")
        if "DATE" in terminals:
            terminals -= {"DATETIME", "MONTH"}
        if last and "a field" not in last:
            terminals -= {"NAME"}
        literals = [phrase for name, phrase in _PHRASES.items() if name in terminals]
        closing = {"}", "{"} & words
        telling = sorted(words - _INCIDENTAL - closing, key=lambda w: (not w.isalpha(), w))
        if not (telling or parts or literals or last or closing):
            telling = sorted(words)
        named = [f"`{w}`" for w in telling] + parts + literals
        named = named[: _PARTS - len(last) - len(closing)]
        return listed([*named, *last, *(f"`{w}`" for w in sorted(closing))]) or "the end"


def listed(parts: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = [*parts] or [""]
    return f"{', '.join(most)} or {last}" if most else last
