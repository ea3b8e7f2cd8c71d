"""Ready tables of the grammar: generated when the package is built, as Python source.

`generate` makes them; `load` takes them where they were made from the grammar as it now
stands, and makes them anew (and, in a checkout, keeps them) where it has changed.
Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

__all__ = ["OPTIONS", "Keywords", "generate", "grammar_path", "load"]


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
    """What ties tables to a grammar (and to the form of the tables)."""
    from lark import __version__

    return hashlib.sha256(f"{__version__}\n{grammar}".encode()).hexdigest()


def generate(grammar: str) -> str:
    """Python source that holds the tables of a grammar."""
    lines = (f"{name} = {value!r}\n" for name, value in _made(grammar).items())
    return '"""Generated from the grammar; do not edit."""\n\n' + "".join(lines)


def _made(grammar: str) -> dict[str, Any]:
    """The tables of a grammar."""
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    built = Lark(grammar, postlex=Keywords(), **OPTIONS)
    data, memo = built.memo_serialize([TerminalDef, Rule])
    data["options"].pop("postlex", None)
    return {"DIGEST": digest(grammar), "DATA": _plain(data), "MEMO": _plain(memo)}


def _plain(value: Any) -> Any:
    """The same value of plain types only, so that its text can be read back."""
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(v) for v in value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value) if isinstance(value, str) else value


def load(lexer_callbacks: dict[str, Any]) -> Any:
    """A parser for the grammar, from ready tables where they fit."""
    from lark import Lark

    grammar = grammar_path().read_text(encoding="utf-8")
    tables = _tables(grammar)
    return Lark._load_from_dict(  # type: ignore[no-untyped-call]
        tables["DATA"], tables["MEMO"], postlex=Keywords(), lexer_callbacks=lexer_callbacks
    )


def _tables(grammar: str) -> dict[str, Any]:
    try:
        from sladsl.syntax import _tables as ready  # type: ignore[attr-defined,unused-ignore]

        if digest(grammar) == ready.DIGEST:
            return vars(ready)
    except ImportError:
        pass
    _keep(generate(grammar))
    return _made(grammar)


def _keep(source: str) -> None:
    """Write tables beside this module, in a checkout only: an installed package is left alone."""
    here = Path(__file__).resolve()
    if (
        not (here.parents[2] / "grammar" / "sla.lark").exists()
        or here.with_name("sla.lark").exists()
    ):
        return
    unfinished = here.with_name(f"_tables.{os.getpid()}.tmp")
    try:
        unfinished.write_text(source, encoding="utf-8")
        unfinished.replace(here.with_name("_tables.py"))
    except OSError:
        unfinished.unlink(missing_ok=True)
