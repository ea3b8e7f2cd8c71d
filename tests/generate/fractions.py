"""Divisions, and products with decimals, in the rows of a draft."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from generate.shapes import StreamShape

__all__ = ["Fractions"]

_CONDITIONS = {
    "tickets": (
        "effort / 3 <= 20min", "cost * 1.21 > 3.03 EUR", "effort * 50% < 1h",
        "effort / (resolved - opened) <= 50%", "cost / reopened >= 1.25 EUR",
        "effort / 2h in (0.5, 1)", "reopened * 1.5 == 3",
        "elapsed(opened, resolved) <= effort * 1.5",
        "effort / reopened is present", "cost > 0.0000005 EUR", "effort * -1.5 / 7 < -10min",
        "cost in (2.5000001 EUR, 10.00 EUR)", "(effort / reopened ?? 2h) * 1.5 >= 90min",
        "match vip { true: effort / 7, otherwise: effort * 0.5 } <= 30min",
    ),
    "checks": (
        "latency / 7 < 10min", "load * 2 > 100.0000001%", "size / 3 < 4 B", "size / size == 1",
        "load > 33.33333333%", "load / 3 + 50% <= 80%", "not (size * 1.5 > 14 B)",
        "latency / 2 > 30min and load * 0.5 <= 45%", "2 * load - size / 1 kB < 1.5",
    ),
    "events": ("changes / 2 > 0.5", "changes * 1.5 <= 3", "changes / changes == 1"),
    "calls": ("wait / 2 <= 30min", "wait * 0.75 >= 45min", "not (wait / wait == 1)"),
}  # fmt: skip
#: Values of which figures are taken: divided by constants, and by other fields.
_VALUES = {
    "tickets": (
        ("(effort * 1.5)", "duration"), ("(cost * 1.21 - 1.00 EUR)", "money"),
        ("(effort / reopened)", "duration"), ("(cost / reopened ?? cost)", "money"),
        ("(effort / (resolved - opened))", "number"),
        ("(match vip { true: effort / 7, otherwise: effort / reopened })", "duration"),
    ),
    "checks": (
        ("(latency / 7)", "duration"), ("(latency * 75% + 10min)", "duration"),
        ("(latency / (size / 1 B))", "duration"), ("(latency / 3 + 1h / (size / 1 B))", "duration"),
    ),
    "events": (("(changes * 1.5)", "number"), ("(1 / changes)", "number")),
    "calls": (("(wait / 3)", "duration"), ("(wait / (ended - queued))", "number")),
}  # fmt: skip
#: Beside a baseline, `old`, of a field.
_BASED = {
    "tickets": (
        "effort",
        "effort - old * 2 > reopened * 10min",
        "effort / old < 1.5",
        "match vip { true: old, otherwise: 1h } > effort",
        "effort / 2 <= old",
        "(effort ?? old) + old >= 2 * old",
    ),
    "checks": ("latency", "latency + 1h <= old * load", "old / latency >= 50%"),
    "events": ("changes", "changes - old < changes / 2", "changes in (1, 2) or old - 1 < 0.5"),
}


class Fractions:
    """Metrics of the streams of a draft with fractions in them; some drafts have none."""

    def __init__(self, random: Random, shapes: list[StreamShape], start: date) -> None:
        self.random = random
        self.start = start
        self.parts: list[str] = []
        #: metrics, and the kind of each: percent count duration money number
        self.metrics: list[tuple[str, str]] = []
        known = [shape.name for shape in shapes if shape.name in _CONDITIONS]
        if not known or random.random() < 0.55:
            return
        for number in range(random.choice((1, 2, 2, 3))):
            self._metric(f"q{number}", random.choice(known))

    def _metric(self, name: str, stream: str) -> None:
        random = self.random
        if random.random() < 0.5:
            value, kind = random.choice(_VALUES[stream])
            function = random.choice(("sum", "mean", "mean", "min", "max", "median", "p80"))
            if function == "sum" and kind == "number" and "/" in value:  # none of ratios
                function = "mean"
            said = f"{function} of {value} in {stream}"
        else:
            kind = random.choice(("percent", "percent", "count"))
            said = f"share of {stream} with " if kind == "percent" else f"count of {stream} where "
            said += self._condition(name, stream)
        self.parts.append(f"metric {name} = {said}")
        self.metrics.append((name, kind))

    def _condition(self, name: str, stream: str) -> str:
        random = self.random
        if stream not in _BASED or random.random() < 0.6:
            return random.choice(_CONDITIONS[stream])
        field, *conditions = _BASED[stream]
        start = self.start - timedelta(days=random.choice((1, 2, 200)))
        end = start + timedelta(days=random.randint(1, 4))
        function = random.choice(("mean", "mean", "max"))
        figure = f"{function} of {field} in {stream}"
        self.parts.append(f"baseline of_{name} = {figure} from {start} to {end}")
        if random.random() < 0.6:  # of what lay above the one before
            first = f"first_{name}"
            self.parts[-1] = self.parts[-1].replace(f"of_{name}", first)
            where = random.choice(
                (f"{field} >= {first}", f"{field} != {first}", f"{field} * 2 > {first}")
            )
            figure = random.choice(
                (f"({figure} where {where})", f"(max of {field} in {stream}) - {first}")
            )
            end = start + timedelta(days=random.randint(1, 8))
            self.parts.append(f"baseline of_{name} = {figure} from {start} to {end}")
        return random.choice(conditions).replace("old", f"of_{name}")
