"""The parse tree that the syntax tree and the formatter are made from."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Child", "Token", "Tree", "from_lark"]


class Token(str):
    """A word of the text: its terminal's name, and the characters [start, end) it stands for."""

    __slots__ = ("end", "start", "type")

    type: str
    start: int
    end: int

    def __new__(cls, type: str, text: str, start: int) -> Token:
        """A token of `text` that begins at an offset."""
        made = str.__new__(cls, text)
        made.type, made.start, made.end = type, start, start + len(text)
        return made


class Tree:
    """A rule that was recognised. `start` is -1 where it stands for no characters at all.

    A child is None where an optional part is absent.
    """

    __slots__ = ("children", "data", "end", "start")

    def __init__(self, data: str, children: list[Child], start: int, end: int) -> None:
        self.data = data
        self.children = children
        self.start = start
        self.end = end


Child: TypeAlias = Tree | Token | None


def from_lark(tree: Any) -> Tree:
    """The same tree, from one of Lark's."""

    def made(node: Any) -> Tree:
        meta = node.meta
        start, end = (-1, -1) if meta.empty else (meta.start_pos, meta.end_pos)
        return Tree(str(node.data), [], start, end)

    result = made(tree)
    todo = [(tree, result)]
    while todo:
        source, target = todo.pop()
        for child in source.children:
            if child is None:
                target.children.append(None)
            elif hasattr(child, "children"):
                found = made(child)
                target.children.append(found)
                todo.append((child, found))
            else:
                target.children.append(Token(child.type, str(child), child.start_pos))
    return result
