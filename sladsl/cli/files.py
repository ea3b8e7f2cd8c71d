"""Reading policies and writing files."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

import sladsl
from sladsl.contract.imports import Read
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


def examined(path: str, *, library: bool = False) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """The contract of a policy, if it has one, and all findings: also that it can't be read.

    `library`: it may be one, which has no contract.
    """
    try:
        return examine(read_policy(path), bases(path), library=library)
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
    """What reads the files that a policy names: in its folder, below it, or shipped.

    Where a name is that of a library that ships with sladsl, no file may have it as well.
    """
    root = Path(path).parent.resolve()

    def read(source: Source, name: str, *, library: bool = False) -> Source:
        ending = ".sla" if library and not name.endswith(".sla") else ""
        named = PurePath(f"{name}{ending}")
        shipped = _shipped(source, named) if library else None
        ships = ", ".join(f'"library/{one.stem}"' for one in sorted(LIBRARIES.glob("*.sla")))
        if shipped is None and path == "-":
            raise _no_file(name, "the policy has no folder", f"sladsl ships {ships}")
        found = Path(source.path).parent / named
        inside = not named.is_absolute() and ".." not in named.parts
        if not inside or not found.resolve().is_relative_to(root):
            raise _no_file(name, "it isn't in the policy's folder")
        if shipped is not None and path != "-" and found.exists():
            help = f"give {found} another name"
            raise _no_file(name, f"it ships with sladsl, and there is {found} too", help)
        if shipped is not None:
            data = read_bytes(str(LIBRARIES / shipped), 4 * MAX_SOURCE)
            return source_of(str(SHIPPED / shipped), data)
        if library and not found.exists():
            raise _no_file(name, f"there is no file {found}", f"sladsl ships {ships}")
        return source_of(str(found), read_bytes(str(found), 4 * MAX_SOURCE))

    return read


#: The libraries that ship with sladsl, and how their files are shown on every machine.
LIBRARIES = Path(sladsl.__file__).parent / "library"
SHIPPED = PurePath("<sladsl>", "library")


def _shipped(source: Source, named: PurePath) -> PurePath | None:
    """The file among the shipped libraries that is meant, if it is one of them."""
    if PurePath(source.path).parent == SHIPPED:  # one of them imports another
        return named
    if len(named.parts) == 2 and named.parts[0] == "library":
        found = PurePath(named.name)
        return found if (LIBRARIES / found).exists() else None
    return None


def _no_file(name: str, why: str, help: str = "") -> Refused:
    return Refused(Diagnostic("SLA158", why, Label(Place(name)), help=help))


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
