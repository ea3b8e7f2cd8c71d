"""Reading policies and writing files."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.source import Place, Source
from sladsl.syntax.parse import MAX_SOURCE

__all__ = ["read_policy", "standard_input", "write"]


def read_policy(path: str) -> Source:
    """The text of a policy (`-`: standard input). Raises `Refused`."""
    name = "<stdin>" if path == "-" else path
    try:
        if path == "-":
            data = standard_input().read(4 * MAX_SOURCE + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(4 * MAX_SOURCE + 1)
        return Source(name, data.decode("utf-8").replace("\r\n", "\n"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        help = "name a policy file (`.sla`)"
        finding = Diagnostic("SLA150", f"can't be read: {why}", Label(Place(name)), help=help)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        help = "save it as UTF-8"
        finding = Diagnostic("SLA151", "isn't UTF-8 text", Label(Place(name, line)), help=help)
    raise Refused(finding)


def standard_input() -> BinaryIO:
    """The bytes of standard input; none where it is closed."""
    return BytesIO() if sys.stdin is None else sys.stdin.buffer


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises `Refused`."""
    import tempfile

    target = Path(path).resolve()
    unfinished = ""
    try:
        handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        Path(unfinished).chmod(mode)
        Path(unfinished).replace(target)
    except OSError as error:
        if unfinished:
            Path(unfinished).unlink(missing_ok=True)
        why = (error.strerror or str(error)).lower()
        finding = Diagnostic("SLA152", f"can't be written: {why}", Label(Place(path)))
        raise Refused(finding) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
