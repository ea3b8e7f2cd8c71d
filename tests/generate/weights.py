"""Outages of a draft that are weighted: by the part affected, or by how many there were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Weights", "counted"]

#: Fields that are weights, by their kind; values in the units of files.
FIELDS = {
    "percent": FieldShape("part", "percent"),
    "int": FieldShape("crowd", "int", values=("0", "1", "2", "3", "1000000000000")),
    "number": FieldShape("crowd", "number", values=("0", "1", "1500000", "2000000")),
}


class Weights:
    """A weighted outage of the checks or the faults, and metrics of it; some drafts have none.

    `parts` and `shapes` are those of the draft, whose stream is given one more field.
    """

    def __init__(
        self, random: Random, parts: list[str], shapes: list[StreamShape],
        length: Callable[[], str],
    ) -> None:  # fmt: skip
        self.random = random
        self.made: list[str] = []
        #: name, kind, fields of the outage's groups
        self.metrics: list[tuple[str, str, tuple[str, ...]]] = []
        names = [s.name for s in shapes if s.name in ("checks", "faults")]
        if not names or random.random() < (0.1 if "faults" in names else 0.4):
            return
        stream = "faults" if "faults" in names and random.random() < 0.85 else "checks"
        kind = random.choice(["percent", "percent", "int", "number"])
        field = FIELDS[kind]
        at = next(n for n, part in enumerate(parts) if part.startswith(f"stream {stream} {{"))
        parts[at] = parts[at].removesuffix("}") + f"  {field.name} {kind}\n}}"
        place = next(n for n, s in enumerate(shapes) if s.name == stream)
        shapes[place] = replace(shapes[place], fields=(*shapes[place].fields, field))
        self.each = random.choice(["", "site", "kind", "kind, site", "kind, site"])
        lines = ["outage weighed {"] + ([f"  for each {self.each}"] if self.each else [])
        lines += self._spans(kind) if stream == "faults" else self._samples(kind, length)
        if random.random() < 0.4:
            lines.append(f"  lasting at least {length()}")
        if random.random() < 0.3:
            mode = random.choice(["half even", "half up", "half down", "up", "down"])
            lines.append(f"  rounded {mode} to {random.choice(['1min', '1h', '90min', '5h'])}")
        lines += self._more(parts, kind)
        self.made.append("\n".join([*lines, "}"]))
        self._measures(stream, kind)

    def _spans(self, kind: str) -> list[str]:
        where = self.random.choice(["", " where grave"])
        overlaps = self.random.choice(["add up", "count once"])
        return [
            f"  spans of faults{where}",
            f"  weighted by {FIELDS[kind].name}, overlaps {overlaps}",
        ]

    def _samples(self, kind: str, length: Callable[[], str]) -> list[str]:
        random = self.random
        where = random.choice(["not up", "not up", "latency > 2h", "part >= 50% or not up"])
        where = where if kind == "percent" else where.replace("part >= 50%", "crowd > 1")
        holds = random.choice(["until the next", "for at most 1h", f"for at most {length()}"])
        missing = random.choice(["up", "down", "excluded"]) if kind == "percent" else "excluded"
        return [
            f"  samples of checks where {where}", f"  each sample holds {holds}",
            f"  missing data counts as {missing}", f"  weighted by {FIELDS[kind].name}",
        ]  # fmt: skip

    def _more(self, parts: list[str], kind: str) -> list[str]:
        """When it is measured, and from when it counts."""
        found = []
        if any(part.startswith("stream fleet {") for part in parts) and self.random.random() < 0.4:
            on = " on site == place" if "site" in self.each else ""
            rest = (
                self.random.choice(["up", "excluded", "down"]) if kind == "percent" else "excluded"
            )
            found.append(f"  measured during spans of fleet{on}, the rest counts as {rest}")
        if any(part.startswith("stream alerts {") for part in parts) and self.random.random() < 0.4:
            found.append("  counted from alerts.sent where about != claim, at most 8h before onset")
        return found

    def _measures(self, stream: str, kind: str) -> None:
        random = self.random
        groups = tuple(part for part in self.each.split(", ") if part)
        texts = [("count of weighed", "count"), ("sum of duration in weighed", "duration")]
        share = "share of time outside weighed"
        if kind == "percent" and random.random() < 0.25:
            texts += [(f"{share} of {random.choice(['12h', '2 weeks', '30 days'])}", "percent")]
        if kind == "percent" or stream == "checks":
            texts += 3 * [(share, "percent")]
        for number in range(2):
            text, unit = random.choice(texts)
            name = f"ow{number}"  # `o`: of an outage (exclusions.py)
            self.made.append(f"metric {name} = {text}")
            self.metrics.append((name, unit, groups))


def counted(parts: list[str]) -> list[str]:
    """The same, without a rest of the time in which nobody says how many there are."""
    if not any("weighted by crowd" in part for part in parts):
        return parts
    up, no = "the rest counts as up", "the rest counts as excluded"
    return [p.replace(up, no) if p.startswith("service ") else p for p in parts]
