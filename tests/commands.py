"""The command line as tests call it, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import CliRunner, Result

from sladsl.cli.main import cli
from sladsl.reports.json import schema

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
POLICIES = ROOT / "policies"


def sladsl(*arguments: str | Path, data: bytes | str | None = None) -> Result:
    """One command. An exception that isn't an exit status fails the test."""
    texts = [str(a) for a in arguments]
    done = CliRunner().invoke(cli, texts, input=data, catch_exceptions=False)
    assert done.exit_code in range(4), done.output
    assert "internal fault" not in done.output
    return done


def process(
    *arguments: str | Path,
    data: bytes | None = None,
    env: dict[str, str] | None = None,
    cwd: Path = ROOT,
    options: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[bytes]:
    """One command in a process of its own, as people run it."""
    return subprocess.run(
        [sys.executable, *options, "-m", "sladsl", *map(str, arguments)],
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        check=False,
        timeout=120,
    )


@cache
def _validator() -> Any:
    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def valid(text: str | bytes) -> Any:
    """A document that follows the published schema."""
    document = json.loads(text)
    _validator().validate(document)
    return document


def codes(done: Result) -> list[str]:
    """The codes of the findings on standard error, in order."""
    marks = [line.partition("[") for line in done.stderr.splitlines()]
    return [rest[:6] for head, mark, rest in marks if mark and head in ("error", "warning")]
