"""What the parser can take next: exact, where Lark's table of a state alone says too much.

The states of an LALR parser are merged, so that a state lists words that may follow in some
other place. `usable` asks the whole stack. The lexer uses it to read a keyword as a name
wherever the parser can't use it as a keyword; the findings use it to say what was expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lark import Token
from lark.parsers.lalr_analysis import Shift

__all__ = ["END", "acceptable", "soften", "usable"]

END = "$END"


def usable(table: Any, stack: Sequence[int], terminal: str) -> bool:
    """Whether a parser with these states can shift a terminal (or end the text)."""
    states = table.states
    left = len(stack)
    pushed: list[int] = []
    while True:
        found = states[pushed[-1] if pushed else stack[left - 1]].get(terminal)
        if found is None:
            return False
        action, rule = found
        if action is Shift:
            return True
        size = len(rule.expansion)
        popped = min(size, len(pushed))
        del pushed[len(pushed) - popped :]
        left -= size - popped
        _, state = states[pushed[-1] if pushed else stack[left - 1]][rule.origin.name]
        if terminal == END and state in table.end_states.values():
            return True
        pushed.append(state)


def acceptable(table: Any, stack: Sequence[int]) -> frozenset[str]:
    """Every terminal that a parser with these states can take."""
    listed = table.states[stack[-1]]
    return frozenset(t for t in listed if (t.isupper() or t == END) and usable(table, stack, t))


def soften(parser: Any) -> Any:
    """The same parser, with keywords read as names where they can't be used as keywords."""
    keywords = frozenset(
        t.name for t in parser.terminals if t.pattern.type == "str" and t.pattern.value.isalpha()
    )
    inner = parser.parser
    inner.lexer = _SoftLexer(inner.lexer, inner.parser._parse_table, keywords)
    return parser


class _SoftLexer:
    """Lark's lexer, with the keywords looked at once more."""

    def __init__(self, lexer: Any, table: Any, keywords: frozenset[str]) -> None:
        self.lexer = lexer
        self.table = table
        self.keywords = keywords

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        """The tokens of a text."""
        for token in self.lexer.lex(lexer_state, parser_state):
            if token.type in self.keywords:
                stack = parser_state.state_stack
                if not usable(self.table, stack, token.type) and usable(self.table, stack, "NAME"):
                    token.type = "NAME"
            yield token
