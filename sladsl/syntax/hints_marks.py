"""Findings about marks and characters: comments, quotes, operators of other languages."""

from __future__ import annotations

import re
import unicodedata

from sladsl.diagnostics import Diagnostic
from sladsl.syntax.trouble import Trouble
from sladsl.syntax.words import Word, quoted

__all__ = ["comment", "escape", "operator", "quotes", "semicolon", "strange", "unclosed_text"]

_OPERATORS = {
    "=<": "<=", "=>": ">=", "===": "==", "!==": "!=", "<>": "!=",
    "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not",
    "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u00d7": "*", "\u00b7": "*",
    "\u00f7": "/", "\u2212": "-", "\u2013": "-", ":=": "=",
}  # fmt: skip


def comment(t: Trouble) -> Diagnostic | None:
    """`//`, `/* */` or `--` for a comment."""
    line = t.text.rfind("\n", 0, t.here.start) + 1
    for word in t.words[: t.index + 2]:
        if word.start < line or word.text not in ("//", "/*", "*/", "--"):
            continue
        if word.start > t.at or (word.text == "--" and t.text[word.end : word.end + 1].strip()):
            continue
        help = "a comment begins with `#` and runs to the end of the line"
        message = f"`{word.text}` doesn't begin a comment"
        if word.text == "*/":
            message = "`*/` doesn't end a comment"
        return t.finding("SLA125", message, word, "comments begin with `#`", help)
    return None


def quotes(t: Trouble) -> Diagnostic | None:
    """Single or typographic quotes."""
    word = t.here
    if word.kind != "quote":
        return None
    inner = word.text[1:]
    if inner and not (inner[-1].isalnum() or inner[-1].isspace()):
        inner = inner[:-1]
    help = "a text stands between straight double quotes"
    if len(inner) <= 40 and inner.strip():
        help += f': `"{inner.strip()}"`'
    mark = "a backtick" if word.text[0] == "`" else f"`{word.text[0]}`"
    return t.finding("SLA116", f"{mark} can't begin a text", word, 'expected `"`', help)


def unclosed_text(t: Trouble) -> Diagnostic | None:
    """A quoted text that isn't closed on its line."""
    word = t.here
    if word.kind != "unclosed":
        return None
    end = word.start + len(word.text.rstrip())
    help = 'close it with `"` on the same line; a text has no line breaks'
    note = 'no closing `"` on this line'
    return t.finding("SLA117", "a text that isn't closed", (word.start, end), note, help)


def escape(t: Trouble) -> Diagnostic | None:
    """A backslash before something other than a quote or a backslash."""
    if t.here.kind != "string":
        return None
    found = re.search(r'\\(?:\\|"|(?P<odd>.))', t.here.text)
    while found and not found["odd"]:
        found = re.compile(r'\\(?:\\|"|(?P<odd>.))').search(t.here.text, found.end())
    if found is None:
        return None
    start = t.here.start + found.start()
    help = 'after a backslash stands `"` or another backslash; write `\\\\` for a backslash'
    place = (start, start + 2)
    return t.finding("SLA118", f"`{found.group()}` means nothing in a text", place, "", help)


def semicolon(t: Trouble) -> Diagnostic | None:
    """A semicolon."""
    if t.here.text != ";":
        return None
    help = "clauses follow one another without a mark; a list takes commas"
    return t.finding("SLA126", "`;` has no meaning here", t.here, "not needed", help)


def operator(t: Trouble) -> Diagnostic | None:
    """An operator of another language."""
    word = t.here
    meant = _OPERATORS.get(word.text, "")
    if word.text == "at" and "==" in t.accepted_words and t.word(1).text in ("least", "most"):
        both = (word.start, t.word(1).end)
        meant = ">=" if t.word(1).text == "least" else "<="
        message = f"`at {t.word(1).text}` doesn't compare here"
        return t.finding("SLA115", message, both, f"expected `{meant}`", f"write `{meant}`")
    if word.text == "=" and "==" in t.accepted_words:
        meant = "=="
    if word.text == "==" and ("=" in t.accepted_words or word.start < t.at):
        meant = "="
    if not meant:
        return None
    note = f"expected `{meant}`"
    help = f"write `{meant}`"
    if word.text == "=":
        help = "`==` compares; `=` gives a value to a name"
    elif word.text == "==":
        help = "`=` gives a value to a name; `==` compares"
    return t.finding("SLA115", f"`{word.text}` isn't an operator here", word, note, help)


def strange(t: Trouble) -> Diagnostic | None:
    """A character that the language doesn't use."""
    word = t.here
    if word.kind == "strange" and unicodedata.combining(word.text):
        return _decomposed(t, word)
    if word.kind != "strange" and word.text not in ("?", "[", "]", "->", "&", "|"):
        return None
    if word.text == "?" and "?" in t.accepted_words:
        return None
    help = "values in a list stand between parentheses: `in (a, b)`" if word.text in "[]" else ""
    message = f"{quoted(word.text)} has no meaning in the language"
    return t.finding("SLA127", message, word, "unexpected character", help or "remove it")


def _decomposed(t: Trouble, word: Word) -> Diagnostic | None:
    """A letter and its accent as two characters."""
    before = t.word(-1)
    if before.kind != "name" or before.end != word.start:
        return None
    composed = unicodedata.normalize("NFC", before.text + word.text)
    message = f"the name {quoted(before.text + word.text)} isn't in composed form (Unicode NFC)"
    help = f"write {quoted(composed)}" if composed.isidentifier() else "remove the accent"
    return t.finding("SLA104", message, (before.start, word.end), "", help)
