"""What is paid in a draft: credits, penalties, bonuses, caps, and the notices that claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from generate.shapes import FieldShape, StreamShape

if TYPE_CHECKING:
    from generate.policies import _Draw, _Made

__all__ = ["Notices", "caps", "claims_of_others", "key_of", "of_metrics", "payments"]

#: What a step of a figure may be, by its kind.
STEPS = {
    "percent": ("7.5%", "30%"), "count": ("1", "2"), "duration": ("1h", "45min"),
    "number": ("0.5", "2"), "money": ("1.50 EUR", "10.00 EUR"), "size": ("1 kB", "7 B"),
}  # fmt: skip


class Notices:
    """The stream of claims of a draft, and what has to be claimed; some drafts have none."""

    def __init__(self, random: Random, start: date, parts: list[str]) -> None:
        self._random = random
        # by how many there are no fee is paid
        text = "\n".join(part for part in parts if "weighted by crowd" not in part)
        self._calendars = re.findall(r"^calendar (\w+)", text, re.MULTILINE)
        #: outages with the fields of their own groups
        self.outages: dict[str, set[str]] = {
            name: set(re.findall(r"\w+", each))
            for name, each in re.findall(r"^outage (\w+) \{\n(?:  for each (.*)\n)?", text, re.M)
        }
        self.parts: list[str] = []
        self.shapes: list[StreamShape] = []
        if random.random() < 0.6:
            self._declare(start)
            if random.random() < 0.4:
                self.parts.append("charge talks each 1.05 EUR for notices where word == talk")
        if "cost money in EUR" in text and random.random() < 0.5:
            choice = Random(text)
            price = choice.choice([
                "cost", "cost * 1.1 + 0.05 EUR", "3.00 EUR - cost / 3", "cost * reopened",
                "cost / (reopened - 2)", "match vip { true: cost, otherwise: 1.25 EUR }",
                "(effort / 1h) * 9.50 EUR + cost",
                "match priority { P1: cost / 7, otherwise: cost }",
                "elapsed(opened, resolved) / 1h * 20.00 EUR",
            ])  # fmt: skip
            where = "reopened > 0" if "elapsed" not in price else "resolved is present"
            self.parts.append(f"charge costs each {price} for tickets where {where}")

    def _declare(self, start: date) -> None:
        random = self._random
        named = random.choice(["", "", "period text?", "period time?"])
        lines = ["stream notices {", "  event at sent", "  sent time", "  word one of claim, talk"]
        lines += ["  site text?", "  vip bool?", "  kind one of web, mail?"]
        self.parts.append("\n".join([*lines, f"  {named}", "}"]))
        fields = [
            FieldShape("sent", "time"), FieldShape("word", "enum", values=("claim", "talk")),
            FieldShape("site", "text", True, ("a", "b")), FieldShape("vip", "bool", True),
            FieldShape("kind", "enum", True, ("web", "mail")),
        ]  # fmt: skip
        if named:
            later = start + timedelta(days=31)
            labels = [f"{start:%Y-%m}", f"{later:%Y-%m}", str(start), f"{start.year}", "term", "?"]
            kind = named.split()[1].rstrip("?")
            values = tuple(labels) if kind == "text" else ()
            fields.append(FieldShape("period", kind, True, values))
        self.shapes.append(StreamShape("notices", "sent", tuple(fields)))

    def clause(self, each: tuple[str, ...], *, outage: bool) -> list[str]:
        """A claim for what is judged for each group."""
        random = self._random
        if not self.shapes or random.random() < 0.4 or "number" in each:
            return []
        window = random.choice(["26h", "8h", "1 days", "2 weeks", "1 months", "30d"])
        if self._calendars and random.random() < 0.3:
            window = random.choice(["8h", "26h", "1 days", "2 days"])
            window += f" in {random.choice(self._calendars)}"
        anchor = "onset" if outage and random.random() < 0.5 else "end of period"
        where = random.choice(["", " where word == claim", " where word == claim"])
        if anchor == "end of period" and random.random() < 0.25:
            count = random.choice(["1 months", "2 months", "1 weeks"])
            return [f"  claim by end of {count} after period by notices{where}"]
        return [f"  claim within {window} of {anchor} by notices{where}"]


def payments(
    d: _Draw, metric: _Made, metrics: list[_Made], operator: str, target: str,
    each: tuple[str, ...], on: str, other: str, notices: Notices, before: int,
) -> list[str]:  # fmt: skip
    """What breaches of an obligation are worth, and perhaps its fulfilment.

    `other` is what it requires beside `on`; `before` is how many obligations there are before it.
    """
    money = [m for m in metrics if m.kind == "money" and set(each) <= set(m.groups)]
    amounts = ["10% of fee", "3.33% of fee", "12.34 EUR", "0.01 EUR", "1 quarters of fee"]
    if money and d.random.random() < 0.7:
        amounts = [f"{share} of {d.random.choice(money).name}" for share in ("7.5%", "200%")]
        amounts += _of_another_time(Random(f"{metric.name} {target}"), [m.name for m in money])
    lines = []
    amounts += _worked_out(d, metric, each, notices)
    if on and d.maybe():
        arms = f"{on}{d.one(*amounts)}  on {other} {d.one(*amounts)}"
        lines.append(f"  credit {d.one('once', 'each')} greatest of {{ {arms} }}")
    elif d.seldom() and not on:
        step = d.one(*STEPS[metric.kind])
        word = d.one("begun ", "")
        share = d.one("1.23 EUR", "1 days of fee", "2% of fee")
        every = f"{share} for every {step} {word}of {metric.name}"
        lines.append(f"  credit {d.one('once', 'each')} {every}")
    elif d.maybe():
        lines.append(_payment(d, "credit", amounts, operator, target, each, on))
    if d.seldom():
        lines.append(_payment(d, "penalty", amounts, operator, target, each, on))
    if d.random.random() < 0.4:
        payout = d.one(*amounts)
        if target.endswith("%") and d.maybe():
            payout = _good_tiers(d, operator, target) or payout
        limit = f", at most {d.one('20% of fee', '13.00 EUR')}" if d.seldom() else ""
        lines.append(f"  bonus {d.one('once', 'each')} {on}{payout}{limit}")
    if lines and d.seldom():
        lines.append(f"  paid only above {d.one('0.01', '12.34', '30.00')} EUR")
    owed = [line for line in lines if line.startswith(("  credit", "  penalty"))]
    if owed and d.maybe():
        lines.append(f"  returned if met for {d.one('1 days', '1 days', '1 weeks', '1 months')}")
    if owed and before and d.seldom():
        lines.append(f"  instead of ob{d.number(0, before - 1)}")
    return lines


def _of_another_time(random: Random, names: list[str]) -> list[str]:
    """Metrics of another time than the judged one; by draws of their own."""
    name, period = random.choice(names), random.choice(["month", "week", "day", "day"])
    unit, count = random.choice(["day", "day", "week", "month"]), random.randint(1, 3)
    return [
        f"{random.choice(['10%', '150%'])} of {name} in {period} before",
        *[f"{count} {unit}{'s' if count > 1 else ''} of {name}"] * 2,
    ]


def of_metrics(clauses: list[str], money: list[str]) -> list[str]:
    """Clauses, some of their limits and caps as parts of metrics; by draws of their own."""
    if not money:
        return clauses
    found = []
    for text in clauses:
        clause, random = text, Random(f"{text} {money}")
        name = random.choice(money)
        another = random.choice([
            f"30% of {name}", f"150% of {name}", f"{name} + 1.00 EUR", f"2 days of {name}",
            f"80% of {name} in month before",
        ])  # fmt: skip
        if random.random() < 0.4:
            clause = re.sub(r"(?<=, at most )(?:20% of fee|13\.00 EUR)", another, clause)
            clause = re.sub(r"(?<= at )(?:50% of fee|10\.00 EUR|0\.05 EUR)", another, clause)
        found.append(clause)
    return found


def claims_of_others(clauses: list[str]) -> list[str]:
    """The same, some claims from rows, or from the breach of another; by draws of their own."""
    names = [clause.split()[1] for clause in clauses if clause.startswith("obligation")]
    amended = any(clause.startswith("amendment") for clause in clauses)
    found = []
    for text in clauses:
        clause = text
        own, random = text.split()[1], Random(f"{text} {len(clauses)}")
        anchors = ["notices.sent", "notices.sent where word == talk"]
        others = [name for name in names if name != own]
        if others and not amended:
            anchors += [f"breach of {random.choice(others)}", f"breach of {random.choice(others)}"]
        anchor, chance = random.choice(anchors), random.random()
        often = 0.3 if "of onset by" in text else 0.6
        if chance < often and not text.startswith("amendment"):
            of = r"(?<= of )(?:end of period|onset)(?= by notices)"
            clause = re.sub(rf"(?<=  claim within )(.*){of}", rf"\1{anchor}", clause)
            if anchor.startswith("notices") and random.random() < 0.5:
                clause = re.sub(r"after period(?= by notices)", f"after {anchor}", clause)
        found.append(clause)
    return found


def _worked_out(d: _Draw, metric: _Made, each: tuple[str, ...], notices: Notices) -> list[str]:
    """Amounts of another time, of a formula, of a length that the fee isn't paid by."""
    found = ["12% of fee in month before", "3 days of fee", "1 weeks of fee", "2 * fee - 1.50 EUR"]
    if metric.kind == "percent":
        found += [f"(100% - {metric.name}) of fee", f"(100% - {metric.name}) of fee in day before"]
    found += [
        f"10 * fee during {name}" for name, grain in notices.outages.items() if set(each) <= grain
    ]
    return d.random.sample(found, 2)


