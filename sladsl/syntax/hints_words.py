"""Findings about words: misspelt, missing, reserved, in the wrong order."""

from __future__ import annotations

from difflib import get_close_matches

from sladsl.diagnostics import Diagnostic
from sladsl.syntax.forms import FORMS
from sladsl.syntax.reserved import RESERVED, Reserved
from sladsl.syntax.trouble import State, Trouble
from sladsl.syntax.words import Word, quoted

__all__ = [
    "example",
    "expression_in_require",
    "filtered_operand",
    "is_not",
    "missing_word",
    "misspelt",
    "no_clause",
    "reserved_word",
    "wrong_order",
]

_RARELY_MISSING = frozenset(["not", "-", "(", "{", "}", ")", ".", "+", "*", "/", "??"])
_OF_EXPRESSIONS = frozenset(["and", "or", "not", "in", "is", "match", "otherwise", "pausing"])
_BACK = 4  # words before the trouble that are looked at


def _before(t: Trouble) -> list[Word]:
    """The word in trouble and the few before it, nearest first."""
    return t.words[max(t.index - _BACK, 0) : t.index + 1][::-1]


def example(t: Trouble) -> str:
    """An example of the clause or declaration that has begun, as help."""
    clause = t.state.clause
    form = FORMS.get(t.state.block, {}).get(str(clause), "") if clause else ""
    return f"for example `{form}`" if form else ""


def expression_in_require(t: Trouble) -> Diagnostic | None:
    """`require` takes the name of a metric; the expression has to get a name."""
    if t.state.block != "obligation" or t.state.clause != "require":
        return None
    start = next((i for i in range(t.index, -1, -1) if t.words[i].text == "require"), None)
    if start is None or t.index - start > 2 or t.index == start:
        return None
    word = t.here
    first = t.index == start + 1
    begins = word.text in ("(", "-", "match", "not") or word.kind in ("number", "coin")
    goes_on = word.text in ("of", "(", "+", "-", "*", "/", "and", "or", "??")
    if not (begins if first else goes_on):
        return None
    end = word.end
    for after in t.words[t.index + 1 :]:
        if after.text in ("<", ">", "<=", ">=", "==", "!=", "}", "per") or after.kind == "end":
            break
        end = after.end
    place = (t.words[start + 1].start, end)
    if end - place[0] > 200 or "\n" in t.text[place[0] : end]:
        place = (word.start, word.end)
    help = "declare `metric name = ...` with it and require that name"
    note = "expected the name of a metric"
    return t.finding("SLA132", "`require` takes a metric, not an expression", place, note, help)


def filtered_operand(t: Trouble) -> Diagnostic | None:
    """A filtered aggregate beside an operator, without parentheses."""
    if t.state.block or t.state.clause not in ("metric", "baseline"):
        return None
    words = t.words[: t.index]
    filters = [i for i, w in enumerate(words) if w.text in ("where", "with")]
    operators = [i for i, w in enumerate(words) if w.text in ("+", "-", "*", "/")]
    behind = t.here.text == "of" and filters and operators and operators[-1] == t.index - 2
    before = t.here.text in ("where", "with") and operators and not filters
    if not (before or (behind and filters[0] < operators[-1])):
        return None
    operator = words[operators[-1]]
    message = f"a filtered aggregate beside `{operator.text}` without parentheses"
    help = "write `(count of x where a) / (count of y)`"
    return t.finding(
        "SLA133",
        message,
        operator,
        "`where` and `with` end at the next operator only in parentheses",
        help,
    )


def reserved_word(t: Trouble) -> Diagnostic | None:
    """A keyword where a name was meant."""
    for back in range(1, 7):
        word = t.word(-back)
        if word.text not in t.vocabulary.keywords:
            continue
        if back > 1 and _is_keyword(t, t.word(1 - back)):
            continue  # its clause goes on as it should
        accepts = t.state_at(word.start).accepts
        usable = t.vocabulary.spelled(accepts)
        if "NAME" not in accepts or word.text not in usable:
            continue
        row = _row(word.text, usable)
        if row is None or not t.reads_beyond(t.reach(word.start, word.end, "xx")):
            continue
        if row.rule == "ref":
            message = f"`{word.text}` can't be {row.place}: it is a word of the language"
            return t.finding("SLA123", message, word, "reserved here", row.help)
        message = f"`{word.text}` is reserved here: it can't be {row.place}"
        return t.finding("SLA122", message, word, "reserved", row.help)
    return None


def _is_keyword(t: Trouble, word: Word) -> bool:
    return word.text in t.vocabulary.spelled(t.state_at(word.start).accepts)


