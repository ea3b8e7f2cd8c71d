"""Alerts for a draft, that outages are counted from."""

from __future__ import annotations

from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Alerts"]


class Alerts:
    """A stream of notices; some drafts have none."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        if random.random() < 0.5:
            self.parts.append(
                "stream alerts {\n  event at sent\n  sent time\n  heard time?\n"
                "  site text?\n  about one of outage, breach, claim\n}"
            )
            self.shapes.append(StreamShape(
                "alerts", "sent",
                (
                    FieldShape("sent", "time"), FieldShape("heard", "time", True),
                    FieldShape("site", "text", True, ("a", "b", "c d")),
                    FieldShape("about", "enum", values=("outage", "breach", "claim")),
                ),
            ))  # fmt: skip

    def clause(self) -> list[str]:
        """`counted from ...` for an outage, or nothing."""
        random = self._random
        if not self.parts or random.random() < 0.4:
            return []
        at = random.choice(["alerts", "alerts.sent", "alerts.sent", "alerts.heard"])
        where = random.choice(["", " where about == outage", " where about != claim"])
        grace = random.choice(["", "", ", at most 30min before onset", ", at most 8h before onset"])
        return [f"  counted from {at}{where}{grace}"]