def _payment(
    d: _Draw, direction: str, amounts: list[str], operator: str, target: str,
    each: tuple[str, ...], on: str,
) -> str:  # fmt: skip
    from generate.policies import VALUES

    limit = f", at most {d.one('20% of fee', '13.00 EUR')}" if d.seldom() else ""
    by = [name for name in each if name in VALUES and name != "number"]
    plain = target.endswith("%")
    payout = d.one(*amounts)
    if plain and d.maybe():
        payout = _tiers(d, operator, target)
    elif by and d.maybe():
        subject = d.one(*by)
        first = _tiers(d, operator, target) if plain else d.one(*amounts)
        key = key_of(VALUES, subject)
        payout = f"match {subject} {{ {key}: {first}, otherwise: {d.one(*amounts)} }}"
    also = " also when met" if d.random.random() < 0.2 and "{" not in payout else ""
    return f"  {direction} {d.one('once', 'each')} {on}{payout}{limit}{also}"


def key_of(values: Mapping[str, tuple[str, ...]], subject: str) -> str:
    """One value of a field that is grouped by, as a policy writes it."""
    return '"a"' if subject == "site" else values[subject][0]


def caps(d: _Draw) -> list[str]:
    """The most that totals can come to."""
    found = []
    for total, chance in (("credits", 0.35), ("penalties", 0.15), ("bonuses", 0.15)):
        for period in ("month", "quarter", "year", "term"):
            if d.random.random() < (chance if period != "term" else chance / 3):
                amount = d.one("50% of fee", "10.00 EUR", "0.05 EUR", "1 quarters of fee")
                found.append(f"cap {total} at {amount} per {period}")
    return found


