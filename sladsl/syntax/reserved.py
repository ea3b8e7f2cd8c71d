"""Where a keyword can't be a name, and why not.

Keywords are soft: they are names wherever the parser can't use them as keywords. These are
the places where it always can. `test_grammar.py` tries every keyword in every place of a name
and holds this table to what it finds.
"""

from __future__ import annotations

from sladsl.records import Record

__all__ = ["RESERVED", "Reserved"]


class Reserved(Record):
    """The words that are reserved in one kind of place.

    `rule` and `child` say which names of the parse tree are meant. `words` are keywords in
    every such place, `after` only in some: behind words that they would continue.
    """

    place: str
    rule: str
    child: int
    words: frozenset[str]
    after: frozenset[str]
    help: str


def _row(place: str, rule: str, words: str, after: str, help: str, child: int = 0) -> Reserved:
    return Reserved(place, rule, child, frozenset(words.split()), frozenset(after.split()), help)


_OTHER_NAME = "choose another name for it"

RESERVED: tuple[Reserved, ...] = (
    _row(
        "the name of a field",
        "field",
        "ambiguous event expected key recorded sequence span timezone",
        "and in is or",
        "name the field otherwise; `sladsl.toml` maps a column of the data to another name",
    ),
    _row(
        "the type of a field",
        "type_name",
        "one",
        "",
        "`one of` begins the list of a field's values; choose another name for the type",
    ),
    _row(
        "the name of the party that owes",
        "owes",
        "accountable applies bonus claim consulted credit excluded excluding excused informed"
        " instead measured paid penalty reported require responsible returned without",
        "also and at during for in is of on or prorated split where",
        "the clauses of an obligation begin with these words; name the party otherwise",
    ),
    _row(
        "the name of the party that may act",
        "may",
        "when within",
        "for in",
        "the clauses of a remedy begin with these words; name the party otherwise",
    ),
    _row(
        "the name of a charge",
        "charge",
        "each",
        "",
        _OTHER_NAME,
    ),
    _row(
        "the word before `:` in a match",
        "word",
        "",
        "otherwise",
        "`otherwise` stands for all the rest; choose another name",
    ),
    _row(
        "a name in a calculation",
        "ref",
        "",
        "each greatest in match not on once pausing",
        _OTHER_NAME,
    ),
    _row("the name of a function", "function", "", "match not", _OTHER_NAME),
    _row("the name of a function", "call", "match", "not", _OTHER_NAME),
    _row("the subject of windows", "of_windows", "match", "", _OTHER_NAME, child=1),
)
