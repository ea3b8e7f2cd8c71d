"""Runs a child process and tells what it took. Imports nothing large: a child that is started
from a big process is charged with that process's memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Run:
    """What a process printed and took: seconds, MB."""

    status: int
    out: bytes
    err: bytes
    wall: float
    cpu: float
    peak: float


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Two threads for everybody."""
    threads = {
        "POLARS_MAX_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": os.environ.get("ARROW_DEFAULT_MEMORY_POOL", ""),
    }
    found = {**os.environ, **threads, **(more or {})}
    return {name: value for name, value in found.items() if value}


def run(
    command: Sequence[str],
    *,
    timeout: float = 1800,
    more: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Run:
    """Run a command to its end."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(more),
        cwd=cwd,
    )
    stop = threading.Timer(timeout, child.kill)
    stop.start()
    try:
        errors: list[bytes] = []
        assert child.stdout is not None
        assert child.stderr is not None
        drain = threading.Thread(target=lambda e=child.stderr: errors.append(e.read()))
        drain.start()
        out = child.stdout.read()
        drain.join()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
    finally:
        stop.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    for pipe in (child.stdout, child.stderr):
        pipe.close()
    cpu = used.ru_utime + used.ru_stime
    return Run(child.returncode, out, errors[0], wall, cpu, used.ru_maxrss / 1024)
