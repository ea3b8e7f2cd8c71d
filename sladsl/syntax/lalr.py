"""Reads a text by ready tables: what Lark would make of it, without importing Lark.

Lark builds the tables (`tables.generate`), and it reads every text that these few lines
don't accept, since it can say why. A text that they accept gives the same tree: the words
are matched in the same order of priority, and the steps are those of the same automaton.
"""

from __future__ import annotations

import re
from typing import Any

from sladsl.syntax.parse_tree import Token, Tree

__all__ = ["Reader"]

END = "$END"


class Reader:
    """A parser from tables; `read` may be called any number of times."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.words = re.compile(tables["WORDS"]).match
        self.keywords: dict[str, str] = tables["KEYWORDS"]
        rows = tables["ROWS"]
        self.steps: list[dict[str, int]] = [rows[number] for number in tables["STATES"]]
        self.goto: tuple[dict[str, int], ...] = tables["GOTO"]
        self.rules: tuple[tuple[Any, ...], ...] = tables["RULES"]
        self.start: int = tables["START"]
        self.end: int = tables["END"]

    def read(self, text: str) -> tuple[Tree, list[str]] | None:
        """The tree of a text and its comments, or None where it isn't accepted as it stands."""
        comments: list[str] = []
        states: list[int] = [self.start]
        values: list[Any] = []
        spans: list[tuple[int, int]] = []
        at, size = 0, len(text)
        while at < size:
            found = self.words(text, at)
            if found is None:
                return None
            name, start, at = found.lastgroup, at, found.end()
            if name == "WS":
                continue
            word = found.group()
            if name == "COMMENT":
                comments.append(word)
                continue
            if name == "NAME":
                keyword = self.keywords.get(word)
                if keyword is not None and self._takes(states, keyword):
                    name = keyword
            assert name is not None
            if not self._reduce(name, states, values, spans):
                return None
            states.append(self.steps[states[-1]][name])
            values.append(Token(name, word, start))
            spans.append((start, at))
        if not self._reduce(END, states, values, spans) or states[-1] != self.end:
            return None
        tree: Tree = values[-1]
        return tree, comments

    def _takes(self, states: list[int], terminal: str) -> bool:
        """Whether the parser can shift a terminal: asked of the whole stack.

        States of an LALR automaton are merged, so that one alone may list too much.
        """
        left = len(states)
        pushed: list[int] = []
        while True:
            step = self.steps[pushed[-1] if pushed else states[left - 1]].get(terminal)
            if step is None:
                return False
            if step >= 0:
                return True
            rule = self.rules[-step - 1]
            size: int = rule[1]
            popped = min(size, len(pushed))
            del pushed[len(pushed) - popped :]
            left -= size - popped
            pushed.append(self.goto[pushed[-1] if pushed else states[left - 1]][rule[0]])

    def _reduce(
        self, terminal: str, states: list[int], values: list[Any], spans: list[tuple[int, int]]
    ) -> bool:
        """Recognise rules until the terminal can be shifted; False where it never can."""
        while True:
            step = self.steps[states[-1]].get(terminal)
            if step is None:
                return terminal == END and states[-1] == self.end
            if step >= 0:
                return True
            origin, size, data, plan, nones, alone = self.rules[-step - 1]
            begin = len(values) - size
            children: list[Any] = []
            for index, opened, before in plan:
                if before:
                    children += [None] * before
                if opened and not children:  # a list that grows by one is not copied each time
                    children = values[begin + index].children
                elif opened:
                    children += values[begin + index].children
                else:
                    children.append(values[begin + index])
            if nones:
                children += [None] * nones
            start, end = _extent(spans, begin)
            one = alone and len(children) == 1
            made = children[0] if one else Tree(data, children, start, end)
            del states[len(states) - size :], values[begin:], spans[begin:]
            states.append(self.goto[states[-1]][origin])
            values.append(made)
            spans.append((start, end))


def _extent(spans: list[tuple[int, int]], begin: int) -> tuple[int, int]:
    """From the first character of the parts to the last; (-1, -1) where there is none."""
    some = [span for span in spans[begin:] if span[0] >= 0]
    return (some[0][0], some[-1][1]) if some else (-1, -1)
