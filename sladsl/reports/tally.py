"""What a reader looks for in many verdicts: counts, runs of periods, the worst, what is due."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from sladsl.credits.model import SERVICE, Statement
from sladsl.records import Record
from sladsl.verdicts.model import Figure, Verdict, Word

__all__ = [
    "DECIDED",
    "Claimable",
    "Due",
    "Key",
    "Promise",
    "Row",
    "Run",
    "Total",
    "Worth",
    "claimable",
    "counts",
    "directions",
    "dues",
    "key",
    "per",
    "promises",
    "shortfall",
    "spread",
    "totals",
]

Group: TypeAlias = tuple[tuple[str, str], ...]
Key: TypeAlias = tuple[str, int, str, Group]
"""Obligation, requirement, label of the period, group."""

Run: TypeAlias = tuple[str, str, int]
"""The labels of the first and the last of some periods that follow each other, and how many."""

DECIDED = (Word.MET, Word.BREACHED, Word.EXCUSED)

_PER = (
    ("term", "term"),
    (r"\d{4}", "year"),
    (r"\d{4}-Q\d", "quarter"),
    (r"\d{4}-\d\d", "month"),
    (r"\d{4}-W\d\d", "week"),
    (r"\d{4}-\d\d-\d\d", "day"),
    (r"\d{4}-\d\d-\d\dT\d\d([+-]\d\d:\d\d)?", "hour"),
)
#: What rolls, or ends at a row: `2026-03-09/30d`, `2026-03-09T14:00/12mo`.
_LENGTH = re.compile(r"[^T]+(?P<row>T.+)?/(?P<count>\d+)(?P<unit>d|w|mo|q|y)")
_UNITS = {"d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}


# ---- what is due -------------------------------------------------------------------------------


class Due(Record):
    """What one verdict comes to, over all directions that it is paid in.

    `currency` is a currency, or days or months of service: an obligation pays in one of them.
    `claimed` is None where nothing needs to be claimed.
    """

    tier: str
    amount: Fraction
    currency: str
    minor: int
    claimed: bool | None = None


class Worth(Record):
    """Some verdicts' amount in one currency, or of service."""

    amount: Fraction
    currency: str
    minor: int


class Total(Record):
    """What one party owes another in one direction; `parts` are runs of one amount each."""

    direction: str
    payer: str
    payee: str
    currency: str
    minor: int
    amount: Fraction
    parts: tuple[tuple[Run, Fraction], ...]


def dues(statements: Iterable[Statement]) -> dict[Key, Due]:
    """What is due for each verdict that has a line on a statement."""
    found: dict[Key, Due] = {}
    for statement in statements:
        for line in statement.lines:
            about = (line.obligation, line.requirement, line.period, line.group)
            due = Due(line.tier, line.amount, statement.currency, statement.minor, line.claimed)
            if (other := found.get(about)) is not None:
                due = Due(
                    f"{other.tier}; {line.tier}",
                    other.amount + line.amount,
                    other.currency,
                    max(other.minor, statement.minor),
                    line.claimed if other.claimed is None else other.claimed,
                )
            found[about] = due
    return found


def key(verdict: Verdict) -> Key:
    """What a line of a statement calls this verdict by."""
    return (verdict.obligation, verdict.requirement, verdict.period.label, verdict.group)


def totals(statements: Iterable[Statement]) -> tuple[Total, ...]:
    """The sums of what is payable, by direction, parties and currency, in order of appearance."""
    found: dict[tuple[str, str, str, str], list[Statement]] = {}
    for one in directions(statements):
        found.setdefault((one.direction, one.payer, one.payee, one.currency), []).append(one)
    return tuple(
        Total(
            *about,
            minor=max(one.minor for one in group),
            amount=sum((one.payable for one in group), Fraction(0)),
            parts=_parts(group),
        )
        for about, group in found.items()
    )


class Claimable(Record):
    """What one party can still claim of another: up to how much, and by when (ns)."""

    direction: str
    payer: str
    payee: str
    currency: str
    minor: int
    amount: Fraction
    runs: tuple[Run, ...]
    first: int
    last: int