def _good_tiers(d: _Draw, operator: str, target: str) -> str:
    """Tiers of a bonus: the better the figure, the more."""
    high = operator in (">=", ">")
    number = float(target[:-1])
    edges = sorted(x for x in (20, 45, 60.5, 85, 95.25) if (x > number if high else x < number))
    if not edges:
        return ""
    word = "above" if high else "below"
    tiers = [f"{word} {edges[0 if high else -1]}%: 1.11 EUR"]
    if len(edges) > 1 and d.maybe():
        tiers.append(f"{word} {edges[-1 if high else 0]}%: 2.22 EUR")
    return "{ " + "  ".join(tiers) + " }"


def _tiers(d: _Draw, operator: str, target: str) -> str:
    low = operator in (">=", ">")
    edge = {">=": "below", ">": "at most", "<=": "above", "<": "at least"}[operator]
    number = float(target[:-1])
    others = [20, 45, 60.5, 85, 95.25]
    further = sorted((x for x in others if (x < number if low else x > number)), reverse=low)
    tiers = [f"{edge} {target}: {d.one('5% of fee', '1.01 EUR')}"]
    amounts = iter(["10% of fee", "25% of fee", "55.5% of fee"])
    if tiers[0].endswith("EUR"):
        amounts = iter(["2.05 EUR", "3.33 EUR", "12.10 EUR"])
    for x in further[: d.number(0, 2)]:
        word = d.one("below", "at most") if low else d.one("above", "at least")
        tiers.append(f"{word} {x}%: {next(amounts)}")
    return "{ " + "  ".join(tiers) + " }"
