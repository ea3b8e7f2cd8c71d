"""Outages of a draft that aren't made from samples: from spans, and from windows."""

from __future__ import annotations

from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Failing"]


class Failing:
    """A stream of faults, and metrics of the checks; some drafts have none."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        self._sorts = []
        if random.random() < 0.4:
            self._sorts.append("spans")
            self.parts.append(
                "stream faults {\n  span from broke to mended\n  broke time\n  mended time?\n"
                "  site text\n  kind one of web, mail\n  grave bool\n}"
            )
            self.shapes.append(StreamShape(
                "faults", "broke",
                (
                    FieldShape("broke", "time"), FieldShape("mended", "time", True),
                    FieldShape("site", "text", values=("a", "b", "c d")),
                    FieldShape("kind", "enum", values=("web", "mail")),
                    FieldShape("grave", "bool"),
                ), (), None, "mended",
            ))  # fmt: skip
        if random.random() < 0.4:
            self._sorts.append("windows")
            self.parts += [
                "metric failed = share of checks where kind == web with not up",
                "metric slowest = p80 of latency in checks",
                "metric looks = count of checks",
            ]

    def clauses(self) -> tuple[str, ...]:
        """What an outage is made of, if it isn't samples."""
        random = self._random
        if not self._sorts or random.random() < 0.4:
            return ()
        if random.choice(self._sorts) == "spans":
            return (random.choice(["spans of faults", "spans of faults where grave"]),)
        length = random.choice(["15min", "30min", "1h", "6h"])
        where = random.choice([
            "failed > 50%", "failed > 0% and looks >= 2", "not (failed < 50%)", "slowest > 1h",
            "looks >= 2 or failed > 0%", "looks < 2", "failed is missing or failed > 50%",
            "failed is present and looks < 3", "slowest > 1h or failed is missing",
        ])  # fmt: skip
        missing = random.choice(["", "up", "down", "excluded"])
        found = [f"windows of {length} where {where}"]
        return (*found, *([f"missing data counts as {missing}"] if missing else []))
