"""Which folders a configuration may name files in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["allowed_roots", "inside", "project_root"]


def _repository(folder: Path) -> Path | None:
    """The nearest folder, from here upwards, that holds `.git`."""
    for at in (folder, *folder.parents):
        if (at / ".git").exists():
            return at
    return None


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (RuntimeError, OSError):
        return None


def project_root(policy: Path, cwd: Path) -> Path:
    """The outermost folder that belongs to the policy; `allowed_roots` states the rule.

    It is also where the upward search for `sladsl.toml` stops.
    """
    folder = policy.resolve().parent
    repository = _repository(folder)
    if repository is not None:
        return repository
    here = cwd.resolve()
    shared = next((a for a in (folder, *folder.parents) if here == a or a in here.parents), folder)
    home = _home()
    too_wide = shared == Path(shared.anchor) or (
        home is not None and (shared == home or shared in home.parents)
    )
    return folder if too_wide else shared


def allowed_roots(policy: Path, cwd: Path, allow_paths: Iterable[str] = ()) -> tuple[Path, ...]:
    """The folders that paths in a configuration must stay in, links resolved.

    The policy's folder, and where it lies in a repository (the nearest folder above with
    `.git`) the repository's root. Where it lies in none: the deepest folder that holds both
    the working directory and the policy, unless that is the root of the file system, the
    home directory or a folder above it; then the policy's folder alone. And whatever
    `--allow-path` names. A policy from a stranger thus reaches nothing that isn't beside it
    or below the folder in which the user works.
    """
    roots = [policy.resolve().parent, project_root(policy, cwd)]
    roots += [(cwd / path).resolve() for path in allow_paths]
    return tuple(dict.fromkeys(roots))


def inside(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path, its links resolved, is one of the roots or lies below one."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # a circle of links
        return False
    return any(real == root or root in real.parents for root in roots)
