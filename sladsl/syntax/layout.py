"""Where declarations begin and end, judged by the look of the text alone.

Used after an error only: every declaration is then read by itself, so that one that is
broken doesn't hide the next, and one that is never closed ends where the next begins.
"""

from __future__ import annotations

import re

__all__ = ["declarations"]

_WORDS = (
    "plan|agreement|service|stream|enum|calendar|exclusion|outage|metric|baseline|obligation|remedy"
)
_KNOWN = re.compile(rf"(?:language|based|import|charge|cap|test|amendment|{_WORDS})\b")
_DOC = r'(?:\s+"[^"\n]*"?)?'
#: A declaration's first words, wherever they stand ...
_HEADER = re.compile(
    rf"(?:(?:{_WORDS})\s+[^\W\d]\w*{_DOC}\s*(?:\{{|=(?!=))|language\s+\d|test\s+\""
    rf"|based\s+on\s+\"|import\s+\"|charge(?:\s+[^\W\d]\w*)?{_DOC}\s+each\b"
    rf"|cap\s+[^\W\d]\w*\s+at\b|amendment\s+[^\W\d]\w*{_DOC}\s+signed\b)"
)
#: ... and what looks like one, with a first word that isn't known.
_LIKE = re.compile(rf"[^\W\d]\w*[ \t]+[^\W\d]\w*{_DOC}[ \t]*(?:\{{|=(?!=))")

_SCAN = re.compile(
    r'"(?:[^"\\\n]|\\[^\n])*(?P<closed>")?|\#[^\n]*|(?P<brace>[{}])|^(?P<indent>[ \t]*)(?=[^\W\d])',
    re.MULTILINE,
)
_BLANK = re.compile(r"[ \t]*")


def declarations(text: str) -> list[tuple[int, int]]:
    """The [start, end) of each declaration; together they are the whole text."""
    starts = [0]
    outline = _Outline()
    for found in _SCAN.finditer(text):
        at = found.start()
        if brace := found["brace"]:
            outline.depth = outline.depth + 1 if brace == "{" else max(outline.depth - 1, 0)
            after = _BLANK.match(text, at + 1).end()  # type: ignore[union-attr]
            if not outline.depth and brace == "}" and _HEADER.match(text, after):
                starts.append(after)
                outline.begin(text, after, outline.column)
        elif (indent := found["indent"]) is not None:
            if outline.begins(text, found.end(), len(indent)):
                starts.append(found.end())
                outline.begin(text, found.end(), len(indent))
        elif text[at] == '"' and not found["closed"] and found.group().rstrip().endswith("{"):
            outline.depth += 1  # a text that isn't closed before its declaration's brace
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


class _Outline:
    """Where in the outline of a text the scan is."""

    def __init__(self) -> None:
        self.depth = 0
        self.column = 0
        self.amendment = False
        self.inner: int | None = None  # the column of the first declaration of an amendment

    def begin(self, text: str, at: int, column: int) -> None:
        """A declaration begins here."""
        self.depth, self.column, self.inner = 0, column, None
        self.amendment = text.startswith("amendment", at)

    def begins(self, text: str, at: int, column: int) -> bool:
        """Whether a line that starts here starts a declaration."""
        if self.depth == 0:
            if _HEADER.match(text, at):
                return True
            return column == 0 and bool(_KNOWN.match(text, at) or _LIKE.match(text, at))
        if not _HEADER.match(text, at):
            return False
        if self.amendment and self.depth == 1:
            if self.inner is None:
                self.inner = column
            return column < self.inner
        return column <= self.column
