"""What the pages say is what happens: their commands are run and their examples checked.

In a ```console block, a line that begins with `$ ` is a command, `sladsl` and its arguments
(a backslash at the end of a line goes on), and what follows is all that it prints, on standard
output and standard error. A line `...` stands for any lines, a last line `[exit 1]` for an exit
status other than 0. A ```sla block passes `sladsl check`, and a ```sla-bad block is refused.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fences import Fence, fences

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [page for page in (README, ROOT / "grammar" / "README.md") if page.exists()]
EXIT = re.compile(r"\[exit (\d+)\]")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a console block, and what must come of it."""

    words: tuple[str, ...]
    output: tuple[str, ...]
    status: int
    line: int


def steps(block: Fence) -> Iterator[Step]:
    """The commands of a console block in order."""
    rows = block.text.splitlines()
    if not rows or not rows[0].startswith("$ "):
        raise ValueError(f"line {block.line}: a console block begins with `$ `")
    at = 0
    while at < len(rows):
        line = block.line + at
        command = rows[at].removeprefix("$ ")
        while command.endswith("\\"):
            at += 1
            command = command[:-1] + rows[at]
        at += 1
        output: list[str] = []
        while at < len(rows) and not rows[at].startswith("$ "):
            output.append(rows[at])
            at += 1
        trimmed = without_end(output)
        status = 0
        if trimmed and (found := EXIT.fullmatch(trimmed[-1])):
            status = int(found[1])
            trimmed = without_end(trimmed[:-1])
        yield Step(tuple(shlex.split(command, comments=True)), tuple(trimmed), status, line)


def without_end(rows: list[str]) -> list[str]:
    """The rows without the empty ones at their end."""
    while rows and not rows[-1]:
        rows = rows[:-1]
    return rows


def matches(expected: tuple[str, ...], actual: tuple[str, ...]) -> bool:
    """Whether the lines are as expected, where `...` stands for any number of lines."""
    pieces: list[list[str]] = [[]]
    for row in expected:
        if row == "...":
            pieces.append([])
        else:
            pieces[-1].append(row)
    if len(pieces) == 1:
        return expected == actual
    first, *middle, last = (tuple(piece) for piece in pieces)
    end = len(actual) - len(last)
    if end < len(first) or actual[: len(first)] != first or actual[end:] != last:
        return False
    at = len(first)
    for piece in middle:
        while actual[at : at + len(piece)] != piece:
            at += 1
            if at + len(piece) > end:
                return False
        at += len(piece)
        if at > end:
            return False
    return True


def sladsl(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in the repository's root; both streams in one, without colour."""
    ours = ("SLADSL_", "FORCE_COLOR", "CLICOLOR", "PYTHONWARNINGS")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "sladsl", *words],
        cwd=ROOT,
        env=environment | {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def blocks(pages: Iterable[Path], kind: str) -> list[object]:
    """The blocks of a kind as parameters, named by page and line."""
    return [
        pytest.param(fence, id=f"{page.relative_to(ROOT)}:{fence.line}")
        for page in pages
        for fence in fences(page.read_text(encoding="utf-8"))
        if fence.kind == kind
    ]


def sla_examples(path: Path) -> Iterator[tuple[Fence, bool]]:
    """The agreements of a page, each with whether it must pass."""
    for fence in fences(path.read_text(encoding="utf-8")):
        if fence.kind in ("sla", "sla-bad"):
            yield fence, fence.kind == "sla"


@pytest.mark.parametrize("name", ["main", "tests"])
def test_the_readme_gives_a_command_once(name: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "readme_command.py", name],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_shell_block_of_the_readme_has_a_name_of_its_own() -> None:
    marks = [f.mark for f in fences(README.read_text(encoding="utf-8")) if f.mark is not None]
    assert len(marks) == len(set(marks)), marks


@pytest.mark.parametrize("block", blocks(PAGES, "console"))
def test_a_console_block_prints_what_it_says(block: Fence) -> None:
    for step in steps(block):
        assert step.words[:1] == ("sladsl",), f"line {step.line}: only `sladsl` is run here"
        done = sladsl(*step.words[1:])
        actual = tuple(without_end(done.stdout.splitlines()))
        if not matches(step.output, actual):
            assert actual == step.output, f"line {step.line}: {shlex.join(step.words)}"
        assert done.returncode == step.status, f"line {step.line}: {done.stdout}"


@pytest.mark.parametrize(
    ("example", "passes"),
    [
        pytest.param(example, passes, id=f"{page.relative_to(ROOT)}:{example.line}")
        for page in PAGES
        for example, passes in sla_examples(page)
    ],
)
def test_an_example_checks_as_it_says(example: Fence, passes: bool, tmp_path: Path) -> None:
    policy = tmp_path / "example.sla"
    policy.write_text(example.text, encoding="utf-8")
    done = sladsl("check", str(policy))
    if passes:
        assert done.returncode == 0, done.stdout
    else:
        assert done.returncode == 2, done.stdout
        assert "error[" in done.stdout


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a b", "a b", True),
        ("a b", "a", False),
        ("", "", True),
        ("...", "", True),
        ("...", "a b", True),
        ("a ...", "a b c", True),
        ("... c", "a b c", True),
        ("a ... c", "a c", True),
        ("a ... a", "a", False),
        ("... b ...", "a b c", True),
        ("... b ... b", "a b", False),
        ("... b ... b ...", "a b c b", True),
        ("... b ... b ...", "a b c", False),
        ("a ... b c ... d", "a b b c d", True),
        ("a ... b c ... d", "a b d c d", False),
    ],
)
def test_dots_stand_for_any_lines(expected: str, actual: str, same: bool) -> None:
    assert matches(tuple(expected.split()), tuple(actual.split())) is same


def test_a_console_block_is_read() -> None:
    text = "$ sladsl check \\\n  'a b.sla'\nfine\n\n$ sladsl eval x  # why\n...\n[exit 1]\n"
    (fence,) = fences(f"# Title\n\n```console\n{text}```\n")
    assert list(steps(fence)) == [
        Step(("sladsl", "check", "a b.sla"), ("fine",), 0, 4),
        Step(("sladsl", "eval", "x"), ("...",), 1, 8),
    ]


def test_a_mark_names_the_block_that_follows() -> None:
    page = "<!-- run: a -->\n\n```sh\n1\n```\n```sh\n2\n```\n<!-- run: b -->\ntext\n```sh\n3\n```\n"
    assert [(f.mark, f.text) for f in fences(page)] == [("a", "1\n"), (None, "2\n"), (None, "3\n")]
