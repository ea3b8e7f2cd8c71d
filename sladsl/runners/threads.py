"""Work in several threads: NumPy and Arrow let others run while they count and decode."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import TypeVar

__all__ = ["available", "in_threads"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def available() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[Job], Result], jobs: Sequence[Job], threads: int) -> list[Result]:
    """The results of all jobs, in their order.

    What a job raises is raised, that of the first in order: the same however many threads there
    are. Jobs after it aren't begun.
    """
    if threads <= 1 or len(jobs) <= 1:
        return [work(job) for job in jobs]
    results: dict[int, Result] = {}
    failures: dict[int, BaseException] = {}
    lock = Lock()
    left = iter(range(len(jobs)))

    def worker() -> None:
        while True:
            with lock:
                at = next(left, None)
                if at is None or failures:
                    return
            try:
                results[at] = work(jobs[at])
            except BaseException as error:  # carried to the caller's thread
                failures[at] = error

    workers = [Thread(target=worker, daemon=True) for _ in range(min(threads, len(jobs)))]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    if failures:
        raise failures[min(failures)]
    return [results[at] for at in range(len(jobs))]
