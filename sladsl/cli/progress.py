"""How far reading is: a line on a terminal's standard error, for work of more than a second."""

from __future__ import annotations

import sys
import time
from threading import Lock

__all__ = ["Progress"]

_AFTER, _EVERY = 1.0, 0.2  # seconds


class Progress:
    """Counts rows as they are read, by any thread; `clear` takes the line away again."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()
        self._rows = 0
        self._shown = False
        self._lock = Lock()

    @staticmethod
    def wanted(*, quiet: bool) -> bool:
        """Whether somebody is there to see it."""
        return not quiet and sys.stderr is not None and sys.stderr.isatty()

    def tick(self, rows: int) -> None:
        """So many rows more were read."""
        with self._lock:
            self._rows += rows
            now = time.monotonic()
            if now - self._begun < _AFTER or now - self._last < _EVERY:
                return
            self._last, self._shown = now, True
            seconds = now - self._begun
            sys.stderr.write(f"\r\x1b[K{self._rows:,} rows read in {seconds:.0f} s")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
