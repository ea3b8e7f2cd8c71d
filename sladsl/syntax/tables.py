"""Ready tables of the grammar: generated when the package is built, as Python source.

`generate` makes them with Lark; `tables` and `load` take them where they were made from the
grammar as it now stands, and make them anew (and, in a checkout, keep them) where it has
changed. Nothing is unpickled.
"""

from __future__ import annotations

import ast
import os
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["OPTIONS", "Keywords", "digest", "generate", "grammar_path", "load", "tables"]

FORM = 1  # of the tables; more when it changes


class Keywords:
    """Tells the lexer that a name may be read anywhere.

    So a keyword is one only where the parser can use it, and a word that merely begins
    like a keyword is never cut in two. A number with an unknown unit is read as one token,
    so that the finding can name it.
    """

    always_accept = ("NAME", "BAD_QUANTITY")

    def process(self, stream: Any) -> Any:
        """The tokens, as they are."""
        return stream


#: How the grammar is built, in tables and in tests.
OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": "contextual",
    "propagate_positions": True,
    "maybe_placeholders": True,
}


def grammar_path() -> Path:
    """Where the grammar is: beside this module in a wheel, at the top of a checkout."""
    here = Path(__file__).resolve()
    installed = here.with_name("sla.lark")
    return installed if installed.exists() else here.parents[2] / "grammar" / "sla.lark"


def digest(grammar: str) -> str:
    """What ties tables to a grammar and to their own form: notices change, proves nothing."""
    return f"{FORM}:{zlib.crc32(grammar.encode()):08x}:{len(grammar)}"


def generate(grammar: str) -> dict[str, str]:
    """Python sources by file name: the tables of a grammar, for us and for Lark."""
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    built = Lark(grammar, postlex=Keywords(), **OPTIONS)
    data, memo = built.memo_serialize([TerminalDef, Rule])
    data["options"].pop("postlex", None)
    lark = {"DIGEST": digest(grammar), "DATA": _plain(data), "MEMO": _plain(memo)}
    own = {"DIGEST": digest(grammar), **_words(built), **_automaton(built)}
    return {"_tables.py": _source(own), "_lark_tables.py": _source(lark)}


def _source(values: dict[str, Any]) -> str:
    lines = (f"{name} = {value!r}\n" for name, value in values.items())
    return '"""Generated from the grammar; do not edit."""\n\n' + "".join(lines)


def _words(built: Any) -> dict[str, Any]:
    """One pattern for all words, in Lark's order of priority, and the keywords by text."""
    terminals = sorted(
        built.terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    keywords = {
        t.pattern.value: t.name
        for t in terminals
        if t.pattern.type == "str" and t.pattern.value.isalpha()
    }
    names = set(keywords.values())
    patterns = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if t.name not in names]
    return {"WORDS": "|".join(patterns), "KEYWORDS": keywords}


def _automaton(built: Any) -> dict[str, Any]:
    """Steps by state (a state to go on to, or -1 - rule), moves after a rule, and the rules."""
    from lark.parsers.lalr_analysis import Shift

    table = built.parser.parser._parse_table
    rules = {rule: number for number, rule in enumerate(built.rules)}
    rows: dict[str, int] = {}
    states, moves = [], []
    for state in range(len(table.states)):
        steps, goto = {}, {}
        for name, (action, target) in table.states[state].items():
            if not (name.isupper() or name.startswith(("__ANON", "$"))):
                goto[str(name)] = target
            elif action is Shift:
                steps[str(name)] = target
            else:
                steps[str(name)] = -1 - rules[target]
        states.append(rows.setdefault(repr(dict(sorted(steps.items()))), len(rows)))
        moves.append(goto)
    return {
        "ROWS": [ast.literal_eval(row) for row in rows],
        "STATES": states,
        "GOTO": tuple(moves),
        "RULES": tuple(_rule(rule) for rule in built.rules),
        "START": table.start_states["start"],
        "END": table.end_states["start"],
    }


def _rule(rule: Any) -> tuple[Any, ...]:
    """Origin, size, name, what becomes of each part, `None`s at the end, whether it may vanish.

    Of each part that is kept: its index, whether its children take its place, and how many
    absent parts stand before it. As in Lark's `parse_tree_builder`.
    """
    options = rule.options
    flags = "".join(str(int(absent)) for absent in options.empty_indices)
    absent = [len(part) for part in flags.split("0")] if flags else [0] * (len(rule.expansion) + 1)
    plan, before = [], 0
    for index, symbol in enumerate(rule.expansion):
        before += absent[index]
        if options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            opened = not symbol.is_term and symbol.name.startswith("_")
            plan.append((index, opened, before))
            before = 0
    name = str(rule.alias or rule.origin.name)
    alone = bool(options.expand1 and not rule.alias)
    size = len(rule.expansion)
    return str(rule.origin.name), size, name, tuple(plan), before + absent[-1], alone


def _plain(value: Any) -> Any:
    """The same value of plain types only, so that its text can be read back."""
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(v) for v in value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value) if isinstance(value, str) else value


def tables() -> dict[str, Any]:
    """The tables of `lalr.Reader` for the grammar as it stands."""
    return _ready("_tables")


def load(lexer_callbacks: dict[str, Any]) -> Any:
    """Lark's parser for the grammar, from ready tables where they fit."""
    from lark import Lark

    ready = _ready("_lark_tables")
    return Lark._load_from_dict(  # type: ignore[no-untyped-call]
        ready["DATA"], ready["MEMO"], postlex=Keywords(), lexer_callbacks=lexer_callbacks
    )


def _ready(name: str) -> dict[str, Any]:
    """Ready tables of a name; made anew where they are absent or the grammar has changed."""
    grammar = grammar_path().read_text(encoding="utf-8")
    try:
        found = vars(import_module(f"sladsl.syntax.{name}"))
        if found["DIGEST"] == digest(grammar):
            return found
    except ImportError:
        pass
    sources = generate(grammar)
    _keep(sources)
    return {
        target.id: ast.literal_eval(line.value)
        for line in ast.parse(sources[f"{name}.py"]).body
        if isinstance(line, ast.Assign) and isinstance(target := line.targets[0], ast.Name)
    }


def _keep(sources: dict[str, str]) -> None:
    """Write tables beside this module in a checkout; an installed package is left alone."""
    here = Path(__file__).resolve()
    if grammar_path() == here.with_name("sla.lark"):
        return
    for name, source in sources.items():
        unfinished = here.with_name(f"{name}.{os.getpid()}.tmp")
        try:
            unfinished.write_text(source, encoding="utf-8")
            unfinished.replace(here.with_name(name))
        except OSError:
            unfinished.unlink(missing_ok=True)
