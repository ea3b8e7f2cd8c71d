#!/usr/bin/env python3
"""Mutants of the evaluation core: which share of them the tests notice.

    python .ci/mutants.py [--each 40] [--seed 1] [PART ...]

A mutant is the code with one thing changed. Takes a sample of them from every file (all:
`--each 0`) of the packages named, or of all that `[tool.mutmut]` in pyproject.toml names, runs
the quick tests on each, asks mypy about those that no test noticed, and shows the share that was
noticed, and which ones were not. `mutmut show NAME` shows one. Works on the tree as it is, in a
folder `mutants/`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

#: What mutmut says by the exit status of the tests.
KILLED, SURVIVED, UNTESTED = {1, 3}, {0}, {5, 33}
TIMED_OUT = {-24, 24, 36, 152, 255}
#: The words for what was noticed.
NOTICED = ("killed", "timed out", "refused by mypy")


def known() -> dict[str, dict[str, int | None]]:
    """The mutants of every file, with the exit statuses of their tests."""
    found = {}
    for path in sorted(Path("mutants/sladsl").rglob("*.meta")):
        statuses = json.loads(path.read_text())["exit_code_by_key"]
        if statuses:
            found[str(path.relative_to("mutants")).removesuffix(".meta")] = statuses
    return found


def mutmut(names: Iterable[str], children: int) -> None:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children), *names]
    with Path("mutants.log").open("ab") as log:
        subprocess.run(command, stdout=log, stderr=log, check=False)


def refused_by_types(survivors: Iterable[tuple[str, str]]) -> set[str]:
    """Of some mutants (path and name) those that mypy refuses, each by itself, in a copy."""
    refused = set()
    with TemporaryDirectory() as folder:
        room = Path(folder)
        shutil.copytree("sladsl", room / "sladsl")
        shutil.copy("pyproject.toml", room)
        (room / "mutants").symlink_to(Path("mutants").absolute())
        for path, name in survivors:
            apply = [sys.executable, "-m", "mutmut", "apply", name]
            subprocess.run(apply, cwd=room, check=True, capture_output=True)
            types = [sys.executable, "-m", "mypy"]
            if subprocess.run(types, cwd=room, check=False, capture_output=True).returncode:
                refused.add(name)
            shutil.copy(path, room / path)
    return refused


def word(status: int | None) -> str:
    if status is None:
        return "not run"
    if status in KILLED:
        return "killed"
    if status in TIMED_OUT:
        return "timed out"
    if status in UNTESTED:
        return "no tests"
    return "survived" if status in SURVIVED else f"exit {status}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=40, help="mutants of each file; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--children", type=int, default=1)
    parser.add_argument("part", nargs="*", help="such as sladsl/verdicts, sladsl/folds/table.py")
    asked = parser.parse_args()
    mutmut(["none"], asked.children)  # makes the mutants, and learns which tests reach which
    chosen: dict[str, list[str]] = {}
    for path, statuses in known().items():
        if not asked.part or any(path.startswith(part) for part in asked.part):
            names = sorted(statuses)
            count = len(names) if not asked.each else min(asked.each, len(names))
            chosen[path] = sorted(Random(f"{asked.seed} {path}").sample(names, count))
    if not chosen:
        print("no mutants were made: see mutants.log", file=sys.stderr)
        return 2
    mutmut([name for names in chosen.values() for name in names], asked.children)
    after = known()
    if all(after[path][name] is None for path, names in chosen.items() for name in names):
        print("no mutant was tried: the tests fail as they are, see mutants.log", file=sys.stderr)
        return 2
    said = {name: word(after[path][name]) for path, names in chosen.items() for name in names}
    unnoticed = [
        (path, name) for path, names in chosen.items() for name in names if said[name] == "survived"
    ]
    said.update(dict.fromkeys(refused_by_types(unnoticed), "refused by mypy"))
    total: Counter[str] = Counter()
    for path, names in chosen.items():
        words = Counter(said[name] for name in names)
        total += words
        print(f"{path:40} {len(after[path]):5} made  {shown(words)}")
    for name, what in said.items():
        if what not in NOTICED:
            print(f"  {what}: {name}")
    print(f"of {total.total()}: {shown(total)}: {share(total):.1%} noticed")
    return 0


def shown(words: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in words.most_common())


def share(words: Counter[str]) -> float:
    return sum(words[what] for what in NOTICED) / max(words.total() - words["not run"], 1)


if __name__ == "__main__":
    sys.exit(main())