def claimable(statements: Iterable[Statement]) -> tuple[Claimable, ...]:
    """What can still be claimed, by direction, parties and currency."""
    found: dict[tuple[str, str, str, str], list[Statement]] = {}
    for one in directions(statements):
        if any(line.until is not None for line in one.lines):
            found.setdefault((one.direction, one.payer, one.payee, one.currency), []).append(one)
    made = []
    for about, group in found.items():
        lines = [line for one in group for line in one.lines]
        times = [line.until for line in lines if line.until is not None]
        waiting = sum((line.waiting for line in lines), Fraction(0))
        unit = Fraction(1, 10 ** max(one.minor for one in group))
        runs: list[Run] = [(one.period.label, one.period.label, 1) for one in group]
        made.append(
            Claimable(
                *about, max(one.minor for one in group), -(-waiting // unit) * unit,
                tuple(runs), min(times), max(times),
            )
        )  # fmt: skip
    return tuple(made)


def directions(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements of one direction each, without what remains of them."""
    return tuple(one for one in statements if one.direction not in ("net", "total"))


def _parts(group: Sequence[Statement]) -> tuple[tuple[Run, Fraction], ...]:
    parts: list[tuple[Run, Fraction]] = []
    end: int | None = None
    for one in group:
        label = one.period.label
        if parts and end == one.period.start and parts[-1][1] == one.payable:
            (first, _, times), same = parts[-1]
            parts[-1] = ((first, label, times + 1), same)
        elif one.payable:
            parts.append(((label, label, 1), one.payable))
        end = one.period.end if one.payable else None
    return tuple(parts)


# ---- verdicts, by requirement ------------------------------------------------------------------


class Row(Record):
    """One group of a requirement: its breaches in order of time, out of how many decided.

    `due` is by currency, and empty where no statement names them.
    """

    group: Group
    breached: tuple[Verdict, ...]
    worst: Verdict
    decided: int
    runs: tuple[Run, ...]
    due: tuple[Worth, ...]


class Promise(Record):
    """All verdicts on one requirement; `rows` are its groups with breaches, the worst first."""

    first: Verdict
    verdicts: tuple[Verdict, ...]
    rows: tuple[Row, ...]
    targets: tuple[Figure, ...]

    def of(self, word: Word) -> tuple[Verdict, ...]:
        """The verdicts that say this."""
        return tuple(verdict for verdict in self.verdicts if verdict.word is word)

    @property
    def due(self) -> tuple[Worth, ...]:
        """What all its breaches come to."""
        return _added(worth for row in self.rows for worth in row.due)

    @property
    def cost(self) -> tuple[Fraction, Fraction]:
        """What all its breaches come to, in money and of service."""
        found = [Fraction(0), Fraction(0)]
        for worth in self.due:
            found[worth.currency in SERVICE.values()] += worth.amount
        return found[0], found[1]


def counts(verdicts: Iterable[Verdict]) -> dict[Word, int]:
    """How many verdicts say what; every word is there."""
    found = Counter(verdict.word for verdict in verdicts)
    return {word: found[word] for word in Word}


def promises(verdicts: Sequence[Verdict], due: dict[Key, Due]) -> tuple[Promise, ...]:
    """The verdicts of each requirement, in order of declaration."""
    found: dict[tuple[str, int], list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.obligation, verdict.requirement), []).append(verdict)
    return tuple(
        Promise(
            members[0],
            tuple(members),
            _rows(members, due),
            tuple(dict.fromkeys(verdict.target for verdict in members)),
        )
        for members in found.values()
    )


def _rows(verdicts: Sequence[Verdict], due: dict[Key, Due]) -> tuple[Row, ...]:
    spans = sorted({(v.period.start, v.period.end, v.period.label) for v in verdicts})
    order = {span: number for number, span in enumerate(spans)}
    groups: dict[Group, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.group, []).append(verdict)
    rows = []
    for group, members in groups.items():
        places = {
            order[v.period.start, v.period.end, v.period.label]: v
            for v in members
            if v.word is Word.BREACHED
        }
        if not places:
            continue
        breached = tuple(places[place] for place in sorted(places))
        owed = [due[key(verdict)] for verdict in breached if key(verdict) in due]
        rows.append(
            Row(
                group,
                breached,
                max(breached, key=shortfall),
                sum(verdict.word in DECIDED for verdict in members),
                _runs(places),
                _added(Worth(one.amount, one.currency, one.minor) for one in owed),
            )
        )
    rows.sort(key=lambda row: shortfall(row.worst), reverse=True)
    return tuple(rows)


def _added(worths: Iterable[Worth]) -> tuple[Worth, ...]:
    """The sum in each currency."""
    found: dict[str, Worth] = {}
    for one in worths:
        so_far = found.get(one.currency, Worth(Fraction(0), one.currency, 0))
        minor = max(so_far.minor, one.minor)
        found[one.currency] = Worth(so_far.amount + one.amount, one.currency, minor)
    return tuple(found.values())


def _runs(places: dict[int, Verdict]) -> tuple[Run, ...]:
    """Labels of neighbours joined: first and last of each run."""
    runs: list[Run] = []
    before: int | None = None
    for place in sorted(places):
        label = places[place].period.label
        if before is not None and place == before + 1:
            runs[-1] = (runs[-1][0], label, runs[-1][2] + 1)
        else:
            runs.append((label, label, 1))
        before = place
    return tuple(runs)


def shortfall(verdict: Verdict) -> tuple[bool, Fraction | int]:
    """How far the figure lies on the wrong side, as a part of the target; none at all is worst.

    Of a deadline by how much it was late (ns).
    """
    if verdict.instance is not None:
        return verdict.instance.late is None, verdict.instance.late or 0
    if verdict.value is None:
        return True, Fraction(0)
    value, target = verdict.value.value, verdict.target.value
    if verdict.operator in (">=", ">"):
        distance = target - value
    elif verdict.operator in ("<=", "<"):
        distance = value - target
    else:
        distance = abs(value - target)
    return False, distance / abs(target) if target else distance


def spread(verdicts: Iterable[Verdict]) -> tuple[Verdict, Verdict] | None:
    """The worst and the best of the verdicts on one requirement that have a figure."""
    measured = [(v.value.value, v) for v in verdicts if v.value is not None]
    if not measured:
        return None
    lowest = min(measured, key=lambda pair: pair[0])[1]
    highest = max(measured, key=lambda pair: pair[0])[1]
    return (highest, lowest) if lowest.operator in ("<=", "<") else (lowest, highest)


def per(label: str) -> str:
    """What a period with this label is of: `month`, `30 days`; nothing for an instant."""
    if found := _LENGTH.fullmatch(label):
        unit = _UNITS[found["unit"]] + ("s" if found["count"] != "1" else "")
        return f"{found['count']} {unit}" + (" before a row" if found["row"] else "")
    label = re.sub(r"/\d+$", "", label)  # a part of a period
    return next((word for pattern, word in _PER if re.fullmatch(pattern, label)), "")
