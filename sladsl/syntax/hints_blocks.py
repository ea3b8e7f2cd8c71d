"""Findings about braces, blocks and where declarations and clauses stand."""

from __future__ import annotations

from sladsl.diagnostics import Diagnostic, Label, nearest
from sladsl.syntax.automaton import END
from sladsl.syntax.forms import FORMS, HEADS
from sladsl.syntax.trouble import Block, State, Trouble
from sladsl.syntax.vocabulary import listed
from sladsl.syntax.words import Word, lex, quoted

__all__ = ["too_many", "unclosed", "unknown_declaration", "wrong_block"]


def too_many(t: Trouble) -> Diagnostic | None:
    """A `}` or `)` with nothing open that it could close."""
    word = t.here
    opening = {"}": "{", ")": "("}.get(word.text)
    if opening is None or any(block.mark == opening for block in t.state.blocks):
        return None
    if word.text == "}" and t.state.clause and not t.state.accepts & {"$END"}:
        return None  # the declaration breaks off: what it lacks is the news
    help = f"remove it, or open what it closes with `{opening}`"
    note = f"no `{opening}` is open here"
    return t.finding("SLA112", f"a `{word.text}` too many", word, note, help)


def unclosed(t: Trouble) -> Diagnostic | None:
    """A brace or parenthesis that is still open where something else goes on."""
    blocks, word = t.state.blocks, t.here
    if not blocks:
        return None
    inner = blocks[-1]
    if word.kind == "end":
        return _open(t, _by_indent(t) or inner, word)
    if inner.mark == "(":
        if ")" in t.accepted_words and (word.text == "}" or _begins_clause(t, word)):
            return _open(t, inner, word)
        return None
    outer = [block.owner for block in blocks[:-1] if block.mark == "{"]
    if "}" in t.accepted_words and any(_goes_on(t, word, owner) for owner in outer):
        return _open(t, inner, word)
    return None


def _goes_on(t: Trouble, word: Word, owner: str) -> bool:
    """Whether a clause of an outer block begins here, and can be read there."""
    if not _line_start(t, word):
        return False
    if word.text in FORMS.get(owner, {}):
        return True
    return t.mends(word.start, word.start, "} ")


def _begins_clause(t: Trouble, word: Word) -> bool:
    clauses = t.vocabulary.clauses.get(t.state.block, {})
    return _line_start(t, word) and (word.text in clauses or word.text in t.vocabulary.declarations)


def _line_start(t: Trouble, word: Word) -> bool:
    return not t.text[t.text.rfind("\n", 0, word.start) + 1 : word.start].strip()


def _by_indent(t: Trouble) -> Block | None:
    """The opening brace whose closing one, going by the indentation, isn't its own."""
    stack: list[Word] = []
    for word in t.words[: t.index]:
        if word.text == "{":
            stack.append(word)
        elif word.text == "}" and stack:
            opening = stack.pop()
            own_line = "\n" in t.text[opening.start : word.start] and _line_start(t, word)
            if own_line and _indent(t, opening) > _indent(t, word):
                return Block("", "{", opening.start)
    return None


def _indent(t: Trouble, word: Word) -> int:
    line = t.text[t.text.rfind("\n", 0, word.start) + 1 : word.end].expandtabs(4)
    return len(line) - len(line.lstrip())


def _open(t: Trouble, block: Block, word: Word) -> Diagnostic:
    close = {"{": "}", "(": ")"}[block.mark]
    where, note = (word.start, word.end), f"{quoted(word.text)} stands outside of it"
    following = next(lex(t.text, t.end, min(len(t.text), t.end + 100)), None)
    if word.kind == "end" and following:
        where, note = (following.start, following.end), "the next declaration begins here"
    elif word.kind == "end":
        where, note = (max(word.start - 1, 0), word.end), "the text ends here"
    related = (Label(t.span(*where), note),)
    message = f"a `{block.mark}` that is never closed"
    help = f"close it with `{close}`"
    return t.finding("SLA111", message, (block.at, block.at + 1), "opened here", help, related)


def _clause_start(t: Trouble) -> Word:
    """The first word of the line in trouble, or the word itself."""
    index = t.index
    while index > 0 and not _line_start(t, t.words[index]) and t.words[index].text not in "{}":
        index -= 1
    if t.words[index].text in ("{", "}") and index < t.index:
        index += 1
    return t.words[index]


def wrong_block(t: Trouble) -> Diagnostic | None:
    """A clause in a block that it doesn't belong to, or outside any."""
    for word in dict.fromkeys((_clause_start(t), t.here, t.word(-1))):
        state = t.state_at(word.start)
        block = state.block
        if word.kind != "name" or word.text in t.vocabulary.clauses.get(block, {}):
            continue
        if not ("}" in t.vocabulary.spelled(state.accepts) if block else _fresh(t, word, state)):
            continue
        owners = [b for b in t.vocabulary.owners(word.text) if b in HEADS and b != block]
        good = [b for b in owners if _reads_in(t, HEADS[b] + " ", word)]
        if good:
            return _belongs(t, word, block, good)
        if block and word.text in t.vocabulary.declarations and _reads_in(t, "", word):
            help = f"close `{block}` before it; a declaration stands by itself"
            message = f"`{word.text}` can't be declared inside `{block}`"
            return t.finding("SLA120", message, word, "a declaration of its own", help)
    return None


def _fresh(t: Trouble, word: Word, state: State) -> bool:
    """Whether a declaration may begin with a word, by the grammar and by the look of it."""
    index = t.words.index(word)
    return END in state.accepts and (
        not index or t.words[index - 1].text == "}" or _line_start(t, word)
    )


def _reads_in(t: Trouble, head: str, word: Word) -> bool:
    """Whether the text from a word on makes sense elsewhere, beyond the trouble."""
    if t.at - word.start > 2_000:
        return False
    return t.read(head, word.start, min(t.end, t.here.end + 400)) >= t.next_start


def _belongs(t: Trouble, word: Word, block: str, owners: list[str]) -> Diagnostic:
    places = {"credit": "the tiers of `credit`, `bonus` or `penalty`"}
    where = listed(places.get(owner, f"`{owner}`") for owner in owners)
    if block:
        message = f"`{word.text}` doesn't belong in `{block}`"
        return t.finding(
            "SLA120", message, word, "not a clause of this block", f"it belongs in {where}"
        )
    message = f"`{word.text}` stands outside any block"
    help = f"it belongs in {where}"
    if any(w.text == "}" for w in t.words[: t.index]):
        help += "; is there a `}` too many before it?"
    return t.finding("SLA121", message, word, "not a declaration", help)


def unknown_declaration(t: Trouble) -> Diagnostic | None:
    """A word at the top level that begins no declaration."""
    word = t.here
    if t.state.block or not t.vocabulary.declarations <= t.accepted_words:
        return None
    if not _fresh(t, word, t.state):
        return None
    known = t.vocabulary.declarations
    if word.text == "remove":
        message = "`remove` stands outside any block"
        return t.finding("SLA121", message, word, "not a declaration", "it belongs in `amendment`")
    if word.kind != "name":
        help = "a declaration begins with a word such as `metric` or `obligation`"
        message = f"no declaration begins with {quoted(word.text)}"
    else:
        help = (
            nearest(word.text, known) or f"declarations are {listed(f'`{w}`' for w in _order(t))}"
        )
        message = f"unknown declaration {quoted(word.text)}"
    return t.finding("SLA131", message, word, "expected a declaration", help)


def _order(t: Trouble) -> list[str]:
    return [word for word in FORMS[""] if word in t.vocabulary.declarations]
