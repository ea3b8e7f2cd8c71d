"""Exclusions for a draft: spans of one more stream, with conditions, allowances, and groups."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Exclusions"]


class Exclusions:
    """The exclusions of a draft; some drafts have none."""

    def __init__(self, random: Random, length: Callable[[], str]) -> None:
        self._random = random
        self._length = length
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        #: exclusions for everything, those by site and kind, those by number
        self._for_all: list[str] = []
        self._by_field: list[str] = []
        self._on: list[str] = []
        if random.random() < 0.6:
            self._declare()

    def _declare(self) -> None:
        random = self._random
        ends = random.random() < 0.7
        end = "time" if ends else "time?"
        self.parts.append(
            "stream works {\n  span from begun to over\n  noticed time\n  begun time\n"
            f"  over {end}\n  site text?\n  kind one of web, mail?\n  cause one of ours, theirs\n}}"
        )
        self.shapes.append(StreamShape(
            "works", "begun",
            (
                FieldShape("noticed", "time"), FieldShape("begun", "time"),
                FieldShape("over", "time", not ends),
                FieldShape("site", "text", True, ("a", "b", "i1")),
                FieldShape("kind", "enum", True, ("web", "mail")),
                FieldShape("cause", "enum", values=("ours", "theirs")),
            ), (), None, "over",
        ))  # fmt: skip
        for into, about in (
            (self._for_all, "for all"), (self._by_field, ""), (self._on, "on number == site"),
            (self._by_field, ""),
        ):  # fmt: skip
            name = f"x{len(self.parts)}"
            into.append(name)
            lines = [f"exclusion {name} {{", f"  spans of works{self._where()}"]
            lines += [f"  {about}"] if about else []
            lines += self._allowance()
            if random.random() < 0.3:
                lines.append("  excluded time counts as up")
            self.parts.append("\n".join([*lines, "}"]))

    def _where(self) -> str:
        return self._random.choice([
            "", " where cause == ours", " where cause == theirs", " where noticed <= begun + 1h",
            " where noticed > begun + 30min",
        ])  # fmt: skip

    def _allowance(self) -> list[str]:
        random = self._random
        per = random.choice(["hour", "day", "day", "week", "month", "term"])
        if random.random() < 0.35:
            return [f"  at most {random.choice((1, 1, 2))} per {per}"]
        if random.random() < 0.5:
            return [f"  at most {self._length()} per {per}"]
        return []

    def for_duties(self, *, by_field: bool) -> list[str]:
        """Those that a deadline may leave out."""
        return [*self._for_all, *(self._by_field if by_field else ())]

    def clause(self, groups: tuple[str, ...], each: tuple[str, ...]) -> list[str]:
        """`excluding` for a metric that may be grouped by `groups`, and is by `each`."""
        random = self._random
        if not self.parts or random.random() < 0.4:
            return []
        usable = [*self._for_all]
        if set(each) <= {"site", "kind"}:
            usable += self._by_field
        if groups == ("level", "number") and "level" not in each:
            usable += self._on
        chosen = random.sample(usable, random.randint(1, len(usable)))
        found = [f"  excluding {', '.join(chosen)}"]
        return found + ["  excluded time counts as up"] * (random.random() < 0.15)
