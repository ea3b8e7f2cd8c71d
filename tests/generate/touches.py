"""Figures of the rows that belong to a row: a stream of touches beside those of a draft."""

from __future__ import annotations

from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["Touches"]

#: By stream: the fields that touches belong by, theirs and ours; a value; a condition.
_ABOUT = {
    "tickets": (("about == id", "site == site", "much == reopened"), "effort", "vip"),
    "checks": (("site == site", "kind == kind"), "latency", "up"),
    "events": (("about == number",), "changes", "level == L1"),
    "calls": (("answered == answered", "good == solved"), "wait", "solved"),
}


class Touches:
    """Metrics of the streams of a draft with figures of touches; some drafts have none."""

    def __init__(self, random: Random, shapes: list[StreamShape]) -> None:
        self.random = random
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        #: metrics, and the kind of each: percent count duration
        self.metrics: list[tuple[str, str]] = []
        known = [shape.name for shape in shapes if shape.name in _ABOUT]
        if not known or random.random() < 0.7:
            return
        self._declare()
        for number in range(random.choice((1, 2, 2, 3))):
            self._metric(f"t{number}", random.choice(known))

    def _declare(self) -> None:
        keyed = self.random.random() < 0.3
        self.parts.append(
            "stream touches {\n  event at happened\n  happened time\n  done time?\n  about text?\n"
            "  site text\n  kind one of mail, fax, web\n  much number?\n  took duration in s?\n"
            "  good bool\n  answered time?\n" + ("  key about, happened\n" if keyed else "") + "}"
        )
        about = ("t1", "t2", "i1", "i2", "i2")
        fields = (
            FieldShape("happened", "time"), FieldShape("done", "time", True),
            FieldShape("about", "text", not keyed, about),
            FieldShape("site", "text", values=("a", "b")),
            FieldShape("kind", "enum", values=("mail", "fax", "web")),
            FieldShape("much", "number", True), FieldShape("took", "duration", True),
            FieldShape("good", "bool"), FieldShape("answered", "time", True),
        )  # fmt: skip
        unique = ("about", "happened") if keyed else ()
        self.shapes.append(StreamShape("touches", "happened", fields, unique))
        if keyed:
            self.parts[0] = self.parts[0].replace("about text?", "about text")

    def _metric(self, name: str, stream: str) -> None:
        random = self.random
        _, value, plain = _ABOUT[stream]
        where = random.choice(["", f" where {self._condition(stream)}", f" where {plain}"])
        form = random.random()
        if form < 0.55:
            said, kind = f"share of {stream}{where} with {self._condition(stream)}", "percent"
        elif form < 0.8:
            said, kind = f"count of {stream} where {self._condition(stream)}", "count"
        else:
            said, kind = f"mean of {value} in {stream} where {self._condition(stream)}", "duration"
            kind = "number" if value == "changes" else kind
        self.parts.append(f"metric {name} = {said}")
        self.metrics.append((name, kind))

    def _condition(self, stream: str) -> str:
        """A comparison with a figure of the touches of a row, or of other rows of its stream."""
        random = self.random
        ways, value, plain = _ABOUT[stream]
        word = random.choice(("<", "<=", ">", ">=", ">=", "==", "!="))
        if random.random() < 0.2:  # of its own stream
            ours = random.choice(ways).rpartition(" ")[2]
            said = f"(count of {stream} where {plain} on {ours} == {ours})"
            return f"{said} {word} {random.choice((1, 2, 3))}"
        where = random.choice(("", "", " where good", " where kind == mail", " where took > 1h",
                               " where elapsed(happened, done) <= 2h"))  # fmt: skip
        on = f"{where} on {random.choice(ways)})"
        function = random.choice(("count", "sum", "mean", "min", "max"))
        if function == "count":
            return f"(count of touches{on} {word} {random.choice((0, 1, 2))}"
        if random.random() < 0.5:
            said = f"({function} of took in touches{on}"
            own = value if value not in ("changes",) else "1h"
            limit = random.choice(("1h", "2h", own, f"(max of took in touches{on}"))
        else:
            said, limit = f"({function} of much in touches{on}", random.choice(("1", "1.5", "2"))
        if random.random() < 0.25:
            said = f"({said} ?? {'1h' if 'of took' in said else '1.5'})"
        return f"{said} {word} {limit}" if random.random() < 0.7 else f"{limit} {word} {said}"