def _row(word: str, usable: frozenset[str]) -> Reserved | None:
    for row in RESERVED:
        if word in row.words | row.after and row.words <= usable:
            return row
    return None


def misspelt(t: Trouble) -> Diagnostic | None:
    """A word that is nearly a keyword, and makes sense as that keyword."""
    for word in _before(t):
        if word.kind != "name" or len(word.text) > 30:
            continue
        usable = t.vocabulary.spelled(t.state_at(word.start).accepts) & t.vocabulary.keywords
        for near in _near(word.text.lower(), sorted(usable)):
            if near != word.text and t.mends(word.start, word.end, near):
                message = f"unknown word {quoted(word.text)}"
                help = f"did you mean `{near}`?"
                return t.finding("SLA119", message, word, f"expected `{near}`", help)
    return None


def _near(word: str, known: list[str]) -> list[str]:
    """The words that are spelled like this one, letters in another order included."""
    swapped = [k for k in known if k[0] == word[0] and sorted(k) == sorted(word)]
    return [*swapped, *get_close_matches(word, known, 3, 0.7)]


def missing_word(t: Trouble) -> Diagnostic | None:
    """A single word or mark that is lacking before the word in trouble, or a little earlier."""
    if t.here.kind == "end":
        return None
    for word in _before(t)[:3]:
        usable = t.vocabulary.spelled(t.state_at(word.start).accepts)
        near = {word.text, t.words[max(t.words.index(word) - 1, 0)].text}  # not twice in a row
        words = sorted(usable - _RARELY_MISSING - t.vocabulary.declarations - near)[:60]
        reached = {w: t.reach(word.start, word.start, f"{w} ") for w in words}
        best = max(reached.values(), default=-1)
        good = [w for w in words if reached[w] == best]
        just = good == [","] and best == t.next_start
        if not (t.reads_beyond(best) or just) or not 0 < len(good) <= 3:
            continue
        if word is t.here and any(t.reach(word.start, word.end, w) > best for w in words):
            return None  # not missing: another word stands in its place
        either = " or ".join(f"`{w}`" for w in good)
        message = f"{either} is missing before {quoted(word.text)}"
        return t.finding("SLA124", message, word, f"expected {either}", example(t))
    return None


def wrong_order(t: Trouble) -> Diagnostic | None:
    """A part of a clause where another part should have come first."""
    return _order(t, t.here, t.state)


def too_late(t: Trouble) -> Diagnostic | None:
    """A part of a clause behind the end of the clause, where it reads as a name."""
    state = t.state_at(t.word(-1).start)
    return _order(t, t.word(-1), state) if "}" in t.vocabulary.spelled(state.accepts) else None


def _order(t: Trouble, word: Word, state: State) -> Diagnostic | None:
    clause = state.clause
    if clause is None or word.start <= (clause.start_pos or 0):
        return None
    words = t.vocabulary.clauses.get(state.block, {}).get(str(clause), frozenset())
    if word.text not in words - _OF_EXPRESSIONS - t.vocabulary.spelled(state.accepts):
        return None
    expected = t.vocabulary.expected(state.accepts, state.block)
    form = FORMS.get(state.block, {}).get(str(clause), "")
    message = f"`{word.text}` comes too early or too late in `{clause}`"
    help = f"for example `{form}`" if form else ""
    return t.finding("SLA134", message, word, f"expected {expected}", help)


def is_not(t: Trouble) -> Diagnostic | None:
    """`a is not missing`."""
    if (t.word(-2).text, t.word(-1).text) != ("is", "not") or t.here.kind != "name":
        return None
    instead = {"missing": "`is present`", "present": "`is missing`"}.get(t.here.text)
    place = (t.word(-2).start, t.here.end)
    help = f"write {instead or '`==`, `!=`, `is present` or `is missing`'}"
    return t.finding("SLA115", "`is not` isn't an operator", place, "", help)


def no_clause(t: Trouble) -> Diagnostic | None:
    """A word that could only be a party's name, and after which nobody owes or may anything."""
    (verb, *others) = t.accepted_words or ("",)
    word = t.word(-1)
    if others or verb not in ("owes", "may") or word.kind != "name":
        return None
    before = t.word(-2)
    percent = before.kind == "number" and word.text.lower() in ("percent", "pct", "procent")
    help = f"write `{before.text}%`" if percent else ""
    note = f"expected a clause, or a party that `{verb}`"
    message = f"{quoted(word.text)} doesn't begin a clause"
    return t.finding("SLA100", message, word, note, help)
