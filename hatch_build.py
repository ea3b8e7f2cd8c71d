"""Makes the ready grammar tables while a wheel is built.

The project's own generator, `sladsl/syntax/tables.py`, is loaded by its path, so that a build
needs Lark and nothing else of what the package imports.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GRAMMAR = "grammar/sla.lark"
GENERATOR = "sladsl/syntax/tables.py"
FOLDER = "sladsl/syntax"


class GrammarTables(BuildHookInterface):
    """Writes the tables beside the generator: a wheel takes them along as artifacts, and an
    editable install runs with them where they are. The grammar's text goes into wheels only; in a
    checkout there is one copy of it, in `grammar/`.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        grammar = root / GRAMMAR
        sources = load(root / GENERATOR).generate(grammar.read_text(encoding="utf-8"))
        for name, source in sources.items():
            write_whole(root / FOLDER / name, source)
        if version != "editable":
            build_data["force_include"][str(grammar)] = "sladsl/syntax/sla.lark"


def load(path: Path) -> ModuleType:
    """The module at a path, under a name that no import statement can reach."""
    name = "sladsl-grammar-tables"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader beside us sees all of it or the one before."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tables-", suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)
