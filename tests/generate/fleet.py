"""When outages are measured: the spans of a stream of what there is."""

from __future__ import annotations

from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Fleet"]


class Fleet:
    """Spans that a draft may measure its outages during; some drafts have none."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        if random.random() < 0.5:
            return
        self.parts.append(
            "stream fleet {\n  span from bought to sold\n  bought time\n  sold time?\n"
            "  place text?\n  good bool\n}"
        )
        fields = (
            FieldShape("bought", "time"), FieldShape("sold", "time", True),
            FieldShape("place", "text", True, ("a", "b", "e")), FieldShape("good", "bool"),
        )  # fmt: skip
        self.shapes.append(StreamShape("fleet", "bought", fields, (), None, "sold"))

    def clause(self, each: str) -> list[str]:
        """`measured during` for an outage that is `for each` of some fields."""
        if not self.parts or self.random.random() < 0.5:
            return []
        where = self.random.choice(["", " where good"])
        on = " on site == place" if "site" in each else ""
        rest = self.random.choice(["up", "excluded"])
        clause = f"  measured during spans of fleet{where}{on}, the rest counts as"
        # by a draw of its own, so that other examples stay as they were
        rest = Random(f"{each} {clause} {rest}").choice([rest, rest, "down"])
        return [f"{clause} {rest}"]
