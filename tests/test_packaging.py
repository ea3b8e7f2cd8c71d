"""What is built is what is promised: grammar and ready tables in the wheel, tests in the sdist.

Builds run on a copy of the tree, so that nothing is written into the checkout.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLES = {"sladsl/syntax/_tables.py", "sladsl/syntax/_lark_tables.py"}
GRAMMAR = "sladsl/syntax/sla.lark"

needs_hatchling = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None,
    reason="hatchling is absent (it comes with the extra `test`)",
)


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(source: Path, out: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, source]
    if importlib.util.find_spec("hatchling") is not None:
        command.append("--no-build-isolation")
    run(*command, cwd=out)
    (wheel,) = out.glob("sladsl-*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout as somebody gets it who clones it: without what Git ignores."""
    copy = tmp_path_factory.mktemp("tree") / "sladsl"
    left_out = (".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "build")
    made = ("_tables.py", "_lark_tables.py", "*.tmp")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*left_out, *made))
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    source = tree.parent / "for-wheel"
    shutil.copytree(tree, source)
    return contents(build_wheel(source, tmp_path_factory.mktemp("wheel")))


def assert_tables_fit(folder: Path) -> None:
    """The package in a folder has tables that were made from the grammar it reads."""
    look = (
        "from sladsl.syntax import _lark_tables, _tables, tables\n"
        "grammar = tables.grammar_path()\n"
        "print(grammar, _tables.__file__)\n"
        f"assert grammar.is_relative_to({str(folder)!r})\n"
        "digest = tables.digest(grammar.read_text(encoding='utf-8'))\n"
        "assert _tables.DIGEST == _lark_tables.DIGEST == digest\n"
    )
    run(sys.executable, "-c", look, cwd=folder)


def test_the_wheel_holds_the_package_the_grammar_and_its_tables(
    tree: Path, wheel: dict[str, bytes], tmp_path: Path
) -> None:
    modules = {p.relative_to(tree).as_posix() for p in (tree / "sladsl").rglob("*") if p.is_file()}
    held = {name for name in wheel if ".dist-info/" not in name}
    assert held == modules | {GRAMMAR, *TABLES}
    assert wheel[GRAMMAR] == (tree / "grammar" / "sla.lark").read_bytes()
    for name in held:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wheel[name])
    assert_tables_fit(tmp_path)


def test_the_wheel_says_how_it_is_run_and_licensed(wheel: dict[str, bytes]) -> None:
    meta = {name.split("/")[1]: data.decode() for name, data in wheel.items() if "-info/" in name}
    assert "sladsl = sladsl.cli.main:main" in meta["entry_points.txt"]
    assert "License-Expression: Apache-2.0" in meta["METADATA"]
    assert "Requires-Python: >=3.11" in meta["METADATA"]


@needs_hatchling
def test_the_sdist_holds_what_tests_need_and_builds_the_same_wheel(
    tree: Path, wheel: dict[str, bytes], tmp_path: Path
) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=tree)
    (sdist,) = tmp_path.glob("sladsl-*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {m.name.split("/", 1)[1] for m in archive.getmembers() if m.isfile()}
    expected = {
        path.relative_to(tree).as_posix()
        for folder in ("grammar", "policies", "fixtures", "tests", "sladsl")
        for path in (tree / folder).rglob("*")
        if path.is_file()
    }
    assert expected - files == set()
    assert not TABLES & set(files)
    again = contents(build_wheel(sdist, tmp_path))
    assert again.keys() == wheel.keys()
    # Lark numbers the states of a table as its sets happen to lie in memory.
    differ = {name for name in wheel if again[name] != wheel[name]}
    assert {name for name in differ if not name.endswith(".dist-info/RECORD")} <= TABLES


@needs_hatchling
def test_an_editable_install_makes_the_tables_in_the_checkout(tree: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(tree, checkout)
    build = f"import hatchling.build as b; b.build_editable({str(tmp_path)!r})"
    run(sys.executable, "-c", build, cwd=checkout)
    assert_tables_fit(checkout)
    (link,) = tmp_path.glob("sladsl-*.whl")
    assert not [name for name in contents(link) if name.startswith("sladsl/")]


def test_lark_is_the_same_where_tables_are_made_and_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    made = [r for r in project["build-system"]["requires"] if r.startswith("lark")]
    read = [r for r in project["project"]["dependencies"] if r.startswith("lark")]
    assert made == read
    assert len(made) == 1
