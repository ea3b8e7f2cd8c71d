"""Reading policies and writing files."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sladsl.contract.levels import Read
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.pipeline import examine
from sladsl.source import Place, Source
from sladsl.syntax.parse import MAX_SOURCE

if TYPE_CHECKING:
    from sladsl.contract.model import Contract

__all__ = [
    "bases",
    "examined",
    "read_bytes",
    "read_policy",
    "shown",
    "source_of",
    "standard_input",
    "write",
]


def read_policy(path: str) -> Source:
    """The text of a policy (`-`: standard input). Raises `Refused`."""
    return source_of(path, read_bytes(path, 4 * MAX_SOURCE))


def examined(path: str) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """The contract of a policy, if it has one, and all findings: also that it can't be read."""
    try:
        return examine(read_policy(path), bases(path))
    except Refused as refused:
        return None, refused.diagnostics


def read_bytes(path: str, limit: int) -> bytes:
    """What a file (`-`: standard input) holds, up to one byte beyond a limit. Raises `Refused`."""
    try:
        if path == "-":
            return standard_input().read(limit + 1)
        with Path(path).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        help = "name a policy file (`.sla`)"
        place = Label(Place(shown(path)))
        raise Refused(Diagnostic("SLA150", f"can't be read: {why}", place, help=help)) from None


def shown(path: str) -> str:
    """What a policy's file is called in findings."""
    return "<stdin>" if path == "-" else path


def source_of(path: str, data: bytes) -> Source:
    """The text of a policy in the bytes of its file. Raises `Refused`."""
    name = shown(path)
    try:
        return Source(name, data.decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        help = "save it as UTF-8"
        finding = Diagnostic("SLA151", "isn't UTF-8 text", Label(Place(name, line)), help=help)
        raise Refused(finding) from None


def bases(path: str) -> Read:
    """What reads the files that a policy is based on: those in its folder and below it."""
    root = Path(path).parent.resolve()

    def read(source: Source, name: str) -> Source:
        inside = path != "-" and not Path(name).is_absolute() and ".." not in Path(name).parts
        found = Path(source.path).parent / name
        if not inside or not found.resolve().is_relative_to(root):
            why = "it isn't in the policy's folder" if path != "-" else "the policy has no folder"
            raise Refused(Diagnostic("SLA158", why, Label(Place(name))))
        return source_of(str(found), read_bytes(str(found), 4 * MAX_SOURCE))

    return read


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
