"""Imports: the declarations of libraries, as if they stood in the file that imports them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Protocol, TypeAlias

from sladsl.contract.libraries import foreign, unknown_language
from sladsl.diagnostics import Diagnostic, Label, Refused, Severity
from sladsl.source import Source
from sladsl.syntax import nodes as n
from sladsl.syntax.parse import parse

__all__ = ["Read", "Taken", "with_imports"]

#: A file can't import more than this, however they hang together.
MAX_LIBRARIES = 100


class Read(Protocol):
    """The text of a file that another one names. Raises `Refused`."""

    def __call__(self, source: Source, name: str, *, library: bool = False) -> Source:
        """`library`: it is imported, so that its ending may lack and it may ship with sladsl."""


#: The policy with what it takes from other files, or None with at least one error.
Taken: TypeAlias = tuple[n.Policy | None, tuple[Diagnostic, ...]]


def with_imports(policy: n.Policy, read: Read) -> Taken:
    """The policy with the declarations of its libraries before its own.

    A library that is imported by two ways is there once. Two declarations of one name are left
    side by side: `check` refuses them with both places.
    """
    if not policy.imports:
        return policy, ()
    gathered = _Libraries(read)
    gathered.take(policy, (policy.source,))
    findings = tuple(gathered.findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    taken = [d for library in gathered.found.values() for d in library.declarations]
    imported = [d for d in taken if not isinstance(d, n.Language)]
    head = [d for d in policy.declarations if isinstance(d, n.Language | n.Based)]
    rest = [d for d in policy.declarations if not isinstance(d, n.Language | n.Based)]
    return policy.but(
        declarations=(*head, *imported, *rest),
        libraries=tuple(library.source for library in gathered.found.values()),
    ), findings


class _Libraries:
    """The libraries of a file, each once, behind those that it imports itself."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.found: dict[PurePath, n.Policy] = {}
        self.findings: list[Diagnostic] = []
        self._seen: set[PurePath] = set()

    def take(self, policy: n.Policy, above: tuple[Source, ...]) -> None:
        """Gather what a file imports; `above`: itself, behind the files that led to it."""
        for node in policy.imports:
            self._take(node, above)

    def _take(self, node: n.Import, above: tuple[Source, ...]) -> None:
        try:
            source = self.read(above[-1], node.path.value, library=True)
        except Refused as refused:
            found = refused.diagnostics[0]
            self._refuse(node, found.message, found.help)
            return
        path = PurePath(source.path)
        circle = [PurePath(one.path) for one in above]
        if path in circle:
            way = " imports ".join(f"`{p}`" for p in [*circle[circle.index(path) :], path])
            self._refuse(node, f"{way}: a circle", "move what both need into a third file")
        elif path not in self._seen:
            self._seen.add(path)
            if len(self._seen) > MAX_LIBRARIES:
                if len(self._seen) == MAX_LIBRARIES + 1:
                    many = f"more than {MAX_LIBRARIES} files are imported"
                    self._refuse(node, many, "put some of them together")
                return
            self._library(node, source, path, above)

    def _library(
        self, node: n.Import, source: Source, path: PurePath, above: tuple[Source, ...]
    ) -> None:
        policy, findings = parse(source)
        self.findings += findings
        if policy is None:
            return
        for declaration in policy.declarations:
            wrong = foreign(declaration)
            if wrong:
                place = getattr(declaration, "name", declaration).span
                also = (Label(place, "here"),)
                help = "import a file of declarations alone; `based on` takes an agreement's"
                self._refuse(node, f"it isn't a library: those have no {wrong}", help, also)
                return
        unknown = unknown_language(policy)
        if unknown is not None:
            self.findings.append(unknown)
        self.take(policy, (*above, source))
        self.found[path] = policy

    def _refuse(self, node: n.Import, why: str, help: str, also: tuple[Label, ...] = ()) -> None:
        finding = Diagnostic(
            "SLA159",
            f'"{node.path.value}" can\'t be imported',
            Label(node.path.span, why),
            also,
            help or "name a file in the policy's folder, or in one below it",
        )
        self.findings.append(finding)
