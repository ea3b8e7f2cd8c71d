"""Deadlines in a draft, and what excuses; with the streams that start and answer them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from generate.exclusions import Exclusions
from generate.shapes import FieldShape, StreamShape

__all__ = ["Duties"]

_NUMBERS = ("t1", "t2")


class Duties:
    """The deadlines of a draft; some drafts have none."""

    def __init__(
        self, random: Random, length: Callable[[], str], parts: Sequence[str],
        exclusions: Exclusions,
    ) -> None:  # fmt: skip
        self._random = random
        self._length = length
        # a calendar that is made of others may never be open
        self._calendars = re.findall(r"^calendar (\w+) {", "\n".join(parts), re.MULTILINE)
        self._text = "\n".join(parts)
        self._more = Random(self._text)
        self._exclusions = exclusions
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        self.some = random.random() < 0.7
        if self.some:
            self._declare()

    def _declare(self) -> None:
        random = self._random
        key = random.choice(["  key number, begun\n", ""])
        self.parts.append(
            f"stream asks {{\n  span from begun to given\n{key}  number text\n"
            "  begun time\n  given time?\n  site text?\n}"
        )
        key = random.choice(["  key number\n", ""])
        self.parts.append(
            f"stream visits {{\n  event at came\n{key}  number text\n  came time\n"
            "  site text?\n  left time?\n}"
        )
        self.parts.append(
            "stream posts {\n  event at sent\n  sent time\n  by one of vendor, client\n"
            "  site text?\n  kind one of web, mail?\n}"
        )
        if "stream tickets" in self._text:
            limit = random.choice(["30min", "1h", "2h"])
            self.parts.append(
                f"metric swift = share of tickets with elapsed(opened, resolved) <= {limit}"
            )
        self.parts += [
            "metric came = count of visits", "metric left = share of visits with left is present",
        ]  # fmt: skip
        site = FieldShape("site", "text", True, ("a", "b"))
        number = FieldShape("number", "text", values=_NUMBERS)
        self.shapes += [
            StreamShape(
                "asks", "begun",
                (number, FieldShape("begun", "time"), FieldShape("given", "time", True), site),
                ("number", "begun"), None, "given",
            ),
            StreamShape(
                "visits", "came",
                (number, FieldShape("came", "time"), site, FieldShape("left", "time", True)),
                ("number",) if key else (),
            ),
            StreamShape(
                "posts", "sent",
                (
                    FieldShape("sent", "time"),
                    FieldShape("by", "enum", values=("vendor", "client")), site,
                    FieldShape("kind", "enum", True, ("web", "mail")),
                ),
            ),
        ]  # fmt: skip

    def _lapse(self) -> str:
        random = self._random
        if self._calendars and random.random() < 0.5:
            lapse = random.choice([self._length(), self._length(), "1 days", "2 days"])
            if self._more.random() < 0.6:
                lapse = self._more.choice(["1 weeks", "1 months"])
            return f"{lapse} in {random.choice(self._calendars)}"
        return random.choice([self._length(), self._length(), "1 days", "1 weeks", "1 months"])

    def _excluding(self, fields: frozenset[str] = frozenset({"site", "number"})) -> str:
        usable = self._exclusions.for_duties(fields=fields)
        if not usable or self._more.random() < 0.4:
            return ""
        chosen = self._more.sample(usable, self._more.randint(1, len(usable)))
        return f"\n  excluding {', '.join(chosen)}"

    def _of_number(self, more: Random) -> str:
        """What is left out of the clock of a breach of what was judged for each number."""
        usable = self._exclusions.for_duties(fields=frozenset({"number"}))
        usable = usable[::-1] if more.random() < 0.7 else usable  # those by a field come first
        return f"\n  excluding {', '.join(usable[:2])}" if usable else ""

    def _paid(self) -> str:
        """What is paid for deadlines: once or for each, a fixed amount or by how late it was."""
        more, lines = self._more, []
        for direction, chance in (("credit", 0.4), ("penalty", 0.3), ("bonus", 0.2)):
            if more.random() > chance:
                continue
            amount = more.choice(["12.34 EUR", "2% of fee", "1 days of fee", "1 * fee - 1.50 EUR"])
            if direction != "bonus" and more.random() < 0.5:
                step = more.choice(["1h", "1h", "45min", "1s"])
                amount = more.choice(["1.23 EUR", "0.1% of fee"])
                amount += f" for every {step} {more.choice(['begun ', ''])}of lateness"
            limit = more.choice(["", ", at most 13.00 EUR", ", at most 20% of fee"])
            also = " also when met" if direction != "bonus" and more.random() < 0.1 else ""
            lines.append(f"  {direction} {more.choice(['once', 'each'])} {amount}{limit}{also}")
        owed = [line for line in lines if not line.startswith("  bonus")]
        if owed and "stream notices" in self._text and more.random() < 0.8:
            claims = ["within 26h of end of period", "within 2 weeks of end of period"]
            claims += ["by end of 1 months after period"]
            where = more.choice(["", " where word == claim"])
            lines.append(f"  claim {more.choice(claims)} by notices{where}")
        if owed and more.random() < 0.2:
            lines.append("  returned if met for 1 days")
        if lines and more.random() < 0.2:
            lines.append("  paid only above 12.34 EUR")
        return "".join(f"\n{line}" for line in lines)

    def _by_the_clock(self, start: str) -> str:
        random = self._more
        clock = random.choice(["17:00", "02:30", "23:59:59"])
        if self._calendars and random.random() < 0.85:
            days = random.choice(["1 workday", "2 workdays"])
            return f"by {clock} on {days} after {start} in {random.choice(self._calendars)}"
        return f"by {clock} on {random.choice(['0 days', '1 day', '3 days'])} after {start}"

    def obligations(self, others: list[str]) -> list[str]:
        """The obligations of a draft, with deadlines, and excuses for some."""
        if not self.some:
            return others
        random = self._random
        lapse = random.choice(["1min", "1min", "1min", self._lapse()])
        of_asks = (
            "obligation give {\n  client owes vendor\n"
            f"  require asks.given within {lapse} of asks.begun"
            f"{self._excluding()}{self._paid()}\n}}"
        )
        late = random.choice(["visits.left", "visits.left", "visits", 'visits where site == "a"'])
        start = random.choice(["visits.came", "asks.begun"])
        if late == "visits":
            start = "asks.begun"
        excused = ""
        if random.random() < 0.9:
            excused = "\n  excused while client breaches give on number == number"
        lapse = random.choice(["1h", self._lapse()])
        due = f"within {lapse} of {start}"
        if self._more.random() < 0.3:
            due = self._by_the_clock(start)
        due += self._excluding() + excused
        if self._more.random() < 0.7:
            due += "\n  excused while client breaches remind for all"
        due += self._paid()
        of_visits = f"obligation visit {{\n  vendor owes client\n  require {late} {due}\n}}"
        by = random.choice(["every day by 09:00", "every day by 02:30", "every week by mon 09:00"])
        where = random.choice(["", " where by == vendor"])
        of_posts = (
            "obligation remind {\n  client owes vendor\n"
            "  require posts where by == client every day by 12:00\n}"
        )
        found = [of_asks, of_visits, of_posts]
        if self._more.random() < 0.5:  # soon late, and then often excused
            found.append(
                "obligation leave {\n  vendor owes client\n"
                "  require visits.left within 1min of visits.came\n"
                "  excused while client breaches remind for all\n}"
            )
        out = self._excluding(frozenset()) + self._paid()
        found.append(
            f"obligation post {{\n  vendor owes client\n  require posts{where} {by}{out}"
            f"{self._by_the_way('post')}\n}}"
        )
        if "stream tickets" in self._text:
            found.append(self._swift())
        found += self._calm()
        found += self._fetch()
        kept, names = [], []
        for text in others:
            if text.startswith("obligation ob"):
                names.append(text.split()[1])
            kept.append(self._covered(self._excused(text)))
        if names:
            found.append(
                "obligation tell {\n  vendor owes client\n"
                f"  require posts{where} within {self._lapse()} of breach of "
                f"{random.choice(names)}{self._excluding(frozenset())}{self._paid()}"
                f"{self._by_the_way('tell')}\n}}"
            )
        requires = re.findall(
            r"^  require \w+ [<>].*(?:\n    .*)*", "\n".join(others), re.MULTILINE
        )
        if requires and self._more.random() < 0.5:
            lapse = self._more.choice(["1 days", "26h"])
            found.append(
                f"obligation tell_all {{\n  vendor owes client\n{self._more.choice(requires)}\n"
                f"  require posts within {lapse} of end of period{self._paid()}\n}}"
            )
        return [*kept, *found]

    def _by_the_way(self, name: str) -> str:
        """What excuses something that no row starts, or nothing."""
        more = Random(f"{name} {self._text}")
        by = more.choice(["remind", "remind", "give"])
        return f"\n  excused while client breaches {by} for all" * (more.random() < 0.6)

    def _swift(self) -> str:
        """A promise that is easily broken, and excused where the other party was late."""
        target = self._random.choice(["20%", "50%", "50%", "75%"])
        per = self._random.choice(["week", "month", "term"])
        return (
            f"obligation swift {{\n  vendor owes client\n  require swift >= {target} per {per}\n"
            "  credit each 10% of fee\n"
            "  excused while client breaches give on id == number\n}"
        )

    def _calm(self) -> list[str]:
        """A promise that reads no clock, easily broken, and often excused."""
        more = Random(f"calm {self._text} {self.parts}")
        if more.random() < 0.1:
            return []
        promise = more.choice(["came <= 0", "came <= 0", "came <= 1", "left >= 100%"])
        per = more.choice(["day", "day", "week", "month"])
        by = more.choice(["remind for all", "remind for all", "give on number == number"])
        paid = more.choice(["", "\n  credit each 10% of fee", "\n  penalty each 1.23 EUR"])
        return [
            f"obligation calm {{\n  vendor owes client\n  require {promise} per {per}{paid}\n"
            f"  excused while client breaches {by}\n}}"
        ]

    def _fetch(self) -> list[str]:
        """What the client has to do after a breach, or a period; and what is excused by it."""
        more = Random(f"fetch {self._text} {self.parts}")
        if more.random() < 0.25:
            return []
        lapse = more.choice(["1min", "1h", "1h", "1 days"])
        if more.random() < 0.35:
            abouts = ["for all"]
            found = [
                "obligation fetch {\n  client owes vendor\n  require came <= 1 per day\n"
                f"  require posts where by == client within {lapse} of end of period\n}}"
            ]
        else:
            abouts = ["for all", "on number == number", "on number == number"]
            excused = "\n  excused while vendor breaches post for all" * (more.random() < 0.3)
            found = [
                "obligation early {\n  client owes vendor\n"
                f"  require left >= 100% per day for each number{excused}\n}}",
                "obligation fetch {\n  client owes vendor\n"
                f"  require posts where by == client within {lapse} of breach of early"
                f"{self._of_number(more)}\n}}",
            ]
        about, each = more.choice(abouts), more.choice(["", " for each number"])
        ours = more.choice([
            f"require came <= 0 per day{each}", f"require came <= 0 per week{each}",
            "require visits.left within 1min of visits.came",
        ])  # fmt: skip
        return [
            *found,
            f"obligation fetched {{\n  vendor owes client\n  {ours}\n"
            f"  excused while client breaches fetch {about}\n}}",
        ]

    def _excused(self, text: str) -> str:
        """The obligation, excused where it measures clocks of tickets; or a cap as it is."""
        if not text.startswith("obligation ob"):
            return text
        metrics = re.findall(r"require (\w+)", text)
        clocks = all(
            name[0] not in "tq"  # what is said of clocks there may be of other rows
            and re.search(rf"^metric {name} = [^\n]*(elapsed\()[^\n]*", self._text, re.MULTILINE)
            for name in metrics
        )
        if not clocks or "stream tickets" not in self._text or self._random.random() < 0.05:
            return text
        if not all(self._of_tickets(name) for name in metrics):
            return text
        return text.removesuffix("\n}") + (
            "\n  excused while client breaches give on id == number\n}"
        )

    def _covered(self, text: str) -> str:
        """The obligation, excused whatever it measures; or as it is."""
        more = Random(f"covered {text} {len(self._text)}")  # so that others stay as they were
        if not text.startswith("obligation ob") or "excused" in text or more.random() < 0.4:
            return text
        read = [self._read(name) for name in re.findall(r"require (\w+)", text)]
        if any(re.search(r"negative counts as zero", part) for parts in read for part in parts):
            return text  # a clock that can't be stopped
        abouts = ["for all"]
        if all(self._by_site(parts) for parts in read):
            abouts += ["on site == site"] * 2
        by, about = more.choice(["give", "give", "remind"]), more.choice(abouts)
        if about != "for all":
            by = "give"
        return text.removesuffix("\n}") + f"\n  excused while client breaches {by} {about}\n}}"

    def _read(self, name: str) -> list[str]:
        """The streams and outages that a metric is made of, as they are declared."""
        found = re.search(rf"^metric {name} = (.*(?:\n .*)*)", self._text, re.MULTILINE)
        parts = []
        for word in dict.fromkeys(re.findall(r"\w+", found[1])) if found else ():
            if re.search(rf"^metric {word} =", self._text, re.MULTILINE):
                parts += self._read(word)
            block = re.search(rf"^(?:stream|outage) {word} {{.*(?:\n .*)*", self._text, re.M)
            parts += [block[0]] if block else []
        return parts

    def _by_site(self, parts: list[str]) -> bool:
        """Whether all that a metric is made of tells sites apart."""
        found = [
            re.search(r"for each [\w, ]*\bsite\b" if part[0] == "o" else r"\n  site text", part)
            for part in parts
        ]
        return bool(found) and all(found)

    def _of_tickets(self, name: str) -> bool:
        found = re.search(rf"^metric {name} = [^\n]*", self._text, re.MULTILINE)
        return found is not None and re.search(r"\b(of|in) tickets\b", found[0]) is not None
