"""Exclusions for a draft: spans of one more stream, with conditions, allowances, and groups."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Exclusions"]


#: By stream: metrics that windows are made of, conditions on them, and fields of groups.
_METRICS = {
    "checks": (
        ["metric wfailed = share of checks where kind == web with not up",
         "metric wlooks = count of checks"],
        ["wfailed > 50%", "wlooks >= 2", "wfailed == 0% or wlooks in (1, 3)",
         "not (wfailed < 50%)", "wfailed is missing"],
        frozenset({"site", "kind"}),
    ),
    "tickets": (
        ["metric wasked = count of tickets", "metric wvip = share of tickets with vip",
         "metric wdone = share of tickets with elapsed(opened, resolved) <= 2h"],
        ["wasked == 1", "wvip > 50%", "wasked >= 2 and wvip < 50%", "wdone < 100%"],
        frozenset({"site", "vip"}),
    ),
}  # fmt: skip
_ON = ("site", "site", "number")  # fields of what is judged that may be a site of the windows


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
        #: exclusions of windows, the fields by which what is judged may be grouped, and the one
        #: that it must have
        self._windows: dict[str, tuple[frozenset[str], str]] = {}

    def windows(self, parts: list[str]) -> None:
        """Exclusions of windows of a stream that there is, in some drafts."""
        random = Random("\n".join(parts))  # so that other examples stay as they were
        known = [x for x in _METRICS if any(part.startswith(f"stream {x} {{") for part in parts)]
        if not known or random.random() < 0.7:
            return
        stream = random.choice(known)
        metric, conditions, fields = _METRICS[stream]
        self.parts += metric
        ours = random.choice(_ON)
        for about in ("for all", "", f"on {ours} == site"):
            name = f"w{len(self._windows)}x"
            self._windows[name] = fields, ours if about.startswith("on") else about
            length = random.choice(["15min", "30min", "1h", "6h"])
            lines = [
                f"exclusion {name} {{",
                f"  windows of {length} where {random.choice(conditions)}",
            ]
            lines += [f"  {about}"] if about else []
            per = random.choice(["hour", "day", "day", "week", "month", "term"])
            if random.random() < 0.3:
                lines.append(f"  at most {random.choice((1, 1, 2, 3))} per {per}")
            elif random.random() < 0.3:
                lines.append(f"  at most {random.choice(('30min', '90min', '8h'))} per {per}")
            lines += ["  excluded time counts as up"] * (random.random() < 0.3)
            self.parts.append("\n".join([*lines, "}"]))

    def _of_windows(self, metric: str, groups: tuple[str, ...], each: tuple[str, ...]) -> list[str]:
        """The exclusions of windows for a metric that is grouped by some fields."""
        random = Random(f"{metric} {each} {''.join(self.parts)}")
        if random.random() < 0.45:
            return []
        grain = groups if metric[0] in "oe" else each  # an outage has groups of its own
        usable = [
            name for name, (fields, needed) in self._windows.items()
            if needed == "for all" or (set(grain) - {needed} <= fields and needed in ("", *groups))
        ]  # fmt: skip
        return random.sample(usable, random.randint(1, len(usable))) if usable else []

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

    def for_duties(self, *, fields: frozenset[str]) -> list[str]:
        """Those that a deadline may leave out, started by what has these fields."""
        windows = [
            name for name, (_, needed) in self._windows.items()
            if needed == "for all" or (needed in ("", "site") and "site" in fields)
        ]  # fmt: skip
        windows += [
            name for name, (_, needed) in self._windows.items()
            if needed == "number" and fields == {"number"}
        ]  # fmt: skip
        spans = self._on if fields == {"number"} else self._by_field if "site" in fields else []
        return [*self._for_all, *windows, *spans]

    def clause(self, metric: str, groups: tuple[str, ...], each: tuple[str, ...]) -> list[str]:
        """`excluding` for a metric that may be grouped by `groups`, and is by `each`."""
        random = self._random
        windows = self._of_windows(metric, groups, each)
        if not self.shapes or random.random() < 0.4:
            return [f"  excluding {', '.join(windows)}"] if windows else []
        usable = [*self._for_all]
        if set(each) <= {"site", "kind"}:
            usable += self._by_field
        if groups == ("level", "number") and "level" not in each:
            usable += self._on
        chosen = random.sample(usable, random.randint(1, len(usable)))
        found = [f"  excluding {', '.join([*chosen, *windows])}"]
        return found + ["  excluded time counts as up"] * (random.random() < 0.15)
